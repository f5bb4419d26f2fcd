using PqdPortal.Analysis.Simulation;

namespace PqdPortal.Analysis.Tests.Simulation;

public class SimulationRequestTests
{
    [Fact]
    public void A_request_reads_in_its_own_units()
    {
        var options = SimulationRequest.Parse("""
            { "kind": "two_level", "lifetime_ns": 8, "pump_per_ns": 0.01, "rate_cps": [150000, 140000], "background_cps": 300,
              "jitter_sigma_ps": [150, 200], "duration_s": 12, "seed": 9007199254740993, "record_type": "HydraHarp V2 T2" }
            """);

        Assert.Equal(8e-9, options.Lifetime, 1e-20);
        Assert.Equal(1e7, options.Pump!.Value, 1e-6);
        Assert.Equal([150e3, 140e3], options.Rate);
        Assert.Equal([300.0], options.Background);
        Assert.Equal(200e-12, options.Jitter[1], 1e-22);
        Assert.Equal(9007199254740993, options.Seed);
    }

    [Fact]
    public void A_request_reads_back_as_it_was_written()
    {
        var options = new SimulationOptions { Lifetime = 8.3e-9, Jitter = [0.17e-9], MarkerPeriod = 0.3, G2AtZero = 0.1, Seed = long.MaxValue };

        var again = SimulationRequest.Parse(SimulationRequest.Write(options).ToJsonString());

        Assert.Equal(SimulationRequest.Write(options).ToJsonString(), SimulationRequest.Write(again).ToJsonString());
        Assert.Equal(8.3, SimulationRequest.Write(options)["lifetime_ns"]!.GetValue<double>());
    }

    [Theory]
    [InlineData("""{ "lifetime": 8 }""", "\"lifetime\"")]
    [InlineData("""{ "lifetime_ns": "8" }""", "lifetime_ns must be a number ns")]
    [InlineData("""{ "lifetime_ns": -1 }""", "lifetime_ns is -1; it must lie between 0.001 and")]
    [InlineData("""{ "kind": "three level" }""", "one of two_level, three_level, pulsed, steady")]
    [InlineData("""{ "rate_cps": [] }""", "rate_cps must be a list")]
    [InlineData("""{ "seed": 1.5 }""", "seed must be a whole number")]
    [InlineData("""{ "seed": -1 }""", "seed is -1")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{ "seed": 1, "seed": 2 }""", "twice")]
    public void A_request_that_does_not_fit_is_refused_by_name(string json, string said) =>
        Assert.Contains(said, Assert.Throws<RequestException>(() => SimulationRequest.Parse(json)).Message);

    [Theory]
    [InlineData("""{ "saturation": 1, "pump_per_ns": 1 }""", "not both")]
    [InlineData("""{ "g2_0": 0.2, "emitters": 2 }""", "not both")]
    [InlineData("""{ "background_cps": [1, 2, 3] }""", "background_cps has 3 values")]
    [InlineData("""{ "channels": [0, 0] }""", "twice")]
    [InlineData("""{ "record_type": "PicoHarp T3", "kind": "pulsed", "channels": [0, 1] }""", "Channel 0 cannot be written")]
    [InlineData("""{ "record_type": "FluoTime" }""", "no record type \"FluoTime\"")]
    [InlineData("""{ "record_type": "PicoHarp T3", "repetition_MHz": 1, "resolution_ps": 4 }""", "Set resolution_ps to 245 or more")]
    [InlineData("""{ "kind": "steady", "blinking": "exponential" }""", "does not blink")]
    [InlineData("""{ "blinking": "exponential", "blink_mean_s": [1, 1, 1] }""", "blink_mean_s has 3 values for 2 states")]
    [InlineData("""{ "efficiency": [0.6, 0.6] }""", "add up to 1.2")]
    [InlineData("""{ "sync_divider": 8 }""", "sync_divider")]
    [InlineData("""{ "tick_ps": 0.3 }""", "multiple of 1/64 ps")]
    [InlineData("""{ "kind": "kinetic", "scheme": "G>X pump; X>G 1 photon" }""", "Set scheme_preset to custom")]
    [InlineData("""{ "kind": "kinetic", "scheme_preset": "custom" }""", "write the transitions")]
    [InlineData("""{ "kind": "thermal", "efficiency": [0.1] }""", "no emitter")]
    [InlineData("""{ "kind": "thermal", "thermal_method": "pairs", "tau_c_ps": 1e9 }""", "too large for pairs")]
    [InlineData("""{ "one_photon_per_sync": "yes" }""", "needs micro times")]
    [InlineData("""{ "kind": "pulsed", "pulse_width_ps": 5000 }""", "twentieth")]
    [InlineData("""{ "irf_counts": [0, 0] }""", "no counts")]
    [InlineData("""{ "irf_counts": [1, 2], "jitter_sigma_ps": [100] }""", "not both")]
    [InlineData("""{ "drift_per_hour": 100000, "duration_s": 1000 }""", "times brighter")]
    [InlineData("""{ "blinking": "exponential", "blink_type": "A", "blink_brightness": [1, 0] }""", "wholly dark")]
    [InlineData("""{ "blinking": "exponential", "blink_type": "B", "blink_lifetime_ns": [1, 2] }""", "the type sets the lifetimes")]
    public void Options_that_do_not_fit_together_are_refused_in_words(string json, string said) =>
        Assert.Contains(said, Assert.Throws<RequestException>(() => new PhotonGenerator(SimulationRequest.Parse(json))).Message);

    public static TheoryData<string> Examples => [.. Directory.GetFiles(ExampleFolder, "*.json").Select(path => Path.GetFileName(path)!).Order()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_of_the_guide_runs(string name)
    {
        var options = SimulationRequest.Parse(File.ReadAllText(Path.Combine(ExampleFolder, name)));

        using var file = new MemoryStream();
        var truth = SimulatedFile.Write(options with { Duration = Math.Min(options.Duration, 0.2), Bleaching = null }, file);

        var photons = truth["realised"]!["photons"]!.AsArray().Sum(n => n!.GetValue<long>());
        Assert.InRange(photons, 1000, long.MaxValue);
        Assert.Contains(name, File.ReadAllText(Path.Combine(ExampleFolder, "..", "simulate.md")));
    }

    [Theory]
    [InlineData("two-level", "4927FA5DCFFA50D7")]
    [InlineData("second-emitter", "6B8A6FF9EE23A22F")]
    [InlineData("three-level", "8D7FCA90471780BC")]
    [InlineData("pulsed", "D95838AC6039BE77")]
    [InlineData("blinking", "8F30A11BDC77B66C")]
    [InlineData("steady", "A6045A6B90AE0415")]
    public void A_request_of_the_first_version_gives_the_same_bytes_for_ever(string name, string hash)
    {
        var options = SimulationRequest.Parse(File.ReadAllText(Path.Combine(ExampleFolder, name + ".json"))) with { Duration = 0.2 };

        using var file = new MemoryStream();
        SimulatedFile.Write(options, file);

        // The beginning of the SHA-256 of what the first version wrote.
        Assert.StartsWith(hash, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.ToArray())));
    }

    [Fact]
    public void The_guide_names_every_parameter()
    {
        var guide = File.ReadAllText(Path.Combine(ExampleFolder, "..", "simulate.md"));

        foreach (var (name, _) in SimulationRequest.Write(new SimulationOptions())) Assert.Contains($"`{name}`", guide);
    }

    static string ExampleFolder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) folder = folder.Parent!;
            return Path.Combine(folder.FullName, "docs", "guide", "simulate");
        }
    }
}
