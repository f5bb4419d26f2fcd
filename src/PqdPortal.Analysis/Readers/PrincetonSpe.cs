using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Princeton Instruments SPE: WinView and WinSpec (2.x) and LightField (3.0).</summary>
/// <remarks>
/// After the layouts that the vendor describes; see docs/formats/spe.md. Tried with a 2.x stack whose version field is 0 and
/// whose end mark is missing, and with two spectra of LightField. Where a wavelength is known, every row of every frame is a
/// spectrum; else frames of several rows are images.
/// </remarks>
static class PrincetonSpe
{
    const string Name = "Princeton Instruments SPE";
    const int HeaderBytes = 4100;
    const int MarkAt = 2996;

    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.Length >= MarkAt + 4 && start[MarkAt..].StartsWith((ReadOnlySpan<byte>)[0x67, 0x45, 0x23, 0x01]);

    /// <exception cref="MeasurementFormatException">The header is cut, its numbers are of an unknown type, or there is no frame.</exception>
    public static Measurement Open(ByteSource source)
    {
        var head = Bytes.Read(source, Name, "header", 0, HeaderBytes);
        var version = head.F4(1992);
        var header = new JsonObject
        {
            ["header_version"] = float.IsFinite(version) ? version : null,
            ["exposure_s"] = float.IsFinite(head.F4(10)) ? head.F4(10) : null,
            ["date"] = head.Text(20, 10),
            ["xdim"] = head.U2(42),
            ["datatype"] = head.I2(108),
            ["time"] = head.Text(172, 7),
            ["ydim"] = head.U2(656),
            ["frames"] = head.I4(1446),
            ["accumulations"] = head.I4(668),
            ["comments"] = new JsonArray([.. Enumerable.Range(0, 5).Select(i => (JsonNode)head.Text(200 + 80 * i, 80))]),
        };
        var type = head.I2(108) switch
        {
            0 => RawType.F4,
            1 => RawType.I4,
            2 => RawType.I2,
            3 => RawType.U2,
            5 => RawType.F8,
            6 => RawType.U1,
            8 => RawType.U4,
            var code => throw new MeasurementFormatException(
                $"The header says that the numbers are of type {code}; types 0 to 3, 5, 6 and 8 are read. Save the file again with a known type.", 108) { Format = Name, Header = header },
        };
        return version >= 3 && head.U8(678) is var footer and > 0
            ? OfLightField(source, head, header, type, footer)
            : OfWinView(source, head, header, type);
    }

    // 2.x

    static Measurement OfWinView(ByteSource source, Bytes head, JsonObject header, RawType type)
    {
        var findings = new FindingList();
        int columns = head.U2(42), rows = head.U2(656);
        var told = (long)head.I4(1446);
        if (columns == 0 || rows == 0)
            throw new MeasurementFormatException(
                $"The header declares frames of {columns} x {rows} points. Open the file in the vendor's program and save it again.", columns == 0 ? 42 : 656) { Format = Name, Header = header };

        var regions = Regions(head, header);
        var stride = (long)columns * rows * RawValues.SizeOf(type);
        var frames = Frames(source.Length - HeaderBytes, stride, told, 1446, HeaderBytes, header, findings);
        if (source.Length - HeaderBytes - frames * stride is > 0 and var trailing)
            findings.Add(Severity.Warning, "TRAILING_BYTES", $"{trailing:N0} bytes follow the {frames:N0} frames; they were not read.", HeaderBytes + frames * stride);

        var (axis, x) = CalibrationOf(head, header, columns, regions, findings);
        var date = SpectrumRules.Date($"{head.Text(20, 10)} {head.Text(172, 7)}", "dMMMyyyy HHmmss", "dMMMyyyy");
        return Set(new Grid(source, HeaderBytes, stride, type, frames, [new(0, rows, columns, axis, x)]), header, findings, date, 3000);
    }

