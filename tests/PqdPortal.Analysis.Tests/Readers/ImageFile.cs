using System.Buffers.Binary;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Bytes in either order, for small files of images.</summary>
sealed class ImageFile(bool bigEndian = false)
{
    readonly MemoryStream _bytes = new();

    public long Length => _bytes.Length;

    public ImageFile U1(params int[] values) => Each(values, 1, (span, value) => span[0] = (byte)value);

    public ImageFile U2(params int[] values) => Each(values, 2, (span, value) =>
    {
        if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)value);
    });

    public ImageFile U4(params long[] values) => Each(values, 4, (span, value) =>
    {
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(span, (uint)value);
        else BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)value);
    });

    public ImageFile U8(params long[] values) => Each(values, 8, (span, value) =>
    {
        if (bigEndian) BinaryPrimitives.WriteInt64BigEndian(span, value);
        else BinaryPrimitives.WriteInt64LittleEndian(span, value);
    });

    public ImageFile F4(params float[] values) => U4([.. values.Select(value => (long)BitConverter.SingleToUInt32Bits(value))]);

    public ImageFile F8(params double[] values) => U8([.. values.Select(BitConverter.DoubleToInt64Bits)]);

    public ImageFile Text(string text) => Add(Encoding.Latin1.GetBytes(text));

    public ImageFile Add(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Zeros up to a byte of the file.</summary>
    public ImageFile UpTo(long offset) => Add(new byte[offset - Length]);

    public byte[] ToArray() => _bytes.ToArray();

    ImageFile Each<T>(T[] values, int size, Action<Span<byte>, T> write)
    {
        Span<byte> one = stackalloc byte[8];
        foreach (var value in values)
        {
            write(one[..size], value);
            _bytes.Write(one[..size]);
        }
        return this;
    }

    public static Measurement Open(byte[] file) => Formats.Open(new MemoryStream(file));

    public static ImageSet Images(byte[] file) => Assert.IsType<ImageSet>(Open(file));

    public static ImageData Image(byte[] file) => Assert.Single(Images(file).Images);

    public static MeasurementFormatException Refusal(byte[] file) => Assert.Throws<MeasurementFormatException>(() => Open(file));

    public static FileSummary Summary(byte[] file) => FileSummary.Of(new MemoryStream(file));

    /// <summary>Reads it to its last pixel: whatever it holds, it is read or refused, soon, and within the memory that it may take.</summary>
    public static void EndsWell(byte[] file, string what)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            Summary(file);
        }
        catch (MeasurementFormatException refusal)
        {
            Assert.InRange(refusal.Offset, 0, file.LongLength);
        }
        Assert.True(clock.Elapsed.TotalSeconds < 5, $"{what}: {clock.Elapsed}");
        // All that was ever allocated, more than what is held at a time; a byte of the file is a number of eight bytes in a frame.
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < (64L << 20) + 16L * file.Length, $"{what}: {GC.GetAllocatedBytesForCurrentThread() - before:N0} bytes");
    }
}
