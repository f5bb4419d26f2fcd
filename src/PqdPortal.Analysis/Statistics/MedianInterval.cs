using MathNet.Numerics.Distributions;

namespace PqdPortal.Analysis.Statistics;

/// <summary>The median of a group and the interval it lies in.</summary>
/// <param name="Value">Median of the values.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Coverage">How often such an interval holds the true median; 0.95 where the bootstrap was made for it, exact where it is of order statistics.</param>
/// <param name="Method">bca, order-statistics, or range: the smallest to the largest value, of less than 95 %.</param>
/// <param name="N">Values.</param>
/// <remarks>
/// From eight values on by the bootstrap that is corrected for bias and acceleration (BCa), 2000 draws: B. Efron, J. Am. Stat. Assoc. 82, 171
/// (1987). With fewer, the exact interval between two of the ordered values, the narrowest that holds the median in 95 % of cases. Below six
/// there is none of 95 %: the whole range holds it with 1 - 2^(1-n).
/// </remarks>
public sealed record MedianInterval(double Value, double Low, double High, double Coverage, string Method, int N)
{
    /// <summary>Draws of the bootstrap.</summary>
    public const int Draws = 2000;

    const int FewestForBootstrap = 8;
    const double Wanted = 0.95;

    /// <summary>Below so many values no interval of 95 % exists.</summary>
    public bool IsOf95 => Coverage >= Wanted;

    /// <summary>The median of values.</summary>
    /// <param name="values">In any order, finite, at least one.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    public static MedianInterval Of(IEnumerable<double> values, int seed = 1)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0) throw new ArgumentException("A median needs a value.", nameof(values));
        var value = Middle(sorted);
        if (sorted.Length >= FewestForBootstrap)
        {
            var (low, high) = Bootstrap(sorted, value, seed);
            return new(value, low, high, Wanted, "bca", sorted.Length);
        }

        // Between the k-th smallest and the k-th largest: missed on one side by fewer than k values on it, of a fair coin each.
        var k = 1;
        while (k < sorted.Length / 2 && 1 - 2 * Binomial.CDF(0.5, sorted.Length, k) >= Wanted) k++;
        var coverage = 1 - 2 * Binomial.CDF(0.5, sorted.Length, k - 1);
        return new(value, sorted[k - 1], sorted[^k], Math.Max(0, coverage), coverage >= Wanted ? "order-statistics" : "range", sorted.Length);
    }

    /// <summary>The middle one of ordered values, of an even number the mean of both.</summary>
    public static double Middle(ReadOnlySpan<double> sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    static (double Low, double High) Bootstrap(double[] sorted, double value, int seed)
    {
        var random = new Random(seed);
        var medians = new double[Draws];
        var times = new int[sorted.Length];
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(times);
            for (var i = 0; i < times.Length; i++) times[random.Next(times.Length)]++;
            medians[draw] = Drawn(sorted, times);
        }
        Array.Sort(medians);

        // Where half of the draws are the median itself they count half to either side.
        var below = medians.Sum(m => m < value ? 1 : m == value ? 0.5 : 0) / Draws;
        var bias = Normal.InvCDF(0, 1, Math.Clamp(below, 0.5 / Draws, 1 - 0.5 / Draws));
        var acceleration = Acceleration(sorted);
        return (At(Normal.InvCDF(0, 1, (1 - Wanted) / 2)), At(Normal.InvCDF(0, 1, (1 + Wanted) / 2)));

        double At(double z)
        {
            var share = Normal.CDF(0, 1, bias + (bias + z) / (1 - acceleration * (bias + z)));
            var place = share * (Draws + 1);
            return medians[Math.Clamp((int)(z < 0 ? Math.Floor(place) : Math.Ceiling(place)) - 1, 0, Draws - 1)];
        }
    }

    /// <summary>Median of values of which each was drawn some times.</summary>
    static double Drawn(double[] sorted, int[] times)
    {
        var (first, second) = ((sorted.Length - 1) / 2, sorted.Length / 2);
        var seen = 0;
        var low = double.NaN;
        for (var i = 0; ; i++)
        {
            seen += times[i];
            if (double.IsNaN(low) && seen > first) low = sorted[i];
            if (seen > second) return (low + sorted[i]) / 2;
        }
    }

    /// <summary>How fast the spread of the median changes with it, from the medians that leave one value out.</summary>
    static double Acceleration(double[] sorted)
    {
        var n = sorted.Length;
        // The median without value i takes one of three values; which one depends on i's place alone.
        var without = new double[n];
        for (var i = 0; i < n; i++)
        {
            var (first, second) = ((n - 2) / 2, (n - 1) / 2);
            without[i] = (sorted[first < i ? first : first + 1] + sorted[second < i ? second : second + 1]) / 2;
        }
        var mean = without.Average();
        var square = without.Sum(m => (mean - m) * (mean - m));
        return square > 0 ? without.Sum(m => Math.Pow(mean - m, 3)) / (6 * Math.Pow(square, 1.5)) : 0;
    }
}
