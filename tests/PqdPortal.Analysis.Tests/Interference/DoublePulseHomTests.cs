using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Two pulses in each period and arms as long as they are apart, photon by photon.</summary>
public class DoublePulseHomTests(ITestOutputHelper output)
{
    const double Period = 12.5e-9, Step = 16e-12;

    sealed record Setup
    {
        public double M { get; init; } = 0.8;
        public double R { get; init; } = 0.5;
        public double Contrast { get; init; } = 1;
        public double Signal { get; init; } = 0.12;
        public double Lifetime { get; init; } = 0.2e-9;
        public double Spacing { get; init; } = 2e-9;
        public double Background { get; init; }
        public int Pulses { get; init; } = 500_000;
    }

    static MemoryPhotons Measure(int seed, Setup s, bool isParallel)
    {
        var random = new Random(seed);
        var t = 1 - s.R;
        var meet = isParallel ? s.R * t * s.M * s.Contrast * s.Contrast : 0;
        var records = new List<(long Time, int Dtime, short Detector)>();
        for (var k = 0; k < s.Pulses; k++)
        {
            var (first, second) = (random.NextDouble() < s.Signal, random.NextDouble() < s.Signal);
            var (firstLong, secondLong) = (random.Next(2) == 1, random.Next(2) == 1);
            if (first && second && firstLong && !secondLong)
            {
                // Both arrive together. The short way's T and the long way's R lead to detector 0.
                var u = random.NextDouble();
                var (transmitted, reflected) = (t * t - meet, s.R * s.R - meet);
                var same = random.Next(2);
                Count(k, s.Spacing, u < transmitted ? 0 : u < transmitted + reflected ? 1 : same);
                Count(k, s.Spacing, u < transmitted ? 1 : u < transmitted + reflected ? 0 : same);
                continue;
            }

            if (first) Alone(k, firstLong ? s.Spacing : 0, firstLong);
            if (second) Alone(k, s.Spacing + (secondLong ? s.Spacing : 0), secondLong);
        }

        for (var detector = 0; detector < 2 && s.Background > 0; detector++)
            for (var at = 0.0; (at -= Math.Log(1 - random.NextDouble()) / s.Background) < s.Pulses * Period;)
                records.Add(((long)(at / Period), (int)(at % Period / Step), (short)detector));
        records.Sort();
        return new()
        {
            Format = "test", RecordType = "test T3", Mode = "T3", Tick = Period, SyncPeriod = Period, ChannelWidth = Step, HeaderDuration = s.Pulses * Period,
            AvailableRecords = records.Count, Times = [.. records.Select(r => r.Time)], Dtimes = [.. records.Select(r => r.Dtime)], Codes = [.. records.Select(r => r.Detector)],
        };

        void Alone(int pulse, double after, bool isLong) => Count(pulse, after, (random.NextDouble() < s.R) == isLong ? 0 : 1);

        void Count(int pulse, double after, int detector)
        {
            var jitter = 40e-12 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var at = 1e-9 + after + jitter - s.Lifetime * Math.Log(1 - random.NextDouble());
            var late = (int)(at / Period);
            records.Add((pulse + late, (int)((at - late * Period) / Step), (short)detector));
        }
    }

    static HomOptions Options(Setup s) => new()
    {
        Scheme = "double_pulse", Spacing = s.Spacing, Reflectance = s.R, Transmittance = 1 - s.R, Contrast = s.Contrast, G2 = [0, 0], Jitter = [40e-12],
        Background = s.Background > 0 ? [s.Background] : null,
    };

    static double Pull(AnalysisReport report, string name, double truth) => (report.Quantity(name)!.Value!.Value - truth) / report.Quantity(name)!.Sigma!.Value;

