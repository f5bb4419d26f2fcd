namespace PqdPortal.Analysis.Measurements;

/// <summary>Counts events by channel, and photons by channel in equal bins of time.</summary>
/// <remarks>A clock that a damaged file moves far away makes no memory: photons behind the last possible bin are counted apart.</remarks>
public sealed class TraceCounter : IPartedConsumer
{
    /// <summary>Bins kept for a channel at most.</summary>
    public const int MostBins = 1 << 20;

    readonly long[] _events = new long[short.MaxValue + 2];
    readonly long[]?[] _trace = new long[]?[Channels.MarkerBase];
    int _bins;

    /// <param name="binTicks">Length of a bin [ticks]; null to count by channel alone.</param>
    public TraceCounter(long? binTicks = null)
    {
        if (binTicks <= 0) throw new ArgumentOutOfRangeException(nameof(binTicks));
        BinTicks = binTicks;
    }

    /// <summary>Counts in bins of a length in seconds, rounded to whole ticks.</summary>
    /// <exception cref="InsufficientDataException">The stream does not say how long a tick is.</exception>
    public static TraceCounter Of(PhotonStream stream, double bin) =>
        stream.Tick is { } tick ? new(Math.Max(1, (long)Math.Round(bin / tick)))
            : throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a trace in seconds cannot be counted.");

    /// <summary>Length of a bin [ticks]; null where events are only counted by channel.</summary>
    public long? BinTicks { get; }

    /// <summary>Bins up to the one of the latest photon.</summary>
    public int Bins => _bins;

    /// <summary>Photons before the first or behind the last possible bin.</summary>
    public long Outside { get; private set; }

    /// <summary>Events by channel, ascending; see <see cref="Channels"/>.</summary>
    public IReadOnlyDictionary<short, long> EventsByChannel()
    {
        var counted = new SortedDictionary<short, long>();
        for (var i = 0; i < _events.Length; i++)
            if (_events[i] > 0) counted.Add((short)(i - 1), _events[i]);
        return counted;
    }

    /// <summary>Photons of a channel in each bin, shape (Bins).</summary>
    public long[] Trace(int channel)
    {
        var trace = new long[_bins];
        if (_trace[channel] is { } counted) counted.AsSpan(0, Math.Min(_bins, counted.Length)).CopyTo(trace);
        return trace;
    }

    public void Add(in PhotonBatch batch)
    {
        var (begin, length, bin) = (0L, 0UL, 0);
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            _events[channel + 1]++;
            if (BinTicks is not { } width || !Channels.IsPhoton(channel)) continue;
            var t = batch.Time[i];
            if ((ulong)(t - begin) >= length)
            {
                if (BinOf(t) is not { } found)
                {
                    Outside++;
                    continue;
                }
                (begin, length, bin) = (found * width, (ulong)width, found);
            }
            Row(channel, bin)[bin]++;
        }
    }

    /// <summary>The bin of a tick; null outside.</summary>
    internal int? BinOf(long t) => t >= 0 && BinTicks is { } width && t / width is < MostBins and var bin ? (int)bin : null;

    /// <summary>Counts events of one channel that lie in one bin.</summary>
    internal void Add(short channel, int bin, long count)
    {
        _events[channel + 1] += count;
        if (BinTicks is not null && Channels.IsPhoton(channel)) Row(channel, bin)[bin] += count;
    }

    long[] Row(short channel, int bin)
    {
        if (bin >= _bins) _bins = bin + 1;
        var row = _trace[channel] ??= new long[256];
        if (bin < row.Length) return row;
        Array.Resize(ref row, (int)Math.Min(MostBins, Math.Max(bin + 1L, 2L * row.Length)));
        return _trace[channel] = row;
    }

    /// <summary>Counts by channel alone know no time.</summary>
    public bool CanShift => BinTicks is null;

    public void Shift(long ticks)
    {
    }

    public IPartedConsumer Fork() => new TraceCounter(BinTicks);

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        foreach (var part in parts.Cast<TraceCounter>())
        {
            for (var i = 0; i < _events.Length; i++) _events[i] += part._events[i];
            for (short channel = 0; channel < Channels.MarkerBase; channel++)
            {
                if (part._trace[channel] is not { } from) continue;
                var row = Row(channel, part._bins - 1);
                for (var bin = 0; bin < Math.Min(part._bins, from.Length); bin++) row[bin] += from[bin];
            }
            Outside += part.Outside;
        }
    }
}
