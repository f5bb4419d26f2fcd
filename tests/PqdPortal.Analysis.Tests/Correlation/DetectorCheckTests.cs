using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Tests.Correlation;

public class DetectorCheckTests
{
    const double Rate = 200e3, Dead = 77e-9, P = 0.03, Tau = 40e-9, Dark = 300, Duration = 5;

    static readonly DetectorCheckOptions Usual = new() { Light = 0, Dark = 1 };

    static MemoryPhotons Measured(int seed, double p = P)
    {
        var random = new Random(seed);
        return MemoryPhotons.T2(Duration, FluctuatingLight.Detect(TestEmitter.Steady(Rate, Duration, random), Dead, p, Tau, random), TestEmitter.Steady(Dark, Duration, random));
    }

    [Fact]
    public void Twenty_detectors_give_afterpulses_dead_time_and_dark_counts_with_honest_errors()
    {
        var pulls = new Dictionary<string, List<double>> { ["p_afterpulse"] = [], ["afterpulse_tau_ns"] = [], ["dark_cps"] = [] };
        for (var seed = 0; seed < 20; seed++)
        {
            var report = DetectorCheck.Compute(Measured(300 + seed), null, Usual);

            pulls["p_afterpulse"].Add(LogCorrelationTests.Pull(report, "p_afterpulse", P));
            pulls["afterpulse_tau_ns"].Add(LogCorrelationTests.Pull(report, "afterpulse_tau_ns", Tau * 1e9));
            pulls["dark_cps"].Add(LogCorrelationTests.Pull(report, "dark_cps", Dark));
            Assert.InRange(LogCorrelationTests.Pull(report, "dead_ns", Dead * 1e9), -4, 4);
            Assert.InRange(report.Quantity("dead_ns")!.Value!.Value, 76.99, 77.01);
        }

        foreach (var (name, each) in pulls)
        {
            Assert.True(each.All(pull => Math.Abs(pull) < 4), $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
            // No bias either: each of the small corrections would show here.
            Assert.InRange(each.Average(), -0.8, 0.8);
            Assert.True(each.Average(pull => pull * pull) is > 0.25 and < 2.2, $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
        }
    }

    [Fact]
    public void Counting_all_intervals_below_a_microsecond_would_be_wrong()
    {
        var photons = Measured(7);
        long[] light = [.. photons.Times.Where((_, i) => photons.Codes[i] == 0)];
        var naive = light.Skip(1).Where((t, i) => t - light[i] < 1_000_000).Count() / (double)light.Length;

        var p = DetectorCheck.Compute(photons, null, Usual).Quantity("p_afterpulse")!;

        Assert.InRange((naive - P) / p.Sigma!.Value, 100, 10_000); // chance alone puts 0.2 there
        Assert.InRange((p.Value!.Value - P) / p.Sigma.Value, -4, 4);
    }

    [Fact]
    public void A_detector_without_afterpulses_has_none_and_no_decay_time()
    {
        var report = DetectorCheck.Compute(Measured(8, 0), null, Usual);

        Assert.InRange(LogCorrelationTests.Pull(report, "p_afterpulse", 0), -4, 4);
        Assert.Null(report.Quantity("afterpulse_tau_ns")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "NO_AFTERPULSES");
        Assert.InRange(report.Quantity("dead_ns")!.Value!.Value, 76.9, 77.1);
    }

    [Fact]
    public void Jitter_does_not_shorten_the_dead_time()
    {
        var random = new Random(9);
        long[] seen = [.. FluctuatingLight.Detect(TestEmitter.Steady(Rate, Duration, random), Dead, P, Tau, random).Select(t => t + (long)(250 * TestEmitter.Normal(random))).Where(t => t >= 0).Order()];

        var report = DetectorCheck.Compute(MemoryPhotons.T2(Duration, seen), null, new());

        var shortest = seen.Skip(1).Select((t, i) => t - seen[i]).Min() * 1e-3;
        Assert.InRange(shortest, 0, 76.5);
        Assert.InRange(report.Quantity("dead_ns")!.Value!.Value, 76.6, 77.4);
        Assert.InRange(LogCorrelationTests.Pull(report, "dead_ns", 77), -4, 4);
        Assert.Contains(report.Messages, m => m.Code == "DEAD_TIME_EDGE");
        Assert.Contains(report.Messages, m => m.Code == "NO_DARK_COUNTS");
    }

    [Fact]
    public void Afterpulses_of_afterpulses_are_not_counted_twice()
    {
        var report = DetectorCheck.Compute(Measured(21, 0.12), null, Usual);
        var p = report.Quantity("p_afterpulse")!;

        Assert.InRange(LogCorrelationTests.Pull(report, "p_afterpulse", 0.12), -4, 4);
        // Without the chain it would read p/(1 - p) = 0.136.
        Assert.InRange((0.12 / 0.88 - p.Value!.Value) / p.Sigma!.Value, 15, 1000);
    }

    [Fact]
    public void Two_decay_times_are_told_apart_and_one_is_not_made_two()
    {
        var random = new Random(22);
        long[] Seen(Func<double> wait)
        {
            var seen = new List<long>();
            var waiting = new PriorityQueue<long, long>();
            var light = TestEmitter.Steady(Rate, Duration, random);
            long free = 0;
            for (var next = 0; next < light.Length || waiting.Count > 0;)
            {
                var t = waiting.TryPeek(out var pulse, out _) && (next == light.Length || pulse <= light[next]) ? waiting.Dequeue() : light[next++];
                if (t < free) continue;
                seen.Add(t);
                free = t + 60_000;
                if (random.NextDouble() >= 0.05) continue;
                var at = free + (long)(wait() * 1e12);
                waiting.Enqueue(at, at);
            }

            return [.. seen];
        }

        var two = DetectorCheck.Compute(MemoryPhotons.T2(Duration, Seen(() => FluctuatingLight.Wait(1 / (random.NextDouble() < 0.6 ? 15e-9 : 90e-9), random))), null, new());
        var one = DetectorCheck.Compute(MemoryPhotons.T2(Duration, Seen(() => FluctuatingLight.Wait(1 / 40e-9, random))), null, new());

        Assert.InRange(LogCorrelationTests.Pull(two, "afterpulse_tau1_ns", 15), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(two, "afterpulse_tau2_ns", 90), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(two, "afterpulse_share1", 0.6), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(two, "afterpulse_tau_ns", 0.6 * 15 + 0.4 * 90), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(two, "p_afterpulse", 0.05), -4, 4);
        Assert.Contains(two.Messages, m => m.Code == "TWO_DECAYS");
        Assert.Null(one.Quantity("afterpulse_tau1_ns"));
        Assert.InRange(LogCorrelationTests.Pull(one, "afterpulse_tau_ns", 40), -4, 4);
    }

    [Fact]
    public void Dark_counts_that_come_in_clusters_are_seen()
    {
        var random = new Random(23);
        long[] Dark(double p) => FluctuatingLight.Detect(TestEmitter.Steady(2000, 20, random), Dead, p, Tau, random);
        AnalysisReport Of(long[] dark) => DetectorCheck.Compute(MemoryPhotons.T2(20, TestEmitter.Steady(5000, 20, random), dark), null, Usual);

        var (single, clustered) = (Of(Dark(0)), Of(Dark(0.05)));

        Assert.InRange(LogCorrelationTests.Pull(single, "dark_p_afterpulse", 0), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(clustered, "dark_p_afterpulse", 0.05), -4, 4);
        var curve = clustered.Curve("dark_autocorrelation")!;
        Assert.True(curve.Y!.Values.Take(20).Max() > 20);
        Assert.InRange(single.Curve("dark_autocorrelation")!.Y!.Values.Average()!.Value, 0.6, 1.4);
    }

    [Fact]
    public void Dark_counts_may_come_from_a_file_of_their_own()
    {
        var random = new Random(10);
        var dark = MemoryPhotons.T2(50, TestEmitter.Steady(120, 50, random));

        var report = DetectorCheck.Compute(Measured(11), dark, new() { Light = 0 });

        Assert.InRange(LogCorrelationTests.Pull(report, "dark_cps", 120), -4, 4);
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.08, true)]
    public void Uneven_channels_of_the_micro_time_are_found(double wave, bool uneven)
    {
        var random = new Random(12);
        const double period = 50e-9, step = 64e-12;
        long[] sync = [.. TestEmitter.Steady(100e3, 4, random).Select(t => (long)(t * 1e-12 / period)).Order()];
        int Draw()
        {
            while (true)
            {
                var k = random.Next((int)(period / step));
                if (random.NextDouble() < (1 + wave * (k % 2 == 0 ? 1 : -1)) / (1 + wave)) return k;
            }
        }

        var report = DetectorCheck.Compute(new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = period, SyncPeriod = period, ChannelWidth = step, HeaderDuration = 4, AvailableRecords = sync.Length,
            Times = sync, Codes = new short[sync.Length], Dtimes = [.. sync.Select(_ => Draw())],
        }, null, new());

        Assert.InRange(LogCorrelationTests.Pull(report, "dnl_rms", wave), -4, 4);
        Assert.Equal(uneven, report.Messages.Any(m => m.Code == "DNL"));
    }

