using System.Buffers.Binary;

namespace PqdPortal.Analysis.Readers;

/// <summary>An HDF5 file, read only: its objects by their address, every length checked against the file.</summary>
/// <remarks>
/// After the HDF5 File Format Specification, versions 1.1 to 3.0; see docs/formats/hdf5.md. Files come from strangers, and the C
/// library answers many a damaged one with a crash of the whole process, so nothing of it is used for reading. Links out of the
/// file are named, never followed; there is no recursion whose depth the file decides.
/// </remarks>
sealed class Hdf5File
{
    /// <summary>Name of the format for people.</summary>
    public const string Name = "HDF5 (Photon-HDF5 and EMD)";

    /// <summary>No structure of a file that holds measurements is larger [bytes].</summary>
    const int LargestBlock = 16 << 20;

    readonly long _base;
    readonly int _offsetSize, _lengthSize;

    Hdf5File(ByteSource source, long start, int offsetSize, int lengthSize, long baseAddress)
    {
        (Source, Start, _offsetSize, _lengthSize, _base) = (source, start, offsetSize, lengthSize, baseAddress);
    }

    public ByteSource Source { get; }

    /// <summary>Byte at which the HDF5 part begins.</summary>
    public long Start { get; }

    /// <summary>Address of the root group.</summary>
    public long RootAddress { get; private init; }

    static ReadOnlySpan<byte> Signature => [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Whether the signature stands at the start, or behind a user block of 512 bytes or a power of two times that.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) => At(start) is not null;

    static int? At(ReadOnlySpan<byte> start)
    {
        for (var at = 0; at + Signature.Length <= start.Length; at = at == 0 ? 512 : at * 2)
            if (start[at..].StartsWith(Signature)) return at;
        return null;
    }

    /// <exception cref="MeasurementFormatException">The superblock is damaged or of an unknown version.</exception>
    public static Hdf5File Open(ByteSource source)
    {
        long start = At(source.Start(4096)) ?? 0;
        var block = Bytes.Read(source, Name, "superblock", start, Math.Min(128, source.Length - start));
        var version = block.U1(start + 8);
        if (version > 3)
            throw new MeasurementFormatException($"The superblock is of version {version}; versions 0 to 3 are known. Rewrite the file with h5repack.", start + 8) { Format = Name };
        var sizes = start + (version < 2 ? 13 : 9);
        int offsetSize = block.U1(sizes), lengthSize = block.U1(sizes + 1);
        if (offsetSize is not (4 or 8) || lengthSize is not (4 or 8))
            throw new MeasurementFormatException(
                $"Damaged superblock: addresses of {offsetSize} and lengths of {lengthSize} bytes; 4 or 8 were expected. Copy the file again.", sizes) { Format = Name };
        var file = new Hdf5File(source, start, offsetSize, lengthSize, 0);
        var cursor = new Hdf5Cursor(file, block.Span(start, block.Length).ToArray(), start);
        cursor.Skip(version < 2 ? 24 + (version == 1 ? 4 : 0) : 12);
        var baseAddress = cursor.Offset() ?? 0;
        long root;
        if (version < 2)
        {
            // Free space, end of file, driver; then the entry of the root group, its name first.
            cursor.Skip(4 * offsetSize);
            root = cursor.Offset() ?? -1;
        }
        else
        {
            cursor.Skip(2 * offsetSize);
            root = cursor.Offset() ?? -1;
        }
        // A user block that was put before the file later moves everything, and the base address still says 0.
        if (baseAddress < start) baseAddress = start;
        if (baseAddress > source.Length)
            throw new MeasurementFormatException($"Damaged superblock: the data should begin at byte {baseAddress:N0}, and the file has {source.Length:N0}. Copy the file again.", start) { Format = Name };
        return new Hdf5File(source, start, offsetSize, lengthSize, baseAddress) { RootAddress = root };
    }

    public int OffsetSize => _offsetSize;
    public int LengthSize => _lengthSize;

    /// <summary>Byte of the file that an address means.</summary>
    public long ByteOf(long address) => address < 0 || address > Source.Length - _base ? Source.Length : _base + address;

