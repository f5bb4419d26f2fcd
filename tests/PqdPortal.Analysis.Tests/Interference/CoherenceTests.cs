using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Michelson fringes of known coherence, counts drawn point by point, the phase of each fringe by chance.</summary>
public class CoherenceTests(ITestOutputHelper output)
{
    const double Wavelength = 512, T2 = 40, Height = 0.85, Mean = 400;

    static double Lorentzian(double d) => Math.Exp(-Math.Abs(d) / T2);

    static double Gaussian(double d) => Math.Exp(-Math.PI / 2 * d * d / (T2 * T2));

    /// <summary>Delays in ps and fs.</summary>
    static (double[] Coarse, double[] Fine, double[] Counts) Measure(
        int seed, Func<double, double> envelope, double height = Height, double mean = Mean, double background = 0, double[]? delays = null, double wavelength = Wavelength, double blink = 0)
    {
        var random = new Random(seed);
        delays ??= [.. Enumerable.Range(0, 31).Select(k => 5.0 * k)];
        var (coarse, fine, counts) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var d in delays)
        {
            var phase = 2 * Math.PI * random.NextDouble();
            for (var k = 0; k < 20; k++)
            {
                var x = 0.2 * k;
                var light = mean * (1 + blink * (2 * random.NextDouble() - 1)) * (1 + height * envelope(d) * Math.Cos(2 * Math.PI * 299.792458 * x / wavelength + phase));
                coarse.Add(d);
                fine.Add(x);
                counts.Add(MathNet.Numerics.Distributions.Poisson.Sample(random, light + background));
            }
        }

