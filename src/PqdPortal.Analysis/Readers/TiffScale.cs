using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Where microscopes write the length of a pixel into a TIFF file, and what else of use stands there.</summary>
/// <remarks>
/// FEI: an INI text in tag 34682 or 34680. Zeiss: a text in 34118. Gatan: 65003 to 65010. JEOL SightX and OME: XML in the
/// description. ImageJ: the unit in the description, pixels per unit in XResolution. XResolution alone is for printing and
/// never a scale. See docs/formats/images.md.
/// </remarks>
static partial class TiffScale
{
    /// <param name="tags">Of the first page of the image.</param>
    /// <param name="page">Its size.</param>
    public static PixelSize? Of(TiffDirectory tags, TiffPage page, FindingList findings)
    {
        if (Fei(tags) is { } fei) return OfFei(fei.Sections, fei.Tag, tags, page, findings);
        if (tags.Text(TiffTag.Zeiss) is { } zeiss)
        {
            if (ZeissPixel().Match(zeiss) is { Success: true } pixel && Number(pixel.Groups[1].Value) is { } size && LengthUnit.Metres(pixel.Groups[2].Value) is { } metres)
                return ImageScale.Of(size * metres, size * metres, "tag CZ_SEM, Image Pixel Size", tags.OffsetOf(TiffTag.Zeiss), findings);
        }
        else if (tags.Real(TiffTag.GatanScaleX) is { } gatanX && tags.Real(TiffTag.GatanScaleY) is { } gatanY)
        {
            string unitX = tags.Text(TiffTag.GatanUnitX) ?? "", unitY = tags.Text(TiffTag.GatanUnitY) ?? unitX;
            if (LengthUnit.Metres(unitX) is { } x && LengthUnit.Metres(unitY) is { } y)
                return ImageScale.Of(gatanY * y, gatanX * x, $"Gatan tags 65009 and 65010 ({unitX})", tags.OffsetOf(TiffTag.GatanScaleX), findings);
            if (unitX.Length > 0)
                findings.Add(Severity.Info, "AXIS_NO_LENGTH", $"The axes of the image are in {unitX} (tag 65003), which is no length; the image has no pixel size.", tags.OffsetOf(TiffTag.GatanUnitX));
        }
        else if (tags.Text(TiffTag.ImageDescription) is { Length: > 0 } description)
        {
            var text = description.TrimStart('\uFEFF', ' ', '\r', '\n', '\t');
            if (text.StartsWith("ImageJ=", StringComparison.Ordinal)) return OfImageJ(text, tags, findings);
            if (text.StartsWith('<') && (text.Contains("<TemReporter") || text.Contains("PhysicalSizeX"))) return OfXml(text, tags, page, findings);
        }
        PrinterOnly(tags, findings);
        return null;
    }

    /// <summary>Local time of the measurement; null where the file gives none.</summary>
    public static DateTime? MeasuredAt(TiffDirectory tags)
    {
        static DateTime? Both(string? text) => text?.Trim().Split(' ', 2) is [var date, var time] ? DateText.Parse(date, time) : null;
        if (Fei(tags) is { } fei)
            return Both(fei.Sections.GetValueOrDefault("PrivateFei.TimeOfCreation"))
                ?? DateText.Parse(fei.Sections.GetValueOrDefault("User.Date") ?? "", fei.Sections.GetValueOrDefault("User.Time") ?? "");
        return Both(tags.Text(TiffTag.DateTime));
    }

    /// <summary>How many frames ImageJ says follow one behind the other without pages of their own; null where it does not.</summary>
    public static long? FramesOfImageJ(TiffDirectory tags) =>
        tags.Text(TiffTag.ImageDescription) is { } text && text.StartsWith("ImageJ=", StringComparison.Ordinal)
            && long.TryParse(ImageJ(text).GetValueOrDefault("images"), NumberStyles.None, CultureInfo.InvariantCulture, out var frames) ? frames : null;

    /// <summary>The INI text of an FEI microscope, as "section.name".</summary>
    static (Dictionary<string, string> Sections, int Tag)? Fei(TiffDirectory tags)
    {
        foreach (var tag in new[] { TiffTag.FeiHelios, TiffTag.FeiSfeg })
            if (tags.Text(tag) is { } text)
            {
                var sections = new Dictionary<string, string>();
                var section = "";
                foreach (var line in text.Split('\n').Select(line => line.Trim()))
                    if (line is ['[', .. var name, ']']) section = name;
                    else if (line.IndexOf('=') is > 0 and var at) sections.TryAdd($"{section}.{line[..at]}", line[(at + 1)..]);
                return (sections, tag);
            }
        return null;
    }

    static PixelSize? OfFei(Dictionary<string, string> sections, int tag, TiffDirectory tags, TiffPage page, FindingList findings)
    {
        if (int.TryParse(sections.GetValueOrDefault("Image.ResolutionY"), NumberStyles.None, CultureInfo.InvariantCulture, out var scanned) && scanned > 0 && scanned < page.Rows)
            findings.Add(Severity.Info, "DATA_BAR", $"The scan has {scanned:N0} rows and the image {page.Rows:N0}: the last {page.Rows - scanned:N0} are a bar of text burnt into it. Leave them out of any analysis.", tags.OffsetOf(tag));
        string? width = null, height = null;
        var from = "";
        // The beam that took the image names the section of its scan.
        foreach (var section in new[] { "Scan", sections.GetValueOrDefault("Beam.Scan") ?? "" })
            if (string.IsNullOrEmpty(width) || string.IsNullOrEmpty(height))
                (width, height, from) = (sections.GetValueOrDefault($"{section}.PixelWidth"), sections.GetValueOrDefault($"{section}.PixelHeight"), section);
        if (string.IsNullOrEmpty(width) || string.IsNullOrEmpty(height)) return null;
        if (Number(width) is { } x && Number(height) is { } y) return ImageScale.Of(y, x, $"FEI tag {tag}, [{from}] PixelWidth and PixelHeight", tags.OffsetOf(tag), findings);
        findings.Add(Severity.Warning, "SCALE_UNUSABLE", $"The pixel size in FEI tag {tag} is {Shown(width)} x {Shown(height)}, which is no number; the image has no pixel size.", tags.OffsetOf(tag));
        return null;
    }

