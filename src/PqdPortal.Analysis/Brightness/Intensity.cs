using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Brightness;

/// <summary>
/// Count rate over time: brightness, slow drift of the bright level, and whether the dot bleached or only went dark.
/// </summary>
/// <remarks>
/// One pass counts the trace (<see cref="IntensityTrace"/>); <see cref="IntensityJudge"/> looks for gaps, the bright level, its drift,
/// the last time it went dark, and the hum of the mains. What it assumes and how it was checked: docs/analyses/intensity.md.
/// </remarks>
public static class Intensity
{
    /// <exception cref="RequestException">The options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">There is no photon, or no time.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, IntensityOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options.Channels is { } chosen && (chosen.Count == 0 || chosen.Distinct().Count() < chosen.Count))
            throw new RequestException("The parameter \"channels\" should name different detectors, such as [0, 1].");
        var trace = IntensityTrace.Of(photons, options.Channels, options.BinWidth, progress, stop);
        if (options.Background is { Count: > 1 } background && background.Count != trace.ByChannel.Count)
            throw new RequestException($"The parameter \"background_cps\" has {background.Count} values for {trace.ByChannel.Count} detectors; give one for each, or one for all.");
        return new IntensityJudge(photons, options, trace, stop).Report();
    }

    /// <summary>What a counted trace tells of the course of the light: where the shutter was closed, and when the dot bleached.</summary>
    /// <param name="background">[1/s], of each detector or of all; null where it is not known.</param>
    public static LightCourse Course(PhotonStream photons, IntensityTrace trace, IReadOnlyList<double>? background, CancellationToken stop) =>
        new IntensityJudge(photons, new() { Background = background }, trace, stop).Course();

    /// <summary>Counts the trace: the part that takes the photons.</summary>
    /// <returns>Photons counted.</returns>
    public static long Count(PhotonStream photons, IntensityOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        IntensityTrace.Of(photons, options.Channels, options.BinWidth, progress, stop).Counts.Sum();
}

/// <summary>The course of the light over a run.</summary>
/// <param name="Gaps">Stretches without a single count on any detector, as a shutter makes [s].</param>
/// <param name="Bleached">When the dot bleached, with its error [s]; null where it is not seen to.</param>
/// <param name="Messages">What there is to say of gaps and of darkness at the end.</param>
public sealed record LightCourse(IReadOnlyList<(double From, double To)> Gaps, (double Moment, double? Sigma, string Why)? Bleached, IReadOnlyList<Message> Messages);

/// <summary>From a counted trace to a report. One object for one report.</summary>
sealed class IntensityJudge(PhotonStream photons, IntensityOptions options, IntensityTrace trace, CancellationToken stop)
{
    const int GapBins = 10;              // more bins of exactly nothing are a shutter
    const double SureCounts = 80;        // in a bin that is judged bright or dark
    const int Blocks = 20;
    const int MostPoints = 20_000;       // of the curve
    const double NotableDeadTime = 100e-9, NotableLoss = 0.02;

    readonly List<Message> _messages = [];
    readonly double _bin = trace.Bin;
    readonly long[] _counts = trace.Counts;

    bool[] _live = [];
    double _background;
    Bleaching? _bleach;

    public LightCourse Course()
    {
        Report();
        var gaps = new List<(double, double)>();
        for (var i = 0; i < _live.Length; i++)
        {
            var from = i;
            while (i < _live.Length && !_live[i]) i++;
            if (i > from) gaps.Add((from * _bin, i * _bin));
        }
        return new(gaps, _bleach is { IsBleached: true } bleach ? (bleach.Moment, bleach.Sigma, bleach.Why) : null, [.. _messages.Where(message => message.Code is "GAPS" or "LONG_OFF")]);
    }

