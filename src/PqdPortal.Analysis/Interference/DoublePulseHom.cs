using System.Text.Json.Nodes;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>Two-photon interference of two pulses in each period, as far apart as the arms are long (Santori et al., Nature 419, 594 (2002)).</summary>
static class DoublePulseHom
{
    /// <exception cref="RequestException">The spacing is missing or too long.</exception>
    /// <exception cref="InsufficientDataException">A file does not tell the laser's period.</exception>
    public static AnalysisReport Compute(
        PhotonStream parallel, PhotonStream? orthogonal, HomOptions options, Measurement? irf, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var (counting, period) = Counting(parallel, options, stop);
        var isKnown = irf is not null || options.Jitter is not null || options.IrfSigma is not null;
        var (response, delay) = CwG2.Response(irf, counting, progress, stop);
        var files = new List<CwHomCounted> { One(parallel, "parallel") };
        if (orthogonal is not null) files.Add(One(orthogonal, "orthogonal"));
        progress?.Report(new("fitting", parallel.AvailableRecords, parallel.AvailableRecords));
        return new DoublePulseJudge(files, options, isKnown ? response : null, period, stop).Report();

        CwHomCounted One(PhotonStream photons, string name)
        {
            var (counts, time) = CwG2.Count(photons, counting, progress, stop, delay);
            return new(name, name == "parallel", photons, counts, time);
        }
    }

    /// <summary>Counts the pairs of one file: the part that takes the photons.</summary>
    public static long Count(PhotonStream photons, HomOptions options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var (counts, _) = CwG2.Count(photons, Counting(photons, options, stop).Options, progress, stop);
        return counts.Starts + counts.Stops;
    }

    static (CwG2Options Options, double Period) Counting(PhotonStream photons, HomOptions o, CancellationToken stop)
    {
        if (o.Spacing is not > 0)
            throw new RequestException("Double pulses need their spacing, \"double_pulse_ps\": how far apart the two pulses of a period are, which is the delay of the arms too.");
        var period = PulsedSurvey.Clock(photons, o.SyncChannel, o.SyncDivider, stop).Period;
        for (var j = 1; j <= 4; j++)
            if (Math.Abs(period - j * o.Spacing!.Value) < 0.02 * period || o.Spacing >= period)
                throw new RequestException($"Pulses {PulsedRun.Text(o.Spacing.Value * 1e9)} ns apart in a period of {PulsedRun.Text(period * 1e9)} ns put peaks of neighbouring periods on those of the central one. Choose another spacing.");
        return (new()
        {
            Channels = o.Channels, Jitter = o.Jitter, IrfSigma = o.IrfSigma, IrfCentre = o.IrfCentre,
            BinWidth = Math.Min(Math.Max(o.BinWidth, period / 2000), o.Spacing!.Value / 10), MaxDelay = period + 2.5 * o.Spacing.Value,
        }, period);
    }
}

/// <summary>From counted pairs to a report. One object for one report.</summary>
sealed class DoublePulseJudge(IReadOnlyList<CwHomCounted> files, HomOptions options, PairResponse? response, double period, CancellationToken stop)
{
    const double EnoughPairs = 400; // in the central peak of the reference, for +-0.05 in M

    readonly List<Message> _messages = [];

    // The splitter's losses leave the ratio of its two ways.
    readonly double _r = options.Reflectance / (options.Reflectance + options.Transmittance);
    double T => 1 - _r;
    double Outer => _r * _r * _r * T + _r * T * T * T;

