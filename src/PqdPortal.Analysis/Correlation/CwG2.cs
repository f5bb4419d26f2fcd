using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// g2(tau) of a Hanbury Brown-Twiss measurement under continuous excitation: all pairs, exact normalisation, a fit of the
/// antibunching dip, background correction, and the question whether it is a single emitter.
/// </summary>
/// <remarks>
/// The steps, each in its own file: <see cref="PairCounter"/> counts pairs in one pass; <see cref="CwG2Model"/> is fitted by
/// Poisson likelihood; <see cref="CwG2Artefacts"/> looks for crosstalk and shared dead time; blocks of time are resampled
/// for fluctuations that are not Poisson. What it assumes and how it was checked: docs/analyses/g2-cw.md.
/// </remarks>
public static class CwG2
{
    const double VerdictPairs = 100, PrecisePairs = 2000; // expected inside +-t1: for a verdict, for +-0.02
    const double CentrePairs = 200;                       // pairs in the dip before its centre may move

    /// <summary>Counts the pairs: the part that takes the photons.</summary>
    /// <param name="responseDelay">How much later the second detector's measured response is [s].</param>
    /// <returns>The pairs, and how long was measured.</returns>
    public static (PairCounts Counts, AcquisitionTime Time) Count(
        PhotonStream photons, CwG2Options options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default, double responseDelay = 0)
    {
        if (options.Channels is { } chosen && (chosen.Count != 2 || chosen[0] == chosen[1]))
            throw new RequestException("The parameter \"channels\" should name two different detectors, such as [0, 1].");
        var clock = PairClock.Of(photons);
        var axis = PairAxis.For(clock, options.BinWidth, options.MaxDelay, Delay(options) + responseDelay);
        var counter = new PairCounter(clock, axis, options.Channels, photons.HeaderDuration);
        var hear = progress is null ? null : new Forward(progress, photons.AvailableRecords);
        var pass = photons.Read(counter, hear, stop);
        var last = counter.LastTime;
        var time = AcquisitionTime.Of(photons, pass, last is null ? null : (long)(last.Value / photons.Tick!.Value));
        return (counter.Finish(time.Seconds ?? 0), time with { Findings = [.. pass.Findings, .. time.Findings] });
    }

    /// <summary>Counts, fits, corrects and judges.</summary>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    /// <param name="irf">Measured responses of the two detectors; null without.</param>
    public static AnalysisReport Compute(
        PhotonStream photons, CwG2Options options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default, Measurement? irf = null)
    {
        var (response, delay) = Response(irf, options, progress, stop);
        var (counts, time) = Count(photons, options, progress, stop, delay);
        progress?.Report(new("fitting", photons.AvailableRecords, photons.AvailableRecords));
        return new CwG2Judge(photons, options, counts, time, response, stop).Report();
    }

    /// <summary>Cable delay of the second detector plus the difference of the responses' centres [s].</summary>
    static double Delay(CwG2Options options) => (options.Delay ?? 0) + options.IrfCentre switch
    {
        null or [_] => 0,
        [var a, var b] => b - a,
        _ => throw new RequestException("The parameter \"irf_t0_ps\" takes one value for each of the two detectors."),
    };

    /// <summary>The pair response as it was measured or given, and how much later the second detector's is [s].</summary>
    internal static (PairResponse Response, double Delay) Response(
        Measurement? irf, CwG2Options options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        irf is null ? (PairSigma(options), 0) : Measured(irf, options, progress, stop);

    /// <summary>The pair response of two measured ones, and how much later the second is [s].</summary>
    static (PairResponse Response, double Delay) Measured(Measurement irf, CwG2Options options, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        if (options.Jitter is not null || options.IrfSigma is not null || options.IrfCentre is not null)
            throw new RequestException("Give either a measured response (irf_file) or its width and centre (irf_sigma_ps or jitter_sigma_ps, irf_t0_ps), not both.");
        var responses = InstrumentResponse.Of(irf, null, progress, stop);
        if (responses.Count == 1) return PairResponse.Of(responses[0], responses[0]);
        if (options.Channels is [var a, var b]) return PairResponse.Of(InstrumentResponse.For(responses, a), InstrumentResponse.For(responses, b));
        throw new RequestException($"The measured response (irf_file) has {responses.Count} detectors; say with \"channels\" which is the first and which the second, such as [{responses[0].Channel}, {responses[1].Channel}].");
    }

    /// <summary>Standard deviation of the pair response: both detectors' in quadrature [s].</summary>
    static double PairSigma(CwG2Options options)
    {
        if (options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
        return Both(options.Jitter ?? options.IrfSigma, "jitter_sigma_ps") is var (a, b) ? Math.Sqrt(a * a + b * b) : 0;
    }

    /// <summary>One value for each detector; a single one serves both.</summary>
    internal static (double A, double B)? Both(IReadOnlyList<double>? values, string name) => values switch
    {
        null or [] => null,
        [var both] => (both, both),
        [var a, var b] => (a, b),
        _ => throw new RequestException($"The parameter \"{name}\" takes one value for each of the two detectors, or one for both; found {values.Count}."),
    };

    internal static (double Verdict, double Precise, double Centre) PairsNeeded => (VerdictPairs, PrecisePairs, CentrePairs);

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }
}

/// <summary>From counted pairs to a report. One object for one report.</summary>
sealed class CwG2Judge(
    PhotonStream photons, CwG2Options options, PairCounts counts, AcquisitionTime time, PairResponse response, CancellationToken stop)
{
    const double Z95 = 1.959964;

    readonly PairAxis _axis = counts.Axis;
    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];

    // Fixed once the channels are known to speak.
    PairBaseline? _baseline;
    double _live;
    double[] _flat = [];
    double[] _pairs = [];
    bool[] _use = [];
    int _gaps;

