using MathNet.Numerics.LinearAlgebra.Double;

namespace PqdPortal.Analysis.Interference;

/// <summary>What an envelope is held against: fringes of a Michelson interferometer, or correlations at the positions of a stage.</summary>
interface IEnvelopeData
{
    /// <summary>Points that tell of the envelope, less what each measurement leaves free beside it.</summary>
    int Points { get; }

    /// <summary>What they rest on: counts, pairs.</summary>
    double Events { get; }

    /// <summary>-2 ln of the likelihood of an envelope, up to a constant.</summary>
    /// <param name="visibility">Visibility at a delay [s].</param>
    double Deviance(Func<double, double> visibility);

    /// <summary>The deviance, were every point where its own likelihood is largest.</summary>
    double LeastDeviance { get; }
}

/// <summary>Fringes at several delays.</summary>
sealed class FringeSet(IReadOnlyList<Fringe> fringes) : IEnvelopeData
{
    public int Points => fringes.Count;

    public double Events { get; } = fringes.Sum(fringe => fringe.Total);

    public double LeastDeviance { get; } = fringes.Sum(fringe => fringe.LeastDeviance);

    public double Deviance(Func<double, double> visibility)
    {
        var sum = 0.0;
        foreach (var fringe in fringes) sum += fringe.Deviance(visibility(fringe.Delay));
        return sum;
    }
}

/// <summary>The envelope of the largest likelihood over all data: where it is, its covariance, its intervals.</summary>
/// <remarks>Two to four numbers and a smooth likelihood: the simplex of Nelder and Mead (1965), then the curvature at its end.</remarks>
sealed class EnvelopeFit
{
    readonly IEnvelopeData _data;
    readonly Envelope _envelope;
    readonly double[,]? _covariance;

    EnvelopeFit(IEnvelopeData data, Envelope envelope, double[] values, double deviance)
    {
        (_data, _envelope, Values, Deviance) = (data, envelope, values, deviance);
        _covariance = CovarianceHere();
        var (k, freedom) = (values.Length, data.Points - values.Length);
        var left = deviance - data.LeastDeviance;
        Goodness = freedom > 0 ? (left - freedom) / Math.Sqrt(2.0 * freedom) : 0;
        Overdispersion = freedom > 0 ? Math.Max(1, left / freedom) : 1;
        Bic = deviance + k * Math.Log(Math.Max(data.Events, 2));
    }

    public string Name => _envelope.Name;

    /// <summary>V0, then ln of the times or energies, as the envelope has them.</summary>
    public double[] Values { get; }
    public double Deviance { get; }
    public double Bic { get; }

    /// <summary>How far the data lie from the envelope, about 0 +- 1 or less.</summary>
    public double Goodness { get; }

    /// <summary>Factor on variances, at least 1.</summary>
    public double Overdispersion { get; }

    public double At(double delay) => _envelope.Of(Values, delay);

    public static EnvelopeFit Of(IEnvelopeData data, Envelope envelope, CancellationToken stop = default)
    {
        (double[] Values, double Deviance)? best = null;
        // Only the likeliest starts are worth a fit.
        foreach (var start in envelope.Starts.OrderBy(values => Total(data, envelope, values)).Take(3))
        {
            stop.ThrowIfCancellationRequested();
            var found = Minimise(values => Total(data, envelope, values), start, [.. start.Select(_ => 0.1)]);
            if (best is null || found.Value < best.Value.Deviance) best = found;
        }

        return new(data, envelope, best!.Value.Values, best.Value.Deviance);
    }

    static double Total(IEnvelopeData data, Envelope envelope, double[] values)
    {
        for (var j = 0; j < values.Length; j++)
            if (!(values[j] >= envelope.Min[j] && values[j] <= envelope.Max[j])) return double.PositiveInfinity;
        return data.Deviance(delay => envelope.Of(values, delay));
    }

    /// <summary>Standard error of any number made of the parameters.</summary>
    public double? Sigma(Func<double[], double> of)
    {
        if (_covariance is null) return null;
        var gradient = Values.Select((_, j) =>
        {
            var (up, down) = (Values.ToArray(), Values.ToArray());
            up[j] += 1e-5;
            down[j] -= 1e-5;
            return (of(up) - of(down)) / 2e-5;
        }).ToArray();
        var variance = 0.0;
        for (var a = 0; a < gradient.Length; a++)
            for (var b = 0; b < gradient.Length; b++)
                variance += gradient[a] * gradient[b] * _covariance[a, b];
        return variance > 0 && double.IsFinite(variance) ? Math.Sqrt(variance * Overdispersion) : null;
    }

