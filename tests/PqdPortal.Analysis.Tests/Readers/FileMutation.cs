using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Damages a file of any format as disks, cables, editors and malice do; the same seed always gives the same file.</summary>
static class FileMutation
{
    static readonly long[] Integers =
    [
        0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 4096, 32767, 32768, 65535, 65536, 1 << 20, 1 << 24, 1 << 28,
        int.MaxValue, int.MaxValue - 1, int.MinValue, uint.MaxValue, 1L << 32, 1L << 53, long.MaxValue, long.MinValue,
    ];

    static readonly double[] Numbers =
    [
        0, -0.0, 1, -1, 1e-12, -1e-12, 1e-15, 1e-300, double.Epsilon, 1e-9, 1e-3, 1e3, 1e9, 1e15, 1e100, double.MaxValue, double.MinValue,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1, 1e18,
    ];

    static readonly string[] Words =
    [
        "0", "-1", "1e308", "-1e308", "1e-308", "1e400", "nan", "NaN", "inf", "-inf", "99999999999999999999999", "2147483648", "-2147483648", "9223372036854775807", "0x10",
        "1,5", "1.5.5", "+", "-", "e", "", " ", "\t", "\"", "''", ";", ",", "\r", "\n\n", "µ", "\uD83D\uDE00", "#", "%", "//", "##END=", "##NPOINTS=1000000000", "##XYDATA=(X++(Y..Y))", "*END", "*BLOCK 1 Decay ( Time[ns] )",
        "<a>", "</a>", "<![CDATA[", "]]>", "<!-- ", " -->", "<!DOCTYPE x [<!ENTITY a \"b\">]>", "&a;", "&#0;", "&#xD800;", "&amp;", "{", "}", "[", "]", "null", "1e5", "1000000000",
    ];

    /// <param name="head">Bytes in which the header lies; damage prefers them.</param>
    public static byte[] Of(byte[] whole, Random random, int head = 4096)
    {
        var bytes = whole.ToArray();
        var isText = IsText(whole);
        for (var steps = 1 + random.Next(4); steps > 0 && bytes.Length > 0; steps--) bytes = isText && random.Next(3) > 0 ? Line(bytes, random) : Step(bytes, random, head);
        return bytes;
    }

    static bool IsText(byte[] bytes) => bytes.AsSpan(0, Math.Min(bytes.Length, 1000)).IndexOfAnyInRange((byte)0, (byte)8) < 0;

    /// <summary>A place, in the header as often as in the whole rest.</summary>
    static int Place(byte[] bytes, Random random, int head) => random.Next(3) switch
    {
        0 => random.Next(bytes.Length),
        1 => random.Next(Math.Min(bytes.Length, head)),
        _ => random.Next(Math.Min(bytes.Length, 1 + head / 16)),
    };

