using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Brightness;

/// <summary>
/// Saturation of the emission with excitation power: I(P) = Isat P/(P + Psat) + s P + d, or Isat (1 - e^(-P/Psat)) + s P + d
/// for pulses.
/// </summary>
/// <remarks>
/// Counts are fitted by Poisson likelihood, with the dark rate d fixed unless rows of power 0 tell it, and s, the light of the
/// substrate, not below 0. Where points of one power scatter more than counts do, 1 % is added to their error, for
/// the power meter. What it assumes and how it was checked: docs/analyses/saturation.md.
/// </remarks>
public static class Saturation
{
    const string Hyperbolic = "hyperbolic", PoissonAbsorption = "poisson_absorption";

    /// <summary>Share of the signal by which points scatter beyond their counts where repeated points say so.</summary>
    const double PowerMeter = 0.01;

    /// <summary>Powers the curve rests on, and how far they reach beyond Psat to either side.</summary>
    const int FewestPowers = 6;
    const double Reach = 3;

    /// <summary>Powers that differ by less are the same power, measured again.</summary>
    const double SamePower = 1e-3;

    /// <summary>Rows of a table with the columns power_uW, counts and integration_s.</summary>
    /// <exception cref="MeasurementFormatException">A column is missing or a cell of it cannot be used; the sentence names line and column.</exception>
    /// <inheritdoc cref="Compute(double[], double[], double[], SaturationOptions, CancellationToken)"/>
    public static AnalysisReport Compute(DataTable table, SaturationOptions options, CancellationToken stop = default)
    {
        var (power, counts, seconds) = (table.Numbers("power_uW"), table.Numbers("counts"), table.Numbers("integration_s"));
        for (var row = 0; row < table.Rows; row++)
        {
            if (power[row] < 0) throw table.Wrong(table.Find("power_uW")!, row, $"is {Text(power[row])} uW", "a power of at least 0");
            if (counts[row] < 0) throw table.Wrong(table.Find("counts")!, row, $"is {Text(counts[row])}", "counts of at least 0");
            if (!(seconds[row] > 0)) throw table.Wrong(table.Find("integration_s")!, row, $"is {Text(seconds[row])} s", "a time above 0");
        }

        return Compute(power, counts, seconds, options, stop);
    }

