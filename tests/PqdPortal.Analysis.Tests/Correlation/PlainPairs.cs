using PqdPortal.Analysis.Correlation;

namespace PqdPortal.Analysis.Tests.Correlation;

/// <summary>All pairs, counted the plain way with two moving edges: the reference of the fast counter.</summary>
public static class PlainPairs
{
    /// <param name="first">Arrival times at the first detector [units], ascending.</param>
    /// <param name="second">Arrival times at the second detector [units], ascending.</param>
    public static long[] Count(long[] first, long[] second, PairAxis axis)
    {
        var pairs = new long[axis.Bins];
        var half = axis.Side * axis.Width + (axis.Width - 1) / 2;
        var from = 0;
        foreach (var t in first)
        {
            while (from < second.Length && second[from] - t - axis.Delay < -half) from++;
            for (var j = from; j < second.Length && second[j] - t - axis.Delay <= half; j++)
                pairs[(second[j] - t - axis.Delay + half) / axis.Width]++;
        }

        return pairs;
    }
}