    /// <summary>A structure of the file, whole.</summary>
    /// <param name="what">For the refusal: "group node".</param>
    public Hdf5Cursor Block(long address, long length, string what)
    {
        if (address < 0 || length < 0 || length > LargestBlock || address > Source.Length - _base - length)
            throw Damaged($"{length:N0} bytes ({what}) should lie at byte {ByteOf(address):N0}, and the file has {Source.Length:N0}", address);
        var bytes = new byte[length];
        if (Source.Read(bytes, _base + address) < bytes.Length) throw Damaged($"the file became shorter while its {what} was read", address);
        return new(this, bytes, _base + address);
    }

    /// <summary>The same, with the signature that has to stand at its beginning, and the cursor behind it.</summary>
    public Hdf5Cursor Block(long address, long length, ReadOnlySpan<byte> signature, string what)
    {
        var cursor = Block(address, length, what);
        if (!cursor.Take(signature.Length).SequenceEqual(signature)) throw Damaged($"no {what} stands where one should", address);
        return cursor;
    }

    /// <summary>As much of a structure as the file holds, at most.</summary>
    public Hdf5Cursor UpTo(long address, long most, ReadOnlySpan<byte> signature, string what) =>
        Block(address, Math.Clamp(Source.Length - _base - Math.Max(0, address), 0, most), signature, what);

    /// <summary>The stored bytes of a chunk, which may be longer than any structure.</summary>
    public byte[] Chunk(long address, long length)
    {
        if (address < 0 || length < 0 || length > Source.Length || address > Source.Length - _base - length)
            throw Damaged($"a chunk of {length:N0} bytes should lie at byte {ByteOf(address):N0}, and the file has {Source.Length:N0}", address);
        var bytes = new byte[length];
        if (Source.Read(bytes, _base + address) < bytes.Length) throw Damaged("the file became shorter while it was read", address);
        return bytes;
    }

    /// <summary>A refusal: the file's structure is broken.</summary>
    public MeasurementFormatException Damaged(string what, long address) =>
        new($"Damaged HDF5 file: {what}. Copy the file again from where it was written.", ByteOf(address)) { Format = Name };
}

/// <summary>Reads the fields of one structure, one after the other, never past its end.</summary>
/// <param name="start">Byte of the file at which the structure begins.</param>
sealed class Hdf5Cursor(Hdf5File file, byte[] bytes, long start)
{
    public int At { get; set; }
    public int Left => bytes.Length - At;

    /// <summary>Byte of the file at which the next field stands.</summary>
    public long Byte => start + At;

    public ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > Left)
            throw new MeasurementFormatException(
                $"Damaged HDF5 file: {length:N0} bytes are needed at byte {Byte:N0}, and the structure there ends after {Left:N0}. Copy the file again from where it was written.", Byte) { Format = Hdf5File.Name };
        At += (int)length;
        return bytes.AsSpan(At - (int)length, (int)length);
    }

    public void Skip(long length) => Take(length);

    /// <summary>Skips to a multiple of eight from the given position.</summary>
    public void Align(int from) => Skip(Math.Min(Left, (8 - (At - from) % 8) % 8));

    /// <summary>A cursor over the next bytes, which this one skips.</summary>
    public Hdf5Cursor Part(long length)
    {
        var at = Byte;
        return new(file, Take(length).ToArray(), at);
    }

    public byte U1() => Take(1)[0];
    public int U2() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    public long U4() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A whole number of so many bytes; at most 2^63 - 1.</summary>
    public long Number(int size)
    {
        ulong value = 0;
        var field = Take(size);
        for (var i = Math.Min(8, size) - 1; i >= 0; i--) value = value << 8 | field[i];
        return value > long.MaxValue ? long.MaxValue : (long)value;
    }

    /// <summary>A length; what does not fit in 63 bits is as large as can be.</summary>
    public long Length() => Number(file.LengthSize);

    /// <summary>An address; null where nothing was allocated.</summary>
    public long? Offset()
    {
        var field = Take(file.OffsetSize);
        if (field.IndexOfAnyExcept((byte)0xFF) < 0) return null;
        At -= file.OffsetSize;
        return Number(file.OffsetSize);
    }

    /// <summary>A text up to its NUL, within the structure.</summary>
    public string TextAt(long at)
    {
        if (at < 0 || at >= bytes.Length) return "";
        return HeaderText.Narrow(bytes.AsSpan((int)at));
    }
}