    /// <summary>Fits the counts and judges whether the curve has been seen to saturate.</summary>
    /// <param name="power">Excitation power of each point [uW], not negative, shape (points).</param>
    /// <param name="counts">Counts of each point, not negative, shape (points).</param>
    /// <param name="seconds">Counting time of each point [s], above 0, shape (points).</param>
    /// <exception cref="InsufficientDataException">Fewer than four different powers above 0, or no counts.</exception>
    public static AnalysisReport Compute(double[] power, double[] counts, double[] seconds, SaturationOptions options, CancellationToken stop = default)
    {
        var messages = new List<Message>();
        var order = Enumerable.Range(0, power.Length).OrderBy(i => power[i]).ToArray();
        (power, counts, seconds) = ([.. order.Select(i => power[i])], [.. order.Select(i => counts[i])], [.. order.Select(i => seconds[i])]);
        var groups = Groups(power);
        var powers = groups.Count(group => power[group.First] > 0);
        if (powers < 4)
            throw new InsufficientDataException($"The table has {powers} different power{(powers == 1 ? "" : "s")} above 0; a saturation curve has three unknowns and needs at least four, for a verdict {FewestPowers}. Measure more powers.");
        var total = counts.Sum();
        if (total < 100)
            throw new InsufficientDataException($"The table holds {Text(total)} counts in all; a curve cannot be fitted to fewer than 100. Count longer.");
        if (counts.Any(n => n != Math.Floor(n)))
            messages.Add(new("COUNTS_NOT_WHOLE", "Some counts are not whole numbers. If the column holds rates, the errors are wrong: give the counts as they were counted and the time they took."));

        var hasDark = options.Dark is null && power[0] == 0;
        var dark = new FitParameter("dark_cps", options.Dark ?? 0, 0) { Fixed = !hasDark };
        if (hasDark)
        {
            var zero = Enumerable.Range(0, power.Length).Where(i => power[i] == 0).ToArray();
            dark = dark with { Start = Math.Max(zero.Sum(i => counts[i]), 0.5) / zero.Sum(i => seconds[i]), Scale = 1 };
        }

        // Without a dark rate the model is 0 at power 0, and nothing can be counted there.
        var use = power.Select(p => p > 0 || hasDark || options.Dark > 0).ToArray();
        if (options.Dark is { } told)
        {
            var zero = Enumerable.Range(0, power.Length).Where(i => power[i] == 0).ToArray();
            var (seen, expected) = (zero.Sum(i => counts[i]), zero.Sum(i => seconds[i]) * told);
            if (zero.Length > 0 && Math.Abs(seen - expected) > 5 * Math.Sqrt(expected + 1))
                messages.Add(new("DARK_MISMATCH", $"Without light {Text(seen)} counts were seen where dark_cps = {Text(told)} makes {Text(expected)}. The given rate was used; leave dark_cps empty to fit it from those rows."));
            if (expected > 0) use = [.. use.Select((u, i) => u && power[i] > 0)];
        }

        if (options.Dark > 0 && counts.Zip(seconds).Max(point => point.First / point.Second) < options.Dark)
        {
            messages.Add(new("BACKGROUND_EXCEEDS_SIGNAL", $"No point is brighter than the dark rate of {Text(options.Dark.Value)} cps, so nothing is left to saturate. Check dark_cps."));
            return new("saturation", 1)
            {
                Quantities = [.. new[] { ("Isat_cps", "cps"), ("Psat_uW", "uW"), ("slope_cps_per_uW", "cps/uW") }.Select(name => Quantity.Refused(name.Item1, name.Item2, "BACKGROUND_EXCEEDS_SIGNAL"))],
                Verdicts = [new("saturation_reached", "undecided", "The dark rate is above every point.")],
                Messages = messages,
                Curves = [Points(power, counts, seconds, null, null)],
            };
        }

        var dispersion = Enumerable.Repeat(1.0, power.Length).ToArray();
        var shapes = options.Model == "auto" ? new[] { Hyperbolic, PoissonAbsorption } : [options.Model];
        var fits = Fits();
        var choice = ModelChoice.Among(fits.Select(fit => (fit.Shape, fit.Result.Bic)));
        var scatter = Scatter(groups, counts, seconds);
        if (scatter is { } found)
        {
            // 1 % of the power moves a point by 1 % where the curve is straight and by nothing where it is flat; 1 % of the light
            // (the spot on the dot, say) moves all alike. The points say which of the two it is.
            var (_, first, _, firstModel) = fits.First(fit => fit.Shape == choice.Best.Name);
            var (of, likely) = (dispersion, double.PositiveInfinity);
            foreach (var isOfPower in new[] { true, false })
            {
                dispersion = firstModel.Dispersion(first.Values, PowerMeter, isOfPower);
                var tried = Fits();
                var triedChoice = ModelChoice.Among(tried.Select(fit => (fit.Shape, fit.Result.Bic)));
                var (_, best, _, _) = tried.First(fit => fit.Shape == triedChoice.Best.Name);
                var score = 0.0;
                for (var i = 0; i < counts.Length; i++)
                {
                    var (mean, variance) = (best.Mu[i] * dispersion[i], best.Mu[i] * dispersion[i] * dispersion[i]);
                    if (use[i]) score += Math.Log(variance) + (counts[i] - mean) * (counts[i] - mean) / variance;
                }

                if (score < likely) (of, likely, fits, choice) = (dispersion, score, tried, triedChoice);
            }

            dispersion = of;
            messages.Add(new("REPEATS_SCATTER", $"Points of the same power differ by {Text(found)} times what counting allows (chi2 a degree of freedom). 1 % of the power or of the light, whichever the points fit better, was added to their errors; points repeated from low to high and back tell drift from it."));
        }

        var shape = choice.IsDistinct || options.Model != "auto" ? choice.Best.Name : Hyperbolic;
        var (_, fit, scaled, model) = fits.First(one => one.Shape == shape);
        return Report();

        List<(string Shape, FitResult Result, double[] Counts, SaturationModel Model)> Fits()
        {
            double[] weighted = [.. counts.Select((n, i) => n / dispersion[i])];
            return [.. shapes.Select(one =>
            {
                var isPoisson = one == PoissonAbsorption;
                FitResult? best = null;
                SaturationModel? bestModel = null;
                foreach (var start in Starts(power, counts, seconds, use, isPoisson, dark.Start))
                {
                    var candidate = new SaturationModel(power, seconds, dispersion, isPoisson, dark, start);
                    var result = PoissonFit.Run(candidate, weighted, use, stop: stop);
                    if (best is null || result.Deviance < best.Deviance - 1e-9) (best, bestModel) = (result, candidate);
                }

                return (one, best!, weighted, bestModel!);
            })];
        }

        AnalysisReport Report()
        {
            var (psat, isat) = (fit.Values[SaturationModel.Psat], fit.Values[SaturationModel.Isat]);
            var (lowest, highest) = (power[groups.First(group => power[group.First] > 0).First], power[^1]);
            var interval = Enumerable.Range(0, 3).Select(j => PoissonFit.Profile(model, scaled, use, fit, j, 3.84, stop)).ToArray();

            // The limits of the range may be met within the error of Psat; above, where Isat hangs on it, by no more than a quarter.
            var doubt = (fit.Sigma(SaturationModel.Psat) ?? psat) / psat;
            var (slack, slackBelow) = (Math.Min(2 * doubt, 0.25), Math.Min(3 * doubt, 0.6));
            var isUnbounded = interval[SaturationModel.Psat].High is null;
            var isShort = isUnbounded || highest < Reach * psat * (1 - slack);
            var isHigh = lowest > psat / Reach * (1 + slackBelow);
            var reached = powers >= FewestPowers && !isShort && !isHigh;
            var seen = $"{powers} powers from {Text(lowest)} to {Text(highest)} uW; Psat = {Text(psat)} uW{(isUnbounded ? ", without an upper limit" : "")}";
            var verdict = new Verdict("saturation_reached", isShort ? "no" : reached ? "yes" : "undecided",
                isShort ? $"{seen}, so the highest power is {Text(highest / psat)} Psat and 3 Psat are needed."
                : isHigh ? $"{seen}, and no power lies below Psat/3, so the bend is not seen from below."
                : powers < FewestPowers ? $"{seen}; a verdict needs {FewestPowers} powers." : $"{seen}: from below Psat/3 to above 3 Psat.");
            if (!reached)
                messages.Add(new("SATURATION_NOT_REACHED", isShort
                    ? $"{seen}. The highest power is {Text(highest / psat)} Psat, so Isat is only bounded from below. Measure at up to {Text(Math.Ceiling(Reach * psat))} uW or more."
                    : isHigh ? $"{seen}. No power lies below Psat/3, so Psat rests on the bend's upper half. Measure below {Text(psat / Reach)} uW."
                    : $"{seen}. With fewer than {FewestPowers} powers the shape of the curve is not checked. Measure at more powers between {Text(psat / Reach)} and {Text(psat * Reach)} uW."));
            if (choice.Second is not null && !choice.IsDistinct && options.Model == "auto")
                messages.Add(new("MODEL_UNDETERMINED", $"{choice.Words()} The hyperbolic model was taken; it is that of continuous excitation. Choose the model if the excitation is known."));
            if (Math.Abs(fit.Goodness) > 5)
                messages.Add(new("FIT_POOR", $"The points lie {Text(Math.Sqrt(fit.Overdispersion))} times as far from the curve as counts allow (z = {Text(fit.Goodness)}); errors were widened by that. Look for drift, bleaching, dead time or a wrong dark rate."));

            var quantities = new List<Quantity>();
            foreach (var (j, name, unit) in new[] { (SaturationModel.Isat, "Isat_cps", "cps"), (SaturationModel.Psat, "Psat_uW", "uW"), (SaturationModel.Slope, "slope_cps_per_uW", "cps/uW") })
            {
                var (low, high) = interval[j];
                if (!reached)
                {
                    // Only from below: what lies under it would be seen as a bend that is not there.
                    var limit = j == SaturationModel.Slope ? null : PoissonFit.Profile(model, scaled, use, fit, j, 2.71, stop).Low;
                    quantities.Add(Quantity.Refused(name, unit, "SATURATION_NOT_REACHED") with { Lo95 = limit, Hi95 = j == SaturationModel.Slope ? high : null, N = (long)total, Method = "profile" });
                    continue;
                }

                // At a bound of another parameter the curvature sees only one side; the profile sees both.
                double? sigma = fit.AtBound.Count == 0 ? fit.Sigma(j) : null;
                if (sigma is null)
                {
                    var (from, to) = PoissonFit.Profile(model, scaled, use, fit, j, 1, stop);
                    sigma = (from, to) switch { ({ } a, { } b) => (b - a) / 2, (null, { } b) => b - fit.Values[j], ({ } a, null) => fit.Values[j] - a, _ => null };
                }

                quantities.Add(new(name, fit.Values[j], sigma, low ?? 0, high, unit)
                {
                    N = (long)total, Method = fit.AtBound.Count == 0 ? "fisher" : "profile", Grade = Math.Abs(fit.Goodness) > 5 ? Grade.Warn : Grade.Ok,
                });
            }

            quantities.Add(new("model", null, null, null, null, "text") { Text = shape });
            if (hasDark) quantities.Add(Quantity.Of("dark_cps", fit.Values[SaturationModel.Dark], fit.Sigma(SaturationModel.Dark), "cps") with { N = (long)total, Method = "fisher" });
            var parameters = new JsonObject();
            if (!hasDark) parameters["dark_cps"] = options.Dark ?? 0;
            return new("saturation", 1)
            {
                Parameters = parameters,
                Quantities = quantities,
                Verdicts = [verdict],
                Messages = messages,
                Curves = [Points(power, counts, seconds, fit.Values, shape), Fitted(fit.Values, lowest, highest, shape)],
            };
        }
    }