    public AnalysisReport Report()
    {
        foreach (var finding in photons.Findings.Concat(trace.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        var present = trace.Events.Where(e => Channels.IsPhoton(e.Key)).ToArray();
        var list = present.Length == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        foreach (var (channel, _) in trace.ByChannel)
            if (!trace.Events.ContainsKey((short)channel))
                Tell("EMPTY_CHANNEL", $"Channel {channel} has 0 events; is the mapping right? Channels present: {list}.");
        var total = _counts.Sum();
        if (total < 10)
        {
            if (_messages.TrueForAll(m => m.Code != "EMPTY_CHANNEL"))
                Tell("TOO_FEW_PHOTONS", $"{total} photons in {Text(_counts.Length * _bin)} s; a trace needs at least 10. Was the light on?");
            return Refused(_messages.Exists(m => m.Code == "EMPTY_CHANNEL") ? "EMPTY_CHANNEL" : "TOO_FEW_PHOTONS", "There are too few photons to see anything");
        }

        _background = options.Background is { } b ? b.Count == 1 ? b[0] * trace.ByChannel.Count : b.Sum() : 0;
        // Bins in which bright and dark are told apart by more than chance.
        var top = Percentile(_counts, 0.99);
        var join = (int)Math.Clamp(Math.Ceiling(SureCounts / Math.Max(top, 0.01)), 1, Math.Max(1, _counts.Length / 20));
        var wide = BrightLevel.Wide(_counts, join);
        // A bright minority of bins has to be seen too: the level is that of the brightest hundredth.
        var bright = Math.Max(Percentile(wide, 0.99), 1) / (join * _bin);
        FindGaps(bright);
        var live = _live.Count(l => l) * _bin;
        var rate = Sum(_live) / live;
        var poisson = Math.Sqrt(Sum(_live)) / live;
        if (_background > rate + 4 * poisson)
        {
            Tell("BACKGROUND_EXCEEDS_SIGNAL", $"The background of {Text(_background)} cps is above the mean rate of {Text(rate)} cps, so no light of the dot is left. Check background_cps.");
            return Refused("BACKGROUND_EXCEEDS_SIGNAL", "The background is above the light");
        }

        var level = new BrightLevel(_counts, _live, _bin, _background, stop);
        var (isOn, drift) = level.Find(join, bright);
        var darkness = new Darkness(_counts, _live, _bin, options.Background is null ? null : _background, join);
        var bleach = _bleach = darkness.Find(isOn, drift);
        if (darkness.LongOff is { } longOff) _messages.Add(longOff);
        if (bleach.IsBleached && bleach.At is { } until)
        {
            // What comes behind is another state; the drift is that of the living dot.
            for (var i = until; i < isOn.Length; i++) isOn[i] = false;
            drift = level.Refined(isOn) ?? drift;
        }

        var quantities = new List<Quantity> { Mean(rate, live, poisson, bleach.IsBleached ? bleach.At : null) };
        quantities.AddRange(Drifting(isOn, drift));
        if (bleach.IsBleached)
        {
            quantities.Add(Quantity.Of("t_bleach_s", bleach.Moment, bleach.Sigma, "s") with { N = total, Method = "likelihood" });
        }
        else
        {
            quantities.Add(Quantity.Refused("t_bleach_s", "s", "NOT_BLEACHED"));
            Tell("NOT_BLEACHED", "The dot is not seen to bleach, so there is no time of it; the verdict says why.");
        }

        quantities.Add(Snr(bleach.IsBleached ? bleach.At : null));
        DeadTime(bright);
        if (MainsHum.Of(trace, stop) is { } hum) _messages.Add(hum);
        quantities.AddRange(Stability.Of(_counts, isOn, _live, _bin, _background, bleach.IsBleached ? bleach.Moment : null));
        if (FirstLens(quantities[0]) is { } lens) quantities.Add(lens);
        var onShare = (double)isOn.Count(on => on) / Math.Max(1, _live.Take(bleach.IsBleached ? bleach.At!.Value : _live.Length).Count(l => l));
        quantities.Add(Quantity.Of("bright_share", onShare, null, "1") with { N = total, Method = "threshold" });
        var parameters = new JsonObject { ["channels"] = new JsonArray([.. trace.ByChannel.Keys.Select(c => (JsonNode)c)]), ["bin_ms"] = Math.Round(_bin * 1e3, 9) };
        return new("intensity", 1)
        {
            Parameters = parameters, Quantities = quantities, Verdicts = [new("bleached", bleach.IsBleached ? "yes" : "no", bleach.Why)],
            Messages = _messages, Curves = [Trace(drift, isOn), Histogram(isOn)],
        };
    }

    /// <summary>Runs of more than ten bins without a single count on any detector.</summary>
    /// <remarks>
    /// A dot that is dark still has its background. Where none is known and the dark bins elsewhere are empty too, an empty stretch is
    /// dark light: several of them blink, and one at the end may be bleaching.
    /// </remarks>
    void FindGaps(double bright)
    {
        _live = [.. Enumerable.Repeat(true, _counts.Length)];
        var runs = new List<(int From, int To)>();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] != 0) continue;
            var from = i;
            while (i < _counts.Length && _counts[i] == 0) i++;
            if (i - from > GapBins) runs.Add((from, i));
        }

