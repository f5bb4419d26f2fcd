using System.Numerics;

namespace PqdPortal.Analysis.Readers;

/// <summary>The heap in which files of HDF5 1.8 and later keep the links or attributes of an object that has many.</summary>
sealed class Hdf5Heap
{
    readonly Hdf5File _file;
    int _offsetBytes, _lengthBytes, _width, _rows;
    long _start, _largest;
    long? _root;

    Hdf5Heap(Hdf5File file) => _file = file;

    /// <summary>Length of the place of an object [bytes].</summary>
    public int IdLength { get; private init; }

    public static Hdf5Heap Open(Hdf5File file, long address)
    {
        var head = file.UpTo(address, 256, "FRHP"u8, "heap");
        head.Skip(1);
        var idLength = head.U2();
        var filters = head.U2();
        head.Skip(1);
        var largestObject = head.U4();
        head.Skip(2L * file.OffsetSize + 10L * file.LengthSize);
        var width = head.U2();
        var start = head.Length();
        var largest = head.Length();
        var bits = head.U2();
        head.Skip(2);
        var root = head.Offset();
        var rows = head.U2();
        if (filters != 0 || idLength is 0 or > 64 || width == 0 || bits > 64 || start <= 0 || largest < start || !BitOperations.IsPow2(start) || !BitOperations.IsPow2(largest))
            throw file.Damaged("a heap's header does not fit itself, or the heap is packed. Rewrite the file with h5repack", address);
        return new(file)
        {
            IdLength = idLength,
            _width = width,
            _start = start,
            _largest = largest,
            _rows = rows,
            _root = root,
            _offsetBytes = (bits + 7) / 8,
            _lengthBytes = Hdf5Tree2.Width(Math.Min(largest, largestObject)),
        };
    }

    /// <summary>The object at a place; null for what is kept outside the blocks of the heap.</summary>
    public Hdf5Cursor? Find(ReadOnlySpan<byte> id)
    {
        var place = new Hdf5Cursor(_file, id.ToArray(), 0);
        if ((place.U1() & 0x30) != 0 || _root is not { } root) return null;
        var offset = place.Number(_offsetBytes);
        var length = place.Number(_lengthBytes);
        if (_rows == 0) return _file.Block(root + offset, length, "object of a heap");

        long blockAt = 0;
        int rows = _rows;
        var address = root;
        for (var depth = 0; depth < 16; depth++)
        {
            // Rows of blocks: the first two of the starting size, each further one twice as large; behind the largest, rows of rows.
            var directRows = BitOperations.Log2((ulong)_largest) - BitOperations.Log2((ulong)_start) + 2;
            long at = blockAt;
            var (row, size) = (0, _start);
            for (; row < rows && offset >= at + size * _width; row++)
            {
                at += size * _width;
                if (row > 0) size *= 2;
                if (size > 1L << 50) throw _file.Damaged("an object of a heap lies behind its end", address);
            }
            if (row >= rows) throw _file.Damaged("an object of a heap lies behind its end", address);
            var column = (offset - at) / size;
            var entry = (long)row * _width + column;
            var head = 5 + _file.OffsetSize + _offsetBytes;
            if (_file.Block(address, 4, "FHIB"u8, "heap").Left != 0) return null;
            var child = _file.Block(address + head + entry * _file.OffsetSize, _file.OffsetSize, "heap").Offset()
                ?? throw _file.Damaged("a block of a heap is missing", address);
            blockAt = at + column * size;
            if (row < directRows) return _file.Block(child + (offset - blockAt), length, "object of a heap");
            address = child;
            rows = BitOperations.Log2((ulong)size) - BitOperations.Log2((ulong)_start * (ulong)_width) + 1;
        }
        throw _file.Damaged("a heap is nested without end", address);
    }
}
