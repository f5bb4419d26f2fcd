using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Correlation;

public class LogCorrelationTests
{
    static readonly LogCorrelationOptions Usual = new() { From = 1e-6, To = 1 };

    [Fact]
    public void Twenty_switching_emitters_give_amplitude_and_time_with_honest_errors()
    {
        // Bright 60 kcps, dark 6 kcps on each detector; p = 0.6: A = 0.9² 0.24/0.64² = 0.4746, tb = 0.5 ms.
        const double duration = 6, toOff = 800, toOn = 1200;
        var truth = (A: 0.81 * 0.24 / (0.64 * 0.64), Tau: 500.0);
        var (a, tau) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 20; seed++)
        {
            var light = FluctuatingLight.Telegraph(60e3, 6e3, toOff, toOn, duration, 2, new Random(100 + seed));
            var report = LogCorrelation.Compute(MemoryPhotons.T2(duration, light), Usual);

            Assert.Equal("yes", report.Verdict("flicker")!.Value);
            a.Add(Pull(report, "amplitude", truth.A));
            tau.Add(Pull(report, "tau_us", truth.Tau));
        }

        AssertHonest(a);
        AssertHonest(tau);
    }

    [Fact]
    public void Background_is_taken_off_the_amplitude()
    {
        const double duration = 6;
        var random = new Random(31);
        var light = FluctuatingLight.Telegraph(40e3, 0, 1000, 1000, duration, 2, random);
        var seen = light.Select(one => one.Concat(TestEmitter.Steady(10e3, duration, random)).Order().ToArray()).ToArray();

        var report = LogCorrelation.Compute(MemoryPhotons.T2(duration, seen), Usual with { Background = [10e3] });

        // Half on, half off: A = 1; a third of the counts is background: rho² = 4/9.
        Assert.InRange(Pull(report, "amplitude", 1), -3, 3);
        Assert.InRange(Pull(report, "amplitude_raw", 4.0 / 9), -3, 3);
        Assert.InRange((1 - report.Quantity("amplitude_raw")!.Value!.Value) / report.Quantity("amplitude_raw")!.Sigma!.Value, 5, 1000);
    }

    [Fact]
    public void Steady_light_does_not_flicker()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(200 + seed);
            var report = LogCorrelation.Compute(MemoryPhotons.T2(5, TestEmitter.Steady(50e3, 5, random), TestEmitter.Steady(50e3, 5, random)), Usual);

            Assert.Equal("no", report.Verdict("flicker")!.Value);
            Assert.InRange(Pull(report, "amplitude", 0), -3.5, 3.5);
            Assert.Null(report.Quantity("tau_us")!.Value);
            Assert.Contains(report.Messages, m => m.Code == "NO_FLUCTUATION");
        }
    }

    [Fact]
    public void Blinking_that_a_trace_shows_is_no_flicker()
    {
        var light = FluctuatingLight.Telegraph(50e3, 5e3, 8, 8, 60, 2, new Random(33));

        var report = LogCorrelation.Compute(MemoryPhotons.T2(60, light), Usual);

        Assert.Equal("no", report.Verdict("flicker")!.Value);
        Assert.InRange(Pull(report, "tau_us", 1e6 / 16), -3.5, 3.5);
        Assert.DoesNotContain(report.Messages, m => m.Code is "FLICKER" or "GAPS");
    }

    [Fact]
    public void Two_switches_are_told_apart()
    {
        const double duration = 20;
        var random = new Random(34);
        // Fast switching, all of it thinned by a slow one: each kept where the slow one is on. 1 + g = (1 + A1 f1)(1 + A2 f2).
        var fast = FluctuatingLight.Telegraph(80e3, 0, 10_000, 10_000, duration, 2, random);
        var slow = FluctuatingLight.Telegraph(1, 1, 50, 50, duration, 1, random);
        var switches = new List<double>();
        for (var t = 0.0; t < duration; t += FluctuatingLight.Wait(50, random)) switches.Add(t);
        var borders = switches.ToArray();
        bool On(long t) => (Array.BinarySearch(borders, t * 1e-12) is var at && at >= 0 ? at : ~at) % 2 == 0;
        var seen = fast.Select(one => one.Where(On).ToArray()).ToArray();

        var report = LogCorrelation.Compute(MemoryPhotons.T2(duration, seen), Usual);

        // A1 = A2 = 1: fast 1 e^(-t/50 us), slow 1 e^(-t/10 ms), and their product 1 e^(-t/49.75 us).
        Assert.InRange(Pull(report, "tau_us", 50), -4, 4);
        Assert.InRange(Pull(report, "amplitude", 2), -4, 4);
        Assert.InRange(report.Quantity("tau_1_us")!.Value!.Value, 7e3, 13e3);
        Assert.NotEmpty(slow);
    }

    [Fact]
    public void Pulsed_light_counted_in_periods_shows_no_comb()
    {
        // 20 MHz, a decay of 10 ns, no fluctuation: in picoseconds the lags near the period are empty or crowded.
        var random = new Random(35);
        const double period = 50e-9, duration = 4;
        long[] sync = [.. TestEmitter.Steady(200e3, duration, random).Select(t => (long)(t * 1e-12 / period)).Order()];
        var codes = sync.Select(_ => (short)random.Next(2)).ToArray();
        var counted = new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = period, SyncPeriod = period, ChannelWidth = 16e-12, HeaderDuration = duration,
            AvailableRecords = sync.Length, Times = sync, Codes = codes, Dtimes = [.. sync.Select(_ => 100 + (int)(FluctuatingLight.Wait(1e8, random) / 16e-12))],
        };

        var report = LogCorrelation.Compute(counted, Usual with { From = 1e-9 });

        Assert.Equal("no", report.Verdict("flicker")!.Value);
        Assert.InRange(Pull(report, "amplitude", 0), -3.5, 3.5);
        var g2 = report.Curve("g2")!;
        for (var j = 0; j < g2.X.Values.Count; j++) Assert.InRange((g2.Y!.Values[j]!.Value - 1) / g2.Y.Sigma![j]!.Value, -4.5, 4.5);
        Assert.Contains(report.Messages, m => m.Code == "WHOLE_PERIODS");
        // The same photons by their picoseconds: bins between the pulses are empty.
        long[] ticks = [.. sync.Select((n, i) => n * 50_000 + counted.Dtimes[i] % 3000 * 16)];
        Array.Sort(ticks, codes);
        var fine = LagCounterTests.Count(MemoryPhotons.T2(duration, [.. ticks.Where((_, i) => codes[i] == 0)], [.. ticks.Where((_, i) => codes[i] == 1)]), LagGrid.For(1e-12, 1e-9, 1e-6, 10), null, duration);
        var live = new[] { (0.0, duration) };
        Assert.InRange(Enumerable.Range(0, fine.Grid.Bins).Max(j => Math.Abs(fine.Pairs(j) / fine.Expected(j, live, live) - 1)), 0.5, 10);
    }

    [Fact]
    public void One_detector_keeps_its_afterpulses_out_of_the_fit()
    {
        var random = new Random(36);
        var seen = FluctuatingLight.Detect(FluctuatingLight.Telegraph(100e3, 0, 1000, 1000, 6, 1, random)[0], 80e-9, 0.02, 50e-9, random);

        var report = LogCorrelation.Compute(MemoryPhotons.T2(6, seen), new() { Channel = 0, From = 1e-8, To = 1 });

        Assert.InRange(Pull(report, "amplitude", 1), -4, 4);
        Assert.InRange(Pull(report, "tau_us", 500), -4, 4);
        Assert.Contains(report.Messages, m => m.Code == "ONE_DETECTOR");
        var g2 = report.Curve("g2")!;
        // Where the fit does not look, afterpulses stand far above the blinking.
        Assert.InRange(g2.Y!.Values.Take(12).Max(y => y ?? 0), 3, 1000);
    }

    [Fact]
    public void A_file_with_one_detector_is_correlated_with_itself_when_nothing_is_said()
    {
        var report = LogCorrelation.Compute(MemoryPhotons.T2(5, TestEmitter.Steady(50e3, 5, new Random(37))), Usual);

        Assert.Equal(0, report.Parameters["channel"]!.GetValue<int>());
        Assert.InRange(Pull(report, "amplitude", 0), -3.5, 3.5);
    }

    [Fact]
    public void A_shutter_is_taken_off_the_time_and_said()
    {
        var random = new Random(38);
        long[] Shut(long[] t) => [.. t.Where(x => x is < 2_000_000_000_000 or > 4_000_000_000_000)];

        var report = LogCorrelation.Compute(MemoryPhotons.T2(6, Shut(TestEmitter.Steady(50e3, 6, random)), Shut(TestEmitter.Steady(50e3, 6, random))), Usual);

        Assert.Contains(report.Messages, m => m.Code == "GAPS");
        Assert.InRange(Pull(report, "amplitude", 0), -3.5, 3.5);
        // Over the whole time g2 would be 1.5.
        Assert.InRange(report.Quantity("mean_cps")!.Value!.Value, 99e3, 101e3);
    }

    [Fact]
    public void Too_little_light_withholds_the_verdict_and_nothing_else()
    {
        var random = new Random(39);
        var report = LogCorrelation.Compute(MemoryPhotons.T2(1, TestEmitter.Steady(20, 1, random), TestEmitter.Steady(20, 1, random)), Usual);

        Assert.Equal("undecided", report.Verdict("flicker")!.Value);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
        Assert.NotNull(report.Quantity("mean_cps")!.Value);
        Assert.NotNull(report.Curve("g2"));
    }

    [Fact]
    public void Odd_files_are_answered_in_sentences_without_a_number_that_is_none()
    {
        var random = new Random(40);
        long[] some = TestEmitter.Steady(5e3, 2, random);
        MemoryPhotons[] odd =
        [
            MemoryPhotons.T2(2), MemoryPhotons.T2(2, [17]), MemoryPhotons.T2(null, [17]), MemoryPhotons.T2(2, Enumerable.Repeat(5_000_000L, 4000).ToArray(), Enumerable.Repeat(5_000_000L, 4000).ToArray()),
            MemoryPhotons.T2(1e-6, some, some), MemoryPhotons.T2(null, some, [.. some.Select(t => t + 3)]),
            Ordered([.. some.Reverse()]),
        ];
        foreach (var photons in odd)
        {
            var report = LogCorrelation.Compute(photons, Usual);
            Assert.All(report.Quantities, q => Assert.True((q.Value is null || double.IsFinite(q.Value.Value)) && (q.Sigma is null || double.IsFinite(q.Sigma.Value))));
            Assert.All(report.Curves.SelectMany(c => c.Y!.Values), y => Assert.True(y is null || double.IsFinite(y.Value)));
        }

        Assert.Contains(LogCorrelation.Compute(MemoryPhotons.T2(2, some, some), Usual with { Channels = [0, 7] }).Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channels present: 0"));
        Assert.Contains(LogCorrelation.Compute(MemoryPhotons.T2(2, TestEmitter.Steady(50e3, 2, random), TestEmitter.Steady(50e3, 2, random)), Usual with { Background = [60e3] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
        Assert.Throws<RequestException>(() => LogCorrelation.Compute(MemoryPhotons.T2(2, some, some, some), Usual));
        Assert.Throws<RequestException>(() => LogCorrelation.Compute(MemoryPhotons.T2(2, some, some), Usual with { Channels = [1, 1] }));
        Assert.Throws<RequestException>(() => LogCorrelation.Compute(MemoryPhotons.T2(2, some, some), Usual with { From = 1, To = 0.5 }));

        static MemoryPhotons Ordered(long[] times) => new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = 2, AvailableRecords = times.Length, Times = times, Codes = [.. times.Select((_, i) => (short)(i % 2))],
        };
    }

    internal static double Pull(AnalysisReport report, string name, double truth)
    {
        var q = report.Quantity(name)!;
        return (q.Value!.Value - truth) / q.Sigma!.Value;
    }

    /// <summary>All within 4 standard errors, and a mean square of one within what twenty of them allow.</summary>
    internal static void AssertHonest(IReadOnlyList<double> pulls)
    {
        Assert.All(pulls, pull => Assert.InRange(pull, -4, 4));
        Assert.InRange(pulls.Average(pull => pull * pull), 0.35, 2.2);
    }
}
