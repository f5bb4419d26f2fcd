using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace PqdPortal.Analysis.Fitting;

/// <summary>A model of counts: the expected count of every bin for given parameters.</summary>
public interface ICountModel
{
    /// <summary>The parameters, in order.</summary>
    IReadOnlyList<FitParameter> Parameters { get; }

    /// <summary>Expected counts.</summary>
    /// <param name="p">Parameters.</param>
    /// <param name="mu">Receives the expected count of each bin, shape (bins).</param>
    /// <param name="jacobian">Receives dmu/dp, one row for each parameter, shape (parameters, bins); null where not wanted.</param>
    void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian);
}

/// <summary>One parameter of a fit: where it starts and between which bounds it may move.</summary>
public sealed record FitParameter(string Name, double Start, double Min = double.NegativeInfinity, double Max = double.PositiveInfinity)
{
    /// <summary>Kept at its start value.</summary>
    public bool Fixed { get; init; }

    /// <summary>A step that changes the model a little; scales numeric derivatives.</summary>
    public double Scale { get; init; } = 1;
}

/// <summary>A count model from a plain function, its derivatives taken by central differences.</summary>
public sealed class NumericModel(IReadOnlyList<FitParameter> parameters, NumericModel.Counts counts) : ICountModel
{
    /// <summary>Writes the expected counts for the parameters.</summary>
    public delegate void Counts(ReadOnlySpan<double> p, Span<double> mu);

    public IReadOnlyList<FitParameter> Parameters => parameters;

    public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian)
    {
        counts(p, mu);
        if (jacobian is null) return;
        var q = p.ToArray();
        var low = new double[mu.Length];
        for (var j = 0; j < q.Length; j++)
        {
            if (parameters[j].Fixed) continue;
            var h = 6e-6 * Math.Max(Math.Abs(q[j]), parameters[j].Scale); // cube root of the last digit
            var (from, to) = (Math.Max(p[j] - h, parameters[j].Min), Math.Min(p[j] + h, parameters[j].Max));
            q[j] = from;
            counts(q, low);
            q[j] = to;
            counts(q, jacobian[j]);
            q[j] = p[j];
            for (var i = 0; i < low.Length; i++) jacobian[j][i] = (jacobian[j][i] - low[i]) / (to - from);
        }
    }
}

/// <summary>
/// Maximum likelihood for Poisson counts: the one fitting core for every histogram.
/// </summary>
/// <remarks>
/// <para>
/// Minimises the deviance D (Baker and Cousins, Nucl. Instrum. Methods 221, 437 (1984)) by Levenberg-Marquardt steps on
/// the Fisher information, F = sum (dmu/dp)(dmu/dp)/mu, with the exact gradient sum (n/mu - 1) dmu/dp (Laurence and Chromy,
/// Nat. Methods 7, 338 (2010)). It stops at the same parameters as a least-squares solver that is fed signed deviance
/// residuals. Weights 1/n (Neyman) are not offered: they pull every bin low by about one count.
/// </para>
/// <para>
/// Covariance: the inverse Fisher information of the parameters that are free and at no bound, times D/(E[D] - k) where
/// that exceeds 1; E[D] is the exact mean of the deviance. A parameter at a bound has no standard error here: ask
/// <see cref="Profile"/> for its interval.
/// </para>
/// </remarks>
public static class PoissonFit
{
    const int MostSteps = 200;

