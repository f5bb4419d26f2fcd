using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The tail of a decay that one period does not hold: how many photons come after the next pulse, and what they do to peaks.
/// </summary>
/// <param name="Late">Share of the photons that come more than a period after their cut.</param>
/// <param name="LateSigma">Its standard error.</param>
/// <param name="Lifetime">Of the tail [s].</param>
/// <param name="Period">Time between pulses [s].</param>
/// <remarks>
/// Behind three tenths of the period the decay is taken as one exponential on a flat background; folded into the period it stays
/// one, of amplitude 1/(1 - r) with r = exp(-Trep/tau). A photon is j pulses late with chance 1 - q, q (1-r) r^(j-1); the pairs
/// of pulses m apart then spread over neighbours with weights that fall as the two-sided exponentials of a comb do.
/// </remarks>
public sealed record PulsedTail(double Late, double LateSigma, double Lifetime, double Period)
{
    const int Bins = 128;
    /// <summary>Relative standard error of the lifetime.</summary>
    public double LifetimeError { get; init; }

    const double From = 0.3; // of the period behind the highest point: fast parts are gone

    /// <summary>Weights of the pairs of two pulses in peaks 0, 1, 2 ... from their own.</summary>
    /// <param name="window">Width of windows on the delay [s]; null for pairs by pulse number.</param>
    /// <param name="sigmas">How many standard errors the tail is taken to be longer than it was found.</param>
    public double[] Spread(double? window, double sigmas = 0) => window is null
        ? Spread(Math.Max(Late + sigmas * LateSigma, 0), null)
        : (this with { Lifetime = Lifetime * Math.Exp(sigmas * LifetimeError) }).Spread(Late, window);

    /// <param name="late">Share of late photons.</param>
    /// <param name="window">Width of windows on the delay [s]; null for pairs by pulse number.</param>
    double[] Spread(double late, double? window)
    {
        var r = Math.Exp(-Period / Lifetime);
        var weights = new List<double>();
        if (window is { } w)
        {
            weights.Add(1 - Math.Exp(-w / 2 / Lifetime));
            for (var d = 1; d < 200 && (d == 1 || weights[^1] > 1e-7); d++) weights.Add(Math.Exp(-d * Period / Lifetime) * Math.Sinh(w / 2 / Lifetime));
            return [.. weights];
        }

        weights.Add((1 - late) * (1 - late) + late * late * (1 - r) / (1 + r));
        for (var d = 1; d < 200 && (d == 1 || weights[^1] > 1e-7); d++)
            weights.Add((1 - late) * late * (1 - r) * Math.Pow(r, d - 1) + late * late * (1 - r) / (1 + r) * Math.Pow(r, d));
        return [.. weights];
    }

    /// <summary>Share of a peak's pairs that stand in its neighbours.</summary>
    public static double Leak(IReadOnlyList<double> weights) => 2 * weights.Skip(1).Sum() / (weights[0] + 2 * weights.Skip(1).Sum());

