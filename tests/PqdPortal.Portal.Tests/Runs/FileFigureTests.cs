using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Web.Features.Runs.Views;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Runs;

/// <summary>What files look like, from measurements made in memory.</summary>
public class FileFigureTests
{
    static HistogramCurve Curve(int length, double? width = 1e-9, HistogramMeaning meaning = HistogramMeaning.Decay, params (int Bin, long Count)[] filled)
    {
        var counts = new long[length];
        foreach (var (bin, count) in filled) counts[bin] = count;
        return new(counts, width) { Meaning = meaning };
    }

    static HistogramSet Histograms(params IReadOnlyList<HistogramCurve> curves) => new() { Format = "test", Curves = curves };

    [Fact]
    public void A_decay_stands_on_a_logarithmic_axis_in_its_own_time_without_its_empty_tail()
    {
        var figure = HistogramFigure.Draw(Histograms(Curve(1000, filled: [(0, 5), (10, 100), (99, 1)])), new())!;

        Assert.Equal(("Decay", "time (ns)", true), (figure.Title, figure.XAxis.Title, figure.YAxis.Log));
        var group = Assert.Single(figure.Groups);
        // To two hundredths behind the last count, in the middle of each bin.
        Assert.Equal((102, 0.5, 101.5), (group.X.Count, group.X[0], group.X[^1]!.Value));
        var data = Assert.Single(group.Series);
        Assert.Equal((5, null, 100, 10), (data.Y[0], data.Y[1], data.Y[10], data.Sigma![10]));
        Assert.Contains("898 empty bins behind 102 ns are not drawn", figure.Note);

        var whole = HistogramFigure.Draw(Histograms(Curve(1000, filled: [(0, 5), (99, 1)])), new(Log: false, Whole: true))!;
        Assert.Equal((1000, 0, false), (whole.Groups[0].X.Count, whole.Groups[0].Series[0].Y[1], whole.YAxis.Log));
        Assert.DoesNotContain("empty bins", whole.Note);
    }

    [Fact]
    public void Coincidences_keep_their_negative_delays_and_a_plain_axis()
    {
        var curve = Curve(200, meaning: HistogramMeaning.Coincidences, filled: [(0, 7), (199, 9)]) with { Start = -100e-9 };

        var figure = HistogramFigure.Draw(Histograms(curve), new())!;

        Assert.Equal(("Coincidences", "delay (ns)", false), (figure.Title, figure.XAxis.Title, figure.YAxis.Log));
        Assert.Equal(-99.5, figure.Groups[0].X[0]!.Value, 1e-9);
        Assert.Equal(99.5, figure.Groups[0].X[^1]!.Value, 1e-9);
    }

    [Fact]
    public void Bins_of_unknown_length_are_counted()
    {
        var figure = HistogramFigure.Draw(Histograms(Curve(50, null, filled: [(49, 1)])), new())!;

        Assert.Equal("bin", figure.XAxis.Title);
        Assert.Equal((0, 49), (figure.Groups[0].X[0], figure.Groups[0].X[^1]));
        Assert.Contains("does not say how long a bin is", figure.Note);
    }

    [Fact]
    public void Of_many_curves_those_with_counts_are_drawn_together_and_any_can_be_chosen()
    {
        var curves = Enumerable.Range(0, 20).Select(i => Curve(100, filled: i % 2 == 0 ? [(99, i + 1)] : [])).ToList();

        var together = HistogramFigure.Draw(Histograms(curves), new())!;

        Assert.Equal(CurveView.MostTogether, together.Groups.Count);
        Assert.Equal(["curve 1", "curve 3", "curve 5"], together.Groups.Take(3).Select(group => group.Series[0].Name));
        Assert.Contains("6 of 10 curves that hold counts", together.Note);
        Assert.Equal("curve 2", HistogramFigure.Draw(Histograms(curves), new(Show: 2))!.Groups[0].Series[0].Name);
        Assert.Null(HistogramFigure.Draw(Histograms(curves), new(Show: 21)));
        Assert.Null(HistogramFigure.Draw(Histograms(curves), new(Show: 0)));
        Assert.Null(HistogramFigure.Draw(Histograms(), new()));
    }

