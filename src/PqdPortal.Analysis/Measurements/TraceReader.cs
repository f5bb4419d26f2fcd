namespace PqdPortal.Analysis.Measurements;

/// <summary>Reads a short stretch of a trace from the photons themselves, in bins finer than a <see cref="FineTrace"/> has.</summary>
public static class TraceReader
{
    /// <summary>Shorter bins show single photons only [s].</summary>
    public const double Finest = 1e-5;

    /// <summary>Records that are decoded for a look at most; some hundredths of a second.</summary>
    const long MostRecords = 20_000_000;

    /// <summary>Whether a stretch can be read without going through a long file.</summary>
    /// <param name="selection">What the trace was counted of; null for everything.</param>
    /// <remarks>Where time was cut out of a trace its seconds are not those of the file. Only a stretch that is at a place of its own in the file can be found.</remarks>
    public static bool CanRead(PhotonStream photons, Selection? selection, CancellationToken stop = default) =>
        (selection is null || (selection with { From = null, To = null, Channels = null, DtimeFrom = null, DtimeTo = null }).IsEverything)
        && (photons.AvailableRecords <= MostRecords || photons.Entries(stop) is not null);

    /// <summary>A stretch in columns whose extremes are those of bins as short as the columns, or as asked.</summary>
    /// <param name="selection">What the trace was counted of; the stretch counts from its beginning.</param>
    /// <param name="end">How long was measured, as the trace says [s].</param>
    /// <inheritdoc cref="FineTrace.Look"/>
    /// <exception cref="InsufficientDataException">The file does not say how long a tick is.</exception>
    public static TraceWindow Look(
        PhotonStream photons, Selection? selection, IReadOnlyList<int>? channels, double from, double to, int points, double bin, double end, CancellationToken stop = default)
    {
        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a trace in seconds cannot be counted.");
        (from, to) = (Math.Clamp(from, 0, end), Math.Clamp(to, 0, end));
        var column = (to - from) / Math.Max(1, points);
        var fine = Math.Max(1, (long)Math.Round(Math.Max(Finest, FineTrace.Shown(bin, column)) / tick));
        var wide = Math.Max(1, (long)Math.Ceiling(column / (fine * tick) - 1e-9));

        var width = fine * tick;
        var first = (long)Math.Floor(from / (wide * width) + 1e-9) * wide;
        var bins = (int)((long)Math.Ceiling(to / (wide * width) - 1e-9) * wide - first);
        if (bins <= 0) return FineTrace.Window([], 0, from, to, 1, wide, width, end);
        var all = selection is null ? photons.Origin : SelectedStream.Of(photons, selection, 1, stop).Origin;
        var begin = selection?.From ?? 0;
        var part = SelectedStream.Of(photons, (selection ?? new()) with
        {
            // A tick more on both sides: which tick a second falls on is the selection's to round.
            From = Math.Max(begin, begin + first * width - 2 * tick),
            To = Math.Min(selection?.To ?? double.MaxValue, begin + (first + bins) * width + 2 * tick),
        }, 1, stop);
        var counter = new Counter(new uint[bins], first * fine - (part.Origin - all), fine, channels);
        part.Read(counter, null, stop);
        return FineTrace.Window(counter.Bins, first, from, to, 1, wide, width, end);
    }

    sealed class Counter(uint[] bins, long begin, long width, IReadOnlyList<int>? channels) : IPhotonConsumer
    {
        public uint[] Bins => bins;

        public void Add(in PhotonBatch batch)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var channel = batch.Channel[i];
                if (!Channels.IsPhoton(channel) || channels is not null && !channels.Contains(channel)) continue;
                var t = batch.Time[i] - begin;
                if (t >= 0 && t / width < bins.Length) bins[t / width]++;
            }
        }
    }
}
