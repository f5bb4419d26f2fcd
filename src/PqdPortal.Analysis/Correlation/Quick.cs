using System.Text.Json.Nodes;
using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The quick look after an upload: rates, duration, trace, a rough g2(0), and red flags in words. Keep the dot, repeat, or go on?
/// </summary>
/// <remarks>One pass, no fit. What each flag means and where its limits come from: docs/analyses/quick.md.</remarks>
public static class Quick
{
    const double SaturatedShare = 0.05;  // of counts lost in the dead time, or of pulses with a count
    const double NotableAfterpulses = 0.005;
    const double MostAfterpulses = 0.1;   // of counts; beyond, one detector alone does not tell them from bunched light
    const double DeadShare = 0.02;       // of the stronger detector's rate
    const double RoughDip = 10e-9;       // [s] half width in which pairs are counted before anything is fitted
    const double EnoughPairs = 100;
    const int SidePeaks = 5;

    /// <exception cref="RequestException">The channels asked for are no two detectors.</exception>
    /// <exception cref="InsufficientDataException">The file holds no photon, or does not say how long a tick is.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, QuickOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options.Channels is { } chosen && (chosen.Count != 2 || chosen[0] == chosen[1]))
            throw new RequestException("The parameter \"channels\" should name two different detectors, such as [0, 1].");
        var clock = PairClock.Of(photons);
        // Pulsed: whole periods, so that peaks can be compared; else a plain axis.
        var pulsed = photons.SyncPeriod is { } p && p > 0 && p < 1e-5 ? photons.SyncPeriod : null;
        var axis = pulsed is { } period
            ? PairAxis.For(clock, period / 64, (SidePeaks + 0.5) * period, 0)
            : PairAxis.For(clock, options.BinWidth, options.MaxDelay, 0);
        var tally = new QuickTally(photons, clock);
        var counter = new PairCounter(clock, axis, options.Channels, photons.HeaderDuration);
        var hear = progress is null ? null : new Forward(progress, photons.AvailableRecords);
        var pass = photons.Read(new Together([tally, counter]), hear, stop);

        var present = tally.Present;
        if (present.Count == 0) throw new InsufficientDataException("The file holds no photon; there is nothing to look at.");
        var lastEvent = present.Max(c => tally.Span(c).Last);
        var time = AcquisitionTime.Of(photons, pass, (long)(lastEvent / photons.Tick!.Value));
        var duration = time.Seconds ?? lastEvent;
        var counts = counter.Finish(duration);
        if (!(duration > 0)) throw new InsufficientDataException("All photons carry the same time; there is no duration to take rates over.");

        var messages = new List<Message>();
        foreach (var finding in photons.Findings.Concat(pass.Findings).Concat(time.Findings).Where(f =>
            f.Code is "SYNC_PERIOD_MISMATCH" or "DURATION_GUESSED" or "DURATION_MISMATCH" || f is { Code: "DTIME_BEYOND_PERIOD", Severity: Severity.Warning }))
            messages.Add(new(finding.Code, finding.Message));
        var list = string.Join(", ", present.Select(c => $"{c} ({tally.Count(c)} photons)"));
        foreach (var c in options.Channels ?? [])
            if (tally.Count(c) == 0)
                messages.Add(new("EMPTY_CHANNEL", $"Channel {c} has 0 events; is the mapping right? Channels present: {list}."));

        var quantities = new List<Quantity> { Quantity.Of("duration_s", duration, null, "s") };
        var total = present.Sum(tally.Count);
        quantities.Add(Quantity.Of("rate_cps", total / duration, Math.Sqrt(total) / duration, "cps") with { N = total, Method = "exact-poisson" });
        foreach (var c in present)
            quantities.Add(Quantity.Of($"rate_{c}_cps", tally.Count(c) / duration, Math.Sqrt(tally.Count(c)) / duration, "cps") with
            {
                N = tally.Count(c), Method = "exact-poisson",
            });

