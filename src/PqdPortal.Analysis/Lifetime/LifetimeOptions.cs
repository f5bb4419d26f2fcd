using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>What may be chosen for a lifetime. Times in seconds, rates in 1/s.</summary>
public sealed record LifetimeOptions
{
    [Parameter("channels"), Range(0, 1_000_000)]
    [Display(Name = "Channels", Description = "Raw codes of the detectors, fitted together with one decay; of a file of histograms the numbers of the curves, from 0. Empty: all detectors, or the only curve there is.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("channel"), Range(0, 1_000_000)]
    [Display(Name = "Channel", Description = "A single one of them.")]
    public int? Channel { get; init; }

    [Parameter("models"), AllowedValues("mono", "bi", "tri", "stretched", "lognormal")]
    [Display(Name = "Models", Description = "Laws to fit; the one that BIC speaks for is taken.")]
    public IReadOnlyList<string> Models { get; init; } = ["mono", "bi", "tri", "stretched", "lognormal"];

    [Parameter("tau_guess_ns", "ns", 1e-9), Range(1e-13, 1e-2)]
    [Display(Name = "Lifetime to start from", Description = "Where the fit begins. Empty: from the data.")]
    public double? Guess { get; init; }

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Uncorrelated light and dark counts of each detector; one value serves all. Empty: fitted.")]
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

    [Parameter("one_photon_per_sync")]
    [Display(Name = "One photon per pulse", Description = "Say yes where the electronics take only the first photon of each pulse: pile-up above 5 % is then corrected.")]
    public bool OnePhotonPerSync { get; init; }

    [Parameter("plqy", "1"), Range(0.0, 1.0)]
    [Display(Name = "Quantum yield", Description = "Photoluminescence quantum yield and its standard error, for the radiative rate.")]
    public IReadOnlyList<double>? Plqy { get; init; }

    [Parameter("bin_ps", "ps", 1e-12), Range(1e-14, 1e-6)]
    [Display(Name = "Bin width", Description = "Bins are joined to the nearest whole multiple. Empty: as recorded, up to 8192 bins.")]
    public double? BinWidth { get; init; }

    [Parameter("period_ns", "ns", 1e-9), Range(1e-12, 1.0)]
    [Display(Name = "Laser period", Description = "Time from pulse to pulse, where the file does not say.")]
    public double? Period { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Nothing is drawn at random here; taken because every analysis takes it.")]
    public int Seed { get; init; } = 1;
}
