using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Interference;

/// <summary>What may be chosen about photon-correlation Fourier spectroscopy. Times in seconds.</summary>
public sealed record PcfsOptions
{
    [Parameter("channels"), Range(0, 99)]
    [Display(Name = "Channels", Description = "Raw codes of the detectors at the two outputs of the interferometer. Empty: the only two there are.")]
    public IReadOnlyList<int>? Channels { get; init; }

    [Parameter("delays_ps", "ps", 1e-12), Range(-1e-6, 1e-6)]
    [Display(Name = "Delays", Description = "Delay between the arms at each position of the stage, in the order of the file: twice the way of the stage over c. Needs the stage's markers; with a table of positions leave it empty.")]
    public IReadOnlyList<double>? Delays { get; init; }

    [Parameter("marker"), Range(1, 4095)]
    [Display(Name = "Marker", Description = "Bits of the marker with which a position begins (1, 2, 4, 8). Empty: every marker.")]
    public int? Marker { get; init; }

    [Parameter("settle_s", "s"), Range(0.0, 1e6)]
    [Display(Name = "Settling", Description = "Time left out at the beginning of every position, while the stage still travels.")]
    public double Settle { get; init; }

    [Parameter("zero_delay_ps", "ps", 1e-12), Range(-1e-6, 1e-6)]
    [Display(Name = "Zero delay", Description = "Delay, as the positions have it, at which both arms are equally long.")]
    public double ZeroDelay { get; init; }

    [Parameter("from_s", "s"), Range(1e-12, 1e4)]
    [Display(Name = "Shortest lag", Description = "Where the correlations begin; one step of the clock at least.")]
    public double From { get; init; } = 1e-7;

    [Parameter("to_s", "s"), Range(1e-11, 1e5)]
    [Display(Name = "Longest lag", Description = "Where they end; never beyond a tenth of a position, nor beyond the dither's time for a sixteenth of a fringe.")]
    public double To { get; init; } = 0.1;

    [Parameter("per_decade"), Range(2, 50)]
    [Display(Name = "Bins per decade", Description = "Lag bins in each decade of the correlations.")]
    public int PerDecade { get; init; } = 10;

    [Parameter("bands_per_decade"), Range(1, 10)]
    [Display(Name = "Bands per decade", Description = "Bands of lags in each decade for which a linewidth is fitted.")]
    public int BandsPerDecade { get; init; } = 1;

    [Parameter("mode"), AllowedValues("auto", "both", "cross")]
    [Display(Name = "Correlations", Description = "Both: autocorrelations and cross-correlation at all lags. Cross: only the cross-correlation, against that of far delays. Auto: cross below 5 us, where detectors see their own afterpulses, both above.")]
    public string Mode { get; init; } = "auto";

    [Parameter("far_ps", "ps", 1e-12), Range(0.0, 1e-6)]
    [Display(Name = "Far delays", Description = "From this delay on nothing interferes: where only the cross-correlation is used, these positions are its reference. Empty: the level without interference is fitted with the line.")]
    public double? Far { get; init; }

    [Parameter("contrast"), AllowedValues("free", "shared")]
    [Display(Name = "Contrast V0", Description = "Free: fitted for every band of lags. Shared: one for all, which needs light without background and a dither much slower than the longest lag.")]
    public string Contrast { get; init; } = "free";

    [Parameter("dither_period_s", "s"), Range(1e-6, 1e6)]
    [Display(Name = "Dither period", Description = "Time in which the stage is moved to and fro over a few fringes. Lags in which it goes over more than a sixteenth of a fringe are left out.")]
    public double? DitherPeriod { get; init; }

    [Parameter("dither_fringes"), Range(1.0, 1e4)]
    [Display(Name = "Dither fringes", Description = "Fringes that it goes over one way.")]
    public double DitherFringes { get; init; } = 2;
}
