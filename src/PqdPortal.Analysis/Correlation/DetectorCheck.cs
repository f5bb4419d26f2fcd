using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What a detector does by itself, from steady attenuated light: afterpulses, dead time, dark counts; and how even its timing is.</summary>
/// <remarks>
/// The autocorrelation of one detector less its flat level at long lags is what a count brings about by itself. What it assumes and
/// how it was checked: docs/analyses/detector.md.
/// </remarks>
public static class DetectorCheck
{
    const double FlatLength = 1e-6;      // [s]
    const double Even = 0.02;            // relative rms of the micro times
    const long FewestCounts = 1000;

    /// <summary>Counts and judges.</summary>
    /// <param name="dark">A file taken in the dark; null where dark counts are a channel of the light's file, or not known.</param>
    /// <exception cref="RequestException">The channels cannot be told, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static AnalysisReport Compute(
        PhotonStream light, PhotonStream? dark, DetectorCheckOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options.FlatFrom < options.Window)
            throw new RequestException("The flat part should begin behind the afterpulse window: give a greater flat_from_us or a smaller window_ns.");
        if (dark is null && options.Dark is { } same && same == options.Light)
            throw new RequestException("The parameters \"light_channel\" and \"dark_channel\" name the same channel; a channel in the light has no dark counts of its own. Give a dark_file, or another channel.");

        var messages = new List<Message>();
        var quantities = new List<Quantity>();
        var curves = new List<Curve>();
        var reach = options.FlatFrom + FlatLength;
        var (tally, ownDark, time) = Tally(light, options.Light, dark is null ? options.Dark : null, reach, progress, stop);
        foreach (var finding in light.Findings.Concat(time.Findings).Where(f => f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH"))
            Tell(finding.Code, finding.Message);
        var present = tally.Present;
        var list = present.Count == 0 ? "none" : string.Join(", ", present.Select(c => $"{c.Key} ({c.Value} photons)"));
        if (options.Light is null && present.Keys.Count(c => dark is not null || c != options.Dark) > 1)
            throw new RequestException($"The file has photons on several channels: {list}. Say which one saw the light with \"light_channel\".");

        var quality = "ok";
        var why = "";
        if (tally.Count == 0)
        {
            quality = "insufficient";
            why = options.Light is { } asked ? $"Channel {asked} has 0 events; is the mapping right? Channels present: {list}." : "The file holds no photon.";
            Tell("EMPTY_CHANNEL", why);
        }
        else if (time.Seconds is not > 0 || tally.Count < FewestCounts)
        {
            quality = "insufficient";
            why = $"{tally.Count} counts; a check needs about {FewestCounts}, and an afterpulse probability to 0.001 about a million. Measure longer.";
            Tell("TOO_FEW_PHOTONS", why);
        }
        else
        {
            if (tally.Backward > 0) Tell("DISORDER", $"{tally.Backward} counts came before the one ahead of them on their channel and were left out of the intervals.");
            Afterpulses(tally, time.Seconds.Value);
            Evenness(tally, light);
            why = $"{tally.Count.ToString("N0", CultureInfo.InvariantCulture)} counts of channel {tally.Channel}.";
        }

        DarkCounts();
        (string Name, string Unit)[] numbers = [("p_afterpulse", "1"), ("afterpulse_tau_ns", "ns"), ("dead_ns", "ns"), ("dark_cps", "cps")];
        var parameters = new JsonObject();
        if (tally.Channel >= 0) parameters["light_channel"] = tally.Channel;
        return new("detector", 1)
        {
            Parameters = parameters,
            Quantities = [.. numbers.Select(one => quantities.Find(q => q.Name == one.Name) ?? Quantity.Refused(one.Name, one.Unit, "NOT_MEASURED")),
                .. quantities.Where(q => numbers.All(one => one.Name != q.Name))],
            Verdicts = [new("quality", quality, why)],
            Messages = messages,
            Curves = curves,
        };

        void Tell(string code, string text) => messages.Add(new(code, text));

        void Afterpulses(DetectorTally counted, double duration)
        {
            var (n, bin, rate) = ((double)counted.Count, counted.Bin, counted.Count / duration);
            var flatFrom = (int)Math.Round(options.FlatFrom / bin);
            var flatBins = counted.Lags.Length - flatFrom;
            double Flat(long[] lags) => lags.AsSpan(flatFrom).ToArray().Sum(x => (double)x) / flatBins;
            var flat = Flat(counted.Lags);

            var (dead, deadSigma, isSmeared) = DeadTime(counted, flat);
            if (dead is null)
                Tell("NO_DEAD_TIME", "The autocorrelation never reaches half of its flat level within the window; no dead time can be told from these few pairs.");
            else
            {
                quantities.Add(Quantity.Of("dead_ns", dead.Value * 1e9, deadSigma * 1e9, "ns") with { N = counted.Count, Method = isSmeared ? "edge" : "shortest-interval" });
                if (isSmeared)
                    Tell("DEAD_TIME_EDGE", $"The shortest interval, {Text(counted.Shortest!.Value * 1e9)} ns, lies before the edge of the autocorrelation at {Text(dead.Value * 1e9)} ns: the timing jitters, or a stray pair came through. The edge is given.");
                if (rate * dead > 0.05)
                    Tell("DEADTIME", $"At {Text(rate)} cps the dead time of {Text(dead.Value * 1e9)} ns takes {Text(100 * rate * dead.Value)} % of the counts. Attenuate the light for this check; the numbers are corrected to first order only.");
            }

            var d = dead ?? 0;
            var fit = AfterpulseDecay.Of(counted, d, flat, rate, options.Window, options.FlatFrom, stop);
            var window = (int)Math.Round(options.Window / bin);
            // Everything up to the window but what chance leaves behind the dead time.
            double Share(long[] lags, double count, double level) => (lags.AsSpan(0, window).ToArray().Sum(x => (double)x) - level * (window - d / bin)) / count;
            var q = Share(counted.Lags, n, flat);
            var near = counted.Lags.AsSpan(0, window).ToArray().Sum(x => (double)x);
            var poisson = Math.Sqrt(near + Math.Pow((window - d / bin) / flatBins, 2) * flat * flatBins + 1) / n;
            var spread = new Spread();
            for (var b = 0; b < DetectorTally.Blocks; b++)
            {
                if (n - counted.BlockCounts[b] < 1) continue;
                long[] rest = [.. counted.Lags.Zip(counted.BlockLags[b], (all, own) => all - own)];
                spread.Add(Share(rest, n - counted.BlockCounts[b], Flat(rest)));
            }

            var sigma = Math.Max(poisson, counted.BlockCounts.Count(c => c > 0) >= BlockResampling.FewestBlocks ? spread.JackknifeError : 0);
            // Behind a dead time steady light comes a little sooner than on average: the renewal density has the area x²/(2(1+x)²) too much.
            var x = rate * d;
            q -= x * x / (2 * (1 + x) * (1 + x));
            if (fit is { } died && died.Mean < options.Window - d)
            {
                // Beyond the window; lost in the dead time of other counts, or hiding those behind it; and the flat level has afterpulses
                // of other counts in it, which come a dead time and a decay later than those counts.
                var seen = died.Over(t => 1 - Math.Exp(-(options.Window - d) / t));
                q /= Math.Max(seen, 0.5);
                q *= 1 + rate * died.Over(t => 2 * d + t + t * (1 - Math.Exp(-d / t)));
                if (seen < 0.98)
                    Tell("WINDOW_SHORT", $"The window of {Text(options.Window * 1e9)} ns holds {Text(100 * seen)} % of a decay of {Text(died.Times[^1].Time * 1e9)} ns; the probability was scaled for the rest. Give a longer window_ns.");
            }

            // A count's afterpulses have afterpulses themselves: q = p + p² + ...
            var p = q / (1 + q);
            var error = sigma / ((1 + q) * (1 + q));
            quantities.Add(Quantity.Of("p_afterpulse", p, error, "1") with { N = counted.Count, Method = error > poisson ? "block-jackknife" : "poisson" });
            if (fit is not null && p > 3 * error)
            {
                quantities.Add(Quantity.Of("afterpulse_tau_ns", fit.Mean * 1e9, fit.MeanSigma * 1e9, "ns") with { N = counted.Count, Method = "fisher" });
                if (fit.Times is [var fast, var slow])
                {
                    quantities.Add(Quantity.Of("afterpulse_tau1_ns", fast.Time * 1e9, fast.Sigma * 1e9, "ns") with { N = counted.Count, Method = "fisher" });
                    quantities.Add(Quantity.Of("afterpulse_tau2_ns", slow.Time * 1e9, slow.Sigma * 1e9, "ns") with { N = counted.Count, Method = "fisher" });
                    quantities.Add(Quantity.Of("afterpulse_share1", fast.Share, fast.ShareSigma, "1") with { N = counted.Count, Method = "fisher" });
                    Tell("TWO_DECAYS", $"The afterpulses die away with two times, {Text(fast.Time * 1e9)} and {Text(slow.Time * 1e9)} ns; afterpulse_tau_ns is their mean, each by its share of the afterpulses ({Text(fast.Share)} for the shorter).");
                }
            }
            else
                Tell("NO_AFTERPULSES", $"The probability {p.ToString("G2", CultureInfo.InvariantCulture)} +- {Text(error)} is not 3 sigma above zero, so no decay time can be given.");
            quantities.Add(Quantity.Of("rate_cps", rate, Math.Sqrt(n) * (1 + p) / duration, "cps") with { N = counted.Count, Method = "exact-poisson" });
            curves.Add(Autocorrelation(counted, flat, fit));
        }

        // The shortest interval, checked against the edge of the autocorrelation.
        static (double? Dead, double Sigma, bool IsSmeared) DeadTime(DetectorTally counted, double flat)
        {
            var lags = counted.Lags;
            // Bins that expect a few pairs at the flat level.
            var join = Math.Max(1, (int)Math.Ceiling(8 / Math.Max(flat, 1e-3)));
            if (join > lags.Length / 10 || counted.Shortest is not { } shortest) return (null, 0, false);
            double Level(int from) => lags.AsSpan(from, Math.Min(join, lags.Length - from)).ToArray().Sum(n => (double)n) / join;
            var rise = 0;
            while (rise + join < lags.Length && Level(rise) < 0.5 * flat) rise++;
            if (rise + join >= lags.Length) return (null, 0, false);
            // Up to half of what comes right behind the edge; afterpulses are at their height there.
            var behind = Enumerable.Range(0, 10).Average(k => Level(Math.Min(rise + join + k * join, lags.Length - join)));
            var half = rise;
            while (half + join < lags.Length && Level(half) < 0.5 * behind && half < rise + 4 * join + 20) half++;
            var edge = (half + 0.5 * join) * counted.Bin;
            var density = behind / counted.Bin;
            var waiting = 1 / Math.Max(density, 1e-30); // [s] how far beyond the dead time the shortest of all lags is expected
            if (edge - shortest <= Math.Max(3 * counted.Bin, 2 * join * counted.Bin) || rise == 0)
                // The wait is exponential, whose tail is longer than a normal one's.
                return (Math.Max(0, shortest - waiting), Math.Sqrt(1.7 * waiting * waiting + counted.Resolution * counted.Resolution), false);
            var smear = (edge - shortest) / 3.5;
            // The level behind the edge already falls with the afterpulses, which a quarter of the smear allows for.
            return (edge, Math.Sqrt(Math.Pow(join * counted.Bin, 2) / 12 + smear * smear * (0.06 + 1 / Math.Max(1, density * smear))), true);
        }

        Curve Autocorrelation(DetectorTally counted, double flat, AfterpulseDecay? fit)
        {
            var join = Math.Max(1, (int)Math.Round(1e-9 / counted.Bin));
            var bins = counted.Lags.Length / join;
            var one = flat * join;
            double[] pairs = [.. Enumerable.Range(0, bins).Select(k => (double)counted.Lags.AsSpan(k * join, join).ToArray().Sum())];
            return new("autocorrelation", new("lag", "ns", [.. Enumerable.Range(0, bins).Select(k => (double?)Math.Round((k + 0.5) * join * counted.Bin * 1e9, 6))]),
                new("g2", "1", [.. pairs.Select(n => one > 0 ? n / one : (double?)null)]) { Sigma = [.. pairs.Select(n => one > 0 ? Math.Sqrt(Math.Max(n, 1)) / one : (double?)null)] })
            {
                Fit = fit is null || one <= 0 ? null : [.. Enumerable.Range(0, bins).Select(k => (double?)(fit.At((k + 0.5) * join * counted.Bin) * join * counted.Bin / one))],
                More = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. pairs.Select(n => (double?)n)]) },
            };
        }

        // Uncorrelated light fills all channels of the micro time alike.
        void Evenness(DetectorTally counted, PhotonStream stream)
        {
            if (counted.Dtimes is not { } dtimes || stream is not { SyncPeriod: { } period, ChannelWidth: { } step }) return;
            var bins = (int)Math.Min(Math.Floor(period / step), dtimes.Length);
            var last = Array.FindLastIndex(dtimes, bins - 1, n => n > 0);
            var used = dtimes.AsSpan(1, Math.Max(0, last - 1)).ToArray().Select(n => (double)n).ToArray();
            if (used.Length < 20 || used.Average() < 5) return;
            var mean = used.Average();
            var chi = used.Sum(n => (n - mean) * (n - mean) / mean);
            var excess = chi / (used.Length - 1) - 1;
            var rms = Math.Sqrt(Math.Max(0, excess) / mean);
            var sigma = Math.Sqrt(2.0 / used.Length) / mean / (2 * Math.Max(rms, Math.Sqrt(Math.Sqrt(2.0 / used.Length) / mean)));
            quantities.Add(Quantity.Of("dnl_rms", rms, sigma, "1") with { N = (long)used.Sum(), Method = "moment" });
            quantities.Add(Quantity.Of("dnl_chi2", chi / (used.Length - 1), Math.Sqrt(2.0 / (used.Length - 1)), "1") with { N = used.Length, Method = "moment" });
            curves.Add(new("dnl", new("micro time", "ns", [.. used.Select((_, k) => (double?)Math.Round((k + 1.5) * step * 1e9, 6))]),
                new("relative counts", "1", [.. used.Select(n => (double?)(n / mean))]) { Sigma = [.. used.Select(n => (double?)(Math.Sqrt(Math.Max(n, 1)) / mean))] }));
            if (rms > Even && excess > 5 * Math.Sqrt(2.0 / used.Length))
                Tell("DNL", $"The micro times differ by {Text(100 * rms)} % rms beyond counting noise. If the light was uncorrelated with the sync, these are channels of unequal width: divide decays by this curve. If it was the laser's own, it says nothing.");
        }

        // Counts in the dark should be single: what follows one within the window beyond chance are afterpulses or flashes.
        void DarkClusters(DetectorTally counted, double seconds)
        {
            if (counted.Count < 100) return;
            var window = Math.Min(counted.Lags.Length, (int)Math.Round(options.Window / counted.Bin));
            var near = counted.Lags.AsSpan(0, window).ToArray().Sum(x => (double)x);
            var chance = counted.Count / seconds * window * counted.Bin; // a count
            var q = near / counted.Count - chance;
            var error = Math.Sqrt(near + 1) / counted.Count;
            quantities.Add(Quantity.Of("dark_p_afterpulse", q / (1 + q), error / ((1 + q) * (1 + q)), "1") with { N = counted.Count, Method = "poisson" });
            var join = Math.Max(1, (int)Math.Round(10e-9 / counted.Bin));
            var bins = counted.Lags.Length / join;
            var expected = counted.Count * (double)counted.Count / seconds * join * counted.Bin;
            double[] pairs = [.. Enumerable.Range(0, bins).Select(k => (double)counted.Lags.AsSpan(k * join, join).ToArray().Sum())];
            curves.Add(new("dark_autocorrelation", new("lag", "ns", [.. Enumerable.Range(0, bins).Select(k => (double?)Math.Round((k + 0.5) * join * counted.Bin * 1e9, 6))]),
                new("g2", "1", [.. pairs.Select(x => (double?)(x / expected))]) { Sigma = [.. pairs.Select(x => (double?)(Math.Sqrt(Math.Max(x, 1)) / expected))] })
            {
                More = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. pairs.Select(x => (double?)x)]) },
            });
        }

        void DarkCounts()
        {
            var channel = options.Dark ?? (dark is null ? null : options.Light ?? (tally.Channel >= 0 ? tally.Channel : null));
            if (channel is not { } code)
            {
                Tell("NO_DARK_COUNTS", "Neither a dark_channel nor a dark_file was given, so there is no dark count rate.");
                return;
            }

            var (counted, seconds, there) = (ownDark!, time.Seconds, present);
            if (dark is not null)
            {
                (counted, _, var lasted) = Tally(dark, code, null, reach, progress, stop);
                (seconds, there) = (lasted.Seconds, counted.Present);
            }

            var n = counted.Count;
            if (seconds is not > 0) return;
            if (n == 0)
                Tell("EMPTY_CHANNEL", $"Channel {code} has 0 events in the dark; is the mapping right? Channels present: {(there.Count == 0 ? "none" : string.Join(", ", there.Select(c => $"{c.Key} ({c.Value} photons)")))}. The rate below is an upper limit.");
            var (low, high) = PoissonDeviance.Interval(n, 0.95);
            // Afterpulses of dark counts come with them: counts in clusters spread more than single ones.
            var p = Math.Max(0, quantities.Find(q => q.Name == "p_afterpulse")?.Value ?? 0);
            var clusters = Math.Sqrt((1 + p) / Math.Max(0.1, 1 - p));
            var rate = n / seconds.Value;
            DarkClusters(counted, seconds.Value);
            quantities.Add(new("dark_cps", rate, Math.Sqrt(Math.Max(n, 1)) * clusters / seconds, rate - (rate - low / seconds) * clusters, rate + (high / seconds - rate) * clusters, "cps") { N = n, Method = "exact-poisson" });
        }
    }

    /// <summary>Counts the pairs of the detector with itself: the part that takes the photons.</summary>
    /// <returns>Photons counted.</returns>
    public static long Count(PhotonStream light, DetectorCheckOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        Tally(light, options.Light, null, options.FlatFrom + FlatLength, progress, stop).Tally.Count;

    static (DetectorTally Tally, DetectorTally? Other, AcquisitionTime Time) Tally(
        PhotonStream photons, int? channel, int? other, double reach, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        DetectorTally Of(int? c) => new(PairClock.Of(photons), c, reach, photons.HeaderDuration is > 0 and var told ? told : 1);
        var (tally, beside) = (Of(channel), other is { } o ? Of(o) : null);
        var pass = photons.Read(beside is null ? tally : new Together([tally, beside]), progress is null ? null : new Forward(progress, photons.AvailableRecords), stop);
        return (tally, beside, AcquisitionTime.Of(photons, pass, tally.LastTick));
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting", value, total));
    }

    static string Text(double x) => NumberText.Rounded(x);
}
