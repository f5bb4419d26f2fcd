using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>MRC: images and stacks of electron microscopy.</summary>
/// <remarks>
/// After the description of 2014; see docs/formats/images.md. Tried with files of mode 6 and 12, one of them with an extended
/// header of 909,312 bytes. Files written before 2000 lack the letters MAP: those are taken where every field is plausible and
/// the file is as long as they say.
/// </remarks>
static class Mrc
{
    const string Name = "MRC";
    const int HeaderBytes = 1024, LabelBytes = 80, MostLabels = 10;

    /// <summary>What IMOD writes at byte 152; its mode 0 has a sign only where bit 0 of the next word says so.</summary>
    const uint ImodStamp = 1146047817;

    public static bool Recognise(ReadOnlySpan<byte> start) => HasMap(start) || (start.Length >= HeaderBytes && (Plausible(start, false) || Plausible(start, true)));

    /// <returns>Null where letters MAP are missing and the file is not as long as its header says.</returns>
    /// <exception cref="MeasurementFormatException">The header is damaged, or the mode is not read.</exception>
    public static Measurement? Open(ByteSource source)
    {
        var findings = new FindingList();
        var start = source.Start(HeaderBytes);
        if (start.Length < HeaderBytes)
            throw new MeasurementFormatException(
                $"Truncated header: an MRC file begins with {HeaderBytes} bytes of header, this one ends after {start.Length}. Copy the file again from the instrument.", start.Length) { Format = Name };
        var named = HasMap(start);
        var bigEndian = IsBigEndian(start, findings, named);
        int I4(int at) => bigEndian ? BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(at));
        float F4(int at) => bigEndian ? BinaryPrimitives.ReadSingleBigEndian(start.AsSpan(at)) : BinaryPrimitives.ReadSingleLittleEndian(start.AsSpan(at));

        var header = new JsonObject { ["byte_order"] = bigEndian ? "big" : "little" };
        foreach (var (name, at) in new[] { ("nx", 0), ("ny", 4), ("nz", 8), ("mode", 12), ("nxstart", 16), ("nystart", 20), ("nzstart", 24), ("mx", 28), ("my", 32), ("mz", 36) })
            header[name] = I4(at);
        foreach (var (name, at) in new[] { ("cella_x", 40), ("cella_y", 44), ("cella_z", 48), ("cellb_alpha", 52), ("cellb_beta", 56), ("cellb_gamma", 60) })
            header[name] = Finite(F4(at));
        foreach (var (name, at) in new[] { ("mapc", 64), ("mapr", 68), ("maps", 72) }) header[name] = I4(at);
        foreach (var (name, at) in new[] { ("dmin", 76), ("dmax", 80), ("dmean", 84) }) header[name] = Finite(F4(at));
        header["ispg"] = I4(88);
        header["nsymbt"] = I4(92);
        header["exttyp"] = HeaderText.Narrow(start.AsSpan(104, 4));
        header["nversion"] = I4(108);
        foreach (var (name, at) in new[] { ("origin_x", 196), ("origin_y", 200), ("origin_z", 204) }) header[name] = Finite(F4(at));
        header["map"] = HeaderText.Narrow(start.AsSpan(208, 4));
        header["machst"] = Convert.ToHexString(start.AsSpan(212, 4));
        header["rms"] = Finite(F4(216));
        header["nlabl"] = I4(220);
        for (var i = 0; i < Math.Clamp(I4(220), 0, MostLabels); i++)
            header[$"label_{i}"] = HeaderText.Narrow(start.AsSpan(224 + i * LabelBytes, LabelBytes));

        int columns = I4(0), rows = I4(4), frames = I4(8), mode = I4(12), extended = I4(92);
        (RawType Type, int Components)? values = mode switch
        {
            0 => (RawType.I1, 1),
            1 => (RawType.I2, 1),
            2 => (RawType.F4, 1),
            3 => (RawType.I2, 2),
            4 => (RawType.F4, 2),
            6 => (RawType.U2, 1),
            12 => (RawType.F2, 1),
            _ => null,
        };
        if (values is not var (type, components))
            throw new MeasurementFormatException($"This MRC file has pixels of mode {mode}; 0, 1, 2, 3, 4, 6 and 12 are read. Save it as mode 2 (real numbers) and upload that.", 12) { Format = Name, Header = header };
        if (mode == 0 && Imod(start, bigEndian) is { } signed && !signed) type = RawType.U1;
        if (extended < 0)
            throw new MeasurementFormatException($"The extended header of this MRC file claims {extended:N0} bytes. Copy the file again from the instrument.", 92) { Format = Name, Header = header };
        if (frames < 1)
            throw new MeasurementFormatException($"This MRC file declares {frames:N0} frames; at least one is needed. Copy the file again from the instrument.", 8) { Format = Name, Header = header };
        var pixelBytes = RawValues.SizeOf(type) * components;
        if (PixelBounds.Refusal(rows, columns, pixelBytes, source.Length, PixelBounds.RatioRaw) is { } refusal)
            throw new MeasurementFormatException($"This MRC file cannot be read: {refusal}. Copy the file again from the instrument.", 0) { Format = Name, Header = header };

