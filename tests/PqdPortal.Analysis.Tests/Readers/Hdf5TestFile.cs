using System.Runtime.InteropServices;
using PqdPortal.Analysis.Conversion;
using static PqdPortal.Analysis.Conversion.Hdf5Library;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Writes HDF5 files with the C library in every way it offers: the reader, which does not use it, is checked against it.</summary>
sealed class Hdf5TestFile : IDisposable
{
    readonly Stack<(long Id, Func<long, int> Close)> _open = [];

    static Hdf5TestFile() =>
        NativeLibrary.SetDllImportResolver(typeof(Hdf5TestFile).Assembly, (name, _, _) => name == "hdf5" ? Loaded : 0);

    /// <param name="latest">In the newest form of the format the library knows, else in the oldest.</param>
    public Hdf5TestFile(bool latest = false)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), Guid.NewGuid().ToString("n") + ".h5");
        lock (Turn)
        {
            Load();
            var access = Kept(H5Pcreate(Marshal.ReadInt64(NativeLibrary.GetExport(Loaded, "H5P_CLS_FILE_ACCESS_ID_g"))), H5Pclose);
            // 2 is the form of HDF5 1.10, which every library from then on can write.
            if (latest) Check(H5Pset_libver_bounds(access, 2, 2), "libver");
            Root = Kept(H5Fcreate(Path, CreateNew, 0, access), H5Fclose);
        }
    }

    public string Path { get; }
    public long Root { get; }

    public static long Type(string name) => Marshal.ReadInt64(NativeLibrary.GetExport(Loaded, name + "_g"));

    public long Group(long at, string name)
    {
        lock (Turn) return Kept(H5Gcreate2(at, name, 0, 0, 0), H5Gclose);
    }

    public void Text(long of, string name, string value, bool attribute = false)
    {
        lock (Turn)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(value);
            var type = H5Tcopy(Hdf5Library.Text);
            H5Tset_size(type, (nuint)bytes.Length);
            var space = H5Screate(ScalarSpace);
            if (attribute)
            {
                var it = Check(H5Acreate2(of, name, type, space, 0, 0), name);
                Check(H5Awrite(it, type, bytes), name);
                H5Aclose(it);
            }
            else
            {
                var it = Check(H5Dcreate2(of, name, type, space, 0, 0, 0), name);
                Check(H5Dwrite(it, type, 0, 0, 0, bytes), name);
                H5Dclose(it);
            }
            H5Sclose(space);
            H5Tclose(type);
        }
    }

    /// <summary>An attribute of a dataset that is there already.</summary>
    public void AttributeOfDataset(long at, string dataset, string name, string value)
    {
        lock (Turn)
        {
            var it = Check(H5Dopen2(at, dataset, 0), dataset);
            Text(it, name, value, attribute: true);
            H5Dclose(it);
        }
    }

    public void NumberAttribute(long of, string name, long value)
    {
        lock (Turn)
        {
            var space = H5Screate(ScalarSpace);
            var it = Check(H5Acreate2(of, name, I8, space, 0, 0), name);
            Check(H5Awrite(it, I8, BitConverter.GetBytes(value)), name);
            H5Aclose(it);
            H5Sclose(space);
        }
    }

    /// <summary>A text of no fixed length, in a row of one.</summary>
    public void LongText(long at, string name, string value)
    {
        lock (Turn)
        {
            var type = H5Tcopy(Hdf5Library.Text);
            H5Tset_size(type, nuint.MaxValue);
            var space = H5Screate_simple(1, [1], default);
            var it = Check(H5Dcreate2(at, name, type, space, 0, 0, 0), name);
            var text = Marshal.StringToCoTaskMemUTF8(value);
            Check(H5Dwrite(it, type, 0, 0, 0, BitConverter.GetBytes(text)), name);
            Marshal.FreeCoTaskMem(text);
            H5Dclose(it);
            H5Sclose(space);
            H5Tclose(type);
        }
    }

    /// <summary>A number, or a row or box of them.</summary>
    /// <param name="fileType">As the library names it: "H5T_STD_U64BE".</param>
    /// <param name="memoryType">Of the values handed over.</param>
    /// <param name="shape">Null for one value.</param>
    /// <param name="chunk">Null for numbers in one piece.</param>
    /// <param name="growing">How many of the dimensions may grow, from the first on.</param>
    public void Numbers<T>(long at, string name, string fileType, string memoryType, T[] values, ulong[]? shape = null, ulong[]? chunk = null,
        int growing = 0, bool shuffle = false, bool deflate = false, bool fletcher = false, bool compact = false, bool early = false) where T : unmanaged
    {
        lock (Turn)
        {
            var properties = H5Pcreate(DatasetCreation);
            if (chunk is not null) Check(H5Pset_chunk(properties, chunk.Length, chunk), "chunk");
            if (shuffle) Check(H5Pset_shuffle(properties), "shuffle");
            if (deflate) Check(H5Pset_deflate(properties, 6), "deflate");
            if (fletcher) Check(H5Pset_fletcher32(properties), "fletcher");
            if (compact) Check(H5Pset_layout(properties, 0), "compact");
            if (early) Check(H5Pset_alloc_time(properties, 1), "early");
            var most = shape?.Select((length, d) => d < growing ? Unlimited : length).ToArray();
            var space = shape is null ? H5Screate(ScalarSpace) : Check(H5Screate_simple(shape.Length, shape, most), "space");
            var it = Check(H5Dcreate2(at, name, Type(fileType), space, 0, properties, 0), name);
            if (values.Length > 0) Check(H5Dwrite(it, Type(memoryType), 0, 0, 0, MemoryMarshal.AsBytes(values.AsSpan())), name);
            H5Dclose(it);
            H5Sclose(space);
            H5Pclose(properties);
        }
    }

    public void Real(long at, string name, double value) => Numbers(at, name, "H5T_IEEE_F64LE", "H5T_NATIVE_DOUBLE", [value]);

    public void ExternalLink(long at, string name, string file, string path)
    {
        lock (Turn) Check(H5Lcreate_external(file, path, at, name, 0, 0), "external link");
    }

    public void SoftLink(long at, string name, string path)
    {
        lock (Turn) Check(H5Lcreate_soft(path, at, name, 0, 0), "soft link");
    }

    public void HardLink(long at, string name, long to)
    {
        lock (Turn) Check(H5Lcreate_hard(to, ".", at, name, 0, 0), "hard link");
    }

    /// <summary>A row of numbers that lies in another file.</summary>
    public void External(long at, string name, string file, ulong count)
    {
        lock (Turn)
        {
            var properties = H5Pcreate(DatasetCreation);
            Check(H5Pset_external(properties, file, 0, 8 * count), "external");
            var space = H5Screate_simple(1, [count], default);
            H5Dclose(Check(H5Dcreate2(at, name, Type("H5T_STD_I64LE"), space, 0, properties, 0), name));
            H5Sclose(space);
            H5Pclose(properties);
        }
    }

    /// <summary>A row of numbers put together from another dataset.</summary>
    public void Virtual(long at, string name, string file, string dataset, ulong count)
    {
        lock (Turn)
        {
            var properties = H5Pcreate(DatasetCreation);
            var space = H5Screate_simple(1, [count], default);
            Check(H5Pset_virtual(properties, space, file, dataset, space), "virtual");
            H5Dclose(Check(H5Dcreate2(at, name, Type("H5T_STD_I64LE"), space, 0, properties, 0), name));
            H5Sclose(space);
            H5Pclose(properties);
        }
    }

    /// <summary>Closes the file and opens it for reading.</summary>
    public FileStream Written()
    {
        Close();
        return File.OpenRead(Path);
    }

    public byte[] Bytes()
    {
        Close();
        return File.ReadAllBytes(Path);
    }

    public void Dispose()
    {
        Close();
        File.Delete(Path);
    }

    void Close()
    {
        lock (Turn)
            while (_open.TryPop(out var next)) next.Close(next.Id);
    }

    long Kept(long id, Func<long, int> close)
    {
        _open.Push((Check(id, "create"), close));
        return id;
    }

    [DllImport("hdf5")] static extern int H5Pset_libver_bounds(long access, int low, int high);
    [DllImport("hdf5")] static extern long H5Dopen2(long at, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, long access);
    [DllImport("hdf5")] static extern int H5Pset_fletcher32(long properties);
    [DllImport("hdf5")] static extern int H5Pset_layout(long properties, int kind);
    [DllImport("hdf5")] static extern int H5Pset_alloc_time(long properties, int when);
    [DllImport("hdf5")] static extern int H5Pset_external(long properties, [MarshalAs(UnmanagedType.LPUTF8Str)] string file, nint offset, ulong bytes);
    [DllImport("hdf5")] static extern int H5Pset_virtual(long properties, long space, [MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPUTF8Str)] string dataset, long source);
    [DllImport("hdf5")] static extern int H5Lcreate_external([MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, long at, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, long creation, long access);
    [DllImport("hdf5")] static extern int H5Lcreate_soft([MarshalAs(UnmanagedType.LPUTF8Str)] string path, long at, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, long creation, long access);
    [DllImport("hdf5")] static extern int H5Lcreate_hard(long to, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, long at, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, long creation, long access);
}

/// <summary>A test that writes HDF5 files; skipped where the library is not installed.</summary>
sealed class Hdf5FactAttribute : FactAttribute
{
    public Hdf5FactAttribute()
    {
        if (!IsThere) Skip = "the HDF5 library is not installed (apt-get install hdf5-tools)";
    }
}

/// <inheritdoc cref="Hdf5FactAttribute"/>
sealed class Hdf5TheoryAttribute : TheoryAttribute
{
    public Hdf5TheoryAttribute()
    {
        if (!IsThere) Skip = "the HDF5 library is not installed (apt-get install hdf5-tools)";
    }
}
