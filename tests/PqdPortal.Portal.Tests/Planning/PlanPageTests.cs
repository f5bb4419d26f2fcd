using PqdPortal.Data.Analyses;
using PqdPortal.Portal.Tests.Access;
using PqdPortal.Web.Features.Planning;

namespace PqdPortal.Portal.Tests.Planning;

/// <summary>The page that says how long to measure.</summary>
public sealed class PlanPageTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    static AnalysisRecord Found(Things at, string kind, string parameters, params (string Name, double Value, double? Sigma, string Unit)[] values) => new()
    {
        ProjectId = at.Project.Id, RunId = at.Run.Id, Kind = kind, KindVersion = 1, Parameters = parameters, Inputs = "{}", Fingerprint = $"{kind} {at.Run.Id}",
        State = AnalysisState.Done, RequestedAt = DateTimeOffset.UtcNow.AddMinutes(1),
        Values = [.. values.Select(v => new AnalysisValue { Name = v.Name, Value = v.Value, Sigma = v.Sigma, Unit = v.Unit, Grade = "ok" })],
    };

    [Fact]
    public async Task A_plan_begins_with_the_rates_of_the_run_and_what_was_found_from_it()
    {
        var at = await portal.Fresh();
        await using (var db = portal.CreateDbContext())
        {
            db.Add(Found(at, "quick", "{}", ("rate_1_cps", 151234, 30, "cps"), ("rate_0_cps", 142345, 30, "cps"), ("rate_cps", 293579, 40, "cps"), ("duration_s", 30, null, "s")));
            db.Add(Found(at, "g2.cw", """{ "background_cps": [2000, 1500], "jitter_sigma_ps": [180] }""", ("t1_ns", 7.25, 0.1, "ns"), ("g2_0_corr", -0.004, 0.02, "1")));
            await db.SaveChangesAsync();
        }

        await using var page = await OpenPage.Of(portal, Who.Reader, typeof(PlanPage), new() { ["Run"] = at.Run.Id });
        var shown = System.Net.WebUtility.HtmlDecode(await page.Shown());

        foreach (var value in (string[])["142340", "151230", "2000", "1500", "7.25", "180", "30"]) Assert.Contains($"value=\"{value}\"", shown);
        Assert.Contains("value=\"0\"", shown); // g2(0) found below zero is planned as zero
        Assert.Contains("Measure at least", shown);
        Assert.Contains("to know g2(0) to ± 0.02", shown);
        Assert.Contains("pairs within the dip", shown);
        Assert.Contains($"r/{at.Run.Id}", shown);
    }

    [Fact]
    public async Task Without_a_run_a_plan_begins_with_usual_values()
    {
        await using var page = await OpenPage.Of(portal, Who.Stranger, typeof(PlanPage), []);

        Assert.Contains("Measure at least", await page.Shown());
    }

    [Fact]
    public async Task What_the_address_says_is_what_is_planned()
    {
        async Task<string> Page(params (string Name, string Value)[] query)
        {
            await using var page = await OpenPage.Of(portal, Who.Stranger, typeof(PlanPage), query.ToDictionary(one => one.Name, one => (object?)one.Value));
            return System.Net.WebUtility.HtmlDecode(await page.Shown());
        }

        Assert.Contains("to know the lifetime to ± 3 %", await Page(("question", "lifetime"), ("wanted", "0.03"), ("rate_a_cps", "5000")));
        Assert.Contains("for each of the two files to know M", await Page(("question", "hom"), ("M", "0.9")));
        Assert.Contains("leaves nothing of its 100 cps", await Page(("rate_a_cps", "100"), ("background_a_cps", "100")));
        Assert.Contains("Expected a number", await Page(("rate_a_cps", "many")));
        Assert.Contains("takes", await Page(("rate_a_cps", "100"), ("rate_b_cps", "100"), ("duration_s", "1")));
        Assert.Contains("g2(0), continuous laser", await Page(("question", "nonsense"), ("nothing", "1")));
    }
}
