namespace PqdPortal.Web.Plotting;

/// <summary>Chooses the points of a curve that a screen can show, so that the picture stays the same.</summary>
public static class Thinning
{
    /// <summary>Fewer points than this show no curve.</summary>
    public const int Least = 10;

    /// <summary>Picks at most <paramref name="limit"/> points; all of them where there are no more than that.</summary>
    /// <param name="x">Ascending positions, shape (n).</param>
    /// <param name="y">Values, null where there is none, shape (n).</param>
    /// <param name="limit">Most points to give, at least <see cref="Least"/>.</param>
    /// <param name="log">The x axis is logarithmic: columns of equal width in log(x).</param>
    /// <returns>Indices, ascending; the first and last point are always among them.</returns>
    /// <remarks>
    /// The axis is cut into columns; of each stay the first, the lowest, the highest and the last point, so no peak and no dip
    /// is lost and a line through the rest covers the same pixels (M4, Jugel et al., PVLDB 7, 797 (2014)). A gap stays a gap:
    /// a column that holds values and missing ones keeps one missing one.
    /// </remarks>
    public static int[] Pick(IReadOnlyList<double?> x, IReadOnlyList<double?> y, int limit, bool log = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, Least);
        if (x.Count != y.Count) throw new ArgumentException($"{x.Count} positions for {y.Count} values.", nameof(y));
        var n = x.Count;
        if (n <= limit) return [.. Enumerable.Range(0, n)];

        // Both ends are kept besides; a column keeps five at most.
        var columns = (limit - 2) / 5;
        var position = Positions(x, log);
        var (from, to) = (position[0], position[^1]);
        var kept = new SortedSet<int> { 0, n - 1 };
        var column = -1;
        int first = -1, low = -1, high = -1, last = -1, gap = -1;
        for (var i = 0; i < n; i++)
        {
            var at = (int)Math.Clamp((position[i] - from) / (to - from) * columns, 0, columns - 1);
            if (at != column)
            {
                Keep();
                column = at;
                first = low = high = last = gap = -1;
            }
            if (y[i] is not { } value) { gap = i; continue; }
            if (first < 0) first = i;
            if (low < 0 || value < y[low]) low = i;
            if (high < 0 || value > y[high]) high = i;
            last = i;
        }
        Keep();
        return [.. kept];

        void Keep()
        {
            foreach (var i in (ReadOnlySpan<int>)[first, low, high, last, gap])
                if (i >= 0) kept.Add(i);
        }
    }

    /// <summary>Where the points lie on the axis; by their order where the axis gives no usable places.</summary>
    static double[] Positions(IReadOnlyList<double?> x, bool log)
    {
        var position = new double[x.Count];
        for (var i = 0; i < position.Length; i++)
        {
            position[i] = log ? Math.Log(x[i] ?? double.NaN) : x[i] ?? double.NaN;
            if (!double.IsFinite(position[i]) || i > 0 && position[i] < position[i - 1]) return ByOrder();
        }
        return position[^1] > position[0] ? position : ByOrder();

        double[] ByOrder() => [.. Enumerable.Range(0, x.Count).Select(i => (double)i)];
    }
}
