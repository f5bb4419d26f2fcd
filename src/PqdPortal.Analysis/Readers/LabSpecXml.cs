using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Horiba LabSpec XML (LSX_Data): axes and settings in a tree, values in the rows of a matrix.</summary>
/// <remarks>
/// See docs/formats/labspec.md. Names of things are numbers (ID); those used here were found by content. Tried with a single
/// spectrum whose wavelengths fall.
/// </remarks>
static class LabSpecXml
{
    const string Name = "Horiba LabSpec XML";
    const string Axes = "0x7B697861", Values = "0x7D6CD4DB", Type = "0x6D707974", Unit = "0x7C696E75", Label = "0x6D6D616E", Setting = "0x7D6C61DB";

    public static bool Recognise(ReadOnlySpan<byte> start) => start.IndexOf("<LSX_Data"u8) is >= 0 and < 1024;

    /// <exception cref="MeasurementFormatException">The XML is damaged, or axis and rows do not fit together.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var root = SafeXml.Parse(TextFile.Read(source, Name).Text, Name, 0).Root!;
        var header = new JsonObject();
        foreach (var item in root.Descendants("LSX"))
            if (Child(item, Label)?.Value.Trim() is { Length: > 0 } label && Child(item, Setting)?.Value.Trim() is { } value && header.Count < 10_000)
                header[label] = value;

        // The first axis is that of the values, the second that of the spectrum, further ones are places of a map.
        var axes = root.Descendants("LSX").FirstOrDefault(e => Id(e) == Axes)?.Elements("LSX").ToList() ?? [];
        var rows = root.Element("LSX_Matrix")?.Elements("LSX_Row").Select((row, i) => Numbers(row.Value, $"row {i}", header)).ToList() ?? [];
        if (axes.Count < 2 || rows.Count == 0)
            throw new MeasurementFormatException(
                $"The file holds {rows.Count:N0} rows of values and {axes.Count} axes; a spectrum needs one row and two axes. Export it again from LabSpec.", 0) { Format = Name, Header = header };

        var unit = Child(axes[1], Unit)?.Value.Trim() ?? "";
        var kind = Child(axes[1], Type)?.Value.Trim() ?? "";
        var x = Numbers(Child(axes[1], Values)?.Value ?? "", "the axis", header);
        var axis = LabSpecText.AxisOf(kind, unit);
        if (rows.Any(row => row.Length != x.Length))
            throw new MeasurementFormatException(
                $"The axis has {x.Length:N0} points, and a row has {rows.First(row => row.Length != x.Length).Length:N0}. Export the file again from LabSpec.", 0) { Format = Name, Header = header };
        SpectrumRules.Check(Name, axis, x, 0, header, findings);

        // One further axis as long as the rows are many is what the series runs along.
        double[]? places = null;
        SpectrumAxis? along = null;
        if (rows.Count > 1 && axes.Count == 3 && Numbers(Child(axes[2], Values)?.Value ?? "", "the axis of the series", header) is var found && found.Length == rows.Count)
        {
            var alongUnit = Child(axes[2], Unit)?.Value.Trim() ?? "";
            (places, along) = (found, SpectrumRules.AxisOf(alongUnit) ?? new((Child(axes[2], Type)?.Value.Trim() ?? "place").ToLowerInvariant(), alongUnit));
        }
        var yUnit = Child(axes[0], Unit)?.Value.Trim();
        return new SpectrumSet
        {
            Format = Name, Header = header, Findings = findings.ToList(), Axis = axis,
            Spectra = [.. rows.Select((row, i) => new Spectrum(x, row) { At = places?[i] })],
            Along = along,
            YUnit = string.IsNullOrEmpty(yUnit) ? null : yUnit,
            MeasuredAt = LabSpecText.DateOf(header["Acquired"]?.GetValue<string>() ?? header["Date"]?.GetValue<string>()),
        };
    }

    static string? Id(XElement element) => element.Attribute("ID")?.Value;

    static XElement? Child(XElement of, string id) => of.Elements("LSX").FirstOrDefault(e => Id(e) == id);

    static double[] Numbers(string text, string what, JsonObject header)
    {
        var cells = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var values = new double[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            if (!double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                throw new MeasurementFormatException($"Value {i:N0} of {what} is no number. Export the file again from LabSpec.", 0) { Format = Name, Header = header };
        return values;
    }
}
