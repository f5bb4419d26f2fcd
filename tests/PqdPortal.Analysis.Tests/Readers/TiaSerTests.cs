using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class TiaSerTests
{
    /// <summary>One dimension "Number", elements one behind the other, both lists at the end; offsets of four or eight bytes.</summary>
    static byte[] File(bool wide, int kind, byte[][] elements, int? total = null, int? valid = null, Func<long, long>? moveList = null, Func<long[], long[]>? moveElements = null)
    {
        var file = new ImageFile().U2(0x4949, 0x0197, wide ? 0x0220 : 0x0210).U4(kind, 0x4152, total ?? elements.Length, valid ?? elements.Length);
        var body = new ImageFile();
        var first = file.Length + (wide ? 8 : 4) + 4 + 24 + 4 + 6 + 4;
        var offsets = elements.Select(element =>
        {
            var at = first + body.Length;
            body.Add(element);
            return at;
        }).ToArray();
        var list = first + body.Length;
        Offset(file, moveList?.Invoke(list) ?? list).U4(1);
        file.U4(elements.Length).F8(0, 1).U4(0).U4(6).Text("Number").U4(0).Add(body.ToArray());
        foreach (var at in moveElements?.Invoke(offsets) ?? offsets) Offset(file, at);
        var tags = file.Length + elements.Length * (wide ? 8 : 4);
        for (var i = 0; i < elements.Length; i++) Offset(file, tags + 8 * i);
        for (var i = 0; i < elements.Length; i++) file.U4(0x4152, 1_000_000_000 + i);
        return file.ToArray();

        ImageFile Offset(ImageFile into, long at) => wide ? into.U8(at) : into.U4(at);
    }

    static byte[] Image(int type, int columns, int rows, byte[] pixels, double step = 1e-10) =>
        new ImageFile().F8(-5e-9, step).U4(0).F8(-5e-9, 2 * step).U4(0).U2(type).U4(columns, rows).Add(pixels).ToArray();

    static byte[] Spectrum(double origin, double step, int element, params float[] values) =>
        new ImageFile().F8(origin, step).U4(element).U2(7).U4(values.Length).F4(values).ToArray();

    [Theory]
    [InlineData(false), InlineData(true)]
    public void A_series_is_frames_of_one_image_shown_from_the_last_row_on(bool wide)
    {
        var file = File(wide, 0x4122, [Image(2, 3, 2, U2(1, 2, 3, 4, 5, 6)), Image(2, 3, 2, U2(7, 8, 9, 10, 11, 12))]);

        var set = ImageFile.Images(file);
        var image = Assert.Single(set.Images);

        Assert.Equal((2, 2, 3, "u2"), (image.Frames, image.Rows, image.Columns, image.ValueType));
        Assert.Equal([4, 5, 6, 1, 2, 3], image.Frame(0));
        Assert.Equal([10, 11, 12, 7, 8, 9], image.Frame(1));
        Assert.Equal((2e-10, 1e-10), (image.Pixel!.Row, image.Pixel.Column));
        Assert.Equal("Number", set.Header["dimension_0_description"]!.GetValue<string>());
        Assert.Equal("2001-09-09T01:46:41Z", set.Header["times_utc"]![1]!.GetValue<string>());
        Assert.Empty(set.Findings);
    }

    [Fact]
    public void Values_of_every_type_are_read_and_complex_ones_as_two_images()
    {
        (int, byte[], double[])[] types =
        [
            (1, [200, 1], [200, 1]), (3, new ImageFile().U4(4_000_000_000, 1).ToArray(), [4e9, 1]), (4, [200, 1], [-56, 1]), (5, U2(-2, 1), [-2, 1]),
            (6, new ImageFile().U4(-2, 1).ToArray(), [-2, 1]), (7, new ImageFile().F4(0.5f, 1).ToArray(), [0.5, 1]), (8, new ImageFile().F8(0.1, 1).ToArray(), [0.1, 1]),
        ];
        foreach (var (code, bytes, values) in types)
            Assert.Equal(values.Reverse(), ImageFile.Image(File(false, 0x4122, [Image(code, 1, 2, bytes)])).Frame(0));

        var complex = ImageFile.Images(File(false, 0x4122, [Image(9, 1, 2, new ImageFile().F4(1, -1, 2, -2).ToArray())]));
        Assert.Equal([[2, 1], [-2, -1]], complex.Images.Select(image => image.Frame(0)));
        Assert.Equal(["real part", "imaginary part"], complex.Images.Select(image => image.Name));
    }

    [Fact]
    public void Elements_of_other_sizes_become_images_of_their_own()
    {
        var set = ImageFile.Images(File(true, 0x4122, [Image(1, 2, 2, [1, 2, 3, 4]), Image(1, 1, 2, [5, 6]), Image(1, 2, 2, [7, 8, 9, 10])]));

        Assert.Equal([2, 1], set.Images.Select(image => image.Frames));
        Assert.Equal([9, 10, 7, 8], set.Images[0].Frame(1));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Spectra_keep_their_own_axes(bool wide)
    {
        var set = Assert.IsType<SpectrumSet>(ImageFile.Open(File(wide, 0x4120, [Spectrum(100, 0.5, 1, 1, 2, 3), Spectrum(100, 0.5, 1, 4, 5, 6), Spectrum(0, 1, 0, 7, 8)])));

        Assert.Equal(new SpectrumAxis("energy", "eV"), set.Axis);
        Assert.Equal([99.5, 100, 100.5], set.Spectra[0].X);
        Assert.Same(set.Spectra[0].X, set.Spectra[1].X);
        Assert.Equal([4, 5, 6], set.Spectra[1].Y);
        Assert.Equal([0, 1], set.Spectra[2].X);
        Assert.Equal("AXIS_ASSUMED", Assert.Single(set.Findings).Code);
    }

    [Fact]
    public void A_diffraction_pattern_has_no_pixel_size()
    {
        var set = ImageFile.Images(File(false, 0x4122, [Image(1, 1, 2, [1, 2], step: 1e7)]));

        Assert.Null(Assert.Single(set.Images).Pixel);
        Assert.Contains("1/m", Assert.Single(set.Findings).Message);
    }

    [Fact]
    public void A_series_that_was_stopped_holds_the_valid_elements_alone()
    {
        var set = ImageFile.Images(File(false, 0x4122, [Image(1, 1, 2, [1, 2]), Image(1, 1, 2, [3, 4])], total: 2, valid: 1));

        Assert.Equal(1, Assert.Single(set.Images).Frames);
        Assert.Equal("ELEMENTS_NOT_TAKEN", Assert.Single(set.Findings).Code);
    }

    [Fact]
    public void A_count_beyond_the_file_costs_nothing_and_is_told()
    {
        var file = File(false, 0x4122, [Image(1, 1, 2, [1, 2])], total: int.MaxValue, valid: int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var set = ImageFile.Images(file);

        Assert.Contains(set.Findings, finding => finding.Code == "RECORDS_MISSING" && finding.Message.Contains("2,147,483,647"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Elements_past_the_end_or_on_each_other_are_left_out()
    {
        byte[][] elements = [.. Enumerable.Range(0, 50).Select(i => Image(1, 20, 20, new byte[400]))];
        var past = ImageFile.Images(File(true, 0x4122, elements[..2], moveElements: at => [at[0], long.MaxValue - 3]));
        Assert.Equal(1, Assert.Single(past.Images).Frames);
        Assert.Equal("FRAMES_MISSING", Assert.Single(past.Findings).Code);

        // Each of fifty offsets names the first element: the pixels would be fifty times the file.
        var file = File(false, 0x4122, elements, moveElements: at => [.. at.Select(_ => at[0])]);
        var many = ImageFile.Images([.. file[..10_000], .. file[10_000..]]);
        Assert.InRange(Assert.Single(many.Images).Frames, 1, 60);

        var small = File(false, 0x4122, [Image(1, 200, 200, new byte[40_000]), .. Enumerable.Range(0, 99).Select(_ => new byte[1])], moveElements: at => [.. at.Select(_ => at[0])]);
        var overlapping = ImageFile.Images(small);
        Assert.Equal(1, Assert.Single(overlapping.Images).Frames);
        Assert.Contains("overlap", Assert.Single(overlapping.Findings).Message);
    }

    [Fact]
    public void An_image_that_is_cut_shows_what_is_there()
    {
        var whole = File(false, 0x4122, [Image(2, 2, 3, U2(1, 2, 3, 4, 5, 6))]);
        var file = new ImageFile().Add(whole);
        // Two lists and a tag stand behind the pixels; declare a row more than there is instead of cutting.
        var at = whole.AsSpan().IndexOf(new ImageFile().U4(2, 3).ToArray());
        whole[at + 4] = 200;

        var summary = ImageFile.Summary(whole);

        Assert.Contains(summary.Findings, finding => finding.Code == "PIXELS_MISSING");
        Assert.True(double.IsNaN(((ImageSet)summary.Measurement).Images[0].Frame(0)[0]), "the top row is not in the file");
    }

    [Fact]
    public void Other_versions_kinds_and_empty_series_are_refused_in_words()
    {
        var file = File(false, 0x4122, [Image(1, 1, 2, [1, 2])]);

        Assert.Contains("0x0300", ImageFile.Refusal(With(file, 4, 0x00, 0x03)).Message);
        Assert.Contains("0x4199", ImageFile.Refusal(With(file, 6, 0x99, 0x41)).Message);
        Assert.Contains("no valid element", ImageFile.Refusal(File(false, 0x4122, [])).Message);
        Assert.Contains("list of elements should begin", ImageFile.Refusal(File(false, 0x4122, [Image(1, 1, 2, [1, 2])], moveList: _ => 1_000_000)).Message);
        Assert.Contains("unknown type 77", ImageFile.Refusal(File(false, 0x4122, [Image(77, 1, 2, [1, 2])])).Message);
        Assert.Contains("declares", ImageFile.Refusal(File(false, 0x4122, [Image(1, int.MaxValue, int.MaxValue, [1, 2])])).Message);
    }

    [Fact]
    public void The_emi_file_beside_it_is_named_with_the_way_out()
    {
        var refusal = ImageFile.Refusal([0x4A, 0x4B, 0x00, 0x02, .. new byte[100]]);

        Assert.Contains("EMI", refusal.Message);
        Assert.Contains(".ser", refusal.Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_read_or_refused_in_words()
    {
        foreach (var file in new[] { File(true, 0x4122, [Image(2, 2, 2, U2(1, 2, 3, 4))]), File(false, 0x4120, [Spectrum(0, 1, 0, 1, 2, 3)]) })
            for (var length = 4; length < file.Length; length++)
                ImageFile.EndsWell(file[..length], $"cut at {length}");
    }

    static byte[] U2(params int[] values) => new ImageFile().U2(values).ToArray();

    static byte[] With(byte[] file, int at, params byte[] bytes)
    {
        var changed = file.ToArray();
        bytes.CopyTo(changed.AsSpan(at));
        return changed;
    }
}
