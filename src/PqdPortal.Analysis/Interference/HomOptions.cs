using System.ComponentModel.DataAnnotations;
using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Interference;

/// <summary>What may be chosen about two-photon interference under pulsed excitation.</summary>
public sealed record HomOptions : PulsedOptions
{
    [Parameter("delay_periods"), Range(0, 1000)]
    [Display(Name = "Delay", Description = "Delay between the arms of the interferometer in laser periods; 0 where two separate sources meet.")]
    public int DelayPeriods { get; init; } = 1;

    [Parameter("R", "1"), Range(0.0, 1.0)]
    [Display(Name = "Reflectance", Description = "Of the splitter where the photons meet.")]
    public double Reflectance { get; init; } = 0.5;

    [Parameter("T", "1"), Range(0.0, 1.0)]
    [Display(Name = "Transmittance", Description = "Of the splitter where the photons meet.")]
    public double Transmittance { get; init; } = 0.5;

    [Parameter("one_minus_epsilon", "1"), Range(0.0, 1.0)]
    [Display(Name = "Classical contrast", Description = "Visibility of the interferometer for laser light, 1 - epsilon.")]
    public double Contrast { get; init; } = 1;

    [Parameter("g2_0", "1"), Range(0.0, 2.0)]
    [Display(Name = "g2(0)", Description = "g2(0) of the source without interference, and its standard error, such as [0.02, 0.004].")]
    public IReadOnlyList<double>? G2 { get; init; }

    [Parameter("noise"), AllowedValues("distinguishable", "identical")]
    [Display(Name = "Second photons", Description = "What makes g2(0): photons that interfere with nothing (Ollivier 2021), or ones identical to the first (Santori 2002).")]
    public string Noise { get; init; } = "distinguishable";
}
