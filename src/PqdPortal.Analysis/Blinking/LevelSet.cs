namespace PqdPortal.Analysis.Blinking;

/// <summary>The brightness levels of a blinking dot, and which stretch of light belongs to which.</summary>
/// <param name="Rate">Of each level, ascending, background included, mean over the run where there is drift [1/s], shape (levels).</param>
/// <param name="Sigma">One standard deviation of each [1/s].</param>
/// <param name="TimeShare">Share of the time spent in each, shape (levels).</param>
/// <param name="Photons">Photons seen in each, shape (levels).</param>
/// <param name="LevelOf">Level of each segment, shape (segments).</param>
/// <param name="Posterior">Probability of that assignment, shape (segments).</param>
/// <param name="Bic">Of 1, 2, ... levels by counting statistics alone, before any rule; only differences mean something.</param>
/// <param name="BicLevels">Number of levels with the smallest of these.</param>
/// <param name="Drift">Relative change of all levels together [1/s]; 0 where none is needed.</param>
/// <param name="DriftSigma">One standard deviation of it; null where there is no drift.</param>
/// <param name="Unreliable">Why the number of levels should not be leant on, in words with numbers; empty where it may be.</param>
public sealed record LevelSet(
    double[] Rate, double[] Sigma, double[] TimeShare, long[] Photons,
    int[] LevelOf, double[] Posterior,
    double[] Bic, int BicLevels,
    double Drift, double? DriftSigma,
    IReadOnlyList<string> Unreliable)
{
    /// <summary>Levels after all rules.</summary>
    public int Count => Rate.Length;

    /// <summary>Share of the time in segments that lie between two levels and belong to none: dwells too short to be told apart, or grey light.</summary>
    public double Unresolved { get; init; }

    /// <summary>What the rules did to the optimum of the information criterion, in words; empty where they did nothing.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>Which levels are bright: above the geometric mean of the lowest and the highest, or above a rate given.</summary>
    /// <param name="above">Raw rate [1/s]; null for the geometric mean. Only levels with 1 % of the time count for it.</param>
    /// <returns>Shape (levels). One level alone is bright unless a rate above it is given.</returns>
    public bool[] IsOn(double? above = null)
    {
        var border = above ?? OnAbove;
        return [.. Rate.Select(rate => rate > border || above is null && Count == 1)];
    }

    /// <summary>The border between bright and dark levels where none is given [1/s].</summary>
    public double OnAbove
    {
        get
        {
            double[] counted = [.. Rate.Where((_, level) => TimeShare[level] >= Levels.LeastTime)];
            if (counted.Length == 0) counted = Rate;
            // A level without any photon would pull the geometric mean to zero; one photon in all its time is the least that can be said of it.
            var lowest = Math.Max(counted.Min(), 1e-3 * counted.Max());
            return Math.Sqrt(lowest * counted.Max());
        }
    }

    /// <summary>Neighbouring segments of the same class made one.</summary>
    /// <param name="segments">Those the levels were made of, in order of time.</param>
    /// <param name="classOf">Class of each level, such as 1 for bright and 0 for dark; null for the level itself.</param>
    /// <returns>Stretches in order. Across a gap nothing is joined: the stretches on both sides of it are cut off by it.</returns>
    public IReadOnlyList<LevelStretch> Joined(IReadOnlyList<Segment> segments, IReadOnlyList<int>? classOf = null)
    {
        var joined = new List<LevelStretch>();
        for (var j = 0; j < segments.Count; j++)
        {
            var (segment, own) = (segments[j], classOf is null ? LevelOf[j] : classOf[LevelOf[j]]);
            // A gap is longer than the rounding of the two times.
            var isCut = joined.Count == 0 || segment.From - joined[^1].To > 1e-9 * Math.Abs(segment.From);
            if (isCut && joined.Count > 0) joined[^1] = joined[^1] with { IsLast = true };
            if (!isCut && joined[^1].Level == own)
                joined[^1] = joined[^1] with { To = segment.To, Photons = joined[^1].Photons + segment.Photons, LastSegment = j };
            else
                joined.Add(new(segment.From, segment.To, own, segment.Photons, j, j, isCut, false));
        }

        if (joined.Count > 0) joined[^1] = joined[^1] with { IsLast = true };
        return joined;
    }
}

/// <summary>A stretch in which the dot stays in one level.</summary>
/// <param name="From">[s]</param>
/// <param name="To">[s]</param>
/// <param name="Level">Its level or class.</param>
/// <param name="FirstSegment">The first of its segments.</param>
/// <param name="LastSegment">The last of its segments.</param>
/// <param name="IsFirst">Its beginning was not seen: it begins with the record or behind a gap.</param>
/// <param name="IsLast">Its end was not seen.</param>
public readonly record struct LevelStretch(double From, double To, int Level, long Photons, int FirstSegment, int LastSegment, bool IsFirst, bool IsLast)
{
    /// <summary>[s]</summary>
    public double Duration => To - From;
}
