using System.Buffers.Binary;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Photon streams of every layout of records, healthy and damaged, drawn at random.</summary>
static class RandomStreams
{
    public static readonly string[] Layouts =
    [
        "00010203", "00010303", "00010204", "00010304", "01010204", "01010304", "00010205", "00010305", "00010206", "00010306", "00010207", "00010307",
        "spc-130", "spc-600-256", "spc-600-4096", "qutag",
    ];

    /// <summary>A healthy stream mostly has photons and overflows in order; a wild one has any bits.</summary>
    /// <param name="wild">Share of records that are random bits: markers, overflows of many wraps, records without a meaning.</param>
    public static RecordStream Of(string layout, int records, double wild, Random random) => (RecordStream)Formats.Open(
        new MemoryStream(layout switch
        {
            "qutag" => QuTag(records, wild, random),
            "spc-130" or "spc-600-256" => [.. Frame(), .. Words(records, () => random.NextDouble() < wild ? Any(random) : Spc(layout == "spc-130", random))],
            "spc-600-4096" => [.. (byte[])[0, 0x10, 0xF4, 0x01, 0, 0], .. Wide(records, wild, random)],
            _ => PicoQuant(Convert.ToUInt32(layout, 16), records, wild, random),
        }),
        layout.StartsWith("spc") ? new ReadingChoices { Layout = layout } : null);

    static uint Any(Random random) => (uint)random.NextInt64(1L << 32);

    static byte[] PicoQuant(uint type, int count, double wild, Random random)
    {
        var (isPicoHarp, isT3) = (type is 0x00010203 or 0x00010303, (type & 0xF00) == 0x300);
        var words = new uint[count];
        var tag = 0;
        var top = isT3 ? isPicoHarp ? 65_536 : 1024 : isPicoHarp ? 210_698_240 : 33_552_000;
        for (var i = 0; i < count; i++)
        {
            tag += random.Next(1, top / 8);
            if (random.NextDouble() < wild) words[i] = Any(random);
            else if (tag >= top)
            {
                tag %= top;
                words[i] = isPicoHarp ? 0xF0000000 : 0xFE000000 | (uint)(type >> 24 == 1 || (type & 0xF) > 4 ? random.Next(0, 3) : 0);
            }
            else if (isPicoHarp)
                words[i] = (uint)random.Next(1, 4) << 28 | (isT3 ? (uint)random.Next(4096) << 16 : 0) | (uint)tag;
            else
                words[i] = (uint)random.Next(2) << 25 | (isT3 ? (uint)random.Next(1 << 15) << 10 : 0) | (uint)tag;
        }
        return PtuFile.Of(type, words).Bytes();
    }

    /// <summary>The word in front: no photon, a clock of 50 ns.</summary>
    static byte[] Frame() => [0xF4, 0x01, 0, 0x80];

    static uint Spc(bool standard, Random random)
    {
        var overflow = random.NextDouble() < 0.1;
        var pure = overflow && random.NextDouble() < 0.5;
        return (pure ? 0x80000000 : 0) | (overflow ? 0x40000000u : 0)
            | (pure ? (uint)random.Next(3) : standard ? (uint)random.Next(1 << 24) & ~0xC000u : (uint)random.Next(1 << 27));
    }

    static byte[] Wide(int count, double wild, Random random)
    {
        var bytes = new byte[6 * count];
        random.NextBytes(bytes);
        for (var i = 0; i < count; i++)
        {
            if (random.NextDouble() < wild) continue;
            bytes[6 * i + 1] = (byte)(random.Next(16) | (random.NextDouble() < 0.1 ? 0x20 : 0));
            bytes[6 * i + 3] = (byte)random.Next(4);
        }
        return bytes;
    }

    static byte[] QuTag(int count, double wild, Random random)
    {
        var bytes = new byte[40 + 10 * count];
        ((ReadOnlySpan<byte>)[0x87, 0xB3, 0x91, 0xFA]).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)bytes.Length);
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            time += random.Next(1_000_000);
            var record = bytes.AsSpan(40 + 10 * i, 10);
            if (i > 0 && random.NextDouble() < wild) random.NextBytes(record);
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(record, time);
                record[8] = (byte)random.Next(3);
            }
        }
        return bytes;
    }

    static byte[] Words(int count, Func<uint> next)
    {
        var bytes = new byte[4 * count];
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), next());
        // Zeros at the end would be padding.
        bytes[^1] |= 1;
        return bytes;
    }
}
