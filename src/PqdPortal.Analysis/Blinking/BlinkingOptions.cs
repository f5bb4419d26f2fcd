using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Blinking;

/// <summary>What may be chosen about change points, levels and dwell times. Times in seconds.</summary>
public sealed record BlinkingOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Detectors", Description = "Raw channel codes whose photons count, taken together. Empty: all.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("confidence"), Range(0.69, 0.999)]
    [Display(Name = "Confidence", Description = "Of each test for a change of the light. A false change comes about once in 1/(1 - confidence) tests; the result says how many are to be expected.")]
    public double Confidence { get; init; } = 0.99;

    [Parameter("max_levels"), Range(1, 20)]
    [Display(Name = "Levels at most", Description = "Most levels that the light is grouped into.")]
    public int MaxLevels { get; init; } = 8;

    [Parameter("bin_ms", "ms", 1e-3), Range(1e-3, 1e3)]
    [Display(Name = "Bin width", Description = "Of the drawn trace, the histogram and the threshold method; change points need no bins.")]
    public double BinWidth { get; init; } = 10e-3;

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Dark counts and light of the substrate of each detector; one value serves all. Levels keep it; the ratio of bright to dark and the verdict on bleaching use it.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("on_above_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Bright above", Description = "Count rate from which on a level is bright. Empty: the geometric mean of the lowest and the highest level.")]
    public double? OnAbove { get; init; }

    [Parameter("xmin_s", "s"), Range(1e-6, 1e5)]
    [Display(Name = "Shortest dwell", Description = "Dwells shorter than this are left out of the fits. Empty: the shortest that is reliably found.")]
    public double? Shortest { get; init; }

    [Parameter("xmax_s", "s"), Range(1e-6, 1e6)]
    [Display(Name = "Longest dwell", Description = "Where a power law ends. Empty: a tenth of the run.")]
    public double? Longest { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Of the draws that judge the goodness of the fits; the same seed gives the same result.")]
    public int Seed { get; init; } = 1;
}
