using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Variants and damages that no real file at hand shows.</summary>
public class SpectrumFileTests
{
    static Measurement Open(byte[] file) => Formats.Open(new MemoryStream(file));

    static SpectrumSet Read(byte[] file) => Assert.IsType<SpectrumSet>(Open(file));

    static SpectrumSet Read(string text) => Read(Encoding.Latin1.GetBytes(text));

    static MeasurementFormatException Refused(byte[] file) => Assert.Throws<MeasurementFormatException>(() => Open(file));

    // Princeton SPE

    [Fact]
    public void The_pixels_of_an_spe_calibration_count_from_one() =>
        Assert.Equal([500.5, 501, 501.5], Read(SpectrumFile.Spe2([1, 2, 3], 3, 1, 1, [500, 0.5])).Spectra[0].X);

    [Fact]
    public void A_region_begins_at_its_own_pixel_and_a_binned_point_stands_in_the_middle_of_its_pixels() =>
        Assert.Equal([500 + 101.5, 500 + 105.5], Read(SpectrumFile.Spe2([1, 2], 2, 1, 1, [500, 1], (100, 4))).Spectra[0].X);

    [Fact]
    public void Rows_and_frames_of_a_calibrated_spe_are_spectra_in_file_order()
    {
        var set = Read(SpectrumFile.Spe2([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2, [500, 0.5]));

        Assert.Equal(("spectrum-series", SpectrumAxis.Wavelength), (set.Kind, set.Axis));
        Assert.Equal([[1, 2], [3, 4], [5, 6], [7, 8]], set.Spectra.Select(s => s.Y));
    }

    [Fact]
    public void An_spe_of_one_row_without_calibration_is_a_spectrum_over_pixels()
    {
        var set = Read(SpectrumFile.Spe2([7, 8, 9], 3, 1, 1));

        Assert.Equal((SpectrumAxis.Pixel, "spectrum"), (set.Axis, set.Kind));
        Assert.Equal([1, 2, 3], set.Spectra[0].X);
        // The name of the month is German; the date stays as text.
        Assert.Null(set.MeasuredAt);
        Assert.Equal("01März2020", set.Header["date"]!.GetValue<string>());
    }

    [Fact]
    public void Frames_that_are_declared_and_not_there_are_told()
    {
        var file = SpectrumFile.Spe2([1, 2, 3, 4], 2, 1, 1_000_000_000, [500, 1]);

        var set = Read(file);

        Assert.Equal(2, set.Spectra.Count);
        var finding = Assert.Single(set.Findings, f => f.Code == "FRAMES_MISSING");
        Assert.Contains("1,000,000,000", finding.Message);
        Assert.Equal(1446, finding.Offset);
    }

    [Fact]
    public void A_type_of_numbers_that_is_not_known_is_refused_with_its_code() =>
        Assert.Contains("type 7", Refused(SpectrumFile.Spe2([1, 2], 2, 1, 1, type: 7)).Message);

    [Fact]
    public void A_calibration_that_turns_round_is_refused() =>
        Assert.Contains("turns round", Refused(SpectrumFile.Spe2([1, 2, 3, 4], 4, 1, 1, [0, 5, -1])).Message);

    [Fact]
    public void A_cut_spe_is_refused_with_the_place()
    {
        Assert.Contains("Truncated", Refused(SpectrumFile.Spe2([1, 2], 2, 1, 1)[..4000]).Message);
        Assert.Equal(4100, Refused(SpectrumFile.Spe2([1, 2], 2, 1, 1)[..4102]).Offset);
    }

    static string Footer(int width, int height, int stride, string calibrations, string mapping, int frames = 1) => $"""
        <SpeFormat version="3.0" xmlns="http://www.princetoninstruments.com/spe/2009"><DataFormat>
        <DataBlock type="Frame" count="{frames}" pixelFormat="MonochromeUnsigned16" size="{width * height * 2}" stride="{stride}">
        <DataBlock type="Region" calibrations="1,3" count="1" width="{width}" height="{height}" size="{width * height * 2}" stride="{width * height * 2}" /></DataBlock></DataFormat>
        <Calibrations><WavelengthMapping id="1"><Wavelength>{calibrations}</Wavelength></WavelengthMapping>{mapping}</Calibrations></SpeFormat>
        """;

    [Fact]
    public void The_wavelengths_of_the_sensor_are_cut_to_the_region()
    {
        var set = Read(SpectrumFile.Spe3([1, 0, 2, 0], Footer(2, 1, 4, "500,501,502,503,504,505", """<SensorMapping id="3" x="2" y="0" width="4" height="1" xBinning="2" yBinning="1" />""")));

        Assert.Equal([502.5, 504.5], set.Spectra[0].X);
        Assert.Equal([1, 2], set.Spectra[0].Y);
        Assert.Single(set.Findings, f => f.Code == "AXIS_CUT");
    }

    [Fact]
    public void What_stands_behind_the_pixels_of_a_frame_is_skipped_by_its_stride()
    {
        var set = Read(SpectrumFile.Spe3([1, 0, 2, 0, 99, 99, 3, 0, 4, 0, 99, 99], Footer(2, 1, 6, "500,501", "", frames: 2)));

        Assert.Equal([[1, 2], [3, 4]], set.Spectra.Select(s => s.Y));
    }

    [Fact]
    public void A_file_of_lightfield_without_its_description_is_refused()
    {
        var file = SpectrumFile.Spe3([1, 0, 2, 0], Footer(2, 1, 4, "500,501", ""));

        Assert.Contains("description", Refused(file[..4104]).Message);
        Assert.Contains("XML", Refused(file[..^20]).Message);
    }

    [Fact]
    public void A_region_larger_than_its_frame_is_refused() =>
        Assert.Contains("fit", Refused(SpectrumFile.Spe3([1, 0, 2, 0], Footer(2_000_000_000, 2_000_000_000, 4, "500,501", ""))).Message);

    [Fact]
    public void A_description_with_an_entity_of_its_own_is_refused() =>
        Assert.Contains("XML", Refused(SpectrumFile.Spe3([1, 0, 2, 0], "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><SpeFormat>&b;</SpeFormat>")).Message);

    // Andor SIF

    [Theory]
    [InlineData("65567"), InlineData("65565"), InlineData("65559"), InlineData("65558"), InlineData("65548")]
    public void The_version_of_a_sif_decides_where_its_calibration_stands(string version)
    {
        var set = Read(SpectrumFile.Sif([1, 2, 3], 3, 1, version: version));

        Assert.Equal([400.5, 401, 401.5], set.Spectra[0].X);
        Assert.Equal([1, 2, 3], set.Spectra[0].Y);
        Assert.Equal(("Counts", new DateTime(2017, 7, 14, 2, 40, 0)), (set.YUnit, set.MeasuredAt));
    }

    [Theory]
    [InlineData("65560"), InlineData("70000"), InlineData("1")]
    public void A_version_of_a_sif_that_is_not_known_is_refused_with_its_number(string version) =>
        Assert.Contains(version, Refused(SpectrumFile.Sif([1, 2, 3], 3, 1, version: version)).Message);

    [Theory]
    [InlineData("0\n"), InlineData("1\n     12\n     34\n")]
    public void Frames_of_a_sif_stand_over_their_times(string flag)
    {
        var set = Read(SpectrumFile.Sif([1, 2, 3, 4, 5, 6], 3, 2, flag: flag));

        Assert.Equal([[1, 2, 3], [4, 5, 6]], set.Spectra.Select(s => s.Y));
        Assert.Equal((new SpectrumAxis("time", "s"), 0.0, 0.1), (set.Along, set.Spectra[0].At!.Value, set.Spectra[1].At!.Value));
    }

    [Fact]
    public void A_sif_with_fewer_frames_than_declared_says_so()
    {
        var set = Read(SpectrumFile.Sif([1, 2, 3, 4, 5], 2, 2, declared: 50));

        Assert.Equal(2, set.Spectra.Count);
        Assert.Contains("50", Assert.Single(set.Findings, f => f.Code == "FRAMES_MISSING").Message);
    }

    [Fact]
    public void Rows_of_a_sif_without_calibration_are_an_image_with_the_bottom_row_last()
    {
        var image = Assert.Single(Assert.IsType<ImageSet>(Open(SpectrumFile.Sif([1, 2, 3, 4, 5, 6], 3, 1, calibration: "0 1 0 0", label: "Pixel number", rows: 2))).Images);

        Assert.Equal((2, 3), (image.Rows, image.Columns));
        Assert.Equal([4, 5, 6, 1, 2, 3], image.Frame(0));
    }

    [Fact]
    public void A_sif_cut_anywhere_is_refused_or_read_in_part()
    {
        var file = SpectrumFile.Sif([1, 2, 3, 4, 5, 6], 3, 2);
        for (var length = 40; length < file.Length; length++)
            try
            {
                Assert.Single(Read(file[..length]).Spectra);
                Assert.InRange(length, file.Length - 12, file.Length);
            }
            catch (MeasurementFormatException refusal)
            {
                Assert.InRange(refusal.Offset, 0, length);
            }
    }

    // Renishaw WDF

    static byte[] Axis(params float[] x) => [.. SpectrumFile.Words(1, 1), .. SpectrumFile.Floats(x)];

    static byte[] Origin(uint type, int unit, string name, params double[] values) =>
        [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(unit), .. Encoding.ASCII.GetBytes(name.PadRight(16, '\0')), .. values.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void A_series_of_a_wdf_stands_over_the_list_that_the_file_marks()
    {
        var set = Read(SpectrumFile.Wdf(2, 2, ("DATA", SpectrumFile.Floats(1, 2, 3, 4)), ("XLST", Axis(200, 100)),
            ("ORGN", [.. SpectrumFile.Words(3), .. Origin(17, 0, "Flags", 1, 2), .. Origin(3, 5, "X", 10, 20), .. Origin(9 | 1u << 31, 10, "Temperature", 4, 77)])));

        Assert.Equal([[1, 2], [3, 4]], set.Spectra.Select(s => s.Y));
        Assert.Equal((new SpectrumAxis("temperature", "K"), 4.0, 77.0), (set.Along, set.Spectra[0].At!.Value, set.Spectra[1].At!.Value));
    }

    [Fact]
    public void A_wdf_that_was_stopped_holds_the_spectra_that_are_there()
    {
        var set = Read(SpectrumFile.Wdf(2, 5, ("XLST", Axis(200, 100)), ("DATA", SpectrumFile.Floats(1, 2, 3, 4))));

        Assert.Equal(2, set.Spectra.Count);
        Assert.Contains("5", Assert.Single(set.Findings, f => f.Code == "SPECTRA_MISSING").Message);
    }

    [Fact]
    public void A_block_shorter_than_its_own_header_ends_the_walk()
    {
        var file = SpectrumFile.Wdf(2, 1, ("DATA", SpectrumFile.Floats(1, 2)), ("XLST", Axis(200, 100)), ("MAP ", []));
        file[^8] = 3;

        Assert.Equal(file.Length - 16, Assert.Single(Read(file).Findings, f => f.Code == "BLOCK_DAMAGED").Offset);
    }

    [Fact]
    public void A_wdf_without_laser_has_none() =>
        Assert.Null(Read(SpectrumFile.Wdf(2, 1, ("DATA", SpectrumFile.Floats(1, 2)), ("XLST", Axis(200, 100)))).Header["laser_nm"]);

    [Fact]
    public void A_wdf_without_its_axis_is_refused_and_its_blocks_are_named()
    {
        Assert.Contains("XLST", Refused(SpectrumFile.Wdf(2, 1, ("DATA", SpectrumFile.Floats(1, 2)))).Message);
        Assert.Contains("axis", Refused(SpectrumFile.Wdf(3, 1, ("DATA", SpectrumFile.Floats(1, 2, 3)), ("XLST", Axis(200, 100)))).Message);
        Assert.Contains("points", Refused(SpectrumFile.Wdf(int.MaxValue, 1, ("DATA", SpectrumFile.Floats(1, 2, 3)), ("XLST", Axis(200, 100)))).Message);
    }

    // Galactic SPC

    [Fact]
    public void Integers_of_a_galactic_file_are_fractions_of_its_exponent()
    {
        var four = Read([.. SpectrumFile.Galactic(0, 8, 2, 500, 501, 1), .. SpectrumFile.GalacticSub(0, 0), .. SpectrumFile.Words(1 << 30, -(1 << 24))]);
        var two = Read([.. SpectrumFile.Galactic(1, 8, 2, 500, 501, 1), .. SpectrumFile.GalacticSub(0, 0), 0, 0x40, 0, 0xFF]);

        Assert.Equal([64, -1], four.Spectra[0].Y);
        Assert.Equal([64, -1], two.Spectra[0].Y);
        Assert.Equal([500, 501], two.Spectra[0].X);
    }

    [Fact]
    public void Several_spectra_of_a_galactic_file_have_their_own_exponents_and_places()
    {
        var set = Read([.. SpectrumFile.Galactic(4, 8, 2, 500, 501, 2, zType: 21),
            .. SpectrumFile.GalacticSub(8, 4), .. SpectrumFile.Words(1 << 24, 2 << 24), .. SpectrumFile.GalacticSub(9, 10), .. SpectrumFile.Words(1 << 24, 2 << 24)]);

        Assert.Equal([[1, 2], [2, 4]], set.Spectra.Select(s => s.Y));
        Assert.Equal((new SpectrumAxis("temperature", "K"), 4.0, 10.0), (set.Along, set.Spectra[0].At!.Value, set.Spectra[1].At!.Value));
    }

    [Fact]
    public void A_galactic_file_may_have_its_own_x_for_all_or_for_each()
    {
        var shared = Read([.. SpectrumFile.Galactic(0x80, -128, 3, 0, 0, 1), .. SpectrumFile.Floats(500, 501, 503), .. SpectrumFile.GalacticSub(-128, 0), .. SpectrumFile.Floats(1, 2, 3)]);
        var each = Read([.. SpectrumFile.Galactic(0xC4, -128, 0, 0, 0, 2), .. SpectrumFile.GalacticSub(-128, 0, 2), .. SpectrumFile.Floats(500, 501, 1, 2), .. SpectrumFile.GalacticSub(-128, 1, 3), .. SpectrumFile.Floats(600, 601, 602, 3, 4, 5)]);

        Assert.Equal([500, 501, 503], shared.Spectra[0].X);
        Assert.Equal([[500, 501], [600, 601, 602]], each.Spectra.Select(s => s.X));
        Assert.Equal([[1, 2], [3, 4, 5]], each.Spectra.Select(s => s.Y));
    }

    [Fact]
    public void A_cut_galactic_file_is_told_or_refused()
    {
        byte[] file = [.. SpectrumFile.Galactic(4, -128, 2, 500, 501, 2), .. SpectrumFile.GalacticSub(-128, 0), .. SpectrumFile.Floats(1, 2), .. SpectrumFile.GalacticSub(-128, 1), .. SpectrumFile.Floats(3, 4)];

        Assert.Single(Read(file[..^1]).Findings, f => f.Code == "SPECTRA_MISSING");
        Assert.Contains("Truncated", Refused(file[..545]).Message);
        Assert.Contains("Truncated", Refused(file[..300]).Message);
        file[7] = 0x7F;
        Assert.Contains("points", Refused(file).Message);
    }

    [Fact]
    public void The_old_form_of_galactic_is_refused_by_its_version()
    {
        var file = SpectrumFile.Galactic(0, -128, 2, 500, 501, 1);
        (file[1], file[2], file[3]) = (0x4D, 0x80, 0xFF);
        BitConverter.GetBytes(2f).CopyTo(file, 4);

        Assert.Contains("0x4D", Refused(file).Message);
    }

    // Hamamatsu

    [Fact]
    public void A_streak_image_without_wavelengths_stays_an_image()
    {
        var image = Assert.Single(Assert.IsType<ImageSet>(Open(SpectrumFile.Streak(3, 2, [1, 2, 3, 4, 5, 6], "ScalingXType=1,ScalingXScale=1,ScalingXUnit=\"No unit\",ScalingXScalingFile=\"\"", []))).Images);

        Assert.Equal((2, 3), (image.Rows, image.Columns));
        Assert.Equal([1, 2, 3, 4, 5, 6], image.Frame(0));
    }

    [Fact]
    public void A_table_of_an_axis_outside_the_file_is_told()
    {
        var set = Open(SpectrumFile.Streak(3, 2, [1, 2, 3, 4, 5, 6], "ScalingXType=2,ScalingXScale=1,ScalingXUnit=\"nm\",ScalingXScalingFile=\"#9999999,0003\"", []));

        Assert.Equal("image", set.Kind);
        Assert.Single(set.Findings, f => f.Code == "AXIS_UNKNOWN");
    }

    [Fact]
    public void A_cut_or_packed_streak_image_is_refused()
    {
        var file = SpectrumFile.Streak(3, 2, [1, 2, 3, 4, 5, 6], "ScalingXType=1", []);

        Assert.Contains("Truncated", Refused(file[..^1]).Message);
        Assert.Contains("Truncated", Refused(file[..70]).Message);
        Assert.Contains("type 1", Refused(SpectrumFile.Streak(3, 2, [1, 2, 3, 4, 5, 6], "", [], type: 1)).Message);
    }

    // LabSpec

    const string LabSpecHead = "#Acq. time (s)=\t1\r\n#AxisType[0]=Intens\r\n#AxisUnit[0]=Cnt\r\n#AxisType[1]=Spectr\r\n#AxisUnit[1]=nm\r\n";

    [Fact]
    public void A_map_of_labspec_has_a_row_of_wavelengths_and_places_before_its_values()
    {
        var series = Read(LabSpecHead + "#AxisType[2]=Time\r\n#AxisUnit[2]=s\r\n\t500\t501\t502\r\n0\t1\t2\t3\r\n10\t4\t5\t6\r\n");
        var map = Read(LabSpecHead + "\t\t500\t501\r\n-1\t2\t10\t20\r\n-1\t3\t30\t40\r\n");

        Assert.Equal((new SpectrumAxis("time", "s"), 0.0, 10.0), (series.Along, series.Spectra[0].At!.Value, series.Spectra[1].At!.Value));
        Assert.Equal([[1, 2, 3], [4, 5, 6]], series.Spectra.Select(s => s.Y));
        Assert.Equal(["-1, 2", "-1, 3"], map.Spectra.Select(s => s.Name));
        Assert.Equal([[10, 20], [30, 40]], map.Spectra.Select(s => s.Y));
    }

    [Fact]
    public void A_row_of_a_map_that_is_too_short_is_refused_with_its_place()
    {
        var text = LabSpecHead + "\t500\t501\t502\r\n0\t1\t2\r\n";

        Assert.Equal(text.Length - "0\t1\t2\r\n".Length, Refused(Encoding.Latin1.GetBytes(text)).Offset);
    }

    [Fact]
    public void Bare_pairs_without_any_header_are_a_table() =>
        Assert.Equal([537.3, 537.9, 538.5], Read("537.3\t10\r\n537.9\t12\r\n538.5\t11\r\n").Spectra[0].X);

    [Fact]
    public void An_xml_of_labspec_whose_rows_do_not_fit_is_refused()
    {
        const string xml = """<LSX_Data><LSX_Tree><LSX ID="0x7B697861"><LSX ID="0x0"/><LSX ID="0x1"><LSX ID="0x7D6CD4DB">500 501</LSX><LSX ID="0x7C696E75">nm</LSX></LSX></LSX></LSX_Tree><LSX_Matrix><LSX_Row>1 2</LSX_Row><LSX_Row>3 4</LSX_Row></LSX_Matrix></LSX_Data>""";

        Assert.Equal([[1, 2], [3, 4]], Read(xml).Spectra.Select(s => s.Y));
        Assert.Contains("3", Refused(Encoding.UTF8.GetBytes(xml.Replace("3 4", "3 4 5"))).Message);
        Assert.Contains("no number", Refused(Encoding.UTF8.GetBytes(xml.Replace("3 4", "3 x"))).Message);
        Assert.Contains("XML", Refused(Encoding.UTF8.GetBytes("<!DOCTYPE a [<!ENTITY b \"c\">]>" + xml)).Message);
    }

    // TriVista

    static string Tvf(string axis, string frame) =>
        $"\uFEFF<!--TriVista-File. -->\n<XmlMain Version=\"1\"><Documents Count=\"1\"><Document Label=\"Intensity\" DataLabel=\"Counts\"><xDim Length=\"2\"><Calibration Unit=\"Nanometer\" Type=\"ValueArray\" ValueArray=\"{axis}\" /></xDim><Data><Frame xDim=\"2\" yDim=\"1\">{frame}</Frame></Data></Document></Documents></XmlMain>";

    [Fact]
    public void The_axis_of_trivista_has_to_have_as_many_points_as_it_says()
    {
        Assert.Equal([800, 801], Read(Encoding.UTF8.GetBytes(Tvf("2|800|801", "1;2"))).Spectra[0].X);
        Assert.Contains("says that it has 3", Refused(Encoding.UTF8.GetBytes(Tvf("3|800|801", "1;2"))).Message);
        Assert.Contains("3 values", Refused(Encoding.UTF8.GetBytes(Tvf("2|800|801", "1;2;3"))).Message);
    }

    // Ocean Optics

    [Fact]
    public void A_translated_header_of_ocean_optics_is_no_trouble()
    {
        var set = Read("Fichier de données\r\nUtilisateur: Élise\r\n>>>>>Début des données spectrales<<<<<\r\n340,5\t1,5E1\r\n341,0\t-2,25\r\n341,0\t7\r\n");

        Assert.Equal([340.5, 341, 341], set.Spectra[0].X);
        Assert.Equal([15, -2.25, 7], set.Spectra[0].Y);
        Assert.Equal("Élise", set.Header["Utilisateur"]!.GetValue<string>());
        Assert.Single(set.Findings, f => f.Code == "AXIS_REPEATS");
    }

    [Fact]
    public void A_cut_line_at_the_end_is_told() =>
        Assert.Single(Read("a\r\n>>>>>Begin<<<<<\r\n340.5\t1\r\n341\t2\r\n341.").Findings, f => f.Code == "TRAILING_TEXT");

    [Fact]
    public void A_mark_with_nothing_behind_is_refused() =>
        Assert.Contains("no points", Refused(Encoding.Latin1.GetBytes("a\r\n>>>>>Begin<<<<<\r\n")).Message);

    // Andor ASC

    [Fact]
    public void An_export_of_several_frames_is_a_series_and_whole_numbers_from_one_are_pixels()
    {
        const string settings = "\r\n\r\nDate and Time:                Wed Oct 2 16:27:52.000 2024\r\nData Type:                    Counts\r\nAcquisition Mode:             Kinetics\r\n";

        var series = Read("400.5\t1\t2\t\r\n401\t3\t4\t\r\n" + settings);
        var pixels = Read("1\t5\r\n2\t6\r\n3\t7\r\n" + settings);

        Assert.Equal([[1, 3], [2, 4]], series.Spectra.Select(s => s.Y));
        Assert.Equal((SpectrumAxis.Wavelength, SpectrumAxis.Pixel), (series.Axis, pixels.Axis));
        Assert.Equal(new DateTime(2024, 10, 2, 16, 27, 52), series.MeasuredAt);
    }
}
