using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>The fast counter against a plain one, for any batch size and any number of threads.</summary>
public class PulsedCounterTests
{
    static readonly PulsedClock Clock = new(50e-9, 16e-12, 6251);

    static PulsedPlan Plan(int reach, double cut = 5e-9, double? window = null) =>
        new(Clock, (0, 1), reach, (cut, cut), (6e-9, 6e-9), [1e-9, 4e-9, 10e-9], window);

    static (long[] Times, short[] Codes, int[] Dtimes) Random(int photons, double mean, int seed, bool disorder = false)
    {
        var random = new Random(seed);
        var (times, codes, dtimes) = (new long[photons], new short[photons], new int[photons]);
        var t = 0.0;
        for (var i = 0; i < photons; i++)
        {
            t += -Math.Log(1 - random.NextDouble()) * mean * (random.Next(50) == 0 ? 30 : 1);
            times[i] = (long)t;
            codes[i] = (short)(random.Next(10) == 0 ? 101 : random.Next(2));
            dtimes[i] = random.Next(20) == 0 ? random.Next(3400) : random.Next(3125); // some beyond the period
            if (disorder && random.Next(40) == 0) times[i] = Math.Max(0, times[i] - random.Next(30));
        }

        return (times, codes, dtimes);
    }

    /// <summary>Every photon with every other.</summary>
    static long[] Plain(PulsedPlan plan, long[] times, short[] codes, int[] dtimes)
    {
        var photons = times.Select((t, i) => (Pulse: t + plan.Place(codes[i] == 1, dtimes[i]).Pulse, plan.Place(codes[i] == 1, dtimes[i]).Delay, Code: codes[i], Level: plan.Level(codes[i] == 1, dtimes[i])))
            .Where(p => p.Code < 2).OrderBy(p => p.Pulse).ToArray();
        var cells = new long[(2 * plan.Reach + 1) * plan.Levels];
        for (var i = 0; i < photons.Length; i++)
            for (var j = i + 1; j < photons.Length && photons[j].Pulse - photons[i].Pulse <= plan.Reach + 1; j++)
            {
                if (photons[i].Code == photons[j].Code) continue;
                var (a, b) = photons[i].Code == 0 ? (photons[i], photons[j]) : (photons[j], photons[i]);
                var m = b.Pulse - a.Pulse;
                if (plan.Window is { } window)
                {
                    var delay = m * plan.Clock.Period + b.Delay - a.Delay;
                    m = (long)Math.Round(delay / plan.Clock.Period);
                    if (Math.Abs(delay - m * plan.Clock.Period) > window / 2) continue;
                }

                if (Math.Abs(m) <= plan.Reach) cells[(m + plan.Reach) * plan.Levels + Math.Min(a.Level, b.Level)]++;
            }
        return cells;
    }

    static PulsedCounts Count(PulsedPlan plan, (long[] Times, short[] Codes, int[] Dtimes) light, int batch, double? duration)
    {
        var counter = new PulsedCounter(plan, duration);
        for (var i = 0; i < light.Times.Length; i += batch)
        {
            var n = Math.Min(batch, light.Times.Length - i);
            counter.Add(new(light.Times.AsSpan(i, n), light.Codes.AsSpan(i, n), light.Dtimes.AsSpan(i, n)));
        }

        return counter.Finish(light.Times.Length == 0 ? 0 : light.Times.Max() * Clock.Period);
    }

    [Theory]
    [InlineData(40, 30, false, null)]
    [InlineData(3, 2, false, null)]
    [InlineData(200, 4, false, null)]
    [InlineData(40, 0.2, false, null)]
    [InlineData(40, 10, true, null)]
    [InlineData(40, 10, false, 20e-9)]
    public void Every_pair_is_counted_once(int reach, double mean, bool disorder, double? window)
    {
        var light = Random(20_000, mean, 5, disorder);
        foreach (var plan in new[] { Plan(reach, window: window), Plan(reach, cut: -3e-9, window), Plan(reach, cut: 0, window) })
        {
            var plain = Plain(plan, light.Times, light.Codes, light.Dtimes);
            foreach (var batch in new[] { 1, 7, 4096, 20_000 })
                foreach (var duration in new double?[] { null, light.Times[^1] * Clock.Period, 1e-3 })
                {
                    var counts = Count(plan, light, batch, duration);
                    Assert.Equal(plain, counts.Cells);
                    Assert.Equal(light.Codes.Count(c => c == 0), counts.Photons.A);
                    Assert.Equal(light.Codes.Count(c => c == 1), counts.Photons.B);
                    Assert.Equal(light.Codes.Count(c => c < 2), counts.Decay.A.Sum() + counts.Decay.B.Sum());
                }
        }
    }

