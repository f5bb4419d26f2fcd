using System.Runtime.InteropServices;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

/// <summary>A simulated stream kept in memory, so that an analysis of many passes draws it once.</summary>
sealed class DrawnPhotons : PhotonStream, IPhotonConsumer
{
    readonly List<long> _time = [];
    readonly List<short> _channel = [];
    readonly List<int> _dtime = [];
    PassReport? _pass;

    public static DrawnPhotons Of(SimulationOptions options)
    {
        var drawn = SimulatedPhotons.Of(options);
        var kept = new DrawnPhotons
        {
            Format = drawn.Format, RecordType = drawn.RecordType, Mode = drawn.Mode, Tick = drawn.Tick, SyncPeriod = drawn.SyncPeriod, ChannelWidth = drawn.ChannelWidth,
            HeaderDuration = drawn.HeaderDuration, DeclaredRecords = drawn.DeclaredRecords, AvailableRecords = drawn.AvailableRecords, Header = drawn.Header,
        };
        kept._pass = drawn.Read(kept);
        return kept;
    }

    public void Add(in PhotonBatch batch)
    {
        _time.AddRange(batch.Time);
        _channel.AddRange(batch.Channel);
        _dtime.AddRange(batch.Dtime);
    }

    public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var time = CollectionsMarshal.AsSpan(_time);
        var channel = CollectionsMarshal.AsSpan(_channel);
        var dtime = CollectionsMarshal.AsSpan(_dtime);
        for (var from = 0; from < time.Length; from += 1 << 16)
        {
            var count = Math.Min(1 << 16, time.Length - from);
            consumer.Add(new PhotonBatch(time.Slice(from, count), channel.Slice(from, count), dtime.Length > 0 ? dtime.Slice(from, count) : []));
        }

        return _pass!;
    }
}
