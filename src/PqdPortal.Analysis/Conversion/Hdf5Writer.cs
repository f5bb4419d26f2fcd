using System.Runtime.InteropServices;
using System.Text;
using static PqdPortal.Analysis.Conversion.Hdf5Library;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes an HDF5 file: groups, single values, and columns that grow block by block, packed.</summary>
sealed class Hdf5Writer : IDisposable
{
    /// <summary>Elements of a chunk of a column.</summary>
    const ulong Chunk = 1 << 16;

    /// <summary>Of zlib, from 1 to 9: most of the gain at half the time of the highest.</summary>
    const uint Level = 4;

    readonly Stack<(long Id, Func<long, int> Close)> _open = [];

    Hdf5Writer()
    {
    }

    /// <summary>The group at the top.</summary>
    public long Root { get; private set; }

    /// <param name="path">A file that does not exist yet.</param>
    /// <exception cref="MissingLibraryException">The HDF5 library is not there.</exception>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static Hdf5Writer Create(string path)
    {
        lock (Turn)
        {
            Load();
            var writer = new Hdf5Writer();
            writer.Root = writer.Kept(H5Fcreate(path, CreateNew, 0, 0), H5Fclose, nameof(H5Fcreate));
            return writer;
        }
    }

    public long Group(long parent, string name, string title)
    {
        lock (Turn)
        {
            var group = Kept(H5Gcreate2(parent, name, 0, 0, 0), H5Gclose, nameof(H5Gcreate2));
            Title(group, title);
            return group;
        }
    }

    /// <summary>An attribute that is a text.</summary>
    public void Attribute(long of, string name, string value)
    {
        lock (Turn) SetAttribute(of, name, value);
    }

    /// <summary>A text as a dataset of its own.</summary>
    public void Write(long parent, string name, string value, string title)
    {
        lock (Turn)
        {
            var (type, bytes) = TypeOf(value);
            Write(parent, name, type, bytes, null, title);
            Check(H5Tclose(type), nameof(H5Tclose));
        }
    }

    public void Write(long parent, string name, double value, string title)
    {
        lock (Turn) Write(parent, name, F8, MemoryMarshal.AsBytes([value]), null, title);
    }

    public void Write(long parent, string name, long value, string title)
    {
        lock (Turn) Write(parent, name, I8, MemoryMarshal.AsBytes([value]), null, title);
    }

    /// <summary>Yes or no, as a byte.</summary>
    public void Write(long parent, string name, bool value, string title)
    {
        lock (Turn) Write(parent, name, U1, [value ? (byte)1 : (byte)0], null, title);
    }

    /// <summary>A row of small whole numbers.</summary>
    public void Write(long parent, string name, byte[] values, string title)
    {
        lock (Turn) Write(parent, name, U1, values, (ulong)values.Length, title);
    }

    /// <summary>A column that grows by <see cref="Append"/>.</summary>
    /// <param name="type">Of its numbers, in the file and in memory.</param>
    public Hdf5Column Column(long parent, string name, long type, string title)
    {
        lock (Turn)
        {
            var space = Check(H5Screate_simple(1, [0], [Unlimited]), nameof(H5Screate_simple));
            var properties = Check(H5Pcreate(DatasetCreation), nameof(H5Pcreate));
            Check(H5Pset_chunk(properties, 1, [Chunk]), nameof(H5Pset_chunk));
            Check(H5Pset_shuffle(properties), nameof(H5Pset_shuffle));
            Check(H5Pset_deflate(properties, Level), nameof(H5Pset_deflate));
            var dataset = Kept(H5Dcreate2(parent, name, type, space, 0, properties, 0), H5Dclose, nameof(H5Dcreate2));
            Title(dataset, title);
            Check(H5Pclose(properties), nameof(H5Pclose));
            Check(H5Sclose(space), nameof(H5Sclose));
            return new(dataset, type);
        }
    }

    /// <summary>Adds numbers to a column.</summary>
    public static void Append<T>(Hdf5Column column, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (values.IsEmpty) return;
        lock (Turn)
        {
            var end = column.Length + (ulong)values.Length;
            Check(H5Dset_extent(column.Id, [end]), nameof(H5Dset_extent));
            var file = Check(H5Dget_space(column.Id), nameof(H5Dget_space));
            Check(H5Sselect_hyperslab(file, SelectSet, [column.Length], default, [(ulong)values.Length], default), nameof(H5Sselect_hyperslab));
            var memory = Check(H5Screate_simple(1, [(ulong)values.Length], default), nameof(H5Screate_simple));
            Check(H5Dwrite(column.Id, column.Type, memory, file, 0, MemoryMarshal.AsBytes(values)), nameof(H5Dwrite));
            Check(H5Sclose(memory), nameof(H5Sclose));
            Check(H5Sclose(file), nameof(H5Sclose));
            column.Length = end;
        }
    }

    /// <summary>Closes the file; only then everything is in it.</summary>
    /// <exception cref="IOException">The last of it could not be written.</exception>
    public void Finish()
    {
        lock (Turn)
            while (_open.TryPop(out var next)) Check(next.Close(next.Id), "close");
    }

    public void Dispose()
    {
        lock (Turn)
            while (_open.TryPop(out var next)) next.Close(next.Id);
    }

    long Kept(long id, Func<long, int> close, string call)
    {
        _open.Push((Check(id, call), close));
        return id;
    }

    static void Write(long parent, string name, long type, ReadOnlySpan<byte> values, ulong? count, string title)
    {
        var space = Check(count is { } n ? H5Screate_simple(1, [n], default) : H5Screate(ScalarSpace), nameof(H5Screate));
        var dataset = Check(H5Dcreate2(parent, name, type, space, 0, 0, 0), nameof(H5Dcreate2));
        if (!values.IsEmpty) Check(H5Dwrite(dataset, type, 0, 0, 0, values), nameof(H5Dwrite));
        Title(dataset, title);
        Check(H5Dclose(dataset), nameof(H5Dclose));
        Check(H5Sclose(space), nameof(H5Sclose));
    }

    static void Title(long of, string title) => SetAttribute(of, "TITLE", title);

    static void SetAttribute(long of, string name, string value)
    {
        var (type, bytes) = TypeOf(value);
        var space = Check(H5Screate(ScalarSpace), nameof(H5Screate));
        var attribute = Check(H5Acreate2(of, name, type, space, 0, 0), nameof(H5Acreate2));
        Check(H5Awrite(attribute, type, bytes), nameof(H5Awrite));
        Check(H5Aclose(attribute), nameof(H5Aclose));
        Check(H5Sclose(space), nameof(H5Sclose));
        Check(H5Tclose(type), nameof(H5Tclose));
    }

    /// <summary>A type of just the length of a text, and its bytes with a NUL behind.</summary>
    static (long Type, byte[] Bytes) TypeOf(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value.Replace('\0', ' ') + "\0");
        var type = Check(H5Tcopy(Text), nameof(H5Tcopy));
        Check(H5Tset_size(type, (nuint)bytes.Length), nameof(H5Tset_size));
        Check(H5Tset_cset(type, Utf8), nameof(H5Tset_cset));
        return (type, bytes);
    }
}

/// <summary>A column that is being written.</summary>
sealed class Hdf5Column(long id, long type)
{
    public long Id { get; } = id;
    public long Type { get; } = type;

    /// <summary>Elements written so far.</summary>
    public ulong Length { get; set; }
}
