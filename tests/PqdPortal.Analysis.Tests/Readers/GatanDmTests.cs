using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class GatanDmTests
{
    /// <summary>Writes a tree of tags; the structure is always big-endian, the values have either order.</summary>
    sealed class Writer(bool wide, bool little)
    {
        public abstract record Tag(string Name);
        public sealed record Group(string Name, params Tag[] Tags) : Tag(Name);
        public sealed record Value(string Name, long[] Type, byte[] Bytes) : Tag(Name);

        public Value U4(string name, long value) => new(name, [5], new ImageFile(!little).U4(value).ToArray());
        public Value F4(string name, float value) => new(name, [6], new ImageFile(!little).F4(value).ToArray());
        public Value Text(string name, string text) => new(name, [20, 4, text.Length], new ImageFile(!little).U2([.. text.Select(c => (int)c)]).ToArray());
        public Value Array(string name, long type, long count, byte[] bytes) => new(name, [20, type, count], bytes);

        public Group Image(string name, int type, long[] sizes, (float Origin, float Scale, string Unit)[] axes, Value data) =>
            new("", new Group("ImageData",
                    new Group("Calibrations", new Group("Dimension", [.. axes.Select(a => new Group("", F4("Origin", a.Origin), F4("Scale", a.Scale), Text("Units", a.Unit)))])),
                    data, U4("DataType", type), new Group("Dimensions", [.. sizes.Select(size => U4("", size))])),
                Text("Name", name));

        public byte[] File(params Tag[] tags)
        {
            var tree = Directory(tags);
            var file = new ImageFile(true).U4(wide ? 4 : 3);
            Word(file, tree.Length);
            return file.U4(little ? 1 : 0).Add(tree).Add(new byte[8]).ToArray();
        }

        public byte[] Directory(Tag[] tags)
        {
            var bytes = new ImageFile(true).U1(1, 0);
            Word(bytes, tags.Length);
            foreach (var tag in tags)
            {
                var inner = tag is Group group ? Directory(group.Tags) : Data((Value)tag);
                bytes.U1(tag is Group ? 20 : 21).U2(tag.Name.Length).Text(tag.Name);
                if (wide) bytes.U8(inner.Length);
                bytes.Add(inner);
            }
            return bytes.ToArray();
        }

        byte[] Data(Value value)
        {
            var bytes = new ImageFile(true).Text("%%%%");
            Word(bytes, value.Type.Length);
            foreach (var word in value.Type) Word(bytes, word);
            return bytes.Add(value.Bytes).ToArray();
        }

        public void Word(ImageFile file, long value)
        {
            if (wide) file.U8(value);
            else file.U4(value);
        }
    }

    static byte[] Numbers(bool little, params float[] values) => new ImageFile(!little).F4(values).ToArray();

    static byte[] Simple(bool wide, bool little, params Writer.Tag[] more)
    {
        var dm = new Writer(wide, little);
        return dm.File([new Writer.Group("ImageList",
            dm.Image("small", 23, [1, 1], [(0, 1, ""), (0, 1, "")], dm.Array("Data", 3, 1, new byte[4])),
            dm.Image("real", 2, [3, 2], [(0, 0.5f, "nm"), (0, 0.25f, "nm")], dm.Array("Data", 6, 6, Numbers(little, 1, 2, 3, 4, 5, 6.5f)))), .. more]);
    }

    [Theory]
    [InlineData(false, true), InlineData(false, false), InlineData(true, true), InlineData(true, false)]
    public void Both_versions_are_read_in_both_byte_orders(bool wide, bool little)
    {
        var set = ImageFile.Images(Simple(wide, little));
        var image = Assert.Single(set.Images);

        Assert.Equal(wide ? "Gatan DM4" : "Gatan DM3", set.Format);
        Assert.Equal(("real", 2, 3, 1), (image.Name, image.Rows, image.Columns, image.Frames));
        Assert.Equal([1, 2, 3, 4, 5, 6.5], image.Frame(0));
        Assert.Equal((0.25e-9, 0.5e-9), (image.Pixel!.Row, image.Pixel.Column));
        Assert.Equal("real", set.Header["ImageList"]!["1"]!["Name"]!.GetValue<string>());
        Assert.Empty(set.Findings);
    }

    [Fact]
    public void The_file_itself_says_which_image_is_the_thumbnail()
    {
        var dm = new Writer(false, true);
        // Two images in colours: without the list of thumbnails nobody could tell them apart.
        var file = dm.File(
            new Writer.Group("ImageList",
                dm.Image("kept", 23, [1, 2], [(0, 1, ""), (0, 1, "")], dm.Array("Data", 3, 2, [30, 20, 10, 0, 60, 50, 40, 0])),
                dm.Image("thumb", 23, [1, 1], [(0, 1, ""), (0, 1, "")], dm.Array("Data", 3, 1, new byte[4]))),
            new Writer.Group("Thumbnails", new Writer.Group("", dm.U4("ImageIndex", 1))));

        var set = ImageFile.Images(file);

        Assert.Equal(["kept, red", "kept, green", "kept, blue"], set.Images.Select(image => image.Name));
        Assert.Equal([[10, 40], [20, 50], [30, 60]], set.Images.Select(image => image.Frame(0)));
        Assert.Contains(set.Findings, finding => finding.Code == "CHANNELS_APART");
    }

    [Fact]
    public void A_stack_is_frames_complex_values_are_two_images_and_a_diffraction_pattern_has_no_pixel_size()
    {
        var dm = new Writer(true, true);
        var stack = ImageFile.Image(dm.File(new Writer.Group("ImageList",
            dm.Image("stack", 1, [1, 2, 3], [(0, 1, "1/nm"), (0, 1, "1/nm")], dm.Array("Data", 2, 6, new ImageFile().U2(1, 2, 3, 4, 5, -6).ToArray())))));

        Assert.Equal(3, stack.Frames);
        Assert.Equal([[1, 2], [3, 4], [5, -6]], Enumerable.Range(0, 3).Select(stack.Frame));
        Assert.Null(stack.Pixel);

        var complex = ImageFile.Images(dm.File(new Writer.Group("ImageList",
            dm.Image("wave", 3, [1, 2], [], new Writer.Value("Data", [20, 15, 0, 2, 0, 6, 0, 6, 2], Numbers(true, 1, -1, 2, -2))))));
        Assert.Equal(["wave, real part", "wave, imaginary part"], complex.Images.Select(image => image.Name));
        Assert.Equal([[1, 2], [-1, -2]], complex.Images.Select(image => image.Frame(0)));
    }

    [Fact]
    public void Pixels_that_are_not_there_are_told_and_are_no_zeros()
    {
        var dm = new Writer(false, true);
        var file = dm.File(new Writer.Group("ImageList",
            dm.Image("short", 1, [2, 2], [], dm.Array("Data", 2, 3, new ImageFile().U2(7, 8, 9).ToArray())),
            dm.Image("short stack", 1, [1, 2, 4], [], dm.Array("Data", 2, 5, new ImageFile().U2(1, 2, 3, 4, 5).ToArray()))));

        var summary = ImageFile.Summary(file);
        var images = ((ImageSet)summary.Measurement).Images;

        Assert.Equal([7, 8, 9, double.NaN], images[0].Frame(0));
        Assert.Equal([24, 10], summary.ImageSums);
        Assert.Equal(2, images[1].Frames);
        Assert.Equal(["PIXELS_MISSING", "FRAMES_MISSING"], summary.Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void What_stands_behind_a_damaged_tag_is_told_and_what_stands_before_it_is_read()
    {
        var dm = new Writer(false, true);
        foreach (var (broken, says) in new (Writer.Tag, string)[]
        {
            (new Writer.Value("odd", [99], []), "unknown type 99"),
            (dm.Array("long", 6, int.MaxValue, []), "claims 8,589,934,588 bytes"),
            (new Writer.Value("text", [18, 4_000_000_000], []), "claims 4,000,000,000 bytes"),
            (new Writer.Value("fields", [15, 0, 200, 0, 6], []), "unknown type 15"),
        })
        {
            var set = ImageFile.Images(Simple(false, true, broken));

            Assert.Equal([1, 2, 3, 4, 5, 6.5], Assert.Single(set.Images).Frame(0));
            var finding = Assert.Single(set.Findings);
            Assert.Equal("TAGS_CUT", finding.Code);
            Assert.Contains(says, finding.Message);
            Assert.NotNull(finding.Offset);
        }
    }

    [Fact]
    public void Groups_in_groups_without_end_are_stopped()
    {
        var dm = new Writer(false, true);
        Writer.Tag nested = dm.U4("innermost", 1);
        for (var i = 0; i < 200; i++) nested = new Writer.Group("g", nested);

        Assert.Contains("levels deep", Assert.Single(ImageFile.Images(Simple(false, true, nested)).Findings).Message);
        var refusal = ImageFile.Refusal(dm.File(nested));
        Assert.Contains("levels deep", refusal.Message);
        Assert.Equal("Gatan DM3", refusal.Format);
    }

    [Fact]
    public void A_tree_of_too_many_tags_is_stopped()
    {
        var dm = new Writer(false, true);
        var names = Enumerable.Range(0, 100_001).Select(i => (Writer.Tag)new Writer.Value("", [10], [1])).ToArray();

        Assert.Contains("more than 100,000 tags", ImageFile.Refusal(dm.File(names)).Message);
    }

    [Fact]
    public void Sizes_that_no_file_could_hold_are_refused_before_anything_is_reserved()
    {
        foreach (var sizes in new long[][] { [uint.MaxValue, uint.MaxValue], [100_000, 100_000], [0, 5], [20_000, 6_000], [2, 2, uint.MaxValue, uint.MaxValue] })
        {
            var dm = new Writer(true, true);
            var file = dm.File(new Writer.Group("ImageList", dm.Image("huge", 2, sizes, [], dm.Array("Data", 6, 1, new byte[4]))));
            var before = GC.GetAllocatedBytesForCurrentThread();

            var refusal = ImageFile.Refusal(file);

            Assert.Contains("declares", refusal.Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }
    }

    [Fact]
    public void A_scale_that_is_no_length_gives_no_pixel_size()
    {
        foreach (var scale in new[] { 0f, -1f, float.NaN })
        {
            var dm = new Writer(false, true);
            var set = ImageFile.Images(dm.File(new Writer.Group("ImageList",
                dm.Image("", 1, [1, 2], [(0, scale, "nm"), (0, scale, "nm")], dm.Array("Data", 2, 2, new byte[4])))));

            Assert.Null(Assert.Single(set.Images).Pixel);
            Assert.Equal("SCALE_UNUSABLE", Assert.Single(set.Findings).Code);
        }
    }

    [Fact]
    public void A_spectrum_without_a_usable_axis_counts_pixels()
    {
        foreach (var scale in new[] { 0f, float.PositiveInfinity })
        {
            var dm = new Writer(false, true);
            var set = Assert.IsType<SpectrumSet>(ImageFile.Open(dm.File(new Writer.Group("ImageList",
                dm.Image("", 2, [3], [(0, scale, "eV")], dm.Array("Data", 6, 3, Numbers(true, 5, 6, 7)))))));

            Assert.Equal(SpectrumAxis.Pixel, set.Axis);
            Assert.Equal([0, 1, 2], Assert.Single(set.Spectra).X);
            Assert.Equal("SCALE_UNUSABLE", Assert.Single(set.Findings).Code);
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_read_or_refused_in_words()
    {
        var file = Simple(true, true);
        for (var length = 28; length < file.Length; length++)
            ImageFile.EndsWell(file[..length], $"cut at {length}");
    }
}
