using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Hamamatsu IMG of a streak camera: a comment of settings, pixels, and tables of the two axes.</summary>
/// <remarks>
/// See docs/formats/hamamatsu-img.md. A row is a spectrum at a time after the trigger; the steps of time differ from row to
/// row and the wavelengths may fall, so both come from the tables. Tried with a photon-counting image of HPD-TA 9.2. Without
/// wavelengths it stays an image.
/// </remarks>
static partial class HamamatsuStreak
{
    const string Name = "Hamamatsu streak IMG";
    const int HeaderBytes = 64;

    /// <summary>"IM" alone is little: the type and the beginning of the comment must fit too.</summary>
    public static bool Recognise(ReadOnlySpan<byte> s) =>
        s.Length >= HeaderBytes && s.StartsWith("IM"u8) && s[13] == 0 && s[12] is 0 or 1 or 2 or 3 && s[HeaderBytes..].StartsWith("["u8);

    /// <exception cref="MeasurementFormatException">The header is cut, its numbers are of a kind that is not read, or the pixels are not all there.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var head = Bytes.Read(source, Name, "header", 0, HeaderBytes);
        int commentLength = head.U2(2), columns = head.U2(4), rows = head.U2(6), kind = head.U2(12);
        var header = new JsonObject
        {
            ["comment_length"] = commentLength, ["width"] = columns, ["height"] = rows, ["x_offset"] = head.U2(8), ["y_offset"] = head.U2(10), ["file_type"] = kind,
        };
        var comment = HeaderText.Narrow(Bytes.Read(source, Name, "comment", HeaderBytes, commentLength).Span(HeaderBytes, commentLength));
        var settings = Settings(comment);
        header["settings"] = settings;
        var type = kind switch
        {
            0 => RawType.U1,
            2 => RawType.U2,
            3 => RawType.U4,
            _ => throw new MeasurementFormatException($"The pixels are of the packed type {kind}; 8, 16 and 32 bits (types 0, 2 and 3) are read. Save the image again without compression.", 12) { Format = Name, Header = header },
        };
        long dataAt = HeaderBytes + commentLength, size = (long)columns * rows * RawValues.SizeOf(type);
        if (columns == 0 || rows == 0 || size > source.Length - dataAt)
            throw new MeasurementFormatException(
                $"Truncated file: an image of {columns} x {rows} points takes {size:N0} bytes, {source.Length - dataAt:N0} are there. Copy it again from the instrument.", dataAt) { Format = Name, Header = header };

        var x = Scale(source, settings, "X", columns, findings);
        var y = Scale(source, settings, "Y", rows, findings);
        var date = DateOf(settings["Application"]);
        var horizontal = SpectrumRules.AxisOf(x.Unit);
        if (horizontal is not { Name: "wavelength" or "energy" or "wavenumber" } || (long)columns * rows > SpectrumRules.MostPoints)
            return new ImageSet
            {
                Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
                Images = [new RawImage(source, type, bigEndian: false, _ => dataAt) { Rows = rows, Columns = columns, ValueType = RawValues.NameOf(type) }],
            };

        SpectrumRules.Check(Name, horizontal, x.Values, HeaderBytes, header, findings);
        var spectra = new List<Spectrum>();
        for (var row = 0; row < rows; row++)
        {
            var bytes = columns * RawValues.SizeOf(type);
            var at = dataAt + (long)row * bytes;
            var counts = new double[columns];
            RawValues.Read(Bytes.Read(source, Name, "row", at, bytes).Span(at, bytes), type, false, counts);
            spectra.Add(new(x.Values, counts) { At = y.Values[row] });
        }
        return new SpectrumSet
        {
            Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
            Axis = horizontal, Along = SpectrumRules.AxisOf(y.Unit) ?? new("y", y.Unit), YUnit = "counts", Spectra = spectra,
        };
    }

    /// <summary>An axis: a table of floats in the file ("#byte,count"), or even steps; pixels where neither is there.</summary>
    static (string Unit, double[] Values) Scale(ByteSource source, JsonObject settings, string axis, int points, FindingList findings)
    {
        var scaling = settings["Scaling"] as JsonObject;
        string Field(string name) => scaling?[$"Scaling{axis}{name}"]?.GetValue<string>() ?? "";
        var unit = Field("Unit");
        var table = Field("ScalingFile");
        if (table.StartsWith('#') && table[1..].Split(',') is [var place, var length]
            && long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            if (count == points && at <= source.Length - 4L * count)
            {
                var values = new double[count];
                RawValues.Read(Bytes.Read(source, Name, "table of an axis", at, 4L * count).Span(at, 4 * count), RawType.F4, false, values);
                // Along the horizontal axis the rules for spectra judge; along the vertical one nothing else looks.
                if (axis == "X" || values.All(double.IsFinite)) return (unit, values);
                findings.Add(Severity.Warning, "AXIS_UNKNOWN",
                    $"The table of the vertical axis at byte {at:N0} holds {values.Count(value => !double.IsFinite(value)):N0} values that are no numbers. Pixels stand for them.", at);
                return ("px", SpectrumRules.Pixels(points));
            }
            findings.Add(Severity.Warning, "AXIS_UNKNOWN",
                $"The table of the {(axis == "X" ? "horizontal" : "vertical")} axis should have {points:N0} numbers; the comment names {count:N0} from byte {at:N0} on, in a file of {source.Length:N0} bytes. Pixels stand for them.", HeaderBytes);
            return ("px", SpectrumRules.Pixels(points));
        }
        return double.TryParse(Field("Scale"), NumberStyles.Float, CultureInfo.InvariantCulture, out var step) && step > 0 && double.IsFinite(step * points) && unit is not ("" or "No unit") && Field("Type") == "1"
            ? (unit, [.. Enumerable.Range(0, points).Select(i => i * step)])
            : ("px", SpectrumRules.Pixels(points));
    }

    /// <summary>"[Section],key=value,key="value with, comma"": one object a section.</summary>
    static JsonObject Settings(string comment)
    {
        var settings = new JsonObject();
        JsonObject? section = null;
        foreach (Match match in Item().Matches(comment))
            if (match.Groups["section"].Success)
                settings[match.Groups["section"].Value] = section = [];
            else if (section is not null)
                section[match.Groups["key"].Value.Trim()] = match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Groups["value"].Value.Trim();
        return settings;
    }

    [GeneratedRegex("""\[(?<section>[^\]\[=,"]{1,64})\]|(?<key>[^=,\[\]"\r\n]{1,128})=(?:"(?<quoted>[^"]*)"|(?<value>[^,\[\r\n]*))""")]
    private static partial Regex Item();

    static DateTime? DateOf(JsonNode? application) =>
        application is JsonObject fields && fields["Date"] is { } date
            ? SpectrumRules.Date($"{date.GetValue<string>()} {fields["Time"]?.GetValue<string>()}", "dd.MM.yyyy HH:mm:ss.FFF", "dd.MM.yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss.FFF", "yyyy/MM/dd HH:mm:ss.FFF", "dd.MM.yyyy")
            : null;
}