    [Fact]
    public void Photons_out_of_order_keep_all_analyses_of_a_pass_from_being_joined()
    {
        var light = Random(20_000, 10, 5, disorder: true);
        var whole = new Together([new PulsedCounter(Plan(40), null), new TraceCounter()]);
        var parts = new[] { whole.Fork()!, whole.Fork()! };
        parts[0].Add(new(light.Times.AsSpan(0, 10_000), light.Codes.AsSpan(0, 10_000), light.Dtimes.AsSpan(0, 10_000)));
        parts[1].Add(new(light.Times.AsSpan(10_000), light.Codes.AsSpan(10_000), light.Dtimes.AsSpan(10_000)));

        Assert.False(whole.CanJoin(parts));
    }

    [Fact]
    public void Counts_do_not_depend_on_batches()
    {
        var light = Random(30_000, 8, 6);
        string Text(int batch) => JsonSerializer.Serialize(Count(Plan(40), light, batch, null));

        Assert.Equal(Text(4096), Text(1));
        Assert.Equal(Text(4096), Text(1000));
    }

    [Fact]
    public void Several_threads_count_what_one_counts()
    {
        var random = new Random(22);
        var records = new List<uint>();
        var (sync, wraps) = (0L, 0L);
        for (var i = 0; i < 60_000; i++)
        {
            sync += (long)(-Math.Log(1 - random.NextDouble()) * (i is > 20_000 and < 20_100 ? 200_000 : 20)); // a dark stretch too
            if (sync / 1024 > wraps)
            {
                for (; sync / 1024 - wraps > 1023; wraps += 1023) records.Add(0xFE000000 | 1023);
                records.Add(0xFE000000 | (uint)(sync / 1024 - wraps));
                wraps = sync / 1024;
            }
            records.Add((uint)random.Next(2) << 25 | (uint)random.Next(780) << 10 | (uint)(sync % 1024));
        }
        var stream = (RecordStream)Formats.Open(PtuFile.Of(0x01010304, [.. records]).Stream());
        var clock = PulsedSurvey.Clock(stream, null, null, default);
        foreach (var reach in new[] { 40, 1000 })
            foreach (var duration in new double?[] { null, sync * clock.Period })
            {
                var plan = new PulsedPlan(clock, (0, 1), reach, (2e-9, 2e-9), (3e-9, 3e-9), [1e-9], null);
                string Text(int threads)
                {
                    var counter = new PulsedCounter(plan, duration);
                    stream.Read(counter, null, threads);
                    var last = counter.LastPulse;
                    return JsonSerializer.Serialize(new { last, counts = counter.Finish(duration ?? sync * clock.Period) });
                }

                stream.Sizes = (40_000, 512);
                var one = Text(1);
                Assert.Equal(one, Text(2));
                Assert.Equal(one, Text(5));
            }
    }

    [Fact]
    public void A_report_by_several_threads_is_that_of_one_to_the_byte()
    {
        var light = new PulsedLight { Pulses = 300_000 }.T3();
        byte[] Report(int threads, int batch) => ReportJson.Bytes(AnalysisCatalogue.Find("g2.pulsed").Compute(
            new(new Dictionary<string, Measurement> { ["file"] = new PulsedLight { Pulses = 300_000 }.T3(batch) }, []) { Threads = threads }), "test");

        Assert.Equal(Report(1, 4096), Report(4, 4096));
        Assert.Equal(Report(1, 4096), Report(1, 333));
        Assert.NotEmpty(light.Times);
    }
}
