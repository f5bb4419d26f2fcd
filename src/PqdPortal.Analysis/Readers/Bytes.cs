using System.Buffers.Binary;

namespace PqdPortal.Analysis.Readers;

/// <summary>A bounded part of a file in memory, read by offset and never past its end.</summary>
/// <param name="format">Name of the format for refusals.</param>
/// <param name="bytes">The bytes.</param>
/// <param name="start">Byte of the file at which they begin.</param>
sealed class Bytes(string format, byte[] bytes, long start = 0)
{
    public int Length => bytes.Length;

    /// <summary>Byte of the file behind the last of these.</summary>
    public long End => start + bytes.Length;

    /// <summary>Reads a part of a file that has to be there whole.</summary>
    /// <param name="what">What it is, for the refusal: "header".</param>
    /// <exception cref="MeasurementFormatException">The file ends before.</exception>
    public static Bytes Read(ByteSource source, string format, string what, long offset, long length)
    {
        if (offset < 0 || length < 0 || length > source.Length - offset || length > Array.MaxLength)
            throw new MeasurementFormatException(
                $"Truncated {what}: it should take {length:N0} bytes from byte {offset:N0} on, and the file ends at byte {source.Length:N0}. Copy the file again from the instrument.",
                Math.Min(Math.Max(0, offset), source.Length)) { Format = format };
        var bytes = new byte[length];
        if (source.Read(bytes, offset) < bytes.Length)
            throw new MeasurementFormatException($"The file became shorter while its {what} was read.", offset) { Format = format };
        return new(format, bytes, offset);
    }

    /// <param name="at">Byte of the file.</param>
    /// <exception cref="MeasurementFormatException">It reaches past these bytes.</exception>
    public ReadOnlySpan<byte> Span(long at, int length)
    {
        if (at < start || length < 0 || at > End - length)
            throw new MeasurementFormatException(
                $"Damaged header: {length:N0} bytes are needed at byte {at:N0}, and that part of the file ends at byte {End:N0}. Copy the file again from the instrument.", Math.Clamp(at, 0, End)) { Format = format };
        return bytes.AsSpan((int)(at - start), length);
    }

    public bool Has(long at, int length) => at >= start && length >= 0 && at <= End - length;

    public byte U1(long at) => Span(at, 1)[0];
    public short I2(long at) => BinaryPrimitives.ReadInt16LittleEndian(Span(at, 2));
    public ushort U2(long at) => BinaryPrimitives.ReadUInt16LittleEndian(Span(at, 2));
    public int I4(long at) => BinaryPrimitives.ReadInt32LittleEndian(Span(at, 4));
    public uint U4(long at) => BinaryPrimitives.ReadUInt32LittleEndian(Span(at, 4));
    public long I8(long at) => BinaryPrimitives.ReadInt64LittleEndian(Span(at, 8));
    public ulong U8(long at) => BinaryPrimitives.ReadUInt64LittleEndian(Span(at, 8));
    public float F4(long at) => BinaryPrimitives.ReadSingleLittleEndian(Span(at, 4));
    public double F8(long at) => BinaryPrimitives.ReadDoubleLittleEndian(Span(at, 8));

    /// <summary>A text in a field of fixed width: cut at NUL, blanks trimmed.</summary>
    public string Text(long at, int width) => HeaderText.Narrow(Span(at, width)).Trim();
}
