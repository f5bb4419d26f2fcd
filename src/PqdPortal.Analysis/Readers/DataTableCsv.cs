using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A text table with a line of names above its rows: numbers, words or both.</summary>
/// <remarks>
/// See docs/formats/data-tables.md. What other readers know (time tags, decays, spectra) is asked for first; this one takes what
/// is left if it has a line of names, the same number of cells in the rows below, and numbers in at least one column.
/// </remarks>
static class DataTableCsv
{
    public const string Name = "Table of columns";

    const int MostColumns = 256, MostCells = 1 << 20, MostLinesAbove = 200, LongestTitle = 100;

    /// <summary>A longer text is a list of photons or the like [bytes].</summary>
    const long Longest = 16L << 20;

    /// <summary>A column is one of numbers where so many of its filled cells are.</summary>
    const double MostlyNumbers = 0.5;

    /// <summary>Any text with a digit in it may be one.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]
        || start.IndexOfAnyInRange((byte)0, (byte)8) < 0 && start.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    /// <returns>Null where the text is no such table.</returns>
    /// <exception cref="MeasurementFormatException">It is one, and a line of it has more cells than there are names.</exception>
    public static DataTable? Open(ByteSource source, ReadingChoices choices)
    {
        if (source.Length > Longest || TextFile.IsScattered(source)) return null;
        var file = TextFile.Read(source, Name);
        // Lines that say something, with their place; remarks may hold the names.
        var lines = new List<int>();
        for (var i = 0; i < file.Lines.Count; i++)
            if (!string.IsNullOrWhiteSpace(file.Lines[i])) lines.Add(i);
        if (Names(file, lines) is not { } names) return null;

        var places = file.OffsetsOf(lines);
        var findings = new FindingList();
        var columns = names.Titles.Length;
        var rows = new List<Row>();
        for (var k = names.First; k < lines.Count; k++)
        {
            var line = file.Lines[lines[k]];
            if (IsRemark(line)) continue;
            var cells = Cells(line, names.Separator);
            if (cells.Length > columns && cells.Skip(columns).All(cell => cell.Length == 0)) cells = cells[..columns];
            if (cells.Length > columns)
                throw Refusal(file, lines[k],
                    $"Line {lines[k] + 1} has {cells.Length} cells where the line of names has {columns}.{(names.Separator == ',' ? " Where a comma is the decimal sign, part the columns by semicolons or tabs." : "")}");
            if (cells.Length < columns)
            {
                if (cells.Length * 2 < columns) return null;
                findings.Add(Severity.Warning, "CELLS_MISSING", $"Line {lines[k] + 1} has {cells.Length} cells where the line of names has {columns}; the last ones are empty.", places[k]);
                cells = [.. cells, .. Enumerable.Repeat("", columns - cells.Length)];
            }

            rows.Add(new(lines[k], places[k], cells));
            if ((long)rows.Count * columns > MostCells)
                throw Refusal(file, lines[k], $"The table has more than {MostCells:N0} cells; tables up to that are read. Keep what is to be compared, or export it in the instrument's own format.");
        }

        // The decimal sign is that of the whole table; where commas part the columns it is a point.
        var comma = names.Separator != ',' && rows.Any(row => row.Cells.Any(cell => cell.Contains(',') && Number(cell, true) is not null))
            && !rows.Any(row => row.Cells.Any(cell => cell.Contains('.') && Number(cell, false) is not null));
        var table = new List<DataColumn>();
        for (var c = 0; c < columns; c++)
            if (Column(names.Titles[c], names.Units?[c], c, rows, comma, findings) is { } column) table.Add(column);
        // A single row with words in it may be any two lines of a text.
        if (table.TrueForAll(column => column.Numbers is null) || rows.Count < 2 && table.Exists(column => column.Numbers is null)) return null;

        var header = new JsonObject
        {
            ["encoding"] = file.Encoding,
            ["separator"] = names.Separator switch { '\t' => "tab", ';' => "semicolon", ',' => "comma", _ => "blank" },
            ["decimal_comma"] = comma,
        };
        foreach (var k in Enumerable.Range(0, names.Line).Where(k => k < MostLinesAbove))
            header[$"line {lines[k] + 1}"] = file.Lines[lines[k]].Trim();
        return new()
        {
            Format = Name,
            Header = header,
            Rows = rows.Count,
            Columns = table,
            Lines = [.. rows.Select(row => row.Line + 1)],
            Offsets = [.. rows.Select(row => row.Offset)],
            NamesAt = places[names.Line],
            Findings = findings.ToList(),
        };
    }

    readonly record struct Row(int Line, long Offset, string[] Cells);

    /// <param name="Line">The line of names, among the lines that say something.</param>
    /// <param name="First">The first row, among the same.</param>
    /// <param name="Units">Units from a line of their own below the names; null without one.</param>
    sealed record Named(string[] Titles, string[]? Units, char Separator, int Line, int First);

