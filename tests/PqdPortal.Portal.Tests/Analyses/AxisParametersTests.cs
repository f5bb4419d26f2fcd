using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Features.Analyses;

namespace PqdPortal.Portal.Tests.Analyses;

public class AxisParametersTests
{
    static readonly AnalysisKind G2 = AnalysisCatalogue.Find("g2.cw");

    sealed record Ends
    {
        [Parameter("from_s", "s"), Range(1e-9, 1e3)] public double From { get; init; } = 1e-6;
        [Parameter("to_s", "s"), Range(1e-9, 1e3)] public double To { get; init; } = 1;
    }

    static Curve Of(string name, string unit) => new("curve", new Series(name, unit, [0, 5, 10]), new Series("y", "1", [1, 2, 3]));

    [Theory]
    [InlineData("ns", -40.26, 12, "40.3")]
    [InlineData("ns", -3, 1234.5, "1230")]
    [InlineData("ps", -40_000, 12_000, "40")]
    [InlineData("ns", 0, 1e12, "10000000")] // no further than the parameter goes
    public void Both_sides_of_a_delay_set_the_range(string unit, double from, double to, string range) =>
        Assert.Equal([("range_ns", range)], AxisParameters.Of(G2, Of("delay", unit), from, to));

    [Fact]
    public void A_stretch_of_the_measurement_is_a_part_of_the_photons()
    {
        Assert.Equal([("selection.from_s", "2"), ("selection.to_s", "7.13")], AxisParameters.Of(G2, Of("time", "s"), 2.0001, 7.1302));
        // Beyond an end is up to that end.
        Assert.Equal([("selection.from_s", ""), ("selection.to_s", "")], AxisParameters.Of(G2, Of("time", "s"), -1, 11));
    }

    [Fact]
    public void A_stretch_of_a_part_counts_from_the_beginning_of_that_part()
    {
        var asked = G2.Complete(new JsonObject { ["selection"] = new JsonObject { ["from_s"] = 100, ["to_s"] = 110 } });

        Assert.Equal([("selection.from_s", "102"), ("selection.to_s", "107.13")], AxisParameters.Of(G2, Of("time", "s"), 2.0001, 7.1302, asked));
        Assert.Equal([("selection.from_s", "100"), ("selection.to_s", "105")], AxisParameters.Of(G2, Of("time", "s"), -1, 5, asked));
        Assert.Equal([("selection.from_s", "109"), ("selection.to_s", "110")], AxisParameters.Of(G2, Of("time", "s"), 9, 12, asked));
        // Where markers cut time out, a second of the trace is no second of the measurement.
        Assert.Empty(AxisParameters.Of(G2, Of("time", "s"), 2, 7, G2.Complete(new JsonObject { ["selection"] = new JsonObject { ["markers"] = new JsonArray(1) } })));
    }

    [Fact]
    public void A_short_stretch_far_from_the_beginning_keeps_its_length() =>
        Assert.Equal([("selection.from_s", "5.0012"), ("selection.to_s", "5.0035")], AxisParameters.Of(G2, Of("time", "s"), 5.001204, 5.003501));

    [Fact]
    public void Two_parameters_for_the_ends_take_the_ends()
    {
        var log = AnalysisKind.Of<Ends>("log", 1, "log", "?", [new("file", "Photons")], [], _ => true, (_, _) => new AnalysisReport("", 0));

        Assert.Equal([("from_s", "0.000002"), ("to_s", "0.05")], AxisParameters.Of(log, Of("delay", "us"), 2, 50_000));
    }

    [Theory]
    [InlineData("energy", "meV", 1, 2)]
    [InlineData("delay", "ns", 2, 1)]
    [InlineData("delay", "ns", double.NaN, 1)]
    [InlineData("delay", "ns", 0, double.PositiveInfinity)]
    public void What_stands_for_no_option_sets_none(string name, string unit, double from, double to) =>
        Assert.Empty(AxisParameters.Of(G2, Of(name, unit), from, to));

    [Fact]
    public void The_options_in_short_are_those_that_are_not_as_usual()
    {
        Assert.Equal("all as usual", ResultWords.Chosen(G2, G2.Complete([])));
        Assert.Equal("bin width 250 ps, only from 2 s", ResultWords.Chosen(G2, G2.Complete(new JsonObject { ["bin_ps"] = 250, ["selection"] = new JsonObject { ["from_s"] = 2 } })));
    }
}
