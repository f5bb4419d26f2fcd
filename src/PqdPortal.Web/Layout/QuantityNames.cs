using System.Text.RegularExpressions;

namespace PqdPortal.Web.Layout;

/// <summary>Contract names as people read them.</summary>
public static partial class QuantityNames
{
    static readonly Dictionary<string, string> Known = new()
    {
        ["g2_0"] = "g2(0)",
        ["g2_0_raw"] = "g2(0) as counted",
        ["g2_0_fit"] = "g2(0) of the fit",
        ["g2_0_corr"] = "g2(0) corrected",
        ["t1_ns"] = "antibunching time t1",
        ["a"] = "bunching amplitude a",
        ["t2_ns"] = "bunching time t2",
        ["n_emitters"] = "emitters",
        ["wings"] = "level of the wings",
        ["amplitude"] = "amplitude A",
        ["amplitude_raw"] = "amplitude as counted",
        ["tau_us"] = "time τ",
        ["flicker"] = "flickers faster than a trace shows",
        ["pairs_in_dip"] = "pairs in the dip",
        ["tau_ns"] = "lifetime τ",
        ["tau_mean_ns"] = "mean photon delay",
        ["tau_amp_ns"] = "amplitude-weighted lifetime",
        ["tau_int_ns"] = "intensity-weighted lifetime",
        ["mean_cps"] = "mean rate",
        ["duration_s"] = "duration",
        ["duration"] = "duration",
        ["on_fraction"] = "share of time ON",
        ["center_counts"] = "counts in the central peak",
        ["side_mean"] = "mean counts in a side peak",
        ["background_per_peak"] = "background pairs in each peak",
        ["blink_amplitude"] = "blinking amplitude A",
        ["blink_time_us"] = "blinking time",
        ["bx_ratio"] = "biexciton over exciton quantum yield",
        ["side_at_zero"] = "side peaks at the centre",
        ["side_over_steady"] = "side peaks over steady light",
        ["fall_per_ns"] = "fall of g2(0) with the gate",
        ["blinking_in_side_peaks"] = "blinking in the side peaks",
        ["cascade"] = "biexciton cascade",
        ["Isat_cps"] = "saturated rate Isat",
        ["Psat_uW"] = "saturation power Psat",
        ["slope_cps_per_uW"] = "slope of what does not saturate",
        ["dark_cps"] = "dark rate",
        ["saturation_reached"] = "saturation reached",
        ["initial_cps"] = "bright level at the beginning",
        ["drift_per_hour"] = "drift of the bright level",
        ["t_bleach_s"] = "time of bleaching",
        ["snr"] = "signal to noise of a bin",
        ["bright_share"] = "share of bright bins",
        ["V0"] = "visibility at zero delay V0",
        ["T2_ps"] = "coherence time T2",
        ["linewidth_ueV"] = "linewidth",
        ["fourier_ratio"] = "T2/(2 T1)",
        ["splitting_ueV"] = "splitting of two lines",
        ["weaker_line_share"] = "share of the weaker line",
        ["shape"] = "shape of the line",
        ["saturation_model"] = "fitted curve",
        ["single_emitter"] = "single photon emitter",
        ["high_purity"] = "high purity",
        ["artefact"] = "artefact",
        ["quality"] = "data",
    };

    /// <summary>"g2_0_corr" is "g2(0) corrected"; a name not listed loses its underscores and its unit.</summary>
    public static string Label(string name)
    {
        // A request over several items names them "item|name".
        if (name.Split('|') is [var item, var of]) return $"{item}: {Label(of)}";
        if (Known.TryGetValue(name, out var known)) return known;
        if (RateOfChannel().Match(name) is { Success: true } rate) return $"rate, channel {rate.Groups[1].Value}";
        if (Gate().Match(name) is { Success: true } gate) return $"{(gate.Groups[1].Value == "g2_0" ? "g2(0)" : "rate")}, gate {gate.Groups[2].Value}";
        string[] units = ["_ns", "_ps", "_us", "_ms", "_s", "_cps", "_nm", "_meV", "_ueV", "_hz", "_K"];
        var unit = units.FirstOrDefault(name.EndsWith);
        return (unit is null ? name : name[..^unit.Length]).Replace('_', ' ');
    }

    [GeneratedRegex("^rate_([0-9]+)_cps$")]
    private static partial Regex RateOfChannel();

    [GeneratedRegex("^(g2_0|rate_cps)_gate_([0-9]+)$")]
    private static partial Regex Gate();
}
