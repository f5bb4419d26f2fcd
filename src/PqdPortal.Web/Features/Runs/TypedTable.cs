using System.Globalization;
using System.Text;

namespace PqdPortal.Web.Features.Runs;

/// <summary>A table as somebody typed or pasted it, checked line by line.</summary>
/// <remarks>
/// Columns are parted by tabs, semicolons, commas or blanks, whichever gives as many cells as there should be; a line of names may
/// lead and sets their order, lines that begin with # are remarks. Where commas do not part the columns they may be the decimal sign.
/// </remarks>
public sealed class TypedTable
{
    /// <summary>Troubles that are told one by one.</summary>
    public const int MostTold = 12;

    readonly List<double[]> _rows = [];
    readonly List<(int Line, string What)> _troubles = [];

    TypedTable(TableKind kind) => Kind = kind;

    public TableKind Kind { get; }
    public IReadOnlyList<double[]> Rows => _rows;

    /// <summary>Lines that cannot be used, the first ones, counted from 1.</summary>
    public IReadOnlyList<(int Line, string What)> Troubles => _troubles;

    /// <summary>All lines that cannot be used.</summary>
    public int Wrong { get; private set; }

    public bool IsGood => Wrong == 0 && _rows.Count > 1;

    public static TypedTable Of(TableKind kind, string text)
    {
        var table = new TypedTable(kind);
        var order = Enumerable.Range(0, kind.Columns.Count).ToArray();
        var isFirst = true;
        foreach (var (at, line) in text.Split('\n').Index())
        {
            var said = line.Trim().Trim('\uFEFF');
            if (said.Length == 0 || said.StartsWith('#') || said.StartsWith('%') || said.StartsWith("//", StringComparison.Ordinal)) continue;
            var wasFirst = isFirst;
            isFirst = false;
            if (Cells(said, kind.Columns.Count) is not { } cells)
            {
                table.Say(at + 1, $"has {said.Split([',', ';', '\t', ' '], StringSplitOptions.RemoveEmptyEntries).Length} cells; {kind.Columns.Count} are needed: {string.Join(", ", kind.Columns.Select(column => column.Name))}.");
                continue;
            }
            if (wasFirst && cells.All(cell => Number(cell) is null))
            {
                if (table.Order(cells, at + 1) is { } named) order = named;
                continue;
            }
            table.Add(cells, order, at + 1);
        }
        return table;
    }

    /// <summary>Where each column stands, by the names above.</summary>
    int[]? Order(string[] names, int line)
    {
        var order = Kind.Columns.Select(column => Array.FindIndex(names, name => name.Trim('"').Equals(column.Name, StringComparison.OrdinalIgnoreCase))).ToArray();
        if (order.All(at => at >= 0)) return order;
        var missing = Kind.Columns.Where((_, i) => order[i] < 0).Select(column => column.Name);
        Say(line, $"names no column {string.Join(" and no column ", missing)}. Leave the names out or write {string.Join(", ", Kind.Columns.Select(column => column.Name))}.");
        return null;
    }

    void Add(string[] cells, int[] order, int line)
    {
        var row = new double[Kind.Columns.Count];
        var wrong = new List<string>();
        foreach (var (i, column) in Kind.Columns.Index())
        {
            var cell = cells[order[i]];
            if (Number(cell) is { } value && column.Takes(value)) row[i] = value;
            else wrong.Add($"{(cell.Length == 0 ? "nothing" : $"\"{(cell.Length <= 30 ? cell : cell[..30] + "…")}\"")} as {column.Name}, where {column.Expected} belongs");
        }
        if (wrong.Count == 0) _rows.Add(row);
        else Say(line, $"has {string.Join("; ", wrong)}.");
    }

    void Say(int line, string what)
    {
        Wrong++;
        if (_troubles.Count < MostTold) _troubles.Add((line, what));
    }

    static string[]? Cells(string line, int count)
    {
        foreach (var separator in (char[])['\t', ';', ','])
            if (line.Split(separator, StringSplitOptions.TrimEntries) is var cells && (cells.Length == count || cells.Length == count + 1 && cells[^1].Length == 0))
                return cells[..count];
        return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is var words && words.Length == count ? words : null;
    }

    static double? Number(string cell) =>
        double.TryParse(cell.Replace('\u2212', '-').Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    /// <summary>The same table as the portal keeps it: names, then a line for each row.</summary>
    public string Csv()
    {
        var text = new StringBuilder();
        text.AppendJoin(',', Kind.Columns.Select(column => column.Name)).Append('\n');
        foreach (var row in _rows) text.AppendJoin(',', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }
}