    [Fact]
    public void Odd_files_are_answered_in_sentences()
    {
        long[] some = TestEmitter.Steady(5e3, 2, new Random(13));
        foreach (var photons in new[] { MemoryPhotons.T2(2), MemoryPhotons.T2(2, [17]), MemoryPhotons.T2(null, [17]), MemoryPhotons.T2(2, Enumerable.Repeat(5_000_000L, 3000).ToArray()), MemoryPhotons.T2(1e-6, some) })
        {
            var report = DetectorCheck.Compute(photons, null, new());
            Assert.All(report.Quantities, q => Assert.True((q.Value is null || double.IsFinite(q.Value.Value)) && (q.Sigma is null || double.IsFinite(q.Sigma.Value))));
            Assert.All(report.Curves.SelectMany(c => c.Y!.Values), y => Assert.True(y is null || double.IsFinite(y.Value)));
        }

        Assert.Contains(DetectorCheck.Compute(MemoryPhotons.T2(2, some), null, new() { Light = 0, Dark = 5 }).Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channels present: 0"));
        Assert.Equal("insufficient", DetectorCheck.Compute(MemoryPhotons.T2(2, some[..50]), null, new()).Verdict("quality")!.Value);
        Assert.Contains(DetectorCheck.Compute(MemoryPhotons.T2(0.2, FluctuatingLight.Detect(TestEmitter.Steady(2e6, 0.2, new Random(1)), Dead, 0, Tau, new Random(2))), null, new()).Messages, m => m.Code == "DEADTIME");
        Assert.Throws<RequestException>(() => DetectorCheck.Compute(MemoryPhotons.T2(2, some, some), null, new()));
        Assert.Throws<RequestException>(() => DetectorCheck.Compute(MemoryPhotons.T2(2, some, some), null, new() { Light = 0, Dark = 0 }));
        Assert.Throws<RequestException>(() => DetectorCheck.Compute(MemoryPhotons.T2(2, some), null, new() { Window = 1.9e-6, FlatFrom = 1e-6 }));
    }
}
