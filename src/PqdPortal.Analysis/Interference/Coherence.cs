using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>
/// Coherence time and linewidth from a Michelson interferometer: the visibility of the fringes over the delay of the arms.
/// </summary>
/// <remarks>
/// For each coarse delay a fringe is fitted to the counts over fine delay (<see cref="Fringe"/>); the envelope V(d) is fitted to all
/// fringes by likelihood with their phases unknown (<see cref="EnvelopeFit"/>). (max - min)/(max + min) is never formed: where
/// there is no fringe it returns the noise. What it assumes and how it was checked: docs/analyses/coherence.md.
/// </remarks>
public static class Coherence
{
    const double LightSpeed = 299.792458;                // [nm/fs]

    const int FewestDelays = 5, V0 = Envelope.V0, LnT = Envelope.LnT, Third = Envelope.Third, Weight = Envelope.Weight;

    /// <summary>The deviance that fringes must win over none at all: chi2 of two parameters, once in 3000.</summary>
    const double Fringes = 16;

    /// <summary>Rows of a table with the columns coarse_delay_ps, fine_delay_fs and counts.</summary>
    /// <exception cref="MeasurementFormatException">A column is missing or a cell of it cannot be used; the sentence names line and column.</exception>
    /// <inheritdoc cref="Compute(double[], double[], double[], CoherenceOptions, CancellationToken)"/>
    public static AnalysisReport Compute(DataTable table, CoherenceOptions options, CancellationToken stop = default)
    {
        var (coarse, fine, counts) = (table.Numbers("coarse_delay_ps"), table.Numbers("fine_delay_fs"), table.Numbers("counts"));
        for (var row = 0; row < table.Rows; row++)
            if (counts[row] < 0) throw table.Wrong(table.Find("counts")!, row, $"is {Text(counts[row])}", "counts of at least 0");
        return Compute([.. coarse.Select(d => d * 1e-12)], [.. fine.Select(x => x * 1e-15)], counts, options, stop);
    }

