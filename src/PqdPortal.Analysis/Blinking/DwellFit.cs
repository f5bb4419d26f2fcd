namespace PqdPortal.Analysis.Blinking;

/// <summary>Which of its two numbers a law leaves free.</summary>
enum FreeParts { Decay, Alpha, Both }

/// <summary>Dwells between a shortest and a longest, as the likelihood sees them: two means and a few that were cut short.</summary>
/// <param name="Count">Dwells seen from beginning to end.</param>
/// <param name="MeanLog">Mean of ln x.</param>
/// <param name="MeanLength">[s]</param>
/// <param name="Cut">Lengths of those whose end was not seen [s].</param>
sealed record DwellSums(double Count, double MeanLog, double MeanLength, IReadOnlyList<double> Cut);

/// <summary>The law of greatest likelihood and the curvature there.</summary>
/// <param name="LogLikelihood">Of all dwells, per second each.</param>
/// <param name="Fisher">Second derivatives of minus the log likelihood by (alpha, decay), from the spread of (ln x, x) under the law.</param>
sealed record DwellFit(DwellLaw Law, FreeParts Free, double LogLikelihood, (double AA, double AD, double DD) Fisher)
{
    /// <summary>Fits a law of the family to dwells within a window.</summary>
    /// <param name="nonNegative">Keep the decay from becoming negative: the law is then the power law.</param>
    /// <param name="heldAlpha">Value of an alpha that is not free.</param>
    /// <param name="heldDecay">Value of a decay that is not free [1/s].</param>
    /// <remarks>
    /// The log likelihood of the two sums is concave, so Newton's steps with halving find its one maximum. A dwell whose end was
    /// not seen stands in with what the law expects beyond its length (Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1
    /// (1977)), which changes little after a few rounds since such dwells are few.
    /// </remarks>
    public static DwellFit Of(DwellSums sums, DwellWindow window, FreeParts free, bool nonNegative = true, double heldAlpha = 0, double heldDecay = 0)
    {
        var (alpha, decay) = (heldAlpha, heldDecay);
        var weights = new double[DwellLaw.Steps + 1];
        if (free != FreeParts.Alpha && heldDecay == 0) decay = 1 / Math.Max(sums.MeanLength - window.From, window.From);
        if (free == FreeParts.Both)
        {
            // The power law first: where the data are not shorter than it says, no cut-off makes them likelier.
            (alpha, _) = Climb(sums, window, FreeParts.Alpha, 0, 0, false, weights);
            var flat = Moments.Of(window, alpha, 0, weights);
            var (_, meanLength, count) = Completed(sums, flat, window, weights);
            if (count > 0 && nonNegative && flat.Length <= meanLength) (free, decay) = (FreeParts.Alpha, 0);
            else decay = 0.1 / meanLength;
        }

        (alpha, decay) = Climb(sums, window, free, alpha, decay, nonNegative, weights);
        var law = new DwellLaw(alpha, decay, window);
        var at = Moments.Of(window, alpha, decay, weights);
        var likelihood = sums.Count * (-alpha * sums.MeanLog - decay * sums.MeanLength - at.LogNorm);
        foreach (var cut in sums.Cut) likelihood += Math.Log(Math.Max(1 - law.Share(cut), 1e-300));
        return new(law, free, likelihood, (sums.Count * at.LogLog, sums.Count * at.LogLength, sums.Count * at.LengthLength));
    }

    static (double Alpha, double Decay) Climb(DwellSums sums, DwellWindow window, FreeParts free, double alpha, double decay, bool nonNegative, double[] weights)
    {
        var rounds = sums.Cut.Count == 0 ? 1 : 30;
        for (var round = 0; round < rounds; round++)
        {
            var at = Moments.Of(window, alpha, decay, weights);
            var (meanLog, meanLength, _) = Completed(sums, at, window, weights);
            var (before, beforeDecay) = (alpha, decay);
            (alpha, decay) = Newton(meanLog, meanLength, window, free, alpha, decay, nonNegative, weights);
            if (Math.Abs(alpha - before) < 1e-7 && Math.Abs(decay - beforeDecay) <= 1e-7 * Math.Abs(decay)) break;
        }

        return (alpha, decay);
    }

