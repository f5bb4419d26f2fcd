using MathNet.Numerics;

namespace PqdPortal.Analysis.Blinking;

/// <summary>How all levels of a run rise or fall together: m(t) ~ exp(a x + b (x² - 1/3)) with x from -1 to 1 over the run, of mean 1.</summary>
/// <param name="Slope">a, half the logarithm of the change from beginning to end.</param>
/// <param name="Bend">b</param>
/// <param name="Fixed">What of the lowest level does not drift with the others: 0 all drifts, 1 it stays (background).</param>
readonly record struct LevelCourse(double Slope, double Bend, double Fixed)
{
    public static readonly LevelCourse Flat = new(0, 0, 0);

    public bool IsFlat => Slope == 0 && Bend == 0;

    /// <summary>Parameters it takes.</summary>
    public int Order => Bend != 0 ? 2 : Slope != 0 ? 1 : 0;

    /// <summary>Mean of m over each segment, and of x and x² - 1/3 weighted with m.</summary>
    /// <returns>Shape (segments) each; time-weighted mean of the first is 1.</returns>
    public (double[] M, double[] X, double[] Y) Means(SegmentCounts segments)
    {
        var k = segments.Count;
        var (m, mx, my) = (new double[k], new double[k], new double[k]);
        if (IsFlat && k > 0)
        {
            Array.Fill(m, 1);
            for (var j = 0; j < k; j++) (mx[j], my[j]) = (0.5 * (segments.Begin[j] + segments.End[j]), Square(segments.Begin[j], segments.End[j]) - 1.0 / 3);
            return (m, mx, my);
        }

        double sum = 0, time = 0;
        for (var j = 0; j < k; j++)
        {
            // Gauss-Legendre with three points: exact to a part in 10^6 for a change by e within one segment.
            var (middle, half) = (0.5 * (segments.Begin[j] + segments.End[j]), 0.5 * (segments.End[j] - segments.Begin[j]));
            for (var p = -1; p <= 1; p++)
            {
                var x = middle + p * 0.7745966692414834 * half;
                var y = x * x - 1.0 / 3;
                var w = (p == 0 ? 8.0 : 5.0) / 18 * Math.Exp(Slope * x + Bend * y);
                m[j] += w;
                mx[j] += w * x;
                my[j] += w * y;
            }

            sum += m[j] * segments.Time[j];
            time += segments.Time[j];
        }

        var scale = time / sum;
        for (var j = 0; j < k; j++) (m[j], mx[j], my[j]) = (m[j] * scale, mx[j] * scale, my[j] * scale);
        return (m, mx, my);
    }

    static double Square(double a, double b) => (a * a + a * b + b * b) / 3;
}

/// <summary>Segments as plain arrays: counts, times and where they lie in the run from -1 to 1.</summary>
sealed class SegmentCounts
{
    public SegmentCounts(IReadOnlyList<Segment> segments)
    {
        Count = segments.Count;
        (N, Time, Begin, End, LnFactorial) = (new double[Count], new double[Count], new double[Count], new double[Count], new double[Count]);
        if (Count == 0) return;
        From = segments.Min(segment => segment.From);
        Span = Math.Max(segments.Max(segment => segment.To) - From, double.Epsilon);
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

    /// <summary>At most so many, evenly taken from the whole run.</summary>
    public SegmentCounts Some(int most) => Count <= most ? this
        : new(this, [.. Enumerable.Range(0, most).Select(i => (int)((i + 0.5) * Count / most))]);
}
