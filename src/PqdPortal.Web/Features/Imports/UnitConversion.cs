namespace PqdPortal.Web.Features.Imports;

/// <summary>Units in headings: what a number in one is in another, where that can be said at all.</summary>
public static class UnitConversion
{
    /// <summary>Unit to what it measures, and how it becomes that measure's first unit: value * factor + offset.</summary>
    static readonly Dictionary<string, (string Measure, double Factor, double Offset)> Known = Table();

    /// <summary>How a number in a unit of a heading becomes one in the field's unit; null where it cannot.</summary>
    public static Conversion? Between(string from, string to)
    {
        var (a, b) = (Plain(from), Plain(to));
        if (a == b) return new(1, 0);
        return Known.TryGetValue(a, out var one) && Known.TryGetValue(b, out var other) && one.Measure == other.Measure
            ? new(one.Factor / other.Factor, (one.Offset - other.Offset) / other.Factor) : null;
    }

    /// <summary>Whether the text is a unit that is known here.</summary>
    public static bool IsUnit(string text) => Known.ContainsKey(Plain(text));

    /// <summary>One spelling for each unit: µm and um, Å and A, cm⁻¹ and 1/cm.</summary>
    static string Plain(string unit)
    {
        var text = unit.Trim().Replace('µ', 'u').Replace('μ', 'u').Replace("Å", "angstrom").Replace("Å", "angstrom").Replace("°", "deg").Replace("²", "2").Replace("^", "")
            .Replace("⁻¹", "-1").Replace("−", "-").Replace(" ", "").Replace("·", "").Replace("℃", "degC");
        if (text.EndsWith("-1", StringComparison.Ordinal)) text = "1/" + text[..^2];
        return text switch
        {
            "A" or "Ang" or "ang" or "angstroms" or "Angstrom" or "angström" or "Ångström" => "angstrom",
            "C" or "celsius" or "Celsius" or "deg_C" or "degc" => "degC",
            "F" or "degf" => "degF",
            "kelvin" or "Kelvin" => "K",
            "percent" => "%",
            "mol%" or "molpercent" or "mol-%" => "mol%",
            "sec" or "seconds" => "s",
            "minutes" => "min",
            "hours" or "hr" => "h",
            "days" => "d",
            "Hz" or "cps" or "counts/s" or "s-1" => "1/s",
            "kcps" => "kHz",
            "micron" or "microns" => "um",
            "uJ/cm2" or "uJcm-2" or "1/uJcm-2" => "uJ/cm2",
            _ => text,
        };
    }

    static Dictionary<string, (string, double, double)> Table()
    {
        var table = new Dictionary<string, (string, double, double)>();
        void Add(string measure, params (string Unit, double Factor)[] units)
        {
            foreach (var (unit, factor) in units) table.Add(unit, (measure, factor, 0));
        }
        Add("length", ("nm", 1), ("angstrom", 0.1), ("pm", 1e-3), ("um", 1e3), ("mm", 1e6), ("cm", 1e7), ("m", 1e9));
        Add("time", ("s", 1), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("ps", 1e-12), ("fs", 1e-15), ("min", 60), ("h", 3600), ("d", 86_400));
        Add("rate", ("1/s", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9), ("1/ms", 1e3));
        Add("power", ("W", 1), ("mW", 1e-3), ("uW", 1e-6), ("nW", 1e-9), ("pW", 1e-12));
        Add("fluence", ("J/cm2", 1), ("mJ/cm2", 1e-3), ("uJ/cm2", 1e-6), ("nJ/cm2", 1e-9), ("J/m2", 1e-4), ("mJ/m2", 1e-7));
        Add("energy", ("eV", 1), ("meV", 1e-3), ("ueV", 1e-6));
        Add("share", ("", 1), ("1", 1), ("%", 1e-2));
        Add("amount", ("mol%", 1), ("at%", 1));
        Add("wavenumber", ("1/cm", 1), ("1/m", 1e-2), ("1/mm", 10));
        Add("volume", ("mL", 1), ("uL", 1e-3), ("L", 1e3), ("ml", 1), ("ul", 1e-3), ("l", 1e3));
        Add("mass", ("mg", 1), ("g", 1e3), ("ug", 1e-3), ("kg", 1e6));
        Add("turns", ("rpm", 1), ("1/min", 1));
        table.Add("K", ("temperature", 1, 0));
        table.Add("degC", ("temperature", 1, 273.15));
        table.Add("degF", ("temperature", 5.0 / 9, 273.15 - 32 * 5.0 / 9));
        return table;
    }
}

/// <summary>value * factor + offset.</summary>
public readonly record struct Conversion(double Factor, double Offset)
{
    public bool IsNone => Factor == 1 && Offset == 0;

    /// <summary>The number in the other unit, without the dust that binary fractions leave.</summary>
    public double Of(double value) => IsNone ? value : double.Parse((value * Factor + Offset).ToString("G12", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
