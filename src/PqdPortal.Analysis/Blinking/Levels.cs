using System.Globalization;

namespace PqdPortal.Analysis.Blinking;

/// <summary>How many levels of brightness a dot blinks between, and how bright they are.</summary>
/// <remarks>
/// Segments of steady light, as change points cut them, are grouped (<see cref="LevelGrouping"/>) and then taken for a mixture of levels (<see cref="LevelMixture"/>) with
/// BIC = -2 ln L + (2G - 1) ln(segments) for G = 1, 2, ... Change points choose their segments: some were cut out because their rate is extreme, some hold switches that went
/// unseen, and the longest ones count so exactly that a tremble of a hundredth looks like a level. So a level here is a little wider than counting makes it, segments between levels are
/// allowed, and two rules follow: a level with less than 1 % of the time is no state but a mixture of short dwells, and levels less than 10 % apart are one. The number that counting statistics alone
/// would choose is kept beside. With many grey levels the number means little (Palstra and Koenderink, J. Phys. Chem. C 125, 12050 (2021)), and the result says so.
/// </remarks>
public static class Levels
{
    /// <summary>A level with a smaller share of the time is no state.</summary>
    public const double LeastTime = 0.01;

    /// <summary>Levels whose rates differ by less, relatively, are one.</summary>
    public const double LeastDistance = 0.10;

    /// <summary>Relative width of a level, a third of the least distance: three such widths to either side keep neighbours apart.</summary>
    internal const double Width = 0.03;

    const int Sampled = 5_000;     // segments that the number of levels is chosen from: more tell no more
    const int Tried = 1_500;        // segments that courses and scatter are chosen from
    const int Glanced = 300;        // segments that tell whether a course is worth a try
    const int FewestForDrift = 6;   // segments: with fewer a step is as good as a ramp
    const double Plain = 12;        // BIC by which a run with drift must be better
    const double Bend = 6;          // BIC by which a further bend must be better
    const int MostBends = 6;
    const double Enough = 0.01;     // of ln L, for the levels themselves
    const double Roughly = 0.1;     // of ln L, for choosing between models
    const double MuchBetween = 0.15; // share of the time between levels, from which on grey light is taken for levels after all

    /// <summary>Finds the levels.</summary>
    /// <param name="segments">In order of time; they may leave gaps.</param>
    /// <param name="maxLevels">The largest number tried, from 1 on.</param>
    /// <param name="pieces">The same light in shorter pieces, which tell a slow drift from a step (<see cref="SegmentPieces"/>); null where there are none.</param>
    /// <exception cref="InsufficientDataException">There is no segment of positive length.</exception>
    public static LevelSet Of(IReadOnlyList<Segment> segments, int maxLevels, CancellationToken stop, IReadOnlyList<Segment>? pieces = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLevels, 1);
        int[] used = [.. Enumerable.Range(0, segments.Count).Where(j => segments[j].Duration > 0)];
        if (used.Length == 0) throw new InsufficientDataException("There is no stretch of light to find levels in: the record has no length.");
        var all = new SegmentCounts([.. used.Select(j => segments[j])]);
        var sample = all.Some(Sampled);

        var bic = Plainly(sample, maxLevels, stop);
        var course = CourseOf((pieces is null ? all : new SegmentCounts([.. pieces.Where(piece => piece.Duration > 0)], all)).Some(Tried), pieces is null, maxLevels, stop);
        var scatter = ScatterOf(sample.Some(Tried), course, maxLevels, stop);
        var rules = new List<string>();
        var chosen = Choose(sample, course, scatter, maxLevels, hasBetween: true, rules, out var isFalling, out var between, stop);
        if (between > MuchBetween)
        {
            // Too much light lies between for switches unseen: grey levels are levels.
            var found = new List<string>();
            var grey = Choose(sample, course, scatter, maxLevels, hasBetween: false, found, out var isFallingStill, out _, stop);
            if (grey.Rate.Length > chosen.Rate.Length) (chosen, rules, isFalling) = (grey, found, isFallingStill);
        }

