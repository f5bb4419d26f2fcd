using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What may be chosen for the quick look; nothing has to be. Times in seconds.</summary>
public sealed record QuickOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the two detectors for the raw g2. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-3)]
    [Display(Name = "Bin width", Description = "Width of a delay bin of the raw g2.")]
    public double BinWidth { get; init; } = 2e-9;

    [Parameter("range_ns", "ns", 1e-9), Range(1e-10, 1e-2)]
    [Display(Name = "Delay range", Description = "Longest delay of the raw g2.")]
    public double MaxDelay { get; init; } = 200e-9;

    [Parameter("dead_ns", "ns", 1e-9), Range(0.0, 1e-3)]
    [Display(Name = "Dead time", Description = "Dead time of the detectors, for the saturation flag.")]
    public double DeadTime { get; init; } = 80e-9;
}
