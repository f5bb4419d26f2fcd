using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>Analyses of the delay after the laser pulse.</summary>
static class LifetimeKinds
{
    public static AnalysisKind Lifetime { get; } = AnalysisKind.Of<LifetimeOptions>(
        key: "lifetime", version: 1, title: "Lifetime",
        question: "How long does it shine after a pulse, and does one lifetime tell it all? Fits the decay of all detectors with their responses.",
        inputs:
        [
            new("file", "Photon stream with micro times or sync events, or decay histograms"),
            new("irf_file", "Measured response of the detectors", Required: false),
        ],
        outputs:
        [
            new("tau_ns", "quantity", "ns", "lifetime of a single exponential; of a stretched one its tau, of a log-normal one its median"),
            new("beta", "quantity", "1", "exponent of a stretched exponential"),
            new("width", "quantity", "1", "width of a log-normal distribution of lifetimes, in ln tau"),
            new("tau_mean_ns", "quantity", "ns", "stretched and log-normal: amplitude-weighted mean lifetime"),
            new("tau{k}_ns", "quantity", "ns", "two or three exponentials: lifetimes, ascending from tau1_ns"),
            new("f{k}", "quantity", "1", "share of the photons of each of them, from f1"),
            new("tau_amp_ns", "quantity", "ns", "amplitude-weighted mean lifetime, for rates and yields"),
            new("tau_int_ns", "quantity", "ns", "intensity-weighted mean lifetime, the mean delay of a photon"),
            new("tau_1e_ns", "quantity", "ns", "time after which the decay itself has fallen to 1/e"),
            new("tau_ns_ch{channel}", "quantity", "ns", "several detectors: lifetime of each alone (tau_amp_ns_ch{channel} but for one exponential)"),
            new("shift_ps", "quantity", "ps", "how much later than the response the decay comes; shift_ps_ch{channel} for each of several"),
            new("irf_t0_ps", "quantity", "ps", "fitted centre of the response where none was given"),
            new("irf_sigma_ps", "quantity", "ps", "fitted width of the response where none was given"),
            new("background_fraction", "quantity", "1", "share of the photons that is background"),
            new("photons", "quantity", "1", "photons in the decay"),
            new("photons_per_pulse", "quantity", "1", "of the fastest detector"),
            new("rate_per_ns", "quantity", "1/ns", "1/tau_amp_ns"),
            new("radiative_rate_per_ns", "quantity", "1/ns", "with a quantum yield: its share of the rate"),
            new("nonradiative_rate_per_ns", "quantity", "1/ns", "the rest"),
            new("goodness", "quantity", "1", "deviance from its expectation, in standard deviations"),
            new("reduced_deviance", "quantity", "1", "deviance over its expectation"),
            new("delta_bic_{model}", "quantity", "1", "BIC of each law less that of the best"),
            new("model", "verdict", "", "mono, bi, tri, stretched, lognormal or undetermined"),
            new("pileup", "verdict", "", "yes or no: more than 5 photons in 100 pulses"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("decay", "curve", "1", "counts over the time in ns, all detectors, with fit, response and residuals; decay_ch{channel} for each of several"),
            new("residual_acf", "curve", "1", "autocorrelation of the residuals over the lag in bins, with its limit"),
        ],
        accepts: run => run is HistogramSet set
            ? set.Curves.Any(curve => curve.Meaning != HistogramMeaning.Coincidences && curve.Sum > 0)
            : run is PhotonStream { HasDtime: true } or PhotonStream { Mode: "T2" },
        compute: (call, options) => Analysis.Lifetime.Lifetime.Compute(Decays(call), call.Beside("irf_file"), options, call.Progress, call.Stop),
        count: (call, options) => Analysis.Lifetime.Lifetime.Count(Decays(call), options, null, call.Progress, call.Stop).Present.Values.Sum());

    /// <summary>The file, or what the selection leaves of its photons.</summary>
    static Measurement Decays(AnalysisCall call) =>
        call.Inputs.GetValueOrDefault("file") is HistogramSet histograms
            ? call.Selection is null ? histograms : throw new RequestException("A file of histograms has no single photons to select from.")
            : call.Photons();
}
