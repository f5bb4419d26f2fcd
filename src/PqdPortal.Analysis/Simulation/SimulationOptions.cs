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
    /// <remarks>
    /// kinetic follows a scheme of states and rates; thermal is chaotic light; clusters are bursts of photons; hom is a Hong-Ou-Mandel and
    /// michelson a Michelson interferometer.
    /// </remarks>
    [Parameter("kind"), AllowedValues("two_level", "three_level", "pulsed", "steady", "kinetic", "thermal", "clusters", "hom", "michelson")]
    [Display(Name = "Light", Description = "Two-level or three-level emitter under continuous excitation, pulsed exciton and biexciton, steady uncorrelated light, a kinetic scheme, thermal light, light in bursts, or single photons through a Hong-Ou-Mandel or Michelson interferometer.")]
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

    // ---- a kinetic scheme (kind "kinetic") ----

    [Parameter("scheme_preset"), AllowedValues("biexciton", "two_level", "three_level", "charging", "custom"), Later]
    [Display(Name = "Scheme", Description = "States and rates of kind kinetic: ground, exciton and biexciton; two levels; three levels with a shelf; exciton and trion with charging; or the scheme written below.")]
    public string SchemePreset { get; init; } = "biexciton";

    /// <summary>Transitions, such as "G>X pump; X>G 0.125 photon 0.9"; the first state named is the ground state.</summary>
    [Parameter("scheme"), Later]
    [Display(Name = "Transitions", Description = "Transitions separated by semicolons: FROM>TO, then a rate in 1/ns or the word pump, then photon where it radiates, then its yield. Example: G>X pump; X>G 0.125 photon 0.9.")]
    public string Scheme { get; init; } = "";

    [Parameter("excitation"), AllowedValues("cw", "pulsed"), Later]
    [Display(Name = "Excitation", Description = "Laser of a kinetic scheme: continuous, or in pulses that make a Poisson number of excitons.")]
    public string Excitation { get; init; } = "cw";

    /// <summary>Full width of the laser pulse at half of its height [s].</summary>
    [Parameter("pulse_width_ps", "ps", 1e-12), Range(0.0, 1e-6), Later, Display(Name = "Pulse width", Description = "Full width at half maximum of the Gaussian laser pulse.")]
    public double PulseWidth { get; init; }

    [Parameter("trion_lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-3), Later, Display(Name = "Trion lifetime", Description = "Lifetime of the charged exciton (scheme charging).")]
    public double TrionLifetime { get; init; } = 1e-9;

    [Parameter("trion_yield"), Range(0.0, 1.0), Later, Display(Name = "Trion yield", Description = "Quantum yield of the charged exciton (scheme charging).")]
    public double TrionYield { get; init; } = 0.2;

    [Parameter("charging_per_us", "1/us", 1e6), Range(1e-9, 1e12), Later, Display(Name = "Charging rate", Description = "Rate at which an exciton leaves a charge behind (scheme charging).")]
    public double Charging { get; init; } = 1e5;

    [Parameter("neutralising_per_us", "1/us", 1e6), Range(1e-9, 1e12), Later, Display(Name = "Neutralising rate", Description = "Rate at which the charge leaves (scheme charging).")]
    public double Neutralising { get; init; } = 1e6;

    // ---- bunched light (kinds "thermal" and "clusters") ----

    /// <summary>The 1/e time of g2 - 1 [s].</summary>
    [Parameter("tau_c_ps", "ps", 1e-12), Range(1e-13, 10.0), Later, Display(Name = "Coherence time", Description = "The 1/e time of g2 - 1 of thermal light and of bursts.")]
    public double CoherenceTime { get; init; } = 1e-9;

    [Parameter("modes"), Range(1, 50), Later, Display(Name = "Modes", Description = "Independent modes of thermal light: g2(0) = 1 + 1/modes.")]
    public int Modes { get; init; } = 1;

    [Parameter("thermal_method"), AllowedValues("auto", "field", "pairs"), Later]
    [Display(Name = "Method", Description = "Thermal light from a fluctuating field, exact at every rate; or from single photons and pairs, right to pairs where rate times coherence time is far below 1. auto takes pairs below 0.001.")]
    public string ThermalMethod { get; init; } = "auto";

    /// <summary>g2(0) - 1 of the bursts.</summary>
    [Parameter("cluster_amplitude"), Range(1e-3, 1e6), Later, Display(Name = "Burst amplitude", Description = "g2(0) - 1 of light in bursts; above 1 it is superbunched.")]
    public double ClusterAmplitude { get; init; } = 4;

    // ---- interferometers (kinds "hom" and "michelson") ----

    [Parameter("hom_delay_periods"), Range(0, 20), Later, Display(Name = "Interferometer delay", Description = "Path difference in laser periods; 0 for two separate sources.")]
    public int HomDelay { get; init; } = 1;

    [Parameter("R"), Range(0.01, 0.99), Later, Display(Name = "Reflectance", Description = "Reflectance of the splitter where the photons meet; it transmits the rest.")]
    public double Reflectance { get; init; } = 0.5;

    [Parameter("one_minus_epsilon"), Range(0.0, 1.0), Later, Display(Name = "Classical contrast", Description = "Contrast of the interferometer with laser light, 1 - epsilon.")]
    public double Contrast { get; init; } = 1;

    [Parameter("M"), Range(0.0, 1.0), Later, Display(Name = "Indistinguishability", Description = "Overlap M of two signal photons.")]
    public double Indistinguishability { get; init; } = 0.8;

    /// <summary>Share f of the photons that are noise: g2(0) = 2 f (1 - f).</summary>
    [Parameter("noise_share"), Range(0.0, 0.5), Later, Display(Name = "Noise share", Description = "Share of distinguishable noise photons; g2(0) = 2 f (1 - f).")]
    public double NoiseShare { get; init; }

    [Parameter("polarisation"), AllowedValues("parallel", "orthogonal"), Later, Display(Name = "Polarisation", Description = "Of the two arms: parallel interferes, orthogonal is the reference.")]
    public string Polarisation { get; init; } = "parallel";

    [Parameter("wavelength_nm", "nm", 1e-9), Range(1e-7, 1e-5), Later, Display(Name = "Wavelength", Description = "Wavelength of the light in the Michelson interferometer.")]
    public double Wavelength { get; init; } = 520e-9;

    [Parameter("T2_ps", "ps", 1e-12), Range(1e-14, 1e-6), Later, Display(Name = "Coherence time T2", Description = "Integral of |g1|^2 over the path delay: T2 of a Lorentzian line, tc of a Gaussian one.")]
    public double T2 { get; init; } = 50e-12;

    [Parameter("V0"), Range(0.0, 1.0), Later, Display(Name = "Contrast at zero delay", Description = "Fringe contrast at zero delay.")]
    public double V0 { get; init; } = 0.95;

    [Parameter("line_shape"), AllowedValues("lorentzian", "gaussian"), Later, Display(Name = "Line shape", Description = "Lorentzian or Gaussian line.")]
    public string LineShape { get; init; } = "lorentzian";

    [Parameter("coarse_max_ps", "ps", 1e-12), Range(0.0, 1e-6), Later, Display(Name = "Longest delay", Description = "Coarse delays go from minus this to plus this.")]
    public double CoarseMax { get; init; } = 150e-12;

    [Parameter("coarse_steps"), Range(1, 2000), Later, Display(Name = "Coarse steps", Description = "Coarse positions of the stage.")]
    public int CoarseSteps { get; init; } = 31;

    [Parameter("fine_steps"), Range(4, 2000), Later, Display(Name = "Fine steps", Description = "Positions of the dither at each coarse position.")]
    public int FineSteps { get; init; } = 24;

    [Parameter("fine_range_fs", "fs", 1e-15), Range(1e-16, 1e-12), Later, Display(Name = "Dither range", Description = "Range of the fine delay; at least one fringe.")]
    public double FineRange { get; init; } = 5.2e-15;

    // ---- drift ----

    /// <summary>d ln I / dt [1/h].</summary>
    [Parameter("drift_per_hour", "1/h"), Range(-1e6, 1e6), Later, Display(Name = "Drift", Description = "Relative change of the signal per hour, d ln I/dt; the signal rate is that of the beginning.")]
    public double Drift { get; init; }

    [Parameter("blink_type"), AllowedValues("given", "A", "B", "BC"), Later]
    [Display(Name = "Blinking type", Description = "Lifetimes of the blinking states from their brightness b: A, a trion radiating twice as fast (b/2 of the lifetime); B, the same lifetime; BC, band-edge traps (b of the lifetime); given, the list above.")]
    public string BlinkType { get; init; } = "given";

    // ---- more of detectors and electronics ----

    [Parameter("jitter_tail_share"), Range(0.0, 1.0), Later, Display(Name = "Jitter tail", Description = "Share of the counts that come late by an exponential tail.")]
    public double JitterTailShare { get; init; }

    [Parameter("jitter_tail_ps", "ps", 1e-12), Range(1e-13, 1e-6), Later, Display(Name = "Tail decay", Description = "Decay of the jitter's tail.")]
    public double JitterTail { get; init; } = 200e-12;

    /// <summary>A measured response, in counts; its first bin stands for no delay. Takes the place of the Gaussian.</summary>
    [Parameter("irf_counts"), Range(0.0, 1e15), Later, Display(Name = "Measured response", Description = "Counts of a measured instrument response, bin by bin; drawn from instead of the Gaussian jitter.")]
    public double[]? IrfCounts { get; init; }

    [Parameter("irf_bin_ps", "ps", 1e-12), Range(1e-14, 1e-7), Later, Display(Name = "Response bin", Description = "Width of a bin of the measured response.")]
    public double IrfBin { get; init; } = 16e-12;

    [Parameter("tdc_dead_ns", "ns", 1e-9), Range(0.0, 1e-3), Later, Display(Name = "Common dead time", Description = "After each count the electronics take nothing from any detector for this long, as a router does.")]
    public double CommonDeadTime { get; init; }

    [Parameter("one_photon_per_sync"), AllowedValues("no", "yes"), Later, Display(Name = "One photon per pulse", Description = "The electronics keep the first photon after each laser pulse only (T3).")]
    public string OnePhotonPerSync { get; init; } = "no";
}
