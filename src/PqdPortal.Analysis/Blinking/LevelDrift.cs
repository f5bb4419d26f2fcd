namespace PqdPortal.Analysis.Blinking;

/// <summary>The slow course that all levels of a run share.</summary>
static class LevelDrift
{
    const double Steepest = 3;      // of slope and bend: e^6 from beginning to end

    /// <summary>One step of Fisher scoring towards the course under which the segments fit their levels best.</summary>
    public static LevelCourse Step(SegmentCounts segments, LevelCourse course, LevelMixture fit)
    {
        var (a, b, aa, ab, bb) = Sums(segments, course, fit, null);
        if (!(aa > 0)) return course;
        if (course.Order < 2) return course with { Slope = Math.Clamp(course.Slope + a / aa, -Steepest, Steepest) };
        var d = aa * bb - ab * ab;
        if (!(d > 1e-9 * aa * bb)) return course;
        return course with
        {
            Slope = Math.Clamp(course.Slope + (bb * a - ab * b) / d, -Steepest, Steepest),
            Bend = Math.Clamp(course.Bend + (aa * b - ab * a) / d, -Steepest, Steepest),
        };
    }

    /// <summary>The mean relative change of the levels [1/s] and its standard deviation, widened where the segments scatter more than counting lets them.</summary>
    /// <param name="own">Level of each segment.</param>
    public static (double Drift, double? Sigma) PerSecond(SegmentCounts segments, LevelCourse course, int[] own, LevelMixture fit)
    {
        if (course.IsFlat) return (0, null);
        var (_, _, aa, ab, bb) = Sums(segments, course, fit, own);
        var variance = course.Order == 2 && aa * bb > ab * ab ? bb / (aa * bb - ab * ab) : 1 / aa;
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
        return (2 * course.Slope / segments.Span, 2 / segments.Span * Math.Sqrt(variance * widen));
    }

    /// <summary>Score and information of slope and bend, the rates of the levels left free beside them.</summary>
    static (double A, double B, double AA, double AB, double BB) Sums(SegmentCounts segments, LevelCourse course, LevelMixture fit, int[]? own)
    {
        var (m, mx, my) = course.Means(segments);
        double time = 0, x = 0, y = 0;
        for (var j = 0; j < segments.Count; j++)
        {
            time += segments.Time[j];
            x += segments.Time[j] * mx[j];
            y += segments.Time[j] * my[j];
        }

        (x, y) = (x / time, y / time);
        double a = 0, b = 0, aa = 0, ab = 0, bb = 0;
        for (var g = 0; g < fit.Rate.Length; g++)
        {
            double s = 0, ss = 0, sa = 0, sb = 0;
            for (var j = 0; j < segments.Count; j++)
            {
                var p = own is null ? fit.Posterior(j, g) : own[j] == g ? 1 : 0;
                if (p < 1e-6) continue;
                var mu = fit.Mean(j, g);
                var w = own is null ? p * fit.Scatter.Precision(mu) : p;
                var signal = segments.Time[j] * (fit.Rate[g] - fit.Steady);
                // Derivatives of mu by slope, bend and the level's own rate; m keeps its mean of 1.
                var (da, db, ds) = (signal * (mx[j] - x * m[j]), signal * (my[j] - y * m[j]), segments.Time[j] * m[j]);
                var r = w * (segments.N[j] - mu) / mu;
                (a, b, s) = (a + r * da, b + r * db, s + r * ds);
                var v = w / mu;
                (aa, ab, bb) = (aa + v * da * da, ab + v * da * db, bb + v * db * db);
                (ss, sa, sb) = (ss + v * ds * ds, sa + v * ds * da, sb + v * ds * db);
            }

            if (!(ss > 0)) continue;
            (a, b) = (a - sa * s / ss, b - sb * s / ss);
            (aa, ab, bb) = (aa - sa * sa / ss, ab - sa * sb / ss, bb - sb * sb / ss);
        }

        return (a, b, aa, ab, bb);
    }
}
