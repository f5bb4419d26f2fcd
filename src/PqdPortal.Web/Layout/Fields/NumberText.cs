using System.Globalization;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>Numbers as people type them.</summary>
public static class NumberText
{
    /// <summary>Reads a number with a decimal point or comma, a real or a typed minus, spaces in thousands; empty is no number and no trouble.</summary>
    public static (double? Value, string? Trouble) Read(string? text, bool whole = false)
    {
        var plain = string.Concat((text ?? "").Where(c => !char.IsWhiteSpace(c))).Replace('\u2212', '-');
        if (plain.Length == 0) return (null, null);

        // One comma and no point is a decimal comma; a comma beside a point could mean thousands or decimals, so it is asked back.
        if (plain.Count(c => c == ',') == 1 && !plain.Contains('.')) plain = plain.Replace(',', '.');
        if (!double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            return (null, $"\"{text!.Trim()}\" is not a number. Write it like 12.5 or 1e-3, without its unit.");
        if (whole && value != Math.Floor(value)) return (null, "This is a count: write a whole number.");
        if (whole && Math.Abs(value) > int.MaxValue) return (null, "This count is too large to be kept.");
        return (value, null);
    }

    /// <summary>As it would be typed: all digits that are needed to read it back.</summary>
    public static string Write(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