    /// <summary>Interval of a parameter within which the deviance, least over all others, rises by at most so much times the over-dispersion.</summary>
    /// <returns>Ends; null where the bound is met first.</returns>
    public (double? Low, double? High) Interval(int index, double rise, CancellationToken stop = default)
    {
        var sigma = Sigma(values => values[index]) is { } s and < 10 ? s : 0.1;
        return (Side(-1), Side(+1));

        double? Side(int direction)
        {
            var (inside, outside) = (0.0, Math.Sqrt(rise) * sigma);
            var start = Values;
            var bound = direction < 0 ? Values[index] - _envelope.Min[index] : _envelope.Max[index] - Values[index];
            for (var tries = 0;; tries++)
            {
                stop.ThrowIfCancellationRequested();
                if (outside >= bound) outside = bound;
                if (Rise(outside) >= rise * Overdispersion) break;
                if (outside >= bound || tries > 40) return null;
                (inside, outside) = (outside, outside * 1.6);
            }

            for (var i = 0; i < 30 && outside - inside > 1e-3 * sigma; i++)
            {
                var middle = (inside + outside) / 2;
                if (Rise(middle) < rise * Overdispersion) inside = middle;
                else outside = middle;
            }

            return Values[index] + direction * (inside + outside) / 2;

            double Rise(double distance)
            {
                var held = Values[index] + direction * distance;
                double[] Whole(double[] others) => [.. others[..index], held, .. others[index..]];
                double[] first = [.. start[..index], .. start[(index + 1)..]];
                var (others, value) = Minimise(values => Total(_data, _envelope, Whole(values)), first, [.. first.Select((_, j) => Math.Max(0.3 * (Sigma(v => v[j < index ? j : j + 1]) ?? 0.1), 1e-4))]);
                start = Whole(others);
                return value - Deviance;
            }
        }
    }

    double[,]? CovarianceHere()
    {
        var k = Values.Length;
        // Steps on which the deviance rises by about one, so that neither digits nor higher orders spoil the curvature.
        var step = new double[k];
        for (var j = 0; j < k; j++)
        {
            step[j] = 1e-3;
            for (var tries = 0; tries < 40; tries++)
            {
                var rise = Math.Min(Shifted(j, step[j]) - Deviance, Shifted(j, -step[j]) - Deviance);
                if (rise < 0.1) step[j] *= 1.5;
                else if (rise > 1) step[j] /= 1.6;
                else break;
            }
        }

        var hessian = DenseMatrix.Create(k, k, 0);
        for (var a = 0; a < k; a++)
            for (var b = 0; b <= a; b++)
            {
                hessian[a, b] = a == b
                    ? (Shifted(a, step[a]) + Shifted(a, -step[a]) - 2 * Deviance) / (step[a] * step[a])
                    : (Shifted(a, step[a], b, step[b]) - Shifted(a, step[a], b, -step[b]) - Shifted(a, -step[a], b, step[b]) + Shifted(a, -step[a], b, -step[b])) / (4 * step[a] * step[b]);
                hessian[b, a] = hessian[a, b];
            }

        try
        {
            var covariance = hessian.Cholesky().Solve(DenseMatrix.CreateIdentity(k)).Multiply(2);
            return covariance.Enumerate().All(double.IsFinite) ? covariance.ToArray() : null;
        }
        catch (ArgumentException)
        {
            return null; // flat in one direction: the data do not tell
        }

        double Shifted(int a, double by, int b = -1, double byToo = 0)
        {
            var values = Values.ToArray();
            values[a] += by;
            if (b >= 0) values[b] += byToo;
            return Total(_data, _envelope, values);
        }
    }

    static (double[] Values, double Value) Minimise(Func<double[], double> of, double[] start, double[] step)
    {
        var n = start.Length;
        if (n == 0) return (start, of(start));
        var points = new List<(double[] At, double Value)> { (start, of(start)) };
        for (var j = 0; j < n; j++)
        {
            var at = start.ToArray();
            at[j] += step[j];
            if (double.IsInfinity(of(at))) at[j] -= 2 * step[j];
            points.Add((at, of(at)));
        }

        for (var round = 0; round < 400; round++)
        {
            points.Sort((a, b) => a.Value.CompareTo(b.Value));
            if (points[n].Value - points[0].Value < 1e-9 * (1 + Math.Abs(points[0].Value)) && round > 20) break;
            var centre = Enumerable.Range(0, n).Select(j => points.Take(n).Average(point => point.At[j])).ToArray();
            (double[] At, double Value) Try(double by)
            {
                var at = centre.Select((c, j) => c + by * (points[n].At[j] - c)).ToArray();
                return (at, of(at));
            }

            var mirrored = Try(-1);
            if (mirrored.Value < points[0].Value)
            {
                var farther = Try(-2);
                points[n] = farther.Value < mirrored.Value ? farther : mirrored;
            }
            else if (mirrored.Value < points[n - 1].Value) points[n] = mirrored;
            else
            {
                var nearer = mirrored.Value < points[n].Value ? Try(-0.5) : Try(0.5);
                if (nearer.Value < Math.Min(points[n].Value, mirrored.Value)) points[n] = nearer;
                else
                    for (var k = 1; k <= n; k++)
                    {
                        var at = points[k].At.Select((v, j) => (v + points[0].At[j]) / 2).ToArray();
                        points[k] = (at, of(at));
                    }
            }
        }

        points.Sort((a, b) => a.Value.CompareTo(b.Value));
        return points[0];
    }
}
