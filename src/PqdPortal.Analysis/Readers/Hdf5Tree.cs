namespace PqdPortal.Analysis.Readers;

/// <summary>Nodes of the first kind of tree in HDF5, which holds the names of a group or the chunks of a dataset.</summary>
static class Hdf5Tree
{
    /// <summary>Reads one node.</summary>
    /// <param name="type">0 for a group, 1 for chunks.</param>
    /// <param name="keyLength">Length of a key [bytes].</param>
    /// <returns>Its level, 0 for one whose children are no nodes, and its children with the key before each.</returns>
    public static (int Level, List<(Hdf5Cursor Key, long? Child)> Children) Node(Hdf5File file, long address, int type, int keyLength)
    {
        var head = file.Block(address, 8, "TREE"u8, "tree node");
        if (head.U1() != type) throw file.Damaged("a tree node is of another kind than its place", address);
        int level = head.U1(), count = head.U2();
        var body = file.Block(address + 8 + 2L * file.OffsetSize, (long)count * (keyLength + file.OffsetSize), "tree node");
        var children = new List<(Hdf5Cursor, long?)>(count);
        for (var i = 0; i < count; i++) children.Add((body.Part(keyLength), body.Offset()));
        return (level, children);
    }
}

/// <summary>The second kind of tree, in files of HDF5 1.8 and later.</summary>
static class Hdf5Tree2
{
    const int MostNodes = 16_384;

    /// <summary>Every record, in order.</summary>
    public static IEnumerable<Hdf5Cursor> Records(Hdf5File file, long address)
    {
        var head = file.Block(address, 16 + file.OffsetSize + 2 + file.LengthSize, "BTHD"u8, "tree");
        head.Skip(2);
        var nodeSize = head.U4();
        int recordSize = head.U2(), depth = head.U2();
        head.Skip(2);
        var root = head.Offset();
        var inRoot = head.U2();
        if (root is null || recordSize == 0 || inRoot == 0) yield break;
        if (nodeSize < 16 + recordSize || depth > 16) throw file.Damaged("a tree's header does not fit itself", address);

        // How many records fit in a node of each level decides how wide the counts are written.
        var most = new long[depth + 1];
        var total = new long[depth + 1];
        total[0] = most[0] = (nodeSize - 10) / recordSize;
        var countSize = Width(most[0]);
        for (var level = 1; level <= depth; level++)
        {
            var pointer = file.OffsetSize + countSize + (level > 1 ? Width(total[level - 1]) : 0);
            most[level] = Math.Max(1, (nodeSize - 10 - pointer) / (recordSize + pointer));
            total[level] = Math.Min(1L << 60, (most[level] + 1) * Math.Min(1L << 40, total[level - 1]) + most[level]);
        }

        var nodes = new Stack<(long Address, int Level, int Count)>([(root.Value, depth, inRoot)]);
        var seen = 0;
        while (nodes.TryPop(out var node))
        {
            if (++seen > MostNodes) throw file.Damaged("a tree has too many nodes", address);
            var body = file.UpTo(node.Address, nodeSize, node.Level == 0 ? "BTLF"u8 : "BTIN"u8, "tree node");
            body.Skip(2);
            for (var i = 0; i < node.Count; i++) yield return body.Part(recordSize);
            if (node.Level == 0) continue;
            var children = new List<(long, int, int)>();
            for (var i = 0; i <= node.Count; i++)
            {
                var child = body.Offset() ?? throw file.Damaged("a tree node is missing", node.Address);
                children.Add((child, node.Level - 1, (int)body.Number(countSize)));
                if (node.Level > 1) body.Skip(Width(total[node.Level - 1]));
            }
            children.Reverse();
            foreach (var child in children) nodes.Push(child);
        }
    }

    /// <summary>Bytes that a count up to this takes.</summary>
    internal static int Width(long most)
    {
        var bytes = 1;
        while (most >= 256)
        {
            most >>= 8;
            bytes++;
        }
        return bytes;
    }
}
