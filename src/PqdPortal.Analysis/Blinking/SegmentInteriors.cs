namespace PqdPortal.Analysis.Blinking;

/// <summary>Segments without their ends, where a photon may belong to the level beside.</summary>
/// <remarks>
/// A change point is known to some photons of the brighter of the two levels: to about 6 over the squared logarithm of their
/// ratio. So many, at least 10 and at most 100, are left out on both sides, as a time. Where nothing is left, from and to are equal.
/// </remarks>
static class SegmentInteriors
{
    const double Least = 10, Most = 100, Sure = 6, Farthest = 4e18;

    /// <summary>From and to of each interior [ticks], shape (segments).</summary>
    public static (long From, long To)[] Of(IReadOnlyList<Segment> segments, double tick)
    {
        var interiors = new (long, long)[segments.Count];
        var before = 0.0;
        for (var i = 0; i < segments.Count; i++)
        {
            var behind = i + 1 < segments.Count ? LeftOut(segments[i], segments[i + 1]) : 0;
            var from = Ticks((segments[i].From + before) / tick);
            var to = Ticks((segments[i].To - behind) / tick);
            interiors[i] = (from, Math.Max(from, to));
            before = behind;
        }

        return interiors;
    }

    /// <summary>A header may name a duration that no clock of the file reaches.</summary>
    internal static long Ticks(double ticks) => (long)Math.Ceiling(Math.Clamp(ticks, -Farthest, Farthest) - 1e-6);

    /// <summary>Time on either side of a change [s].</summary>
    static double LeftOut(Segment one, Segment other)
    {
        var (dim, bright) = (Math.Min(one.Rate, other.Rate), Math.Max(one.Rate, other.Rate));
        if (!(bright > 0) || !double.IsFinite(bright)) return 0;
        var ratio = Math.Log(bright / Math.Max(dim, 1e-3 * bright));
        return Math.Clamp(Sure / Math.Max(ratio * ratio, 1e-3), Least, Most) / bright;
    }
}
