using System.IO.Compression;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Real images against decoders that share no code with the portal.</summary>
public class RealImageTests
{
    [RealFileTheory]
    [InlineData("dm-haadf-de.dm3"), InlineData("dm-stem.dm3"), InlineData("dm-nonsquare.dm4"), InlineData("dm-2d-1.dm4")]
    public void The_image_of_a_gatan_file_agrees_with_the_independent_decoder_and_the_thumbnail_is_left_out(string name)
    {
        var golden = RealFiles.Golden()[name]["golden"]!["images"]![1]!;
        var image = Assert.Single(Open(name, out var info).Images);

        Assert.Equal(golden["dimensions_fastest_first"]!.AsArray().Select(Int), [image.Columns, image.Rows]);
        Agrees(golden, image, info);
        Assert.Equal(golden["dtype"]!.GetValue<string>() switch { "uint16" => "u2", "uint32" => "u4", "float32" => "f4", "int16" => "i2", var other => other }, image.ValueType);
        var axes = golden["calibration"]!.AsArray();
        double?[] pixel = [.. axes.Select(axis => axis!["units"]!.GetValue<string>() switch { "nm" => 1e-9, "µm" => 1e-6, "A" => 1e-10, _ => (double?)null } * Real(axis["scale"]))];
        Assert.Equal(pixel[1], image.Pixel?.Row);
        Assert.Equal(pixel[0], image.Pixel?.Column);
    }

    [RealFileFact]
    public void Unequal_pixel_sizes_in_unequal_units_stay_unequal()
    {
        var pixel = Assert.Single(Open("dm-nonsquare.dm4", out _).Images).Pixel!;

        Assert.Equal((2e-10, 1e-9), (pixel.Row, pixel.Column));
        Assert.Contains("A along rows", pixel.Source);
    }

    [RealFileTheory]
    [InlineData("dm-carbon.dm3", -2400.0, 0.10000000149011612), InlineData("dm-eels.dm3", 179.33062744140625, 0.0201262179762125)]
    public void An_image_of_one_row_is_a_spectrum_in_its_own_unit(string name, double origin, double scale)
    {
        var golden = RealFiles.Golden()[name]["golden"]!["images"]![1]!;
        var info = RealFiles.Info(name);

        Assert.Equal("spectrum", info["kind"]!.GetValue<string>());
        Assert.Equal("""{"name":"energy","unit":"eV"}""", info["axis"]!.ToJsonString());
        var spectrum = Assert.Single(info["spectra"]!.AsArray())!;
        Assert.Equal(2048, Int(spectrum["points"]));
        Assert.Equal([(0 - origin) * scale, Real(golden["first"])], spectrum["first"]!.AsArray().Select(Real));
        Assert.Equal([(2047 - origin) * scale, Real(golden["last"])], spectrum["last"]!.AsArray().Select(Real));
        Assert.Equal(Real(golden["sum"]), Real(spectrum["sum_y"]), Math.Abs(Real(golden["sum"])) * 1e-12);
    }

    [RealFileFact]
    public void Counts_that_are_shown_scaled_are_given_raw_and_without_the_scaled_unit()
    {
        using var carbon = File.OpenRead(RealFiles.Path("dm-carbon.dm3"));
        using var eels = File.OpenRead(RealFiles.Path("dm-eels.dm3"));

        Assert.Null(((SpectrumSet)Formats.Open(carbon)).YUnit);
        Assert.Equal("Counts", ((SpectrumSet)Formats.Open(eels)).YUnit);
    }

