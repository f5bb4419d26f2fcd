using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Brightness;

/// <summary>Photons of a run in equal bins of time.</summary>
/// <param name="Bin">Length of a bin [s].</param>
/// <param name="Counts">Of the detectors together, whole bins of the measurement only, shape (bins).</param>
/// <param name="ByChannel">The same for each detector that was asked for, shape (bins) each.</param>
/// <param name="Fine">Of the detectors together in bins short enough to see the mains, from the beginning, shape (fine bins).</param>
/// <param name="FineBin">Length of a fine bin [s].</param>
/// <param name="Events">Photons of every channel of the file.</param>
/// <param name="Time">How long was measured.</param>
/// <param name="Findings">What was odd in the records.</param>
public sealed record IntensityTrace(
    double Bin, long[] Counts, IReadOnlyDictionary<int, long[]> ByChannel, long[] Fine, double FineBin,
    IReadOnlyDictionary<short, long> Events, AcquisitionTime Time, IReadOnlyList<Finding> Findings)
{
    /// <summary>Short enough for 120 Hz [s].</summary>
    const double FinestNeeded = 2e-3;

    /// <summary>Counts a stream in one pass.</summary>
    /// <param name="beside">Makes what else is to see the photons of that pass. A pass that has to be done again with wider bins, where the header said nothing of the length, gets another one.</param>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is, or the run is shorter than two bins.</exception>
    public static IntensityTrace Of(
        PhotonStream photons, IReadOnlyList<int>? channels, double bin, IProgress<AnalysisProgress>? progress, CancellationToken stop, Func<IPhotonConsumer>? beside = null)
    {
        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a trace in seconds cannot be counted.");
        var parts = (long)Math.Ceiling(bin / FinestNeeded - 1e-9);
        var fineTicks = Math.Max(1, (long)Math.Round(bin / tick / parts));
        var hear = progress is null ? null : new Forward(progress, photons.AvailableRecords);

        // Fine bins serve for both where they reach to the end; a longer run has bins of its own beside them.
        var fine = new TraceCounter(fineTicks);
        TraceCounter? coarse = null;
        PassReport pass;
        for (var width = photons.HeaderDuration is { } told ? CoarseTicks(told) : fineTicks;; width = Math.Max(parts * fineTicks, 8 * width))
        {
            fine = new(fineTicks);
            coarse = width > fineTicks ? new(width) : null;
            List<IPhotonConsumer> counters = coarse is null ? [fine] : [fine, coarse];
            if (beside is not null) counters.Add(beside());
            pass = photons.Read(counters.Count == 1 ? fine : new Together(counters), hear, stop);
            if ((coarse ?? fine).Outside == 0 || (double)width * tick > 1e5) break;
        }

        var events = fine.EventsByChannel();
        var counter = coarse ?? fine;
        var used = channels ?? [.. events.Keys.Where(Channels.IsPhoton).Select(c => (int)c)];
        var ticks = counter.BinTicks!.Value;
        // The bins end with the one of the latest photon; within it the decoder's own clock says more.
        long? latest = counter.Bins == 0 ? null : Math.Clamp(pass.LastOverflowTick, (counter.Bins - 1) * ticks, counter.Bins * ticks - 1);
        var time = AcquisitionTime.Of(photons, pass, latest);
        var join = coarse is null ? (int)parts : 1;
        var length = ticks * tick * join;
        // A last bin that the measurement does not fill would look like a dimmer one.
        var bins = (int)Math.Min(Math.Floor((time.Seconds ?? 0) / length + 1e-6), (double)TraceCounter.MostBins);
        if (bins < 2)
            throw new InsufficientDataException($"The measurement lasts {time.Seconds ?? 0:G3} s, less than two bins of {length * 1e3:G3} ms; there is no trace. Choose shorter bins.");
        var byChannel = used.ToDictionary(c => c, c => Joined(counter.Trace(c), join, bins));
        var counts = new long[bins];
        foreach (var trace in byChannel.Values)
            for (var i = 0; i < bins; i++) counts[i] += trace[i];
        var fineCounts = new long[Math.Min(fine.Bins, (int)Math.Min(int.MaxValue, (time.Seconds ?? 0) / (fineTicks * tick)))];
        foreach (var c in used)
            if (fine.Trace(c) is var trace)
                for (var i = 0; i < fineCounts.Length; i++) fineCounts[i] += trace[i];
        return new(length, counts, byChannel, fineCounts, fineTicks * tick, events, time, [.. pass.Findings, .. time.Findings]);

        long CoarseTicks(double duration)
        {
            if (duration / (fineTicks * tick) < TraceCounter.MostBins) return fineTicks;
            var width = parts * fineTicks;
            while (duration / (width * tick) >= TraceCounter.MostBins) width += parts * fineTicks;
            return width;
        }
    }

    static long[] Joined(long[] trace, int by, int bins)
    {
        var joined = new long[bins];
        for (var i = 0; i < Math.Min(trace.Length, (long)bins * by); i++) joined[i / by] += trace[i];
        return joined;
    }

    sealed class Forward(IProgress<AnalysisProgress> to, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new("counting photons", value, total));
    }
}