        return ([.. coarse], [.. fine], [.. counts]);
    }

    static AnalysisReport Fit((double[] Coarse, double[] Fine, double[] Counts) data, CoherenceOptions? options = null) =>
        Coherence.Compute([.. data.Coarse.Select(d => d * 1e-12)], [.. data.Fine.Select(x => x * 1e-15)], data.Counts, options ?? new() { Wavelength = Wavelength });

    static double Pull(AnalysisReport report, string name, double truth) => Pulls.Of(report, name, truth);

    void AssertUnitPulls(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, mean: 4, least: 0.4, most: 2);

    [Theory]
    [InlineData(true, 0.85, 400.0, 0.0)]
    [InlineData(true, 0.85, 60.0, 40.0)] // few counts, much background: most fringes drown in noise
    [InlineData(false, 1.0, 400.0, 0.0)] // dark to nothing at zero delay
    public void Twenty_runs_give_the_truth_with_pulls_of_unit_width(bool isLorentzian, double height, double mean, double background)
    {
        var (v0, t2, width) = (new List<double>(), new List<double>(), new List<double>());
        var right = 0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var report = Fit(Measure(seed, isLorentzian ? Lorentzian : Gaussian, height, mean, background), new() { Wavelength = Wavelength, Background = background });
            v0.Add(Pull(report, "V0", height));
            t2.Add(Pull(report, "T2_ps", T2));
            width.Add(Pull(report, "linewidth_ueV", (isLorentzian ? 1316.424 : 2747.28) / T2));
            if (report.Verdict("shape")!.Value == (isLorentzian ? "lorentzian" : "gaussian")) right++;
            Assert.NotEqual(isLorentzian ? "gaussian" : "lorentzian", report.Verdict("shape")!.Value);
            Assert.DoesNotContain(report.Messages, m => m.Code == "FIT_POOR");
        }

        AssertUnitPulls("V0", v0);
        AssertUnitPulls("T2", t2);
        if (mean > 100) Assert.Equal(20, right);
        output.WriteLine($"shape told in {right} of 20; linewidth chi2/n {width.Average(p => p * p):F2}");
        if (mean > 100) AssertUnitPulls("linewidth", width);
    }

    [Fact]
    public void Largest_less_smallest_over_their_sum_finds_fringes_in_noise_and_a_coherence_that_is_not_there()
    {
        var (wrong, right, far) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= 5; seed++)
        {
            var data = Measure(seed, Lorentzian, mean: 60);
            var report = Fit(data);
            var points = Enumerable.Range(0, data.Coarse.Length).GroupBy(i => data.Coarse[i]).Select(g => (Delay: g.Key,
                V: (g.Max(i => data.Counts[i]) - g.Min(i => data.Counts[i])) / (g.Max(i => data.Counts[i]) + g.Min(i => data.Counts[i])))).ToArray();
            // ln V over d, as a straight line.
            var (mx, my) = (points.Average(p => p.Delay), points.Average(p => Math.Log(p.V)));
            var slope = points.Sum(p => (p.Delay - mx) * (Math.Log(p.V) - my)) / points.Sum(p => (p.Delay - mx) * (p.Delay - mx));
            wrong.Add((-1 / slope - T2) / report.Quantity("T2_ps")!.Sigma!.Value);
            right.Add(Pull(report, "T2_ps", T2));
            Assert.True(points.Where(p => p.Delay > 100).Average(p => p.V) > 0.15, "noise alone looks like a visibility");
            far.AddRange(report.Curve("visibility")!.Y!.Values.Skip(21).Select(v => v!.Value));
        }

        // Noise alone would add 4/(20 * 60) = 0.0033 to each, and scatters them by as much; 0.0016 is left of the fringes.
        Assert.InRange(far.Average() - 0.0016, -3 * 0.0034 / Math.Sqrt(far.Count), 3 * 0.0034 / Math.Sqrt(far.Count));
        output.WriteLine($"far V² {far.Average():F5} of {far.Count}");
        output.WriteLine($"wrong by {wrong.Average():F0} sigma, right within {right.Max(Math.Abs):F1}");
        Assert.True(wrong.TrueForAll(p => p > 5));
        Assert.True(right.TrueForAll(p => Math.Abs(p) < 3.3));
    }

    [Fact]
    public void Forgotten_background_lowers_the_visibility_and_leaves_the_time()
    {
        var report = Fit(Measure(1, Lorentzian, background: 200));

        Assert.True(Pull(report, "V0", Height) < -10);
        Assert.InRange(Pull(report, "T2_ps", T2), -4, 4);
        Assert.Contains(report.Messages, m => m.Code == "VISIBILITY_LOW");
    }

    [Fact]
    public void The_wavelength_is_found_from_the_fringes()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var report = Fit(Measure(seed, Lorentzian, wavelength: 620), new());

            Assert.InRange((double)report.Parameters["wavelength_nm"]!, 617, 623);
            Assert.InRange(Pull(report, "T2_ps", T2), -4, 4);
        }

        Assert.Contains(Fit(Measure(1, Lorentzian, wavelength: 620)).Messages, m => m.Code == "FIT_POOR");
    }

    [Fact]
    public void Two_lines_beat_and_their_distance_is_told()
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 6; seed++)
        {
            var report = Fit(Measure(seed, d => Lorentzian(d) * Math.Abs(Math.Cos(Math.PI * 60 * d / 4135.667696)), mean: 1000));
            Assert.Equal("lorentzian doublet", report.Quantity("model")!.Text);
            Assert.Equal("lorentzian", report.Verdict("shape")!.Value);
            pulls.Add(Pull(report, "splitting_ueV", 60));
            Assert.InRange(Pull(report, "T2_ps", T2), -4, 4);
        }

        output.WriteLine(string.Join(" ", pulls.Select(p => p.ToString("F2"))));
        Assert.True(pulls.TrueForAll(p => Math.Abs(p) < 4));
    }

    [Fact]
    public void A_shape_between_the_two_is_undetermined()
    {
        var report = Fit(Measure(1, d => Math.Exp(-Math.Abs(d) / 80 - Math.PI / 2 * d * d / 3600), mean: 20000));

        Assert.Equal("undetermined", report.Verdict("shape")!.Value);
        Assert.Equal("voigt", report.Quantity("model")!.Text);
        // 2 int exp(-2 d/80 - pi (d/60)²) = 37.36 ps, by numerical integration elsewhere.
        var (sum, step) = (0.0, 0.01);
        for (var d = step / 2; d < 600; d += step) sum += 2 * step * Math.Exp(-2 * d / 80 - Math.PI * d * d / 3600);
        Assert.InRange(Pull(report, "T2_ps", sum), -4, 4);
    }

    [Fact]
    public void The_Fourier_limit_is_told_with_its_error_and_what_lies_beyond_is_unphysical()
    {
        var data = Measure(1, Lorentzian);
        var far = Fit(data, new() { Wavelength = Wavelength, Lifetime = [40e-12, 2e-12] });
        var beyond = Fit(data, new() { Wavelength = Wavelength, Lifetime = [10e-12, 0.2e-12] });

        Assert.InRange(Pull(far, "fourier_ratio", 0.5), -4, 4);
        Assert.True(far.Quantity("fourier_ratio")!.Sigma > 0.024);
        Assert.DoesNotContain(far.Messages, m => m.Code == "UNPHYSICAL_T2");
        Assert.Contains(beyond.Messages, m => m.Code == "UNPHYSICAL_T2");
        Assert.Contains(Fit(data).Messages, m => m.Code == "NO_LIFETIME");
        Assert.Throws<RequestException>(() => Fit(data, new() { Lifetime = [1e-12, 1e-12, 1e-12] }));
    }

    [Fact]
    public void Without_fringes_or_without_an_end_the_time_is_withheld()
    {
        var none = Fit(Measure(1, _ => 0));
        Assert.Contains(none.Messages, m => m.Code == "NO_FRINGES");
        Assert.Null(none.Quantity("T2_ps")!.Value);

        var flat = Fit(Measure(1, _ => 1));
        Assert.Contains(flat.Messages, m => m.Code == "DELAY_RANGE_SHORT");
        Assert.Null(flat.Quantity("T2_ps")!.Value);
        Assert.True(flat.Quantity("T2_ps")!.Lo95 > 150);
        Assert.Equal("undetermined", flat.Verdict("shape")!.Value);
        Assert.NotNull(flat.Quantity("V0")!.Value);

        var first = Fit(Measure(1, d => d == 0 ? 1 : 0));
        Assert.Contains(first.Messages, m => m.Code == "DELAY_STEP_COARSE");
        Assert.True(first.Quantity("T2_ps")!.Hi95 < 5);
    }

    [Fact]
    public void Light_that_blinks_from_point_to_point_widens_the_errors()
    {
        var pulls = new List<double>();
        for (var seed = 1; seed <= 12; seed++)
        {
            var report = Fit(Measure(seed, Lorentzian, mean: 2000, blink: 0.2));
            Assert.Contains(report.Messages, m => m.Code == "FIT_POOR");
            pulls.Add(Pull(report, "T2_ps", T2));
        }

        AssertUnitPulls("T2", pulls);
    }

    static AnalysisReport OfText(string csv, string parameters = "{}") => AnalysisCatalogue.Find("coherence").Compute(new(
        new Dictionary<string, Measurement> { ["file"] = Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(csv))) }, JsonNode.Parse(parameters)!.AsObject()));

    [Fact]
    public void A_table_is_read_by_its_columns_whatever_their_order()
    {
        var (coarse, fine, counts) = Measure(4, Lorentzian);
        var rows = Enumerable.Range(0, coarse.Length).OrderBy(i => (i * 7919) % coarse.Length).ToArray();
        var csv = "counts;fine_delay_fs;coarse_delay_ps\n" + string.Concat(rows.Select(i => FormattableString.Invariant($"{counts[i]};{fine[i]:0.0};{coarse[i]}\n").Replace('.', ',')));

        var report = OfText(csv, """{ "wavelength_nm": 512, "T1_ps": [40, 2], "background_counts": 0 }""");

        Assert.InRange(Pull(report, "T2_ps", T2), -4, 4);
        Assert.InRange(Pull(report, "fourier_ratio", 0.5), -4, 4);
    }

    [Theory]
    [InlineData("coarse_delay_ps,fine_delay_fs,counts\n0,0,100\n0,0.5,100\n0,1,100\n", "1 coarse delay")]
    [InlineData("coarse_delay_ps,fine_delay_fs,counts\n0,0,1\n1,0,1\n2,0,1\n3,0,1\n4,0,1\n", "5 counts in all")]
    [InlineData("coarse_delay_ps,fine_delay_fs,counts\n0,0,100\n1,0,100\n2,0,100\n3,0,100\n4,0,100\n", "fine delay does not change")]
    public void Too_little_is_refused_in_words(string csv, string told) =>
        Assert.Contains(told, Assert.Throws<InsufficientDataException>(() => OfText(csv)).Message);

    [Fact]
    public void Points_that_cover_too_little_of_a_fringe_are_left_out_and_told()
    {
        var csv = "coarse_delay_ps,fine_delay_fs,counts\n" + string.Concat(Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{i / 5},{0.02 * (i % 5)},{100 + i}\n")));

        var report = OfText(csv, """{ "wavelength_nm": 512 }""");

        Assert.Contains(report.Messages, m => m.Code == "FRINGE_NOT_COVERED");
        Assert.Null(report.Quantity("T2_ps")!.Value);
        Assert.Contains("Line 3", Assert.Throws<MeasurementFormatException>(() => OfText("coarse_delay_ps,fine_delay_fs,counts\n0,0,100\n0,1,-3\n")).Message);
    }
}