    /// <summary>Fits the fringes and their envelope.</summary>
    /// <param name="coarse">Coarse delay of each point [s]; points of one fringe have the same, shape (points).</param>
    /// <param name="fine">Fine delay of each point [s], shape (points).</param>
    /// <param name="counts">Counts of each point, shape (points).</param>
    /// <exception cref="RequestException">T1_ps is not one value or a value and its error.</exception>
    /// <exception cref="InsufficientDataException">Fewer than five coarse delays whose points cover a fringe.</exception>
    public static AnalysisReport Compute(double[] coarse, double[] fine, double[] counts, CoherenceOptions options, CancellationToken stop = default)
    {
        if (options.Lifetime is { } given && (given.Count is 0 or > 2 || !(given[0] > 0)))
            throw new RequestException("The parameter \"T1_ps\" should be the lifetime and its standard error, such as [210, 5].");
        var messages = new List<Message>();
        var groups = Enumerable.Range(0, coarse.Length).GroupBy(i => coarse[i]).OrderBy(group => group.Key)
            .Select(group => (Delay: group.Key, Fine: group.Select(i => fine[i] * 1e15).ToArray(), Counts: group.Select(i => counts[i]).ToArray())).ToList();
        if (groups.Count < FewestDelays)
            throw new InsufficientDataException($"The table has {groups.Count} coarse delay{(groups.Count == 1 ? "" : "s")}; an envelope needs at least {FewestDelays}. Measure fringes at more delays.");
        var total = counts.Sum();
        if (total < 100) throw new InsufficientDataException($"The table holds {Text(total)} counts in all; no fringe can be seen in fewer than 100. Count longer.");

        var wavelength = options.Wavelength ?? FindWavelength(groups, stop);
        var fringes = new List<Fringe>();
        var (short_, dark) = (0, 0);
        foreach (var (delay, x, n) in groups)
        {
            var phase = x.Select(value => 2 * Math.PI * LightSpeed * value / wavelength).ToArray();
            if (Fringe.Of(delay - options.ZeroDelay, phase, n, options.Background) is { } fringe) fringes.Add(fringe);
            else if (n.Average() <= options.Background) dark++;
            else short_++;
        }

        if (dark > 0)
            messages.Add(new("BACKGROUND_EXCEEDS_SIGNAL", $"At {dark} of {groups.Count} coarse delays the mean counts are not above background_counts = {Text(options.Background)}; they were left out. Check the background."));
        if (short_ > 0)
            messages.Add(new("FRINGE_NOT_COVERED", $"At {short_} of {groups.Count} coarse delays there are fewer than three points or they cover too little of a fringe of {Text(wavelength / LightSpeed)} fs; they were left out. Scan the fine delay over at least one fringe."));
        if (fringes.Count < FewestDelays)
            return Refused(dark > short_ ? "BACKGROUND_EXCEEDS_SIGNAL" : "FRINGE_NOT_COVERED", $"Only {fringes.Count} coarse delays are left", null);

        // Counts that scatter more than Poisson: light that blinks or drifts from point to point.
        var (left, expected) = (fringes.Sum(f => f.Residuals.Left), fringes.Sum(f => f.Residuals.Expected));
        var scatter = expected > 0 ? Math.Max(1, left / expected) : 1;
        if (expected > 0 && left - expected > 5 * Math.Sqrt(fringes.Sum(f => f.Residuals.Variance)))
            messages.Add(new("FIT_POOR", $"The points lie {Text(Math.Sqrt(scatter))} times as far from the fringes as counts allow; errors were widened by that. Light that blinks from point to point does this, a stage that moves, or another wavelength than {Text(wavelength)} nm."));
        else scatter = 1;
        foreach (var fringe in fringes) fringe.Prepare(scatter);

        var set = new FringeSet(fringes);
        var fits = Envelope.For(fringes.Select(fringe => fringe.Delay)).Select(envelope => EnvelopeFit.Of(set, envelope, stop)).ToList();
        var flat = set.Deviance(_ => 0);
        if (flat - fits.Min(fit => fit.Deviance) < Fringes)
        {
            messages.Add(new("NO_FRINGES", $"The fringes of {fringes.Count} coarse delays together are no stronger than noise makes them. Look for the zero of the delay, the alignment of the arms, or a coherence time below the first step."));
            return Refused("NO_FRINGES", "No fringe is seen", null);
        }

        var chosen = EnvelopeChoice.Among(fits);
        var (taken, shape) = (chosen.Taken, chosen.Shape);
        var isVoigt = chosen.IsMixed;
        return Report();

        AnalysisReport Report()
        {
            var time = Envelope.CoherenceTime(taken.Values, taken.Name) * 1e12;
            var (low, high) = isVoigt ? (null, null) : taken.Interval(LnT, 3.84, stop);
            var reach = fringes.Max(f => Math.Abs(f.Delay)) * 1e12;
            var quantities = new List<Quantity>();
            var visibility = taken.Values[V0];
            var visibilitySigma = taken.Sigma(p => p[V0]);
            var (v0Low, v0High) = taken.Interval(V0, 3.84, stop);
            var why = chosen.Why;

            // An end that no delay reaches: the envelope hardly falls, or is gone after the first step.
            if (!isVoigt && (low is null || high is null || taken.Sigma(p => p[LnT]) is null))
            {
                var code = high is null ? "DELAY_RANGE_SHORT" : "DELAY_STEP_COARSE";
                messages.Add(new(code, high is null
                    ? $"The visibility hardly falls up to the longest delay of {Text(reach)} ps, so T2 is only bounded from below. Measure at delays up to at least {Text(2 * Math.Max(time < 1e6 ? time : reach, reach))} ps."
                    : $"The visibility is gone after the first steps of the delay, so T2 is only bounded from above. Measure at shorter delays."));
                return Refused(code, high is null ? "T2 has no upper limit in these delays" : "T2 has no lower limit in these delays",
                    (low is { } l ? Math.Exp(l) * 1e12 : null, high is { } h ? Math.Exp(h) * 1e12 : null), quantity: Visibility());
            }

            quantities.Add(Visibility());
            var sigma = taken.Sigma(p => Envelope.CoherenceTime(p, taken.Name) * 1e12);
            var flags = new List<string>();
            var other = chosen.Other;
            if (shape == "undetermined" && !isVoigt)
            {
                // Which of the two it is belongs to the error.
                flags.Add("SHAPE_UNDETERMINED");
                sigma = Math.Sqrt((sigma ?? 0) * (sigma ?? 0) + Math.Pow((Envelope.CoherenceTime(other.Values, other.Name) * 1e12 - time) / 2, 2));
            }

            var grade = taken.Goodness > 5 ? Grade.Warn : Grade.Ok;
            if (taken.Goodness > 5)
                messages.Add(new("FIT_POOR", $"The visibilities lie {Text(Math.Sqrt(taken.Overdispersion))} times as far from the {taken.Name} envelope as their errors allow; errors were widened by that. Look for a beat of more than two lines, or for an alignment that changes with the stage."));
            var t2 = Quantity.Of("T2_ps", time, sigma, "ps") with { N = (long)total, Method = "likelihood", Flags = flags, Grade = grade };
            if (flags.Count == 0 && low is { } a && high is { } b) t2 = t2 with { Lo95 = Math.Exp(a) * 1e12, Hi95 = Math.Exp(b) * 1e12, Method = "profile" };
            quantities.Add(t2);
            var width = Envelope.Width(taken.Values, taken.Name);
            var widthSigma = taken.Sigma(p => Envelope.Width(p, taken.Name));
            if (flags.Count > 0) widthSigma = Math.Sqrt((widthSigma ?? 0) * (widthSigma ?? 0) + Math.Pow((Envelope.Width(other.Values, other.Name) - width) / 2, 2));
            var linewidth = Quantity.Of("linewidth_ueV", width, widthSigma, "ueV") with { N = (long)total, Method = t2.Method, Flags = flags, Grade = grade };
            if (t2.Method == "profile") linewidth = linewidth with { Lo95 = width * time / t2.Hi95, Hi95 = width * time / t2.Lo95 };
            quantities.Add(linewidth);
            quantities.Add(Ratio(time, sigma));
            quantities.Add(new("model", null, null, null, null, "text") { Text = taken.Name });
            if (taken.Name.EndsWith("doublet", StringComparison.Ordinal))
            {
                quantities.Add(Quantity.Of("splitting_ueV", Math.Exp(taken.Values[Third]), taken.Sigma(p => Math.Exp(p[Third])), "ueV") with { N = (long)total, Method = "likelihood" });
                quantities.Add(Quantity.Of("weaker_line_share", Math.Min(taken.Values[Weight], 1 - taken.Values[Weight]), taken.Sigma(p => p[Weight]), "1") with { N = (long)total, Method = "likelihood" });
            }

            if (visibility + 2 * (visibilitySigma ?? 0) < 0.9)
                messages.Add(new("VISIBILITY_LOW", $"At zero delay the visibility is {Text(visibility)}: the arms are not well aligned or not equally bright. T2 does not depend on it."));
            return new("coherence", 1)
            {
                Parameters = new JsonObject { ["wavelength_nm"] = wavelength },
                Quantities = quantities,
                Verdicts = [new("shape", shape, char.ToUpperInvariant(why[0]) + why[1..])],
                Messages = messages,
                Curves = [Measured(taken), Modelled(taken)],
            };

            Quantity Visibility() => new("V0", visibility, visibilitySigma, v0Low ?? 0, v0High, "1") { N = (long)total, Method = "likelihood", Grade = taken.Goodness > 5 ? Grade.Warn : Grade.Ok };
        }

        Quantity Ratio(double time, double? sigma)
        {
            if (options.Lifetime is not [var t1, ..])
            {
                messages.Add(new("NO_LIFETIME", "T2/(2 T1) is not given, because no lifetime was. Give T1_ps of the same dot, such as [210, 5]."));
                return Quantity.Refused("fourier_ratio", "1", "NO_LIFETIME");
            }

            var ratio = time / (2 * t1 * 1e12);
            var t1Sigma = options.Lifetime.Count > 1 ? options.Lifetime[1] : 0;
            var error = ratio * Math.Sqrt(Math.Pow((sigma ?? 0) / time, 2) + Math.Pow(t1Sigma / t1, 2));
            if (ratio > 1 + 3 * error)
                messages.Add(new("UNPHYSICAL_T2", $"T2/(2 T1) = {Text(ratio)} +- {Text(error)} is above 1, which no emitter can be. T1 is not that of the same line, or the light was narrowed by a filter before the interferometer."));
            return Quantity.Of("fourier_ratio", ratio, error, "1") with { N = (long)total, Method = "propagated" };
        }

        AnalysisReport Refused(string code, string seen, (double? Low, double? High)? limits, Quantity? quantity = null)
        {
            if (quantity is null && code == "FRINGE_NOT_COVERED" && messages.Count == 0) messages.Add(new(code, $"{seen}."));
            return new("coherence", 1)
            {
                Parameters = new JsonObject { ["wavelength_nm"] = wavelength },
                Quantities =
                [
                    quantity ?? Quantity.Refused("V0", "1", code),
                    Quantity.Refused("T2_ps", "ps", code) with { Lo95 = limits?.Low, Hi95 = limits?.High },
                    Quantity.Refused("linewidth_ueV", "ueV", code) with { Lo95 = Envelope.LorentzWidth / limits?.High, Hi95 = Envelope.GaussWidth / limits?.Low },
                    Quantity.Refused("fourier_ratio", "1", code),
                ],
                Verdicts = [new("shape", "undetermined", $"{seen}, so no shape can be told.")],
                Messages = messages,
                Curves = fringes.Count == 0 ? [] : [Measured(null)],
            };
        }

        Curve Measured(EnvelopeFit? fit) =>
            new("visibility", new("delay", "ps", [.. fringes.Select(f => (double?)Math.Round(f.Delay * 1e12, 9))]),
                new("visibility squared", "1", [.. fringes.Select(f => (double?)f.VisibilitySquared)]) { Sigma = [.. fringes.Select(f => (double?)f.SquaredSigma)] })
            {
                Fit = fit is null ? null : [.. fringes.Select(f => (double?)(fit.At(f.Delay) * fit.At(f.Delay)))],
                More = new Dictionary<string, Series>
                {
                    ["counts"] = new("counts", "1", [.. fringes.Select(f => (double?)f.Total)]),
                    ["visibility"] = new("visibility", "1", [.. fringes.Select(f => f.VisibilitySquared > 0 ? Math.Sqrt(f.VisibilitySquared) : (double?)null)]),
                },
            };

        Curve Modelled(EnvelopeFit fit)
        {
            var (from, to) = (fringes.Min(f => f.Delay), fringes.Max(f => f.Delay));
            double[] x = [.. Enumerable.Range(0, 301).Select(k => from + (to - from) * k / 300)];
            return new("envelope", new("delay", "ps", [.. x.Select(d => (double?)(d * 1e12))]), new("visibility", "1", [.. x.Select(d => (double?)fit.At(d))]));
        }
    }

