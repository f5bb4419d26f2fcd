using System.Globalization;

namespace PqdPortal.Analysis;

/// <summary>Numbers in the sentences of a report.</summary>
public static class NumberText
{
    const double LongestWritten = 1e12;

    /// <summary>A number with so many significant digits; above a thousand as a whole number, not with an exponent.</summary>
    /// <returns>"0.0123", "112900", "1.5E-07".</returns>
    public static string Rounded(double x, int digits = 3)
    {
        var text = x.ToString($"G{digits}", CultureInfo.InvariantCulture);
        if (!text.Contains('E')) return text;
        var rounded = double.Parse(text, CultureInfo.InvariantCulture);
        return Math.Abs(rounded) is >= 1e3 and < LongestWritten ? rounded.ToString("F0", CultureInfo.InvariantCulture) : text;
    }
}
