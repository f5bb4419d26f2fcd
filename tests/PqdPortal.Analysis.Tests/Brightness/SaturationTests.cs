using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Brightness;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Brightness;

/// <summary>Saturation curves of known truth, counts drawn point by point.</summary>
public class SaturationTests(ITestOutputHelper output)
{
    const double Isat = 60e3, Psat = 8, Slope = 300, Dark = 250;
    static readonly double[] Powers = [.. Enumerable.Range(0, 14).Select(k => 0.6 * Math.Pow(100 / 0.6, k / 13.0))];

    static double Hyperbolic(double p) => Isat * p / (p + Psat);

    static double Pulsed(double p) => Isat * (1 - Math.Exp(-p / Psat));

    /// <summary>Counts of one second at each power.</summary>
    static (double[] Power, double[] Counts, double[] Seconds) Measure(
        int seed, Func<double, double> curve, double slope = Slope, double dark = Dark, double meter = 0, double light = 0, double[]? powers = null, double seconds = 1)
    {
        var random = new Random(seed);
        powers ??= Powers;
        var counts = powers.Select(p =>
        {
            var real = p * (1 + meter * Normal(random));
            return (double)MathNet.Numerics.Distributions.Poisson.Sample(random, seconds * ((1 + light * Normal(random)) * (curve(real) + slope * real) + dark));
        }).ToArray();
        return (powers, counts, [.. powers.Select(_ => seconds)]);
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static AnalysisReport Fit((double[] Power, double[] Counts, double[] Seconds) data, double? dark = Dark, string model = "auto") =>
        Saturation.Compute(data.Power, data.Counts, data.Seconds, new() { Dark = dark, Model = model });

    static double Pull(AnalysisReport report, string name, double truth) => Pulls.Of(report, name, truth);

    void AssertUnitPulls(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, mean: 4, least: 0.35, most: 2);

    [Theory]
    [InlineData(false, Slope)]
    [InlineData(false, 0)] // at its bound in half the runs
    [InlineData(true, Slope)]
    public void Forty_runs_give_the_truth_with_pulls_of_unit_width(bool isPulsed, double slope)
    {
        var (isat, psat, slopes) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= 40; seed++)
        {
            var report = Fit(Measure(seed, isPulsed ? Pulsed : Hyperbolic, slope));
            isat.Add(Pull(report, "Isat_cps", Isat));
            psat.Add(Pull(report, "Psat_uW", Psat));
            if (slope > 0) slopes.Add(Pull(report, "slope_cps_per_uW", slope));
            Assert.Equal("yes", report.Verdict("saturation_reached")!.Value);
            Assert.Equal(isPulsed ? "poisson_absorption" : "hyperbolic", report.Quantity("model")!.Text);
            Assert.DoesNotContain(report.Messages, m => m.Code is "FIT_POOR" or "REPEATS_SCATTER");
        }

        AssertUnitPulls("Isat", isat);
        AssertUnitPulls("Psat", psat);
        if (slope > 0) AssertUnitPulls("slope", slopes);
    }

