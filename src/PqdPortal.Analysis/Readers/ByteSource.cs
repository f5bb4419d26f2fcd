namespace PqdPortal.Analysis.Readers;

/// <summary>The bytes of a file by their offset: from a file's handle where there is one, else from a seekable stream.</summary>
sealed class ByteSource
{
    readonly Stream _stream;
    readonly FileStream? _file;
    readonly Lock _turn = new();

    /// <param name="stream">Seekable; stays owned by the caller.</param>
    public ByteSource(Stream stream)
    {
        if (!stream.CanSeek) throw new ArgumentException("A measurement is read from a seekable stream.", nameof(stream));
        _stream = stream;
        _file = stream as FileStream;
        Length = stream.Length;
    }

    /// <summary>Length of the file when it was opened [bytes].</summary>
    public long Length { get; }

    /// <summary>Fills the buffer from the offset on.</summary>
    /// <returns>Bytes read; fewer than asked for only at the end of the file.</returns>
    /// <remarks>Several threads may read at once.</remarks>
    public int Read(Span<byte> buffer, long offset)
    {
        if (offset >= Length) return 0;
        var total = 0;
        // A stream has one position, which belongs to one reader at a time; a handle is read by offset.
        using (_file is null ? _turn.EnterScope() : default)
        {
            if (_file is null) _stream.Position = offset;
            while (total < buffer.Length)
            {
                // The handle spares FileStream's own buffer and its bookkeeping of positions.
                var got = _file is null
                    ? _stream.Read(buffer[total..])
                    : RandomAccess.Read(_file.SafeFileHandle, buffer[total..], offset + total);
                if (got == 0) break;
                total += got;
            }
        }
        return total;
    }

    /// <summary>The first bytes of the file, at most <paramref name="count"/>.</summary>
    public byte[] Start(int count)
    {
        var bytes = new byte[Math.Min(count, Length)];
        var got = Read(bytes, 0);
        return got == bytes.Length ? bytes : bytes[..got];
    }
}
