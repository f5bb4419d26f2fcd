using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>A pulsed measurement, counted: what g2.pulsed and g2.gated both begin with.</summary>
sealed class PulsedRun
{
    /// <summary>Share of a peak's pairs in its neighbours from which on peaks overlap.</summary>
    public const double Overlapping = 0.01;
    const int MostGaps = 3;

    readonly PulsedOptions _options;
    readonly List<Message> _messages = [];

    PulsedRun(PulsedOptions options, IReadOnlyDictionary<int, long> present) => (_options, Present) = (options, present);

    /// <summary>Photons seen on each channel before the pass. Without two detectors there was no pass.</summary>
    public IReadOnlyDictionary<int, long> Present { get; }

    /// <summary>The pairs; null without two detectors.</summary>
    public PulsedCounts? Counts { get; private set; }

    public PulsedPlan Plan => Counts!.Plan;
    public IReadOnlyList<Message> Messages => _messages;

    /// <summary>Time in which the dot was watched [s].</summary>
    public double Live { get; private set; }

    /// <summary>True where time zero was given or an edge was seen.</summary>
    public bool KnowsTimeZero { get; private set; }

    /// <summary>What the end of the decay does to the peaks; null where it does nothing.</summary>
    public PulsedTail? Tail => _tail.Value;

    Lazy<PulsedTail?> _tail = new(() => null);

    /// <summary>Fluctuations that the side peaks do not reach, from a second look at all photons when first asked for; null where they cannot be told.</summary>
    public PulsedSlow? Slow => _slow.Value;

    Lazy<PulsedSlow?> _slow = new(() => null);
    double _duration;
    IReadOnlyList<(double From, double To)> _live = [];

