using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>What is computed of light that blinks.</summary>
static class BlinkingKinds
{
    public static AnalysisKind Blinking { get; } = AnalysisKind.Of<BlinkingOptions>(
        key: "blinking", version: 1, title: "Blinking: change points, levels, dwell times",
        question: "How does the dot blink? Finds every change of the light photon by photon, groups what lies between into levels, and fits the laws of bright and dark times.",
        inputs: [new("file", "Photon stream of the measurement")],
        outputs:
        [
            new("duration_s", "quantity", "s", "time that was watched, without shut shutter and what lies behind bleaching"),
            new("mean_cps", "quantity", "cps", "mean rate over that time, background included"),
            new("t_bleach_s", "quantity", "s", "when the dot bleached, where it did"),
            new("n_levels", "quantity", "1", "levels of the light after all rules"),
            new("bic_levels", "quantity", "1", "levels at the lowest BIC, before the rules"),
            new("level{k}_cps", "quantity", "cps", "rate of level k, ascending, background included"),
            new("level{k}_share", "quantity", "1", "share of the time in level k"),
            new("on_cps", "quantity", "cps", "mean rate while bright, background included"),
            new("off_cps", "quantity", "cps", "mean rate while dark, background included"),
            new("on_off_ratio", "quantity", "1", "bright over dark, background taken off where it is given"),
            new("on_fraction", "quantity", "1", "share of the time in which the dot is bright"),
            new("rate_on_to_off_hz", "quantity", "1/s", "switching rate from bright to dark, 1 over the mean bright time"),
            new("rate_off_to_on_hz", "quantity", "1/s", "switching rate from dark to bright, 1 over the mean dark time"),
            new("alpha_on, alpha_off", "quantity", "1", "exponents of the power law of bright and dark times, with or without cut-off"),
            new("cutoff_on_s, cutoff_off_s", "quantity", "s", "cut-off times, where the law has one"),
            new("dwells_on, dwells_off", "quantity", "1", "bright and dark times that were found whole"),
            new("memory_on, memory_off", "quantity", "1", "correlation of the logarithms of successive bright, of successive dark times"),
            new("memory_on_off, memory_off_on", "quantity", "1", "the same of a bright time and the dark one behind it, and the other way round"),
            new("transition_{k}_{l}", "quantity", "1", "of all changes from level k the share that goes to level l, with more than two levels"),
            new("change_points", "quantity", "1", "changes of the light that were found"),
            new("expected_false", "quantity", "1", "changes to be expected from chance alone"),
            new("n_levels", "verdict", "", "levels, as an integer"),
            new("dwell_law_on", "verdict", "", "exponential, power_law, power_law_cutoff or undetermined"),
            new("dwell_law_off", "verdict", "", "the same of the dark times"),
            new("threshold_cps, threshold_on_fraction", "quantity", "", "border and share of bright time by the threshold method, for comparison with older work only"),
            new("threshold_alpha_on_{k}, threshold_alpha_off_{k}", "quantity", "1", "exponents by the threshold method at a third, once and three times the bin width"),
            new("bleached", "verdict", "", "yes or no"),
            new("flicker", "verdict", "", "yes or no: light that changes faster than can be followed"),
            new("change_points_s", "curve", "s", "the times of the changes (x alone)"),
            new("trace", "curve", "cps", "count rate over time in s"),
            new("levels", "curve", "cps", "level over time in s, from each change on"),
            new("histogram", "curve", "s", "time spent at each rate in cps"),
            new("level_weights", "curve", "1", "share of the time and of the photons of each level"),
            new("dwell_on, dwell_off", "curve", "1", "share of bright and dark times longer than x in s, with the law"),
            new("completeness_on, completeness_off", "curve", "1", "share of bright and dark times of length x in s that are found"),
            new("threshold_exponents", "curve", "1", "exponents of the threshold method over its bin in s"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => BlinkingLight.Compute(call.Photons(), options, call.Progress, call.Stop),
        count: (call, options) => BlinkingLight.Count(call.Photons(), options, call.Progress, call.Stop));
}
