using System.Globalization;

namespace PqdPortal.Analysis.Measurements;

/// <summary>The decays of a measurement, detector by detector, whether a file of histograms holds them or they are counted from photons.</summary>
/// <param name="Decays">In the order asked for, else ascending by channel. Those without photons are left out.</param>
public sealed record DecaySet(IReadOnlyList<DecayHistogram> Decays)
{
    /// <summary>Counts of all there is, by channel: what can be asked for.</summary>
    public required IReadOnlyDictionary<int, long> Present { get; init; }

    /// <summary>What was odd: in the stream, in its pass, in its duration.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>How long was measured [s]; null where nobody says.</summary>
    public double? Duration { get; init; }

    /// <summary>Photons whose time since the pulse is not known, or lies beyond the period.</summary>
    public long Outside { get; init; }

    /// <summary>True for a file of histograms, whose curves are numbered by their place.</summary>
    public bool AreCurves { get; init; }

    /// <summary>"0 (5120 photons), 1 (4980 photons)".</summary>
    public string Words => Present.Count == 0 ? "none" : string.Join(", ", Present.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} ({one.Value} photons)")));

    /// <summary>Bins of a decay at most, where ticks without micro times leave the choice.</summary>
    const int UsualBins = 4096;

    /// <summary>Counts the decays of a stream, or takes those of a file of histograms.</summary>
    /// <param name="bin">Length of a bin that is wanted [s], where the stream leaves a choice; null for about 4096 bins a period.</param>
    /// <exception cref="InsufficientDataException">There is no time since the pulse, or no unit of it.</exception>
    public static DecaySet Of(Measurement measurement, double? bin = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        measurement switch
        {
            PhotonStream photons => Of(photons, bin, progress, stop),
            HistogramSet histograms => Of(histograms),
            _ => throw new RequestException($"A {measurement.Kind} ({measurement.Format}) holds no decay; a photon stream with micro times or sync events, or a file of decay histograms is needed."),
        };

    /// <summary>Only these channels, in this order; those that are not there are passed over.</summary>
    public DecaySet Only(IReadOnlyList<int>? channels) =>
        channels is null ? this : this with { Decays = [.. channels.Select(c => Decays.FirstOrDefault(decay => decay.Channel == c)).OfType<DecayHistogram>()] };

    static DecaySet Of(HistogramSet set)
    {
        var decays = new List<DecayHistogram>();
        for (var i = 0; i < set.Curves.Count; i++)
        {
            var curve = set.Curves[i];
            if (curve.Sum <= 0 || curve.Meaning == HistogramMeaning.Coincidences) continue;
            if (curve.BinWidth is not { } width || !(width > 0))
                throw new InsufficientDataException("The file does not say how long a bin is, so no lifetime can be told from it. Choose the unit of its times and open it again; with pqd it is --time-unit ns.");
            // More bins than the period has are never filled; filled ones tell that the rate is wrong.
            var period = 1 / curve.SyncRate;
            var counts = curve.Counts;
            if (period is { } p && curve.Start == 0 && (int)Math.Ceiling(p / width - 1e-6) is var bins && bins > 8 && bins < counts.Length)
            {
                if (counts.AsSpan(bins).ToArray().Sum() > 0.01 * curve.Sum) period = null;
                else counts = counts[..bins];
            }

            var (from, to) = DecayHistogram.Measured(counts);
            decays.Add(new(i, counts[from..to], width)
            {
                Name = curve.Name,
                Start = curve.Start + from * width,
                Period = period >= (to - 1) * width ? period : null,
                Duration = curve.Duration,
            });
        }

        return new(decays)
        {
            Present = new SortedDictionary<int, long>(decays.ToDictionary(decay => decay.Channel, decay => decay.Photons)),
            Findings = set.Findings,
            AreCurves = true,
            Duration = decays.Select(decay => decay.Duration).FirstOrDefault(duration => duration is not null),
        };
    }

    static DecaySet Of(PhotonStream photons, double? bin, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var (counter, width, period) = CounterOf(photons, bin, stop);
        var hear = progress is null ? null : new Forward(progress, photons.AvailableRecords);
        var pass = photons.Read(counter, hear, stop);
        var time = AcquisitionTime.Of(photons, pass, counter.LastTick);

        var present = new SortedDictionary<int, long>();
        long beyond = 0, all = 0;
        var longest = 0;
        foreach (var channel in counter.Present)
        {
            var counts = counter.Counts(channel);
            present[channel] = counts.ToArray().Sum();
            all += present[channel];
            var last = counts.Length;
            while (last > 0 && counts[last - 1] == 0) last--;
            longest = Math.Max(longest, last);
            if (period is { } p)
                for (var k = (int)Math.Min(Math.Ceiling(p / width - 1e-6), last); k < last; k++) beyond += counts[k];
        }

        // Micro times that contradict the period: then nobody knows the period.
        if (beyond > 0.01 * all) (period, beyond) = (null, 0);
        var bins = period is { } known ? (int)Math.Min(Math.Ceiling(known / width - 1e-6), DecayCounter.MostBins) : longest;
        // A micro time of so many bits ends somewhere, often before the period does: at a power of two.
        if (counter.CountsDtimes) bins = Math.Min(bins, Math.Max(4096, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)longest)));
        var total = new long[Math.Max(bins, 1)];
        foreach (var channel in counter.Present)
        {
            var counts = counter.Counts(channel);
            for (var k = 0; k < Math.Min(total.Length, counts.Length); k++) total[k] += counts[k];
        }

        var (from, to) = DecayHistogram.Measured(total);
        // In time since the pulse, modulo the period, nothing is outside the range.
        if (!counter.CountsDtimes) (from, to) = (0, total.Length);
        return new([.. counter.Present.Select(channel =>
        {
            var counts = new long[to - from];
            var counted = counter.Counts(channel);
            for (var k = from; k < Math.Min(to, counted.Length); k++) counts[k - from] = counted[k];
            return new DecayHistogram(channel, counts, width) { Start = from * width, Period = period, Duration = time.Seconds };
        }).Where(decay => decay.Photons > 0)])
        {
            Present = present,
            Findings = [.. photons.Findings, .. pass.Findings, .. time.Findings],
            Duration = time.Seconds,
            Outside = counter.Outside + beyond,
        };
    }

    static (DecayCounter Counter, double BinWidth, double? Period) CounterOf(PhotonStream photons, double? bin, CancellationToken stop)
    {
        if (photons.HasDtime)
        {
            if (photons.ChannelWidth is not { } step || !(step > 0))
                throw new InsufficientDataException("The file does not say how long a step of its micro times is, so a lifetime would have no unit.");
            return (new(), step, photons.SyncPeriod is > 0 and var period ? period : null);
        }

        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a lifetime would have no unit.");
        if (SyncRhythm.Of(photons, stop) is not { } rhythm)
            throw new InsufficientDataException("There are neither micro times nor sync events (channel -1) in this file, so nobody knows when the laser fired. A lifetime needs a T3 measurement, or T2 with the laser on the sync input.");
        var ticks = bin is { } wanted
            ? Math.Max(1, (long)Math.Round(wanted / tick))
            : (long)Math.Pow(2, Math.Max(0, Math.Ceiling(Math.Log2(rhythm.Period / UsualBins))));
        return (new(rhythm, ticks), ticks * tick, rhythm.Period * tick);
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting the decay", value, total));
    }
}
