using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PqdPortal.Analysis.Readers;

/// <summary>A table of numbers in a text: the longest run of lines with the same number of cells, what stands before it, and the names above its columns.</summary>
sealed partial class TextTable
{
    /// <summary>Lines above the numbers that may name their columns: long name, unit, comment.</summary>
    const int MostNameLines = 4;

    TextTable(TextFile file, NumberLines numbers, int columns, List<double[]> rows) =>
        (File, Numbers, Columns, Rows, Names) = (file, numbers, columns, rows, [.. Enumerable.Repeat("", columns)]);

    public TextFile File { get; }

    /// <summary>How the numbers are written.</summary>
    public NumberLines Numbers { get; }

    public int Columns { get; }

    /// <summary>Shape (rows x columns); NaN for an empty cell.</summary>
    public IReadOnlyList<double[]> Rows { get; }

    /// <summary>What stands above each column, in one line; "" above an unnamed one.</summary>
    public string[] Names { get; init; }

    /// <summary>Numbers above the columns from the second on, where the first row of the table is one of them; null else.</summary>
    public double[]? Head { get; init; }

    /// <summary>Unit behind all numbers of <see cref="Head"/>, as in "4 K"; "" where there is none.</summary>
    public string HeadUnit { get; init; } = "";

    /// <summary>Byte of the file at which the numbers begin.</summary>
    public long At { get; init; }

    /// <summary>Lines behind the numbers that are neither empty nor remarks.</summary>
    public int LinesBehind { get; init; }

    /// <summary>Line of the first of them, counted from 0.</summary>
    public int FirstBehind { get; init; }

    /// <summary>Settings above the table as "key: value", other lines by their number.</summary>
    public JsonObject Header { get; } = [];

    /// <returns>Null where the text holds no two numbers beside each other.</returns>
    public static TextTable? Read(TextFile file)
    {
        var numbers = NumberLines.Of(file.Lines);
        var (begin, end, columns) = LongestRun(file, numbers);
        if (columns < 2) return null;

        var rows = new List<double[]>();
        var first = begin;
        for (var i = begin; i < end; i++)
            if (!string.IsNullOrWhiteSpace(file.Lines[i])) rows.Add(Row(numbers, file.Lines[i])!);

        // An export may end each line with a separator.
        while (columns > 1 && rows.All(row => double.IsNaN(row[columns - 1])) && rows.All(row => row.Length >= columns)) columns--;
        if (columns < 2) return null;
        if (columns < rows[0].Length) rows = [.. rows.Select(row => row[..columns])];

        var above = new List<(int Line, string Text)>();
        for (var i = 0; i < begin; i++)
            if (WithoutRemarkSign(file.Lines[i]) is { Length: > 0 } text) above.Add((i, text));

        double[]? head = null;
        var headUnit = "";
        var names = new List<string[]>();
        // A row of numbers with nothing, or a lone zero, in its corner stands above the table.
        if (columns > 2 && rows.Count > 2 && CornerIsEmpty(rows))
        {
            head = rows[0][1..];
            rows.RemoveAt(0);
            first = begin + 1;
        }
        while (above.Count > 0 && names.Count < MostNameLines && (head is null || names.Count == 0))
        {
            var cells = NamesIn(above[^1].Text, numbers, columns);
            if (cells is null) break;
            if (head is null && HeadIn(cells, numbers) is (var values, var unit) && (columns > 2 || SpectralText.AxisOf(cells[0]) is not null))
                (head, headUnit) = (values, unit);
            else if (cells.Skip(cells[0].Length > 0 ? 0 : 1).Any(cell => cell.Length > 0 && numbers.Number(cell) is not null) || cells[0].EndsWith(':'))
                break;
            names.Insert(0, cells);
            above.RemoveAt(above.Count - 1);
        }

        var behind = Enumerable.Range(end, file.Lines.Count - end).Where(i => WithoutRemarkSign(file.Lines[i]).Length > 0).ToList();
        var table = new TextTable(file, numbers, columns, rows)
        {
            Names = [.. Enumerable.Range(0, columns).Select(c => string.Join(' ', names.Select(row => row[c]).Where(cell => cell.Length > 0)))],
            Head = head,
            HeadUnit = headUnit,
            At = file.OffsetOf(first),
            LinesBehind = behind.Count,
            FirstBehind = behind.Count > 0 ? behind[0] : 0,
        };
        foreach (var (line, text) in above)
        {
            if (table.Header.Count > 10_000) break;
            var parts = Setting().Match(text);
            if (parts.Success) RepeatedFields.Keep(table.Header, parts.Groups["key"].Value.Trim(), parts.Groups["value"].Value.Trim());
            else table.Header[$"line {line + 1}"] = text;
        }
        if (names.Count > 0) table.Header["columns"] = new JsonArray([.. table.Names.Take(1000).Select(name => (JsonNode)name)]);
        return table;
    }

