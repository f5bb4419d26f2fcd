using MathNet.Numerics;

namespace PqdPortal.Analysis.Statistics;

/// <summary>How many of a group are of a kind, with the interval of their share.</summary>
/// <param name="Of">Those of the kind.</param>
/// <param name="All">The group.</param>
/// <param name="Low">Lower end of Wilson's 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <remarks>E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927).</remarks>
public sealed record Share(int Of, int All, double Low, double High)
{
    const double Z = 1.9599639845400545; // 97.5 % of the normal law

    /// <summary>The share itself.</summary>
    public double Value => (double)Of / All;

    /// <param name="of">0 .. <paramref name="all"/>.</param>
    /// <param name="all">At least one.</param>
    public static Share Counted(int of, int all)
    {
        if (all < 1 || of < 0 || of > all) throw new ArgumentOutOfRangeException(nameof(of), $"{of} of {all} is no share.");
        double n = all, p = of / n;
        var middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
        var reach = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n);
        return new(of, all, of == 0 ? 0 : middle - reach, of == all ? 1 : middle + reach);
    }

    /// <summary>Fisher's exact test of two shares, two-sided: the tables that are no more likely than this one.</summary>
    public static double Fisher(Share a, Share b)
    {
        var (kind, rest) = (a.Of + b.Of, a.All + b.All - a.Of - b.Of);
        var here = Table(a.Of);
        var p = 0.0;
        for (var k = Math.Max(0, a.All - rest); k <= Math.Min(a.All, kind); k++)
            // Equally likely tables differ in their last digits.
            if (Table(k) is var other && other <= here + 1e-7) p += Math.Exp(other);
        return Math.Min(1, p);

        double Table(int k) => Ways(kind, k) + Ways(rest, a.All - k) - Ways(kind + rest, a.All);
        static double Ways(int n, int k) => SpecialFunctions.FactorialLn(n) - SpecialFunctions.FactorialLn(k) - SpecialFunctions.FactorialLn(n - k);
    }
}
