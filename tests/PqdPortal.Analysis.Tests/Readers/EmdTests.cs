using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class EmdTests
{
    [RealFileFact]
    public void The_real_Velox_image_agrees_with_the_independent_decoder()
    {
        var golden = RealFiles.Golden()["velox-ceta.emd"]["golden"]!;

        var info = RealFiles.Info("velox-ceta.emd");

        var image = Assert.Single(info["images"]!.AsArray())!;
        Assert.Equal("Velox EMD", (string)info["format"]!);
        Assert.Equal(((int)golden["shape"]![0]!, (int)golden["shape"]![1]!, (int)golden["shape"]![2]!), ((int)image["shape"]![0]!, (int)image["shape"]![1]!, (int)image["frames"]!));
        Assert.Equal((double)golden["sum"]!, (double)image["sum"]!);
        Assert.Equal("i2", (string)image["values"]!);
        Assert.Equal(double.Parse((string)golden["pixel_size_m"]![0]!), (double)image["pixel_size_m"]![0]!);

        using var file = File.OpenRead(RealFiles.Path("velox-ceta.emd"));
        var pixels = ((ImageSet)Formats.Open(file)).Images[0].Frame(0);
        Assert.Equal(((double)golden["first"]!, (double)golden["min"]!, (double)golden["max"]!), (pixels[0], pixels.Min(), pixels.Max()));
    }

    [Hdf5Theory]
    [InlineData(false), InlineData(true)]
    public void Frames_of_Velox_lie_in_the_last_dimension(bool chunked)
    {
        using var file = new Hdf5TestFile();
        var image = file.Group(file.Group(file.Group(file.Root, "Data"), "Image"), "abc");
        var values = Enumerable.Range(0, 4 * 5 * 3).Select(i => (ushort)(i * 11)).ToArray();
        file.Numbers(image, "Data", "H5T_STD_U16LE", "H5T_NATIVE_UINT16", values, [4, 5, 3], chunked ? [3, 2, 2] : null, deflate: chunked, shuffle: chunked);
        var settings = """{"BinaryResult":{"PixelSize":{"width":"2e-10","height":"3e-10"},"PixelUnitX":"m","Detector":"BM-Ceta"}}""" + "\0\0";
        file.Numbers(image, "Metadata", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", [.. settings.SelectMany(c => new[] { (byte)c, (byte)0, (byte)0 })], [(ulong)settings.Length, 3]);

        using var written = file.Written();
        var read = Assert.Single(((ImageSet)Formats.Open(written)).Images);

        Assert.Equal((4, 5, 3, "u2", "BM-Ceta"), (read.Rows, read.Columns, read.Frames, read.ValueType, read.Name));
        Assert.Equal(new PixelSize(3e-10, 2e-10, "BinaryResult.PixelSize"), read.Pixel);
        for (var frame = 0; frame < 3; frame++)
            Assert.Equal(Enumerable.Range(0, 20).Select(i => (double)values[i * 3 + frame]), read.Frame(frame));
    }

    [Hdf5Fact]
    public void Berkeley_images_take_their_scale_from_their_axes_and_stacks_have_the_frame_first()
    {
        using var file = new Hdf5TestFile();
        file.Numbers(file.Root, "version_major", "H5T_STD_I64LE", "H5T_NATIVE_INT64", [0L]);
        var group = file.Group(file.Group(file.Root, "data"), "lattice");
        MarkAsData(file, group);
        var values = Enumerable.Range(0, 2 * 3 * 4).Select(i => i / 4f).ToArray();
        file.Numbers(group, "data", "H5T_IEEE_F32BE", "H5T_NATIVE_FLOAT", values, [2, 3, 4]);
        foreach (var (dim, values1, unit) in new[] { ("dim1", new double[] { 0, 1 }, "s"), ("dim2", [0, 0.5, 1], "[n_m]"), ("dim3", [0, 2.5, 5, 7.5], "Å") })
        {
            file.Numbers(group, dim, "H5T_IEEE_F64LE", "H5T_NATIVE_DOUBLE", values1, [(ulong)values1.Length]);
            file.AttributeOfDataset(group, dim, "units", unit);
        }

        using var written = file.Written();
        var set = (ImageSet)Formats.Open(written);
        var read = Assert.Single(set.Images);

        Assert.Equal(("Berkeley EMD", 3, 4, 2, "f4"), (set.Format, read.Rows, read.Columns, read.Frames, read.ValueType));
        Assert.Equal((0.5e-9, 2.5e-10), (read.Pixel!.Row, read.Pixel.Column));
        Assert.Equal(values.Skip(12).Select(v => (double)v), read.Frame(1));
    }

    [Hdf5Fact]
    public void An_image_without_lengths_is_not_calibrated_and_one_that_was_never_stored_is_left_out()
    {
        using var file = new Hdf5TestFile();
        var data = file.Group(file.Root, "data");
        foreach (var (name, stored) in new[] { ("one", true), ("two", false) })
        {
            var group = file.Group(data, name);
            MarkAsData(file, group);
            file.Numbers(group, "data", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", stored ? new byte[6] : [], [2, 3], [2, 3]);
        }

        using var written = file.Written();
        var set = (ImageSet)Formats.Open(written);

        Assert.Null(Assert.Single(set.Images).Pixel);
        Assert.Contains("never stored", Assert.Single(set.Findings).Message);
    }

    static void MarkAsData(Hdf5TestFile file, long group) => file.NumberAttribute(group, "emd_group_type", 1);
}
