using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Analyses.Figures;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Analyses;

public class AnalysisFigureTests
{
    static Figure Draw(FigureView? view = null, string curve = "g2", params AnalysisReport[] beside) =>
        AnalysisFigures.Of([new("this", SimulatedReports.G2), .. beside.Select((report, i) => new NamedReport($"other {i}", report))], curve, view ?? new())!;

    [Fact]
    public void G2_is_drawn_with_data_fit_residuals_and_the_half_in_words()
    {
        var figure = Draw();

        var series = figure.Groups.Single().Series;
        Assert.Equal([Mark.Steps, Mark.Line, Mark.Points], series.Select(s => s.Mark));
        Assert.True(series[2].InStrip);
        Assert.Equal(0.5, figure.Levels.Single().At);
        Assert.Contains("single emitter", figure.Levels.Single().Words);
        Assert.Equal("delay τ (ns)", figure.XAxis.Title);
        Assert.NotNull(series[0].Low);
        Assert.Equal("pairs", series[0].EventName);
    }

    [Fact]
    public void On_the_axis_of_counts_stand_the_counted_pairs_and_half_of_the_expected_ones()
    {
        var figure = Draw(new FigureView(Counts: true));
        var curve = SimulatedReports.G2.Curve("g2")!;

        Assert.Equal(curve.More["counts"].Values, figure.Groups.Single().Series[0].Y);
        // N1 N2 bin / T = 450 000 squared times the bin over 3 s.
        var bin = (curve.X.Values[1] - curve.X.Values[0])!.Value * 1e-9;
        var expected = 450e3 * 450e3 * bin / 3;
        Assert.InRange(figure.Levels.Single().At, 0.5 * 0.98 * expected, 0.5 * 1.02 * expected); // rates fluctuate by 0.2 %, the estimate by the rounding of counts
    }

    [Fact]
    public void On_a_logarithmic_axis_both_sides_are_averaged_and_zero_is_left_out()
    {
        var figure = Draw(new FigureView(Log: true));
        var curve = SimulatedReports.G2.Curve("g2")!;
        var n = curve.X.Values.Count;

        var group = figure.Groups.Single();
        Assert.True(figure.XAxis.Log);
        Assert.Equal((n - 1) / 2, group.X.Count);
        Assert.All(group.X, x => Assert.True(x > 0));
        var (left, right) = (curve.Y!.Values[n / 2 - 1]!.Value, curve.Y.Values[n / 2 + 1]!.Value);
        Assert.Equal((left + right) / 2, group.Series[0].Y[0]!.Value, 12);
        Assert.Contains("averaged", figure.Note);
    }

    [Fact]
    public void The_band_from_blocks_lies_around_the_data()
    {
        var series = Draw(new FigureView(Blocks: true)).Groups.Single().Series;

        var band = series.Single(s => s.Mark == Mark.Band);
        for (var i = 0; i < series[0].Y.Count; i++)
            if (band.Low![i] is not null) Assert.True(band.Low[i] <= series[0].Y[i] && series[0].Y[i] <= band.High![i]);
    }

    [Fact]
    public void Another_result_beside_it_lies_in_the_same_figure_with_its_own_colour()
    {
        var figure = Draw(null, "g2", SimulatedReports.G2 with { Version = 2 });

        Assert.Equal(2, figure.Groups.Count);
        Assert.Equal([0, 1], figure.Groups.Select(group => group.Series[0].Colour));
        Assert.Null(figure.Strip); // residuals of two fits in one strip could not be told apart
    }

    [Fact]
    public void A_decay_is_drawn_on_a_logarithmic_axis_with_its_response_fit_and_residuals()
    {
        var figure = AnalysisFigures.Of([new("this", SimulatedReports.Lifetime)], "decay", new())!;

        Assert.True(figure.YAxis.Log);
        var series = figure.Groups.Single().Series;
        Assert.Equal(["data", "response", "mono fit", "residual"], series.Select(one => one.Name));
        Assert.True(series[3].InStrip);
        Assert.All(series[0].Y, y => Assert.True(y is null or > 0));
        Assert.Equal(2, AnalysisFigures.Of([new("this", SimulatedReports.Lifetime)], "residual_acf", new())!.Levels.Count);
    }

    static Figure Blinking(string curve) => AnalysisFigures.Of([new("this", SimulatedReports.Blinking)], curve, new())!;

    [Fact]
    public void The_time_at_each_rate_lies_on_its_side_with_a_line_for_each_level()
    {
        var figure = Blinking("histogram");
        var curve = SimulatedReports.Blinking.Curve("histogram")!;

        Assert.Equal(("time spent (s)", "count rate (cps)"), (figure.XAxis.Title, figure.YAxis.Title));
        var line = figure.Groups.Single();
        Assert.Equal(curve.Y!.Values.Max(), line.X.Max());
        Assert.Equal(60, line.X.Skip(1).Where((_, i) => i % 2 == 0).Sum()!.Value, 1); // all of the minute
        Assert.Equal(2, figure.Levels.Count);
        Assert.All(figure.Levels, level => Assert.Contains("% of the time", level.Words));
        Assert.Equal(SimulatedReports.Blinking.Quantity("on_cps")!.Value!.Value, figure.Levels[^1].At, 1e-6);
    }

