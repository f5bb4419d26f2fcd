using System.Buffers.Binary;

namespace PqdPortal.Analysis.Readers;

/// <summary>How HDF5 stores the elements of a dataset or attribute.</summary>
/// <param name="Kind">What an element is.</param>
/// <param name="Size">Of an element [bytes].</param>
/// <param name="Raw">How a number is stored; null for what is no number.</param>
/// <param name="BigEndian">Order of its bytes.</param>
sealed record Hdf5Type(Hdf5Kind Kind, int Size, RawType? Raw, bool BigEndian)
{
    public bool IsWhole => Raw is RawType.U1 or RawType.I1 or RawType.U2 or RawType.I2 or RawType.U4 or RawType.I4 or RawType.U8 or RawType.I8;

    /// <summary>For people: "u8", "text".</summary>
    public string Text => Raw is { } raw ? RawValues.NameOf(raw) : Kind switch
    {
        Hdf5Kind.Text or Hdf5Kind.LongText => "text",
        Hdf5Kind.Compound => "compound",
        _ => $"{Size}-byte elements of another type",
    };

    /// <summary>Reads a datatype message.</summary>
    /// <param name="depth">Of types within types.</param>
    public static Hdf5Type Read(Hdf5Cursor message, int depth = 0)
    {
        var first = message.U1();
        var bits = message.Take(3).ToArray();
        var told = message.U4();
        if (told > 1 << 20) return new(Hdf5Kind.Other, 1 << 20, null, false);
        var size = (int)told;
        var bigEndian = (bits[0] & 1) != 0;
        switch (first & 0xF)
        {
            case 0:
                var signed = (bits[0] & 8) != 0;
                return new(Hdf5Kind.Number, size, size switch
                {
                    1 => signed ? RawType.I1 : RawType.U1,
                    2 => signed ? RawType.I2 : RawType.U2,
                    4 => signed ? RawType.I4 : RawType.U4,
                    8 => signed ? RawType.I8 : RawType.U8,
                    _ => null,
                }, bigEndian);
            case 1:
                return new(Hdf5Kind.Number, size, size switch { 2 => RawType.F2, 4 => RawType.F4, 8 => RawType.F8, _ => null }, bigEndian);
            case 3:
                return new(Hdf5Kind.Text, size, null, false);
            case 6:
                return new(Hdf5Kind.Compound, size, null, false);
            case 8 when depth < 4 && Read(message, depth + 1) is var of: // an enumeration is stored as its integers
                return of with { Size = size };
            case 9:
                return new((bits[0] & 0xF) == 1 ? Hdf5Kind.LongText : Hdf5Kind.Other, size, null, false);
            default:
                return new(Hdf5Kind.Other, size, null, false);
        }
    }

    /// <summary>Whole numbers as 64-bit integers.</summary>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="into">Shape (n).</param>
    public void Whole(ReadOnlySpan<byte> bytes, Span<long> into)
    {
        switch (Raw, BigEndian)
        {
            case (RawType.U1, _):
                for (var i = 0; i < into.Length; i++) into[i] = bytes[i];
                break;
            case (RawType.I1, _):
                for (var i = 0; i < into.Length; i++) into[i] = (sbyte)bytes[i];
                break;
            case (RawType.U2, false):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
                break;
            case (RawType.U2, true):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]);
                break;
            case (RawType.I2, false):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]);
                break;
            case (RawType.I2, true):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt16BigEndian(bytes[(2 * i)..]);
                break;
            case (RawType.U4, false):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
                break;
            case (RawType.U4, true):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(4 * i)..]);
                break;
            case (RawType.I4, false):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
                break;
            case (RawType.I4, true):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt32BigEndian(bytes[(4 * i)..]);
                break;
            case (RawType.U8 or RawType.I8, false):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
                break;
            case (RawType.U8 or RawType.I8, true):
                for (var i = 0; i < into.Length; i++) into[i] = BinaryPrimitives.ReadInt64BigEndian(bytes[(8 * i)..]);
                break;
            default:
                throw new ArgumentException("The elements are no whole numbers.");
        }
    }
}

/// <summary>What an element is.</summary>
enum Hdf5Kind { Number, Text, LongText, Compound, Other }