    public AnalysisReport Report()
    {
        foreach (var file in files)
        {
            foreach (var finding in file.Photons.Findings.Concat(file.Time.Findings).Where(f =>
                f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
                Tell(finding.Code, finding.Message, file.Name);
            if (file.Silence(options.Channels) is { } silence)
            {
                Tell("EMPTY_CHANNEL", silence, file.Name);
                return Refused("EMPTY_CHANNEL", "A file lacks photons on one of two detectors");
            }
        }

        var fits = new List<Fitted>();
        foreach (var file in files)
        {
            var inCluster = Enumerable.Range(0, file.Pairs.Length).Where(i => Math.Abs(file.Axis.Centre(i)) < 2.5 * options.Spacing!.Value).Sum(i => file.Pairs[i]);
            var background = BackgroundPairs(file).Pairs * 5 * options.Spacing!.Value / file.Axis.BinSeconds;
            if (inCluster - background < 50 + 3 * Math.Sqrt(inCluster))
            {
                var few = background < 0.3 * inCluster;
                Tell(few ? "TOO_FEW_COINCIDENCES" : "BACKGROUND_EXCEEDS_SIGNAL", few
                    ? $"The central cluster holds {PulsedRun.Text(inCluster)} pairs; M to 0.05 needs {EnoughPairs} in its central peak alone. Measure {PulsedRun.Text(4 * EnoughPairs / Math.Max(inCluster, 1))} times as long."
                    : $"The central cluster holds {PulsedRun.Text(inCluster)} pairs and the background makes {PulsedRun.Text(background)} of them, so nothing of the dot is left. Check background_cps.", file.Name);
                return Refused(few ? "TOO_FEW_COINCIDENCES" : "BACKGROUND_EXCEEDS_SIGNAL", $"The peaks of the {file.Name} file do not stand out");
            }

            fits.Add(new(this, file));
        }

        return Judged(fits[0], fits.Count > 1 ? fits[1] : null);
    }

    /// <summary>Pairs that background leaves in each bin, and their error: d (N1 B2 + N2 B1 - T B1 B2).</summary>
    (double Pairs, double Sigma) BackgroundPairs(CwHomCounted file)
    {
        var (a, b) = CwG2.Both(options.Background, "background_cps") ?? (0, 0);
        var live = file.Baseline.Live;
        var (sa, sb) = CwG2.Both(options.BackgroundSigma, "background_sigma_cps") ?? (Math.Sqrt(a / live), Math.Sqrt(b / live));
        var (n1, n2, width) = (file.Counts.Starts, file.Counts.Stops, file.Axis.BinSeconds);
        return (width * (n1 * b + n2 * a - live * a * b), width * Math.Sqrt(Math.Pow((n2 - live * b) * sa, 2) + Math.Pow((n1 - live * a) * sb, 2)));
    }

    /// <summary>The fit of one file.</summary>
    sealed class Fitted
    {
        readonly DoublePulseJudge _judge;

        public Fitted(DoublePulseJudge judge, CwHomCounted file)
        {
            (_judge, File) = (judge, file);
            var (b, bSigma) = judge.BackgroundPairs(file);
            var spacing = judge.Options.Spacing!.Value;
            var guesses = judge.Options.Lifetime is { } known ? [known] : (double[])[0.1 * spacing, 0.3 * spacing, spacing];
            Fit = guesses.Select(tau => Run(b, tau, null)).MinBy(fit => fit.Deviance)!;
            if (bSigma > 0)
            {
                var shifted = Run(b + bSigma, Math.Exp(Fit.Values[DoublePulseModel.LnTau]), Fit.Values);
                ByBackground = Ratio(shifted.Values) - Ratio(Fit.Values);
            }
        }

        public CwHomCounted File { get; }
        public FitResult Fit { get; }
        public double ByBackground { get; }

        public double Area(int peak) => Fit.Values[DoublePulseModel.Area(0, peak)];

        static double Ratio(double[] p) =>
            p[DoublePulseModel.Area(0, 0)] / (p[DoublePulseModel.Area(0, -2)] + p[DoublePulseModel.Area(0, 2)]);

        /// <summary>The central peak over the two outermost ones.</summary>
        public (double Value, double Sigma, string Method) Central
        {
            get
            {
                var (value, outer) = (Ratio(Fit.Values), Area(-2) + Area(2));
                var slopes = new Dictionary<int, double> { [DoublePulseModel.Area(0, 0)] = 1 / outer, [DoublePulseModel.Area(0, -2)] = -value / outer, [DoublePulseModel.Area(0, 2)] = -value / outer };
                double variance = 0;
                foreach (var (j, a) in slopes)
                    foreach (var (k, c) in slopes)
                        variance += a * c * Fit.Covariance(j, k);
                // An area at its bound of 0 has no error of the likelihood: that of one pair.
                if (Fit.Sigma(DoublePulseModel.Area(0, 0)) is null) variance += Math.Pow(1.3 / outer, 2);
                var likelihood = Math.Sqrt(Math.Max(variance, 1e-12));
                var blocks = Blocks(slopes);
                var larger = Math.Max(likelihood, blocks);
                return (value, Math.Sqrt(larger * larger + ByBackground * ByBackground), blocks > likelihood ? "block-jackknife" : "fisher");
            }
        }

        double Blocks(Dictionary<int, double> slopes)
        {
            var blocks = File.Counts.Blocks.Where(block => block.Length > 0).ToArray();
            var whole = blocks.Sum(block => block.Length);
            var spread = new Spread();
            foreach (var choice in BlockResampling.Jackknife(Area(0) < 20 ? 0 : blocks.Length, _judge.Stop))
            {
                var h = new double[File.Axis.Bins];
                foreach (var k in choice)
                    for (var i = 0; i < h.Length; i++) h[i] += blocks[k].Pairs[i];
                var scale = new double[h.Length];
                Array.Fill(scale, h.Sum() / Fit.Mu.Sum());
                var p = PoissonFit.Rescore(Fit, h, scale);
                spread.Add(slopes.Sum(one => one.Value * (p[one.Key] - Fit.Values[one.Key])) / scale[0]);
            }

            return spread.Count >= BlockResampling.FewestBlocks ? spread.JackknifeError : 0;
        }

        FitResult Run(double background, double tau, double[]? from)
        {
            var (axis, o, spacing) = (File.Axis, _judge.Options, _judge.Options.Spacing!.Value);
            var bin = axis.BinSeconds;
            var parameters = new List<FitParameter>
            {
                new("ln tau", Math.Log(tau), Math.Log(0.02 * bin), Math.Log(5 * _judge.Period)) { Fixed = o.Lifetime is not null },
                new("ln sigma", Math.Log(Math.Max(bin, 0.05 * tau)), Math.Log(0.02 * bin), Math.Log(spacing)) { Fixed = _judge.Response is not null },
                new("D", spacing, 0.9 * spacing, 1.1 * spacing) { Scale = bin },
                new("t0", 0, -0.4 * spacing, 0.4 * spacing) { Scale = bin },
            };
            for (var cluster = -1; cluster <= 1; cluster++)
                for (var peak = -2; peak <= 2; peak++)
                {
                    var place = cluster * _judge.Period + peak * spacing;
                    var counted = Enumerable.Range(0, axis.Bins).Where(i => Math.Abs(axis.Centre(i) - place) < 0.5 * spacing).Sum(i => File.Pairs[i] - background);
                    parameters.Add(new($"C{cluster}{peak}", Math.Max(counted, 1), 0));
                }

            return PoissonFit.Run(new DoublePulseModel(axis, _judge.Response, Math.Max(background, 1e-9 * File.Pairs.Sum() / axis.Bins), _judge.Period, parameters), File.Pairs, null, from, _judge.Stop);
        }
    }

    HomOptions Options => options;
    PairResponse? Response => response;
    double Period => period;
    CancellationToken Stop => stop;

    AnalysisReport Judged(Fitted par, Fitted? perp)
    {
        foreach (var one in new[] { par, perp })
            if (one is not null) Look(one);
        var contrast = options.Contrast * options.Contrast;
        var (g, gSigma) = (options.G2 is [var value, ..] ? value : 0, options.G2 is [_, var error] ? error : 0);
        if (options.G2 is null)
            Tell("G2_NOT_GIVEN", "No g2(0) was given, so it was taken as 0 and M is that of all photons together. Give g2_0 of the same dot, such as [0.02, 0.004].");
        var (a, aSigma, aMethod) = par.Central;
        (a, aSigma) = (a * Outer, aSigma * Outer);
        var (b, bSigma, bMethod) = perp?.Central is var (seen, seenSigma, how) ? (seen * Outer, seenSigma * Outer, how) : (Outer * (1 + 2 * g), 2 * Outer * gSigma, "");
        if (perp is null)
            Tell("NO_REFERENCE", $"There is no file with orthogonal polarisation. The central peak is compared with {PulsedRun.Text(b)}, which R, T and g2(0) foretell for photons that do not interfere. Measure orthogonally too.");
        var visibility = 1 - a / b;
        var visibilitySigma = Math.Sqrt(Math.Pow(aSigma / b, 2) + Math.Pow(a * bSigma / (b * b), 2));
        if (visibility < -2 * visibilitySigma)
            Tell("CHECK_POLARISATION_SWAP", $"The parallel central peak ({PulsedRun.Text(a)}) is higher than the reference ({PulsedRun.Text(b)}): V = {PulsedRun.Text(visibility)} +- {PulsedRun.Text(visibilitySigma)}. Interference only lowers it. Are the two files, or the wave plate's positions, swapped?");

        var n = (long)Math.Round(par.Area(0));
        var quantities = new List<Quantity>
        {
            Of("A0_parallel", a, aSigma, aMethod), perp is null ? Quantity.Refused("A0_orthogonal", "1", "NO_REFERENCE") : Of("A0_orthogonal", b, bSigma, bMethod) with { N = (long)Math.Round(perp.Area(0)) },
            Of("V_raw", visibility, visibilitySigma, aMethod),
        };
        var noise = options.Noise == "distinguishable" ? "distinguishable" : "identical";
        if (contrast <= 0 || g >= 1 && noise == "distinguishable")
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"With a contrast of {PulsedRun.Text(options.Contrast)} and g2(0) = {PulsedRun.Text(g)} no photon is left that could interfere, so M is not given. Check one_minus_epsilon and g2_0.");
            quantities.Add(Quantity.Refused("M", "1", "BACKGROUND_EXCEEDS_SIGNAL"));
        }
        else
        {
            var (m, sigma) = Overlap(noise == "distinguishable");
            quantities.Add(Of("M", m, sigma, aMethod));
            if (g < 1 && Overlap(noise != "distinguishable") is var (other, otherSigma) && Math.Abs(other - m) > sigma)
            {
                quantities.Add(Of(noise == "distinguishable" ? "M_identical_noise" : "M_distinguishable_noise", other, otherSigma, aMethod));
                Tell("NOISE_MATTERS", $"M is {PulsedRun.Text(m)} if the second photons are {noise}, and {PulsedRun.Text(other)} if they are {(noise == "distinguishable" ? "identical to the first" : "distinguishable")}. Find out where g2(0) comes from: light of the laser or another line is distinguishable, a second excitation of the same dot is nearly identical.");
            }
        }

        var p = par.Fit;
        var tau = Math.Exp(p.Values[DoublePulseModel.LnTau]);
        quantities.Add(options.Lifetime is null ? Quantity.Of("tau_ns", tau * 1e9, tau * 1e9 * p.Sigma(DoublePulseModel.LnTau), "ns") with { N = (long)par.File.Pairs.Sum(), Method = "fisher" } : Quantity.Of("tau_ns", tau * 1e9, null, "ns") with { Method = "given" });
        quantities.Add(Quantity.Of("spacing_ns", p.Values[DoublePulseModel.Spacing] * 1e9, p.Sigma(DoublePulseModel.Spacing) * 1e9, "ns") with { N = (long)par.File.Pairs.Sum(), Method = "fisher" });

        var enough = perp?.Area(0) ?? (par.Area(-2) + par.Area(2)) * (1 + 2 * g);
        var few = enough < EnoughPairs;
        var why = $"the central peak of the reference {(perp is null ? "would hold" : "holds")} {PulsedRun.Text(Math.Round(enough))} pairs; {EnoughPairs} are needed for +-0.05 in M";
        if (few) Tell("TOO_FEW_COINCIDENCES", $"{char.ToUpperInvariant(why[0])}{why[1..]}. Measure {PulsedRun.Text(Math.Ceiling(10 * EnoughPairs / Math.Max(enough, 1)) / 10)} times as long.");
        return Done(quantities, new("quality", few ? "insufficient" : "ok", char.ToUpperInvariant(why[0]) + why[1..] + "."),
            [.. new[] { par, perp }.OfType<Fitted>().SelectMany(Curves)]);

        Quantity Of(string name, double value, double sigma, string method) => Quantity.Of(name, value, sigma, "1") with { N = n, Method = method };

        (double Value, double Sigma) Overlap(bool isDistinguishable)
        {
            var part = 2 * _r * _r * T * T * contrast * (isDistinguishable ? 1 - g : 1);
            var m = (b - a) / part;
            // g shifts the noise share; without a reference bSigma holds its share of the reference.
            var byG = (isDistinguishable ? m / (1 - g) * gSigma : 0) + (perp is null ? bSigma / part : 0);
            var own = perp is null ? aSigma : Math.Sqrt(aSigma * aSigma + bSigma * bSigma);
            return (m, Math.Sqrt(Math.Pow(own / part, 2) + byG * byG));
        }
    }

