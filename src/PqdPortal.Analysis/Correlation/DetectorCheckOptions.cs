using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What may be chosen for the check of a detector. Times in seconds.</summary>
public sealed record DetectorCheckOptions
{
    [Parameter("light_channel"), Range(0, 99)]
    [Display(Name = "Detector in the light", Description = "Raw code of the detector that saw steady, attenuated light. Empty: the only one there is.")]
    public int? Light { get; init; }

    [Parameter("dark_channel"), Range(0, 99)]
    [Display(Name = "Detector in the dark", Description = "Raw code of the channel that holds dark counts: of the dark file where one is given, else of this file. Empty: the light's channel of the dark file.")]
    public int? Dark { get; init; }

    [Parameter("window_ns", "ns", 1e-9), Range(1e-8, 2e-6)]
    [Display(Name = "Afterpulse window", Description = "Afterpulses are sought up to this lag; six to eight of their decay times.")]
    public double Window { get; init; } = 600e-9;

    [Parameter("flat_from_us", "us", 1e-6), Range(1e-7, 1e-3)]
    [Display(Name = "Flat part from", Description = "Beginning of the lags that hold chance pairs alone; they last 1 us.")]
    public double FlatFrom { get; init; } = 2e-6;
}
