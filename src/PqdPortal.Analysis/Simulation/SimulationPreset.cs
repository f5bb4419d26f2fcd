using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Simulation;

/// <summary>A kind of measurement to simulate, with values to begin from.</summary>
/// <param name="Key">Short name for addresses and files, such as "blinking".</param>
/// <param name="Remark">What it shows, in a sentence.</param>
/// <param name="Parameters">What is worth changing, by the names of a request, in the order of a form.</param>
public sealed record SimulationPreset(string Key, string Title, string Remark, SimulationOptions Options, IReadOnlyList<string> Parameters)
{
    /// <summary>What every measurement has.</summary>
    public static IReadOnlyList<string> Common { get; } = ["rate_cps", "duration_s", "seed"];

    /// <summary>Detectors and electronics, which a form may keep folded.</summary>
    public static IReadOnlyList<string> Detectors { get; } =
    [
        "background_cps", "dark_cps", "jitter_sigma_ps", "jitter_tail_share", "jitter_tail_ps", "delay_ps", "dead_ns", "afterpulse_probability", "afterpulse_tau_ns",
        "crosstalk_probability", "crosstalk_delay_ns", "tdc_dead_ns", "one_photon_per_sync", "record_type", "drift_per_hour", "t_bleach_s",
    ];

    static readonly string[] Blinks = ["blinking", "blink_brightness", "blink_type", "blink_mean_s", "blink_alpha", "blink_min_s", "blink_max_s", "blink_cutoff_s"];
    static readonly string[] Pulses = ["repetition_MHz", "mean_excitons", "irf_t0_ps", "pulse_width_ps"];

    static SimulationOptions Usual => new() { Background = [500], Dark = [100], Jitter = [150e-12], Duration = 20 };

    /// <summary>All of them, one line each.</summary>
    public static IReadOnlyList<SimulationPreset> All { get; } =
    [
        new("single-dot", "Single dot, continuous laser", "A dip at zero delay: g2(0) near 0.", Usual, ["lifetime_ns", "saturation", "g2_0", "emitters"]),
        new("shelf", "Dot with a dark shelf", "A dip with bunching around it.", Usual with { Kind = "three_level", Saturation = 0.5 },
            ["lifetime_ns", "saturation", "shelving_probability", "shelf_lifetime_ns"]),
        new("pulsed", "Single dot, pulsed laser", "A decay in micro times; biexcitons fill the centre peak.",
            Usual with { Kind = "pulsed", Repetition = 5e6, BiexcitonRatio = 0.1 }, ["lifetime_ns", .. Pulses, "biexciton_ratio", "biexciton_lifetime_ns"]),
        new("blinking", "Blinking dot", "On and off with a shorter lifetime while off (type A).",
            Usual with { Kind = "pulsed", Repetition = 10e6, Blinking = "power_law", BlinkBrightness = [1, 0.1], BlinkType = "A", BlinkShortest = 5e-3, Duration = 60 },
            ["lifetime_ns", .. Blinks, .. Pulses]),
        new("biexciton", "Exciton and biexciton as a scheme", "States and rates under a continuous or a pulsed laser.",
            Usual with { Kind = "kinetic", SchemePreset = "biexciton", BiexcitonRatio = 0.1, Saturation = 0.3 },
            ["excitation", "lifetime_ns", "saturation", "biexciton_ratio", "biexciton_lifetime_ns", .. Pulses]),
        new("charging", "Charging dot", "Exciton and trion, with rates of charging and neutralising.",
            Usual with { Kind = "kinetic", SchemePreset = "charging", Saturation = 0.3 },
            ["excitation", "lifetime_ns", "saturation", "trion_lifetime_ns", "trion_yield", "charging_per_us", "neutralising_per_us", .. Pulses]),
        new("own-scheme", "A scheme of one's own", "Write the states, their rates, and which jumps give a photon.",
            Usual with { Kind = "kinetic", SchemePreset = "custom", Scheme = "G>X pump; X>G 0.12 photon 0.9; X>D 0.01; D>G 0.002", Saturation = 0.3 },
            ["scheme", "excitation", "lifetime_ns", "saturation", .. Pulses]),
        new("thermal", "Thermal light", "Bunching: g2(0) of 1 + 1/modes.", Usual with { Kind = "thermal", CoherenceTime = 1e-9 }, ["tau_c_ps", "modes"]),
        new("bursts", "Superbunched light", "Photons in bursts: g2(0) well above 2.", Usual with { Kind = "clusters", CoherenceTime = 1e-9 }, ["tau_c_ps", "cluster_amplitude"]),
        new("hom", "Hong-Ou-Mandel", "Single photons that meet at a splitter; parallel and orthogonal are two files.",
            Usual with { Kind = "hom", Repetition = 76e6, Lifetime = 0.5e-9, NoiseShare = 0.01, Jitter = [40e-12], Background = [200] },
            ["polarisation", "M", "R", "one_minus_epsilon", "noise_share", "hom_delay_periods", "lifetime_ns", "repetition_MHz", "irf_t0_ps"]),
        new("steady", "Uncorrelated light", "A flat g2, for looking at detectors.", Usual with { Kind = "steady", DeadTime = [75e-9], Afterpulse = [0.01] }, []),
    ];

    /// <summary>The request of this preset with what a person changed; what they emptied takes the simulator's default.</summary>
    /// <param name="typed">By the names of a request, in its units.</param>
    public JsonObject Request(JsonObject typed)
    {
        var request = new JsonObject();
        var shown = Parameters.Concat(Common).Concat(Detectors).ToHashSet();
        foreach (var (name, value) in SimulationRequest.Identity(Options))
            // When it was made is for whoever asks to say.
            if (value is not null && !shown.Contains(name) && name != "created_utc") request[name] = value.DeepClone();
        foreach (var (name, value) in typed)
            if (shown.Contains(name)) request[name] = value?.DeepClone();
        return request;
    }
}
