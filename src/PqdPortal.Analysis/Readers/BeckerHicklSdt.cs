using System.IO.Compression;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Becker &amp; Hickl SDT: decays in a chain of data blocks.</summary>
/// <remarks>After the handbook's description; see docs/formats/becker-hickl.md. Tried with an SDT file of two decays of an SPC-150.</remarks>
static class BeckerHicklSdt
{
    const string Name = "Becker & Hickl SDT";
    const int BlockHeader = 22, MostBlocks = 4096, MostCurves = 4096;

    /// <summary>More numbers than the decays of all inputs have, in all blocks; only the decays of an image have more.</summary>
    const int MostNumbers = 1 << 21;

    /// <summary>The most that they can be packed from [bytes].</summary>
    const int MostUnpacked = 4 * MostNumbers;

    /// <summary>A block of zeros packs to a thousandth; what unpacks to more is no measurement.</summary>
    const int LargestRatio = 1100;

    /// <exception cref="MeasurementFormatException">The header is damaged, or the file is a settings file alone.</exception>
    public static HistogramSet Open(ByteSource source)
    {
        var findings = new FindingList();
        var setup = BeckerHicklSetup.Read(source, Name);
        var head = setup.Head;
        if (setup.Blocks <= 0)
            throw new MeasurementFormatException(
                "This is a settings file (SET) of Becker & Hickl and holds no measurement. Upload it together with the .spc file of the same name.", 18) { Format = "Becker & Hickl SET", Header = setup.Header, IsNotUnderstood = true };

        var infoAt = (long)head.U4(24);
        var infoLength = head.U2(30);
        var curves = new List<HistogramCurve>();
        var at = (long)head.U4(14);
        for (var block = 0; block < Math.Min(setup.Blocks, MostBlocks); block++)
        {
            if (at < 0 || at > source.Length - BlockHeader)
            {
                findings.Add(Severity.Warning, "CURVES_MISSING", $"The header declares {setup.Blocks} data blocks; the file ends before block {block}, at byte {at:N0}.", at);
                break;
            }
            var of = Bytes.Read(source, Name, "header of a data block", at, BlockHeader);
            var (data, next, type, info, length) = ((long)of.U4(at + 2), (long)of.U4(at + 6), of.U2(at + 10), (int)of.I2(at + 12), (long)of.U4(at + 18));
            Take(source, setup, infoAt + (long)infoLength * info, infoLength, block, at, data, length, type, curves, findings);
            if (block + 1 < setup.Blocks && next <= at)
            {
                findings.Add(Severity.Warning, "CURVES_MISSING", $"Data block {block} names byte {next:N0} as the next one, which lies before it; reading stopped there.", at + 6);
                break;
            }
            at = next;
        }
        return new() { Format = Name, Header = setup.Header, Curves = curves, Findings = findings.ToList() };
    }

