using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What may be chosen for a bunching peak. Times in seconds, rates in 1/s.</summary>
public sealed record BunchingOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of two detectors, or of three for g3. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-3)]
    [Display(Name = "Bin width", Description = "Width of a delay bin; the next odd number of clock steps is used.")]
    public double BinWidth { get; init; } = 50e-12;

    [Parameter("range_ns", "ns", 1e-9), Range(1e-10, 1e-2)]
    [Display(Name = "Delay range", Description = "Longest delay to either side; ten times the coherence time at least.")]
    public double MaxDelay { get; init; } = 20e-9;

    [Parameter("window_ns", "ns", 1e-9), Range(1e-12, 1e-1)]
    [Display(Name = "Window", Description = "For long coherence, instead of the bin width: width of a delay bin, and half width of the window for three photons.")]
    public double? Window { get; init; }

    [Parameter("range_us", "us", 1e-6), Range(1e-10, 10.0)]
    [Display(Name = "Long range", Description = "For long coherence, instead of the delay range.")]
    public double? LongRange { get; init; }

    [Parameter("shape"), AllowedValues("exponential", "lorentzian", "gaussian")]
    [Display(Name = "Shape", Description = "exponential: e^(-|t|/tc); lorentzian: e^(-2|t|/T2), chaotic light of a Lorentzian line, tc = T2/2; gaussian: e^(-t²/tc²).")]
    public string Shape { get; init; } = "exponential";

    [Parameter("assumed_tc_ps", "ps", 1e-12), Range(1e-15, 1.0)]
    [Display(Name = "Assumed coherence time", Description = "Keeps the 1/e time at this value, where the detectors are too slow to tell it.")]
    public double? AssumedTime { get; init; }

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Uncorrelated light and dark counts of each detector; one value serves all.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "Detector jitter", Description = "Standard deviation of the timing response of each detector; one value means that all have it.")]
    public IReadOnlyList<double>? Jitter { get; init; }

    [Parameter("irf_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "IRF width", Description = "Another name for the detector jitter; give one of the two.")]
    public IReadOnlyList<double>? IrfSigma { get; init; }

    [Parameter("irf_t0_ps", "ps", 1e-12), Range(-1e-3, 1e-3)]
    [Display(Name = "IRF centre", Description = "When light that comes at once is seen by each detector; the differences are taken off the delays. One value says that all are alike.")]
    public IReadOnlyList<double>? IrfCentre { get; init; }

    [Parameter("radiative_lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-2)]
    [Display(Name = "Radiative lifetime", Description = "Of one emitter by itself. Bunching far longer than ten of it is no emission together.")]
    public double? RadiativeLifetime { get; init; }

    [Parameter("count_window_us", "us", 1e-6), Range(1e-6, 1e6)]
    [Display(Name = "Counting window", Description = "Photon numbers are counted in windows of this length. Empty: T3 after each pulse, else the window of long coherence or 10 us.")]
    public double? CountWindow { get; init; }

    [Parameter("burst_gap_ns", "ns", 1e-9), Range(1e-3, 1e8)]
    [Display(Name = "Gap within a burst", Description = "Photons that follow each other within this time belong to one run. Empty: the window of long coherence, or a tenth of the delay range.")]
    public double? BurstGap { get; init; }

    [Parameter("efficiency"), Range(1e-6, 1.0)]
    [Display(Name = "Efficiency", Description = "Share of the emitted photons that is counted; Mandel's Q of the source is that of the counts over it.")]
    public double? Efficiency { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Seed of the bootstrap.")]
    public int Seed { get; init; } = 1;

    /// <summary>True where window or range of the long coherence is given.</summary>
    public bool IsLong => Window is not null || LongRange is not null;
}
