using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>Numbers that are typed with a unit of their own, brought to that of the column.</summary>
public static class Units
{
    /// <summary>Unit to what it measures and its size; alike ones can stand for one another.</summary>
    static readonly Dictionary<string, (string Of, double Size)> Known = new()
    {
        ["nm"] = ("length", 1e-9), ["pm"] = ("length", 1e-12), ["Å"] = ("length", 1e-10), ["Angstrom"] = ("length", 1e-10), ["A"] = ("length", 1e-10),
        ["um"] = ("length", 1e-6), ["mm"] = ("length", 1e-3), ["cm"] = ("length", 1e-2), ["m"] = ("length", 1),
        ["s"] = ("time", 1), ["ms"] = ("time", 1e-3), ["us"] = ("time", 1e-6), ["ns"] = ("time", 1e-9), ["ps"] = ("time", 1e-12), ["fs"] = ("time", 1e-15),
        ["min"] = ("time", 60), ["h"] = ("time", 3600), ["d"] = ("time", 86400),
        ["eV"] = ("energy", 1), ["meV"] = ("energy", 1e-3), ["ueV"] = ("energy", 1e-6), ["keV"] = ("energy", 1e3),
        ["cps"] = ("rate", 1), ["kcps"] = ("rate", 1e3), ["Mcps"] = ("rate", 1e6), ["1/s"] = ("rate", 1), ["1/ms"] = ("rate", 1e3), ["1/us"] = ("rate", 1e6), ["1/ns"] = ("rate", 1e9), ["1/h"] = ("rate", 1 / 3600.0), ["1/min"] = ("rate", 1 / 60.0),
        ["Hz"] = ("frequency", 1), ["hz"] = ("frequency", 1), ["kHz"] = ("frequency", 1e3), ["MHz"] = ("frequency", 1e6), ["GHz"] = ("frequency", 1e9),
        ["W"] = ("power", 1), ["mW"] = ("power", 1e-3), ["uW"] = ("power", 1e-6), ["nW"] = ("power", 1e-9),
        ["uJ/cm2"] = ("fluence", 1e-6), ["mJ/cm2"] = ("fluence", 1e-3), ["nJ/cm2"] = ("fluence", 1e-9), ["J/cm2"] = ("fluence", 1), ["uJ/cm^2"] = ("fluence", 1e-6),
        ["1/cm"] = ("per length", 100), ["1/m"] = ("per length", 1), ["1/mm"] = ("per length", 1e3), ["cm^-1"] = ("per length", 100),
        ["1"] = ("share", 1), [""] = ("share", 1), ["%"] = ("share", 1e-2), ["mol %"] = ("mol", 1e-2), ["mol%"] = ("mol", 1e-2),
    };

    /// <summary>Kelvin at zero of a scale of temperature.</summary>
    static readonly Dictionary<string, double> Temperatures = new() { ["K"] = 0, ["degC"] = 273.15 };

    /// <summary>Units that can be typed instead of one, itself first.</summary>
    public static IReadOnlyList<string> Alike(string unit) =>
        Temperatures.ContainsKey(unit) ? [unit, .. Temperatures.Keys.Where(other => other != unit)]
        : Known.TryGetValue(unit, out var known)
            ? [unit, .. Known.Where(other => other.Value.Of == known.Of && other.Key != unit && other.Key is not ("" or "A" or "Angstrom" or "hz" or "uJ/cm^2" or "cm^-1" or "mol%")
                && !(unit.Length == 0 && other.Key == "1")).Select(other => other.Key)]
            : [unit];

    /// <summary>The unit that stands behind a number; empty where there is none.</summary>
    public static string Behind(string text)
    {
        // "1/cm" and "cm2" end in a digit: the unit begins where the number ends.
        var number = text.Length - UnitLength(text);
        return Plain(text[number..]);
    }

    /// <summary>Reads "90 Å" for a column in nm.</summary>
    /// <param name="otherwise">The unit where none stands behind the number; null for the column's.</param>
    public static (double? Value, string? Trouble) Read(string text, string unit, string? otherwise = null)
    {
        var typed = Behind(text);
        var number = typed.Length == 0 ? text : text[..^UnitLength(text)];
        var (value, trouble) = NumberText.Read(number);
        if (value is not { } v) return (null, trouble ?? $"\"{text}\" is not a number.");
        if (typed.Length == 0) typed = otherwise is { Length: > 0 } ? otherwise : unit;
        if (typed == unit || (typed is "1" or "" && unit is "1" or "")) return (v, null);
        if (Temperatures.TryGetValue(typed, out var from) && Temperatures.TryGetValue(unit, out var to)) return (v + from - to, null);
        if (Known.TryGetValue(typed, out var size) && Known.TryGetValue(unit, out var wanted) && size.Of == wanted.Of)
            // Rounded to the digits that a number carries, so that 100 Å is 10 nm and not a little less.
            return (Rounded(v * (size.Size / wanted.Size)), null);
        return (null, $"\"{typed}\" is no unit of {(unit.Length is 0 || unit == "1" ? "a pure number" : Numbers.Unit(unit))}; use {string.Join(", ", Alike(unit).Where(u => u.Length > 0).Select(Numbers.Unit).Where(u => u.Length > 0))} or none.");
    }

    static double Rounded(double value) => value == 0 || !double.IsFinite(value) ? value : double.Parse(value.ToString("G14", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    static int UnitLength(string text)
    {
        var number = 0;
        while (number < text.Length && (char.IsAsciiDigit(text[number]) || text[number] is '.' or ',' or '-' or '+' or '\u2212' or ' ' or '\u202f' or '\u00a0'
            || (text[number] is 'e' or 'E' && number > 0 && number + 1 < text.Length && (char.IsAsciiDigit(text[number + 1]) || text[number + 1] is '-' or '+')))) number++;
        return text.Length - number;
    }

    /// <summary>As it is typed or shown: µs is us, °C is degC, s⁻¹ is 1/s, both letters for Å are one.</summary>
    static string Plain(string unit) => unit.Trim().Replace('µ', 'u').Replace('μ', 'u').Replace('\u212b', 'Å').Replace("°C", "degC").Replace("²", "2").Replace("s⁻¹", "1/s").Replace("ns⁻¹", "1/ns").Replace("cm⁻¹", "1/cm");
}
