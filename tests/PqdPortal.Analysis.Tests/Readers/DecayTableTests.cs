using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Histograms as tables of text, in the dialects of instruments and people.</summary>
public class DecayTableTests
{
    static Measurement Any(byte[] bytes, double? unit = null) => Formats.Open(new MemoryStream(bytes), new ReadingChoices { TimeUnit = unit });

    static HistogramSet Open(string text, double? unit = null, Encoding? encoding = null) =>
        Assert.IsType<HistogramSet>(Any((encoding ?? Encoding.UTF8).GetBytes(text), unit));

    /// <summary>20 bins: 0, 3, 6, ...</summary>
    static readonly long[] Counts = [.. Enumerable.Range(0, 20).Select(i => (long)(i * 3))];

    static string Rows(Func<int, string> row, int count = 20) => string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{row(i)}\n")));

    static string Number(double value, string format, bool comma = false) => comma ? value.ToString(format, CultureInfo.InvariantCulture).Replace('.', ',') : value.ToString(format, CultureInfo.InvariantCulture);

    public static TheoryData<string, double, double> OneCurve => new()
    {
        { "time_ns,counts\n" + Rows(i => $"{Number(i * 0.016, "0.000")},{i * 3}"), 16e-12, 0 },
        { "Time (ps);Counts\n" + Rows(i => $"{Number(i * 12.5, "0.0", comma: true)};{i * 3}"), 12.5e-12, 0 },
        { "Time[ns]\tDecay[Cnts]\n" + Rows(i => $"{Number(i * 0.064, "0.0000")}\t{i * 3}"), 64e-12, 0 },
        { "t/ns counts\n" + Rows(i => $"{Number(5 + i * 0.1, "0.0")} {i * 3}"), 1e-10, 5e-9 },
        { "# Delay (ns), Coincidences\n" + Rows(i => $"{Number(-10 + i, "0")},{i * 3}"), 1e-9, -10e-9 },
        { "Zeit [s];Zählungen\n" + Rows(i => $"{Number(i * 4e-12, "0.000E+00", comma: true)};{i * 3}"), 4e-12, 0 },
        { "Channel,Time (ns),Counts\n" + Rows(i => $"{i},{Number(i * 0.5, "0.0")},{i * 3}"), 0.5e-9, 0 },
        { "\"Time (ns)\",\"Counts\"\r\n" + Rows(i => $"\"{Number(i * 0.5, "0.0")}\",\"{i * 3}.0\"").Replace("\n", "\r\n"), 0.5e-9, 0 },
        { "Sample A, laser 405 nm\n\ntime_ns,counts\n" + Rows(i => $"{Number(i * 0.5, "0.0")},{i * 3}") + "\nend of data\n", 0.5e-9, 0 },
        { "#PicoHarp 300  Histogram Data  28.11.2012\n#channels per curve\n20\n#display curve no.\n0\n#memory block no.\n0\n#ns/channel\n0.0040\n#counts\n" + Rows(i => $"{i * 3}\t"), 4e-12, 0 },
        { "#HydraHarp 400  Histogram Data\n#channels per curve\n20\n#display curve no.\n0\n#memory block no.\n0\n#ns/bin\n0,0080\n#counts\n" + Rows(i => $"{i * 3}"), 8e-12, 0 },
        { "bin width [ps] = 32\n" + Rows(i => $"{i * 3}"), 32e-12, 0 },
        { "Resolution: 4 ps\nCounts\n" + Rows(i => $"{i * 3}"), 4e-12, 0 },
        { "  Title : decay\n  Module : SPC-150\n\n*BLOCK 1 Decay  ( Time[ns]  No_of_photons )\n" + Rows(i => $"{Number(i * 0.0122, "0.0000")} {i * 3}") + "*END\n", 12.2e-12, 0 },
        { "*BLOCK 1 Decay  ( Time[ns]  No_of_photons )\n" + Rows(i => $"{Number(i * 0.0122, "0.0000")},{i * 3}") + "*END\n", 12.2e-12, 0 },
    };

    [Theory, MemberData(nameof(OneCurve))]
    public void A_decay_is_read_in_every_dialect_with_its_bins_and_their_width(string text, double width, double start)
    {
        var set = Open(text);

        var curve = Assert.Single(set.Curves);
        Assert.Equal(Counts, curve.Counts);
        Assert.Equal(width, curve.BinWidth!.Value, width * 1e-9);
        Assert.Equal(start, curve.Start, 1e-15);
        Assert.DoesNotContain(set.Findings, finding => finding.Severity != Severity.Info);
        Assert.Equal(text.Contains("oincid") ? HistogramMeaning.Coincidences : HistogramMeaning.Decay, curve.Meaning);
    }

