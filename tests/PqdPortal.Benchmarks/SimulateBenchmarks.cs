using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long does it take to draw and write a million photons? Guards the two-draws-a-photon emitter: drawing should stay
/// near 50 ns a photon, writing near 10 ns, and memory should not grow with the number of photons.
/// </summary>
[MemoryDiagnoser]
public class SimulateBenchmarks
{
    static readonly SimulationOptions TwoLevel = new() { Rate = [500e3, 500e3], Duration = 1 };

    readonly MemoryStream _file = new(8_000_000);

    [ParamsAllValues] public Light Kind { get; set; }

    public enum Light { TwoLevel, FaultyDetectors, Pulsed, Blinking }

    SimulationOptions Options => Kind switch
    {
        Light.FaultyDetectors => TwoLevel with
        {
            Background = [5000], Jitter = [200e-12], DeadTime = [75e-9], Afterpulse = [0.01], Crosstalk = 0.001,
        },
        Light.Pulsed => TwoLevel with { Kind = "pulsed", Repetition = 10e6, MeanExcitons = 0.3, BiexcitonRatio = 0.1 },
        Light.Blinking => TwoLevel with { Blinking = "power_law", BlinkBrightness = [1, 1], BlinkLifetime = [8e-9, 2e-9] },
        _ => TwoLevel,
    };

    [Benchmark(Baseline = true)]
    public long Draw()
    {
        var counter = new Counter();
        new PhotonGenerator(Options).Run(counter);
        return counter.Events;
    }

    [Benchmark]
    public long DrawAndWrite()
    {
        _file.Position = 0;
        SimulatedFile.Write(Options, _file);
        return _file.Position;
    }

    sealed class Counter : IPhotonConsumer
    {
        public long Events { get; private set; }

        public void Add(in PhotonBatch batch) => Events += batch.Count;
    }
}
