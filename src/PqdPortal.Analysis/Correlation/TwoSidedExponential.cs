using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>exp(-k|t|), convolved with a Gaussian response and averaged over delay bins.</summary>
public static class TwoSidedExponential
{
    const double Sqrt2 = 1.4142135623730951;

    // Four-point Gauss-Legendre rule on [-1, 1].
    static readonly double[] Nodes = [-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526];
    static readonly double[] Weights = [0.34785484513745385, 0.6521451548625461, 0.6521451548625461, 0.34785484513745385];

    /// <summary>Value at one delay.</summary>
    /// <param name="t">Delay [s].</param>
    /// <param name="k">Rate [1/s].</param>
    /// <param name="sigma">Standard deviation of the response [s].</param>
    /// <remarks>
    /// Each half is 0.5 e^(-t²/2s²) erfcx(z), z = sk/√2 ± t/(s√2), while z is not negative. For negative z erfcx overflows
    /// (beyond 37 sigma the product is 0 times infinity), and the same half is written 0.5 e^(s²k²/2 ± kt) erfc(z).
    /// </remarks>
    public static double At(double t, double k, double sigma)
    {
        if (sigma <= 0) return Math.Exp(-k * Math.Abs(t));
        var (a, b) = (sigma * k / Sqrt2, t / (sigma * Sqrt2));
        return Half(a + b, k * t) + Half(a - b, -k * t);

        double Half(double z, double kt) => z >= 0
            ? 0.5 * Math.Exp(-b * b) * ErrorFunctions.Erfcx(z)
            : 0.5 * Math.Exp(a * a + kt) * SpecialFunctions.Erfc(z);
    }

    /// <summary>Mean over bins of equal width.</summary>
    /// <param name="into">Receives the mean of each bin; bin j is centred at (j - side) width.</param>
    /// <param name="centre">Where t = 0 lies on that axis [s].</param>
    public static void Average(Span<double> into, int side, double width, double centre, double k, double sigma)
    {
        var fade = -SpecialFunctions.Expm1(-k * width) / (k * width);
        var lift = Math.Exp(Math.Min(0.5 * sigma * sigma * k * k, 700));
        // Beyond this the response only lifts the exponential; erfc there differs from 0 or 2 by less than 1e-15.
        var near = sigma > 0 ? sigma * (8.5 + sigma * k) : 0;
        for (var j = 0; j < into.Length; j++)
        {
            var middle = (j - side) * width - centre;
            var inner = Math.Abs(middle) - 0.5 * width;
            if (inner >= near)
                into[j] = lift * Math.Exp(-k * inner) * fade;
            else if (sigma <= 0)
                // The bin holds the cusp: both sides of it, exactly.
                into[j] = -(SpecialFunctions.Expm1(-k * (0.5 * width - middle))
                    + SpecialFunctions.Expm1(-k * (0.5 * width + middle))) / (k * width);
            else
                into[j] = Composite(middle, width, k, sigma);
        }
    }

    static double Composite(double middle, double width, double k, double sigma)
    {
        var pieces = Math.Clamp((int)Math.Ceiling(width / sigma), 1, 4000);
        var half = 0.5 * width / pieces;
        var sum = 0.0;
        for (var piece = 0; piece < pieces; piece++)
        {
            var at = middle - 0.5 * width + (2 * piece + 1) * half;
            for (var n = 0; n < Nodes.Length; n++) sum += Weights[n] * At(at + Nodes[n] * half, k, sigma);
        }

        return 0.5 * sum / pieces;
    }
}
