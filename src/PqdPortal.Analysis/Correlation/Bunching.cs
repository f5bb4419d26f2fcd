using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The bunching peak of two or three detectors: how high it would be with perfect detectors, how wide, and whether it is more than chaotic light can be.
/// </summary>
/// <remarks>
/// <see cref="PairCounter"/> counts, <see cref="BunchingModel"/> is fitted by Poisson likelihood, <see cref="Triples"/> counts three photons
/// together. What it assumes and how it was checked: docs/analyses/bunching.md.
/// </remarks>
public static class Bunching
{
    /// <summary>Counts, fits and judges.</summary>
    /// <param name="reference">The same detectors in the light of an attenuated laser; null where there is none.</param>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, PhotonStream? reference, BunchingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options.Channels is { } chosen && (chosen.Count is not (2 or 3) || chosen.Distinct().Count() != chosen.Count))
            throw new RequestException("The parameter \"channels\" should name two or three different detectors, such as [0, 1].");
        if (options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
        return new BunchingJudge(photons, reference, options, progress, stop).Report();
    }
}

/// <summary>From photons to a report. One object for one report.</summary>
sealed class BunchingJudge(PhotonStream photons, PhotonStream? reference, BunchingOptions options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
{
    const double Z95 = 1.959964;
    const double FewestPairs = 100; // expected within the peak, for a verdict
    const long FewestTriples = 25;
    const double FewestSigma = 3;   // of the amplitude, for a time

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];
    double _live;

    public AnalysisReport Report()
    {
        var clock = PairClock.Of(photons);
        var (bin, range) = options.IsLong
            ? (options.Window ?? (options.LongRange ?? 10e-6) / 100, options.LongRange ?? 100 * (options.Window ?? 100e-9))
            : (options.BinWidth, options.MaxDelay);
        var axis = PairAxis.For(clock, bin, range, 0);
        var (counters, triples, time) = Count(photons, clock, axis, options.Channels, bin);
        foreach (var finding in photons.Findings.Concat(time.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        var duration = time.Seconds ?? counters.Max(counter => counter.LastTime ?? 0);
        var counts = counters.Select(counter => counter.Finish(duration)).ToArray();
        if (!ChannelsSpeak(counts)) return Done([]);
        var dark = counts[0].Silences.Sum(s => s.To - s.From);
        _live = duration - dark;
        if (dark > 0)
            Tell("GAPS", $"{counts[0].Silences.Count} gaps without a single photon, {Text(dark)} s in all (first at {Text(counts[0].Silences[0].From)} s), as a shutter makes. Rates and normalisation use the live time, {Text(_live)} s.");
        if ((long)Math.Round(bin / axis.BinSeconds * 1e6) != 1_000_000)
            Tell("BIN_WIDTH", $"Bins are {Text(axis.BinSeconds * 1e12)} ps wide instead of {Text(bin * 1e12)} ps: an odd number of clock steps, so that zero delay lies in the middle of the centre bin.");

        var pairs = Sum(counts, axis.Bins, c => c.Pairs);
        var flat = Flat(counts, axis, _live);
        if (triples is not null) Three(triples);
        if (pairs.Sum() < FewestPairs)
        {
            Few(pairs.Sum());
            return Done([Curve(axis, pairs, flat, null)]);
        }

        var (fit, model) = Fit(axis, pairs, flat);
        var curves = Judge(counts, axis, pairs, flat, fit, model);
        return Done([Curve(axis, pairs, flat, fit), .. curves]);
    }

    (PairCounter[] Counters, Triples? Triples, AcquisitionTime Time) Count(PhotonStream from, PairClock clock, PairAxis axis, IReadOnlyList<int>? channels, double window)
    {
        var counters = channels is [var a, var b, var c]
            ? new[] { new[] { a, b }, [a, c], [b, c] }.Select(two => new PairCounter(clock, axis, two, from.HeaderDuration)).ToArray()
            : [new PairCounter(clock, axis, channels, from.HeaderDuration)];
        var duration = from.HeaderDuration is > 0 and var told ? told : 1;
        var triples = channels is { Count: 3 } ? new Triples(clock, channels, window, duration) : null;
        IPhotonConsumer together = triples is null ? counters[0] : new Together([.. counters, triples]);
        var pass = from.Read(together, progress is null ? null : new Forward(progress, from.AvailableRecords), stop);
        triples?.Finish();
        var last = counters.Max(counter => counter.LastTime);
        var time = AcquisitionTime.Of(from, pass, last is null ? null : (long)(last.Value / from.Tick!.Value));
        return (counters, triples, time with { Findings = [.. pass.Findings, .. time.Findings] });
    }

    bool ChannelsSpeak(PairCounts[] counts)
    {
        var present = new SortedDictionary<int, long>();
        foreach (var one in counts)
        {
            foreach (var (c, n) in one.Others) present[c] = n;
            if (one.Channels.Start is { } a && one.Starts > 0) present[a] = one.Starts;
            if (one.Channels.Stop is { } b && one.Stops > 0) present[b] = one.Stops;
        }

        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options.Channels is null && present.Count > 2)
            throw new RequestException($"The file has photons on {present.Count} channels: {list}. Say which two or three are the detectors with \"channels\", such as [{present.Keys.First()}, {present.Keys.Skip(1).First()}].");
        var silent = options.Channels?.Where(c => !present.ContainsKey(c)).ToArray() ?? [];
        if (silent.Length == 0 && present.Count >= 2) return true;
        foreach (var c in silent) Refuse("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Without all detectors there is no coincidence.");
        if (silent.Length == 0) Refuse("EMPTY_CHANNEL", $"Bunching needs photons on two detectors. Channels present: {list}. Was the second detector connected?");
        return false;
    }

    static double[] Sum(IReadOnlyList<PairCounts> counts, int bins, Func<PairCounts, IReadOnlyList<long>> of)
    {
        var sum = new double[bins];
        foreach (var one in counts.Select(of))
            for (var i = 0; i < bins; i++) sum[i] += one[i];
        return sum;
    }

    /// <summary>The pairs of uncorrelated light, of all pairs of detectors together.</summary>
    static double[] Flat(IReadOnlyList<PairCounts> counts, PairAxis axis, double live)
    {
        var products = counts.Sum(one => (double)one.Starts * one.Stops);
        return [.. Enumerable.Range(0, axis.Bins).Select(i => products * axis.BinSeconds * Math.Max(live - Math.Abs(axis.Lag(i)), 0) / (live * live))];
    }

    /// <summary>Standard deviation of the pair response, the mean square of all pairs of detectors [s].</summary>
    double PairSigma()
    {
        var each = options.Jitter ?? options.IrfSigma ?? [];
        var detectors = options.Channels?.Count ?? 2;
        if (each.Count == 0) return 0;
        if (each.Count == 1) return each[0] * Math.Sqrt(2);
        if (each.Count != detectors) throw new RequestException($"The parameter \"jitter_sigma_ps\" takes one value for each of the {detectors} detectors, or one for all; found {each.Count}.");
        return Math.Sqrt(2 * each.Average(s => s * s));
    }

    (FitResult Fit, BunchingModel Model) Fit(PairAxis axis, double[] pairs, double[] flat)
    {
        var sigma = PairSigma();
        var far = Enumerable.Range(0, pairs.Length).Where(i => Math.Abs(i - axis.Side) > 0.6 * axis.Side).ToArray();
        var level = far.Sum(i => flat[i]) is > 0 and var expected ? Math.Max(far.Sum(i => pairs[i]), 1) / expected : 1;
        (FitResult Fit, BunchingModel Model)? best = null;
        var (shortest, longest) = (Math.Max(axis.BinSeconds / 20, axis.Unit / 10), 3 * axis.Side * axis.BinSeconds);
        double[] starts = options.AssumedTime is { } assumed ? [assumed]
            : [.. Enumerable.Range(0, 6).Select(k => axis.BinSeconds * Math.Pow(0.3 * axis.Side, k / 5.0))];
        foreach (var start in starts)
        {
            stop.ThrowIfCancellationRequested();
            BunchingModel Of(double height) => new(axis, flat, sigma, options.Shape == "gaussian",
            [
                new("N", level, 1e-3 * level), new("A", height, -0.99, 1e6),
                new("ln tc", Math.Log(start), Math.Min(Math.Log(shortest), Math.Log(start)), Math.Max(Math.Log(longest), Math.Log(start))) { Fixed = options.AssumedTime is not null },
            ]);
            var trial = Of(0.1);
            var peak = trial.Centre(Math.Log(start));
            var model = Of(Math.Clamp((pairs[axis.Side] / Math.Max(flat[axis.Side] * level, 1e-9) - 1) / Math.Max(peak, 1e-3), 0.01, 1e3));
            var fit = PoissonFit.Run(model, pairs, stop: stop);
            if (best is null || fit.Deviance < best.Value.Fit.Deviance) best = (fit, model);
        }

        return best!.Value;
    }

    IEnumerable<Curve> Judge(PairCounts[] counts, PairAxis axis, double[] pairs, double[] flat, FitResult fit, BunchingModel model)
    {
        var p = fit.Values;
        var total = (long)pairs.Sum();
        var tc = Math.Exp(p[BunchingModel.LnTime]);
        var sigmaPair = PairSigma();
        var flags = new List<string>();

        // Errors: the larger of likelihood and blocks of time.
        var (bootA, bootLn, bootArea, bootN) = (new Spread(), new Spread(), new Spread(), new Spread());
        var blocks = counts.Min(one => one.Blocks.Count);
        var products = counts.Sum(one => (double)one.Starts * one.Stops);
        var whole = counts[0].Blocks.Sum(block => block.Length);
        var h = new double[pairs.Length];
        var scale = new double[pairs.Length];
        foreach (var choice in BlockResampling.Bootstrap(blocks, options.Seed, stop))
        {
            Array.Clear(h);
            var length = choice.Sum(k => counts[0].Blocks[k].Length) / whole;
            var product = 0.0;
            foreach (var one in counts)
            {
                product += choice.Sum(k => (double)one.Blocks[k].Starts) * choice.Sum(k => (double)one.Blocks[k].Stops);
                foreach (var k in choice)
                    for (var i = 0; i < h.Length; i++) h[i] += one.Blocks[k].Pairs[i];
            }

            if (!(product > 0) || !(length > 0)) continue;
            Array.Fill(scale, product / length / products);
            var moved = PoissonFit.Rescore(fit, h, scale);
            bootN.Add(moved[BunchingModel.N]);
            bootA.Add(moved[BunchingModel.A]);
            bootLn.Add(moved[BunchingModel.LnTime]);
            bootArea.Add(p[BunchingModel.A] * tc * (moved[BunchingModel.A] / p[BunchingModel.A] + moved[BunchingModel.LnTime] - p[BunchingModel.LnTime]) * model.Area);
        }

        double? Larger(double? fisher, double boot) => fisher is null && boot == 0 ? null : Math.Max(fisher ?? 0, boot);
        var a = p[BunchingModel.A];
        var (low95, high95) = PoissonFit.Profile(model, pairs, null, fit, BunchingModel.A, 3.841459, stop);
        var fisherA = fit.Sigma(BunchingModel.A);
        if (low95 is { } l && high95 is { } u) fisherA = Math.Max(fisherA ?? 0, (u - l) / (2 * Z95));
        var sigmaA = Larger(fisherA, bootA.Deviation);
        var stretch = fisherA is > 0 && sigmaA is { } larger ? larger / fisherA.Value : 1;
        if (stretch > 2)
        {
            flags.Add("NONSTATIONARY");
            Tell("NONSTATIONARY", $"Blocks of the run differ {Text(stretch)} times more than counting statistics allow: the light fluctuates slowly. Errors are taken from the blocks.");
        }

        if (Math.Abs(fit.Goodness) > 5)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The {options.Shape} peak misses the counts by z = {Text(fit.Goodness)} (0 +- 1 for a model that fits). Try another shape, give the detectors' jitter, or look at the residuals.");
        }

        var wing = fit.Sigma(BunchingModel.N) is { } ns ? Math.Max(ns, bootN.Deviation) : bootN.Deviation;
        if (wing > 0 && Math.Abs(p[BunchingModel.N] - 1) > 3 * wing)
            Tell("FLICKER", $"Beside the peak g2 lies at {p[BunchingModel.N].ToString("F4", CultureInfo.InvariantCulture)} +- {Text(wing)}, not at 1: slower fluctuation (blinking, drift). The peak is taken relative to that level.");

        // Background: uncorrelated light lowers the peak.
        var (rho2, rhoSigma) = SignalShare(counts);
        var factor = rho2 is { } share && p[BunchingModel.N] - 1 + share > 0 ? p[BunchingModel.N] / (p[BunchingModel.N] - 1 + share) : (double?)null;
        if (rho2 is null) flags.Add("BACKGROUND_EXCEEDS_SIGNAL");
        var irfLimited = options.AssumedTime is null && 2.3548 * sigmaPair > 3 * tc;
        var seen = sigmaA is > 0 && a > FewestSigma * sigmaA;
        if (irfLimited)
            Tell("IRF_LIMITED", $"The pair response ({Text(2.3548e12 * sigmaPair)} ps full width) is more than three times the fitted time ({Text(tc * 1e12)} ps): height and width of the peak cannot be told apart. Only the area is given; give assumed_tc_ps for the height.");
        else if (!seen)
            Tell("NO_PEAK", $"The amplitude {Text(a)} +- {Text(sigmaA ?? 0)} is not {FewestSigma} sigma above zero, so there is no time to give.");

        if (factor is { } f)
        {
            double? e = sigmaA is { } s ? f * Math.Sqrt(s * s + Math.Pow(a * rhoSigma / rho2!.Value, 2)) : null;
            Quantity Height(string name, double plus) => irfLimited ? Quantity.Refused(name, "1", "IRF_LIMITED")
                : new(name, plus + f * a, e, e is { } x ? plus + f * a - Math.Max(Z95 * x, low95 is { } low ? f * (a - low) : 0) : null, e is { } y ? plus + f * a + Math.Max(Z95 * y, high95 is { } high ? f * (high - a) : 0) : null, "1")
                {
                    N = total, Method = stretch > 1 ? "block-bootstrap" : "profile", Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = flags,
                };
            _quantities.Add(Height("g2_0", 1));
            _quantities.Add(Height("amplitude", 0));
            var lnSigma = Larger(fit.Sigma(BunchingModel.LnTime), bootLn.Deviation);
            var variance = (fit.Covariance(BunchingModel.A, BunchingModel.A) + 2 * a * fit.Covariance(BunchingModel.A, BunchingModel.LnTime) + a * a * fit.Covariance(BunchingModel.LnTime, BunchingModel.LnTime)) * Math.Pow(model.Area * tc, 2);
            var area = f * model.Area * a * tc;
            var areaSigma = f * Math.Max(Math.Sqrt(Math.Max(variance, 0)), bootArea.Deviation);
            if (options.IsLong)
            {
                _quantities.Add(!seen || irfLimited ? Quantity.Refused("tau_int_us", "us", irfLimited ? "IRF_LIMITED" : "NO_PEAK")
                    : Quantity.Of("tau_int_us", 0.5 * model.Area * tc * 1e6, 0.5 * model.Area * tc * lnSigma * 1e6, "us") with { N = total, Method = "block-bootstrap" });
            }
            else
            {
                _quantities.Add(irfLimited || !seen ? Quantity.Refused("tau_c_ps", "ps", irfLimited ? "IRF_LIMITED" : "NO_PEAK")
                    : Quantity.Of("tau_c_ps", tc * 1e12, options.AssumedTime is null ? tc * lnSigma * 1e12 : null, "ps") with { N = total, Method = options.AssumedTime is null ? "fisher" : "assumed" });
                _quantities.Add(Quantity.Of("area_ps", area * 1e12, areaSigma * 1e12, "ps") with { N = total, Method = bootArea.Deviation > 0 ? "block-bootstrap" : "fisher", Grade = flags.Count > 0 ? Grade.Warn : Grade.Ok, Flags = flags });
            }
        }

        if (options.Background is not null) _quantities.Add(Quantity.Of("amplitude_raw", a, sigmaA, "1") with { N = total, Method = "profile" });
        var centre = pairs[axis.Side];
        var raw = flat[axis.Side] > 0 ? centre / flat[axis.Side] : 0;
        var rawSigma = flat[axis.Side] > 0 ? Math.Sqrt(Math.Max(centre, 1)) / flat[axis.Side] : 0;
        _quantities.Add(Quantity.Of("g2_0_raw", raw, rawSigma, "1") with { N = (long)centre, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("wings", p[BunchingModel.N], wing, "1") with { N = total, Method = "block-bootstrap" });

        var around = Math.Sqrt(tc * tc + sigmaPair * sigmaPair);
        var within = Enumerable.Range(0, pairs.Length).Where(i => Math.Abs(axis.Centre(i)) <= Math.Max(around, 0.5 * axis.BinSeconds)).Sum(i => pairs[i]);
        var isFlat = Reference(axis);
        var consistent = rawSigma > 0 && Math.Abs(centre - fit.Mu[axis.Side]) < 5 * Math.Sqrt(fit.Mu[axis.Side]);
        if (within < FewestPairs) Few(within);
        else Verdicts(irfLimited, consistent, isFlat);
        _verdicts.Add(new("quality", within < FewestPairs ? "insufficient" : "ok", $"{Text(within)} pairs lie within the peak."));
        if (!irfLimited && seen && sigmaA is > 0 && options.AssumedTime is null) yield return Contour(axis, pairs, flat, fit, sigmaPair, sigmaA.Value);
    }

    /// <summary>How the likelihood falls when the amplitude is held elsewhere, and the time that fits it best there.</summary>
    Curve Contour(PairAxis axis, double[] pairs, double[] flat, FitResult fit, double sigmaPair, double sigma)
    {
        var (x, y, t) = (new List<double?>(), new List<double?>(), new List<double?>());
        for (var k = -12; k <= 12; k++)
        {
            var a = fit.Values[BunchingModel.A] + 0.25 * k * sigma;
            if (a <= 0) continue;
            var held = new BunchingModel(axis, flat, sigmaPair, options.Shape == "gaussian",
            [
                new("N", fit.Values[BunchingModel.N], 1e-6), new("A", a) { Fixed = true },
                new("ln tc", fit.Values[BunchingModel.LnTime], fit.Values[BunchingModel.LnTime] - 5, fit.Values[BunchingModel.LnTime] + 5),
            ]);
            var there = PoissonFit.Run(held, pairs, stop: stop);
            x.Add(a);
            y.Add(Math.Max(0, there.Deviance - fit.Deviance));
            t.Add(Math.Exp(there.Values[BunchingModel.LnTime]) * 1e12);
        }

        return new("profile", new("amplitude as counted", "1", x), new("rise of the deviance", "1", y)) { More = new Dictionary<string, Series> { ["tau_c_ps"] = new("best time", "ps", t) } };
    }

    void Verdicts(bool irfLimited, bool consistent, bool? isFlat)
    {
        if (irfLimited || _quantities.Find(q => q.Name == "g2_0") is not { Value: { } g, Sigma: { } s })
        {
            const string none = "There is no g2(0) with an error: height and width of the peak cannot be told apart, or no signal is left.";
            _verdicts.Add(new("superbunched", "undecided", none));
            _verdicts.Add(new("thermal_consistent", "undecided", none));
            return;
        }

        var over = g - 3 * s > 2 && consistent && isFlat != false ? "yes" : !(g - 3 * s > 2) && g + 3 * s < 2.2 ? "no" : "undecided";
        _verdicts.Add(new("superbunched", over, over switch
        {
            "yes" => $"g2(0) - 3 sigma = {Text(g - 3 * s)} is above 2, more than chaotic light can be.",
            "no" => $"g2(0) + 3 sigma = {Text(g + 3 * s)} is below 2.2, and g2(0) is not clearly above 2.",
            _ when g - 3 * s > 2 && isFlat == false => "The peak stands in the reference too: it comes from the detectors.",
            _ when g - 3 * s > 2 => "The centre bin does not agree with the fitted peak; the height rests on the model.",
            _ => $"g2(0) = {Text(g)} +- {Text(s)} leaves both open.",
        }));
        var thermal = Math.Abs(g - 2) > 3 * s ? "no" : Math.Abs(g - 2) < 2 * s && s < 0.1 ? "yes" : "undecided";
        _verdicts.Add(new("thermal_consistent", thermal, $"g2(0) = {Text(g)} +- {Text(s)}; one mode of chaotic light has 2, K modes 1 + 1/K."));
    }

    /// <summary>The same detectors in laser light: their own peaks show there.</summary>
    /// <returns>Null without a reference.</returns>
    bool? Reference(PairAxis axis)
    {
        if (reference is null)
        {
            Tell("NO_FLAT_REFERENCE", "No flat_file was given. A flash of one detector seen by the other makes a peak like bunching: measure the same detectors in an attenuated laser, whose g2 must be flat, and give it as flat_file.");
            return null;
        }

        var clock = PairClock.Of(reference);
        var own = PairAxis.For(clock, axis.BinSeconds, axis.Side * axis.BinSeconds, 0);
        var (counters, _, time) = Count(reference, clock, own, options.Channels, axis.BinSeconds);
        var duration = time.Seconds ?? counters.Max(counter => counter.LastTime ?? 0);
        var counts = counters.Select(counter => counter.Finish(duration)).ToArray();
        var pairs = Sum(counts, own.Bins, c => c.Pairs);
        var mean = pairs.Average();
        if (mean * own.Bins < 1000)
        {
            Tell("NO_FLAT_REFERENCE", $"The reference holds {Text(pairs.Sum())} pairs, too few to show a peak. Measure it longer.");
            return null;
        }

        var worst = 0.0;
        foreach (var width in new[] { 0, 1, 3, 10 }.Where(w => w < own.Side / 4))
        {
            var n = Enumerable.Range(own.Side - width, 2 * width + 1).Sum(i => pairs[i]);
            worst = Math.Max(worst, (n - mean * (2 * width + 1)) / Math.Sqrt(mean * (2 * width + 1)));
        }

        if (worst <= 5) return true;
        Tell("CROSSTALK", $"The reference is not flat: at zero delay it stands {Text(worst)} sigma above its mean. The detectors make a peak of their own there, and the verdict is withheld. Filter their flashes, or put a longer light path between them.");
        return false;
    }

    void Three(Triples triples)
    {
        var n = triples.Counted.Sum();
        double G3(Func<long[], double> of, double live) => of(triples.Counted) * live * live / (of(triples.Photons[0]) * of(triples.Photons[1]) * of(triples.Photons[2]) * triples.Width * triples.Width);
        var expected = triples.Photons.Aggregate(1.0, (product, one) => product * one.Sum()) * triples.Width * triples.Width / (_live * _live);
        if (!(expected > 0)) return;
        var value = n / expected;
        var (low, high) = PoissonDeviance.Interval(n, 0.95);
        var poisson = Math.Sqrt(Math.Max(n, 1)) / expected;
        var spread = new Spread();
        for (var b = 0; b < Triples.Blocks; b++)
        {
            var left = b;
            var without = G3(one => one.Sum() - (double)one[left], _live * (Triples.Blocks - 1) / Triples.Blocks);
            if (double.IsFinite(without)) spread.Add(without);
        }

        var few = n < FewestTriples;
        var sigma = few ? poisson : Math.Max(poisson, spread.JackknifeError);
        _quantities.Add(new("g3_0", value, sigma, few ? low / expected : value - Z95 * sigma, few ? high / expected : value + Z95 * sigma, "1")
        {
            N = n, Method = few ? "exact-poisson" : "block-jackknife", Grade = few ? Grade.Warn : Grade.Ok, Flags = few ? ["TOO_FEW_COINCIDENCES"] : [],
        });
        if (few)
            Tell("TOO_FEW_COINCIDENCES", $"{n} triples within +-{Text(triples.Width * 0.5e9)} ns where uncorrelated light would leave {Text(expected)}; below {FewestTriples} read g3(0) as an upper limit of {Text(high / expected)}. Measure longer, or take a wider window.");
    }

    (double? Value, double Sigma) SignalShare(PairCounts[] counts)
    {
        var given = options.Background ?? [];
        var detectors = options.Channels?.Count ?? 2;
        if (given.Count > 1 && given.Count != detectors)
            throw new RequestException($"The parameter \"background_cps\" takes one value for each of the {detectors} detectors, or one for all; found {given.Count}.");
        if (given.Count == 0) return (1, 0);
        double Of(int detector) => given.Count == 1 ? given[0] : given[detector];
        (int A, int B)[] which = detectors == 3 ? [(0, 1), (0, 2), (1, 2)] : [(0, 1)];
        double share = 0, variance = 0, weight = 0;
        foreach (var (one, (x, y)) in counts.Zip(which))
        {
            var (ra, rb) = (one.Starts / _live, one.Stops / _live);
            var (a, b) = (1 - Of(x) / ra, 1 - Of(y) / rb);
            var w = ra * rb;
            if (!(a > 0) || !(b > 0))
            {
                Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background ({Text(Of(x))} and {Text(Of(y))} cps) is not below the rate ({Text(ra)} and {Text(rb)} cps), so no signal is left and no amplitude can be given. Measure the background again.");
                return (null, 0);
            }

            share += w * a * b;
            variance += w * w * (b * b * Of(x) / (ra * ra) + a * a * Of(y) / (rb * rb)) / _live;
            weight += w;
        }

        return (share / weight, Math.Sqrt(variance) / weight);
    }

    void Few(double pairs) =>
        Refuse("TOO_FEW_COINCIDENCES", $"About {Text(pairs)} pairs lie within the peak; need about {FewestPairs} for a verdict. At this rate measure {Text(Math.Ceiling(_live * FewestPairs / Math.Max(pairs, 1)))} s.");

    /// <summary>A failed gate: the verdicts are withheld.</summary>
    void Refuse(string code, string text)
    {
        Tell(code, text);
        if (_verdicts.Count > 0) return;
        _verdicts.Add(new("superbunched", "undecided", text));
        _verdicts.Add(new("thermal_consistent", "undecided", text));
    }

    Curve Curve(PairAxis axis, double[] pairs, double[] flat, FitResult? fit)
    {
        var (unit, scale) = options.IsLong ? ("us", 1e6) : ("ns", 1e9);
        double?[] Each(Func<int, double> of) => [.. Enumerable.Range(0, axis.Bins).Select(i => flat[i] > 0 ? of(i) : (double?)null)];
        var more = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. pairs.Select(n => (double?)n)]) };
        if (fit is not null) more["residual"] = new("residual", "sigma", Each(i => ResidualTests.Signed(pairs[i], fit.Mu[i])));
        return new("g2", new("delay", unit, [.. Enumerable.Range(0, axis.Bins).Select(i => (double?)Math.Round(axis.Centre(i) * scale, 9))]),
            new("g2", "1", Each(i => pairs[i] / flat[i])) { Sigma = Each(i => Math.Sqrt(Math.Max(pairs[i], 1)) / flat[i]) })
        {
            Fit = fit is null ? null : Each(i => fit.Mu[i] / flat[i]),
            More = more,
        };
    }

    AnalysisReport Done(IReadOnlyList<Curve> curves)
    {
        List<(string Name, string Unit)> numbers = [("g2_0", "1"), ("amplitude", "1")];
        numbers.AddRange(options.IsLong ? [("tau_int_us", "us")] : [("tau_c_ps", "ps"), ("area_ps", "ps")]);
        if (options.Channels is { Count: 3 }) numbers.Add(("g3_0", "1"));
        if (_verdicts.All(v => v.Name != "quality")) _verdicts.Add(new("quality", "insufficient", _messages.LastOrDefault()?.Text ?? ""));
        var because = _messages.FirstOrDefault(m => m.Code is "EMPTY_CHANNEL" or "TOO_FEW_COINCIDENCES" or "BACKGROUND_EXCEEDS_SIGNAL")?.Code ?? "NO_FIT";
        return new("bunching", 1)
        {
            Parameters = new JsonObject(),
            Quantities = [.. numbers.Select(one => _quantities.Find(q => q.Name == one.Name) ?? Quantity.Refused(one.Name, one.Unit, because)),
                .. _quantities.Where(q => numbers.All(one => one.Name != q.Name))],
            Verdicts = _verdicts,
            Messages = _messages,
            Curves = curves,
        };
    }

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => x.ToString("G3", CultureInfo.InvariantCulture) is var text && text.Contains('E') && Math.Abs(x) is >= 1e3 and < 1e9
        ? Math.Round(x).ToString("F0", CultureInfo.InvariantCulture) : text;

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }
}
