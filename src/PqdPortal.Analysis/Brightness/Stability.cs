namespace PqdPortal.Analysis.Brightness;

/// <summary>How much of its light a dot keeps within a run: after an hour, after a day, and when a fifth is gone.</summary>
/// <remarks>Of the bright level, relative to that of the beginning; once bleached, of all that is left above the background.</remarks>
static class Stability
{
    const double Lost = 0.8;             // of the beginning, T80
    const int Stretches = 100;           // of the run, for T80
    const double Least = 10;             // [s] at least
    const double Share = 0.04;           // of the time asked for, that a level is taken over at most

    /// <param name="isOn">Bins in which the dot is bright, shape (bins).</param>
    /// <param name="live">Bins that are no gap.</param>
    /// <param name="bin">[s]</param>
    /// <param name="background">[1/s]</param>
    /// <param name="bleached">When it bleached [s]; null where it did not.</param>
    /// <returns>What the run is long enough for.</returns>
    public static IEnumerable<Quantity> Of(long[] counts, bool[] isOn, bool[] live, double bin, double background, double? bleached)
    {
        var end = counts.Length * bin;
        foreach (var (name, t) in new[] { ("retained_1h", 3600.0), ("retained_24h", 86400.0) })
        {
            // Equally long from the beginning and from the time asked for: what fades within the stretch fades alike in both.
            var stretch = Math.Min(Math.Max(Least, Share * t), end - t);
            if (stretch < Least || Level(0, stretch) is not { } first || !(first.Rate > 0)) continue;
            if (Level(t, t + stretch) is not { } then) continue;
            var kept = then.Rate / first.Rate;
            yield return Quantity.Of(name, kept, Math.Sqrt(Math.Pow(then.Sigma, 2) + Math.Pow(kept * first.Sigma, 2)) / first.Rate, "1") with { N = then.N, Method = "blocks" };
        }

        if (T80() is { } fall) yield return fall;

        (double Rate, double Sigma, long N)? Level(double from, double to)
        {
            // Ten parts, whose scatter is the error where it is more than that of counting.
            const int parts = 10;
            var rates = new List<double>();
            long n = 0, bins = 0;
            for (var k = 0; k < parts; k++)
            {
                var (a, b) = ((int)((from + (to - from) * k / parts) / bin), (int)Math.Min((from + (to - from) * (k + 1) / parts) / bin, counts.Length));
                long own = 0, used = 0;
                for (var i = a; i < b; i++)
                {
                    if (!(isOn[i] || bleached < i * bin && live[i])) continue;
                    own += counts[i];
                    used++;
                }

                (n, bins) = (n + own, bins + used);
                if (used > 0) rates.Add(own / (used * bin));
            }

            if (bins < 10) return null;
            var rate = n / (bins * bin);
            var scatter = rates.Count > 2 ? Math.Sqrt(rates.Zip(rates.Skip(1), (x, y) => (x - y) * (x - y) / 2).Sum() / (rates.Count - 1) / rates.Count) : 0;
            return (rate - background, Math.Max(Math.Sqrt(Math.Max(n, 1)) / (bins * bin), scatter), n);
        }

        Quantity? T80()
        {
            var width = end / Stretches;
            if (Level(0, 2 * width) is not { } first || !(first.Rate > 5 * first.Sigma)) return null;
            // The level of the beginning is that of its middle, and has already fallen a little.
            var levels = Enumerable.Range(0, Stretches).Select(k => (Time: (k + 0.5) * width, Level: Level(k * width, (k + 1) * width))).Where(one => one.Level is not null).ToArray();
            bool IsLow(int k) => levels[k].Level!.Value is var level && level.Rate < Lost * first.Rate;
            for (var k = 1; k + 2 < levels.Length; k++)
            {
                if (!IsLow(k) || !IsLow(k + 1) || !IsLow(k + 2)) continue;
                // A straight line through the stretches around tells the crossing and its error.
                var (from, to) = (Math.Max(0, k - 6), Math.Min(levels.Length - 1, k + 5));
                if (bleached is { } gone && levels[k].Time > gone - width)
                    return Quantity.Of("t80_s", gone, null, "s") with { N = first.N, Method = "bleached" };
                var points = levels[from..(to + 1)].Where(one => !(one.Time > bleached)).ToArray();
                var (mt, ml) = (points.Average(p => p.Time), points.Average(p => p.Level!.Value.Rate));
                var spread = points.Sum(p => (p.Time - mt) * (p.Time - mt));
                var slope = points.Sum(p => (p.Time - mt) * (p.Level!.Value.Rate - ml)) / spread;
                if (points.Length < 4 || !(slope < 0)) return Quantity.Of("t80_s", levels[k].Time - width / 2, width / 2, "s") with { N = first.N, Method = "stretches" };
                // The beginning's level is that of the middle of the first two stretches: followed back along the first third of the way.
                var start = first.Rate / (1 - 0.2 * width / Math.Max(levels[k].Time, width));
                var crossing = mt + (Lost * start - ml) / slope;
                var noise = Math.Sqrt(points.Sum(p => Math.Pow(p.Level!.Value.Sigma, 2))) / points.Length;
                var lever = Math.Sqrt(points.Average(p => Math.Pow(p.Level!.Value.Sigma, 2))) * Math.Abs(crossing - mt) / Math.Sqrt(spread);
                return Quantity.Of("t80_s", crossing, Math.Sqrt(noise * noise + lever * lever + Math.Pow(Lost * first.Sigma, 2) + Math.Pow(0.01 * first.Rate, 2)) / -slope, "s") with { N = first.N, Method = "line" };
            }

            return bleached is { } dark && dark < end ? Quantity.Of("t80_s", dark, null, "s") with { N = first.N, Method = "bleached" } : null;
        }
    }
}