    /// <summary>The same table without the columns before one of them.</summary>
    public TextTable Without(int columns)
    {
        var table = new TextTable(File, Numbers, Columns - columns, [.. Rows.Select(row => row[columns..])])
        {
            Names = Names[columns..], At = At, LinesBehind = LinesBehind, FirstBehind = FirstBehind,
        };
        foreach (var (key, value) in Header) table.Header[key] = value?.DeepClone();
        return table;
    }

    /// <summary>The longest run of lines that hold equally many numbers; empty lines do not end it.</summary>
    static (int Begin, int End, int Columns) LongestRun(TextFile file, NumberLines numbers)
    {
        var best = (Begin: 0, End: 0, Columns: 0);
        var (begin, columns, count, bestCount) = (0, 0, 0, 0);
        var last = 0;
        for (var i = 0; i <= file.Lines.Count; i++)
        {
            if (i < file.Lines.Count && string.IsNullOrWhiteSpace(file.Lines[i])) continue;
            var cells = i < file.Lines.Count && Row(numbers, file.Lines[i]) is { } row ? row.Length : 0;
            if (cells != columns || cells == 0)
            {
                if (columns >= 2 && count > bestCount) (best, bestCount) = ((begin, last + 1, columns), count);
                (begin, columns, count) = (i, cells, 0);
            }
            count++;
            last = i;
        }
        return best;
    }

    /// <summary>The numbers of a line, NaN for empty cells; null where something else stands in it.</summary>
    static double[]? Row(NumberLines numbers, string line)
    {
        if (!NumberLines.LooksNumeric(line)) return null;
        var cells = numbers.Cells(line);
        var values = new double[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            if (cells[i].Length == 0) values[i] = double.NaN;
            else if (numbers.Number(cells[i]) is { } value) values[i] = value;
            else return null;
        return values;
    }

    static bool CornerIsEmpty(List<double[]> rows)
    {
        if (double.IsNaN(rows[0][0])) return true;
        if (rows[0][0] != 0) return false;
        // A zero belongs to the axis where the axis goes on from it in like steps.
        var step = Math.Abs(rows[2][0] - rows[1][0]);
        return Math.Abs(rows[1][0]) > 5 * step && step > 0;
    }

    /// <summary>A line above the numbers as the names of its columns; null where it has not as many cells.</summary>
    static string[]? NamesIn(string line, NumberLines numbers, int columns)
    {
        foreach (var cells in (string[][])[numbers.Cells(line), line.Split('\t', StringSplitOptions.TrimEntries), Gaps().Split(line.Trim()), line.Split(',', StringSplitOptions.TrimEntries), line.Split(';', StringSplitOptions.TrimEntries)])
        {
            var trimmed = cells.Length == columns + 1 && cells[^1].Length == 0 ? cells[..columns] : cells;
            if (trimmed.Length == columns) return trimmed;
            // Numbers above all columns but the first, parted by blanks: the corner is empty.
            if (numbers.Separator == ' ' && trimmed.Length == columns - 1 && columns > 2 && trimmed.All(cell => HeadNumber(cell, numbers) is not null)) return ["", .. trimmed];
        }
        return null;
    }

    static (double[], string)? HeadIn(string[] cells, NumberLines numbers)
    {
        var found = cells.Skip(1).Select(cell => HeadNumber(cell, numbers)).ToList();
        if (found.Any(f => f is null) || numbers.Number(cells[0]) is not null) return null;
        var unit = found[0]!.Value.Unit;
        return ([.. found.Select(f => f!.Value.Value)], found.All(f => f!.Value.Unit == unit) ? unit : "");
    }

    /// <summary>"4", "4 K", "T=4.2 K"; behind a word without such a sign only with its unit: "PL_4K", not "sample_1".</summary>
    static (double Value, string Unit)? HeadNumber(string cell, NumberLines numbers)
    {
        var match = NumberWithUnit().Match(cell);
        return match.Success && (!match.Groups["word"].Success || match.Groups["unit"].Success) && numbers.Number(match.Groups["number"].Value) is { } value && double.IsFinite(value) ? (value, match.Groups["unit"].Value) : null;
    }

    static string WithoutRemarkSign(string line)
    {
        var text = line.Trim();
        return text.StartsWith("//", StringComparison.Ordinal) ? text[2..].Trim() : text.TrimStart('#', '%').Trim();
    }

    [GeneratedRegex(@"^(?:[\p{L}_ ]{1,40}[=:] ?|(?<word>[\p{L}_ ]{1,40}[_ ]))?(?<number>[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?) ?[\(\[]?(?<unit>[\p{L}°µμ%][\p{L}0-9/^²\-]{0,15})?[\)\]]?$")]
    private static partial Regex NumberWithUnit();

    [GeneratedRegex(@"\s{2,}|\t")]
    private static partial Regex Gaps();

    [GeneratedRegex(@"^(?<key>[^:=\t;,]{1,100})[:=\t;,](?<value>.*)$")]
    private static partial Regex Setting();
}
