using System.Text.RegularExpressions;

namespace PqdPortal.Analysis.Measurements;

/// <summary>The title above a column, parted into name and unit: "power_uW", "Power (µW)", "integration [s]", "fine delay / fs".</summary>
public static partial class ColumnTitle
{
    /// <summary>Units whose prefixes are understood.</summary>
    static readonly string[] Bases = ["s", "W", "m", "eV", "Hz", "J", "K", "V", "cps", "W/cm2", "J/cm2"];

    static readonly (string Sign, double Factor)[] Prefixes =
        [("", 1), ("f", 1e-15), ("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("c", 1e-2), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12)];

    /// <returns>The name in small letters with single blanks, and the unit as written; "" without one.</returns>
    public static (string Name, string Unit) Of(string title)
    {
        var text = title.Trim();
        var match = Bracketed().Match(text);
        if (!match.Success) match = Slashed().Match(text);
        if (!match.Success && Tailed().Match(text) is { Success: true } tailed && Known(tailed.Groups[2].Value) is not null) match = tailed;
        var name = (match.Success ? match.Groups[1].Value : text).Replace('_', ' ').Replace('-', ' ').ToLowerInvariant();
        return (string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)), match.Success ? match.Groups[2].Value.Trim() : "");
    }

    /// <summary>What a number in one unit is multiplied by to be one in another; null where they measure different things.</summary>
    /// <param name="from">"" is taken for the other.</param>
    public static double? Factor(string from, string to)
    {
        if (from.Length == 0 || Plain(from) == Plain(to)) return 1;
        return Known(from) is var (quantity, factor) && Known(to) is var (wanted, other) && quantity == wanted ? Rounded(factor / other) : null;
    }

    static (string Base, double Factor)? Known(string unit)
    {
        var plain = Plain(unit);
        foreach (var of in Bases)
            foreach (var (sign, factor) in Prefixes)
                if (plain == sign + of)
                    return (of, factor);
        return null;
    }

    /// <summary>µ and its twin are u, as on keyboards that have neither.</summary>
    static string Plain(string unit) => unit.Trim().Replace('µ', 'u').Replace('μ', 'u').Replace("²", "2").Replace("cm^2", "cm2");

    /// <summary>A power of ten without the dust of the division.</summary>
    static double Rounded(double factor) => Math.Pow(10, Math.Round(Math.Log10(factor)));

    [GeneratedRegex(@"^(.*?)\s*[\(\[\{]\s*([^\)\]\}]*?)\s*[\)\]\}]\s*$")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^(.*?\S)\s+/\s*(\S{1,12})$")]
    private static partial Regex Slashed();

    [GeneratedRegex(@"^(.+?)(?:[_\s,.]+in)?[_\s,.]+([^\s_]{1,12})$")]
    private static partial Regex Tailed();
}
