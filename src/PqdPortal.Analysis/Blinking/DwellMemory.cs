namespace PqdPortal.Analysis.Blinking;

/// <summary>Does a dwell know of the one before? Correlation of their logarithms.</summary>
/// <param name="Correlation">-1 to 1; 0 for dwells without memory.</param>
/// <param name="Sigma">One standard deviation.</param>
/// <param name="Pairs">Pairs of dwells.</param>
/// <remarks>
/// Of logarithms, since one long dwell of a power law would decide a correlation of lengths. sigma = (1 - r²)/sqrt(n - 1), which is that of
/// a permutation, 1/sqrt(n - 1), where there is no memory.
/// </remarks>
public sealed record DwellMemory(double Correlation, double Sigma, int Pairs)
{
    /// <summary>Fewer pairs tell nothing.</summary>
    public const int FewestPairs = 20;

    /// <returns>Null below <see cref="FewestPairs"/> pairs, or where all dwells of one side are alike.</returns>
    public static DwellMemory? Of(IReadOnlyList<(double First, double Second)> pairs)
    {
        if (pairs.Count < FewestPairs) return null;
        var (x, y) = (pairs.Select(pair => Math.Log(pair.First)).ToArray(), pairs.Select(pair => Math.Log(pair.Second)).ToArray());
        var (mx, my) = (x.Average(), y.Average());
        double xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
            xy += (x[i] - mx) * (y[i] - my);
        }

        if (!(xx > 0 && yy > 0)) return null;
        var r = xy / Math.Sqrt(xx * yy);
        return new(r, (1 - r * r) / Math.Sqrt(x.Length - 1), x.Length);
    }
}
