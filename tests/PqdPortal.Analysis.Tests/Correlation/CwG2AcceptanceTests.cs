using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>Two-level emitters of known truth: g2(0) = 0, dip of 8 ns, 150 kcps on each detector, 12 s.</summary>
public class CwG2AcceptanceTests(ITestOutputHelper output)
{
    const double T1 = 8e-9, Rate = 150e3, Duration = 12;
    const int Seeds = 20;

    static AnalysisReport Analyse(PhotonStream photons, string parameters = "{}") =>
        AnalysisCatalogue.Find("g2.cw").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = photons }, JsonNode.Parse(parameters)!.AsObject()));

    static double Pull(AnalysisReport report, string name, double truth) =>
        (report.Quantity(name)!.Value!.Value - truth) / report.Quantity(name)!.Sigma!.Value;

    void AssertUnitPulls(string what, IReadOnlyList<double> pulls)
    {
        var square = pulls.Sum(p => p * p);
        var line = $"{what}: {string.Join(" ", pulls.Select(p => p.ToString("F2")))}  mean {pulls.Average():F2}  chi2/n {square / pulls.Count:F2}";
        output.WriteLine(line);
        Assert.True(pulls.All(p => Math.Abs(p) < 3), line);
        Assert.True(Math.Abs(pulls.Average()) < 4 / Math.Sqrt(pulls.Count), line);
        Assert.True(square / pulls.Count is > 0.4 and < 2, line); // chi-square of 20: outside once in 300 runs of fair pulls
    }

    [Fact]
    public void Twenty_pure_emitters_give_the_truth_with_pulls_of_unit_width()
    {
        var (g0, t1, raw) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var (a, b) = TestEmitter.TwoLevel(T1, Rate, Duration, new Random(seed));
            var report = Analyse(MemoryPhotons.T2(Duration, a, b));
            g0.Add(Pull(report, "g2_0_corr", 0));
            t1.Add(Pull(report, "t1_ns", 8));
            // The truth of the centre bin itself: 1 - (1 - e^-x)/x, x half a bin over t1.
            var x = 0.5005 / 8;
            raw.Add(Pull(report, "g2_0_raw", 1 - (1 - Math.Exp(-x)) / x));
            Assert.Equal("yes", report.Verdict("single_emitter")!.Value);
            Assert.Equal("none", report.Verdict("artefact")!.Value);
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.DoesNotContain(report.Messages, m => m.Code is "FIT_POOR" or "NONSTATIONARY" or "FLICKER" or "DEADTIME" or "GAPS");
        }

        AssertUnitPulls("g2_0_corr", g0);
        AssertUnitPulls("t1_ns", t1);
        // Some eight pairs in the centre bin: the pulls come in steps, and the larger of two errors is taken.
        output.WriteLine($"g2_0_raw: chi2/n {raw.Average(p => p * p):F2}");
        Assert.True(raw.All(p => Math.Abs(p) < 3.5));
        Assert.InRange(raw.Average(p => p * p), 0.2, 2);
    }

    [Fact]
    public void Background_and_jitter_are_corrected_and_would_bias_the_result_if_forgotten()
    {
        const double background = 50e3, jitter = 3e-9;
        var (right, noBackground, noIrf) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var (a, b) = TestEmitter.TwoLevel(T1, Rate, 3, new Random(100 + seed), background, jitter);
            var photons = MemoryPhotons.T2(3, a, b);
            right.Add(Pull(Analyse(photons, """{"background_cps":[50000,50000],"jitter_sigma_ps":3000}"""), "g2_0_corr", 0));
            if (seed > 5) continue;
            noBackground.Add(Pull(Analyse(photons, """{"jitter_sigma_ps":3000}"""), "g2_0_corr", 0));
            noIrf.Add(Pull(Analyse(photons, """{"background_cps":[50000,50000]}"""), "g2_0_corr", 0));
        }

        AssertUnitPulls("g2_0_corr", right);
        output.WriteLine($"without background: {noBackground.Average():F1}, without response: {noIrf.Average():F1}");
        Assert.True(noBackground.Average() > 4, $"forgetting the background moves g2(0) by only {noBackground.Average():F1} sigma");
        Assert.True(noIrf.Average() > 2.5, $"forgetting the response moves g2(0) by only {noIrf.Average():F1} sigma");
    }

    [Theory]
    [InlineData(0.2, 40, 1)]
    [InlineData(0.01, 1200, 2)] // bunching of 1 us in a range of 0.5 us
    public void Bunching_is_fitted_and_does_not_bend_the_dip_even_where_the_range_is_short(double shelving, double shelf, int seed)
    {
        var pulls = new List<double>();
        for (var k = 0; k < 6; k++)
        {
            var options = new SimulationOptions
            {
                Kind = "three_level", Rate = [150e3, 150e3], Duration = 4, Lifetime = 5e-9, ShelvingProbability = shelving, ShelfLifetime = shelf * 1e-9, Seed = 10 * seed + k,
            };
            var report = Analyse(SimulatedPhotons.Of(options));
            var t2 = SimulationTruth.Expected(options)["t2_ns"]!.GetValue<double>();
            pulls.Add(Pull(report, "g2_0_corr", 0));
            Assert.NotNull(report.Quantity("t2_ns")!.Value);
            Assert.True(Math.Abs(Pull(report, "t2_ns", t2)) < 4, $"t2 {report.Quantity("t2_ns")!.Value} +- {report.Quantity("t2_ns")!.Sigma}, truth {t2}");
            Assert.DoesNotContain(report.Messages, m => m.Code == "FIT_POOR");
            if (t2 < 600) continue;
            Assert.Contains("RANGE_SHORT", report.Quantity("t2_ns")!.Flags);
            Assert.Equal(Grade.Warn, report.Quantity("a")!.Grade);
            Assert.Contains(report.Messages, m => m.Code == "RANGE_SHORT");
        }

        output.WriteLine(string.Join(" ", pulls.Select(p => p.ToString("F2"))));
        Assert.True(pulls.All(p => Math.Abs(p) < 3.5));
        Assert.InRange(pulls.Sum(p => p * p), 0.2, 20); // chi-square of 6
    }

    [Theory]
    [InlineData(28e3, 0, 0)]
    [InlineData(28e3, 0.3, 4e3)]
    [InlineData(62e3, 0, 0)]
    public void Few_pairs_give_honest_errors(double rate, double truth, double background)
    {
        // About 100 and 500 pairs are expected inside the dip.
        const int runs = 40;
        var (pulls, covered) = (new List<double>(), 0);
        for (var seed = 1; seed <= runs; seed++)
        {
            var options = new SimulationOptions
            {
                Rate = [rate, rate], Duration = 8, Saturation = 0.05, Background = [background], G2AtZero = truth > 0 ? truth : null, Seed = seed,
            };
            var report = Analyse(SimulatedPhotons.Of(options), background > 0 ? $$"""{"background_cps":[{{background}}]}""" : "{}");
            var q = report.Quantity("g2_0_corr")!;
            pulls.Add(Pull(report, "g2_0_corr", truth));
            if (q.Lo95 <= truth && truth <= q.Hi95) covered++;
        }

        var square = pulls.Average(p => p * p);
        var line = $"mean {pulls.Average():F2}, mean square {square:F2}, covered {covered}";
        output.WriteLine(line);
        Assert.True(Math.Abs(pulls.Average()) < 0.6, line); // a skewed likelihood leaves a small bias
        Assert.InRange(square, 0.4, 1.75);                  // chi-square of 40: 0.45 to 1.8 in 999 of 1000
        Assert.True(covered >= 34, line);                   // of 38 expected; fewer once in 100
    }

    [Fact]
    public void A_start_stop_histogram_of_the_same_photons_would_not_pass()
    {
        var (a, b) = TestEmitter.TwoLevel(T1, Rate, Duration, new Random(1));
        var axis = new PairAxis(1e-12, 10_001, 400, 0);
        var first = new double[axis.Bins];
        var j = 0;
        foreach (var t in a)
        {
            while (j < b.Length && b[j] <= t) j++;
            if (j < b.Length && b[j] - t <= axis.Reach) first[(b[j] - t + axis.Reach) / axis.Width]++;
        }

        var all = PlainPairs.Count(a, b, axis);
        var last = axis.Bins - 1;
        var expected = a.Length * (double)b.Length * axis.BinSeconds / Duration;
        // Survival of 4 us at 150 kcps: e^-0.6 = 0.55.
        Assert.Equal(1, all[last] / expected, 5 / Math.Sqrt(expected));
        Assert.Equal(Math.Exp(-0.6), first[last] / expected, 5 / Math.Sqrt(expected));
        Assert.True(first[last] / expected < 1 - 20 / Math.Sqrt(expected));
    }
}