    [Theory]
    [InlineData("dwell_on")]
    [InlineData("dwell_off")]
    public void Dwell_times_are_drawn_with_the_law_that_was_taken_and_the_others(string curve)
    {
        var law = SimulatedReports.Blinking.Verdict(curve.Replace("dwell", "dwell_law"))!.Value;
        var figure = Blinking(curve);

        Assert.True(figure.XAxis.Log && figure.YAxis.Log);
        var series = figure.Groups.SelectMany(group => group.Series).ToList();
        Assert.Equal("found", series[0].Name);
        string[] laws = ["exponential", "power law", "power law with cut-off"];
        var taken = law switch { "exponential" => laws[0], "power_law" => laws[1], "power_law_cutoff" => laws[2], _ => null };
        if (taken is not null) Assert.Equal($"{taken}, taken", series[^1].Name);
        Assert.Equal(laws.Where(name => name != taken), series.Select(one => one.Name).Where(laws.Contains));
        Assert.All(series, one => Assert.All(one.Y, y => Assert.True(y is null or > 0)));
    }

    [Fact]
    public void Completeness_of_both_states_stands_in_one_figure() =>
        Assert.Equal(["bright times", "dark times"], Blinking("completeness_off").Groups.SelectMany(group => group.Series).Select(one => one.Name));

    [Fact]
    public void A_map_draws_its_filled_cells_and_says_their_values()
    {
        var figure = AnalysisFigures.Of([new("this", SimulatedReports.BlinkingType)], "flid", new())!;

        var cells = figure.Groups.Single();
        Assert.Equal([100, 200], cells.X);
        Assert.Equal([10, 5], cells.Series.Single().Y);
        Assert.Equal([1.5, 0.5], cells.Series.Single().Z!);
        var json = System.Text.Json.JsonDocument.Parse(FigureJson.Bytes(figure, 50, 150, 160)).RootElement.GetProperty("groups")[0].GetProperty("series")[0];
        Assert.Equal(2, json.GetProperty("z").GetArrayLength()); // a closer look leaves no hole
        Assert.Equal("s", json.GetProperty("zAxis").GetProperty("unit").GetString());
        Assert.Equal(2, System.Text.RegularExpressions.Regex.Count(FigureSvg.Text(figure), "<rect x="));
    }

    [Fact]
    public void Levels_and_single_segments_stand_in_one_figure_of_lifetime_and_intensity() =>
        Assert.Equal(["segments", "levels", "line through the levels"],
            AnalysisFigures.Of([new("this", SimulatedReports.BlinkingType)], "level_lifetimes", new())!.Groups.SelectMany(group => group.Series).Select(one => one.Name));

    [Fact]
    public void What_is_shown_beside_is_asked_about_the_same_photons_with_the_same_options()
    {
        var beside = AnalysisCatalogue.Find("intensity"); // channels and bin_ms are of both
        var asked = AnalysisCatalogue.Find("blinking").Complete(new JsonObject { ["bin_ms"] = 5, ["confidence"] = 0.9, ["selection"] = new JsonObject { ["from_s"] = 3 } });

        var parameters = AnalysisViews.Shared(asked, beside, new JsonObject { ["bin_ms"] = 20, ["dead_time_ns"] = 50, ["selection"] = new JsonObject { ["to_s"] = 9 } });

        Assert.Equal("5", parameters["bin_ms"]!.ToJsonString());
        Assert.Equal("50", parameters["dead_time_ns"]!.ToJsonString());
        Assert.Equal("3", parameters["selection"]!["from_s"]!.ToJsonString());
        Assert.Null(parameters["selection"]!["to_s"]);
        Assert.False(parameters.ContainsKey("confidence"));
        Assert.NotNull(beside.Complete(parameters));
    }

    [Fact]
    public void A_curve_that_is_not_there_has_no_figure() =>
        Assert.Null(AnalysisFigures.Of([new("this", SimulatedReports.G2)], "decay", new()));

    [Fact]
    public void Every_curve_of_every_report_can_be_drawn()
    {
        foreach (var report in new[] { SimulatedReports.G2, SimulatedReports.Quick, SimulatedReports.Lifetime, SimulatedReports.Blinking, SimulatedReports.BlinkingType })
            foreach (var curve in report.Curves)
                foreach (var view in new[] { new FigureView(), new FigureView(Log: true), new FigureView(Counts: true), new FigureView(Log: true, Counts: true, Blocks: true) })
                    Assert.NotEmpty(FigureJson.Bytes(AnalysisFigures.Of([new("this", report)], curve.Name, view)!));
    }

    [Fact]
    public void The_csv_holds_the_whole_curve_and_says_where_it_comes_from()
    {
        var report = SimulatedReports.G2;
        var curve = report.Curve("g2")!;

        var lines = CurveCsv.Text(report, curve, "PqdPortal test", "http://localhost/a/1").Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        var said = lines.TakeWhile(line => line[0] == '#').ToList();
        Assert.Contains(said, line => line.Contains("g2.cw, version 1"));
        Assert.Contains(said, line => line.Contains(new string('a', 64)));
        Assert.Contains(said, line => line.Contains("background_cps"));
        Assert.Contains(said, line => line.Contains("PqdPortal test"));
        Assert.StartsWith("delay [ns],g2,sigma of g2,fit,", lines[said.Count]);
        var rows = lines.Skip(said.Count + 1).Select(line => line.Split(',')).ToList();
        Assert.Equal(curve.X.Values.Count, rows.Count);
        for (var i = 0; i < rows.Count; i++)
            Assert.Equal(curve.Y!.Values[i]!.Value, double.Parse(rows[i][1], CultureInfo.InvariantCulture)); // every digit
    }
}
