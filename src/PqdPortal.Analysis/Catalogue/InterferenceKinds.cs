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
        key: "hom", version: 2, title: "Two-photon interference (Hong-Ou-Mandel)",
        question: "How indistinguishable are the photons? Compares the central peaks of parallel and orthogonal polarisation behind an interferometer.",
        inputs:
        [
            new("parallel", "Photon stream with equal polarisations; under pulses with the laser's"),
            new("orthogonal", "The same with crossed polarisations", Required: false),
            new("irf_file", "Response of the detectors: a stream or histogram of scattered laser light", Required: false),
        ],
        outputs:
        [
            new("A0_parallel", "quantity", "1", "central peak over the far side peaks, parallel; double pulses: over the two outermost of five, which sum to R³T + RT³; continuous light: g2 of the centre bin"),
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
            new("tau_ns", "quantity", "ns", "double pulses: decay time in the fit of the peaks"),
            new("spacing_ns", "quantity", "ns", "double pulses: their spacing in the fit"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("clusters_parallel", "curve", "1", "double pulses: pairs by delay in ns, with fit and residuals"),
            new("clusters_orthogonal", "curve", "1", "the same, orthogonal"),
            new("areas_parallel", "curve", "1", "double pulses: areas of the five peaks of the central cluster"),
            new("areas_orthogonal", "curve", "1", "the same, orthogonal"),
            new("g2_parallel", "curve", "1", "continuous light: g2 over the delay in ns, with fit and residuals"),
            new("g2_orthogonal", "curve", "1", "the same, orthogonal"),
            new("visibility", "curve", "1", "continuous light: 1 - parallel/orthogonal over the delay in ns, with fit"),
            new("peaks_parallel", "curve", "1", "pairs by pulse difference, with the level of the far side peaks"),
            new("peaks_orthogonal", "curve", "1", "the same, orthogonal"),
        ],
        accepts: run => run is PhotonStream stream && (stream.SyncPeriod is > 0 || stream.Mode == "T2"),
        compute: (call, options) => Interference.Hom.Compute(call.Photons("parallel"), Orthogonal(call), options, call.Progress, call.Stop, call.Beside("irf_file")),
        count: (call, options) => Interference.Hom.Count(call.Photons("parallel"), options, call.Progress, call.Stop));

    public static AnalysisKind Pcfs { get; } = AnalysisKind.Of<PcfsOptions>(
        key: "pcfs", version: 1, title: "Photon-correlation Fourier spectroscopy (PCFS)",
        question: "How wide is the line on which timescale? Correlates both outputs of an interferometer at many delays: linewidth over lag, spectral diffusion, splitting.",
        inputs:
        [
            new("file", "Photon stream of both outputs of the interferometer"),
            new("positions", "Table of the stage's positions, if no markers part them: start_s, stop_s, delay_ps", Required: false),
        ],
        outputs:
        [
            new("T2_ps", "quantity", "ps", "coherence time at the shortest lags that are seen well: integral of |g1|² over all delays"),
            new("linewidth_ueV", "quantity", "ueV", "full width at half maximum of the line there"),
            new("V0", "quantity", "1", "contrast at zero delay; F(0) = V0²"),
            new("splitting_ueV", "quantity", "ueV", "distance of two lines, where a beat is seen"),
            new("weaker_line_share", "quantity", "1", "share of the weaker of the two lines"),
            new("model", "quantity", "text", "the envelope that was taken"),
            new("band", "quantity", "text", "the lags of these numbers"),
            new("band_k, T2_ps_k, linewidth_ueV_k, V0_k", "quantity", "text, ps, ueV, 1", "each band of lags, shortest first"),
            new("spectral_diffusion", "verdict", "", "yes, no or undecided: does the line grow with the lag"),
            new("shape", "verdict", "", "lorentzian, gaussian or undetermined, at the shortest lags that are seen well"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("F", "curve", "1", "F over the delay in ps for every band, with fit"),
            new("F_fit", "curve", "1", "the fitted F between the points"),
            new("linewidth", "curve", "ueV", "linewidth over the lag in s"),
            new("p_zeta", "curve", "1/ueV", "spectral correlation over the energy difference in ueV, with the fitted line"),
        ],
        accepts: run => run is PhotonStream,
        compute: (call, options) => Interference.Pcfs.Compute(call.Photons(), Positions(call), options, call.Progress, call.Stop),
        count: (call, options) => Interference.Pcfs.Count(call.Photons(), Positions(call), options, call.Progress, call.Stop)) with { Detectors = 2 };

    static DataTable? Positions(AnalysisCall call) => call.Beside("positions") switch
    {
        null => null,
        DataTable when call.Selection is { From: not null } or { Markers: not null } => throw new RequestException("The times of the positions count from the beginning of the file. Leave \"from_s\" and \"markers\" out of the selection, or rows out of the table."),
        DataTable table => table,
        var other => throw new RequestException($"The input \"positions\" holds a {other.Kind} ({other.Format}); a table with the columns start_s, stop_s, delay_ps is needed."),
    };

    static PhotonStream? Orthogonal(AnalysisCall call) => call.Beside("orthogonal") switch
    {
        null => null,
        PhotonStream photons => photons,
        var other => throw new RequestException($"The input \"orthogonal\" holds a {other.Kind} ({other.Format}); a photon stream is needed."),
    };
}
