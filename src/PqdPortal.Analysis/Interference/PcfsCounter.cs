using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>A band of lag bins, from the bin First to before the bin End.</summary>
sealed record LagBand(int First, int End);

/// <summary>What was counted at one position of the stage, for every band of lags.</summary>
/// <param name="Position">Delay and span.</param>
/// <param name="Photons">Of both detectors.</param>
/// <param name="Bands">Null for a band of lags that is too long for this position.</param>
sealed record PcfsCounts(PcfsPosition Position, (long A, long B) Photons, IReadOnlyList<PcfsPairs?> Bands);

/// <summary>Pairs of a band at one position, and without each block of time in turn.</summary>
/// <param name="Cross">Pairs between the detectors, both orders.</param>
/// <param name="Own">Pairs of each detector with itself, brought to the number that uncorrelated light of as many pairs as between the detectors would leave.</param>
/// <param name="OwnSquare">Variance of <paramref name="Own"/> from counting.</param>
/// <param name="OwnCount">Pairs that <paramref name="Own"/> rests on.</param>
/// <param name="Expected">Pairs between the detectors that uncorrelated light would leave.</param>
/// <param name="Without">Cross, Own and Expected without each block.</param>
sealed record PcfsPairs(double Cross, double Own, double OwnSquare, double OwnCount, double Expected, (double Cross, double Own, double Expected)[] Without);

/// <summary>
/// Correlates the two outputs of an interferometer with each other and each with itself, position by position, in one pass.
/// </summary>
/// <remarks>Only the position at hand is held: three <see cref="LagCounter"/>s, from which sums of bands stay when it ends.</remarks>
sealed class PcfsCounter : IPhotonConsumer
{
    readonly IReadOnlyList<PcfsPosition> _positions;
    readonly LagGrid _grid;
    readonly IReadOnlyList<LagBand> _bands;
    readonly double _tick;
    readonly long _records;
    readonly CancellationToken _stop;
    readonly short[] _channels = [-1, -1];
    readonly bool _asked;
    readonly long[] _events = new long[Channels.MarkerBase];
    readonly List<PcfsCounts> _counts = [];
    readonly long[] _time = new long[4096];
    readonly short[] _who = new short[4096];

    LagCounter[]? _counters; // cross, first with itself, second with itself
    int _position, _filled;

    public PcfsCounter(
        IReadOnlyList<PcfsPosition> positions, LagGrid grid, IReadOnlyList<LagBand> bands, IReadOnlyList<int>? channels, double tick, long records, CancellationToken stop)
    {
        (_positions, _grid, _bands, _tick, _records, _stop) = (positions, grid, bands, tick, records, stop);
        if (channels is null) return;
        _asked = true;
        (_channels[0], _channels[1]) = ((short)channels[0], (short)channels[1]);
    }

    /// <summary>Raw codes of the detectors; -1 for one that never spoke.</summary>
    public (int A, int B) Detectors => (_channels[0], _channels[1]);

    /// <summary>Photons of every channel, whatever the stage did, by channel.</summary>
    public IReadOnlyDictionary<int, long> Present => Enumerable.Range(0, _events.Length).Where(c => _events[c] > 0).ToDictionary(c => c, c => _events[c]);

    /// <summary>Photons of both detectors at the positions.</summary>
    public long Photons => _counts.Sum(one => one.Photons.A + one.Photons.B);

    public long? Last { get; private set; }

