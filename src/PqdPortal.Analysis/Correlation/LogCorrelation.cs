using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// g2 over many decades of lag, from nanoseconds to seconds in one curve: shelving, blinking and drift, and whether the emitter flickers
/// faster than a trace can show.
/// </summary>
/// <remarks>
/// <see cref="LagCounter"/> counts; <see cref="ExponentialSum"/> is fitted; blocks of time left out in turn give the errors.
/// What it assumes and how it was checked: docs/analyses/g2-log.md.
/// </remarks>
public static class LogCorrelation
{
    /// <summary>Counts the pairs: the part that takes the photons.</summary>
    /// <returns>The pairs, the counter with what it saw beside them, and how long was measured.</returns>
    public static (LagCounts Counts, LagCounter Counter, AcquisitionTime Time) Count(
        PhotonStream photons, LogCorrelationOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options is { Channel: not null, Channels: not null })
            throw new RequestException("Give either \"channels\", for two detectors, or \"channel\", for one with itself.");
        if (options.Channels is { } two && (two.Count != 2 || two[0] == two[1]))
            throw new RequestException("The parameter \"channels\" should name two different detectors, such as [0, 1]; for one detector with itself give \"channel\".");
        if (photons.Tick is not { } unit || !(unit > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so lags have no length.");

        var hear = progress is null ? null : new Forward(progress, photons.AvailableRecords);
        var duration = photons.HeaderDuration is { } told && told > 0 ? told : Look(photons, unit, hear, stop);
        var grid = LagGrid.For(unit, options.From, Math.Min(options.To, Math.Max(duration / 10, 2 * Math.Max(options.From, unit))), options.PerDecade);
        var counter = new LagCounter(unit, grid, options.Channel is { } one ? [one] : options.Channels, duration, photons.AvailableRecords, photons.Threads);
        var pass = photons.Read(counter, hear, stop);
        var counts = counter.Finish(duration);
        var time = AcquisitionTime.Of(photons, pass, counter.Last);
        if (options is { Channel: null, Channels: null } && counter.Detectors is (>= 0 and var only, < 0))
        {
            // Nobody said which, and there is one only: its pairs with itself.
            counter = new LagCounter(unit, grid, [only], duration, photons.AvailableRecords, photons.Threads);
            photons.Read(counter, hear, stop);
            counts = counter.Finish(duration);
        }

        return (counts with { Duration = time.Seconds ?? duration }, counter, time with { Findings = [.. pass.Findings, .. time.Findings] });
    }

    /// <summary>Counts, fits and judges.</summary>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, LogCorrelationOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        var (counts, counter, time) = Count(photons, options, progress, stop);
        progress?.Report(new("fitting", photons.AvailableRecords, photons.AvailableRecords));
        return new LogCorrelationJudge(photons, options, counts, counter, time, stop).Report();
    }

    /// <summary>How long the run is, where the header does not say: a look at the clock of every photon.</summary>
    static double Look(PhotonStream photons, double unit, IProgress<long>? progress, CancellationToken stop)
    {
        var look = new LatestPhoton();
        var pass = photons.Read(look, progress, stop);
        return AcquisitionTime.Of(photons, pass, look.Time).Seconds is > 0 and var seconds ? seconds : unit * 1000;
    }

    sealed class LatestPhoton : IPhotonConsumer
    {
        public long? Time { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            foreach (var t in batch.Time)
                if (!(t <= Time)) Time = t;
        }
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }
}