    /// <summary>Runs of points of the same power, ascending.</summary>
    static List<(int First, int Count)> Groups(double[] power)
    {
        var groups = new List<(int First, int Count)>();
        for (var i = 0; i < power.Length; i++)
            if (groups.Count > 0 && power[i] - power[groups[^1].First] <= SamePower * power[i]) groups[^1] = (groups[^1].First, groups[^1].Count + 1);
            else groups.Add((i, 1));
        return groups;
    }

    /// <summary>How much more than counting allows points of one power differ; null where they do not, beyond chance.</summary>
    static double? Scatter(List<(int First, int Count)> groups, double[] counts, double[] seconds)
    {
        var (chi2, freedom) = (0.0, 0);
        foreach (var (first, count) in groups.Where(group => group.Count > 1))
        {
            var rate = Enumerable.Range(first, count).Sum(i => counts[i]) / Enumerable.Range(first, count).Sum(i => seconds[i]);
            if (rate <= 0) continue;
            for (var i = first; i < first + count; i++) chi2 += Math.Pow(counts[i] - rate * seconds[i], 2) / (rate * seconds[i]);
            freedom += count - 1;
        }

        return freedom > 0 && chi2 > freedom + 3 * Math.Sqrt(2.0 * freedom) ? chi2 / freedom : null;
    }

