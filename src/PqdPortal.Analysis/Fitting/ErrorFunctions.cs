using MathNet.Numerics;

namespace PqdPortal.Analysis.Fitting;

/// <summary>What a Gaussian response makes of exponentials.</summary>
public static class ErrorFunctions
{
    /// <summary>exp(x²) erfc(x) for x not negative.</summary>
    public static double Erfcx(double x)
    {
        if (x < 5) return Math.Exp(x * x) * SpecialFunctions.Erfc(x);
        // Laplace's continued fraction, from the tail; 24 terms suffice from 5 on.
        var f = x;
        for (var n = 24; n >= 1; n--) f = x + 0.5 * n / f;
        return 1 / (1.7724538509055159 * f);
    }
}