    /// <summary>Says what is odd about the peaks of one file.</summary>
    void Look(Fitted one)
    {
        var name = one.File.Name;
        if (Math.Abs(one.Fit.Goodness) > 5)
            Tell("FIT_POOR", $"Five peaks of one lifetime miss the pairs by z = {PulsedRun.Text(one.Fit.Goodness)} (0 +- 1 for a model that fits). Errors are scaled by {PulsedRun.Text(Math.Sqrt(one.Fit.Overdispersion))}; look at the figure. Areas of peaks that stand apart do not depend on it.", name);
        var (inner, outer) = (one.Area(-1) + one.Area(1), one.Area(-2) + one.Area(2));
        var expected = 4 * _r * T / (_r * _r + T * T);
        var ratio = inner / outer;
        var sigma = ratio * Math.Sqrt(1 / Math.Max(inner, 1) + 1 / Math.Max(outer, 1));
        var second = options.G2 is [var g, ..] ? g : 0;
        if (Math.Abs(ratio - expected - 2 * second) > 5 * sigma && Math.Abs(ratio - expected) > 0.2 * expected)
            Tell("CHECK_DELAY", $"The peaks at +-1 spacing are {PulsedRun.Text(ratio)} times those at +-2, and even arms make {PulsedRun.Text(expected)}. Is double_pulse_ps right, are both arms equally bright, do the detectors share a dead time?", name);
        var tail = Math.Exp(-0.5 * one.Fit.Values[DoublePulseModel.Spacing] / Math.Exp(one.Fit.Values[DoublePulseModel.LnTau]));
        if (tail > 0.01)
            Tell("PEAKS_OVERLAP", $"The decay ({PulsedRun.Text(Math.Exp(one.Fit.Values[DoublePulseModel.LnTau]) * 1e9)} ns) is long against the spacing: {PulsedRun.Text(100 * tail)} % of a peak's pairs lie nearer to the next one. The areas were fitted with the decay as shape.", name);
    }