    /// <summary>Fits the model to the counts.</summary>
    /// <param name="counts">Counts of each bin, shape (bins). They need not be whole.</param>
    /// <param name="use">True for the bins that count, shape (bins); null for all.</param>
    /// <param name="start">Parameters to start from; null for the model's own.</param>
    /// <exception cref="ArgumentException">The model is zero or negative at the start.</exception>
    public static FitResult Run(
        ICountModel model, double[] counts, bool[]? use = null, double[]? start = null, CancellationToken stop = default)
    {
        var parameters = model.Parameters;
        var p = start?.ToArray() ?? [.. parameters.Select(parameter => parameter.Start)];
        for (var j = 0; j < p.Length; j++) p[j] = Math.Clamp(p[j], parameters[j].Min, parameters[j].Max);
        var mu = new double[counts.Length];
        var trialMu = new double[counts.Length];
        var jacobian = parameters.Select(_ => new double[counts.Length]).ToArray();

        model.Evaluate(p, mu, jacobian);
        var deviance = Deviance(counts, mu, use);
        if (double.IsInfinity(deviance)) throw new ArgumentException("The model is not positive at the start of the fit.", nameof(start));

        var lambda = 1e-3;
        var converged = false;
        for (var step = 0; step < MostSteps && !converged; step++)
        {
            stop.ThrowIfCancellationRequested();
            var (gradient, fisher) = Score(counts, mu, jacobian, use);
            // A parameter at its bound that wants to go further is held there for this step.
            var free = Enumerable.Range(0, p.Length).Where(j => !parameters[j].Fixed
                && !(p[j] <= parameters[j].Min && gradient[j] <= 0) && !(p[j] >= parameters[j].Max && gradient[j] >= 0)).ToArray();
            if (free.Length == 0)
            {
                converged = true;
                break;
            }

            var improved = false;
            while (lambda < 1e12)
            {
                if (Solve(gradient, fisher, free, lambda) is not { } move)
                {
                    lambda = Math.Max(lambda * 10, 1e-9);
                    continue;
                }

                var trial = p.ToArray();
                for (var f = 0; f < free.Length; f++)
                    trial[free[f]] = Math.Clamp(p[free[f]] + move[f], parameters[free[f]].Min, parameters[free[f]].Max);
                model.Evaluate(trial, trialMu, null);
                var trialDeviance = Deviance(counts, trialMu, use);
                if (trialDeviance <= deviance)
                {
                    // The gain the quadratic form foresees without damping is the honest measure of what is left to win.
                    var gain = deviance - trialDeviance;
                    converged = gain < 1e-9 * (1 + deviance) && lambda <= 1e-2 || gain < 1e-10;
                    p = trial;
                    deviance = trialDeviance;
                    lambda = Math.Max(lambda / 10, 1e-12);
                    improved = true;
                    break;
                }

                lambda *= 10;
            }

            if (!improved)
            {
                converged = true; // no direction leads down within the digits there are
                break;
            }

            model.Evaluate(p, mu, jacobian);
        }

        model.Evaluate(p, mu, jacobian);
        return Result(model, counts, use, p, mu, jacobian, deviance, converged);
    }

    /// <summary>
    /// The interval of a parameter inside which the deviance, minimised over all others, stays within a rise of its minimum:
    /// 1 for 68 %, 3.84 for 95 %, times the over-dispersion.
    /// </summary>
    /// <param name="index">Which parameter.</param>
    /// <returns>The ends; null where the parameter's bound or the model's edge is met first.</returns>
    public static (double? Low, double? High) Profile(
        ICountModel model, double[] counts, bool[]? use, FitResult best, int index, double rise, CancellationToken stop = default)
    {
        var wanted = rise * best.Overdispersion;
        var sigma = best.Sigma(index) is { } s && s > 0 ? s : Math.Max(1e-3 * Math.Abs(best.Values[index]), 1e-3 * model.Parameters[index].Scale);
        return (Side(-1), Side(+1));

        double? Side(int direction)
        {
            var parameter = model.Parameters[index];
            var (inside, outside) = (0.0, Math.Sqrt(rise) * sigma);
            double insideRise = 0, outsideRise;
            var start = best.Values;
            var bound = direction < 0 ? best.Values[index] - parameter.Min : parameter.Max - best.Values[index];
            for (var tries = 0;; tries++)
            {
                var met = outside >= bound;
                if (met) outside = bound;
                (outsideRise, start) = Rise(outside, start);
                if (outsideRise >= wanted) break;
                if (met || tries > 40) return null;
                (inside, insideRise) = (outside, outsideRise);
                outside *= 1.6;
            }

            // The root of the rise is nearly straight: false position on sqrt(rise) converges in a few steps.
            for (var i = 0; i < 30; i++)
            {
                stop.ThrowIfCancellationRequested();
                var (a, b, w) = (Math.Sqrt(Math.Max(insideRise, 0)), Math.Sqrt(Math.Min(outsideRise, 1e12)), Math.Sqrt(wanted));
                var share = double.IsFinite(b) && b > a ? Math.Clamp((w - a) / (b - a), 0.02, 0.98) : 0.5;
                var middle = inside + share * (outside - inside);
                (var middleRise, start) = Rise(middle, start);
                if (Math.Abs(middleRise - wanted) < 0.003 * wanted || outside - inside < 1e-6 * sigma)
                    return best.Values[index] + direction * middle;
                if (middleRise < wanted) (inside, insideRise) = (middle, middleRise);
                else (outside, outsideRise) = (middle, middleRise);
            }

            return best.Values[index] + direction * 0.5 * (inside + outside);

            (double Rise, double[] Values) Rise(double distance, double[] from)
            {
                var at = from.ToArray();
                at[index] = best.Values[index] + direction * distance;
                try
                {
                    var fit = Run(new Held(model, index, at[index]), counts, use, at, stop);
                    return (fit.Deviance - best.Deviance, fit.Values);
                }
                catch (ArgumentException)
                {
                    return (double.PositiveInfinity, best.Values); // the model is not positive there: beyond its edge
                }
            }
        }
    }

