using MathNet.Numerics.LinearAlgebra;

namespace PqdPortal.Analysis.Blinking;

/// <summary>The slow course that all levels of a run share.</summary>
static class LevelDrift
{
    const double Steepest = 3;      // of each coefficient: e^6 from beginning to end

    /// <summary>One step of Fisher scoring towards the course under which the segments fit their levels best.</summary>
    public static LevelCourse Step(SegmentCounts segments, LevelCourse course, LevelMixture fit)
    {
        var (score, information) = Sums(segments, course, fit, null);
        if (Solved(information, score) is not { } step) return course;
        return course with { Bends = [.. course.Bends.Select((bend, i) => Math.Clamp(bend + step[i], -Steepest, Steepest))] };
    }

    /// <summary>The mean relative change of the levels [1/s] and its standard deviation, widened where the segments scatter more than counting lets them.</summary>
    /// <param name="own">Level of each segment.</param>
    public static (double Drift, double? Sigma) PerSecond(SegmentCounts segments, LevelCourse course, int[] own, LevelMixture fit)
    {
        if (course.IsFlat) return (0, null);
        var (_, information) = Sums(segments, course, fit, own);
        // From beginning to end the odd polynomials change by 2, the even ones by nothing.
        double[] ends = [.. course.Bends.Select((_, i) => i % 2 == 0 ? 2.0 : 0)];
        var variance = Solved(information, ends) is { } solved ? solved.Zip(ends, (a, b) => a * b).Sum() : double.NaN;
        double chi = 0, count = 0;
        for (var j = 0; j < segments.Count; j++)
        {
            var mu = fit.Mean(j, own[j]);
            if (fit.Posterior(j, own[j]) < 0.9 || mu < 20) continue;
            // Single segments far off are mixtures, not drift.
            chi += Math.Min(Math.Pow(segments.N[j] - mu, 2) / mu, 25);
            count++;
        }

        var widen = count > 3 ? Math.Max(1, chi / (count - 1)) : 1;
        var sigma = Math.Sqrt(variance * widen) / segments.Span;
        return (course.Change(-1, 1) / segments.Span, double.IsFinite(sigma) ? sigma : null);
    }

    static double[]? Solved(double[,] matrix, double[] right)
    {
        var solved = Matrix<double>.Build.DenseOfArray(matrix).Solve(Vector<double>.Build.Dense(right));
        return solved.All(double.IsFinite) ? [.. solved] : null;
    }

    /// <summary>Score and information of the course's coefficients, the rates of the levels left free beside them.</summary>
    static (double[] Score, double[,] Information) Sums(SegmentCounts segments, LevelCourse course, LevelMixture fit, int[]? own)
    {
        var (m, p) = course.Means(segments);
        var order = course.Order;
        var mean = new double[order];
        var time = segments.Time.Sum();
        for (var i = 0; i < order; i++)
            for (var j = 0; j < segments.Count; j++) mean[i] += segments.Time[j] * p[i][j] / time;

        var (score, information) = (new double[order], new double[order, order]);
        var (d, cross) = (new double[order], new double[order]);
        for (var g = 0; g < fit.Rate.Length; g++)
        {
            double s = 0, ss = 0;
            Array.Clear(cross);
            for (var j = 0; j < segments.Count; j++)
            {
                var share = own is null ? fit.Posterior(j, g) : own[j] == g ? 1 : 0;
                if (share < 1e-6) continue;
                var mu = fit.Mean(j, g);
                var v = (own is null ? share * fit.Scatter.Precision(mu) : share) / mu;
                var signal = segments.Time[j] * (fit.Rate[g] - fit.Steady);
                // Derivatives of mu by the coefficients and by the level's own rate; m keeps its mean of 1.
                var ds = segments.Time[j] * m[j];
                var miss = v * (segments.N[j] - mu);
                for (var i = 0; i < order; i++) d[i] = signal * (p[i][j] - mean[i] * m[j]);
                for (var i = 0; i < order; i++)
                {
                    score[i] += miss * d[i];
                    cross[i] += v * ds * d[i];
                    for (var k = 0; k < order; k++) information[i, k] += v * d[i] * d[k];
                }

                s += miss * ds;
                ss += v * ds * ds;
            }

            if (!(ss > 0)) continue;
            for (var i = 0; i < order; i++)
            {
                score[i] -= cross[i] * s / ss;
                for (var k = 0; k < order; k++) information[i, k] -= cross[i] * cross[k] / ss;
            }
        }

        return (score, information);
    }
}
