using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Two-photon interference of known overlap, photon by photon, independent of the portal's own simulator.</summary>
public class HomTests(ITestOutputHelper output)
{
    const double Period = 12.5e-9, Step = 16e-12, Lifetime = 0.4e-9;

    sealed record Setup
    {
        public double M { get; init; } = 0.8;
        public double R { get; init; } = 0.5;
        public double Contrast { get; init; } = 1;
        public double Signal { get; init; } = 0.12;
        public double Noise { get; init; }
        public int Delay { get; init; } = 1;
        public int Pulses { get; init; } = 600_000;
        public double Lifetime { get; init; } = HomTests.Lifetime;

        /// <summary>Uniform background of each detector [1/s].</summary>
        public double Background { get; init; }

        /// <summary>Pulses after which the dot switches on average; 0 for a dot that is always bright.</summary>
        public double Switching { get; init; }

        /// <summary>Share of noise photons.</summary>
        double F => Noise / (Signal + Noise);

        /// <summary>g2(0) = 2 f (1-f).</summary>
        public double G2 => 2 * F * (1 - F);
    }

    /// <summary>T3 records of a 50:50 entrance splitter, arms that differ by whole periods, and the splitter where photons meet.</summary>
    static MemoryPhotons Measure(int seed, Setup s, bool isParallel)
    {
        var random = new Random(seed);
        var t = 1 - s.R;
        var together = isParallel ? 2 * s.R * t * s.M * s.Contrast * s.Contrast : 0;
        var late = new Queue<(int Slot, bool Signal)>();
        var records = new List<(long Time, int Dtime, short Detector)>();
        var isOn = true;
        var switchAt = s.Switching > 0 ? -s.Switching * Math.Log(1 - random.NextDouble()) : double.PositiveInfinity;
        var here = new List<(bool Signal, bool Long)>();
        for (var k = 0; k < s.Pulses; k++)
        {
            while (k > switchAt) (isOn, switchAt) = (!isOn, switchAt - s.Switching * Math.Log(1 - random.NextDouble()));
            here.Clear();
            while (late.Count > 0 && late.Peek().Slot == k) here.Add((late.Dequeue().Signal, true));
            var u = random.NextDouble();
            if (isOn && u < s.Signal) Give(true);
            if (isOn && random.NextDouble() < s.Noise) Give(false);
            if (here.Count > 1 && here.FindIndex(p => p is { Signal: true, Long: false }) is var a and >= 0 && here.FindIndex(p => p is { Signal: true, Long: true }) is var b and >= 0)
            {
                // They leave by different exits with R² + T² - 2RTMC².
                if (random.NextDouble() < s.R * s.R + t * t - together)
                {
                    Count(k, 0);
                    Count(k, 1);
                }
                else
                {
                    var both = (short)random.Next(2);
                    Count(k, both);
                    Count(k, both);
                }

                foreach (var (i, p) in here.Index())
                    if (i != a && i != b) Alone(k, p.Long);
            }
            else
            {
                foreach (var p in here) Alone(k, p.Long);
            }

            void Give(bool isSignal)
            {
                if (random.NextDouble() < 0.5) here.Add((isSignal, false));
                else if (s.Delay > 0) late.Enqueue((k + s.Delay, isSignal));
                else here.Add((isSignal, true));
            }
        }

        for (short detector = 0; detector < 2 && s.Background > 0; detector++)
            for (var at = 0.0; (at -= Math.Log(1 - random.NextDouble()) / s.Background) < s.Pulses * Period;)
                records.Add(((long)(at / Period), (int)(at % Period / Step), detector));
        records.Sort();
        return new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = Period, SyncPeriod = Period, ChannelWidth = Step, HeaderDuration = s.Pulses * Period,
            AvailableRecords = records.Count, Times = [.. records.Select(r => r.Time)], Dtimes = [.. records.Select(r => r.Dtime)], Codes = [.. records.Select(r => r.Detector)],
        };

