using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Spearman's rank correlation of pairs in order of time, with an interval from blocks.</summary>
/// <param name="Value">-1 to 1.</param>
/// <param name="Lo95">2.5 % of the resamples lie below.</param>
/// <param name="Hi95">2.5 % lie above.</param>
/// <remarks>Neighbours are alike while the light drifts; blocks of neighbours drawn with repetition know that, single pairs do not.</remarks>
public sealed record RankCorrelation(double Value, double Sigma, double Lo95, double Hi95)
{
    const int Blocks = 20;

    /// <summary>Fewer pairs say nothing.</summary>
    public const int Fewest = 2 * Blocks;

    /// <returns>Null where there are too few pairs.</returns>
    public static RankCorrelation? Of(double[] x, double[] y, int seed, CancellationToken stop)
    {
        var n = x.Length;
        if (n < Fewest) return null;
        var draws = new List<double>();
        var spread = new Spread();
        var (u, v) = (new List<double>(n), new List<double>(n));
        foreach (var choice in BlockResampling.Bootstrap(Blocks, seed, stop))
        {
            u.Clear();
            v.Clear();
            foreach (var block in choice)
                for (var i = (int)((long)block * n / Blocks); i < (int)((block + 1L) * n / Blocks); i++)
                {
                    u.Add(x[i]);
                    v.Add(y[i]);
                }

            var drawn = Rho([.. u], [.. v]);
            draws.Add(drawn);
            spread.Add(drawn);
        }

        draws.Sort();
        return new(Rho(x, y), spread.Deviation, draws[(int)(0.025 * draws.Count)], draws[(int)(0.975 * draws.Count)]);
    }

    static double Rho(double[] x, double[] y)
    {
        var (u, v) = (Ranks(x), Ranks(y));
        var mean = 0.5 * (u.Length - 1);
        double product = 0, uu = 0, vv = 0;
        for (var i = 0; i < u.Length; i++)
        {
            product += (u[i] - mean) * (v[i] - mean);
            uu += (u[i] - mean) * (u[i] - mean);
            vv += (v[i] - mean) * (v[i] - mean);
        }

        return uu > 0 && vv > 0 ? product / Math.Sqrt(uu * vv) : 0;
    }

    /// <summary>Equal values share their mean rank.</summary>
    static double[] Ranks(double[] x)
    {
        var order = Enumerable.Range(0, x.Length).ToArray();
        var sorted = x.ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[x.Length];
        for (var i = 0; i < x.Length;)
        {
            var j = i;
            while (j < x.Length && sorted[j] == sorted[i]) j++;
            for (var k = i; k < j; k++) ranks[order[k]] = 0.5 * (i + j - 1);
            i = j;
        }

        return ranks;
    }
}
