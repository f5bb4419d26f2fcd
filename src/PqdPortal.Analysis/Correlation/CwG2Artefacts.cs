namespace PqdPortal.Analysis.Correlation;

/// <summary>A narrow symmetric excess at a fixed delay on both sides.</summary>
/// <param name="At">Bins from the centre to its highest bin.</param>
/// <param name="From">First bin from the centre that stands out.</param>
/// <param name="To">Last bin from the centre that stands out.</param>
/// <param name="Excess">Pairs above the curve, both sides together.</param>
/// <param name="Height">Excess at its highest, in g2.</param>
public sealed record Crosstalk(int At, int From, int To, double Excess, double Height);

/// <summary>What detectors and electronics draw into a pair histogram.</summary>
public static class CwG2Artefacts
{
    const int MedianHalfWidth = 31; // bins
    const double Threshold = 5;     // sigma

    /// <summary>
    /// Narrow peaks at the same delay on both sides, as the flash of a breaking-down detector seen by the other one makes.
    /// </summary>
    /// <param name="counts">Pairs, shape (bins).</param>
    /// <param name="flat">Pairs of uncorrelated light, shape (bins).</param>
    /// <param name="model">Fitted pairs, shape (bins).</param>
    /// <param name="centre">Bin of the symmetry centre.</param>
    /// <param name="dipBins">Width of the dip, 2 t1 [bins]; a peak is narrower.</param>
    /// <remarks>
    /// On the symmetrised curve, excess over a running median (half width 31 bins) that the fitted model does not explain
    /// either, or excess over the model alone (on the slope of the dip the median is no guide), of more than 5 sigma in two
    /// bins: neighbours, or the two sides of one.
    /// </remarks>
    public static IReadOnlyList<Crosstalk> FindCrosstalk(double[] counts, double[] flat, double[] model, int centre, double dipBins)
    {
        var reach = Math.Min(centre, counts.Length - 1 - centre);
        var ratio = new double[reach + 1];
        for (var j = 0; j <= reach; j++) ratio[j] = (counts[centre + j] + counts[centre - j]) / (flat[centre + j] + flat[centre - j]);

        var stands = new bool[reach + 1];
        var single = new bool[reach + 1];
        var excess = new double[reach + 1];
        var window = new double[2 * MedianHalfWidth + 1];
        for (var j = 3; j <= reach; j++)
        {
            var h = counts[centre + j] + counts[centre - j];
            var mu = model[centre + j] + model[centre - j];
            var overModel = (h - mu) / Math.Sqrt(Math.Max(mu, 1));
            if (overModel < Threshold) continue;

            var n = 0;
            for (var i = j - MedianHalfWidth; i <= j + MedianHalfWidth; i++)
                if (Math.Abs(i) <= reach)
                    window[n++] = ratio[Math.Abs(i)];
            Array.Sort(window, 0, n);
            var median = window[n / 2] * (flat[centre + j] + flat[centre - j]);
            var overMedian = (h - median) / Math.Sqrt(Math.Max(median, 1));
            if (overMedian < Threshold && j > dipBins) continue;

            stands[j] = true;
            excess[j] = h - mu;
            single[j] = Side(centre + j) > 3.5 && Side(centre - j) > 3.5;

            double Side(int i) => (counts[i] - model[i]) / Math.Sqrt(Math.Max(model[i], 1));
        }

        var found = new List<Crosstalk>();
        for (var j = 3; j <= reach; j++)
        {
            if (!stands[j]) continue;
            var from = j;
            while (j + 1 <= reach && stands[j + 1]) j++;
            var bins = j - from + 1;
            if (bins > Math.Max(dipBins, 2) || bins == 1 && !single[from]) continue;
            var at = Enumerable.Range(from, bins).MaxBy(i => excess[i]);
            found.Add(new(at, from, j, Enumerable.Range(from, bins).Sum(i => excess[i]), excess[at] / (flat[centre + at] + flat[centre - at])));
        }

        return found;
    }

    /// <summary>
    /// The floor of a dead time that both channels share: nearly no pairs below it, and a sharp edge at the same delay on both sides.
    /// </summary>
    /// <param name="zero">Bin where the two signals really coincide at the electronics.</param>
    /// <param name="level">g2 of the far wings.</param>
    /// <returns>Half width of the floor [bins]; null where there is none.</returns>
    /// <remarks>
    /// Below 20 % of the expected pairs, and from 20 to 80 % within a fifth of the half width (or one bin). An emitter's own
    /// exponential dip needs six times its half width for that step.
    /// </remarks>
    public static double? FindSharedDeadTime(long[] counts, double[] flat, int zero, double level)
    {
        var reach = Math.Min(zero, counts.Length - 1 - zero);
        if (reach < 10) return null;
        // Wide enough that a few dozen pairs are expected in what is compared with 20 and 80 %.
        var w = Math.Max(1, (int)Math.Ceiling(30 / Math.Max(level * flat[zero], 1e-9)));
        if (w % 2 == 0) w++;
        if (w > reach / 10) return null;

        if (Edge(+1) is not { } right || Edge(-1) is not { } left) return null;
        if (Math.Abs(right - left) > Math.Max(1, Math.Min(right, left) / 5.0)) return null;
        var half = (right + left) / 2.0;
        double inside = 0, expected = 0;
        for (var i = zero - (int)half; i <= zero + (int)half; i++)
        {
            inside += counts[i];
            expected += level * flat[i];
        }

        return expected >= 10 && inside < 0.2 * expected ? half : null;

        int? Edge(int direction)
        {
            int? low = null;
            for (var j = 0; j <= reach - w; j++)
            {
                double h = 0, s = 0;
                for (var i = j - w / 2; i <= j + w / 2; i++)
                {
                    h += counts[zero + direction * i];
                    s += level * flat[zero + direction * i];
                }

                if (h < 0.2 * s)
                {
                    if (low is not null && j - low > 1) break;
                    low = j;
                }
                else if (low is null)
                {
                    return null;
                }
                else if (h > 0.8 * s)
                {
                    return low >= 3 && j - low <= Math.Max(1, low.Value / 5.0) ? low : null;
                }
                else if (j - low > low.Value / 5.0 + 1)
                {
                    return null;
                }
            }

            return null;
        }
    }

    /// <summary>Where a clear dip lies that does not include zero delay, as an unknown cable delay makes; null where there is none.</summary>
    /// <returns>Centre [bins from the middle].</returns>
    public static int? FindDisplacedDip(long[] counts, double[] flat, int side)
    {
        var (h, s) = (new double[counts.Length + 1], new double[counts.Length + 1]);
        double total = 0, expected = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            h[i + 1] = h[i] + counts[i];
            s[i + 1] = s[i] + flat[i];
            total += counts[i];
            expected += flat[i];
        }

        var level = expected > 0 ? total / expected : 1;
        var (best, at, width) = (8.0, 0, 0);
        for (var half = 0; half <= side / 4; half = 2 * half + 1)
        {
            for (var c = side / 2; c <= side + side / 2; c++)
            {
                var (from, to) = (c - half, c + half + 1);
                var wanted = level * (s[to] - s[from]);
                if (wanted < 20) continue;
                var z = (wanted - (h[to] - h[from])) / Math.Sqrt(wanted);
                if (z > best) (best, at, width) = (z, c - side, half);
            }
        }

        return width + best > 8 && Math.Abs(at) > width + 1 ? at : null;
    }
}