    [Fact]
    public void A_histogram_without_any_count_is_drawn_as_it_is()
    {
        var figure = HistogramFigure.Draw(Histograms(Curve(64), Curve(0)), new(Log: false))!;

        Assert.Equal(64, figure.Groups[0].X.Count);
        Assert.All(figure.Groups[0].Series[0].Y, value => Assert.Equal(0, value));
        // The one without any bin is drawn too: as nothing.
        Assert.Empty(HistogramFigure.Draw(Histograms(Curve(0)), new())!.Groups[0].X);
        FigureJson.Bytes(HistogramFigure.Draw(Histograms(Curve(0)), new())!);
        FigureSvg.Text(HistogramFigure.Draw(Histograms(Curve(0)), new())!);
    }

    static SpectrumSet Spectra(int count, double[] x, Func<int, int, double> y, SpectrumAxis? axis = null) => new()
    {
        Format = "test", Axis = axis ?? SpectrumAxis.Wavelength, YUnit = "counts", Along = new("temperature", "K"),
        Spectra = [.. Enumerable.Range(0, count).Select(i => new Spectrum(x, [.. x.Select((_, k) => y(i, k))]) { At = 10 * (i + 1) })],
    };

    [Fact]
    public void A_spectrum_keeps_the_axis_of_its_file_with_the_unit_as_people_write_it()
    {
        var figure = SpectrumFigure.Draw(Spectra(1, [300, 200, 100], (_, k) => k == 1 ? double.NaN : k, new("raman_shift", "1/cm")), new())!;

        Assert.Equal(("Raman shift (cm⁻¹)", "counts"), (figure.XAxis.Title, figure.YAxis.Title));
        // Drawn from left to right, each value over its own place.
        Assert.Equal([(100, 2), (200, null), (300, 0)], figure.Groups[0].X.Zip(figure.Groups[0].Series[0].Y).Select(p => ((double?)p.First, (double?)p.Second)));
    }

    [Fact]
    public void A_short_series_is_drawn_together_and_a_long_one_spectrum_by_spectrum_and_as_a_map()
    {
        double[] x = [.. Enumerable.Range(0, 50).Select(i => 500.0 + i)];
        Assert.Equal(["10 K", "20 K", "30 K"], SpectrumFigure.Draw(Spectra(3, x, (i, k) => i * k), new())!.Groups[0].Series.Select(series => series.Name));

        var many = Spectra(40, x, (i, k) => k == 25 ? 1000 : i);
        Assert.Equal("10 K", Assert.Single(SpectrumFigure.Draw(many, new())!.Groups[0].Series).Name);
        Assert.Contains("Spectrum 7 of 40", SpectrumFigure.Draw(many, new(Show: 7))!.Note);
        Assert.Null(SpectrumFigure.Draw(many, new(Show: 41)));
        var map = SpectrumMap.Draw(many)!;
        Assert.Equal((50, 40), (map.Width, map.Height));
        var pixels = Pixels(map.Png);
        Assert.All(Enumerable.Range(0, 40), row => Assert.Equal(255, pixels[row * 50 + 25]));
        Assert.True(pixels[39 * 50] >= pixels[0]);
    }

    [Fact]
    public void A_falling_axis_is_turned_in_the_map_and_spectra_without_a_common_axis_have_none()
    {
        var map = SpectrumMap.Draw(Spectra(3, [4, 3, 2, 1], (_, k) => k))!;
        Assert.Equal([255, 170, 85, 0], Pixels(map.Png).Take(4).Select(place => (int)place));

        var apart = Spectra(3, [1, 2, 3], (_, k) => k);
        Assert.Null(SpectrumMap.Draw(new() { Format = "test", Axis = apart.Axis, Spectra = [.. apart.Spectra.Take(2), new([1, 2, 4], [1, 2, 3])] }));
        Assert.Null(SpectrumMap.Draw(Spectra(3, [1, 3, 2], (_, k) => k)));
        Assert.Null(SpectrumMap.Draw(Spectra(2, [1, 2, 3], (_, k) => k)));
    }

    [Fact]
    public void A_picture_is_thinned_by_whole_blocks_and_one_hot_pixel_does_not_darken_it()
    {
        const int rows = 400, columns = 600;
        var values = new double[rows * columns];
        for (var i = 0; i < values.Length; i++) values[i] = i % columns < columns / 2 ? 100 : 200;
        values[12345] = 60_000;
        values[7] = double.NaN;

        var picture = Picture.Of(values, rows, columns, 300, 300, 0.005, Palette.Grey);

        Assert.Equal((300, 200, 100, 200), (picture.Width, picture.Height, picture.Low, picture.High));
        var pixels = Pixels(picture.Png);
        Assert.Equal((0, 255, 0), (pixels[0], pixels[299], pixels[3 * 300 + 149]));
        var all = Picture.Of(values, rows, columns, 300, 300, 0, Palette.Grey);
        Assert.Equal((100, 60_000), (all.Low, all.High));
    }