    public AnalysisReport Report()
    {
        foreach (var finding in photons.Findings.Concat(time.Findings).Where(f =>
            f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
            Tell(finding.Code, finding.Message);
        if (response.Teeth.Count > 0)
            Tell("PAIR_RESPONSE", $"The measured responses blur delays by {Text(response.Sigma * 1e12)} ps (standard deviation of their correlation); the fit is folded with it, and the difference of their centres was taken off every delay.");
        if (!ChannelsSpeak()) return Done([]);
        Prepare();
        if (counts.Pairs.Sum() < 10)
        {
            Refuse("TOO_FEW_COINCIDENCES",
                $"{counts.Pairs.Sum()} pairs lie within the delay range; no curve can be fitted. Measure about {Text(200 * _live / Math.Max(1, counts.Pairs.Sum()))} s, or at a higher rate.");
            Raw(_axis.Side, null);
            return Done([Curve(null, null)]);
        }

        if (time.Findings.Concat(photons.Findings).FirstOrDefault(f => f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }) is not null)
        {
            Refuse("DTIME_BEYOND_PERIOD", "Sync period and micro times contradict each other, so that delays between photons of different pulses have no sure length; no g2 is fitted. Look at the file's sync rate.");
            Raw(_axis.Side, null);
            return Done([Curve(null, null)]);
        }

        if (photons.SyncPeriod is { } period && _baseline!.Comb(_axis, _pairs, period) is > 0.15 and var depth)
        {
            Refuse("PULSED_LIGHT",
                $"The pairs come in peaks {Text(period * 1e9)} ns apart (modulated by {Text(100 * depth)} %), the period of the laser: this is pulsed excitation, and a dip at zero delay is no antibunching. Compare the areas of the peaks instead, as in g2.pulsed.");
            Raw(_axis.Side, null);
            return Done([Curve(null, null)]);
        }

        var (fit, model, centre, crosstalk, sharedDead) = Fit();
        // A g2(0) below zero, or below what the background alone leaves, is a fluctuation, never the truth: the error is
        // that of the nearest possible truth.
        double[] possible = [.. fit.Values];
        var least = (1 - Rho2().Value) / possible[CwG2Model.N];
        possible[CwG2Model.G0] = Math.Max(possible[CwG2Model.G0], least is > 0 and < 1 ? least : 0);
        var informed = possible[CwG2Model.G0] == fit.Values[CwG2Model.G0] ? fit : PoissonFit.InformedAt(model, _pairs, fit, possible);
        var resampled = Bootstrap(informed, centre);
        Judge(fit, informed, model, centre, crosstalk, sharedDead, resampled);
        return Done([Curve(fit, resampled)]);
    }

    bool ChannelsSpeak()
    {
        var present = new SortedDictionary<int, long>(counts.Others.ToDictionary());
        if (counts.Channels.Start is { } a && counts.Starts > 0) present[a] = counts.Starts;
        if (counts.Channels.Stop is { } b && counts.Stops > 0) present[b] = counts.Stops;
        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options.Channels is null && present.Count > 2)
            throw new RequestException($"The file has photons on {present.Count} channels: {list}. Say which two are the detectors with \"channels\", such as [{present.Keys.First()}, {present.Keys.Skip(1).First()}].");

        var silent = options.Channels?.Where(c => !present.ContainsKey(c)).ToArray() ?? [];
        if (silent.Length == 0 && present.Count >= 2) return true;

        if (silent.Length > 0)
            foreach (var c in silent)
                Refuse("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Without a second detector there is no g2.");
        else
            Refuse("EMPTY_CHANNEL", $"g2 needs photons on two detectors. Channels present: {list}. Was the second detector connected?");
        return false;
    }

    /// <summary>Live time, normalisation, double counts.</summary>
    void Prepare()
    {
        var baseline = _baseline = PairBaseline.Of(counts, time);
        (_live, _flat, _gaps) = (baseline.Live, baseline.Flat, baseline.Silences.Count);
        if (_gaps > 0)
            Tell("GAPS", $"{_gaps} gap{(_gaps == 1 ? "" : "s")} without a single photon on either detector, {Text(baseline.Dark)} s in all (first at {Text(baseline.Silences[0].From)} s), as a shutter makes. Rates and normalisation use the live time, {Text(_live)} s.");
        if (counts.WorstDisorder > 1e-6)
            Tell("DISORDER", $"{counts.Disordered} photons came out of time order within their channel, the latest by {Text(counts.WorstDisorder * 1e6)} us. They were sorted in{(counts.TooLate > 0 ? $"; {counts.TooLate} came too late to find all their partners" : "")}.");
        if ((long)Math.Round(options.BinWidth / _axis.BinSeconds * 1e6) != 1_000_000)
            Tell("BIN_WIDTH", $"Bins are {Text(_axis.BinSeconds * 1e12)} ps wide instead of {Text(options.BinWidth * 1e12)} ps: an odd number of clock steps, so that zero delay lies in the middle of the centre bin.");

        _pairs = [.. counts.Pairs.Select(n => (double)n)];
        _use = [.. Enumerable.Repeat(true, _pairs.Length)];
    }