    static byte[] Step(byte[] bytes, Random random, int head)
    {
        var at = Place(bytes, random, head);
        var span = bytes.AsSpan(at);
        switch (random.Next(13))
        {
            case 0: // single bits
                for (var flips = 1 + random.Next(8); flips > 0; flips--) bytes[Place(bytes, random, head)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // single bytes
                for (var changes = 1 + random.Next(8); changes > 0; changes--) bytes[Place(bytes, random, head)] = (byte)random.Next(256);
                return bytes;
            case 2 or 3 or 4: // another whole number: a count, a length, an offset, a code; aligned or not, of either byte order
                at &= random.Next(4) == 0 ? ~0 : ~1;
                span = bytes.AsSpan(at);
                var number = random.Next(4) switch { 0 => random.NextInt64(), 1 => bytes.Length + random.Next(-4, 5), 2 => at + random.Next(-16, 17), _ => Integers[random.Next(Integers.Length)] };
                var size = 1 << random.Next(4);
                if (span.Length < size) return bytes;
                Span<byte> eight = stackalloc byte[8];
                if (random.Next(4) == 0)
                {
                    BinaryPrimitives.WriteInt64BigEndian(eight, number);
                    eight[(8 - size)..].CopyTo(span);
                }
                else
                {
                    BinaryPrimitives.WriteInt64LittleEndian(eight, number);
                    eight[..size].CopyTo(span);
                }
                return bytes;
            case 5: // another real number
                if (random.Next(2) == 0 && span.Length >= 4) BinaryPrimitives.WriteSingleLittleEndian(span, (float)Numbers[random.Next(Numbers.Length)]);
                else if (span.Length >= 8) BinaryPrimitives.WriteDoubleLittleEndian(span, Numbers[random.Next(Numbers.Length)]);
                return bytes;
            case 6: // a run of noise, zeros, an erased sector
                var run = span[..Math.Min(span.Length, 1 << random.Next(13))];
                if (random.Next(3) is var kind && kind == 0) random.NextBytes(run); else run.Fill((byte)(kind == 1 ? 0 : 0xFF));
                return bytes;
            case 7: // cut, in the header as often as anywhere
                return bytes[..at];
            case 8: // cut by a few bytes
                return bytes[..Math.Max(0, bytes.Length - 1 - random.Next(40))];
            case 9: // junk behind, or a second file
                byte[] junk = random.Next(2) == 0 ? bytes[..random.Next(bytes.Length)] : new byte[1 << random.Next(13)];
                return [.. bytes, .. junk];
            case 10: // bytes too many
                var more = new byte[1 + random.Next(64)];
                if (random.Next(2) == 0) random.NextBytes(more);
                return [.. bytes[..at], .. more, .. bytes[at..]];
            case 11: // bytes too few
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(random.Next(2) == 0 ? 8 : 1000))..]];
            default: // a block twice, or many times
                var block = bytes[at..Math.Min(bytes.Length, at + (1 << random.Next(12)))];
                var copies = Math.Min(random.Next(4) == 0 ? 500 : 1, 100_000 / Math.Max(1, block.Length));
                return [.. bytes[..at], .. Enumerable.Repeat(block, copies).SelectMany(copy => copy), .. bytes[at..]];
        }
    }

    /// <summary>Damage to a text: words, cells and lines.</summary>
    static byte[] Line(byte[] bytes, Random random)
    {
        var at = Place(bytes, random, 2000);
        var start = bytes.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var length = bytes.AsSpan(start).IndexOf((byte)'\n');
        var end = length < 0 ? bytes.Length : start + length + 1;
        var word = Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]);
        switch (random.Next(8))
        {
            case 0: // a word put in
                return [.. bytes[..at], .. word, .. bytes[at..]];
            case 1 or 2: // a number or a word replaced
                var (from, to) = (at, at);
                while (from > 0 && IsOfWord(bytes[from - 1])) from--;
                while (to < bytes.Length && IsOfWord(bytes[to])) to++;
                return [.. bytes[..from], .. word, .. bytes[to..]];
            case 3: // a line twice, or a thousand times
                var line = bytes[start..end];
                return [.. bytes[..start], .. Enumerable.Repeat(line, Math.Min(random.Next(5) == 0 ? 1000 : 1, 200_000 / Math.Max(1, line.Length))).SelectMany(copy => copy), .. bytes[start..]];
            case 4: // a line not at all
                return [.. bytes[..start], .. bytes[end..]];
            case 5: // a line that never ends
                return [.. bytes[..at], .. Enumerable.Repeat((byte)"9 a<\t#"[random.Next(6)], 1 << random.Next(17)), .. bytes[at..]];
            case 6: // points and commas, tabs and blanks for each other
                var (out1, in1) = new[] { ((byte)'.', (byte)','), ((byte)',', (byte)'.'), ((byte)'\t', (byte)' '), ((byte)',', (byte)';'), ((byte)'\n', (byte)'\r'), ((byte)'\n', (byte)' ') }[random.Next(6)];
                bytes.AsSpan(start).Replace(out1, in1);
                return bytes;
            default: // one byte
                bytes[at] = (byte)random.Next(256);
                return bytes;
        }
    }

    static bool IsOfWord(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'.' or (byte)'-' or (byte)'+';
}
