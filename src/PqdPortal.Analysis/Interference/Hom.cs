using System.Text.Json.Nodes;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>
/// Two-photon interference (Hong, Ou, Mandel): how indistinguishable photons of a dot are, from pairs with parallel and with orthogonal
/// polarisation; the areas of peaks where light comes in pulses (<see cref="DoublePulseHom"/> for two in a period), a fit of the dips (<see cref="CwHom"/>) where it is steady.
/// </summary>
/// <remarks>
/// A_par = A_perp - 2 R T (1-eps)² M (1-g), A_perp = R² + T² + 2 R T g, in units of the far side peaks (Ollivier et al., PRL 126, 063602 (2021)).
/// Both areas are measured where both files are there. What it assumes and how it was checked: docs/analyses/hom.md.
/// </remarks>
public static class Hom
{
    /// <summary>Counts the pairs of one file: the part that takes the photons.</summary>
    /// <returns>Photons counted.</returns>
    public static long Count(PhotonStream photons, HomOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        options.Scheme == "double_pulse" ? DoublePulseHom.Count(photons, options, progress, stop)
        : IsSteady(photons, options, stop) ? CwHom.Count(photons, options, progress, stop)
        : PulsedRun.Read(photons, options, [], null, progress, stop).Counts is { } counts ? counts.Photons.A + counts.Photons.B : 0;

    /// <summary>Counts, corrects and judges.</summary>
    /// <param name="parallel">Photons of one polarisation in both arms.</param>
    /// <param name="orthogonal">Photons of crossed polarisations, or delayed against each other; null where it was not measured.</param>
    /// <exception cref="RequestException">The options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">A file does not tell pulses.</exception>
    /// <param name="irf">Measured responses of the two detectors; null without.</param>
    public static AnalysisReport Compute(
        PhotonStream parallel, PhotonStream? orthogonal, HomOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default, Measurement? irf = null)
    {
        if (options.G2 is { Count: 0 or > 2 })
            throw new RequestException("The parameter \"g2_0\" should be g2(0) and its standard error, such as [0.02, 0.004].");
        if (options.Reflectance * options.Transmittance <= 0)
            throw new RequestException("The parameters \"R\" and \"T\" should both be above 0: a mirror lets no photons meet.");
        if (options.Scheme == "double_pulse")
        {
            if (options.Excitation == "cw") throw new RequestException("Double pulses are no continuous light: leave out \"scheme\" or set \"excitation\" to pulsed.");
            return DoublePulseHom.Compute(parallel, orthogonal, options, irf, progress, stop);
        }

        if (IsSteady(parallel, options, stop)) return CwHom.Compute(parallel, orthogonal, options, irf, progress, stop);
        options = options with { Noise = options.Noise == "auto" ? "distinguishable" : options.Noise };
        if (options.SidePeaks < options.DelayPeriods + 3)
            throw new RequestException($"With a delay of {options.DelayPeriods} periods, \"side_peaks\" should be at least {options.DelayPeriods + 3}: the far peaks that areas are compared with begin at {options.DelayPeriods + 2}.");
        var par = PulsedRun.Read(parallel, options, [], irf, progress, stop);
        var perp = orthogonal is null ? null : PulsedRun.Read(orthogonal, options, [], irf, progress, stop);
        return new HomJudge(par, perp, options, stop).Report();
    }

    const int ToJudge = 20_000; // photons, before their micro times tell steady light from pulses

    /// <summary>True where light is continuous: as told, or where the file knows no pulses, or its photons do not follow them.</summary>
    static bool IsSteady(PhotonStream photons, HomOptions options, CancellationToken stop)
    {
        if (options.Excitation != "auto") return options.Excitation == "cw";
        if (options.SyncChannel is not null || options.SyncDivider is not null || photons.Mode != "T2" && photons.SyncPeriod is null) return false;
        PulsedClock clock;
        try
        {
            clock = PulsedSurvey.Clock(photons, null, null, stop);
        }
        catch (InsufficientDataException)
        {
            return true; // no laser among the events
        }

        var survey = PulsedSurvey.Of(photons, clock, options.Channels, stop);
        return clock.Step > 0 && survey.Photons.Values.Sum() >= ToJudge && survey.Photons.Keys.All(channel => survey.EdgeOf(channel) is null);
    }
}

/// <summary>From counted peaks to a report. One object for one report.</summary>
sealed class HomJudge(PulsedRun parallel, PulsedRun? orthogonal, HomOptions options, CancellationToken stop)
{
    const double EnoughPairs = 400; // in the central peak of the reference, for +-0.05 in M

    readonly List<Message> _messages = [];

    // The splitter's losses leave the ratio of its two ways.
    readonly double _r = options.Reflectance / (options.Reflectance + options.Transmittance);
    double T => 1 - _r;

