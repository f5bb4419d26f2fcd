using System.Reflection;
using System.Runtime.InteropServices;

namespace PqdPortal.Analysis.Conversion;

/// <summary>The C library of HDF5, by which the portal writes HDF5 files. It never reads with it.</summary>
/// <remarks>
/// Only the calls that writing needs. The library of most systems is not built for several threads, so that all calls of the
/// process take turns by <see cref="Turn"/>. Its own messages on standard error are switched off; a call that fails throws.
/// </remarks>
static partial class Hdf5Library
{
    const string Library = "hdf5";

    /// <summary>As Debian, Fedora, macOS and Windows name it; those of Debian for one process first.</summary>
    static readonly string[] Names =
    [
        "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so.320", "libhdf5_serial.so.200",
        "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so.320", "libhdf5_serial.so", "libhdf5.so", "libhdf5.dylib", "hdf5.dll",
    ];

    static nint _handle;

    /// <summary>The library as the system knows it; 0 before it is loaded.</summary>
    internal static nint Loaded => _handle;

    /// <summary>Held by whoever calls the library.</summary>
    public static Lock Turn { get; } = new();

    /// <summary>Whether the library is at hand.</summary>
    public static bool IsThere
    {
        get
        {
            lock (Turn) return Handle(Names) != 0;
        }
    }

    /// <summary>Types and classes that the library hands out as variables.</summary>
    public static long U1 { get; private set; }

    public static long U2 { get; private set; }
    public static long U4 { get; private set; }
    public static long I8 { get; private set; }
    public static long F8 { get; private set; }
    public static long Text { get; private set; }
    public static long DatasetCreation { get; private set; }

    /// <summary>Loads the library. To be called with <see cref="Turn"/> held, before anything else of it.</summary>
    /// <param name="names">Where else to look than under the usual names.</param>
    /// <exception cref="MissingLibraryException">It is not installed, or too old.</exception>
    public static void Load(string[]? names = null)
    {
        if (U1 != 0 && names is null) return;
        if (Handle(names ?? Names) == 0)
            throw new MissingLibraryException(
                "Photon-HDF5 is written by the HDF5 library, which is not installed on this computer. Install it: apt-get install hdf5-tools on Debian and Ubuntu, dnf install hdf5 on Fedora, brew install hdf5 on macOS. Reading Photon-HDF5 works without it.");
        if (H5open() < 0 || H5get_libversion(out var major, out var minor, out var release) < 0)
            throw new MissingLibraryException("The HDF5 library was found and does not start. Install it anew, from the packages of this system.");
        if ((major, minor).CompareTo((1u, 10u)) < 0)
            throw new MissingLibraryException($"The HDF5 library on this computer is {major}.{minor}.{release}; Photon-HDF5 is written by 1.10 or later.");
        Check(H5Eset_auto2(0, 0, 0), nameof(H5Eset_auto2));
        (U2, U4, I8) = (Variable("H5T_STD_U16LE_g"), Variable("H5T_STD_U32LE_g"), Variable("H5T_STD_I64LE_g"));
        (F8, Text, DatasetCreation) = (Variable("H5T_IEEE_F64LE_g"), Variable("H5T_C_S1_g"), Variable("H5P_CLS_DATASET_CREATE_ID_g"));
        U1 = Variable("H5T_STD_U8LE_g");
    }

    static nint Handle(string[] names)
    {
        if (_handle != 0 && names == Names) return _handle;
        nint found = 0;
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out found)) break;
        if (names != Names || found == 0) return found;
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? _handle : 0);
        return _handle = found;
    }

    static long Variable(string name) => Marshal.ReadInt64(NativeLibrary.GetExport(_handle, name));

    /// <summary>What a call returned, where it succeeded.</summary>
    /// <exception cref="IOException">The call failed.</exception>
    public static long Check(long result, string call) =>
        result >= 0 ? result : throw new IOException($"The HDF5 library could not write the file ({call}). Is there room on the disk, and may this place be written?");

    public const int ScalarSpace = 0, SelectSet = 0, Utf8 = 1;
    public const uint CreateNew = 4;
    public const ulong Unlimited = ulong.MaxValue;

    [LibraryImport(Library)]
    private static partial int H5open();

    [LibraryImport(Library)]
    private static partial int H5get_libversion(out uint major, out uint minor, out uint release);

    [LibraryImport(Library)]
    private static partial int H5Eset_auto2(long stack, nint function, nint data);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Fcreate(string name, uint flags, long creation, long access);

    [LibraryImport(Library)]
    public static partial int H5Fclose(long file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Gcreate2(long at, string name, long links, long creation, long access);

    [LibraryImport(Library)]
    public static partial int H5Gclose(long group);

    [LibraryImport(Library)]
    public static partial long H5Screate(int kind);

    [LibraryImport(Library)]
    public static partial long H5Screate_simple(int rank, ReadOnlySpan<ulong> shape, ReadOnlySpan<ulong> most);

    [LibraryImport(Library)]
    public static partial int H5Sclose(long space);

    [LibraryImport(Library)]
    public static partial int H5Sselect_hyperslab(long space, int operation, ReadOnlySpan<ulong> start, ReadOnlySpan<ulong> stride, ReadOnlySpan<ulong> count, ReadOnlySpan<ulong> block);

    [LibraryImport(Library)]
    public static partial long H5Pcreate(long kind);

    [LibraryImport(Library)]
    public static partial int H5Pset_chunk(long properties, int rank, ReadOnlySpan<ulong> shape);

    [LibraryImport(Library)]
    public static partial int H5Pset_shuffle(long properties);

    [LibraryImport(Library)]
    public static partial int H5Pset_deflate(long properties, uint level);

    [LibraryImport(Library)]
    public static partial int H5Pclose(long properties);

    [LibraryImport(Library)]
    public static partial long H5Tcopy(long type);

    [LibraryImport(Library)]
    public static partial int H5Tset_size(long type, nuint size);

    [LibraryImport(Library)]
    public static partial int H5Tset_cset(long type, int encoding);

    [LibraryImport(Library)]
    public static partial int H5Tclose(long type);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Dcreate2(long at, string name, long type, long space, long links, long creation, long access);

    [LibraryImport(Library)]
    public static partial int H5Dset_extent(long dataset, ReadOnlySpan<ulong> shape);

    [LibraryImport(Library)]
    public static partial long H5Dget_space(long dataset);

    [LibraryImport(Library)]
    public static partial int H5Dwrite(long dataset, long memoryType, long memorySpace, long fileSpace, long transfer, ReadOnlySpan<byte> values);

    [LibraryImport(Library)]
    public static partial int H5Dclose(long dataset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Acreate2(long at, string name, long type, long space, long creation, long access);

    [LibraryImport(Library)]
    public static partial int H5Awrite(long attribute, long memoryType, ReadOnlySpan<byte> values);

    [LibraryImport(Library)]
    public static partial int H5Aclose(long attribute);
}
