using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Brightness;

/// <summary>What may be chosen about a saturation curve.</summary>
public sealed record SaturationOptions
{
    [Parameter("dark_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Dark counts", Description = "Rate without any light. Empty: fitted where the table has rows of power 0, else 0.")]
    public double? Dark { get; init; }

    [Parameter("model"), AllowedValues("auto", "hyperbolic", "poisson_absorption")]
    [Display(Name = "Model", Description = "hyperbolic: Isat P/(P + Psat), continuous excitation; poisson_absorption: Isat (1 - exp(-P/Psat)), short pulses; auto: the better by BIC, hyperbolic where the two are not told apart.")]
    public string Model { get; init; } = "auto";
}
