using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Correlation;

public class PulsedGatesTests(ITestOutputHelper output)
{
    static AnalysisReport Analyse(Measurement photons, string parameters, Measurement? response = null)
    {
        var inputs = new Dictionary<string, Measurement> { ["file"] = photons };
        if (response is not null) inputs["irf_file"] = response;
        return AnalysisCatalogue.Find("g2.gated").Compute(new(inputs, JsonNode.Parse(parameters)!.AsObject()));
    }

    static double Value(AnalysisReport report, string name) => report.Quantity(name)!.Value!.Value;
    static double Pull(AnalysisReport report, string name, double truth) => (Value(report, name) - truth) / report.Quantity(name)!.Sigma!.Value;

    // Time zero so late that a gate counted from the start of the axis would do nothing.
    static PulsedLight Light => new() { G2 = 0.2, TimeZero = 10e-9, Jitter = 0, Pulses = 900_000, Background = 20e3 };
    const string Asked = """{"irf_t0_ps":10000,"background_cps":20000,"gates_ps":[0,500,1000,2000,5000]}""";
    static readonly double[] Gates = [0, 0.5e-9, 1e-9, 2e-9, 5e-9];

    /// <summary>Truth behind a gate: pairs live as both photons, the first e^(-t/bx) of them; a photon of a side peak by its kind.</summary>
    static (double G2, double Rate) Truth(PulsedLight light, double t)
    {
        var pairs = light.G2 * light.Mean * light.Mean / 2;
        var single = light.Mean - 2 * pairs;
        var (x, bx) = (light.Lifetime, light.Biexciton ?? light.Lifetime);
        // What comes after the end of the period stands before time zero, where gates drop it; what comes later still is behind it again.
        var wrapped = t == 0 ? 0 : Math.Exp(-(light.Period - light.TimeZero) / x) - Math.Exp(-(light.Period + t) / x);
        var alone = Math.Exp(-t / x) - wrapped;
        // The second photon of a cascade comes after the sum of both waits.
        var second = light.Biexciton is null ? alone : (x * Math.Exp(-t / x) - bx * Math.Exp(-t / bx)) / (x - bx) - wrapped;
        var photons = single * alone + pairs * (Math.Exp(-t / bx) + second);
        var both = light.Biexciton is null ? alone * alone : Math.Exp(-t / bx);
        var open = t == 0 ? 1 : (light.Period - light.TimeZero - t) / light.Period;
        return (2 * pairs * both / (photons * photons), photons / light.Period + 2 * light.Background * open);
    }

    [Fact]
    public void Behind_every_gate_g2_and_rate_are_the_truth_and_the_cascade_is_seen()
    {
        var pulls = Gates.Select(_ => new List<double>()).ToArray();
        var rates = new List<double>();
        for (var seed = 1; seed <= 12; seed++)
        {
            var report = Analyse((Light with { Seed = seed }).T3(), Asked);
            for (var k = 0; k < Gates.Length; k++)
            {
                pulls[k].Add(Pull(report, $"g2_0_gate_{k}", Truth(Light, Gates[k]).G2));
                rates.Add(Pull(report, $"rate_cps_gate_{k}", Truth(Light, Gates[k]).Rate));
            }

            Assert.Equal("yes", report.Verdict("cascade")!.Value);
            // 1/t_bx - 2/t_x, and what the biexciton's own photons do to the side peaks' decay.
            Assert.InRange(Value(report, "fall_per_ns"), 0.6, 0.9);
            Assert.Equal([0, 500, 1000, 2000, 5000], report.Curve("gates")!.X.Values.Select(g => (int)g!.Value));
        }

        for (var k = 0; k < Gates.Length; k++)
        {
            output.WriteLine($"gate {Gates[k]}: {string.Join(" ", pulls[k].Select(p => p.ToString("F1")))}; chi2/n {pulls[k].Average(p => p * p):F2}");
            Assert.All(pulls[k], p => Assert.InRange(p, -3.5, 3.5));
            Assert.InRange(pulls[k].Average(p => p * p), 0.2, 2.4); // chi-square of 12: outside once in 300
        }

        Assert.All(rates, p => Assert.InRange(p, -4, 4));
    }

    [Fact]
    public void Photons_a_little_early_are_not_taken_for_very_late_ones_where_time_zero_is_late()
    {
        // Taken as late, every early photon of a biexciton (6 of 100) would survive all gates.
        for (var seed = 1; seed <= 5; seed++)
        {
            var light = Light with { TimeZero = 42e-9, Jitter = 150e-12, Background = 0, Seed = 70 + seed };
            var report = Analyse(light.T3(), """{"irf_t0_ps":[42000],"irf_sigma_ps":[150],"gates_ps":[2000,5000]}""");
            foreach (var (k, t) in new[] { (0, 2e-9), (1, 5e-9) })
            {
                var (x, bx) = (light.Lifetime, light.Biexciton!.Value);
                var pairs = light.G2 * light.Mean * light.Mean / 2;
                var photons = (light.Mean - 2 * pairs) * Math.Exp(-t / x) + pairs * (Math.Exp(-t / bx) + (x * Math.Exp(-t / x) - bx * Math.Exp(-t / bx)) / (x - bx));
                Assert.InRange(Pull(report, $"g2_0_gate_{k}", 2 * pairs * Math.Exp(-t / bx) / (photons * photons)), -3.5, 3.5);
            }
        }
    }

