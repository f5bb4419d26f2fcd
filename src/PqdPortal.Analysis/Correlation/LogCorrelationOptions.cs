using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What may be chosen for a correlation over many decades of lag. Times in seconds, rates in 1/s.</summary>
public sealed record LogCorrelationOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the two detectors, both orders counted. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("channel"), Range(0, 99)]
    [Display(Name = "One detector", Description = "Raw code of one detector, correlated with itself; afterpulses spoil its lags below 5 us.")]
    public int? Channel { get; init; }

    [Parameter("from_s", "s"), Range(1e-12, 1e4)]
    [Display(Name = "Shortest lag", Description = "Where the curve begins; one step of the clock at least, one laser period where the file counts periods.")]
    public double From { get; init; } = 1e-7;

    [Parameter("to_s", "s"), Range(1e-11, 1e5)]
    [Display(Name = "Longest lag", Description = "Where the curve ends; never beyond a tenth of the run.")]
    public double To { get; init; } = 10;

    [Parameter("per_decade"), Range(2, 50)]
    [Display(Name = "Bins per decade", Description = "Lag bins in each decade.")]
    public int PerDecade { get; init; } = 10;

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Uncorrelated light and dark counts of each detector; one value serves both. It lowers the amplitude, which is corrected for it.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Kept with the result; the errors come from leaving out blocks in turn and need no chance.")]
    public int Seed { get; init; } = 1;
}
