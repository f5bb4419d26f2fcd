using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>What a pass over a stream finds that a writer has to know before its first byte.</summary>
sealed class StreamFacts : IPhotonConsumer
{
    readonly long[] _events = new long[short.MaxValue + 2];
    readonly long _origin;

    StreamFacts(long origin) => _origin = origin;

    /// <summary>Events by channel, ascending.</summary>
    public IReadOnlyList<(short Channel, long Count)> Events { get; private set; } = [];

    public int SmallestDtime { get; private set; }
    public int LargestDtime { get; private set; }

    /// <summary>Smallest and latest tick of the file; null without events.</summary>
    public long? FirstTick { get; private set; }

    /// <inheritdoc cref="FirstTick"/>
    public long? LastTick { get; private set; }

    public AcquisitionTime Duration { get; private set; } = new(null, null, []);

    /// <summary>For each length of a wrap: the latest wrap so far, and whether an event lay in an earlier one.</summary>
    readonly Dictionary<long, (long Latest, bool Back)> _wraps = new() { [1024] = (long.MinValue, false), [33_554_432] = (long.MinValue, false) };

    /// <summary>Whether time runs back behind a wrap of the clock, which only counts up.</summary>
    public bool RunsBackBehind(long wrap) => _wraps[wrap].Back;

    public IReadOnlyList<short> Photons => [.. Events.Select(e => e.Channel).Where(Channels.IsPhoton)];
    public IReadOnlyList<short> Markers => [.. Events.Select(e => e.Channel).Where(Channels.IsMarker)];
    public bool HasSync => Events.Any(e => e.Channel == Channels.Sync);

    public static StreamFacts Of(PhotonStream stream, IProgress<long>? progress, CancellationToken stop)
    {
        var facts = new StreamFacts(stream.Origin);
        var pass = stream.Read(facts, progress, stop);
        facts.Duration = AcquisitionTime.Of(stream, pass, facts.LastTick - stream.Origin);
        facts.Events = [.. facts._events.Index().Where(e => e.Item > 0).Select(e => ((short)(e.Index - 1), e.Item))];
        return facts;
    }

    public void Add(in PhotonBatch batch)
    {
        foreach (var channel in batch.Channel) _events[channel + 1]++;
        foreach (var d in batch.Dtime)
        {
            if (d < SmallestDtime) SmallestDtime = d;
            if (d > LargestDtime) LargestDtime = d;
        }
        var (first, last) = (FirstTick ?? long.MaxValue, LastTick ?? long.MinValue);
        foreach (var t in batch.Time)
        {
            first = Math.Min(first, t + _origin);
            last = Math.Max(last, t + _origin);
        }
        (FirstTick, LastTick) = (first, last);
        foreach (var wrap in _wraps.Keys)
        {
            var (latest, back) = _wraps[wrap];
            foreach (var t in batch.Time)
            {
                var of = Math.DivRem(t + _origin, wrap).Quotient;
                if (of < latest) back = true;
                else latest = of;
            }
            _wraps[wrap] = (latest, back);
        }
    }
}

/// <summary>Hands the ticks of the file on, whatever was subtracted from them while reading.</summary>
sealed class OriginalTicks(long origin, IPhotonConsumer next) : IPhotonConsumer
{
    long[] _room = [];

    public void Add(in PhotonBatch batch)
    {
        if (origin == 0)
        {
            next.Add(batch);
            return;
        }
        if (_room.Length < batch.Count) _room = new long[batch.Count];
        for (var i = 0; i < batch.Count; i++) _room[i] = batch.Time[i] + origin;
        next.Add(new PhotonBatch(_room.AsSpan(0, batch.Count), batch.Channel, batch.Dtime));
    }
}
