using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Tables of named columns: in every dialect the same numbers, and what is none stays a text.</summary>
public class DataTableTests
{
    static Measurement Open(string text) => Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    static DataTable Table(string text) => Assert.IsType<DataTable>(Open(text));

    [Theory]
    [InlineData("power_uW,counts,integration_s\n0.5,1200,1\n1,2300,1\n20,9000.5,2\n")]
    [InlineData("power_uW;counts;integration_s\n0,5;1200;1\n1;2300;1\n20;9000,5;2\n")]
    [InlineData("power_uW\tcounts\tintegration_s\r\n0,5\t1200\t1\r\n1\t2300\t1\r\n20\t9000,5\t2\r\n")]
    [InlineData("\uFEFFPower (µW);Counts;Integration [s]\n0.5;1200;1\n\n1;2300;1\n20;9000.5;2\n")]
    [InlineData("# a remark, with a comma\n# another\npower_uW,counts,integration_s\n0.5,1200,1\n# half way\n1,2300,1\n20,9000.5,2")]
    [InlineData("# power_uW,counts,integration_s\n0.5,1200,1\n1,2300,1\n20,9000.5,2\n")]
    [InlineData("Saturation of dot 3\n\npower_mW,counts,integration_ms\n0.0005,1200,1000\n0.001,2300,1000\n0.020,9000.5,2000\n")]
    [InlineData("power\tcounts\tintegration\nuW\t\ts\n0.5\t1200\t1\n1\t2300\t1\n20\t9000.5\t2\n")]
    [InlineData("counts,comment,integration_s,POWER_UW\n1200,\"low, then lower\",1,0.5\n2300,,1,1\n9000.5,high,2,20\n")]
    [InlineData("power_uW counts integration_s\n0.5 1200 1\n1 2300 1\n20 9000.5 2\n")]
    [InlineData("power_uW,counts,integration_s,\n0.5,1200,1,\n1,2300,1,\n20,9000.5,2,\n")]
    public void The_same_columns_are_read_from_every_dialect(string text)
    {
        var table = Table(text);

        Assert.Equal(("table", 3), (table.Kind, table.Rows));
        foreach (var (value, expected) in table.Numbers("power_uW").Zip([0.5, 1, 20])) Assert.Equal(expected, value, 12);
        Assert.Equal([1200, 2300, 9000.5], table.Numbers("counts"));
        foreach (var (value, expected) in table.Numbers("integration_s").Zip([1.0, 1, 2])) Assert.Equal(expected, value, 12);
    }

    [Fact]
    public void Columns_may_hold_words()
    {
        var table = Table("group,value,batch\nCsPbBr3,0.12,A\n\"mixed, 3:1\",0.31,B\nCsPbBr3,,A\n");

        Assert.Equal(["CsPbBr3", "mixed, 3:1", "CsPbBr3"], table.Texts("group"));
        Assert.Null(table.Find("group")!.Numbers);
        Assert.Equal(1, table.Find("value")!.Missing);
        Assert.Contains("Line 4, column 2 (\"value\") is empty", Assert.Throws<MeasurementFormatException>(() => table.Numbers("value")).Message);
    }

    [Fact]
    public void A_cell_that_is_no_number_is_told_with_its_line_and_column_and_its_byte()
    {
        const string text = "power_uW,counts\n1,100\n2,abc\n3,300\n";
        var table = Table(text);

        Assert.Contains(table.Findings, finding => finding.Code == "CELL_NO_NUMBER" && finding.Message.Contains("Line 3, column 2"));
        var refusal = Assert.Throws<MeasurementFormatException>(() => table.Numbers("counts"));
        Assert.Contains("Line 3, column 2 (\"counts\") holds \"abc\"", refusal.Message);
        Assert.Equal(text.IndexOf("2,abc", StringComparison.Ordinal), refusal.Offset);
    }

    [Fact]
    public void A_column_that_is_not_there_is_refused_with_those_that_are() =>
        Assert.Contains("\"power_uW\", \"counts\"", Assert.Throws<MeasurementFormatException>(() => Table("power_uW,counts\n1,100\n2,200\n").Numbers("integration_s")).Message);

    [Theory]
    [InlineData("power_uW,counts\n1,100\n2,200,7\n3,300\n", "Line 3 has 3 cells")]
    [InlineData("power_uW,counts\n0,5,100\n1,5,200\n", "decimal sign")]
    public void Rows_with_more_cells_than_names_are_refused_with_their_line(string text, string told) =>
        Assert.Contains(told, Assert.Throws<MeasurementFormatException>(() => Open(text)).Message);

