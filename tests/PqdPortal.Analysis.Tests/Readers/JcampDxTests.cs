using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>The forms of JCAMP-DX, made by hand from the public description.</summary>
public class JcampDxTests
{
    static MemoryStream File(string text) => new(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\r\n")));

    static string Block(string points, int count = 8, string extra = "") => $"""
        ##TITLE= made by hand
        ##JCAMP-DX= 4.24
        ##DATA TYPE= UV/VIS SPECTRUM
        ##XUNITS= NANOMETERS
        ##YUNITS= COUNTS
        ##FIRSTX= 400
        ##LASTX= 407
        ##XFACTOR= 1
        ##YFACTOR= 0.5
        ##NPOINTS= {count}
        {extra}##XYDATA= (X++(Y..Y))
        {points}
        ##END=
        """;

    static SpectrumSet Read(string text) => Assert.IsType<SpectrumSet>(Formats.Open(File(text)));

    static readonly double[] Expected = [50, 51, 51, 51, 49, -5, 0, 0.5];

    /// <summary>100 102 102 102 98 -10 0 1 in each form; the last two lines of a difference form begin with their check.</summary>
    [Theory]
    [InlineData("400 100 102 102 102 98\n405 -10 0 1")]
    [InlineData("400+100+102+102+102+98\n405-10+0+1")]
    [InlineData("400A00A02A02A02I8\n405a0@A")]
    [InlineData("400A00A02UI8\n405a0@A")]
    [InlineData("400A00K%%m\n404I8j08J0J\n407A")]
    [InlineData("400A00K%Tm\n404I8j08J0J\n407A")]
    [InlineData("400 1.00E+02 1.02E+02,1.02E+02;1.02E+02 9.8E+01\n405 -1E+01 0 1  $$ a remark")]
    public void The_same_values_come_from_every_form(string points)
    {
        var set = Read(Block(points));

        var spectrum = Assert.Single(set.Spectra);
        Assert.Equal(Expected, spectrum.Y);
        Assert.Equal([400, 401, 402, 403, 404, 405, 406, 407], spectrum.X);
        Assert.Equal((SpectrumAxis.Wavelength, "COUNTS"), (set.Axis, set.YUnit));
        Assert.DoesNotContain(set.Findings, finding => finding.Severity != Severity.Info);
    }

    [Fact]
    public void A_check_value_that_does_not_fit_is_told_and_not_counted()
    {
        var set = Read(Block("400A00K%%m\n404I9j08J0J\n407A"));

        Assert.Equal(8, set.Spectra[0].Y.Length);
        Assert.Contains("line 13", Assert.Single(set.Findings, finding => finding.Code == "CHECK_FAILED").Message);
    }

    [Fact]
    public void An_unknown_value_stays_unknown() =>
        Assert.True(double.IsNaN(Read(Block("400 1 2 ? 4 5 6 7 8")).Spectra[0].Y[2]));

    [Theory]
    [InlineData("400 1 2 3", "holds 3")]
    [InlineData("400 1 2 3 4 5 6 7 8 9", "holds more")]
    public void A_count_that_differs_from_the_declared_one_is_refused(string points, string why) =>
        Assert.Contains(why, Assert.Throws<MeasurementFormatException>(() => Read(Block(points))).Message);

    [Fact]
    public void Repeating_without_end_stops_at_the_declared_count()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<MeasurementFormatException>(() => Read(Block("400A00S999999999")));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Repeating_without_end_and_without_a_count_stops_too()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<MeasurementFormatException>(() => Read(Block("400A00S999999999").Replace("##NPOINTS= 8", "##REMARK= none")));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Decimal_commas_between_commas_are_refused_and_not_read_as_twice_the_points()
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => Read("""
            ##TITLE= made by hand
            ##DATA TYPE= UV/VIS SPECTRUM
            ##XUNITS= NANOMETERS
            ##YUNITS= COUNTS
            ##NPOINTS= 3
            ##XYPOINTS= (XY..XY)
            176,36, 32822,795
            176,58, 32822,795
            176,80, 32822,795
            ##END=
            """));

        Assert.Contains("decimal commas", refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_label_with_a_decimal_comma_is_refused_by_name() =>
        Assert.Contains("FIRSTX", Assert.Throws<MeasurementFormatException>(() => Read(Block("400 1 2 3 4 5 6 7 8").Replace("FIRSTX= 400", "FIRSTX= 400,5"))).Message);

    [Fact]
    public void Labels_are_compared_without_case_blanks_dashes_and_underscores() =>
        Assert.Equal(400, Read(Block("400 1 2 3 4 5 6 7 8").Replace("##FIRSTX", "##first_x").Replace("##XUNITS", "##X-Units").Replace("##NPOINTS", "##N points")).Spectra[0].X[0]);

    [Fact]
    public void A_damaged_block_does_not_take_the_others_with_it()
    {
        var set = Read($"##TITLE= two\n##DATA TYPE= LINK\n##BLOCKS= 2\n{Block("400 1 2 3")}\n{Block("400 1 2 3 4 5 6 7 8")}\n##END=");

        Assert.Equal(8, Assert.Single(set.Spectra).X.Length);
        Assert.Contains("holds 3", Assert.Single(set.Findings, finding => finding.Code == "SPECTRA_LEFT_OUT").Message);
    }

    [Fact]
    public void Without_last_x_the_step_places_the_points() =>
        Assert.Equal(403.5, Read(Block("400 1 2 3 4 5 6 7 8", extra: "##DELTAX= 0.5\n").Replace("##LASTX= 407", "##REMARK= none")).Spectra[0].X[^1]);

    [Fact]
    public void Data_of_another_kind_are_named_in_the_refusal() =>
        Assert.Contains("PEAK TABLE", Assert.Throws<MeasurementFormatException>(() => Read("##TITLE= a\n##PEAK TABLE= (XY..XY)\n400, 1\n##END=\n")).Message);

    [Fact]
    public void A_hundred_thousand_blocks_within_each_other_are_no_trouble() =>
        Assert.Throws<MeasurementFormatException>(() => Read(string.Concat(Enumerable.Repeat("##TITLE=\n", 100_000))));
}
