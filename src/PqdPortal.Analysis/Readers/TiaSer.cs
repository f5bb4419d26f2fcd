using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>FEI TIA SER: images or spectra of a transmission electron microscope, one element after the other.</summary>
/// <remarks>
/// After public descriptions; see docs/formats/images.md. Tried with a scanned image of one element. The first row of the file
/// is the bottom one, so it is shown last. What the microscope was set to stands in the EMI file beside it, which is not read.
/// </remarks>
static class TiaSer
{
    const string Name = "FEI TIA SER";
    const int Header1 = 22, Spectra = 0x4120, Images = 0x4122;
    const int SpectrumHead = 26, ImageHead = 50;
    const int MostDimensions = 16, LongestText = 4096, TimesKept = 64, MostImages = 1000;

    /// <summary>Larger steps are no metres: a diffraction pattern counts in 1/m [m].</summary>
    const double LargestPixel = 0.01;

    static readonly byte[] Magic = [0x49, 0x49, 0x97, 0x01];

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <exception cref="MeasurementFormatException">The header is damaged, or no element can be read.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var header = new JsonObject();
        var head = Bytes.Read(source, Name, "header", 0, Header1);
        var (version, kind, tagKind) = (head.U2(4), head.U4(6), head.U4(10));
        header["version"] = $"0x{version:X4}";
        header["data_type"] = $"0x{kind:X4}";
        header["tag_type"] = $"0x{tagKind:X4}";
        var (total, valid) = (head.U4(14), head.U4(18));
        header["total_elements"] = total;
        header["valid_elements"] = valid;
        // Offsets have four bytes up to version 0x0210 and eight from 0x0220 on.
        if (version is < 0x0200 or > 0x0220)
            throw new MeasurementFormatException($"This SER file has version 0x{version:X4}; 0x0210 and 0x0220 are read. Export it from TIA as TIFF.", 4) { Format = Name, Header = header };
        if (kind is not (Spectra or Images))
            throw new MeasurementFormatException($"This SER file holds data of type 0x{kind:X4}; spectra (0x4120) and images (0x4122) are read. Export it from TIA as TIFF.", 6) { Format = Name, Header = header };
        var wide = version >= 0x0220;
        var size = wide ? 8 : 4;
        var rest = Bytes.Read(source, Name, "header", Header1, size + 4);
        var arrayAt = wide ? rest.I8(Header1) : rest.U4(Header1);
        header["offset_array"] = arrayAt;
        Dimensions(source, header, Header1 + size, rest.U4(Header1 + size), findings);

