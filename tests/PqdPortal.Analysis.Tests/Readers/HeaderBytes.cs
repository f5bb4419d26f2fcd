using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Bytes of a file written by their offset, independent of any reader.</summary>
sealed class HeaderBytes(int length)
{
    readonly byte[] _bytes = new byte[length];

    public HeaderBytes Text(int at, string text)
    {
        Encoding.Latin1.GetBytes(text, _bytes.AsSpan(at));
        return this;
    }

    public HeaderBytes I2(int at, int value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(_bytes.AsSpan(at), unchecked((short)value));
        return this;
    }

    public HeaderBytes I4(int at, params int[] values)
    {
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at), value);
            at += 4;
        }
        return this;
    }

    public HeaderBytes I8(int at, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(at), value);
        return this;
    }

    public HeaderBytes F4(int at, float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(at), value);
        return this;
    }

    public HeaderBytes F8(int at, double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(at), value);
        return this;
    }

    public byte[] With(IEnumerable<uint> words) => [.. _bytes, .. words.SelectMany(word => BitConverter.GetBytes(word))];

    public byte[] With(params byte[] behind) => [.. _bytes, .. behind];
}
