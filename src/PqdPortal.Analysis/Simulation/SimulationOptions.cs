using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Simulation;

/// <summary>
/// What is simulated: the dot, how it is excited, how it blinks, what sees it, and the file it goes to.
/// Times in seconds and rates in 1/s here; the names and units of a request stand in the attributes.
/// A list has one value for each detector, or one value for all.
/// </summary>
public sealed record SimulationOptions
{
    // ---- the run ----

    /// <summary>two_level and three_level are driven by a continuous laser, pulsed by laser pulses; steady is uncorrelated light.</summary>
    [Parameter("kind"), AllowedValues("two_level", "three_level", "pulsed", "steady")]
    [Display(Name = "Emitter", Description = "Two-level or three-level emitter under continuous excitation, pulsed exciton and biexciton, or steady uncorrelated light.")]
    public string Kind { get; init; } = "two_level";

    [Parameter("duration_s", "s"), Range(1e-6, 1e5), Display(Name = "Duration", Description = "Acquisition time.")]
    public double Duration { get; init; } = 10;

    [Parameter("seed"), Range(0, long.MaxValue), Display(Name = "Seed", Description = "The same seed gives the same photons, bit for bit.")]
    public long Seed { get; init; } = 1;

    // ---- the dot ----

    /// <summary>Detected signal of all emitters together, while every one is in a state of brightness 1 [1/s], per detector.</summary>
    [Parameter("rate_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Signal rate", Description = "Detected signal rate of each detector, without background, while the dot is fully on; one value per detector, at least one.")]
    public double[] Rate { get; init; } = [100e3, 100e3];

    /// <summary>Instead of a rate: detected photons per emitted photon, per detector.</summary>
    [Parameter("efficiency"), Range(0.0, 1.0)]
    [Display(Name = "Efficiency", Description = "Chance that an emitted photon is counted by each detector; given instead of the signal rate.")]
    public double[]? Efficiency { get; init; }

    /// <summary>Radiating emitters of equal brightness, independent of each other.</summary>
    [Parameter("emitters"), Range(1, 20), Display(Name = "Emitters", Description = "Number of equal, independent emitters under the spot.")]
    public int Emitters { get; init; } = 1;

    /// <summary>g2(0) of the dot itself, before background: made by a second emitter that is as much weaker as needed.</summary>
    [Parameter("g2_0"), Range(0.0, 0.5)]
    [Display(Name = "g2(0)", Description = "g2(0) of the signal before background, made by a second, weaker emitter. Above 0.5 give the number of emitters instead.")]
    public double? G2AtZero { get; init; }