    (FitResult Fit, CwG2Model Model, int Centre, Crosstalk? Crosstalk, double? SharedDead) Fit()
    {
        var wingLevel = WingLevel(0.6);
        var sharedDead = CwG2Artefacts.FindSharedDeadTime(counts.Pairs, _flat, ZeroOfElectronics(), wingLevel);
        if (sharedDead is { } floor && DelayBeyond(floor))
            // The cable delay moves the dip out of the floor: leave the floor out of the fit.
            for (var i = 0; i < _use.Length; i++)
                if (Math.Abs(i - ZeroOfElectronics()) <= floor + 2)
                    _use[i] = false;

        var shift = 0.0;
        var mayMove = options.Delay is null && sharedDead is null;
        if (mayMove && CwG2Artefacts.FindDisplacedDip(counts.Pairs, _flat, _axis.Side) is { } displaced)
        {
            shift = displaced * _axis.BinSeconds;
            Tell("DELAY_FOUND", $"The dip lies at {Text(shift * 1e9)} ns, not at zero delay. The fit is centred there; give this as delay_ps if it is the cable.");
        }

        var (fit, model) = Best(shift, false, null);
        if (mayMove && CountedInDip(fit, model) >= CwG2.PairsNeeded.Centre) (fit, model) = Best(shift, true, null);
        var free = !model.Parameters[model.Centre].Fixed;

        Crosstalk? strongest = null;
        for (var round = 0; round < 3; round++)
        {
            stop.ThrowIfCancellationRequested();
            var centre = CentreBin(fit, model);
            var t1 = Math.Max(_dip ?? 0, Math.Exp(fit.Values[CwG2Model.LnT1]));
            var found = CwG2Artefacts.FindCrosstalk(_pairs, _flat, fit.Mu, centre, 2 * t1 / _axis.BinSeconds)
                .Where(peak => Enumerable.Range(peak.From, peak.To - peak.From + 1).Any(j => _use[centre + j] && _use[centre - j])).ToArray();
            if (found.Length == 0) break;
            var worst = found.MaxBy(peak => peak.Excess)!;
            if (strongest is null || worst.Excess > strongest.Excess) strongest = worst;
            var at = worst.At * _axis.BinSeconds;
            var inside = at < 2 * t1;
            if (!inside || model.Peak >= 0)
            {
                var before = _use.ToArray();
                foreach (var peak in found)
                    for (var j = peak.From - 3; j <= peak.To + 3; j++)
                        if (j > 0 && centre + j < _use.Length && centre - j >= 0)
                            _use[centre + j] = _use[centre - j] = false;
                (fit, model) = Best(fit.Values[model.Centre], free, model.Peak < 0 ? null
                    : (fit.Values[model.Peak], fit.Values[model.Peak + 1], Math.Exp(fit.Values[model.Peak + 2])));
                // Tall peaks make the dip look narrower than it is; without them it may turn out to hold them.
                inside = model.Peak < 0 && at < 2 * Math.Exp(fit.Values[CwG2Model.LnT1]);
                if (inside) _use = before;
                else
                    Tell("CROSSTALK", $"Narrow peaks at +-{Text(at * 1e9)} ns, {Text(worst.Excess / (counts.Starts + counts.Stops))} pairs per count, as one detector's flash seen by the other makes. They and three bins beside them were left out of the fit.");
            }

            if (inside && model.Peak < 0)
            {
                (fit, model) = Best(fit.Values[model.Centre], free, (worst.Height, at, 0.5 * (worst.To - worst.From + 1) * _axis.BinSeconds));
                Tell("CROSSTALK_IN_DIP", $"Narrow peaks at +-{Text(at * 1e9)} ns lie inside the dip. They were fitted as a pair of Gaussians beside the emitter; g2(0) depends on that. Put the detectors' flashes out of the dip with a longer light path, or filter them.");
            }
        }

        return (fit, model, CentreBin(fit, model), strongest, sharedDead);
    }

    readonly Dictionary<bool, double> _bic = [];

    // Of the last choice: the dip alone misses the wings, but what bends them cannot be told either; or only with a level of 1.
    bool _unfit, _levelled;

    /// <summary>Time of the dip fitted alone [s]; a bunching fitted to narrow peaks would make it short.</summary>
    double? _dip;

    /// <summary>Error of ln t2; null where the data do not tell.</summary>
    static double? LnT2Sigma(FitResult fit)
    {
        var variance = fit.Covariance(CwG2Model.LnT1, CwG2Model.LnT1) + fit.Covariance(CwG2Model.LnT2OverT1, CwG2Model.LnT2OverT1)
            + 2 * fit.Covariance(CwG2Model.LnT1, CwG2Model.LnT2OverT1);
        return fit.Sigma(CwG2Model.LnT2OverT1) is not null && variance > 0 ? Math.Sqrt(variance) : null;
    }

    /// <summary>Fits the models asked for and takes the better by BIC.</summary>
    (FitResult Fit, CwG2Model Model) Best(double centre, bool free, (double, double, double)? crosstalk)
    {
        _bic.Clear();
        (_unfit, _levelled) = (false, false);
        (FitResult Fit, CwG2Model Model)? two = null, three = null;
        if (options.Model != "three_level") two = One(false);
        if (options.Model != "two_level") three = One(true);
        if (two is null) return three!.Value;
        _dip = Math.Exp(two.Value.Fit.Values[CwG2Model.LnT1]);
        if (three is null) return two.Value;
        var better = two.Value.Fit.Bic - three.Value.Fit.Bic;
        if (better > 0 && Told(three.Value.Fit)) return three.Value;
        if (better <= 6) return two.Value;

        // The wings bend, but where they end cannot be seen within the range. The exact normalisation knows their level.
        try
        {
            var level = One(true, exactLevel: true);
            var t2 = Math.Exp(level.Fit.Values[CwG2Model.LnT1] + level.Fit.Values[CwG2Model.LnT2OverT1]);
            if (Told(level.Fit) && 5 * t2 > options.MaxDelay && two.Value.Fit.Bic - level.Fit.Bic > 6)
            {
                _bic[true] = level.Fit.Bic;
                _levelled = true;
                return level;
            }
        }
        catch (ArgumentException)
        {
            // No start at which that model is positive.
        }

        _bic[true] = three.Value.Fit.Bic;
        _unfit = !three.Value.Fit.AtBound.Contains(CwG2Model.A);
        return two.Value;

        static bool Told(FitResult fit) => fit.Converged && fit.AtBound.Count == 0 && LnT2Sigma(fit) is < 1
            && (fit.Sigma(CwG2Model.N) ?? 0) < 0.1 * fit.Values[CwG2Model.N];

        (FitResult Fit, CwG2Model Model) One(bool threeLevel, bool exactLevel = false)
        {
            var start = CwG2Model.Guess(_axis, _flat, _pairs, _use, response, threeLevel, centre);
            var model = new CwG2Model(_axis, _flat, response, threeLevel, start, (centre, free), crosstalk, exactLevel);
            FitResult fit;
            try
            {
                fit = PoissonFit.Run(model, _pairs, _use, stop: stop);
            }
            catch (ArgumentException)
            {
                // A guess that is negative somewhere: begin flat instead.
                start[CwG2Model.G0] = 0.5;
                start[CwG2Model.A] = 1e-3;
                model = new CwG2Model(_axis, _flat, response, threeLevel, start, (centre, free), crosstalk is null ? null : (1e-3, crosstalk.Value.Item2, crosstalk.Value.Item3), exactLevel);
                fit = PoissonFit.Run(model, _pairs, _use, stop: stop);
            }

            _bic[threeLevel] = fit.Bic;
            return (fit, model);
        }
    }

