namespace PqdPortal.Analysis.Readers;

/// <summary>Numbers or texts of an HDF5 file, in as many dimensions as the file says; they stay there until they are asked for.</summary>
sealed class Hdf5Dataset
{
    /// <summary>A dataset of up to so many bytes is read whole where a few values are wanted.</summary>
    const int SmallBytes = 1 << 16;

    readonly Hdf5File _file;
    readonly Hdf5Layout _layout;
    readonly IReadOnlyList<Hdf5Filter> _filters;

    public Hdf5Dataset(Hdf5File file, Hdf5Type type, long[] shape, Hdf5Layout layout, IReadOnlyList<Hdf5Filter> filters)
    {
        (_file, Type, Shape, _layout, _filters) = (file, type, shape, layout, filters);
        var count = 1L;
        foreach (var length in shape) count = length == 0 ? 0 : count > long.MaxValue / 2 / length ? long.MaxValue / 2 : count * length;
        Count = count;
    }

    public Hdf5Type Type { get; }

    /// <summary>Dimensions as the file declares them; empty for one value.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Elements declared.</summary>
    public long Count { get; }

    /// <summary>"(1280), u8", for people.</summary>
    public string Text => $"({string.Join(" x ", Shape)}), {Type.Text}";

    /// <summary>Why the numbers cannot be read, as a sentence; null where they can.</summary>
    public string? Unreadable =>
        _layout.Kind switch
        {
            Hdf5LayoutKind.Virtual => "it is a virtual dataset, put together from others, which are not followed. Write it as a plain dataset: h5repack IN OUT in the folder where all its parts lie",
            Hdf5LayoutKind.External => "its numbers lie in another file, which is not followed. Write them into one file: h5repack IN OUT where both lie",
            Hdf5LayoutKind.Unknown => "its numbers are laid out in a way that is not known. Rewrite the file: h5repack IN OUT",
            _ when _filters.FirstOrDefault(filter => !filter.IsKnown) is { } filter =>
                $"its numbers are packed with the filter {filter.Text}, which plain HDF5 cannot undo. Rewrite the file where that filter is installed: h5repack -f GZIP=4 IN OUT",
            Hdf5LayoutKind.Chunked when _layout.Chunk.Length != Shape.Count + 1 || _layout.Chunk.Any(length => length is <= 0 or > int.MaxValue) => "the shape of its chunks does not fit its own",
            Hdf5LayoutKind.Chunked when ChunkBytes() > Math.Max(32L << 20, _file.Source.Length) =>
                $"its chunks would take {ChunkBytes():N0} bytes each, more than the file. If that is true, rewrite the file with smaller chunks: h5repack -l CHUNK=65536 IN OUT",
            _ => null,
        };

    long ChunkBytes()
    {
        var bytes = (long)Type.Size;
        foreach (var length in _layout.Chunk.AsSpan(0, Shape.Count)) bytes = bytes > long.MaxValue / 2 / length ? long.MaxValue / 2 : bytes * length;
        return bytes;
    }

    /// <summary>All values of a small dataset; null where it is not small or cannot be read.</summary>
    public Hdf5Values? Small()
    {
        if (Unreadable is not null || Type.Size == 0 || Count > SmallBytes / Type.Size) return null;
        var bytes = new byte[Count * Type.Size];
        Reader().Read(new long[Shape.Count], [.. Shape], bytes);
        return new(_file, Type, [.. Shape], bytes);
    }

    /// <summary>A reader with its own place in the file; several may work at once.</summary>
    /// <exception cref="MeasurementFormatException">The numbers cannot be read.</exception>
    public Hdf5Reader Reader() =>
        Unreadable is { } why
            ? throw new MeasurementFormatException($"A dataset of {Text} cannot be read: {why}.", _file.Start) { Format = Hdf5File.Name }
            : new(_file, Type, [.. Shape], _layout, _filters);
}

/// <summary>Reads parts of a dataset, chunk by chunk, keeping the last one.</summary>
sealed class Hdf5Reader
{
    /// <summary>Numbers in one piece are read in strips of about so many bytes.</summary>
    const int StripBytes = 1 << 20;

    readonly Hdf5File _file;
    readonly Hdf5Layout _layout;
    readonly IReadOnlyList<Hdf5Filter> _filters;
    readonly Hdf5Chunks? _chunks;
    readonly long[] _shape, _chunk;
    readonly int _size;
    byte[] _last = [];
    long[]? _lastAt;
    bool _lastThere;

    public Hdf5Reader(Hdf5File file, Hdf5Type type, long[] shape, Hdf5Layout layout, IReadOnlyList<Hdf5Filter> filters)
    {
        // One value is read like a row of one.
        (_file, _layout, _filters, _size) = (file, layout, filters, type.Size);
        _shape = shape.Length == 0 ? [1] : shape;
        if (layout.Kind == Hdf5LayoutKind.Chunked)
        {
            _chunk = layout.Chunk[..^1];
            if (_chunk.Length == 0) _chunk = [1];
            _chunks = new Hdf5Chunks(file, layout, _shape, _chunk, (long)Product(_chunk) * _size, filters.Count > 0);
        }
        else
        {
            _chunk = [.. _shape];
            var row = Product(_shape.AsSpan(1)) * Math.Max(1, _size);
            _chunk[0] = Math.Clamp((long)Math.Max(1, StripBytes / Math.Max(1, row)), 1, Math.Max(1, _shape[0]));
        }
    }

