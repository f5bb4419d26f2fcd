using System.Text;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>A text file as lines: UTF-8, UTF-16 with its mark, or Latin-1, whatever its line ends.</summary>
sealed class TextFile
{
    /// <summary>A text of numbers longer than this is no measurement of one spectrum, decay or map [bytes].</summary>
    const long Longest = 256L << 20;

    /// <summary>A text of fewer lines is read however short they are.</summary>
    const int ManyLines = 1 << 18;

    /// <summary>Rows of numbers are longer than this on average; more lines would take far more memory than the file [bytes].</summary>
    const int ShortLine = 16;

    static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Character at which each line begins.</summary>
    readonly List<int> _starts = [];

    TextFile(string text, string encoding)
    {
        // A NUL has no place in a text; a letter of one byte keeps the offsets right.
        text = text.Replace('\0', '?');
        (Text, Encoding) = (text, encoding);
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var (end, next) = EndOfLine(text, at);
            lines.Add(text[at..end]);
            _starts.Add(at);
            at = next;
        }
        Lines = lines;
    }

    public string Text { get; }

    /// <summary>UTF-8, UTF-16 or Latin-1.</summary>
    public string Encoding { get; }

    /// <summary>Without their ends; LF, CR LF, CR and LF CR all end one line.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Byte at which a line begins.</summary>
    public long OffsetOf(int line)
    {
        var at = line < _starts.Count ? _starts[line] : Text.Length;
        var before = Text.AsSpan(0, at);
        return Encoding switch
        {
            "UTF-16" => 2 + 2L * at,
            "Latin-1" => at,
            _ => System.Text.Encoding.UTF8.GetByteCount(before) + (HadMark ? 3 : 0),
        };
    }

    /// <summary>Bytes at which lines begin, in one walk.</summary>
    /// <param name="lines">Ascending.</param>
    public long[] OffsetsOf(IReadOnlyList<int> lines)
    {
        var offsets = new long[lines.Count];
        var (at, offset) = (0, OffsetOf(0));
        for (var i = 0; i < offsets.Length; i++)
        {
            var next = _starts[lines[i]];
            offset += Encoding switch { "UTF-16" => 2L * (next - at), "Latin-1" => next - at, _ => System.Text.Encoding.UTF8.GetByteCount(Text.AsSpan(at, next - at)) };
            (at, offsets[i]) = (next, offset);
        }
        return offsets;
    }

    bool HadMark { get; init; }

    /// <param name="format">Name of the format for the refusal.</param>
    /// <exception cref="MeasurementFormatException">The text is longer than any measurement.</exception>
    public static TextFile Read(ByteSource source, string format)
    {
        if (source.Length > Longest)
            throw new MeasurementFormatException(
                $"The text has {source.Length:N0} bytes; texts of up to {Longest:N0} bytes are read. Export it in parts or in the instrument's own binary format.", Longest) { Format = format };
        if (IsScattered(source))
            throw new MeasurementFormatException(
                $"The text has more than {Math.Max(ManyLines, source.Length / ShortLine):N0} lines, most of them empty or of a few letters; no measurement looks like that. Export it again.", 0) { Format = format };
        var bytes = source.Start((int)source.Length);
        if (bytes.AsSpan() is [0xFF, 0xFE, .. var little]) return new(System.Text.Encoding.Unicode.GetString(little), "UTF-16");
        if (bytes.AsSpan() is [0xFE, 0xFF, .. var big]) return new(System.Text.Encoding.BigEndianUnicode.GetString(big), "UTF-16");
        var marked = bytes.AsSpan() is [0xEF, 0xBB, 0xBF, ..];
        try
        {
            return new(StrictUtf8.GetString(bytes.AsSpan(marked ? 3 : 0)), "UTF-8") { HadMark = marked };
        }
        catch (DecoderFallbackException)
        {
            return new(System.Text.Encoding.Latin1.GetString(bytes), "Latin-1");
        }
    }

    /// <summary>True where a text has so many short lines that it is not read.</summary>
    public static bool IsScattered(ByteSource source)
    {
        if (source.Length <= ManyLines) return false;
        // Each end may have two letters.
        var most = 2 * Math.Max(ManyLines, source.Length / ShortLine);
        var block = new byte[1 << 16];
        var ends = 0L;
        long offset = 0;
        for (int got; ends <= most && (got = source.Read(block, offset)) > 0; offset += got)
            ends += block.AsSpan(0, got).Count((byte)'\n') + block.AsSpan(0, got).Count((byte)'\r');
        return ends > most;
    }

    static (int End, int Next) EndOfLine(string text, int at)
    {
        var found = text.AsSpan(at).IndexOfAny('\r', '\n');
        if (found < 0) return (text.Length, text.Length);
        var end = at + found;
        var pair = end + 1 < text.Length && text[end + 1] is '\r' or '\n' && text[end + 1] != text[end];
        return (end, end + (pair ? 2 : 1));
    }
}
