using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Two-photon interference under continuous light, photon by photon: a dot that absorbs and emits, two arms, a splitter where photons of both arms meet.</summary>
public class CwHomTests(ITestOutputHelper output)
{
    sealed record Setup
    {
        public double M { get; init; } = 0.8;
        public double R { get; init; } = 0.5;
        public double Contrast { get; init; } = 1;
        public double T1 { get; init; } = 1e-9;
        public double T2 { get; init; } = 0.5e-9;
        public double Delay { get; init; } = 9e-9;

        /// <summary>Photons of the dot on both detectors [1/s].</summary>
        public double Rate { get; init; } = 4e7;
        public double Duration { get; init; } = 0.01;
        public double Jitter { get; init; }
        public double Background { get; init; }
    }

    static MemoryPhotons Measure(int seed, Setup s, bool isParallel)
    {
        var random = new Random(seed);
        var k = 0.5 / s.T1; // absorbs and emits equally fast, together in 1/t1
        var kept = s.Rate / (k / 2);
        var photons = new List<(double Time, bool IsLong)>();
        for (var t = 0.0; t < s.Duration;)
        {
            // Cycles until one photon is not lost on its way.
            var cycles = 1 + (int)(Math.Log(1 - random.NextDouble()) / Math.Log(1 - kept));
            t += (Gamma(cycles) + Gamma(cycles)) / k;
            var isLong = random.Next(2) == 1;
            photons.Add((isLong ? t + s.Delay : t, isLong));
        }

        photons.Sort();
        var toSecond = photons.Select(p => random.NextDouble() < (p.IsLong ? 1 - s.R : s.R)).ToArray(); // short: T leads to detector 0
        if (isParallel)
        {
            var used = new bool[photons.Count];
            var near = Enumerable.Range(0, photons.Count - 1).Where(i => photons[i + 1].Time - photons[i].Time < 6 * s.T2 && photons[i].IsLong != photons[i + 1].IsLong)
                .OrderBy(i => photons[i + 1].Time - photons[i].Time);
            foreach (var i in near)
            {
                if (used[i] || used[i + 1]) continue;
                used[i] = used[i + 1] = true;
                var meet = s.R * (1 - s.R) * s.M * s.Contrast * s.Contrast * Math.Exp(-2 * (photons[i + 1].Time - photons[i].Time) / s.T2);
                var (a, b) = photons[i].IsLong ? (i + 1, i) : (i, i + 1); // short, long
                var u = random.NextDouble();
                var (transmitted, reflected) = ((1 - s.R) * (1 - s.R) - meet, s.R * s.R - meet);
                if (u < transmitted + reflected) (toSecond[a], toSecond[b]) = u < transmitted ? (false, true) : (true, false);
                else toSecond[a] = toSecond[b] = random.Next(2) == 1;
            }
        }

        var times = new List<long>[] { [], [] };
        for (var i = 0; i < photons.Count; i++) times[toSecond[i] ? 1 : 0].Add(Tick(photons[i].Time + s.Jitter * Normal()));
        foreach (var one in times)
        {
            for (var t = 0.0; s.Background > 0 && (t -= Math.Log(1 - random.NextDouble()) / s.Background) < s.Duration;) one.Add(Tick(t));
            one.RemoveAll(t => t < 0 || t >= Tick(s.Duration));
        }

        return MemoryPhotons.T2(s.Duration, [.. times[0]], [.. times[1]]);

        static long Tick(double t) => (long)Math.Floor(t * 1e12);

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        // Sum of n exponentials: one by one, or where there are many after Marsaglia and Tsang.
        double Gamma(int n)
        {
            if (n < 4)
            {
                var sum = 0.0;
                for (var i = 0; i < n; i++) sum -= Math.Log(1 - random.NextDouble());
                return sum;
            }

            var d = n - 1.0 / 3;
            while (true)
            {
                var x = Normal();
                var v = Math.Pow(1 + x / Math.Sqrt(9 * d), 3);
                if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
            }
        }
    }

    static HomOptions Options(Setup s) => new()
    {
        Reflectance = s.R, Transmittance = 1 - s.R, Contrast = s.Contrast, Background = s.Background > 0 ? [s.Background] : null,
        Jitter = s.Jitter > 0 ? [s.Jitter] : null, MaxDelay = 25e-9,
    };

    static AnalysisReport Analyse(int seed, Setup s, HomOptions? options = null, bool withReference = true) =>
        Hom.Compute(Measure(seed, s, true), withReference ? Measure(seed + 1000, s, false) : null, options ?? Options(s));

