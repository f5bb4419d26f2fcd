using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>A list as comma-separated values: RFC 4180, with a byte order mark, so that Excel reads its letters.</summary>
/// <remarks>
/// The head is key and unit (<c>edge_length [nm]</c>), the same names that an import takes. Numbers have all their digits; moments are
/// UTC. A text that a spreadsheet would take for a formula is led by one apostrophe, and so is one that looks already led: taking one
/// away gives every text back as it was.
/// </remarks>
public static partial class ListCsv
{
    public static async Task Write(Stream into, IReadOnlyList<ListColumn> columns, IAsyncEnumerable<ListRow> rows, CancellationToken stop)
    {
        await using var text = new StreamWriter(into, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), 1 << 16, leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync(string.Join(',', columns.SelectMany(Heads).Select(CsvText.Quoted)));
        await foreach (var row in rows.WithCancellation(stop))
            await text.WriteLineAsync(string.Join(',', columns.SelectMany(column => Cells(column, row))));
    }

    /// <summary>The heads of a column: a result has its uncertainty beside it, and g2(0) says which estimate it is.</summary>
    public static IEnumerable<string> Heads(ListColumn column)
    {
        yield return column.Head;
        if (!HasSigma(column)) yield break;
        yield return CsvText.Head(column.Key + ".sigma", column.Unit);
        if (column.Key == StandingValue.BestG2) yield return column.Key + ".source";
    }

    static IEnumerable<string> Cells(ListColumn column, ListRow row)
    {
        var value = row.In(column);
        yield return Cell(value, column);
        if (!HasSigma(column)) yield break;
        var result = value as StandingValue;
        yield return CsvText.Number(result?.Sigma);
        if (column.Key == StandingValue.BestG2) yield return result?.Source ?? "";
    }

    static bool HasSigma(ListColumn column) => column is { Quantity: not null, Kind: ColumnKind.Number };

    static string Cell(object? value, ListColumn column) => value switch
    {
        null => "",
        StandingValue result => result.Value is { } number ? CsvText.Number(number) : Text(result.Text ?? ""),
        double number => CsvText.Number(number),
        Enum choice => Words.Key(choice) is var key && key == "not-recorded" ? "" : key,
        bool claim => claim ? "yes" : "no",
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        _ => Text(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };

    /// <summary>A text as a cell.</summary>
    public static string Text(string text) => CsvText.Quoted(LooksLikeFormula().IsMatch(text) ? "'" + text : text);

    /// <summary>The text of a cell as it was before it was led by an apostrophe.</summary>
    public static string Read(string cell) => cell.StartsWith('\'') && LooksLikeFormula().IsMatch(cell[1..]) ? cell[1..] : cell;

    [GeneratedRegex(@"^'*[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]")]
    private static partial Regex LooksLikeFormula();
}
