namespace PqdPortal.Analysis.Readers;

/// <summary>The cells of a row of numbers, one after the other, without anything allocated.</summary>
/// <param name="separator">Blank for any run of blanks and tabs.</param>
ref struct NumberCells(ReadOnlySpan<byte> line, byte separator)
{
    ReadOnlySpan<byte> _rest = separator == ' ' ? line.Trim(" \t"u8) : line;
    bool _over = line.IsEmpty;

    /// <summary>The next cell, without the blanks and quotation marks round it.</summary>
    public bool Next(out ReadOnlySpan<byte> cell)
    {
        cell = default;
        if (_over) return false;
        var end = separator == ' ' ? _rest.IndexOfAny((byte)' ', (byte)'\t') : _rest.IndexOf(separator);
        cell = (end < 0 ? _rest : _rest[..end]).Trim(" \t\""u8);
        if (end < 0) _over = true;
        else _rest = separator == ' ' ? _rest[(end + 1)..].TrimStart(" \t"u8) : _rest[(end + 1)..];
        return true;
    }
}
