namespace PqdPortal.Analysis.Statistics;

/// <summary>Whether two treatments differ by more than their batches do: every other way to deal out the batches is tried.</summary>
/// <param name="Difference">Mean of the second arm's batches minus that of the first's.</param>
/// <param name="P">Share of the ways that differ at least as much, ties counted.</param>
/// <param name="SmallestP">The smallest p that so many batches can give.</param>
/// <param name="Ways">Ways that were tried.</param>
/// <param name="Method">exact, or monte-carlo: where there are too many ways, drawn ones.</param>
public sealed record BatchPermutation(double Difference, double P, double SmallestP, long Ways, string Method)
{
    /// <summary>Most ways that are all tried.</summary>
    public const long MostExact = 200_000;

    /// <summary>Ways that are drawn where there are more.</summary>
    public const int Draws = 100_000;

    /// <summary>Compares two arms.</summary>
    /// <param name="a">A number of each batch of the first arm, its mean or median; at least one batch.</param>
    /// <param name="b">Of each batch of the second arm.</param>
    /// <param name="seed">The same seed gives the same draws.</param>
    public static BatchPermutation Of(IReadOnlyList<double> a, IReadOnlyList<double> b, int seed = 1)
    {
        if (a.Count == 0 || b.Count == 0) throw new ArgumentException("Both arms need a batch.");
        double[] all = [.. a, .. b];
        var sum = all.Sum();
        var difference = b.Average() - a.Average();
        var ways = Choose(all.Length, a.Count);
        // Of equal values in another order the sums differ in their last digits; these are ties.
        var least = Math.Abs(difference) - 1e-9 * all.Max(Math.Abs);
        var smallest = Math.Min(1, (a.Count == b.Count ? 2 : 1) / ways);
        if (ways <= MostExact)
        {
            long asLarge = 0, tried = 0;
            Deal(0, a.Count, 0);
            return new(difference, (double)asLarge / tried, smallest, tried, "exact");

            void Deal(int from, int left, double sumOfA)
            {
                if (left == 0)
                {
                    tried++;
                    if (IsAsLarge(sumOfA)) asLarge++;
                    return;
                }
                for (var i = from; i <= all.Length - left; i++) Deal(i + 1, left - 1, sumOfA + all[i]);
            }
        }

        var random = new Random(seed);
        var hits = 0;
        for (var draw = 0; draw < Draws; draw++)
        {
            var sumOfA = 0.0;
            for (var i = 0; i < a.Count; i++)
            {
                var with = random.Next(i, all.Length);
                (all[i], all[with]) = (all[with], all[i]);
                sumOfA += all[i];
            }
            if (IsAsLarge(sumOfA)) hits++;
        }
        return new(difference, (1.0 + hits) / (1.0 + Draws), Math.Max(smallest, 1 / (1.0 + Draws)), Draws, "monte-carlo");

        bool IsAsLarge(double sumOfA) => Math.Abs((sum - sumOfA) / b.Count - sumOfA / a.Count) >= least;
    }

    /// <summary>Ways to choose k of n; infinite where a double cannot hold them.</summary>
    static double Choose(int n, int k)
    {
        var ways = 1.0;
        for (var i = 1; i <= Math.Min(k, n - k); i++) ways = ways * (n - Math.Min(k, n - k) + i) / i;
        return Math.Round(ways);
    }
}