/// <summary>From counted pairs to a report. One object for one report.</summary>
sealed class LogCorrelationJudge(
    PhotonStream photons, LogCorrelationOptions options, LagCounts counts, LagCounter counter, AcquisitionTime time, CancellationToken stop)
{
    const double TraceBin = 10e-3;       // [s] the usual bin of a trace: what is slower, a trace shows
    const double Afterpulses = 5e-6;     // [s] one detector sees its own afterpulses below
    const double Significant = 5;        // sigma of an amplitude
    const double Share = 0.1;            // of the whole amplitude that a component needs to speak for the blinking
    const double Silence = 0.1;          // [s]
    const double UnlikelySilence = 30;   // photons expected in a silence that is no chance
    const int MostGaps = 3;              // more silences are a dot that goes dark, not a shutter
    const double FewestPairs = 1000;

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Verdict> _verdicts = [];
    IReadOnlyList<(double From, double To)> _live = [];
    LagCurve _curve = LagCurve.Empty;

    long All => counter.Photons[0] + counter.Photons[1];

    public AnalysisReport Report()
    {
        foreach (var finding in photons.Findings.Concat(time.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        if (!ChannelsSpeak()) return Done(null, []);
        if (counter.WorstDisorder > 1e-6 || counter.Lost > 0)
            Tell("DISORDER", $"{counter.Disordered} photons came out of time order within their channel, the latest by {Text(counter.WorstDisorder * 1e6)} us. They were sorted in{(counter.Lost > 0 ? $"; {counter.Lost} came too late, or before time zero, and were left out" : "")}.");
        Live();
        _curve = LagCurve.Of(counts, _live, stop);
        var pairs = Enumerable.Range(0, _curve.Bins).Sum(counts.Pairs);
        var expected = _curve.Expected.Sum();
        Rates();
        if (_curve.Bins < 5 || pairs < FewestPairs && expected < FewestPairs)
        {
            Refuse("TOO_FEW_COINCIDENCES", _curve.Bins < 5
                ? $"The run lasts {Text(counts.Duration)} s and lags end at a tenth of it: {_curve.Bins} lag bins are left, too few for a curve. Begin at shorter lags or measure longer."
                : $"{pairs} pairs lie within all lags; a curve needs about {FewestPairs}. Measure about {Text(Math.Ceiling(counts.Duration * Math.Sqrt(FewestPairs / Math.Max(pairs, 1))))} s, or at a higher rate.");
            return Done(null, _curve.Bins > 0 ? [Curve(null, null)] : []);
        }

        if (photons.Mode == "T3")
            Tell("WHOLE_PERIODS", $"This file counts laser periods of {Text(counts.Grid.Unit * 1e9)} ns: lags are whole periods, so the peaks of pulsed light are averaged and pairs within one pulse are left out.");
        var use = Use();
        var (fit, choice) = _curve.Fit(use, All, stop);
        Judge(fit, choice, use);
        return Done(fit, [Curve(fit, use)]);
    }

    bool ChannelsSpeak()
    {
        var present = new SortedDictionary<int, long>(counter.Others.ToDictionary());
        var (a, b) = counter.Detectors;
        if (a >= 0 && counter.Photons[0] > 0) present[a] = counter.Photons[0];
        if (b >= 0 && counter.Photons[1] > 0) present[b] = counter.Photons[1];
        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options is { Channels: null, Channel: null } && present.Count > 2)
            throw new RequestException($"The file has photons on {present.Count} channels: {list}. Say which two are the detectors with \"channels\", such as [{present.Keys.First()}, {present.Keys.Skip(1).First()}], or which one with \"channel\".");
        IEnumerable<int> asked = options.Channel is { } one ? [one] : options.Channels ?? [];
        var silent = asked.Where(c => !present.ContainsKey(c)).ToArray();
        foreach (var c in silent) Refuse("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}. Without its photons there is nothing to correlate.");
        if (silent.Length > 0) return false;
        if (present.Count == 0)
        {
            Refuse("EMPTY_CHANNEL", "The file holds no photon; there is nothing to correlate.");
            return false;
        }

        if (!counts.Cross)
            Tell("ONE_DETECTOR", $"Channel {a} is correlated with itself: below {Afterpulses * 1e6:F0} us its afterpulses and dead time shape the curve, so those lags stay out of the fit. If its afterpulses last longer, choose a later beginning.");
        return true;
    }

    /// <summary>When photons were counted at all: everything but a few silences that chance cannot explain.</summary>
    void Live()
    {
        var duration = counts.Duration;
        var enough = Math.Max(Math.Max(Silence, 3 * counts.A.Point), UnlikelySilence * duration / Math.Max(All, 1));
        var gaps = new List<(double From, double To)>();
        var from = 0.0;
        var points = (int)Math.Min(counts.A.Points, Math.Ceiling(duration / counts.A.Point));
        for (var k = 0; k <= points; k++)
        {
            if (k < points && counts.A[k] + counts.B[k] == 0) continue;
            var to = k < points ? k * counts.A.Point : duration;
            if (to - from > enough) gaps.Add((from, to));
            from = (k + 1) * counts.A.Point;
        }

        if (gaps.Count is 0 or > MostGaps)
        {
            _live = [(0, duration)];
            return;
        }

        var live = new List<(double, double)>();
        var begin = 0.0;
        foreach (var gap in gaps)
        {
            if (gap.From > begin) live.Add((begin, gap.From));
            begin = gap.To;
        }

        if (duration > begin) live.Add((begin, duration));
        _live = live;
        Tell("GAPS", $"{gaps.Count} gap{(gaps.Count == 1 ? "" : "s")} without a single photon, {Text(gaps.Sum(gap => gap.To - gap.From))} s in all (first at {Text(gaps[0].From)} s), as a shutter makes. Rates and normalisation use the live time, {Text(LiveTime)} s. If the dot itself was dark then, its slowest blinking is missing here.");
    }

    double LiveTime => _live.Sum(part => part.To - part.From);

    /// <summary>Bins that the fit may use.</summary>
    int[] Use() => [.. Enumerable.Range(0, _curve.Bins).Where(j => _curve.Sigma[j] > 0 && (counts.Cross || counts.Grid.Span(j).From >= Afterpulses))];

    void Judge(ExponentialSum fit, ModelChoice choice, int[] use)
    {
        var flags = new List<string>();
        var (rho2, rhoSigma) = SignalShare();
        var pairs = use.Sum(counts.Pairs);
        double? Error(Func<double[], double> of) => _curve.Error(fit, use, of);

        var plateau = Enumerable.Range(0, fit.Components).Where(k => fit.Amplitude(k) > 0).ToArray();
        if (_messages.All(m => m.Code != "TOO_FEW_COINCIDENCES")) Tell("MODEL_CHOICE", choice.Words());
        var deviation = Math.Sqrt(Math.Max(0, fit.ChiSquare / Math.Max(use.Length - 2 * fit.Components, 1)));
        if (deviation > 2)
        {
            flags.Add("FIT_POOR");
            Tell("FIT_POOR", $"The curve is missed by {Text(deviation)} standard errors in the mean. Light that is pulsed without a sync in the file does that at lags near its period, and so does blinking by a power law, which no sum of three exponentials follows far. Look at the residuals; amplitude and time describe the curve only roughly.");
        }

        string flicker = "no", why;
        if (plateau.Length == 0)
        {
            // Steady light: how much could hide.
            var near = use.Where(j => counts.Grid.Centre(j) < TraceBin).DefaultIfEmpty(use[0]).ToArray();
            var weight = near.Sum(j => 1 / (_curve.Sigma[j] * _curve.Sigma[j]));
            double Level(Func<int, double> g) => near.Sum(j => (g(j) - 1) / (_curve.Sigma[j] * _curve.Sigma[j])) / weight;
            var level = Level(j => _curve.G[j]);
            var spread = new Spread();
            foreach (var row in _curve.Without) spread.Add(Level(j => row[j]));
            var sigma = Math.Max(1 / Math.Sqrt(weight), spread.JackknifeError);
            Amplitude("amplitude", level, sigma, "block-jackknife");
            _quantities.Add(Quantity.Refused("tau_us", "us", "NO_FLUCTUATION"));
            Tell("NO_FLUCTUATION", $"No blinking was found: the mean of g2 - 1 up to {TraceBin * 1e3:F0} ms is {level.ToString("G2", CultureInfo.InvariantCulture)} +- {Text(sigma)}, and no exponential makes the curve better. There is no time to give.");
            why = $"g2 - 1 is {level.ToString("G2", CultureInfo.InvariantCulture)} +- {Text(sigma)} up to 10 ms: no blinking is seen.";
        }
        else
        {
            var main = plateau.MaxBy(fit.Amplitude);
            var whole = plateau.Sum(fit.Amplitude);
            Component("", main);
            if (plateau.Length > 1)
            {
                Amplitude("amplitude_total", whole, Error(p => plateau.Sum(k => p[2 * k])), "block-jackknife");
                for (var n = 0; n < plateau.Length; n++) Component($"_{n}", plateau[n]);
            }

            var slow = plateau.Where(k => fit.Amplitude(k) > Significant * (Error(p => p[2 * k]) ?? double.PositiveInfinity) && fit.Amplitude(k) >= Share * whole).ToArray();
            var total = Error(p => plateau.Sum(k => p[2 * k]));
            var sure = total is > 0 && whole > Significant * total && slow.Length > 0;
            var slowest = slow.Length > 0 ? fit.Time(slow[^1]) : (double?)null;
            flicker = sure && slowest < TraceBin ? "yes" : "no";
            why = !sure ? $"The amplitude {Text(whole)} +- {Text(total ?? 0)} is not 5 sigma above zero."
                : flicker == "yes" ? $"The amplitude {Text(whole)} is {Text(whole / total!.Value)} sigma above zero and its slowest time, {Text(slowest!.Value * 1e6)} us, is shorter than a trace bin of 10 ms."
                : $"The slowest significant time, {Text(slowest!.Value * 1e3)} ms, is no shorter than a trace bin of 10 ms: a trace shows it.";
            if (flicker == "yes")
                Tell("FLICKER", $"The emitter switches within {Text(slowest!.Value * 1e6)} us, faster than the bins of a trace: ON and OFF times must not be taken from a binned trace. Change points can find them only where about 30 photons fall into a dwell; here {Text(counter.Photons.Sum() / LiveTime * slowest.Value)} do in that time.");
            if (fit.AtBound[main] || fit.Time(main) > 0.05 * counts.Duration)
                Tell("NONSTATIONARY", $"The main fluctuation, {Text(fit.Time(main))} s, is not short against the run of {Text(counts.Duration)} s (a twentieth at most): its amplitude and time, and their errors, rest on a few swings. Measure longer, or read it as a drift.");
        }

        _verdicts.Add(new("flicker", flicker, why));
        _verdicts.Add(new("quality", "ok", $"{pairs.ToString("N0", CultureInfo.InvariantCulture)} pairs rest in {use.Length} lag bins."));

        void Component(string suffix, int k)
        {
            var doubtful = new List<string>(flags);
            if (fit.AtBound[k]) doubtful.Add("RANGE_SHORT");
            Amplitude($"amplitude{suffix}", fit.Amplitude(k), Error(p => p[2 * k]), "block-jackknife", doubtful);
            var (t, ln) = (fit.Time(k) * 1e6, fit.AtBound[k] ? null : Error(p => p[2 * k + 1]));
            _quantities.Add(new($"tau{suffix}_us", t, t * ln, ln is { } s ? t * Math.Exp(-1.959964 * s) : null, ln is { } e && Math.Exp(1.959964 * e) is < 1e6 and var up ? t * up : null, "us")
            {
                N = pairs, Method = "block-jackknife", Grade = doubtful.Count > 0 ? Grade.Warn : Grade.Ok, Flags = doubtful,
            });
        }

        void Amplitude(string name, double raw, double? sigma, string method, IReadOnlyList<string>? doubtful = null)
        {
            if (name == "amplitude" && options.Background is not null)
                _quantities.Add(Quantity.Of("amplitude_raw", raw, sigma, "1") with { N = pairs, Method = method });
            if (rho2 is not { } share)
            {
                _quantities.Add(Quantity.Refused(name, "1", "BACKGROUND_EXCEEDS_SIGNAL"));
                return;
            }

            var error = sigma is { } s ? Math.Sqrt(s * s + Math.Pow(raw / share * rhoSigma, 2)) / share : (double?)null;
            _quantities.Add(Quantity.Of(name, raw / share, error, "1") with
            {
                N = pairs, Method = method, Grade = doubtful is { Count: > 0 } ? Grade.Warn : Grade.Ok, Flags = doubtful ?? [],
            });
        }
    }

    /// <summary>rho² = (S1/R1)(S2/R2), by which uncorrelated light lowers every amplitude, and its error; null where nothing is left.</summary>
    (double? Value, double Sigma) SignalShare()
    {
        var (ra, rb) = (counter.Photons[0] / LiveTime, counter.Photons[counts.Cross ? 1 : 0] / LiveTime);
        var (ba, bb) = options.Background switch
        {
            null or [] => (0, 0),
            [var both] => (both, both),
            [var first, var second] when counts.Cross => (first, second),
            _ => throw new RequestException($"The parameter \"background_cps\" takes one value for each detector, or one for all; found {options.Background.Count}."),
        };
        var (a, b) = (1 - ba / ra, 1 - bb / rb);
        if (a > 0 && b > 0) return (a * b, Math.Sqrt(Math.Pow(b * Math.Sqrt(ba / LiveTime) / ra, 2) + Math.Pow(a * Math.Sqrt(bb / LiveTime) / rb, 2)));
        Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background ({Text(ba)} and {Text(bb)} cps) is not below the rate ({Text(ra)} and {Text(rb)} cps), so no signal is left and no amplitude can be given. Measure the background again on this sample.");
        return (null, 0);
    }

    void Rates()
    {
        var spread = new Spread();
        var per = Enumerable.Range(0, _curve.Without.Length).Select(b => _live.Sum(part =>
            counts.A.Between(Clip(part.From, b), Clip(part.To, b)) + (counts.Cross ? counts.B.Between(Clip(part.From, b), Clip(part.To, b)) : 0)) is var n
            && _live.Sum(part => Clip(part.To, b) - Clip(part.From, b)) is > 0 and var length ? n / length : double.NaN).Where(double.IsFinite).ToArray();
        foreach (var rate in per) spread.Add(rate);
        var mean = All / LiveTime;
        var sigma = Math.Max(Math.Sqrt(All) / LiveTime, per.Length >= BlockResampling.FewestBlocks ? spread.Deviation / Math.Sqrt(per.Length) : 0);
        _quantities.Add(Quantity.Of("mean_cps", mean, sigma, "cps") with { N = All, Method = "block-jackknife" });
        if (counts.Cross)
        {
            _quantities.Add(Quantity.Of("rate_a_cps", counter.Photons[0] / LiveTime, Math.Sqrt(counter.Photons[0]) / LiveTime, "cps") with { N = counter.Photons[0], Method = "exact-poisson" });
            _quantities.Add(Quantity.Of("rate_b_cps", counter.Photons[1] / LiveTime, Math.Sqrt(counter.Photons[1]) / LiveTime, "cps") with { N = counter.Photons[1], Method = "exact-poisson" });
        }

        _quantities.Add(Quantity.Of("duration_s", LiveTime, null, "s"));

        double Clip(double at, int block) => Math.Clamp(at, block * counts.BlockLength, Math.Min((block + 1) * counts.BlockLength, counts.Duration));
    }

    /// <summary>A failed gate: the verdict is withheld.</summary>
    void Refuse(string code, string text)
    {
        Tell(code, text);
        if (_verdicts.Count > 0) return;
        _verdicts.Add(new("flicker", "undecided", text));
        _verdicts.Add(new("quality", "insufficient", text));
    }

    Curve Curve(ExponentialSum? fit, int[]? use)
    {
        var index = Enumerable.Repeat(-1, _curve.Bins).ToArray();
        for (var i = 0; i < use?.Length; i++) index[use[i]] = i;
        double?[] Each(Func<int, double?> of) => [.. Enumerable.Range(0, _curve.Bins).Select(j => _curve.Expected[j] > 0 && of(j) is { } x && double.IsFinite(x) ? x : (double?)null)];
        double? Model(int j) => fit is null || index[j] < 0 ? null : 1 + fit.Value(index[j]);
        var more = new Dictionary<string, Series>
        {
            ["counts"] = new("pairs", "1", Each(j => counts.Pairs(j))),
            ["from"] = new("beginning of the bin", "s", Each(j => Round(counts.Grid.Span(j).From))),
            ["to"] = new("end of the bin", "s", Each(j => Round(counts.Grid.Span(j).To))),
            ["poisson"] = new("standard error of the counted pairs alone", "1", Each(j => _curve.Poisson[j])),
            ["masked"] = new("left out of the fit", "1", Each(j => use is null || index[j] >= 0 ? 0 : 1)),
        };
        if (fit is not null)
        {
            more["residual"] = new("residual", "sigma", Each(j => (_curve.G[j] - Model(j)) / _curve.Sigma[j]));
            for (var k = 0; k < fit.Components && fit.Components > 1; k++)
            {
                var component = k;
                more[$"component_{k}"] = new($"component of {Text(fit.Time(k) * 1e6)} us", "1", Each(j => index[j] < 0 ? null : 1 + fit.Value(component, index[j])));
            }
        }

        return new("g2", new("lag", "s", Each(j => Round(counts.Grid.Centre(j)))), new("g2", "1", Each(j => _curve.G[j])) { Sigma = Each(j => _curve.Sigma[j]) })
        {
            Fit = fit is null ? null : Each(Model),
            More = more,
        };

        static double Round(double x) => double.Parse(x.ToString("G9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    AnalysisReport Done(ExponentialSum? fit, IReadOnlyList<Curve> curves)
    {
        (string Name, string Unit)[] numbers = [("amplitude", "1"), ("tau_us", "us"), ("mean_cps", "cps")];
        var parameters = new JsonObject();
        if (counter.Detectors is (>= 0 and var a, var b))
            if (counts.Cross) { if (b >= 0) parameters["channels"] = new JsonArray(a, b); }
            else parameters["channel"] = a;
        return new("g2.log", 1)
        {
            Parameters = parameters,
            Quantities = [.. numbers.Select(one => _quantities.Find(q => q.Name == one.Name) ?? Quantity.Refused(one.Name, one.Unit, "NO_FIT")),
                .. _quantities.Where(q => numbers.All(one => one.Name != q.Name))],
            Verdicts = _verdicts,
            Messages = _messages,
            Curves = curves,
        };
    }

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => NumberText.Rounded(x);
}
