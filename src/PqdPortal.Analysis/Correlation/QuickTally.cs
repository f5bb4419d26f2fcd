using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>Everything the quick look wants to know of a stream beside the pairs, in one pass and in bounded memory.</summary>
/// <remarks>
/// The trace begins with bins of 1 ms and joins them two by two whenever there are too many, so that it never has more than
/// 2000 points. Waiting times are kept up to 10 us: since the last photon of the same channel, and since the last photon of
/// any other.
/// </remarks>
public sealed class QuickTally : IPhotonConsumer
{
    public const int MostPoints = 2000;
    public const int WaitBins = 100;
    public const double LongestWait = 10e-6; // [s]
    const int MostDtimes = 1 << 16;

    readonly long[] _count = new long[Channels.MarkerBase];
    readonly long[] _first = new long[Channels.MarkerBase];
    readonly long[] _last = new long[Channels.MarkerBase];
    readonly long[]?[] _trace = new long[]?[Channels.MarkerBase];
    readonly long[]?[] _same = new long[]?[Channels.MarkerBase];
    readonly long[]?[] _other = new long[]?[Channels.MarkerBase];
    readonly long[]?[] _dtime = new long[]?[Channels.MarkerBase];
    readonly PairClock _clock;
    readonly long _longestWait;
    readonly double _perWaitBin;
    readonly bool _micro;
    long _traceBin;
    long _lastTime = long.MinValue / 4, _lastOther = long.MinValue / 4;
    int _lastChannel = -1;

    public QuickTally(PhotonStream photons, PairClock clock)
    {
        _clock = clock;
        _traceBin = Math.Max(1, (long)Math.Ceiling(1e-3 / clock.Unit));
        _longestWait = (long)(LongestWait / clock.Unit);
        _perWaitBin = WaitBins / (double)_longestWait;
        _micro = photons.HasDtime;
        Array.Fill(_last, long.MinValue / 4);
    }

    /// <summary>Channels that hold photons, ascending.</summary>
    public IReadOnlyList<int> Present => [.. Enumerable.Range(0, _count.Length).Where(c => _count[c] > 0)];

    public long Count(int channel) => _count[channel];

    /// <summary>First and last photon of a channel [s].</summary>
    public (double First, double Last) Span(int channel) => (_first[channel] * _clock.Unit, _last[channel] * _clock.Unit);

    /// <summary>Width of a trace bin [s].</summary>
    public double TraceBin => _traceBin * _clock.Unit;

    /// <summary>Photons in each trace bin.</summary>
    public long[] Trace(int channel) => _trace[channel] ?? new long[MostPoints];

    /// <summary>Waiting times since the last photon of the same channel, shape (WaitBins).</summary>
    public long[] WaitsSame(int channel) => _same[channel] ?? new long[WaitBins];

    /// <summary>Waiting times since the last photon of any other channel, shape (WaitBins).</summary>
    public long[] WaitsOther(int channel) => _other[channel] ?? new long[WaitBins];

    /// <summary>Raw micro times; null where there are none.</summary>
    public long[]? Dtimes(int channel) => _dtime[channel];

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            if (!Channels.IsPhoton(channel)) continue;
            var t = batch.Time[i] * _clock.UnitsPerTick;
            if (_clock.UnitsPerDtime != 0 && !batch.Dtime.IsEmpty) t += batch.Dtime[i] * _clock.UnitsPerDtime;

            if (_count[channel]++ == 0) Meet(channel, t);
            var wait = t - _last[channel];
            _last[channel] = t;
            if ((ulong)wait < (ulong)_longestWait) _same[channel]![(int)(wait * _perWaitBin)]++;
            if (_lastChannel != channel)
            {
                _lastOther = _lastTime;
                _lastChannel = channel;
            }

            wait = t - _lastOther;
            if ((ulong)wait < (ulong)_longestWait) _other[channel]![(int)(wait * _perWaitBin)]++;
            _lastTime = t;

            var point = t / _traceBin;
            if (point >= MostPoints)
            {
                while (point >= MostPoints)
                {
                    Halve();
                    point = t / _traceBin;
                }
            }

            if (point >= 0) _trace[channel]![point]++;
            if (_micro && !batch.Dtime.IsEmpty && (uint)batch.Dtime[i] < MostDtimes) _dtime[channel]![batch.Dtime[i]]++;
        }
    }

    void Meet(short channel, long t)
    {
        _first[channel] = t;
        _trace[channel] = new long[MostPoints];
        _same[channel] = new long[WaitBins];
        _other[channel] = new long[WaitBins];
        if (_micro) _dtime[channel] = new long[MostDtimes];
    }

    void Halve()
    {
        _traceBin *= 2;
        foreach (var trace in _trace)
        {
            if (trace is null) continue;
            for (var k = 0; k < MostPoints / 2; k++) trace[k] = trace[2 * k] + trace[2 * k + 1];
            Array.Clear(trace, MostPoints / 2, MostPoints / 2);
        }
    }
}
