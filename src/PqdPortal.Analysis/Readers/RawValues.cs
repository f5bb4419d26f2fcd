using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PqdPortal.Analysis.Readers;

/// <summary>How a file stores its numbers.</summary>
enum RawType { U1, I1, U2, I2, U4, I4, U8, I8, F2, F4, F8 }

/// <summary>Numbers of any stored type as doubles.</summary>
static class RawValues
{
    public static int SizeOf(RawType type) => type switch
    {
        RawType.U1 or RawType.I1 => 1,
        RawType.U2 or RawType.I2 or RawType.F2 => 2,
        RawType.U4 or RawType.I4 or RawType.F4 => 4,
        _ => 8,
    };

    /// <summary>As the contract names it: "u2", "f4".</summary>
    public static string NameOf(RawType type) => type.ToString().ToLowerInvariant();

    /// <param name="bytes">Whole numbers.</param>
    /// <param name="into">Shape (n).</param>
    public static void Read(ReadOnlySpan<byte> bytes, RawType type, bool bigEndian, Span<double> into)
    {
        var size = SizeOf(type);
        bytes = bytes[..(into.Length * size)];
        if (!bigEndian || size == 1)
        {
            Convert(bytes, type, into);
            return;
        }
        Span<byte> turned = stackalloc byte[4096];
        for (var first = 0; first < into.Length;)
        {
            var piece = into[first..Math.Min(into.Length, first + turned.Length / size)];
            var from = bytes.Slice(first * size, piece.Length * size);
            var to = turned[..from.Length];
            if (size == 2) BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(from), MemoryMarshal.Cast<byte, ushort>(to));
            else if (size == 4) BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(from), MemoryMarshal.Cast<byte, uint>(to));
            else BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ulong>(from), MemoryMarshal.Cast<byte, ulong>(to));
            Convert(to, type, piece);
            first += piece.Length;
        }
    }

    /// <summary>One loop for each type, so that none asks for the type at every number.</summary>
    static void Convert(ReadOnlySpan<byte> bytes, RawType type, Span<double> into)
    {
        switch (type)
        {
            case RawType.U1: Convert<byte>(bytes, into); break;
            case RawType.I1: Convert<sbyte>(bytes, into); break;
            case RawType.U2: Convert<ushort>(bytes, into); break;
            case RawType.I2: Convert<short>(bytes, into); break;
            case RawType.U4: Convert<uint>(bytes, into); break;
            case RawType.I4: Convert<int>(bytes, into); break;
            case RawType.U8: Convert<ulong>(bytes, into); break;
            case RawType.I8: Convert<long>(bytes, into); break;
            case RawType.F2: Convert<Half>(bytes, into); break;
            case RawType.F4: Convert<float>(bytes, into); break;
            default: Convert<double>(bytes, into); break;
        }
    }

    static void Convert<T>(ReadOnlySpan<byte> bytes, Span<double> into) where T : unmanaged, INumberBase<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < into.Length; i++) into[i] = double.CreateTruncating(values[i]);
    }
}
