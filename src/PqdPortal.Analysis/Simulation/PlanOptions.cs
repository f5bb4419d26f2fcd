using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Simulation;

/// <summary>What is to be measured, and what is expected of it. Times in seconds and rates in 1/s here; names and units outside stand in the attributes.</summary>
public sealed record PlanOptions
{
    [Parameter("question"), AllowedValues("g2_cw", "g2_pulsed", "lifetime", "hom")]
    [Display(Name = "Quantity", Description = "g2(0) under a continuous or a pulsed laser, the lifetime, or the indistinguishability M of a Hong-Ou-Mandel measurement.")]
    public string Question { get; init; } = "g2_cw";

    /// <summary>Counts of each detector as measured, background included.</summary>
    [Parameter("rate_a_cps", "cps"), Range(0.1, 1e9), Display(Name = "Rate of detector A", Description = "Mean counts per second as measured, background included.")]
    public double RateA { get; init; } = 100e3;

    [Parameter("rate_b_cps", "cps"), Range(0.0, 1e9), Display(Name = "Rate of detector B", Description = "The same of the second detector.")]
    public double RateB { get; init; } = 100e3;

    [Parameter("background_a_cps", "cps"), Range(0.0, 1e9), Display(Name = "Background of A", Description = "Uncorrelated light and dark counts among them.")]
    public double BackgroundA { get; init; }

    [Parameter("background_b_cps", "cps"), Range(0.0, 1e9), Display(Name = "Background of B", Description = "The same of the second detector.")]
    public double BackgroundB { get; init; }

    /// <summary>Time of the dip under a continuous laser (a little shorter than the lifetime), the lifetime else.</summary>
    [Parameter("tau_ns", "ns", 1e-9), Range(1e-11, 1e-3), Display(Name = "Lifetime", Description = "Lifetime; for g2 under a continuous laser the time of the dip.")]
    public double Tau { get; init; } = 8e-9;

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6), Display(Name = "Jitter", Description = "Standard deviation of the response of one detector.")]
    public double Jitter { get; init; } = 150e-12;

    [Parameter("g2_0"), Range(0.0, 2.0), Display(Name = "Expected g2(0)", Description = "Of the dot itself, before background.")]
    public double G2AtZero { get; init; } = 0.05;

    [Parameter("on_fraction"), Range(0.01, 1.0), Display(Name = "Share of time on", Description = "Below 1 for a dot that blinks; the rates above are means over on and off.")]
    public double OnFraction { get; init; } = 1;

    [Parameter("repetition_MHz", "MHz", 1e6), Range(1e3, 1e10), Display(Name = "Repetition rate", Description = "Laser pulses per second (pulsed questions).")]
    public double Repetition { get; init; } = 10e6;

    [Parameter("M"), Range(0.0, 1.0), Display(Name = "Expected M", Description = "Expected indistinguishability (Hong-Ou-Mandel).")]
    public double Indistinguishability { get; init; } = 0.8;

    [Parameter("R"), Range(0.05, 0.95), Display(Name = "Reflectance", Description = "Of the splitter where the photons meet (Hong-Ou-Mandel).")]
    public double Reflectance { get; init; } = 0.5;

    [Parameter("one_minus_epsilon"), Range(0.1, 1.0), Display(Name = "Classical contrast", Description = "Of the interferometer (Hong-Ou-Mandel).")]
    public double Contrast { get; init; } = 1;

    [Parameter("duration_s", "s"), Range(1e-3, 1e7), Display(Name = "Measuring time", Description = "Acquisition time; of each of the two files for Hong-Ou-Mandel.")]
    public double Duration { get; init; } = 60;

    /// <summary>Wanted standard error: of g2(0) and M as it is, of the lifetime relative to it.</summary>
    [Parameter("wanted"), Range(1e-5, 1.0), Display(Name = "Wanted standard error", Description = "Of g2(0) and M as a number; of the lifetime as a share of it, 0.01 for one percent.")]
    public double Wanted { get; init; } = 0.02;
}
