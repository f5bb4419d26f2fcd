using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Analyses;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Runs;

/// <summary>What the page of a run shows at a glance, and what it offers where something is missing.</summary>
public class StripTests
{
    static readonly IReadOnlyList<AnalysisKind> Offered = [.. AnalysisCatalogue.All.Where(kind => kind.Key is "quick" or "g2.cw")];

    static AnalysisRecord Result(string kind, params (string Name, double? Value)[] values) => new()
    {
        Kind = kind, KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = kind, State = AnalysisState.Done,
        Values = [.. values.Select(value => new AnalysisValue { Name = value.Name, Value = value.Value, Unit = value.Name.EndsWith("_cps") ? "cps" : "1", Grade = "ok" })],
    };

    static readonly AnalysisRecord Quick = Result("quick", ("rate_cps", 300e3), ("rate_1_cps", 100e3), ("rate_0_cps", 200e3), ("g2_0_raw", 0.2));
    static readonly AnalysisRecord Correlated = Result("g2.cw", ("g2_0_raw", 0.1), ("g2_0_corr", null));

    static Strip Place(IReadOnlyList<Strip> strips, string name) => strips.First(strip => strip.Name == name);

    [Fact]
    public void The_quick_look_stands_in_until_there_is_the_full_result()
    {
        var before = Strips.Of([Quick], [], Offered, null);
        Assert.Equal(["trace", "counts", "g2", "decay"], before.Select(strip => strip.Name));
        Assert.Same(Quick, Place(before, "trace").Result);
        Assert.Equal((Quick, "g2", "g2.cw"), (Place(before, "g2").Result, Place(before, "g2").Curve, Place(before, "g2").Missing!.Key));

        var after = Place(Strips.Of([Correlated, Quick], [], Offered, null), "g2");
        Assert.Equal((Correlated, null), (after.Result, after.Missing));
    }

    [Fact]
    public void One_detector_has_no_rough_g2_and_nothing_is_offered_that_the_file_does_not_allow()
    {
        var alone = Result("quick", ("rate_cps", 300e3), ("g2_0_raw", null));

        var g2 = Place(Strips.Of([alone], [], [], null), "g2");

        Assert.Equal((null, null), (g2.Result, g2.Missing));
        Assert.Null(Place(Strips.Of([Result("g2.cw", ("g2_0_raw", null))], [], [], null), "g2").Result);
    }

    [Fact]
    public void What_is_being_computed_is_not_offered_again()
    {
        var g2 = Place(Strips.Of([Quick], ["g2.cw"], Offered, null), "g2");

        Assert.Equal((true, null), (g2.IsUnderWay, g2.Missing));
    }

    [Fact]
    public void Every_curve_of_the_strip_is_one_that_its_analysis_gives()
    {
        foreach (var strip in Strips.Of([.. AnalysisCatalogue.All.Select(kind => Result(kind.Key, ("g2_0_raw", 1)))], [], [], true).Where(strip => strip.Result is not null))
            Assert.Contains(AnalysisCatalogue.Find(strip.Result!.Kind).Outputs, output => output.Type == "curve" && output.Name == strip.Curve);
    }

    [Fact]
    public async Task Each_place_leads_to_its_result_and_a_missing_one_has_a_quiet_button()
    {
        var (strips, run) = (Strips.Of([Quick], [], Offered, null), Guid.NewGuid());

        var html = await Rendered.Html<ResultStrips>(("Of", strips), ("Run", run), ("Rates", Strips.Rates([Quick])), ("MayCompute", true));
        var text = await Rendered.Text<ResultStrips>(("Of", strips), ("Run", run), ("Rates", Strips.Rates([Quick])), ("MayCompute", false));

        Assert.Contains($"href=\"a/{Quick.Id}\"", html);
        Assert.Contains("g2(τ), rough", text);
        Assert.Contains($"href=\"r/{run}/analyze/g2.cw\"", html);
        Assert.True(text.IndexOf("all channels") < text.IndexOf("channel 0") && text.IndexOf("channel 0") < text.IndexOf("channel 1"), text);
        Assert.DoesNotContain("Compute", text);
        Assert.DoesNotContain("Decay", text);
    }
}
