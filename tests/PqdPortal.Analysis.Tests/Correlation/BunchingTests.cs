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
            // Within +-1 us of 20 us the three photons are a little apart.
            g3.Add(LogCorrelationTests.Pull(report, "g3_0", ChaoticG3(1e-6, 20e-6)));
            Assert.InRange(report.Quantity("g3_0_chaotic")!.Value!.Value / ChaoticG3(1e-6, 20e-6), 0.9, 1.1);
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
        var whole = MemoryPhotons.T2(0.2, FluctuatingLight.Thermal(100e3, 20e-6, 1, 0.2, 3, random));
        var options = new BunchingOptions { Channels = [0, 1, 2], Window = 1e-6, LongRange = 50e-6 };
        var counted = new[] { 3, 4096, 100_000 }.Select(size => Bunching.Compute(new MemoryPhotons
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = 0.2, AvailableRecords = whole.Times.Length, Times = whole.Times, Codes = whole.Codes, BatchSize = size,
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

    /// <summary>
    /// g3 of one mode of chaotic light, its mean over the window: 6 - (10/3) (w/tc) + ..., drawn by chance from the five terms of
    /// the Gaussian field; the product's own sum is not used.
    /// </summary>
    static double ChaoticG3(double w, double tc)
    {
        var random = new Random(99);
        var sum = 0.0;
        const int n = 400_000;
        for (var i = 0; i < n; i++)
        {
            var (x, y) = ((2 * random.NextDouble() - 1) * w, (2 * random.NextDouble() - 1) * w);
            double Field(double t) => Math.Exp(-Math.Abs(t) / (2 * tc));
            var (ab, ac, bc) = (Field(x), Field(y), Field(x - y));
            sum += 1 + ab * ab + ac * ac + bc * bc + 2 * ab * ac * bc;
        }

        return sum / n;
    }

    [Fact]
    public void The_window_takes_a_little_of_six()
    {
        Assert.InRange(ChaoticG3(0.05, 1), 6 - 10.0 / 3 * 0.05, 6 - 10.0 / 3 * 0.05 + 0.01);
        Assert.InRange(ChaoticG3(1e-9, 1), 5.9999, 6.0001);
    }

    [Fact]
    public void Twenty_weak_peaks_have_honest_errors_too()
    {
        var pulls = new Dictionary<string, List<double>> { ["amplitude"] = [], ["area_ps"] = [] };
        for (var seed = 0; seed < 20; seed++)
        {
            var light = MemoryPhotons.T2(1, FluctuatingLight.Pairs(100e3, 0.26, 50e-9, 0, 1, new Random(800 + seed)));
            var report = Bunching.Compute(light, null, new() { BinWidth = 15.1e-9, MaxDelay = 1e-6 });

            pulls["amplitude"].Add(LogCorrelationTests.Pull(report, "amplitude", 0.26));
            pulls["area_ps"].Add(LogCorrelationTests.Pull(report, "area_ps", 26_000));
            Assert.NotEqual("yes", report.Verdict("superbunched")!.Value);
            Assert.NotEqual("yes", report.Verdict("thermal_consistent")!.Value);
        }

        foreach (var (name, each) in pulls)
        {
            Assert.True(each.All(pull => Math.Abs(pull) < 4), $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
            Assert.True(each.Average(pull => pull * pull) is > 0.3 and < 2, $"{name}: {string.Join(" ", each.Select(x => x.ToString("F1")))}");
        }
    }

    [Fact]
    public void A_response_hides_a_narrow_peak_and_no_wrong_height_is_given()
    {
        // 20 ns behind 60 ns detectors: a fit may end at a low and wide peak as well.
        var heights = 0;
        for (var seed = 0; seed < 12; seed++)
        {
            var report = Bunching.Compute(MemoryPhotons.T2(1, FluctuatingLight.Pairs(100e3, 1, 20e-9, 60e-9, 1, new Random(900 + seed))), null, new() { BinWidth = 20.1e-9, MaxDelay = 2.4e-6, Jitter = [60e-9] });
            Assert.InRange(LogCorrelationTests.Pull(report, "area_ps", 40_000), -4, 4);
            if (report.Quantity("amplitude")!.Value is null) continue;
            heights++;
            Assert.InRange(LogCorrelationTests.Pull(report, "amplitude", 1), -4.5, 4.5);
        }

        Assert.InRange(heights, 0, 4);
    }

    [Fact]
    public void Both_detectors_blur_a_delay()
    {
        // One detector's width alone, 30 ns for 42, would leave the height far too low.
        var light = MemoryPhotons.T2(2, FluctuatingLight.Pairs(100e3, 6, 40e-9, 30e-9, 2, new Random(61)));
        var options = new BunchingOptions { BinWidth = 10.1e-9, MaxDelay = 1e-6, Jitter = [30e-9] };

        var right = Bunching.Compute(light, null, options);
        var wrong = Bunching.Compute(light, null, options with { Jitter = [30e-9 / Math.Sqrt(2)] });

        Assert.InRange(LogCorrelationTests.Pull(right, "amplitude", 6), -3.5, 3.5);
        Assert.InRange(LogCorrelationTests.Pull(wrong, "amplitude", 6), -1000, -6);
        Assert.Equal(right.Quantity("amplitude")!.Value, Bunching.Compute(light, null, options with { Jitter = [30e-9, 30e-9] }).Quantity("amplitude")!.Value);
    }

    [Fact]
    public void Height_and_time_are_told_together()
    {
        var report = Bunching.Compute(LongPeak(62, 3), null, Long);
        var contour = report.Curve("contour")!;
        var (a, s) = (report.Quantity("amplitude")!.Value!.Value, report.Quantity("amplitude")!.Sigma!.Value);

        // 95 % of two parameters together reach to sqrt(5.99) sigma of each; a higher peak is a narrower one.
        Assert.InRange((contour.X.Values.Max()!.Value - a) / s, 2.1, 2.9);
        Assert.InRange((a - contour.X.Values.Min()!.Value) / s, 1.8, 2.6);
        var (top, bottom) = (contour.X.Values.ToList().IndexOf(contour.X.Values.Max()), contour.X.Values.ToList().IndexOf(contour.X.Values.Min()));
        Assert.True(contour.Y!.Values[top] < contour.Y.Values[bottom]);
        Assert.All(contour.More["amplitude_68"].Values, x => Assert.InRange(x!.Value, contour.X.Values.Min()!.Value, contour.X.Values.Max()!.Value));
    }

    [Fact]
    public void A_measured_response_of_two_slopes_and_a_late_detector_are_taken_out()
    {
        // Detectors with a tail of 30 ns on one side, the second 200 ns late; the response measured with a laser.
        var random = new Random(63);
        double Answer() => 6e-9 * TestEmitter.Normal(random) + FluctuatingLight.Wait(1 / 30e-9, random);
        long[] Seen(long[] times, double late) => [.. times.Select(t => t + (long)((Answer() + late) * 1e12)).Order()];
        var light = FluctuatingLight.Pairs(100e3, 6, 50e-9, 0, 2, random);
        var photons = MemoryPhotons.T2(2, Seen(light[0], 500e-9), Seen(light[1], 700e-9));
        const double period = 5e-6, step = 1e-9;
        var flash = Enumerable.Range(0, 200_000).Select(i => (Sync: (long)i, Code: (short)(i % 2), Time: 500e-9 + (i % 2) * 200e-9 + Answer())).ToArray();
        var irf = new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = period, SyncPeriod = period, ChannelWidth = step, HeaderDuration = 1, AvailableRecords = flash.Length,
            Times = [.. flash.Select(f => f.Sync)], Codes = [.. flash.Select(f => f.Code)], Dtimes = [.. flash.Select(f => (int)(f.Time / step))],
        };
        var options = new BunchingOptions { Channels = [0, 1], BinWidth = 10.1e-9, MaxDelay = 1.2e-6 };

        var measured = Bunching.Compute(photons, null, options, irf: irf);
        var without = Bunching.Compute(photons, null, options with { IrfCentre = [0, 200e-9] });

        Assert.InRange(LogCorrelationTests.Pull(measured, "amplitude", 6), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(measured, "tau_c_ps", 50_000), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(without, "amplitude", 6), -1000, -6);
        Assert.InRange(LogCorrelationTests.Pull(without, "area_ps", 600_000), -4, 4);
        Assert.Contains(measured.Messages, m => m.Code == "PAIR_RESPONSE");
        Assert.Throws<RequestException>(() => Bunching.Compute(photons, null, options with { Jitter = [1e-10] }, irf: irf));
        Assert.Throws<RequestException>(() => Bunching.Compute(photons, null, options with { Channels = null }, irf: irf));
    }

    [Theory]
    [InlineData(0.0, "no")]
    [InlineData(4.0, "yes")]
    public void Pulsed_light_is_judged_by_the_areas_of_its_peaks(double excess, string superbunched)
    {
        // Photons with a partner in the same pulse at times: g2[0] = 1 + excess/(1 + mean excess/2)².
        var random = new Random(64);
        const double period = 50e-9, step = 64e-12, mean = 0.02;
        const int pulses = 20_000_000;
        var photons = new List<(long Sync, short Code, int Dtime)>();
        for (double at = 0; (at += FluctuatingLight.Wait(mean, random)) < pulses;)
            for (var left = random.NextDouble() < mean * excess / 2 ? 2 : 1; left > 0; left--)
                photons.Add(((long)at, (short)random.Next(2), (int)((3e-9 + FluctuatingLight.Wait(1 / 4e-9, random)) % period / step)));
        photons.Sort();
        var stream = new MemoryPhotons
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = period, SyncPeriod = period, ChannelWidth = step, HeaderDuration = pulses * period, AvailableRecords = photons.Count,
            Times = [.. photons.Select(f => f.Sync)], Codes = [.. photons.Select(f => f.Code)], Dtimes = [.. photons.Select(f => f.Dtime)],
        };

        var report = Bunching.Compute(stream, null, new() { Channels = [0, 1] });

        Assert.InRange(LogCorrelationTests.Pull(report, "g2_0", 1 + excess / Math.Pow(1 + mean * excess / 2, 2)), -4, 4);
        Assert.Equal(superbunched, report.Verdict("superbunched")!.Value);
        Assert.Equal("no", report.Verdict("thermal_consistent")!.Value);
        Assert.Null(report.Quantity("tau_c_ps")!.Value);
        Assert.Contains(report.Messages, m => m.Code == "PULSED_LIGHT");
        // Fitted as if it were steady light, the peak of the pulses' own length would be called superbunched: 50 ns over 4 ns.
        var g2 = report.Curve("g2")!;
        Assert.True(g2.Y!.Values[g2.Y.Values.Count / 2] > 3);
        // Without micro times its side peaks tell.
        long[] Of(int code) => [.. photons.Where(f => f.Code == code).Select(f => (long)((f.Sync * period + f.Dtime * step) * 1e12)).Order()];
        var t2 = Bunching.Compute(MemoryPhotons.T2(pulses * period, Of(0), Of(1)), null, new() { BinWidth = 301e-12, MaxDelay = 170e-9 });
        Assert.Equal("undecided", t2.Verdict("superbunched")!.Value);
        Assert.Contains(t2.Messages, m => m.Code == "PULSED_LIGHT");
        Assert.NotEqual("yes", t2.Verdict("evidence")?.Value ?? "no");
        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q_cross", mean * excess / (1 + mean * excess / 2)), -4, 4);
    }

    [Theory]
    [InlineData(1, "bose_einstein")]
    [InlineData(4, "negative_binomial")]
    [InlineData(0, "poisson")]
    public void Photon_numbers_tell_the_modes(int modes, string law)
    {
        var random = new Random(65);
        var light = modes == 0 ? [TestEmitter.Steady(200e3, 2, random), TestEmitter.Steady(200e3, 2, random)] : FluctuatingLight.Thermal(200e3, 40e-6, modes, 2, 2, random);

        var report = Bunching.Compute(MemoryPhotons.T2(2, light), null, new() { Window = 2e-6, LongRange = 200e-6, Efficiency = 0.2 });

        Assert.Equal(law, report.Quantity("number_law")!.Text);
        // Within a window of tc/20 hardly anything of the fluctuation is lost: 2 (e^-x - 1 + x)/x² of it stays.
        var x = 2.0 / 40;
        var q = modes == 0 ? 0 : 0.8 / modes * 2 * (Math.Exp(-x) - 1 + x) / (x * x);
        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q", q), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q_cross", q), -4, 4);
        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q_source", 5 * q), -4, 4);
        if (modes > 0) Assert.InRange(LogCorrelationTests.Pull(report, "number_modes", 0.8 / q), -4, 4);
        var numbers = report.Curve("photon_numbers")!;
        double Miss(string name) => numbers.Y!.Values.Zip(numbers.More[name].Values, (n, mu) => Math.Pow(n!.Value - mu!.Value, 2) / Math.Max(mu.Value, 10)).Sum();
        if (modes == 4) Assert.True(10 * Miss("negative_binomial") < Math.Min(Miss("poisson"), Miss("bose_einstein")));
        Assert.InRange(numbers.Y!.Values.Sum()!.Value, 999_999, 1_000_001);
    }

    [Fact]
    public void A_detector_that_is_blind_for_a_while_does_not_make_light_steadier()
    {
        var random = new Random(66);
        long[] Detector() => FluctuatingLight.Detect(TestEmitter.Steady(500e3, 1, random), 80e-9, 0, 1e-9, random);

        var report = Bunching.Compute(MemoryPhotons.T2(1, Detector(), Detector()), null, Short with { Jitter = null });

        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q", 0), -1000, -8);
        Assert.InRange(LogCorrelationTests.Pull(report, "mandel_q_cross", 0), -4, 4);
        Assert.Equal("poisson", report.Quantity("number_law")!.Text);
        Assert.Contains(report.Messages, m => m.Code == "DETECTOR_COUNTS");
    }

    [Fact]
    public void Bursts_are_counted_and_chance_makes_none()
    {
        var random = new Random(67);
        long[] Light(int bursts) => [.. TestEmitter.Steady(50e3, 1, random)
            .Concat(Enumerable.Range(0, bursts).SelectMany(b => Enumerable.Range(0, 12).Select(k => (long)((b + 0.5) / bursts * 1e12) + k * 100_000))).Order()];
        var options = new BunchingOptions { Window = 1e-6, LongRange = 50e-6, BurstGap = 300e-9 };

        var with = Bunching.Compute(MemoryPhotons.T2(1, Light(40), TestEmitter.Steady(50e3, 1, random)), null, options);
        var without = Bunching.Compute(MemoryPhotons.T2(1, Light(0), TestEmitter.Steady(50e3, 1, random)), null, options);

        Assert.Equal(40, with.Quantity("bursts")!.Value);
        Assert.InRange(with.Quantity("photons_per_burst")!.Value!.Value, 12, 13);
        Assert.Equal(0, without.Quantity("bursts")!.Value);
        Assert.InRange(without.Quantity("bursts_expected")!.Value!.Value, 0.0001, 0.01);
        Assert.InRange(without.Quantity("burst_least_photons")!.Value!.Value, 4, 7);
    }

    [Fact]
    public void Crosstalk_of_two_of_three_detectors_is_seen()
    {
        var random = new Random(68);
        var light = FluctuatingLight.Thermal(100e3, 10e-6, 1, 1, 3, random);
        var options = new BunchingOptions { Channels = [0, 1, 2], Window = 500e-9, LongRange = 100e-6 };
        // A twentieth of the first detector's counts flash into the second.
        long[][] seen = [light[0], [.. light[1].Concat(light[0].Where(_ => random.NextDouble() < 0.2).Select(t => t + 2000)).Order()], light[2]];

        var good = Bunching.Compute(MemoryPhotons.T2(1, light), null, options);
        var bad = Bunching.Compute(MemoryPhotons.T2(1, seen), null, options);

        Assert.InRange(good.Quantity("pairs_agree_p")!.Value!.Value, 0.001, 1);
        Assert.Contains(bad.Messages, m => m.Code == "PAIRS_DISAGREE");
        Assert.NotEqual("yes", bad.Verdict("superbunched")!.Value);
    }

    [Fact]
    public void The_map_of_three_photons_is_that_of_a_count_by_hand()
    {
        var light = FluctuatingLight.Thermal(60e3, 10e-6, 1, 0.1, 3, new Random(69));
        var report = Bunching.Compute(MemoryPhotons.T2(0.1, light), null, new() { Channels = [0, 1, 2], Window = 500e-9, LongRange = 50e-6 });
        var map = report.Curve("g3")!;
        const long cell = 1_000_001, half = 500_000;
        foreach (var (x, y) in new[] { (0, 0), (1, 0), (-3, 2), (10, -10), (5, 5) })
        {
            var plain = light[0].Sum(t => (long)light[1].Count(b => Math.Abs(b - t - x * cell) <= half) is > 0 and var n ? n * light[2].Count(c => Math.Abs(c - t - y * cell) <= half) : 0);
            var row = (x + 10) * 21 + y + 10;
            Assert.Equal(plain, map.More["counts"].Values[row]);
            Assert.Equal(x * 1.000001, map.X.Values[row]!.Value, 6);
            Assert.Equal(y * 1.000001, map.More["delay_third"].Values[row]!.Value, 6);
            Assert.Equal(plain < 25, map.More["upper_95"].Values[row] is not null);
        }

        Assert.Equal(report.Quantity("g3_0")!.Value, map.Y!.Values[10 * 21 + 10]);
        Assert.Equal(441, map.X.Values.Count);
    }

    [Fact]
    public void Superbunching_is_evidence_of_emission_together_only_where_nothing_else_makes_it()
    {
        var random = new Random(47);
        var laser = MemoryPhotons.T2(2, TestEmitter.Steady(100e3, 2, random), TestEmitter.Steady(100e3, 2, random));
        string Evidence(MemoryPhotons? flat, double? lifetime) => Bunching.Compute(LongPeak(45, 6), flat, Long with { RadiativeLifetime = lifetime }).Verdict("evidence")!.Value;

        Assert.Equal("yes", Evidence(laser, 20e-9));
        Assert.Equal("undecided", Evidence(laser, null));
        Assert.Equal("undecided", Evidence(null, 20e-9));
        Assert.Equal("no", Evidence(laser, 2e-9)); // the peak of 50 ns is no emission of 2 ns
        var thermal = Bunching.Compute(LongPeak(70, 1), laser, Long with { RadiativeLifetime = 100e-9 });
        Assert.Equal(thermal.Verdict("superbunched")!.Value == "no" ? "no" : "undecided", thermal.Verdict("evidence")!.Value);
        // Slow blinking lifts g2 beside the peak.
        var (a, b) = (FluctuatingLight.Pairs(200e3, 6, 50e-9, 20e-9, 2, random), 100_000_000L);
        var blinking = MemoryPhotons.T2(2, [.. a.Select(one => one.Where(t => t / b % 2 == 0).ToArray())]);
        var slow = Bunching.Compute(blinking, laser, Long with { RadiativeLifetime = 100e-9 });
        Assert.Contains(slow.Messages, m => m.Code == "FLICKER");
        Assert.NotEqual("yes", slow.Verdict("evidence")!.Value);
    }

    static readonly BunchingOptions Long = new() { BinWidth = 10.1e-9, MaxDelay = 1.5e-6, Jitter = [20e-9] };

    /// <summary>A peak of 50 ns behind detectors of 20 ns: as many pairs from fewer photons.</summary>
    static MemoryPhotons LongPeak(int seed, double amplitude) => MemoryPhotons.T2(2, FluctuatingLight.Pairs(100e3, amplitude, 50e-9, 20e-9, 2, new Random(seed)));

    /// <summary>A peak of 500 ps behind detectors of 200 ps.</summary>
    static MemoryPhotons Peak(int seed, double amplitude, double rate = 500e3) =>
        MemoryPhotons.T2(2, FluctuatingLight.Pairs(rate, amplitude, 500e-12, 200e-12, 2, new Random(seed)));
}
