using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes images as an uncompressed TIFF file, one page for each frame, in the type the pixels have.</summary>
/// <remarks>
/// After TIFF 6.0. The pixel size is written as ImageJ does: the unit in the description, pixels per unit in the resolution,
/// which is good to nine digits. One page at a time is in memory. Integers of 64 bits become doubles, where they fit exactly.
/// </remarks>
sealed class TiffWriter
{
    const int EntryBytes = 12;

    readonly Stream _output;
    long _nextPage;

    TiffWriter(Stream output) => _output = output;

    /// <param name="output">Seekable; stays open.</param>
    /// <exception cref="RequestException">The images do not fit in a TIFF file.</exception>
    public static void Write(ImageSet set, Stream output, CancellationToken stop)
    {
        var bytes = set.Images.Sum(image => (double)image.Rows * image.Columns * image.Frames * SizeOf(image.ValueType));
        if (bytes > uint.MaxValue - (1 << 20))
            throw new RequestException($"The images take {bytes:N0} bytes; a TIFF file holds 4,294,967,295. Convert to CSV, or take fewer frames.");
        var writer = new TiffWriter(output);
        output.Write("II*\0"u8);
        writer.Int(0);
        writer._nextPage = 4;
        foreach (var image in set.Images)
            for (var frame = 0; frame < image.Frames; frame++)
            {
                stop.ThrowIfCancellationRequested();
                writer.Page(image, image.Frame(frame));
            }
    }

    static int SizeOf(string type) => type switch { "u1" or "i1" => 1, "u2" or "i2" => 2, "u4" or "i4" or "f4" or "f2" => 4, _ => 8 };

    void Page(ImageData image, double[] values)
    {
        var size = SizeOf(image.ValueType);
        var pixelsAt = Align();
        var row = new byte[image.Columns * size];
        for (var r = 0; r < image.Rows; r++)
        {
            for (var c = 0; c < image.Columns; c++) Put(row.AsSpan(c * size, size), values[r * image.Columns + c], image.ValueType);
            _output.Write(row);
        }

        var (unit, perUnitX, perUnitY) = Scale(image.Pixel);
        var description = Encoding.ASCII.GetBytes(image.Pixel is null ? "PqdPortal\n\0" : $"ImageJ=1.11a\nunit={unit}\n\0");
        var descriptionAt = Align();
        _output.Write(description);
        var resolutionAt = Align();
        Ratio(perUnitX);
        Ratio(perUnitY);

        var format = image.ValueType[0] switch { 'u' when size < 8 => 1, 'i' when size < 8 => 2, _ => 3 };
        (int Tag, int Type, long Count, long Value)[] entries =
        [
            (256, 4, 1, image.Columns),
            (257, 4, 1, image.Rows),
            (258, 3, 1, size * 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (270, 2, description.Length, descriptionAt),
            (273, 4, 1, pixelsAt),
            (277, 3, 1, 1),
            (278, 4, 1, image.Rows),
            (279, 4, 1, (long)image.Rows * image.Columns * size),
            (282, 5, 1, resolutionAt),
            (283, 5, 1, resolutionAt + 8),
            (296, 3, 1, 1),
            (339, 3, 1, format),
        ];
        var page = Align();
        Short(entries.Length);
        foreach (var (tag, type, count, value) in entries)
        {
            Short(tag);
            Short(type);
            Int(count);
            Int(value);
        }
        Int(0);
        _output.Position = _nextPage;
        Int(page);
        _nextPage = page + 2 + entries.Length * EntryBytes;
        _output.Position = _output.Length;
    }

    static void Put(Span<byte> into, double value, string type)
    {
        switch (type)
        {
            case "u1": into[0] = (byte)value; break;
            case "i1": into[0] = (byte)(sbyte)value; break;
            case "u2": BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)value); break;
            case "i2": BinaryPrimitives.WriteInt16LittleEndian(into, (short)value); break;
            case "u4": BinaryPrimitives.WriteUInt32LittleEndian(into, (uint)value); break;
            case "i4": BinaryPrimitives.WriteInt32LittleEndian(into, (int)value); break;
            case "f2" or "f4": BinaryPrimitives.WriteSingleLittleEndian(into, (float)value); break;
            case "u8" or "i8" when Math.Abs(value) >= 1L << 53:
                throw new RequestException($"A pixel holds {value.ToString("R", CultureInfo.InvariantCulture)}, which does not fit in a TIFF file without loss. Convert to CSV.");
            default: BinaryPrimitives.WriteDoubleLittleEndian(into, value); break;
        }
    }

    /// <summary>A unit in which a pixel is neither tiny nor huge, and pixels per unit.</summary>
    static (string Unit, double X, double Y) Scale(PixelSize? pixel)
    {
        if (pixel is null) return ("pixel", 1, 1);
        var (unit, metres) = Math.Max(pixel.Row, pixel.Column) switch { < 1e-7 => ("nm", 1e-9), < 1e-4 => ("um", 1e-6), _ => ("mm", 1e-3) };
        return (unit, metres / pixel.Column, metres / pixel.Row);
    }

    void Ratio(double value)
    {
        var below = Math.Max(1, Math.Floor(Math.Min(4e9, 4e9 / value)));
        Int((long)Math.Clamp(Math.Round(value * below), 0, uint.MaxValue));
        Int((long)below);
    }

    /// <summary>Goes to the next even byte at the end of the file.</summary>
    long Align()
    {
        if (_output.Position % 2 == 1) _output.WriteByte(0);
        return _output.Position;
    }

    void Short(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        _output.Write(bytes);
    }

    void Int(long value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
        _output.Write(bytes);
    }
}
