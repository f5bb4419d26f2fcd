using System.Numerics;

namespace PqdPortal.Analysis.Composition;

/// <summary>A decimal number of any length, exactly: digits over a power of ten. Cheap to add and to multiply while a formula is read.</summary>
/// <param name="Digits">All digits as a whole number.</param>
/// <param name="Places">How many of them stand after the point.</param>
readonly record struct ExactNumber(BigInteger Digits, int Places)
{
    /// <summary>Longest number that is kept [digits, and bits of so many]: amounts of that kind are no chemistry, only work.</summary>
    const int LongestDigits = 500, LongestBits = 1700;

    public static ExactNumber One { get; } = new(1, 0);
    public static ExactNumber Half { get; } = new(5, 1);

    public bool IsTooLong => Digits.GetBitLength() > LongestBits || Places > LongestDigits;

    public static ExactNumber operator *(ExactNumber a, ExactNumber b) => new(a.Digits * b.Digits, a.Places + b.Places);
    public static ExactNumber operator +(ExactNumber a, ExactNumber b) => Together(a, b, 1);
    public static ExactNumber operator -(ExactNumber a, ExactNumber b) => Together(a, b, -1);

    static ExactNumber Together(ExactNumber a, ExactNumber b, int sign)
    {
        if (a.Places == b.Places) return new(a.Digits + sign * b.Digits, a.Places);
        if (a.Places > b.Places) return new(a.Digits + sign * b.Digits * BigInteger.Pow(10, a.Places - b.Places), a.Places);
        return new(a.Digits * BigInteger.Pow(10, b.Places - a.Places) + sign * b.Digits, b.Places);
    }

    /// <param name="text">Digits with at most one point.</param>
    public static ExactNumber Parse(ReadOnlySpan<char> text)
    {
        var point = text.IndexOf('.');
        if (point < 0) return new(BigInteger.Parse(text), 0);
        var digits = string.Concat(text[..point], text[(point + 1)..]);
        return new(digits.Length == 0 ? BigInteger.Zero : BigInteger.Parse(digits), text.Length - point - 1);
    }

    public Rational ToRational() => new(Digits, BigInteger.Pow(10, Places));
}