    static IEnumerable<Curve> Curves(Fitted one)
    {
        var (axis, file) = (one.File.Axis, one.File);
        double?[] Residuals() => [.. Enumerable.Range(0, axis.Bins).Select(i => (double?)(Math.Sign(file.Pairs[i] - one.Fit.Mu[i]) * Math.Sqrt(Math.Max(PoissonDeviance.Of(file.Pairs[i], one.Fit.Mu[i]), 0))))];
        yield return new($"clusters_{file.Name}", new("delay", "ns", [.. Enumerable.Range(0, axis.Bins).Select(i => (double?)Math.Round(axis.Centre(i) * 1e9, 9))]),
            new("pairs", "1", [.. file.Pairs.Select(n => (double?)n)]) { Sigma = [.. file.Pairs.Select(n => (double?)Math.Sqrt(Math.Max(n, 1)))] })
        {
            Fit = [.. one.Fit.Mu.Select(mu => (double?)mu)],
            More = new Dictionary<string, Series> { ["residual"] = new("residual", "sigma", Residuals()) },
        };
        yield return new($"areas_{file.Name}", new("peak", "1", [-2, -1, 0, 1, 2]), new("pairs", "1", [.. Enumerable.Range(-2, 5).Select(j => (double?)one.Area(j))])
        {
            Sigma = [.. Enumerable.Range(-2, 5).Select(j => one.Fit.Sigma(DoublePulseModel.Area(0, j)))],
        });
    }

    AnalysisReport Refused(string code, string why) =>
        Done([.. new[] { "A0_parallel", "A0_orthogonal", "V_raw", "M" }.Select(name => Quantity.Refused(name, "1", code))], new("quality", "insufficient", $"{why}."), []);

    AnalysisReport Done(IReadOnlyList<Quantity> quantities, Verdict quality, IReadOnlyList<Curve> curves)
    {
        var parameters = new JsonObject { ["excitation"] = "pulsed", ["noise"] = options.Noise == "auto" ? "identical" : options.Noise };
        if (files[0].Counts.Channels is ({ } a, { } b)) parameters["channels"] = new JsonArray(a, b);
        return new("hom", 1) { Parameters = parameters, Quantities = quantities, Verdicts = [quality], Messages = _messages, Curves = curves };
    }

    void Tell(string code, string text, string? item = null) => _messages.Add(new(code, text) { Item = item });
}
