using MathNet.Numerics.Distributions;

namespace PqdPortal.Analysis.Statistics;

/// <summary>Whether the values of one group tend to be larger than those of another, with the size of the difference beside it.</summary>
/// <param name="U">Pairs in which the second group's value is the larger one; a tie counts half.</param>
/// <param name="P">Two-sided.</param>
/// <param name="Method">exact, or normal: with correction for ties and continuity.</param>
/// <param name="Shift">Hodges-Lehmann: median of all differences, second group minus first.</param>
/// <param name="ShiftLow">Lower end of its interval; null where so few values have none of 95 %.</param>
/// <param name="ShiftHigh">Upper end of its interval.</param>
/// <param name="Cliff">Cliff's delta: share of pairs in which the second is larger minus the share in which it is smaller, -1 .. 1.</param>
/// <remarks>
/// H. B. Mann, D. R. Whitney, Ann. Math. Stat. 18, 50 (1947); J. L. Hodges, E. L. Lehmann, Ann. Math. Stat. 34, 598 (1963); N. Cliff, Psychol. Bull.
/// 114, 494 (1993). P is exact up to 20 values a group without ties. The interval of the shift lies between two of the ordered differences;
/// up to 20 values a group it comes from the exact law of U without ties, which ties only make safer.
/// </remarks>
public sealed record MannWhitney(double U, double P, string Method, double Shift, double? ShiftLow, double? ShiftHigh, double Cliff)
{
    /// <summary>Most values of a group for which the law of U is counted out.</summary>
    public const int MostExact = 20;

    const double Alpha = 0.05;

    /// <summary>Compares two groups.</summary>
    /// <param name="a">First group, in any order, finite, at least one value.</param>
    /// <param name="b">Second group.</param>
    public static MannWhitney Of(IEnumerable<double> a, IEnumerable<double> b)
    {
        var (first, second) = (a.Order().ToArray(), b.Order().ToArray());
        if (first.Length == 0 || second.Length == 0) throw new ArgumentException("Both groups need a value.");
        var (u, ties) = Pairs(first, second);
        double n = first.Length, m = second.Length, pairs = n * m;
        var counted = n <= MostExact && m <= MostExact ? Law(first.Length, second.Length) : null;
        var p = counted is not null && ties == 0 ? Math.Min(1, 2 * counted[(int)Math.Min(u, pairs - u)]) : NormalP();

        var (low, high) = Interval();
        var shift = (Difference(first, second, ((long)pairs + 1) / 2) + Difference(first, second, (long)pairs / 2 + 1)) / 2;
        return new(u, p, counted is not null && ties == 0 ? "exact" : "normal", shift, low, high, 2 * u / pairs - 1);

        double NormalP()
        {
            var variance = pairs / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
            if (!(variance > 0)) return 1;
            var z = Math.Max(0, Math.Abs(u - pairs / 2) - 0.5) / Math.Sqrt(variance);
            return Math.Min(1, 2 * Normal.CDF(0, 1, -z));
        }

        (double? Low, double? High) Interval()
        {
            // The k-th smallest difference lies above the true shift where U is below k.
            long k;
            if (counted is not null)
                for (k = 0; k < counted.Length && counted[k] <= Alpha / 2;) k++;
            else
                k = (long)Math.Floor(pairs / 2 + Normal.InvCDF(0, 1, Alpha / 2) * Math.Sqrt(pairs / 12 * (n + m + 1)));
            return k < 1 ? (null, null) : (Difference(first, second, k), Difference(first, second, (long)pairs + 1 - k));
        }
    }

    /// <summary>U of the second group over the first, and the sum of t³ - t over the groups of t equal values.</summary>
    static (double U, double Ties) Pairs(double[] a, double[] b)
    {
        double u = 0, ties = 0;
        int i = 0, j = 0;
        while (i < a.Length || j < b.Length)
        {
            var value = i == a.Length ? b[j] : j == b.Length ? a[i] : Math.Min(a[i], b[j]);
            var (fromA, fromB) = (i, j);
            while (i < a.Length && a[i] == value) i++;
            while (j < b.Length && b[j] == value) j++;
            u += (double)(j - fromB) * fromA + 0.5 * (j - fromB) * (i - fromA);
            double t = i - fromA + j - fromB;
            ties += t * t * t - t;
        }
        return (u, ties);
    }

    /// <summary>P(U is at most u) where both groups come from one law without ties, for u = 0 .. nm.</summary>
    static double[] Law(int n, int m)
    {
        // Ways to reach u with i values of the one and j of the other: the largest is of the one (it beats all j) or of the other.
        var ways = new double[n + 1][][];
        for (var i = 0; i <= n; i++)
        {
            ways[i] = new double[m + 1][];
            for (var j = 0; j <= m; j++)
            {
                var to = ways[i][j] = new double[i * j + 1];
                if (i == 0 || j == 0) { to[0] = 1; continue; }
                for (var u = 0; u < to.Length; u++)
                    to[u] = (u >= j ? ways[i - 1][j][u - j] : 0) + (u < ways[i][j - 1].Length ? ways[i][j - 1][u] : 0);
            }
        }
        var law = ways[n][m];
        var all = law.Sum();
        var sum = 0.0;
        for (var u = 0; u < law.Length; u++) law[u] = (sum += law[u]) / all;
        return law;
    }

    /// <summary>The k-th smallest of all differences b - a, k from 1, without writing them all down.</summary>
    static double Difference(double[] a, double[] b, long k)
    {
        // The number of differences up to a value only grows with it: halve the doubles themselves, in their order.
        var (low, high) = (Rank(b[0] - a[^1]), Rank(b[^1] - a[0]));
        while (low < high)
        {
            var middle = low + (long)((ulong)(high - low) / 2); // from below zero to above it is farther than a long counts
            if (UpTo(Value(middle)) >= k) high = middle;
            else low = middle + 1;
        }
        return Value(low);

        long UpTo(double limit)
        {
            var (count, j) = (0L, 0);
            foreach (var value in a)
            {
                while (j < b.Length && b[j] - value <= limit) j++;
                count += j;
            }
            return count;
        }
    }

    /// <summary>Place of a double among all doubles.</summary>
    static long Rank(double value) => BitConverter.DoubleToInt64Bits(value + 0.0) is var bits && bits >= 0 ? bits : long.MinValue - bits;

    static double Value(long rank) => BitConverter.Int64BitsToDouble(rank >= 0 ? rank : long.MinValue - rank);
}
