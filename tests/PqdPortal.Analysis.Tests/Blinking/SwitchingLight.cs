using PqdPortal.Analysis.Blinking;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>
/// Segments of light that switches between known levels, as a search for change points gives them: each change at its likeliest photon, short dwells unseen. Independent of the portal's own simulator and search.
/// </summary>
static class SwitchingLight
{
    /// <param name="rates">[1/s]</param>
    /// <param name="dwell">Draws a dwell of a level [s].</param>
    /// <param name="course">Common course of all levels, at most 2.</param>
    /// <param name="seen">Photons more or fewer than the level before would count, from which on a dwell is seen.</param>
    public static List<Segment> Segments(
        double[] rates, Func<int, Random, double> dwell, double duration, Random random, Func<double, double>? course = null, double seen = 10)
    {
        var (times, dwells) = Draw(rates, dwell, duration, random, course);
        // Unseen dwells become part of the one before them; dwells of one level that meet become one.
        var kept = new List<(double To, int Level)>();
        foreach (var (from, to, level) in dwells)
        {
            if (kept.Count == 0 || kept[^1].Level == level) Extend();
            else if ((to - from) * Math.Abs(rates[level] - rates[kept[^1].Level]) < seen) kept[^1] = (to, kept[^1].Level);
            else kept.Add((to, level));

            void Extend()
            {
                if (kept.Count == 0) kept.Add((to, level));
                else kept[^1] = (to, level);
            }
        }

        var segments = new List<Segment>();
        double begin = 0;
        var photon = 0;
        for (var i = 0; i + 1 < kept.Count; i++)
        {
            var before = rates[kept[i].Level] * (course?.Invoke(kept[i].To) ?? 1);
            var after = rates[kept[i + 1].Level] * (course?.Invoke(kept[i].To) ?? 1);
            var at = Likeliest(times, photon, kept[i].To, 0.5 * (kept[i].To + kept[i + 1].To), before, after);
            if (at <= photon + 1) continue;
            segments.Add(new(begin, times[at], at - photon));
            (begin, photon) = (times[at], at);
        }

        segments.Add(new(begin, duration, times.Count - photon));
        return segments;
    }

    /// <summary>Steps along a ramp: cut wherever the next piece differs by four standard errors.</summary>
    public static List<Segment> Staircase(double rate, double duration, int steps, Random random, Func<double, double> course)
    {
        var (times, _) = Draw([rate], (_, _) => 1e9, duration, random, course);
        var segments = new List<Segment>();
        var (begin, photon) = (0.0, 0);
        for (var i = 1; i <= steps; i++)
        {
            var end = i == steps ? duration : duration * (i + 0.3 * (random.NextDouble() - 0.5)) / steps;
            var next = i == steps ? times.Count : times.FindIndex(photon, t => t >= end);
            segments.Add(new(begin, i == steps ? duration : times[next], next - photon));
            (begin, photon) = (segments[^1].To, next);
        }

        return segments;
    }

    /// <summary>Photons in equal bins.</summary>
    public static long[] Binned(double[] rates, Func<int, Random, double> dwell, double duration, double bin, Random random, Func<double, double>? course = null)
    {
        var counts = new long[(int)(duration / bin)];
        foreach (var time in Draw(rates, dwell, duration, random, course).Times)
            if ((int)(time / bin) is var i && i < counts.Length) counts[i]++;
        return counts;
    }

    public static double Exponential(Random random) => -Math.Log(1 - random.NextDouble());

    public static double PowerLaw(Random random, double alpha, double shortest, double longest)
    {
        var (a, b) = (Math.Pow(shortest, 1 - alpha), Math.Pow(longest, 1 - alpha));
        return Math.Pow(a + random.NextDouble() * (b - a), 1 / (1 - alpha));
    }

    static (List<double> Times, List<(double From, double To, int Level)> Dwells) Draw(
        double[] rates, Func<int, Random, double> dwell, double duration, Random random, Func<double, double>? course)
    {
        var (times, dwells) = (new List<double>(), new List<(double, double, int)>());
        var level = random.Next(rates.Length);
        for (var t = 0.0; t < duration;)
        {
            var end = Math.Min(duration, t + dwell(level, random));
            var most = rates[level] * (course is null ? 1 : 2);
            for (var at = t + Exponential(random) / most; at < end; at += Exponential(random) / most)
                if (course is null || 2 * random.NextDouble() < course(at)) times.Add(at);
            dwells.Add((t, end, level));
            t = end;
            if (rates.Length == 1) continue;
            var next = random.Next(rates.Length - 1);
            level = next >= level ? next + 1 : next;
        }

        return (times, dwells);
    }

    /// <summary>The photon at which the change from one known rate to another is likeliest.</summary>
    static int Likeliest(List<double> times, int first, double around, double last, double before, double after)
    {
        var (low, high) = (first + 1, times.Count - 1);
        var near = times.BinarySearch(around);
        near = near < 0 ? ~near : near;
        low = Math.Max(low, near - 200);
        high = Math.Min(high, near + 200);
        var (best, most, sum) = (low, double.NegativeInfinity, 0.0);
        for (var k = low; k <= high && times[k] <= last; k++)
        {
            if (k > low) sum += Math.Log(before / after) - (before - after) * (times[k] - times[k - 1]);
            if (sum > most) (best, most) = (k, sum);
        }

        return best;
    }
}
