using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Spectra as a table in a text, of whatever dialect: comma, semicolon, tab or blanks; decimal point or comma; with names, units and settings above or without.</summary>
/// <remarks>
/// See docs/formats/spectrum-table.md. Layouts: x and values; x and a column for each spectrum, with what counts up above the
/// columns; pairs of x and values side by side; long, with what counts up in a column of its own.
/// </remarks>
static class SpectrumTable
{
    const string Name = "spectrum as text";

    /// <summary>A longer text is a list of photons or the like [bytes].</summary>
    const long Longest = 32L << 20;

    /// <summary>A text of any encoding with a digit in it.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) =>
        (start.IndexOf((byte)0) < 0 || start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        && start.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    /// <summary>A table whose names or settings speak of a spectral axis.</summary>
    /// <returns>Null where none does.</returns>
    /// <exception cref="MeasurementFormatException">The axis is named and its points make no spectrum.</exception>
    public static Measurement? OpenNamed(ByteSource source)
    {
        if (source.Length > Longest || TextFile.IsScattered(source) || TextTable.Read(TextFile.Read(source, Name)) is not { } table) return null;
        var column = Array.FindIndex(table.Names, name => SpectralText.AxisOf(name) is not null);
        if (column < 0)
        {
            // Settings such as "x unit: nm" speak of the first column.
            var told = table.Header.Where(field => field.Key.StartsWith('x') || field.Key.StartsWith('X')).Where(field => field.Value is JsonValue)
                .Select(field => SpectralText.AxisOf(field.Value!.GetValue<string>())).FirstOrDefault(axis => axis is not null);
            return told is null || SpectralText.IsNoSpectrum(table.Names[0]) ? null : Wide(table, told, new());
        }
        var named = SpectralText.AxisOf(table.Names[column])!;
        var findings = new FindingList();
        if (column > 0 && IsIndex(table)) return column + 1 < table.Columns ? Wide(table.Without(column), named, findings) : null;
        if (column == 0)
        {
            // x, what counts up, value: x comes again and again.
            var repeats = table.Columns == 3 && table.Head is null && SpectralText.AlongOf(table.Names[1]) is not null && table.Rows.Select(row => row[0]).Distinct().Count() * 2 <= table.Rows.Count;
            return repeats ? Long(table, 0, 1, 2, named, findings) : Wide(table, named, findings);
        }
        // What counts up is the last column before the axis that does not stay the same.
        var along = Enumerable.Range(0, column).LastOrDefault(c => table.Rows.Any(row => row[c] != table.Rows[0][c]), 0);
        return column + 1 < table.Columns ? Long(table, column, along, column + 1, named, findings) : null;
    }

    /// <summary>A table without any word of its axis: the first column has to run in one direction in like steps, and its size tells what it may be.</summary>
    /// <returns>Null where it looks like something else.</returns>
    public static Measurement? OpenPlain(ByteSource source)
    {
        if (source.Length > Longest || TextFile.IsScattered(source) || TextTable.Read(TextFile.Read(source, Name)) is not { } table) return null;
        if (table.Rows.Count < 3 || SpectralText.IsNoSpectrum(table.Names[0]) || Turns(table, 0) || table.Rows.Any(row => !double.IsFinite(row[0]))) return null;
        var x = table.Rows.Select(row => row[0]).ToList();
        var (low, high) = (x.Min(), x.Max());
        var fits = new List<SpectrumAxis>();
        if (low >= 250 && high <= 1200) fits.Add(SpectrumAxis.Wavelength);
        if (low >= 1 && high <= 5) fits.Add(new("energy", "eV"));
        if (low >= 1000 && high <= 5000) fits.Add(new("energy", "meV"));
        if (low >= 8000 && high <= 40000) fits.Add(new("wavenumber", "1/cm"));

        // The points of a spectrometer stand close to evenly; times of photons do not.
        var steps = x.Zip(x.Skip(1), (a, b) => Math.Abs(b - a)).Where(step => step > 0).ToList();
        if (steps.Count == 0 || steps.Max() > 20 * steps.Min()) return null;
        // A trace or a decay begins at nought.
        if (fits.Count == 0 && x[0] == 0) return null;

        var findings = new FindingList();
        var axis = fits is [var only] ? only : new SpectrumAxis("x", "");
        if (fits is [_])
            findings.Add(Severity.Info, "AXIS_GUESSED", $"The table does not name its axis; by its size, {FoundText.Number(low)} to {FoundText.Number(high)}, it is taken as {axis.Name} in {axis.Unit}. Write the unit above the column to be sure.", table.At);
        else
            findings.Add(Severity.Warning, "AXIS_AMBIGUOUS", $"The table does not name its axis, and its size, {FoundText.Number(low)} to {FoundText.Number(high)}, fits {(fits.Count == 0 ? "none" : "more than one")} of nm, eV, meV and 1/cm. Write the unit above the column.", table.At);
        return Wide(table, axis, findings);
    }

    /// <summary>The first column is x, every further one a spectrum; or x and values alternate.</summary>
    static SpectrumSet Wide(TextTable table, SpectrumAxis axis, FindingList findings)
    {
        axis = WithUnit(axis, table, table.Rows.Select(row => row[0]), findings);
        var pairs = table.Head is null && table.Columns > 2 && table.Columns % 2 == 0
            && Enumerable.Range(0, table.Columns / 2).All(k => SpectralText.AxisOf(table.Names[2 * k]) is not null)
            && Enumerable.Range(0, table.Columns / 2).All(k => SpectralText.AxisOf(table.Names[2 * k + 1]) is null);
        var spectra = new List<Spectrum>();
        int? yColumn = null;
        Limit((long)table.Rows.Count * (table.Columns - 1), table);
        if (pairs)
            for (var c = 0; c < table.Columns; c += 2)
            {
                // Spectra of different length leave cells empty at the end.
                var rows = table.Rows.Where(row => !double.IsNaN(row[c])).ToList();
                double[] x = [.. rows.Select(row => row[c])];
                SpectrumRules.Check(Name, axis, x, table.At, table.Header, findings);
                spectra.Add(new(x, [.. rows.Select(row => row[c + 1])]) { Name = NameOf(table, c + 1) });
            }
        else
        {
            double[] x = [.. table.Rows.Select(row => row[0])];
            SpectrumRules.Check(Name, axis, x, table.At, table.Header, findings);
            // A second axis, or the error of the values, is no spectrum.
            int[] read = [.. Enumerable.Range(1, table.Columns - 1).Where(c => table.Head is not null || !SpectralText.IsAxisOrError(table.Names[c]))];
            if (read.Length == 0) read = [.. Enumerable.Range(1, table.Columns - 1)];
            if (read.Length < table.Columns - 1)
                findings.Add(Severity.Info, "COLUMNS_LEFT_OUT", $"Columns that hold another axis or an error were left out: {string.Join(", ", Enumerable.Range(1, table.Columns - 1).Except(read).Take(20).Select(c => $"\"{table.Names[c]}\""))}.", table.At);
            yColumn = read.Length == 1 ? read[0] : null;
            foreach (var c in read)
                spectra.Add(new(x, [.. table.Rows.Select(row => row[c])]) { At = table.Head?[c - 1], Name = read.Length > 1 && table.Head is null ? NameOf(table, c) : null });
        }
        var along = table.Head is null ? null
            : SpectralText.AlongOf(table.HeadUnit) ?? SpectralText.AlongOf(BehindAxis(table.Names[0])) ?? AlongIn(table.Header) ?? SpectrumRules.AxisOf(table.HeadUnit);
        return Set(table, axis, along, spectra, yColumn, findings);
    }

    /// <summary>A setting that names what counts up: "temperature: K", not "integration time: 100 ms".</summary>
    static SpectrumAxis? AlongIn(JsonObject header) =>
        (from field in header
         where field.Value is JsonValue
         let value = field.Value.ToString()
         where !value.Any(char.IsAsciiDigit)
         select SpectralText.AlongOf($"{field.Key} {value}")).LastOrDefault(found => found is not null);

    /// <summary>Of "Wavelength (nm) / Temperature (K)" or "nm\K" the part that is not the axis.</summary>
    static string BehindAxis(string corner) =>
        string.Join(' ', corner.Split(['\\', '|', '/', ';', '_', ' ', ','], StringSplitOptions.RemoveEmptyEntries).Where(part => SpectralText.AxisOf(part) is null));

    /// <summary>One column counts up, one is x, one is the value; a spectrum for each value of the first, in the order of the file.</summary>
    /// <returns>Null where most of them would have a single point: a table of results.</returns>
    static SpectrumSet? Long(TextTable table, int xColumn, int alongColumn, int yColumn, SpectrumAxis axis, FindingList findings)
    {
        var groups = table.Rows.GroupBy(row => row[alongColumn]).ToList();
        if (groups.Count * 2 > table.Rows.Count) return null;
        axis = WithUnit(axis, table, table.Rows.Select(row => row[xColumn]), findings);
        Limit(table.Rows.Count, table);
        var spectra = new List<Spectrum>();
        foreach (var group in groups)
        {
            double[] x = [.. group.Select(row => row[xColumn])];
            SpectrumRules.Check(Name, axis, x, table.At, table.Header, findings);
            // One axis for all, where it is one.
            if (spectra.Count > 0 && x.AsSpan().SequenceEqual(spectra[^1].X)) x = spectra[^1].X;
            spectra.Add(new(x, [.. group.Select(row => row[yColumn])]) { At = group.Key });
        }
        if (table.Columns > yColumn + 1)
            findings.Add(Severity.Info, "COLUMNS_LEFT_OUT", $"Column {yColumn + 1} of {table.Columns} was read as the value; those behind it were left out.", table.At);
        return Set(table, axis, SpectralText.AlongOf(table.Names[alongColumn]) ?? new(table.Names[alongColumn].ToLowerInvariant(), ""), spectra, yColumn, findings);
    }

    static SpectrumSet Set(TextTable table, SpectrumAxis axis, SpectrumAxis? along, List<Spectrum> spectra, int? yColumn, FindingList findings)
    {
        var empty = spectra.Sum(spectrum => (long)spectrum.Y.Count(double.IsNaN));
        if (empty > 0)
            findings.Add(Severity.Warning, "VALUES_MISSING", $"{empty:N0} values are empty or no number; they stayed so.", table.At);
        if (table.LinesBehind > 0)
            findings.Add(Severity.Info, "TRAILING_TEXT", $"{table.LinesBehind:N0} lines follow the table; they were not read.", table.File.OffsetOf(table.FirstBehind));
        table.Header["decimal_comma"] = table.Numbers.DecimalComma;
        table.Header["separator"] = table.Numbers.Separator switch { '\t' => "tab", ';' => "semicolon", ',' => "comma", _ => "blank" };
        table.Header["encoding"] = table.File.Encoding;
        return new()
        {
            Format = Name, Header = table.Header, Findings = findings.ToList(), Axis = axis, Along = along, Spectra = spectra,
            YUnit = yColumn is { } y ? SpectralText.UnitOf(table.Names[y]) : null,
        };
    }

    /// <summary>A name without unit: the size of the numbers tells it, or it stays unknown.</summary>
    static SpectrumAxis WithUnit(SpectrumAxis axis, TextTable table, IEnumerable<double> x, FindingList findings)
    {
        if (axis.Unit.Length > 0 || axis.Name == "x") return axis;
        double low = x.Min(), high = x.Max();
        var unit = axis.Name switch
        {
            "wavelength" when low >= 100 && high <= 30_000 => "nm",
            "wavelength" when low >= 0.1 && high <= 30 => "µm",
            "energy" when low >= 0.3 && high <= 10 => "eV",
            "energy" when low >= 300 && high <= 10_000 => "meV",
            _ => "",
        };
        findings.Add(unit.Length > 0 ? Severity.Info : Severity.Warning, unit.Length > 0 ? "AXIS_GUESSED" : "AXIS_AMBIGUOUS",
            $"The column \"{table.Names.FirstOrDefault(name => SpectralText.AxisOf(name)?.Name == axis.Name)}\" names no unit; by its size, {FoundText.Number(low)} to {FoundText.Number(high)}, {(unit.Length > 0 ? $"it is taken as {unit}" : "it cannot be told")}. Write the unit above the column.", table.At);
        return axis with { Unit = unit };
    }

    static void Limit(long points, TextTable table)
    {
        if (points > SpectrumRules.MostPoints)
            throw new MeasurementFormatException($"The table holds {points:N0} points; up to {SpectrumRules.MostPoints:N0} are read as spectra. Split it.", table.At) { Format = Name, Header = table.Header };
    }

    static string? NameOf(TextTable table, int column) => table.Names[column].Length > 0 ? table.Names[column] : null;

    /// <summary>The first column counts the rows.</summary>
    static bool IsIndex(TextTable table) =>
        table.Head is null && table.Columns > 2 && table.Rows.Count > 1 && table.Rows.Index().All(row => row.Item[0] == table.Rows[0][0] + row.Index) && table.Rows[0][0] is 0 or 1;

    static bool Turns(TextTable table, int column)
    {
        var direction = 0;
        for (var i = 1; i < table.Rows.Count; i++)
        {
            var step = table.Rows[i][column].CompareTo(table.Rows[i - 1][column]);
            if (step == 0) continue;
            if (direction != 0 && step != direction) return true;
            direction = step;
        }
        return false;
    }
}