    [Theory]
    [InlineData("just a note,\nwith 2 lines, and a comma\n")]
    [InlineData("{\n  \"analysis\": \"g2.cw\",\n  \"channels\": [0, 1],\n  \"bin_ps\": 500\n}\n")]
    [InlineData("import os, sys\nx = 1, 2\n")]
    [InlineData("1\n2\n3\n")]
    [InlineData("a,b\nc,d\ne,f 1\n")]
    [InlineData("It was a cold night\nand 12 men went home\n")]
    public void Other_texts_stay_texts(string text) =>
        Assert.Equal("text file", Assert.Throws<MeasurementFormatException>(() => Open(text)).Format);

    [Theory]
    [InlineData("channel,time_ps\n0,100\n1,250\n0,300\n1,420\n0,500\n1,900\n0,1000\n1,1200\n", "photon-stream")]
    [InlineData("time_ns,counts\n0,12\n0.5,300\n1.0,200\n1.5,100\n2.0,50\n2.5,20\n3.0,9\n3.5,4\n", "histogram")]
    [InlineData("wavelength_nm,intensity\n500,1\n501,2\n502,3\n503,2\n", "spectrum")]
    public void What_other_readers_know_is_theirs(string text, string kind) => Assert.Equal(kind, Open(text).Kind);

    [Fact]
    public void The_summary_lists_columns_and_first_rows()
    {
        var json = FileSummary.Of(new MemoryStream("group,value_nm\nA,1\nB,3\n"u8.ToArray())).ToJson("x.csv");

        Assert.Equal(("table", 2), ((string?)json["kind"], (int)json["rows"]!));
        Assert.Equal("""{"name":"value_nm","unit":"nm","holds":"numbers","missing":0,"smallest":1,"largest":3}""", json["columns"]![1]!.ToJsonString());
        Assert.Equal("""[["A",1],["B",3]]""", json["first_rows"]!.ToJsonString());
    }

    [Theory]
    [InlineData("power_uW", "power", "uW")]
    [InlineData("Power (µW)", "power", "µW")]
    [InlineData("coarse delay [ps]", "coarse delay", "ps")]
    [InlineData("fine_delay_fs", "fine delay", "fs")]
    [InlineData("T_K", "t", "K")]
    [InlineData("tau_sl_ps", "tau sl", "ps")]
    [InlineData("counts", "counts", "")]
    [InlineData("tau_sl_unc", "tau sl unc", "")]
    [InlineData("P / mW", "p", "mW")]
    public void Titles_are_parted_into_name_and_unit(string title, string name, string unit) => Assert.Equal((name, unit), ColumnTitle.Of(title));

    [Theory]
    [InlineData("mW", "uW", 1e3)]
    [InlineData("µs", "s", 1e-6)]
    [InlineData("", "ps", 1.0)]
    [InlineData("nm", "ps", null)]
    [InlineData("mW", "ms", null)]
    public void Units_of_one_kind_are_converted(string from, string to, double? factor) => Assert.Equal(factor, ColumnTitle.Factor(from, to));

    [Fact]
    public void However_a_table_is_damaged_it_is_read_or_refused_in_words()
    {
        string[] whole =
        [
            "# dot 3\npower_uW;counts;integration_s\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"{i},5;{i * 100};1\n")),
            "group,value,batch\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"\"g {i % 3}\",{i * 0.25},B{i % 2}\n")),
        ];
        byte[][] words = ["\n"u8.ToArray(), ",,"u8.ToArray(), "\""u8.ToArray(), "1e999"u8.ToArray(), ";"u8.ToArray(), "#"u8.ToArray(), [0xC3], [0xFF, 0xFE], "\t\t\t"u8.ToArray(), "NaN"u8.ToArray()];
        var (read, refused) = (0, 0);
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var bytes = Encoding.UTF8.GetBytes(whole[random.Next(whole.Length)]).ToList();
            for (var times = 1 + random.Next(4); times > 0; times--)
            {
                var at = random.Next(random.Next(2) == 0 ? 60 : bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                    case 1: bytes.InsertRange(at, words[random.Next(words.Length)]); break;
                    case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)); break;
                    default: bytes.InsertRange(at, bytes.GetRange(0, random.Next(Math.Min(200, bytes.Count)))); break;
                }
                while (bytes.Count < 64) bytes.Add((byte)'\n');
            }
            if (FuzzWatch.Summary([.. bytes], $"seed {seed}")) read++;
            else refused++;
        }

        Assert.InRange(read, 300, 2900);
        Assert.InRange(refused, 100, 2700);
    }
}
