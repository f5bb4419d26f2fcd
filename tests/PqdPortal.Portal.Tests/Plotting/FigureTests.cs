using System.Text.Json;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Plotting;

public class FigureTests
{
    static JsonElement Json(Figure figure, int? points = null, double? from = null, double? to = null) =>
        JsonDocument.Parse(FigureJson.Bytes(figure, points, from, to)).RootElement;

    static Figure Dip(int n)
    {
        var x = Enumerable.Range(0, n).Select(i => (double?)(i - n / 2)).ToArray();
        var y = x.Select(at => (double?)(1 - Math.Exp(-Math.Abs(at!.Value) / 8))).ToArray();
        return Figure.Of("Photon correlation").X("delay", "ns", x).Y("g2", fromZero: true)
            .Steps("data", y, [.. y.Select(_ => (double?)0.1)], [.. y.Select(v => (double?)Math.Round(100 * v!.Value))], "pairs")
            .Line("fit", y)
            .Level("below: a single emitter", 0.5)
            .Residuals([.. y.Select(_ => (double?)0.3)]);
    }

    [Fact]
    public void The_browser_gets_axes_series_levels_and_the_strip()
    {
        var json = Json(Dip(101));

        Assert.Equal("delay", json.GetProperty("x").GetProperty("name").GetString());
        Assert.Equal("ns", json.GetProperty("x").GetProperty("unit").GetString());
        Assert.True(json.GetProperty("y").GetProperty("fromZero").GetBoolean());
        Assert.Equal("σ", json.GetProperty("strip").GetProperty("unit").GetString());
        Assert.Equal(0.5, json.GetProperty("levels")[0].GetProperty("at").GetDouble());
        var series = json.GetProperty("groups")[0].GetProperty("series");
        Assert.Equal(["data", "fit", "residual"], series.EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        Assert.Equal(["steps", "line", "points"], series.EnumerateArray().Select(s => s.GetProperty("mark").GetString()));
        Assert.Equal("pairs", series[0].GetProperty("eventName").GetString());
    }

    [Fact]
    public void The_band_is_one_standard_deviation_on_either_side()
    {
        var series = Json(Dip(101)).GetProperty("groups")[0].GetProperty("series")[0];

        for (var i = 0; i < 101; i++)
        {
            var y = series.GetProperty("y")[i].GetDouble();
            Assert.Equal(y - 0.1, series.GetProperty("low")[i].GetDouble(), tolerance: 1e-6); // sent with eight digits
            Assert.Equal(y + 0.1, series.GetProperty("high")[i].GetDouble(), tolerance: 1e-6);
        }
    }

    [Fact]
    public void A_thinned_figure_keeps_value_band_model_and_residual_in_one_row()
    {
        var json = Json(Dip(20_001), points: 500);

        Assert.Equal(20_001, json.GetProperty("total").GetInt32());
        Assert.InRange(json.GetProperty("shown").GetInt32(), 100, 500);
        var group = json.GetProperty("groups")[0];
        var rows = group.GetProperty("x").GetArrayLength();
        foreach (var series in group.GetProperty("series").EnumerateArray())
        {
            Assert.Equal(rows, series.GetProperty("y").GetArrayLength());
            if (series.TryGetProperty("low", out var low)) Assert.Equal(rows, low.GetArrayLength());
        }
        // The dip is one bin wide in twenty thousand and must be there.
        Assert.Contains(group.GetProperty("series")[0].GetProperty("y").EnumerateArray(), y => y.GetDouble() == 0);
    }

    [Fact]
    public void A_closer_look_gives_all_points_of_the_stretch_and_one_more_on_each_side()
    {
        var x = Json(Dip(20_001), points: 500, from: -50, to: 50).GetProperty("groups")[0].GetProperty("x");

        Assert.Equal(Enumerable.Range(-51, 103).Select(i => (double)i), x.EnumerateArray().Select(at => at.GetDouble()));
    }

    [Fact]
    public void Nan_and_infinity_do_not_pass()
    {
        var figure = Figure.Of("odd").X("x", "", [1, 2, 3]).Y("y").Steps("data", [double.NaN, double.PositiveInfinity, 1]);

        var y = Json(figure).GetProperty("groups")[0].GetProperty("series")[0].GetProperty("y");

        Assert.Equal([JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Number], y.EnumerateArray().Select(v => v.ValueKind));
    }

    [Fact]
    public void Series_of_another_length_than_their_axis_are_refused() =>
        Assert.Throws<ArgumentException>(() => Figure.Of("odd").X("x", "", [1, 2, 3]).Steps("data", [1, 2]));

    [Fact]
    public void Two_results_on_different_axes_lie_in_one_figure_with_different_colours()
    {
        var json = Json(Figure.Of("both").X("delay", "ns", [1, 2, 3]).Y("g2").Steps("old", [1, 1, 1]).On([1.0, 3.0]).Steps("new", [2, 2]));

        var groups = json.GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal([3, 2], groups.Select(g => g.GetProperty("x").GetArrayLength()));
        Assert.Equal([0, 1], groups.Select(g => g.GetProperty("series")[0].GetProperty("colour").GetInt32()));
    }

    [Fact]
    public void The_answer_of_a_long_curve_stays_small() =>
        // 1200 rows of at most eight numbers, ten characters each.
        Assert.InRange(FigureJson.Bytes(Dip(200_001), 1200).Length, 10_000, 100_000);
}
