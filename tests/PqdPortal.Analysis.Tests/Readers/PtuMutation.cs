using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Damages a PTU file as disks, cables, editors and malice do; the same seed always gives the same file.</summary>
/// <remarks>Finds the tags by itself, independent of the reader: 48 bytes each, with data behind those whose type says so.</remarks>
static class PtuMutation
{
    sealed record Tag(int At, int Length);

    static readonly long[] Integers =
    [
        0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 33, 47, 48, 63, 64, 255, 256, 1 << 15, 1 << 16, 1 << 20, 1 << 24, int.MaxValue, int.MinValue,
        uint.MaxValue, 1L << 32, 1L << 53, (1L << 53) + 1, long.MaxValue, long.MaxValue - 1, long.MinValue, 1L << 62, 0x00010203, 0x00010303, 0x01010204, 0x00010307,
    ];

    static readonly double[] Numbers =
    [
        0, -0.0, 1, -1, 1e-12, -1e-12, 1e-15, 1e-18, 1e-24, 1e-300, double.Epsilon, 1e-9, 1e-6, 1e-3, 1e3, 1e9, 1e15, 1e100, 1e300, double.MaxValue,
        double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 3e-12, 0.1, 42870.5, 1e18,
    ];

    static readonly uint[] Types =
    [
        0xFFFF0008, 0x00000008, 0x10000008, 0x11000008, 0x12000008, 0x20000008, 0x21000008, 0x2001FFFF, 0x4001FFFF, 0x4002FFFF, 0xFFFFFFFF,
        0x00000000, 0x12345678, 0x7777FFFF, 0x77770008,
    ];

    static readonly string[] Idents =
    [
        "Header_End", "TTResultFormat_TTTRRecType", "TTResultFormat_BitsPerRecord", "MeasDesc_GlobalResolution", "MeasDesc_Resolution", "TTResult_NumberOfRecords",
        "TTResult_SyncRate", "TTResult_StopAfter", "MeasDesc_AcquisitionTime", "File_Comment", "File_CreatingTime", "Measurement_Mode", "HW_Type", "",
    ];

    public static byte[] Of(byte[] whole, Random random)
    {
        var bytes = whole.ToArray();
        for (var steps = 1 + random.Next(4); steps > 0; steps--) bytes = Step(bytes, random);
        return bytes;
    }

    static byte[] Step(byte[] bytes, Random random)
    {
        if (bytes.Length == 0) return bytes;
        var (tags, data) = Tags(bytes);
        switch (random.Next(16))
        {
            case 0: // single bits, in the header or anywhere
                for (var flips = 1 + random.Next(8); flips > 0; flips--) bytes[random.Next(random.Next(2) == 0 ? Math.Max(1, data) : bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // a run of bytes: noise, zeros, an erased sector
                var run = bytes.AsSpan(random.Next(bytes.Length));
                run = run[..Math.Min(run.Length, 1 << random.Next(13))];
                if (random.Next(3) is var kind && kind == 0) random.NextBytes(run); else run.Fill((byte)(kind == 1 ? 0 : 0xFF));
                return bytes;
            case 2: // cut at, just before or just behind a border
                int[] borders = [.. tags.Select(tag => tag.At), .. tags.Select(tag => tag.At + 48), data, data + 4 * random.Next(Math.Max(1, (bytes.Length - data) / 4)), bytes.Length];
                return bytes[..Math.Clamp(borders[random.Next(borders.Length)] + random.Next(-4, 5), 0, bytes.Length)];
            case 3: // cut anywhere
                return bytes[..random.Next(bytes.Length)];
            case 4: // junk behind, a second file behind
                byte[] junk = random.Next(2) == 0 ? bytes[..random.Next(bytes.Length)] : new byte[1 << random.Next(14)];
                if (junk.Length < 1 << 14 && random.Next(2) == 0) random.NextBytes(junk);
                return [.. bytes, .. junk];
            case 5: // bytes too many or too few in the middle
                var at = random.Next(bytes.Length);
                return random.Next(2) == 0 ? [.. bytes[..at], .. new byte[1 + random.Next(64)], .. bytes[at..]] : [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(64))..]];
            case 6: // records of noise
                if (data < bytes.Length) random.NextBytes(bytes.AsSpan(data + random.Next(bytes.Length - data)));
                return bytes;
            case 7: // one record over and over: overflows of the largest count, markers, a channel nobody has
                uint[] favourites = [0xFFFFFFFF, 0xFE000000 | 0x1FFFFFF, 0xFE0003FF, 0xFE000000, 0xF0000000, 0xF0000001, 0x80000000, 0x82000000, 0, (uint)random.NextInt64(1L << 32)];
                var record = favourites[random.Next(favourites.Length)];
                var from = data + 4 * random.Next(Math.Max(1, (bytes.Length - data) / 4));
                for (var (i, left) = (from, 1 << random.Next(14)); i + 4 <= bytes.Length && left > 0; i += 4, left--) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i), record);
                return bytes;
        }

        if (tags.Count == 0) return bytes;
        var tag = tags[random.Next(tags.Count)];
        var span = bytes.AsSpan(tag.At);
        switch (random.Next(9))
        {
            case 0: // another type, which may claim data
                BinaryPrimitives.WriteUInt32LittleEndian(span[36..], random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : Types[random.Next(Types.Length)]);
                return bytes;
            case 1 or 2: // another whole number: a count, a length, a record type
                BinaryPrimitives.WriteInt64LittleEndian(span[40..], random.Next(4) switch
                {
                    0 => random.NextInt64(),
                    1 => bytes.Length + random.Next(-2, 3) - random.Next(2) * data,
                    _ => Integers[random.Next(Integers.Length)],
                });
                return bytes;
            case 3 or 4: // another real number: a resolution, a duration, a date
                BinaryPrimitives.WriteDoubleLittleEndian(span[40..], Numbers[random.Next(Numbers.Length)]);
                return bytes;
            case 5: // another index
                BinaryPrimitives.WriteInt32LittleEndian(span[32..], (int)Integers[random.Next(Integers.Length)]);
                return bytes;
            case 6: // another name: one that means something, or noise
                span[..32].Clear();
                if (random.Next(4) == 0) random.NextBytes(span[..32]); else Encoding.ASCII.GetBytes(Idents[random.Next(Idents.Length)], span);
                return bytes;
            case 7: // the tag twice, or a thousand times
                var copies = Enumerable.Repeat(bytes[tag.At..(tag.At + tag.Length)], random.Next(5) == 0 ? 1000 : 1).SelectMany(copy => copy);
                return [.. bytes[..tag.At], .. copies, .. bytes[tag.At..]];
            default: // the tag not at all
                return [.. bytes[..tag.At], .. bytes[(tag.At + tag.Length)..]];
        }
    }

    /// <returns>The tags as far as they can be followed, and where the records begin.</returns>
    static (List<Tag> Tags, int Data) Tags(byte[] bytes)
    {
        List<Tag> tags = [];
        var at = 16;
        while (at + 48 <= bytes.Length && tags.Count < 2000)
        {
            var type = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 36));
            var length = (type & 0xFFFF) == 0xFFFF ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 40)) : 0;
            if (length < 0 || at + 48 + length > bytes.Length) break;
            var tag = new Tag(at, 48 + (int)length);
            tags.Add(tag);
            var isEnd = bytes.AsSpan(at, 10).SequenceEqual("Header_End"u8);
            at += tag.Length;
            if (isEnd) break;
        }
        return (tags, Math.Min(at, bytes.Length));
    }
}