    /// <summary>The line of names: as many names as the next row has cells, at least one of them above a number.</summary>
    static Named? Names(TextFile file, List<int> lines)
    {
        for (var k = 0; k + 1 < lines.Count && k < MostLinesAbove; k++)
        {
            // A remark may name the columns where the rows follow at once: "# power_uW,counts".
            var text = file.Lines[lines[k]];
            if (IsRemark(text)) text = text.TrimStart(' ', '\t', '#', '%', '/');
            foreach (var separator in (char[])['\t', ';', ',', ' '])
            {
                var titles = Cells(text, separator);
                if (titles is [.. var most, ""]) titles = most;
                if (titles.Length is < 2 or > MostColumns || !titles.All(IsName) || titles.Distinct(StringComparer.OrdinalIgnoreCase).Count() < titles.Length) continue;
                var first = k + 1;
                while (first < lines.Count && IsRemark(file.Lines[lines[first]])) first++;
                if (first == lines.Count) return null;
                if (IsRemark(file.Lines[lines[k]]) && first != k + 1) break;
                var row = At(first);
                string[]? units = null;
                // Names, units, numbers: a line without a number above one that has them.
                if (row is not null && !row.Any(IsNumber) && first + 1 < lines.Count && At(first + 1) is { } below
                    && Enumerable.Range(0, titles.Length).All(c => !IsNumber(below[c]) || row[c].Length <= 12)
                    && Enumerable.Range(0, titles.Length).Any(c => IsNumber(below[c]) && row[c].Length > 0))
                    (units, row, first) = (row, below, first + 1);
                if (row is null)
                {
                    DecimalCommas(titles, separator, first);
                    continue;
                }

                // Words parted by blanks are a sentence; then everything below has to be numbers.
                if (separator == ' ' ? !row.All(IsNumber) : !row.Any(IsNumber)) continue;
                return new(titles, units, separator, k, first);

                string[]? At(int at)
                {
                    var cells = Cells(file.Lines[lines[at]], separator);
                    if (cells.Length > titles.Length && cells.Skip(titles.Length).All(cell => cell.Length == 0)) cells = cells[..titles.Length];
                    return cells.Length == titles.Length ? cells : null;
                }
            }
        }

        return null;

        // Names between commas above numbers with more of them: the comma is the decimal sign too, and nobody can tell them apart.
        void DecimalCommas(string[] titles, char separator, int first)
        {
            if (separator != ',' || !titles.All(title => title.Length <= 30 && char.IsLetter(title[0]) && !title.Contains(' '))) return;
            if (Cells(file.Lines[lines[first]], ',') is { } cells && cells.Length > titles.Length && cells.Length <= 2 * titles.Length && cells.All(IsNumber))
                throw Refusal(file, lines[first], $"Line {lines[first] + 1} has {cells.Length} cells where the line of names has {titles.Length}. Where a comma is the decimal sign, part the columns by semicolons or tabs.");
        }
    }

    static DataColumn? Column(string title, string? unitBelow, int c, List<Row> rows, bool comma, FindingList findings)
    {
        var (filled, counted) = (0, 0);
        foreach (var (_, _, cells) in rows)
        {
            if (IsEmpty(cells[c])) continue;
            filled++;
            if (Number(cells[c], comma) is not null) counted++;
        }

        var (name, unit) = ColumnTitle.Of(title);
        var column = new DataColumn(title, name, unit.Length == 0 && unitBelow is { } below ? below.Trim('(', ')', '[', ']') : unit) { Missing = rows.Count - filled };
        if (filled == 0 || counted < MostlyNumbers * filled) return column with { Texts = [.. rows.Select(row => row.Cells[c])] };
        var numbers = rows.Select(row => IsEmpty(row.Cells[c]) ? double.NaN : Number(row.Cells[c], comma) ?? double.NaN).ToArray();
        if (counted == filled) return column with { Numbers = numbers };
        foreach (var (line, offset, cells) in rows)
            if (!IsEmpty(cells[c]) && Number(cells[c], comma) is null)
                findings.Add(Severity.Warning, "CELL_NO_NUMBER", $"Line {line + 1}, column {c + 1} (\"{title}\") holds \"{Shown(cells[c])}\" among numbers.", offset);
        return column with { Numbers = numbers, Texts = [.. rows.Select(row => row.Cells[c])], Missing = rows.Count - counted };
    }

    static bool IsRemark(string line) => line.AsSpan().TrimStart() is ['#' or '%', ..] or ['/', '/', ..];

    static bool IsName(string cell) => cell.Length is > 0 and <= LongestTitle && cell.Any(char.IsLetter) && !IsNumber(cell) && cell[0] is not ('{' or '[' or '<' or '"' or '}');

    /// <summary>A number with either sign.</summary>
    static bool IsNumber(string cell) => Number(cell, false) is not null || Number(cell, true) is not null;

    static bool IsEmpty(string cell) => cell.Length == 0 || cell is "-" or "NaN" or "nan" or "NA" or "N/A" or "n/a";

    static double? Number(string cell, bool comma)
    {
        if (comma && cell.Contains(',')) cell = cell.Contains('.') ? "" : cell.Replace(',', '.');
        return double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    /// <summary>The cells of a line, without blanks and quotation marks round them; a separator inside quotation marks parts nothing.</summary>
    static string[] Cells(string line, char separator)
    {
        if (separator == ' ') return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (!line.Contains('"')) return line.Split(separator, StringSplitOptions.TrimEntries);
        var cells = new List<string>();
        for (var at = 0; at <= line.Length;)
        {
            var from = at;
            while (from < line.Length && line[from] == ' ') from++;
            if (from < line.Length && line[from] == '"')
            {
                var end = from + 1;
                while (end < line.Length && (line[end] != '"' || end + 1 < line.Length && line[end + 1] == '"')) end += line[end] == '"' ? 2 : 1;
                var next = end < line.Length ? line.IndexOf(separator, end) : -1;
                cells.Add(line[(from + 1)..Math.Min(end, line.Length)].Replace("\"\"", "\"").Trim());
                if (next < 0) break;
                at = next + 1;
            }
            else
            {
                var next = line.IndexOf(separator, at);
                cells.Add((next < 0 ? line[at..] : line[at..next]).Trim());
                if (next < 0) break;
                at = next + 1;
            }
        }

        return [.. cells];
    }

    static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "…";

    static MeasurementFormatException Refusal(TextFile file, int line, string message) => new(message, file.OffsetOf(line)) { Format = Name };
}
