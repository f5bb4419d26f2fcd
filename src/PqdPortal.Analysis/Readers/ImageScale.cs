using System.Globalization;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>The length of a pixel as a file has it.</summary>
static class ImageScale
{
    /// <summary>Null, with a finding, where it is no length: 0, negative or no number.</summary>
    /// <param name="row">From one row to the next [m].</param>
    /// <param name="column">From one column to the next [m].</param>
    /// <param name="source">The field that says so, for people.</param>
    /// <param name="offset">Its byte.</param>
    public static PixelSize? Of(double row, double column, string source, long? offset, FindingList findings)
    {
        if (row > 0 && column > 0 && double.IsFinite(row) && double.IsFinite(column)) return new(row, column, source);
        findings.Add(Severity.Warning, "SCALE_UNUSABLE",
            string.Create(CultureInfo.InvariantCulture, $"The pixel size in {source} is {column:G6} m x {row:G6} m, which is no length; the image has no pixel size."), offset);
        return null;
    }
}
