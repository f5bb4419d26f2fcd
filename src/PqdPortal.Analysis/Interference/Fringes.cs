using MathNet.Numerics.LinearAlgebra.Double;

namespace PqdPortal.Analysis.Interference;

/// <summary>The fringe at one coarse delay: counts against fine delay as c0 + c1 cos + c2 sin, and what it says of the visibility.</summary>
/// <remarks>
/// Least squares; the phase is free, so a stage that drifts between coarse delays costs nothing. The likelihood of a visibility V takes
/// the phase for unknown: of all fringes of that visibility, whatever their phase, it asks how likely (c1, c2)/c0 is. With equal errors
/// that is Rice's distribution. A fit of the phase beside V would find a fringe in any noise.
/// </remarks>
sealed class Fringe
{
    /// <summary>Largest visibility that is looked at; above 1 only noise goes.</summary>
    public const double Most = 1.6;

    const int Steps = 400, PhasePoints = 65;

    readonly double[] _likelihood = new double[Steps + 1];
    readonly double _r1, _r2, _s11, _s12, _s22;

    /// <param name="delay">Coarse delay [s].</param>
    /// <param name="c">c0, c1, c2; c0 without background.</param>
    /// <param name="covariance">Of c0, c1, c2.</param>
    Fringe(double delay, double[] c, double[,] covariance, (double Left, double Expected, double Variance) residuals, double total)
    {
        (Delay, Residuals, Total) = (delay, residuals, total);
        (_r1, _r2) = (c[1] / c[0], c[2] / c[0]);
        double Of(int a, int b, double ra, double rb) =>
            (covariance[a, b] - rb * covariance[a, 0] - ra * covariance[0, b] + ra * rb * covariance[0, 0]) / (c[0] * c[0]);
        (_s11, _s12, _s22) = (Of(1, 1, _r1, _r1), Of(1, 2, _r1, _r2), Of(2, 2, _r2, _r2));
        NoiseSquared = (covariance[1, 1] + covariance[2, 2]) / (c[0] * c[0]);
    }

    public double Delay { get; }

    /// <summary>Sum of squared residuals over the mean count; its mean and variance, were the counts Poisson.</summary>
    /// <remarks>Not each over its own mean: in the dark of a full fringe that is next to nothing.</remarks>
    public (double Left, double Expected, double Variance) Residuals { get; }

    /// <summary>Counts of all its points.</summary>
    public double Total { get; }

    /// <summary>What noise alone adds to the square of the visibility.</summary>
    public double NoiseSquared { get; private set; }

    /// <summary>V² = (c1² + c2² - var(c1) - var(c2))/c0²: without the bias of noise, below 0 where noise would make more.</summary>
    public double VisibilitySquared => _r1 * _r1 + _r2 * _r2 - NoiseSquared;

    /// <summary>Standard error of <see cref="VisibilitySquared"/>.</summary>
    public double SquaredSigma
    {
        get
        {
            var v2 = Math.Max(VisibilitySquared, 0);
            var along = v2 > 0 ? (_r1 * _r1 * _s11 + 2 * _r1 * _r2 * _s12 + _r2 * _r2 * _s22) / (_r1 * _r1 + _r2 * _r2) : NoiseSquared / 2;
            return Math.Sqrt(4 * v2 * along * Scale + NoiseSquared * NoiseSquared);
        }
    }

    double Scale { get; set; } = 1;