        var elements = Elements(source, header, arrayAt, size, total, valid, findings);
        Times(source, header, arrayAt + size * (long)total, size, elements.Length, tagKind == 0x4142);
        return kind == Images ? ReadImages(source, header, elements, findings) : ReadSpectra(source, header, elements, findings);
    }

    /// <summary>What counts up from element to element.</summary>
    static void Dimensions(ByteSource source, JsonObject header, long at, uint count, FindingList findings)
    {
        header["dimensions"] = count;
        if (count > MostDimensions)
            findings.Add(Severity.Warning, "DIMENSIONS_UNUSUAL", $"The header declares {count:N0} dimensions; those behind the first {MostDimensions} were not read.", at);
        at += 4;
        for (var i = 0; i < Math.Min(count, MostDimensions); i++)
        {
            if (at > source.Length - 28) return;
            var head = Bytes.Read(source, Name, "dimension", at, 28);
            header[$"dimension_{i}_size"] = head.U4(at);
            header[$"dimension_{i}_offset"] = Finite(head.F8(at + 4));
            header[$"dimension_{i}_step"] = Finite(head.F8(at + 12));
            header[$"dimension_{i}_element"] = head.U4(at + 20);
            at += 24;
            foreach (var name in new[] { "description", "unit" })
            {
                if (at > source.Length - 4) return;
                var length = Bytes.Read(source, Name, "dimension", at, 4).U4(at);
                if (length > LongestText || length > source.Length - at - 4)
                {
                    findings.Add(Severity.Warning, "DIMENSIONS_UNUSUAL", $"The {name} of dimension {i} claims {length:N0} letters; it was not read.", at);
                    return;
                }
                header[$"dimension_{i}_{name}"] = Bytes.Read(source, Name, "dimension", at + 4, length).Text(at + 4, (int)length);
                at += 4 + length;
            }
        }
    }

    /// <summary>Where the valid elements begin [byte].</summary>
    static long[] Elements(ByteSource source, JsonObject header, long arrayAt, int size, uint total, uint valid, FindingList findings)
    {
        if (arrayAt < Header1 || arrayAt > source.Length)
            throw new MeasurementFormatException(
                $"The list of elements should begin at byte {arrayAt:N0}, and the file has {source.Length:N0} bytes. Copy the file again from the instrument.", Header1) { Format = Name, Header = header };
        var room = (source.Length - arrayAt) / size;
        var count = Math.Min(valid, room);
        if (valid > total || count < valid)
            findings.Add(Severity.Warning, "RECORDS_MISSING", $"The header declares {valid:N0} valid elements of {total:N0}; the list has room for {room:N0}. {count:N0} were looked at.", 18);
        else if (valid < total)
            findings.Add(Severity.Info, "ELEMENTS_NOT_TAKEN", $"{total:N0} elements were planned, {valid:N0} are valid: the series was stopped.", 18);
        var list = Bytes.Read(source, Name, "list of elements", arrayAt, count * size);
        var elements = new long[count];
        for (var i = 0; i < elements.Length; i++) elements[i] = size == 8 ? list.I8(arrayAt + 8L * i) : list.U4(arrayAt + 4L * i);
        return elements;
    }

    /// <summary>When the first elements were taken, and where the beam stood, from the list of tags behind that of the elements.</summary>
    static void Times(ByteSource source, JsonObject header, long listAt, int size, int count, bool withPlace)
    {
        count = (int)Math.Min(Math.Min(count, TimesKept), Math.Max(0, (source.Length - listAt) / size));
        if (count <= 0) return;
        var list = Bytes.Read(source, Name, "list of tags", listAt, count * (long)size);
        var (times, places) = (new JsonArray(), new JsonArray());
        for (var i = 0; i < count; i++)
        {
            var at = size == 8 ? list.I8(listAt + 8L * i) : list.U4(listAt + 4L * i);
            var length = withPlace ? 24 : 8;
            if (at < 0 || at > source.Length - length) break;
            var tag = Bytes.Read(source, Name, "tag", at, length);
            times.Add(DateTimeOffset.FromUnixTimeSeconds(tag.U4(at + 4)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            if (withPlace) places.Add(new JsonArray(Finite(tag.F8(at + 8)), Finite(tag.F8(at + 16))));
        }
        header["times_utc"] = times;
        if (withPlace) header["places_m"] = places;
    }

    static Measurement ReadImages(ByteSource source, JsonObject header, long[] elements, FindingList findings)
    {
        // Elements of one size and type are the frames of one image.
        var groups = new List<(uint Columns, uint Rows, RawType Type, int Components, double Column, double Row, long At, List<long> Data)>();
        var left = source.Length;
        for (var i = 0; i < elements.Length; i++)
        {
            var at = elements[i];
            if (at < Header1 || at > source.Length - ImageHead)
            {
                Missing(i, at, findings);
                continue;
            }
            var of = Bytes.Read(source, Name, "element", at, ImageHead);
            var (columns, rows) = (of.U4(at + 42), of.U4(at + 46));
            if (i == 0)
            {
                header["x_origin_m"] = Finite(of.F8(at));
                header["x_step_m"] = Finite(of.F8(at + 8));
                header["x_element"] = of.I4(at + 16);
                header["y_origin_m"] = Finite(of.F8(at + 20));
                header["y_step_m"] = Finite(of.F8(at + 28));
                header["y_element"] = of.I4(at + 36);
                header["value_type"] = of.I2(at + 40);
                header["columns"] = columns;
                header["rows"] = rows;
            }
            if (Values(of.I2(at + 40), i, at + 40, findings) is not var (type, components)) continue;
            if (PixelBounds.Refusal(rows, columns, RawValues.SizeOf(type) * components, source.Length, PixelBounds.RatioRaw) is { } refusal)
            {
                findings.Add(Severity.Warning, "IMAGE_LEFT_OUT", $"Element {i:N0} was left out: {refusal}.", at + 42);
                continue;
            }
            // Elements that lie on each other would make a small file endless.
            var bytes = (long)rows * columns * RawValues.SizeOf(type) * components;
            left -= ImageHead + Math.Min(bytes, source.Length - at - ImageHead);
            if (left < 0)
            {
                findings.Add(Severity.Warning, "FRAMES_MISSING", $"The elements overlap from element {i:N0} on; it and those behind it were left out.", at);
                break;
            }
            var group = groups.FindIndex(g => (g.Columns, g.Rows, g.Type, g.Components) == (columns, rows, type, components));
            var there = source.Length - at - ImageHead;
            if (there < bytes)
            {
                findings.Add(Severity.Warning, "PIXELS_MISSING", $"Element {i:N0} declares {bytes:N0} bytes of pixels; {there:N0} are there. {(group < 0 ? "The pixels behind them are no numbers." : "It was left out.")}", at + ImageHead);
                if (group >= 0) continue;
            }
            if (group < 0 && groups.Count == MostImages)
            {
                findings.Add(Severity.Warning, "IMAGE_LEFT_OUT", $"Element {i:N0} was left out: the file holds more than {MostImages:N0} images of different size or type.", at + 42);
                continue;
            }
            if (group < 0)
            {
                groups.Add((columns, rows, type, components, of.F8(at + 8), of.F8(at + 28), at, []));
                group = groups.Count - 1;
            }
            groups[group].Data.Add(at + ImageHead);
        }
        if (groups.Count == 0) throw Nothing(header, elements.Length, findings);

        var images = new List<ImageData>();
        foreach (var group in groups)
        {
            var pixel = Math.Abs(group.Column) > LargestPixel || Math.Abs(group.Row) > LargestPixel
                ? NoLength(group.Column, group.At, findings)
                : ImageScale.Of(group.Row, group.Column, "the calibration of the element", group.At + 8, findings);
            for (var component = 0; component < group.Components; component++)
                images.Add(new RawImage(source, group.Type, bigEndian: false, frame => group.Data[frame])
                {
                    Rows = (int)group.Rows,
                    Columns = (int)group.Columns,
                    Frames = group.Data.Count,
                    Name = group.Components == 1 ? null : component == 0 ? "real part" : "imaginary part",
                    ValueType = RawValues.NameOf(group.Type),
                    Pixel = pixel,
                    BottomUp = true,
                    Components = group.Components,
                    Component = component,
                });
        }
        if (!OneRow.Holds(images)) return new ImageSet { Format = Name, Header = header, Images = images, Findings = findings.ToList() };
        var (axis, x) = OneRow.AxisOf(images);
        return new SpectrumSet { Format = Name, Header = header, Axis = axis, Spectra = OneRow.Spectra(images, x, source.Length, findings), Findings = findings.ToList() };
    }

    static SpectrumSet ReadSpectra(ByteSource source, JsonObject header, long[] elements, FindingList findings)
    {
        var spectra = new List<Spectrum>();
        var left = source.Length;
        (double Origin, double Step, int Element, int Count)? axis = null;
        double[] x = [];
        for (var i = 0; i < elements.Length; i++)
        {
            var at = elements[i];
            if (at < Header1 || at > source.Length - SpectrumHead)
            {
                Missing(i, at, findings);
                continue;
            }
            var of = Bytes.Read(source, Name, "element", at, SpectrumHead);
            var (origin, step, element, declared) = (of.F8(at), of.F8(at + 8), of.I4(at + 16), of.U4(at + 22));
            if (i == 0)
            {
                header["x_origin"] = Finite(origin);
                header["x_step"] = Finite(step);
                header["x_element"] = element;
                header["value_type"] = of.I2(at + 20);
                header["points"] = declared;
            }
            if (Values(of.I2(at + 20), i, at + 20, findings) is not var (type, components)) continue;
            if (components > 1)
            {
                findings.Add(Severity.Warning, "SPECTRUM_LEFT_OUT", $"Element {i:N0} holds complex numbers, which are no spectrum; it was left out.", at + 20);
                continue;
            }
            var room = (source.Length - at - SpectrumHead) / RawValues.SizeOf(type);
            if (declared > room)
                findings.Add(Severity.Warning, "POINTS_MISSING", $"Element {i:N0} declares {declared:N0} points; {room:N0} are there and were read.", at + 22);
            var count = (int)Math.Min(Math.Min(declared, room), Array.MaxLength / 8);
            left -= SpectrumHead + (long)count * RawValues.SizeOf(type);
            if (left < 0)
            {
                findings.Add(Severity.Warning, "SPECTRUM_LEFT_OUT", $"The elements overlap from element {i:N0} on; it and those behind it were left out.", at);
                break;
            }
            if (count == 0 || !double.IsFinite(origin) || !double.IsFinite(step) || step == 0)
            {
                findings.Add(Severity.Warning, "SPECTRUM_LEFT_OUT", $"Element {i:N0} has no points or no axis (step {step.ToString(CultureInfo.InvariantCulture)}); it was left out.", at);
                continue;
            }
            if (axis != (origin, step, element, count))
            {
                axis = (origin, step, element, count);
                x = new double[count];
                for (var k = 0; k < count; k++) x[k] = origin + (k - element) * step;
            }
            var y = new double[count];
            RawValues.Read(Bytes.Read(source, Name, "element", at + SpectrumHead, (long)count * RawValues.SizeOf(type)).Span(at + SpectrumHead, count * RawValues.SizeOf(type)), type, bigEndian: false, y);
            spectra.Add(new(x, y));
        }
        if (spectra.Count == 0) throw Nothing(header, elements.Length, findings);
        findings.Add(Severity.Info, "AXIS_ASSUMED", "A SER file does not name the unit of its spectra; TIA writes energies in eV, so that was taken.");
        return new() { Format = Name, Header = header, Axis = new("energy", "eV"), Spectra = spectra, Findings = findings.ToList() };
    }

    static (RawType Type, int Components)? Values(short code, int element, long at, FindingList findings)
    {
        (RawType, int)? values = code switch
        {
            1 => (RawType.U1, 1),
            2 => (RawType.U2, 1),
            3 => (RawType.U4, 1),
            4 => (RawType.I1, 1),
            5 => (RawType.I2, 1),
            6 => (RawType.I4, 1),
            7 => (RawType.F4, 1),
            8 => (RawType.F8, 1),
            9 => (RawType.F4, 2),
            10 => (RawType.F8, 2),
            _ => null,
        };
        if (values is null) findings.Add(Severity.Warning, "IMAGE_LEFT_OUT", $"Element {element:N0} holds values of the unknown type {code}; it was left out.", at);
        return values;
    }

    static void Missing(int element, long at, FindingList findings) =>
        findings.Add(Severity.Warning, "FRAMES_MISSING", $"Element {element:N0} should begin at byte {at:N0}, where the file holds none; it was left out.", at);

    static PixelSize? NoLength(double step, long at, FindingList findings)
    {
        findings.Add(Severity.Info, "AXIS_NO_LENGTH",
            $"The step between pixels is {step.ToString("G6", CultureInfo.InvariantCulture)}, which is no length in metres (a diffraction pattern counts in 1/m); the image has no pixel size.", at + 8);
        return null;
    }

    static MeasurementFormatException Nothing(JsonObject header, int elements, FindingList findings) =>
        new(elements == 0
            ? "This SER file holds no valid element: the series was stopped before its first one. Upload another one."
            : $"None of the {elements:N0} elements of this SER file can be read: {findings.ToList().LastOrDefault()?.Message} Copy the file again from the instrument.", 18) { Format = Name, Header = header };

    static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;
}
