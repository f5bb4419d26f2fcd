using System.Globalization;
using System.Text.RegularExpressions;

namespace PqdPortal.Analysis.Readers;

/// <summary>Units of time as people and instruments write them.</summary>
public static partial class TimeUnits
{
    /// <summary>A longer text is no title of a column.</summary>
    const int LongestTitle = 100;

    /// <summary>Powers of ten in seconds, by every way of writing that is known.</summary>
    static readonly Dictionary<string, int> Exponents = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fs"] = -15, ["femtoseconds"] = -15, ["ps"] = -12, ["picoseconds"] = -12, ["psec"] = -12,
        ["ns"] = -9, ["nanoseconds"] = -9, ["nsec"] = -9, ["us"] = -6, ["µs"] = -6, ["μs"] = -6, ["microseconds"] = -6, ["usec"] = -6,
        ["ms"] = -3, ["milliseconds"] = -3, ["msec"] = -3, ["s"] = 0, ["sec"] = 0, ["secs"] = 0, ["second"] = 0, ["seconds"] = 0,
    };

    /// <summary>The unit [s] of a word such as "ps" or "ns"; null where it is none.</summary>
    public static double? Seconds(string word) =>
        Exponents.TryGetValue(word.Trim(), out var exponent) ? PowerOfTen(exponent)
        : word.Trim().EndsWith("second", StringComparison.OrdinalIgnoreCase) && Exponents.TryGetValue(word.Trim() + "s", out exponent) ? PowerOfTen(exponent)
        : null;

    /// <summary>A length of time as a person writes it, with or without a number: "ps", "12.5 ns", "5e-9 s"; null where it is none.</summary>
    public static double? Parse(string text)
    {
        if (Seconds(text) is { } unit) return unit;
        // Number and unit are put together as text, so that 12.5 ns is the number nearest to 1.25e-8.
        var match = text.Length <= LongestTitle ? Measured().Match(text.Trim()) : Match.Empty;
        return match.Success && Seconds(match.Groups[3].Value) is { } of
            && int.TryParse(match.Groups[2].Value is { Length: > 0 } exponent ? exponent : "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs((long)power) < 100
            && double.TryParse($"{match.Groups[1].Value}e{power + (int)Math.Round(Math.Log10(of))}", NumberStyles.Float, CultureInfo.InvariantCulture, out var length)
            && length is >= 1e-15 and <= 1 ? length : null;
    }

    /// <summary>A power of ten, rounded once: 1e-9 / 1000 is not quite 1e-12.</summary>
    internal static double PowerOfTen(int exponent) => double.Parse($"1e{exponent}", CultureInfo.InvariantCulture);

    /// <summary>Part of a unit by a power of ten, rounded once where the unit is a power of ten itself.</summary>
    internal static double Part(double unit, int digits)
    {
        var exponent = (int)Math.Round(Math.Log10(unit));
        return PowerOfTen(exponent) == unit ? PowerOfTen(exponent - digits) : unit / Math.Pow(10, digits);
    }

    /// <summary>Name and unit of a column from its title: "Time (ns)", "t/s", "time_ps", "Decay[ns]", "time in ps".</summary>
    /// <returns>The name in small letters with single blanks; the unit [s] where it is one of time; the unit as written.</returns>
    internal static (string Name, double? Seconds, string? Unit) Title(string title)
    {
        var text = title.Trim().Trim('"', '#', '%').Trim();
        if (text.Length > LongestTitle) return (text.ToLowerInvariant(), null, null);
        var match = Bracketed().Match(text);
        if (!match.Success) match = Slashed().Match(text);
        if (!match.Success && Tailed().Match(text) is { Success: true } tailed && Seconds(tailed.Groups[2].Value) is not null) match = tailed;
        var name = (match.Success ? match.Groups[1].Value : text).Replace('_', ' ').Replace('-', ' ').ToLowerInvariant();
        name = string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (match.Success) return (name, Parse(match.Groups[2].Value), match.Groups[2].Value.Trim());
        // A column that is called by its unit alone.
        return text.Length > 1 && Seconds(text) is { } bare ? ("time", bare, text) : (name, null, null);
    }

    [GeneratedRegex(@"^([0-9.]+)(?:[eE]([+-]?[0-9]+))?\s*([a-zA-Zµμ]+)$")]
    private static partial Regex Measured();

    [GeneratedRegex(@"^(.*?)\s*[\(\[\{]\s*([^\)\]\}]*?)\s*[\)\]\}]\s*$")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^(.*?)\s*/\s*([^/]+)$")]
    private static partial Regex Slashed();

    [GeneratedRegex(@"^(.+?)(?:[_\s,.]+in)?[_\s,.]+([a-zA-Zµμ]+)$")]
    private static partial Regex Tailed();
}
