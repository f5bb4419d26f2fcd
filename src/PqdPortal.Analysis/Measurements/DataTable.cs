using System.Globalization;

namespace PqdPortal.Analysis.Measurements;

/// <summary>A table of named columns, as people and programs write results: powers and counts, groups and values.</summary>
public sealed class DataTable : Measurement
{
    public override string Kind => "table";

    public required int Rows { get; init; }

    /// <summary>In file order; their names differ.</summary>
    public required IReadOnlyList<DataColumn> Columns { get; init; }

    /// <summary>Line of the file on which each row stands, counted from 1, shape (rows).</summary>
    public required int[] Lines { get; init; }

    /// <summary>Byte of the file at which each of these lines begins, shape (rows).</summary>
    public required long[] Offsets { get; init; }

    /// <summary>Byte of the file at which the line with the names begins.</summary>
    public long NamesAt { get; init; }

    /// <summary>The column of a name such as "power_uW", however the file writes it: "Power (mW)", "power [uW]", "power".</summary>
    /// <returns>Null where there is none.</returns>
    public DataColumn? Find(string name) => Match(name)?.Column;

    /// <summary>The numbers of a column, in the unit that its name asks for.</summary>
    /// <param name="name">With its unit behind the last underscore where it has one: "power_uW". A column of another unit of
    /// the same kind is converted, one without a unit is taken to be in this one.</param>
    /// <returns>Shape (rows).</returns>
    /// <exception cref="MeasurementFormatException">There is no such column, or a cell of it holds no number.</exception>
    public double[] Numbers(string name)
    {
        if (Match(name) is not var (column, scale)) throw Missing(name);
        var values = new double[Rows];
        for (var row = 0; row < Rows; row++)
        {
            values[row] = column.Numbers is { } numbers ? numbers[row] * scale : double.NaN;
            if (!double.IsFinite(values[row]))
                throw Wrong(column, row, column.Texts?[row] is { Length: > 0 } text ? $"holds \"{(text.Length <= 40 ? text : text[..40] + "…")}\"" : "is empty", "a number");
        }

        return values;
    }

    /// <summary>The cells of a column as they stand in the file.</summary>
    /// <returns>Shape (rows).</returns>
    /// <exception cref="MeasurementFormatException">There is no such column.</exception>
    public string[] Texts(string name)
    {
        if (Match(name) is not var (column, _)) throw Missing(name);
        return column.Texts ?? [.. column.Numbers!.Select(number => double.IsNaN(number) ? "" : number.ToString("R", CultureInfo.InvariantCulture))];
    }

    /// <summary>The refusal of one cell, with its line and column.</summary>
    /// <param name="found">What is wrong, such as "is negative".</param>
    /// <param name="expected">What should stand there, such as "a number above 0".</param>
    public MeasurementFormatException Wrong(DataColumn column, int row, string found, string expected) =>
        new($"Line {Lines[row]}, column {IndexOf(column) + 1} (\"{column.Title}\") {found}; {expected} should stand there. Mend the line or take it out.", Offsets[row]) { Format = Format };

    MeasurementFormatException Missing(string name) =>
        new($"The table has no column \"{name}\". It has {string.Join(", ", Columns.Take(20).Select(column => $"\"{column.Title}\""))}. Name the column in the first line of the table.", NamesAt) { Format = Format };

    int IndexOf(DataColumn column)
    {
        for (var c = 0; c < Columns.Count; c++)
            if (ReferenceEquals(Columns[c], column))
                return c;
        return -1;
    }

    (DataColumn Column, double Scale)? Match(string name)
    {
        if (Columns.FirstOrDefault(column => column.Title.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } exact) return (exact, 1);
        var (wanted, unit) = ColumnTitle.Of(name);
        foreach (var column in Columns)
            if (column.Name == wanted && ColumnTitle.Factor(column.Unit, unit) is { } factor)
                return (column, factor);
        return null;
    }
}

/// <summary>One column of a table. It holds numbers or texts; a column of numbers with a few odd cells holds both.</summary>
/// <param name="Title">What stands above it in the file.</param>
/// <param name="Name">The title without its unit, in small letters with single blanks.</param>
/// <param name="Unit">The unit as written; "" where the title names none.</param>
public sealed record DataColumn(string Title, string Name, string Unit)
{
    /// <summary>Shape (rows), NaN for an empty cell or one that is no number; null for a column of texts.</summary>
    public double[]? Numbers { get; init; }

    /// <summary>Shape (rows), "" for an empty cell; null for a column of numbers alone.</summary>
    public string[]? Texts { get; init; }

    /// <summary>Cells that are empty or, in a column of numbers, no number.</summary>
    public int Missing { get; init; }
}