    /// <summary>Looks at the tail of both detectors' decays.</summary>
    /// <param name="decays">Photons by micro time step, of each detector.</param>
    /// <param name="background">Uniform background of both detectors together [counts in the whole decay]; null to find it.</param>
    /// <returns>Null where nothing of the decay is left in the tail, or there are no micro times.</returns>
    public static PulsedTail? Of(PulsedPlan plan, (long[] A, long[] B) decays, double? background, CancellationToken stop)
    {
        var clock = plan.Clock;
        var bins = (int)Math.Min(Bins, clock.Period / Math.Max(clock.Step, 1e-18) / 2);
        if (clock.Step <= 0 || bins < 16) return null;
        var (n, open) = (new double[bins], new double[bins]);
        for (var detector = 0; detector < 2; detector++)
        {
            var decay = detector == 0 ? decays.A : decays.B;
            for (var d = 0; d < decay.Length && (d + 1) * clock.Step <= clock.Period; d++)
            {
                var (_, delay) = plan.Place(detector == 1, d);
                var bin = Math.Min((int)(delay / clock.Period * bins), bins - 1);
                n[bin] += decay[d];
                open[bin]++;
            }
        }

        var all = n.Sum();
        var steps = open.Sum();
        if (all < 1000) return null;
        var top = Enumerable.Range(0, bins).MaxBy(i => open[i] > 0 ? n[i] / open[i] : 0);
        var first = top + 1 + (int)(From * (bins - top));
        bool[] use = [.. Enumerable.Range(0, bins).Select(i => i >= first && open[i] > 0)];
        if (use.Count(u => u) < 6) return null;

        // Slopes in periods: the lifetime lies between 1/40 and 4 of them.
        var flatLevel = (background ?? 0) / steps;
        double Middle(int i) => (i + 0.5) / bins;
        void Model(ReadOnlySpan<double> p, Span<double> mu)
        {
            for (var i = 0; i < mu.Length; i++) mu[i] = open[i] * (p[0] + Math.Exp(p[1] - Math.Exp(p[2]) * (Middle(i) - Middle(first))));
        }

        var least = Math.Max(use.Select((u, i) => u ? n[i] / open[i] : double.PositiveInfinity).Min(), 1e-3 / steps * all * 1e-3);
        var height = Math.Max(n[first] / open[first] - (background is null ? 0.9 * least : flatLevel), 1e-3 * all / steps);
        FitParameter level = background is null ? new("B", 0.9 * least, 0) : new("B", flatLevel) { Fixed = true };
        FitResult? best = null;
        foreach (var k in (double[])[1.5, 4, 10])
        {
            try
            {
                var fit = PoissonFit.Run(new NumericModel([level, new("ln a", Math.Log(height)), new("ln k", Math.Log(k), Math.Log(0.25), Math.Log(40))], Model), n, use, stop: stop);
                if (best is null || fit.Deviance < best.Deviance) best = fit;
            }
            catch (ArgumentException)
            {
                // No start at which the model is positive.
            }
        }

        if (best is null || best.Fisher is null || best.AtBound.Contains(2) || best.AtBound.Contains(1)) return null;
        // Without the exponential: as high as the mean, or as the background that was given.
        var mean = background is null ? Enumerable.Range(0, bins).Where(i => use[i]).Sum(i => n[i]) / Enumerable.Range(0, bins).Where(i => use[i]).Sum(i => open[i]) : flatLevel;
        var flat = mean > 0 ? Enumerable.Range(0, bins).Where(i => use[i]).Sum(i => PoissonDeviance.Of(n[i], open[i] * mean)) : double.PositiveInfinity;
        if (flat - best.Deviance < 16) return null;

        var (late, slope) = Share(best.Values);
        var h = 1e-4;
        var (byA, byK) = ((Share([best.Values[0], best.Values[1] + h, best.Values[2]]).Late - late) / h, (Share([best.Values[0], best.Values[1], best.Values[2] + h]).Late - late) / h);
        var variance = byA * byA * best.Covariance(1, 1) + byK * byK * best.Covariance(2, 2) + 2 * byA * byK * best.Covariance(1, 2);
        return new(late, Math.Sqrt(Math.Max(variance, 0)), clock.Period / slope, clock.Period) { LifetimeError = Math.Min(Math.Sqrt(Math.Max(best.Covariance(2, 2), 0)), 1) };

        // Photons behind the end of the period over all that the pulses made; k in periods.
        (double Late, double K) Share(double[] p)
        {
            var k = Math.Exp(p[2]);
            var r = Math.Exp(-k);
            var atEnd = Math.Exp(p[1] - k * (1 - Middle(first))); // folded density at the end, per step
            var made = Math.Max(all - p[0] * steps, 1);
            return (Math.Clamp(atEnd * (1 - r) / k * steps / made, 0, 0.9), k);
        }
    }
}
