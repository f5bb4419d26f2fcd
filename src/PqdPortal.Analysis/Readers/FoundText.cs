using System.Globalization;

namespace PqdPortal.Analysis.Readers;

/// <summary>Numbers as findings show them.</summary>
static class FoundText
{
    public static string Nanoseconds(double seconds) => Number(seconds * 1e9) + " ns";

    public static string Number(double value) => value.ToString("G7", CultureInfo.InvariantCulture);
}
