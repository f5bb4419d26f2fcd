using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Brightness;

/// <summary>Counts of a saturation curve: time (Isat f(P/Psat) + s P + d), each over the dispersion of its point.</summary>
/// <remarks>f(x) = x/(1 + x), or 1 - e^-x where each pulse may bring several excitons and they leave as one photon.</remarks>
/// <param name="power">Shape (points).</param>
/// <param name="seconds">Counting time of each point, shape (points).</param>
/// <param name="dispersion">Variance over mean of each point, shape (points): counts of a point that scatters more weigh less.</param>
sealed class SaturationModel(
    double[] power, double[] seconds, double[] dispersion, bool isPoissonAbsorption, FitParameter dark, double[] start) : ICountModel
{
    public const int Isat = 0, Psat = 1, Slope = 2, Dark = 3;

    public IReadOnlyList<FitParameter> Parameters { get; } =
    [
        new("Isat_cps", start[Isat], 0) { Scale = Math.Max(start[Isat], 1) },
        new("Psat_uW", start[Psat], 1e-6 * start[Psat], 1e6 * start[Psat]) { Scale = start[Psat] },
        new("slope_cps_per_uW", start[Slope], 0) { Scale = Math.Max(start[Isat] / start[Psat], 1e-9) },
        dark,
    ];

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        for (var i = 0; i < power.Length; i++)
        {
            var (x, w) = (power[i] / p[Psat], seconds[i] / dispersion[i]);
            var exp = Math.Exp(-x);
            var (f, slope) = isPoissonAbsorption ? (-double.ExpM1(-x), exp) : (x / (1 + x), 1 / ((1 + x) * (1 + x)));
            mu[i] = w * (p[Isat] * f + p[Slope] * power[i] + p[Dark]);
            if (jacobian is null) continue;
            jacobian[Isat][i] = w * f;
            jacobian[Psat][i] = -w * p[Isat] * slope * x / p[Psat];
            jacobian[Slope][i] = w * power[i];
            jacobian[Dark][i] = w;
        }
    }

    /// <summary>Variance over mean of each point where a share of its power, or of its light, is added to its counting error.</summary>
    public double[] Dispersion(double[] p, double share, bool isOfPower) =>
    [
        .. power.Select((at, i) =>
        {
            var x = at / p[Psat];
            var (f, slope) = isPoissonAbsorption ? (-double.ExpM1(-x), Math.Exp(-x)) : (x / (1 + x), 1 / ((1 + x) * (1 + x)));
            var light = seconds[i] * (p[Isat] * f + p[Slope] * at);
            var moved = share * (isOfPower ? seconds[i] * (p[Isat] * slope * x + p[Slope] * at) : light);
            return 1 + moved * moved / Math.Max(light + seconds[i] * p[Dark], 1e-9);
        }),
    ];

    /// <summary>The rate at a power [1/s].</summary>
    public static double Rate(ReadOnlySpan<double> p, double power, bool isPoissonAbsorption)
    {
        var x = power / p[Psat];
        return p[Isat] * (isPoissonAbsorption ? -double.ExpM1(-x) : x / (1 + x)) + p[Slope] * power + p[Dark];
    }
}
