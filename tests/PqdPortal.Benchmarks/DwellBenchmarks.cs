using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Blinking;

namespace PqdPortal.Benchmarks;

/// <summary>How long do the laws of five thousand dwells take, and the 500 samples behind a p-value? Guard: the p-value under a second.</summary>
[MemoryDiagnoser]
public class DwellBenchmarks
{
    const int Dwells = 5000;

    DwellLaws _laws = null!;
    double[] _lengths = [];

    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        // Power law of exponent 1.5 with a cut-off at 2 s, by rejection.
        var lengths = new List<double>();
        while (lengths.Count < Dwells)
        {
            var x = 0.005 / Math.Pow(1 - random.NextDouble(), 2);
            if (random.NextDouble() < Math.Exp(-x / 2)) lengths.Add(x);
        }

        _lengths = [.. lengths.Order()];
        _laws = Fit();
    }

    /// <summary>All three laws, their distances and BIC.</summary>
    [Benchmark]
    public double AllLaws() => Fit().Best.Bic;

    DwellLaws Fit() => new(_lengths, [], 0.005, 60);

    [Benchmark]
    public double PowerLawP() => _laws.PValue(DwellLaws.PowerLaw, 500, 1, default);

    [Benchmark]
    public double CutoffP() => _laws.PValue(DwellLaws.Cutoff, 500, 1, default);

    [Benchmark]
    public double ExponentialP() => _laws.PValue(DwellLaws.Exponential, 500, 1, default);

    /// <summary>Which dwells the search finds, of both states at 50 and 3 kcps.</summary>
    [Benchmark]
    public double Found() =>
        Completeness.BySearch(50e3, 3e3, 0.1, 0.1, 0.99, 1).ShortestReliable + Completeness.BySearch(3e3, 50e3, 0.1, 0.1, 0.99, 1).ShortestReliable;
}
