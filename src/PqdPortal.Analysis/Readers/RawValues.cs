using System.Buffers.Binary;

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
        Span<byte> turned = stackalloc byte[8];
        for (var i = 0; i < into.Length; i++)
        {
            scoped var one = bytes.Slice(i * size, size);
            if (bigEndian && size > 1)
            {
                one.CopyTo(turned);
                turned[..size].Reverse();
                one = turned[..size];
            }
            into[i] = type switch
            {
                RawType.U1 => one[0],
                RawType.I1 => (sbyte)one[0],
                RawType.U2 => BinaryPrimitives.ReadUInt16LittleEndian(one),
                RawType.I2 => BinaryPrimitives.ReadInt16LittleEndian(one),
                RawType.U4 => BinaryPrimitives.ReadUInt32LittleEndian(one),
                RawType.I4 => BinaryPrimitives.ReadInt32LittleEndian(one),
                RawType.U8 => BinaryPrimitives.ReadUInt64LittleEndian(one),
                RawType.I8 => BinaryPrimitives.ReadInt64LittleEndian(one),
                RawType.F2 => (double)BinaryPrimitives.ReadHalfLittleEndian(one),
                RawType.F4 => BinaryPrimitives.ReadSingleLittleEndian(one),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(one),
            };
        }
    }
}
