using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Correlation;

/// <summary>What g2.pulsed and g2.gated have in common. Times in seconds, rates in 1/s.</summary>
public abstract record PulsedOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the two detectors. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("side_peaks"), Range(1, 10_000)]
    [Display(Name = "Side peaks", Description = "Peaks to each side of the central one that are counted each by itself. Slower blinking is found by pairs farther apart.")]
    public int SidePeaks { get; init; } = 40;

    [Parameter("window_ns", "ns", 1e-9), Range(1e-12, 1e-2)]
    [Display(Name = "Window", Description = "Pairs whose delay lies within half of this around a whole number of periods. Empty: whole periods, by the numbers of the pulses.")]
    public double? Window { get; init; }

    [Parameter("background_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background", Description = "Uncorrelated light and dark counts of each detector, uniform in time; one value serves both.")]
    public IReadOnlyList<double>? Background { get; init; }

    [Parameter("background_sigma_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Background error", Description = "Standard error of the background of each detector. Empty: as if counted for as long as this run.")]
    public IReadOnlyList<double>? BackgroundSigma { get; init; }

    [Parameter("laser_leak_cps", "cps"), Range(0.0, 1e9)]
    [Display(Name = "Laser leak", Description = "Scattered laser light of each detector, which comes with the pulse; one value serves both. Gates drop it.")]
    public IReadOnlyList<double>? LaserLeak { get; init; }

    [Parameter("irf_t0_ps", "ps", 1e-12), Range(-1e-3, 1e-3)]
    [Display(Name = "IRF centre", Description = "When the excitation falls on the dot on the micro time axis, of each detector; one value serves both. Empty: irf_file, or the rising edge of the decay.")]
    public IReadOnlyList<double>? IrfCentre { get; init; }

    [Parameter("irf_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "IRF width", Description = "Standard deviation of each detector's response; photons earlier than five of them before time zero belong to the pulse before.")]
    public IReadOnlyList<double>? IrfSigma { get; init; }

    [Parameter("jitter_sigma_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "Detector jitter", Description = "Another name for the IRF width; give one of the two.")]
    public IReadOnlyList<double>? Jitter { get; init; }

    [Parameter("sync_channel"), Range(-1, 99)]
    [Display(Name = "Laser channel", Description = "T2 files: raw code of the channel that the laser's pulses are on. Empty: the sync events of the record type (-1).")]
    public int? SyncChannel { get; init; }

    [Parameter("sync_divider"), Range(1, 1_000_000)]
    [Display(Name = "Sync divider", Description = "T2 files: laser pulses for each event on the laser channel. Empty: from the header's sync rate, else 1.")]
    public int? SyncDivider { get; init; }

    [Parameter("seed"), Range(0, int.MaxValue)]
    [Display(Name = "Seed", Description = "Kept with the result; blocks are left out one by one here, so nothing is drawn.")]
    public int Seed { get; init; } = 1;
}

/// <summary>What may be chosen for g2 under pulsed excitation.</summary>
public sealed record PulsedG2Options : PulsedOptions
{
    [Parameter("mean_excitons", "1"), Range(1e-6, 50.0)]
    [Display(Name = "Excitons per pulse", Description = "Mean number of excitons a pulse makes, for the biexciton's quantum yield. Empty: taken as small.")]
    public double? MeanExcitons { get; init; }
}

/// <summary>What may be chosen for time-gated g2.</summary>
public sealed record GatedG2Options : PulsedOptions
{
    /// <summary>From the biexciton's lifetime to that of the exciton.</summary>
    public static readonly IReadOnlyList<double> Usual = [0, 0.5e-9, 1e-9, 2e-9, 3e-9, 5e-9, 8e-9];

    [Parameter("gates_ps", "ps", 1e-12), Range(0.0, 1e-3)]
    [Display(Name = "Gates", Description = "Photons that come later than this after the IRF centre are kept; 0 keeps all.")]
    public IReadOnlyList<double> Gates { get; init; } = Usual;
}