    public AnalysisReport Report()
    {
        foreach (var (run, name) in new[] { (parallel, "parallel"), (orthogonal, "orthogonal") })
            if (run is not null)
                foreach (var message in run.Messages) _messages.Add(message with { Item = name });
        if (!Speaks(parallel, "parallel") || orthogonal is not null && !Speaks(orthogonal, "orthogonal")) return Refused("EMPTY_CHANNEL", "A file lacks photons on one of two detectors", []);

        var par = new HomPeaks(parallel, options.DelayPeriods, stop);
        var perp = orthogonal is null ? null : new HomPeaks(orthogonal, options.DelayPeriods, stop);
        var curves = new List<Curve> { Peaks(par, "peaks_parallel") };
        if (perp is not null) curves.Add(Peaks(perp, "peaks_orthogonal"));
        foreach (var (peaks, name) in new[] { (par, "parallel"), (perp, "orthogonal") })
        {
            if (peaks is null || peaks.HasSignal) continue;
            var code = peaks.Background > 0 && peaks.FarPairs >= 10 ? "BACKGROUND_EXCEEDS_SIGNAL" : "TOO_FEW_COINCIDENCES";
            Tell(code, code == "TOO_FEW_COINCIDENCES"
                ? $"A far side peak holds {Text(peaks.FarMean)} pairs; M to 0.05 needs {EnoughPairs} in the central peak of the reference. Measure {Text(2 * EnoughPairs / Math.Max(peaks.FarMean, 0.02))} times as long."
                : $"A far side peak holds {Text(peaks.FarMean)} pairs and the background makes {Text(peaks.Background)} of them, so nothing of the dot is left. Check background_cps.", name);
            return Refused(code, $"The far side peaks of the {name} file do not stand out", curves);
        }

        foreach (var (peaks, name) in new[] { (par, "parallel"), (perp, "orthogonal") })
            if (peaks is not null) Look(peaks, name);

        var (g, gSigma) = (options.G2 is [var value, ..] ? value : 0, options.G2 is [_, var error] ? error : 0);
        if (options.G2 is null)
            Tell("G2_NOT_GIVEN", $"No g2(0) was given, so it was taken as 0 and M is that of all photons together. Give g2_0 of the same dot, such as [0.02, 0.004].");
        var contrast = options.Contrast * options.Contrast;
        var (rt2, distinct) = (2 * _r * T, _r * _r + T * T);
        var (a, aSigma, aMethod) = par.Central;
        var reference = perp?.Central;
        // Without a measured reference: what photons that never interfere would give.
        var (b, bSigma) = reference is var (measured, sigma, _) ? (measured, sigma) : (distinct + rt2 * g, rt2 * gSigma);
        if (perp is null)
            Tell("NO_REFERENCE", $"There is no file with orthogonal polarisation. The central peak is compared with {Text(b)}, which R, T and g2(0) foretell for photons that do not interfere; an unequal entrance splitter or a second source would change that unseen. Measure orthogonally too.");

        var visibility = 1 - a / b;
        var visibilitySigma = Math.Sqrt(Math.Pow(aSigma / b, 2) + Math.Pow(a * bSigma / (b * b), 2));
        if (visibility < -2 * visibilitySigma)
            Tell("CHECK_POLARISATION_SWAP", $"The parallel central peak ({Text(a)}) is higher than the reference ({Text(b)}): V = {Text(visibility)} +- {Text(visibilitySigma)}. Interference only lowers it. Are the two files, or the wave plate's positions, swapped?");

        (double Value, double Sigma) Overlap(bool isDistinguishable)
        {
            var part = rt2 * contrast * (isDistinguishable ? 1 - g : 1);
            var m = (b - a) / part;
            // g shifts the noise share, and without a reference the reference too.
            var byG = (isDistinguishable && g < 1 ? m / (1 - g) : 0) + (perp is null ? rt2 / part : 0);
            var own = perp is null ? aSigma : Math.Sqrt(aSigma * aSigma + bSigma * bSigma);
            return (m, Math.Sqrt(Math.Pow(own / part, 2) + Math.Pow(byG * gSigma, 2)));
        }

        var distinguishable = options.Noise == "distinguishable";
        var quantities = new List<Quantity>
        {
            Of("A0_parallel", a, aSigma, par.Centre, aMethod),
            reference is var (_, _, method) ? Of("A0_orthogonal", b, bSigma, perp!.Centre, method) : Quantity.Refused("A0_orthogonal", "1", "NO_REFERENCE"),
            Of("V_raw", visibility, visibilitySigma, par.Centre, aMethod),
        };
        if (contrast <= 0 || g >= 1 && distinguishable)
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"With a contrast of {Text(options.Contrast)} and g2(0) = {Text(g)} no photon is left that could interfere, so M is not given. Check one_minus_epsilon and g2_0.");
            quantities.Add(Quantity.Refused("M", "1", "BACKGROUND_EXCEEDS_SIGNAL"));
        }
        else
        {
            var (m, mSigma) = Overlap(distinguishable);
            quantities.Add(Of("M", m, mSigma, par.Centre, aMethod));
            if (g < 1)
            {
                var (other, otherSigma) = Overlap(!distinguishable);
                if (Math.Abs(other - m) > mSigma)
                {
                    quantities.Add(Of(distinguishable ? "M_identical_noise" : "M_distinguishable_noise", other, otherSigma, par.Centre, aMethod));
                    Tell("NOISE_MATTERS", $"M is {Text(m)} if the second photons are {options.Noise}, and {Text(other)} if they are {(distinguishable ? "identical to the first" : "distinguishable")}. Find out where g2(0) comes from: light of the laser or another line is distinguishable, a second excitation of the same dot is nearly identical.");
                }
            }
        }

