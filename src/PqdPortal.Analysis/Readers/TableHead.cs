namespace PqdPortal.Analysis.Readers;

/// <summary>The first lines of a table of numbers: what stands above it, how its columns are parted, and the rows themselves.</summary>
sealed class TableHead
{
    const int MostColumns = 64, MostHeadLines = 100, LongestHeadLine = 500;

    /// <summary>The lines above the first row, without blanks round them.</summary>
    public required IReadOnlyList<string> Above { get; init; }

    public required NumberLines Numbers { get; init; }

    /// <summary>Cells of the rows; each has <see cref="Columns"/> of them.</summary>
    public required IReadOnlyList<string[]> Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>Titles of the columns; null where the line above the rows has not one for each.</summary>
    public required string[]? Titles { get; init; }

    /// <summary>Index of the first row among the lines.</summary>
    public required int FirstLine { get; init; }

    /// <summary>Takes lines apart; null where they are no table of at least two rows of the same number of cells.</summary>
    public static TableHead? Of(IReadOnlyList<string> lines)
    {
        var first = 0;
        while (first < lines.Count && !IsRow(lines[first])) first++;
        while (first < lines.Count && IsAlone(lines, first)) do first++; while (first < lines.Count && !IsRow(lines[first]));
        if (first == lines.Count) return null;
        var rowLines = lines.Skip(first).Where(IsRow).ToList();
        var numbers = NumberLines.Of(rowLines);
        var cells = rowLines.Select(numbers.Cells).ToList();
        var columns = cells.Take(200).GroupBy(row => row.Length).MaxBy(group => group.Count())!.Key;
        var rows = cells.Where(row => row.Length == columns).ToList();
        if (columns > MostColumns || rows.Count < 2 || rows.Count < 0.9 * cells.Count) return null;
        // Some programs end every row with a separator.
        if (columns > 1 && rows.TrueForAll(row => row[^1].Length == 0)) columns--;
        var above = lines.Take(first).Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        return new()
        {
            Above = [.. above.TakeLast(MostHeadLines).Select(line => line.Length > LongestHeadLine ? line[..LongestHeadLine] : line)],
            Numbers = numbers,
            Rows = rows,
            Columns = columns,
            Titles = above.Count == 0 ? null : TitlesIn(above[^1], numbers, columns),
            FirstLine = first,
        };
    }

    public static bool IsComment(string line) => line.AsSpan().TrimStart() is ['#' or '%' or ';', ..] or ['/', '/', ..];

    static bool IsRow(string line) => !IsComment(line) && NumberLines.LooksNumeric(line);

    /// <summary>A number alone among the lines of the head is not the table yet.</summary>
    static bool IsAlone(IReadOnlyList<string> lines, int row)
    {
        if (lines[row].AsSpan().Trim().IndexOfAny(" \t,;") >= 0) return false;
        for (var next = row + 1; next < lines.Count; next++)
            if (lines[next].AsSpan().Trim().Length > 0) return !IsRow(lines[next]);
        return false;
    }

    static string[] WithoutEmptyEnd(string[] cells) => cells is [.. var most, ""] ? most : cells;

    static string[]? TitlesIn(string line, NumberLines numbers, int columns)
    {
        var text = line.TrimStart('#', '%', ';', '/', ' ', '\t', '\uFEFF');
        foreach (var separator in (char[])[numbers.Separator, '\t', ',', ';', ' '])
        {
            var cells = WithoutEmptyEnd(new NumberLines(false, separator).Cells(text));
            // A unit that stands apart belongs to the title before it: Time (ns).
            List<string> titles = [];
            foreach (var cell in cells)
                if (separator == ' ' && titles.Count > 0 && cell is ['(' or '[' or '/', ..]) titles[^1] += " " + cell;
                else titles.Add(cell);
            if (titles.Count == columns && titles.Exists(title => title.Any(char.IsLetter))) return [.. titles];
        }
        return null;
    }
}
