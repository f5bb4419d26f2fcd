namespace PqdPortal.Analysis.Readers;

/// <summary>A group or dataset of an HDF5 file: its attributes, what it links to, and its data.</summary>
sealed class Hdf5Object
{
    /// <summary>No object of a measurement has more messages, attributes or links.</summary>
    const int MostMessages = 16_384;

    readonly List<Hdf5Attribute> _attributes = [];
    readonly List<Hdf5Link> _links = [];
    readonly Hdf5File _file;

    Hdf5Object(Hdf5File file, long address) => (_file, Address) = (file, address);

    public long Address { get; }

    public IReadOnlyList<Hdf5Attribute> Attributes => _attributes;

    /// <summary>What a group names; nothing for a dataset.</summary>
    public IReadOnlyList<Hdf5Link> Links => _links;

    /// <summary>The data, where the object is a dataset.</summary>
    public Hdf5Dataset? Dataset { get; private set; }

    /// <exception cref="MeasurementFormatException">The object's header is damaged.</exception>
    public static Hdf5Object Read(Hdf5File file, long address)
    {
        var it = new Hdf5Object(file, address);
        it.Read();
        return it;
    }

    /// <summary>The object of that name in this group; null where there is none, or where the name is a link out of the group.</summary>
    public Hdf5Object? Child(string name) =>
        _links.FirstOrDefault(link => link.Name == name) is { Address: { } address } ? Read(_file, address) : null;

    /// <summary>The object at a path below this one, such as "setup/num_spots".</summary>
    public Hdf5Object? At(string path)
    {
        Hdf5Object? it = this;
        foreach (var name in path.Split('/')) it = it?.Child(name);
        return it;
    }

    /// <summary>A text below this group, as an attribute or a dataset may hold it; null where there is none.</summary>
    public string? Text(string path) => At(path)?.Dataset?.Small()?.FirstText;

    /// <summary>A number below this group; null where there is none.</summary>
    public double? Real(string path) => At(path)?.Dataset?.Small()?.FirstReal;

    /// <summary>An attribute of this object.</summary>
    public Hdf5Values? Attribute(string name) => _attributes.FirstOrDefault(a => a.Name == name)?.Values;

    void Read()
    {
        (Hdf5Type? Type, long[]? Shape, Hdf5Layout? Layout, IReadOnlyList<Hdf5Filter> Filters) data = (null, null, null, []);
        foreach (var (type, flags, body) in Messages())
        {
            switch (type)
            {
                case 0x01:
                    data.Shape = ShapeIn(body);
                    break;
                case 0x02:
                    ReadDenseLinks(body);
                    break;
                case 0x03:
                    data.Type = TypeIn(body, (flags & 2) != 0);
                    break;
                case 0x06:
                    Add(LinkIn(body));
                    break;
                case 0x07:
                    data.Layout = new Hdf5Layout(Hdf5LayoutKind.External);
                    break;
                case 0x08 when data.Layout is null:
                    data.Layout = Hdf5Layout.Read(body);
                    break;
                case 0x0B:
                    data.Filters = Hdf5Filter.Read(body);
                    break;
                case 0x0C when (flags & 2) == 0:
                    AddAttribute(body);
                    break;
                case 0x11:
                    ReadSymbolTable(body.Offset(), body.Offset());
                    break;
                case 0x15:
                    ReadDenseAttributes(body);
                    break;
            }
        }
        if (data is ({ } elements, { } shape, { } layout, var filters)) Dataset = new Hdf5Dataset(_file, elements, shape, layout, filters);
    }