    [Fact]
    public void UTF_16_and_Latin_1_are_read_too()
    {
        var text = "Time (ns);Zählungen\n" + Rows(i => $"{Number(i * 0.5, "0.0")};{i * 3}");

        Assert.Equal(Counts, Open(text, encoding: Encoding.Latin1).Curves[0].Counts);
        Assert.Equal(Counts, Assert.IsType<HistogramSet>(Any([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)])).Curves[0].Counts);
        Assert.Equal(Counts, Assert.IsType<HistogramSet>(Any([0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(text)])).Curves[0].Counts);
    }

    [Fact]
    public void Several_curves_stand_beside_one_time_or_each_beside_its_own()
    {
        var one = Open("Time (ns),IRF,Decay\n" + Rows(i => $"{Number(i * 0.5, "0.0")},{i},{i * 3}"));
        var own = Open("Time[ns]\tDecay\tTime[ns]\tIRF\n" + Rows(i => i < 12 ? $"{Number(i * 0.5, "0.0")}\t{i * 3}\t{Number(i * 0.25, "0.00")}\t{i}" : $"{Number(i * 0.5, "0.0")}\t{i * 3}\t\t"));
        var picoharp = Open("#ns/channel\n0.004\t0.512\n#counts\n" + Rows(i => $"{i % 7}\t{i * 3}\t"));

        Assert.Equal(["IRF", "Decay"], one.Curves.Select(curve => curve.Name));
        Assert.Equal(Counts, one.Curves[1].Counts);
        Assert.Equal([20, 12], own.Curves.Select(curve => curve.Counts.Length));
        Assert.Equal([0.5, 0.25], own.Curves.Select(curve => Math.Round(curve.BinWidth!.Value * 1e9, 6)));
        Assert.Equal([4, 512], picoharp.Curves.Select(curve => Math.Round(curve.BinWidth!.Value * 1e12, 6)));
    }

    [Fact]
    public void Every_block_of_a_Becker_and_Hickl_export_is_a_curve()
    {
        var block = Rows(i => $"{Number(i * 0.0122, "0.0000")} {i * 3}");

        var set = Open($"Title : x\n*BLOCK 1 Decay_1 ( Time[ns] No_of_photons )\n{block}*END\n*BLOCK 2 Decay_2 ( Time[ns] No_of_photons )\n{block}");

        Assert.Equal(["Decay_1", "Decay_2"], set.Curves.Select(curve => curve.Name));
        Assert.All(set.Curves, curve => Assert.Equal(Counts, curve.Counts));
        Assert.Single(set.Findings, finding => finding.Code == "BINS_MISSING");
    }

    [Fact]
    public void Without_a_unit_the_bins_are_read_and_their_width_is_asked_for()
    {
        var text = "time,counts\n" + Rows(i => $"{Number(i * 0.5, "0.0")},{i * 3}");

        var set = Open(text);

        Assert.Null(set.Curves[0].BinWidth);
        Assert.Equal(ReadingQuestion.TimeUnit, Assert.Single(set.Asks).Choice);
        Assert.Contains("--time-unit", Assert.Single(set.Findings, finding => finding.Code == "RESOLUTION_UNKNOWN").Message);
        Assert.Equal(0.5e-9, Open(text, 1e-9).Curves[0].BinWidth!.Value, 1e-18);
    }

    [Fact]
    public void Without_titles_even_steps_from_zero_and_whole_counts_are_a_histogram_and_that_is_told()
    {
        var set = Open(Rows(i => $"{Number(i * 0.05, "0.00")} {i * 3}"), 1e-9);

        Assert.Equal(Counts, set.Curves[0].Counts);
        Assert.Equal(HistogramMeaning.Unknown, set.Curves[0].Meaning);
        Assert.Single(set.Findings, finding => finding.Code == "COLUMNS_GUESSED");
    }

    [Fact]
    public void A_head_that_declares_other_bins_is_told() =>
        Assert.Single(Open("#channels per curve\n4096\n#ns/channel\n0.004\n#counts\n" + Rows(i => $"{i * 3}")).Findings, finding => finding.Code == "BINS_MISSING");

    [Theory]
    [InlineData("0")]
    [InlineData("NaN")]
    [InlineData("-1")]
    public void A_bin_width_that_is_none_leaves_the_width_unknown(string width) =>
        Assert.Null(Open($"#ns/channel\n{width}\n#counts\n" + Rows(i => $"{i * 3}")).Curves[0].BinWidth);

    public static TheoryData<string> OtherTables =>
    [
        "wavelength_nm,counts\n" + Rows(i => $"{400 + i},{i * 3}"),
        "time (ns),wavelength (nm)\n" + Rows(i => $"{i},{i * 3}"),
        "Time (s),Counts\n" + Rows(i => $"{Number(i * 0.01, "0.00")},{i * 3}"),
        "time_ns,counts\n" + Rows(i => $"{Number(i * i * 0.5, "0.0")},{i * 3}"),
        "time_ns,counts\n" + Rows(i => $"{Number(i * 0.5, "0.0")},{Number(i * 0.31, "0.00")}"),
        "time_ns,counts\n" + Rows(i => $"{Number(i * 0.5, "0.0")},-{i}"),
        Rows(i => $"{i} {i * 3}"),
        Rows(i => $"{Number(400 + i * 0.5, "0.0")} {i * 3}"),
        "power_uW,counts,integration_s\n" + Rows(i => $"{i},{i * 3},1"),
        "1\n2\n3\n",
        "nothing here but words and the number 7\n",
    ];

    [Theory, MemberData(nameof(OtherTables))]
    public void Tables_of_something_else_are_not_taken_for_decays(string text)
    {
        try
        {
            Assert.IsNotType<HistogramSet>(Any(Encoding.UTF8.GetBytes(text)));
        }
        catch (MeasurementFormatException refusal)
        {
            Assert.DoesNotContain("decay", refusal.Message.Split("this version")[0]);
        }
    }

    [Fact]
    public void A_long_text_of_short_rows_takes_little_memory()
    {
        var bytes = Encoding.ASCII.GetBytes("bin width [ps] = 32\n" + string.Concat(Enumerable.Repeat("1\n", 3_000_000)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsAny<MeasurementFormatException>(() => Any(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
