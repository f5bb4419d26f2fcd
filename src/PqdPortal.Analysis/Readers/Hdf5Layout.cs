using System.IO.Compression;

namespace PqdPortal.Analysis.Readers;

enum Hdf5LayoutKind { Compact, Contiguous, Chunked, Virtual, External, Unknown }

/// <summary>How the numbers of a chunked dataset are found.</summary>
enum Hdf5IndexKind { Tree = 0, Single = 1, Implicit = 2, FixedArray = 3, ExtensibleArray = 4, Tree2 = 5 }

/// <summary>Where the numbers of a dataset lie.</summary>
sealed record Hdf5Layout(Hdf5LayoutKind Kind)
{
    /// <summary>Of the numbers, or of what leads to the chunks; null where nothing was stored.</summary>
    public long? Address { get; init; }

    /// <summary>Length of the numbers where they lie in one piece [bytes].</summary>
    public long Size { get; init; }

    /// <summary>The numbers themselves where they stand in the header.</summary>
    public byte[] Inline { get; init; } = [];

    /// <summary>Elements of a chunk in each dimension; behind them the size of an element [bytes].</summary>
    public long[] Chunk { get; init; } = [];

    public Hdf5IndexKind Index { get; init; }

    /// <summary>Packed length and filter mask of a single chunk; null where it is not packed.</summary>
    public (long Size, long Mask)? Packed { get; init; }

    /// <summary>Reads a layout message.</summary>
    public static Hdf5Layout Read(Hdf5Cursor body)
    {
        int version = body.U1();
        if (version is 1 or 2)
        {
            int dimensions = body.U1(), kind = body.U1();
            body.Skip(5);
            var address = kind == 0 ? null : body.Offset();
            var sizes = new long[dimensions];
            for (var i = 0; i < dimensions; i++) sizes[i] = body.U4();
            return kind switch
            {
                0 => new(Hdf5LayoutKind.Compact) { Inline = body.Take(body.U4()).ToArray() },
                1 => new(Hdf5LayoutKind.Contiguous) { Address = address, Size = long.MaxValue },
                2 => new(Hdf5LayoutKind.Chunked) { Address = address, Chunk = sizes },
                _ => new(Hdf5LayoutKind.Unknown),
            };
        }
        if (version is not (3 or 4)) return new(Hdf5LayoutKind.Unknown);
        switch (body.U1())
        {
            case 0:
                return new(Hdf5LayoutKind.Compact) { Inline = body.Take(body.U2()).ToArray() };
            case 1:
                return new(Hdf5LayoutKind.Contiguous) { Address = body.Offset(), Size = body.Length() };
            case 2 when version == 3:
            {
                var sizes = new long[body.U1()];
                var address = body.Offset();
                for (var i = 0; i < sizes.Length; i++) sizes[i] = body.U4();
                return new(Hdf5LayoutKind.Chunked) { Address = address, Chunk = sizes };
            }
            case 2:
            {
                int flags = body.U1();
                var sizes = new long[body.U1()];
                int width = body.U1();
                for (var i = 0; i < sizes.Length; i++) sizes[i] = body.Number(width);
                var index = (Hdf5IndexKind)body.U1();
                (long, long)? packed = null;
                switch (index)
                {
                    case Hdf5IndexKind.Single when (flags & 2) != 0:
                        packed = (body.Length(), body.U4());
                        break;
                    case Hdf5IndexKind.FixedArray:
                        body.Skip(1);
                        break;
                    case Hdf5IndexKind.ExtensibleArray:
                        body.Skip(5);
                        break;
                    case Hdf5IndexKind.Tree2:
                        body.Skip(6);
                        break;
                    case Hdf5IndexKind.Single or Hdf5IndexKind.Implicit:
                        break;
                    default:
                        return new(Hdf5LayoutKind.Unknown);
                }
                return new(Hdf5LayoutKind.Chunked) { Address = body.Offset(), Chunk = sizes, Index = index, Packed = packed };
            }
            case 3:
                return new(Hdf5LayoutKind.Virtual);
            default:
                return new(Hdf5LayoutKind.Unknown);
        }
    }
}

/// <summary>One step by which a chunk was packed.</summary>
/// <param name="Id">Registered number of the filter.</param>
/// <param name="Values">Its parameters.</param>
sealed record Hdf5Filter(int Id, long[] Values)
{
    const int Deflate = 1, Shuffle = 2, Fletcher = 3;

    /// <summary>Whether the portal can undo it.</summary>
    public bool IsKnown => Id is Deflate or Shuffle or Fletcher;

    /// <summary>For people.</summary>
    public string Text => Id switch
    {
        4 => "SZIP",
        5 => "N-bit",
        6 => "scale-offset",
        32000 => "LZF",
        32001 => "Blosc",
        32004 => "LZ4",
        32008 => "bitshuffle",
        32013 => "ZFP",
        32015 => "Zstandard",
        32026 => "Blosc2",
        _ => $"number {Id}",
    };

    /// <summary>Reads a filter message: the steps in the order in which they packed.</summary>
    public static IReadOnlyList<Hdf5Filter> Read(Hdf5Cursor body)
    {
        int version = body.U1(), count = body.U1();
        if (version == 1) body.Skip(6);
        var filters = new List<Hdf5Filter>();
        for (var i = 0; i < count; i++)
        {
            var id = body.U2();
            var nameLength = version == 1 || id >= 256 ? body.U2() : 0;
            body.Skip(2);
            var values = new long[body.U2()];
            var from = body.At;
            body.Skip(nameLength);
            if (version == 1) body.Align(from);
            for (var k = 0; k < values.Length; k++) values[k] = body.U4();
            if (version == 1 && values.Length % 2 == 1) body.Skip(4);
            filters.Add(new(id, values));
        }
        return filters;
    }

    /// <summary>Undoes the step.</summary>
    /// <param name="most">Bytes that a chunk can have; nothing is unpacked beyond.</param>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public byte[] Undo(byte[] bytes, int most) => Id switch
    {
        Fletcher => bytes.Length >= 4 ? bytes[..^4] : throw new InvalidDataException("The chunk is shorter than its checksum."),
        Shuffle => Unshuffled(bytes, Values is [var size, ..] ? size : 1),
        _ => Inflated(bytes, most),
    };

    static byte[] Inflated(byte[] bytes, int most)
    {
        using var unpacking = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var into = new byte[most];
        try
        {
            var got = unpacking.ReadAtLeast(into, most, throwOnEndOfStream: false);
            return got == most ? into : into[..got];
        }
        catch (IOException trouble)
        {
            throw new InvalidDataException(trouble.Message, trouble);
        }
    }

    static byte[] Unshuffled(byte[] bytes, long told)
    {
        if (told <= 1 || told > bytes.Length) return bytes;
        var size = (int)told;
        var count = bytes.Length / size;
        var into = new byte[bytes.Length];
        for (var part = 0; part < size; part++)
        {
            var from = bytes.AsSpan(part * count, count);
            for (int i = 0, at = part; i < from.Length; i++, at += size) into[at] = from[i];
        }
        bytes.AsSpan(size * count).CopyTo(into.AsSpan(size * count));
        return into;
    }
}
