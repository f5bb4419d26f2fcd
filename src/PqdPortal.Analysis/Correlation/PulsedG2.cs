using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// g2(0) of a Hanbury Brown-Twiss measurement under pulsed excitation: the area of the central peak over that of its neighbours,
/// background taken off, blinking told apart, and the question whether it is a single emitter.
/// </summary>
/// <remarks>
/// The steps, each in its own file: <see cref="PulsedSurvey"/> finds detectors, period and time zero; <see cref="PulsedCounter"/>
/// counts; <see cref="PulsedSides"/> is the model of the side peaks; <see cref="PulsedSlow"/> finds blinking beyond them; <see cref="PulsedPeaks"/> makes g2(0) and its errors;
/// <see cref="PulsedCascade"/> looks behind gates. What it assumes and how it was checked: docs/analyses/g2-pulsed.md.
/// </remarks>
public static class PulsedG2
{
    const double VerdictPairs = 100; // in one side peak, background taken off

    /// <summary>Counts the pairs: the part that takes the photons.</summary>
    /// <returns>The pairs; null where two detectors did not speak.</returns>
    public static PulsedCounts? Count(
        PhotonStream photons, PulsedG2Options options, Measurement? response = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        PulsedRun.Read(photons, options, GatedG2Options.Usual, response, progress, stop).Counts;

    /// <summary>Counts, fits, corrects and judges.</summary>
    /// <param name="response">The response measured with the same set-up, for time zero.</param>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not tell pulses.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, PulsedG2Options options, Measurement? response = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        var run = PulsedRun.Read(photons, options, GatedG2Options.Usual, response, progress, stop);
        return new PulsedReport(run, "g2.pulsed").Pulsed(options, stop);
    }

    /// <summary>Pairs that one side peak needs for a verdict.</summary>
    internal static double PairsNeeded => VerdictPairs;

    /// <summary>
    /// Ratio of the quantum yields of biexciton and exciton from g2(0), for Poisson absorption (Nair, Zhao, Bawendi 2011).
    /// </summary>
    /// <param name="mean">Mean number of excitons a pulse makes.</param>
    /// <returns>The ratio and its slope; null where no ratio gives so high a g2(0).</returns>
    /// <remarks>
    /// g2(0) = 2 P2 x/(P1 + P2 + x P2)², P1 = N e^-N, P2 = 1 - e^-N (1 + N): the smaller root of a quadratic in x.
    /// </remarks>
    public static (double Ratio, double Slope)? BiexcitonRatio(double g2, double mean)
    {
        var none = Math.Exp(-mean);
        // The closed form loses all digits at small N.
        var p2 = mean < 1e-3 ? mean * mean / 2 * (1 - mean * (2.0 / 3) + mean * mean / 4) : 1 - none * (1 + mean);
        var a = mean * none + p2;
        var root = 1 - 2 * g2 * a;
        if (!(root > 0)) return null;
        var x = g2 * a * a / p2 / (1 - g2 * a + Math.Sqrt(root));
        // dg/dx at x.
        var slope = 2 * p2 * (a - x * p2) / Math.Pow(a + x * p2, 3);
        return slope > 0 ? (x, 1 / slope) : null;
    }
}

/// <summary>From counted peaks to a report. One object for one report.</summary>
sealed class PulsedReport(PulsedRun run, string analysis)
{
    const double Z95 = 1.959964;

