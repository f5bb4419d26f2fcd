using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// g2 over many decades of lag: counted pairs over those of uncorrelated light, with errors from blocks of time left out in turn, and
/// the sum of exponentials that fits it.
/// </summary>
sealed class LagCurve
{
    const double LongestLag = 0.1; // of the run
    public const int MostComponents = 3;

    LagCurve(LagCounts? counts, int bins) =>
        (Counts, Bins, Expected, G, Poisson, Sigma) = (counts, bins, new double[bins], new double[bins], new double[bins], new double[bins]);

    public static LagCurve Empty { get; } = new(null, 0);

    public LagCounts? Counts { get; }

    /// <summary>Bins up to a tenth of the run.</summary>
    public int Bins { get; }

    /// <summary>Pairs that uncorrelated light would leave, shape (bins).</summary>
    public double[] Expected { get; }

    /// <summary>Counted pairs over these, shape (bins); 0 where none are expected.</summary>
    public double[] G { get; }

    /// <summary>Standard error of counting, and the larger of that and the one from blocks, shape (bins).</summary>
    public double[] Poisson { get; }
    public double[] Sigma { get; }

    /// <summary>g2 without each block, shape (blocks, bins).</summary>
    public double[][] Without { get; private init; } = [];

    /// <param name="live">When photons are counted at all [s].</param>
    public static LagCurve Of(LagCounts counts, IReadOnlyList<(double From, double To)> live, CancellationToken stop)
    {
        if (counts.Grid.Span(0).To > LongestLag * counts.Duration) return Empty;
        var blocks = Enumerable.Range(0, counts.Rows.Count).Where(b => b * counts.BlockLength < counts.Duration).ToArray();
        var bins = counts.Grid.BinsUpTo(LongestLag * counts.Duration);
        var curve = new LagCurve(counts, bins) { Without = [.. blocks.Select(_ => new double[bins])] };
        var starts = blocks.Select(b => live.SelectMany(part => Outside(part, b * counts.BlockLength, b == blocks[^1] ? double.PositiveInfinity : (b + 1) * counts.BlockLength)).ToArray()).ToArray();
        for (var j = 0; j < bins; j++)
        {
            stop.ThrowIfCancellationRequested();
            var all = counts.Pairs(j);
            curve.Expected[j] = counts.Expected(j, live, live);
            if (!(curve.Expected[j] > 0)) continue;
            curve.G[j] = all / curve.Expected[j];
            curve.Poisson[j] = Math.Sqrt(Math.Max(all, 1)) / curve.Expected[j];
            var spread = new Spread();
            foreach (var b in blocks)
            {
                var expected = counts.Expected(j, starts[b], live);
                curve.Without[b][j] = expected > 0 ? (all - counts.Rows[b][j]) / expected : curve.G[j];
                spread.Add(curve.Without[b][j]);
            }

            curve.Sigma[j] = Math.Max(curve.Poisson[j], spread.JackknifeError);
        }

        return curve;
    }

    static IEnumerable<(double From, double To)> Outside((double From, double To) part, double from, double to)
    {
        if (part.From < from) yield return (part.From, Math.Min(part.To, from));
        if (part.To > to) yield return (Math.Max(part.From, to), part.To);
    }

    /// <summary>
    /// g2 without the bias of a finite run: the mean that it is divided by fluctuates too, which lowers g2 by about 2 A t/T.
    /// </summary>
    double Unbiased(int bin) => Without.Length < BlockResampling.FewestBlocks ? G[bin]
        : Without.Length * G[bin] - (Without.Length - 1) * Without.Average(row => row[bin]);

    /// <summary>The sum of exponentials, of up to three, that describes some bins best.</summary>
    /// <param name="photons">How many there are: what a further component has to pay grows with their logarithm.</param>
    /// <param name="components">How many at most.</param>
    /// <param name="sigma">Standard errors to weigh the bins by, shape (bins used); those from blocks where left out.</param>
    public (ExponentialSum Fit, ModelChoice Choice) Fit(int[] use, double photons, CancellationToken stop, int components = MostComponents, double[]? sigma = null)
    {
        var bins = use.Select(j => Counts!.Grid.Span(j)).ToArray();
        var values = use.Select(j => Unbiased(j) - 1).ToArray();
        sigma ??= [.. use.Select(j => Sigma[j])];
        var most = Math.Min(components, (use.Length - 2) / 3);
        var fits = new List<(ExponentialSum Fit, double Bic)>();
        for (var k = 0; k <= most; k++)
        {
            var fit = ExponentialSum.Fit(bins, values, sigma, k, stop);
            fits.Add((fit, fit.ChiSquare + 2 * k * Math.Log(Math.Max(photons, 2))));
        }

        var choice = ModelChoice.Among(fits.Select(one => ($"{one.Fit.Components} exponential{(one.Fit.Components == 1 ? "" : "s")}", one.Bic)));
        return (fits[choice.Scores.ToList().IndexOf(choice.Best)].Fit, choice);
    }

    /// <summary>Standard error of a number that is made of the parameters of a fit: blocks left out, to first order where it would have ended.</summary>
    /// <returns>Null where there are too few blocks or the bins do not tell the parameters apart.</returns>
    public double? Error(ExponentialSum fit, int[] use, Func<double[], double> of)
    {
        if (fit.Components == 0 || Without.Length < BlockResampling.FewestBlocks) return null;
        var spread = new Spread();
        foreach (var row in Without)
        {
            if (fit.Moved([.. use.Select(j => row[j] - G[j])]) is not { } moved) return null;
            spread.Add(of(moved));
        }

        return spread.JackknifeError;
    }
}