        if (runs.Count == 0) return;
        // What a dark dot leaves in a bin: the background given, else that of the dim bins outside of such runs.
        var inRun = new bool[_counts.Length];
        foreach (var (from, to) in runs) Array.Fill(inRun, true, from, to - from);
        double dim = 0, dimBins = 0;
        bool IsDim(int i) => _counts[i] < 0.1 * bright * _bin && bright * _bin > 20;
        // With dim neighbours: a bin in which the dot goes dark holds light.
        for (var i = 1; i + 1 < _counts.Length; i++)
            if (!inRun[i] && IsDim(i) && IsDim(i - 1) && IsDim(i + 1))
            {
                dim += _counts[i];
                dimBins++;
            }

        var known = _background > 0 ? _background * _bin : dimBins >= 20 ? dim / dimBins : (double?)null;
        // Light so weak that ten empty bins are chance makes no gap either.
        var typical = Math.Max(_counts.Sum() / (double)_counts.Length, 1e-9);
        var gaps = runs.Where(run => known is { } k ? (run.To - run.From) * k > 12
            : (run.To - run.From) * typical > 12 && run.To < _counts.Length && runs.Count(other => other.To < _counts.Length) < 3).ToList();
        foreach (var (from, to) in gaps) Array.Fill(_live, false, from, to - from);
        if (gaps.Count == 0) return;
        Tell("GAPS", $"{gaps.Count} stretch{(gaps.Count == 1 ? "" : "es")} without a single count on any detector, {Text(gaps.Sum(g => g.To - g.From) * _bin)} s in all (first at {Text(gaps[0].From * _bin)} s), as a shutter or a full buffer makes. Rates are taken over the live time.");
    }

    IEnumerable<Quantity> Drifting(bool[] isOn, DriftFit? drift)
    {
        if (drift is null)
        {
            Tell("TOO_FEW_PHOTONS", "The bright level is seen too briefly for its drift. Measure longer.");
            yield return Quantity.Refused("initial_cps", "cps", "TOO_FEW_PHOTONS");
            yield return Quantity.Refused("drift_per_hour", "1/h", "TOO_FEW_PHOTONS");
            yield break;
        }

        yield return Larger("initial_cps", drift.Initial, drift.InitialSigma, drift.InitialBlocks, "cps", drift.Counts);
        yield return Larger("drift_per_hour", drift.Rate * 3600, drift.RateSigma * 3600, drift.RateBlocks * 3600, "1/h", drift.Counts);
        var run = drift.Rate * (Array.LastIndexOf(isOn, true) + 1 - Array.IndexOf(isOn, true)) * _bin;
        var sigma = Math.Max(drift.RateSigma ?? 0, drift.RateBlocks ?? 0);
        if (Math.Abs(run) > 0.05 && Math.Abs(drift.Rate) > 3 * sigma)
            Tell("DRIFT", $"The bright level {(run < 0 ? "falls" : "rises")} by {Text(100 * Math.Abs(Math.Exp(run) - 1))} % over the run. Results that take the light for steady suffer: look at the focus and the power, or select a steadier part.");
    }

    static Quantity Larger(string name, double value, double? counting, double? blocks, string unit, long n)
    {
        var (sigma, method) = blocks > (counting ?? 0) ? (blocks, "block-jackknife") : (counting, "fisher");
        return Quantity.Of(name, value, sigma, unit) with { N = n, Method = method };
    }

    Quantity Mean(double rate, double live, double poisson, int? bleached)
    {
        // Blocks of the living dot; from one to the next, so that a slow drift, which is no error of the mean, does not count.
        int[] bins = [.. Enumerable.Range(0, bleached ?? _counts.Length).Where(i => _live[i])];
        var sigma = poisson;
        var method = "exact-poisson";
        if (bins.Length >= 5 * Blocks)
        {
            var rates = Enumerable.Range(0, Blocks).Select(k =>
            {
                var (from, to) = ((int)((long)k * bins.Length / Blocks), (int)((long)(k + 1) * bins.Length / Blocks));
                return Enumerable.Range(from, to - from).Sum(i => (double)_counts[bins[i]]) / ((to - from) * _bin);
            }).ToArray();
            var spread = rates.Zip(rates.Skip(1), (a, b) => (b - a) * (b - a) / 2).Sum() / (Blocks - 1) / Blocks;
            var blocks = Math.Sqrt(spread) * bins.Length * _bin / live;
            if (blocks > 2 * poisson)
                Tell("NONSTATIONARY", $"The rate differs between blocks of {Text(bins.Length * _bin / Blocks)} s by {Text(blocks / poisson)} times what counting allows, as blinking makes. The error of the mean is that of the blocks.");
            if (blocks > poisson) (sigma, method) = (blocks, "blocks");
        }

        var corrected = rate;
        if (options.DeadTime is { } dead)
        {
            corrected = 0;
            foreach (var (_, own) in trace.ByChannel)
            {
                var seen = Enumerable.Range(0, own.Length).Where(i => _live[i]).Sum(i => own[i]) / live;
                corrected += seen * dead < 0.9 ? seen / (1 - seen * dead) : seen;
            }

            sigma *= corrected / rate;
        }

        return Quantity.Of("mean_cps", corrected - _background, sigma, "cps") with { N = Sum(_live), Method = method };
    }

    /// <summary>Mean over standard deviation of the bins: sqrt(counts) for steady light, about 1 for light that blinks.</summary>
    Quantity Snr(int? until)
    {
        var spread = new Spread();
        for (var i = 0; i < (until ?? _counts.Length); i++)
            if (_live[i]) spread.Add(_counts[i]);
        if (spread.Count < 10 || spread.Deviation == 0) return Quantity.Refused("snr", "1", "TOO_FEW_PHOTONS");
        var snr = (spread.Mean - _background * _bin) / spread.Deviation;
        return Quantity.Of("snr", snr, Math.Sqrt(1 + snr * snr / 2) / Math.Sqrt(spread.Count), "1") with { N = Sum(_live), Method = "moment" };
    }

    /// <summary>Photons at the first lens, where the way from there to a count is known.</summary>
    Quantity? FirstLens(Quantity mean) => options.Transmission is null && options.Efficiency is null || mean.Value is not { } rate ? null
        : (options.Transmission ?? 1) * (options.Efficiency ?? 1) is var share ? Quantity.Of("first_lens_cps", rate / share, mean.Sigma / share, "cps") with { N = mean.N, Method = mean.Method } : null;

    void DeadTime(double bright)
    {
        var total = Math.Max(_counts.Sum(), 1);
        foreach (var (channel, own) in trace.ByChannel)
        {
            var rate = bright * own.Sum() / total;
            var dead = options.DeadTime ?? NotableDeadTime;
            if (rate * dead <= NotableLoss) continue;
            Tell("DEADTIME", options.DeadTime is null
                ? $"Channel {channel} counts {Text(rate)} cps when bright; a dead time of 100 ns would lose {Text(100 * rate * dead)} % of it. Nothing was added. Give dead_time_ns to correct the mean, or lower the power."
                : $"Channel {channel} counts {Text(rate)} cps when bright and loses {Text(100 * rate * dead)} % of it in its dead time. The mean was corrected; the trace shows what was counted.");
        }
    }

    Curve Trace(DriftFit? drift, bool[] isOn)
    {
        var join = (_counts.Length + MostPoints - 1) / MostPoints;
        var wide = BrightLevel.Wide(_counts, join);
        var width = join * _bin;
        var more = new Dictionary<string, Series>();
        if (trace.ByChannel.Count > 1)
            foreach (var (channel, own) in trace.ByChannel)
            {
                var sums = new double?[wide.Length];
                for (var i = 0; i < wide.Length * join; i++) sums[i / join] = (sums[i / join] ?? 0) + own[i] / width;
                more[$"channel_{channel}"] = new($"rate of channel {channel}", "cps", sums);
            }

        more["counts"] = new("photons", "1", [.. wide.Select(n => (double?)n)]);
        more["bright"] = new("bright", "1", [.. Enumerable.Range(0, wide.Length).Select(k => (double?)(Enumerable.Range(k * join, join).Any(i => isOn[i]) ? 1 : 0))]);
        return new("trace", new("time", "s", [.. wide.Select((_, k) => (double?)Math.Round((k + 0.5) * width, 9))]),
            new("count rate", "cps", [.. wide.Select(n => (double?)(n / width))]) { Sigma = [.. wide.Select(n => (double?)(Math.Sqrt(Math.Max(n, 1)) / width))] })
        {
            Fit = drift is null ? null : [.. wide.Select((_, k) => (double?)(_background + drift.At((k + 0.5) * width)))],
            More = more,
        };
    }

    /// <summary>How often each count comes, beside Poisson light as bright as the bright bins.</summary>
    Curve Histogram(bool[] isOn)
    {
        var most = (int)Math.Min(_counts.Max(), 1 << 20);
        var step = Math.Max(1, (most + 500) / 500);
        var seen = new double?[most / step + 1];
        Array.Fill(seen, 0);
        for (var i = 0; i < _counts.Length; i++)
            if (_live[i]) seen[Math.Min(_counts[i], most) / step] += 1;
        long n = 0, bins = 0;
        for (var i = 0; i < _counts.Length; i++)
            if (isOn[i]) (n, bins) = (n + _counts[i], bins + 1);
        var mean = (double)n / Math.Max(bins, 1);
        var fit = new double?[seen.Length];
        for (var k = 0; k < fit.Length; k++)
        {
            fit[k] = 0;
            for (var c = k * step; c < (k + 1) * step; c++)
                if (mean > 0) fit[k] += bins * Math.Exp(c * Math.Log(mean) - mean - MathNet.Numerics.SpecialFunctions.GammaLn(c + 1));
        }

        return new("histogram", new("photons in a bin", "1", [.. seen.Select((_, k) => (double?)(k * step + (step - 1) / 2.0))]), new("bins", "1", seen)) { Fit = fit };
    }

    AnalysisReport Refused(string code, string why) => new("intensity", 1)
    {
        Parameters = new() { ["channels"] = new JsonArray([.. trace.ByChannel.Keys.Select(c => (JsonNode)c)]), ["bin_ms"] = Math.Round(_bin * 1e3, 9) },
        Quantities = [.. new[] { ("mean_cps", "cps"), ("initial_cps", "cps"), ("drift_per_hour", "1/h"), ("t_bleach_s", "s"), ("snr", "1") }.Select(name => Quantity.Refused(name.Item1, name.Item2, code))],
        Verdicts = [new("bleached", "no", $"{why}.")],
        Messages = _messages,
    };

    long Sum(bool[] use)
    {
        long sum = 0;
        for (var i = 0; i < use.Length; i++)
            if (use[i]) sum += _counts[i];
        return sum;
    }

    static double Percentile(long[] counts, double share) => counts.Length == 0 ? 0 : counts.Order().ElementAt((int)(share * (counts.Length - 1)));

    void Tell(string code, string text) => _messages.Add(new(code, text));

    static string Text(double x) => NumberText.Rounded(x, 4);
}
