using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>All that one pass over the photons counts for a bunching peak.</summary>
/// <param name="Pairs">Of each pair of detectors.</param>
/// <param name="Triples">With three detectors.</param>
/// <param name="Duration">[s]</param>
/// <param name="Photons">On the detectors.</param>
sealed record BunchingCounts(PairAxis Axis, PairCounts[] Pairs, Triples? Triples, PhotonNumbers Numbers, AcquisitionTime Time, double Duration, long Photons)
{
    public static BunchingCounts Of(
        PhotonStream photons, BunchingDetectors detectors, BunchingOptions options, double bin, double range, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var clock = PairClock.Of(photons);
        var axis = PairAxis.For(clock, bin, range, 0);
        PairCounter Counter((int A, int B) pair) => new(
            clock, PairAxis.For(clock, bin, range, detectors.Late[pair.B] - detectors.Late[pair.A]),
            options.Channels is { } channels ? [channels[pair.A], channels[pair.B]] : null, photons.HeaderDuration);
        var counters = detectors.Pairs.Select(Counter).ToArray();
        var expected = photons.HeaderDuration is > 0 and var told ? told : 1;
        var triples = options.Channels is { Count: 3 } three ? new Triples(clock, three, detectors.Late, bin, expected) : null;
        var isPulsed = photons is { Mode: "T3", SyncPeriod: > 0 };
        var window = options.CountWindow ?? (isPulsed ? null : options.IsLong ? bin : 10e-6);
        var numbers = new PhotonNumbers(clock, options.Channels, window, options.BurstGap ?? (options.IsLong ? bin : range / 10), expected, isPulsed);
        var pass = photons.Read(new Together([.. counters, .. triples is null ? Array.Empty<IPhotonConsumer>() : [triples], numbers]),
            progress is null ? null : new Forward(progress, photons.AvailableRecords), stop);
        triples?.Finish();
        numbers.Finish();
        var last = counters.Max(counter => counter.LastTime);
        var time = AcquisitionTime.Of(photons, pass, last is null ? null : (long)(last.Value / photons.Tick!.Value));
        var duration = time.Seconds ?? last ?? 0;
        var counts = counters.Select(counter => counter.Finish(duration)).ToArray();
        var all = counts.Length == 3 ? counts[0].Starts + counts[0].Stops + counts[1].Stops : counts[0].Starts + counts[0].Stops;
        return new(axis, counts, triples, numbers, time with { Findings = [.. pass.Findings, .. time.Findings] }, duration, all);
    }

    /// <summary>Time without the silences that no chance makes [s].</summary>
    public double Live => Duration - Pairs[0].Silences.Sum(s => s.To - s.From);

    /// <summary>The same of each block of the numbers, shape (blocks).</summary>
    /// <param name="told">Duration that the header told; the blocks were made by it.</param>
    public double[] LiveBlocks(double? told)
    {
        var length = (told is > 0 ? told.Value : 1) / PhotonNumbers.Blocks;
        return [.. Enumerable.Range(0, PhotonNumbers.Blocks).Select(b =>
        {
            var (from, to) = (Math.Min(b * length, Duration), b == PhotonNumbers.Blocks - 1 ? Duration : Math.Min((b + 1) * length, Duration));
            return Math.Max(0, to - from - Pairs[0].Silences.Sum(s => Math.Max(0, Math.Min(s.To, to) - Math.Max(s.From, from))));
        })];
    }

    /// <summary>Pairs of all pairs of detectors together, shape (bins).</summary>
    public double[] Counted()
    {
        var sum = new double[Axis.Bins];
        foreach (var one in Pairs)
            for (var i = 0; i < sum.Length; i++) sum[i] += one.Pairs[i];
        return sum;
    }

    /// <summary>Pairs of uncorrelated light, shape (bins).</summary>
    public double[] Flat()
    {
        var live = Live;
        var sum = new double[Axis.Bins];
        foreach (var one in Pairs)
            for (var i = 0; i < sum.Length; i++)
                sum[i] += (double)one.Starts * one.Stops * Axis.BinSeconds * Math.Max(live - Math.Abs(one.Axis.Lag(i)), 0) / (live * live);
        return sum;
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting pairs", value, total));
    }
}
