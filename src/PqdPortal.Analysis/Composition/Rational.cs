using System.Numerics;

namespace PqdPortal.Analysis.Composition;

/// <summary>An exact fraction: amounts in a formula add up as on paper, 0.1 + 0.2 = 0.3.</summary>
readonly struct Rational : IEquatable<Rational>, IComparable<Rational>
{
    readonly BigInteger _top, _bottom;

    public Rational(BigInteger top, BigInteger bottom)
    {
        if (bottom.IsZero) throw new DivideByZeroException();
        if (bottom.Sign < 0) (top, bottom) = (-top, -bottom);
        var shared = BigInteger.GreatestCommonDivisor(top, bottom);
        (_top, _bottom) = shared.IsOne ? (top, bottom) : (top / shared, bottom / shared);
    }

    public static Rational Zero => default;
    public static Rational One => 1;

    BigInteger Bottom => _bottom.IsZero ? BigInteger.One : _bottom;

    public bool IsZero => _top.IsZero;
    public int Sign => _top.Sign;

    public static implicit operator Rational(int whole) => new(whole, 1);
    public static Rational operator +(Rational a, Rational b) => new(a._top * b.Bottom + b._top * a.Bottom, a.Bottom * b.Bottom);
    public static Rational operator -(Rational a, Rational b) => new(a._top * b.Bottom - b._top * a.Bottom, a.Bottom * b.Bottom);
    public static Rational operator *(Rational a, Rational b) => new(a._top * b._top, a.Bottom * b.Bottom);
    public static Rational operator /(Rational a, Rational b) => new(a._top * b.Bottom, a.Bottom * b._top);
    public static bool operator ==(Rational a, Rational b) => a.Equals(b);
    public static bool operator !=(Rational a, Rational b) => !a.Equals(b);
    public static bool operator <(Rational a, Rational b) => a.CompareTo(b) < 0;
    public static bool operator >(Rational a, Rational b) => a.CompareTo(b) > 0;
    public static bool operator <=(Rational a, Rational b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Rational a, Rational b) => a.CompareTo(b) >= 0;

    public static Rational Abs(Rational x) => new(BigInteger.Abs(x._top), x.Bottom);

    /// <summary>The whole number nearest to x, halves away from zero.</summary>
    public static BigInteger Round(Rational x)
    {
        var twice = BigInteger.Abs(x._top) * 2 + x.Bottom;
        return x._top.Sign * BigInteger.Divide(twice, x.Bottom * 2);
    }

    public bool IsWhole => Bottom.IsOne;

    /// <summary>The nearest double: 1/5 is 0.2.</summary>
    public double ToDouble()
    {
        if (_top.IsZero) return 0;
        // Both sides may be far beyond the range of a double while their ratio is not: 62 or 63 bits of it, the last of them set where more follow.
        var top = BigInteger.Abs(_top);
        var shift = (int)(Bottom.GetBitLength() - top.GetBitLength()) + 62;
        var bits = (ulong)BigInteger.DivRem(shift >= 0 ? top << shift : top, shift >= 0 ? Bottom : Bottom << -shift, out var rest);
        return _top.Sign * Math.ScaleB((double)(rest.IsZero ? bits : bits | 1), -shift);
    }

    public int CompareTo(Rational other) => (_top * other.Bottom).CompareTo(other._top * Bottom);
    public bool Equals(Rational other) => _top == other._top && Bottom == other.Bottom;
    public override bool Equals(object? other) => other is Rational rational && Equals(rational);
    public override int GetHashCode() => HashCode.Combine(_top, Bottom);
    public override string ToString() => Bottom.IsOne ? _top.ToString() : $"{_top}/{Bottom}";
}
