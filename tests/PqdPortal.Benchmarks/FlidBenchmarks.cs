using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long is the map of lifetime and intensity of 10 M photons with known segments? Guards the walk of <see cref="SegmentDecays"/>:
/// one look-up of a weight for each photon, no fit for each bin.
/// </summary>
[MemoryDiagnoser]
public class FlidBenchmarks
{
    const int Photons = 10_000_000, Batch = 65_536;
    const double Period = 100e-9, Bin = 64e-12, Rate = 120e3, Dwell = 0.1;

    long[] _times = [];
    short[] _channels = [];
    int[] _dtimes = [];
    Segment[] _segments = [];
    int[] _levelOf = [];
    DecayAxis? _axis;
    LevelLifetimes.Whole? _whole;

    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        (_times, _channels, _dtimes) = (new long[Photons], new short[Photons], new int[Photons]);
        var counts = new long[(int)Math.Ceiling(Period / Bin)];
        var t = 0.0;
        for (var i = 0; i < Photons; i++)
        {
            // Bright and dim in turns, 200 and 40 kcps, 10 and 2 ns.
            var isOn = (long)(t / Dwell) % 2 == 0;
            t -= Math.Log(1 - random.NextDouble()) / (isOn ? 200e3 : 40e3);
            var delay = 3e-9 - (isOn ? 10e-9 : 2e-9) * Math.Log(1 - random.NextDouble());
            (_times[i], _dtimes[i]) = ((long)(t / Period), (int)(delay % Period / Bin));
            counts[_dtimes[i]]++;
        }

        var segments = (int)(t / Dwell);
        _segments = [.. Enumerable.Range(0, segments).Select(i => new Segment(i * Dwell, (i + 1) * Dwell, (long)((i % 2 == 0 ? 200e3 : 40e3) * Dwell)))];
        _levelOf = [.. Enumerable.Range(0, segments).Select(i => i % 2 == 0 ? 1 : 0)];
        _axis = DecayAxis.Of([new DecayHistogram(0, counts, Bin) { Period = Period, Duration = t }], null);
        _whole = LevelLifetimes.Look(_axis, t, [0], null, null, default);
    }

    /// <summary>Map, decays of the levels and lifetimes of the segments.</summary>
    [Benchmark]
    public long Map()
    {
        var moment = _whole!.Moment();
        var map = new Flid(moment, 10e-3, 0, 2 * Rate, 40e-9);
        var decays = new SegmentDecays(_segments, _levelOf, 2, _axis!, moment, map, Period);
        Feed(decays);
        decays.Finish();
        return map.Inside;
    }

    /// <summary>The look for flicker within the segments.</summary>
    [Benchmark]
    public bool Flicker()
    {
        var counter = new FlickerCounter(_segments, Period);
        Feed(counter);
        return counter.Finish().IsFlickering;
    }

    void Feed(IPhotonConsumer consumer)
    {
        for (var i = 0; i < Photons; i += Batch)
        {
            var n = Math.Min(Batch, Photons - i);
            consumer.Add(new PhotonBatch(_times.AsSpan(i, n), _channels.AsSpan(i, n), _dtimes.AsSpan(i, n)));
        }
    }
}