    [Theory]
    [InlineData("apart")]
    [InlineData("overlapping, unequal splitter, background")]
    public void Areas_of_five_peaks_and_the_overlap_come_out_with_pulls_of_unit_width(string name)
    {
        var s = name == "apart" ? new Setup() : new Setup { Lifetime = 0.8e-9, R = 0.44, Contrast = 0.96, M = 0.9, Background = 2e5 };
        var (r, t) = (s.R, 1 - s.R);
        var outer = r * r * r * t + r * t * t * t;
        var par = outer - 2 * r * r * t * t * s.M * s.Contrast * s.Contrast;
        (string Name, double Truth)[] truths = [("A0_orthogonal", outer), ("A0_parallel", par), ("V_raw", 1 - par / outer), ("M", s.M), ("tau_ns", s.Lifetime * 1e9), ("spacing_ns", s.Spacing * 1e9)];
        var reports = Enumerable.Range(1, 6).Select(seed => Hom.Compute(Measure(seed, s, true), Measure(seed + 1000, s, false), Options(s))).ToArray();
        foreach (var (quantity, truth) in truths)
        {
            double[] pulls = [.. reports.Select(report => Pull(report, quantity, truth))];
            var line = $"{quantity}: {string.Join(" ", pulls.Select(p => p.ToString("F2")))}  mean {pulls.Average():F2}  chi2/n {pulls.Average(p => p * p):F2}";
            output.WriteLine(line);
            Assert.All(pulls, p => Assert.True(Math.Abs(p) < 3.3, line));
            Assert.True(Math.Abs(pulls.Average()) < 3.5 / Math.Sqrt(pulls.Length), line);
            Assert.True(pulls.Average(p => p * p) is > 0.05 and < 2.6, line);
        }

        foreach (var report in reports)
        {
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.DoesNotContain(report.Messages, m => m.Code is "FIT_POOR" or "CHECK_DELAY" or "CHECK_POLARISATION_SWAP" or "NO_REFERENCE");
            Assert.Equal(name != "apart", report.Messages.Any(m => m.Code == "PEAKS_OVERLAP"));
        }

        // 1:2:2:2:1 without interference; by windows alone overlapping peaks would fill the gap that interference leaves.
        var areas = reports.Select(report => report.Curve("areas_orthogonal")!.Y!.Values.Select(a => a!.Value).ToArray()).ToArray();
        var sums = Enumerable.Range(0, 5).Select(j => areas.Sum(a => a[j])).ToArray();
        if (name != "apart") return;
        for (var j = 1; j <= 3; j++) Assert.InRange(sums[j] / (sums[0] + sums[4]), 0.9, 1.1);
    }

    [Fact]
    public void Windows_alone_are_wrong_where_peaks_overlap()
    {
        var s = new Setup { Lifetime = 0.8e-9, M = 1 };
        var report = Hom.Compute(Measure(1, s, true), Measure(2, s, false), Options(s));
        Assert.InRange(Pull(report, "M", 1), -3, 3);

        double Share(string curve)
        {
            var (x, y) = (report.Curve(curve)!.X.Values, report.Curve(curve)!.Y!.Values);
            double Window(double at) => Enumerable.Range(0, x.Count).Where(i => Math.Abs(x[i]!.Value - at) < 1).Sum(i => y[i]!.Value);
            return Window(0) / (Window(-4) + Window(4));
        }

        var wrong = 2 * (Share("clusters_orthogonal") - Share("clusters_parallel")) / 2;
        Assert.True(Math.Abs(wrong - 1) > 3 * report.Quantity("M")!.Sigma, $"{wrong:F2} +- {report.Quantity("M")!.Sigma:F2}");
        Assert.True(Share("clusters_parallel") > 0.2);
    }

    [Fact]
    public void Noise_swaps_wrong_spacings_and_missing_words_are_told()
    {
        var s = new Setup { Pulses = 300_000 };
        var (parallel, orthogonal) = (Measure(1, s, true), Measure(2, s, false));
        Assert.Contains(Hom.Compute(orthogonal, parallel, Options(s)).Messages, m => m.Code == "CHECK_POLARISATION_SWAP");
        var noisy = Hom.Compute(parallel, orthogonal, Options(s) with { G2 = [0.1, 0.01] });
        Assert.Contains(noisy.Messages, m => m.Code == "NOISE_MATTERS");
        Assert.Equal(noisy.Quantity("M")!.Value!.Value / 0.9, noisy.Quantity("M_distinguishable_noise")!.Value!.Value, 9);
        Assert.Equal("identical", noisy.Parameters["noise"]!.ToString());

        var alone = Hom.Compute(parallel, null, Options(s));
        Assert.Contains(alone.Messages, m => m.Code == "NO_REFERENCE");
        Assert.InRange(Pull(alone, "M", 0.8), -3, 3);
        Assert.Contains(Hom.Compute(parallel, orthogonal, Options(s) with { G2 = null }).Messages, m => m.Code == "G2_NOT_GIVEN");

        var few = Hom.Compute(Measure(1, s with { Pulses = 40_000 }, true), Measure(2, s with { Pulses = 40_000 }, false), Options(s));
        Assert.Contains(few.Messages, m => m.Code == "TOO_FEW_COINCIDENCES");
        Assert.Equal("insufficient", few.Verdict("quality")!.Value);
        Assert.Null(Hom.Compute(Measure(1, s with { Pulses = 3000 }, true), null, Options(s)).Quantity("M")!.Value);

        Assert.Throws<RequestException>(() => Hom.Compute(parallel, orthogonal, Options(s) with { Spacing = null }));
        Assert.Throws<RequestException>(() => Hom.Compute(parallel, orthogonal, Options(s) with { Spacing = Period / 3 }));
        Assert.Throws<RequestException>(() => Hom.Compute(parallel, orthogonal, Options(s) with { Excitation = "cw" }));
        Assert.Contains(Hom.Compute(parallel, null, Options(s) with { Channels = [0, 7] }).Messages, m => m.Code == "EMPTY_CHANNEL");
        Assert.Contains(Hom.Compute(parallel, null, Options(s) with { Background = [1.5e7] }).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
    }
}
