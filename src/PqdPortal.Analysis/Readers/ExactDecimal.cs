namespace PqdPortal.Analysis.Readers;

/// <summary>A number of a text as it stands there: digits x 10^-scale, so that a time of 17 digits loses none.</summary>
/// <param name="Digits">All digits, without zeros behind the last one that counts.</param>
/// <param name="Scale">How many of them stand behind the decimal sign; negative for zeros before it.</param>
readonly record struct ExactDecimal(long Digits, int Scale)
{
    /// <summary>Beyond these nothing is a time, a channel or a count.</summary>
    const int MostScale = 40;

    static readonly long[] Powers = [.. Enumerable.Range(0, 19).Select(n => (long)Math.Pow(10, n))];

    public double Value => Scale is 0 ? Digits : Scale > 0 ? Digits / Math.Pow(10, Scale) : Digits * Math.Pow(10, -Scale);

    /// <summary>Reads a cell: sign, digits, decimal sign, exponent.</summary>
    /// <param name="cell">Without blanks and quotation marks round it.</param>
    /// <param name="decimalSign">Point or comma.</param>
    /// <param name="isExact">False where it had more digits than 64 bits hold; the last ones were dropped.</param>
    public static bool TryParse(ReadOnlySpan<byte> cell, byte decimalSign, out ExactDecimal number, out bool isExact)
    {
        number = default;
        isExact = true;
        if (cell.IsEmpty || cell.Length > 64) return false;
        var at = 0;
        var isNegative = cell[0] == '-';
        if (cell[0] is (byte)'-' or (byte)'+') at++;
        long digits = 0;
        var (scale, seen, isBehind) = (0, false, false);
        for (; at < cell.Length; at++)
        {
            var c = cell[at];
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                seen = true;
                if (digits > (long.MaxValue - 9) / 10)
                {
                    // No room: a digit before the decimal sign becomes a zero, one behind it falls away.
                    if (c != '0') isExact = false;
                    if (!isBehind) scale--;
                    continue;
                }
                digits = digits * 10 + (c - '0');
                if (isBehind) scale++;
            }
            else if (c == decimalSign && !isBehind)
            {
                isBehind = true;
            }
            else
            {
                break;
            }
        }
        if (!seen) return false;
        if (at < cell.Length)
        {
            var power = cell[(at + 1)..];
            if (power.StartsWith("+"u8)) power = power[1..];
            if (cell[at] is not ((byte)'e' or (byte)'E') || !System.Buffers.Text.Utf8Parser.TryParse(power, out int exponent, out var used)
                || used != power.Length || exponent is < -300 or > 300) return false;
            scale -= exponent;
        }
        while (scale > 0 && digits != 0 && digits % 10 == 0) (digits, scale) = (digits / 10, scale - 1);
        if (digits == 0) scale = 0;
        if (Math.Abs(scale) > MostScale) return false;
        number = new(isNegative ? -digits : digits, scale);
        return true;
    }

    /// <summary>The number in units of 10^-scale, rounded where it has finer digits.</summary>
    /// <returns>Null where that leaves 62 bits.</returns>
    public long? At(int scale)
    {
        var by = scale - Scale;
        if (Digits == 0) return 0;
        if (by >= 0)
        {
            if (by >= Powers.Length) return null;
            var product = (Int128)Digits * Powers[by];
            return Int128.Abs(product) < 1L << 62 ? (long)product : null;
        }
        if (-by >= Powers.Length) return 0;
        var (quotient, rest) = Math.DivRem(Digits, Powers[-by]);
        return quotient + (2 * Int128.Abs(rest) >= Powers[-by] ? Math.Sign(Digits) : 0);
    }
}
