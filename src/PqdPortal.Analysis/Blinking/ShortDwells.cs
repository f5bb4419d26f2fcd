using System.Numerics;
using System.Runtime.InteropServices;

namespace PqdPortal.Analysis.Blinking;

/// <summary>Finds dark or bright moments inside a stretch that looks steady as long as only one change is asked for.</summary>
/// <remarks>
/// <para>
/// A dip of m intervals among n lasts the share v of the time; in steady light v is Beta(m, n-m) and
/// p = exp(-L) sqrt((n-m)/(2 pi n m)) / |v n/m - 1|, with the likelihood ratio L of <see cref="ChangeTest"/>, is the chance of one as odd
/// (Laplace's approximation of the tail). Which surprises -ln p are believed, all widths and places together, see <see cref="Accepted"/>.
/// </para>
/// <para>
/// Nearly all places are passed by comparing the time of m intervals with two bounds, several places at once. These are of a stretch a little
/// shorter than the one at hand, which lets more through.
/// </para>
/// </remarks>
static class ShortDwells
{
    /// <summary>Fewest intervals of a stretch that is looked into.</summary>
    public const int Fewest = 8;

    /// <summary>Most intervals of a stretch that is looked into at once.</summary>
    public const int Longest = ChangeTest.Longest;

    /// <summary>Most intervals of a moment.</summary>
    public const int Widest = 366;

    // Two or three photons right after each other are an afterpulse or a cascade, no bright moment.
    const int FewestBright = 4;

    // Surprises below are not noted: in steady light one in three thousand photons.
    const double Least = 10.5;

    // In steady light PlacesPerPhoton exp(-s) moments a photon surprise by s or more: 11 at s = 11, 13 at 14, 15 at 15 in 20 million photons of own simulation.
    const double PlacesPerPhoton = 14;

    static IEnumerable<int> StretchSizes()
    {
        for (var n = Fewest; n <= Longest; n += Math.Max(1, n / 8)) yield return n;
    }

    // Each about a quarter wider than the one before.
    static readonly int[] Widths = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 19, 24, 30, 38, 48, 60, 75, 94, 118, 148, 186, 233, 292, Widest];

    static readonly int[] Sizes = [.. StretchSizes()];
    static readonly double[] Shortest = Bounds(n => 0, FewestBright), Longests = Bounds(n => n, 1); // [mean intervals], shape (sizes, widths)

    /// <summary>How many of the moments are more than chance.</summary>
    /// <param name="moments">The most surprising first.</param>
    /// <param name="photons">Photons they were looked for among.</param>
    /// <param name="falseShare">So many of the moments taken may be chance.</param>
    /// <remarks>
    /// Benjamini and Hochberg, J. R. Stat. Soc. B 57, 289 (1995). Light that blinks often is believed smaller moments than light that hardly
    /// does, and steady light none.
    /// </remarks>
    public static int Accepted(List<(int From, int To, double Surprise)> moments, int photons, double falseShare)
    {
        var accepted = 0;
        for (var i = 0; i < moments.Count; i++)
            if (PlacesPerPhoton * photons * Math.Exp(-moments[i].Surprise) <= falseShare * (i + 1)) accepted = i + 1;
        return accepted;
    }

    /// <summary>Between the usual time of m intervals and an extreme, where <see cref="Least"/> is just reached.</summary>
    /// <param name="fewest">Of fewer intervals, what no interval reaches.</param>
    static double[] Bounds(Func<int, double> extreme, int fewest)
    {
        var bounds = new double[Sizes.Length * Widths.Length];
        for (var s = 0; s < Sizes.Length; s++)
        {
            var n = Sizes[s];
            for (var w = 0; w < Widths.Length && Widths[w] < n - 1; w++)
            {
                var m = Widths[w];
                if (m < fewest) continue;
                var (inside, outside) = ((double)m, extreme(n));
                for (var i = 0; i < 40; i++)
                {
                    var middle = (inside + outside) / 2;
                    if (Surprise(n, m, middle / n) >= Least) outside = middle;
                    else inside = middle;
                }
                bounds[s * Widths.Length + w] = inside;
            }
        }
        return bounds;
    }

    static double Surprise(int n, int m, double v) =>
        -m * Math.Log(v * n / m) - (n - m) * Math.Log((1 - v) * n / (n - m))
        + 0.5 * Math.Log(2 * Math.PI * m * n / (n - m)) + Math.Log(Math.Abs(v * n / m - 1));

    /// <summary>The most surprising moment; null where none surprises enough.</summary>
    /// <param name="time">Times of the events, ascending.</param>
    /// <param name="from">First event of the stretch.</param>
    /// <param name="to">Last event, at most <see cref="Longest"/> behind.</param>
    /// <returns>The events at which it begins and ends, and -ln p.</returns>
    public static (int From, int To, double Surprise)? Find(ReadOnlySpan<double> time, int from, int to)
    {
        var n = to - from;
        if (n < Fewest) return null;
        var mean = (time[to] - time[from]) / n;
        var size = Array.BinarySearch(Sizes, n);
        if (size < 0) size = ~size - 1;

        var (best, found) = (Least, (0, 0));
        for (var w = 0; w < Widths.Length && Widths[w] <= Math.Min(n - 4, Sizes[size] - 2); w++)
        {
            var m = Widths[w];
            var (least, most) = (Shortest[size * Widths.Length + w] * mean, Longests[size * Widths.Length + w] * mean);
            // The first and the last interval stay outside: else it would be one change and not two.
            var begins = time.Slice(from + 1, n - m - 1);
            var ends = time.Slice(from + 1 + m, n - m - 1);
            if (!IsAnyOutside(begins, ends, least, most)) continue;
            for (var i = 0; i < begins.Length; i++)
            {
                var length = ends[i] - begins[i];
                if (length >= least && length <= most) continue;
                var v = length / (n * mean);
                if (!(v > 0 && v < 1)) continue;
                var surprise = Surprise(n, m, v);
                if (!(surprise > best)) continue;
                (best, found) = (surprise, (from + 1 + i, from + 1 + i + m));
            }
        }
        return found.Item2 > 0 ? (found.Item1, found.Item2, best) : null;
    }

    static bool IsAnyOutside(ReadOnlySpan<double> begins, ReadOnlySpan<double> ends, double least, double most)
    {
        var i = 0;
        if (begins.Length >= Vector<double>.Count)
        {
            ref var a = ref MemoryMarshal.GetReference(begins);
            ref var b = ref MemoryMarshal.GetReference(ends);
            var (low, high) = (new Vector<double>(least), new Vector<double>(most));
            var (shortest, longest) = (high, low);
            for (; i <= begins.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                var length = Vector.LoadUnsafe(ref b, (nuint)i) - Vector.LoadUnsafe(ref a, (nuint)i);
                shortest = Vector.Min(shortest, length);
                longest = Vector.Max(longest, length);
            }
            if (Vector.LessThanAny(shortest, low) || Vector.GreaterThanAny(longest, high)) return true;
        }
        for (; i < begins.Length; i++)
            if (ends[i] - begins[i] < least || ends[i] - begins[i] > most) return true;
        return false;
    }
}
