using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>Counts triples: a photon on each of three detectors, the second and third within +-w of the first; whole and in blocks of time.</summary>
sealed class Triples : IPhotonConsumer
{
    public const int Blocks = 20;
    const double Looking = 1e-3; // [s] how late a photon may be
    const int Some = 1 << 15;

    readonly PairClock _clock;
    readonly IReadOnlyList<int> _channels;
    readonly long _window, _looking, _block;
    readonly List<long>[] _times = [[], [], []];
    readonly bool[] _disorder = new bool[3];
    long _latest = long.MinValue / 4;
    int _done; // photons of the first detector that are counted

    /// <param name="window">w [s].</param>
    public Triples(PairClock clock, IReadOnlyList<int> channels, double window, double duration)
    {
        (_clock, _channels) = (clock, channels);
        _window = Math.Max(0, (long)Math.Round(window / clock.Unit));
        _looking = (long)(Looking / clock.Unit);
        _block = Math.Max(1, (long)Math.Ceiling(duration / Blocks / clock.Unit));
    }

    /// <summary>Triples of each block.</summary>
    public long[] Counted { get; } = new long[Blocks];

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
            var t = batch.Time[i] * _clock.UnitsPerTick + (batch.Dtime.IsEmpty ? 0 : batch.Dtime[i] * _clock.UnitsPerDtime);
            var own = _times[role];
            if (own.Count > 0 && t < own[^1]) _disorder[role] = true;
            own.Add(t);
            Photons[role][Block(t)]++;
            _latest = Math.Max(_latest, t);
            if (own.Count >= Some && own.Count % Some == 0) Count(_latest - _looking - _window);
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
        for (; _done < first.Count && first[_done] <= horizon; _done++)
        {
            var t = first[_done];
            while (from2 < second.Count && second[from2] < t - _window) from2++;
            while (to2 < second.Count && second[to2] <= t + _window) to2++;
            while (from3 < third.Count && third[from3] < t - _window) from3++;
            while (to3 < third.Count && third[to3] <= t + _window) to3++;
            Counted[Block(t)] += (long)(to2 - from2) * (to3 - from3);
        }

        first.RemoveRange(0, _done);
        _done = 0;
        if (horizon == long.MaxValue) return;
        foreach (var list in new[] { second, third })
        {
            var old = list.BinarySearch(horizon - _window);
            list.RemoveRange(0, old >= 0 ? 0 : ~old);
        }
    }
}
