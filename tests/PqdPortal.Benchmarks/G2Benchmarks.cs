using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long does counting the pairs of a usual run take, decoding left out? Guards the look back in
/// <see cref="PairCounter"/>: the time should grow with photons and pairs, not with photons squared, and blocks should cost
/// nothing beside.
/// </summary>
[MemoryDiagnoser]
public class G2Benchmarks
{
    [Params(1_000_000, 10_000_000)] public int Photons;

    /// <summary>Rate of both detectors together [1/s].</summary>
    [Params(500e3, 1e6)] public double Rate;

    static readonly PairClock Clock = new(1e-12, 1, 0, 1);
    static readonly PairAxis Axis = PairAxis.For(Clock, 1e-9, 500e-9, 0);

    long[] _times = [], _first = [], _second = [];
    short[] _channels = [];

    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        _times = new long[Photons];
        _channels = new short[Photons];
        var t = 0.0;
        for (var i = 0; i < Photons; i++)
        {
            t -= Math.Log(1 - random.NextDouble()) / Rate;
            _times[i] = (long)(t * 1e12);
            _channels[i] = (short)random.Next(2);
        }

        _first = [.. _times.Where((_, i) => _channels[i] == 0)];
        _second = [.. _times.Where((_, i) => _channels[i] == 1)];
    }

    /// <summary>Two moving edges over two arrays, with a division for each pair and without blocks.</summary>
    [Benchmark(Baseline = true)]
    public long[] Plain()
    {
        var pairs = new long[Axis.Bins];
        var half = Axis.Reach;
        var from = 0;
        foreach (var t in _first)
        {
            while (from < _second.Length && _second[from] - t < -half) from++;
            for (var j = from; j < _second.Length && _second[j] - t <= half; j++)
                pairs[(_second[j] - t + half) / Axis.Width]++;
        }

        return pairs;
    }

    [Benchmark]
    public PairCounts OnePass()
    {
        var counter = new PairCounter(Clock, Axis, null, Photons / Rate);
        for (var i = 0; i < Photons; i += 4096)
        {
            var n = Math.Min(4096, Photons - i);
            counter.Add(new PhotonBatch(_times.AsSpan(i, n), _channels.AsSpan(i, n), []));
        }

        return counter.Finish(Photons / Rate);
    }
}