    /// <summary>Every message of the header, in order, continuations included.</summary>
    IEnumerable<(int Type, int Flags, Hdf5Cursor Body)> Messages()
    {
        var start = _file.Block(Address, 6, "object header");
        var modern = start.Take(4).SequenceEqual("OHDR"u8);
        var blocks = new Queue<(long Address, long Length)>();
        var seen = new HashSet<long>();
        var count = 0;
        var order = false;
        Hdf5Cursor chunk;
        if (modern)
        {
            start.Skip(1);
            int flags = start.U1();
            order = (flags & 4) != 0;
            var prefix = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            var sizeBytes = 1 << (flags & 3);
            var length = _file.Block(Address + prefix, sizeBytes, "object header").Number(sizeBytes);
            chunk = _file.Block(Address + prefix + sizeBytes, length, "object header");
        }
        else
        {
            start = _file.Block(Address, 16, "object header");
            if (start.U1() != 1) throw _file.Damaged("no object header stands where a link points", Address);
            start.Skip(7);
            chunk = _file.Block(Address + 16, start.U4(), "object header");
        }

        while (true)
        {
            var head = modern ? order ? 6 : 4 : 8;
            while (chunk.Left >= head)
            {
                if (++count > MostMessages) throw _file.Damaged($"an object has more than {MostMessages:N0} messages", Address);
                int type = modern ? chunk.U1() : chunk.U2();
                var size = chunk.U2();
                int flags = chunk.U1();
                if (modern) chunk.Skip(order ? 2 : 0);
                else chunk.Skip(3);
                if (size > chunk.Left) throw _file.Damaged($"a message of an object header is longer than the header", Address);
                var body = chunk.Part(size);
                if (type == 0x10)
                {
                    if (body.Offset() is { } at && seen.Add(at)) blocks.Enqueue((at, body.Length()));
                }
                else if (type != 0)
                {
                    yield return (type, flags, body);
                }
            }
            if (!blocks.TryDequeue(out var next)) yield break;
            chunk = modern
                ? _file.Block(next.Address, next.Length, "OCHK"u8, "continuation of an object header").Part(Math.Max(0, next.Length - 8))
                : _file.Block(next.Address, next.Length, "continuation of an object header");
        }
    }

    /// <summary>Dimensions, empty for one value; null for no value at all.</summary>
    static long[]? ShapeIn(Hdf5Cursor body)
    {
        int version = body.U1(), rank = body.U1();
        body.Skip(1);
        var kind = 1;
        if (version == 1) body.Skip(5);
        else kind = body.U1();
        if (kind == 2 || rank > 32) return null;
        var shape = new long[rank];
        for (var i = 0; i < rank; i++) shape[i] = body.Length();
        return shape;
    }

    /// <summary>A datatype, or one that the file keeps elsewhere under a name.</summary>
    Hdf5Type? TypeIn(Hdf5Cursor body, bool shared)
    {
        if (!shared) return Hdf5Type.Read(body);
        int version = body.U1(), kind = body.U1();
        if (version == 1) body.Skip(6);
        if ((version == 3 && kind == 1) || body.Offset() is not { } at) return null;
        foreach (var (type, flags, message) in new Hdf5Object(_file, at).Messages())
            if (type == 0x03 && (flags & 2) == 0) return Hdf5Type.Read(message);
        return null;
    }

    void AddAttribute(Hdf5Cursor body)
    {
        int version = body.U1(), flags = body.U1();
        int nameSize = body.U2(), typeSize = body.U2(), shapeSize = body.U2();
        if (version == 3) body.Skip(1);
        if (version is < 1 or > 3) return;
        Hdf5Cursor Field(int size)
        {
            var from = body.At;
            var field = body.Part(size);
            if (version == 1) body.Align(from);
            return field;
        }
        var name = Field(nameSize).TextAt(0);
        var type = TypeIn(Field(typeSize), version > 1 && (flags & 1) != 0);
        var shape = ShapeIn(Field(shapeSize));
        if (type is null || shape is null) return;
        var count = 1L;
        foreach (var length in shape) count = length == 0 ? 0 : count > body.Left / Math.Max(1, length) + 1 ? long.MaxValue / 2 : count * length;
        if (count > body.Left / Math.Max(1, type.Size)) return;
        _attributes.Add(new(name, new Hdf5Values(_file, type, shape, body.Take(count * type.Size).ToArray())));
    }

    void Add(Hdf5Link link)
    {
        if (_links.Count >= MostMessages) throw _file.Damaged($"a group holds more than {MostMessages:N0} names", Address);
        _links.Add(link);
    }

