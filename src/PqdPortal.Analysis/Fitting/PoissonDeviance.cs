using MathNet.Numerics;

namespace PqdPortal.Analysis.Fitting;

/// <summary>
/// The deviance of Poisson counts and its exact moments.
/// </summary>
/// <remarks>
/// D = 2 sum [mu - n + n ln(n/mu)] (Baker and Cousins 1984). A single bin of mean mu has not mean 1 and variance 2 as
/// chi-square would: at mu = 2 the mean is 1.14, and for mu to 0 it goes to 0. Goodness measured against the exact moments
/// stays honest where bins are nearly empty.
/// </remarks>
public static class PoissonDeviance
{
    /// <summary>Deviance of one bin; infinite where the model forbids what was counted.</summary>
    public static double Of(double n, double mu)
    {
        if (!(mu > 0)) return mu == 0 && n == 0 ? 0 : double.PositiveInfinity;
        if (n == 0) return 2 * mu;
        // Near n = mu the three terms cancel; the series in x = (n - mu)/mu does not.
        var x = (n - mu) / mu;
        if (Math.Abs(x) < 1e-3) return mu * x * x * (1 - x / 3 + x * x / 6);
        return 2 * (mu - n + n * Math.Log(n / mu));
    }

    /// <summary>Deviance of all bins.</summary>
    public static double Of(ReadOnlySpan<double> counts, ReadOnlySpan<double> mu)
    {
        var sum = 0.0;
        for (var i = 0; i < counts.Length; i++) sum += Of(counts[i], mu[i]);
        return double.IsNaN(sum) ? double.PositiveInfinity : sum;
    }

    /// <summary>Mean and variance of the deviance of one bin whose counts have the mean mu.</summary>
    public static (double Mean, double Variance) Moments(double mu)
    {
        if (!(mu > 0)) return (0, 0);
        if (mu > 30) return (1 + 1 / (6 * mu), 2);
        var at = Math.Log(mu) / TableStep - TableFirst;
        if (at < 0) return Sum(mu);
        var k = Math.Min((int)at, Table.Value.Length - 2);
        var f = at - k;
        var (low, high) = (Table.Value[k], Table.Value[k + 1]);
        return (low.Mean + f * (high.Mean - low.Mean), low.Variance + f * (high.Variance - low.Variance));
    }

    // A fine table in ln mu from e^-7 on: a fit asks for thousands of moments.
    const double TableStep = 0.01;
    const double TableFirst = -700;
    static readonly Lazy<(double Mean, double Variance)[]> Table = new(() =>
        [.. Enumerable.Range(0, 1042).Select(k => Sum(Math.Exp((TableFirst + k) * TableStep)))]);

    static (double Mean, double Variance) Sum(double mu)
    {
        double mean = 0, square = 0;
        var most = (int)(mu + 12 * Math.Sqrt(mu) + 25);
        for (var n = 0; n <= most; n++)
        {
            var p = Math.Exp(-mu + n * Math.Log(mu) - SpecialFunctions.FactorialLn(n));
            var d = Of(n, mu);
            mean += p * d;
            square += p * d * d;
        }

        return (mean, square - mean * mean);
    }

    /// <summary>
    /// Garwood's exact interval for the mean of a Poisson count, from Gamma quantiles.
    /// </summary>
    /// <param name="n">What was counted.</param>
    /// <param name="level">Confidence, such as 0.6827 or 0.95.</param>
    public static (double Low, double High) Interval(long n, double level)
    {
        var tail = (1 - level) / 2;
        return (n == 0 ? 0 : GammaQuantile(n, tail), GammaQuantile(n + 1, 1 - tail));
    }

    /// <summary>Quantile of the Gamma distribution of unit scale, by Newton's method from Wilson and Hilferty's guess.</summary>
    static double GammaQuantile(double shape, double p)
    {
        var z = SpecialFunctions.ErfInv(2 * p - 1) * Math.Sqrt(2);
        var c = 1 - 1 / (9 * shape) + z / (3 * Math.Sqrt(shape));
        var x = c > 0.05 ? shape * c * c * c : Math.Exp((Math.Log(p) + SpecialFunctions.GammaLn(shape + 1)) / shape);
        // From shape 1e5 on the guess itself is better than the incomplete gamma function's last digits.
        for (var i = 0; i < 50 && shape < 1e5; i++)
        {
            var density = Math.Exp((shape - 1) * Math.Log(x) - x - SpecialFunctions.GammaLn(shape));
            var step = (SpecialFunctions.GammaLowerRegularized(shape, x) - p) / density;
            if (!double.IsFinite(step)) break;
            x = step >= x ? x / 2 : x - step;
            if (Math.Abs(step) < 1e-12 * x) break;
        }

        return x;
    }
}