    /// <summary>Counts the pairs.</summary>
    /// <param name="gates">Gates after time zero [s].</param>
    /// <param name="response">The response measured with the same set-up, where there is one.</param>
    /// <exception cref="RequestException">The detectors cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not tell pulses.</exception>
    public static PulsedRun Read(
        PhotonStream photons, PulsedOptions options, IReadOnlyList<double> gates, Measurement? response,
        IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        if (options.Channels is { } chosen && (chosen.Count != 2 || chosen[0] == chosen[1]))
            throw new RequestException("The parameter \"channels\" should name two different detectors, such as [0, 1].");
        var clock = PulsedSurvey.Clock(photons, options.SyncChannel, options.SyncDivider, stop);
        if (options.Channels is { } named && clock.Laser is { } laser && named.Contains(laser))
            throw new RequestException($"Channel {laser} is the laser's; \"channels\" should name two detectors.");
        if (options.Window > clock.Period * (1 + 1e-6))
            throw new RequestException($"A window of {Text(options.Window.Value * 1e9)} ns is longer than the period of {Text(clock.Period * 1e9)} ns, so windows would overlap. Give a shorter window_ns, or none for whole periods.");
        var survey = PulsedSurvey.Of(photons, clock, options.Channels, stop);
        var run = new PulsedRun(options, survey.Photons);
        if (options.Channels is null && run.Present.Count > 2) throw TooMany(run.Present);
        var detectors = options.Channels ?? [.. run.Present.Keys.Order()];
        if (detectors.Count < 2 || detectors.Any(c => !run.Present.ContainsKey(c))) return run;

        var plan = run.Prepare(survey, clock, (detectors[0], detectors[1]), gates, response, stop);
        var counter = new PulsedCounter(plan, photons.HeaderDuration);
        var pass = PulsedSurvey.Pass(photons, clock, counter, progress is null ? null : new Forward(progress, photons.AvailableRecords), stop);
        var time = AcquisitionTime.Of(photons, pass,
            counter.LastPulse is { } last ? (long)(last * clock.Period / (photons.Tick ?? clock.Period)) : null);
        progress?.Report(new("fitting", photons.AvailableRecords, photons.AvailableRecords));
        var counts = counter.Finish(time.Seconds ?? (counter.LastPulse ?? 0) * clock.Period);
        run.Counts = counts;
        if (options.Channels is null && counts.Others.Count > 0)
            throw TooMany(counts.Others.Append(new(detectors[0], counts.Photons.A)).Append(new(detectors[1], counts.Photons.B)).ToDictionary());
        foreach (var finding in photons.Findings.Concat(pass.Findings).Concat(time.Findings).Where(f =>
            f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
            run._messages.Add(new(finding.Code, finding.Message));
        run.FindLiveTime(time);
        var (b1, b2) = run.Background;
        run._tail = new(() => PulsedTail.Of(counts.Plan, counts.Decay, b1 + b2 > 0 ? (b1 + b2) * run.Live : null, stop));
        run._slow = new(() => PulsedSlow.Of(photons, counts, run._duration, run._live, run.Share(), LatePulses(run.Tail), progress is null ? null : new Forward(progress, photons.AvailableRecords), stop));
        return run;
    }

    /// <summary>Where pulses begin and which gates there are.</summary>
    PulsedPlan Prepare(
        PulsedSurvey survey, PulsedClock clock, (int A, int B) detectors, IReadOnlyList<double> gates, Measurement? response, CancellationToken stop)
    {
        var given = Both(_options.IrfCentre, "irf_t0_ps");
        if (_options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
        var width = Both(_options.IrfSigma ?? _options.Jitter, "irf_sigma_ps");
        var (zeroA, zeroB) = (given?.A, given?.B);
        var (sigmaA, sigmaB) = (width?.A, width?.B);
        if (response is not null && given is null)
        {
            if (clock.Step <= 0)
                throw new RequestException("This file has no micro times with a unit, so a measured response (\"irf_file\") has nothing to say here; leave it out.");
            var (a, b) = (PulsedSurvey.Response(response, clock, detectors.A, stop), PulsedSurvey.Response(response, clock, detectors.B, stop));
            (zeroA, zeroB) = (a.Centre, b.Centre);
            _messages.Add(new("TIME_ZERO", $"Time zero from irf_file: {Text(a.Centre * 1e9)} ns on channel {detectors.A}, {Text(b.Centre * 1e9)} ns on channel {detectors.B} (width {Text(a.Sigma * 1e12)} and {Text(b.Sigma * 1e12)} ps)."));
        }

        var (first, second) = (survey.ZeroOf(detectors.A, zeroA, sigmaA), survey.ZeroOf(detectors.B, zeroB, sigmaB));
        // A detector with too few photons to show an edge: as the other one.
        if (!first.IsSeen) first = second;
        if (!second.IsSeen) second = first;
        KnowsTimeZero = first.IsSeen;
        if (!KnowsTimeZero && clock.Step > 0)
            _messages.Add(new("NO_EDGE", "The micro times show no rising edge, as steady light would have none: photons were given to the pulse of their record. Is the light pulsed, and is it the laser that is the sync?"));
        double[] ascending = KnowsTimeZero && clock.Step > 0 ? [.. gates.Where(g => g > 0).Distinct().Order()] : [];
        if (ascending.Length > 60) throw new RequestException($"{ascending.Length} gates are asked for; at most 60 can be scanned at once.");
        var plan = new PulsedPlan(clock, detectors, _options.SidePeaks, (first.Cut, second.Cut), (first.TimeZero, second.TimeZero), ascending,
            _options.Window is { } window ? Math.Min(window, clock.Period) : null);
        // A biexciton's photon is never late: pairs by pulse number would then spread less than those of the side peaks. By delay they spread alike.
        return plan.Window is null && PulsedTail.Of(plan, (survey.Decay(detectors.A).ToArray(), survey.Decay(detectors.B).ToArray()), null, stop) is { } tail
            && PulsedTail.Leak(tail.Spread(null)) > Overlapping ? plan with { Window = clock.Period } : plan;
    }

    void FindLiveTime(AcquisitionTime time)
    {
        var (counts, period) = (Counts!, Plan.Clock.Period);
        var (begin, end) = (counts.First * period, counts.Last * period);
        var duration = time.Seconds is > 0 and var told ? told : end;
        var silences = counts.Silences.Select(s => (From: s.From * period, To: s.To * period)).ToList();
        // Dark before the first photon and after the last one, judged like the silences between.
        var enough = Math.Max(0.1, 30 * duration / (counts.Photons.A + counts.Photons.B));
        if (begin > enough) silences.Insert(0, (0, begin));
        if (duration - end > enough) silences.Add((end, duration));
        // More than a few are a dot that goes dark, not a shutter.
        if (silences.Count > MostGaps) silences.Clear();
        var dark = silences.Sum(s => s.To - s.From);
        (_duration, Live) = (duration, duration - dark);
        double[] edges = [0, .. silences.SelectMany(s => new[] { s.From, s.To }), duration];
        _live = [.. Enumerable.Range(0, edges.Length / 2).Select(k => (edges[2 * k], edges[2 * k + 1])).Where(part => part.Item2 > part.Item1)];
        if (silences.Count > 0)
            _messages.Add(new("GAPS", $"{silences.Count} gap{(silences.Count == 1 ? "" : "s")} without a single photon on either detector, {Text(dark)} s in all (first at {Text(silences[0].From)} s), as a shutter makes. Rates and background use the live time, {Text(Live)} s."));
        if (counts.Disordered > 0)
            _messages.Add(new("DISORDER", $"{counts.Disordered} photons came after photons of later pulses. They were put where they belong."));
    }

    /// <summary>Uniform background of each detector [1/s].</summary>
    public (double A, double B) Background => Both(_options.Background, "background_cps") ?? (0, 0);

    /// <summary>Its standard error [1/s].</summary>
    public (double A, double B) BackgroundSigma => Both(_options.BackgroundSigma, "background_sigma_cps")
        ?? (Math.Sqrt(Background.A / Live), Math.Sqrt(Background.B / Live));

    /// <summary>Share of each detector's photons that come from the dot, and its standard error.</summary>
    ((double Value, double Sigma) A, (double Value, double Sigma) B) Share()
    {
        var (n1, n2) = Counts!.Photons;
        var (l1, l2) = Both(_options.LaserLeak, "laser_leak_cps") ?? (0, 0);
        return ((1 - (Background.A + l1) * Live / n1, BackgroundSigma.A * Live / n1), (1 - (Background.B + l2) * Live / n2, BackgroundSigma.B * Live / n2));
    }

    /// <summary>Pulses within which photons of a long decay come late.</summary>
    static int LatePulses(PulsedTail? tail) => tail is null ? 0 : (int)Math.Min(1000, Math.Ceiling(7 * tail.Lifetime / tail.Period));

    /// <summary>Photons of each detector that survive a gate.</summary>
    public (double A, double B) Survivors(int level)
    {
        var counts = Counts!;
        if (level == 0) return (counts.Photons.A, counts.Photons.B);
        double a = 0, b = 0;
        for (var d = 0; d < counts.Decay.A.Length; d++)
        {
            if (Plan.Level(false, d) >= level) a += counts.Decay.A[d];
            if (Plan.Level(true, d) >= level) b += counts.Decay.B[d];
        }

        return (a, b);
    }

    /// <summary>Pairs that background leaves in every peak behind a gate, and their standard error.</summary>
    /// <remarks>
    /// b = W (N1 B2 + N2 B1 - T B1 B2), N photons counted, B rates of the background, times the open share of the period behind
    /// a gate. Laser light l comes with the pulse: T Trep (s1 l2 + l1 s2 + l1 l2), s the dot's own rates.
    /// </remarks>
    public (double Pairs, double Sigma) BackgroundPairs(int level)
    {
        var (n1, n2) = Survivors(level);
        var (open1, open2) = (Plan.Open(false, level), Plan.Open(true, level));
        // More than all light is no background: then every pair may be one of it, and what is left for the dot says so.
        var (b1, b2) = (Math.Min(Background.A * open1, n1 / Live), Math.Min(Background.B * open2, n2 / Live));
        var (s1, s2) = (BackgroundSigma.A * open1, BackgroundSigma.B * open2);
        var period = Plan.Clock.Period;
        var window = Plan.Window ?? period;
        var pairs = window * (n1 * b2 + n2 * b1 - Live * b1 * b2);
        var (by1, by2) = (window * (n2 - Live * b2), window * (n1 - Live * b1));
        if (level > 0 && Plan.Window is not null && pairs > 0)
        {
            var gated = WindowedPairs(level, window);
            (by1, by2) = (by1 * gated / pairs, by2 * gated / pairs);
            pairs = gated;
        }

        if (level == 0 && Both(_options.LaserLeak, "laser_leak_cps") is var (l1, l2))
        {
            var (r1, r2) = (n1 / Live - b1 - l1, n2 / Live - b2 - l2);
            // Light of the laser is prompt, that of the dot late: a window leaves the part with a short delay.
            var within = Plan.Window is { } w && w < period && Tail is { } tail ? 1 - Math.Exp(-w / 2 / tail.Lifetime) : 1;
            pairs += Live * period * ((r1 * l2 + l1 * r2) * within + l1 * l2);
        }

        return (pairs, Math.Sqrt(by1 * by1 * s1 * s1 + by2 * by2 * s2 * s2));
    }

    /// <summary>The same behind a gate and within a window, where the background's delays are no longer even: from the decays.</summary>
    double WindowedPairs(int level, double window)
    {
        const int bins = 2048;
        var (counts, clock) = (Counts!, Plan.Clock);
        var pulses = Live / clock.Period;
        var n = new double[2][];
        var b = new double[2][];
        for (var k = 0; k < 2; k++)
        {
            (n[k], b[k]) = (new double[bins], new double[bins]);
            var decay = k == 0 ? counts.Decay.A : counts.Decay.B;
            var background = (k == 0 ? Background.A : Background.B) * Live * clock.Step / clock.Period;
            for (var d = 0; d < decay.Length; d++)
            {
                if (Plan.Level(k == 1, d) < level) continue;
                var bin = Math.Min((int)(Plan.Place(k == 1, d).Delay / clock.Period * bins), bins - 1);
                n[k][bin] += decay[d];
                if ((d + 1) * clock.Step <= clock.Period) b[k][bin] += background;
            }
        }

        var reach = Math.Min((int)(0.5 * window / clock.Period * bins), bins / 2 - 1);
        var sum = 0.0;
        for (var i = 0; i < bins; i++)
            for (var j = i - reach; j <= i + reach; j++)
            {
                var other = (j + bins) % bins;
                sum += n[0][i] * b[1][other] + b[0][i] * n[1][other] - b[0][i] * b[1][other];
            }

        return sum / pulses;
    }

    public static RequestException TooMany(IReadOnlyDictionary<int, long> present)
    {
        var channels = present.Keys.Order().ToArray();
        return new($"The file has photons on {present.Count} channels: {List(present)}. Say which two are the detectors with \"channels\", such as [{channels[0]}, {channels[1]}].");
    }

    public static string List(IReadOnlyDictionary<int, long> present) =>
        present.Count == 0 ? "none" : string.Join(", ", present.OrderBy(c => c.Key).Select(c => $"{c.Key} ({c.Value} photons)"));

    /// <summary>One value for each detector; a single one serves both.</summary>
    public static (double A, double B)? Both(IReadOnlyList<double>? values, string name) => CwG2.Both(values, name);

    public static string Text(double x) => NumberText.Rounded(x);

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }
}