    /// <summary>The wavelength whose fringes leave the least of all counts [nm].</summary>
    static double FindWavelength(List<(double Delay, double[] Fine, double[] Counts)> groups, CancellationToken stop)
    {
        var span = groups.Max(group => group.Fine.Max() - group.Fine.Min());
        var steps = groups.SelectMany(group => group.Fine.Order().Zip(group.Fine.Order().Skip(1), (a, b) => b - a)).Where(step => step > 1e-6).Order().ToArray();
        if (steps.Length == 0 || span <= 0)
            throw new InsufficientDataException("The fine delay does not change within any coarse delay, so there are no fringes to look at. Scan it over at least one fringe.");
        // In fringes per fs: from 0.8 of a fringe in the range, and 3000 nm, to two points a fringe, and 200 nm.
        var (low, high) = (Math.Max(LightSpeed / 3000, 0.8 / span), Math.Min(LightSpeed / 200, 0.5 / steps[steps.Length / 2]));
        if (low >= high)
            throw new InsufficientDataException($"The fine delay spans {Text(span)} fs in steps of {Text(steps[steps.Length / 2])} fs, from which the wavelength cannot be found. Give wavelength_nm.");
        var count = (int)Math.Ceiling((high - low) * span * 12) + 2;
        var best = (At: low, Left: double.PositiveInfinity);
        for (var k = 0; k <= count; k++)
        {
            stop.ThrowIfCancellationRequested();
            var at = low + (high - low) * k / count;
            if (Left(at) is var left && left < best.Left) best = (at, left);
        }

        var (a, b) = (Math.Max(low, best.At - (high - low) / count), Math.Min(high, best.At + (high - low) / count));
        for (var i = 0; i < 60; i++)
        {
            var (c, d) = (a + 0.382 * (b - a), a + 0.618 * (b - a));
            if (Left(c) < Left(d)) b = d;
            else a = c;
        }

        return LightSpeed / ((a + b) / 2);

        double Left(double frequency)
        {
            var sum = 0.0;
            foreach (var (_, x, n) in groups)
                sum += Fringe.Misfit([.. x.Select(value => 2 * Math.PI * frequency * value)], n) ?? n.Sum(one => Math.Pow(one - n.Average(), 2)) / Math.Max(n.Average(), 1);
            return sum;
        }
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}