        var detectors = options.Channels is { } named ? (named.All(c => tally.Count(c) > 0) ? named.ToArray() : null)
            : present.Count == 2 ? [.. present] : null;
        if (options.Channels is null && present.Count > 2)
            messages.Add(new("CHANNELS", $"Photons on {present.Count} channels: {list}. Name two with \"channels\" for a g2."));
        var verdicts = new List<Verdict> { Saturation(), Afterpulsing(), DeadChannel() };
        var curves = new List<Curve> { Trace() };
        if (detectors is not null) Correlation();
        else
        {
            verdicts.Add(new("empty_dip", "undecided", "There are no two detectors to correlate."));
            verdicts.Add(new("too_few_pairs", "undecided", "There are no two detectors to correlate."));
        }

        if (photons is { HasDtime: true, ChannelWidth: { } step } && pulsed is { } repetition) MeanArrival(step, repetition);
        var parameters = new JsonObject();
        if (detectors is [var a, var b]) parameters["channels"] = new JsonArray(a, b);
        return new("quick", 1) { Parameters = parameters, Quantities = quantities, Verdicts = verdicts, Messages = messages, Curves = curves };

        Verdict Saturation()
        {
            var fastest = present.MaxBy(tally.Count);
            var rate = tally.Count(fastest) / duration;
            if (pulsed is { } each && rate * each > SaturatedShare)
                return new("saturation", "yes", $"Channel {fastest} counts in {Text(100 * rate * each)} % of the pulses; later photons hide behind earlier ones (pile-up). Lower the power.");
            var lost = rate * options.DeadTime;
            return lost > SaturatedShare
                ? new("saturation", "yes", $"At {Text(rate)} cps channel {fastest} loses about {Text(100 * lost)} % of its counts in a dead time of {Text(options.DeadTime * 1e9)} ns. Lower the power or the efficiency.")
                : new("saturation", "no", $"Channel {fastest}, the fastest, counts {Text(rate)} cps: {Text(100 * lost)} % lost in a dead time of {Text(options.DeadTime * 1e9)} ns.");
        }

        Verdict Afterpulsing()
        {
            var (worst, share, sigma) = (-1, 0.0, 0.0);
            foreach (var c in present)
            {
                var (own, ownSigma) = Excess(tally.WaitsSame(c), tally.Count(c), tally.Count(c) / duration);
                // Bunching of the light shows between detectors too; an afterpulse only on its own.
                var (light, lightSigma) = present.Count > 1 ? Excess(tally.WaitsOther(c), tally.Count(c), (total - tally.Count(c)) / duration) : (0, 0);
                var p = own - Math.Max(light, 0);
                if (p <= share) continue;
                (worst, share, sigma) = (c, p, Math.Sqrt(ownSigma * ownSigma + lightSigma * lightSigma));
            }

            var scanned = photons.Findings.Any(f => f.Code == "SCAN_IMAGE");
            if (worst >= 0 && share > NotableAfterpulses && share > 5 * sigma && present.Count == 1 && (scanned || share > MostAfterpulses))
                return new("afterpulsing", "undecided", $"{Text(100 * share)} +- {Text(100 * sigma)} % of the counts of channel {worst} are followed by another within 1 us beyond chance. "
                    + (scanned ? "A scan passes over brighter and darker places" : "Detectors rarely have so many; light that comes in bunches looks the same") + ", and without a second detector the two cannot be told apart.");
            if (worst >= 0 && share > NotableAfterpulses && share > 5 * sigma)
                return new("afterpulsing", "yes", $"{Text(100 * share)} +- {Text(100 * sigma)} % of the counts of channel {worst} are followed by another within 1 us beyond chance. Correct g2 with afterpulse_probability; do not correlate one detector with itself.");
            return new("afterpulsing", "no", worst < 0 ? "No channel has more short intervals than chance gives." : $"At most {Text(100 * share)} +- {Text(100 * sigma)} % of counts (channel {worst}) are followed by another within 1 us beyond chance.");
        }

