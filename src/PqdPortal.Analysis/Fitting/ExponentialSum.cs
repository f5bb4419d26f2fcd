
namespace PqdPortal.Analysis.Fitting;

/// <summary>
/// A sum of up to three exponentials on a baseline of zero, sum of A_i e^(-x/t_i), averaged over bins and fitted to values with
/// known standard errors.
/// </summary>
/// <remarks>
/// For values that are no counts: a correlation whose errors come from blocks of time. Amplitudes are linear, so the start is found by trying all
/// choices of times on a logarithmic grid, each with its best amplitudes; damped Gauss-Newton steps in A and ln t end it. The
/// fastest may be negative (a dip before the plateau), the others not.
/// </remarks>
public sealed class ExponentialSum
{
    const int GridTimes = 36;
    const int MostSteps = 100;

    readonly (double From, double To)[] _bins;
    readonly double[] _weight;

    ExponentialSum((double, double)[] bins, double[] weight, double[] p, double chiSquare, bool converged, bool[] atBound)
    {
        (_bins, _weight, Parameters, ChiSquare, Converged, AtBound) = (bins, weight, p, chiSquare, converged, atBound);
        Components = p.Length / 2;
    }

    public int Components { get; }

    /// <summary>A_1, ln t_1, A_2, ln t_2 ..., times ascending.</summary>
    public double[] Parameters { get; }

    public double ChiSquare { get; }
    public bool Converged { get; }

    /// <summary>Components whose time ended at the edge of what the bins can tell.</summary>
    public bool[] AtBound { get; }

    public double Amplitude(int component) => Parameters[2 * component];

    public double Time(int component) => Math.Exp(Parameters[2 * component + 1]);

    /// <summary>One component averaged over a bin.</summary>
    public double Value(int component, int bin) => Amplitude(component) * Mean(_bins[bin], Time(component));

    /// <summary>The whole sum averaged over a bin.</summary>
    public double Value(int bin) => Enumerable.Range(0, Components).Sum(component => Value(component, bin));

    /// <summary>e^(-x/t) averaged over a bin.</summary>
    public static double Mean((double From, double To) bin, double t)
    {
        var width = (bin.To - bin.From) / t;
        return Math.Exp(-bin.From / t) * (width < 1e-6 ? 1 - 0.5 * width : (1 - Math.Exp(-width)) / width);
    }

    /// <summary>Fits so many exponentials.</summary>
    /// <param name="bins">Where each value's bin begins and ends, shape (bins).</param>
    /// <param name="values">Shape (bins).</param>
    /// <param name="sigma">Standard error of each value, positive, shape (bins).</param>
    /// <param name="components">0 to 3.</param>
    public static ExponentialSum Fit((double From, double To)[] bins, double[] values, double[] sigma, int components, CancellationToken stop = default)
    {
        var weight = sigma.Select(s => 1 / (s * s)).ToArray();
        if (components == 0)
            return new(bins, weight, [], values.Select((y, i) => weight[i] * y * y).Sum(), true, []);
        var (shortest, longest) = (0.3 * Math.Max(bins.Min(bin => bin.To - bin.From), bins[0].From), 2 * bins[^1].To);
        var p = Start(bins, values, weight, components, shortest, longest, stop);
        return Descend(bins, values, weight, p, Math.Log(shortest), Math.Log(longest));
    }

    static double[] Start((double From, double To)[] bins, double[] values, double[] weight, int components, double shortest, double longest, CancellationToken stop)
    {
        var times = Enumerable.Range(0, GridTimes).Select(k => shortest * Math.Pow(longest / shortest, (k + 0.5) / GridTimes)).ToArray();
        var shapes = times.Select(t => bins.Select(bin => Mean(bin, t)).ToArray()).ToArray();
        var gram = new double[GridTimes, GridTimes];
        var with = new double[GridTimes];
        for (var a = 0; a < GridTimes; a++)
        {
            for (var i = 0; i < bins.Length; i++) with[a] += weight[i] * shapes[a][i] * values[i];
            for (var b = 0; b <= a; b++)
            {
                for (var i = 0; i < bins.Length; i++) gram[a, b] += weight[i] * shapes[a][i] * shapes[b][i];
                gram[b, a] = gram[a, b];
            }
        }

        var best = (Gain: double.NegativeInfinity, P: new double[2 * components]);
        for (var k = 0; k < components; k++) best.P[2 * k + 1] = Math.Log(times[(2 * k + 1) * GridTimes / (2 * components)]);
        var choice = new int[components];
        Try(0, 0);
        return best.P;

        void Try(int depth, int from)
        {
            if (depth < components)
            {
                stop.ThrowIfCancellationRequested();
                for (var k = from; k < GridTimes; k++)
                {
                    choice[depth] = k;
                    Try(depth + 1, k + 2);
                }

                return;
            }

            var matrix = new double[components, components];
            var right = new double[components];
            for (var a = 0; a < components; a++)
            {
                right[a] = with[choice[a]];
                for (var b = 0; b < components; b++) matrix[a, b] = gram[choice[a], choice[b]];
            }

            if (Solve(matrix, right) is not { } amplitudes) return;
            for (var a = 1; a < components; a++)
                if (amplitudes[a] <= 0) return;
            // Chi-square of the best amplitudes is that of zero less this.
            var gain = 0.0;
            for (var a = 0; a < components; a++) gain += amplitudes[a] * right[a];
            if (gain <= best.Gain) return;
            best.Gain = gain;
            for (var a = 0; a < components; a++) (best.P[2 * a], best.P[2 * a + 1]) = (amplitudes[a], Math.Log(times[choice[a]]));
        }
    }

