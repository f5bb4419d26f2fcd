namespace PqdPortal.Analysis.Fitting;

/// <summary>Centre and width of a measured instrument response: where time zero lies.</summary>
/// <param name="Centre">Mean of the peak, the flat background subtracted [bins, 0 is the middle of the first].</param>
/// <param name="Sigma">Standard deviation of the peak [bins].</param>
/// <param name="Background">Flat level [counts a bin].</param>
/// <param name="Counts">Counts of the peak above that level.</param>
public sealed record ResponsePeak(double Centre, double Sigma, double Background, double Counts)
{
    /// <summary>Finds the peak of a response.</summary>
    /// <param name="counts">Shape (bins).</param>
    /// <returns>Null where nothing stands five standard deviations above the rest.</returns>
    /// <remarks>
    /// The flat level is the median of all bins: a response is narrow. The peak is the contiguous region around the highest
    /// point in which the counts, averaged over three bins, stay above that level by 1 % of the height and by two standard
    /// deviations. Only there is the mean taken: a mean over all bins is drawn to the middle of the axis by every dark count.
    /// </remarks>
    public static ResponsePeak? Of(ReadOnlySpan<long> counts)
    {
        if (counts.Length == 0) return null;
        var sorted = counts.ToArray();
        Array.Sort(sorted);
        var flat = (double)sorted[sorted.Length / 2];

        var top = 0;
        for (var i = 1; i < counts.Length; i++)
            if (Smooth(counts, i) > Smooth(counts, top)) top = i;
        var height = Smooth(counts, top) - flat;
        if (height * 3 < 5 * Math.Sqrt(3 * flat + 1)) return null;

        var above = flat + Math.Max(0.01 * height, 2 * Math.Sqrt(Math.Max(flat, 1) / 3));
        var (from, to) = (top, top);
        while (from > 0 && Smooth(counts, from - 1) > above) from--;
        while (to < counts.Length - 1 && Smooth(counts, to + 1) > above) to++;

        double sum = 0, first = 0, second = 0;
        for (var i = from; i <= to; i++)
        {
            var n = counts[i] - flat;
            sum += n;
            first += n * (i - top);
            second += n * (i - top) * (i - top);
        }

        if (!(sum > 0)) return null;
        var mean = first / sum;
        return new(top + mean, Math.Sqrt(Math.Max(second / sum - mean * mean, 0)), flat, sum);
    }

    static double Smooth(ReadOnlySpan<long> counts, int i) =>
        i > 0 && i < counts.Length - 1 ? (counts[i - 1] + counts[i] + counts[i + 1]) / 3.0 : counts[i] / 3.0;
}
