namespace PqdPortal.Analysis.Readers;

/// <summary>A part of a file in memory, moved along as a reader walks through many small pieces of it.</summary>
sealed class ByteWindow(ByteSource source)
{
    byte[] _bytes = new byte[1 << 14];
    long _start;
    int _count;

    /// <returns>False where the file ends before.</returns>
    public bool TryGet(long offset, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (offset < 0 || length < 0 || offset > source.Length - length) return false;
        if (offset < _start || offset + length > _start + _count)
        {
            if (_bytes.Length < length) _bytes = new byte[length];
            _start = offset;
            _count = source.Read(_bytes, offset);
            if (_count < length) return false;
        }
        bytes = _bytes.AsSpan((int)(offset - _start), length);
        return true;
    }
}
