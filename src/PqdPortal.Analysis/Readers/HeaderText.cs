using System.Text;

namespace PqdPortal.Analysis.Readers;

/// <summary>Texts as instruments write them: ASCII, UTF-8, Latin-1 or UTF-16, padded with NUL or blanks, with rubbish behind the NUL.</summary>
static class HeaderText
{
    static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>A text of single bytes: cut at NUL, UTF-8 where it is valid, else Latin-1.</summary>
    public static string Narrow(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end >= 0) bytes = bytes[..end];
        string text;
        try
        {
            text = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.Latin1.GetString(bytes);
        }
        return Printable(text);
    }

    /// <summary>A little-endian UTF-16 text, cut at NUL.</summary>
    public static string Wide(ReadOnlySpan<byte> bytes) => Cut(Encoding.Unicode.GetString(bytes[..(bytes.Length & ~1)]));

    /// <summary>A big-endian UTF-16 text, cut at NUL.</summary>
    public static string WideBigEndian(ReadOnlySpan<byte> bytes) => Cut(Encoding.BigEndianUnicode.GetString(bytes[..(bytes.Length & ~1)]));

    static string Cut(string text)
    {
        var end = text.IndexOf('\0');
        return Printable(end >= 0 ? text[..end] : text);
    }

    /// <summary>Line ends and tabs stay; other control characters become the replacement character.</summary>
    static string Printable(string text)
    {
        text = text.TrimEnd(' ');
        return text.Any(Unshowable)
            ? string.Concat(text.Select(c => Unshowable(c) ? '\uFFFD' : c))
            : text;
    }

    static bool Unshowable(char c) => char.IsControl(c) && c is not ('\r' or '\n' or '\t');
}