    /// <summary>The means with those added that were cut short, each with what the law expects beyond.</summary>
    static (double MeanLog, double MeanLength, double Count) Completed(DwellSums sums, Moments at, DwellWindow window, double[] weights)
    {
        if (sums.Cut.Count == 0) return (sums.MeanLog, sums.MeanLength, sums.Count);
        var (count, log, length) = (sums.Count, sums.Count * sums.MeanLog, sums.Count * sums.MeanLength);
        foreach (var cut in sums.Cut)
        {
            double w = 0, wLog = 0, wLength = 0;
            var first = Math.Clamp((int)Math.Ceiling((Math.Log(cut) - window.Start) / window.Step), 0, DwellLaw.Steps);
            for (var k = first; k <= DwellLaw.Steps; k++)
            {
                w += weights[k];
                wLog += weights[k] * window.Log[k];
                wLength += weights[k] * window.Length[k];
            }

            count++;
            log += w > 0 ? wLog / w : Math.Log(cut);
            length += w > 0 ? wLength / w : cut;
        }

        return (log / count, length / count, count);
    }

    static (double Alpha, double Decay) Newton(double meanLog, double meanLength, DwellWindow window, FreeParts free, double alpha, double decay, bool nonNegative, double[] weights)
    {
        const double widest = 12; // no dwell law has so steep a power; it keeps the sums finite
        var at = Moments.Of(window, alpha, decay, weights);
        for (var i = 0; i < 80; i++)
        {
            var value = -alpha * meanLog - decay * meanLength - at.LogNorm;
            var (slopeA, slopeD) = (at.Log - meanLog, at.Length - meanLength);
            double stepA = 0, stepD = 0;
            if (free == FreeParts.Alpha) stepA = slopeA / at.LogLog;
            else if (free == FreeParts.Decay) stepD = slopeD / at.LengthLength;
            else
            {
                var det = at.LogLog * at.LengthLength - at.LogLength * at.LogLength;
                stepA = (at.LengthLength * slopeA - at.LogLength * slopeD) / det;
                stepD = (at.LogLog * slopeD - at.LogLength * slopeA) / det;
            }

            if (!double.IsFinite(stepA) || !double.IsFinite(stepD)) break;
            var shrink = 1.0;
            if (Math.Abs(stepA) > 2) shrink = 2 / Math.Abs(stepA);
            if (nonNegative && decay + shrink * stepD <= 0 && free != FreeParts.Alpha) shrink = Math.Min(shrink, 0.9 * decay / -stepD);
            var moved = false;
            for (var half = 0; half < 40; half++, shrink /= 2)
            {
                var (a, d) = (Math.Clamp(alpha + shrink * stepA, -widest, widest), decay + shrink * stepD);
                var there = Moments.Of(window, a, d, weights);
                if (-a * meanLog - d * meanLength - there.LogNorm < value - 1e-13) continue;
                moved = Math.Abs(a - alpha) > 1e-9 || Math.Abs(d - decay) > 1e-9 * Math.Abs(decay);
                (alpha, decay, at) = (a, d, there);
                break;
            }

            if (!moved) break;
        }

        return (alpha, decay);
    }

    /// <summary>Norm, means and covariances of ln x and x under a law.</summary>
    readonly record struct Moments(double LogNorm, double Log, double Length, double LogLog, double LogLength, double LengthLength)
    {
        public static Moments Of(DwellWindow window, double alpha, double decay, double[] weights)
        {
            var most = window.Exponents(alpha, decay, weights);
            double sum = 0, log = 0, length = 0;
            for (var k = 0; k <= DwellLaw.Steps; k++)
            {
                // Simpson's weights: 1 4 2 4 ... 4 1.
                var w = weights[k] = Math.Exp(weights[k] - most) * (k is 0 or DwellLaw.Steps ? 1 : (k & 1) == 1 ? 4 : 2);
                sum += w;
                log += w * window.Log[k];
                length += w * window.Length[k];
            }

            log /= sum;
            length /= sum;
            double ll = 0, lx = 0, xx = 0;
            for (var k = 0; k <= DwellLaw.Steps; k++)
            {
                var (w, a, b) = (weights[k], window.Log[k] - log, window.Length[k] - length);
                ll += w * a * a;
                lx += w * a * b;
                xx += w * b * b;
            }

            return new(Math.Log(sum * window.Step / 3) + most, log, length, ll / sum, lx / sum, xx / sum);
        }
    }
}
