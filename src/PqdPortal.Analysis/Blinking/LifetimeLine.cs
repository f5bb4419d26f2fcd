using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The line ln tau = c + s ln I through the levels, errors of both and what they share included.</summary>
/// <param name="Slope">s: 1 where the lifetime falls as the intensity does, 0 where it stays.</param>
/// <param name="Sigma">Its standard error; widened where the levels scatter about the line.</param>
/// <param name="Offset">c, for I in 1/s and tau in s.</param>
/// <param name="Scatter">Sum of squared residuals in standard deviations, over the levels beyond two; 0 for two levels.</param>
public sealed record LifetimeLine(double Slope, double Sigma, double Offset, double Scatter)
{
    /// <summary>What a lifetime is uncertain by beside counting: the response and the law of decay [relative].</summary>
    public const double Systematic = 0.01;

    /// <summary>Generalised least squares; the error of the intensity enters by the slope.</summary>
    /// <param name="lnIntensity">Shape (n), n at least 2.</param>
    /// <param name="lnTau">Shape (n).</param>
    /// <param name="covariance">Of ln tau (first n) and ln intensity (last n), without the systematic part.</param>
    /// <returns>Null where the errors have no inverse.</returns>
    public static LifetimeLine? Through(double[] lnIntensity, double[] lnTau, double[,] covariance)
    {
        var n = lnTau.Length;
        var x = DenseMatrix.Create(n, 2, (l, j) => j == 0 ? 1 : lnIntensity[l]);
        var y = DenseVector.OfArray(lnTau);
        var (slope, line) = (0.0, (LifetimeLine?)null);
        for (var round = 0; round < 8; round++)
        {
            var s = slope;
            var errors = DenseMatrix.Create(n, n, (a, b) =>
                covariance[a, b] - s * (covariance[a, n + b] + covariance[n + a, b]) + s * s * covariance[n + a, n + b] + (a == b ? Systematic * Systematic : 0));
            Matrix<double> weights, inverse;
            try
            {
                weights = errors.Cholesky().Solve(DenseMatrix.CreateIdentity(n));
                inverse = (x.Transpose() * weights * x).Inverse();
            }
            catch (ArgumentException)
            {
                return null;
            }

            var best = inverse * x.Transpose() * weights * y;
            var residual = y - x * best;
            var scatter = n > 2 ? residual * (weights * residual) / (n - 2) : 0;
            slope = best[1];
            line = new(slope, Math.Sqrt(inverse[1, 1] * Math.Max(1, scatter)), best[0], scatter);
            if (!double.IsFinite(slope) || !double.IsFinite(line.Sigma)) return null;
        }

        return line;
    }

    /// <summary>[s]</summary>
    /// <param name="intensity">[1/s]</param>
    public double At(double intensity) => Math.Exp(Offset + Slope * Math.Log(intensity));
}
