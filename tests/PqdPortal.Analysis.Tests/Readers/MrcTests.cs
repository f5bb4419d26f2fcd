using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class MrcTests
{
    static byte[] File(bool bigEndian, int mode, int nx, int ny, int nz, byte[] pixels, bool map = true, int extended = 0, float cell = 10, bool stamp = true, uint? imod = null)
    {
        var file = new ImageFile(bigEndian).U4(nx, ny, nz, mode, 0, 0, 0, nx, ny, nz).F4(cell * nx, cell * 2 * ny, cell).F4(90, 90, 90).U4(1, 2, 3).F4(0, 1, 0.5f).U4(1, extended);
        file.UpTo(152);
        if (imod is { } flags) file.U4(1146047817, flags);
        file.UpTo(208);
        if (map) file.Text("MAP ");
        else file.U4(0);
        if (stamp) file.Add(bigEndian ? [0x11, 0x11, 0, 0] : [0x44, 0x44, 0, 0]);
        else file.U4(0);
        file.F4(0.25f).U4(1).Text("made by a test");
        return file.UpTo(1024 + extended).Add(pixels).ToArray();
    }

    static ImageFile Bytes(bool bigEndian) => new(bigEndian);

    [Theory]
    [InlineData(false, true), InlineData(true, true), InlineData(false, false), InlineData(true, false)]
    public void Every_mode_is_read_in_both_byte_orders_with_and_without_the_letters(bool big, bool map)
    {
        (int Mode, byte[] Pixels, double[] Values, string Type)[] modes =
        [
            (0, [1, 0xFF, 3, 4, 5, 6], [1, -1, 3, 4, 5, 6], "i1"),
            (1, Bytes(big).U2(1, -2, 3, 4, 5, 6).ToArray(), [1, -2, 3, 4, 5, 6], "i2"),
            (2, Bytes(big).F4(1, -2.5f, 3, 4, 5, 6).ToArray(), [1, -2.5, 3, 4, 5, 6], "f4"),
            (6, Bytes(big).U2(1, 65535, 3, 4, 5, 6).ToArray(), [1, 65535, 3, 4, 5, 6], "u2"),
            (12, Bytes(big).U2(0x3C00, 0xC100, 0x4200, 0, 0, 0).ToArray(), [1, -2.5, 3, 0, 0, 0], "f2"),
        ];
        foreach (var (mode, pixels, values, type) in modes)
        {
            var set = ImageFile.Images(File(big, mode, 3, 2, 1, pixels, map, extended: 160));
            var image = Assert.Single(set.Images);

            Assert.Equal((type, 2, 3, 1), (image.ValueType, image.Rows, image.Columns, image.Frames));
            Assert.Equal(values, image.Frame(0));
            Assert.Equal(2e-9, image.Pixel!.Row, 1e-18);
            Assert.Equal(1e-9, image.Pixel.Column, 1e-18);
            Assert.Equal("made by a test", set.Header["label_0"]!.GetValue<string>());
            Assert.Equal(map ? [] : ["MAP_MISSING"], set.Findings.Select(finding => finding.Code));
        }
        var complex = ImageFile.Images(File(big, 4, 1, 2, 1, Bytes(big).F4(1, -1, 2, -2).ToArray(), map));
        Assert.Equal([[1, 2], [-1, -2]], complex.Images.Select(image => image.Frame(0)));
    }

    [Fact]
    public void A_stack_is_frames_of_one_image()
    {
        var image = ImageFile.Image(File(false, 1, 1, 2, 3, Bytes(false).U2(1, 2, 3, 4, 5, 6).ToArray()));

        Assert.Equal([[1, 2], [3, 4], [5, 6]], Enumerable.Range(0, image.Frames).Select(image.Frame));
    }

    [Fact]
    public void A_wrong_stamp_of_the_byte_order_is_told_and_the_header_decides()
    {
        var set = ImageFile.Images(File(true, 1, 1, 2, 1, Bytes(true).U2(1, 2).ToArray(), stamp: false));

        Assert.Equal([1, 2], Assert.Single(set.Images).Frame(0));
        Assert.Equal("BYTE_ORDER_GUESSED", Assert.Single(set.Findings).Code);
    }

    [Fact]
    public void Bytes_of_imod_have_a_sign_only_where_it_says_so()
    {
        Assert.Equal([200, 1], ImageFile.Image(File(false, 0, 1, 2, 1, [200, 1], imod: 0)).Frame(0));
        Assert.Equal([-56, 1], ImageFile.Image(File(false, 0, 1, 2, 1, [200, 1], imod: 1)).Frame(0));
    }

    [Fact]
    public void A_cell_of_zero_means_not_calibrated()
    {
        Assert.Null(ImageFile.Image(File(false, 0, 1, 2, 1, [1, 2], cell: 0)).Pixel);
        Assert.Null(ImageFile.Image(File(false, 0, 1, 2, 1, [1, 2], cell: float.NaN)).Pixel);
        Assert.Null(ImageFile.Image(File(false, 0, 1, 2, 1, [1, 2], cell: -3)).Pixel);
    }

    [Fact]
    public void An_image_of_one_row_is_a_spectrum()
    {
        var set = Assert.IsType<SpectrumSet>(ImageFile.Open(File(false, 0, 3, 1, 1, [1, 2, 3], cell: 0)));

        Assert.Equal(SpectrumAxis.Pixel, set.Axis);
        Assert.Equal([1, 2, 3], Assert.Single(set.Spectra).Y);
    }

    [Fact]
    public void Missing_frames_missing_pixels_and_bytes_behind_the_pixels_are_told()
    {
        var stack = ImageFile.Summary(File(false, 0, 2, 2, 1000, [1, 2, 3, 4, 5, 6, 7, 8, 9]));
        Assert.Equal(2, ((ImageSet)stack.Measurement).Images[0].Frames);
        Assert.Equal("FRAMES_MISSING", Assert.Single(stack.Findings).Code);
        Assert.Equal([36], stack.ImageSums);

        var cut = ImageFile.Summary(File(false, 0, 2, 2, 1, [1, 2, 3]));
        Assert.Equal("PIXELS_MISSING", Assert.Single(cut.Findings).Code);
        Assert.Equal([6], cut.ImageSums);

        Assert.Equal("TRAILING_BYTES", Assert.Single(ImageFile.Images(File(false, 0, 1, 2, 1, [1, 2, 3])).Findings).Code);
    }

    [Fact]
    public void Damaged_headers_are_refused_in_words()
    {
        Assert.Contains("mode 101", ImageFile.Refusal(File(false, 101, 1, 2, 1, [1, 2])).Message);
        Assert.Contains("extended header", ImageFile.Refusal(With(File(false, 0, 1, 2, 1, [1, 2]), 92, -5)).Message);
        Assert.Contains("2,147,483,647", ImageFile.Refusal(With(File(false, 0, 1, 2, 1, [1, 2]), 92, int.MaxValue)).Message);
        Assert.Contains("declares", ImageFile.Refusal(With(File(false, 0, 1, 2, 1, [1, 2]), 0, int.MaxValue)).Message);
        Assert.Contains("-1 frames", ImageFile.Refusal(With(File(false, 0, 1, 2, 1, [1, 2]), 8, -1)).Message);
        Assert.Contains("Truncated header", ImageFile.Refusal(File(false, 0, 1, 2, 1, [])[..600]).Message);
    }

    [Fact]
    public void Without_the_letters_only_the_exact_length_is_believed()
    {
        Assert.Contains("No known format", ImageFile.Refusal([.. File(false, 0, 5, 2, 1, new byte[10], map: false), 0]).Message);
        Assert.Contains("No known format", ImageFile.Refusal(new byte[5000]).Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_read_or_refused_in_words()
    {
        var file = File(false, 4, 2, 2, 2, new byte[64], extended: 30);
        for (var length = 212; length < file.Length; length += 3)
            ImageFile.EndsWell(file[..length], $"cut at {length}");
    }

    static byte[] With(byte[] file, int at, int value)
    {
        BitConverter.TryWriteBytes(file.AsSpan(at), value);
        return file;
    }
}
