namespace PqdPortal.Analysis.Fitting;

/// <summary>What the residuals of a fit look like once it has ended: patternless, or with a structure that the model lacks.</summary>
/// <remarks>
/// The residuals are signed deviance residuals, sign(n - mu) sqrt(d), with 1/(6 sqrt(mu)) added, by which their mean is off zero
/// (Pierce and Schafer, J. Am. Stat. Assoc. 81, 977 (1986)). Neighbouring bins are first joined until each expects five counts:
/// where bins hold a photon or none, two lone neighbours would look like a structure.
/// </remarks>
public sealed class ResidualTests
{
    /// <summary>Longest lag of the autocorrelation [bins].</summary>
    public const int Lags = 20;

    const double LeastCount = 5;

    ResidualTests(double[] residuals, double[] autocorrelation, double runsZ) =>
        (Residuals, Autocorrelation, RunsZ) = (residuals, autocorrelation, runsZ);

    /// <summary>One residual for each joined bin, about 0 +- 1, shape (joined bins).</summary>
    public double[] Residuals { get; }

    /// <summary>Correlation of residuals that are 1, 2 ... bins apart, shape (up to 20).</summary>
    public double[] Autocorrelation { get; }

    /// <summary>Beyond this an autocorrelation is no chance: 4/sqrt(bins).</summary>
    public double Limit => 4 / Math.Sqrt(Residuals.Length);

    /// <summary>Wald and Wolfowitz's runs of one sign: about 0 +- 1; negative where neighbours share their sign too often.</summary>
    public double RunsZ { get; }

    /// <summary>The autocorrelation farthest from zero, and its lag; 0 at lag 0 where there are too few bins for one.</summary>
    public (int Lag, double Value) Strongest
    {
        get
        {
            var (lag, value) = (0, 0.0);
            for (var k = 0; k < Autocorrelation.Length; k++)
                if (Math.Abs(Autocorrelation[k]) > Math.Abs(value))
                    (lag, value) = (k + 1, Autocorrelation[k]);
            return (lag, value);
        }
    }

    /// <summary>True where residuals depend on each other: an autocorrelation at lags 1 to 20 beyond <see cref="Limit"/>.</summary>
    public bool IsStructured => Math.Abs(Strongest.Value) > Limit;

    /// <summary>Tests a fit.</summary>
    public static ResidualTests Of(double[] counts, FitResult fit) => Of(counts, fit.Mu, fit.Use);

    /// <summary>Tests the residuals of counts against their expectation.</summary>
    /// <param name="counts">Shape (bins).</param>
    /// <param name="mu">Expected counts, shape (bins).</param>
    /// <param name="use">True for the bins that count, shape (bins); null for all. Lags are counted across those left out.</param>
    public static ResidualTests Of(ReadOnlySpan<double> counts, ReadOnlySpan<double> mu, ReadOnlySpan<bool> use = default)
    {
        var residuals = new List<double>();
        double n = 0, expected = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (!use.IsEmpty && !use[i]) continue;
            n += counts[i];
            expected += mu[i];
            if (expected < LeastCount) continue;
            residuals.Add(Residual(n, expected));
            n = expected = 0;
        }

        var r = residuals.ToArray();
        return new(r, Correlate(r), Runs(r));
    }

    /// <summary>The signed deviance residual of one bin.</summary>
    public static double Signed(double n, double mu) =>
        PoissonDeviance.Of(n, mu) is var d && double.IsFinite(d) ? Math.Sign(n - mu) * Math.Sqrt(Math.Max(d, 0)) : 0;

    static double Residual(double n, double mu) => Signed(n, mu) + 1 / (6 * Math.Sqrt(mu));

    static double[] Correlate(double[] r)
    {
        var lags = Math.Min(Lags, r.Length / 4);
        var square = r.Sum(x => x * x);
        var correlation = new double[lags];
        if (square == 0) return correlation;
        for (var lag = 1; lag <= lags; lag++)
        {
            var sum = 0.0;
            for (var i = lag; i < r.Length; i++) sum += r[i] * r[i - lag];
            correlation[lag - 1] = sum / square;
        }

        return correlation;
    }

    static double Runs(double[] r)
    {
        double above = r.Count(x => x > 0), below = r.Length - above, all = r.Length;
        if (above == 0 || below == 0) return 0;
        var runs = 1;
        for (var i = 1; i < r.Length; i++)
            if (r[i] > 0 != r[i - 1] > 0)
                runs++;
        var mean = 1 + 2 * above * below / all;
        var variance = (mean - 1) * (mean - 2) / (all - 1);
        return variance > 0 ? (runs - mean) / Math.Sqrt(variance) : 0;
    }
}
