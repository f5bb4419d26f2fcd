using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Time-gated g2(0): only photons that come later than a gate after time zero are kept, and the gate is moved. Pairs of a
/// biexciton's cascade disappear, since its first photon is fast; those of a second emitter do not.
/// </summary>
/// <remarks>
/// After Mangum et al., Opt. Express 21, 7419 (2013). Counting and errors are those of <see cref="PulsedG2"/>; how the scan is
/// judged: <see cref="PulsedCascade"/>. What it assumes and how it was checked: docs/analyses/g2-gated.md.
/// </remarks>
public static class PulsedGates
{
    /// <summary>Counts the pairs: the part that takes the photons.</summary>
    /// <returns>The pairs; null where two detectors did not speak.</returns>
    public static PulsedCounts? Count(
        PhotonStream photons, GatedG2Options options, Measurement? response = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        Read(photons, options, response, progress, stop).Counts;

    /// <summary>Counts, corrects and judges the scan.</summary>
    /// <param name="response">The response measured with the same set-up, for time zero.</param>
    /// <exception cref="RequestException">Time zero is missing, or the options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">The file does not tell pulses, or has no micro times.</exception>
    public static AnalysisReport Compute(
        PhotonStream photons, GatedG2Options options, Measurement? response = null, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default) =>
        new PulsedReport(Read(photons, options, response, progress, stop), "g2.gated").Gated(options, stop);

    static PulsedRun Read(PhotonStream photons, GatedG2Options options, Measurement? response, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        if (options.IrfCentre is not { Count: > 0 } && response is null)
            throw new RequestException("Gates are counted from the centre of the response, which this analysis does not guess. Give it as irf_t0_ps, or the measured response as the input \"irf_file\".");
        if (options.Gates.Count == 0) throw new RequestException("The parameter \"gates_ps\" is an empty list; give at least one gate, such as [0, 500, 1000, 2000].");
        if (photons.SyncPeriod is not null && photons is not { HasDtime: true, ChannelWidth: > 0 })
            throw new InsufficientDataException("The photons of this file have no micro times with a unit, so no gate can be set on them.");
        return PulsedRun.Read(photons, options, options.Gates, response, progress, stop);
    }
}