    /// <summary>The regions of the detector that were read out; the first decides the wavelength.</summary>
    static List<(int Start, int Group)> Regions(Bytes head, JsonObject header)
    {
        var regions = new List<(int, int)>();
        var listed = new JsonArray();
        for (var i = 0; i < Math.Clamp(head.I2(1510), (short)0, (short)10); i++)
        {
            var at = 1512 + 12 * i;
            int Field(int k) => head.U2(at + 2 * k);
            listed.Add(new JsonObject { ["startx"] = Field(0), ["endx"] = Field(1), ["groupx"] = Field(2), ["starty"] = Field(3), ["endy"] = Field(4), ["groupy"] = Field(5) });
            if (Field(0) > 0 && Field(2) > 0) regions.Add((Field(0), Field(2)));
        }
        header["regions"] = listed;
        return regions;
    }

    static (SpectrumAxis, double[]) CalibrationOf(Bytes head, JsonObject header, int columns, List<(int Start, int Group)> regions, FindingList findings)
    {
        int order = head.U1(3101);
        var coefficients = Enumerable.Range(0, 6).Select(k => head.F8(3263 + 8 * k)).ToArray();
        var valid = head.U1(3098) == 1;
        header["x_calibration"] = new JsonObject
        {
            ["valid"] = valid,
            ["order"] = order,
            ["coefficients"] = new JsonArray([.. coefficients.Select(c => (JsonNode?)(double.IsFinite(c) ? c : null))]),
            ["laser_nm"] = double.IsFinite(head.F8(3311)) ? head.F8(3311) : null,
        };
        if (!valid || order is < 1 or > 5) return (SpectrumAxis.Pixel, SpectrumRules.Pixels(columns));
        if (!coefficients.AsSpan(0, order + 1).ToArray().All(double.IsFinite) || coefficients.AsSpan(1, order).IndexOfAnyExcept(0.0) < 0)
        {
            findings.Add(Severity.Warning, "AXIS_UNKNOWN", "The wavelength calibration is marked as valid and its coefficients cannot be used; the points are numbered by pixel.", 3263);
            return (SpectrumAxis.Pixel, SpectrumRules.Pixels(columns));
        }
        // A calibration speaks of the pixels of the detector, counted from 1; a binned point stands in the middle of its pixels.
        var (start, group) = regions.Count > 0 ? regions[0] : (1, 1);
        var x = new double[columns];
        for (var i = 0; i < columns; i++)
            x[i] = SpectrumRules.Polynomial(coefficients.AsSpan(0, order + 1), start + i * (double)group + (group - 1) / 2.0);
        return (SpectrumAxis.Wavelength, x);
    }

    // 3.0

