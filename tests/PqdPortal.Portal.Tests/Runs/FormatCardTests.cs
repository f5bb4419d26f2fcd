using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Features.Runs;

namespace PqdPortal.Portal.Tests.Runs;

public class FormatCardTests
{
    sealed class Dots(int rows, int columns) : ImageData
    {
        public override double[] Frame(int frame) => new double[rows * columns];
    }

    static Task<string> Card(Measurement measurement)
    {
        var summary = FileSummary.Of(new MemoryStream(new byte[10]), measurement).ToJson("a file");
        return Rendered.Text<FormatCard>(("Of", FormatFacts.Of(summary.ToJsonString())));
    }

    [Fact]
    public async Task Histograms_are_told_with_their_own_bins()
    {
        var card = await Card(new HistogramSet { Format = "test", Curves = [new(new long[4096], 4e-12), new([0, 7, 5], 16e-12) { Channel = 2, Meaning = HistogramMeaning.Decay }] });

        var words = card.Replace(" ", "");
        Assert.Contains("Histograms2,1ofthemwithcounts", words);
        Assert.Contains("curve2,channel2decay316ps127inbin1", words);
    }

    [Fact]
    public async Task A_table_names_its_columns_and_shows_its_first_rows()
    {
        var table = Formats.Open(new MemoryStream("group,value_nm\nA,1.5\nB,3\n"u8.ToArray()));
        var facts = FormatFacts.Of(FileSummary.Of(new MemoryStream(new byte[10]), table).ToJson("a file").ToJsonString());

        Assert.Contains("2 rows of group, value_nm", await Card(table));
        var view = await Rendered.Text<PqdPortal.Web.Features.Runs.Views.DataTableView>(("Facts", facts));
        Assert.Contains("2 rows", view);
        Assert.Contains("A1.5B3", view.Replace(" ", ""));
    }

    [Fact]
    public async Task A_series_names_its_axis_and_what_counts_up()
    {
        var card = await Card(new SpectrumSet
        {
            Format = "test", Axis = new("raman_shift", "1/cm"), Along = new("temperature", "K"),
            Spectra = [.. Enumerable.Range(0, 12).Select(i => new Spectrum([100, 200.5], [1, 2]) { At = i })],
        });

        Assert.Contains("12 of 2 points, one for each temperature (K)", card);
        Assert.Contains("Raman shift (cm⁻¹), 100 to 200.5", card);
    }

    [Fact]
    public async Task An_image_says_who_gave_the_size_of_its_pixels_or_that_nobody_did()
    {
        var card = await Card(new ImageSet
        {
            Format = "test",
            Images =
            [
                new Dots(3, 4) { Rows = 3, Columns = 4, ValueType = "u2", Pixel = new(2e-9, 2e-9, "the ImageJ tags") },
                new Dots(3, 4) { Rows = 3, Columns = 4, Frames = 7, ValueType = "f4", Pixel = new(1e-9, 5e-10, "the header") },
                new Dots(3, 4) { Rows = 3, Columns = 4, ValueType = "u1" },
            ],
        });

        Assert.Contains("3 × 4 pixels, values u2; a pixel is 2 nm, by the ImageJ tags", card);
        Assert.Contains("3 × 4 pixels, 7 frames, values f4; a pixel is 500 pm wide and 1 nm high, by the header", card);
        Assert.Contains("values u1; not calibrated", card);
    }
}