    /// <summary>Chunks that were asked for and that the file does not hold; their elements were handed out as 0.</summary>
    public long Missing { get; private set; }

    /// <summary>Whether the file holds the element at this place.</summary>
    public bool Has(params long[] at)
    {
        if (_chunks is not null)
        {
            var chunk = new long[_chunk.Length];
            for (var d = 0; d < chunk.Length; d++) chunk[d] = at[d] / _chunk[d];
            return _chunks.Find(chunk) is { } found && found.Size <= _file.Source.Length - Math.Min(_file.Source.Length, _file.ByteOf(found.Address));
        }
        var index = 0d;
        for (var d = 0; d < at.Length; d++) index = index * _shape[d] + at[d];
        var end = (index + 1) * _size;
        return _layout.Kind == Hdf5LayoutKind.Compact ? end <= _layout.Inline.Length
            : _layout.Address is { } address && end <= _layout.Size && end <= _file.Source.Length - _file.ByteOf(address);
    }

    /// <summary>Reads a box of elements.</summary>
    /// <param name="from">First element, shape (rank).</param>
    /// <param name="count">Elements in each dimension, shape (rank); inside the dataset.</param>
    /// <param name="into">Room for all of them, the last dimension fastest.</param>
    public void Read(long[] from, long[] count, Span<byte> into)
    {
        if (from.Length == 0) (from, count) = ([0], [1]);
        var rank = from.Length;
        if (count.Contains(0)) return;

        var chunk = new long[rank];
        for (var d = 0; d < rank; d++) chunk[d] = from[d] / _chunk[d];
        while (true)
        {
            Load(chunk);
            Copy(chunk, from, count, into);
            var turn = rank - 1;
            for (; turn >= 0; turn--)
            {
                if (++chunk[turn] * _chunk[turn] < from[turn] + count[turn]) break;
                chunk[turn] = from[turn] / _chunk[turn];
            }
            if (turn < 0) return;
        }
    }

    /// <summary>Copies what the last chunk and the box share.</summary>
    void Copy(long[] chunk, long[] from, long[] count, Span<byte> into)
    {
        var rank = from.Length;
        var lo = new long[rank];
        var hi = new long[rank];
        for (var d = 0; d < rank; d++)
        {
            lo[d] = Math.Max(from[d], chunk[d] * _chunk[d]);
            hi[d] = Math.Min(from[d] + count[d], (chunk[d] + 1) * _chunk[d]);
        }
        var at = (long[])lo.Clone();
        var run = (int)(hi[^1] - lo[^1]) * _size;
        while (true)
        {
            long source = 0, target = 0;
            for (var d = 0; d < rank; d++)
            {
                source = source * _chunk[d] + (at[d] - chunk[d] * _chunk[d]);
                target = target * count[d] + (at[d] - from[d]);
            }
            var place = into.Slice((int)(target * _size), run);
            var there = _lastThere ? (int)Math.Clamp(_last.Length - source * _size, 0, run) : 0;
            if (there > 0) _last.AsSpan((int)(source * _size), there).CopyTo(place);
            place[there..].Clear();
            var turn = rank - 2;
            for (; turn >= 0; turn--)
            {
                if (++at[turn] < hi[turn]) break;
                at[turn] = lo[turn];
            }
            if (turn < 0) return;
        }
    }

    void Load(long[] chunk)
    {
        if (_lastAt is { } last && last.AsSpan().SequenceEqual(chunk)) return;
        _lastAt = (long[])chunk.Clone();
        _lastThere = true;
        var whole = (int)Product(_chunk) * _size;
        if (_layout.Kind == Hdf5LayoutKind.Compact)
        {
            _last = _layout.Inline.AsSpan((int)Math.Min(_layout.Inline.Length, chunk[0] * (double)whole)).ToArray();
        }
        else if (_layout.Kind == Hdf5LayoutKind.Contiguous)
        {
            var at = chunk[0] * (long)whole;
            if (_layout.Address is not { } address || at >= _layout.Size) Absent();
            else Fill(_file.ByteOf(address) + at, (int)Math.Min(whole, _layout.Size - at));
        }
        else if (_chunks!.Find(chunk) is { } found)
        {
            if (_filters.Count == 0) Fill(_file.ByteOf(found.Address), whole);
            else Unpack(found, whole);
        }
        else
        {
            Absent();
        }
    }

    void Absent()
    {
        Missing++;
        _lastThere = false;
    }

    void Fill(long at, int length)
    {
        if (_last.Length != length) _last = new byte[length];
        var got = _file.Source.Read(_last, at);
        if (got == length) return;
        Missing++;
        _last = _last[..got];
    }

    void Unpack((long Address, long Size, long Mask) chunk, int whole)
    {
        var bytes = _file.Chunk(chunk.Address, Math.Min(chunk.Size, 2L * whole + 4096));
        try
        {
            for (var i = _filters.Count - 1; i >= 0; i--)
                if ((chunk.Mask >> i & 1) == 0) bytes = _filters[i].Undo(bytes, whole + 4);
        }
        catch (InvalidDataException)
        {
            throw _file.Damaged("a packed chunk of numbers cannot be unpacked", chunk.Address);
        }
        if (bytes.Length < whole) throw _file.Damaged($"a packed chunk holds {bytes.Length:N0} bytes where {whole:N0} should be", chunk.Address);
        _last = bytes;
    }

    static double Product(ReadOnlySpan<long> lengths)
    {
        var product = 1d;
        foreach (var length in lengths) product *= length;
        return product;
    }
}
