using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>
/// Why the dot blinks: does its lifetime fall as its brightness does (type A, a charge opens a faster way), or stay (type B,
/// carriers are caught before they relax)? Or cannot it be told, and why.
/// </summary>
/// <remarks>
/// Changes of the light and levels as for blinking; then a second pass with known segments (<see cref="SegmentDecays"/>), lifetimes
/// of all levels fitted together (<see cref="LevelLifetimes"/>), the line ln tau = c + s ln I through them, and a look for flicker,
/// which makes mixtures of levels (<see cref="FlickerCounter"/>). After Galland et al., Nature 479, 203 (2011). What it assumes and
/// how it was checked: docs/analyses/blinking-type.md.
/// </remarks>
public static class BlinkingType
{
    /// <summary>Finds the levels, fits their lifetimes and judges.</summary>
    /// <param name="irf">A measurement of the response; null without one.</param>
    /// <exception cref="RequestException">Detectors, responses or options do not fit together.</exception>
    /// <exception cref="InsufficientDataException">There is no time since the pulse, or too little light.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, Measurement? irf, BlinkingTypeOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        Check(options);
        // First, because without a time since the pulse there is no question.
        var decays = DecaySet.Of(photons, null, progress, stop);
        var response = irf is null ? null : DecaySet.Of(irf, null, progress, stop);
        var record = BlinkingRecord.Of(photons, new BlinkingOptions
        {
            Channels = options.Channels, Confidence = options.Confidence, MaxLevels = options.MaxLevels, BinWidth = options.BinWidth, Background = options.Background,
        }, progress, stop);
        return Of(photons, decays, response, record.Segments, record.Levels, options, progress, stop);
    }

    /// <summary>Fits and judges levels that were found.</summary>
    /// <param name="decays">Of all photons.</param>
    /// <param name="irf">Decays of the response; null without.</param>
    /// <param name="segments">Ascending.</param>
    public static AnalysisReport Of(
        PhotonStream photons, DecaySet decays, DecaySet? irf, IReadOnlyList<Segment> segments, LevelSet levels, BlinkingTypeOptions options,
        IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        new BlinkingTypeJudge(photons, decays, irf, segments, levels, options, progress, stop).Report();

    static void Check(BlinkingTypeOptions options)
    {
        if (options.Channels is { } chosen && (chosen.Count == 0 || chosen.Distinct().Count() < chosen.Count))
            throw new RequestException("The parameter \"channels\" should name different detectors, such as [0, 1].");
        if (options is { Jitter: { } jitter, IrfSigma: { } irf } && !jitter.SequenceEqual(irf))
            throw new RequestException("The parameters \"jitter_sigma_ps\" and \"irf_sigma_ps\" mean the same here but differ; give one of them.");
    }
}

