using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>Small pictures made by hand, with what cameras write beside them.</summary>
static class Pictures
{
    /// <summary>The smallest white JPEG, 1 by 1 pixel, as every encoder writes it, with the given segments behind its start.</summary>
    public static byte[] Jpeg(params byte[][] segments) =>
    [
        0xFF, 0xD8, .. Segment(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]), .. segments.SelectMany(s => s),
        .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]),
        .. Segment(0xC0, [8, 0, 2, 0, 3, 1, 1, 0x11, 0]),
        .. Segment(0xC4, [0, 0, 1, .. new byte[14], 0]),
        .. Segment(0xC4, [0x10, 0, 1, .. new byte[14], 0]),
        .. Segment(0xDA, [1, 1, 0, 0, 63, 0]), 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD9,
    ];

    public static byte[] Segment(byte marker, byte[] body) => [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];

    /// <summary>Exif with the way it is turned, the owner's name, and where it was taken.</summary>
    public static byte[] Exif(byte orientation, bool withPlace)
    {
        List<byte> tiff = [.. "MM\0*"u8, 0, 0, 0, 8, 0, (byte)(withPlace ? 3 : 2)];
        tiff.AddRange([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
        tiff.AddRange([0x01, 0x3B, 0, 2, 0, 0, 0, 4, .. "Ada\0"u8]);
        if (withPlace) tiff.AddRange([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 50]);
        tiff.AddRange([0, 0, 0, 0, .. "GPSLatitude 48.1374"u8]);
        return Segment(0xE1, [.. "Exif\0\0"u8, .. tiff]);
    }

    public static byte[] Png(params (string Kind, byte[] Body)[] more)
    {
        List<byte> png = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'];
        foreach (var (kind, body) in ((string, byte[])[])[("IHDR", [0, 0, 0, 4, 0, 0, 0, 5, 8, 2, 0, 0, 0]), .. more, ("IDAT", [1, 2, 3]), ("IEND", [])])
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, body.Length);
            png.AddRange([.. length, .. Encoding.Latin1.GetBytes(kind), .. body, 0, 0, 0, 0]);
        }
        return [.. png];
    }
}
