using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Simulation;

/// <summary>The portal's analyses of the portal's own photons: what went in comes out, within errors of the right size.</summary>
public class SelfTests(ITestOutputHelper output)
{
    const int Seeds = 20;

    /// <summary>Twenty runs: every pull within 3, and their squares of the size of errors that are right.</summary>
    void ReturnsWhatWentIn(string key, string simulation, string parameters, params string[] names)
    {
        var options = SimulationRequest.Parse(simulation);
        var truth = SimulationTruth.Expected(options);
        var pulls = names.ToDictionary(name => name, _ => new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var report = AnalysisCatalogue.Find(key).Compute(new(
                Inputs(key, options with { Seed = seed }), JsonNode.Parse(parameters)!.AsObject()) { Threads = 1 });
            foreach (var name in names)
            {
                var quantity = report.Quantity(name)!;
                Assert.True(quantity.Value is not null && quantity.Sigma is > 0,
                    $"seed {seed}, {name}: {quantity.Value} +- {quantity.Sigma}; {string.Join(" ", report.Messages.Select(m => m.Text))}");
                var known = double.Parse(truth[AsIn(name)]!.ToJsonString(), CultureInfo.InvariantCulture);
                pulls[name].Add((quantity.Value!.Value - known) / quantity.Sigma!.Value);
            }
        }

        foreach (var (name, list) in pulls)
        {
            var line = $"{key} {name}: {string.Join(" ", list.Select(p => p.ToString("F2", CultureInfo.InvariantCulture)))}, chi2/n {list.Average(p => p * p):F2}";
            output.WriteLine(line);
            Assert.True(list.All(p => Math.Abs(p) < 3), line);
            Assert.True(list.Average(p => p * p) is > 0.5 and < 2, line);
        }
    }

    static Dictionary<string, Measurement> Inputs(string key, SimulationOptions options) => key switch
    {
        "hom" => new()
        {
            ["parallel"] = DrawnPhotons.Of(options with { Polarisation = "parallel" }),
            ["orthogonal"] = DrawnPhotons.Of(options with { Polarisation = "orthogonal", Seed = options.Seed + 1000 }),
        },
        "coherence" => new() { ["file"] = Table(options) },
        _ => new() { ["file"] = DrawnPhotons.Of(options) },
    };

    static Measurement Table(SimulationOptions options)
    {
        using var text = new StringWriter();
        SimulatedFile.WriteTable(options, text);
        return Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The truth speaks of g2(0) itself; an analysis corrects towards it.</summary>
    static string AsIn(string name) => name switch { "g2_0_corr" => "g2_0", _ => name };

    [Theory]
    [InlineData("""{ "kind": "two_level", "saturation": 0.2, "rate_cps": [500000, 500000], "background_cps": [30000], "jitter_sigma_ps": [300], "duration_s": 0.6 }""", "t1_ns")]
    [InlineData("""{ "kind": "two_level", "g2_0": 0.2, "lifetime_ns": 12, "rate_cps": [500000, 400000], "background_cps": [30000], "jitter_sigma_ps": [300], "duration_s": 0.6 }""", "t1_ns")]
    [InlineData("""{ "kind": "kinetic", "scheme_preset": "two_level", "saturation": 0.5, "emitters": 2, "rate_cps": [600000, 600000], "background_cps": [30000], "jitter_sigma_ps": [300], "duration_s": 0.6 }""", "t1_ns")]
    public void Correlation_of_a_two_level_emitter_returns_its_purity_and_rate(string simulation, string also) =>
        ReturnsWhatWentIn("g2.cw", simulation, """{ "model": "two_level", "background_cps": [30000, 30000], "jitter_sigma_ps": 300 }""", "g2_0_corr", also);

    [Fact]
    public void Correlation_of_a_dot_with_a_shelf_returns_dip_and_bunching() =>
        ReturnsWhatWentIn("g2.cw",
            """{ "kind": "kinetic", "scheme_preset": "three_level", "saturation": 0.8, "shelving_probability": 0.2, "shelf_lifetime_ns": 80, "rate_cps": [700000, 700000], "duration_s": 0.8 }""",
            """{ "model": "three_level", "range_ns": 600 }""", "g2_0_corr", "t1_ns", "a", "t2_ns");

    [Fact]
    public void Peaks_of_a_pulsed_dot_return_its_purity() =>
        ReturnsWhatWentIn("g2.pulsed",
            """{ "kind": "pulsed", "repetition_MHz": 5, "mean_excitons": 0.3, "biexciton_ratio": 0.2, "irf_t0_ps": 5000, "rate_cps": [60000, 60000], "background_cps": [2000], "duration_s": 1.5 }""",
            """{ "background_cps": [2000, 2000] }""", "g2_0");

    [Fact]
    public void A_decay_returns_its_lifetime() =>
        ReturnsWhatWentIn("lifetime",
            """{ "kind": "pulsed", "repetition_MHz": 5, "lifetime_ns": 7, "irf_t0_ps": 5000, "jitter_sigma_ps": [120], "rate_cps": [100000], "background_cps": [1000], "duration_s": 0.3 }""",
            """{ "models": ["mono"], "channel": 0, "irf_t0_ps": [5000], "irf_sigma_ps": [120] }""", "tau_ns");

    [Fact]
    public void A_Hong_Ou_Mandel_measurement_returns_its_indistinguishability() =>
        ReturnsWhatWentIn("hom",
            """{ "kind": "hom", "repetition_MHz": 80, "lifetime_ns": 0.5, "M": 0.7, "R": 0.45, "one_minus_epsilon": 0.97, "noise_share": 0.02, "irf_t0_ps": 3000, "rate_cps": [1000000, 1000000], "duration_s": 0.05 }""",
            """{ "R": 0.45, "T": 0.55, "one_minus_epsilon": 0.97, "g2_0": [0.0392, 0.0005] }""", "A0_parallel", "A0_orthogonal", "M");

    [Theory]
    [InlineData("lorentzian")]
    [InlineData("gaussian")]
    public void Fringes_return_contrast_and_coherence_time(string shape) =>
        ReturnsWhatWentIn("coherence",
            $$"""{ "kind": "michelson", "line_shape": "{{shape}}", "T2_ps": 60, "V0": 0.9, "lifetime_ns": 0.1, "rate_cps": [20000], "background_cps": [1000], "duration_s": 60 }""",
            $$"""{ "wavelength_nm": 520, "background_counts": {{(1000 * 60 / (31.0 * 24)).ToString(CultureInfo.InvariantCulture)}}, "T1_ps": [100, 0.1] }""", "V0", "T2_ps");

    [Fact]
    public void Telegraph_blinking_returns_its_amplitude_and_time() =>
        ReturnsWhatWentIn("g2.log",
            """{ "kind": "two_level", "blinking": "exponential", "blink_brightness": [1, 0.1], "blink_mean_s": [0.0005, 0.0005], "rate_cps": [60000, 60000], "duration_s": 3 }""",
            """{ "from_s": 1e-5, "to_s": 0.1 }""", "amplitude", "tau_us");

    [Fact]
    public void A_drifting_brightness_returns_its_drift() =>
        ReturnsWhatWentIn("intensity",
            """{ "kind": "steady", "drift_per_hour": -36, "rate_cps": [10000, 10000], "duration_s": 20 }""", "{}", "drift_per_hour");
}