    static void Take(
        ByteSource source, BeckerHicklSetup setup, long infoAt, int infoLength, int block, long at, long data, long length, int type,
        List<HistogramCurve> curves, FindingList findings)
    {
        // Bits 8..9 of the type: 0 two-byte, 1 four-byte, 2 eight-byte numbers; 0x1000 packed as ZIP.
        var size = (type & 0x300) switch { 0x000 => 2, 0x100 => 4, 0x200 => 8, _ => 0 };
        if (size == 0)
        {
            findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"Data block {block} is of the unknown type 0x{type:X4}; it was left out.", at + 10);
            return;
        }
        var room = MostNumbers - curves.Sum(curve => (long)curve.Counts.Length);
        if ((type & 0x1000) == 0 && Math.Min(length, source.Length - data) / size > room)
        {
            findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"Data block {block} holds {length / size:N0} numbers, more than decays have; images of decays are not read.", at);
            return;
        }
        byte[] bytes;
        if ((type & 0x1000) != 0)
        {
            if (Unpacked(source, data, length, block, findings) is not { } unpacked) return;
            bytes = unpacked;
        }
        else
        {
            var there = Math.Clamp(source.Length - data, 0, length);
            if (there < length)
                findings.Add(Severity.Warning, "BINS_MISSING", $"Data block {block} declares {length:N0} bytes from byte {data:N0} on; {there:N0} are there and were read.", at + 18);
            bytes = Bytes.Read(source, Name, "data block", Math.Min(data, source.Length), there).Span(Math.Min(data, source.Length), (int)there).ToArray();
        }

        var (width, channels, duration) = Scale(source, setup, infoAt, infoLength);
        var bins = bytes.Length / size;
        var perCurve = channels is { } told && told > 0 && bins % told == 0 ? told : bins;
        if (perCurve == 0 || bins / perCurve > MostCurves || bins > room)
        {
            if (bins > 0) findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"Data block {block} holds {bins:N0} numbers, the decays of an image; images of decays are not read.", at);
            return;
        }
        if (size == 8)
        {
            findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"Data block {block} holds calculated numbers, not counts; it was left out.", at + 10);
            return;
        }
        for (var curve = 0; curve < bins / perCurve; curve++)
        {
            var counts = new long[perCurve];
            for (var i = 0; i < perCurve; i++)
                counts[i] = size == 2 ? BitConverter.ToUInt16(bytes, (curve * perCurve + i) * 2) : BitConverter.ToUInt32(bytes, (curve * perCurve + i) * 4);
            if (size == 2 && counts.Max() == ushort.MaxValue)
                findings.Add(Severity.Warning, "SATURATED", $"Curve {curves.Count} reaches 65,535, the most its bins of 16 bits can count; its top is cut off.", data);
            curves.Add(new(counts, width) { Meaning = HistogramMeaning.Decay, Duration = duration });
        }
    }

    /// <summary>Width of a bin [s], bins of a curve, and collection time [s], from the block that describes the measurement, else from the settings.</summary>
    static (double? Width, int? Channels, double? Duration) Scale(ByteSource source, BeckerHicklSetup setup, long at, int length)
    {
        if (length >= 96 && at > 0 && at <= source.Length - length)
        {
            var info = Bytes.Read(source, Name, "description of the measurement", at, length);
            double range = info.F4(at + 64), collected = info.F4(at + 92);
            var (gain, channels) = (info.I2(at + 68), info.I2(at + 82));
            if (range is > 0 and < 1 && gain > 0 && channels > 0)
                return (range / gain / channels, channels, collected is > 0 and < 1e8 ? collected : null);
        }
        var fallback = setup.Positive("SP_ADC_RE");
        return (setup.Span / fallback, (int?)fallback, setup.Positive("SP_COL_T"));
    }

    static byte[]? Unpacked(ByteSource source, long data, long length, int block, FindingList findings)
    {
        var there = Math.Clamp(source.Length - data, 0, length);
        using var packed = new MemoryStream(Bytes.Read(source, Name, "data block", Math.Min(data, source.Length), there).Span(Math.Min(data, source.Length), (int)there).ToArray());
        try
        {
            using var archive = new ZipArchive(packed, ZipArchiveMode.Read);
            var entry = archive.Entries.FirstOrDefault();
            if (entry is null) return null;
            var most = Math.Min(there * LargestRatio, MostUnpacked);
            using var content = entry.Open();
            using var into = new MemoryStream();
            var piece = new byte[1 << 16];
            for (int got; (got = content.Read(piece)) > 0;)
            {
                if (into.Length + got > most)
                {
                    findings.Add(Severity.Error, "COMPRESSION_RATIO", $"Data block {block} unpacks to more than {most:N0} bytes from {there:N0}; it was left out.", data);
                    return null;
                }
                into.Write(piece, 0, got);
            }
            return into.ToArray();
        }
        catch (InvalidDataException)
        {
            findings.Add(Severity.Error, "CURVE_DAMAGED", $"Data block {block} is packed and cannot be unpacked; it was left out.", data);
            return null;
        }
    }
}
