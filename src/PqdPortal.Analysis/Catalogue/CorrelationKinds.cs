using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>Entries of the catalogue: correlations beyond the dip of a single emitter.</summary>
static class CorrelationKinds
{
    static readonly InputSpec PhotonFile = new("file", "Photon stream of the measurement");

    public static AnalysisKind LogCorrelation { get; } = AnalysisKind.Of<LogCorrelationOptions>(
        key: "g2.log", version: 2, title: "Photon correlation g2 over many decades",
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

    public static AnalysisKind Detector { get; } = AnalysisKind.Of<DetectorCheckOptions>(
        key: "detector", version: 2, title: "Detector check",
        question: "What does the detector do by itself? Afterpulses, dead time and dark counts from steady, attenuated light.",
        inputs: [PhotonFile with { Title = "Photon stream of steady, attenuated light" }, new("dark_file", "Photon stream taken in the dark", Required: false)],
        outputs:
        [
            new("p_afterpulse", "quantity", "1", "chance that a count, itself possibly an afterpulse, is followed by one"),
            new("afterpulse_tau_ns", "quantity", "ns", "decay time of the afterpulses; with two times their mean by share"),
            new("afterpulse_tau1_ns, afterpulse_tau2_ns, afterpulse_share1", "quantity", "ns, 1", "where there are two: both times, ascending, and the share of the first"),
            new("dead_ns", "quantity", "ns", "dead time after a count"),
            new("dark_cps", "quantity", "cps", "rate in the dark"),
            new("dark_p_afterpulse", "quantity", "1", "the same chance for counts in the dark"),
            new("dnl_rms", "quantity", "1", "T3: how unequal the channels of the micro time are, noise taken off"),
            new("dnl_chi2", "quantity", "1", "T3: chi-square per channel of the micro time against even filling"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("autocorrelation", "curve", "1", "pairs of the detector with itself over the lag in ns, 1 at long lags, with fit"),
            new("dark_autocorrelation", "curve", "1", "the same of the dark counts, in bins of 10 ns"),
            new("dnl", "curve", "1", "T3: relative counts over the micro time in ns"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => DetectorCheck.Compute(call.Photons(), call.Inputs.ContainsKey("dark_file") ? (call with { Selection = null }).Photons("dark_file") : null, options, call.Progress, call.Stop),
        count: (call, options) => DetectorCheck.Count(call.Photons(), options, call.Progress, call.Stop));

    public static AnalysisKind Bunching { get; } = AnalysisKind.Of<BunchingOptions>(
        key: "bunching", version: 2, title: "Bunching",
        question: "Is it chaotic light, or more? Height, width and area of the bunching peak, with the detectors' response taken out; g3 with three detectors.",
        inputs:
        [
            PhotonFile, new("flat_file", "Photon stream of the same detectors in attenuated laser light", Required: false),
            new("irf_file", "Measured response of the detectors: decay histograms or a photon stream", Required: false),
        ],
        outputs:
        [
            new("g2_0", "quantity", "1", "g2 at zero delay before the response, background taken off"),
            new("amplitude", "quantity", "1", "g2(0) - 1"),
            new("tau_c_ps", "quantity", "ps", "1/e time of the peak"),
            new("area_ps", "quantity", "ps", "integral of g2 - 1 over all delays, which jitter leaves alone"),
            new("tau_int_us", "quantity", "us", "long coherence: integral of (g2 - 1)/amplitude over positive delays"),
            new("g3_0", "quantity", "1", "three detectors: g3 at zero delays, within the window"),
            new("superbunched", "verdict", "", "yes, no or undecided: more than chaotic light, g2(0) above 2"),
            new("thermal_consistent", "verdict", "", "yes, no or undecided: g2(0) of 2"),
            new("evidence", "verdict", "", "yes, no or undecided: superbunched, as short as emission, flat beside the peak and in the reference"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("g3_0_chaotic", "quantity", "1", "three detectors: what chaotic light with the same g2 would show within the window"),
            new("pairs_agree_p", "quantity", "1", "three detectors: chance that the pairs of detectors differ so much in the same light"),
            new("photons_per_window, fano, mandel_q, mandel_q_cross", "quantity", "1", "photon numbers in windows or pulses: mean, Var/mean, Mandel's Q of all counts and between detectors"),
            new("number_law", "quantity", "text", "poisson, sub_poisson, bose_einstein or negative_binomial (with number_modes)"),
            new("bursts", "quantity", "1", "runs of at least burst_least_photons photons, of which steady light would leave fewer than 0.01"),
            new("g2", "curve", "1", "g2 over the delay in ns (long coherence: us), with fit and residuals"),
            new("profile", "curve", "1", "rise of the deviance over the amplitude, and the time that fits best there"),
            new("contour", "curve", "ps", "amplitudes and times that the likelihood allows together, 68 % and 95 %"),
            new("pulses", "curve", "1", "pulsed light: area of each peak over the mean of those beside the centre"),
            new("g3", "curve", "1", "three detectors: g3 over both delays, a row for each cell"),
            new("photon_numbers", "curve", "1", "windows with each number of photons, beside Poisson, Bose-Einstein and negative binomial"),
            new("bursts", "curve", "1", "runs of each length, beside those of steady light"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => Correlation.Bunching.Compute(
            call.Photons(), call.Inputs.ContainsKey("flat_file") ? (call with { Selection = null }).Photons("flat_file") : null, options, call.Progress, call.Stop, call.Beside("irf_file")),
        count: (call, options) => Correlation.Bunching.Count(call.Photons(), options, call.Progress, call.Stop));
}