        var data = HeaderBytes + (long)extended;
        var frameBytes = (long)rows * columns * pixelBytes;
        // Without the letters nothing but the length tells that this is no accident.
        if (!named && data + frames * frameBytes != source.Length) return null;
        if (!named)
            findings.Add(Severity.Info, "MAP_MISSING", "The letters MAP are missing, as in files written before 2000; the file was taken as MRC because its length is the one its header gives.", 208);
        if (data >= source.Length)
            throw new MeasurementFormatException(
                $"The pixels of this MRC file should begin at byte {data:N0}, behind an extended header of {extended:N0} bytes, and the file ends at byte {source.Length:N0}. Copy the file again from the instrument.", source.Length) { Format = Name, Header = header };
        var whole = PixelBounds.Frames("The file", frames, frameBytes, source.Length - data, data, findings);
        if (source.Length - data - frames * frameBytes is > 0 and var trailing)
            findings.Add(Severity.Warning, "TRAILING_BYTES", $"{trailing:N0} bytes follow the declared pixels; they were not decoded.", data + frames * frameBytes);
        if (components > 1)
            findings.Add(Severity.Info, "CHANNELS_APART", "The file has complex values; real and imaginary parts are shown as images of their own.", 12);

        var pixel = Pixel(I4, F4, findings);
        ImageData[] images =
        [
            .. Enumerable.Range(0, components).Select(component => new RawImage(source, type, bigEndian, frame => data + frame * frameBytes)
            {
                Rows = rows,
                Columns = columns,
                Frames = whole,
                Name = components == 1 ? null : component == 0 ? "real part" : "imaginary part",
                ValueType = RawValues.NameOf(type),
                Pixel = pixel,
                Components = components,
                Component = component,
            }),
        ];
        if (!OneRow.Holds(images)) return new ImageSet { Format = Name, Header = header, Images = images, Findings = findings.ToList() };
        var (axis, x) = OneRow.AxisOf(images);
        return new SpectrumSet { Format = Name, Header = header, Axis = axis, Spectra = OneRow.Spectra(images, x, source.Length, findings), Findings = findings.ToList() };
    }

    /// <summary>The cell in angstrom over its samples; null where the file gives none.</summary>
    static PixelSize? Pixel(Func<int, int> i4, Func<int, float> f4, FindingList findings)
    {
        const double angstrom = 1e-10;
        int mx = i4(28), my = i4(32);
        float x = f4(40), y = f4(44);
        if (x == 0 || y == 0 || mx <= 0 || my <= 0) return null;
        return ImageScale.Of((double)y / my * angstrom, (double)x / mx * angstrom, "cella over mx and my", 40, findings);
    }

    static bool HasMap(ReadOnlySpan<byte> s) => s.Length >= 212 && s.Slice(208, 3).SequenceEqual("MAP"u8) && s[211] is (byte)' ' or 0;

    /// <summary>The stamp at byte 212 says so; where it does not, the order in which the header makes sense.</summary>
    static bool IsBigEndian(ReadOnlySpan<byte> s, FindingList findings, bool named)
    {
        if (named && s[212] == 0x11) return true;
        if (named && s[212] == 0x44) return false;
        var big = !Plausible(s, false) && Plausible(s, true);
        if (named)
            findings.Add(Severity.Info, "BYTE_ORDER_GUESSED", $"The stamp of the byte order is {Convert.ToHexString(s.Slice(212, 4))}, which means none; the header makes sense as {(big ? "big" : "little")}-endian.", 212);
        return big;
    }

    /// <summary>Sizes, mode, axes and extended header as every writer leaves them.</summary>
    static bool Plausible(ReadOnlySpan<byte> s, bool bigEndian)
    {
        Span<int> words = stackalloc int[24];
        for (var i = 0; i < words.Length; i++)
            words[i] = bigEndian ? BinaryPrimitives.ReadInt32BigEndian(s[(4 * i)..]) : BinaryPrimitives.ReadInt32LittleEndian(s[(4 * i)..]);
        const int longest = 1 << 16;
        foreach (var size in words[..3])
            if (size is < 1 or > longest) return false;
        if (words[3] is not (0 or 1 or 2 or 3 or 4 or 6 or 12)) return false;
        foreach (var size in words[7..10])
            if (size is < 0 or > longest) return false;
        var axes = words[16..19];
        var ordered = axes is [0, 0, 0] || (axes.Contains(1) && axes.Contains(2) && axes.Contains(3));
        return ordered && words[23] >= 0;
    }

    /// <summary>Whether IMOD wrote the file, and if so whether its bytes have a sign.</summary>
    static bool? Imod(ReadOnlySpan<byte> s, bool bigEndian)
    {
        var stamp = s.Slice(152, 4);
        var flags = s.Slice(156, 4);
        return (bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(stamp) : BinaryPrimitives.ReadUInt32LittleEndian(stamp)) == ImodStamp
            ? (flags[bigEndian ? 3 : 0] & 1) != 0 : null;
    }

    static JsonNode? Finite(float value) => float.IsFinite(value) ? value : null;
}
