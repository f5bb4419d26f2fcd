using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>What lifetimes tell of light that blinks.</summary>
static class BlinkingTypeKinds
{
    public static AnalysisKind Type { get; } = AnalysisKind.Of<BlinkingTypeOptions>(
        key: "blinking.type", version: 1, title: "Blinking: lifetime against intensity, type A or B",
        question: "Why does the dot blink? Fits the lifetime of every level of its light: type A where it falls with the intensity, type B where it stays, or why it cannot be told.",
        inputs:
        [
            new("file", "Photon stream with micro times"),
            new("irf_file", "Measured response of the detectors", Required: false),
        ],
        outputs:
        [
            new("tau_on_ns", "quantity", "ns", "lifetime of the brightest level"),
            new("tau_off_ns", "quantity", "ns", "lifetime of the dimmest level, where it has light of its own"),
            new("slope", "quantity", "1", "s of ln lifetime = c + s ln intensity through the levels"),
            new("rate_ratio_trion", "quantity", "1", "radiative rate of the dimmest usable level over that of the brightest: intensity ratio over lifetime ratio"),
            new("off_over_on", "quantity", "1", "intensity of the dimmest level over that of the brightest, background taken off"),
            new("leak_at_most", "quantity", "1", "light of the brightest level that may hide in the dimmest as flashes too short to be found, over the brightest (95 %)"),
            new("tau_level{k}_ns", "quantity", "ns", "lifetime of level k, ascending in brightness; of two exponentials the amplitude-weighted mean"),
            new("signal_level{k}_cps", "quantity", "cps", "intensity of level k, background taken off"),
            new("background_cps", "quantity", "cps", "background of all detectors, given or from the uniform part of the decays"),
            new("rank_correlation", "quantity", "1", "Spearman's rank correlation of lifetime and intensity over single segments"),
            new("blinking_type", "verdict", "", "A, B or undetermined"),
            new("flicker", "verdict", "", "yes or no: light that changes faster than can be followed"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("level_lifetimes", "curve", "ns", "lifetime over intensity in cps of each level, with the line"),
            new("flid_segments", "curve", "ns", "lifetime over intensity in cps of single segments"),
            new("flid", "curve", "s", "time spent at each intensity in cps and lifetime in ns, one row a cell"),
            new("level_decays", "curve", "1", "counts over the time since the pulse in ns, level by level"),
            new("flicker", "curve", "1", "covariance of neighbouring bins within segments over the bin width in ms"),
        ],
        accepts: run => run is PhotonStream { HasDtime: true },
        compute: (call, options) => BlinkingType.Compute(call.Photons(), call.Beside("irf_file"), options, call.Progress, call.Stop));
}
