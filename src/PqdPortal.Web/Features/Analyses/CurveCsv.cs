using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PqdPortal.Analysis;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>A whole curve as comma-separated values, with lines in front that say where it comes from.</summary>
public static partial class CurveCsv
{
    /// <param name="software">What computed it.</param>
    /// <param name="address">Where the result lies.</param>
    public static string Text(AnalysisReport report, Curve curve, string software, string address)
    {
        var text = new StringBuilder();
        Say("result", address);
        Say("analysis", $"{report.Analysis}, version {report.Version}");
        Say("software", Harmless(software));
        foreach (var input in report.Inputs) Say($"input {input.Name}", $"{Harmless(input.File)}, SHA-256 {input.Sha256}");
        Say("parameters", report.Parameters.ToJsonString());
        Say("curve", curve.Name);

        List<(string Head, IReadOnlyList<double?> Values)> columns = [(Head(curve.X.Name, curve.X.Unit), curve.X.Values)];
        if (curve.X.Sigma is { } dx) columns.Add(($"sigma of {curve.X.Name}", dx));
        if (curve.Y is { } y)
        {
            columns.Add((Head(y.Name, y.Unit), y.Values));
            if (y.Sigma is { } sigma) columns.Add((Head($"sigma of {y.Name}", y.Unit), sigma));
        }
        if (curve.Fit is { } fit) columns.Add(("fit", fit));
        foreach (var (name, series) in curve.More.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            columns.Add((Head(name, series.Unit), series.Values));
            if (series.Sigma is { } sigma) columns.Add(($"sigma of {name}", sigma));
        }

        text.AppendJoin(',', columns.Select(column => Quoted(column.Head))).Append("\r\n");
        for (var row = 0; row < columns.Max(column => column.Values.Count); row++)
            text.AppendJoin(',', columns.Select(column => row < column.Values.Count && column.Values[row] is { } value && double.IsFinite(value)
                ? value.ToString("R", CultureInfo.InvariantCulture) : "")).Append("\r\n");
        return text.ToString();

        // A line break in a file's name must not become a line of data.
        void Say(string what, string value) => text.Append("# ").Append(what).Append(": ").Append(value.ReplaceLineEndings(" ")).Append("\r\n");
    }

    /// <summary>
    /// A name that somebody gave, so that a spreadsheet that cuts the line into cells finds no formula at the beginning of one: what would
    /// be taken for one is led by an apostrophe.
    /// </summary>
    static string Harmless(string name) => Formula().Replace(name, "$1'");

    [GeneratedRegex(@"((?:^|[,;\t\r\n""])\s*)(?=[=+\-@])")]
    private static partial Regex Formula();

    static string Head(string name, string unit) => unit is "" or "1" ? name : $"{name} [{unit}]";

    static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