    int ZeroOfElectronics() => (int)Math.Clamp(_axis.Side - Math.Round(_axis.Delay / (double)_axis.Width), 0, _axis.Bins - 1);

    bool DelayBeyond(double floor) => Math.Abs(_axis.Delay) > floor * _axis.Width;

    int CentreBin(FitResult fit, CwG2Model model) =>
        (int)Math.Clamp(_axis.Side + Math.Round(fit.Values[model.Centre] / _axis.BinSeconds), 0, _axis.Bins - 1);

    double CountedInDip(FitResult fit, CwG2Model model)
    {
        var (centre, t1) = (CentreBin(fit, model), Math.Exp(fit.Values[CwG2Model.LnT1]));
        var half = (int)Math.Min(t1 / _axis.BinSeconds, _axis.Side);
        return Enumerable.Range(0, _pairs.Length).Where(i => Math.Abs(i - centre) <= half).Sum(i => _pairs[i]);
    }

    bool InWings(int bin, double from) => Math.Abs(bin - _axis.Side) >= from * _axis.Side && _use[bin];

    double WingLevel(double from)
    {
        double h = 0, s = 0;
        for (var i = 0; i < _pairs.Length; i++)
        {
            if (!InWings(i, from)) continue;
            h += _pairs[i];
            s += _flat[i];
        }

        return s > 0 ? h / s : 1;
    }

    /// <summary>Standard deviations over resampled blocks of time.</summary>
    sealed record Resampled(double[] Parameters, double[] Band, double Corrected, double Wings, double Raw);

    Resampled? Bootstrap(FitResult fit, int centre)
    {
        var blocks = counts.Blocks.Where(block => block.Length > 0).ToArray();
        var bins = _axis.Bins;
        var (h, scale) = (new double[bins], new double[bins]);
        var (sum, square) = (new double[bins], new double[bins]);
        var parameters = fit.Values.Select(_ => new Spread()).ToArray();
        var (corrected, wings, raw) = (new Spread(), new Spread(), new Spread());
        var share = _live / blocks.Sum(block => block.Length);
        var done = 0;
        foreach (var choice in BlockResampling.Bootstrap(blocks.Length, options.Seed, stop))
        {
            Array.Clear(h);
            double starts = 0, stops = 0, live = 0;
            foreach (var k in choice)
            {
                var block = blocks[k];
                starts += block.Starts;
                stops += block.Stops;
                live += block.Length * share;
                var pairs = block.Pairs;
                for (var i = 0; i < h.Length; i++) h[i] += pairs[i];
            }

            if (starts == 0 || stops == 0) continue;
            done++;
            // The same formula for the resample; its overlap term is that of the whole run to far below any error.
            var factor = starts * stops / live / (counts.Starts * (double)counts.Stops / _live);
            Array.Fill(scale, factor);
            for (var i = 0; i < bins; i++)
            {
                var g = _flat[i] > 0 ? h[i] / (_flat[i] * factor) : 0;
                sum[i] += g;
                square[i] += g * g;
            }

            var p = PoissonFit.Rescore(fit, h, scale);
            for (var j = 0; j < p.Length; j++) parameters[j].Add(p[j]);
            if (Corrected(p[CwG2Model.G0], p[CwG2Model.N]) is { } c) corrected.Add(c.Value);
            double wingPairs = 0, wingFlat = 0;
            for (var i = 0; i < bins; i++)
            {
                if (!InWings(i, 0.8)) continue;
                wingPairs += h[i];
                wingFlat += _flat[i] * factor;
            }

            if (wingFlat > 0) wings.Add(wingPairs / wingFlat);
            if (_flat[centre] > 0) raw.Add(h[centre] / (_flat[centre] * factor));
        }

        if (done < 10) return null;
        var band = new double[bins];
        for (var i = 0; i < bins; i++) band[i] = Math.Sqrt(Math.Max(square[i] / done - sum[i] / done * (sum[i] / done), 0) * done / (done - 1));
        return new([.. parameters.Select(p => p.Deviation)], band, corrected.Deviation, wings.Deviation, raw.Deviation);
    }

    /// <summary>Signal shares and the background-corrected g2(0) with its slopes; null where the background leaves no signal.</summary>
    (double Value, double ByG0, double ByN, double ByRho2)? Corrected(double g0, double n)
    {
        var rho2 = Rho2().Value;
        var rest = n - 1 + rho2;
        return !(rho2 > 0) || !(rest > 0) ? null
            : (1 - (1 - g0) * n / rest, n / rest, -(1 - g0) * (rho2 - 1) / (rest * rest), (1 - g0) * n / (rest * rest));
    }

    (double Value, double Sigma, double A, double B) Rho2()
    {
        var (ba, bb) = CwG2.Both(options.Background, "background_cps") ?? (0, 0);
        var (pa, pb) = CwG2.Both(options.Afterpulsing, "afterpulse_probability") ?? (0, 0);
        var (ra, rb) = (counts.Starts / _live, counts.Stops / _live);
        var (sa, sb) = CwG2.Both(options.BackgroundSigma, "background_sigma_cps") ?? (Math.Sqrt(ba / _live), Math.Sqrt(bb / _live));
        var (a, b) = (1 - pa - ba / ra, 1 - pb - bb / rb);
        var (da, db) = (Of(sa, ba, ra), Of(sb, bb, rb));
        // Two negative shares would give a positive product.
        var value = a > 0 && b > 0 ? a * b : -Math.Abs(a * b);
        return (value, Math.Sqrt(b * b * da * da + a * a * db * db), a, b);

        double Of(double sigma, double background, double rate) =>
            Math.Sqrt(sigma * sigma + background * background / (rate * _live)) / rate;
    }

