using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Analysis.Tests.Correlation;
using PqdPortal.Analysis.Tests.Simulation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>From photons to the numbers and words of "blinking". PQD_LONG=1 takes twenty seeds of each instead of six.</summary>
public class BlinkingTests(ITestOutputHelper output)
{
    static readonly int Seeds = Environment.GetEnvironmentVariable("PQD_LONG") == "1" ? 20 : 6;

    static AnalysisReport Compute(PhotonStream photons, string parameters = "{}") => AnalysisCatalogue.Find("blinking").Compute(new(
        new Dictionary<string, Measurement> { ["file"] = photons }, JsonNode.Parse(parameters)!.AsObject()) { Threads = 1 });

    static MemoryPhotons Stream(long[] photons, double duration) => new()
    {
        Format = "test", RecordType = "test T2", Mode = "T2", Tick = StepLight.Tick, HeaderDuration = duration, AvailableRecords = photons.Length,
        Times = photons, Codes = [.. photons.Select((_, i) => (short)(i % 2))],
    };

    static List<(double From, double Rate)> Switching(Random random, double[] rates, Func<int, double> dwell, double duration)
    {
        var steps = new List<(double, double)>();
        var level = 0;
        for (var t = 0.0; t < duration; t += dwell(level))
        {
            var next = random.Next(rates.Length - 1);
            level = next >= level ? next + 1 : next;
            steps.Add((t, rates[level]));
        }
        return steps;
    }

    static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    void InUnits(string what, List<double> pulls) => Pulls.AssertUnit(output, what, pulls, 3.5, 0.1, 3);

