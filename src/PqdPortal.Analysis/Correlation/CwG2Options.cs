using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What may be chosen for g2 under continuous excitation. Times in seconds, rates in 1/s.</summary>
public sealed record CwG2Options
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the two detectors; the first starts the delays. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-3)]
    [Display(Name = "Bin width", Description = "Width of a delay bin; the next odd number of clock steps is used.")]
    public double BinWidth { get; init; } = 1e-9;

    [Parameter("range_ns", "ns", 1e-9), Range(1e-10, 1e-2)]
    [Display(Name = "Delay range", Description = "Longest delay to either side. Bunching needs five times its own time.")]
    public double MaxDelay { get; init; } = 500e-9;

    [Parameter("model"), AllowedValues("auto", "two_level", "three_level")]
    [Display(Name = "Model", Description = "two_level: a dip alone; three_level: a dip and bunching around it; auto: the better by BIC.")]
    public string Model { get; init; } = "auto";

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Uncorrelated light and dark counts of each detector; one value serves both.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("background_sigma_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background error", Description = "Standard error of the background of each detector. Empty: as if counted for as long as this run.")]
    public IReadOnlyList<double>? BackgroundSigma { get; init; }

    [Parameter("afterpulse_probability", "1"), Range(0.0, 0.5)]
    [Display(Name = "Afterpulse probability", Description = "Chance that a count is followed by an afterpulse, for each detector; one value serves both.")]
    public IReadOnlyList<double>? Afterpulsing { get; init; }

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "Detector jitter", Description = "Standard deviation of the timing response of each detector; one value means that both have it.")]
    public IReadOnlyList<double>? Jitter { get; init; }

    [Parameter("irf_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "IRF width", Description = "Another name for the detector jitter; give one of the two.")]
    public IReadOnlyList<double>? IrfSigma { get; init; }

    [Parameter("irf_t0_ps", "ps", 1e-12), Range(-1e-3, 1e-3)]
    [Display(Name = "IRF centre", Description = "Centre of the response of each detector; only their difference matters here, as a further delay.")]
    public IReadOnlyList<double>? IrfCentre { get; init; }

    [Parameter("delay_ps", "ps", 1e-12), Range(-1e-3, 1e-3)]
    [Display(Name = "Cable delay", Description = "How much later the second detector's signal arrives. Empty: zero, and the dip may show its own centre.")]
    public double? Delay { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Seed of the bootstrap.")]
    public int Seed { get; init; } = 1;
}