    /// <summary>Lifetime of the exciton [s].</summary>
    [Parameter("lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-3), Display(Name = "Lifetime", Description = "Lifetime of the exciton.")]
    public double Lifetime { get; init; } = 8e-9;

    // ---- continuous excitation ----

    /// <summary>Pump rate over decay rate, W / G.</summary>
    [Parameter("saturation"), Range(1e-6, 1e4), Display(Name = "Saturation", Description = "Pump rate over decay rate; default 0.1. Given instead of the pump rate.")]
    public double? Saturation { get; init; }

    /// <summary>Pump rate W [1/s].</summary>
    [Parameter("pump_per_ns", "1/ns", 1e9), Range(1.0, 1e13), Display(Name = "Pump rate", Description = "Excitations per nanosecond of an emitter in its ground state. Given instead of the saturation.")]
    public double? Pump { get; init; }

    [Parameter("shelving_probability"), Range(0.0, 0.99), Display(Name = "Shelving probability", Description = "Chance that an excitation ends in the dark shelf instead of radiating (three_level).")]
    public double ShelvingProbability { get; init; } = 0.01;

    [Parameter("shelf_lifetime_ns", "ns", 1e-9), Range(1e-12, 10.0), Display(Name = "Shelf lifetime", Description = "Mean time in the dark shelf (three_level).")]
    public double ShelfLifetime { get; init; } = 500e-9;

    // ---- pulsed excitation ----

    [Parameter("repetition_MHz", "MHz", 1e6), Range(1e3, 1e9), Display(Name = "Repetition rate", Description = "Laser pulses per second; also the sync of a T3 file.")]
    public double Repetition { get; init; } = 20e6;

    [Parameter("mean_excitons"), Range(1e-6, 50.0), Display(Name = "Excitons per pulse", Description = "Mean of the Poisson number of excitons that a pulse makes.")]
    public double MeanExcitons { get; init; } = 0.1;

    [Parameter("biexciton_ratio"), Range(0.0, 1.0), Display(Name = "Biexciton ratio", Description = "Quantum yield of the biexciton over that of the exciton; 0 for a two-level emitter without biexcitons.")]
    public double BiexcitonRatio { get; init; }

    [Parameter("biexciton_lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-3), Display(Name = "Biexciton lifetime", Description = "Lifetime of the biexciton.")]
    public double BiexcitonLifetime { get; init; } = 1e-9;

    [Parameter("irf_t0_ps", "ps", 1e-12), Range(0.0, 1e-3), Display(Name = "Time zero", Description = "When after the sync pulse the excitation falls on the dot.")]
    public double TimeZero { get; init; } = 2e-9;

    // ---- blinking and bleaching ----

    [Parameter("blinking"), AllowedValues("none", "exponential", "power_law", "power_law_cutoff")]
    [Display(Name = "Blinking", Description = "Law of the dwell times; every emitter blinks by itself.")]
    public string Blinking { get; init; } = "none";

    /// <summary>Brightness of each state against the fully bright one; a state's number is its place in the list.</summary>
    [Parameter("blink_brightness"), Range(0.0, 1.0), Display(Name = "Brightness of the states", Description = "One value per state, at least two; 1 is fully on.")]
    public double[] BlinkBrightness { get; init; } = [1, 0.05];

    [Parameter("blink_lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-3), Display(Name = "Lifetime of the states", Description = "One value per state; default: the exciton's lifetime in all.")]
    public double[]? BlinkLifetime { get; init; }

    [Parameter("blink_mean_s", "s"), Range(1e-6, 1e4), Display(Name = "Mean dwell", Description = "Mean dwell in each state (exponential).")]
    public double[] BlinkMean { get; init; } = [0.1, 0.1];

    [Parameter("blink_alpha"), Range(1.01, 4.0), Display(Name = "Exponents", Description = "Exponent of the dwell law in each state (power laws).")]
    public double[] BlinkAlpha { get; init; } = [1.5, 1.5];

    [Parameter("blink_min_s", "s"), Range(1e-6, 1e3), Display(Name = "Shortest dwell", Description = "Where the power law begins.")]
    public double BlinkShortest { get; init; } = 1e-3;

    [Parameter("blink_max_s", "s"), Range(1e-5, 1e5), Display(Name = "Longest dwell", Description = "Where the power law is cut.")]
    public double BlinkLongest { get; init; } = 10;

    [Parameter("blink_cutoff_s", "s"), Range(1e-6, 1e5), Display(Name = "Cut-off", Description = "Time of the exponential factor (power_law_cutoff).")]
    public double BlinkCutoff { get; init; } = 1;

    [Parameter("t_bleach_s", "s"), Range(0.0, 1e5), Display(Name = "Bleaching", Description = "When all emitters go dark for good; absent: never.")]
    public double? Bleaching { get; init; }

    // ---- what sees it ----

    [Parameter("background_cps", "cps"), Range(0.0, 1e8), Display(Name = "Background", Description = "Uncorrelated light on each detector.")]
    public double[] Background { get; init; } = [0];

    [Parameter("dark_cps", "cps"), Range(0.0, 1e8), Display(Name = "Dark counts", Description = "Dark count rate of each detector, on top of the background.")]
    public double[] Dark { get; init; } = [0];

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6), Display(Name = "Jitter", Description = "Standard deviation of the Gaussian timing error of each detector.")]
    public double[] Jitter { get; init; } = [0];

    [Parameter("delay_ps", "ps", 1e-12), Range(0.0, 1e-4), Display(Name = "Cable delay", Description = "By how much each detector's counts arrive later.")]
    public double[] Delay { get; init; } = [0];

    [Parameter("dead_ns", "ns", 1e-9), Range(0.0, 1e-3), Display(Name = "Dead time", Description = "After each count a detector is blind for this long; light in that time does not prolong it.")]
    public double[] DeadTime { get; init; } = [0];

    [Parameter("afterpulse_probability"), Range(0.0, 0.5), Display(Name = "Afterpulses", Description = "Chance that a count, itself possibly an afterpulse, is followed by one.")]
    public double[] Afterpulse { get; init; } = [0];

    [Parameter("afterpulse_tau_ns", "ns", 1e-9), Range(1e-10, 1e-3), Display(Name = "Afterpulse decay", Description = "Mean time of an afterpulse after the dead time.")]
    public double AfterpulseDecay { get; init; } = 50e-9;

    [Parameter("crosstalk_probability"), Range(0.0, 0.5), Display(Name = "Crosstalk", Description = "Chance that a count's breakdown flash is counted by the next detector.")]
    public double Crosstalk { get; init; }

    [Parameter("crosstalk_delay_ns", "ns", 1e-9), Range(1e-9, 1e-6), Display(Name = "Crosstalk delay", Description = "Light path of the flash between two detectors.")]
    public double CrosstalkDelay { get; init; } = 12e-9;

    [Parameter("crosstalk_sigma_ps", "ps", 1e-12), Range(0.0, 1e-7), Display(Name = "Crosstalk width", Description = "Standard deviation of the flash's arrival.")]
    public double CrosstalkWidth { get; init; } = 300e-12;

    // ---- the file ----

    [Parameter("record_type"), Display(Name = "Record type", Description = "Layout of the records; default HydraHarp V2 T3 for pulsed excitation, HydraHarp V2 T2 else.")]
    public string? RecordType { get; init; }

    [Parameter("channels"), Range(0, 62), Display(Name = "Channels", Description = "Raw channel number of each detector in the file; default from the lowest number the record type has.")]
    public int[]? Channels { get; init; }

    [Parameter("tick_ps", "ps", 1e-12), Range(1e-13, 1e-8), Display(Name = "Tick", Description = "Unit of the time tags (T2); default the instrument's.")]
    public double? Tick { get; init; }

    [Parameter("resolution_ps", "ps", 1e-12), Range(1e-13, 1e-6), Display(Name = "Resolution", Description = "Width of a micro-time channel (T3); default the instrument's, doubled until a period fits.")]
    public double? ChannelWidth { get; init; }

    [Parameter("sync_divider"), Range(0, 1_000_000), Display(Name = "Sync divider", Description = "Pulsed T2: every how many pulses a sync event is written; 0 for none.")]
    public int SyncDivider { get; init; }

    [Parameter("marker_period_s", "s"), Range(1e-6, 1e5), Display(Name = "Marker period", Description = "Time between two markers; absent: none.")]
    public double? MarkerPeriod { get; init; }

    [Parameter("marker_bits"), Range(1, 15), Display(Name = "Marker bits", Description = "Bits of the markers.")]
    public int MarkerBits { get; init; } = 1;

    [Parameter("comment"), Display(Name = "Comment", Description = "Added to the file's comment, which always says that it is simulated.")]
    public string Comment { get; init; } = "";

    /// <summary>Taken from the request and not from the clock, so that the same request gives the same bytes.</summary>
    [Parameter("created_utc"), Display(Name = "Created", Description = "Creation time written to the header, such as 2026-01-31T12:00:00.")]
    public string Created { get; init; } = "2026-01-01T00:00:00";
}
