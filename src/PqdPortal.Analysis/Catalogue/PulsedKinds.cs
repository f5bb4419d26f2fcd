using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>The catalogue's entries of pulsed photon correlation.</summary>
static class PulsedKinds
{
    static readonly IReadOnlyList<InputSpec> Inputs =
    [
        new("file", "Photon stream of the measurement, with the laser's pulses"),
        new("irf_file", "Response measured with the same set-up: a decay histogram or a photon stream", Required: false),
    ];

    /// <summary>T3 counts the pulses; in T2 the laser may be on a channel, which only the records tell.</summary>
    static bool TellsPulses(Measurement run) => run is PhotonStream stream && (stream.SyncPeriod is > 0 || stream.Mode == "T2");

    public static AnalysisKind Pulsed { get; } = AnalysisKind.Of<PulsedG2Options>(
        key: "g2.pulsed", version: 2, title: "Photon correlation g2, pulsed excitation",
        question: "Is it a single emitter? Compares the pairs of photons from one laser pulse with those from neighbouring pulses.",
        inputs: Inputs,
        outputs:
        [
            new("g2_0", "quantity", "1", "central peak over the side peaks at m -> 0, background taken off"),
            new("center_counts", "quantity", "1", "pairs in the central peak, as counted"),
            new("side_mean", "quantity", "1", "mean pairs in a side peak, as counted, without the central one"),
            new("background_per_peak", "quantity", "1", "pairs that the given background leaves in every peak"),
            new("blink_amplitude", "quantity", "1", "how much higher the nearest side peaks are than the far ones, A"),
            new("blink_time_us", "quantity", "us", "time with which the side peaks fall, of several the strongest"),
            new("bx_ratio", "quantity", "1", "quantum yield of the biexciton over that of the exciton"),
            new("side_at_zero", "quantity", "1", "height of the side peaks at m -> 0, which g2_0 is relative to"),
            new("side_over_steady", "quantity", "1", "side peaks over those of steady light of the same rates"),
            new("single_emitter", "verdict", "", "yes, no or undecided"),
            new("blinking_in_side_peaks", "verdict", "", "yes or no"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("peaks", "curve", "1", "pairs by pulse difference, with the fit of the side peaks"),
            new("center", "curve", "1", "pairs by delay in ns around the central peak"),
            new("gates", "curve", "1", "g2(0) over the gate in ps, where time zero is known"),
        ],
        accepts: TellsPulses,
        compute: (call, options) => PulsedG2.Compute(call.Photons(), options, call.Inputs.GetValueOrDefault("irf_file"), call.Progress, call.Stop),
        count: (call, options) => PulsedG2.Count(call.Photons(), options, call.Inputs.GetValueOrDefault("irf_file"), call.Progress, call.Stop) is { } counted
            ? counted.Photons.A + counted.Photons.B : 0);

    public static AnalysisKind Gated { get; } = AnalysisKind.Of<GatedG2Options>(
        key: "g2.gated", version: 2, title: "Time-gated g2, pulsed excitation",
        question: "Do the pairs come from a biexciton's cascade or from a second emitter? Moves a gate on the micro time and follows g2(0).",
        inputs: Inputs,
        outputs:
        [
            new("g2_0_gate_{k}", "quantity", "1", "g2(0) of the photons behind gate k (from 0, in the order asked)"),
            new("rate_cps_gate_{k}", "quantity", "cps", "rate of both detectors behind gate k"),
            new("fall_per_ns", "quantity", "1/ns", "rate at which g2(0) falls with the gate, 1/t_bx - 2/t_x for a cascade"),
            new("cascade", "verdict", "", "yes, no or undecided"),
            new("quality", "verdict", "", "ok or insufficient"),
            new("gates", "curve", "1", "g2(0) over the gate in ps, with the surviving rate"),
            new("peaks", "curve", "1", "pairs by pulse difference, with the fit of the side peaks"),
            new("center", "curve", "1", "pairs by delay in ns around the central peak"),
        ],
        accepts: run => TellsPulses(run) && run is PhotonStream { SyncPeriod: null } or PhotonStream { SyncPeriod: > 0, HasDtime: true, ChannelWidth: > 0 },
        compute: (call, options) => PulsedGates.Compute(call.Photons(), options, call.Inputs.GetValueOrDefault("irf_file"), call.Progress, call.Stop),
        count: (call, options) => PulsedGates.Count(call.Photons(), options, call.Inputs.GetValueOrDefault("irf_file"), call.Progress, call.Stop) is { } counted
            ? counted.Photons.A + counted.Photons.B : 0);
}
