using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Tests.Correlation;

public class BunchingTests
{
    static readonly BunchingOptions Short = new() { BinWidth = 101e-12, MaxDelay = 15e-9, Jitter = [200e-12] };

    [Fact]
    public void Twenty_peaks_behind_slow_detectors_give_height_time_and_area_with_honest_errors()
    {
        var pulls = new Dictionary<string, List<double>> { ["amplitude"] = [], ["tau_c_ps"] = [], ["area_ps"] = [] };
        for (var seed = 0; seed < 20; seed++)
        {
            var report = Bunching.Compute(Peak(500 + seed, 1), null, Short);

            pulls["amplitude"].Add(LogCorrelationTests.Pull(report, "amplitude", 1));
            pulls["tau_c_ps"].Add(LogCorrelationTests.Pull(report, "tau_c_ps", 500));
            pulls["area_ps"].Add(LogCorrelationTests.Pull(report, "area_ps", 1000));
            Assert.NotEqual("yes", report.Verdict("superbunched")!.Value);
            Assert.Contains(report.Messages, m => m.Code == "NO_FLAT_REFERENCE");
        }

        foreach (var (name, each) in pulls)
        {
            Assert.True(each.All(pull => Math.Abs(pull) < 4), $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
            Assert.True(each.Average(pull => pull * pull) is > 0.35 and < 2.2, $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
        }
    }

    [Fact]
    public void Leaving_the_response_out_lowers_the_peak_and_widens_it_but_keeps_the_area()
    {
        var light = Peak(41, 3, 1e6);

        var right = Bunching.Compute(light, null, Short);
        var wrong = Bunching.Compute(light, null, Short with { Jitter = null });

        Assert.InRange(LogCorrelationTests.Pull(right, "amplitude", 3), -4, 4);
        Assert.InRange((3 - wrong.Quantity("amplitude")!.Value!.Value) / wrong.Quantity("amplitude")!.Sigma!.Value, 4, 1000);
        Assert.InRange((wrong.Quantity("tau_c_ps")!.Value!.Value - 500) / wrong.Quantity("tau_c_ps")!.Sigma!.Value, 3, 1000);
        Assert.InRange(wrong.Quantity("area_ps")!.Value!.Value / right.Quantity("area_ps")!.Value!.Value, 0.93, 1.07);
        Assert.Equal("yes", right.Verdict("superbunched")!.Value);
        Assert.Equal("no", right.Verdict("thermal_consistent")!.Value);
        Assert.NotNull(right.Curve("profile"));
    }

    [Fact]
    public void Background_lowers_the_peak_and_is_taken_off()
    {
        var random = new Random(42);
        var light = FluctuatingLight.Pairs(500e3, 4, 500e-12, 0, 4, random).Select(one => one.Concat(TestEmitter.Steady(250e3, 4, random)).Order().ToArray()).ToArray();

        var report = Bunching.Compute(MemoryPhotons.T2(4, light), null, Short with { Jitter = null, Background = [250e3] });

        Assert.InRange(LogCorrelationTests.Pull(report, "amplitude", 4), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(report, "amplitude_raw", 4 / 2.25), -4, 4);
    }

    [Fact]
    public void Detectors_that_are_far_too_slow_give_the_area_alone()
    {
        var random = new Random(43);
        var light = FluctuatingLight.Pairs(1e6, 3, 100e-12, 500e-12, 4, random);

        var report = Bunching.Compute(MemoryPhotons.T2(4, light), null, Short with { Jitter = [500e-12], AssumedTime = null });
        var assumed = Bunching.Compute(MemoryPhotons.T2(4, light), null, Short with { Jitter = [500e-12], AssumedTime = 100e-12 });

        Assert.InRange(LogCorrelationTests.Pull(assumed, "amplitude", 3), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(assumed, "area_ps", 600), -4, 4);
        if (report.Messages.All(m => m.Code != "IRF_LIMITED")) return; // with these few pairs the time itself is uncertain
        Assert.Null(report.Quantity("amplitude")!.Value);
        Assert.Equal("undecided", report.Verdict("superbunched")!.Value);
    }

    [Fact]
    public void Thermal_light_of_long_coherence_has_two_and_six()
    {
        var (g2, g3, tau) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 0; seed < 6; seed++)
        {
            var light = FluctuatingLight.Thermal(100e3, 20e-6, 1, 1, 3, new Random(600 + seed));
            var report = Bunching.Compute(MemoryPhotons.T2(1, light), null, new() { Channels = [0, 1, 2], Window = 1e-6, LongRange = 200e-6 });

            g2.Add(LogCorrelationTests.Pull(report, "g2_0", 2));
            tau.Add(LogCorrelationTests.Pull(report, "tau_int_us", 20));
            // Within +-1 us of 20 us the three photons are a little apart: 6 becomes about 5.7.
            g3.Add(LogCorrelationTests.Pull(report, "g3_0", 5.75));
            Assert.NotEqual("yes", report.Verdict("superbunched")!.Value);
            Assert.NotEqual("no", report.Verdict("thermal_consistent")!.Value);
        }

        foreach (var each in new[] { g2, g3, tau })
        {
            Assert.All(each, pull => Assert.InRange(pull, -4, 4));
            Assert.InRange(each.Average(pull => pull * pull), 0.1, 3);
        }
    }

    [Fact]
    public void Laser_light_is_flat_and_three_photons_come_by_chance()
    {
        var random = new Random(44);
        var light = Enumerable.Range(0, 3).Select(_ => TestEmitter.Steady(200e3, 1, random)).ToArray();

        var report = Bunching.Compute(MemoryPhotons.T2(1, light), null, new() { Channels = [0, 1, 2], Window = 1e-6, LongRange = 100e-6 });

        Assert.InRange(LogCorrelationTests.Pull(report, "g3_0", 1), -4, 4);
        Assert.Null(report.Quantity("tau_int_us")!.Value);
        Assert.Equal("no", report.Verdict("thermal_consistent")!.Value == "no" ? "no" : report.Verdict("superbunched")!.Value == "yes" ? "yes" : "no");
        Assert.Contains(report.Messages, m => m.Code == "NO_PEAK");
    }

    [Fact]
    public void A_peak_that_the_reference_shows_too_is_the_detectors_own()
    {
        var report = Bunching.Compute(Peak(45, 6, 1e6), Peak(46, 6, 1e6), Short);

        Assert.Equal("undecided", report.Verdict("superbunched")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "CROSSTALK");
        var random = new Random(47);
        var laser = MemoryPhotons.T2(2, TestEmitter.Steady(1e6, 2, random), TestEmitter.Steady(1e6, 2, random));
        var good = Bunching.Compute(Peak(45, 6, 1e6), laser, Short);
        Assert.Equal("yes", good.Verdict("superbunched")!.Value);
        Assert.DoesNotContain(good.Messages, m => m.Code is "CROSSTALK" or "NO_FLAT_REFERENCE");
    }

    [Fact]
    public void Too_little_light_withholds_the_verdict()
    {
        var random = new Random(48);
        var report = Bunching.Compute(MemoryPhotons.T2(1, TestEmitter.Steady(2e3, 1, random), TestEmitter.Steady(2e3, 1, random)), null, Short);

        Assert.Equal("undecided", report.Verdict("superbunched")!.Value);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
    }

    [Fact]
    public void Any_size_of_batch_gives_the_same_triples()
    {
        var random = new Random(49);
        var whole = MemoryPhotons.T2(0.5, FluctuatingLight.Thermal(100e3, 20e-6, 1, 0.5, 3, random));
        var options = new BunchingOptions { Channels = [0, 1, 2], Window = 1e-6, LongRange = 50e-6 };
        var counted = new[] { 3, 4096, 100_000 }.Select(size => Bunching.Compute(new MemoryPhotons
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = 0.5, AvailableRecords = whole.Times.Length, Times = whole.Times, Codes = whole.Codes, BatchSize = size,
        }, null, options).Quantity("g3_0")!).ToArray();
        long[] Of(int c) => [.. whole.Times.Where((_, i) => whole.Codes[i] == c)];
        var (b, d) = (Of(1), Of(2));
        var plain = Of(0).Sum(t => b.Count(x => Math.Abs(x - t) <= 1_000_000) is > 0 and var n ? (long)n * d.Count(x => Math.Abs(x - t) <= 1_000_000) : 0);

        Assert.All(counted, one => Assert.Equal((plain, counted[0].Value), (one.N!.Value, one.Value)));
    }

