using System.Buffers.Binary;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Galactic (Thermo) SPC of the newer form: one or several spectra, evenly spaced or with their x.</summary>
/// <remarks>
/// After the vendor's public description; see docs/formats/galactic-spc.md. Shares nothing but its extension with the time
/// tags of Becker and Hickl. Tried with a Raman spectrum of a portable instrument (0x4B).
/// </remarks>
static class GalacticSpc
{
    const string Name = "Galactic SPC spectrum";
    const int HeaderBytes = 512, SubHeaderBytes = 32;
    const byte New = 0x4B, NewBigEndian = 0x4C, Old = 0x4D;
    const byte Short = 0x01, Multi = 0x04, OwnX = 0x40, HasX = 0x80;

    /// <summary>The version byte and what must fit to it: a known exponent, one subfile at least, and numbers as limits.</summary>
    public static bool Recognise(ReadOnlySpan<byte> s)
    {
        if (s.Length < 32 || s[1] is not (New or NewBigEndian or Old)) return false;
        if (s[1] == Old) return (short)(s[2] | s[3] << 8) is >= -64 and <= 64 or -128 && Plausible(BinaryPrimitives.ReadSingleLittleEndian(s[4..])) && Plausible(BinaryPrimitives.ReadSingleLittleEndian(s[8..]));
        var exponent = (sbyte)s[3];
        var big = s[1] == NewBigEndian;
        var subfiles = big ? BinaryPrimitives.ReadUInt32BigEndian(s[24..]) : BinaryPrimitives.ReadUInt32LittleEndian(s[24..]);
        return exponent is >= -64 and <= 64 or -128
            && subfiles < 1 << 24
            && Plausible(big ? BinaryPrimitives.ReadDoubleBigEndian(s[8..]) : BinaryPrimitives.ReadDoubleLittleEndian(s[8..]))
            && Plausible(big ? BinaryPrimitives.ReadDoubleBigEndian(s[16..]) : BinaryPrimitives.ReadDoubleLittleEndian(s[16..]));
    }

    static bool Plausible(double value) => value == 0 || Math.Abs(value) is > 1e-30 and < 1e30;

    /// <exception cref="MeasurementFormatException">The file is of the form before 1996 or of one for large machines, its header is cut, or it holds no whole spectrum.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var versionByte = Bytes.Read(source, Name, "header", 0, 32).U1(1);
        if (versionByte != New)
            throw new MeasurementFormatException(
                $"The file is of the {(versionByte == Old ? "old form (version 0x4D), from before 1996" : "form with its bytes in reverse (version 0x4C)")}; version 0x4B is read. Open it in a spectroscopy program and save it as SPC or JCAMP-DX.", 1) { Format = Name };
        var head = Bytes.Read(source, Name, "header", 0, HeaderBytes);
        int flags = head.U1(0), exponent = (sbyte)head.U1(3);
        long points = head.U4(4), told = head.U4(24);
        double first = head.F8(8), last = head.F8(16);
        int xType = head.U1(28), yType = head.U1(29), zType = head.U1(30);
        var header = new JsonObject
        {
            ["flags"] = flags,
            ["version"] = "0x4B",
            ["experiment"] = head.U1(2),
            ["exponent"] = exponent,
            ["points"] = points,
            ["first_x"] = first,
            ["last_x"] = last,
            ["subfiles"] = told,
            ["x_type"] = xType,
            ["y_type"] = yType,
            ["z_type"] = zType,
            ["resolution"] = head.Text(36, 9),
            ["instrument"] = head.Text(45, 9),
            ["comment"] = head.Text(88, 130),
        };
        // Names of the axes as the user wrote them: three texts one after the other.
        if ((flags & 0x20) != 0) header["axis_names"] = HeaderText.Narrow(head.Span(218, 30).ToArray().Select(b => b == 0 ? (byte)' ' : b).ToArray());
        LogBook(source, head.U4(248), header);

        var ownX = (flags & OwnX) != 0;
        var axis = AxisOf(xType);
        if (told < 1 || !ownX && (points < 1 || points > source.Length / 2))
            throw new MeasurementFormatException($"The header declares {told:N0} spectra of {points:N0} points, which cannot be in a file of {source.Length:N0} bytes. Copy it again from the instrument.", 4) { Format = Name, Header = header };

        var at = (long)HeaderBytes;
        double[] shared = [];
        if (!ownX)
        {
            if ((flags & HasX) != 0)
            {
                shared = Floats(source, "x axis", at, points);
                at += 4 * points;
            }
            else if (points > SpectrumRules.MostPoints)
                throw new MeasurementFormatException($"The header declares {points:N0} points; up to {SpectrumRules.MostPoints:N0} are read.", 4) { Format = Name, Header = header };
            else shared = SpectrumRules.Even(first, last, (int)points);
            SpectrumRules.Check(Name, axis, shared, (flags & HasX) != 0 ? HeaderBytes : 8, header, findings);
        }