    /// <summary>Fits the points of one coarse delay.</summary>
    /// <param name="phase">Phase of the fringe at each point, up to a constant, shape (points).</param>
    /// <returns>Null where the points do not cover enough of a fringe to part its three numbers.</returns>
    public static Fringe? Of(double delay, double[] phase, double[] counts, double background)
    {
        var n = phase.Length;
        if (n < 3) return null;
        var x = DenseMatrix.Create(n, 3, (i, j) => j == 0 ? 1 : j == 1 ? Math.Cos(phase[i]) : Math.Sin(phase[i]));
        var normal = x.TransposeThisAndMultiply(x);
        if (normal.Determinant() < 0.02 * n * (double)n * n) return null;
        var inverse = normal.Inverse();
        var c = inverse * x.TransposeThisAndMultiply(DenseVector.OfArray(counts));
        var mu = (x * c).Select(value => Math.Max(value, 1e-3 * c[0])).ToArray();
        if (!(c[0] > 0)) return null;
        var middle = DenseMatrix.Create(3, 3, (a, b) => Enumerable.Range(0, n).Sum(i => x[i, a] * x[i, b] * mu[i]));
        var covariance = inverse * middle * inverse;
        var fit = x * c;
        var hat = x * inverse * x.Transpose();
        (double Left, double Expected, double Variance) residuals = (0, 0, 0);
        for (var i = 0; i < n; i++)
        {
            var of = mu[i] / c[0];
            residuals.Left += (counts[i] - fit[i]) * (counts[i] - fit[i]) / c[0];
            residuals.Expected += of * (1 - hat[i, i]);
            residuals.Variance += 2 * of * of + of / c[0];
        }

        return c[0] - background <= 0 ? null : new(delay, [c[0] - background, c[1], c[2]], covariance.ToArray(), residuals, counts.Sum());
    }

    /// <summary>Sum of squared residuals left by a fringe of these phases, for the search of the wavelength.</summary>
    public static double? Misfit(double[] phase, double[] counts) => Of(0, phase, counts, 0)?.Residuals.Left;

    /// <summary>Widens all errors by a factor on the variances, and tabulates the likelihood.</summary>
    public void Prepare(double scale)
    {
        Scale = scale;
        NoiseSquared *= scale;
        for (var k = 0; k <= Steps; k++) _likelihood[k] = Compute(Most * k / Steps, scale);
    }

    /// <summary>-2 ln of the likelihood of a visibility.</summary>
    /// <remarks>From the table by a cubic through four neighbours, exact where the likelihood is Gaussian.</remarks>
    public double Deviance(double visibility)
    {
        var at = Math.Clamp(visibility / Most * Steps, 0, Steps);
        var k = Math.Clamp((int)at - 1, 0, Steps - 3);
        var t = at - k;
        var (a, b, c, d) = (_likelihood[k], _likelihood[k + 1], _likelihood[k + 2], _likelihood[k + 3]);
        return -a * (t - 1) * (t - 2) * (t - 3) / 6 + b * t * (t - 2) * (t - 3) / 2 - c * t * (t - 1) * (t - 3) / 2 + d * t * (t - 1) * (t - 2) / 6;
    }

    /// <summary>Where the likelihood of this fringe alone is largest.</summary>
    public double LeastDeviance => _likelihood.Min();

    double Compute(double v, double scale)
    {
        var (s11, s12, s22) = (_s11 * scale, _s12 * scale, _s22 * scale);
        var determinant = s11 * s22 - s12 * s12;
        var (i11, i12, i22) = (s22 / determinant, -s12 / determinant, s11 / determinant);
        var size = Math.Sqrt(_r1 * _r1 + _r2 * _r2);
        var centre = Math.Atan2(_r2, _r1);
        // A strong fringe allows only a narrow range of phases; a grid over the whole circle would miss it.
        var half = v * size > 0 ? Math.Min(Math.PI, 9 * Math.Sqrt(Math.Max(s11, s22) / (v * size))) : Math.PI;
        Span<double> q = stackalloc double[PhasePoints];
        var least = double.PositiveInfinity;
        for (var k = 0; k < PhasePoints; k++)
        {
            var (sin, cos) = Math.SinCos(centre + half * (2.0 * k / (PhasePoints - 1) - 1));
            var (d1, d2) = (_r1 - v * cos, _r2 - v * sin);
            q[k] = i11 * d1 * d1 + 2 * i12 * d1 * d2 + i22 * d2 * d2;
            least = Math.Min(least, q[k]);
        }

        var sum = 0.0;
        for (var k = 0; k < PhasePoints; k++) sum += (k is 0 or PhasePoints - 1 ? 0.5 : 1) * Math.Exp(-(q[k] - least) / 2);
        return least - 2 * Math.Log(sum * half / (PhasePoints - 1) / Math.PI) + Math.Log(determinant);
    }
}
