using System.Text;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Imports;

namespace PqdPortal.Portal.Tests.Imports;

/// <summary>Tables as they come from instruments, spreadsheets and hostile hands: encodings, separators, quotes, numbers, units.</summary>
public sealed class TableTextTests
{
    static List<TableRow> Rows(string text, char separator = ',') => [.. TableRows.Read(new StringReader(text), separator)];
    static string Cells(string text, char separator = ',') => string.Join(" / ", Rows(text, separator).Select(row => string.Join("|", row.Cells)));

    public static TheoryData<byte[], TableEncoding?> Encoded => new()
    {
        { Encoding.UTF8.GetBytes("name\nGrün"), TableEncoding.Utf8 },
        { [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("name\nGrün")], TableEncoding.Utf8 },
        { [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("name\nGrün")], TableEncoding.Utf16 },
        { [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("name\nGrün")], TableEncoding.Utf16BigEndian },
        { Encoding.Latin1.GetBytes("name\nGrün"), null },
        { Encoding.Unicode.GetBytes("name,formula\nblue,CsPbBr3"), null },
        { [], TableEncoding.Utf8 },
        // The broken letter stands far behind the first bytes.
        { [.. Encoding.UTF8.GetBytes(new string('x', 200_000)), 0xfc], null },
    };

    [Theory]
    [MemberData(nameof(Encoded))]
    public void The_encoding_is_found_or_asked_for_and_never_guessed(byte[] bytes, TableEncoding? encoding)
    {
        var (found, question) = TableText.Find(new MemoryStream(bytes));

        Assert.Equal(encoding, found);
        Assert.Equal(encoding is null, question is not null);
        if (found is { } known && bytes.Length is > 0 and < 1000) Assert.Equal("name\nGrün", TableText.Open(new MemoryStream(bytes), known).ReadToEnd());
    }

    [Fact]
    public void Windows_1252_reads_as_told()
    {
        byte[] bytes = [(byte)'5', 0xb5, (byte)'m', 0x80, 0x96];
        Assert.Equal("5µm€–", TableText.Open(new MemoryStream(bytes), TableEncoding.Windows1252).ReadToEnd());
    }

    [Theory]
    [InlineData("a,b\r\n1,2\r\n", ',', "a|b / 1|2")]
    [InlineData("a;b\n1,5;2", ';', "a|b / 1,5|2")]
    [InlineData("a\tb\r1\t2\r", '\t', "a|b / 1|2")]
    [InlineData("a,b\n\"x,y\",\"he said \"\"no\"\"\"", ',', "a|b / x,y|he said \"no\"")]
    [InlineData("a,b\n\"two\nlines\",2", ',', "a|b / two\nlines|2")]
    [InlineData("# exported\n# by\nsep=,\na,b\n\n,\n1,2", ',', "a|b / 1|2")]
    [InlineData("a,b\n1", ',', "a|b / 1")]
    [InlineData("a,b\n \"x\" ,2", ',', "a|b / \"x\"|2")]
    [InlineData("a,b\n🔬,שלום", ',', "a|b / 🔬|שלום")]
    public void A_table_is_cut_into_rows_and_cells(string text, char separator, string cells) => Assert.Equal(cells, Cells(text, separator));

    [Fact]
    public void A_row_knows_its_line_though_cells_hold_lines()
    {
        var rows = Rows("a,b\n\"1\n2\n3\",x\ny,z");
        Assert.Equal([1, 2, 5], rows.Select(row => row.Line));
    }

    [Theory]
    [InlineData("a,b\n\"never closed,2\n3,4", "never closed")]
    [InlineData("a,b\n\"x\"y,2", "closing quotation mark")]
    public void What_cannot_be_cut_is_said_with_its_line(string text, string says)
    {
        var row = Rows(text)[1];
        Assert.Equal(2, row.Line);
        Assert.Contains(says, row.Trouble);
    }

    [Fact]
    public void A_cell_or_a_row_without_end_is_refused_and_does_not_fill_the_memory()
    {
        var long_ = Rows("a\n\"" + new string('x', 1_000_000) + "\"")[1];
        Assert.NotNull(long_.Trouble);
        Assert.True(long_.Cells[0].Length <= TableRows.LongestCell);
        var wide = Rows("a\n" + new string(',', 100_000) + "x")[1];
        Assert.NotNull(wide.Trouble);
        Assert.True(wide.Cells.Count <= TableRows.MostCells);
    }

    [Theory]
    [InlineData("name,formula\na,b\nc,d", ',')]
    [InlineData("name;size\nx;1,5\ny;2,5", ';')]
    [InlineData("name\tnotes\nx\tone, two, three\ny\tfour", '\t')]
    [InlineData("\"a,b\";c\n\"d,e\";f", ';')]
    [InlineData("sep=;\na;b", ';')]
    [InlineData("name\nonly one column", ',')]
    public void The_separator_is_the_one_that_cuts_the_rows_alike(string text, char separator) => Assert.Equal(separator, TableRows.Separator(new StringReader(text)));

