using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Analysis.Tests.Catalogue;

public class OptionsFormTests
{
    sealed record Options
    {
        [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-6), Display(Name = "Bin width", Description = "Width of a bin.")]
        public double BinWidth { get; init; } = 1e-9;

        [Parameter("model"), AllowedValues("auto", "two_level")]
        public string Model { get; init; } = "auto";

        [Parameter("channels")] public IReadOnlyList<int>? Channels { get; init; }

        [Parameter("background_cps", "cps"), Range(0.0, 1e9)] public IReadOnlyList<double>? Background { get; init; }

        [Parameter("delay_ps", "ps", 1e-12)] public double? Delay { get; init; }

        [Parameter("seed"), Range(0, int.MaxValue)] public int Seed { get; init; } = 1;
    }

    static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    [Fact]
    public void A_default_inside_in_seconds_reads_in_the_contract_unit()
    {
        var bin = OptionsForm<Options>.Parameters[0];

        Assert.Equal(("bin_ps", "Bin width", "number", "ps", 1.0, 1e6), (bin.Name, bin.Title, bin.Type, bin.Unit, bin.Min, bin.Max));
        Assert.Equal("1000", bin.Default!.ToJsonString());
    }

    [Fact]
    public void Given_values_reach_the_record_in_seconds()
    {
        var (options, _) = OptionsForm<Options>.Bind(Json("""{"bin_ps":500,"channels":[1,0],"background_cps":[1200.5,3],"delay_ps":-40}"""));

        Assert.Equal(500e-12, options.BinWidth, 1e-24);
        Assert.Equal([1, 0], options.Channels!);
        Assert.Equal([1200.5, 3], options.Background!);
        Assert.Equal(-40e-12, options.Delay!.Value, 1e-24);
        Assert.Equal("auto", options.Model);
    }

    [Fact]
    public void A_single_value_stands_for_a_list_of_one() =>
        Assert.Equal([250], OptionsForm<Options>.Bind(Json("""{"background_cps":250}""")).Options.Background!);

    [Fact]
    public void Absent_and_null_parameters_take_their_defaults_and_all_are_listed_sorted()
    {
        var complete = OptionsForm<Options>.Complete(Json("""{"model":"two_level","bin_ps":null}"""));

        Assert.Equal("""{"background_cps":null,"bin_ps":1000,"channels":null,"delay_ps":null,"model":"two_level","seed":1}""", complete.ToJsonString());
    }

    [Theory]
    [InlineData("""{"bins_ps":5}""", "bins_ps")]
    [InlineData("""{"bin_ps":0.1}""", "between 1 and 1000000")]
    [InlineData("""{"bin_ps":"wide"}""", "a number in ps")]
    [InlineData("""{"bin_ps":1e999}""", "a number in ps")]
    [InlineData("""{"model":"four_level"}""", "one of auto, two_level")]
    [InlineData("""{"channels":[0.5]}""", "whole numbers")]
    [InlineData("""{"background_cps":[-1]}""", "between 0")]
    [InlineData("""{"background_cps":[null]}""", "a list of numbers")]
    [InlineData("""{"seed":true}""", "a whole number")]
    public void What_cannot_be_used_is_refused_by_name(string parameters, string said)
    {
        var error = Assert.Throws<RequestException>(() => OptionsForm<Options>.Bind(Json(parameters)));

        Assert.Contains(said, error.Message);
    }

    sealed record Words
    {
        [Parameter("models"), AllowedValues("mono", "bi", "tri")]
        public IReadOnlyList<string>? Models { get; init; }
    }

    [Fact]
    public void Several_of_a_few_words_are_a_list_and_one_alone_stands_for_it()
    {
        var (several, complete) = OptionsForm<Words>.Bind(Json("""{"models":["mono","tri"]}"""));
        Assert.Equal(["mono", "tri"], several.Models);
        Assert.Equal("""["mono","tri"]""", complete["models"]!.ToJsonString());
        Assert.Equal(["bi"], OptionsForm<Words>.Bind(Json("""{"models":"bi"}""")).Options.Models);
        Assert.Equal("choices", OptionsForm<Words>.Parameters[0].Type);
        foreach (var wrong in new[] { """["mono","quad"]""", "[]", "3", """[1]""" })
            Assert.Contains("mono, bi, tri", Assert.Throws<RequestException>(() => OptionsForm<Words>.Bind(Json($$"""{"models":{{wrong}}}"""))).Message);
    }
}