    /// <summary>Where the fit begins: for powers Psat over the whole range, Isat and slope by least squares; the three best.</summary>
    static IEnumerable<double[]> Starts(double[] power, double[] counts, double[] seconds, bool[] use, bool isPoisson, double dark)
    {
        var (low, high) = (power.Where(p => p > 0).Min() / 10, power[^1] * 30);
        var found = new List<(double Misfit, double[] Values)>();
        for (var k = 0; k < 25; k++)
        {
            var psat = low * Math.Pow(high / low, k / 24.0);
            double ff = 0, fp = 0, pp = 0, fy = 0, py = 0;
            for (var i = 0; i < power.Length; i++)
            {
                if (!use[i] || power[i] <= 0) continue;
                var w = seconds[i] * seconds[i] / (counts[i] + 1);
                var (f, y) = (Shape(power[i] / psat), counts[i] / seconds[i] - dark);
                ff += w * f * f;
                fp += w * f * power[i];
                pp += w * power[i] * power[i];
                fy += w * f * y;
                py += w * power[i] * y;
            }

            var determinant = ff * pp - fp * fp;
            var (isat, slope) = determinant > 1e-12 * ff * pp ? ((fy * pp - py * fp) / determinant, (py * ff - fy * fp) / determinant) : (fy / ff, 0);
            if (slope < 0) (isat, slope) = (fy / ff, 0);
            isat = Math.Max(isat, 1e-3 * counts.Max() / seconds.Max());
            var misfit = 0.0;
            for (var i = 0; i < power.Length; i++)
                if (use[i]) misfit += PoissonDeviance.Of(counts[i], seconds[i] * (isat * Shape(power[i] / psat) + slope * power[i] + dark));
            if (double.IsFinite(misfit)) found.Add((misfit, [isat, psat, slope, dark]));
        }

        return found.OrderBy(one => one.Misfit).Take(3).Select(one => one.Values);

        double Shape(double x) => isPoisson ? 1 - Math.Exp(-x) : x / (1 + x);
    }

