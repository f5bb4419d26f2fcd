using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Features.Analyses;

namespace PqdPortal.Portal.Tests.Analyses;

public class ResultWordsTests
{
    [Fact]
    public void A_number_is_a_sentence() =>
        Assert.Equal("g2(0) = 0.042 ± 0.006 (background-corrected, 5\u202f120 pairs)",
            ResultWords.Sentence("g2(0)", Quantity.Of("g2_0_corr", 0.0421, 0.0063, "1") with { N = 5120 }, "background-corrected", "pairs"));

    [Fact]
    public void A_withheld_number_says_so() =>
        Assert.Equal("g2(0) = withheld (fitted)", ResultWords.Sentence("g2(0)", Quantity.Refused("g2_0_fit", "1"), "fitted", "pairs"));

    [Fact]
    public void Results_of_one_run_are_told_apart_by_the_parameters_in_which_they_differ()
    {
        var names = ResultWords.Apart(
        [
            ("g2.cw", new JsonObject { ["bin_ps"] = 1000, ["range_ns"] = 500 }),
            ("g2.cw", new JsonObject { ["bin_ps"] = 500, ["range_ns"] = 500 }),
            ("g2.cw", new JsonObject { ["bin_ps"] = 500, ["range_ns"] = 500 }),
        ]);

        Assert.Equal(["bin width 1\u202f000 ps", "bin width 500 ps", "bin width 500 ps (2)"], names);
    }

    [Fact]
    public void Without_background_the_page_says_that_none_was_given()
    {
        var said = ResultWords.Subtracted(new AnalysisReport("g2.cw", 1));

        Assert.Contains(said, sentence => sentence.StartsWith("No background"));
        Assert.Contains(said, sentence => sentence.StartsWith("No detector jitter"));
    }

    [Fact]
    public void Typed_options_become_contract_parameters()
    {
        var options = new OptionsText(AnalysisCatalogue.Find("g2.cw"))
        {
            ["channels"] = "0, 1",
            ["bin_ps"] = "500",
            ["background_cps"] = "300; 250.5",
            ["model"] = "three_level",
            ["range_ns"] = "",
        };

        var parameters = options.Read()!;

        Assert.Equal("[0,1]", parameters["channels"]!.ToJsonString());
        Assert.Equal("500", parameters["bin_ps"]!.ToJsonString());
        Assert.Equal("[300,250.5]", parameters["background_cps"]!.ToJsonString());
        Assert.Equal("\"three_level\"", parameters["model"]!.ToJsonString());
        Assert.False(parameters.ContainsKey("range_ns")); // an empty field takes the default
    }

    [Theory]
    [InlineData("bin_ps", "wide", "a number")]
    [InlineData("bin_ps", "-3", "from")]
    [InlineData("bin_ps", "1,5", "point for decimals")]
    [InlineData("channels", "0.5", "whole numbers")]
    [InlineData("background_cps", "NaN", "numbers with commas")]
    [InlineData("selection.from_s", "early", "a number")]
    [InlineData("selection.channels", "a", "whole numbers")]
    public void What_cannot_be_used_is_refused_beside_its_field(string name, string typed, string said)
    {
        var options = new OptionsText(AnalysisCatalogue.Find("g2.cw")) { [name] = typed };

        Assert.Null(options.Read());
        Assert.Contains(said, options.Errors[name]);
        Assert.Single(options.Errors);
    }

    [Fact]
    public void The_form_begins_with_what_an_earlier_result_used()
    {
        var options = new OptionsText(AnalysisCatalogue.Find("g2.cw"), new JsonObject { ["bin_ps"] = 256, ["channels"] = new JsonArray(1, 3) });

        Assert.Equal("256", options["bin_ps"]);
        Assert.Equal("1, 3", options["channels"]);
        Assert.Equal("500", options["range_ns"]);
    }

    [Fact]
    public void A_part_of_the_photons_is_typed_read_and_offered_again()
    {
        var kind = AnalysisCatalogue.Find("g2.cw");
        var options = new OptionsText(kind) { ["selection.from_s"] = "2.5", ["selection.channels"] = "0, 1", ["selection.dtime_to_ps"] = "5000" };

        var asked = options.Read()!;

        Assert.True(options.IsSelected);
        Assert.Equal("""{"from_s":2.5,"channels":[0,1],"dtime_to_ps":5000}""", asked["selection"]!.ToJsonString());
        var again = new OptionsText(kind, kind.Complete(asked));
        Assert.Equal(("2.5", "", "0, 1"), (again["selection.from_s"], again["selection.to_s"], again["selection.channels"]));
        Assert.Equal(kind.Complete(asked).ToJsonString(), kind.Complete(again.Read()!).ToJsonString());
        Assert.Equal("from 2.5 s, channels 0, 1, micro time to 5\u202f000 ps", ResultWords.Part(kind.Complete(asked)));
        Assert.Null(ResultWords.Part(kind.Complete([])));
        Assert.False(new OptionsText(kind).IsSelected);
        Assert.False(new OptionsText(kind).Read()!.ContainsKey("selection"));
    }

    [Fact]
    public void Results_of_different_parts_are_told_apart_by_the_part()
    {
        var kind = AnalysisCatalogue.Find("g2.cw");
        JsonObject Of(double from) => kind.Complete(new() { ["selection"] = new JsonObject { ["from_s"] = from } });

        var said = ResultWords.Apart([("g2.cw", Of(1)), ("g2.cw", Of(4)), ("g2.cw", kind.Complete([]))]);

        Assert.Equal(["selection: from 1 s", "selection: from 4 s", "all photons"], said);
    }

    [Fact]
    public void A_view_survives_its_address()
    {
        var view = new FigureView(Log: true, Blocks: true) { With = [Guid.NewGuid(), Guid.NewGuid()] };

        var query = System.Web.HttpUtility.ParseQueryString(view.Query);
        var read = FigureView.Of(bool.Parse(query["log"]!), null, bool.Parse(query["blocks"]!), query["with"]);

        Assert.Equal(view, read);
        Assert.Equal("", new FigureView().Query);
    }

    [Fact]
    public void Rubbish_in_the_address_is_left_out() =>
        Assert.Empty(FigureView.Of(null, null, null, "nothing,<script>,").With);
}
