using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class TextFileTests
{
    static TextFile Read(byte[] bytes) => TextFile.Read(new ByteSource(new MemoryStream(bytes)), "text");

    [Theory]
    [InlineData("a\nb\nc")]
    [InlineData("a\r\nb\r\nc\r\n")]
    [InlineData("a\rb\rc")]
    [InlineData("a\n\rb\n\rc")]
    public void Every_kind_of_line_end_ends_one_line(string text) =>
        Assert.Equal(["a", "b", "c"], Read(Encoding.UTF8.GetBytes(text)).Lines);

    [Fact]
    public void Empty_lines_stay() =>
        Assert.Equal(["a", "", "b", ""], Read("a\n\nb\n\n"u8.ToArray()).Lines);

    public static TheoryData<string, byte[]> Encoded => new()
    {
        { "UTF-8", [.. "1 µm\nx"u8] },
        { "UTF-8", [0xEF, 0xBB, 0xBF, .. "1 µm\nx"u8] },
        { "Latin-1", [.. Encoding.Latin1.GetBytes("1 µm\nx")] },
        { "UTF-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("1 µm\nx")] },
        { "UTF-16", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("1 µm\nx")] },
    };

    [Theory, MemberData(nameof(Encoded))]
    public void The_encoding_is_found_and_offsets_are_those_of_the_file(string encoding, byte[] bytes)
    {
        var file = Read(bytes);

        Assert.Equal((encoding, "1 µm"), (file.Encoding, file.Lines[0]));
        Assert.Equal(bytes.Length - (encoding == "UTF-16" ? 2 : 1), file.OffsetOf(1));
    }

    [Theory]
    [InlineData("1.5\t2\n3.5\t4", false, '\t')]
    [InlineData("1,5\t2\n3,5\t4", true, '\t')]
    [InlineData("1,5;2\n3,5;4", true, ';')]
    [InlineData("1.5;2\n3.5;4", false, ';')]
    [InlineData("1.5,2\n3.5,4", false, ',')]
    [InlineData("1,2\n3,4", false, ',')]
    [InlineData("1,5 2,5\n3,5 4,5", true, ' ')]
    [InlineData("  1.5   2\n 3.5  4", false, ' ')]
    public void Decimal_sign_and_separator_are_decided_once_for_the_file(string text, bool comma, char separator) =>
        Assert.Equal(new NumberLines(comma, separator), NumberLines.Of(text.Split('\n')));

    [Fact]
    public void A_decimal_comma_is_never_dropped()
    {
        var numbers = new NumberLines(true, '\t');

        Assert.Equal([1.5, 18.995e3, null, null], numbers.Cells("1,5\t18,995E3\t1.500\tx").Select(cell => numbers.Number(cell)));
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>")]
    [InlineData("<a><b></a>")]
    public void Xml_with_a_document_type_or_without_form_is_refused(string xml) =>
        Assert.Equal(7, Assert.Throws<MeasurementFormatException>(() => SafeXml.Parse(xml, "test", 7)).Offset);

    [Fact]
    public void Xml_nested_without_end_is_refused_before_it_is_built()
    {
        var depth = 200_000;
        var xml = string.Concat(Enumerable.Repeat("<a>", depth)) + string.Concat(Enumerable.Repeat("</a>", depth));

        Assert.Contains("nested", Assert.Throws<MeasurementFormatException>(() => SafeXml.Parse(xml, "test", 0)).Message);
    }

    [Fact]
    public void A_sentence_that_quotes_a_file_holds_neither_NUL_nor_half_a_character()
    {
        const string quoted = "a\0b \uD83D and \uDE00 but \uD83D\uDE00 \uD83D";
        var findings = new FindingList();
        findings.Add(Severity.Info, "X", quoted);

        foreach (var text in new[] { new MeasurementFormatException(quoted, 0).Message, findings.ToList()[0].Message, QuotedText.Showable(quoted) })
            Assert.Equal("a\uFFFDb \uFFFD and \uFFFD but \uD83D\uDE00 \uFFFD", text);
        Assert.Equal("plain \uD83D\uDE00", QuotedText.Showable("plain \uD83D\uDE00"));
    }

    [Fact]
    public void A_NUL_in_a_text_is_shown_and_moves_no_offset()
    {
        var file = Read([(byte)'a', 0, (byte)'b', (byte)'\n', (byte)'c']);

        Assert.Equal(["a?b", "c"], file.Lines);
        Assert.Equal(4, file.OffsetOf(1));
    }

    [Fact]
    public void A_text_of_millions_of_empty_lines_is_refused_before_it_fills_the_memory()
    {
        var bytes = new byte[3_000_000];
        bytes.AsSpan().Fill((byte)'\n');
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("lines", Assert.Throws<MeasurementFormatException>(() => Read(bytes)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Bytes_past_the_end_are_refused_with_the_place()
    {
        var bytes = Bytes.Read(new ByteSource(new MemoryStream(new byte[10])), "test", "header", 2, 8);

        Assert.Equal(0u, bytes.U4(6));
        Assert.Equal(7, Assert.Throws<MeasurementFormatException>(() => bytes.U4(7)).Offset);
        Assert.Throws<MeasurementFormatException>(() => bytes.Span(1, 2));
        Assert.Throws<MeasurementFormatException>(() => bytes.Span(3, -1));
        Assert.Throws<MeasurementFormatException>(() => Bytes.Read(new ByteSource(new MemoryStream(new byte[10])), "test", "header", 4, long.MaxValue));
    }

    public static TheoryData<string, byte[], double> Values => new()
    {
        { "U1", [200], 200 }, { "I1", [200], -56 }, { "U2", [0x39, 0x30], 12345 }, { "I2", [0xFF, 0xFF], -1 },
        { "U4", [0, 0, 0, 0x80], 2147483648 }, { "I4", [0, 0, 0, 0x80], -2147483648 }, { "U8", [0, 0, 0, 0, 1, 0, 0, 0], 4294967296 },
        { "I8", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -2 }, { "F2", [0x00, 0x3E], 1.5 }, { "F4", [0, 0, 0xC0, 0x3F], 1.5 },
        { "F8", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 1.5 },
    };

    [Theory, MemberData(nameof(Values))]
    public void Stored_numbers_of_every_type_and_order_become_doubles(string type, byte[] little, double value)
    {
        Span<double> into = stackalloc double[2];
        byte[] big = [.. little.Reverse()];
        RawValues.Read([.. little, .. little], Enum.Parse<RawType>(type), false, into);
        Assert.Equal([value, value], into.ToArray());
        RawValues.Read([.. big, .. big], Enum.Parse<RawType>(type), true, into);
        Assert.Equal([value, value], into.ToArray());
    }
}