    /// <summary>Photons that came behind a later one of their detector, and how late the latest was [s].</summary>
    public long Disordered { get; private set; }
    public double WorstDisorder { get; private set; }

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var (t, channel) = (batch.Time[i], batch.Channel[i]);
            if (!Channels.IsPhoton(channel)) continue;
            _events[channel]++;
            if (!(t <= Last)) Last = t;
            if (Role(channel) is not (>= 0 and var role)) continue;
            while (_position < _positions.Count && t >= _positions[_position].To) Close(null);
            if (_position == _positions.Count || t < _positions[_position].From) continue;
            _time[_filled] = t - _positions[_position].From;
            _who[_filled++] = (short)role;
            if (_filled == _time.Length) Hand();
        }
    }

    int Role(short channel)
    {
        if (channel == _channels[0]) return 0;
        if (channel == _channels[1]) return 1;
        if (_asked) return -1;
        for (var k = 0; k < 2; k++)
            if (_channels[k] < 0)
            {
                _channels[k] = channel;
                return k;
            }

        return -1;
    }

    void Hand()
    {
        if (_filled == 0) return;
        if (_counters is null)
        {
            var position = _positions[_position];
            var duration = (position.To - position.From) * _tick;
            _counters = [.. new int[][] { [0, 1], [0], [1] }.Select(which => new LagCounter(_tick, _grid, which, duration, _records))];
        }

        var batch = new PhotonBatch(_time.AsSpan(0, _filled), _who.AsSpan(0, _filled), []);
        foreach (var counter in _counters) counter.Add(batch);
        _filled = 0;
    }

    /// <summary>Ends the position at hand.</summary>
    /// <param name="end">End of the measurement [ticks], if that came before the position's own.</param>
    void Close(long? end)
    {
        _stop.ThrowIfCancellationRequested();
        Hand();
        var position = _positions[_position++];
        if (end < position.To) position = position with { To = Math.Max(position.From, end.Value) };
        var duration = (position.To - position.From) * _tick;
        if (_counters is null || !(duration > 0)) _counts.Add(new(position, (0, 0), [.. _bands.Select(_ => (PcfsPairs?)null)]));
        else
        {
            var cross = _counters[0];
            Disordered += cross.Disordered;
            WorstDisorder = Math.Max(WorstDisorder, cross.WorstDisorder);
            LagCounts[] counts = [.. _counters.Select(counter => counter.Finish(duration))];
            _counts.Add(new(position, (cross.Photons[0], cross.Photons[1]), [.. _bands.Select(band => Pairs(counts, band, duration))]));
        }

        _counters = null;
    }

    /// <summary>What was counted at each position.</summary>
    /// <param name="end">End of the measurement [ticks].</param>
    public IReadOnlyList<PcfsCounts> Finish(long end)
    {
        while (_position < _positions.Count) Close(end);
        return _counts;
    }

    PcfsPairs? Pairs(LagCounts[] counts, LagBand band, double duration)
    {
        if (_grid.Edges[band.End] * _tick > 0.1 * duration * (1 + 1e-9)) return null;
        (double, double)[] live = [(0, duration)];
        double cross = 0, own = 0, square = 0, count = 0, expected = 0;
        for (var j = band.First; j < band.End; j++)
        {
            var (c, e) = (counts[0].Pairs(j), counts[0].Expected(j, live, live));
            var (mine, others) = (counts[1].Pairs(j) + counts[2].Pairs(j), counts[1].Expected(j, live, live) + counts[2].Expected(j, live, live));
            if (!(e > 0 && others > 0)) return null;
            var weight = e / others;
            cross += c;
            expected += e;
            own += weight * mine;
            square += weight * weight * mine;
            count += mine;
        }

        var blocks = Math.Min(counts[0].Rows.Count, (int)Math.Ceiling(duration / counts[0].BlockLength - 1e-9));
        var without = new (double, double, double)[blocks];
        for (var b = 0; b < blocks; b++)
        {
            var (from, to) = (b * counts[0].BlockLength, b == blocks - 1 ? duration : (b + 1) * counts[0].BlockLength);
            (double, double)[] starts = b == 0 ? [(to, duration)] : b == blocks - 1 ? [(0, from)] : [(0, from), (to, duration)];
            double left = 0, leftOwn = 0, leftExpected = 0;
            for (var j = band.First; j < band.End; j++)
            {
                double Pairs(int k) => counts[k].Pairs(j) - counts[k].Rows[b][j] - (b == blocks - 1 ? counts[k].Rows.Skip(blocks).Sum(row => row[j]) : 0);
                var (e, others) = (counts[0].Expected(j, starts, live), counts[1].Expected(j, starts, live) + counts[2].Expected(j, starts, live));
                left += Pairs(0);
                leftExpected += e;
                leftOwn += others > 0 ? (Pairs(1) + Pairs(2)) * e / others : 0;
            }

            without[b] = (left, leftOwn, leftExpected);
        }

        return new(cross, own, square, count, expected, without);
    }
}