    [Fact]
    public void Forgetting_the_substrate_or_the_dark_counts_would_be_seen()
    {
        // The right fit of such runs lies within 3.3 sigma (above); the wrong ones are far outside.
        var noSlope = new List<double>();
        var noDark = new List<double>();
        for (var seed = 1; seed <= 5; seed++)
        {
            var data = Measure(seed, Hyperbolic);
            var right = Fit(data);
            noDark.Add(Pull(Fit(data, dark: 0), "Psat_uW", Psat));
            // A straight line through P/I against P, as on paper: its slope is 1/Isat.
            var (n, x, y) = (data.Power.Length, data.Power, data.Power.Select((p, i) => p / (data.Counts[i] / data.Seconds[i] - Dark)).ToArray());
            var (mx, my) = (x.Average(), y.Average());
            var onPaper = 1 / (x.Select((v, i) => (v - mx) * (y[i] - my)).Sum() / x.Sum(v => (v - mx) * (v - mx)));
            noSlope.Add((onPaper - Isat) / right.Quantity("Isat_cps")!.Sigma!.Value);
            Assert.True(n > 6);
        }

        output.WriteLine($"without slope {noSlope.Average():F1} sigma, without dark {noDark.Average():F1} sigma");
        Assert.True(Math.Abs(noSlope.Average()) > 8);
        Assert.True(Math.Abs(noDark.Average()) > 1.5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_power_or_light_that_scatters_is_seen_in_repeated_points_and_its_percent_keeps_the_errors_honest(bool isOfPower)
    {
        double[] powers = [.. Powers.SelectMany(p => new[] { p, p, p })];
        var (isat, psat) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 30; seed++)
        {
            var report = Fit(Measure(seed, Hyperbolic, meter: isOfPower ? 0.01 : 0, light: isOfPower ? 0 : 0.01, powers: powers, seconds: 40));
            Assert.Contains(report.Messages, m => m.Code == "REPEATS_SCATTER");
            isat.Add(Pull(report, "Isat_cps", Isat));
            psat.Add(Pull(report, "Psat_uW", Psat));
        }

        AssertUnitPulls("Isat", isat);
        AssertUnitPulls("Psat", psat);
        Assert.DoesNotContain(Fit(Measure(1, Hyperbolic, powers: powers)).Messages, m => m.Code == "REPEATS_SCATTER");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.5)]
    public void A_curve_that_ends_too_early_bounds_the_rate_only_from_below(double reach)
    {
        double[] powers = [.. Enumerable.Range(1, 10).Select(k => reach * Psat * k / 10)];
        var below = 0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var report = Fit(Measure(seed, Hyperbolic, slope: 0, powers: powers));

            Assert.Equal("no", report.Verdict("saturation_reached")!.Value);
            Assert.Contains(report.Messages, m => m.Code == "SATURATION_NOT_REACHED");
            var isat = report.Quantity("Isat_cps")!;
            Assert.Equal((Grade.Refused, (double?)null), (isat.Grade, isat.Value));
            Assert.NotNull(isat.Lo95);
            if (isat.Lo95 < Isat) below++;
            Assert.NotNull(report.Curve("saturation")!.Fit);
        }

