using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Blinking;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long does it take to group segments into levels? Guards the heap of <see cref="Levels"/>'s start and the samples it chooses from: the time should grow with the segments, not with
/// their square.
/// </summary>
[MemoryDiagnoser]
public class LevelsBenchmarks
{
    [Params(1_000, 10_000, 100_000)] public int Count;

    Segment[] _segments = [];

    /// <summary>Four levels of 2 to 45 kcps, exponential dwells of 50 ms.</summary>
    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        double[] rates = [2e3, 8e3, 20e3, 45e3];
        _segments = new Segment[Count];
        var (t, level) = (0.0, 0);
        for (var j = 0; j < Count; j++)
        {
            level = (level + 1 + random.Next(3)) % 4;
            var to = t - 0.05 * Math.Log(1 - random.NextDouble()) + 1e-3;
            var mean = rates[level] * (to - t);
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            _segments[j] = new(t, to, (long)Math.Max(0, Math.Round(mean + Math.Sqrt(mean) * normal)));
            t = to;
        }
    }

    [Benchmark]
    public LevelSet Of() => Levels.Of(_segments, 8, CancellationToken.None);
}
