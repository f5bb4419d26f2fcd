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
        ["p_afterpulse"] = "afterpulse probability",
        ["afterpulse_tau_ns"] = "afterpulse decay",
        ["afterpulse_tau1_ns"] = "faster afterpulse decay",
        ["afterpulse_tau2_ns"] = "slower afterpulse decay",
        ["afterpulse_share1"] = "share of the faster decay",
        ["dark_p_afterpulse"] = "afterpulse probability in the dark",
        ["dark_autocorrelation"] = "autocorrelation in the dark",
        ["dead_ns"] = "dead time",
        ["dark_cps"] = "dark counts",
        ["dnl_rms"] = "unevenness of the micro times",
        ["autocorrelation"] = "autocorrelation of the detector",
        ["dnl"] = "evenness of the micro times",
        ["tau_c_ps"] = "coherence time τc",
        ["area_ps"] = "area of the peak",
        ["tau_int_us"] = "integrated time",
        ["g3_0"] = "g3(0)",
        ["superbunched"] = "superbunched",
        ["thermal_consistent"] = "consistent with chaotic light",
        ["profile"] = "likelihood of the amplitude",
        ["evidence"] = "evidence of emission together",
        ["contour"] = "height and time together",
        ["pulses"] = "areas of the peaks",
        ["g3"] = "three photons, g3",
        ["g3_0_chaotic"] = "g3(0) of chaotic light with this g2",
        ["pairs_agree_p"] = "chance that the pairs of detectors differ so",
        ["count_window_us"] = "counting window",
        ["photons_per_window"] = "photons in a window",
        ["fano"] = "Fano factor",
        ["mandel_q"] = "Mandel's Q of all counts",
        ["mandel_q_cross"] = "Mandel's Q between detectors",
        ["mandel_q_source"] = "Mandel's Q of the source",
        ["number_modes"] = "modes K",
        ["number_law"] = "law of the photon numbers",
        ["photon_numbers"] = "photons in a window",
        ["bursts"] = "bursts",
        ["bursts_expected"] = "bursts expected of steady light",
        ["burst_gap_ns"] = "gap within a burst",
        ["burst_least_photons"] = "photons of the smallest burst",
        ["photons_per_burst"] = "photons in a burst",
        ["flicker"] = "flickers faster than a trace shows",
        ["pairs_in_dip"] = "pairs in the dip",
        ["tau_ns"] = "lifetime τ",
        ["tau_mean_ns"] = "mean lifetime",
        ["tau_amp_ns"] = "amplitude-weighted lifetime",
        ["tau_int_ns"] = "intensity-weighted lifetime",
        ["tau_1e_ns"] = "decay to 1/e",
        ["tau1_ns"] = "lifetime τ1",
        ["tau2_ns"] = "lifetime τ2",
        ["tau3_ns"] = "lifetime τ3",
        ["f1"] = "share of the photons of τ1",
        ["f2"] = "share of the photons of τ2",
        ["f3"] = "share of the photons of τ3",
        ["beta"] = "exponent β",
        ["shift_ps"] = "shift against the response",
        ["irf_t0_ps"] = "centre of the response",
        ["irf_sigma_ps"] = "width of the response",
        ["background_fraction"] = "share of background",
        ["photons_per_pulse"] = "photons per pulse",
        ["rate_per_ns"] = "decay rate",
        ["radiative_rate_per_ns"] = "radiative rate",
        ["nonradiative_rate_per_ns"] = "non-radiative rate",
        ["goodness"] = "deviance from expectation (σ)",
        ["model"] = "law of decay",
        ["pileup"] = "pile-up",
        ["residual_acf"] = "Correlation of neighbouring residuals",
        ["mean_cps"] = "mean rate",
        ["duration_s"] = "duration",
        ["duration"] = "duration",
        ["on_fraction"] = "share of time ON",
        ["n_levels"] = "levels",
        ["bic_levels"] = "levels at the lowest BIC",
        ["on_cps"] = "rate while bright",
        ["off_cps"] = "rate while dark",
        ["on_off_ratio"] = "bright over dark",
        ["rate_on_to_off_hz"] = "switching rate, bright to dark",
        ["rate_off_to_on_hz"] = "switching rate, dark to bright",
        ["alpha_on"] = "exponent of bright times",
        ["alpha_off"] = "exponent of dark times",
        ["cutoff_on_s"] = "cut-off of bright times",
        ["cutoff_off_s"] = "cut-off of dark times",
        ["dwells_on"] = "bright times found",
        ["dwells_off"] = "dark times found",
        ["change_points"] = "changes of the light",
        ["expected_false"] = "changes expected from chance",
        ["dwell_law_on"] = "law of bright times",
        ["dwell_law_off"] = "law of dark times",
        ["dwell_on"] = "bright times",
        ["dwell_off"] = "dark times",
        ["completeness_on"] = "bright times that are found",
        ["completeness_off"] = "dark times that are found",
        ["change_points_s"] = "changes of the light",
        ["threshold_cps"] = "threshold",
        ["threshold_on_fraction"] = "share of time above the threshold",
        ["threshold_exponents"] = "exponents by the threshold method",
        ["level_weights"] = "levels and their shares",
        ["blinking_type"] = "blinking type",
        ["tau_on_ns"] = "lifetime while bright",
        ["tau_off_ns"] = "lifetime while dark",
        ["slope"] = "slope of lifetime over intensity",
        ["rate_ratio_trion"] = "radiative rate, dim over bright",
        ["off_over_on"] = "light of the dark level over the bright",
        ["leak_at_most"] = "bright light in the dark level at most",
        ["rank_correlation"] = "rank correlation of segments",
        ["background_cps"] = "background",
        ["flid"] = "lifetime and intensity",
        ["flid_segments"] = "lifetimes of single segments",
        ["level_lifetimes"] = "lifetime against intensity",
        ["level_decays"] = "decays of the levels",
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
        ["retained_1h"] = "bright level left after 1 h",
        ["retained_24h"] = "bright level left after 24 h",
        ["t80_s"] = "T80, a fifth of the bright level gone",
        ["first_lens_cps"] = "photons at the first lens",
        ["snr"] = "signal to noise of a bin",
        ["bright_share"] = "share of bright bins",
        ["A0_parallel"] = "central peak, parallel",
        ["A0_orthogonal"] = "central peak, orthogonal",
        ["V_raw"] = "raw visibility",
        ["M"] = "indistinguishability M",
        ["M_identical_noise"] = "M, second photons identical",
        ["M_distinguishable_noise"] = "M, second photons distinguishable",
        ["V_0"] = "visibility at zero delay, response taken out",
        ["interference_area_ps"] = "area of the interference, M times T2",
        ["delay_ns"] = "delay of the arms",
        ["spacing_ns"] = "spacing of the double pulses",
        ["wings_parallel"] = "level of the wings, parallel",
        ["wings_orthogonal"] = "level of the wings, orthogonal",
        ["rate_parallel_cps"] = "count rate, parallel",
        ["rate_orthogonal_cps"] = "count rate, orthogonal",
        ["V0"] = "visibility at zero delay V0",
        ["T2_ps"] = "coherence time T2",
        ["linewidth_ueV"] = "linewidth",
        ["fourier_ratio"] = "T2/(2 T1)",
        ["splitting_ueV"] = "splitting of two lines",
        ["band"] = "lags",
        ["F"] = "interference of pairs F",
        ["p_zeta"] = "spectral correlation p(ζ)",
        ["spectral_diffusion"] = "line grows with the lag",
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
        if (Band().Match(name) is { Success: true } band) return $"{Label(band.Groups[1].Value)}, band {band.Groups[2].Value}";
        if (Gate().Match(name) is { Success: true } gate) return $"{(gate.Groups[1].Value == "g2_0" ? "g2(0)" : "rate")}, gate {gate.Groups[2].Value}";
        if (OfLevel().Match(name) is { Success: true } level)
            return level.Groups[1].Value is var what && what.Length > 0 ? $"{(what == "tau_" ? "lifetime" : "signal")} of level {level.Groups[2].Value}"
                : $"level {level.Groups[2].Value}{(name.EndsWith("_share", StringComparison.Ordinal) ? ", share of the time" : "")}";
        if (ThresholdAlpha().Match(name) is { Success: true } alpha) return $"exponent of {(alpha.Groups[1].Value == "on" ? "bright" : "dark")} times by threshold, {(alpha.Groups[2].Value switch { "0" => "a third of the bin", "1" => "the bin", _ => "three bins" })}";
        if (Transition().Match(name) is { Success: true } way) return $"from level {way.Groups[1].Value} to level {way.Groups[2].Value}";
        string[] units = ["_ns", "_ps", "_us", "_ms", "_s", "_cps", "_nm", "_meV", "_ueV", "_hz", "_K"];
        var unit = units.FirstOrDefault(name.EndsWith);
        return (unit is null ? name : name[..^unit.Length]).Replace('_', ' ');
    }

    [GeneratedRegex("^rate_([0-9]+)_cps$")]
    private static partial Regex RateOfChannel();

    [GeneratedRegex("^(T2_ps|linewidth_ueV|V0|band)_([0-9]+)$")]
    private static partial Regex Band();

    [GeneratedRegex("^(tau_|signal_)?level([0-9]+)(_cps|_share|_ns)?$")]
    private static partial Regex OfLevel();

    [GeneratedRegex("^threshold_alpha_(on|off)_([012])$")]
    private static partial Regex ThresholdAlpha();

    [GeneratedRegex("^transition_([0-9]+)_([0-9]+)$")]
    private static partial Regex Transition();

    [GeneratedRegex("^(g2_0|rate_cps)_gate_([0-9]+)$")]
    private static partial Regex Gate();
}
