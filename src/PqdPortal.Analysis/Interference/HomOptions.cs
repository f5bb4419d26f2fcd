using System.ComponentModel.DataAnnotations;
using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Interference;

/// <summary>What may be chosen about two-photon interference, pulsed and continuous. Times in seconds.</summary>
public sealed record HomOptions : PulsedOptions
{
    [Parameter("excitation"), AllowedValues("auto", "pulsed", "cw")]
    [Display(Name = "Excitation", Description = "pulsed: areas of peaks; cw: continuous light, a fit of the dips; auto: by the file, cw where it tells no pulses.")]
    public string Excitation { get; init; } = "auto";

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

    [Parameter("noise"), AllowedValues("auto", "distinguishable", "identical")]
    [Display(Name = "Second photons", Description = "What makes g2(0): photons that interfere with nothing (Ollivier 2021), or ones identical to the first (Santori 2002). auto: distinguishable for single pulses, identical for double pulses and continuous light.")]
    public string Noise { get; init; } = "auto";

    [Parameter("delay_ns", "ns", 1e-9), Range(-1e-3, 1e-3)]
    [Display(Name = "Delay of the arms", Description = "Continuous light: how much longer one arm is. Empty: from the dips beside the central one.")]
    public double? ArmDelay { get; init; }

    [Parameter("T2_ps", "ps", 1e-12), Range(0.0, 1e-3)]
    [Display(Name = "Coherence time", Description = "Continuous light: T2 and its standard error, such as [250, 20], where detectors are too slow to show it. Empty: fitted.")]
    public IReadOnlyList<double>? CoherenceTime { get; init; }

    [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-3)]
    [Display(Name = "Bin width", Description = "Continuous light: width of a delay bin; the next odd number of clock steps is used.")]
    public double BinWidth { get; init; } = 50e-12;

    [Parameter("range_ns", "ns", 1e-9), Range(1e-10, 1e-2)]
    [Display(Name = "Delay range", Description = "Continuous light: longest delay to either side. Empty: 50 ns, or 30 ns beyond the delay of the arms.")]
    public double? MaxDelay { get; init; }

    [Parameter("scheme"), AllowedValues("one_period", "double_pulse")]
    [Display(Name = "Pulses", Description = "one_period: one pulse a period, arms that differ by whole periods; double_pulse: two pulses in each period, as far apart as the arms are long.")]
    public string Scheme { get; init; } = "one_period";

    [Parameter("double_pulse_ps", "ps", 1e-12), Range(1e-12, 1e-3)]
    [Display(Name = "Spacing of double pulses", Description = "How far apart the two pulses of a period are, which is the delay of the arms too.")]
    public double? Spacing { get; init; }

    [Parameter("lifetime_ns", "ns", 1e-9), Range(1e-12, 1e-3)]
    [Display(Name = "Lifetime", Description = "Double pulses: decay time of the dot, as the shape of the peaks. Empty: fitted.")]
    public double? Lifetime { get; init; }
}
