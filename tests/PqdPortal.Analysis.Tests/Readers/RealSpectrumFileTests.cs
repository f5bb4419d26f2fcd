using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Spectra of real instruments against decoders that are not ours.</summary>
public class RealSpectrumFileTests
{
    /// <summary>File, where its golden spectrum stands, format, axis, unit.</summary>
    public static TheoryData<string, string, string, string, string> Single => new()
    {
        { "princeton-spe3-spectrum.spe", "spectrum", "Princeton Instruments SPE", "wavelength", "nm" },
        { "princeton-raman.spe", "spectrum", "Princeton Instruments SPE", "wavelength", "nm" },
        { "andor-raman1.sif", "calibrated_first_row", "Andor SIF", "wavelength", "nm" },
        { "andor-cli-0.sif", "calibrated_first_row", "Andor SIF", "wavelength", "nm" },
        { "andor-stepglue.sif", "calibrated_first_row", "Andor SIF", "wavelength", "nm" },
        { "oceanoptics-usb4000.txt", "spectrum", "Ocean Optics text", "wavelength", "nm" },
        { "oceanview.txt", "spectrum", "Ocean Optics text", "wavelength", "nm" },
        { "oceanoptics-comma.txt", "spectrum", "Ocean Optics text", "wavelength", "nm" },
        { "labspec-raman.txt", "spectrum", "Horiba LabSpec text", "raman_shift", "1/cm" },
        { "renishaw-raman.wdf", "spectrum0", "Renishaw WDF", "raman_shift", "1/cm" },
        { "jcamp-fixdec1.jdx", "own_asdf_decoder", "JCAMP-DX", "wavenumber", "1/cm" },
        { "jcamp-sqzdec1.jdx", "own_asdf_decoder", "JCAMP-DX", "frequency", "Hz" },
        { "jcamp-pacdec1.jdx", "own_asdf_decoder", "JCAMP-DX", "wavenumber", "1/cm" },
        { "jcamp-dupdec1.jdx", "own_asdf_decoder", "JCAMP-DX", "wavenumber", "1/cm" },
        { "galactic-raman.spc", "spectrum", "Galactic SPC spectrum", "raman_shift", "1/cm" },
    };

    [RealFileTheory, MemberData(nameof(Single))]
    public void A_single_spectrum_agrees_with_the_independent_decoder(string name, string where, string format, string axis, string unit)
    {
        var golden = RealFiles.Golden()[name]["golden"]![where]!;

        var info = RealFiles.Info(name);

        Assert.Equal(("spectrum", format, axis, unit), (Text(info["kind"]), Text(info["format"]), Text(info["axis"]!["name"]), Text(info["axis"]!["unit"])));
        Agree(golden, Assert.Single(info["spectra"]!.AsArray())!);
        // The highest point is where it should be, so nothing is shifted by one.
        var spectrum = Assert.Single(Spectra(name).Spectra);
        var peak = (int)Number(golden["peak_index"]);
        Close(Number(golden["peak"]![0]), spectrum.X[peak]);
        Close(Number(golden["peak"]![1]), spectrum.Y[peak]);
        Assert.Equal(golden["x_descending"]!.GetValue<bool>(), spectrum.X[0] > spectrum.X[^1]);
    }

    [RealFileFact]
    public void Every_block_of_a_linked_file_is_a_spectrum_with_its_title()
    {
        var golden = RealFiles.Golden()["jcamp-oceanoptics.jdx"]["golden"]!["jcamp_module_children"]!.AsArray();

        var info = RealFiles.Info("jcamp-oceanoptics.jdx");

        var spectra = info["spectra"]!.AsArray();
        Assert.Equal(("spectrum-series", 3, "wavelength"), (Text(info["kind"]), spectra.Count, Text(info["axis"]!["name"])));
        foreach (var (theirs, ours) in golden.Zip(spectra))
        {
            Agree(theirs!, ours!);
            Assert.Equal(Text(theirs!["title"]), Text(ours!["name"]));
        }
    }

    [RealFileTheory]
    [InlineData("andor-raman1.asc"), InlineData("andor-stepglue.asc")]
    public void The_export_of_solis_agrees_with_the_file_it_came_from(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var info = RealFiles.Info(name);

        Assert.Equal("Andor Solis ASCII export", Text(info["format"]));
        var spectrum = Assert.Single(info["spectra"]!.AsArray())!;
        Assert.Equal(Number(golden["numeric_rows"]), Number(spectrum["points"]));
        foreach (var end in new[] { "first", "last" })
            Assert.Equal((Number(golden[end]![0]), Number(golden[end]![1])), (Number(spectrum[end]![0]), Number(spectrum[end]![1])));
        // Six digits are written, so the export meets the binary file to half a unit of the sixth.
        var binary = Assert.Single(Spectra(Path.ChangeExtension(name, ".sif")).Spectra);
        var text = Assert.Single(Spectra(name).Spectra);
        for (var i = 0; i < binary.X.Length; i++)
        {
            Assert.Equal(binary.X[i], text.X[i], 1e-4);
            Assert.Equal(binary.Y[i], text.Y[i], 5e-6 * Math.Abs(binary.Y[i]) + 1e-12);
        }
        Assert.NotNull(info["measured_at"]);
    }

