using System.Globalization;
using System.Text.RegularExpressions;

namespace PqdPortal.Web.Layout;

/// <summary>Cells and comment lines of comma-separated values.</summary>
public static partial class CsvText
{
    /// <summary>A line in front of the values: what it is, and its value. A line break in a file's name must not become a line of data.</summary>
    public static string Comment(string what, string value) => $"# {what}: {value.ReplaceLineEndings(" ")}\r\n";

    /// <summary>
    /// A name that somebody gave, so that a spreadsheet that cuts the line into cells finds no formula at the beginning of one: what would
    /// be taken for one is led by an apostrophe.
    /// </summary>
    public static string Harmless(string name) => Formula().Replace(name, "$1'");

    /// <summary>The title of a column: "delay [ns]".</summary>
    public static string Head(string name, string unit) => unit is "" or "1" ? name : $"{name} [{unit}]";

    public static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";

    /// <summary>A number with all its digits; nothing where there is none.</summary>
    public static string Number(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";

    [GeneratedRegex(@"((?:^|[,;\t\r\n""])\s*)(?=[=+\-@])")]
    private static partial Regex Formula();
}
