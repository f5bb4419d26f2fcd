using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>One detector by itself: all pairs of its counts by their lag, its shortest interval, its micro times; whole and in blocks of time.</summary>
sealed class DetectorTally : IPhotonConsumer
{
    public const int Blocks = 20;
    public const double BinWidth = 1e-10;  // [s] wanted; a whole number of clock steps
    const int MostDtimes = 1 << 16;

    readonly PairClock _clock;
    readonly int? _channel;
    readonly long _width, _reach, _block;
    readonly Queue<long> _recent = new();
    readonly long[] _all = new long[Channels.MarkerBase];
    long _last = long.MinValue / 4;
    int _found = -1;

    /// <param name="channel">Raw code; null for the first that speaks.</param>
    /// <param name="reach">Longest lag [s].</param>
    public DetectorTally(PairClock clock, int? channel, double reach, double duration)
    {
        (_clock, _channel) = (clock, channel);
        _width = Math.Max(1, (long)Math.Round(BinWidth / clock.Step)) * clock.UnitsPerStep;
        Lags = new long[(int)Math.Ceiling(reach / (_width * clock.Unit))];
        _reach = Lags.Length * _width;
        _block = Math.Max(1, (long)Math.Ceiling(duration / Blocks / clock.Unit));
        BlockLags = [.. Enumerable.Range(0, Blocks).Select(_ => new long[Lags.Length])];
    }

    /// <summary>Pairs by lag, shape (lags).</summary>
    public long[] Lags { get; }

    /// <summary>The same in blocks of time, by the later count of the pair.</summary>
    public long[][] BlockLags { get; }
    public long[] BlockCounts { get; } = new long[Blocks];

    /// <summary>Width of a lag bin [s].</summary>
    public double Bin => _width * _clock.Unit;

    /// <summary>Error of an interval by the steps of the clock [s].</summary>
    public double Resolution => _clock.Step / Math.Sqrt(6);

    public long Count { get; private set; }

    /// <summary>Shortest time between two counts [s]; null below two.</summary>
    public double? Shortest { get; private set; }

    public long Backward { get; private set; }
    public long? LastTick { get; private set; }

    /// <summary>Raw micro times of this detector; null where there are none.</summary>
    public long[]? Dtimes { get; private set; }

    /// <summary>Channel that was counted; -1 where none spoke.</summary>
    public int Channel => _channel ?? _found;

    /// <summary>Photons of each channel.</summary>
    public IReadOnlyDictionary<int, long> Present => Enumerable.Range(0, _all.Length).Where(c => _all[c] > 0).ToDictionary(c => c, c => _all[c]);

    public long Of(int channel) => _all[channel];

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            if (!(batch.Time[i] <= LastTick)) LastTick = batch.Time[i];
            if (!Channels.IsPhoton(channel)) continue;
            _all[channel]++;
            if (_found < 0) _found = channel;
            if (channel != Channel) continue;
            var t = batch.Time[i] * _clock.UnitsPerTick;
            if (_clock.UnitsPerDtime != 0 && !batch.Dtime.IsEmpty)
            {
                t += batch.Dtime[i] * _clock.UnitsPerDtime;
                if ((uint)batch.Dtime[i] < MostDtimes) (Dtimes ??= new long[MostDtimes])[batch.Dtime[i]]++;
            }

            Count++;
            var block = (int)Math.Clamp(t / _block, 0, Blocks - 1);
            BlockCounts[block]++;
            if (Count > 1 && t < _last)
            {
                Backward++;
                continue;
            }

            if (Count > 1 && !(Shortest <= (t - _last) * _clock.Unit)) Shortest = (t - _last) * _clock.Unit;
            while (_recent.TryPeek(out var old) && t - old >= _reach) _recent.Dequeue();
            // A file that has thousands of counts at one time is none of a detector.
            if (_recent.Count > 4096)
                throw new InsufficientDataException($"More than 4096 counts of channel {channel} lie within {_reach * _clock.Unit * 1e6:G3} us. No detector counts so fast: the clock of this file cannot be right.");
            var row = BlockLags[block];
            foreach (var old in _recent)
            {
                var bin = (t - old) / _width;
                Lags[bin]++;
                row[bin]++;
            }

            _recent.Enqueue(t);
            _last = t;
        }
    }
}
