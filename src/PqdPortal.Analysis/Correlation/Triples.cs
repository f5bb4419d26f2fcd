using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Counts triples, a photon on each of three detectors, by the delays of the second and the third behind the first, on a coarse
/// grid; whole and in blocks of time.
/// </summary>
/// <remarks>A cell is 2w + 1 clock units wide; the middle one holds what lies within +-w on both delays.</remarks>
sealed class Triples : IPhotonConsumer
{
    public const int Blocks = 20;
    public const int Side = 10;          // cells to either side of the middle one
    public const int Cells = 2 * Side + 1;
    const double Looking = 1e-3; // [s] how late a photon may be
    const int Some = 1 << 15;

    readonly PairClock _clock;
    readonly IReadOnlyList<int> _channels;
    readonly long[] _delays;
    readonly long _window, _reach, _looking, _block;
    readonly List<long>[] _times = [[], [], []];
    readonly bool[] _disorder = new bool[3];
    readonly long[] _second = new long[Cells], _third = new long[Cells];
    long _latest = long.MinValue / 4;
    int _done; // photons of the first detector that are counted

    /// <param name="delays">How late each detector is [s].</param>
    /// <param name="window">w [s].</param>
    public Triples(PairClock clock, IReadOnlyList<int> channels, IReadOnlyList<double> delays, double window, double duration)
    {
        (_clock, _channels) = (clock, channels);
        _delays = [.. delays.Select(delay => (long)Math.Round(delay / clock.Unit))];
        _window = Math.Max(0, (long)Math.Round(window / clock.Unit));
        _reach = Side * (2 * _window + 1) + _window;
        _looking = (long)(Looking / clock.Unit);
        _block = Math.Max(1, (long)Math.Ceiling(duration / Blocks / clock.Unit));
        Map = [.. Enumerable.Range(0, Blocks).Select(_ => new long[Cells * Cells])];
    }

    /// <summary>Triples of each block by cell, the third detector's delay fastest, shape (blocks, cells²).</summary>
    public long[][] Map { get; }

    /// <summary>Photons of each detector in each block, shape (3, blocks).</summary>
    public long[][] Photons { get; } = [new long[Blocks], new long[Blocks], new long[Blocks]];

    /// <summary>2w + 1 clock units [s].</summary>
    public double Width => (2 * _window + 1) * _clock.Unit;

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var code = batch.Channel[i];
            var role = code == _channels[0] ? 0 : code == _channels[1] ? 1 : code == _channels[2] ? 2 : -1;
            if (role < 0) continue;
            var t = batch.Time[i] * _clock.UnitsPerTick + (batch.Dtime.IsEmpty ? 0 : batch.Dtime[i] * _clock.UnitsPerDtime) - _delays[role];
            var own = _times[role];
            if (own.Count > 0 && t < own[^1]) _disorder[role] = true;
            own.Add(t);
            Photons[role][Block(t)]++;
            _latest = Math.Max(_latest, t);
            if (own.Count >= Some && own.Count % Some == 0) Count(_latest - _looking - _reach);
        }
    }

    public void Finish() => Count(long.MaxValue);

    int Block(long t) => (int)Math.Clamp(t / _block, 0, Blocks - 1);

    void Count(long horizon)
    {
        for (var role = 0; role < 3; role++)
        {
            if (_disorder[role]) _times[role].Sort();
            _disorder[role] = false;
        }

        var (first, second, third) = (_times[0], _times[1], _times[2]);
        int from2 = 0, to2 = 0, from3 = 0, to3 = 0;
        var cell = 2 * _window + 1;
        for (; _done < first.Count && first[_done] <= horizon; _done++)
        {
            var t = first[_done];
            Move(second, t, ref from2, ref to2);
            if (from2 == to2) continue;
            Move(third, t, ref from3, ref to3);
            if (from3 == to3) continue;
            for (var j = from2; j < to2; j++) _second[(second[j] - t + _reach) / cell]++;
            for (var j = from3; j < to3; j++) _third[(third[j] - t + _reach) / cell]++;
            var map = Map[Block(t)];
            for (var x = 0; x < Cells; x++)
            {
                if (_second[x] is not (> 0 and var n)) continue;
                for (var y = 0; y < Cells; y++) map[x * Cells + y] += n * _third[y];
            }

            Array.Clear(_second);
            Array.Clear(_third);
        }

        first.RemoveRange(0, _done);
        _done = 0;
        if (horizon == long.MaxValue) return;
        foreach (var list in new[] { second, third })
        {
            var old = list.BinarySearch(horizon - _reach);
            list.RemoveRange(0, old >= 0 ? 0 : ~old);
        }
    }

    void Move(List<long> times, long t, ref int from, ref int to)
    {
        while (from < times.Count && times[from] < t - _reach) from++;
        while (to < times.Count && times[to] <= t + _reach) to++;
    }
}