        Verdict DeadChannel()
        {
            if (options.Channels?.FirstOrDefault(c => tally.Count(c) == 0, -1) is { } silent and >= 0)
                return new("dead_channel", "yes", $"Channel {silent} has no photon. Channels present: {list}.");
            foreach (var c in present)
            {
                var rest = duration - tally.Span(c).Last;
                if (rest > 0.1 && rest * tally.Count(c) / duration > 100 && rest > 0.05 * duration && present.Any(o => tally.Span(o).Last > tally.Span(c).Last + 0.5 * rest))
                    return new("dead_channel", "yes", $"Channel {c} fell silent at {Text(tally.Span(c).Last)} s of {Text(duration)} s while others went on.");
            }

            var strongest = present.MaxBy(tally.Count);
            var weakest = present.MinBy(tally.Count);
            if (tally.Count(weakest) < DeadShare * tally.Count(strongest))
                return new("dead_channel", "yes", $"Channel {weakest} has {tally.Count(weakest)} photons, channel {strongest} {tally.Count(strongest)}: less than {Text(100 * DeadShare)} %.");
            return present.Count == 1
                ? new("dead_channel", "undecided", $"Only channel {present[0]} has photons. If two detectors were meant, the other is dead.")
                : new("dead_channel", "no", $"All channels count: {list}.");
        }

        Curve Trace()
        {
            var bins = (int)Math.Clamp(Math.Floor(duration / tally.TraceBin), 1, QuickTally.MostPoints);
            var sum = new double[bins];
            var more = new Dictionary<string, Series>();
            foreach (var c in present)
            {
                var trace = tally.Trace(c);
                var rates = new double?[bins];
                for (var k = 0; k < bins; k++)
                {
                    sum[k] += trace[k];
                    rates[k] = trace[k] / tally.TraceBin;
                }

                if (present.Count > 1) more[$"channel_{c}"] = new($"rate of channel {c}", "cps", rates);
            }

            return new("trace", new("time", "s", [.. Enumerable.Range(0, bins).Select(k => (double?)((k + 0.5) * tally.TraceBin))]),
                new("count rate", "cps", [.. sum.Select(n => (double?)(n / tally.TraceBin))])
                {
                    Sigma = [.. sum.Select(n => (double?)(Math.Sqrt(Math.Max(n, 1)) / tally.TraceBin))],
                })
            { More = more };
        }

