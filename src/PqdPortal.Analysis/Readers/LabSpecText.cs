using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Horiba LabSpec text: lines "#key=", a tab, the value; then pairs, or a row of x and rows of values behind their places.</summary>
/// <remarks>See docs/formats/labspec.md. Tried with a Raman spectrum of LabSpec 6 in Latin-1. Bare pairs without any header are read as a table.</remarks>
static class LabSpecText
{
    const string Name = "Horiba LabSpec text";

    /// <summary>The first line is one of its settings.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) start = start[3..];
        if (!start.StartsWith("#"u8)) return false;
        var end = start.IndexOfAny((byte)'\r', (byte)'\n');
        return end > 0 && start[..end].IndexOf("=\t"u8) > 0;
    }

    /// <returns>Null where no setting is one of an axis and nothing else tells LabSpec: other programs write such lines too.</returns>
    /// <exception cref="MeasurementFormatException">The values are no spectrum.</exception>
    public static Measurement? Open(ByteSource source)
    {
        var file = TextFile.Read(source, Name);
        var findings = new FindingList();
        var header = new JsonObject();
        var line = 0;
        for (; line < file.Lines.Count && (file.Lines[line].StartsWith('#') || file.Lines[line].Length == 0); line++)
        {
            var equals = file.Lines[line].IndexOf('=');
            // A setting that occurs again is a later step of the processing.
            if (equals > 1) RepeatedFields.Keep(header, file.Lines[line][1..equals], file.Lines[line][(equals + 1)..].Trim());
        }
        if (!header.Any(field => field.Key.StartsWith("AxisType", StringComparison.Ordinal)) && !header.ContainsKey("Acq. time (s)")) return null;

        var numbers = NumberLines.Of(file.Lines.Skip(line));
        var rows = new List<(int Line, double[] Values)>();
        var empty = 0;
        for (var i = line; i < file.Lines.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(file.Lines[i])) continue;
            var cells = numbers.Cells(file.Lines[i]);
            // The row of x of a map begins with as many empty cells as there are coordinates.
            var lead = cells.TakeWhile(cell => cell.Length == 0).Count();
            if (rows.Count == 0) empty = lead;
            var values = cells.Skip(lead).Select(cell => numbers.Number(cell)).ToArray();
            if (values.Any(v => v is null) || rows.Count > 0 && lead > 0)
                throw new MeasurementFormatException($"Line {i + 1} holds something else than numbers. Export the file again from LabSpec.", file.OffsetOf(i)) { Format = Name, Header = header };
            rows.Add((i, [.. values.Select(v => v!.Value)]));
        }

        var axis = AxisOf(Text(header, "AxisType[1]"), Text(header, "AxisUnit[1]"));
        var dataAt = file.OffsetOf(line);
        List<Spectrum> spectra;
        SpectrumAxis? along = null;
        if (rows.Count > 0 && empty > 0)
        {
            var x = rows[0].Values;
            SpectrumRules.Check(Name, axis, x, dataAt, header, findings);
            if (rows.Skip(1).Where(row => row.Values.Length != x.Length + empty).Select(row => (int?)row.Line).FirstOrDefault() is { } odd)
                throw new MeasurementFormatException($"Line {odd + 1} should have {empty} places and {x.Length:N0} values. Export the file again from LabSpec.", file.OffsetOf(odd)) { Format = Name, Header = header };
            spectra = [.. rows.Skip(1).Select(row => new Spectrum(x, row.Values[empty..])
            {
                At = empty == 1 ? row.Values[0] : null,
                Name = empty > 1 ? string.Join(", ", row.Values[..empty].Select(FoundText.Number)) : null,
            })];
            // The axes of the places stand behind those of value and spectrum.
            if (empty == 1) along = new(Text(header, "AxisType[2]") is { Length: > 0 } kind ? kind.ToLowerInvariant() : "place", Text(header, "AxisUnit[2]"));
        }
        else
        {
            if (rows.Where(row => row.Values.Length != 2).Select(row => (int?)row.Line).FirstOrDefault() is { } odd)
                throw new MeasurementFormatException($"Line {odd + 1} should hold one x and one value. Export the file again from LabSpec.", file.OffsetOf(odd)) { Format = Name, Header = header };
            double[] x = [.. rows.Select(row => row.Values[0])];
            SpectrumRules.Check(Name, axis, x, dataAt, header, findings);
            spectra = [new(x, [.. rows.Select(row => row.Values[1])])];
        }
        if (spectra.Count == 0)
            throw new MeasurementFormatException("The file holds an axis and no values. Export it again from LabSpec.", dataAt) { Format = Name, Header = header };
        return new SpectrumSet
        {
            Format = Name, Header = header, Findings = findings.ToList(), Axis = axis, Spectra = spectra, Along = along,
            YUnit = Text(header, "AxisUnit[0]") is { Length: > 0 } unit ? unit : null,
            MeasuredAt = DateOf(Text(header, "Acquired") is { Length: > 0 } acquired ? acquired : Text(header, "Date")),
        };
    }

    /// <summary>In LabSpec a spectral axis in 1/cm is the shift from the laser.</summary>
    public static SpectrumAxis AxisOf(string kind, string unit) =>
        SpectrumRules.AxisOf(unit) is { } axis ? axis.Name == "wavenumber" ? new("raman_shift", axis.Unit) : axis : new(kind.Length > 0 ? kind.ToLowerInvariant() : "x", unit);

    public static DateTime? DateOf(string? text) =>
        SpectrumRules.Date(text ?? "", "dd.MM.yyyy HH:mm:ss", "dd.MM.yyyy HH:mm", "dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm");

    static string Text(JsonObject header, string key) => header[key] is JsonValue value ? value.GetValue<string>() : "";
}