/// <summary>From photons with known segments to a report. One object for one report.</summary>
sealed class BlinkingTypeJudge(
    PhotonStream photons, DecaySet counted, DecaySet? irf, IReadOnlyList<Segment> segments, LevelSet levels, BlinkingTypeOptions options,
    IProgress<AnalysisProgress>? progress, CancellationToken stop)
{
    const double LeastTime = 0.01;        // share of a level that is a state and no mixture of short dwells
    const double LeastSignal = 1000, LeastIntensity = 3, WorstTau = 0.3;
    const double LeastRatio = 1.5, LeakBelow = 0.05, LeakMost = 0.5;
    const double Border = 0.3, Sure = 3;
    const double PiledUp = 0.05;
    const int MostPoints = 5000;

    readonly List<Message> _messages = [];
    readonly List<Quantity> _quantities = [];
    readonly List<Curve> _curves = [];
    readonly List<string> _flags = [];
    readonly double _tick = photons.Tick!.Value;

    DecayHistogram[] _decays = [];
    double[]? _background;

    public AnalysisReport Report()
    {
        foreach (var finding in counted.Findings.Where(f => f.Code is "SYNC_PERIOD_MISMATCH")) Tell(finding.Code, finding.Message);
        if (!DetectorsSpeak(out var why)) return Refused(why);
        var axis = DecayAxis.Of(_decays, irf, Rhythm(), _tick);
        var duration = counted.Duration ?? segments[^1].To;
        if (LevelLifetimes.Look(axis, duration, _background, Each(options.IrfCentre, "irf_t0_ps"), Each(Widths, "irf_sigma_ps"), stop) is not { } whole)
        {
            Tell("NO_FIT", "No decay could be fitted to the photons of the run; the curve does not look like one. Look at the decay with the analysis \"lifetime\".");
            return Refused("no decay could be fitted");
        }

        if (whole.TooLarge is { } channel)
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background given for channel {channel} is more than all that it counted; it was fitted instead. Was it measured with the same settings?");

        if (whole.IsFlat)
        {
            Tell("NO_DECAY", $"A flat level describes the {_decays.Sum(decay => decay.Photons)} photons as well as a decay does: no light of the pulse stands above the background, as with a continuous laser. Lifetimes need a pulsed laser that is on the sync input.");
            return Refused("nothing decays after the pulse");
        }

        var (decays, flid, flicker) = Count(axis, whole);
        // Levels without photons behind the ends of their segments tell nothing.
        int[] seen = [.. Enumerable.Range(0, levels.Rate.Length).Where(l => decays.Time[l] > 0 && decays.Counts[l].Sum(detector => detector.Sum()) >= 20)];
        if (LevelLifetimes.Of(whole, decays, seen, stop) is not { } fitted)
        {
            Tell("TOO_FEW_PHOTONS", $"Without the ends of its {segments.Count} segments the run holds too few photons for a lifetime of any level. Measure longer, or with more light.");
            return Refused("no level has enough photons for a lifetime", flicker);
        }

        TellOfBackground(fitted, whole);
        return Judge(fitted, decays, flid, flicker, whole, axis);
    }

    // ---- what was measured ----

    bool DetectorsSpeak(out string why)
    {
        var silent = options.Channels?.Where(c => !counted.Present.ContainsKey(c)).ToArray() ?? [];
        foreach (var c in silent)
            Tell("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {counted.Words}. Without its photons there is no lifetime of them.");
        var asked = counted.Only(options.Channels).Decays;
        why = silent.Length > 0 ? $"channel {string.Join(", ", silent)} has no photons" : "there is no photon with a time since the laser pulse";
        if (silent.Length > 0 || asked.Count == 0) return false;
        if (options.Background is { Count: > 1 } given && given.Count != asked.Count)
            throw new RequestException($"The parameter \"background_cps\" takes one value for each of the {asked.Count} detectors (channel {string.Join(", ", asked.Select(decay => decay.Channel))}), or one for all; found {given.Count}.");
        var most = asked.Max(decay => decay.Photons);
        var used = Enumerable.Range(0, asked.Count).Where(d => asked[d].Photons >= 1000 || asked[d].Photons >= 0.01 * most).ToArray();
        if (used.Length < asked.Count)
            Tell("CHANNEL_LEFT_OUT", $"Of {asked.Count - used.Length} of the {asked.Count} channels there are hardly any photons; lifetimes rest on channel {string.Join(", ", used.Select(d => asked[d].Channel))}.");
        _decays = [.. used.Select(d => asked[d])];
        _background = options.Background is not { Count: > 0 } rates ? null : [.. used.Select(d => rates.Count == 1 ? rates[0] : rates[d])];
        return true;
    }

    IReadOnlyList<double>? Widths => options.IrfSigma ?? options.Jitter;

    double[]? Each(IReadOnlyList<double>? values, string name)
    {
        if (values is null or []) return null;
        if (irf is not null) throw new RequestException("Give either a measured response (irf_file) or a Gaussian one (irf_t0_ps, irf_sigma_ps), not both.");
        return values.Count == 1 ? [.. _decays.Select(_ => values[0])]
            : values.Count == _decays.Length ? [.. values]
            : throw new RequestException($"The parameter \"{name}\" takes one value for each of the {_decays.Length} detectors (channel {string.Join(", ", _decays.Select(decay => decay.Channel))}), or one for all; found {values.Count}.");
    }

    SyncRhythm? Rhythm() => photons.HasDtime ? null : SyncRhythm.Of(photons, stop);

    (SegmentDecays Decays, Flid Map, Flicker Flicker) Count(DecayAxis axis, LevelLifetimes.Whole whole)
    {
        var moment = whole.Moment();
        var brightest = Enumerable.Range(0, levels.Rate.Length).Where(l => levels.TimeShare[l] >= LeastTime).Select(l => levels.Rate[l]).DefaultIfEmpty(levels.Rate.Max()).Max();
        var top = Math.Max(brightest * (1 + Math.Abs(levels.Drift) * 0.5 * segments[^1].To) - whole.Background, 0.1 * brightest);
        var flid = new Flid(moment, Math.Max(options.BinWidth, _tick), whole.Background, 1.1 * (top + 3 * Math.Sqrt(brightest / options.BinWidth)), 4 * whole.Tau * axis.BinWidth);
        var decays = new SegmentDecays(segments, levels.LevelOf, levels.Rate.Length, axis, moment, flid, _tick);
        var flicker = new FlickerCounter(segments, _tick, options.Channels, options.BinWidth, levels.LevelOf);
        photons.Read(new Together([decays, flicker]), progress is null ? null : new Forward(progress, photons.AvailableRecords), stop);
        decays.Finish();
        progress?.Report(new("fitting", 0, 0));
        return (decays, flid, flicker.Finish());
    }

    void TellOfBackground(LevelLifetimes fitted, LevelLifetimes.Whole whole)
    {
        if (whole.Known.All(known => known)) return;
        var period = _decays[0].Period is { } p ? $", flat over the {Text(p * 1e9)} ns from pulse to pulse," : "";
        Tell("BACKGROUND_ESTIMATED", $"No background was given. The uniform part of all decays{period} is {Text(fitted.Background)}{(fitted.BackgroundSigma is { } sigma ? $" +- {Text(sigma)}" : "")} cps and was taken for it; its error is in all results. Measure the background beside the dot and give background_cps: a dark OFF level is then known for what it is.");
    }

    // ---- what it means ----

    AnalysisReport Judge(LevelLifetimes fitted, SegmentDecays decays, Flid flid, Flicker flicker, LevelLifetimes.Whole whole, DecayAxis axis)
    {
        var all = fitted.Levels;
        var states = Enumerable.Range(0, all.Count).Where(k => levels.TimeShare[all[k].Level] >= LeastTime).ToArray();
        if (states.Length == 0) states = [all.Count - 1];
        var (off, on) = (states[0], states[^1]);
        var usable = states.Where(k => IsUsable(all[k])).ToList();
        foreach (var reason in levels.Unreliable) Tell("LEVELS_UNRELIABLE", $"{char.ToUpperInvariant(reason[0])}{reason[1..].TrimEnd('.')}. Lifetimes of single levels lean on them; the slope through all of them hardly does.");
        if (flicker.IsFlickering)
        {
            _flags.Add("FLICKER");
            Tell("FLICKER", $"The light fluctuates faster than the segments follow: {flicker.Why}. Levels are mixtures then, and so are their lifetimes; type A and B cannot be told apart. Look at the correlation over lag (g2.log) instead.");
        }

        if (Math.Abs(fitted.Goodness) > 5)
            Tell("FIT_POOR", $"The deviance of the decays lies {Text(fitted.Goodness)} standard deviations from what the model would leave; errors are widened. Look at the decay with the analysis \"lifetime\": the response, or the law of a level, may be another one.");
        var piledUp = all[on].Intensity / _decays.Length * (_decays[0].Period ?? 0);
        if (piledUp > PiledUp)
            Tell("PILEUP", $"The brightest level sends {Text(100 * piledUp)} photons in 100 laser pulses to each detector. Electronics that take only the first of each pulse shorten its lifetime by about a quarter of that share; measure with less light.");

        // Light that leaks out of the brightest level has its lifetime, however dim it looks.
        var flashes = all.Select((level, k) => flicker.Flashes(level.Level, all[on].Intensity - level.Intensity)).ToArray();
        var leaks = usable.Where(k => k != on && usable.Contains(on) && IsAlike(fitted, k, on)
            && (all[k].Intensity < LeakBelow * all[on].Intensity || flashes[k].Value > LeakMost * all[k].Intensity)).ToArray();
        foreach (var k in leaks)
        {
            usable.Remove(k);
            Tell("LEAKAGE", $"Level {all[k].Level} has {Text(100 * all[k].Intensity / all[on].Intensity)} % of the brightest level's light, with the same decay. Flashes of the brightest level that are too short to be found look just so{(flashes[k].Value > 0 ? $", and counts within its segments rise and fall together as much as {Text(flashes[k].Value)} of its {Text(all[k].Intensity)} cps in such flashes would make them" : "")}. Its lifetime says nothing of the level itself. More light, or a longer run of slower blinking, would show it.");
        }

        var line = usable.Count < 2 ? null : LifetimeLine.Through([.. usable.Select(k => Math.Log(all[k].Intensity))], [.. usable.Select(k => Math.Log(all[k].Tau!.Value))], Part(fitted, usable));
        Numbers(fitted, states, usable, leaks, line, whole, flashes);
        var rank = Segments(decays, whole, fitted.Background);
        var (type, why) = Type(fitted, states, usable, leaks, line, flicker);
        if (rank is not null && type is "A" or "B")
        {
            var agrees = type == "A" ? rank!.Lo95 > 0 : !(rank!.Lo95 > 0.3);
            why += $"; segment by segment lifetime and intensity have a rank correlation of {Text(rank.Value)} ({Text(rank.Lo95)} to {Text(rank.Hi95)}), which {(agrees ? "agrees" : "does not agree")}";
            if (!agrees) Tell("SEGMENTS_DISAGREE", $"The levels say type {type}, the rank correlation of lifetime and intensity over single segments is {Text(rank.Value)} ({Text(rank.Lo95)} to {Text(rank.Hi95)}). Look at the map: the dot may do both.");
        }

        _curves.Add(flid.Map());
        var bins = flid.Inside + flid.Dim + flid.Beyond;
        if (flid.Inside < 0.5 * bins)
            Tell("BINS_TOO_DIM", $"Of {bins} bins of {Text(flid.Bin * 1e3)} ms with light only {flid.Inside} have {Flid.LeastSignal} photons of signal and a lifetime on the axis; the map shows those. Choose longer bins (bin_ms), or look at the segments.");
        LevelCurves(fitted, usable, line, decays, axis);
        FlickerCurve(flicker);

        var enough = usable.Count > 0;
        return new("blinking.type", 1)
        {
            Parameters = Settled(),
            Quantities = _quantities,
            Verdicts =
            [
                new("blinking_type", type, why), new("flicker", flicker.IsFlickering ? "yes" : "no", flicker.Why),
                enough ? new("quality", "ok", $"{all.Sum(level => level.Photons)} photons in {states.Length} {(states.Length == 1 ? "level" : "levels")}, {usable.Count} of them with a lifetime")
                    : new("quality", "insufficient", "no level has a lifetime to speak of"),
            ],
            Messages = _messages,
            Curves = _curves,
        };
    }

    static bool IsUsable(LevelLifetime level) =>
        level is { Tau: { } tau, TauSigma: { } sigma } && level.Signal >= LeastSignal && level.Intensity > LeastIntensity * level.IntensitySigma && sigma < WorstTau * tau;

    /// <summary>True where a level's lifetime differs from that of another by no more than type B allows.</summary>
    static bool IsAlike(LevelLifetimes fitted, int k, int other)
    {
        var (one, two) = (fitted.Levels[k], fitted.Levels[other]);
        var distance = Math.Abs(Math.Log(one.Tau!.Value / two.Tau!.Value));
        var n = fitted.Levels.Count;
        var sigma = Math.Sqrt(Math.Max(fitted.Covariance[k, k] + fitted.Covariance[other, other] - 2 * fitted.Covariance[k, other], 0) + 2 * LifetimeLine.Systematic * LifetimeLine.Systematic);
        return distance - Sure * sigma < Border * Math.Log(two.Intensity / one.Intensity);
    }

    /// <summary>Covariance of some levels alone.</summary>
    static double[,] Part(LevelLifetimes fitted, IReadOnlyList<int> which)
    {
        int[] places = [.. which, .. which.Select(k => k + fitted.Levels.Count)];
        var part = new double[places.Length, places.Length];
        for (var a = 0; a < places.Length; a++)
            for (var b = 0; b < places.Length; b++)
                part[a, b] = fitted.Covariance[places[a], places[b]];
        return part;
    }

    (string Type, string Why) Type(LevelLifetimes fitted, int[] states, List<int> usable, int[] leaks, LifetimeLine? line, Flicker flicker)
    {
        const string unknown = "undetermined";
        var all = fitted.Levels;
        if (flicker.IsFlickering) return (unknown, $"the light flickers, so levels are mixtures: {flicker.Why}");
        if (line is null || usable.Count < 2)
        {
            if (states.Length < 2) return (unknown, "fewer than two levels: the dot keeps one brightness, so there is nothing to compare");
            if (leaks.Length > 0)
                return (unknown, $"the OFF level has {Text(100 * all[leaks[0]].Intensity / all[states[^1]].Intensity)} % of the bright level's light with the same decay, as flashes too short to be found have; its own lifetime is not seen");
            var dark = states.Where(k => all[k].Tau is null || !(all[k].Intensity > LeastIntensity * all[k].IntensitySigma)).ToArray();
            if (dark.Length > 0)
                return (unknown, $"the OFF level is background only: its {Text(levels.Rate[all[dark[0]].Level])} cps show no light of the pulse above {(_background is null ? "the uniform part of the decays" : "the background given")} ({Text(all[dark[0]].Intensity)} +- {Text(all[dark[0]].IntensitySigma)} cps), so it has no lifetime to compare");
            var few = states.Where(k => !usable.Contains(k)).Select(k => all[k]).ToArray();
            return (unknown, $"fewer than two usable levels: {string.Join(", ", few.Select(level => $"level {level.Level} has {Text(Math.Max(level.Signal, 0))} photons of signal{(level is { Tau: { } tau, TauSigma: { } sigma } ? $" and a lifetime of {Text(tau * 1e9)} +- {Text(sigma * 1e9)} ns" : "")}"))}; {LeastSignal} photons and 30 % are needed. Measure longer");
        }

        var (dim, bright) = (all[usable[0]], all[usable[^1]]);
        var ratio = bright.Intensity / dim.Intensity;
        var slope = $"slope {Text(line.Slope)} +- {Text(line.Sigma)} of ln lifetime over ln intensity";
        if (ratio < LeastRatio) return (unknown, $"the levels differ in brightness by a factor of {Text(ratio)} only, below {LeastRatio}: too little for lifetimes to tell ({slope})");
        if (OnlyFades()) return (unknown, $"the light only fades or only grows, in steps of less than a factor of 2: it drifts through its levels and does not blink between them ({slope})");
        var (low, high) = (line.Slope - Sure * line.Sigma, line.Slope + Sure * line.Sigma);
        if (usable.Count > 2 && Mixed(fitted, usable) is { } mixed) return (unknown, $"mixed: {mixed}, so the dot seems to do both ({slope})");
        if (low > Border) return ("A", $"the lifetime falls with the intensity: {slope}, with three errors above {Border}; {Trion(fitted, usable)}");
        if (high < Border && line.Slope > -Border && states.FirstOrDefault(k => IsDark(all[k], all[states[^1]], usable.Contains(k)), -1) is >= 0 and var nothing)
            return (unknown, $"the grey levels have the lifetime of the bright one ({slope}), but level {all[nothing].Level} is dark ({Text(all[nothing].Intensity)} +- {Text(all[nothing].IntensitySigma)} cps of signal): changes between bright and dark too fast to be found would look just so");
        if (high < Border && line.Slope > -Border) return ("B", $"the intensity falls to 1/{Text(ratio)} and the lifetime does not: {slope}, with three errors below {Border}");
        return (unknown, line.Slope <= -Border ? $"the lifetime grows as the light gets dimmer ({slope}), which neither type does: look for light from elsewhere in the dim level"
            : $"{slope} is too near the limit of {Border} to tell type A from B with three errors; more photons in the dim level would");
    }

    /// <summary>True where a level has next to no light of its own that is known.</summary>
    static bool IsDark(LevelLifetime level, LevelLifetime brightest, bool isUsable) =>
        level.Tau is null || !isUsable && level.Intensity < Math.Max(LeakBelow * brightest.Intensity, LeastIntensity * level.IntensitySigma);

    /// <summary>True where a course that only falls, or only rises, without a large step, describes the light: it does not blink.</summary>
    /// <remarks>Isotonic regression of the segments' rates; what deviates from it by a fifth may hold 2 % of the photons.</remarks>
    bool OnlyFades()
    {
        var all = segments.Sum(segment => (double)segment.Photons);
        foreach (var direction in new[] { 1, -1 })
        {
            var course = new List<(double Time, double Photons, int Segments)>();
            foreach (var segment in direction > 0 ? segments : segments.Reverse())
            {
                course.Add((segment.Duration, segment.Photons, 1));
                while (course.Count > 1 && course[^2].Photons * course[^1].Time > course[^1].Photons * course[^2].Time)
                {
                    course[^2] = (course[^2].Time + course[^1].Time, course[^2].Photons + course[^1].Photons, course[^2].Segments + course[^1].Segments);
                    course.RemoveAt(course.Count - 1);
                }
            }

            var (at, apart, steepest) = (0, 0.0, 1.0);
            for (var i = 0; i < course.Count; i++)
            {
                var rate = course[i].Photons / course[i].Time;
                if (i > 0) steepest = Math.Max(steepest, rate / (course[i - 1].Photons / course[i - 1].Time));
                for (var k = 0; k < course[i].Segments; k++, at++)
                {
                    var segment = direction > 0 ? segments[at] : segments[segments.Count - 1 - at];
                    if (Math.Abs(segment.Rate / rate - 1) > 0.2) apart += segment.Photons;
                }
            }

            if (apart < 0.02 * all && steepest < 2) return true;
        }

        return false;
    }

    /// <summary>Neighbouring levels that follow type A beside others that follow type B; null where they do not.</summary>
    static string? Mixed(LevelLifetimes fitted, List<int> usable)
    {
        string? a = null, b = null;
        for (var i = 1; i < usable.Count; i++)
        {
            var (one, two) = (fitted.Levels[usable[i - 1]], fitted.Levels[usable[i]]);
            if (two.Intensity < LeastRatio * one.Intensity) continue;
            int[] pair = [usable[i - 1], usable[i]];
            if (LifetimeLine.Through([Math.Log(one.Intensity), Math.Log(two.Intensity)], [Math.Log(one.Tau!.Value), Math.Log(two.Tau!.Value)], Part(fitted, pair)) is not { } line) continue;
            var words = $"between levels {one.Level} and {two.Level} the slope is {Text(line.Slope)} +- {Text(line.Sigma)}";
            if (line.Slope - Sure * line.Sigma > Border) a = words;
            else if (line.Slope + Sure * line.Sigma < Border) b = words;
        }

        return a is not null && b is not null ? $"{a}, {b}" : null;
    }

    (double Value, double Sigma)? RateRatio(LevelLifetimes fitted, int off, int on)
    {
        var (one, two) = (fitted.Levels[off], fitted.Levels[on]);
        if (one.Tau is not { } tauOff || two.Tau is not { } tauOn) return null;
        var n = fitted.Levels.Count;
        var value = one.Intensity / two.Intensity / (tauOff / tauOn);
        int[] places = [off, on, off + n, on + n];
        int[] signs = [-1, 1, 1, -1];
        var variance = 2 * LifetimeLine.Systematic * LifetimeLine.Systematic;
        for (var a = 0; a < 4; a++)
            for (var b = 0; b < 4; b++)
                variance += signs[a] * signs[b] * fitted.Covariance[places[a], places[b]];
        return variance > 0 ? (value, value * Math.Sqrt(variance)) : null;
    }

    string Trion(LevelLifetimes fitted, List<int> usable)
    {
        if (RateRatio(fitted, usable[0], usable[^1]) is not { } k) return "the ratio of radiative rates cannot be told";
        var number = $"the dim level radiates {Text(k.Value)} +- {Text(k.Sigma)} times as fast as the bright one";
        var (isOne, isTwo) = (Math.Abs(k.Value - 1) < Sure * k.Sigma + 0.15, Math.Abs(k.Value - 2) < Sure * k.Sigma + 0.3);
        return isTwo && !isOne ? $"{number}, where 2 supports a trion"
            : isOne && !isTwo ? $"{number}: a pure extra non-radiative channel, type A without the scaling of a trion{(usable.Count > 2 ? ", as many levels on one line have where carriers at the band edge are trapped" : "")}"
            : isOne ? $"{number}, which does not tell a trion (2) from an extra non-radiative channel (1)"
            : $"{number}, neither the 2 of a trion nor the 1 of an extra non-radiative channel";
    }

    // ---- numbers and curves ----

    void Numbers(LevelLifetimes fitted, int[] states, List<int> usable, int[] leaks, LifetimeLine? line, LevelLifetimes.Whole whole, (double Value, double Sigma)[] flashes)
    {
        var all = fitted.Levels;
        var (off, on) = (states[0], states[^1]);
        Quantity Tau(string name, int k)
        {
            var level = all[k];
            if (level is not { Tau: { } tau, TauSigma: { } fit }) return Quantity.Refused(name, "ns", "OFF_IS_BACKGROUND");
            var sigma = Math.Sqrt(fit * fit + LifetimeLine.Systematic * LifetimeLine.Systematic * tau * tau);
            string[] flags = [.. _flags, .. leaks.Contains(k) ? new[] { "LEAKAGE" } : [], .. usable.Contains(k) || leaks.Contains(k) ? [] : new[] { "TOO_FEW_PHOTONS" }];
            return Quantity.Of(name, tau * 1e9, sigma * 1e9, "ns") with { N = level.Photons, Method = "fisher, 1 % systematic", Flags = flags, Grade = flags.Length > 0 ? Grade.Warn : Grade.Ok };
        }

        _quantities.Add(Tau("tau_on_ns", on));
        _quantities.Add(states.Length > 1 ? Tau("tau_off_ns", off) : Quantity.Refused("tau_off_ns", "ns", "ONE_LEVEL"));
        _quantities.Add(line is null ? Quantity.Refused("slope", "1", "FEW_LEVELS")
            : Quantity.Of("slope", line.Slope, line.Sigma, "1") with { N = usable.Sum(k => all[k].Photons), Method = "fisher, 1 % systematic", Flags = [.. _flags], Grade = _flags.Count > 0 ? Grade.Warn : Grade.Ok });
        _quantities.Add(usable.Count > 1 && RateRatio(fitted, usable[0], usable[^1]) is { } k
            ? Quantity.Of("rate_ratio_trion", k.Value, k.Sigma, "1") with { N = usable.Sum(l => all[l].Photons), Method = "fisher, 1 % systematic", Flags = [.. _flags], Grade = _flags.Count > 0 ? Grade.Warn : Grade.Ok }
            : Quantity.Refused("rate_ratio_trion", "1", "FEW_LEVELS"));
        if (states.Length > 1)
        {
            var (one, two) = (all[off], all[on]);
            var n = all.Count;
            var ratio = one.Intensity / two.Intensity;
            var relative = one.IntensitySigma / Math.Max(two.Intensity, double.Epsilon);
            _quantities.Add(Quantity.Of("off_over_on", ratio, relative, "1") with { N = one.Photons + two.Photons, Method = "fisher" });
            // The decay bounds flashes by their lifetime, the covariance by their height; never are they more than the light there is.
            var bound = Math.Max(one.Intensity, 0) + 1.645 * one.IntensitySigma;
            if (one is { Tau: not null, LeakAtMost: { } share }) bound = Math.Min(bound, share * one.Intensity);
            if (double.IsFinite(flashes[off].Sigma)) bound = Math.Min(bound, flashes[off].Value + 1.645 * flashes[off].Sigma);
            _quantities.Add(Quantity.Of("leak_at_most", Math.Max(bound, 0) / two.Intensity, null, "1") with { N = one.Photons });
        }

        for (var l = 0; l < all.Count; l++)
        {
            _quantities.Add(Tau($"tau_level{all[l].Level}_ns", l));
            _quantities.Add(Quantity.Of($"signal_level{all[l].Level}_cps", all[l].Intensity, all[l].IntensitySigma, "cps") with { N = all[l].Photons, Method = "fisher" });
        }

        _quantities.Add(Quantity.Of("background_cps", fitted.Background, fitted.BackgroundSigma, "cps") with { Method = whole.Known.All(known => known) ? "given" : "fisher" });
    }

    RankCorrelation? Segments(SegmentDecays decays, LevelLifetimes.Whole whole, double rate)
    {
        var moment = whole.Moment();
        var points = new List<(double Intensity, double Tau, double Sigma, int Photons)>();
        for (var i = 0; i < segments.Count; i++)
        {
            var (n, time) = (decays.SegmentPhotons[i], decays.SegmentTime[i]);
            var background = rate * time;
            if (n - background < Flid.LeastSignal || moment.Of(n, decays.SegmentSums[i], background) is not { } lifetime) continue;
            points.Add((n / time - rate, lifetime.Tau, lifetime.Sigma, n));
        }

        if (points.Count == 0) return null;
        var rank = RankCorrelation.Of([.. points.Select(point => point.Intensity)], [.. points.Select(point => point.Tau)], options.Seed, stop);
        if (rank is not null)
            _quantities.Add(new("rank_correlation", rank.Value, rank.Sigma, rank.Lo95, rank.Hi95, "1") { N = points.Count, Method = "block-bootstrap" });
        // The segments with the most photons tell most.
        var least = points.Count <= MostPoints ? 0 : points.Select(point => point.Photons).OrderDescending().ElementAt(MostPoints);
        var shown = points.Where(point => point.Photons > least || least == 0).ToArray();
        _curves.Add(new("flid_segments", new("intensity", "cps", [.. shown.Select(point => (double?)point.Intensity)]),
            new("lifetime", "ns", [.. shown.Select(point => (double?)(point.Tau * 1e9))]) { Sigma = [.. shown.Select(point => (double?)(point.Sigma * 1e9))] })
        {
            More = new Dictionary<string, Series> { ["photons"] = new("photons", "1", [.. shown.Select(point => (double?)point.Photons)]) },
        });
        return rank;
    }

    void LevelCurves(LevelLifetimes fitted, List<int> usable, LifetimeLine? line, SegmentDecays decays, DecayAxis axis)
    {
        var all = fitted.Levels;
        int[] lived = [.. Enumerable.Range(0, all.Count).Where(k => all[k] is { Tau: not null, Intensity: > 0 })];
        _curves.Insert(0, new("level_lifetimes", new("intensity", "cps", [.. lived.Select(k => (double?)all[k].Intensity)]) { Sigma = [.. lived.Select(k => (double?)all[k].IntensitySigma)] },
            new("lifetime", "ns", [.. lived.Select(k => all[k].Tau * 1e9)])
            {
                Sigma = [.. lived.Select(k => all[k] is { Tau: { } tau, TauSigma: { } sigma } ? Math.Sqrt(sigma * sigma + LifetimeLine.Systematic * LifetimeLine.Systematic * tau * tau) * 1e9 : (double?)null)],
            })
        {
            Fit = line is null ? null : [.. lived.Select(k => (double?)(line.At(all[k].Intensity) * 1e9))],
            More = new Dictionary<string, Series>
            {
                ["level"] = new("level", "1", [.. lived.Select(k => (double?)all[k].Level)]),
                ["usable"] = new("usable", "1", [.. lived.Select(k => (double?)(usable.Contains(k) ? 1 : 0))]),
            },
        });

        // Decays of the levels, all detectors, one beside the other.
        var times = Enumerable.Range(0, axis.Bins).Select(i => (double?)Math.Round((axis.Decays[0].Start + (i + 0.5) * axis.BinWidth) * 1e9, 9)).ToArray();
        var rows = all.Select(level => Enumerable.Range(0, axis.Bins).Select(i => (double?)decays.Counts[level.Level].Sum(detector => detector[i])).ToArray()).ToArray();
        _curves.Add(new("level_decays", new("time", "ns", times), new($"level {all[^1].Level}", "1", rows[^1]))
        {
            More = Enumerable.Range(0, all.Count - 1).ToDictionary(k => $"level{all[k].Level}", k => new Series($"level {all[k].Level}", "1", rows[k])),
        });
    }

    void FlickerCurve(Flicker flicker)
    {
        if (flicker.BinWidths.Length == 0) return;
        _curves.Add(new("flicker", new("bin width", "ms", [.. flicker.BinWidths.Select(width => (double?)Math.Round(width * 1e3, 9))]),
            new("covariance of neighbouring bins", "1", [.. flicker.Covariances.Select(c => (double?)c)]) { Sigma = [.. flicker.Sigmas.Select(s => (double?)s)] }));
    }

    AnalysisReport Refused(string why, Flicker? flicker = null) => new("blinking.type", 1)
    {
        Parameters = Settled(),
        Quantities = [.. new[] { ("tau_on_ns", "ns"), ("tau_off_ns", "ns"), ("slope", "1"), ("rate_ratio_trion", "1") }.Select(name => Quantity.Refused(name.Item1, name.Item2, [.. _messages.TakeLast(1).Select(message => message.Code)]))],
        Verdicts =
        [
            new("blinking_type", "undetermined", why),
            .. flicker is null ? Array.Empty<Verdict>() : [new("flicker", flicker.IsFlickering ? "yes" : "no", flicker.Why)],
            new("quality", "insufficient", why),
        ],
        Messages = _messages,
    };

    JsonObject Settled() => new() { ["channels"] = new JsonArray([.. counted.Only(options.Channels).Decays.Select(decay => (JsonNode)decay.Channel)]) };

    void Tell(string code, string text)
    {
        if (_messages.All(message => message.Text != text)) _messages.Add(new(code, text));
    }

    static string Text(double x) => NumberText.Rounded(x);

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("sorting photons by level", value, total));
    }
}