    static double Pull(AnalysisReport report, string name, double truth) => Pulls.Of(report, name, truth);

    void AssertUnitPulls(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, mean: 3.5, least: 0.02, most: 2.6);

    [Theory]
    [InlineData("plain")]
    [InlineData("jitter, background, unequal splitter")]
    public void Overlap_times_and_delay_come_out_with_pulls_of_unit_width(string name)
    {
        var s = name == "plain" ? new Setup() : new Setup { Jitter = 50e-12, Background = 2.5e6, R = 0.42, Contrast = 0.96, M = 0.9, Delay = -7e-9 };
        var (r, t) = (s.R, 1 - s.R);
        (string Name, double Truth)[] truths =
        [
            ("M", s.M), ("T2_ps", s.T2 * 1e12), ("t1_ns", s.T1 * 1e9), ("g2_0_fit", 0), ("delay_ns", Math.Abs(s.Delay) * 1e9),
            ("V_0", 2 * r * t * s.M * s.Contrast * s.Contrast / (r * r + t * t)), ("interference_area_ps", s.M * s.T2 * 1e12),
        ];
        var (both, alone) = (new List<AnalysisReport>(), new List<AnalysisReport>());
        for (var seed = 11; seed <= (name == "plain" ? 15 : 14); seed++)
        {
            var parallel = Measure(seed, s, true);
            both.Add(Hom.Compute(parallel, Measure(seed + 1000, s, false), Options(s)));
            if (name == "plain") alone.Add(Hom.Compute(parallel, null, Options(s)));
        }

        foreach (var report in both.Concat(alone))
        {
            Assert.Equal("cw", report.Parameters["excitation"]!.ToString());
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.DoesNotContain(report.Messages, x => x.Code is "FIT_POOR" or "IRF_LIMITED" or "CHECK_POLARISATION_SWAP" or "CHECK_DELAY" or "FLICKER" or "DELAY_NOT_SEEN" or "PULSED_LIGHT");
        }

        Assert.All(both, report => Assert.DoesNotContain(report.Messages, x => x.Code == "NO_REFERENCE"));
        Assert.All(alone, report => Assert.Contains(report.Messages, x => x.Code == "NO_REFERENCE"));
        Assert.All(alone, report => Assert.Null(report.Quantity("A0_orthogonal")!.Value));
        foreach (var (quantity, truth) in truths)
        {
            AssertUnitPulls(quantity, [.. both.Select(report => Pull(report, quantity, truth))]);
            if (alone.Count > 0) AssertUnitPulls($"{quantity} without a reference", [.. alone.Select(report => Pull(report, quantity, truth))]);
        }
    }

    [Fact]
    public void A_slow_detector_hides_the_overlap_and_a_known_coherence_time_gives_it_back()
    {
        var s = new Setup { Jitter = 300e-12, T2 = 0.3e-9, M = 0.9, Duration = 0.02 };
        var (parallel, orthogonal) = (Measure(1, s, true), Measure(2, s, false));
        var alone = Hom.Compute(parallel, orthogonal, Options(s));
        var told = Hom.Compute(parallel, orthogonal, Options(s) with { CoherenceTime = [300e-12, 10e-12] });
        var forgotten = Hom.Compute(parallel, orthogonal, Options(s) with { Jitter = null });

        Assert.Contains(alone.Messages, m => m.Code == "IRF_LIMITED");
        Assert.Null(alone.Quantity("M")!.Value);
        Assert.Equal("insufficient", alone.Verdict("quality")!.Value);
        Assert.InRange(Pull(alone, "interference_area_ps", 270), -3, 3);
        // Raw, the visibility is far from that of the photons.
        Assert.True(alone.Quantity("V_raw")!.Value + 4 * alone.Quantity("V_raw")!.Sigma < 0.9);
        Assert.InRange(Pull(told, "M", 0.9), -3, 3);
        Assert.Equal("ok", told.Verdict("quality")!.Value);
        Assert.InRange(told.Quantity("T2_ps")!.Value!.Value, 270, 330);
        Assert.True(Pull(forgotten, "M", 0.9) < -4, $"{Pull(forgotten, "M", 0.9):F1}");
    }