    readonly List<Message> _messages = [.. run.Messages];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];
    bool _isTooSlow; // blinking or drift, too slow for this run

    public AnalysisReport Pulsed(PulsedG2Options options, CancellationToken stop)
    {
        (string, string)[] numbers = [("g2_0", "1"), ("center_counts", "1"), ("side_mean", "1"), ("background_per_peak", "1"), ("blink_amplitude", "1"), ("blink_time_us", "us"), ("bx_ratio", "1")];
        if (!Speaks(options))
        {
            Judge("single_emitter", "undecided", _messages[^1].Text);
            Judge("blinking_in_side_peaks", "no", "There are no side peaks.");
            Judge("quality", "insufficient", _messages[^1].Text);
            return Done(numbers, []);
        }

        var peaks = new PulsedPeaks(run, stop);
        var cascade = PulsedCascade.Of(run, peaks, stop);
        var estimate = peaks.At(0);
        var flags = Warnings(peaks, estimate);
        Ratio("g2_0", estimate, flags);
        Sums(peaks, estimate);
        var few = estimate.Level < PulsedG2.PairsNeeded;
        Blinking(peaks);
        Biexciton(options, estimate, cascade, flags);
        Rates();
        Single(peaks, estimate, few);
        return Done(numbers, [.. Curves(peaks, estimate), .. Gates(peaks, cascade, [0, .. run.Plan.Gates])]);
    }

    public AnalysisReport Gated(GatedG2Options options, CancellationToken stop)
    {
        var gates = options.Gates;
        List<(string, string)> numbers = [];
        for (var k = 0; k < gates.Count; k++) numbers.AddRange([($"g2_0_gate_{k}", "1"), ($"rate_cps_gate_{k}", "cps")]);
        if (!Speaks(options))
        {
            Judge("cascade", "undecided", _messages[^1].Text);
            Judge("quality", "insufficient", _messages[^1].Text);
            return Done(numbers, []);
        }

        var peaks = new PulsedPeaks(run, stop);
        var cascade = PulsedCascade.Of(run, peaks, stop);
        var flags = Warnings(peaks, peaks.At(0));
        for (var k = 0; k < gates.Count; k++)
        {
            var level = LevelOf(gates[k]);
            var estimate = peaks.At(level);
            List<string> own = [.. flags];
            if (estimate.Level < PulsedG2.PairsNeeded) own.Add("TOO_FEW_COINCIDENCES");
            Ratio($"g2_0_gate_{k}", estimate, own.Distinct().ToList());
            var (a, b) = run.Survivors(level);
            _quantities.Add(Quantity.Of($"rate_cps_gate_{k}", (a + b) / run.Live, Math.Sqrt(a + b) / run.Live, "cps") with { N = (long)(a + b), Method = "exact-poisson" });
        }

        if (cascade.Fall is { } fall)
            _quantities.Add(Quantity.Of("fall_per_ns", fall * 1e-9, cascade.Sigma * 1e-9, "1/ns") with { N = peaks.At(0).Centre, Method = "fisher" });
        Rates();
        var few = peaks.At(0).Level < PulsedG2.PairsNeeded;
        Judge("cascade", few || SharedDead(peaks) ? "undecided" : cascade.Verdict, few ? TooFew(peaks.At(0)) : cascade.Why);
        Judge("quality", few ? "insufficient" : "ok", few ? TooFew(peaks.At(0)) : Enough(peaks.At(0)));
        return Done(numbers, [.. Gates(peaks, cascade, gates), .. Curves(peaks, peaks.At(0))]);
    }

    int LevelOf(double gate) => gate <= 0 ? 0 : 1 + run.Plan.Gates.ToList().IndexOf(gate);

    bool Speaks(PulsedOptions options)
    {
        if (run.Counts is { } counts && counts.Photons is { A: > 0, B: > 0 } && run.Live > 0) return true;
        var list = PulsedRun.List(run.Present);
        var silent = options.Channels?.Where(c => !run.Present.ContainsKey(c)).ToArray() ?? [];
        foreach (var c in silent)
            Tell("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Without a second detector there is no g2.");
        if (silent.Length == 0) Tell("EMPTY_CHANNEL", run.Live > 0 || run.Counts is null
            ? $"g2 needs photons on two detectors. Channels present: {list}. Was the second detector connected?"
            : $"All photons carry the same time, so there is no duration. Channels present: {list}.");
        return false;
    }

    /// <summary>Says what is odd about the peaks.</summary>
    /// <returns>The flags of every number made of them.</returns>
    List<string> Warnings(PulsedPeaks peaks, PulsedPeaks.Estimate estimate)
    {
        List<string> flags = [];
        if (!peaks.HasSignal)
        {
            if (peaks.Background > 0 && peaks.SidePairs >= 10)
                Tell("BACKGROUND_EXCEEDS_SIGNAL", $"A side peak holds {Text(peaks.SideMean)} pairs; the background that was given makes {Text(peaks.Background)} +- {Text(peaks.BackgroundSigma)} of them, so nothing of the dot is left and g2(0) cannot be given. Measure the background again on this sample.");
            else if (peaks.SidePairs >= 10)
                Tell("TOO_FEW_COINCIDENCES", TooFew(estimate));
        }

        if (estimate.Level < PulsedG2.PairsNeeded && !_messages.Exists(m => m.Code is "BACKGROUND_EXCEEDS_SIGNAL" or "TOO_FEW_COINCIDENCES")) Tell("TOO_FEW_COINCIDENCES", TooFew(estimate));
        if (!peaks.HasSignal) return flags;

        if (peaks.Leak > PulsedRun.Overlapping)
        {
            flags.Add("PEAKS_OVERLAP");
            Tell("PEAKS_OVERLAP", $"The decay's tail ({Text(run.Tail!.Lifetime * 1e9)} ns) is long against the period ({Text(run.Plan.Clock.Period * 1e9)} ns): {Text(100 * peaks.Leak)} % of a peak's pairs stand in its neighbours. g2(0) was taken from the comb of overlapping peaks with that tail; a slower laser would be surer.");
        }

        if (SharedDead(peaks))
        {
            flags.Add("COMMON_DEADTIME");
            Tell("COMMON_DEADTIME", $"The peaks beside the centre are nearly empty too ({Text(peaks.Counted[run.Plan.Reach + 1])} and {Text(peaks.Counted[run.Plan.Reach - 1])} pairs, {Text(peaks.SideMean)} expected), as a dead time that both channels share makes it. It hides the centre, so no verdict is given. Put a cable delay longer than that in front of one detector, or use electronics without it.");
        }

        if (Math.Abs(peaks.Sides!.Goodness) > 5)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The heights of the side peaks miss {(peaks.IsFalling ? "one exponential fall" : "one level")} by z = {Text(peaks.Sides.Goodness)} (0 +- 1 for a model that fits). Errors are scaled by {Text(Math.Sqrt(peaks.Sides.Overdispersion))}; look at the figure.");
        }

        var ratio = Math.Max(estimate.Stretch, peaks.SidePairs >= 100 ? peaks.SideMeanBlockSigma / peaks.SideMeanSigma : 0);
        if (ratio > 2)
        {
            flags.Add("NONSTATIONARY");
            Tell("NONSTATIONARY", $"Blocks of the run differ {Text(ratio)} times more than counting statistics allow: the emitter blinks or drifts. Errors are taken from the blocks where they are larger; g2(0) compares peaks of the same moments and hardly changes.");
        }

        if (estimate.Value is not null && estimate.Centre <= estimate.Background)
            Tell("UPPER_LIMIT", $"The central peak holds {estimate.Centre} pairs, no more than background makes ({Text(estimate.Background)}). The value is given as it is; with 95 % certainty g2(0) is below {Text(estimate.Upper95!.Value)}.");
        return flags;
    }

    /// <summary>Neighbours of the centre nearly empty: no emitter does that.</summary>
    bool SharedDead(PulsedPeaks peaks)
    {
        if (run.Plan.Reach < 4) return false;
        var beside = peaks.Counted[run.Plan.Reach - 1] + peaks.Counted[run.Plan.Reach + 1];
        return peaks.SideMean >= 10 && beside < 0.2 * 2 * peaks.SideMean && peaks.Leak < 0.05;
    }

    void Ratio(string name, PulsedPeaks.Estimate estimate, List<string> flags)
    {
        _quantities.Add(estimate.Value is not { } value
            ? Quantity.Refused(name, "1", _messages.Exists(m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL") ? "BACKGROUND_EXCEEDS_SIGNAL" : "TOO_FEW_COINCIDENCES")
            : new(name, value, estimate.Sigma, estimate.Lo95, estimate.Hi95, "1")
            {
                N = estimate.Centre, Method = estimate.Method, Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = [.. flags],
            });
    }

    /// <summary>What anyone needs to make the ratio again.</summary>
    void Sums(PulsedPeaks peaks, PulsedPeaks.Estimate estimate)
    {
        var (low, high) = PoissonDeviance.Interval(estimate.Centre, 0.95);
        var (low68, high68) = PoissonDeviance.Interval(estimate.Centre, 0.6827);
        _quantities.Add(new("center_counts", estimate.Centre, estimate.Centre > 0 ? Math.Sqrt(estimate.Centre) : high68 - low68, low, high, "1") { N = estimate.Centre, Method = "exact-poisson" });
        var counting = peaks.SideMeanSigma;
        _quantities.Add(Quantity.Of("side_mean", peaks.SideMean, Math.Max(counting, peaks.SideMeanBlockSigma), "1") with
        {
            N = peaks.SidePairs, Method = peaks.SideMeanBlockSigma > counting ? "block-jackknife" : "exact-poisson",
        });
        _quantities.Add(Quantity.Of("background_per_peak", peaks.Background, peaks.BackgroundSigma, "1") with { Method = "propagation" });
        if (peaks.HasSignal)
            _quantities.Add(Quantity.Of("side_at_zero", peaks.Level + peaks.Background, peaks.LevelSigma, "1") with { N = peaks.SidePairs, Method = "fisher" });
        if (!peaks.HasSignal || peaks.OverSteady is not var (over, counted)) return;
        var sigma = Math.Max(counted, over * peaks.OverSteadyBlockSigma);
        _quantities.Add(Quantity.Of("side_over_steady", over, sigma, "1") with { N = peaks.SidePairs, Method = "exact-poisson" });
        _isTooSlow = over - 1 > 4 * counted && over > 1.01 && !peaks.IsFalling && peaks.Slow is null;
        if (_isTooSlow)
            Tell("FLICKER", $"The side peaks are {Text(over)} times as high as steady light of these rates makes them: the emitter blinks or drifts more slowly than {Text(run.Plan.Reach * run.Plan.Clock.Period * 1e6)} us, the farthest peak, and too slowly for a run of {Text(run.Live)} s to tell amplitude and time (the time should be a hundredth of it at most; measure longer). g2(0) is taken against these peaks and not affected.");
    }

    void Blinking(PulsedPeaks peaks)
    {
        var period = run.Plan.Clock.Period;
        if (!peaks.HasSignal || !peaks.IsFalling && peaks.Slow is null)
        {
            Refuse(_isTooSlow ? "FLICKER" : "NO_FALL");
            Judge("blinking_in_side_peaks", "no", !peaks.HasSignal ? "There are too few pairs in the side peaks to tell."
                : _isTooSlow ? "The side peaks stand higher than steady light makes them, but show no fall within a hundredth of the run: blinking or drift too slow to tell amplitude and time."
                : peaks.Falling is { } tried ? $"A fall of the side peaks improves the deviance by {Text(Math.Max(0, peaks.Flat!.Deviance - tried.Deviance))}; 16 and a better BIC are asked for."
                : "Fewer than four side peaks show no fall.");
            return;
        }

        // Fastest first: what the side peaks show themselves, then what was found beyond them.
        List<(double Amplitude, double? Sigma, double Time, double? LogSigma)> parts = [];
        if (peaks.IsFalling)
        {
            var (fast, x) = (peaks.Sides!.Values[PulsedSides.C], Math.Exp(peaks.Sides.Values[PulsedSides.LnX]));
            if (!peaks.IsReached)
            {
                Tell("RANGE_SHORT", $"The side peaks fall with about {Text(period / x * 1e6)} us, but {run.Plan.Reach} peaks to each side reach only {Text(run.Plan.Reach * period * 1e6)} us, five times the fall should be seen, and the pairs farther apart do not tell it either in a run of {Text(run.Live)} s. So amplitude and time are not given. Measure longer, or ask for side_peaks {Math.Min(10_000, Math.Ceiling(5 / x))}.");
                Refuse("RANGE_SHORT");
                Judge("blinking_in_side_peaks", "yes", $"The side peaks fall (deviance better by {Text(peaks.Flat!.Deviance - peaks.Sides.Deviance)}), and more slowly than they reach. g2(0) is relative to their height at the centre.");
                return;
            }

            var cSigma = Larger(peaks.Sides.Sigma(PulsedSides.C), PulsedSides.C);
            parts.Add((fast / (1 - fast), cSigma / ((1 - fast) * (1 - fast)), period / x, Larger(peaks.Sides.Sigma(PulsedSides.LnX), PulsedSides.LnX)));
        }

        if (peaks.Slow is { } slow)
            foreach (var k in peaks.SlowComponents)
                parts.Add((slow.Amplitude([k]).Value, slow.Amplitude([k]).Sigma, slow.Time(k), slow.TimeError(k)));
        var (far, farSigma) = peaks.Slow?.Amplitude(peaks.SlowComponents) ?? (0, 0);
        var (near, nearSigma) = peaks.IsFalling ? (parts[0].Amplitude, parts[0].Sigma) : (0, 0);
        // Two processes that know nothing of each other multiply.
        var amplitude = (1 + near) * (1 + far) - 1;
        var sigmaAll = nearSigma is { } n && farSigma is { } f ? Math.Sqrt(Math.Pow((1 + far) * n, 2) + Math.Pow((1 + near) * f, 2)) : (double?)null;
        var strongest = parts.MaxBy(part => part.Amplitude);
        var method = peaks.Slow is null || peaks.SlowComponents.Count == 0 ? "fisher" : "block-jackknife";
        _quantities.Add(Quantity.Of("blink_amplitude", amplitude, sigmaAll, "1") with { N = peaks.SidePairs, Method = method, Grade = sigmaAll is null ? Grade.Warn : Grade.Ok });
        _quantities.Add(TimeOf("blink_time_us", strongest));
        for (var k = 0; k < parts.Count && parts.Count > 1; k++)
        {
            _quantities.Add(Quantity.Of($"blink_amplitude_{k}", parts[k].Amplitude, parts[k].Sigma, "1") with { N = peaks.SidePairs, Method = method });
            _quantities.Add(TimeOf($"blink_time_{k}_us", parts[k]));
        }

        var reached = peaks.SlowComponents.Count > 0 ? $"in a second look at pairs up to {Text(0.1 * run.Live)} s apart" : $"deviance better by {Text(peaks.Flat!.Deviance - peaks.Sides!.Deviance)}";
        Judge("blinking_in_side_peaks", "yes", $"The side peaks fall by {Text(100 * amplitude / (1 + amplitude))} % with {string.Join(" and ", parts.Select(part => Text(part.Time * 1e6)))} us ({reached}). g2(0) is relative to their height at the centre; against the far peaks it would be {Text(1 + amplitude)} times as high.");

        Quantity TimeOf(string name, (double Amplitude, double? Sigma, double Time, double? LogSigma) part) => part.LogSigma is { } s && s < 20
            ? new(name, part.Time * 1e6, part.Time * s * 1e6, part.Time * Math.Exp(-Z95 * s) * 1e6, part.Time * Math.Exp(Z95 * s) * 1e6, "us") { N = peaks.SidePairs, Method = method, Grade = Grade.Ok }
            : new(name, part.Time * 1e6, null, null, null, "us") { N = peaks.SidePairs, Grade = Grade.Warn };

        void Refuse(string why)
        {
            _quantities.Add(Quantity.Refused("blink_amplitude", "1", why));
            _quantities.Add(Quantity.Refused("blink_time_us", "us", why));
        }

        double? Larger(double? fisher, int index) => fisher is { } f ? Math.Max(f, index < peaks.ParameterBlockSigmas.Length ? peaks.ParameterBlockSigmas[index] : 0) : null;
    }

    void Biexciton(PulsedG2Options options, PulsedPeaks.Estimate estimate, PulsedCascade cascade, List<string> flags)
    {
        if (estimate.Value is not { } g || estimate.Sigma is not { } sigma)
        {
            _quantities.Add(Quantity.Refused("bx_ratio", "1", "NO_G2"));
            return;
        }

        if (cascade.Verdict == "no")
        {
            Tell("NO_CASCADE", $"{cascade.Why} So g2(0) is no measure of the biexciton, and bx_ratio is not given. See g2.gated, and the background.");
            _quantities.Add(Quantity.Refused("bx_ratio", "1", "NO_CASCADE"));
            return;
        }

        List<string> own = [.. flags];
        if (cascade.Verdict == "undecided")
        {
            own.Add("NOT_CHECKED_BY_GATING");
            Tell("NOT_CHECKED_BY_GATING", $"bx_ratio holds for a single dot whose pairs are cascades of the biexciton; not checked by gating. {cascade.Why}");
        }

        if (options.MeanExcitons is { } mean)
        {
            if (PulsedG2.BiexcitonRatio(g, mean) is not var (x, slope))
            {
                Tell("UNPHYSICAL_BX", $"No ratio of quantum yields gives g2(0) = {Text(g)} at {Text(mean)} excitons per pulse. Is the mean number right, and is it a single dot?");
                _quantities.Add(Quantity.Refused("bx_ratio", "1", "UNPHYSICAL_BX"));
                return;
            }

            double? End(double? end) => end is { } e ? PulsedG2.BiexcitonRatio(e, mean)?.Ratio : null;
            _quantities.Add(new("bx_ratio", x, sigma * slope, End(estimate.Lo95), End(estimate.Hi95), "1") { N = estimate.Centre, Method = estimate.Method, Flags = own, Grade = own.Count > 0 ? Grade.Warn : Grade.Ok });
            return;
        }

        own.Add("ASSUMES_LOW_POWER");
        Tell("ASSUMES_LOW_POWER", $"bx_ratio is g2(0) itself, which holds for few excitons per pulse. At N of them it is too high by about a factor 1 + N/3 and more; give mean_excitons, for example from the saturation curve.");
        _quantities.Add(new("bx_ratio", g, sigma, estimate.Lo95, estimate.Hi95, "1") { N = estimate.Centre, Method = estimate.Method, Flags = own, Grade = Grade.Warn });
    }

    void Rates()
    {
        var (a, b) = run.Counts!.Photons;
        _quantities.Add(Quantity.Of("rate_a_cps", a / run.Live, Math.Sqrt(a) / run.Live, "cps") with { N = a, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("rate_b_cps", b / run.Live, Math.Sqrt(b) / run.Live, "cps") with { N = b, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("duration_s", run.Live, null, "s"));
        _quantities.Add(Quantity.Of("period_ns", run.Plan.Clock.Period * 1e9, null, "ns"));
        if (run.KnowsTimeZero && run.Plan.Clock.Step > 0)
        {
            _quantities.Add(Quantity.Of("t0_a_ns", run.Plan.TimeZero.A * 1e9, null, "ns"));
            _quantities.Add(Quantity.Of("t0_b_ns", run.Plan.TimeZero.B * 1e9, null, "ns"));
        }
    }

    void Single(PulsedPeaks peaks, PulsedPeaks.Estimate estimate, bool few)
    {
        var (value, why) = ("undecided", "");
        if (estimate.Value is not { } g || estimate.Sigma is not { } s) why = _messages.FindLast(m => m.Code is "BACKGROUND_EXCEEDS_SIGNAL" or "TOO_FEW_COINCIDENCES")?.Text ?? "There is no g2(0) with an error.";
        else if (few) why = TooFew(estimate);
        else if (SharedDead(peaks)) why = "A dead time shared by both channels hides the central peak.";
        else
        {
            value = g + 2 * s < 0.5 ? "yes" : g - 2 * s > 0.5 ? "no" : "undecided";
            why = value switch
            {
                "yes" => $"g2(0) + 2 sigma = {Text(g + 2 * s)} is below 0.5.",
                "no" => $"g2(0) - 2 sigma = {Text(g - 2 * s)} is above 0.5.",
                _ => $"g2(0) = {Text(g)} +- {Text(s)} is within 2 sigma of 0.5.",
            };
        }

        _verdicts.Insert(0, new("single_emitter", value, why));
        Judge("quality", few || estimate.Value is null ? "insufficient" : "ok", few || estimate.Value is null ? why : Enough(estimate));
    }

    string TooFew(PulsedPeaks.Estimate estimate) => estimate.Level > 0
        ? $"A side peak holds about {Text(estimate.Level)} pairs of the dot; a verdict needs {PulsedG2.PairsNeeded}. At this rate measure {Text(Math.Ceiling(run.Live * PulsedG2.PairsNeeded / estimate.Level))} s."
        : $"The side peaks hold {run.Counts!.Peaks(0).Sum()} pairs in all, too few to stand above the background; a verdict needs {PulsedG2.PairsNeeded} in each. Measure longer or at a higher rate.";

    static string Enough(PulsedPeaks.Estimate estimate) => $"A side peak holds about {Text(estimate.Level)} pairs of the dot.";

    IEnumerable<Curve> Curves(PulsedPeaks peaks, PulsedPeaks.Estimate estimate)
    {
        var (reach, period) = (run.Plan.Reach, run.Plan.Clock.Period);
        var bins = 2 * reach + 1;
        var fit = peaks.Sides?.Mu.Select((mu, i) => i == reach ? (double?)null : mu).ToArray();
        yield return new("peaks",
            new("pulse difference", "1", [.. Enumerable.Range(-reach, bins).Select(m => (double?)m)]),
            new("pairs", "1", [.. peaks.Counted.Select(n => (double?)n)]) { Sigma = [.. peaks.Counted.Select(n => (double?)Math.Sqrt(Math.Max(n, 1)))] })
        {
            Fit = fit,
            More = new Dictionary<string, Series>
            {
                ["delay"] = new("delay", "us", [.. Enumerable.Range(-reach, bins).Select(m => (double?)Math.Round(m * period * 1e6, 9))]),
                ["background"] = new("pairs of the background", "1", [.. Enumerable.Repeat((double?)estimate.Background, bins)]),
            },
        };
        if (run.Plan.Clock.Step <= 0) yield break;
        var side = run.Plan.CentreSide;
        var centre = run.Counts!.Centre;
        yield return new("center",
            new("delay", "ns", [.. Enumerable.Range(-side, centre.Length).Select(k => (double?)Math.Round(k * run.Plan.CentreBin * 1e9, 9))]),
            new("pairs", "1", [.. centre.Select(n => (double?)n)]) { Sigma = [.. centre.Select(n => (double?)Math.Sqrt(Math.Max(n, 1)))] });
    }

    /// <summary>g2(0) over the gate, with the surviving rate and the fall that was fitted.</summary>
    IEnumerable<Curve> Gates(PulsedPeaks peaks, PulsedCascade cascade, IReadOnlyList<double> gates)
    {
        if (run.Plan.Gates.Count == 0 && gates.All(g => g > 0)) yield break;
        var estimates = gates.Select(g => peaks.At(LevelOf(g))).ToArray();
        var start = peaks.At(0).Value;
        yield return new("gates",
            new("gate", "ps", [.. gates.Select(g => (double?)Math.Round(g * 1e12, 6))]),
            new("g2_0", "1", [.. estimates.Select(e => e.Value)]) { Sigma = [.. estimates.Select(e => e.Sigma)] })
        {
            Fit = cascade.Fall is { } fall && start is { } from ? [.. gates.Select(g => (double?)(from * Math.Exp(-fall * g)))] : null,
            More = new Dictionary<string, Series>
            {
                ["rate"] = new("surviving rate", "cps", [.. gates.Select(g => (double?)((run.Survivors(LevelOf(g)).A + run.Survivors(LevelOf(g)).B) / run.Live))]),
                ["centre"] = new("central pairs", "1", [.. estimates.Select(e => (double?)e.Centre)]),
                ["side"] = new("side peak, background taken off", "1", [.. estimates.Select(e => (double?)e.Level)]),
                ["background"] = new("pairs of the background", "1", [.. estimates.Select(e => (double?)e.Background)]),
            },
        };
    }

    AnalysisReport Done(IReadOnlyList<(string Name, string Unit)> numbers, IReadOnlyList<Curve> curves)
    {
        var ordered = numbers.Select(n => _quantities.Find(q => q.Name == n.Name) ?? Quantity.Refused(n.Name, n.Unit, "NO_PEAKS"))
            .Concat(_quantities.Where(q => numbers.All(n => n.Name != q.Name)));
        var parameters = new JsonObject();
        if (run.Counts is { } counts) parameters["channels"] = new JsonArray(counts.Plan.Channels.A, counts.Plan.Channels.B);
        return new(analysis, 1) { Parameters = parameters, Quantities = [.. ordered], Verdicts = _verdicts, Messages = _messages, Curves = curves };
    }

    void Judge(string name, string value, string why) => _verdicts.Add(new(name, value, why));

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => PulsedRun.Text(x);
}
