using MathNet.Numerics;
using PqdPortal.Analysis.Fitting;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// Expected pairs of a two-level or three-level emitter, in the bins of a pair histogram.
/// </summary>
/// <remarks>
/// mu = S { N [1 - (1 - g0 + a) E(t; t1) + a E(t; t2)] + c P(t) }, S the pairs of uncorrelated light, E the two-sided
/// exponential convolved with the pair response and averaged over the bin (Kitson et al., PRA 58, 620 (1998)), so that the
/// model at zero delay before the response is N g0 for any a. P is a symmetric pair of Gaussians for crosstalk inside the dip.
/// Times enter as logarithms, t2 as ln(t2/t1), which keeps t2 the longer one.
/// </remarks>
public sealed class CwG2Model : ICountModel
{
    public const int N = 0, G0 = 1, LnT1 = 2, A = 3, LnT2OverT1 = 4;

    readonly PairAxis _axis;
    readonly double[] _flat;
    readonly PairResponse _response;

    /// <param name="flat">Pairs of uncorrelated light in each bin, shape (bins).</param>
    /// <param name="response">The pair response.</param>
    /// <param name="threeLevel">With bunching.</param>
    /// <param name="centre">Where the dip lies [s], and whether it may move.</param>
    /// <param name="exactLevel">The wings' level is that of the exact normalisation, 1, and not fitted.</param>
    /// <param name="crosstalk">Start values of a pair of Gaussians inside the dip: height in g2, place [s], width [s].</param>
    public CwG2Model(
        PairAxis axis, double[] flat, PairResponse response, bool threeLevel, double[] start, (double At, bool Free) centre,
        (double Height, double At, double Width)? crosstalk = null, bool exactLevel = false)
    {
        (_axis, _flat, _response) = (axis, flat, response);
        ThreeLevel = threeLevel;
        var range = axis.Side * axis.BinSeconds;
        var parameters = new List<FitParameter>
        {
            new("N", exactLevel ? 1 : start[N], 1e-6) { Fixed = exactLevel },
            new("g0", start[G0]),
            new("ln t1", start[LnT1], Math.Log(0.02 * axis.BinSeconds), Math.Log(2 * range)),
        };
        if (threeLevel)
        {
            parameters.Add(new("a", start[A], 0));
            parameters.Add(new("ln t2/t1", start[LnT2OverT1], Math.Log(1.5), Math.Log(1e5)));
        }

        Centre = parameters.Count;
        parameters.Add(new("t0", centre.At, centre.At - 0.5 * range, centre.At + 0.5 * range) { Fixed = !centre.Free, Scale = axis.BinSeconds });
        Peak = crosstalk is null ? -1 : parameters.Count;
        if (crosstalk is { } peak)
        {
            parameters.Add(new("crosstalk", peak.Height));
            parameters.Add(new("crosstalk at", peak.At, 0.2 * peak.At, 3 * peak.At) { Scale = axis.BinSeconds });
            parameters.Add(new("ln crosstalk width", Math.Log(peak.Width), Math.Log(0.05 * axis.BinSeconds), Math.Log(peak.At)));
        }

        Parameters = parameters;
    }

    public IReadOnlyList<FitParameter> Parameters { get; }
    public bool ThreeLevel { get; }

    /// <summary>Index of the dip's centre, and of the crosstalk's three parameters (-1 without).</summary>
    public int Centre { get; }
    public int Peak { get; }

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        var bins = _flat.Length;
        var t1 = Math.Exp(p[LnT1]);
        var a = ThreeLevel ? p[A] : 0;
        var dip = 1 - p[G0] + a;
        var e1 = new double[bins];
        Exponential(e1, t1, p[Centre]);
        var e2 = new double[ThreeLevel ? bins : 0];
        if (ThreeLevel) Exponential(e2, t1 * Math.Exp(p[LnT2OverT1]), p[Centre]);
        for (var i = 0; i < bins; i++)
            mu[i] = _flat[i] * p[N] * (1 - dip * e1[i] + (ThreeLevel ? a * e2[i] : 0));
        if (Peak >= 0)
        {
            var peak = new double[bins];
            Gaussians(peak, p);
            for (var i = 0; i < bins; i++) mu[i] += _flat[i] * p[Peak] * peak[i];
            if (jacobian is not null) GaussianRows(p, peak, jacobian);
        }

