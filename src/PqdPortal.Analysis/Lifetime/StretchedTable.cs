using MathNet.Numerics;

namespace PqdPortal.Analysis.Lifetime;

/// <summary>
/// A stretched exponential that begins within a bin: its share in every bin from there on, and in the bins before it from earlier periods.
/// </summary>
/// <remarks>
/// Density e^(-(t/tau)^beta)/(tau Gamma(1 + 1/beta)), integrated over bins of length 1 by Gauss-Legendre rules; near zero, where
/// t^beta has no derivative, in the fourth root of t. Earlier periods are summed until less than 1e-7 is left, at Chebyshev
/// points of one period: they are smooth.
/// </remarks>
sealed class StretchedTable
{
    /// <summary>What the rows are: the share, its derivatives after ln tau and beta, and after the time at which it begins.</summary>
    public const int Share = 0, ByLnTau = 1, ByBeta = 2, ByShift = 3, Rows = 4;

    const int Points = 24;

    static readonly double[] Nodes2 = [-0.5773502691896257, 0.5773502691896257], Weights2 = [1, 1];
    static readonly double[] Nodes3 = [-0.7745966692414834, 0, 0.7745966692414834], Weights3 = [5.0 / 9, 8.0 / 9, 5.0 / 9];
    static readonly double[] Nodes8 = [-0.9602898564975363, -0.7966664774136267, -0.5255324099163290, -0.1834346424956498, 0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363];
    static readonly double[] Weights8 = [0.1012285362903763, 0.2223810344533745, 0.3137066458778873, 0.3626837833783620, 0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

    readonly double _lnTau, _beta, _norm, _slope, _period;
    readonly double[][]? _earlier; // Chebyshev coefficients of what earlier periods leave, for density and two derivatives

    /// <summary>Shares of the bin in which it begins and of those behind, shape (rows, bins).</summary>
    public double[][] After { get; }

    /// <summary>Shares of the bins before, the nearest first, from earlier periods; the first is that of the bin itself before the begin. Shape (rows, bins).</summary>
    public double[][] Before { get; }

    /// <param name="begin">Where in its bin it begins, 0 to 1.</param>
    /// <param name="after">Bins wanted from that bin on.</param>
    /// <param name="before">Bins wanted before and including it.</param>
    public StretchedTable(double tau, double beta, double period, double begin, int after, int before, bool slopes)
    {
        (_lnTau, _beta, _period) = (Math.Log(tau), beta, period);
        _norm = 1 / (tau * SpecialFunctions.Gamma(1 + 1 / beta));
        _slope = SpecialFunctions.DiGamma(1 + 1 / beta) / (beta * beta);
        if (double.IsFinite(period) && Math.Pow(period / tau, beta) < 30) _earlier = Earlier(tau);
        After = Make(after, k => (Math.Max(k - begin, 0), k + 1 - begin), slopes, true);
        Before = double.IsFinite(period) ? Make(before, k => (period - k - begin, period - (k == 0 ? 0 : k - 1 + begin)), slopes, false)
            : [.. Enumerable.Range(0, Rows).Select(_ => new double[before])];
    }

    double[][] Make(int bins, Func<int, (double From, double To)> range, bool slopes, bool isAfter)
    {
        var rows = new double[Rows][];
        for (var r = 0; r < Rows; r++) rows[r] = new double[bins];
        Span<double> sum = stackalloc double[3];
        Span<double> at = stackalloc double[3];
        for (var k = 0; k < bins; k++)
        {
            var (from, to) = range(k);
            sum.Clear();
            if (from < 8)
            {
                var (a, b) = (Math.Sqrt(Math.Sqrt(from)), Math.Sqrt(Math.Sqrt(to)));
                for (var i = 0; i < 8; i++)
                {
                    var v = 0.5 * (a + b) + 0.5 * (b - a) * Nodes8[i];
                    Density(v * v * v * v, at);
                    var w = 0.5 * (b - a) * Weights8[i] * 4 * v * v * v;
                    for (var r = 0; r < 3; r++) sum[r] += w * at[r];
                }
            }
            else
            {
                var (nodes, weights) = from < 64 ? (Nodes3, Weights3) : (Nodes2, Weights2);
                for (var i = 0; i < nodes.Length; i++)
                {
                    Density(0.5 * (from + to) + 0.5 * (to - from) * nodes[i], at);
                    for (var r = 0; r < 3; r++) sum[r] += 0.5 * (to - from) * weights[i] * at[r];
                }
            }

            for (var r = 0; r < 3; r++) rows[r][k] = sum[r];
            if (!slopes) continue;
            // A later begin moves the ends of a bin to earlier times of the decay; an end that is the begin itself stays.
            if (isAfter || k > 0)
            {
                Density(to, at);
                rows[ByShift][k] -= at[0];
            }

            if (from <= 0) continue;
            Density(from, at);
            rows[ByShift][k] += at[0];
        }

        return rows;
    }

    /// <summary>Density at a time within the period, earlier periods included, and its derivatives after ln tau and beta.</summary>
    void Density(double t, Span<double> into)
    {
        One(t, into);
        if (_earlier is null) return;
        var x = 2 * t / _period - 1;
        for (var r = 0; r < 3; r++)
        {
            // Clenshaw's sum.
            var c = _earlier[r];
            double b1 = 0, b2 = 0;
            for (var k = Points - 1; k >= 1; k--) (b1, b2) = (c[k] + 2 * x * b1 - b2, b1);
            into[r] += c[0] + x * b1 - b2;
        }
    }

    void One(double t, Span<double> into)
    {
        if (t <= 0)
        {
            into[0] = _norm;
            into[1] = -_norm;
            into[2] = _norm * _slope;
            return;
        }

        var ln = Math.Log(t) - _lnTau;
        var power = Math.Exp(_beta * ln);
        var density = _norm * Math.Exp(-power);
        into[0] = density;
        into[1] = density * (_beta * power - 1);
        into[2] = density * (_slope - power * ln);
    }

    double[][] Earlier(double tau)
    {
        var values = new double[3][];
        for (var r = 0; r < 3; r++) values[r] = new double[Points];
        Span<double> at = stackalloc double[3];
        var periods = 1;
        while (periods < 5000 && SpecialFunctions.GammaUpperRegularized(1 / _beta, Math.Pow(periods * _period / tau, _beta)) > 1e-7) periods++;
        for (var k = 0; k < Points; k++)
        {
            var t = 0.5 * _period * (1 + Math.Cos(Math.PI * (k + 0.5) / Points));
            for (var m = 1; m <= periods; m++)
            {
                One(t + m * _period, at);
                for (var r = 0; r < 3; r++) values[r][k] += at[r];
            }
        }

        var coefficients = new double[3][];
        for (var r = 0; r < 3; r++)
        {
            coefficients[r] = new double[Points];
            for (var j = 0; j < Points; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < Points; k++) sum += values[r][k] * Math.Cos(Math.PI * j * (k + 0.5) / Points);
                coefficients[r][j] = (j == 0 ? 1.0 : 2.0) / Points * sum;
            }
        }

        return coefficients;
    }
}
