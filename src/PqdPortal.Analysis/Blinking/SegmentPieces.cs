namespace PqdPortal.Analysis.Blinking;

/// <summary>Long segments cut into pieces by a counted trace, so that light that changes slowly within them is seen.</summary>
public static class SegmentPieces
{
    const double Share = 0.01;      // of the run, a piece

    /// <param name="segments">In order of time.</param>
    /// <param name="counts">Photons in equal bins from the beginning of the stream, shape (bins).</param>
    /// <param name="bin">Length of a bin [s].</param>
    /// <returns>Short segments as they are; of long ones pieces of whole bins within them, about a hundredth of the run each.</returns>
    public static IReadOnlyList<Segment> Of(IReadOnlyList<Segment> segments, IReadOnlyList<long> counts, double bin)
    {
        if (segments.Count == 0) return segments;
        var length = Math.Max(Share * (segments[^1].To - segments[0].From), bin);
        var pieces = new List<Segment>();
        foreach (var segment in segments)
        {
            var (first, end) = ((long)Math.Ceiling(segment.From / bin), Math.Min((long)Math.Floor(segment.To / bin), counts.Count));
            var parts = (long)Math.Min(Math.Floor(segment.Duration / length), end - first);
            if (parts < 2)
            {
                pieces.Add(segment);
                continue;
            }

            for (var part = 0L; part < parts; part++)
            {
                var (a, b) = (first + (end - first) * part / parts, first + (end - first) * (part + 1) / parts);
                long n = 0;
                for (var i = a; i < b; i++) n += counts[(int)i];
                pieces.Add(new(a * bin, b * bin, n));
            }
        }

        return pieces;
    }
}