    [Fact]
    public void Gates_counted_from_the_start_of_the_axis_would_show_no_fall()
    {
        var report = Analyse(Light.T3(), """{"irf_t0_ps":0,"background_cps":20000,"gates_ps":[0,500,1000,2000,5000]}""");

        Assert.InRange(Value(report, "g2_0_gate_4") / Value(report, "g2_0_gate_0"), 0.9, 1.1);
    }

    [Fact]
    public void Pairs_of_a_second_emitter_or_of_background_do_not_fall()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var report = Analyse((Light with { Seed = seed, Biexciton = null, Pulses = 2_000_000 }).T3(), Asked);
            output.WriteLine(report.Verdict("cascade")!.Why);
            Assert.Equal("no", report.Verdict("cascade")!.Value);
        }

        // Background that nobody took off.
        var forgotten = Analyse((Light with { G2 = 0, Background = 200e3 }).T3(), """{"irf_t0_ps":10000}""");
        output.WriteLine(forgotten.Verdict("cascade")!.Why);
        Assert.Equal("no", forgotten.Verdict("cascade")!.Value);
    }

    [Fact]
    public void Too_few_central_pairs_leave_it_open()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var report = Analyse((Light with { Seed = seed, G2 = 0.005, Biexciton = null, Pulses = 400_000, Background = 0 }).T3(), """{"irf_t0_ps":10000}""");
            Assert.NotEqual("yes", report.Verdict("cascade")!.Value);
        }

        Assert.Equal("undecided", Analyse((Light with { G2 = 0, Background = 0 }).T3(), """{"irf_t0_ps":10000}""").Verdict("cascade")!.Value);
    }

    [Fact]
    public void Without_time_zero_it_is_refused_in_words()
    {
        var trouble = Assert.Throws<RequestException>(() => Analyse((Light with { Pulses = 1000 }).T3(), "{}"));
        Assert.Contains("irf_t0_ps", trouble.Message);
        Assert.Contains("irf_file", trouble.Message);
    }

    [Fact]
    public void A_measured_response_of_another_resolution_gives_time_zero()
    {
        // Gaussian of 200 ps at 10 ns in bins of 50 ps, on 30 dark counts a bin.
        var random = new Random(4);
        var counts = new long[1000];
        for (var i = 0; i < counts.Length; i++) counts[i] = 30 + (long)(5.5 * TestEmitter.Normal(random));
        for (var n = 0; n < 100_000; n++) counts[(int)((10e-9 + 200e-12 * TestEmitter.Normal(random)) / 50e-12)]++;
        var response = new HistogramSet { Format = "test", Curves = [new(counts, 50e-12)] };
        var photons = Light.T3();

        var report = Analyse(photons, """{"background_cps":20000}""", response);
        Assert.Equal(10, Value(report, "t0_a_ns"), 0.01);
        Assert.InRange(Pull(report, "g2_0_gate_3", Truth(Light, 2e-9).G2), -4, 4);

        // The mean over all bins would be drawn to the middle of the axis.
        var naive = counts.Select((n, i) => n * (i + 0.5)).Sum() / counts.Sum() * 0.05;
        Assert.True(naive > 11, $"{naive}");

        // As photons of the same set-up.
        var stream = new PulsedLight { Lifetime = 1e-15, TimeZero = 10e-9, Jitter = 200e-12, G2 = 0, Pulses = 100_000, Background = 1000 }.T3();
        Assert.Equal(10, Value(Analyse(photons, "{}", stream), "t0_a_ns"), 0.02);

        Assert.Contains("no peak", Assert.Throws<InsufficientDataException>(() =>
            Analyse(photons, "{}", new HistogramSet { Format = "test", Curves = [new([.. Enumerable.Repeat(20L, 500)], 50e-12)] })).Message);
    }

    [Fact]
    public void A_response_over_the_end_of_the_period_gives_a_time_zero_within_it()
    {
        var photons = (Light with { TimeZero = 49.9e-9, Jitter = 150e-12, Pulses = 300_000 }).T3();
        var stream = new PulsedLight { Lifetime = 1e-15, TimeZero = 49.9e-9, Jitter = 150e-12, G2 = 0, Pulses = 100_000, Background = 1000 }.T3();

        Assert.Equal(49.9, Value(Analyse(photons, "{}", stream), "t0_a_ns"), 0.02);
    }

    [Fact]
    public void A_gate_longer_than_the_rest_of_the_period_leaves_nothing()
    {
        var report = Analyse((Light with { Pulses = 200_000 }).T3(), """{"irf_t0_ps":10000,"gates_ps":[45000,0]}""");

        Assert.Null(report.Quantity("g2_0_gate_0")!.Value);
        Assert.Equal(0, Value(report, "rate_cps_gate_0"));
        Assert.NotNull(report.Quantity("g2_0_gate_1")!.Value);
    }

    [Fact]
    public void Gates_within_a_window_lose_the_background_that_is_there()
    {
        // Pairs of background behind a gate are not even in delay; W/Trep of them would be too few.
        var pulls = new List<double>();
        for (var seed = 1; seed <= 6; seed++)
        {
            var light = Light with { Seed = seed, G2 = 0.1, Biexciton = null, Background = 200e3, Lifetime = 5e-9 };
            var report = Analyse(light.T3(), """{"irf_t0_ps":10000,"background_cps":200000,"gates_ps":[2000],"window_ns":30}""");
            pulls.Add(Pull(report, "g2_0_gate_0", Truth(light, 2e-9).G2));
        }

        output.WriteLine(string.Join(" ", pulls.Select(p => p.ToString("F1"))));
        Assert.All(pulls, p => Assert.InRange(p, -3.5, 3.5));
        Assert.InRange(pulls.Average(), -1.7, 1.7);
    }
}