    static Measurement OfLightField(ByteSource source, Bytes head, JsonObject header, RawType type, ulong footer)
    {
        var findings = new FindingList();
        if (footer < HeaderBytes || footer >= (ulong)source.Length)
            throw new MeasurementFormatException(
                $"Truncated file: its description should begin at byte {footer:N0}, and the file ends at byte {source.Length:N0}. A file of LightField cannot be read without it; copy it again from the instrument.", 678) { Format = Name, Header = header };
        var at = (long)footer;
        const long longest = 32L << 20;
        if (source.Length - at > longest)
            throw new MeasurementFormatException($"The description of the file has {source.Length - at:N0} bytes; up to {longest:N0} are read.", at) { Format = Name, Header = header };
        var text = HeaderText.Narrow(Bytes.Read(source, Name, "description", at, source.Length - at).Span(at, (int)(source.Length - at))).TrimStart('\uFEFF');
        header["xml"] = text;
        var root = SafeXml.Parse(text, Name, at).Root!;
        XElement? Child(XElement? of, string name) => of?.Elements().FirstOrDefault(e => e.Name.LocalName == name);

        var frame = Child(Child(root, "DataFormat"), "DataBlock");
        if (frame is null || Whole(frame, "stride") is not { } stride || stride <= 0)
            throw new MeasurementFormatException("The description of the file (DataFormat) does not say how the frames are laid out. Export it again with LightField.", at) { Format = Name, Header = header };
        type = frame.Attribute("pixelFormat")?.Value switch
        {
            "MonochromeUnsigned16" => RawType.U2,
            "MonochromeUnsigned32" => RawType.U4,
            "MonochromeFloating32" => RawType.F4,
            null => type,
            var other => throw new MeasurementFormatException(
                $"The numbers are of the format {other}; MonochromeUnsigned16, MonochromeUnsigned32 and MonochromeFloating32 are read.", at) { Format = Name, Header = header },
        };

        var calibrations = Child(root, "Calibrations");
        var wavelengths = Wavelengths(Child(calibrations, "WavelengthMapping"), at, header);
        var blocks = new List<Region>();
        var within = 0L;
        foreach (var region in frame.Elements().Where(e => e.Name.LocalName == "DataBlock" && e.Attribute("type")?.Value == "Region"))
        {
            long width = Whole(region, "width") ?? 0, height = Whole(region, "height") ?? 0;
            if (width <= 0 || height <= 0 || width * height > (stride - within) / RawValues.SizeOf(type))
                throw new MeasurementFormatException(
                    $"The description of the file declares a region of {width} x {height} points, which does not fit into a frame of {stride:N0} bytes. Copy the file again from the instrument.", at) { Format = Name, Header = header };
            var (axis, x) = AxisOf(region, calibrations, wavelengths, (int)width, findings, at);
            blocks.Add(new(within, (int)height, (int)width, axis, x));
            within += Math.Max(width * height * RawValues.SizeOf(type), Whole(region, "stride") ?? 0);
        }
        if (blocks.Count == 0)
            throw new MeasurementFormatException("The description of the file (DataFormat) names no region. Export it again with LightField.", at) { Format = Name, Header = header };

        var frames = Frames(at - HeaderBytes, stride, Whole(frame, "count"), at, HeaderBytes, header, findings);
        var created = root.Descendants().FirstOrDefault(e => e.Name.LocalName == "FileInformation")?.Attribute("created")?.Value;
        DateTime? date = DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, DateTimeStyles.None, out var when) ? when.DateTime : null;
        return Set(new Grid(source, HeaderBytes, stride, type, frames, blocks), header, findings, date, at);
    }

    static long? Whole(XElement element, string attribute) =>
        long.TryParse(element.Attribute(attribute)?.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= int.MaxValue ? value : null;

    static double[] Wavelengths(XElement? mapping, long at, JsonObject header)
    {
        var list = mapping?.Elements().FirstOrDefault(e => e.Name.LocalName is "Wavelength" or "WavelengthError");
        if (list is null) return [];
        // WavelengthError holds pairs "wavelength,error" parted by blanks.
        var pairs = list.Name.LocalName == "WavelengthError";
        var cells = pairs ? [.. list.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split(',')[0])] : list.Value.Split(',');
        var values = new double[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            if (!double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                throw new MeasurementFormatException($"Wavelength {i} of the calibration is no number. Export the file again with LightField.", at) { Format = Name, Header = header };
        return values;
    }

    /// <summary>The wavelengths of a region: the list covers the sensor, so that of its own columns is cut out.</summary>
    static (SpectrumAxis, double[]) AxisOf(XElement region, XElement? calibrations, double[] wavelengths, int width, FindingList findings, long at)
    {
        if (wavelengths.Length == 0) return (SpectrumAxis.Pixel, SpectrumRules.Pixels(width));
        var named = region.Attribute("calibrations")?.Value.Split(',') ?? [];
        var mapping = calibrations?.Elements().FirstOrDefault(e => e.Name.LocalName == "SensorMapping" && named.Contains(e.Attribute("id")?.Value))
            ?? calibrations?.Elements().FirstOrDefault(e => e.Name.LocalName == "SensorMapping");
        if (wavelengths.Length == width) return (SpectrumAxis.Wavelength, wavelengths);

        var first = mapping is null ? 0 : Whole(mapping, "x") ?? 0;
        var binning = mapping is null ? 1 : Math.Max(1, Whole(mapping, "xBinning") ?? 1);
        if (first + width * binning > wavelengths.Length)
        {
            findings.Add(Severity.Warning, "AXIS_UNKNOWN",
                $"The calibration lists {wavelengths.Length:N0} wavelengths, and the region begins at column {first:N0} and has {width:N0} points of {binning} columns; its points are numbered by pixel.", at);
            return (SpectrumAxis.Pixel, SpectrumRules.Pixels(width));
        }
        var x = new double[width];
        for (var i = 0; i < width; i++)
            x[i] = wavelengths.AsSpan((int)(first + i * binning), (int)binning).ToArray().Average();
        findings.Add(Severity.Info, "AXIS_CUT",
            $"The calibration lists {wavelengths.Length:N0} wavelengths for the sensor; those of columns {first:N0} to {first + width * binning - 1:N0} belong to the region of {width:N0} points.", at);
        return (SpectrumAxis.Wavelength, x);
    }

    // Both

    /// <summary>Part of a frame.</summary>
    /// <param name="Within">Where it begins in its frame [bytes].</param>
    sealed record Region(long Within, int Rows, int Columns, SpectrumAxis Axis, double[] X);

    sealed record Grid(ByteSource Source, long DataAt, long Stride, RawType Type, int Frames, IReadOnlyList<Region> Regions);

    static int Frames(long bytes, long stride, long? told, long toldAt, long dataAt, JsonObject header, FindingList findings)
    {
        var available = Math.Max(0, bytes) / stride;
        if (available == 0)
            throw new MeasurementFormatException(
                $"Truncated file: one frame takes {stride:N0} bytes, {Math.Max(0, bytes):N0} are there. Copy the file again from the instrument.", dataAt) { Format = Name, Header = header };
        var frames = told is > 0 ? Math.Min(told.Value, available) : available;
        if (told is null or <= 0)
            findings.Add(Severity.Warning, "FRAMES_MISSING", $"The header does not say how many frames there are; the {available:N0} that are there were read.", toldAt);
        else if (told > available)
            findings.Add(Severity.Warning, "FRAMES_MISSING", $"The header declares {told:N0} frames, {available:N0} are there and were read.", toldAt);
        return (int)Math.Min(frames, int.MaxValue);
    }

    static Measurement Set(Grid grid, JsonObject header, FindingList findings, DateTime? date, long axisAt)
    {
        var points = grid.Regions.Sum(r => (long)r.Rows * r.Columns) * grid.Frames;
        // One set has one axis, and a picture of several rows without wavelengths is no series of spectra.
        var one = grid.Regions.All(r => r.Axis == grid.Regions[0].Axis);
        var spectral = one && (grid.Regions[0].Axis == SpectrumAxis.Wavelength || grid.Regions.All(r => r.Rows == 1));
        if (!spectral || points > SpectrumRules.MostPoints)
        {
            if (spectral)
                findings.Add(Severity.Info, "SHOWN_AS_IMAGE", $"The {points:N0} points are more than the {SpectrumRules.MostPoints:N0} that are held as spectra; they are shown as images.", axisAt);
            return new ImageSet
            {
                Format = Name,
                Header = header,
                MeasuredAt = date,
                Findings = findings.ToList(),
                Images =
                [
                    .. grid.Regions.Select(r => new RawImage(grid.Source, grid.Type, bigEndian: false, frame => grid.DataAt + r.Within + frame * grid.Stride)
                    {
                        Rows = r.Rows, Columns = r.Columns, Frames = grid.Frames, ValueType = RawValues.NameOf(grid.Type),
                    }),
                ],
            };
        }

        foreach (var region in grid.Regions) SpectrumRules.Check(Name, region.Axis, region.X, axisAt, header, findings);
        var spectra = new List<Spectrum>();
        var size = RawValues.SizeOf(grid.Type);
        for (var frame = 0; frame < grid.Frames; frame++)
            foreach (var region in grid.Regions)
                for (var row = 0; row < region.Rows; row++)
                {
                    var at = grid.DataAt + frame * grid.Stride + region.Within + (long)row * region.Columns * size;
                    var y = new double[region.Columns];
                    RawValues.Read(Bytes.Read(grid.Source, Name, "frame", at, (long)region.Columns * size).Span(at, region.Columns * size), grid.Type, false, y);
                    spectra.Add(new(region.X, y));
                }
        return new SpectrumSet
        {
            Format = Name,
            Header = header,
            MeasuredAt = date,
            Findings = findings.ToList(),
            Axis = grid.Regions[0].Axis,
            YUnit = "counts",
            Spectra = spectra,
        };
    }
}