        Assert.True(below >= 16, $"{below} of 20 limits lie below the truth"); // 95 %: 16 or fewer once in 400
    }

    [Fact]
    public void Five_powers_give_no_verdict()
    {
        var report = Fit(Measure(1, Hyperbolic, powers: [0.8, 3, 10, 40, 100]));

        Assert.Equal("undecided", report.Verdict("saturation_reached")!.Value);
        Assert.Null(report.Quantity("Isat_cps")!.Value);
    }

    [Fact]
    public void Powers_that_reach_just_from_a_third_to_three_times_Psat_are_enough()
    {
        double[] powers = [.. Enumerable.Range(0, 10).Select(k => Psat / 3 * Math.Pow(9, k / 9.0))];

        for (var seed = 1; seed <= 20; seed++)
            Assert.Equal("yes", Fit(Measure(seed, Hyperbolic, slope: 0, powers: powers)).Verdict("saturation_reached")!.Value);
    }

    [Fact]
    public void Rows_without_light_tell_the_dark_rate_where_none_is_given()
    {
        double[] powers = [0, 0, .. Powers];
        var report = Fit(Measure(3, Hyperbolic, powers: powers, seconds: 3), dark: null);

        Assert.InRange(Pull(report, "dark_cps", Dark), -4, 4);
        Assert.InRange(Pull(report, "Isat_cps", Isat), -4, 4);
        Assert.Contains(Fit(Measure(3, Hyperbolic, powers: powers), dark: 900).Messages, m => m.Code == "DARK_MISMATCH");
        Assert.Contains(Fit(Measure(3, Hyperbolic), dark: 1e6).Messages, m => m.Code == "BACKGROUND_EXCEEDS_SIGNAL");
    }

    [Fact]
    public void A_curve_that_sinks_again_is_told_to_fit_poorly() =>
        Assert.Contains(Fit(Measure(1, p => Hyperbolic(p) * Math.Exp(-p / 60))).Messages, m => m.Code == "FIT_POOR");

    [Fact]
    public void The_order_of_the_rows_is_of_no_influence()
    {
        var (power, counts, seconds) = Measure(7, Hyperbolic);
        var there = Saturation.Compute(power, counts, seconds, new() { Dark = Dark });
        var back = Saturation.Compute([.. power.Reverse()], [.. counts.Reverse()], seconds, new() { Dark = Dark });

        Assert.Equal(there.Quantity("Isat_cps"), back.Quantity("Isat_cps")! with { Flags = there.Quantity("Isat_cps")!.Flags });
    }

    static AnalysisReport OfText(string csv, string parameters = "{}") => AnalysisCatalogue.Find("saturation").Compute(new(
        new Dictionary<string, Measurement> { ["file"] = Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(csv))) }, JsonNode.Parse(parameters)!.AsObject()));

    [Fact]
    public void A_table_of_other_units_is_understood()
    {
        var (power, counts, _) = Measure(2, Hyperbolic);
        var csv = "Power (mW);Counts;Integration [ms]\n" + string.Concat(power.Select((p, i) => FormattableString.Invariant($"{p / 1000};{counts[i]};1000\n")));

        var report = OfText(csv, $$"""{ "dark_cps": {{Dark}} }""");

        Assert.InRange(Pull(report, "Psat_uW", Psat), -4, 4);
        Assert.Equal(Dark, (double)report.Parameters["dark_cps"]!);
    }

    [Theory]
    [InlineData("power_uW,counts,integration_s\n1,100,1\n2,-5,1\n3,200,1\n4,210,1\n", "Line 3, column 2 (\"counts\") is -5")]
    [InlineData("power_uW,counts,integration_s\n1,100,1\n2,150,0\n3,200,1\n4,210,1\n", "Line 3, column 3 (\"integration_s\") is 0 s")]
    [InlineData("power_uW,counts,integration_s\n1,100,1\n2,,1\n3,200,1\n4,210,1\n", "Line 3, column 2 (\"counts\") is empty")]
    [InlineData("power_uW,counts\n1,100\n2,150\n", "no column \"integration_s\"")]
    public void A_cell_that_cannot_be_is_refused_with_its_line_and_column(string csv, string told) =>
        Assert.Contains(told, Assert.Throws<MeasurementFormatException>(() => OfText(csv)).Message);

    [Theory]
    [InlineData("power_uW,counts,integration_s\n1,100,1\n2,150,1\n3,200,1\n", "3 different powers")]
    [InlineData("power_uW,counts,integration_s\n1,0,1\n2,1,1\n3,0,1\n4,2,1\n", "3 counts in all")]
    public void Too_little_is_refused_in_words(string csv, string told) =>
        Assert.Contains(told, Assert.Throws<InsufficientDataException>(() => OfText(csv)).Message);

    [Fact]
    public void Only_a_table_with_its_columns_is_offered_the_analysis()
    {
        var kind = AnalysisCatalogue.Find("saturation");

        Assert.True(kind.Accepts(Formats.Open(new MemoryStream("power_uW,counts,integration_s\n1,100,1\n2,150,1\n"u8.ToArray()))));
        Assert.False(kind.Accepts(Formats.Open(new MemoryStream("group,value\nA,1\nB,3\n"u8.ToArray()))));
        Assert.Throws<RequestException>(() => OfText("power_uW,counts,integration_s\n1,100,1\n2,150,1\n", """{ "selection": { "from_s": 1 } }"""));
    }
}
