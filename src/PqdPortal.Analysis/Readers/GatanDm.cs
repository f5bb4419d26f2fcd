using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Gatan DM3 and DM4: images and spectra of DigitalMicrograph.</summary>
/// <remarks>
/// After public descriptions; see docs/formats/images.md. Tried with three DM3 and three DM4 files of cameras, scans and an
/// energy filter. The thumbnail that DigitalMicrograph writes as the first image is left out.
/// </remarks>
static class GatanDm
{
    const string Images = "ImageList";
    const int Rgb = 23, PackedComplex8 = 27, PackedComplex16 = 28;

    public static bool Recognise(ReadOnlySpan<byte> start)
    {
        if (start.Length < 28) return false;
        var version = BinaryPrimitives.ReadInt32BigEndian(start);
        if (version is not (3 or 4)) return false;
        var wide = version == 4;
        // Small images of other formats begin with the same numbers; the kind of the first tag tells.
        return BinaryPrimitives.ReadInt32BigEndian(start[(wide ? 12 : 8)..]) is 0 or 1 && start[wide ? 26 : 18] is 20 or 21;
    }

    /// <exception cref="MeasurementFormatException">The tags end before any image, or no image can be read.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var head = source.Start(24);
        var wide = head[3] == 4;
        var name = wide ? "Gatan DM4" : "Gatan DM3";
        var little = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(wide ? 12 : 8)) == 1;
        var tags = GatanTags.Read(source, wide, little, wide ? 16 : 12, findings);
        if (tags.Broken is { } broken)
            findings.Add(Severity.Warning, "TAGS_CUT", $"The list of tags cannot be read to its end: {broken.Why}. What stands before it was read.", broken.Offset);

        var parts = new List<Part>();
        foreach (var key in tags.Group(Images)?.Select(entry => entry.Key) ?? [])
            if (PartOf(tags, key) is { } part) parts.Add(part);
        LeaveOutThumbnails(tags, parts);

        var found = new List<(Part Part, ImageData Image)>();
        string? refusal = null;
        foreach (var part in parts)
            if (!Read(source, tags, part, found, findings, out var why))
            {
                refusal ??= why;
                findings.Add(Severity.Warning, "IMAGE_LEFT_OUT", $"{why} It was left out.", part.Data.Offset);
            }
        if (found.Count == 0)
            throw new MeasurementFormatException(
                refusal ?? (tags.Broken is { } cut
                    ? $"Truncated or damaged {name} file: {cut.Why}. No image stands before. Copy the file again from the instrument."
                    : $"This {name} file holds no image beside its thumbnail. Save it again in DigitalMicrograph with the image in it."),
                parts.Count > 0 ? parts[0].Data.Offset : tags.Broken?.Offset ?? tags.End) { Format = name, Header = tags.Header };

        var measuredAt = found.Select(f => MeasuredAt(tags, f.Part)).FirstOrDefault(at => at is not null);
        ImageData[] images = [.. found.Select(f => f.Image)];
        if (!OneRow.Holds(images))
            return new ImageSet { Format = name, Header = tags.Header, MeasuredAt = measuredAt, Images = images, Findings = findings.ToList() };

        var first = found[0].Part;
        foreach (var part in found.Select(f => f.Part).Distinct().Where(part => !part.HasUsableAxis))
            findings.Add(Severity.Warning, "SCALE_UNUSABLE", $"The axis of image {part.Key} has no usable scale; its pixels are counted from 0 on instead.", part.Data.Offset);
        var spectra = OneRow.Spectra(images, image => found.First(f => f.Image == image).Part.Along().X(image.Columns), source.Length, findings);
        return new SpectrumSet
        {
            Format = name,
            Header = tags.Header,
            MeasuredAt = measuredAt,
            Axis = first.Along().Axis,
            Spectra = spectra,
            YUnit = first.YUnit,
            Findings = findings.ToList(),
        };
    }

    /// <summary>One entry of the image list.</summary>
    /// <param name="Key">Its number in the list.</param>
    /// <param name="Type">Code of the pixels' type.</param>
    /// <param name="Sizes">Fastest first.</param>
    /// <param name="Tags">Its ImageData group.</param>
    sealed record Part(string Key, string? Name, int Type, long[] Sizes, GatanTags.Values Data, JsonObject Tags)
    {
        /// <summary>Place on the axis = (index - origin) x scale; NaN where the file holds no number.</summary>
        public (double Origin, double Scale, string Unit) Calibration(int dimension)
        {
            if ((Tags["Calibrations"] as JsonObject)?["Dimension"] is not JsonObject dimensions || dimensions[dimension.ToString(CultureInfo.InvariantCulture)] is not JsonObject of) return (0, 1, "");
            return (of.ContainsKey("Origin") ? Real(of["Origin"]) ?? double.NaN : 0, of.ContainsKey("Scale") ? Real(of["Scale"]) ?? double.NaN : 1, TextOf(of["Units"]));
        }

        /// <summary>The axis along a row, and the places on it; pixels where the file gives no usable one.</summary>
        public (SpectrumAxis Axis, Func<int, double[]> X) Along()
        {
            var (origin, scale, unit) = Calibration(0);
            if (!HasUsableAxis) return (SpectrumAxis.Pixel, count => OneRow.Places(count, 0, 1));
            SpectrumAxis axis = unit switch
            {
                "eV" or "keV" or "meV" => new("energy", unit),
                "s" or "ms" or "µs" or "ns" => new("time", unit),
                "" when scale == 1 => SpectrumAxis.Pixel,
                _ => new("x", unit),
            };
            return (axis, count => OneRow.Places(count, origin, scale));
        }

        public bool HasUsableAxis => Calibration(0) is var (origin, scale, _) && double.IsFinite(origin) && double.IsFinite(scale) && scale != 0;

        /// <summary>Only where the raw numbers are in it: DigitalMicrograph shows (raw - origin) x scale.</summary>
        public string? YUnit => Tags["Calibrations"] is JsonObject all && all["Brightness"] is JsonObject y && Real(y["Origin"]) is 0 && Real(y["Scale"]) is 1 && TextOf(y["Units"]) is { Length: > 0 } unit ? unit : null;
    }

    static Part? PartOf(GatanTags tags, string key)
    {
        if (tags.Group($"{Images}/{key}/ImageData") is not { } of || tags.ArrayAt($"{Images}/{key}/ImageData/Data") is not { } data) return null;
        if (Real(of["DataType"]) is not { } type || of["Dimensions"] is not JsonObject dimensions) return null;
        long[] sizes = [.. dimensions.Select(size => (long)(Real(size.Value) ?? 0))];
        return new(key, tags.Group($"{Images}/{key}") is { } image && TextOf(image["Name"]) is { Length: > 0 } name ? name : null, (int)type, sizes, data, of);
    }

    /// <summary>The file says which images are thumbnails; where it does not, a first image in colours before others is one.</summary>
    static void LeaveOutThumbnails(GatanTags tags, List<Part> parts)
    {
        var named = tags.Group("Thumbnails")?.Select(entry => Real((entry.Value as JsonObject)?["ImageIndex"])).OfType<double>().ToHashSet() ?? [];
        if (parts.Count < 2) return;
        if (named.Count == 0 && parts[0].Type == Rgb)
            parts.RemoveAt(0);
        else
            parts.RemoveAll(part => part.Type == Rgb && double.TryParse(part.Key, out var index) && named.Contains(index));
    }

    static bool Read(ByteSource source, GatanTags tags, Part part, List<(Part, ImageData)> found, FindingList findings, out string why)
    {
        var title = $"Image {part.Key}{(part.Name is { } name ? $" ({name})" : "")}";
        (RawType Type, int Components)? values = part.Type switch
        {
            1 => (RawType.I2, 1),
            2 => (RawType.F4, 1),
            3 => (RawType.F4, 2),
            6 or 14 => (RawType.U1, 1),
            7 => (RawType.I4, 1),
            9 => (RawType.I1, 1),
            10 => (RawType.U2, 1),
            11 => (RawType.U4, 1),
            12 => (RawType.F8, 1),
            13 => (RawType.F8, 2),
            Rgb => (RawType.U1, 4),
            39 => (RawType.I8, 1),
            40 => (RawType.U8, 1),
            _ => null,
        };
        if (values is not { } pixel)
        {
            why = part.Type is PackedComplex8 or PackedComplex16
                ? $"{title} is a Fourier transform in packed complex numbers (type {part.Type}): {string.Join(" x ", part.Sizes)} values are declared and {part.Data.Count:N0} numbers stored, so that they are no pixels. Save its modulus or the original image in DigitalMicrograph."
                : $"{title} has pixels of the unknown type {part.Type}. Save it in DigitalMicrograph as integers or real numbers.";
            return false;
        }
        long columns = part.Sizes.ElementAtOrDefault(0), rows = part.Sizes.Length > 1 ? part.Sizes[1] : 1;
        var pixelBytes = RawValues.SizeOf(pixel.Type) * pixel.Components;
        if (PixelBounds.Refusal(rows, columns, pixelBytes, source.Length, PixelBounds.RatioRaw) is { } refusal)
        {
            why = $"{title}: {refusal}. Copy the file again from the instrument.";
            return false;
        }
        var stored = Math.Min(part.Data.Count * part.Data.ElementBytes, source.Length - part.Data.Offset);
        var frameBytes = rows * columns * pixelBytes;
        var frames = part.Sizes.Skip(2).Aggregate(1L, (all, size) => size > 0 && all <= int.MaxValue / size ? all * size : -1);
        if (frames < 1)
        {
            why = $"{title} declares {string.Join(" x ", part.Sizes)} values, which cannot be. Copy the file again from the instrument.";
            return false;
        }
        var whole = PixelBounds.Frames(title, frames, frameBytes, stored, part.Data.Offset, findings);
        why = "";
        var size = PixelOf(part, title, findings);
        if (pixel.Components > 1)
            findings.Add(Severity.Info, "CHANNELS_APART", $"{title} has {(pixel.Components == 2 ? "complex values; real and imaginary parts are" : "colours; red, green and blue are")} shown as images of their own.", part.Data.Offset);
        // Colours are one integer of four bytes: alpha, red, green, blue from its highest byte on.
        (int, string)[] shown = pixel.Components switch
        {
            2 => [(0, "real part"), (1, "imaginary part")],
            4 => tags.BigEndian ? [(1, "red"), (2, "green"), (3, "blue")] : [(2, "red"), (1, "green"), (0, "blue")],
            _ => [(0, "")],
        };
        foreach (var (component, suffix) in shown)
            found.Add((part, new RawImage(source, pixel.Type, tags.BigEndian, frame => part.Data.Offset + frame * frameBytes)
            {
                Rows = (int)rows,
                Columns = (int)columns,
                Frames = whole,
                Name = string.Join(", ", new[] { part.Name, suffix }.Where(text => text is { Length: > 0 })) is { Length: > 0 } text ? text : null,
                ValueType = RawValues.NameOf(pixel.Type),
                Pixel = size,
                Components = pixel.Components,
                Component = component,
                End = part.Data.Offset + stored,
            }));
        return true;
    }

    static PixelSize? PixelOf(Part part, string title, FindingList findings)
    {
        if (part.Sizes.Length < 2 || part.Sizes[1] == 1) return null;
        var (x, y) = (part.Calibration(0), part.Calibration(1));
        if (LengthUnit.Metres(x.Unit) is { } columnUnit && LengthUnit.Metres(y.Unit) is { } rowUnit)
            return ImageScale.Of(y.Scale * rowUnit, x.Scale * columnUnit,
                $"Calibrations/Dimension ({(x.Unit == y.Unit ? x.Unit : $"{x.Unit} along columns, {y.Unit} along rows")})", part.Data.Offset, findings);
        if (x.Unit.Length > 0 || y.Unit.Length > 0)
            findings.Add(Severity.Info, "AXIS_NO_LENGTH",
                $"The axes of {title} are in {(x.Unit.Length > 0 ? x.Unit : "no unit")} and {(y.Unit.Length > 0 ? y.Unit : "no unit")}, which are not both lengths; the image has no pixel size.", part.Data.Offset);
        return null;
    }

    static DateTime? MeasuredAt(GatanTags tags, Part part) =>
        tags.Group($"{Images}/{part.Key}/ImageTags/DataBar") is { } bar
            ? DateText.Parse(TextOf(bar["Acquisition Date"]), TextOf(bar["Acquisition Time"])) : null;

    static double? Real(JsonNode? node) =>
        node is not JsonValue value ? null
        : value.TryGetValue<double>(out var real) ? real
        : value.TryGetValue<long>(out var whole) ? whole
        : value.TryGetValue<ulong>(out var large) ? large : null;

    static string TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text.Trim() : "";
}