    [RealFileFact]
    public void Packed_complex_numbers_are_refused_and_never_misread()
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => RealFiles.Info("dm-fft-packed.dm4"));

        Assert.Contains("packed complex", refusal.Message);
        Assert.Contains("5 x 5 values are declared and 30 numbers stored", refusal.Message);
        Assert.Equal("Gatan DM4", refusal.Format);
        Assert.Equal("FFT of untitled2", refusal.Header!["ImageList"]!["1"]!["Name"]!.GetValue<string>());
    }

    [RealFileFact]
    public void Dates_of_a_german_computer_are_read_and_such_that_could_be_exchanged_are_not()
    {
        Assert.Equal("2016-08-27T20:54:33.000", RealFiles.Info("dm-haadf-de.dm3")["measured_at"]!.GetValue<string>());
        Assert.Null(RealFiles.Info("dm-eels.dm3")["measured_at"]);
    }

    [RealFileFact]
    public void The_lattice_of_a_tia_image_agrees_and_its_first_row_is_shown_last()
    {
        var golden = RealFiles.Golden()["tia-sto-lattice.ser"]["golden"]!["elements"]![0]!;

        var image = Assert.Single(Open("tia-sto-lattice.ser", out var info).Images);

        Assert.Equal((1024, 1024, 1, "u2"), (image.Rows, image.Columns, image.Frames, image.ValueType));
        Assert.Equal(Real(golden["sum"]), Real(info["images"]![0]!["sum"]));
        Assert.Equal((Real(golden["y_delta_m"]), Real(golden["x_delta_m"])), (image.Pixel!.Row, image.Pixel.Column));
        var pixels = image.Frame(0);
        Assert.Equal((Real(golden["min"]), Real(golden["max"])), (pixels.Min(), pixels.Max()));
        Assert.Equal((Real(golden["first"]), Real(golden["last"])), (pixels[1023 * 1024], pixels[1023]));
        Assert.Equal("2011-10-19T01:18:46Z", info["header"]!["times_utc"]![0]!.GetValue<string>());
    }

    /// <summary>Both axes of strontium titanate, in pixels: the calibration in the file is off by some per cent, the pixels are not.</summary>
    [RealFileTheory]
    [InlineData(0.0249, -0.0003, 40.15), InlineData(-0.0001, 0.0246, 40.65)]
    public void The_lattice_of_strontium_titanate_repeats_where_the_independent_transform_found_it(double kx, double ky, double spacing)
    {
        var image = Assert.Single(Open("tia-sto-lattice.ser", out _).Images);
        var pixels = image.Frame(0);
        var mean = pixels.Average();
        // The golden transform walks the rows in file order, bottom first.
        double Power(double x, double y)
        {
            double re = 0, im = 0;
            for (var row = 0; row < 1024; row += 4)
                for (var column = 0; column < 1024; column += 4)
                {
                    var window = Math.Sin(Math.PI * row / 1023) * Math.Sin(Math.PI * column / 1023);
                    var value = (pixels[(1023 - row) * 1024 + column] - mean) * window * window;
                    var (sin, cos) = Math.SinCos(2 * Math.PI * (x * column + y * row));
                    (re, im) = (re + value * cos, im - value * sin);
                }
            return re * re + im * im;
        }

        var (best, at) = (0.0, (X: 0.0, Y: 0.0));
        for (var i = -4; i <= 4; i++)
            for (var j = -4; j <= 4; j++)
            {
                var (x, y) = (kx + i * 0.0001, ky + j * 0.0001);
                if (Power(x, y) is var power && power > best) (best, at) = (power, (x, y));
            }

        // The manifest asks for half a per cent.
        Assert.Equal(spacing, 1 / Math.Sqrt(at.X * at.X + at.Y * at.Y), spacing * 0.005);
        Assert.True(best > 1000 * Power(0.113, 0.071), "the peak does not stand out");
    }

    [RealFileTheory]
    [InlineData("mrc-haadfscan.mrc", "u2"), InlineData("mrc-float16.mrc", "f2")]
    public void Mrc_images_agree_behind_an_extended_header_and_in_half_precision(string name, string type)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var image = Assert.Single(Open(name, out var info).Images);

        Assert.Equal((Int(golden["ny"]), Int(golden["nx"]), type), (image.Rows, image.Columns, image.ValueType));
        Agrees(golden, image, info);
        Assert.Equal(Real(golden["pixel_angstrom"]![0]) * 1e-10, image.Pixel!.Column, 1e-22);
        Assert.Equal(Real(golden["pixel_angstrom"]![1]) * 1e-10, image.Pixel.Row, 1e-22);
        Assert.Empty(info["findings"]!.AsArray());
    }

    [RealFileTheory]
    [InlineData("tiff-dm.tif", "i4", 0.16867469251155853e-6, "Gatan"), InlineData("tiff-imagej.tif", "f4", 1e-6 / 5.928571, "ImageJ")]
    public void Tiff_images_agree_and_their_scale_is_not_that_of_the_printer(string name, string type, double pixel, string source)
    {
        var golden = RealFiles.Golden()[name]["golden"]!;

        var image = Assert.Single(Open(name, out var info).Images);

        Assert.Equal(type, image.ValueType);
        Agrees(golden, image, info);
        Assert.Equal(pixel, image.Pixel!.Column, pixel * 1e-12);
        Assert.Equal(pixel, image.Pixel.Row, pixel * 1e-12);
        Assert.Contains(source, image.Pixel.Source);
    }

    [RealFileTheory]
    [InlineData("FEI-Helios-Ebeam-16bits.tif"), InlineData("FEI-Helios-Ebeam-8bits.tif"), InlineData("FEI-Helios-navcam.tif")]
    [InlineData("FEI-Helios-navcam-with-no-IRBeam.tif"), InlineData("FEI-Helios-navcam-with-no-IRBeam-bad-floats.tif")]
    public void The_images_of_a_helios_agree_with_and_without_a_scale(string name)
    {
        var golden = RealFiles.Golden()["tiff-fei-helios.zip"]["golden"]![name]!;
        using var archive = ZipFile.OpenRead(RealFiles.Path("tiff-fei-helios.zip"));
        using var file = Unpacked(archive.Entries.Single(entry => entry.Name == name).Open());

        var set = (ImageSet)Formats.Open(file);
        var image = Assert.Single(set.Images);

        Assert.Equal(golden["shape"]!.AsArray().Select(Int), [image.Rows, image.Columns]);
        Agrees(golden, image, FileSummary.Of(file, set).ToJson(name));
        Assert.Equal(golden["FEI_PixelHeight_m"]?.GetValue<double>(), image.Pixel?.Row);
        Assert.Equal(golden["FEI_PixelWidth_m"]?.GetValue<double>(), image.Pixel?.Column);
        Assert.Contains(set.Findings, finding => finding.Code == "DATA_BAR");
        Assert.Equal(name.Contains("navcam") ? new DateTime(2022, 5, 17, 9, 7, 8) : new DateTime(2016, 6, 13, 17, 6, 40), set.MeasuredAt);
    }

    [RealFileFact]
    public void The_image_of_a_jeol_microscope_agrees_and_its_pixel_is_that_of_the_camera_over_the_magnification()
    {
        var golden = RealFiles.Golden()["tiff-jeol-sightx.tif.gz"]["golden"]!;
        using var packed = File.OpenRead(RealFiles.Path("tiff-jeol-sightx.tif.gz"));
        using var file = Unpacked(new GZipStream(packed, CompressionMode.Decompress));

        var set = (ImageSet)Formats.Open(file);
        var image = Assert.Single(set.Images);

        Assert.Equal(golden["shape"]!.AsArray().Select(Int), [image.Rows, image.Columns]);
        Agrees(golden, image, FileSummary.Of(file, set).ToJson("jeol"));
        // A line drawn in the file from (501.8, 504.8) to (458.4, 382.3) is labelled 237.86 nm there.
        var line = Math.Sqrt(Math.Pow(501.8139 - 458.364624, 2) + Math.Pow(504.808838 - 382.3432, 2));
        Assert.Equal(237.86e-9, line * image.Pixel!.Column, 0.01e-9);
        Assert.Equal(image.Pixel.Column, image.Pixel.Row);
        Assert.Equal(new DateTime(2019, 11, 27, 16, 11, 0), set.MeasuredAt);
    }

    [RealFileTheory]
    [InlineData("tiff-fei-helios.zip", "ZIP"), InlineData("tiff-jeol-sightx.tif.gz", "gzip")]
    public void Archives_are_refused_by_name_with_the_way_out(string name, string kind)
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => RealFiles.Info(name));

        Assert.Contains(kind, refusal.Message);
        Assert.Contains("unpack", refusal.Message);
    }

    /// <summary>Damage where structure stands: at the head, at the end, and anywhere. PQD_LONG=1 tries fifty times as much.</summary>
    [RealFileTheory]
    [InlineData("dm-haadf-de.dm3"), InlineData("dm-carbon.dm3"), InlineData("dm-fft-packed.dm4"), InlineData("dm-2d-1.dm4")]
    [InlineData("tia-sto-lattice.ser"), InlineData("mrc-float16.mrc"), InlineData("mrc-haadfscan.mrc"), InlineData("tiff-dm.tif"), InlineData("tiff-imagej.tif")]
    public void A_damaged_image_is_read_or_refused_in_words(string name)
    {
        var file = File.ReadAllBytes(RealFiles.Path(name));
        var random = new Random(11);
        byte[] values = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF];
        var cases = Environment.GetEnvironmentVariable("PQD_LONG") == "1" ? 3000 : 60;
        for (var seed = 0; seed < cases; seed++)
        {
            var damaged = random.Next(5) == 0 ? file[..random.Next(24, file.Length)] : file.ToArray();
            for (var changes = 1 + random.Next(6); changes > 0; changes--)
            {
                var part = Math.Min(damaged.Length - 4, random.Next(3) switch { 0 => 256, 1 => 16_384, _ => damaged.Length });
                var at = random.Next(3) == 0 ? damaged.Length - 1 - random.Next(part) : 4 + random.Next(part);
                damaged.AsSpan(at, Math.Min(damaged.Length - at, 1 << random.Next(4))).Fill(random.Next(2) == 0 ? values[random.Next(values.Length)] : (byte)random.Next(256));
            }
            ImageFile.EndsWell(damaged, $"{name}, mutation {seed}");
        }
    }

    static ImageSet Open(string name, out JsonObject info)
    {
        info = RealFiles.Info(name);
        Assert.Equal("image", info["kind"]!.GetValue<string>());
        return (ImageSet)Formats.Open(new MemoryStream(File.ReadAllBytes(RealFiles.Path(name))));
    }

    static MemoryStream Unpacked(Stream packed)
    {
        using (packed)
        {
            var file = new MemoryStream();
            packed.CopyTo(file);
            return file;
        }
    }

    /// <summary>First, last, smallest, largest value and sum, in file order.</summary>
    static void Agrees(JsonNode golden, ImageData image, JsonObject info)
    {
        var pixels = image.Frame(0);
        Assert.Equal((Real(golden["first"]), Real(golden["last"])), (pixels[0], pixels[^1]));
        Assert.Equal((Real(golden["min"]), Real(golden["max"])), (pixels.Min(), pixels.Max()));
        Assert.Equal(Real(golden["sum"]), Real(Assert.Single(info["images"]!.AsArray())!["sum"]), Math.Abs(Real(golden["sum"])) * 1e-12);
        Assert.Equal([image.Rows, image.Columns], info["images"]![0]!["shape"]!.AsArray().Select(Int));
    }

    static int Int(JsonNode? node) => int.Parse(node!.ToJsonString());

    static double Real(JsonNode? node) => double.Parse(node!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