    double? Raw(int centre, Resampled? resampled)
    {
        var n = counts.Pairs[centre];
        if (!(_flat[centre] > 0)) return null;
        var s = _flat[centre];
        var (low, high) = PoissonDeviance.Interval(n, 0.6827);
        var (low95, high95) = PoissonDeviance.Interval(n, 0.95);
        // The deviation of the estimate itself is sqrt(n); the exact interval, a little wider by design, gives the ends.
        var poisson = (n > 0 ? Math.Sqrt(n) : high - low) / s;
        var larger = Math.Max(poisson, resampled?.Raw ?? 0);
        var boot = larger > poisson;
        var value = n / s;
        _quantities.Add(new("g2_0_raw", value, larger, boot ? value - Math.Max(Z95 * larger, value - low95 / s) : low95 / s,
            boot ? value + Math.Max(Z95 * larger, high95 / s - value) : high95 / s, "1")
        {
            N = n,
            Method = boot ? "block-bootstrap" : "exact-poisson",
        });
        return resampled is null || n < 10 ? null : resampled.Raw / poisson;
    }

    void Judge(FitResult fit, FitResult informed, CwG2Model model, int centre, Crosstalk? crosstalk, double? sharedDead, Resampled? resampled)
    {
        var p = fit.Values;
        var flags = new List<string>();
        var t1 = Math.Exp(p[CwG2Model.LnT1]);
        var total = counts.Pairs.Sum();

        // Errors: the larger of likelihood and blocks.
        var fisher = informed.Sigma(CwG2Model.G0);
        var boot = resampled?.Parameters[CwG2Model.G0] ?? 0;
        var rawRatio = Raw(centre, resampled);
        double? sigma;
        var ratio = fisher is > 0 ? boot / fisher.Value : 0;
        double wingPairs = 0, wingFlat = 0;
        for (var i = 0; i < _pairs.Length; i++)
        {
            if (!InWings(i, 0.8)) continue;
            wingPairs += _pairs[i];
            wingFlat += _flat[i];
        }

        var wings = wingFlat > 0 ? wingPairs / wingFlat : (double?)null;
        var wingPoisson = wingFlat > 0 ? Math.Sqrt(Math.Max(wingPairs, 1)) / wingFlat : 0;
        var wingSigma = Math.Max(wingPoisson, resampled?.Wings ?? 0);
        var worstRatio = Math.Max(Math.Max(ratio, rawRatio ?? 0), wingPoisson > 0 && wingPairs >= 100 ? wingSigma / wingPoisson : 0);
        if (worstRatio > 2)
        {
            flags.Add("NONSTATIONARY");
            Tell("NONSTATIONARY", $"Blocks of the run differ {Text(worstRatio)} times more than counting statistics allow: the emitter blinks or drifts. Errors are taken from the blocks where they are larger.");
        }

        var bunchedWings = model.ThreeLevel && 5 * t1 * Math.Exp(p[CwG2Model.LnT2OverT1]) > options.MaxDelay;
        if (wings is { } w && Math.Abs(w - 1) > 3 * wingSigma && !bunchedWings)
            Tell("FLICKER", $"The far wings lie at {Text(w)} +- {Text(wingSigma)}, not at 1: slow fluctuation of the emitter (blinking, drift), not an error of normalisation. The fit is taken relative to them.");
        if (Math.Abs(fit.Goodness) > 5)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The {Name(model)} model misses the counts by z = {Text(fit.Goodness)} (0 +- 1 for a model that fits). Errors are scaled by {Text(Math.Sqrt(fit.Overdispersion))}; look at the residuals.");
        }

        if (_unfit && !model.ThreeLevel) flags.Add("RANGE_SHORT");
        if (!fit.Converged) Tell("FIT_POOR", "The fit did not settle within 200 steps; take its numbers with care.");
        var irfLimited = response.Sigma > t1;
        if (irfLimited)
        {
            flags.Add("IRF_LIMITED");
            Tell("IRF_LIMITED", $"The pair response ({Text(response.Sigma * 1e9)} ns) is wider than the dip (t1 = {Text(t1 * 1e9)} ns): g2(0) and t1 cannot be told apart. Read g2(0) as an upper limit, or take t1 from a lifetime.");
        }

        if (crosstalk is not null && model.Peak >= 0) flags.Add("CROSSTALK_IN_DIP");
        else if (crosstalk is not null) flags.Add("CROSSTALK");
        var deadUnresolved = sharedDead is { } floor && !DelayBeyond(floor);
        if (sharedDead is { } half)
        {
            flags.Add("COMMON_DEADTIME");
            Tell("COMMON_DEADTIME", $"Below {Text(half * _axis.BinSeconds * 1e9)} ns there are almost no pairs, with a sharp edge on both sides: a dead time that both channels share. "
                + (deadUnresolved ? "It hides zero delay, so g2(0) cannot be judged. Put a cable delay longer than that in front of one detector and give it as delay_ps." : "The cable delay moves zero delay out of it; the hidden part was left out of the fit."));
        }

        DeadTime();

