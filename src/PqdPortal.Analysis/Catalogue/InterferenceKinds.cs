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
}