        var enough = perp is not null ? perp.Centre : b * par.Level;
        var few = enough < EnoughPairs;
        var why = $"the central peak of the reference {(perp is null ? "would hold" : "holds")} {Text(enough)} pairs; {EnoughPairs} are needed for +-0.05 in M";
        if (few) Tell("TOO_FEW_COINCIDENCES", $"{char.ToUpperInvariant(why[0])}{why[1..]}. Measure {Text(Math.Ceiling(10 * EnoughPairs / Math.Max(enough, 1)) / 10)} times as long.");
        return new("hom", 1)
        {
            Parameters = Settled(),
            Quantities = quantities,
            Verdicts = [new("quality", few ? "insufficient" : "ok", char.ToUpperInvariant(why[0]) + why[1..] + ".")],
            Messages = _messages,
            Curves = curves,
        };

        static Quantity Of(string name, double value, double sigma, long n, string method) => Quantity.Of(name, value, sigma, "1") with { N = n, Method = method };
    }

    /// <summary>Says what is odd about the peaks of one file.</summary>
    void Look(HomPeaks peaks, string name)
    {
        if (peaks.Leak > 0.01)
            Tell("PEAKS_OVERLAP", $"The decay's tail ({Text(peaks.Run.Tail!.Lifetime * 1e9)} ns) is long against the period ({Text(peaks.Run.Plan.Clock.Period * 1e9)} ns): {Text(100 * peaks.Leak)} % of a peak's pairs stand in its neighbours. The areas were taken apart with that tail; a slower laser would be surer.", name);
        if (Math.Abs(peaks.Goodness) > 5)
            Tell("FIT_POOR", $"The far side peaks miss {(peaks.IsFalling ? "one exponential fall" : "one level")} by z = {Text(peaks.Goodness)} (0 +- 1 for a model that fits). Look at the figure.", name);
        if (peaks.IsFalling)
            Tell("FLICKER", $"The side peaks fall with their distance, as blinking makes them; areas are relative to their height at m -> 0, {Text(peaks.Level)} pairs.", name);
        if (peaks.AtDelay is not var (value, sigma)) return;
        var g = options.G2 is [var given, ..] ? given : 0;
        var expected = 1 - (1 - Math.Min(g, 1)) * (_r * _r + T * T) / 2;
        if (Math.Abs(value - expected) > 5 * sigma && Math.Abs(value - expected) > 0.05)
            Tell("CHECK_DELAY", $"The peaks at +-{options.DelayPeriods} periods have the area {Text(value)} +- {Text(sigma)}, and photons through both arms make {Text(expected)}. Is delay_periods right, are both arms equally bright, do the detectors share a dead time?", name);
    }

    bool Speaks(PulsedRun run, string name)
    {
        if (run.Counts is { } counts && counts.Photons is { A: > 0, B: > 0 } && run.Live > 0) return true;
        var silent = options.Channels?.Where(c => !run.Present.ContainsKey(c)).ToArray() ?? [];
        Tell("EMPTY_CHANNEL", $"{(silent.Length > 0 ? $"Channel {silent[0]} has 0 events; is the mapping right?" : "Interference needs photons on two detectors.")} Channels present: {PulsedRun.List(run.Present)}.", name);
        return false;
    }

    static Curve Peaks(HomPeaks peaks, string name)
    {
        var (pairs, model) = peaks.Counted;
        var reach = pairs.Length / 2;
        return new(name, new("pulse difference", "1", [.. Enumerable.Range(-reach, pairs.Length).Select(m => (double?)m)]),
            new("pairs", "1", [.. pairs.Select(n => (double?)n)]) { Sigma = [.. pairs.Select(n => (double?)Math.Sqrt(Math.Max(n, 1)))] })
        {
            Fit = model is null ? null : [.. model.Select(mu => (double?)mu)],
        };
    }

    AnalysisReport Refused(string code, string why, IReadOnlyList<Curve> curves) => new("hom", 1)
    {
        Parameters = Settled(),
        Quantities = [.. new[] { "A0_parallel", "A0_orthogonal", "V_raw", "M" }.Select(name => Quantity.Refused(name, "1", code))],
        Verdicts = [new("quality", "insufficient", $"{why}.")],
        Messages = _messages,
        Curves = curves,
    };

    JsonObject Settled()
    {
        var settled = new JsonObject { ["excitation"] = "pulsed", ["noise"] = options.Noise };
        if (parallel.Counts is { } counts) settled["channels"] = new JsonArray(counts.Plan.Channels.A, counts.Plan.Channels.B);
        return settled;
    }

    void Tell(string code, string text, string? item = null) => _messages.Add(new(code, text) { Item = item });

    static string Text(double x) => NumberText.Rounded(x, 4);
}
