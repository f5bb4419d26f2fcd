using System.Text;
using PqdPortal.Analysis;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>A whole curve as comma-separated values, with lines in front that say where it comes from.</summary>
public static class CurveCsv
{
    /// <param name="software">What computed it.</param>
    /// <param name="address">Where the result lies.</param>
    public static string Text(AnalysisReport report, Curve curve, string software, string address)
    {
        var text = new StringBuilder();
        Say("result", address);
        Say("analysis", $"{report.Analysis}, version {report.Version}");
        Say("software", CsvText.Harmless(software));
        foreach (var input in report.Inputs) Say($"input {input.Name}", $"{CsvText.Harmless(input.File)}, SHA-256 {input.Sha256}");
        Say("parameters", report.Parameters.ToJsonString());
        Say("curve", curve.Name);

        List<(string Head, IReadOnlyList<double?> Values)> columns = [(CsvText.Head(curve.X.Name, curve.X.Unit), curve.X.Values)];
        if (curve.X.Sigma is { } dx) columns.Add(($"sigma of {curve.X.Name}", dx));
        if (curve.Y is { } y)
        {
            columns.Add((CsvText.Head(y.Name, y.Unit), y.Values));
            if (y.Sigma is { } sigma) columns.Add((CsvText.Head($"sigma of {y.Name}", y.Unit), sigma));
        }
        if (curve.Fit is { } fit) columns.Add(("fit", fit));
        foreach (var (name, series) in curve.More.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            columns.Add((CsvText.Head(name, series.Unit), series.Values));
            if (series.Sigma is { } sigma) columns.Add(($"sigma of {name}", sigma));
        }

        text.AppendJoin(',', columns.Select(column => CsvText.Quoted(column.Head))).Append("\r\n");
        for (var row = 0; row < columns.Max(column => column.Values.Count); row++)
            text.AppendJoin(',', columns.Select(column => row < column.Values.Count ? CsvText.Number(column.Values[row]) : "")).Append("\r\n");
        return text.ToString();

        void Say(string what, string value) => text.Append(CsvText.Comment(what, value));
    }
}
