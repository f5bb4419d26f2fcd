using System.Globalization;
using System.Text.RegularExpressions;

namespace PqdPortal.Web.Layout;

/// <summary>Numbers as people read them: digits by the uncertainty, thin spaces in thousands, a real minus.</summary>
public static partial class Numbers
{
    const char Minus = '\u2212';
    const char ThinSpace = '\u202f';
    const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>The value and its standard deviation with the digits that the deviation carries: two where it begins with 1 or 2, else one.</summary>
    /// <returns>"0.042 ± 0.006", "(1.23 ± 0.04) × 10⁹"; without sigma the value with up to four digits; "not recorded" without a value.</returns>
    public static string WithUncertainty(double? value, double? sigma)
    {
        if (value is not { } v || !double.IsFinite(v)) return "not recorded";
        if (sigma is not { } s || !double.IsFinite(s) || s <= 0) return Plain(v);

        var power = PowerOfTen(Math.Max(Math.Abs(v), s));
        if (power is >= 7 or <= -5)
        {
            var scale = Math.Pow(10, -power);
            var scaled = DecimalsOf(s * scale);
            return $"({Fixed(v * scale, scaled)} ± {Fixed(s * scale, scaled)}) × 10{Superscript(power)}";
        }
        var decimals = DecimalsOf(s);
        return $"{Fixed(v, decimals)} ± {Fixed(s, decimals)}";
    }

    /// <summary>A number without uncertainty, up to <paramref name="digits"/> significant digits.</summary>
    public static string Plain(double value, int digits = 4)
    {
        if (!double.IsFinite(value)) return "not recorded";
        if (value == 0) return "0";
        var power = PowerOfTen(Math.Abs(value));
        if (power is >= 7 or <= -5) return $"{Trim(Fixed(value * Math.Pow(10, -power), digits - 1))} × 10{Superscript(power)}";
        var decimals = Math.Max(0, digits - 1 - power);
        return decimals == 0 ? Fixed(value, 0) : Trim(Fixed(value, decimals));
    }

    /// <summary>A count with thin spaces: 5 120.</summary>
    public static string Count(long value) => Fixed(value, 0);

    /// <summary>A size in MB, small ones in kB.</summary>
    public static string Size(long bytes) =>
        bytes < 1000 ? $"{bytes} bytes" : bytes < 1_000_000 ? $"{Plain(bytes / 1e3, 3)} kB" : $"{Plain(bytes / 1e6, 4)} MB";

    /// <summary>A time or a length in the unit that suits it: "12.5 ns", "200 nm".</summary>
    /// <param name="unit">s or m.</param>
    public static string Suited(double value, string unit, int digits = 6)
    {
        var (factor, prefix) = Prefix(Math.Abs(value));
        return $"{Plain(value * factor, digits)} {prefix}{unit}";
    }

    /// <summary>The factor and the letters that bring a value of seconds or metres to a number between 1 and 1000.</summary>
    public static (double Factor, string Letters) Prefix(double size) => size switch
    {
        0 => (1, ""),
        < 1e-9 => (1e12, "p"),
        < 1e-6 => (1e9, "n"),
        < 1e-3 => (1e6, "µ"),
        < 1 => (1e3, "m"),
        _ => (1, ""),
    };

    /// <summary>A span of time in one or two units: "42 s", "3 min 20 s", "2 h 5 min".</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.Zero) span = TimeSpan.Zero;
        if (span.TotalSeconds < 10) return $"{Plain(span.TotalSeconds, 2)} s";
        if (span.TotalSeconds < 100) return $"{span.TotalSeconds:0} s";
        if (span.TotalMinutes < 60) return Two(span.Minutes, "min", span.Seconds, "s");
        if (span.TotalHours < 24) return Two(span.Hours, "h", span.Minutes, "min");
        return Two((int)span.TotalDays, "d", span.Hours, "h");
    }

    /// <summary>A unit of the contract as people write it: us is µs, degC is °C, "1" is nothing.</summary>
    public static string Unit(string unit) => unit switch
    {
        "1" or "text" or "" => "",
        "us" => "µs",
        "uW" => "µW",
        "um" => "µm",
        "ueV" => "µeV",
        "ueV/K" => "µeV/K",
        "uJ/cm2" => "µJ/cm²",
        "degC" => "°C",
        "1/s" => "s⁻¹",
        "1/ns" => "ns⁻¹",
        "1/h" => "h⁻¹",
        "1/cm" => "cm⁻¹",
        "Hz" or "hz" => "Hz",
        "cps/uW" => "cps/µW",
        "counts" or "photons" or "pairs" => unit,
        _ => unit,
    };

    /// <summary>A sentence of a report as people write it: ± for "+-", µs for "us", laws without the spelling of their names.</summary>
    public static string Sentence(string text) =>
        Micro().Replace(text.Replace("+-", "±").Replace("power_law_cutoff", "power law with cut-off").Replace("power_law", "power law"), "$1 µ$2");

    [GeneratedRegex(@"(\d) u(s|W|m|eV|J)\b")]
    private static partial Regex Micro();

    static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";

    static int PowerOfTen(double positive) => (int)Math.Floor(Math.Log10(positive));

    /// <summary>Decimals that show one digit of sigma, two where it begins with 1 or 2.</summary>
    static int DecimalsOf(double sigma)
    {
        var power = PowerOfTen(sigma);
        var leading = sigma / Math.Pow(10, power);
        // Rounded to one digit, 0.0096 shows as 0.01: then the rounded leading digit decides.
        if (leading >= 9.5) power++;
        var digits = leading is < 2.95 or >= 9.5 ? 2 : 1;
        return Math.Clamp(digits - 1 - power, 0, 12);
    }

    static string Fixed(double value, int decimals)
    {
        var text = Math.Abs(value).ToString($"F{decimals}", CultureInfo.InvariantCulture);
        var point = text.IndexOf('.');
        var whole = point < 0 ? text : text[..point];
        for (var at = whole.Length - 3; at > 0; at -= 3) whole = whole.Insert(at, ThinSpace.ToString());
        var sign = value < 0 && text.Any(digit => digit is >= '1' and <= '9') ? Minus.ToString() : "";
        return sign + whole + (point < 0 ? "" : text[point..]);
    }

    static string Trim(string text) => text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    static string Superscript(int power) =>
        (power < 0 ? "⁻" : "") + string.Concat(Math.Abs(power).ToString(CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));
}
