using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>Photons that a test has in memory, as a stream.</summary>
public sealed class MemoryPhotons : PhotonStream
{
    public required long[] Times { get; init; }
    public required short[] Codes { get; init; }
    public int[] Dtimes { get; init; } = [];
    public int BatchSize { get; init; } = 4096;

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        for (var i = 0; i < Times.Length; i += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            var n = Math.Min(BatchSize, Times.Length - i);
            consumer.Add(new PhotonBatch(Times.AsSpan(i, n), Codes.AsSpan(i, n), Dtimes.Length == 0 ? [] : Dtimes.AsSpan(i, n)));
            progress?.Report(i + n);
        }

        return new(Times.Length, 0, 0, Times.Length == 0 ? 0 : Times.Max(), []);
    }

    /// <summary>A T2 stream of picosecond ticks from the detectors' arrival times, merged in time order.</summary>
    /// <param name="duration">Acquisition time of the header [s]; null where the header does not say.</param>
    public static MemoryPhotons T2(double? duration, params long[][] detectors)
    {
        var all = detectors.SelectMany(times => times).ToArray();
        var codes = detectors.SelectMany((times, channel) => Enumerable.Repeat((short)channel, times.Length)).ToArray();
        Array.Sort(all, codes);
        return new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = duration,
            AvailableRecords = all.Length,
            Times = all, Codes = codes,
        };
    }
}