        void Correlation()
        {
            var flat = new double[axis.Bins];
            for (var i = 0; i < flat.Length; i++)
                flat[i] = counts.Starts * (double)counts.Stops * axis.BinSeconds * Math.Max(duration - Math.Abs(axis.Lag(i)), 0) / (duration * duration);
            double n, s, wanted;
            string what;
            if (pulsed is { } each)
            {
                var peaks = new double[2 * SidePeaks + 1];
                for (var i = 0; i < counts.Pairs.Length; i++)
                {
                    var m = (int)Math.Round(axis.Centre(i) / each);
                    if (Math.Abs(m) <= SidePeaks) peaks[m + SidePeaks] += counts.Pairs[i];
                }

                n = peaks[SidePeaks];
                s = (peaks.Sum() - n) / (2 * SidePeaks);
                wanted = s;
                what = $"a side peak holds {Text(s)} pairs";
            }
            else
            {
                n = counts.Pairs[axis.Side];
                s = flat[axis.Side];
                wanted = counts.Starts * (double)counts.Stops / duration * 2 * RoughDip;
                what = $"about {Text(wanted)} pairs are expected within +-{Text(RoughDip * 1e9)} ns";
            }

            if (s > 0)
            {
                var (low, high) = PoissonDeviance.Interval((long)n, 0.95);
                quantities.Add(new("g2_0_raw", n / s, (n > 0 ? Math.Sqrt(n) : 1.84) / s, low / s, high / s, "1") { N = (long)n, Method = "exact-poisson" });
            }
            else
            {
                quantities.Add(Quantity.Refused("g2_0_raw", "1", "TOO_FEW_COINCIDENCES"));
            }

            var wings = Enumerable.Range(0, flat.Length).Where(i => Math.Abs(i - axis.Side) > 0.6 * axis.Side).ToArray();
            var level = wings.Sum(i => flat[i]) is > 0 and var expected ? wings.Sum(i => (double)counts.Pairs[i]) / expected : 1;
            var floor = pulsed is null ? CwG2Artefacts.FindSharedDeadTime(counts.Pairs, flat, axis.Side, level) : null;
            verdicts.Add(floor is { } half
                ? new("empty_dip", "yes", $"Almost no pairs within +-{Text(half * axis.BinSeconds * 1e9)} ns, with a sharp edge on both sides: both channels share a dead time. Put a longer cable on one detector.")
                : new("empty_dip", "no", "No floor with sharp edges around zero delay."));
            var few = wanted < EnoughPairs;
            verdicts.Add(new("too_few_pairs", few ? "yes" : "no", $"With {Text(counts.Starts / duration)} and {Text(counts.Stops / duration)} cps over {Text(duration)} s, {what}; a verdict needs about {EnoughPairs}."));
            if (few && wanted > 0)
                messages.Add(new("TOO_FEW_COINCIDENCES", $"{char.ToUpperInvariant(what[0])}{what[1..]}; need about {EnoughPairs} for a verdict. At this rate measure {Text(Math.Ceiling(duration * EnoughPairs / wanted))} s."));
            curves.Add(new("g2", new("delay", "ns", [.. Enumerable.Range(0, flat.Length).Select(i => (double?)Math.Round(axis.Centre(i) * 1e9, 9))]),
                new("g2", "1", [.. flat.Select((f, i) => f > 0 ? counts.Pairs[i] / f : (double?)null)])
                {
                    Sigma = [.. flat.Select((f, i) => f > 0 ? Math.Sqrt(Math.Max(counts.Pairs[i], 1)) / f : (double?)null)],
                })
            { More = new Dictionary<string, Series> { ["counts"] = new("pairs", "1", [.. counts.Pairs.Select(k => (double?)k)]) } });
        }