    static PixelSize? OfImageJ(string text, TiffDirectory tags, FindingList findings)
    {
        var fields = ImageJ(text);
        var unit = fields.GetValueOrDefault("unit") ?? "";
        if (LengthUnit.Metres(unit) is { } x && tags.Real(TiffTag.XResolution) is { } perX && tags.Real(TiffTag.YResolution) is { } perY)
            return ImageScale.Of((LengthUnit.Metres(fields.GetValueOrDefault("yunit") ?? "") ?? x) / perY, x / perX, $"ImageJ, pixels per {unit} in XResolution and YResolution", tags.OffsetOf(TiffTag.XResolution), findings);
        PrinterOnly(tags, findings);
        return null;
    }

    static Dictionary<string, string> ImageJ(string text)
    {
        var fields = new Dictionary<string, string>();
        foreach (var line in text.Split('\n'))
            if (line.IndexOf('=') is > 0 and var at) fields.TryAdd(line[..at].Trim(), line[(at + 1)..].Trim());
        return fields;
    }

    static PixelSize? OfXml(string text, TiffDirectory tags, TiffPage page, FindingList findings)
    {
        var offset = tags.OffsetOf(TiffTag.ImageDescription) ?? 0;
        XDocument xml;
        try
        {
            xml = SafeXml.Parse(text, Tiff.Name, offset);
        }
        catch (MeasurementFormatException trouble)
        {
            findings.Add(Severity.Warning, "DESCRIPTION_UNREADABLE", $"The description of the image is XML that cannot be read; the pixel size in it is unknown. {trouble.Message}", offset);
            return null;
        }
        if (xml.Root?.Name.LocalName != "TemReporter") return OfOme(xml, tags, findings);

        // JEOL: pixels per metre on the camera, and the magnification in front of it.
        var format = xml.Root.Element("Measurement")?.Element("MeasurementFormat");
        var (camera, microscope) = (format?.Element("DrawImageInformation"), format?.Element("InstrumentsParameter"));
        var perMetre = camera?.Element("PixelsPerMeter");
        if (Number(perMetre?.Element("Horizontal")?.Value) is not { } across || Number(perMetre?.Element("Vertical")?.Value) is not { } down
            || Number(microscope?.Element("SelectorValue")?.Value) is not { } magnification) return null;
        if (microscope!.Element("Measurement_UnitType")?.Value != "UnitType_Length")
        {
            findings.Add(Severity.Info, "AXIS_NO_LENGTH", "The microscope measured in units that are no length, as in a diffraction pattern; the image has no pixel size.", offset);
            return null;
        }
        var size = camera!.Element("ImageSize");
        if (Number(size?.Element("Width")?.Value) != page.Columns || Number(size?.Element("Height")?.Value) != page.Rows)
        {
            findings.Add(Severity.Warning, "SCALE_UNUSABLE", "The pixel size in the description belongs to an image of another size; this image has no pixel size.", offset);
            return null;
        }
        return ImageScale.Of(1 / (down * magnification), 1 / (across * magnification), "JEOL description, 1/(PixelsPerMeter x SelectorValue)", offset, findings);
    }

    static PixelSize? OfOme(XDocument xml, TiffDirectory tags, FindingList findings)
    {
        var pixels = xml.Descendants().FirstOrDefault(element => element.Name.LocalName == "Pixels");
        if (Number(pixels?.Attribute("PhysicalSizeX")?.Value) is not { } x || Number(pixels!.Attribute("PhysicalSizeY")?.Value) is not { } y) return null;
        // Micrometres where nothing else is said, by the schema.
        string unitX = pixels.Attribute("PhysicalSizeXUnit")?.Value ?? "µm", unitY = pixels.Attribute("PhysicalSizeYUnit")?.Value ?? "µm";
        return LengthUnit.Metres(unitX) is { } across && LengthUnit.Metres(unitY) is { } down
            ? ImageScale.Of(y * down, x * across, $"OME description, PhysicalSizeX and PhysicalSizeY ({unitX})", tags.OffsetOf(TiffTag.ImageDescription), findings) : null;
    }

    static void PrinterOnly(TiffDirectory tags, FindingList findings)
    {
        if (tags.Real(TiffTag.XResolution) is { } resolution && resolution > 0)
            findings.Add(Severity.Info, "PRINT_RESOLUTION", string.Create(CultureInfo.InvariantCulture,
                $"XResolution says {resolution:G6} pixels per {(tags.Int(TiffTag.ResolutionUnit) switch { 3 => "centimetre", 1 => "unit", _ => "inch" })}; that is for a screen or a printer and no scale. The image has no pixel size."), tags.OffsetOf(TiffTag.XResolution));
    }

    static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "…";

    [GeneratedRegex(@"Image Pixel Size\s*=\s*([-+0-9.eE]+)\s*([^\s\d]{1,4})")]
    private static partial Regex ZeissPixel();
}
