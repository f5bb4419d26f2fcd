using System.Buffers.Binary;
using System.IO.Compression;

namespace PqdPortal.Web.Plotting;

/// <summary>Writes pictures of 256 colours as PNG.</summary>
/// <remarks>After the PNG specification (W3C, third edition): colour type 3, eight bits, no filter, one IDAT chunk.</remarks>
public static class Png
{
    static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(of => Enumerable.Range(0, 8).Aggregate((uint)of, (c, _) => (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1))];

    /// <param name="places">Place of each pixel in the palette, shape (height x width), first row first.</param>
    /// <param name="palette">Red, green, blue of 256 colours.</param>
    public static byte[] Bytes(ReadOnlySpan<byte> places, int width, int height, ReadOnlySpan<byte> palette)
    {
        if (places.Length != width * height || places.IsEmpty) throw new ArgumentException($"{places.Length} pixels are no picture of {width} x {height}.", nameof(places));
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> head = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], height);
        (head[8], head[9]) = (8, 3);
        Chunk(png, "IHDR"u8, head);
        Chunk(png, "PLTE"u8, palette);

        using var packed = new MemoryStream();
        using (var pack = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (var row = 0; row < height; row++)
            {
                pack.WriteByte(0);
                pack.Write(places.Slice(row * width, width));
            }
        Chunk(png, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Sum(Sum(0xFFFFFFFF, type), content));
        png.Write(number);
    }

    static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes) sum = Table[(sum ^ one) & 0xFF] ^ (sum >> 8);
        return sum;
    }
}
