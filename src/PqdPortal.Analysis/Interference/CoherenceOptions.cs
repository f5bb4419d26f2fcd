using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Interference;

/// <summary>What may be chosen about a coherence measurement. Times in seconds.</summary>
public sealed record CoherenceOptions
{
    [Parameter("wavelength_nm", "nm"), Range(100.0, 10000.0)]
    [Display(Name = "Wavelength", Description = "Centre of the line, which makes the fringe. Empty: found from the fringes themselves.")]
    public double? Wavelength { get; init; }

    [Parameter("background_counts"), Range(0.0, 1e12)]
    [Display(Name = "Background", Description = "Counts of every point that do not come from the dot: dark counts and light of the substrate.")]
    public double Background { get; init; }

    [Parameter("T1_ps", "ps", 1e-12), Range(0.0, 1e-3)]
    [Display(Name = "Lifetime T1", Description = "Radiative lifetime of the same dot and its standard error, for T2/(2 T1), such as [210, 5].")]
    public IReadOnlyList<double>? Lifetime { get; init; }

    [Parameter("zero_delay_ps", "ps", 1e-12), Range(-1e-6, 1e-6)]
    [Display(Name = "Zero delay", Description = "Coarse delay at which both arms are equally long.")]
    public double ZeroDelay { get; init; }
}