        // g2(0) of the model, relative to its wings.
        var (low68, high68) = Profiled(1);
        var (low95, high95) = Profiled(3.841459);
        var g0 = p[CwG2Model.G0];
        // Where the fit leans against the edge of what is possible (an empty centre bin), the information there is endless and
        // the inverse of it no error. The profile knows: its longer side stands for the standard error.
        var (below, above) = (g0 - low68, high68 - g0);
        var longer = Math.Max(below ?? 0, above ?? 0);
        var shorter = Math.Min(below ?? 0, above ?? 0);
        if (fisher is null || longer > 2 * shorter && longer > fisher) fisher = longer > 0 ? longer : fisher;
        // A likelihood that is far from a parabola: the error is the one its 95 % interval stands for.
        if (low95 is { } l95 && high95 is { } h95) fisher = Math.Max(fisher ?? 0, (h95 - l95) / (2 * Z95));
        sigma = fisher is null ? boot > 0 ? boot : null : Math.Max(fisher.Value, boot);
        var stretch = fisher is > 0 && boot > fisher ? boot / fisher.Value : 1;
        var (lo, hi) = Interval(g0, low95, high95, sigma, stretch);
        var method = stretch > 1 ? "block-bootstrap" : low95 is not null || high95 is not null ? "profile" : "fisher";
        _quantities.Add(new("g2_0_fit", g0, sigma, irfLimited ? null : lo, hi, "1")
        {
            N = total, Method = method, Grade = Warned(flags), Flags = [.. flags],
        });

