using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>TriVista TVF: XML behind a byte order mark and a comment, one document or several, each with its axis and frames.</summary>
/// <remarks>See docs/formats/trivista.md. Tried with one frame of a triple spectrometer. The list of the axis begins with its own length.</remarks>
static class TriVista
{
    const string Name = "TriVista TVF";

    public static bool Recognise(ReadOnlySpan<byte> start) => start.IndexOf("<!--TriVista-File"u8) is >= 0 and < 256;

    /// <exception cref="MeasurementFormatException">The XML is damaged or holds no spectrum.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var root = SafeXml.Parse(TextFile.Read(source, Name).Text, Name, 0).Root!;
        var header = new JsonObject
        {
            ["version"] = root.Attribute("Version")?.Value,
            ["date_time"] = root.Attribute("DateTime")?.Value,
            ["file"] = root.Attribute("Filename")?.Value,
        };
        if (root.Element("Hardware") is { } hardware) header["hardware"] = hardware.ToString(SaveOptions.DisableFormatting) is { Length: < 1 << 18 } xml ? xml : null;

        var documents = root.Element("Documents")?.Descendants("Document").Where(d => d.Element("Data") is not null).ToList() ?? [];
        if (documents.Count == 0)
            throw new MeasurementFormatException("The file has no document with data (Documents/Document/Data). Save it again with the instrument's program.", 0) { Format = Name, Header = header };
        header["documents"] = new JsonArray([.. documents.Select(d => (JsonNode)new JsonObject(d.Attributes().Where(a => a.Name.LocalName != "InfoSerialized").Select(a => KeyValuePair.Create(a.Name.LocalName, (JsonNode?)a.Value))))]);
        header["info"] = documents[0].Attribute("InfoSerialized")?.Value;

        SpectrumAxis? axis = null;
        var spectra = new List<Spectrum>();
        var total = 0L;
        foreach (var (document, d) in documents.Select((document, d) => (document, d)))
        {
            var (own, x) = AxisOf(document.Element("xDim")?.Element("Calibration"), d, header);
            if (axis is not null && axis != own)
            {
                findings.Add(Severity.Warning, "SPECTRA_LEFT_OUT", $"Document {d} has another axis ({own.Name}) than the first ({axis.Name}); it was left out.", 0);
                continue;
            }
            axis = own;
            var rows = 0;
            foreach (var (frame, f) in document.Element("Data")!.Elements("Frame").Select((frame, f) => (frame, f)))
            {
                var values = Numbers(frame.Value, ';', $"frame {f} of document {d}", header);
                total += values.Length;
                if (total > SpectrumRules.MostPoints)
                    throw new MeasurementFormatException($"The file holds more than {SpectrumRules.MostPoints:N0} points; save its documents one by one.", 0) { Format = Name, Header = header };
                var width = x.Length > 0 ? x.Length : values.Length;
                if (width == 0 || values.Length % width != 0)
                    throw new MeasurementFormatException($"Frame {f} of document {d} has {values.Length:N0} values where its axis has {width:N0} points. Save the file again with the instrument's program.", 0) { Format = Name, Header = header };
                if (x.Length == 0) x = SpectrumRules.Pixels(width);
                for (var row = 0; row < values.Length / width; row++, rows++) spectra.Add(new(x, values[(row * width)..((row + 1) * width)]) { Name = documents.Count > 1 ? document.Attribute("Label")?.Value : null });
            }
            SpectrumRules.Check(Name, own, x, 0, header, findings);
        }
        if (spectra.Count == 0)
            throw new MeasurementFormatException("No document of the file holds a frame (Data/Frame). Save it again with the instrument's program.", 0) { Format = Name, Header = header };
        return new SpectrumSet
        {
            Format = Name, Header = header, Findings = findings.ToList(), Axis = axis!, Spectra = spectra,
            MeasuredAt = SpectrumRules.Date(documents[0].Attribute("RecordTime")?.Value ?? "", "MM/dd/yyyy HH:mm:ss.fff", "MM/dd/yyyy HH:mm:ss"),
            YUnit = documents[0].Attribute("DataLabel")?.Value.ToLowerInvariant(),
        };
    }

    static (SpectrumAxis, double[]) AxisOf(XElement? calibration, int document, JsonObject header)
    {
        if (calibration?.Attribute("Type")?.Value != "ValueArray" || calibration.Attribute("ValueArray")?.Value is not { Length: > 1 } text) return (SpectrumAxis.Pixel, []);
        var numbers = Numbers(text, '|', $"the axis of document {document}", header);
        if (numbers.Length < 1 || numbers[0] != numbers.Length - 1)
            throw new MeasurementFormatException(
                $"The axis of document {document} says that it has {(numbers.Length > 0 ? numbers[0].ToString("G9", CultureInfo.InvariantCulture) : "no")} values, {Math.Max(0, numbers.Length - 1):N0} follow. Save the file again with the instrument's program.", 0) { Format = Name, Header = header };
        var unit = calibration.Attribute("Unit")?.Value ?? "";
        return (SpectrumRules.AxisOf(unit) ?? new("x", unit), numbers[1..]);
    }

    static double[] Numbers(string text, char separator, string what, JsonObject header)
    {
        var cells = text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var values = new double[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            if (!double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                throw new MeasurementFormatException($"Value {i:N0} of {what} is no number. Save the file again with the instrument's program.", 0) { Format = Name, Header = header };
        return values;
    }
}