    [RealFileFact]
    public void A_stack_without_wavelengths_is_an_image_of_its_frames()
    {
        var golden = RealFiles.Golden()["princeton-spe2-stack.spe"]["golden"]!;

        var info = RealFiles.Info("princeton-spe2-stack.spe");

        var image = Assert.Single(info["images"]!.AsArray())!;
        Assert.Equal(("image", 128, 128, 5), (Text(info["kind"]), Number(image["shape"]![0]), Number(image["shape"]![1]), Number(image["frames"])));
        Assert.Equal(golden["frames_sum"]!.AsArray().Sum(Number), Number(image["sum"]));
        using var file = File.OpenRead(RealFiles.Path("princeton-spe2-stack.spe"));
        var frames = Assert.Single(((ImageSet)Formats.Open(file)).Images);
        Assert.Equal(golden["frames_sum"]!.AsArray().Select(Number), Enumerable.Range(0, 5).Select(f => frames.Frame(f).Sum()));
        Assert.Equal(golden["first4"]!.AsArray().Select(Number), frames.Frame(0)[..4]);
        Assert.Equal(golden["last4"]!.AsArray().Select(Number), frames.Frame(4)[^4..]);
        Assert.StartsWith("2015-07-22", Text(info["measured_at"]));
    }

    [RealFileFact]
    public void An_xml_spectrum_of_labspec_agrees_with_the_independent_decoder()
    {
        var golden = RealFiles.Golden()["jobinyvon-spec.xml"]["golden"]!["rows"]![0]!;

        var info = RealFiles.Info("jobinyvon-spec.xml");

        var spectrum = Assert.Single(info["spectra"]!.AsArray())!;
        Assert.Equal(("wavelength", 34, 537.361, 522.574), (Text(info["axis"]!["name"]), Number(spectrum["points"]), Number(spectrum["first"]![0]), Number(spectrum["last"]![0])));
        Assert.Equal((Number(golden["first"]), Number(golden["last"]), Number(golden["sum"])), (Number(spectrum["first"]![1]), Number(spectrum["last"]![1]), Number(spectrum["sum_y"])));
        Assert.Equal("LabRAM HR Evol", Text(info["header"]!["Instrument"]));
        Assert.Equal("2022-06-27T16:26:24.000", Text(info["measured_at"]));
    }

    [RealFileFact]
    public void A_spectrum_of_trivista_agrees_with_the_independent_decoder_and_the_length_of_its_axis_is_no_wavelength()
    {
        var golden = RealFiles.Golden()["trivista-spec.tvf"]["golden"]!;

        var info = RealFiles.Info("trivista-spec.tvf");

        var spectrum = Assert.Single(info["spectra"]!.AsArray())!;
        Assert.Equal((1024, Number(golden["x_first"]), Number(golden["x_last"])), (Number(spectrum["points"]), Number(spectrum["first"]![0]), Number(spectrum["last"]![0])));
        var frame = golden["frame0"]!;
        Assert.Equal((Number(frame["first"]), Number(frame["last"]), Number(frame["sum"])), (Number(spectrum["first"]![1]), Number(spectrum["last"]![1]), Number(spectrum["sum_y"])));
    }

    [RealFileFact]
    public void A_streak_image_is_a_spectrum_for_each_moment_and_both_axes_come_from_its_tables()
    {
        var golden = RealFiles.Golden()["hamamatsu-streak.img"]["golden"]!;

        var info = RealFiles.Info("hamamatsu-streak.img");

        var spectra = info["spectra"]!.AsArray();
        Assert.Equal(("spectrum-series", "wavelength", "nm", "time", "ns"), (Text(info["kind"]), Text(info["axis"]!["name"]), Text(info["axis"]!["unit"]), Text(info["along"]!["name"]), Text(info["along"]!["unit"])));
        Assert.Equal((Number(golden["height"]), Number(golden["width"])), (spectra.Count, Number(spectra[0]!["points"])));
        Assert.Equal(Number(golden["sum"]), spectra.Sum(s => Number(s!["sum_y"])));
        // The wavelengths fall, and the steps of time grow.
        Assert.Equal((364.9664, 353.6699), (Number(spectra[0]!["first"]![0]), Number(spectra[0]!["last"]![0])), new Within(1e-4));
        var times = Spectra("hamamatsu-streak.img").Spectra.Select(s => s.At!.Value).ToList();
        Assert.Equal((0, 4.632347), (times[0], times[^1]), new Within(1e-6));
        Assert.True(times[^1] - times[^2] > 1.05 * (times[1] - times[0]));
        Assert.Equal("2018-08-29T12:28:22.676", Text(info["measured_at"]));
    }

