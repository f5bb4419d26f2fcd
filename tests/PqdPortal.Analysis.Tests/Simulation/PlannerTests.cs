using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Simulation;

public class PlannerTests(ITestOutputHelper output)
{
    static PlanOptions Dot => new() { RateA = 150e3, RateB = 120e3, Tau = 8e-9, Jitter = 0, G2AtZero = 0, Duration = 60 };

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void Without_jitter_the_error_is_that_of_the_rule_of_thumb(double g0)
    {
        var plan = Planner.Of(Dot with { G2AtZero = g0 });

        var pairs = 150e3 * 120e3 * 60 * 2 * 8e-9;
        Assert.Equal(pairs, plan.Events, 1e-6 * pairs);
        output.WriteLine($"{plan.Sigma * Math.Sqrt(pairs):F3} against {0.75 + 1.7 * g0:F3}");
        Assert.InRange(plan.Sigma * Math.Sqrt(pairs) / (0.75 + 1.7 * g0), 0.85, 1.15);
    }

    [Fact]
    public void A_response_of_a_fifth_of_the_dip_costs_half_as_much_again()
    {
        var without = Planner.Of(Dot with { G2AtZero = 0.1 }).Sigma;
        var with = Planner.Of(Dot with { G2AtZero = 0.1, Jitter = 8e-9 / 5 / Math.Sqrt(2) }).Sigma;

        Assert.InRange(with / without, 1.2, 1.8);
    }

    [Fact]
    public void The_time_asked_for_gives_the_error_asked_for()
    {
        foreach (var question in new[] { "g2_cw", "g2_pulsed", "lifetime", "hom" })
        {
            var plan = Planner.Of(Dot with { Question = question, Wanted = 0.013, Jitter = 100e-12, BackgroundA = 5e3 });
            var then = Planner.Of(Dot with { Question = question, Duration = plan.Seconds, Jitter = 100e-12, BackgroundA = 5e3 });

            Assert.Equal(0.013, then.Sigma, 1e-9);
            Assert.Equal(plan.EventsNeeded, Planner.Of(Dot with { Question = question, Duration = plan.SecondsForVerdict, Jitter = 100e-12, BackgroundA = 5e3 }).Events, 1e-6 * plan.EventsNeeded);
        }
    }

    [Fact]
    public void A_lifetime_of_many_photons_is_known_to_one_over_their_root()
    {
        var plan = Planner.Of(Dot with { Question = "lifetime", Jitter = 50e-12, Repetition = 5e6 });

        Assert.InRange(plan.Sigma * Math.Sqrt(270e3 * 60), 1, 1.05);
        // A decay that does not end within the period is known less well, and so is one over a background.
        Assert.True(Planner.Of(Dot with { Question = "lifetime", Jitter = 50e-12, Repetition = 80e6 }).Sigma > 1.5 * plan.Sigma);
        Assert.True(Planner.Of(Dot with { Question = "lifetime", Jitter = 50e-12, Repetition = 5e6, BackgroundA = 100e3 }).Sigma > 1.2 * plan.Sigma);
    }

