using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>exp(-a|t|) exp(-b|t - d|), blurred by a pair response and averaged over delay bins.</summary>
/// <remarks>
/// Before, between and behind its two cusps the product is one exponential each: a sum of one-sided exponentials. Blurred by a
/// Gaussian each of them is e(t) = 0.5 e^(s²k²/2 - kt) erfc((sk - t/s)/√2), whose integral is (Phi(t/s) - e(t))/k.
/// </remarks>
static class TwoCusps
{
    const double Sqrt2 = 1.4142135623730951;

    /// <param name="into">Receives the mean of each bin; bin j is centred at (j - side) width.</param>
    /// <param name="centre">Where t = 0 lies on that axis [s].</param>
    /// <param name="a">Rate of the cusp at 0 [1/s].</param>
    /// <param name="b">Rate of the cusp at d [1/s].</param>
    /// <param name="d">Where the second cusp lies [s]; of either sign.</param>
    public static void Average(Span<double> into, int side, double width, double centre, double a, double b, double d, PairResponse response)
    {
        // A product below this everywhere is nothing beside dips of one half.
        const double nothing = 2e-4;
        var length = Math.Abs(d);
        var (atZero, atOther) = (Math.Exp(-b * length), Math.Exp(-a * length));
        into.Clear();
        if (Math.Max(atZero, atOther) < nothing) return;

        var between = Math.Abs(a - b) < 1e-6 * (a + b) ? 1e-6 * (a + b) : a - b;
        // Heights, places, rates and directions as for d > 0; the other sign is the mirror image.
        List<(double Height, double At, double Rate, bool Later)> pieces = [(atZero, 0, a + b, false), (atOther, length, a + b, true)];
        if (between > 0) pieces.AddRange([(atZero, 0, between, true), (-atOther, length, between, true)]);
        else pieces.AddRange([(atOther, length, -between, false), (-atZero, 0, -between, false)]);
        IReadOnlyList<(double Lag, double Weight)> teeth = response.Teeth.Count > 0 ? response.Teeth : [(0, 1)];
        var sigma = response.Teeth.Count > 0 ? 0 : response.Sigma;

        var before = Below(-(side + 0.5) * width - centre);
        for (var j = 0; j < into.Length; j++)
        {
            var after = Below((j + 0.5 - side) * width - centre);
            into[j] = (after - before) / width;
            before = after;
        }

        // The integral from minus infinity, but for a constant.
        double Below(double t)
        {
            var sum = 0.0;
            foreach (var (lag, weight) in teeth)
                foreach (var (height, at, rate, later) in pieces)
                {
                    var x = t - lag;
                    sum += weight * height * (d >= 0 == later ? Integral(x - (d >= 0 ? at : -at), rate, sigma) : -Integral((d >= 0 ? at : -at) - x, rate, sigma));
                }

            return sum;
        }
    }

    /// <summary>Integral up to x of exp(-kt), t above 0, blurred by a Gaussian.</summary>
    static double Integral(double x, double k, double sigma)
    {
        if (sigma <= 0) return x > 0 ? -SpecialFunctions.Expm1(-k * x) / k : 0;
        var u = x / (sigma * Sqrt2);
        var z = sigma * k / Sqrt2 - u;
        var blurred = z >= 0 ? 0.5 * Math.Exp(-u * u) * ErrorFunctions.Erfcx(z) : 0.5 * Math.Exp(0.5 * sigma * sigma * k * k - k * x) * SpecialFunctions.Erfc(z);
        return (0.5 * SpecialFunctions.Erfc(-u) - blurred) / k;
    }
}