    [Fact]
    public void Photons_that_do_not_meet_swapped_files_and_a_forgotten_background_are_told()
    {
        var s = new Setup { Duration = 0.011 };
        var (one, other) = (Measure(1, s, false), Measure(2, s, false));
        var apart = Hom.Compute(one, other, Options(s));
        Assert.Contains(apart.Messages, m => m.Code == "T2_UNKNOWN");
        Assert.Null(apart.Quantity("M")!.Value);
        Assert.InRange(Pull(apart, "V_raw", 0), -3, 3);
        // Known, it says how little they meet.
        Assert.InRange(Pull(Hom.Compute(one, other, Options(s) with { CoherenceTime = [0.5e-9] }), "M", 0), -3, 3);
        Assert.Contains(Hom.Compute(one, Measure(2, s, true), Options(s)).Messages, m => m.Code == "CHECK_POLARISATION_SWAP");

        var lit = s with { Background = 7e6 };
        var (parallel, orthogonal) = (Measure(3, lit, true), Measure(4, lit, false));
        var right = Hom.Compute(parallel, orthogonal, Options(lit));
        var wrong = Hom.Compute(parallel, orthogonal, Options(lit) with { Background = null });
        Assert.InRange(Pull(right, "M", 0.8), -3, 3);
        Assert.True(Pull(wrong, "M", 0.8) < -3.5, $"{Pull(wrong, "M", 0.8):F1}");
        Assert.True(Pull(wrong, "g2_0_fit", 0) > 4);
    }

    [Fact]
    public void An_arm_beyond_the_range_is_told_and_hardly_matters()
    {
        var s = new Setup { Delay = 60e-9 };
        var (parallel, orthogonal) = (Measure(1, s, true), Measure(1001, s, false));
        var report = Hom.Compute(parallel, orthogonal, Options(s));
        Assert.Contains(report.Messages, m => m.Code == "DELAY_NOT_SEEN");
        Assert.Null(report.Quantity("delay_ns")!.Value);
        Assert.InRange(Pull(report, "M", s.M), -3, 3);
        Assert.DoesNotContain(Hom.Compute(parallel, orthogonal, Options(s) with { ArmDelay = 60e-9 }).Messages, m => m.Code == "DELAY_NOT_SEEN");
        // Too short an arm is a matter of its own.
        Assert.Contains(Analyse(1, s with { Delay = 2.5e-9, T2 = 0.3e-9 }).Messages, m => m.Code == "CHECK_DELAY");
    }

