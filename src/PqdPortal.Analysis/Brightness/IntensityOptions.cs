using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Brightness;

/// <summary>What may be chosen about an intensity trace. Times in seconds.</summary>
public sealed record IntensityOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Detectors", Description = "Raw channel codes whose photons count. Empty: all.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("bin_ms", "ms", 1e-3), Range(1e-3, 1.0)]
    [Display(Name = "Bin width", Description = "Width of a bin of the trace, rounded to the clock of the file.")]
    public double BinWidth { get; init; } = 10e-3;

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Dark counts and light of the substrate of each detector; one value serves all.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("dead_time_ns", "ns", 1e-9), Range(0.0, 1e-4)]
    [Display(Name = "Dead time", Description = "Dead time of each detector; lost counts are added to the mean rate. Empty: nothing is added.")]
    public double? DeadTime { get; init; }

    [Parameter("transmission"), Range(1e-6, 1.0)]
    [Display(Name = "Transmission", Description = "Share of the photons at the first lens that reaches a detector. With it, or the efficiency, the photons at the first lens are told.")]
    public double? Transmission { get; init; }

    [Parameter("efficiency"), Range(1e-6, 1.0)]
    [Display(Name = "Detector efficiency", Description = "Share of the photons at a detector that is counted.")]
    public double? Efficiency { get; init; }
}