        var rho = Rho2();
        var corrected = Corrected(g0, p[CwG2Model.N]);
        double? value = null, s = null, upper = null;
        if (corrected is { } c)
        {
            var nSigma2 = informed.Covariance(CwG2Model.N, CwG2Model.N);
            var fisherCorrected = Math.Sqrt(Math.Max(0, c.ByG0 * c.ByG0 * (sigma ?? 0) * (sigma ?? 0) / (stretch * stretch)
                + c.ByN * c.ByN * nSigma2 + 2 * c.ByG0 * c.ByN * informed.Covariance(CwG2Model.G0, CwG2Model.N)));
            var background = c.ByRho2 * rho.Sigma;
            value = c.Value;
            var larger = Math.Max(fisherCorrected, resampled?.Corrected ?? 0);
            s = sigma is null ? null : Math.Sqrt(larger * larger + background * background);
            double? End(double? end, int sign) => end is { } e && s is { } known
                ? c.Value + sign * Math.Max(Math.Sqrt(Math.Pow(c.ByG0 * (e - g0), 2) + Z95 * Z95 * background * background), stretch > 1 ? Z95 * known : 0)
                : s is { } plain ? c.Value + sign * Z95 * plain : null;
            upper = End(hi, 1);
            _quantities.Add(new("g2_0_corr", value, s, irfLimited ? null : End(lo, -1), upper, "1")
            {
                N = total, Method = resampled?.Corrected > fisherCorrected ? "block-bootstrap" : method, Grade = Warned(flags), Flags = [.. flags],
            });
        }
        else
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"Background and afterpulses leave no signal: signal shares {Text(rho.A)} and {Text(rho.B)} at wings of {Text(p[CwG2Model.N])}. No corrected g2(0) can be given; measure the background again on this sample.");
            _quantities.Add(Quantity.Refused("g2_0_corr", "1", "BACKGROUND_EXCEEDS_SIGNAL"));
        }

        // Times and bunching.
        var lnSigma = Larger(informed.Sigma(CwG2Model.LnT1), resampled?.Parameters[CwG2Model.LnT1] ?? 0);
        var t1Method = informed.Sigma(CwG2Model.LnT1) is { } f && resampled?.Parameters[CwG2Model.LnT1] > f ? "block-bootstrap" : "fisher";
        // With few pairs the error of ln t1 is far from symmetric; a chance hole at the centre fits a dip of no width nearly as well.
        var (t1Low, t1High) = lnSigma is null or > 0.15 ? PoissonFit.Profile(model, _pairs, _use, fit, CwG2Model.LnT1, 3.841459, stop) : (null, null);
        if (t1Low is not null || t1High is not null)
        {
            var (from, to) = (t1Low is { } l ? Math.Exp(l) : (double?)null, t1High is { } h ? Math.Exp(h) : (double?)null);
            var reach = from is { } f1 && to is { } f2 ? 0.5 * (f2 - f1) : Math.Max(to - t1 ?? 0, t1 - from ?? 0);
            var wide = Math.Max(t1 * (lnSigma ?? 0), reach / Z95);
            lnSigma = wide / t1;
            _quantities.Add(new("t1_ns", t1 * 1e9, wide * 1e9, (from ?? t1) * 1e9, (to ?? t1) * 1e9, "ns") { N = total, Method = "profile", Grade = Warned(flags), Flags = [.. flags] });
        }
        else
        {
            _quantities.Add(OfLog("t1_ns", t1 * 1e9, lnSigma, total, t1Method, flags));
        }

        var comparison = "";
        if (_bic.Count == 2)
        {
            var delta = _bic[false] - _bic[true];
            comparison = $"BIC of two_level minus three_level is {Text(delta)}{(Math.Abs(delta) < 6 ? ": not distinguished" : "")}. ";
        }

        if (model.ThreeLevel)
        {
            var a = p[CwG2Model.A];
            var aSigma = Larger(informed.Sigma(CwG2Model.A), resampled?.Parameters[CwG2Model.A] ?? 0);
            var (aLow, aHigh) = fit.AtBound.Contains(CwG2Model.A) ? PoissonFit.Profile(model, _pairs, _use, fit, CwG2Model.A, 3.841459, stop) : (null, null);
            _quantities.Add(fit.AtBound.Contains(CwG2Model.A)
                ? new("a", a, aHigh / Z95, aLow ?? a, aHigh, "1") { N = total, Method = "profile" }
                : Quantity.Of("a", a, aSigma, "1") with { N = total, Method = "fisher" });
            var t2 = t1 * Math.Exp(p[CwG2Model.LnT2OverT1]);
            List<string> shortRange = 5 * t2 > options.MaxDelay ? ["RANGE_SHORT"] : [];
            _quantities[^1] = _quantities[^1] with { Grade = Warned(shortRange), Flags = shortRange };
            _quantities.Add(OfLog("t2_ns", t2 * 1e9, LnT2Sigma(informed), total, "fisher", shortRange));
            if (corrected is { } corr)
                _quantities.Add(Quantity.Of("a_corr", a * corr.ByG0, aSigma * corr.ByG0, "1") with { N = total, Method = "fisher", Grade = Warned(shortRange), Flags = shortRange });
            if (shortRange.Count > 0)
                Tell("RANGE_SHORT", (_levelled ? "The level of the far wings was taken as 1, that of the exact normalisation, since the range does not show it. " : "")
                    + $"Bunching decays with t2 = {Text(t2 * 1e9)} ns; the range of {Text(options.MaxDelay * 1e9)} ns should be at least five times that for a sure wing level. Ask for range_ns {Text(Math.Ceiling(t2 * 5e9))} or more.");
            Tell("MODEL_CHOICE", $"{comparison}The three_level model was used.");
        }
        else
        {
            _quantities.Add(Quantity.Refused("a", "1", "MODEL_TWO_LEVEL"));
            _quantities.Add(Quantity.Refused("t2_ns", "ns", "MODEL_TWO_LEVEL"));
            if (_unfit)
                Tell("RANGE_SHORT", $"The wings bend as bunching would make them, but within {Text(options.MaxDelay * 1e9)} ns nothing shows how long it lasts, so the dip was fitted alone. Ask for a range_ns of {Text(Math.Ceiling(options.MaxDelay * 1e10))} to see the whole of it.");
            Tell("MODEL_CHOICE", $"{comparison}The two_level model was used; it has no bunching, so a and t2_ns are not given.");
        }

        if (value is { } v && s is { } vs && v < 1)
            _quantities.Add(Quantity.Of("n_emitters", 1 / (1 - v), vs / ((1 - v) * (1 - v)), "1") with { N = total, Method = method });
        else
            _quantities.Add(Quantity.Refused("n_emitters", "1"));
        _quantities.Add(wings is { } level ? Quantity.Of("wings", level, wingSigma, "1") with
        {
            N = (long)wingPairs, Method = wingSigma > wingPoisson ? "block-bootstrap" : "exact-poisson",
        } : Quantity.Refused("wings", "1"));

        var n1 = counts.Starts * (double)counts.Stops / _live * 2 * t1;
        _quantities.Add(Quantity.Of("pairs_in_dip", n1, lnSigma is { } ls ? n1 * ls : null, "1") with { N = (long)CountedInDip(fit, model), Method = "fisher" });
        if (!model.Parameters[model.Centre].Fixed)
            _quantities.Add(Quantity.Of("t0_ns", p[model.Centre] * 1e9, informed.Sigma(model.Centre) * 1e9, "ns") with { N = total, Method = "fisher" });
        _quantities.Add(Quantity.Of("rho2", rho.Value, rho.Sigma, "1") with { Method = "propagation" });
        Rates();

        Verdicts(value, s, upper, n1, crosstalk is not null, sharedDead is not null, deadUnresolved, irfLimited);

        double? Larger(double? a, double b) => a is { } x ? Math.Max(x, b) : null;

        (double?, double?) Profiled(double rise) => PoissonFit.Profile(model, _pairs, _use, fit, CwG2Model.G0, rise, stop);
    }

    static (double? Low, double? High) Interval(double value, double? low, double? high, double? sigma, double stretch)
    {
        double? End(double? end, int sign) => end is { } e ? value + (e - value) * stretch
            : sigma is { } s ? value + sign * Z95 * s : null;
        return (End(low, -1), End(high, 1));
    }

    static Grade Warned(List<string> flags) => flags.Count > 0 ? Grade.Warn : Grade.Ok;

    static Quantity OfLog(string name, double value, double? lnSigma, long n, string method, List<string> flags) =>
        lnSigma is { } s && s < 20
            ? new(name, value, value * s, value * Math.Exp(-Z95 * s), value * Math.Exp(Z95 * s), "ns") { N = n, Method = method, Grade = Warned(flags), Flags = [.. flags] }
            : new(name, value, null, null, null, "ns") { N = n, Grade = Grade.Warn, Flags = [.. flags] };

    void DeadTime()
    {
        var (ra, rb) = (counts.Starts / _live, counts.Stops / _live);
        var window = _axis.Reach * _axis.Unit + Math.Abs(_axis.Delay) * _axis.Unit;
        var dead = counts.ShortestInterval ?? window;
        // Only a gap that chance would have filled is a dead time.
        if (_live * (ra * ra + rb * rb) * dead < 20) return;
        var loss = Math.Max(ra, rb) * dead;
        if (loss > 0.05)
            Tell("DEADTIME", $"No two photons of one detector are closer than {Text(dead * 1e9)} ns; at these rates {Text(100 * loss)} % of the counts are lost in that dead time. Rates are too low by that; g2(0) hardly changes.");
    }

    void Rates()
    {
        _quantities.Add(Quantity.Of("rate_a_cps", counts.Starts / _live, Math.Sqrt(counts.Starts) / _live, "cps") with { N = counts.Starts, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("rate_b_cps", counts.Stops / _live, Math.Sqrt(counts.Stops) / _live, "cps") with { N = counts.Stops, Method = "exact-poisson" });
        _quantities.Add(Quantity.Of("duration_s", _live, null, "s"));
        _quantities.Add(Quantity.Of("bin_width_ps", _axis.BinSeconds * 1e12, null, "ps"));
    }

    void Verdicts(double? g, double? s, double? upper, double n1, bool crosstalk, bool sharedDead, bool deadUnresolved, bool irfLimited)
    {
        string single = "undecided", pure = "undecided", why;
        var (verdictPairs, precisePairs, _) = CwG2.PairsNeeded;
        var few = n1 < verdictPairs;
        if (few)
            Tell("TOO_FEW_COINCIDENCES", $"About {Text(n1)} pairs are expected inside the dip; need about {verdictPairs} for a verdict, {precisePairs} for +-0.02; at this rate measure {Text(Math.Ceiling(_live * verdictPairs / Math.Max(n1, 1e-3)))} s.");
        if (few) why = $"Only about {Text(n1)} pairs are expected inside the dip; a verdict needs {verdictPairs}.";
        else if (deadUnresolved) why = "A dead time shared by both channels hides zero delay.";
        else if (g is not { } v || s is not { } e) why = "There is no corrected g2(0) with an error.";
        else if (irfLimited)
        {
            var top = upper ?? v + 2 * e;
            single = top < 0.5 ? "yes" : "undecided";
            pure = top < 0.1 ? "yes" : "undecided";
            why = $"The dip is narrower than the response; the upper limit of g2(0) is {Text(top)}.";
        }
        else
        {
            single = v + 2 * e < 0.5 ? "yes" : v - 2 * e > 0.5 ? "no" : "undecided";
            pure = v + 2 * e < 0.1 ? "yes" : v - 2 * e > 0.1 ? "no" : "undecided";
            why = single switch
            {
                "yes" => $"g2(0) + 2 sigma = {Text(v + 2 * e)} is below 0.5.",
                "no" => $"g2(0) - 2 sigma = {Text(v - 2 * e)} is above 0.5.",
                _ => $"g2(0) = {Text(v)} +- {Text(e)} (corrected) is within 2 sigma of 0.5.",
            };
        }

        _verdicts.Add(new("single_emitter", single, why));
        _verdicts.Add(new("high_purity", pure, pure switch
        {
            "yes" when g is { } v && s is { } e => $"g2(0) + 2 sigma = {Text(v + 2 * e)} is below 0.1.",
            "no" when g is { } v && s is { } e => $"g2(0) - 2 sigma = {Text(v - 2 * e)} is above 0.1.",
            _ when few || deadUnresolved || irfLimited || g is null => why,
            _ => $"g2(0) = {Text(g ?? 0)} +- {Text(s ?? 0)} (corrected) is within 2 sigma of 0.1.",
        }));
        _verdicts.Add(sharedDead ? new("artefact", "common_deadtime", "Pairs below a sharp delay are missing on both sides.")
            : crosstalk ? new("artefact", "crosstalk", "Narrow symmetric peaks stand more than 5 sigma above the curve.")
            : new("artefact", "none", "Neither narrow symmetric peaks nor a floor with sharp edges were found."));
        _verdicts.Add(few ? new("quality", "insufficient", why) : new("quality", "ok", $"About {Text(n1)} pairs are expected inside the dip."));
    }

    /// <summary>A failed gate: the verdicts are withheld.</summary>
    void Refuse(string code, string text)
    {
        Tell(code, text);
        if (_verdicts.Count > 0) return;
        _verdicts.Add(new("single_emitter", "undecided", text));
        _verdicts.Add(new("high_purity", "undecided", text));
        _verdicts.Add(new("artefact", "none", "Not looked for."));
        _verdicts.Add(new("quality", "insufficient", text));
    }

    Curve Curve(FitResult? fit, Resampled? resampled)
    {
        var bins = _axis.Bins;
        var known = new Dictionary<long, (double Low, double High)>();
        var (g, sigma, low, high) = (new double?[bins], new double?[bins], new double?[bins], new double?[bins]);
        for (var i = 0; i < bins; i++)
        {
            if (!(_flat[i] > 0)) continue;
            var n = counts.Pairs[i];
            if (!known.TryGetValue(n, out var interval)) known[n] = interval = PoissonDeviance.Interval(n, 0.6827);
            g[i] = n / _flat[i];
            low[i] = interval.Low / _flat[i];
            high[i] = interval.High / _flat[i];
            sigma[i] = 0.5 * (high[i] - low[i]);
        }

        var more = new Dictionary<string, Series>
        {
            ["counts"] = new("pairs", "1", [.. counts.Pairs.Select(n => (double?)n)]),
            ["lo68"] = new("lower end of the exact Poisson interval", "1", low),
            ["hi68"] = new("upper end of the exact Poisson interval", "1", high),
            ["masked"] = new("left out of the fit", "1", [.. _use.Select(use => use ? 0.0 : (double?)1)]),
        };
        if (resampled is not null) more["band"] = new("standard deviation over blocks of time", "1", [.. resampled.Band.Select(b => (double?)b)]);
        if (fit is not null)
            more["residual"] = new("residual", "sigma", [.. Enumerable.Range(0, bins).Select(i => (double?)(Math.Sign(_pairs[i] - fit.Mu[i]) * Math.Sqrt(Math.Max(PoissonDeviance.Of(_pairs[i], fit.Mu[i]), 0))))]);
        return new("g2", new("delay", "ns", [.. Enumerable.Range(0, bins).Select(i => (double?)Math.Round(_axis.Centre(i) * 1e9, 9))]), new("g2", "1", g) { Sigma = sigma })
        {
            Fit = fit is null ? null : [.. Enumerable.Range(0, bins).Select(i => _flat[i] > 0 ? fit.Mu[i] / _flat[i] : (double?)null)],
            More = more,
        };
    }

    AnalysisReport Done(IReadOnlyList<Curve> curves)
    {
        string[] numbers = ["g2_0_raw", "g2_0_fit", "g2_0_corr", "t1_ns", "a", "t2_ns", "n_emitters", "wings", "pairs_in_dip"];
        var ordered = numbers.Select(name => _quantities.Find(q => q.Name == name) ?? Quantity.Refused(name, name.EndsWith("_ns") ? "ns" : "1", "NO_FIT"))
            .Concat(_quantities.Where(q => !numbers.Contains(q.Name)));
        var parameters = new JsonObject();
        if (counts.Channels is ({ } a, { } b)) parameters["channels"] = new JsonArray(a, b);
        return new("g2.cw", 1)
        {
            Parameters = parameters,
            Quantities = [.. ordered],
            Verdicts = _verdicts,
            Messages = _messages,
            Curves = curves,
        };
    }

    static string Name(CwG2Model model) => model.ThreeLevel ? "three_level" : "two_level";

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => NumberText.Rounded(x);
}
