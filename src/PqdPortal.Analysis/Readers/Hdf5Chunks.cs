using System.Numerics;

namespace PqdPortal.Analysis.Readers;

/// <summary>Finds the chunks of a dataset, by whatever index the file has; keeps no more of it than one node.</summary>
/// <param name="chunkBytes">Unpacked length of a chunk.</param>
/// <param name="packed">Whether chunks are packed, and so of any length.</param>
sealed class Hdf5Chunks(Hdf5File file, Hdf5Layout layout, long[] shape, long[] chunk, long chunkBytes, bool packed)
{
    /// <summary>No dataset whose index is read whole has more chunks.</summary>
    const int MostListed = 1 << 20;

    List<(long[] At, (long Address, long Size, long Mask) Chunk)>? _leaf;
    Dictionary<string, (long, long, long)>? _listed;

    /// <summary>Where a chunk lies; null where the file does not hold it.</summary>
    /// <param name="at">Which one, counted in chunks, shape (rank).</param>
    public (long Address, long Size, long Mask)? Find(long[] at) => layout.Address is not { } root ? null : layout.Index switch
    {
        Hdf5IndexKind.Tree => InTree(root, at),
        Hdf5IndexKind.Single => (root, layout.Packed?.Size ?? chunkBytes, layout.Packed?.Mask ?? 0),
        Hdf5IndexKind.Implicit => Number(at) is { } number ? (root + number * chunkBytes, chunkBytes, 0) : null,
        Hdf5IndexKind.FixedArray => Number(at) is { } number ? InFixedArray(root, number) : null,
        Hdf5IndexKind.ExtensibleArray => Number(at) is { } number ? InExtensibleArray(root, number) : null,
        _ => InTree2(root, at),
    };

    /// <summary>Number of a chunk, the last dimension fastest; null beyond the shape.</summary>
    long? Number(long[] at)
    {
        long number = 0;
        for (var d = 0; d < at.Length; d++)
        {
            var chunks = (shape[d] + chunk[d] - 1) / chunk[d];
            if (at[d] >= chunks || number > (1L << 50) / Math.Max(1, chunks)) return null;
            number = number * chunks + at[d];
        }
        return number;
    }

    // ---- the tree of all files before 1.10 ----

    (long, long, long)? InTree(long root, long[] at)
    {
        var element = new long[at.Length];
        for (var d = 0; d < at.Length; d++) element[d] = at[d] * chunk[d];
        if (_leaf is { Count: > 0 } known && Compare(known[0].At, element) <= 0 && Compare(known[^1].At, element) >= 0) return InLeaf(known, element);

        var keyLength = 8 + 8 * (at.Length + 1);
        var address = root;
        int? expected = null;
        while (true)
        {
            var (level, children) = Hdf5Tree.Node(file, address, 1, keyLength);
            if (expected is { } wanted && level != wanted) throw file.Damaged("the levels of a tree of chunks do not fit", address);
            if (level == 0)
            {
                _leaf = [.. children.Select(child => Entry(child.Key, child.Child))];
                return InLeaf(_leaf, element);
            }
            long? below = null;
            foreach (var (key, child) in children)
            {
                if (Compare(Entry(key, child).At, element) > 0) break;
                below = child;
            }
            if (below is not { } next) return null;
            (address, expected) = (next, level - 1);
        }
    }