    [Fact]
    public void Twenty_simulated_runs_scatter_by_the_planned_error()
    {
        var options = new SimulationOptions { Saturation = 0.2, Lifetime = 8e-9, G2AtZero = 0.1, Rate = [500e3, 400e3], Background = [40e3], Jitter = [500e-12], Duration = 0.5 };
        var plan = Planner.Of(new PlanOptions
        {
            RateA = 540e3, RateB = 440e3, BackgroundA = 40e3, BackgroundB = 40e3, Tau = 8e-9 / 1.2, Jitter = 500e-12, G2AtZero = 0.1, Duration = 0.5,
        });

        var found = Enumerable.Range(1, 20).Select(seed => AnalysisCatalogue.Find("g2.cw").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = DrawnPhotons.Of(options with { Seed = 1000 + seed }) },
            JsonNode.Parse("""{ "model": "two_level", "background_cps": [40000, 40000], "jitter_sigma_ps": 500 }""")!.AsObject()) { Threads = 1 })
            .Quantity("g2_0_corr")!).ToArray();

        var (mean, scatter) = Statistics.Moments(found.Select(q => q.Value!.Value));
        output.WriteLine($"planned {plan.Sigma:F4}, scatter {scatter:F4}, reported {found.Average(q => q.Sigma!.Value):F4}, mean {mean:F4}");
        // Chi-square of 19 degrees: the scatter of 20 lies within 0.6 to 1.45 of the truth in 99 of 100 cases.
        Assert.InRange(scatter / plan.Sigma, 0.6, 1.45);
        Assert.InRange(found.Average(q => q.Sigma!.Value) / plan.Sigma, 0.85, 1.2);
    }

    [Fact]
    public void Twenty_simulated_pulsed_runs_scatter_by_the_planned_error()
    {
        var options = new SimulationOptions
        {
            Kind = "pulsed", Repetition = 5e6, Lifetime = 8e-9, MeanExcitons = 0.3, BiexcitonRatio = 0.2, Rate = [50e3, 50e3], Background = [2e3], TimeZero = 5e-9, Duration = 1.5,
        };
        var plan = Planner.Of(new PlanOptions
        {
            Question = "g2_pulsed", RateA = 52e3, RateB = 52e3, BackgroundA = 2e3, BackgroundB = 2e3, Repetition = 5e6, Duration = 1.5,
            G2AtZero = SimulationTruth.Expected(options)["g2_0"]!.GetValue<double>(),
        });

        // Centre over the mean of the side peaks, the flat background of docs/guide/plan.md taken from both.
        var flat = 1.5 * 200e-9 * (2 * 52e3 * 2e3 - 2e3 * 2e3);
        var found = Enumerable.Range(1, 20).Select(seed =>
        {
            var seen = Seen.Of(options with { Seed = 2000 + seed });
            var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1, 40);
            return (pairs[40] - flat) / ((pairs.Sum() - pairs[40]) / 80.0 - flat);
        }).ToArray();

        var scatter = Statistics.Moments(found).Sigma;
        output.WriteLine($"planned {plan.Sigma:F4}, scatter {scatter:F4}");
        Assert.InRange(scatter / plan.Sigma, 0.6, 1.45);
    }

    [Fact]
    public void Twenty_simulated_interferences_scatter_by_the_planned_error()
    {
        var options = new SimulationOptions { Kind = "hom", Repetition = 80e6, Lifetime = 0.5e-9, TimeZero = 2e-9, Rate = [1.5e6, 1.5e6], Indistinguishability = 0.7, NoiseShare = 0.02, Duration = 0.02 };
        var g = 2 * 0.02 * 0.98;
        var plan = Planner.Of(new PlanOptions
        {
            Question = "hom", RateA = 1.5e6, RateB = 1.5e6, Repetition = 80e6, Indistinguishability = 0.7, G2AtZero = g, Duration = 0.02,
        });

        double Area(string polarisation, int seed)
        {
            var seen = Seen.Of(options with { Polarisation = polarisation, Seed = seed });
            var pairs = Statistics.Pairs(seen.Times(0), seen.Times(1), 1, 40);
            return pairs[40] / ((pairs.Sum() - pairs[39..42].Sum()) / 78.0);
        }

        var found = Enumerable.Range(1, 20).Select(seed => (Area("orthogonal", 100 + seed) - Area("parallel", 200 + seed)) / (0.5 * (1 - g))).ToArray();

        var (mean, scatter) = Statistics.Moments(found);
        output.WriteLine($"planned {plan.Sigma:F4}, scatter {scatter:F4}, mean {mean:F4}");
        Assert.InRange(scatter / plan.Sigma, 0.6, 1.45);
        Assert.Equal(0.7, mean, 4 * plan.Sigma / Math.Sqrt(20));
    }

    [Fact]
    public void A_blinking_dot_is_known_sooner_than_a_steady_one_of_the_same_mean_rate()
    {
        foreach (var question in new[] { "g2_cw", "g2_pulsed" })
            Assert.InRange(Planner.Of(Dot with { Question = question, G2AtZero = 0.1, OnFraction = 0.25 }).Sigma / Planner.Of(Dot with { Question = question, G2AtZero = 0.1 }).Sigma, 0.45, 0.55);
    }

    [Fact]
    public void What_leaves_no_signal_is_refused()
    {
        Assert.Contains("detector A", Assert.Throws<RequestException>(() => Planner.Of(Dot with { BackgroundA = 2e5 })).Message);
        Assert.Contains("detector B", Assert.Throws<RequestException>(() => Planner.Of(Dot with { RateB = 0 })).Message);
        Assert.Contains("no single photons", Assert.Throws<RequestException>(() => Planner.Of(Dot with { Question = "hom", G2AtZero = 1 })).Message);
        foreach (var question in new[] { "g2_cw", "g2_pulsed", "lifetime", "hom" })
            foreach (var tau in new[] { 1e-11, 1e-8, 1e-3 })
                foreach (var jitter in new[] { 0, 1e-10, 1e-6 })
                    try
                    {
                        Assert.True(double.IsFinite(Planner.Of(Dot with { Question = question, Tau = tau, Jitter = jitter }).Seconds), $"{question} {tau} {jitter}");
                    }
                    catch (RequestException refused)
                    {
                        Assert.Matches("cannot be told", refused.Message);
                        Assert.True(tau is 1e-3 or 1e-11 || jitter == 1e-6, $"{question} {tau} {jitter}");
                    }
    }
}
