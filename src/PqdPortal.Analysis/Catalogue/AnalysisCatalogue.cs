using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>All that the portal can compute, one entry each.</summary>
public static class AnalysisCatalogue
{
    static readonly InputSpec PhotonFile = new("file", "Photon stream of the measurement");

    public static IReadOnlyList<AnalysisKind> All { get; } =
    [
        AnalysisKind.Of<CwG2Options>(
            key: "g2.cw", version: 1, title: "Photon correlation g2, continuous excitation",
            question: "Is it a single emitter? Correlates two detectors behind a beam splitter and judges the dip at zero delay.",
            inputs: [PhotonFile, new("irf_file", "Measured response of both detectors: decay histograms or a photon stream", Required: false)],
            outputs:
            [
                new("g2_0_raw", "quantity", "1", "g2 in the centre bin, exactly normalised, nothing subtracted"),
                new("g2_0_fit", "quantity", "1", "fitted model at zero delay before the response, relative to the wings"),
                new("g2_0_corr", "quantity", "1", "fitted g2(0) with background and afterpulses taken off"),
                new("t1_ns", "quantity", "ns", "time constant of the dip"),
                new("a", "quantity", "1", "amplitude of the bunching, relative to the wings"),
                new("t2_ns", "quantity", "ns", "time constant of the bunching"),
                new("n_emitters", "quantity", "1", "number of equal emitters, 1/(1 - g2(0))"),
                new("wings", "quantity", "1", "mean of g2 in the outer fifth of the range"),
                new("pairs_in_dip", "quantity", "1", "pairs that uncorrelated light would leave within +-t1"),
                new("single_emitter", "verdict", "", "yes, no or undecided"),
                new("high_purity", "verdict", "", "yes, no or undecided: g2(0) below 0.1"),
                new("artefact", "verdict", "", "none, crosstalk or common_deadtime"),
                new("quality", "verdict", "", "ok or insufficient"),
                new("g2", "curve", "1", "g2 over the delay in ns, with fit, exact Poisson ends, block band, residuals and mask"),
            ],
            accepts: run => run is PhotonStream,
            compute: (call, options) => CwG2.Compute(call.Photons(), options, call.Progress, call.Stop, call.Beside("irf_file")),
            count: (call, options) => CwG2.Count(call.Photons(), options, call.Progress, call.Stop).Counts is var counted
                ? counted.Starts + counted.Stops : 0),

        PulsedKinds.Pulsed,
        PulsedKinds.Gated,

        AnalysisKind.Of<QuickOptions>(
            key: "quick", version: 1, title: "Quick look",
            question: "Was the dot good? Rates, duration, trace, a rough g2(0) and red flags within seconds of the upload.",
            inputs: [PhotonFile],
            outputs:
            [
                new("duration_s", "quantity", "s", "acquisition time"),
                new("rate_cps", "quantity", "cps", "rate of all channels together"),
                new("rate_{channel}_cps", "quantity", "cps", "rate of each channel that has photons, such as rate_0_cps"),
                new("g2_0_raw", "quantity", "1", "two detectors: g2 in the centre bin; pulsed: centre peak over the mean of ten side peaks"),
                new("tau_mean_ns", "quantity", "ns", "pulsed with micro times: mean arrival after the rising edge"),
                new("saturation", "verdict", "", "yes or no"),
                new("afterpulsing", "verdict", "", "yes or no"),
                new("dead_channel", "verdict", "", "yes, no or undecided"),
                new("empty_dip", "verdict", "", "yes, no or undecided: both channels share a dead time"),
                new("too_few_pairs", "verdict", "", "yes, no or undecided"),
                new("trace", "curve", "cps", "count rate over time in s, at most 2000 points"),
                new("g2", "curve", "1", "raw g2 over the delay in ns, two detectors only"),
            ],
            accepts: run => run is PhotonStream,
            compute: (call, options) => Quick.Compute(call.Photons(), options, call.Progress, call.Stop)),

        BrightnessKinds.Intensity,
        BlinkingKinds.Blinking,
        BlinkingTypeKinds.Type,
        BrightnessKinds.Saturation,
        InterferenceKinds.Coherence,
        CorrelationKinds.LogCorrelation,
        LifetimeKinds.Lifetime,
        InterferenceKinds.Hom,
        InterferenceKinds.Pcfs,
        CorrelationKinds.Detector,
        CorrelationKinds.Bunching,
        CompositionKinds.Parse,
        CompositionKinds.Estimate,
    ];

    /// <exception cref="RequestException">There is no analysis of that key.</exception>
    public static AnalysisKind Find(string key) =>
        All.FirstOrDefault(kind => kind.Key == key)
        ?? throw new RequestException($"There is no analysis \"{key}\". Known are: {string.Join(", ", All.Select(kind => kind.Key))}.");
}