    static Hdf5Link LinkIn(Hdf5Cursor body)
    {
        body.Skip(1);
        int flags = body.U1();
        int kind = (flags & 8) != 0 ? body.U1() : 0;
        if ((flags & 4) != 0) body.Skip(8);
        if ((flags & 16) != 0) body.Skip(1);
        var name = HeaderText.Narrow(body.Take(body.Number(1 << (flags & 3))));
        return kind switch
        {
            0 => new(name, body.Offset(), null),
            1 => new(name, null, "a link to " + HeaderText.Narrow(body.Take(body.U2()))),
            64 => new(name, null, "a link to another file"),
            _ => new(name, null, "a link of an unknown kind"),
        };
    }

    // ---- groups of the old kind: a tree of nodes, the names in a heap ----

    void ReadSymbolTable(long? tree, long? heap)
    {
        if (tree is not { } root || heap is not { } names) return;
        var head = _file.Block(names, 8 + 2L * _file.LengthSize + _file.OffsetSize, "HEAP"u8, "list of names");
        head.Skip(4);
        var size = head.Length();
        head.Length();
        var text = _file.Block(head.Offset() ?? -1, size, "list of names");

        var nodes = new Stack<(long Address, int Level)>([(root, -1)]);
        var seen = new HashSet<long>();
        while (nodes.TryPop(out var node))
        {
            if (!seen.Add(node.Address)) throw _file.Damaged("the nodes of a group run in a circle", node.Address);
            if (seen.Count > MostMessages) throw _file.Damaged("a group has too many nodes", Address);
            if (node.Level == 0)
            {
                ReadSymbols(node.Address, text);
                continue;
            }
            var (level, children) = Hdf5Tree.Node(_file, node.Address, 0, _file.LengthSize);
            if (node.Level > 0 && level != node.Level - 1) throw _file.Damaged("the levels of a group's nodes do not fit", node.Address);
            for (var i = children.Count - 1; i >= 0; i--)
                if (children[i].Child is { } child) nodes.Push((child, level));
        }
    }

    void ReadSymbols(long address, Hdf5Cursor names)
    {
        var head = _file.Block(address, 8, "SNOD"u8, "group node");
        head.Skip(2);
        var count = head.U2();
        var body = _file.Block(address + 8, count * (2L * _file.OffsetSize + 24), "group node");
        for (var i = 0; i < count; i++)
        {
            var name = names.TextAt(body.Offset() ?? -1);
            var at = body.Offset();
            var cached = body.U4();
            body.Skip(4);
            var scratch = body.Part(16);
            Add(cached == 2 ? new(name, null, "a link to " + names.TextAt(scratch.U4())) : new(name, at, null));
        }
    }

    // ---- groups and attributes of the new kind: a heap and a tree of its objects ----

    void ReadDenseLinks(Hdf5Cursor body)
    {
        body.Skip(1);
        if ((body.U1() & 1) != 0) body.Skip(8);
        foreach (var link in Dense(body.Offset(), body.Offset(), idAt: 4)) Add(LinkIn(link));
    }

    void ReadDenseAttributes(Hdf5Cursor body)
    {
        body.Skip(1);
        if ((body.U1() & 1) != 0) body.Skip(2);
        foreach (var attribute in Dense(body.Offset(), body.Offset(), idAt: 0)) AddAttribute(attribute);
    }

    /// <param name="idAt">Where in a record of the tree the place in the heap stands.</param>
    IEnumerable<Hdf5Cursor> Dense(long? heapAddress, long? treeAddress, int idAt)
    {
        if (heapAddress is not { } at || treeAddress is not { } tree) yield break;
        var heap = Hdf5Heap.Open(_file, at);
        var count = 0;
        foreach (var record in Hdf5Tree2.Records(_file, tree))
        {
            if (++count > MostMessages) throw _file.Damaged($"a group holds more than {MostMessages:N0} names", Address);
            record.Skip(idAt);
            if (heap.Find(record.Take(heap.IdLength)) is { } found) yield return found;
        }
    }
}

/// <summary>A name in a group.</summary>
/// <param name="Address">Of the object it names; null for a link out of the group.</param>
/// <param name="Elsewhere">Where it leads instead, in words.</param>
sealed record Hdf5Link(string Name, long? Address, string? Elsewhere);

/// <summary>A value that belongs to an object.</summary>
sealed record Hdf5Attribute(string Name, Hdf5Values Values);
