using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>Entries of the catalogue: correlations beyond the dip of a single emitter.</summary>
static class CorrelationKinds
{
    static readonly InputSpec PhotonFile = new("file", "Photon stream of the measurement");

    public static AnalysisKind LogCorrelation { get; } = AnalysisKind.Of<LogCorrelationOptions>(
        key: "g2.log", version: 1, title: "Photon correlation g2 over many decades",
        question: "Does it blink faster than a trace can show? Correlates over all lags from a clock step to a tenth of the run.",
        inputs: [PhotonFile],
        outputs:
        [
            new("amplitude", "quantity", "1", "g2 - 1 of the main fluctuation at short lags, corrected for a given background"),
            new("tau_us", "quantity", "us", "1/e time of the main fluctuation; for a two-level switch 1/(k_on + k_off)"),
            new("mean_cps", "quantity", "cps", "mean rate of the detectors together"),
            new("amplitude_k, tau_k_us", "quantity", "1, us", "where there are several components: each, fastest first"),
            new("flicker", "verdict", "", "yes where it switches faster than a trace bin of 10 ms; no; undecided without data"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("g2", "curve", "1", "g2 over the lag in s, with block errors, fit, components and residuals"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => Correlation.LogCorrelation.Compute(call.Photons(), options, call.Progress, call.Stop),
        count: (call, options) => Correlation.LogCorrelation.Count(call.Photons(), options, call.Progress, call.Stop).Counter.Photons.Sum());
}
