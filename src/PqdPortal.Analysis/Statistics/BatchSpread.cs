using MathNet.Numerics.Distributions;

namespace PqdPortal.Analysis.Statistics;

/// <summary>How far batches of one treatment lie apart, beside the dots of one batch.</summary>
public static class BatchSpread
{
    /// <summary>
    /// Intraclass correlation of one arm by analysis of variance: the share of the variance that lies between its batches. Below 0 where
    /// batches are closer to each other than their dots would make them by chance.
    /// </summary>
    /// <param name="batches">The values of each batch; those without any do not count.</param>
    /// <returns>Null below two batches, without a second dot in any of them, and where all values are equal.</returns>
    /// <remarks>S. R. Searle, G. Casella, C. E. McCulloch, Variance Components (1992), section 3.6: unequal batches by the mean size that unbiases.</remarks>
    public static double? Icc(IEnumerable<IReadOnlyList<double>> batches)
    {
        var of = batches.Where(batch => batch.Count > 0).ToList();
        double dots = of.Sum(batch => batch.Count);
        if (of.Count < 2 || dots <= of.Count) return null;

        var mean = of.Sum(batch => batch.Sum()) / dots;
        var between = of.Sum(batch => batch.Count * Square(batch.Average() - mean)) / (of.Count - 1);
        var within = of.Sum(batch => batch.Average() is var own ? batch.Sum(value => Square(value - own)) : 0) / (dots - of.Count);
        var size = (dots - of.Sum(batch => (double)batch.Count * batch.Count) / dots) / (of.Count - 1);
        var variance = (between - within) / size;
        return variance + within > 0 ? variance / (variance + within) : null;
    }

    /// <summary>Intraclass correlation within the arms: the mean of those that have one, so that the treatment itself is not in it.</summary>
    public static double? IccWithin(params IReadOnlyList<IReadOnlyList<double>>[] arms) =>
        arms.Select(Icc).Where(icc => icc is not null) is var found && found.Any() ? found.Average() : null;

    static double Square(double x) => x * x;
}

/// <summary>The difference of two arms as the mean over their batches, with the interval that few batches leave.</summary>
/// <param name="Value">Second arm minus first.</param>
/// <param name="Sigma">Standard error from the scatter of the batches.</param>
/// <param name="DegreesOfFreedom">Satterthwaite's.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
/// <remarks>F. E. Satterthwaite, Biometrics Bull. 2, 110 (1946).</remarks>
public sealed record BatchDifference(double Value, double Sigma, double DegreesOfFreedom, double Low, double High)
{
    /// <param name="a">A number of each batch of the first arm.</param>
    /// <param name="b">Of each batch of the second arm.</param>
    /// <returns>Null where an arm has fewer than two batches: one batch does not tell how far batches lie apart.</returns>
    public static BatchDifference? Of(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        if (a.Count < 2 || b.Count < 2) return null;
        var value = b.Average() - a.Average();
        var (ofA, ofB) = (Variance(a) / a.Count, Variance(b) / b.Count);
        var square = ofA + ofB;
        if (!(square > 0)) return new(value, 0, a.Count + b.Count - 2, value, value);
        var free = square * square / (ofA * ofA / (a.Count - 1) + ofB * ofB / (b.Count - 1));
        var sigma = Math.Sqrt(square);
        var reach = StudentT.InvCDF(0, 1, free, 0.975) * sigma;
        return new(value, sigma, free, value - reach, value + reach);
    }

    static double Variance(IReadOnlyList<double> values) => values.Average() is var mean ? values.Sum(x => (x - mean) * (x - mean)) / (values.Count - 1) : 0;
}