    [Fact]
    public void Batches_do_not_matter_and_few_pairs_are_told()
    {
        var s = new Setup { Duration = 0.0015 };
        MemoryPhotons Of(int batch, bool isParallel)
        {
            var one = Measure(isParallel ? 1 : 2, s, isParallel);
            return new() { Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = s.Duration, AvailableRecords = one.Times.Length, Times = one.Times, Codes = one.Codes, BatchSize = batch };
        }

        var (a, b) = (Hom.Compute(Of(4096, true), Of(4096, false), Options(s)), Hom.Compute(Of(997, true), Of(50_000, false), Options(s)));
        Assert.Equal(a.Quantities, b.Quantities, (x, y) => x.Name == y.Name && x.Value == y.Value && x.Sigma == y.Sigma);
        Assert.Contains(a.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
        Assert.Equal("insufficient", a.Verdict("quality")!.Value);
        var none = Analyse(1, s with { Rate = 2e5, Duration = 0.03 });
        Assert.Contains(none.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
        Assert.All(none.Quantities, q => Assert.Null(q.Value));
    }

    [Fact]
    public void Pulses_without_a_laser_missing_detectors_and_a_shared_dead_time_are_refused_in_words()
    {
        var s = new Setup { Duration = 0.004 };
        var random = new Random(1);
        long[] Pulses() => [.. Enumerable.Range(0, 200_000).Where(_ => random.NextDouble() < 0.1).Select(k => k * 4000L + (long)(-300 * Math.Log(1 - random.NextDouble()))).Order()];
        var pulsed = Hom.Compute(MemoryPhotons.T2(8e-4, Pulses(), Pulses()), null, Options(s));
        Assert.Contains(pulsed.Messages, m => m.Code == "PULSED_LIGHT" && m.Text.Contains("4 ns"));
        Assert.Null(pulsed.Quantity("M")!.Value);
        Assert.NotNull(pulsed.Curve("g2_parallel"));

        Assert.Contains(Analyse(1, s, Options(s) with { Channels = [0, 5] }).Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channels present: 0 ("));
        Assert.Contains(Analyse(1, s, Options(s) with { Background = [5e7] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
        Assert.Throws<RequestException>(() => Analyse(1, s, Options(s) with { CoherenceTime = [0] }));
        Assert.Throws<RequestException>(() => Analyse(1, s, Options(s) with { Jitter = [1e-12, 2e-12, 3e-12] }));
        Assert.Throws<InsufficientDataException>(() => Analyse(1, s, Options(s) with { Excitation = "pulsed" }));

        // One converter for both detectors: whatever comes within 2 ns of the one before is lost.
        var whole = Measure(1, new(), true);
        var last = long.MinValue / 2;
        int[] kept = [.. Enumerable.Range(0, whole.Times.Length).Where(i => { var keeps = whole.Times[i] - last >= 2000; if (keeps) last = whole.Times[i]; return keeps; })];
        long[] Of(short code) => [.. kept.Where(i => whole.Codes[i] == code).Select(i => whole.Times[i])];
        Assert.Contains(Hom.Compute(MemoryPhotons.T2(0.01, Of(0), Of(1)), null, Options(s)).Messages, m => m.Code == "COMMON_DEADTIME");
    }

    [Fact]
    public void Records_that_count_pulses_are_judged_by_their_micro_times()
    {
        var s = new Setup();
        // The same light against a sync of 80 MHz that it does not follow.
        MemoryPhotons T3(MemoryPhotons t2) => new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = 12.5e-9, SyncPeriod = 12.5e-9, ChannelWidth = 4e-12, HeaderDuration = s.Duration, AvailableRecords = t2.Times.Length,
            Times = [.. t2.Times.Select(t => t / 12_500)], Dtimes = [.. t2.Times.Select(t => (int)(t % 12_500 / 4))], Codes = t2.Codes,
        };
        var (parallel, orthogonal) = (Measure(1, s, true), Measure(2, s, false));
        var (byTicks, byPulses) = (Hom.Compute(parallel, orthogonal, Options(s)), Hom.Compute(T3(parallel), T3(orthogonal), Options(s)));
        Assert.Equal("cw", byPulses.Parameters["excitation"]!.ToString());
        Assert.InRange(byPulses.Quantity("M")!.Value!.Value - byTicks.Quantity("M")!.Value!.Value, -0.3 * byTicks.Quantity("M")!.Sigma!.Value, 0.3 * byTicks.Quantity("M")!.Sigma!.Value);
        Assert.Equal("pulsed", Hom.Compute(T3(parallel), T3(orthogonal), Options(s) with { Excitation = "pulsed", Background = null, Jitter = null }).Parameters["excitation"]!.ToString());
    }

    [Fact]
    public void A_product_of_two_exponentials_is_blurred_and_averaged_as_by_brute_force()
    {
        foreach (var (a, b, d, sigma) in new[] { (4.0, 1.0, 3.0, 0.0), (4.0, 1.0, -3.0, 0.2), (0.5, 1.0, 2.0, 0.3), (1.0, 1.0, 1.5, 0.4), (2.0, 1.0, 0.0, 0.1) })
        {
            const double width = 0.25, centre = 0.1, fine = 0.005;
            var got = new double[61];
            TwoCusps.Average(got, 30, width, centre, a, b, d, sigma);
            PairResponse teeth = new(sigma, [.. Enumerable.Range(-80, 161).Select(i => (Lag: i * sigma / 16, Weight: Math.Exp(-0.5 * i * i / 256.0))).Select(t => (t.Lag, t.Weight / (16 * Math.Sqrt(2 * Math.PI))))]);
            var byTeeth = new double[61];
            TwoCusps.Average(byTeeth, 30, width, centre, a, b, d, sigma > 0 ? teeth : 0);
            for (var j = 0; j < got.Length; j += 4)
            {
                var sum = 0.0;
                for (var k = 0; k < 50; k++)
                {
                    var t = (j - 30) * width + ((k + 0.5) / 50 - 0.5) * width - centre;
                    if (sigma == 0) sum += F(t) / 50;
                    else for (var x = -5 * sigma; x <= 5 * sigma; x += fine) sum += F(t - x) * Math.Exp(-0.5 * x * x / sigma / sigma) / (sigma * Math.Sqrt(2 * Math.PI)) * fine / 50;
                }

                Assert.Equal(sum, got[j], 3e-4);
                Assert.Equal(got[j], byTeeth[j], 1e-3);
            }

            double F(double t) => Math.Exp(-a * Math.Abs(t) - b * Math.Abs(t - d));
        }
    }
}