        if (jacobian is null) return;
        var d1 = Slope(t1, p[Centre], 1, 0);
        var d2 = ThreeLevel ? Slope(t1 * Math.Exp(p[LnT2OverT1]), p[Centre], 1, 0) : [];
        var free = !Parameters[Centre].Fixed;
        var c1 = free ? Slope(t1, p[Centre], 0, 1) : [];
        var c2 = free && ThreeLevel ? Slope(t1 * Math.Exp(p[LnT2OverT1]), p[Centre], 0, 1) : [];
        for (var i = 0; i < bins; i++)
        {
            var flat = _flat[i];
            jacobian[N][i] = flat * (1 - dip * e1[i] + (ThreeLevel ? a * e2[i] : 0));
            jacobian[G0][i] = flat * p[N] * e1[i];
            // Both times move with ln t1, since t2 is kept as a multiple of it.
            jacobian[LnT1][i] = flat * p[N] * (-dip * d1[i] + (ThreeLevel ? a * d2[i] : 0));
            if (ThreeLevel)
            {
                jacobian[A][i] = flat * p[N] * (e2[i] - e1[i]);
                jacobian[LnT2OverT1][i] = flat * p[N] * a * d2[i];
            }

            jacobian[Centre][i] = free ? flat * p[N] * (-dip * c1[i] + (ThreeLevel ? a * c2[i] : 0)) : 0;
        }
    }

    void Exponential(double[] into, double t, double centre) =>
        _response.Average(into, _axis.Side, _axis.BinSeconds, centre, 1 / t);

    /// <summary>Derivative of a two-sided exponential after ln t or after the centre, by central differences.</summary>
    double[] Slope(double t, double centre, double alongLog, double alongCentre)
    {
        const double h = 1e-5;
        var step = alongLog != 0 ? h : h * _axis.BinSeconds;
        var (low, high) = (new double[_flat.Length], new double[_flat.Length]);
        Exponential(low, t * Math.Exp(-alongLog * h), centre - alongCentre * step);
        Exponential(high, t * Math.Exp(alongLog * h), centre + alongCentre * step);
        for (var i = 0; i < low.Length; i++) high[i] = (high[i] - low[i]) / (2 * step);
        return high;
    }

    void Gaussians(double[] into, ReadOnlySpan<double> p)
    {
        var (at, width) = (p[Peak + 1], Math.Exp(p[Peak + 2]));
        for (var i = 0; i < into.Length; i++)
        {
            var t = _axis.Centre(i) - p[Centre];
            into[i] = Mean(t - at) + Mean(t + at);
        }

        double Mean(double t)
        {
            var half = 0.5 * _axis.BinSeconds;
            if (Math.Abs(t) > half + 9 * width) return 0;
            var s = width * Math.Sqrt(2);
            return width * Math.Sqrt(Math.PI / 2) / _axis.BinSeconds * (SpecialFunctions.Erf((t + half) / s) - SpecialFunctions.Erf((t - half) / s));
        }
    }

    void GaussianRows(ReadOnlySpan<double> p, double[] peak, double[][] jacobian)
    {
        for (var i = 0; i < peak.Length; i++) jacobian[Peak][i] = _flat[i] * peak[i];
        var (q, low, high) = (p.ToArray(), new double[peak.Length], new double[peak.Length]);
        for (var j = 1; j <= 2; j++)
        {
            var h = j == 1 ? 1e-4 * _axis.BinSeconds : 1e-4;
            q[Peak + j] = p[Peak + j] - h;
            Gaussians(low, q);
            q[Peak + j] = p[Peak + j] + h;
            Gaussians(high, q);
            q[Peak + j] = p[Peak + j];
            for (var i = 0; i < peak.Length; i++) jacobian[Peak + j][i] = _flat[i] * p[Peak] * (high[i] - low[i]) / (2 * h);
        }
    }

    /// <summary>
    /// Start values: the best linear fit of N and the amplitudes over a grid of times, weighted like the counts.
    /// </summary>
    public static double[] Guess(PairAxis axis, double[] flat, double[] counts, bool[] use, PairResponse response, bool threeLevel, double centre)
    {
        var range = axis.Side * axis.BinSeconds;
        var shortest = Math.Max(0.3 * axis.BinSeconds, 1e-13);
        var times = new List<double>();
        for (var t = shortest; t < 0.7 * range; t *= 1.5) times.Add(t);
        var averages = times.Select(t =>
        {
            var e = new double[flat.Length];
            response.Average(e, axis.Side, axis.BinSeconds, centre, 1 / t);
            return e;
        }).ToArray();

        double[] best = [1, 0.5, Math.Log(0.1 * range), 0.1, Math.Log(5)];
        var least = double.PositiveInfinity;
        for (var i = 0; i < times.Count; i++)
        {
            for (var j = threeLevel ? i + 2 : -1; j < (threeLevel ? times.Count : 0); j++)
            {
                if (Linear(flat, counts, use, averages[i], j < 0 ? null : averages[j]) is not { } fit || fit.Misfit >= least) continue;
                var (n, dip, a) = (fit.N, -fit.B1 / fit.N, fit.B2 / fit.N);
                if (n <= 0 || a < 0) continue;
                least = fit.Misfit;
                best = [n, 1 + a - dip, Math.Log(times[i]), Math.Max(a, 1e-4), j < 0 ? Math.Log(5) : Math.Log(times[j] / times[i])];
            }
        }

        // The likelihood knows no bin below zero: lift the dip until the model is positive everywhere.
        best[G0] = Math.Max(best[G0], 0.02);
        return best;
    }

    static (double N, double B1, double B2, double Misfit)? Linear(double[] flat, double[] counts, bool[] use, double[] e1, double[]? e2)
    {
        var k = e2 is null ? 2 : 3;
        Span<double> m = stackalloc double[9];
        Span<double> r = stackalloc double[3];
        m.Clear();
        r.Clear();
        double square = 0;
        for (var i = 0; i < flat.Length; i++)
        {
            if (!use[i] || flat[i] <= 0) continue;
            // Weights from the uncorrelated light, not from the counts: those would pull the fit down.
            var w = flat[i];
            var y = counts[i] / flat[i];
            var (x1, x2) = (e1[i], e2 is null ? 0 : e2[i]);
            m[0] += w;
            m[1] += w * x1;
            m[2] += w * x2;
            m[4] += w * x1 * x1;
            m[5] += w * x1 * x2;
            m[8] += w * x2 * x2;
            r[0] += w * y;
            r[1] += w * y * x1;
            r[2] += w * y * x2;
            square += w * y * y;
        }

        m[3] = m[1];
        m[6] = m[2];
        m[7] = m[5];
        Span<double> b = stackalloc double[3];
        b.Clear();
        if (k == 2)
        {
            var det = m[0] * m[4] - m[1] * m[1];
            if (!(det > 1e-12 * m[0] * m[4])) return null;
            b[0] = (r[0] * m[4] - r[1] * m[1]) / det;
            b[1] = (m[0] * r[1] - m[1] * r[0]) / det;
        }
        else
        {
            var det = m[0] * (m[4] * m[8] - m[5] * m[5]) - m[1] * (m[1] * m[8] - m[5] * m[2]) + m[2] * (m[1] * m[5] - m[4] * m[2]);
            if (!(det > 1e-12 * m[0] * m[4] * m[8])) return null;
            b[0] = (r[0] * (m[4] * m[8] - m[5] * m[5]) - m[1] * (r[1] * m[8] - m[5] * r[2]) + m[2] * (r[1] * m[5] - m[4] * r[2])) / det;
            b[1] = (m[0] * (r[1] * m[8] - r[2] * m[5]) - r[0] * (m[1] * m[8] - m[5] * m[2]) + m[2] * (m[1] * r[2] - r[1] * m[2])) / det;
            b[2] = (m[0] * (m[4] * r[2] - m[5] * r[1]) - m[1] * (m[1] * r[2] - r[1] * m[2]) + r[0] * (m[1] * m[5] - m[4] * m[2])) / det;
        }

        return (b[0], b[1], b[2], square - b[0] * r[0] - b[1] * r[1] - b[2] * r[2]);
    }
}