        var (m, _) = course.Means(all);
        var fit = new LevelMixture(all, scatter, chosen.HasBetween).Assign(chosen, m, stop);
        return Told(segments, used, all, fit, m, course, bic, isFalling, between, rules);
    }

    /// <summary>How much wider than counting the levels are: the spread with the least BIC.</summary>
    static LevelScatter ScatterOf(SegmentCounts segments, LevelCourse course, int maxLevels, CancellationToken stop)
    {
        var (m, _) = course.Means(segments);
        var (best, least) = (new LevelScatter(Width, 0), double.PositiveInfinity);
        foreach (var spread in new[] { 0, 0.25, 0.6, 1.2, 2, 3.5, 6 })
        {
            var bic = Best(segments, m, course, new(Width, spread), maxLevels, true, out _, Roughly, stop).Bic;
            if (bic >= least) break;
            (best, least) = (new(Width, spread), bic);
        }

        return best;
    }

    /// <summary>BIC by counting statistics alone, for 1, 2, ... levels.</summary>
    static double[] Plainly(SegmentCounts segments, int maxLevels, CancellationToken stop)
    {
        var (flat, _) = LevelCourse.Flat.Means(segments);
        return [.. LevelGrouping.Of(segments, flat, maxLevels, LevelScatter.None)
            .Select(group => new LevelMixture(segments, LevelScatter.None, false).Fit(group.Rate, group.Share, flat, 0, Roughly, stop).Bic)];
    }

    /// <summary>The number of levels with the least BIC, and then the rules.</summary>
    /// <param name="rules">What they did, in words.</param>
    /// <param name="isFalling">The largest number tried is still the best.</param>
    /// <param name="between">Share of the time between levels before the rules.</param>
    static LevelMixture Choose(SegmentCounts segments, LevelCourse course, LevelScatter scatter, int maxLevels, bool hasBetween, List<string> rules, out bool isFalling, out double between, CancellationToken stop)
    {
        var (m, _) = course.Means(segments);
        var best = Best(segments, m, course, scatter, maxLevels, hasBetween, out isFalling, Enough, stop);
        between = BetweenTime(best, segments);
        while (best.Rate.Length > 1)
        {
            var (rate, weight) = (best.Rate.ToList(), best.Weight.ToList());
            var share = Shares(best, segments);
            var near = Enumerable.Range(0, rate.Count - 1).MinBy(g => rate[g + 1] / rate[g]);
            var least = Array.IndexOf(share, share.Min());
            if (rate[near + 1] < (1 + LeastDistance) * rate[near])
            {
                rules.Add(FormattableString.Invariant($"{rate[near]:F0} and {rate[near + 1]:F0} counts/s, less than {100 * LeastDistance:F0} % apart, are one level"));
                var (a, b) = (Math.Max(share[near], 1e-9), Math.Max(share[near + 1], 1e-9));
                rate[near] = (a * rate[near] + b * rate[near + 1]) / (a + b);
                weight[near] += weight[near + 1];
                rate.RemoveAt(near + 1);
                weight.RemoveAt(near + 1);
            }
            else if (share[least] < LeastTime)
            {
                rules.Add(FormattableString.Invariant($"{rate[least]:F0} counts/s with {100 * share[least]:F1} % of the time is no level but a mixture of short stays"));
                rate.RemoveAt(least);
                weight.RemoveAt(least);
                // Its segments shall not pull a neighbour away from its own.
                var without = best;
                segments = segments.Where(j => without.Posterior(j, least) < 0.5);
                (m, _) = course.Means(segments);
            }
            else if (rate.Count > 2 && Doubtful(best, segments) is { } doubtful)
            {
                rules.Add(FormattableString.Invariant($"{rate[doubtful]:F0} counts/s is no level: most of its segments may belong to its neighbours as well"));
                rate.RemoveAt(doubtful);
                weight.RemoveAt(doubtful);
            }
            else break;

            var sum = weight.Sum();
            best = new LevelMixture(segments, scatter, hasBetween).Fit([.. rate], [.. weight.Select(w => w / sum)], m, course.Fixed, Enough, stop);
        }

        return best;
    }

    static LevelMixture Best(
        SegmentCounts segments, double[] m, LevelCourse course, LevelScatter scatter, int maxLevels, bool hasBetween, out bool isFalling, double enough, CancellationToken stop)
    {
        LevelMixture? best = null;
        isFalling = false;
        foreach (var (rate, share) in LevelGrouping.Of(segments, m, maxLevels, scatter))
        {
            var fit = new LevelMixture(segments, scatter, hasBetween).Fit(rate, share, m, course.Fixed, enough, stop);
            if (best is not null && fit.Bic >= best.Bic)
            {
                // Two levels more for nothing, and clearly worse: further ones will not help.
                if (rate.Length > best.Rate.Length + 1 && fit.Bic > best.Bic + Plain) break;
                continue;
            }

            best = fit;
            isFalling = rate.Length == maxLevels && maxLevels > 1;
        }

        return best!;
    }

    /// <summary>The course all levels share, where the segments ask for one.</summary>
    /// <param name="isCut">The segments are those between change points, not pieces of them.</param>
    static LevelCourse CourseOf(SegmentCounts segments, bool isCut, int maxLevels, CancellationToken stop)
    {
        if (segments.Count < FewestForDrift) return LevelCourse.Flat;
        var most = Math.Min(maxLevels, 5);
        var few = segments.Some(Glanced);
        var still = Score(few, LevelCourse.Flat, isCut, most, stop).Bic;
        var starts = new List<(LevelCourse Course, double Bic)>();
        foreach (var steady in new[] { 0.0, 1.0 })
        {
            foreach (var bends in Tries)
            {
                var course = new LevelCourse(bends, steady);
                var bic = Score(few, course, isCut, most, stop).Bic;
                if (bic < still) starts.Add((course, bic));
            }
        }

        // One level may take any smooth course; with it begins the search for bends, whatever the straight ones say.
        if (starts.Count == 0 && segments.Count <= Glanced) starts.Add((new([0.0, 0.0], 0), still));
        if (starts.Count == 0) return LevelCourse.Flat;
        var best = LevelCourse.Flat;
        var least = Score(segments, LevelCourse.Flat, isCut, most, stop).Bic - Plain;
        foreach (var (start, _) in starts.OrderBy(one => one.Bic).Take(3))
        {
            foreach (var levels in new[] { most, 1 })
            {
                if (levels == 1 && most == 1) break;
                var (course, bic) = Settled(segments, start, isCut, levels, stop);
                var failures = 0;
                for (var (tried, from) = (course, bic); failures < 2 && tried.Order < MostBends;)
                {
                    (tried, from) = Settled(segments, tried with { Bends = [.. tried.Bends, 0.0] }, isCut, levels, stop);
                    if (from < bic - Bend) (course, bic, failures) = (tried, from, 0);
                    else failures++;
                }

                if (bic < least) (best, least) = (course, bic);
            }
        }

        return best;
    }

    static readonly double[][] Tries =
    [
        [0.05], [-0.05], [0.15], [-0.15], [0.3], [-0.3], [0.5], [-0.5], [0.8], [-0.8], [1.2], [-1.2], [1.8], [-1.8], [0.0, 0.3], [0.0, -0.3],
    ];

    static (double Bic, LevelMixture Fit) Score(SegmentCounts segments, LevelCourse course, bool isCut, int most, CancellationToken stop)
    {
        var (m, _) = course.Means(segments);
        return Scored(segments, course, isCut, Best(segments, m, course, new(Width, 0), most, hasBetween: true, out _, Roughly, stop));
    }

    static (double Bic, LevelMixture Fit) Scored(SegmentCounts segments, LevelCourse course, bool isCut, LevelMixture fit)
    {
        var parameters = course.Order + (course.Fixed > 0 && fit.Rate.Length > 1 ? 0.5 : 0);
        return (fit.Bic + parameters * Math.Log(segments.Count) + (isCut ? 2 * Uncut(segments, course, fit) : 0), fit);
    }

    /// <summary>What speaks against a course that runs through segments which nobody cut: the search for change points would have.</summary>
    /// <remarks>A ramp by delta over n photons is worth n delta²/32 as a step in its middle; the search cuts from about 10 on.</remarks>
    static double Uncut(SegmentCounts segments, LevelCourse course, LevelMixture fit)
    {
        if (course.IsFlat) return 0;
        var sum = 0.0;
        for (var j = 0; j < segments.Count; j++)
        {
            var own = Likeliest(fit, j);
            var (a, b) = (segments.Begin[j], segments.End[j]);
            var change = course.Change(a, b) * (1 - fit.Steady / Math.Max(fit.Rate[own], 1e-12));
            sum += Math.Max(0, segments.N[j] * change * change / 32 - 12);
        }

        return sum;
    }

    /// <summary>Levels and course by turns until the course stands.</summary>
    static (LevelCourse Course, double Bic) Settled(SegmentCounts segments, LevelCourse start, bool isCut, int most, CancellationToken stop)
    {
        var course = start;
        var (bic, fit) = Score(segments, course, isCut, most, stop);
        for (var round = 0; round < 20; round++)
        {
            var next = LevelDrift.Step(segments, course, fit);
            var (m, _) = next.Means(segments);
            var (then, other) = Scored(segments, next, isCut, new LevelMixture(segments, fit.Scatter, true).Fit(fit.Rate, fit.Weight, m, next.Fixed, Roughly, stop));
            if (!(then < bic)) break;
            var isDone = bic - then < 0.1;
            (course, bic, fit) = (next, then, other);
            if (isDone) break;
        }

        // Along the straight course other numbers of levels may do better than at the start.
        var (last, _) = Score(segments, course, isCut, most, stop);
        return (course, Math.Min(bic, last));
    }

    static double[] Shares(LevelMixture fit, SegmentCounts segments)
    {
        var share = new double[fit.Rate.Length];
        for (var j = 0; j < segments.Count; j++)
            for (var g = 0; g < share.Length; g++) share[g] += fit.Posterior(j, g) * segments.Time[j];
        var all = segments.Time.Sum();
        return [.. share.Select(time => time / all)];
    }

    /// <summary>The level least sure of its time, where it is sure of less than half of it; null where there is none.</summary>
    static int? Doubtful(LevelMixture fit, SegmentCounts segments)
    {
        var (sure, all) = (new double[fit.Rate.Length], new double[fit.Rate.Length]);
        for (var j = 0; j < segments.Count; j++)
        {
            for (var g = 0; g < sure.Length; g++)
            {
                var p = fit.Posterior(j, g);
                all[g] += p * segments.Time[j];
                if (p > 0.9) sure[g] += p * segments.Time[j];
            }
        }

        var least = Enumerable.Range(0, sure.Length).MinBy(g => sure[g] / Math.Max(all[g], 1e-300));
        return sure[least] < 0.5 * all[least] ? least : null;
    }

    static double BetweenTime(LevelMixture fit, SegmentCounts segments) => Math.Max(0, 1 - Shares(fit, segments).Sum());

    internal static int Likeliest(LevelMixture fit, int j)
    {
        var best = 0;
        for (var g = 1; g < fit.Rate.Length; g++)
            if (fit.Posterior(j, g) > fit.Posterior(j, best)) best = g;
        if (fit.Posterior(j, best) > 1e-12) return best;
        // Wholly between levels: the nearest in rate.
        var rate = fit.RateOf(j);
        return Enumerable.Range(0, fit.Rate.Length).MinBy(g => Math.Abs(Math.Log(Math.Max(rate, 1e-9) / fit.Rate[g])));
    }

    static LevelSet Told(
        IReadOnlyList<Segment> segments, int[] used, SegmentCounts all, LevelMixture fit, double[] m, LevelCourse course, double[] bic, bool isFalling, double between, List<string> rules)
    {
        var own = new int[all.Count];
        var sure = new double[all.Count];
        for (var j = 0; j < all.Count; j++)
        {
            own[j] = Likeliest(fit, j);
            sure[j] = Math.Clamp(fit.Posterior(j, own[j]), 0, 1);
        }

        var levels = fit.Rate.Length;
        var (time, photons) = (new double[levels], new long[levels]);
        for (var j = 0; j < all.Count; j++)
        {
            time[own[j]] += all.Time[j];
            photons[own[j]] += (long)all.N[j];
        }

        // Segments without length belong to the level of the one before them.
        var (levelOf, posterior) = (new int[segments.Count], new double[segments.Count]);
        for (int j = 0, i = 0; j < segments.Count; j++)
        {
            if (i < used.Length && used[i] == j) (levelOf[j], posterior[j], i) = (own[i], sure[i], i + 1);
            else levelOf[j] = j > 0 ? levelOf[j - 1] : own[0];
        }

        var (rate, sigma) = LevelRates.Of(all, own, fit, m);
        var (drift, driftSigma) = LevelDrift.PerSecond(all, course, own, fit);
        var total = time.Sum();
        var best = Array.IndexOf(bic, bic.Min());
        return new(rate, sigma, [.. time.Select(t => t / total)], photons, levelOf, posterior, bic, best + 1, drift, driftSigma, Doubts(all, sure, isFalling, levels, bic.Length, between))
        {
            Unresolved = between,
            Rules = rules,
        };
    }

    static List<string> Doubts(SegmentCounts all, double[] sure, bool isFalling, int levels, int most, double between)
    {
        var doubts = new List<string>();
        var sorted = all.N.ToArray();
        Array.Sort(sorted);
        var median = sorted[sorted.Length / 2];
        if (median < 50 && levels > 1) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"half of the segments have fewer than {median + 1:F0} photons (50 tell levels apart)"));
        if (isFalling) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"each further level up to {most} still improves the fit"));
        // One or two of a handful say nothing.
        var unsure = sure.Count(p => p < 0.9);
        if (unsure > Math.Max(0.1 * sure.Length, 2)) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"{100.0 * unsure / sure.Length:F0} % of the segments belong to their level with less than 90 % probability"));
        if (between > 0.1) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * between:F0} % of the time lies between levels"));
        return doubts;
    }
}
