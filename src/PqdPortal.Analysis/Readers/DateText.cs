using System.Globalization;

namespace PqdPortal.Analysis.Readers;

/// <summary>Dates as programs write them in the manner of the computer's country.</summary>
static class DateText
{
    static readonly string[] Dates = ["yyyy-M-d", "yyyy/M/d", "yyyy:M:d", "d.M.yyyy", "M/d/yyyy", "d/M/yyyy"];
    static readonly string[] Times = ["H:m:s", "H:m", "h:m:s tt", "h:m tt"];

    /// <summary>Date and time; null where they are unreadable, or where day and month could be exchanged.</summary>
    public static DateTime? Parse(string date, string time)
    {
        var meant = Dates
            .Select(format => DateOnly.TryParseExact(date.Trim(), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : (DateOnly?)null)
            .OfType<DateOnly>().Distinct().ToList();
        return meant is [var one] && TimeOnly.TryParseExact(time.Trim(), Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? one.ToDateTime(at) : null;
    }
}
