using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>What is computed of interference.</summary>
static class InterferenceKinds
{
    public static AnalysisKind Coherence { get; } = AnalysisKind.Of<CoherenceOptions>(
        key: "coherence", version: 1, title: "Coherence time and linewidth",
        question: "How long does the light stay in step with itself? Fits Michelson fringes over the delay: T2, linewidth, shape, distance from the Fourier limit.",
        inputs: [new("file", "Table with the columns coarse_delay_ps, fine_delay_fs, counts")],
        outputs:
        [
            new("V0", "quantity", "1", "visibility at zero delay, background taken off"),
            new("T2_ps", "quantity", "ps", "coherence time: integral of |g1|² over all delays at V0 = 1"),
            new("linewidth_ueV", "quantity", "ueV", "full width at half maximum of the line"),
            new("fourier_ratio", "quantity", "1", "T2/(2 T1), with T1_ps"),
            new("splitting_ueV", "quantity", "ueV", "distance of two lines, where a beat is seen"),
            new("weaker_line_share", "quantity", "1", "share of the weaker of the two lines"),
            new("model", "quantity", "text", "the envelope that was taken"),
            new("shape", "verdict", "", "lorentzian, gaussian or undetermined"),
            new("visibility", "curve", "1", "squared visibility over the delay in ps, without the bias of noise, with the fit"),
            new("envelope", "curve", "1", "the fitted visibility between the points"),
        ],
        accepts: run => run is DataTable table && table.Find("coarse_delay_ps") is not null && table.Find("fine_delay_fs") is not null && table.Find("counts") is not null,
        compute: (call, options) => Interference.Coherence.Compute(call.Table(), options, call.Stop));

    public static AnalysisKind Hom { get; } = AnalysisKind.Of<HomOptions>(
        key: "hom", version: 1, title: "Two-photon interference (Hong-Ou-Mandel)",
        question: "How indistinguishable are the photons? Compares the central peaks of parallel and orthogonal polarisation behind an interferometer.",
        inputs:
        [
            new("parallel", "Photon stream with equal polarisations; under pulses with the laser's"),
            new("orthogonal", "The same with crossed polarisations", Required: false),
            new("irf_file", "Response of the detectors: a stream or histogram of scattered laser light", Required: false),
        ],
        outputs:
        [
            new("A0_parallel", "quantity", "1", "central peak over the far side peaks, parallel; continuous light: g2 of the centre bin"),
            new("A0_orthogonal", "quantity", "1", "the same, orthogonal"),
            new("V_raw", "quantity", "1", "1 - A0_parallel/A0_orthogonal"),
            new("M", "quantity", "1", "indistinguishability: overlap of two photons, corrected for R, T, contrast and g2(0)"),
            new("M_identical_noise", "quantity", "1", "M if second photons are identical to the first, where that matters"),
            new("M_distinguishable_noise", "quantity", "1", "M if second photons are distinguishable, where that matters"),
            new("V_0", "quantity", "1", "continuous light: 1 - parallel/orthogonal at zero delay, response taken out"),
            new("T2_ps", "quantity", "ps", "continuous light: coherence time, over which photons interfere as exp(-2|tau|/T2)"),
            new("interference_area_ps", "quantity", "ps", "continuous light: M times T2, which jitter leaves alone"),
            new("t1_ns", "quantity", "ns", "continuous light: time of the antibunching dip"),
            new("g2_0_fit", "quantity", "1", "continuous light: g2(0) of the source in the fit, background taken off"),
            new("delay_ns", "quantity", "ns", "continuous light: delay of the arms"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("g2_parallel", "curve", "1", "continuous light: g2 over the delay in ns, with fit and residuals"),
            new("g2_orthogonal", "curve", "1", "the same, orthogonal"),
            new("visibility", "curve", "1", "continuous light: 1 - parallel/orthogonal over the delay in ns, with fit"),
            new("peaks_parallel", "curve", "1", "pairs by pulse difference, with the level of the far side peaks"),
            new("peaks_orthogonal", "curve", "1", "the same, orthogonal"),
        ],
        accepts: run => run is PhotonStream stream && (stream.SyncPeriod is > 0 || stream.Mode == "T2"),
        compute: (call, options) => Interference.Hom.Compute(call.Photons("parallel"), Orthogonal(call), options, call.Progress, call.Stop, call.Beside("irf_file")),
        count: (call, options) => Interference.Hom.Count(call.Photons("parallel"), options, call.Progress, call.Stop));

    static PhotonStream? Orthogonal(AnalysisCall call) => call.Beside("orthogonal") switch
    {
        null => null,
        PhotonStream photons => photons,
        var other => throw new RequestException($"The input \"orthogonal\" holds a {other.Kind} ({other.Format}); a photon stream is needed."),
    };
}
