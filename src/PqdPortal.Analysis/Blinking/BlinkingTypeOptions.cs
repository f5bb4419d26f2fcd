using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Blinking;

/// <summary>What may be chosen about lifetimes along blinking. Times in seconds.</summary>
public sealed record BlinkingTypeOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Detectors", Description = "Raw channel codes whose photons count. Empty: all.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("confidence"), Range(0.69, 0.999)]
    [Display(Name = "Confidence", Description = "Of each test for a change of the light.")]
    public double Confidence { get; init; } = 0.99;

    [Parameter("max_levels"), Range(1, 20)]
    [Display(Name = "Levels at most", Description = "Most levels that the light is grouped into.")]
    public int MaxLevels { get; init; } = 8;

    [Parameter("bin_ms", "ms", 1e-3), Range(1e-3, 1e3)]
    [Display(Name = "Bin width", Description = "Of the map of lifetime and intensity; a bin needs 50 photons of signal for a lifetime.")]
    public double BinWidth { get; init; } = 10e-3;

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Dark counts and light of the substrate of each detector; one value serves all. Empty: taken from the uniform part of the decays.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("irf_t0_ps", "ps", 1e-12), Range(-1e-3, 1e-3)]
    [Display(Name = "IRF centre", Description = "When light that comes at once is seen by each detector; one value serves all. Without irf_file.")]
    public IReadOnlyList<double>? IrfCentre { get; init; }

    [Parameter("irf_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "IRF width", Description = "Standard deviation of each detector's response; one value serves all. Without irf_file.")]
    public IReadOnlyList<double>? IrfSigma { get; init; }

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "Detector jitter", Description = "Another name for the IRF width; give one of the two.")]
    public IReadOnlyList<double>? Jitter { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Of the draws that judge the correlation of the segments; the same seed gives the same result.")]
    public int Seed { get; init; } = 1;
}