    static ExponentialSum Descend((double From, double To)[] bins, double[] values, double[] weight, double[] p, double low, double high)
    {
        var chi = Chi(p);
        var lambda = 1e-3;
        var converged = false;
        for (var step = 0; step < MostSteps && !converged; step++)
        {
            var (matrix, right) = Normal(bins, weight, p, [.. values.Select((y, i) => y - Sum(bins[i], p))]);
            while (true)
            {
                var damped = (double[,])matrix.Clone();
                for (var a = 0; a < p.Length; a++) damped[a, a] = matrix[a, a] * (1 + lambda) + double.Epsilon;
                if (Solve(damped, right) is { } move)
                {
                    var trial = p.Select((x, a) => a % 2 == 0 ? x + move[a] : Math.Clamp(x + Math.Clamp(move[a], -1, 1), low, high)).ToArray();
                    var next = Chi(trial);
                    if (next <= chi)
                    {
                        converged = chi - next < 1e-9 * (1 + chi);
                        (p, chi) = (trial, next);
                        lambda = Math.Max(lambda / 10, 1e-12);
                        break;
                    }
                }

                lambda *= 10;
                if (lambda > 1e12)
                {
                    converged = true; // no direction leads down within the digits there are
                    break;
                }
            }
        }

        var order = Enumerable.Range(0, p.Length / 2).OrderBy(k => p[2 * k + 1]).ToArray();
        double[] sorted = [.. order.SelectMany(k => new[] { p[2 * k], p[2 * k + 1] })];
        return new(bins, weight, sorted, chi, converged, [.. order.Select(k => p[2 * k + 1] <= low || p[2 * k + 1] >= high)]);

        double Chi(double[] at)
        {
            var sum = 0.0;
            for (var i = 0; i < bins.Length; i++)
            {
                var r = values[i] - Sum(bins[i], at);
                sum += weight[i] * r * r;
            }

            return double.IsNaN(sum) ? double.PositiveInfinity : sum;
        }
    }

    static double Sum((double, double) bin, double[] p)
    {
        var sum = 0.0;
        for (var k = 0; k < p.Length; k += 2) sum += p[k] * Mean(bin, Math.Exp(p[k + 1]));
        return sum;
    }

    static (double[,] Matrix, double[] Right) Normal((double From, double To)[] bins, double[] weight, double[] p, double[] residual)
    {
        var matrix = new double[p.Length, p.Length];
        var right = new double[p.Length];
        var slope = new double[p.Length];
        for (var i = 0; i < bins.Length; i++)
        {
            for (var k = 0; k < p.Length; k += 2)
            {
                var t = Math.Exp(p[k + 1]);
                slope[k] = Mean(bins[i], t);
                slope[k + 1] = p[k] * (Mean(bins[i], t * 1.001) - Mean(bins[i], t / 1.001)) / (2 * Math.Log(1.001));
            }

            for (var a = 0; a < p.Length; a++)
            {
                right[a] += weight[i] * slope[a] * residual[i];
                for (var b = 0; b < p.Length; b++) matrix[a, b] += weight[i] * slope[a] * slope[b];
            }
        }

        return (matrix, right);
    }

    /// <summary>To first order, how far the parameters move when the values do: what a jackknife needs.</summary>
    /// <param name="change">Change of each value, shape (bins).</param>
    /// <returns>Null where the values do not tell the parameters apart.</returns>
    public double[]? Moved(double[] change)
    {
        var (matrix, right) = Normal(_bins, _weight, Parameters, change);
        var free = Enumerable.Range(0, Parameters.Length).Where(a => a % 2 == 0 || !AtBound[a / 2]).ToArray();
        var (small, part) = (new double[free.Length, free.Length], new double[free.Length]);
        for (var a = 0; a < free.Length; a++)
        {
            part[a] = right[free[a]];
            for (var b = 0; b < free.Length; b++) small[a, b] = matrix[free[a], free[b]];
        }

        if (Solve(small, part) is not { } solved) return null;
        var moved = new double[Parameters.Length];
        for (var a = 0; a < free.Length; a++) moved[free[a]] = solved[a];
        return moved;
    }

    /// <summary>Solves a small symmetric system; null where it is not positive definite.</summary>
    static double[]? Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        var scale = new double[n];
        for (var a = 0; a < n; a++)
        {
            if (!(matrix[a, a] > 0)) return null;
            scale[a] = 1 / Math.Sqrt(matrix[a, a]);
        }

        // Cholesky by hand: this runs some ten thousand times for three unknowns.
        var lower = new double[n, n];
        for (var a = 0; a < n; a++)
            for (var b = 0; b <= a; b++)
            {
                var sum = matrix[a, b] * scale[a] * scale[b];
                for (var k = 0; k < b; k++) sum -= lower[a, k] * lower[b, k];
                if (a == b)
                {
                    if (!(sum > 1e-12)) return null;
                    lower[a, a] = Math.Sqrt(sum);
                }
                else lower[a, b] = sum / lower[b, b];
            }

        var x = new double[n];
        for (var a = 0; a < n; a++)
        {
            x[a] = right[a] * scale[a];
            for (var k = 0; k < a; k++) x[a] -= lower[a, k] * x[k];
            x[a] /= lower[a, a];
        }

        for (var a = n - 1; a >= 0; a--)
        {
            for (var k = a + 1; k < n; k++) x[a] -= lower[k, a] * x[k];
            x[a] /= lower[a, a];
        }

        for (var a = 0; a < n; a++)
        {
            x[a] *= scale[a];
            if (!double.IsFinite(x[a])) return null;
        }

        return x;
    }
}
