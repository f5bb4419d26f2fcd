using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>N flat (1 + A f), f the bunching peak convolved with the pair response and averaged over each bin.</summary>
/// <param name="blurs">Response of each pair of detectors, with the share of its pairs.</param>
sealed class BunchingModel(
    PairAxis axis, double[] flat, IReadOnlyList<(PairResponse Response, double Share)> blurs, bool isGaussian, IReadOnlyList<FitParameter> parameters) : ICountModel
{
    public const int N = 0, A = 1, LnTime = 2;

    readonly double[] _f = new double[flat.Length], _near = new double[flat.Length], _one = new double[flat.Length];

    public IReadOnlyList<FitParameter> Parameters { get; } = parameters;

    /// <summary>Integral of f over all delays, over its 1/e time.</summary>
    public double Area => AreaOf(isGaussian);

    public static double AreaOf(bool isGaussian) => isGaussian ? Math.Sqrt(Math.PI) : 2;

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        Shape(_f, p[LnTime]);
        for (var i = 0; i < mu.Length; i++) mu[i] = p[N] * flat[i] * (1 + p[A] * _f[i]);
        if (jacobian is null) return;
        const double h = 1e-4;
        Shape(_near, p[LnTime] + h);
        for (var i = 0; i < mu.Length; i++)
        {
            jacobian[N][i] = flat[i] * (1 + p[A] * _f[i]);
            jacobian[A][i] = p[N] * flat[i] * _f[i];
            jacobian[LnTime][i] = p[N] * flat[i] * p[A] * (_near[i] - _f[i]) / h;
        }
    }

    /// <summary>The peak itself at zero delay, after the response.</summary>
    public double Centre(double lnTime)
    {
        Shape(_near, lnTime);
        return _near[axis.Side];
    }

    void Shape(double[] into, double lnTime)
    {
        var t = Math.Exp(lnTime);
        if (blurs.Count == 1)
        {
            Blurred(into, t, blurs[0].Response);
            return;
        }

        Array.Clear(into);
        foreach (var (response, share) in blurs)
        {
            Blurred(_one, t, response);
            for (var i = 0; i < into.Length; i++) into[i] += share * _one[i];
        }
    }

    void Blurred(double[] into, double t, PairResponse response)
    {
        if (!isGaussian)
        {
            response.Average(into, axis.Side, axis.BinSeconds, 0, 1 / t);
            return;
        }

        // A Gaussian convolved with a Gaussian is one; its mean over a bin a difference of error functions.
        var isMeasured = response.Teeth.Count > 0;
        var wide = isMeasured ? t : Math.Sqrt(t * t + 2 * response.Sigma * response.Sigma);
        var height = t * 0.5 * Math.Sqrt(Math.PI) / axis.BinSeconds;
        for (var i = 0; i < into.Length; i++)
        {
            var (from, to) = (axis.Centre(i) - 0.5 * axis.BinSeconds, axis.Centre(i) + 0.5 * axis.BinSeconds);
            if (!isMeasured)
            {
                into[i] = height * (SpecialFunctions.Erf(to / wide) - SpecialFunctions.Erf(from / wide));
                continue;
            }

            into[i] = 0;
            foreach (var (lag, weight) in response.Teeth)
                into[i] += weight * height * (SpecialFunctions.Erf((to - lag) / wide) - SpecialFunctions.Erf((from - lag) / wide));
        }
    }
}