    [Fact]
    public void Odd_files_are_answered_in_sentences()
    {
        long[] some = TestEmitter.Steady(5e3, 2, new Random(50));
        foreach (var photons in new[] { MemoryPhotons.T2(2), MemoryPhotons.T2(2, [17]), MemoryPhotons.T2(2, [17], [18]), MemoryPhotons.T2(null, some, some), MemoryPhotons.T2(2, some, some) })
        {
            var report = Bunching.Compute(photons, null, Short);
            Assert.All(report.Quantities, q => Assert.True((q.Value is null || double.IsFinite(q.Value.Value)) && (q.Sigma is null || double.IsFinite(q.Sigma.Value)), q.Name));
            Assert.NotNull(report.Verdict("quality"));
        }

        Assert.Contains(Bunching.Compute(MemoryPhotons.T2(2, some, some), null, Short with { Channels = [0, 7] }).Messages, m => m.Code == "EMPTY_CHANNEL");
        Assert.Contains(Bunching.Compute(Peak(51, 3), null, Short with { Background = [9e6] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
        Assert.Throws<RequestException>(() => Bunching.Compute(MemoryPhotons.T2(2, some, some, some), null, Short));
        Assert.Throws<RequestException>(() => Bunching.Compute(MemoryPhotons.T2(2, some, some), null, Short with { Channels = [1] }));
    }

    /// <summary>A peak of 500 ps behind detectors of 200 ps.</summary>
    static MemoryPhotons Peak(int seed, double amplitude, double rate = 500e3) =>
        MemoryPhotons.T2(2, FluctuatingLight.Pairs(rate, amplitude, 500e-12, 200e-12, 2, new Random(seed)));
}
