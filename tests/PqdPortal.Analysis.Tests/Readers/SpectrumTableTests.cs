using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Tables of spectra in the dialects of the world.</summary>
public class SpectrumTableTests
{
    static MemoryStream File(string text) => new(Encoding.UTF8.GetBytes(text));

    static SpectrumSet Read(string text) => Assert.IsType<SpectrumSet>(Formats.Open(File(text)));

    static readonly double[] X = [500.5, 501.5, 502.5, 503.5];
    static readonly double[] Y = [10, 20.25, 15, 5];

    /// <summary>The same four points in one dialect.</summary>
    static string Pairs(string separator, bool comma, string above = "") =>
        above + string.Join("\r\n", X.Zip(Y, (x, y) => Shown(x, comma) + separator + Shown(y, comma))) + "\r\n";

    static string Shown(double value, bool comma) => value.ToString(CultureInfo.InvariantCulture).Replace('.', comma ? ',' : '.');

    [Theory]
    [InlineData(",", false, "Wavelength (nm),Intensity (counts)\r\n")]
    [InlineData(";", true, "Wellenlänge [nm];Intensität [counts]\r\n")]
    [InlineData("\t", true, "Longueur d'onde (nm)\tIntensité (counts)\r\n")]
    [InlineData(" ", false, "wavelength_nm counts\r\n")]
    [InlineData("   ", false, "Wavelength (nm)   Intensity (counts)\r\n")]
    [InlineData(",", false, "\uFEFFwavelength_nm,counts\r\n")]
    [InlineData(",", false, "# wavelength (nm), intensity (counts)\r\n")]
    [InlineData("\t", false, "% λ/nm\tI (counts)\r\n")]
    [InlineData(",", false, "// date: 2026-11-22\r\n// sample: CsPbBr3\r\nwavelength,intensity\r\nnm,counts\r\n")]
    [InlineData("\t", false, "Sample: CsPbBr3\r\nIntegration time: 100 ms\r\n\r\nWavelength\tIntensity\r\nnm\tcounts\r\n")]
    [InlineData(";", false, "波长 (nm);强度 (counts)\r\n")]
    [InlineData(",", false, "\"Wavelength (nm)\",\"Intensity (counts)\"\r\n")]
    [InlineData(",", false, "x unit: nm\r\n")]
    public void The_same_spectrum_is_read_from_every_dialect(string separator, bool comma, string above)
    {
        var set = Read(Pairs(separator, comma, above));

        Assert.Equal(("spectrum", SpectrumAxis.Wavelength), (set.Kind, set.Axis));
        var spectrum = Assert.Single(set.Spectra);
        Assert.Equal(X, spectrum.X);
        Assert.Equal(Y, spectrum.Y);
        Assert.DoesNotContain(set.Findings, finding => finding.Code.StartsWith("AXIS", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_above_the_table_are_kept()
    {
        var header = Read(Pairs("\t", false, "Sample: CsPbBr3\r\n# Integration time: 100 ms\r\nWavelength (nm)\tcounts\r\n")).Header;

        Assert.Equal(("CsPbBr3", "100 ms"), (header["Sample"]!.GetValue<string>(), header["Integration time"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("Energy (eV),I", "energy", "eV")]
    [InlineData("E_meV,I", "energy", "meV")]
    [InlineData("Wavenumber (cm^-1),I", "wavenumber", "1/cm")]
    [InlineData("Raman shift (cm-1),I", "raman_shift", "1/cm")]
    [InlineData("Raman shift / 1/cm,I", "raman_shift", "1/cm")]
    [InlineData("wavelength_um,I", "wavelength", "µm")]
    [InlineData("Frequency (THz),I", "frequency", "THz")]
    public void The_unit_above_the_column_names_the_axis(string names, string axis, string unit) =>
        Assert.Equal(new SpectrumAxis(axis, unit), Read($"{names}\n2.1,1\n2.2,2\n2.3,3\n").Axis);

    [Theory]
    [InlineData("Pixel,I\n5,1\n3,2\n4,3\n")]
    public void Pixels_may_stand_in_any_order(string text) => Assert.Equal(SpectrumAxis.Pixel, Read(text).Axis);

    [Theory]
    [InlineData("Wavelength (nm),4,10,20\n", null)]
    [InlineData("wavelength_nm,4 K,10 K,20 K\n", "K")]
    [InlineData("wavelength_nm,T=4 K,T=10 K,T=20 K\n", "K")]
    [InlineData("wavelength_nm,PL_4K,PL_10K,PL_20K\n", "K")]
    [InlineData("Temperature (K)\nWavelength (nm),4,10,20\n", "K")]
    [InlineData("nm\\K,4,10,20\n", "K")]
    [InlineData("x unit: nm\ntemperature: K\n,4,10,20\n", "K")]
    public void A_matrix_has_what_counts_up_above_its_columns(string above, string? unit)
    {
        var set = Read(above + "600,1,2,3\n599,4,5,6\n598,7,8,9\n");

        Assert.Equal("spectrum-series", set.Kind);
        Assert.Equal([4, 10, 20], set.Spectra.Select(s => s.At));
        Assert.Equal([[1, 4, 7], [2, 5, 8], [3, 6, 9]], set.Spectra.Select(s => s.Y));
        Assert.All(set.Spectra, spectrum => Assert.Equal([600, 599, 598], spectrum.X));
        if (unit is not null) Assert.Equal(new SpectrumAxis("temperature", unit), set.Along);
    }

    [Fact]
    public void A_second_axis_and_the_error_of_the_values_are_no_spectra()
    {
        var set = Read("wavelength_nm,energy_eV,counts,sigma\n500,2.48,1,0.1\n501,2.475,2,0.2\n502,2.47,3,0.3\n");

        Assert.Equal([1, 2, 3], Assert.Single(set.Spectra).Y);
        Assert.Equal("counts", set.YUnit);
        Assert.Contains("energy_eV", Assert.Single(set.Findings, f => f.Code == "COLUMNS_LEFT_OUT").Message);
    }

    [Fact]
    public void Columns_may_count_up_in_the_wavelength_of_the_excitation()
    {
        var set = Read("Emission wavelength (nm);350 nm;360 nm;370 nm\n500;1;2;3\n501;4;5;6\n");

        Assert.Equal((SpectrumAxis.Wavelength, 360), (set.Along, set.Spectra[1].At!.Value));
    }

    [Fact]
    public void Samples_with_numbers_are_names() =>
        Assert.Equal(["sample_1", "sample_2"], Read("wavelength_nm,sample_1,sample_2\n500,1,2\n501,3,4\n").Spectra.Select(s => s.Name));

    [Fact]
    public void A_nought_in_the_corner_is_no_wavelength()
    {
        var set = Read("# x axis: nm\n0\t4\t10\n600\t1\t2\n600.5\t3\t4\n601\t5\t6\n");

        Assert.Equal([4, 10], set.Spectra.Select(s => s.At));
        Assert.Equal([600, 600.5, 601], set.Spectra[0].X);
    }

    [Fact]
    public void A_long_table_is_a_spectrum_for_each_frame()
    {
        var set = Read("frame,wavelength_nm,counts\n0,500,1\n0,501,2\n0,502,3\n1,500,4\n1,501,5\n1,502,6\n");

        Assert.Equal(("spectrum-series", "frame"), (set.Kind, set.Along!.Name));
        Assert.Equal([0, 1], set.Spectra.Select(s => s.At));
        Assert.Equal([[1, 2, 3], [4, 5, 6]], set.Spectra.Select(s => s.Y));
        Assert.Same(set.Spectra[0].X, set.Spectra[1].X);
    }

    [Fact]
    public void A_long_table_may_name_the_wavelength_first()
    {
        var set = Read("wavelength_nm;temperature_K;counts\n500;4;1\n500;10;2\n501;4;3\n501;10;4\n502;4;5\n502;10;6\n");

        Assert.Equal(new SpectrumAxis("temperature", "K"), set.Along);
        Assert.Equal([[1, 3, 5], [2, 4, 6]], set.Spectra.Select(s => s.Y));
    }

    [Fact]
    public void A_column_that_counts_the_rows_is_no_axis() =>
        Assert.Equal([500, 501, 502], Assert.Single(Read("#,Wavelength (nm),Counts\n1,500,1\n2,501,2\n3,502,3\n".Replace("#,", "nr,")).Spectra).X);

    [Fact]
    public void Pairs_side_by_side_keep_their_own_axes()
    {
        var set = Read("Wavelength (nm)\ta\tWavelength (nm)\tb\n500\t1\t600\t2\n501\t3\t601\t4\n502\t5\t\t\n");

        Assert.Equal([[500, 501, 502], [600, 601]], set.Spectra.Select(s => s.X));
        Assert.Equal([[1, 3, 5], [2, 4]], set.Spectra.Select(s => s.Y));
        Assert.Equal(["a", "b"], set.Spectra.Select(s => s.Name));
    }

    [Theory]
    [InlineData(500, 1, "wavelength", "nm", "AXIS_GUESSED")]
    [InlineData(2.0, 0.01, "energy", "eV", "AXIS_GUESSED")]
    [InlineData(2000, 1, "energy", "meV", "AXIS_GUESSED")]
    [InlineData(15000, 10, "wavenumber", "1/cm", "AXIS_GUESSED")]
    [InlineData(1050, 1, "x", "", "AXIS_AMBIGUOUS")]
    [InlineData(6000, 1, "x", "", "AXIS_AMBIGUOUS")]
    public void Without_a_word_the_size_of_the_axis_decides_or_the_person_is_told(double first, double step, string axis, string unit, string code)
    {
        var set = Read(string.Concat(Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{first + i * step},{100 + i % 7}\n"))));

        Assert.Equal(new SpectrumAxis(axis, unit), set.Axis);
        Assert.Single(set.Findings, finding => finding.Code == code);
    }

    /// <summary>Other things that people keep in tables.</summary>
    [Theory]
    [InlineData("channel,time_ps\n0,100\n1,250\n0,300\n1,420\n")]
    [InlineData("time_ps,channel\n100,0\n250,1\n300,0\n420,1\n")]
    [InlineData("Time (ns),Counts\n0,12\n0.5,300\n1.0,200\n1.5,100\n")]
    [InlineData("power_uW,counts,integration_s\n1,100,1\n2,190,1\n5,420,1\n10,700,1\n")]
    [InlineData("temperature_K,E_meV,fwhm_meV\n4,2350,70\n10,2351,71\n20,2353,73\n")]
    [InlineData("edge_nm,count\n8.5,3\n9.0,10\n9.5,4\n")]
    [InlineData("0,12\n1,15\n2,11\n3,9\n")]
    [InlineData("44054,2856\n72904,1659\n364634,2626\n412760,1872\n571542,727\n1215324,804\n")]
    [InlineData("just a note\nwith 2 lines\n")]
    public void What_is_plainly_something_else_is_no_spectrum(string text)
    {
        // Other readers may know it; this one lets it pass.
        var source = new ByteSource(File(text));
        Assert.Null(SpectrumTable.OpenNamed(source));
        Assert.Null(SpectrumTable.OpenPlain(source));
    }

    [Theory]
    [InlineData("wavelength_nm,counts\n500,1\n502,2\n501,3\n503,1\n", "turns round at point 2")]
    [InlineData("wavelength_nm,counts\n500,1\n", "at least 2")]
    [InlineData("wavelength_nm,counts\n500,1\n500,2\n500,3\n", "the same wavelength")]
    public void An_axis_that_makes_no_spectrum_is_refused_with_the_reason(string text, string reason)
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => Formats.Open(File(text)));

        Assert.Contains(reason, refusal.Message);
        Assert.Equal("wavelength_nm,counts\n".Length, refusal.Offset);
    }

    [Fact]
    public void Empty_cells_and_lines_behind_the_table_are_told()
    {
        var set = Read("wavelength_nm,a,b\n500,1,2\n501,,3\n502,4,5\nend of data\n");

        Assert.True(double.IsNaN(set.Spectra[0].Y[1]));
        Assert.Equal(["TRAILING_TEXT", "VALUES_MISSING"], set.Findings.Select(f => f.Code).Order());
    }

    [Fact]
    public void A_text_in_utf_16_is_read_like_any_other()
    {
        var bytes = new MemoryStream([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Pairs("\t", true, "Wellenlänge (nm)\tI\r\n"))]);

        Assert.Equal(X, Assert.Single(Assert.IsType<SpectrumSet>(Formats.Open(bytes)).Spectra).X);
    }
}