    [Theory]
    [InlineData("'=1+1", "=1+1")]
    [InlineData("'-5", "-5")]
    [InlineData("''=1", "'=1")]
    [InlineData("'quoted'", "'quoted'")]
    [InlineData("=SUM(A1)", "=SUM(A1)")]
    [InlineData("'", "'")]
    public void The_apostrophe_that_keeps_a_spreadsheet_from_computing_is_taken_away_once(string cell, string meant) => Assert.Equal(meant, TableRows.Meant(cell));

    [Theory]
    [InlineData("9.1", DecimalSign.Found, 9.1)]
    [InlineData("9,1", DecimalSign.Found, 9.1)]
    [InlineData("1.234,5", DecimalSign.Comma, 1234.5)]
    [InlineData("1,234.5", DecimalSign.Found, 1234.5)]
    [InlineData("1,234", DecimalSign.Point, 1234.0)]
    [InlineData("1,234", DecimalSign.Comma, 1.234)]
    [InlineData("−5", DecimalSign.Found, -5.0)]
    [InlineData("1 234", DecimalSign.Found, 1234.0)]
    [InlineData("1,234", DecimalSign.Found, null)]
    [InlineData("9,1", DecimalSign.Point, null)]
    [InlineData("9.1", DecimalSign.Comma, null)]
    [InlineData("=1+1", DecimalSign.Found, null)]
    [InlineData("12 nm", DecimalSign.Found, null)]
    [InlineData("1e999", DecimalSign.Found, null)]
    public void A_number_is_read_with_the_sign_of_the_table_or_asked_back(string cell, DecimalSign sign, double? value)
    {
        var (read, trouble) = ImportCells.Number(cell, sign);
        Assert.Equal(value, read);
        Assert.Equal(value is null, trouble is not null);
    }

    [Theory]
    [InlineData("Å", "nm", 91, 9.1)]
    [InlineData("A", "nm", 91, 9.1)]
    [InlineData("µm", "nm", 0.5, 500)]
    [InlineData("K", "degC", 293.15, 20)]
    [InlineData("°F", "degC", 212, 100)]
    [InlineData("%", "", 71, 0.71)]
    [InlineData("mW", "uW", 0.05, 50)]
    [InlineData("eV", "meV", 0.078, 78)]
    [InlineData("min", "h", 90, 1.5)]
    [InlineData("cm⁻¹", "1/cm", 5, 5)]
    [InlineData("kHz", "MHz", 2500, 2.5)]
    public void A_unit_in_a_heading_becomes_the_fields_own(string from, string to, double value, double kept) =>
        Assert.Equal(kept, UnitConversion.Between(from, to)!.Value.Of(value), 9);

    [Theory]
    [InlineData("eV", "nm")]
    [InlineData("mg", "nm")]
    [InlineData("furlong", "nm")]
    [InlineData("nm", "")]
    public void A_unit_of_another_kind_cannot_be_turned_into_the_fields(string from, string to) => Assert.Null(UnitConversion.Between(from, to));

    static readonly IReadOnlyList<ImportTarget> Batch = ImportColumns.Targets(RecordKind.Batch, [new("growth_time", "Growth time", ExtraType.Number, "s", [])]);

    [Theory]
    [InlineData("edge_length [nm]", "edge_length", "nm")]
    [InlineData("Edge length (Å)", "edge_length", "Å")]
    [InlineData("edge_length_nm", "edge_length", "nm")]
    [InlineData("Synthesis temperature", "synthesis_temperature", null)]
    [InlineData("FORMULA", "formula", null)]
    [InlineData("Nominal formula", "formula", null)]
    [InlineData("x.growth_time [min]", "x.growth_time", "min")]
    [InlineData("Growth time", "x.growth_time", null)]
    [InlineData("g2_0.sigma", null, null)]
    [InlineData("", null, null)]
    public void A_column_is_known_by_its_heading(string heading, string? target, string? unit)
    {
        var column = Assert.Single(ImportColumns.Match([heading], Batch, null));
        Assert.Equal((target, unit, (string?)null), (column.Target?.Key, column.Unit, column.Trouble));
    }

    [Fact]
    public void Every_heading_that_lists_write_is_known_again()
    {
        foreach (var kind in Enum.GetValues<RecordKind>())
        {
            var targets = ImportColumns.Targets(kind, []);
            var columns = ImportColumns.Match([.. targets.Select(target => target.Header)], targets, null);
            Assert.Equal(targets.Select(target => target.Key), columns.Select(column => column.Target?.Key));
            Assert.All(columns, column => Assert.Null(column.Trouble));
        }
    }

    [Fact]
    public void A_unit_that_cannot_be_converted_is_refused_with_a_sentence()
    {
        var column = Assert.Single(ImportColumns.Match(["Edge length (mg)"], Batch, null));
        Assert.Contains("cannot be turned into that", column.Trouble);
        Assert.Contains("edge_length [nm]", column.Trouble);
    }
}