    /// <summary>The same fit with the information taken at other parameters: where the fit leans against the edge of what a
    /// model can be, its own information is endless there and says nothing of the error.</summary>
    /// <param name="at">Parameters to take the information at; those at a bound stay out of it as in the fit.</param>
    public static FitResult InformedAt(ICountModel model, double[] counts, FitResult fit, double[] at)
    {
        var mu = new double[counts.Length];
        var jacobian = model.Parameters.Select(_ => new double[counts.Length]).ToArray();
        model.Evaluate(at, mu, jacobian);
        if (double.IsInfinity(Deviance(counts, mu, fit.Use))) return fit;
        var (_, fisher) = Score(counts, mu, jacobian, fit.Use);
        return fit with { Mu = mu, Jacobian = jacobian, Fisher = Invert(fisher, [.. fit.Free]) };
    }

    /// <summary>
    /// One step of Fisher's scoring from a fit to slightly other counts: to first order where a new fit would end. What a
    /// bootstrap needs, a thousand times cheaper.
    /// </summary>
    /// <param name="counts">Other counts, shape (bins).</param>
    /// <param name="scale">Expected counts of the other data over those of the fit, shape (bins): exposures differ between resamples.</param>
    public static double[] Rescore(FitResult fit, double[] counts, double[] scale)
    {
        var values = fit.Values.ToArray();
        if (fit.Fisher is null) return values;
        var score = new double[fit.Free.Count];
        for (var f = 0; f < score.Length; f++)
        {
            var row = fit.Jacobian[fit.Free[f]];
            var sum = 0.0;
            for (var i = 0; i < counts.Length; i++)
                if (fit.Use[i])
                    sum += (counts[i] - fit.Mu[i] * scale[i]) * row[i] / fit.Mu[i];
            score[f] = sum;
        }

        for (var f = 0; f < score.Length; f++)
            for (var g = 0; g < score.Length; g++)
                values[fit.Free[f]] += fit.Fisher[f, g] * score[g];
        return values;
    }

    sealed class Held(ICountModel model, int index, double value) : ICountModel
    {
        public IReadOnlyList<FitParameter> Parameters { get; } =
            [.. model.Parameters.Select((p, j) => j == index ? p with { Start = value, Fixed = true } : p)];

        public void Evaluate(ReadOnlySpan<double> p, Span<double> mu, double[][]? jacobian) => model.Evaluate(p, mu, jacobian);
    }

    static double Deviance(double[] counts, double[] mu, bool[]? use)
    {
        var sum = 0.0;
        for (var i = 0; i < counts.Length; i++)
            if (use is null || use[i])
                sum += PoissonDeviance.Of(counts[i], mu[i]);
        return double.IsNaN(sum) ? double.PositiveInfinity : sum;
    }

    static (double[] Gradient, double[,] Fisher) Score(double[] counts, double[] mu, double[][] jacobian, bool[]? use)
    {
        var k = jacobian.Length;
        var gradient = new double[k];
        var fisher = new double[k, k];
        for (var i = 0; i < counts.Length; i++)
        {
            if (use is not null && !use[i]) continue;
            var w = 1 / mu[i];
            var r = counts[i] * w - 1;
            for (var a = 0; a < k; a++)
            {
                var ja = jacobian[a][i];
                if (ja == 0) continue;
                gradient[a] += r * ja;
                for (var b = 0; b <= a; b++) fisher[a, b] += ja * jacobian[b][i] * w;
            }
        }

        for (var a = 0; a < k; a++)
            for (var b = 0; b < a; b++)
                fisher[b, a] = fisher[a, b];
        return (gradient, fisher);
    }

    /// <summary>The damped step, in parameters scaled to unit information so that units do not matter.</summary>
    static double[]? Solve(double[] gradient, double[,] fisher, int[] free, double lambda)
    {
        var k = free.Length;
        var scale = free.Select(j => fisher[j, j] > 0 ? 1 / Math.Sqrt(fisher[j, j]) : 1).ToArray();
        var matrix = DenseMatrix.Create(k, k, (a, b) =>
            fisher[free[a], free[b]] * scale[a] * scale[b] + (a == b ? lambda + (fisher[free[a], free[a]] > 0 ? 0 : 1) : 0));
        var right = DenseVector.Create(k, a => gradient[free[a]] * scale[a]);
        try
        {
            var x = matrix.Cholesky().Solve(right);
            var move = x.Select((value, a) => value * scale[a]).ToArray();
            return move.All(double.IsFinite) ? move : null;
        }
        catch (ArgumentException)
        {
            return null; // not positive definite: more damping is needed
        }
    }

