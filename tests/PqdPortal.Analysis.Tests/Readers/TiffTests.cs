using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class TiffTests
{
    static readonly (int Bits, int Format, string Name)[] Types =
        [(8, 1, "u1"), (8, 2, "i1"), (16, 1, "u2"), (16, 2, "i2"), (32, 1, "u4"), (32, 2, "i4"), (64, 1, "u8"), (16, 3, "f2"), (32, 3, "f4"), (64, 3, "f8")];

    /// <summary>Runs, ramps and noise, within what the type holds exactly.</summary>
    static TiffFiles.Page Drawn(int rows, int columns, int bits = 16, int format = 1, int samples = 1, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new double[rows * columns * samples];
        for (var i = 0; i < pixels.Length; i++)
        {
            var value = i % 7 < 3 ? 5 : i % 11 == 0 ? random.Next(1 << Math.Min(bits, 20)) : i % 100;
            pixels[i] = (bits, format) switch
            {
                (8, 2) => value % 256 - 128,
                (8, _) => value % 256,
                (16, 3) => value % 100 / 4.0 - 3,
                (16, 2) => value % 65536 - 32768,
                (_, 3) => value / 8.0 - 1000,
                (_, 2) => value - 500_000,
                _ => value,
            };
        }
        return new(rows, columns, pixels, bits, format, samples);
    }

    public static TheoryData<bool, bool, int> Layouts()
    {
        var layouts = new TheoryData<bool, bool, int>();
        foreach (var big in new[] { false, true })
            foreach (var wide in new[] { false, true })
                foreach (var compression in new[] { 1, 5, 8, 32946, 32773 }) layouts.Add(big, wide, compression);
        return layouts;
    }

    [Theory, MemberData(nameof(Layouts))]
    public void Every_type_in_strips_and_tiles_is_read_as_it_was_written(bool big, bool wide, int compression)
    {
        foreach (var (bits, format, name) in Types)
            foreach (var (strip, tile) in new[] { (0, 0), (7, 0), (1, 0), (0, 16), (0, 64) })
            {
                var page = Drawn(33, 41, bits, format);

                var set = ImageFile.Images(new TiffFiles { BigEndian = big, Wide = wide, Compression = compression, StripRows = strip, Tile = tile }.File(page));
                var image = Assert.Single(set.Images);

                Assert.Equal(wide ? "BigTIFF" : "TIFF", set.Format);
                Assert.Equal((name, 33, 41), (image.ValueType, image.Rows, image.Columns));
                Assert.Equal(page.Pixels, image.Frame(0));
                Assert.Empty(image.PixelFindings);
                Assert.Empty(set.Findings);
            }
    }

    [Theory]
    [InlineData(false, 5), InlineData(true, 5), InlineData(false, 8), InlineData(true, 8)]
    public void Differences_are_added_up(bool big, int compression)
    {
        foreach (var (bits, format, _) in Types.Where(type => type.Format != 3 && type.Bits < 64))
            foreach (var samples in new[] { 1, 3 })
            {
                var page = Drawn(9, 21, bits, format, samples);
                Shows(page, new TiffFiles { BigEndian = big, Compression = compression, Predictor = 2, StripRows = 4 }.File(page));
            }
        foreach (var (bits, format, _) in Types.Where(type => type.Format == 3))
        {
            var page = Drawn(9, 21, bits, format);
            Shows(page, new TiffFiles { BigEndian = big, Compression = compression, Predictor = 3, Tile = 16 }.File(page));
        }
    }

    [Fact]
    public void A_long_text_of_codes_fills_the_table_and_begins_it_anew()
    {
        var random = new Random(3);
        var page = new TiffFiles.Page(300, 400, [.. Enumerable.Range(0, 120_000).Select(i => (double)(i / 1000 % 2 == 0 ? random.Next(256) : 7))], Bits: 8);

        Shows(page, new TiffFiles { Compression = 5 }.File(page));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Colours_are_three_images_and_the_reason_is_told(bool planar)
    {
        var page = Drawn(5, 6, bits: 8, samples: 3);

        var set = ImageFile.Images(new TiffFiles { Planar = planar, StripRows = 2, Compression = 8 }.File(page));

        Assert.Equal(["red", "green", "blue"], set.Images.Select(image => image.Name));
        for (var sample = 0; sample < 3; sample++)
            Assert.Equal(page.Pixels.Where((_, i) => i % 3 == sample), set.Images[sample].Frame(0));
        Assert.Contains("one value a pixel", Assert.Single(set.Findings, finding => finding.Code == "CHANNELS_APART").Message);
    }

    [Fact]
    public void Pages_that_agree_are_frames_of_one_image_and_others_are_images_of_their_own()
    {
        TiffFiles.Page[] pages = [Drawn(4, 5, seed: 1), Drawn(2, 5, seed: 2), Drawn(4, 5, seed: 3), Drawn(4, 5, bits: 8, seed: 4)];

        var set = ImageFile.Images(new TiffFiles().File(pages));

        Assert.Equal([("page 1", 2), ("page 2", 1), ("page 4", 1)], set.Images.Select(image => (image.Name, image.Frames)));
        Assert.Equal(pages[2].Pixels, set.Images[0].Frame(1));
        Assert.Equal("4", set.Header["pages"]!.ToJsonString());
        Assert.Equal("5", set.Header["page_3"]!["ImageWidth"]!.ToJsonString());
    }

    [Fact]
    public void A_small_copy_of_another_page_is_left_out()
    {
        var set = ImageFile.Images(new TiffFiles().File(Drawn(2, 2) with { More = [(254, 4, 1)] }, Drawn(4, 5)));

        Assert.Equal((4, 5), Assert.Single(set.Images) is var image ? (image.Rows, image.Columns) : default);
        Assert.Equal("THUMBNAIL", Assert.Single(set.Findings).Code);
        Assert.Equal(2, ImageFile.Image(new TiffFiles().File(Drawn(2, 2) with { More = [(254, 4, 1)] })).Rows);
    }

    [Fact]
    public void A_stack_of_imagej_with_one_page_holds_all_its_frames()
    {
        var pages = Enumerable.Range(0, 3).Select(i => Drawn(4, 5, seed: i)).ToArray();
        var all = new TiffFiles { BigEndian = true }.File(pages[0] with { Rows = 12, Pixels = [.. pages.SelectMany(page => page.Pixels)], More = [(257, 4, 4), (278, 4, 4), (279, 4, 40), (270, 2, "ImageJ=1.54f\nimages=3\nslices=3\n")] });

        var image = ImageFile.Image(all);

        Assert.Equal(3, image.Frames);
        Assert.Equal(pages.Select(page => page.Pixels), Enumerable.Range(0, 3).Select(image.Frame));

        var more = ImageFile.Images(new TiffFiles().File(pages[0] with { More = [(270, 2, "ImageJ=1.54f\nimages=1000000000\n")] }));
        Assert.InRange(Assert.Single(more.Images).Frames, 1, 10);
        Assert.Equal("FRAMES_MISSING", Assert.Single(more.Findings).Code);
    }

    [Fact]
    public void An_image_of_one_row_is_a_spectrum()
    {
        var set = Assert.IsType<SpectrumSet>(ImageFile.Open(new TiffFiles().File(new TiffFiles.Page(1, 3, [5, 6, 7]), new TiffFiles.Page(1, 3, [8, 9, 10]))));

        Assert.Equal(("spectrum-series", SpectrumAxis.Pixel), (set.Kind, set.Axis));
        Assert.Equal([[5, 6, 7], [8, 9, 10]], set.Spectra.Select(spectrum => spectrum.Y));
    }

    [Fact]
    public void A_file_that_begins_with_its_bottom_row_is_shown_from_the_last_on()
    {
        Assert.Equal([3, 4, 1, 2], ImageFile.Image(new TiffFiles().File(new TiffFiles.Page(2, 2, [1, 2, 3, 4], More: (274, 3, 4)))).Frame(0));
        Assert.Equal("ORIENTATION", Assert.Single(ImageFile.Images(new TiffFiles().File(new TiffFiles.Page(2, 2, [1, 2, 3, 4], More: (274, 3, 6)))).Findings).Code);
    }

    public static TheoryData<string, (int, int, object)[], double?, double?> Scales() => new()
    {
        { "ImageJ", [(270, 2, "ImageJ=1.5\nunit=\\u00B5m\n"), (282, 5, (4L, 1L)), (283, 5, (2L, 1L)), (296, 3, 1)], 0.25e-6, 0.5e-6 },
        { "ImageJ", [(270, 2, "ImageJ=1.5\nunit=nm\n"), (282, 5, (1L, 2L)), (283, 5, (1L, 2L))], 2e-9, 2e-9 },
        { "", [(270, 2, "ImageJ=1.5\nunit=inch\n"), (282, 5, (72L, 1L)), (283, 5, (72L, 1L)), (296, 3, 2)], null, null },
        { "", [(270, 2, "ImageJ=1.5\nunit=pixel\n"), (282, 5, (1L, 1L)), (283, 5, (1L, 1L))], null, null },
        { "", [(282, 5, (96L, 1L)), (283, 5, (96L, 1L)), (296, 3, 2)], null, null },
        { "", [(282, 5, (1000000L, 1L)), (283, 5, (1000000L, 1L)), (296, 3, 3)], null, null },
        { "FEI", [(34682, 2, "[User]\r\nDate=06/13/2016\r\n[Scan]\r\nPixelWidth=1.5e-009\r\nPixelHeight=2e-009\r\n"), (282, 5, (96L, 1L))], 1.5e-9, 2e-9 },
        { "34680", [(34680, 2, "[Beam]\r\nScan=EScan\r\n[EScan]\r\nPixelWidth=1e-9\r\nPixelHeight=1e-9\r\n")], 1e-9, 1e-9 },
        { "", [(34682, 2, "[Scan]\r\nPixelWidth=notafloat\r\nPixelHeight=2e-009\r\n")], null, null },
        { "", [(34682, 2, "[Scan]\r\nPixelWidth=\r\nPixelHeight=\r\n"), (282, 5, (96L, 1L))], null, null },
        { "", [(34682, 2, "[Scan]\r\nPixelWidth=-1\r\nPixelHeight=0\r\n")], null, null },
        { "CZ_SEM", [(34118, 2, "\r\n0\r\nAP_PIXEL_SIZE\r\nPixel Size = 9.9 nm\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 558.2 pm\r\n")], 558.2e-12, 558.2e-12 },
        { "Gatan", [(65003, 2, "\u00B5m"), (65004, 2, "nm"), (65009, 12, 0.5), (65010, 12, 20.0)], 0.5e-6, 20e-9 },
        { "", [(65003, 2, "1/nm"), (65004, 2, "1/nm"), (65009, 12, 0.5), (65010, 12, 20.0)], null, null },
        { "JEOL", [(270, 2, Jeol("UnitType_Length", 3))], 1 / (2000.0 * 50000), 1 / (1000.0 * 50000) },
        { "", [(270, 2, Jeol("UnitType_Reciprocal", 3))], null, null },
        { "", [(270, 2, Jeol("UnitType_Length", 9))], null, null },
        { "OME", [(270, 2, """<?xml version="1.0"?><OME xmlns="http://x"><Image><Pixels PhysicalSizeX="0.5" PhysicalSizeY="250" PhysicalSizeYUnit="nm"/></Image></OME>""")], 0.5e-6, 0.25e-6 },
        { "", [(270, 2, """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><OME><Pixels PhysicalSizeX="1" PhysicalSizeY="1"/></OME>""")], null, null },
    };

    static string Jeol(string unit, int width) =>
        $"""
         <?xml version="1.0"?><TemReporter><ImageDataInformation><PixelsPerMeter><Horizontal>9</Horizontal><Vertical>9</Vertical></PixelsPerMeter></ImageDataInformation>
         <Measurement><MeasurementFormat><DrawImageInformation><ImageSize><Width>{width}</Width><Height>2</Height></ImageSize><PixelsPerMeter><Horizontal>2000</Horizontal><Vertical>1000</Vertical></PixelsPerMeter></DrawImageInformation>
         <InstrumentsParameter><Measurement_UnitType>{unit}</Measurement_UnitType><SelectorValue>50000</SelectorValue></InstrumentsParameter></MeasurementFormat></Measurement></TemReporter>
         """;

    [Theory, MemberData(nameof(Scales))]
    public void The_scale_of_each_program_is_found_and_that_of_a_printer_is_none(string source, (int, int, object)[] tags, double? column, double? row)
    {
        var set = ImageFile.Images(new TiffFiles().File(Drawn(2, 3) with { More = tags }));
        var pixel = Assert.Single(set.Images).Pixel;

        Assert.Equal(column is null, pixel is null);
        if (pixel is null) return;
        Assert.Equal(column!.Value, pixel.Column, column.Value * 1e-12);
        Assert.Equal(row!.Value, pixel.Row, row.Value * 1e-12);
        Assert.Contains(source, pixel.Source);
    }

    [Fact]
    public void A_resolution_for_printing_is_told_to_be_no_scale()
    {
        var set = ImageFile.Images(new TiffFiles().File(Drawn(2, 3) with { More = [(282, 5, (72L, 1L)), (296, 3, 2)] }));

        Assert.Contains("72 pixels per inch", Assert.Single(set.Findings, finding => finding.Code == "PRINT_RESOLUTION").Message);
    }

    [Fact]
    public void A_chain_of_pages_that_is_a_ring_ends()
    {
        var set = ImageFile.Images(new TiffFiles().File([Drawn(2, 3, seed: 1), Drawn(2, 3, seed: 2)], (page, places) => places[(page + 1) % 2]));

        Assert.Equal(2, Assert.Single(set.Images).Frames);
        Assert.Equal("PAGES_LOOP", Assert.Single(set.Findings).Code);
    }

    [Fact]
    public void A_page_past_the_end_is_told_and_those_before_it_are_read()
    {
        var set = ImageFile.Images(new TiffFiles().File([Drawn(2, 3)], (_, _) => 1_000_000));

        Assert.Equal("FRAMES_MISSING", Assert.Single(set.Findings).Code);
        var file = new TiffFiles().File(Drawn(2, 3));
        Assert.Contains("list of tags should begin", ImageFile.Refusal(file[..12]).Message);
        Assert.Contains("Truncated header", ImageFile.Refusal("II*\0\0"u8.ToArray()).Message);
        Assert.Contains("offsets of 4 bytes", ImageFile.Refusal([0x49, 0x49, 43, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).Message);
    }

    [Fact]
    public void Strips_past_the_end_and_strips_too_few_leave_pixels_that_are_no_numbers()
    {
        foreach (var (tags, code) in new ((int, int, object)[], string)[]
        {
            ([(273, 4, new long[] { 8, 1_000_000, 20 })], "PIXELS_MISSING"),
            ([(273, 4, new long[] { 8 })], "PIXELS_MISSING"),
            ([(279, 4, new long[] { 6, 2, 6 })], "PIXELS_MISSING"),
        })
        {
            var summary = ImageFile.Summary(new TiffFiles { StripRows = 1 }.File(new TiffFiles.Page(3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9], More: tags)));
            var pixels = ((ImageSet)summary.Measurement).Images[0].Frame(0);

            Assert.Equal([1, 2, 3], pixels[..3]);
            Assert.All(pixels[3..6], pixel => Assert.True(double.IsNaN(pixel)));
            Assert.Equal(code, Assert.Single(summary.Findings).Code);
            Assert.Equal(pixels.Where(pixel => !double.IsNaN(pixel)).Sum(), summary.ImageSums[0]);
        }
    }

    [Theory]
    [InlineData(5), InlineData(8)]
    public void A_strip_that_cannot_be_unpacked_is_told_and_the_others_are_read(int compression)
    {
        var page = Drawn(20, 30, bits: 8);
        var files = new TiffFiles { Compression = compression, StripRows = 10 };
        var file = files.File(page);
        // The first strip begins at byte 8; its head is made nonsense.
        file.AsSpan(8, 12).Fill(0xFF);

        var summary = ImageFile.Summary(file);
        var pixels = ((ImageSet)summary.Measurement).Images[0].Frame(0);

        Assert.Equal("PIXELS_DAMAGED", Assert.Single(summary.Findings).Code);
        Assert.Equal(page.Pixels[300..], pixels[300..]);
        Assert.True(double.IsNaN(pixels[0]));
    }

    [Fact]
    public void Bombs_are_stopped_before_they_unpack()
    {
        // Sixty megapixels of zeros in sixty kilobytes.
        var zeros = TiffFiles.Deflate(new byte[60_000_000]);
        var bomb = new TiffFiles { Compression = 8 }.File(new TiffFiles.Page(1, 1, [0], Bits: 8, More: [(256, 4, 10_000), (257, 4, 6000), (278, 4, 6000), (273, 4, 8), (279, 4, zeros.Length), (65000, 7, (zeros, (long)zeros.Length))]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("more than 8 times", ImageFile.Refusal(bomb).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);

        // Many pages that all name the same small strip.
        var packed = TiffFiles.Deflate(new byte[4_000_000]).Length;
        var pages = Enumerable.Range(0, 1999).Select(_ => new TiffFiles.Page(1, 1, [0], Bits: 8, More: [(256, 4, 2000), (257, 4, 2000), (278, 4, 2000), (273, 4, 8), (279, 4, packed)]));
        var many = new TiffFiles { Compression = 8 }.File([new(2000, 2000, new double[4_000_000], Bits: 8), .. pages]);
        var summary = ImageFile.Summary(many);
        Assert.Contains(summary.Findings, finding => finding.Code == "COMPRESSION_RATIO");
        Assert.InRange(((ImageSet)summary.Measurement).Images[0].Frames, 1, 200);
        Assert.Equal([0], summary.ImageSums);
    }

    [Fact]
    public void Sizes_that_no_file_could_hold_are_refused_before_anything_is_reserved()
    {
        foreach (var (rows, columns) in new[] { (uint.MaxValue, uint.MaxValue), (100_000u, 100_000u), (0u, 5u), (1u, uint.MaxValue) })
        {
            var file = new TiffFiles().File(new TiffFiles.Page(1, 1, [0], More: [(256, 4, new long[] { columns }), (257, 4, new long[] { rows })]));
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Contains("declares", ImageFile.Refusal(file).Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
        Assert.Contains("tiles claim", ImageFile.Refusal(new TiffFiles { Tile = 16 }.File(Drawn(3, 3) with { More = [(322, 4, 2_000_000_000)] })).Message);
    }

    [Fact]
    public void What_is_not_read_is_refused_with_its_name()
    {
        foreach (var (tags, says) in new ((int, int, object)[], string)[]
        {
            ([(259, 3, 7)], "JPEG"), ([(259, 3, 4)], "fax"), ([(259, 3, 50000)], "Zstandard"), ([(259, 3, 34712)], "JPEG 2000"), ([(259, 3, 999)], "unknown code 999"),
            ([(258, 3, 12)], "12 bits"), ([(258, 3, 1)], "1 bits"), ([(339, 3, 6)], "format 6"), ([(262, 3, 6)], "YCbCr"), ([(262, 3, 5)], "CMYK"),
            ([(277, 3, 0)], "0 values a pixel"), ([(277, 3, 60_000)], "60,000 values a pixel"), ([(266, 3, 2)], "FillOrder"), ([(273, 4, null!)], "neither where"),
        })
            Assert.Contains(says, ImageFile.Refusal(new TiffFiles().File(Drawn(2, 3) with { More = tags })).Message);
    }

    [Fact]
    public void Tags_of_unknown_type_twice_or_past_the_end_are_told_and_skipped()
    {
        var file = new TiffFiles().File(Drawn(2, 3) with { More = [(65000, 7, (new byte[100], 100L)), (65001, 7, (new byte[100], 4_000_000_000L))] });

        var set = ImageFile.Images(file);

        Assert.Equal("TAG_PAST_END", Assert.Single(set.Findings).Code);
        Assert.Equal("100 values of type 7", set.Header["page_0"]!["65000"]!.GetValue<string>()[..20]);
        Assert.Null(set.Header["page_0"]!["65001"]);
    }

    [Fact]
    public void A_file_cut_or_mutated_anywhere_is_read_or_refused_in_words()
    {
        var random = new Random(7);
        foreach (var compression in new[] { 1, 5, 8, 32773 })
        {
            var file = new TiffFiles { Compression = compression, StripRows = 3, Wide = compression == 8, BigEndian = compression == 5 }.File(Drawn(8, 9), Drawn(8, 9, seed: 2));
            for (var length = 4; length < file.Length; length += 5) ImageFile.EndsWell(file[..length], $"compression {compression} cut at {length}");
            for (var seed = 0; seed < 300; seed++)
            {
                var mutated = file.ToArray();
                for (var flips = 1 + random.Next(4); flips > 0; flips--) mutated[4 + random.Next(mutated.Length - 4)] = (byte)(random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => random.Next(256) });
                ImageFile.EndsWell(mutated, $"compression {compression}, mutation {seed}");
            }
        }
    }

    static void Shows(TiffFiles.Page page, byte[] file)
    {
        var set = ImageFile.Images(file);
        for (var sample = 0; sample < page.Samples; sample++)
        {
            Assert.Equal(page.Pixels.Where((_, i) => i % page.Samples == sample), set.Images[sample].Frame(0));
            Assert.Empty(set.Images[sample].PixelFindings);
        }
    }
}