    [Fact]
    public void A_picture_of_one_value_or_of_none_is_drawn_too()
    {
        foreach (var value in (double[])[0, -5, double.NaN, double.PositiveInfinity])
            foreach (var clip in (double[])[0, 0.005])
                Assert.Equal(12, Pixels(Picture.Of(Enumerable.Repeat(value, 12).ToArray(), 3, 4, 100, 100, clip, Palette.Grey).Png).Length);
    }

    [Theory]
    [InlineData(640e-9, 100e-9, "100 nm")]
    [InlineData(20e-9, 5e-9, "5 nm")]
    [InlineData(79e-6, 10e-6, "10 µm")]
    [InlineData(4.1e-10, 1e-10, "100 pm")]
    [InlineData(0.9, 0.2, "200 mm")]
    public void The_scale_bar_is_a_round_length_of_at_most_a_quarter(double width, double length, string words)
    {
        var bar = ScaleBar.Of(width)!;

        Assert.Equal(length, bar.Length, length * 1e-9);
        Assert.Equal(length / width, bar.Share, 1e-9);
        Assert.InRange(bar.Share, 0.1, 0.25 + 1e-9);
        Assert.Equal(words, bar.Words);
    }

    [Fact]
    public void Without_a_length_there_is_no_bar()
    {
        foreach (var width in (double[])[0, -1, double.NaN, double.PositiveInfinity, 1e-20]) Assert.Null(ScaleBar.Of(width));
    }

    [Fact]
    public async Task The_values_have_all_points_and_say_where_they_come_from()
    {
        var set = Histograms(Curve(3, 2e-9, filled: [(1, 7)]) with { Name = "=cmd()" }, Curve(3, 2e-9, filled: [(2, 9)]), Curve(2, null, filled: [(0, 1)]));

        var lines = await Csv(to => MeasurementCsv.Write(to, set, null, ["# file: x\r\n"], default));

        Assert.Equal(["# file: x", "left edge of the bin [s],'=cmd() [counts],curve 2 [counts],bin,curve 3 [counts]", "0,0,0,0,1", "2E-09,7,0,1,0", "4E-09,0,9,,"], lines);
        Assert.Equal(["left edge of the bin [s],curve 2 [counts]", "0,0", "2E-09,0", "4E-09,9"], await Csv(to => MeasurementCsv.Write(to, set, 2, [], default)));
        Assert.Equal(["wavelength [nm],10 K [counts],20 K [counts]", "2,0,1", "1,0,1"], await Csv(to => MeasurementCsv.Write(to, Spectra(2, [2, 1], (i, _) => i), null, [], default)));
        Assert.Equal(["1,2,3", "4,,6"], await Csv(to => MeasurementCsv.Write(to, [1, 2, 3, 4, double.NaN, 6], 3, [], default)));
    }

    static async Task<string[]> Csv(Func<Stream, Task> write)
    {
        using var to = new MemoryStream();
        await write(to);
        return Encoding.UTF8.GetString(to.ToArray()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The places in the palette, by a decoder of its own that checks every chunk.</summary>
    static byte[] Pixels(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        int width = 0, height = 0;
        var packed = new MemoryStream();
        var order = new List<string>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var type = Encoding.ASCII.GetString(png, at + 4, 4);
            order.Add(type);
            Assert.Equal(Crc(png.AsSpan(at + 4, 4 + length)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            if (type == "IHDR") (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at + 8)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at + 12)));
            if (type == "PLTE") Assert.Equal(768, length);
            if (type == "IDAT") packed.Write(png, at + 8, length);
            at += 12 + length;
        }
        Assert.Equal(["IHDR", "PLTE", "IDAT", "IEND"], order);
        packed.Position = 0;
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        using var raw = new MemoryStream();
        rows.CopyTo(raw);
        Assert.Equal(height * (width + 1), raw.Length);
        return [.. raw.ToArray().Chunk(width + 1).SelectMany(row => row[1..])];
    }

    /// <summary>CRC-32 bit by bit.</summary>
    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var one in bytes)
            for (var bit = 0; bit < 8; bit++)
                crc = ((crc ^ (uint)(one >> bit)) & 1) == 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        return ~crc;
    }
}
