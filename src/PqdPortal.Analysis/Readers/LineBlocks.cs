namespace PqdPortal.Analysis.Readers;

/// <summary>The lines of a text of any length, one after the other, with one block of it in memory.</summary>
/// <param name="from">Byte at which the first line begins.</param>
sealed class LineBlocks(ByteSource source, long from)
{
    /// <summary>A line longer than this is cut; no row of a table of numbers is [bytes].</summary>
    public const int LongestLine = 1 << 15;

    readonly byte[] _block = new byte[1 << 18];
    long _next = from;
    int _at, _end;
    bool _skipping;

    /// <summary>Byte at which the line that was handed out begins.</summary>
    public long Offset { get; private set; }

    /// <summary>False where the line ended with the file and not with a line end.</summary>
    public bool HadEnd { get; private set; }

    /// <summary>The next line that is not empty, without its end; whatever ends lines, LF, CR or both.</summary>
    /// <returns>False at the end of the file. The span is valid until the next call.</returns>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        line = default;
        while (true)
        {
            var rest = _block.AsSpan(_at, _end - _at);
            var found = rest.IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0 && rest.Length < LongestLine && Fill()) continue;
            if (found < 0 && rest.IsEmpty) return false;

            var length = found < 0 ? Math.Min(rest.Length, LongestLine) : found;
            var wasSkipping = _skipping;
            HadEnd = found >= 0;
            _skipping = found < 0 && length == LongestLine;
            Offset = _next - _end + _at;
            line = rest[..Math.Min(length, LongestLine)];
            _at += found < 0 ? length : found + 1;
            // The rest of a line that was too long is no line of its own.
            if (wasSkipping || line.Trim(" \t"u8).IsEmpty) continue;
            return true;
        }
    }

    /// <returns>False where nothing is left to read.</returns>
    bool Fill()
    {
        if (_next >= source.Length) return false;
        var rest = _end - _at;
        _block.AsSpan(_at, rest).CopyTo(_block);
        var got = source.Read(_block.AsSpan(rest), _next);
        (_at, _end) = (0, rest + got);
        _next += got;
        return got > 0;
    }
}
