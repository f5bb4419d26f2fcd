namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// The lag bins of a correlation over many decades: edges in whole clock units, strictly ascending, one by one below 10 units and
/// evenly spaced in the logarithm above. Bin j holds the lags from Edges[j] to below Edges[j + 1].
/// </summary>
/// <remarks>
/// From 200 units on an edge is a multiple of 2^l, where it lies between 100 and 200 times 2^l: <see cref="LagLadder"/> sees such
/// lags in steps of 2^l units, and never coarser than a hundredth of the lag.
/// </remarks>
public sealed class LagGrid
{
    /// <summary>A lag is at least so many steps of the ladder.</summary>
    public const int StepsOfLag = 100;

    LagGrid(double unit, long[] edges) => (Unit, Edges) = (unit, edges);

    /// <summary>Length of one clock unit [s].</summary>
    public double Unit { get; }

    /// <summary>Edges [units], shape (Bins + 1).</summary>
    public long[] Edges { get; }

    public int Bins => Edges.Length - 1;

    /// <summary>Width of a bin [units].</summary>
    public long Width(int bin) => Edges[bin + 1] - Edges[bin];

    /// <summary>Where a bin begins and ends on the axis of true lags [s].</summary>
    /// <remarks>A lag of n units, between two times that were rounded down, stands for true lags around n, so the bin begins half a unit before its first.</remarks>
    public (double From, double To) Span(int bin) => ((Edges[bin] - 0.5) * Unit, (Edges[bin + 1] - 0.5) * Unit);

    /// <summary>Middle of a bin on the logarithmic axis [s].</summary>
    public double Centre(int bin) => Span(bin) is var (from, to) ? Math.Sqrt(from * to) : 0;

    /// <summary>The level of the ladder that a lag belongs to: its steps are 2^level units.</summary>
    public static int Level(long lag)
    {
        var level = 0;
        while (lag >> (level + 1) >= StepsOfLag) level++;
        return level;
    }

    /// <param name="unit">Length of one clock unit [s].</param>
    /// <param name="from">Shortest lag [s]; one unit at least.</param>
    /// <param name="to">Longest lag [s].</param>
    /// <param name="perDecade">Bins in a decade.</param>
    /// <exception cref="RequestException">The longest lag is not beyond the shortest.</exception>
    public static LagGrid For(double unit, double from, double to, int perDecade)
    {
        var edges = new List<long> { Math.Max(1, (long)Math.Round(Math.Min(from / unit, 1L << 60))) };
        edges[0] = Rounded(edges[0]);
        var last = (long)Math.Min(Math.Floor(to / unit * (1 + 1e-9)), 1L << 60);
        if (last <= edges[0])
            throw new RequestException($"The longest lag, {to:G4} s, should be greater than the shortest, {edges[0] * unit:G4} s (which is no less than one step of the clock, {unit:G4} s).");
        while (edges[^1] < 10 && edges[^1] < last) edges.Add(edges[^1] + 1);
        double begin = edges[^1];
        for (var k = 1; edges[^1] < last; k++)
        {
            var next = Rounded((long)Math.Round(Math.Min(begin * Math.Pow(10, k / (double)perDecade), last)));
            if (next > last && edges.Count > 1) break;
            if (next > edges[^1]) edges.Add(next);
            else if (begin * Math.Pow(10, k / (double)perDecade) > last) break;
        }

        return new(unit, [.. edges]);
    }

    static long Rounded(long lag)
    {
        var level = Level(lag);
        return lag + (1L << level >> 1) >> level << level;
    }

    /// <summary>The bins that end at or before a lag [s]; at least one is left.</summary>
    public int BinsUpTo(double lag)
    {
        var bins = Bins;
        while (bins > 1 && Edges[bins] * Unit > lag * (1 + 1e-9)) bins--;
        return bins;
    }
}