    static FitResult Result(
        ICountModel model, double[] counts, bool[]? use, double[] p, double[] mu, double[][] jacobian, double deviance, bool converged)
    {
        var parameters = model.Parameters;
        var used = use ?? [.. Enumerable.Repeat(true, counts.Length)];
        var (_, fisher) = Score(counts, mu, jacobian, use);
        bool AtBound(int j) => p[j] <= parameters[j].Min || p[j] >= parameters[j].Max;
        var free = Enumerable.Range(0, p.Length).Where(j => !parameters[j].Fixed && !AtBound(j)).ToArray();
        double mean = 0, variance = 0, total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (!used[i]) continue;
            var (m, v) = PoissonDeviance.Moments(mu[i]);
            mean += m;
            variance += v;
            total += counts[i];
        }

        var fitted = parameters.Count(parameter => !parameter.Fixed);
        var overdispersion = mean > fitted ? Math.Max(1, deviance / (mean - fitted)) : 1;
        return new()
        {
            Names = [.. parameters.Select(parameter => parameter.Name)],
            Values = p,
            Free = free,
            AtBound = [.. Enumerable.Range(0, p.Length).Where(j => !parameters[j].Fixed && AtBound(j))],
            Fisher = Invert(fisher, free),
            Mu = mu,
            Jacobian = jacobian,
            Use = used,
            Deviance = deviance,
            ExpectedDeviance = mean,
            Overdispersion = overdispersion,
            Goodness = variance > 0 ? (deviance - mean + fitted) / Math.Sqrt(variance) : 0,
            Bic = deviance + fitted * Math.Log(Math.Max(total, 2)),
            Converged = converged,
        };
    }

    static double[,]? Invert(double[,] fisher, int[] free)
    {
        var k = free.Length;
        if (k == 0) return null;
        var scale = free.Select(j => fisher[j, j] > 0 ? 1 / Math.Sqrt(fisher[j, j]) : 0).ToArray();
        if (scale.Contains(0)) return null;
        Matrix<double> inverse;
        try
        {
            inverse = DenseMatrix.Create(k, k, (a, b) => fisher[free[a], free[b]] * scale[a] * scale[b]).Cholesky().Solve(DenseMatrix.CreateIdentity(k));
        }
        catch (ArgumentException)
        {
            return null; // two parameters do the same: the data do not tell them apart
        }

        var covariance = new double[k, k];
        for (var a = 0; a < k; a++)
            for (var b = 0; b < k; b++)
                covariance[a, b] = inverse[a, b] * scale[a] * scale[b];
        return covariance.Cast<double>().All(double.IsFinite) ? covariance : null;
    }
}

/// <summary>Where a fit ended and how sure it is.</summary>
public sealed record FitResult
{
    public required IReadOnlyList<string> Names { get; init; }
    public required double[] Values { get; init; }

    /// <summary>Parameters that are neither fixed nor at a bound, in the order of <see cref="Fisher"/>.</summary>
    public required IReadOnlyList<int> Free { get; init; }

    /// <summary>Parameters that stopped at a bound.</summary>
    public required IReadOnlyList<int> AtBound { get; init; }

    /// <summary>Inverse Fisher information of the free parameters, without over-dispersion; null where it has none.</summary>
    public double[,]? Fisher { get; init; }

    /// <summary>Expected counts, shape (bins).</summary>
    public required double[] Mu { get; init; }

    /// <summary>dmu/dp, shape (parameters, bins).</summary>
    public required double[][] Jacobian { get; init; }

    /// <summary>Bins that counted, shape (bins).</summary>
    public required bool[] Use { get; init; }

    public required double Deviance { get; init; }

    /// <summary>Exact mean of the deviance, were the model true.</summary>
    public required double ExpectedDeviance { get; init; }

    /// <summary>D/(E[D] - k), at least 1: the factor on variances.</summary>
    public required double Overdispersion { get; init; }

    /// <summary>z = (D - E[D] + k)/sqrt(Var[D]): about 0 +- 1 for a model that fits.</summary>
    public required double Goodness { get; init; }

    /// <summary>D + k ln(counts); smaller is better.</summary>
    public required double Bic { get; init; }

    public required bool Converged { get; init; }

    /// <summary>Covariance of two parameters with over-dispersion; 0 for one that did not move.</summary>
    public double Covariance(int a, int b)
    {
        var (f, g) = (IndexOf(a), IndexOf(b));
        return Fisher is null || f < 0 || g < 0 ? 0 : Fisher[f, g] * Overdispersion;
    }

    /// <summary>Standard error of a parameter; null at a bound, fixed, or where the data do not tell.</summary>
    public double? Sigma(int index) => Fisher is not null && IndexOf(index) >= 0 ? Math.Sqrt(Covariance(index, index)) : null;

    int IndexOf(int parameter)
    {
        for (var f = 0; f < Free.Count; f++)
            if (Free[f] == parameter)
                return f;
        return -1;
    }
}
