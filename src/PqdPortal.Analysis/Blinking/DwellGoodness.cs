namespace PqdPortal.Analysis.Blinking;

/// <summary>Does a fitted law describe the dwells? The largest distance of the two distributions, and how often chance makes it larger.</summary>
/// <remarks>
/// The distance of Kolmogorov and Smirnov has no table where the law was fitted to the same dwells, so samples are drawn from the
/// fit, fitted again and compared (Clauset, Shalizi and Newman, SIAM Rev. 51, 661 (2009), section 4.1). The share of samples that lie farther
/// from their own fit than the data from theirs is the p-value. Each sample has a generator of its own, so that any number of threads
/// gives the same p-value.
/// </remarks>
static class DwellGoodness
{
    /// <summary>Largest difference between the share of dwells up to a length and the law's.</summary>
    /// <param name="lengths">Ascending [s].</param>
    public static double Distance(ReadOnlySpan<double> lengths, DwellLaw law)
    {
        var most = 0.0;
        for (var i = 0; i < lengths.Length; i++)
        {
            var share = law.Share(lengths[i]);
            most = Math.Max(most, Math.Max((i + 1.0) / lengths.Length - share, share - (double)i / lengths.Length));
        }

        return most;
    }

    /// <summary>The p-value of a distance.</summary>
    /// <param name="count">Dwells that were fitted.</param>
    /// <param name="samples">Samples to draw.</param>
    public static double PValue(double distance, int count, DwellLaw law, DwellWindow window, FreeParts free, int samples, int seed, CancellationToken stop)
    {
        var farther = 0;
        Parallel.For(0, samples, new ParallelOptions { CancellationToken = stop }, () => new double[count], (sample, _, places) =>
        {
            var random = new Random(unchecked(seed * 1_000_003 + sample));
            if (Distance(places, law, window, free, random) >= distance) Interlocked.Increment(ref farther);
            return places;
        }, _ => { });
        return (farther + 1.0) / (samples + 1);
    }

    static double Distance(double[] places, DwellLaw law, DwellWindow window, FreeParts free, Random random)
    {
        // Sums of exponential waits, divided by the last, are uniform numbers in order: no sorting.
        var sum = 0.0;
        for (var i = 0; i < places.Length; i++) places[i] = sum -= Math.Log(1 - random.NextDouble());
        sum -= Math.Log(1 - random.NextDouble());
        for (var i = 0; i < places.Length; i++) places[i] /= sum;
        law.Places(places);

        double log = 0, length = 0;
        foreach (var place in places)
        {
            var u = window.Start + place * window.Step;
            log += u;
            if (free != FreeParts.Alpha) length += Math.Exp(u);
        }

        var again = DwellFit.Of(new(places.Length, log / places.Length, length / places.Length, []), window, free).Law;
        var most = 0.0;
        for (var i = 0; i < places.Length; i++)
        {
            var share = again.ShareAt(places[i]);
            most = Math.Max(most, Math.Max((i + 1.0) / places.Length - share, share - (double)i / places.Length));
        }

        return most;
    }
}
