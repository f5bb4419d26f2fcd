using System.Globalization;
using System.Text;
using PqdPortal.Analysis;

namespace PqdPortal.Cli;

/// <summary>A curve as CSV: one row for each x, names with units in the first row, empty where there is no value.</summary>
public static class CurveCsv
{
    public static string Of(Curve curve)
    {
        var columns = new List<(string Head, IReadOnlyList<double?> Values)> { (Head(curve.X), curve.X.Values) };
        if (curve.Y is { } y)
        {
            columns.Add((Head(y), y.Values));
            if (y.Sigma is { } sigma) columns.Add(($"sigma of {Head(y)}", sigma));
        }

        if (curve.Fit is { } fit) columns.Add(("fit", fit));
        foreach (var (name, series) in curve.More.OrderBy(more => more.Key, StringComparer.Ordinal)) columns.Add((name, series.Values));

        var text = new StringBuilder();
        text.AppendJoin(',', columns.Select(column => Quoted(column.Head))).Append('\n');
        for (var i = 0; i < curve.X.Values.Count; i++)
            text.AppendJoin(',', columns.Select(column => (i < column.Values.Count ? column.Values[i] : null)?.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }

    static string Head(Series series) => series.Unit is "1" or "" ? series.Name : $"{series.Name} [{series.Unit}]";

    static string Quoted(string text) => text.IndexOfAny([',', '"', '\n']) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