        void MeanArrival(double step, double repetition)
        {
            double weighted = 0, photonsUsed = 0, variance = 0;
            foreach (var c in present)
            {
                if (tally.Dtimes(c) is not { } dtimes || Arrival(dtimes, step, repetition) is not { } arrival) continue;
                weighted += arrival.Mean * arrival.Photons;
                variance += arrival.Sigma * arrival.Sigma * arrival.Photons * arrival.Photons;
                photonsUsed += arrival.Photons;
            }

            quantities.Add(photonsUsed > 0
                ? Quantity.Of("tau_mean_ns", weighted / photonsUsed * 1e9, Math.Sqrt(variance) / photonsUsed * 1e9, "ns") with { N = (long)photonsUsed, Method = "moment" }
                : Quantity.Refused("tau_mean_ns", "ns", "TOO_FEW_PHOTONS"));
        }
    }

    /// <summary>Share of photons with a neighbour within 1 us beyond what the waits of 2 to 10 us foretell.</summary>
    /// <remarks>
    /// The waits from 2 to 6 and from 6 to 10 us tell the local rate, which in a scan or under blinking is higher than the
    /// mean, and are drawn on to zero with it.
    /// </remarks>
    static (double Share, double Sigma) Excess(long[] waits, long photons, double rate)
    {
        if (photons == 0 || rate <= 0) return (0, 0);
        double Sum(double from, double to) => waits.Where((_, k) => (k + 0.5) * Bin > from && (k + 0.5) * Bin < to).Sum();
        var (near, early, late) = (Sum(0, 1e-6), Sum(2e-6, 6e-6), Sum(6e-6, 10e-6));
        var (local, localSigma) = (rate, 0.0);
        if (early > 20 && late > 20 && Math.Log(early / late) / 4e-6 > rate)
            (local, localSigma) = (Math.Log(early / late) / 4e-6, Math.Sqrt(1 / early + 1 / late) / 4e-6);
        var factor = (1 - Math.Exp(-local * 1e-6)) / (Math.Exp(-local * 2e-6) - Math.Exp(-local * 10e-6));
        var foretold = (early + late) * factor;
        var byRate = foretold * 5e-6 * localSigma; // waits of about 5.5 us are drawn on to 0.5 us
        return ((near - foretold) / photons, Math.Sqrt(near + (early + late) * factor * factor + byRate * byRate + 1) / photons);
    }

    const double Bin = QuickTally.LongestWait / QuickTally.WaitBins;

    /// <summary>
    /// Mean arrival after the rising edge, as the lifetime of the single exponential that has this mean over one period.
    /// </summary>
    /// <remarks>
    /// The level before the edge, where the decay of the pulse before has gone furthest, is taken off; for an exponential
    /// that takes off e^(-P/tau) too, which the inversion knows. So neither a flat background nor an incomplete decay
    /// matters, and where the decay fits into the period it is the plain mean arrival time.
    /// </remarks>
    static (double Mean, double Sigma, double Photons)? Arrival(long[] dtimes, double step, double period)
    {
        var bins = (int)Math.Min(Math.Round(period / step), dtimes.Length);
        if (bins < 16) return null;
        // Coarse enough to see the edge through the noise.
        var merge = Math.Max(1, bins / 512);
        var n = bins / merge;
        var h = new double[n];
        for (var i = 0; i < n * merge; i++) h[i / merge] += dtimes[i];
        var photons = h.Sum();
        if (photons < 200) return null;

        var top = Array.IndexOf(h, h.Max());
        var window = Math.Max(1, n / 20);
        // The twentieth of the period that ends where the edge begins.
        var rise = top;
        double Low(int from) => Enumerable.Range(0, window).Average(k => h[((from + k) % n + n) % n]);
        var base0 = Enumerable.Range(0, n).Min(Low);
        var half = base0 + 0.5 * (h[top] - base0);
        for (var k = 0; k < n && h[((rise - 1) % n + n) % n] > half; k++) rise--;
        // The rise has a foot, long in a fast repetition; the level is taken before it.
        var lead = 0;
        while (lead < n / 10 && h[((rise - lead - 1) % n + n) % n] > base0 + 0.02 * (h[top] - base0)) lead++;
        lead += Math.Max(1, n / 100);
        var level = Low(rise - lead - window);

        double sum = 0, first = 0, second = 0;
        for (var k = 0; k < n - window - lead; k++)
        {
            var t = (k + 0.5) * merge * step;
            var value = h[((rise + k) % n + n) % n] - level;
            sum += value;
            first += value * t;
            second += value * t * t;
        }

        if (sum < 100) return null;
        var mean = first / sum;
        var whole = n * merge * step;
        var end = whole * (1 - (window + lead) / (double)n);
        var taken = whole * (1 - (0.5 * window + lead) / n); // middle of the window that was taken off
        double Foretold(double tau)
        {
            var (e, low) = (Math.Exp(-end / tau), Math.Exp(-taken / tau));
            var zeroth = tau * (1 - e) - low * end;
            return (tau * tau * (1 - e) - tau * end * e - 0.5 * low * end * end) / zeroth;
        }

        var (shortest, longest) = (0.1 * merge * step, 5 * whole);
        if (mean >= Foretold(longest) || mean <= Foretold(shortest)) return null;
        for (var k = 0; k < 80; k++)
        {
            var middle = Math.Sqrt(shortest * longest);
            if (Foretold(middle) < mean) shortest = middle;
            else longest = middle;
        }

        var lifetime = Math.Sqrt(shortest * longest);
        var slope = (Foretold(lifetime * 1.01) - Foretold(lifetime * 0.99)) / (0.02 * lifetime);
        var spread = Math.Sqrt(Math.Max(second / sum - mean * mean, 0) / sum * (photons / sum));
        return (lifetime, spread / Math.Max(slope, 1e-3), photons);
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("looking at the photons", value, total));
    }

    static string Text(double x) => NumberText.Rounded(x);
}