    [Fact]
    public void A_telegraph_signal_gives_back_its_levels_its_rates_and_its_share_of_bright_time()
    {
        var (mean, on, off, fraction, toOff, toOn) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var steps = Switching(random, [2000, 20000], level => Exponential(random, level == 1 ? 0.1 : 0.2), 60);
            var report = Compute(Stream(StepLight.Photons(random, steps, 60), 60));

            Assert.Equal("2", report.Verdict("n_levels")!.Value);
            Assert.Equal("exponential", report.Verdict("dwell_law_on")!.Value);
            Assert.Equal("exponential", report.Verdict("dwell_law_off")!.Value);
            Assert.Equal("no", report.Verdict("flicker")!.Value);
            mean.Add(Pulls.Of(report, "mean_cps", 8000));
            on.Add(Pulls.Of(report, "level1_cps", 20000));
            off.Add(Pulls.Of(report, "level0_cps", 2000));
            toOff.Add(Pulls.Of(report, "rate_on_to_off_hz", 10));
            toOn.Add(Pulls.Of(report, "rate_off_to_on_hz", 5));
            fraction.Add(Pulls.Of(report, "on_fraction", 1.0 / 3));

            var truth = steps.Skip(1).Select(step => step.From).ToList();
            var found = report.Curve("change_points_s")!.X.Values.Select(t => t!.Value).ToList();
            Assert.Equal(found.Count, report.Quantity("change_points")!.Value);
            var matches = StepLight.Matches(truth, found);
            Assert.True(matches > 0.95 * truth.Count && matches > 0.97 * found.Count, $"{matches} of {truth.Count} and of {found.Count}");
        }
        InUnits("mean", mean);
        InUnits("on", on);
        InUnits("off", off);
        InUnits("share", fraction);
        InUnits("bright to dark", toOff);
        InUnits("dark to bright", toOn);
    }

    [Fact]
    public void Four_levels_are_four()
    {
        double[] rates = [2000, 8000, 20000, 50000];
        var pulls = rates.Select(_ => new List<double>()).ToArray();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var report = Compute(Stream(StepLight.Photons(random, Switching(random, rates, _ => Exponential(random, 0.1), 40), 40), 40));

            Assert.Equal("4", report.Verdict("n_levels")!.Value);
            for (var k = 0; k < 4; k++) pulls[k].Add(Pulls.Of(report, $"level{k}_cps", rates[k]));
            // Each level is left for each other one equally often.
            Assert.Equal(1.0 / 3, report.Quantity("transition_3_0")!.Value!.Value, 0.25);
        }
        for (var k = 0; k < 4; k++) InUnits($"level {k}", pulls[k]);
    }

    /// <summary>Exponents of power laws that end in an exponential, both states; as many dwells as ten minutes hold.</summary>
    [Fact]
    public void Power_laws_with_a_cut_off_give_back_their_exponents()
    {
        var (on, off) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var photons = SimulatedPhotons.Of(SimulationRequest.Parse(
                $$"""{ "kind": "two_level", "blinking": "power_law_cutoff", "blink_brightness": [1, 0.05], "blink_alpha": [1.3, 1.6], "blink_min_s": 0.005, "blink_max_s": 100, "blink_cutoff_s": 1, "rate_cps": [5000, 5000], "duration_s": 200, "seed": {{seed}} }"""));
            var report = Compute(photons);
            on.Add(Pulls.Of(report, "alpha_on", 1.3));
            off.Add(Pulls.Of(report, "alpha_off", 1.6));
            Assert.Contains(report.Verdict("dwell_law_on")!.Value, new[] { "power_law_cutoff", "undetermined" });
        }
        InUnits("on", on);
        InUnits("off", off);
    }

    [Fact]
    public void Steady_light_has_one_level_and_nothing_to_switch_between()
    {
        var report = Compute(Stream(StepLight.Photons(new Random(1), [(0, 20e3)], 20), 20));

        Assert.Equal("1", report.Verdict("n_levels")!.Value);
        Assert.True(report.Quantity("change_points")!.Value <= 5);
        Assert.Equal("no", report.Verdict("flicker")!.Value);
        Assert.Null(report.Quantity("off_cps")!.Value);
        Assert.Null(report.Quantity("rate_on_to_off_hz")!.Value);
        Assert.Equal("undetermined", report.Verdict("dwell_law_on")!.Value);
    }

    [Fact]
    public void Light_that_fades_without_blinking_has_one_level()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var report = Compute(Stream(StepLight.Photons(random, t => 20e3 * Math.Exp(-t / 150), 20e3, 60), 60));
            Assert.Equal("1", report.Verdict("n_levels")!.Value);
        }
    }

    [Fact]
    public void A_shut_shutter_and_the_time_behind_bleaching_are_no_dark_time()
    {
        var random = new Random(5);
        var steps = Switching(random, [1500, 15000], _ => Exponential(random, 0.2), 40).Append((40.0, 1500.0)).ToList();
        var photons = StepLight.Photons(random, steps, 80).Where(t => t * StepLight.Tick is < 10 or > 13).ToArray();

        var report = Compute(Stream(photons, 80), """{ "background_cps": [750] }""");

        Assert.Contains(report.Messages, message => message.Code == "GAPS");
        Assert.Contains(report.Messages, message => message.Code == "BLEACHED");
        Assert.InRange(report.Quantity("on_fraction")!.Value!.Value, 0.4, 0.6);
        Assert.Equal("2", report.Verdict("n_levels")!.Value);
    }

    [Fact]
    public void Switches_too_short_for_the_light_leave_no_rates()
    {
        var random = new Random(4);
        var steps = Switching(random, [30, 200], _ => Exponential(random, 0.05), 100);
        var report = Compute(Stream(StepLight.Photons(random, steps, 100), 100));

        foreach (var name in new[] { "on_cps", "off_cps", "on_fraction", "rate_on_to_off_hz", "rate_off_to_on_hz" }) Assert.Null(report.Quantity(name)!.Value);
        Assert.Contains(report.Messages, message => message.Code == "TOO_FEW_PHOTONS" && message.Text.Contains("unseen"));
        // Whoever names the shortest dwell asks for the rates of those that are longer.
        Assert.NotNull(Compute(Stream(StepLight.Photons(new Random(4), steps, 100), 100), """{ "xmin_s": 0.3 }""").Quantity("on_fraction")!.Value);
    }

    [Fact]
    public void Fewer_than_ten_photons_are_refused_with_what_was_seen()
    {
        var refused = Assert.Throws<InsufficientDataException>(() => Compute(Stream([5, 70_000, 900_000], 1)));
        Assert.Contains("3 photons", refused.Message);
    }

    /// <summary>The bright light of a type A dot has the lifetime of the exciton, the dark light that of the trion.</summary>
    [Theory]
    [InlineData("on", 10, false), InlineData("off", 2.5, true)]
    public void Bright_light_and_dark_light_have_lifetimes_of_their_own(string light, double lifetime, bool isDark)
    {
        var photons = DrawnPhotons.Of(SimulationRequest.Parse(
            """{ "kind": "pulsed", "repetition_MHz": 10, "lifetime_ns": 10, "blinking": "exponential", "blink_brightness": [1, 0.25], "blink_lifetime_ns": [10, 2.5], "blink_mean_s": [0.2, 0.2], "rate_cps": [20000, 20000], "irf_t0_ps": 5000, "jitter_sigma_ps": [100], "duration_s": 20 }"""));
        var inputs = new Dictionary<string, Measurement> { ["file"] = photons };
        var parameters = JsonNode.Parse("""{ "models": ["mono"], "irf_t0_ps": [5000], "irf_sigma_ps": [100] }""")!.AsObject();
        parameters["selection"] = new JsonObject { ["light"] = light };

        var report = AnalysisCatalogue.Find("lifetime").Compute(new(inputs, parameters) { Threads = 1 });

        var tau = report.Quantity("tau_ns")!;
        Assert.InRange(tau.Value!.Value, lifetime * 0.97, lifetime * (isDark ? 1.15 : 1.03));
        var told = Assert.Single(report.Messages, message => message.Code == "LIGHT_SELECTED");
        Assert.Contains(isDark ? "dark light alone" : "bright light alone", told.Text);
        Assert.Equal(light, report.Parameters["selection"]!["light"]!.GetValue<string>());
        // The whole is a mixture of both.
        parameters.Remove("selection");
        Assert.NotInRange(AnalysisCatalogue.Find("lifetime").Compute(new(inputs, parameters) { Threads = 1 }).Quantity("tau_ns")!.Value!.Value, lifetime * 0.97, lifetime * 1.03);
    }

    [Fact]
    public void Bright_and_dark_light_together_are_the_whole_run()
    {
        var random = new Random(8);
        var photons = Stream(StepLight.Photons(random, Switching(random, [2000, 20000], _ => Exponential(random, 0.2), 20), 20), 20);

        double Of(string light, string name) => AnalysisCatalogue.Find("quick").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = photons }, new() { ["selection"] = new JsonObject { ["from_s"] = 2.5, ["light"] = light } })).Quantity(name)!.Value!.Value;

        Assert.Equal(17.5, Of("on", "duration_s") + Of("off", "duration_s"), 1e-6);
        Assert.InRange(Of("on", "rate_cps"), 19_700, 20_300);
        Assert.InRange(Of("off", "rate_cps"), 1900, 2150);
    }

    [Fact]
    public void Light_that_cannot_be_told_apart_is_not_selected()
    {
        var steady = Stream(StepLight.Photons(new Random(1), [(0, 20e3)], 5), 5);
        var refused = Assert.Throws<InsufficientDataException>(() => AnalysisCatalogue.Find("quick").Compute(new(
            new Dictionary<string, Measurement> { ["file"] = steady }, new() { ["selection"] = new JsonObject { ["light"] = "on" } })));
        Assert.Contains("one level only", refused.Message);

        var asked = Assert.Throws<RequestException>(() => AnalysisCatalogue.Find("quick").Complete(new() { ["selection"] = new JsonObject { ["on_above_cps"] = 5 } }));
        Assert.Contains("bright or dark", asked.Message);
    }
}