    static (long, long, long)? InLeaf(List<(long[] At, (long Address, long, long) Chunk)> leaf, long[] element)
    {
        var (low, high) = (0, leaf.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Compare(leaf[middle].At, element);
            if (order == 0) return leaf[middle].Chunk.Address < 0 ? null : leaf[middle].Chunk;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    (long[] At, (long, long, long) Chunk) Entry(Hdf5Cursor key, long? child)
    {
        long size = key.U4(), mask = key.U4();
        var at = new long[shape.Length];
        for (var d = 0; d < at.Length; d++) at[d] = key.Number(8);
        return (at, (child ?? -1, size, mask));
    }

    static int Compare(ReadOnlySpan<long> a, ReadOnlySpan<long> b) => a.SequenceCompareTo(b);

    // ---- the indexes of files of HDF5 1.10 and later ----

    /// <summary>An entry of an array of chunks.</summary>
    (long, long, long)? Entry(Hdf5Cursor body, int entrySize)
    {
        if (body.Offset() is not { } address) return null;
        if (!packed) return (address, chunkBytes, 0);
        var size = body.Number(entrySize - file.OffsetSize - 4);
        return (address, size, body.U4());
    }

    (long, long, long)? InFixedArray(long root, long number)
    {
        var head = file.Block(root, 8L + file.LengthSize + file.OffsetSize, "FAHD"u8, "index of chunks");
        head.Skip(2);
        int entrySize = Checked(head.U1(), root), pageBits = head.U1();
        var count = head.Length();
        if (number >= count || head.Offset() is not { } block) return null;
        var prefix = 6 + file.OffsetSize;
        var perPage = 1L << Math.Min(62, pageBits);
        if (count <= perPage) return Entry(file.Block(block + prefix + number * entrySize, entrySize, "index of chunks"), entrySize);
        var pages = (count + perPage - 1) / perPage;
        var page = number / perPage;
        var bitmap = (pages + 7) / 8;
        if (!Set(block + prefix, page)) return null;
        var at = block + prefix + bitmap + 4 + page * (perPage * entrySize + 4) + number % perPage * entrySize;
        return Entry(file.Block(at, entrySize, "index of chunks"), entrySize);
    }

    (long, long, long)? InExtensibleArray(long root, long number)
    {
        var head = file.Block(root, 12L + 6 * file.LengthSize + file.OffsetSize, "EAHD"u8, "index of chunks");
        head.Skip(2);
        int entrySize = Checked(head.U1(), root), bits = head.U1(), inIndex = head.U1(), smallest = head.U1(), pointers = head.U1(), pageBits = head.U1();
        head.Skip(6L * file.LengthSize);
        if (head.Offset() is not { } index) return null;
        if (bits is 0 or > 62 || !BitOperations.IsPow2(smallest) || !BitOperations.IsPow2(pointers) || pageBits > 62) throw file.Damaged("an index of chunks does not fit itself", root);
        var prefix = 6 + file.OffsetSize;
        if (number < inIndex) return Entry(file.Block(index + prefix + number * entrySize, entrySize, "index of chunks"), entrySize);

        // Behind the first chunks: blocks of entries, two of a size, then twice as many or twice as large.
        var rest = number - inIndex;
        var super = BitOperations.Log2((ulong)(rest / smallest + 1));
        long startEntry = 0, startBlock = 0;
        for (var s = 0; s < super; s++)
        {
            startEntry += (1L << s / 2) * (1L << (s + 1) / 2) * smallest;
            startBlock += 1L << s / 2;
        }
        var perBlock = (1L << (super + 1) / 2) * smallest;
        var entry = rest - startEntry;
        var blockOfSuper = entry / perBlock;
        entry %= perBlock;
        var offsetBytes = (bits + 7) / 8;
        var direct = 2 * BitOperations.Log2((uint)pointers);
        var directBlocks = 2L * (pointers - 1);
        var blocksAt = index + prefix + (long)inIndex * entrySize;
        var perPage = 1L << pageBits;
        var pages = perBlock > perPage ? perBlock / perPage : 0;
        long? block;
        if (super < direct)
        {
            block = Pointer(blocksAt + (startBlock + blockOfSuper) * file.OffsetSize);
        }
        else
        {
            if (Pointer(blocksAt + (directBlocks + super - direct) * file.OffsetSize) is not { } superBlock) return null;
            file.Block(superBlock, 4, "EASB"u8, "index of chunks");
            var maps = superBlock + prefix + offsetBytes;
            var mapBytes = (pages + 7) / 8;
            if (pages > 0 && !Set(maps, blockOfSuper * pages + entry / perPage)) return null;
            block = Pointer(maps + (1L << super / 2) * mapBytes + blockOfSuper * file.OffsetSize);
        }
        if (block is not { } data) return null;
        file.Block(data, 4, "EADB"u8, "index of chunks");
        var at = data + prefix + offsetBytes + (pages > 0 ? 4 + entry / perPage * (perPage * entrySize + 4) + entry % perPage * entrySize : entry * entrySize);
        return Entry(file.Block(at, entrySize, "index of chunks"), entrySize);
    }

    long? Pointer(long at) => file.Block(at, file.OffsetSize, "index of chunks").Offset();

    bool Set(long bitmap, long bit) => (file.Block(bitmap + bit / 8, 1, "index of chunks").U1() >> (int)(7 - bit % 8) & 1) != 0;

    int Checked(int entrySize, long at) =>
        entrySize == file.OffsetSize || (packed && entrySize > file.OffsetSize + 4 && entrySize <= file.OffsetSize + 12) ? entrySize
            : throw file.Damaged("the entries of an index of chunks are of an impossible size", at);

    (long, long, long)? InTree2(long root, long[] at)
    {
        if (_listed is null)
        {
            var listed = new Dictionary<string, (long, long, long)>();
            foreach (var record in Hdf5Tree2.Records(file, root))
            {
                if (listed.Count >= MostListed) throw file.Damaged($"an index names more than {MostListed:N0} chunks", root);
                if (record.Offset() is not { } address) continue;
                var sizeBytes = record.Left - 8 * at.Length - 4;
                var (size, mask) = packed ? (record.Number(Math.Max(0, sizeBytes)), record.U4()) : (chunkBytes, 0);
                var place = new long[at.Length];
                for (var d = 0; d < at.Length; d++) place[d] = record.Number(8);
                listed[string.Join(',', place)] = (address, size, mask);
            }
            _listed = listed;
        }
        return _listed.TryGetValue(string.Join(',', at), out var found) ? found : null;
    }
}
