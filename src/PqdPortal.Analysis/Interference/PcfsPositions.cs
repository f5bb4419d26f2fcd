using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Interference;

/// <summary>A rest of the stage: its delay [s], and from when to when it lasted [ticks].</summary>
sealed record PcfsPosition(double Delay, long From, long To);

/// <summary>Where the stage stood when: from markers among the photons, or from a table.</summary>
static class PcfsPositions
{
    /// <summary>Positions that markers part, as long as their number fits the delays.</summary>
    /// <returns>The positions, and the end of the measurement.</returns>
    /// <remarks>With as many markers as delays the first marker begins the first position; with one marker fewer the file does.</remarks>
    /// <exception cref="RequestException">The number of markers does not fit.</exception>
    public static (IReadOnlyList<PcfsPosition> Positions, AcquisitionTime Time) OfMarkers(PhotonStream photons, PcfsOptions options, double tick, CancellationToken stop)
    {
        var finder = new MarkerFinder(options.Marker);
        var pass = photons.Read(finder, null, stop);
        var time = AcquisitionTime.Of(photons, pass, finder.Last);
        var end = Math.Max((long)Math.Round((time.Seconds ?? 0) / tick), (finder.Last ?? -1) + 1);
        finder.Times.Sort();
        var markers = finder.Times;
        var seen = finder.ByBits.Count == 0 ? "The file has no markers at all."
            : $"The file has {string.Join(", ", finder.ByBits.Select(one => $"{one.Value} marker{(one.Value == 1 ? "" : "s")} of the bits {one.Key}"))}.";
        var of = options.Marker is { } bits ? $" of the marker {bits}" : "";
        if (options.Delays is not { Count: > 0 } delays)
            throw new RequestException(markers.Count == 0
                ? $"{seen} Where the stage stood when has to come from a table: name it as the input \"positions\", with the columns start_s, stop_s, delay_ps."
                : $"{seen} Give the delays of the positions that they part as \"delays_ps\", {markers.Count} of them, or {markers.Count + 1} if the first position begins with the file; or a table of positions as the input \"positions\".");
        if (markers.Count == 0)
            throw new RequestException($"There are {delays.Count} delays and no marker{of} that parts the positions. {seen} {(finder.ByBits.Count > 0 ? "Name one of these as \"marker\"." : "Give a table with the columns start_s, stop_s, delay_ps as the input \"positions\".")}");
        if (markers.Count != delays.Count && markers.Count != delays.Count - 1)
            throw new RequestException($"{markers.Count} marker{(markers.Count == 1 ? "" : "s")}{of} part{(markers.Count == 1 ? "s" : "")} {markers.Count} positions, or {markers.Count + 1} with the stretch before the first one; \"delays_ps\" has {delays.Count}. {seen} Give one delay for each position, or a table of positions.");
        List<long> starts = markers.Count == delays.Count ? markers : [0, .. markers];
        var settle = (long)Math.Round(options.Settle / tick);
        return ([.. starts.Select((from, k) => new PcfsPosition(delays[k], from + settle, k + 1 < starts.Count ? starts[k + 1] : end))], time);
    }

    /// <summary>Positions of a table with the columns start_s, stop_s, delay_ps.</summary>
    /// <exception cref="MeasurementFormatException">A column is missing, or a row is not later than the one before; the sentence names line and column.</exception>
    public static IReadOnlyList<PcfsPosition> OfTable(DataTable table, PcfsOptions options, double tick)
    {
        var (start, end, delay) = (table.Numbers("start_s"), table.Numbers("stop_s"), table.Numbers("delay_ps"));
        for (var row = 0; row < table.Rows; row++)
        {
            if (start[row] < 0) throw table.Wrong(table.Find("start_s")!, row, $"is {Text(start[row])}", "a time of at least 0");
            if (!(end[row] > start[row])) throw table.Wrong(table.Find("stop_s")!, row, $"is {Text(end[row])}", $"a time after the start of this position, {Text(start[row])} s,");
            if (Math.Abs(delay[row]) > 1e6) throw table.Wrong(table.Find("delay_ps")!, row, $"is {Text(delay[row])}", "a delay between -1000000 and 1000000 ps");
        }

        var order = Enumerable.Range(0, table.Rows).OrderBy(row => start[row]).ToArray();
        for (var k = 1; k < order.Length; k++)
            if (start[order[k]] < end[order[k - 1]])
                throw table.Wrong(table.Find("start_s")!, order[k], $"is {Text(start[order[k]])}", $"a time after the end of the position before it, {Text(end[order[k - 1]])} s,");
        return [.. order.Select(row => new PcfsPosition(delay[row] * 1e-12, Ticks(start[row] + options.Settle), Ticks(end[row])))];

        long Ticks(double seconds) => (long)Math.Round(Math.Min(seconds / tick, 4e18));
    }

    static string Text(double x) => NumberText.Rounded(x, 6);

    /// <summary>Times of the markers, and what there is of each kind.</summary>
    sealed class MarkerFinder(int? bits) : IPhotonConsumer
    {
        const int Most = 1_000_000;

        public List<long> Times { get; } = [];
        public SortedDictionary<int, long> ByBits { get; } = [];
        public long? Last { get; private set; }

        public void Add(in PhotonBatch batch)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var (t, channel) = (batch.Time[i], batch.Channel[i]);
                if (!(t <= Last)) Last = t;
                if (!Channels.IsMarker(channel)) continue;
                var own = channel - Channels.MarkerBase;
                ByBits[own] = ByBits.GetValueOrDefault(own) + 1;
                if ((bits is not { } wanted || (own & wanted) != 0) && Times.Count < Most) Times.Add(t);
            }
        }
    }
}