        // From the short arm T leads to detector 1, from the long arm to detector 0.
        void Alone(int slot, bool isLong) => Count(slot, (short)((random.NextDouble() < s.R) != isLong ? 0 : 1));

        void Count(int slot, short detector)
        {
            var at = 1e-9 - s.Lifetime * Math.Log(1 - random.NextDouble());
            var pulses = (int)(at / Period);
            records.Add((slot + pulses, (int)((at - pulses * Period) / Step), detector));
        }
    }

    static AnalysisReport Analyse(int seed, Setup s, HomOptions? options = null, bool withReference = true) =>
        Hom.Compute(Measure(seed, s, true), withReference ? Measure(seed + 1000, s, false) : null,
            options ?? new() { Reflectance = s.R, Transmittance = 1 - s.R, Contrast = s.Contrast, DelayPeriods = s.Delay, G2 = [s.G2, 0], Background = [s.Background] });

    static double Pull(AnalysisReport report, string name, double truth) => Pulls.Of(report, name, truth);

    void AssertUnitPulls(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, mean: 4, least: 0.2, most: 2.4);

    public static TheoryData<string> Cases => ["plain", "unequal splitter, contrast, noise", "background", "long tail", "two periods"];

    static Setup Of(string name) => name switch
    {
        "plain" => new(),
        "unequal splitter, contrast, noise" => new() { R = 0.44, Contrast = 0.95, Noise = 0.006, M = 0.7 },
        "background" => new() { Background = 300e3 },
        "long tail" => new() { Lifetime = 4e-9 },
        _ => new() { Delay = 2 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Areas_visibility_and_overlap_come_out_with_pulls_of_unit_width(string name)
    {
        var s = Of(name);
        var (rt2, distinct) = (2 * s.R * (1 - s.R), s.R * s.R + (1 - s.R) * (1 - s.R));
        var perp = distinct + rt2 * s.G2;
        var par = perp - rt2 * s.M * s.Contrast * s.Contrast * (1 - s.G2);
        var (a, b, v, m) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= 14; seed++)
        {
            var report = Analyse(seed, s);
            a.Add(Pull(report, "A0_parallel", par));
            b.Add(Pull(report, "A0_orthogonal", perp));
            v.Add(Pull(report, "V_raw", 1 - par / perp));
            m.Add(Pull(report, "M", s.M));
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.DoesNotContain(report.Messages, x => x.Code is "CHECK_DELAY" or "CHECK_POLARISATION_SWAP" or "FIT_POOR" or "NO_REFERENCE" or "FLICKER");
            Assert.Equal(name == "long tail", report.Messages.Any(x => x.Code == "PEAKS_OVERLAP"));
        }

        AssertUnitPulls("A_par", a);
        AssertUnitPulls("A_perp", b);
        AssertUnitPulls("V", v);
        AssertUnitPulls("M", m);
    }

    [Fact]
    public void The_peaks_at_the_delay_are_no_norm_and_forgotten_noise_or_contrast_is_seen()
    {
        var s = Of("unequal splitter, contrast, noise") with { Pulses = 2_000_000, Noise = 0.012 };
        var report = Analyse(1, s);
        var forgotten = Analyse(1, s, new() { Reflectance = s.R, Transmittance = 1 - s.R, G2 = [0, 0] });
        var peaks = report.Curve("peaks_parallel")!.Y!.Values;
        var centre = peaks.Count / 2;
        var wrong = peaks[centre]!.Value / ((peaks[centre - 1]!.Value + peaks[centre + 1]!.Value) / 2);

        Assert.InRange(Pull(report, "M", s.M), -3.5, 3.5);
        Assert.True(Pull(forgotten, "M", s.M) < -4, $"{Pull(forgotten, "M", s.M):F1}");
        Assert.True((wrong - report.Quantity("A0_parallel")!.Value) / report.Quantity("A0_parallel")!.Sigma > 8);
    }

    [Fact]
    public void Blinking_raises_near_peaks_and_areas_are_taken_against_them()
    {
        var s = new Setup { Switching = 60, Pulses = 1_500_000 };
        var (right, byFar) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 8; seed++)
        {
            var report = Analyse(seed, s, new() { G2 = [0, 0], SidePeaks = 300 });
            Assert.Contains(report.Messages, m => m.Code == "FLICKER");
            right.Add(Pull(report, "M", s.M));
            // Against the far peaks the reference is twice too high.
            var peaks = report.Curve("peaks_orthogonal")!.Y!.Values;
            byFar.Add(peaks[300]!.Value / Enumerable.Range(0, 60).Average(i => peaks[i]!.Value));
        }

        AssertUnitPulls("M", right);
        Assert.True(byFar.Average() > 0.8, $"{byFar.Average():F2}");
    }

    [Fact]
    public void Without_a_reference_the_splitter_foretells_it_and_that_is_told()
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 8; seed++)
        {
            var report = Analyse(seed, new(), withReference: false);
            Assert.Contains(report.Messages, m => m.Code == "NO_REFERENCE");
            Assert.Null(report.Quantity("A0_orthogonal")!.Value);
            pulls.Add(Pull(report, "M", 0.8));
        }

        AssertUnitPulls("M", pulls);
    }

    [Fact]
    public void What_second_photons_are_is_asked_where_it_matters()
    {
        var s = new Setup { Noise = 0.03, Pulses = 1_500_000 };
        var first = Analyse(1, s);
        var second = Analyse(1, s, new() { G2 = [s.G2, 0.01], Noise = "identical" });

        Assert.Contains(first.Messages, m => m.Code == "NOISE_MATTERS");
        Assert.Equal(first.Quantity("M_identical_noise")!.Value!.Value, second.Quantity("M")!.Value!.Value, 9);
        Assert.Equal(first.Quantity("M")!.Value!.Value, second.Quantity("M_distinguishable_noise")!.Value!.Value, 9);
        Assert.DoesNotContain(Analyse(1, new()).Messages, m => m.Code == "NOISE_MATTERS");
    }

    [Fact]
    public void Swapped_files_a_wrong_delay_and_too_few_pairs_are_told()
    {
        var s = new Setup();
        var swapped = Hom.Compute(Measure(1, s, false), Measure(2, s, true), new() { G2 = [0, 0] });
        Assert.Contains(swapped.Messages, m => m.Code == "CHECK_POLARISATION_SWAP");
        Assert.Contains(Analyse(1, s, new() { DelayPeriods = 2, G2 = [0, 0] }).Messages, m => m.Code == "CHECK_DELAY");
        var few = Analyse(1, s with { Pulses = 30_000 });
        Assert.Contains(few.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
        Assert.Equal("insufficient", few.Verdict("quality")!.Value);
        Assert.NotNull(few.Quantity("M")!.Value);
        Assert.Contains(Analyse(1, s, new()).Messages, m => m.Code == "G2_NOT_GIVEN");
    }

    [Fact]
    public void What_cannot_be_is_refused_in_words()
    {
        var s = new Setup { Pulses = 60_000 };
        Assert.Throws<RequestException>(() => Analyse(1, s, new() { Reflectance = 0 }));
        Assert.Throws<RequestException>(() => Analyse(1, s, new() { G2 = [0.1, 0.1, 0.1] }));
        Assert.Throws<RequestException>(() => Analyse(1, s, new() { DelayPeriods = 39 }));
        var one = Analyse(1, s, new() { Channels = [0, 5] });
        Assert.Contains(one.Messages, m => m.Code == "EMPTY_CHANNEL" && m.Text.Contains("Channels present: 0 ("));
        Assert.All(one.Quantities, q => Assert.Null(q.Value));
        Assert.Contains(Analyse(1, s, new() { Background = [4e6] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
        Assert.Equal("insufficient", Analyse(1, s with { Pulses = 300 }).Verdict("quality")!.Value);
    }
}