    sealed class Within(double tolerance) : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) <= tolerance && Math.Abs(a.Item2 - b.Item2) <= tolerance;
        public int GetHashCode((double, double) pair) => 0;
    }

    // What the notes of the manifest warn of

    [RealFileFact]
    public void The_field_that_looks_like_a_laser_is_kept_and_not_believed()
    {
        var header = RealFiles.Info("andor-raman1.sif")["header"]!;

        Assert.Contains(header["after_calibration"]!.AsArray(), line => Text(line) == "422");
        Assert.DoesNotContain(header.AsObject(), field => field.Key.Contains("laser", StringComparison.OrdinalIgnoreCase) || field.Key.Contains("raman", StringComparison.OrdinalIgnoreCase));
    }

    [RealFileFact]
    public void A_background_beside_the_signal_is_told_and_not_read_as_a_spectrum() =>
        Assert.Contains("background", Finding("andor-cli-0.sif", "SIGNAL_ONLY"));

    [RealFileFact]
    public void Glued_spectra_are_longer_than_the_detector()
    {
        var info = RealFiles.Info("andor-stepglue.sif");

        Assert.Equal("[1024,127]", info["header"]!["detector_size"]!.ToJsonString());
        Assert.Equal(4711, Number(info["spectra"]![0]!["points"]));
    }

    [RealFileFact]
    public void The_laser_of_a_wdf_stands_as_a_wavenumber() =>
        Assert.Equal(632.799, Number(RealFiles.Info("renishaw-raman.wdf")["header"]!["laser_nm"]), 1e-3);

    [RealFileFact]
    public void More_rows_than_the_header_says_are_told()
    {
        var finding = Finding("oceanview.txt", "POINTS_DIFFER");

        Assert.Contains("2,048", finding);
        Assert.Contains("2,389", finding);
    }

    [RealFileFact]
    public void A_latin_1_header_keeps_its_degree_signs() =>
        Assert.Equal("-60.1", Text(RealFiles.Info("labspec-raman.txt")["header"]!["Detector temperature (°C)"]));

    [RealFileFact]
    public void A_decimal_comma_is_decided_once_and_told() =>
        Assert.True(RealFiles.Info("oceanoptics-comma.txt")["header"]!["decimal_comma"]!.GetValue<bool>());

    [RealFileFact]
    public void The_photon_list_of_becker_and_hickl_is_no_spectrum_and_the_way_out_is_named()
    {
        using var file = File.OpenRead(RealFiles.Path("bh-spc-noise.asc"));

        var refusal = Assert.Throws<MeasurementFormatException>(() => Formats.Open(file));

        Assert.Contains("Becker & Hickl", refusal.Message);
        Assert.Contains(".spc", refusal.Message);
    }

    [Fact]
    public void A_correlation_of_alv_is_refused_by_name()
    {
        using var file = new MemoryStream(Encoding.Latin1.GetBytes("ALV-5000/E-WIN Data\r\nDate :\t\"1/1/2020\"\r\n\"Correlation\"\r\n  1.00000E-004\t  9.0E-001\r\n"));

        Assert.Contains("ALV", Assert.Throws<MeasurementFormatException>(() => Formats.Open(file)).Format);
    }

    [RealFileFact]
    public void Dates_are_those_of_the_files()
    {
        foreach (var (name, date) in new[]
        {
            ("princeton-spe3-spectrum.spe", "2016-06-20T15:23:40.997"), ("oceanoptics-usb4000.txt", "2008-01-14T17:36:35.000"), ("labspec-raman.txt", "2023-10-23T16:11:12.000"),
            ("jcamp-dupdec1.jdx", "1997-01-01T13:24:13.000"), ("trivista-spec.tvf", "2022-06-14T13:34:27.453"), ("andor-raman1.asc", "2017-09-08T15:03:52.000"),
        })
            Assert.Equal(date, Text(RealFiles.Info(name)["measured_at"]));
    }

    static SpectrumSet Spectra(string name)
    {
        using var file = File.OpenRead(RealFiles.Path(name));
        return (SpectrumSet)Formats.Open(file);
    }

    static string Finding(string name, string code) =>
        Text(Assert.Single(RealFiles.Info(name)["findings"]!.AsArray(), finding => Text(finding!["code"]) == code)!["message"]);

    static void Agree(JsonNode golden, JsonNode ours)
    {
        Assert.Equal(Number(golden["n"]), Number(ours["points"]));
        foreach (var end in new[] { "first", "last" })
            for (var k = 0; k < 2; k++)
                Close(Number(golden[end]![k]), Number(ours[end]![k]));
        // Sums of thousands of doubles in another order.
        Assert.Equal(Number(golden["sum_y"]), Number(ours["sum_y"]), 1e-9 * Math.Max(1, Math.Abs(Number(golden["sum_y"]))));
    }

    /// <summary>To the last few bits: a polynomial may be summed in another order.</summary>
    static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-12 * Math.Max(1, Math.Abs(expected)));

    static double Number(JsonNode? node) => double.Parse(node!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    static string Text(JsonNode? node) => node!.GetValue<string>();
}