    static Curve Points(double[] power, double[] counts, double[] seconds, double[]? p, string? shape) =>
        new("saturation", new("power", "uW", [.. power.Select(x => (double?)x)]),
            new("count rate", "cps", [.. counts.Select((n, i) => (double?)(n / seconds[i]))]) { Sigma = [.. counts.Select((n, i) => (double?)(Math.Sqrt(Math.Max(n, 1)) / seconds[i]))] })
        {
            Fit = p is null ? null : [.. power.Select(x => (double?)SaturationModel.Rate(p, x, shape == PoissonAbsorption))],
            More = new Dictionary<string, Series> { ["counts"] = new("counts", "1", [.. counts.Select(n => (double?)n)]) },
        };

    /// <summary>The curve between the points, and its part that saturates.</summary>
    static Curve Fitted(double[] p, double lowest, double highest, string shape)
    {
        const int points = 121;
        var x = Enumerable.Range(0, points).Select(k => lowest / 2 * Math.Pow(2.2 * highest / lowest, k / (points - 1.0))).ToArray();
        double[] alone = [.. p];
        (alone[SaturationModel.Slope], alone[SaturationModel.Dark]) = (0, 0);
        return new("saturation_model", new("power", "uW", [.. x.Select(v => (double?)v)]),
            new("count rate", "cps", [.. x.Select(v => (double?)SaturationModel.Rate(p, v, shape == PoissonAbsorption))]))
        {
            More = new Dictionary<string, Series> { ["emitter"] = new("emitter alone", "cps", [.. x.Select(v => (double?)SaturationModel.Rate(alone, v, shape == PoissonAbsorption))]) },
        };
    }

    static string Text(double x) => NumberText.Rounded(x, 4);
}
