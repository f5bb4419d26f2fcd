using MathNet.Numerics;

namespace PqdPortal.Analysis.Blinking;

/// <summary>How all levels of a run rise or fall together: m(t) ~ exp(sum c_i P_i(x)) with Legendre's polynomials and x from -1 to 1 over the run, of mean 1.</summary>
/// <param name="Bends">c_1, c_2, ...: slope, bend, ...; none where nothing drifts.</param>
/// <param name="Fixed">What of the lowest level does not drift with the others: 0 all drifts, 1 it stays (background).</param>
sealed record LevelCourse(double[] Bends, double Fixed)
{
    public static readonly LevelCourse Flat = new([], 0);

    /// <summary>Parameters it takes.</summary>
    public int Order => Bends.Length;

    public bool IsFlat => Order == 0;

    /// <summary>Mean of m over each segment, and of each polynomial weighted with m.</summary>
    /// <returns>Shape (segments) and (order, segments); the time-weighted mean of the first is 1.</returns>
    public (double[] M, double[][] P) Means(SegmentCounts segments)
    {
        var k = segments.Count;
        var m = new double[k];
        double[][] weighted = [.. Bends.Select(_ => new double[k])];
        if (IsFlat)
        {
            Array.Fill(m, 1);
            return (m, weighted);
        }

        double sum = 0, time = 0;
        Span<double> p = stackalloc double[Order];
        for (var j = 0; j < k; j++)
        {
            // Gauss-Legendre with three points, as often as the segment has tenths of the run.
            var panels = 1 + (int)(5 * (segments.End[j] - segments.Begin[j]));
            var half = 0.5 * (segments.End[j] - segments.Begin[j]) / panels;
            for (var q = 0; q < 3 * panels; q++)
            {
                var x = segments.Begin[j] + (2 * (q / 3) + 1) * half + (q % 3 - 1) * 0.7745966692414834 * half;
                Polynomials(x, p);
                var w = (q % 3 == 1 ? 8.0 : 5.0) / 18 / panels * Math.Exp(Exponent(p));
                m[j] += w;
                for (var i = 0; i < p.Length; i++) weighted[i][j] += w * p[i];
            }

            sum += m[j] * segments.Time[j];
            time += segments.Time[j];
        }

        var scale = time / sum;
        for (var j = 0; j < k; j++)
        {
            m[j] *= scale;
            for (var i = 0; i < weighted.Length; i++) weighted[i][j] *= scale;
        }

        return (m, weighted);
    }

    /// <summary>Change of ln m between two places.</summary>
    public double Change(double from, double to)
    {
        Span<double> a = stackalloc double[Order];
        Span<double> b = stackalloc double[Order];
        Polynomials(from, a);
        Polynomials(to, b);
        return Exponent(b) - Exponent(a);
    }

    double Exponent(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++) sum += Bends[i] * p[i];
        return sum;
    }

    /// <summary>P_1, P_2, ... by Bonnet's recursion.</summary>
    static void Polynomials(double x, Span<double> p)
    {
        double before = 1, now = x;
        for (var i = 0; i < p.Length; i++)
        {
            p[i] = now;
            (before, now) = (now, ((2 * i + 3) * x * now - (i + 1) * before) / (i + 2));
        }
    }
}

/// <summary>Segments as plain arrays: counts, times and where they lie in the run from -1 to 1.</summary>
sealed class SegmentCounts
{
    /// <param name="run">The segments whose run is meant; null for these themselves.</param>
    public SegmentCounts(IReadOnlyList<Segment> segments, SegmentCounts? run = null)
    {
        Count = segments.Count;
        (N, Time, Begin, End, LnFactorial) = (new double[Count], new double[Count], new double[Count], new double[Count], new double[Count]);
        if (Count == 0) return;
        From = run?.From ?? segments.Min(segment => segment.From);
        Span = run?.Span ?? Math.Max(segments.Max(segment => segment.To) - From, double.Epsilon);
        for (var j = 0; j < Count; j++)
        {
            (N[j], Time[j], LnFactorial[j]) = (segments[j].Photons, segments[j].Duration, SpecialFunctions.GammaLn(segments[j].Photons + 1.0));
            (Begin[j], End[j]) = (2 * (segments[j].From - From) / Span - 1, 2 * (segments[j].To - From) / Span - 1);
        }
    }

    SegmentCounts(SegmentCounts of, int[] which)
    {
        (Count, From, Span) = (which.Length, of.From, of.Span);
        (N, Time, Begin, End, LnFactorial) = (Pick(of.N), Pick(of.Time), Pick(of.Begin), Pick(of.End), Pick(of.LnFactorial));
        double[] Pick(double[] from) => [.. which.Select(j => from[j])];
    }

    public int Count { get; }

    public double[] N { get; }

    public double[] LnFactorial { get; }

    /// <summary>[s]</summary>
    public double[] Time { get; }

    public double[] Begin { get; }

    public double[] End { get; }

    /// <summary>Beginning of the run [s].</summary>
    public double From { get; }

    /// <summary>From the beginning of the first to the end of the last [s].</summary>
    public double Span { get; } = 1;

    /// <summary>Only some of them.</summary>
    public SegmentCounts Where(Func<int, bool> isWanted) => new(this, [.. Enumerable.Range(0, Count).Where(isWanted)]);

    /// <summary>At most so many, evenly taken from the whole run.</summary>
    public SegmentCounts Some(int most) => Count <= most ? this
        : new(this, [.. Enumerable.Range(0, most).Select(i => (int)((i + 0.5) * Count / most))]);
}