        var spectra = new List<Spectrum>();
        var total = 0L;
        for (var i = 0L; i < told; i++)
        {
            if (source.Length - at < SubHeaderBytes) break;
            var sub = Bytes.Read(source, Name, "header of a spectrum", at, SubHeaderBytes);
            var count = ownX ? sub.U4(at + 16) : points;
            var scale = (flags & Multi) != 0 ? (sbyte)sub.U1(at + 1) : exponent;
            var size = scale == -128 ? 4 : (flags & Short) != 0 ? 2 : 4;
            var need = count * size + (ownX ? 4 * count : 0);
            if (count < 1 || need > source.Length - at - SubHeaderBytes) break;
            if ((total += count) > SpectrumRules.MostPoints)
            {
                findings.Add(Severity.Warning, "SPECTRA_MISSING", $"The file holds {told:N0} spectra; the first {i:N0} were read, {SpectrumRules.MostPoints:N0} points being the most that are held.", at);
                break;
            }
            var place = (double)sub.F4(at + 4);
            at += SubHeaderBytes;
            var x = shared;
            if (ownX)
            {
                x = Floats(source, "x axis", at, count);
                SpectrumRules.Check(Name, axis, x, at, header, findings);
                at += 4 * count;
            }
            spectra.Add(new(x, Values(source, at, count, scale, size)) { At = told > 1 && double.IsFinite(place) ? place : null });
            at += count * size;
        }
        if (spectra.Count == 0)
            throw new MeasurementFormatException($"Truncated file: its first spectrum should begin at byte {at:N0} and is not there whole. Copy the file again from the instrument.", at) { Format = Name, Header = header };
        if (spectra.Count < told && total <= SpectrumRules.MostPoints)
            findings.Add(Severity.Warning, "SPECTRA_MISSING", $"The header declares {told:N0} spectra, {spectra.Count:N0} are there whole and were read.", at);

        return new SpectrumSet
        {
            Format = Name, Header = header, MeasuredAt = DateOf(head.U4(32)), Findings = findings.ToList(),
            Axis = axis, Spectra = spectra, YUnit = YUnitOf(yType),
            Along = spectra.Count > 1 && spectra.All(s => s.At is not null) ? AxisOf(zType) : null,
        };
    }

    static double[] Floats(ByteSource source, string what, long at, long count)
    {
        var bytes = Bytes.Read(source, Name, what, at, 4 * count);
        var values = new double[count];
        RawValues.Read(bytes.Span(at, (int)(4 * count)), RawType.F4, false, values);
        return values;
    }

    /// <summary>Floats where the exponent is -128, else fractions of two to the exponent.</summary>
    static double[] Values(ByteSource source, long at, long count, int exponent, int size)
    {
        if (exponent == -128) return Floats(source, "spectrum", at, count);
        var bytes = Bytes.Read(source, Name, "spectrum", at, count * size);
        var values = new double[count];
        RawValues.Read(bytes.Span(at, (int)(count * size)), size == 2 ? RawType.I2 : RawType.I4, false, values);
        var factor = Math.ScaleB(1, exponent - 8 * size);
        for (var i = 0; i < values.Length; i++) values[i] *= factor;
        return values;
    }

    /// <summary>The text part of the log book: 64 bytes of sizes, then binary things, then "key=value" lines.</summary>
    static void LogBook(ByteSource source, long at, JsonObject header)
    {
        if (at < HeaderBytes || at > source.Length - 64) return;
        var block = Bytes.Read(source, Name, "log book", at, 64);
        long size = block.U4(at), text = block.U4(at + 8);
        var end = Math.Min(source.Length, at + size);
        if (text < 64 || at + text >= end) return;
        var length = Math.Min(end - at - text, 1 << 16);
        header["log"] = HeaderText.Narrow(Bytes.Read(source, Name, "log book", at + text, length).Span(at + text, (int)length));
    }

    /// <summary>Minute in the lowest 6 bits, then hour 5, day 5, month 4, year 12.</summary>
    static DateTime? DateOf(uint packed)
    {
        int minute = (int)(packed & 63), hour = (int)(packed >> 6 & 31), day = (int)(packed >> 11 & 31), month = (int)(packed >> 16 & 15), year = (int)(packed >> 20);
        return year is > 1900 and < 2200 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60
            ? new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Unspecified) : null;
    }

    static SpectrumAxis AxisOf(int type) => type switch
    {
        1 => new("wavenumber", "1/cm"),
        2 => new("wavelength", "µm"),
        3 => SpectrumAxis.Wavelength,
        4 => new("time", "s"),
        5 => new("time", "min"),
        6 => new("frequency", "Hz"),
        7 => new("frequency", "kHz"),
        8 => new("frequency", "MHz"),
        9 => new("mass", "m/z"),
        10 => new("chemical_shift", "ppm"),
        11 => new("time", "d"),
        13 => new("raman_shift", "1/cm"),
        14 => new("energy", "eV"),
        16 => SpectrumAxis.Pixel,
        17 => new("channel", ""),
        18 => new("angle", "deg"),
        19 => new("temperature", "°F"),
        20 => new("temperature", "°C"),
        21 => new("temperature", "K"),
        23 => new("time", "ms"),
        24 => new("time", "µs"),
        25 => new("time", "ns"),
        26 => new("frequency", "GHz"),
        27 => new("length", "cm"),
        28 => new("length", "m"),
        29 => new("length", "mm"),
        30 => new("time", "h"),
        _ => new("x", ""),
    };

    static string? YUnitOf(int type) => type switch
    {
        2 => "absorbance",
        4 => "counts",
        5 => "V",
        9 => "mV",
        11 => "%",
        12 => "intensity",
        13 => "relative intensity",
        128 => "transmission",
        129 => "reflectance",
        131 => "emission",
        _ => null,
    };
}
