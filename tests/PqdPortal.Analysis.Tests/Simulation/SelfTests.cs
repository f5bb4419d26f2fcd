using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
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
            var photons = DrawnPhotons.Of(options with { Seed = seed });
            var report = AnalysisCatalogue.Find(key).Compute(new(
                new Dictionary<string, Measurement> { ["file"] = photons }, JsonNode.Parse(parameters)!.AsObject()) { Threads = 1 });
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
}
