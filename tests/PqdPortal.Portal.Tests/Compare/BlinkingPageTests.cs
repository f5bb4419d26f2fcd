using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Access;
using PqdPortal.Portal.Tests.Jobs;
using PqdPortal.Web.Features.Compare;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Compare;

public sealed partial class BlinkingPageTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    static readonly MadeUp[] Three =
    [
        new(On: 0.90, Levels: 2, Type: "B", G2: 0.04), new(On: 0.30, Levels: 4, Type: "undetermined", Unreliable: true), new(On: 0.60, Levels: 3, Type: "A", Bleached: true, Rate: 31_000),
    ];

    [Fact]
    public async Task A_batch_has_a_row_for_each_dot_with_what_was_found_of_it()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), Three);

        var page = await Text(batch.Code);

        Assert.Contains("3 dots, 3 measured, 3 analysed · all with bins of 10 ms and confidence 0.99", page);
        Assert.Contains("D001 0.900 ± 0.020 2 B power law, exponential 0.040 ± 0.010 20 000 10 ms", page);
        Assert.Contains("D002 0.300 ± 0.020 4 undetermined power law, exponential 20 000 10 ms many grey levels, their number is not reliable", page);
        Assert.Contains("D003 0.600 ± 0.020 3 A power law, exponential 31 000 10 ms bleached after 42 s", page);
        Assert.DoesNotContain("Without a result", page);
    }

    [Theory]
    [InlineData(null, "D001 D002 D003")]
    [InlineData("-code", "D003 D002 D001")]
    [InlineData("on", "D002 D003 D001")]
    [InlineData("-on", "D001 D003 D002")]
    [InlineData("levels", "D001 D003 D002")]
    [InlineData("type", "D003 D001 D002")]
    [InlineData("-type", "D002 D001 D003")]
    [InlineData("g2", "D001 D002 D003")]
    [InlineData("-rate", "D003 D001 D002")]
    [InlineData("'; DROP TABLE \"Batches\"", "D001 D002 D003")]
    public async Task The_order_stands_in_the_address(string? sort, string order)
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), Three);

        Assert.Equal(order, string.Join(' ', Rows().Matches(await Html(batch.Code, sort)).Select(row => row.Groups[1].Value)));
    }

    [Fact]
    public async Task Dots_without_the_number_stand_behind_whichever_way_round()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp(On: null), new MadeUp(On: 0.2), new MadeUp(On: 0.7));

        Assert.EndsWith("D001", string.Join(' ', Rows().Matches(await Html(batch.Code, "on")).Select(row => row.Groups[1].Value)));
        Assert.EndsWith("D001", string.Join(' ', Rows().Matches(await Html(batch.Code, "-on")).Select(row => row.Groups[1].Value)));
        Assert.Contains("D001 withheld", await Text(batch.Code));
        Assert.Contains("ON fraction withheld", await Text(batch.Code));
    }

    [Fact]
    public async Task The_newest_result_of_a_whole_run_speaks()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp(On: 0.11));
        await using (var db = portal.CreateDbContext())
        {
            var run = await db.Runs.Include(run => run.Emitter).SingleAsync(run => run.Emitter!.Code == batch.Code + "-S1-D001");
            BlinkingDots.Results(db, run, new(On: 0.22) { Minute = 5 });
            BlinkingDots.Results(db, run, new(On: 0.33) { Minute = 9, Selection = """{"from_s": 5}""" });
            BlinkingDots.Results(db, run, new(On: 0.44) { Minute = 12 }, AnalysisState.Failed);
            var gone = new Run { ProjectId = run.ProjectId, SampleId = run.SampleId, EmitterId = run.EmitterId, Name = "in the bin", DeletedAt = DateTimeOffset.UtcNow };
            db.Add(gone);
            BlinkingDots.Results(db, gone, new(On: 0.55) { Minute = 15 });
            await db.SaveChangesAsync();
        }

        Assert.Contains("D001 0.220 ± 0.020", await Text(batch.Code));
    }

    [Fact]
    public async Task Dots_without_a_result_are_listed_with_what_is_missing()
    {
        var at = await portal.Fresh();
        var batch = await BlinkingDots.Make(portal, at, new MadeUp(), null, null, null, null, null, null);
        await using (var db = portal.CreateDbContext())
        {
            var dots = await db.Emitters.Where(dot => dot.Sample.BatchId == batch.Id).OrderBy(dot => dot.Code).ToListAsync();
            Run Of(int dot, ReadingState reading, string? kind)
            {
                var run = new Run { ProjectId = at.Project.Id, SampleId = dots[dot].SampleId, EmitterId = dots[dot].Id, Name = "run", Reading = reading };
                if (kind is not null) run.Files.Add(new RunFile { Sha256 = at.File.Sha256, Name = "a", Kind = kind });
                db.Add(run);
                return run;
            }
            Of(2, ReadingState.Reading, null);
            Of(3, ReadingState.Read, "spectrum");
            BlinkingDots.Results(db, Of(4, ReadingState.Read, "photon-stream"), new(), AnalysisState.Refused, "Only 12 photons <b>were</b> found.");
            BlinkingDots.Results(db, Of(5, ReadingState.Read, "photon-stream"), new(), AnalysisState.Queued);
            Of(6, ReadingState.Read, "photon-stream");
            await db.SaveChangesAsync();
        }

        var page = await Text(batch.Code);

        Assert.Contains("7 dots, 4 measured, 1 analysed", page);
        Assert.Contains("D002 no run yet: measure it", page);
        Assert.Contains("D003 its file is being read", page);
        Assert.Contains("D004 no run with photons", page);
        Assert.Contains("D005 refused: Only 12 photons <b>were</b> found.", page);
        Assert.Contains("D006 waits to be computed", page);
        Assert.Contains("D007 not analysed yet", page);
        Assert.DoesNotContain("<b>were", await Html(batch.Code));
    }

    [Fact]
    public async Task A_batch_without_dots_and_one_without_runs_say_what_to_do()
    {
        var at = await portal.Fresh();

        Assert.Contains("No dot yet", await Text((await BlinkingDots.Make(portal, at)).Code));
        Assert.Contains("None has a run with photons", await Text((await BlinkingDots.Make(portal, at, [null])).Code));
    }

    [Fact]
    public async Task Options_that_differ_are_said()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp(BinMs: 10), new MadeUp(BinMs: 5));

        Assert.Contains("not all by the same options", await Text(batch.Code));
    }

    [Fact]
    public async Task A_reader_is_offered_nothing_they_may_not_do_and_a_stranger_sees_no_batch()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp());

        Assert.Contains("D001", await Html(batch.Code, who: Who.Reader));
        Assert.DoesNotContain("Analyse blinking", await Html(batch.Code, who: Who.Reader));
        var hidden = await Html(batch.Code, who: Who.Stranger);
        Assert.DoesNotContain("D001", hidden);
        Assert.Equal((await Html("NO-0001", who: Who.Stranger)).Replace("NO-0001", batch.Code), hidden);
    }

    [Fact]
    public async Task The_table_comes_as_csv_with_all_digits_and_no_formulas()
    {
        var at = await portal.Fresh();
        var batch = await BlinkingDots.Make(portal, at, new MadeUp(On: 0.123456789, AlphaOn: -0.25, Type: "A"), null);
        await using (var db = portal.CreateDbContext())
        {
            (await db.Batches.FindAsync(batch.Id))!.Name = "=HYPERLINK(\"x\")";
            await db.SaveChangesAsync();
        }

        using var http = await portal.Program(null);
        var answer = await http.SendAsync(portal.Signed(new(HttpMethod.Get, $"/api/v1/batches/{batch.Code}/blinking.csv?sort=-on"), Who.Reader, byToken: true));
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n");

        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("# batch: '=HYPERLINK", lines[0]);
        Assert.StartsWith("dot,result,on_fraction,sigma of on_fraction,n_levels,", lines[2]);
        var columns = lines[2].Split(',');
        var first = lines[3].Split(',');
        Assert.Equal(columns.Length, first.Length);
        Assert.Equal(("0.123456789", "-0.25", "A", "no"), (Cell("on_fraction"), Cell("alpha_on"), Cell("blinking_type"), Cell("bleached")));
        Assert.StartsWith($"{batch.Code}-S1-D002,,,", lines[4]);
        Assert.EndsWith("no run yet: measure it", lines[4]);

        string Cell(string name) => first[Array.IndexOf(columns, name)];
    }

    [Fact]
    public async Task A_trace_comes_as_a_small_drawing_for_who_may_see_it()
    {
        var at = await portal.Fresh();
        var batch = await BlinkingDots.Make(portal, at, new MadeUp());
        Guid id;
        await using (var db = portal.CreateDbContext())
            id = await db.Analyses.Where(a => a.Run.Emitter!.Sample.BatchId == batch.Id && a.Kind == "blinking").Select(a => a.Id).SingleAsync();
        await BlinkingDots.Report(portal, id);
        using var http = await portal.Program(null);
        Task<HttpResponseMessage> Get(Who who) => http.SendAsync(portal.Signed(new(HttpMethod.Get, $"/api/v1/analyses/{id}/thumbnail.svg"), who, byToken: true));

        var answer = await Get(Who.Reader);
        var drawing = XDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal("image/svg+xml", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(3, drawing.Root!.Elements().Count()); // trace, levels, histogram
        Assert.True(drawing.ToString().Length < 12_000, $"{drawing.ToString().Length} characters are no thumbnail");
        Assert.Equal(HttpStatusCode.NotFound, (await Get(Who.Stranger)).StatusCode);
        Assert.Contains($"api/v1/analyses/{id}/thumbnail.svg", await Html(batch.Code));
    }

    [Fact]
    public void A_thumbnail_of_odd_curves_is_still_a_drawing()
    {
        foreach (var (x, y) in ((double?[], double?[])[])[([], []), ([null], [null]), ([1.0], [5.0]), ([0.0, 1.0], [0.0, 0.0]), ([0.0, 1.0, 2.0], [1e-300, null, 3.0]), ([3.0, 3.0], [1.0, -2.0])])
        {
            var drawing = Thumbnail.Text(x, y, x, y, y, x);
            Assert.DoesNotContain("NaN", drawing);
            Assert.DoesNotContain("∞", drawing);
            XDocument.Parse(drawing);
        }
    }

    [Fact]
    public void A_flash_of_one_bin_is_not_lost_in_a_thumbnail()
    {
        double?[] time = [.. Enumerable.Range(0, 20_000).Select(i => (double?)i)], rate = [.. time.Select(t => (double?)(t == 7777 ? 100 : 1))];

        // The flash reaches the upper edge, 2 px below the top.
        Assert.Contains(" 2V", Thumbnail.Text(time, rate));
    }

    [Fact]
    public async Task Who_asks_for_all_dots_of_a_batch_is_told_when_they_may_not()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp());
        async Task<AskedOfDots?> Ask(Who who, string code)
        {
            await using var page = portal.PageOf(who);
            return await page.ServiceProvider.GetRequiredService<BlinkingCommands>().AskAll(code, []);
        }

        Assert.Null(await Ask(Who.Stranger, batch.Code));
        Assert.Null(await Ask(Who.Editor, "NO-0001"));
        await Assert.ThrowsAsync<PqdPortal.Jobs.RoleException>(() => Ask(Who.Reader, batch.Code));
    }

    [Fact]
    public async Task All_dots_are_asked_for_by_the_same_options_each_by_its_newest_run_that_fits()
    {
        var at = await portal.Fresh();
        var batch = await BlinkingDots.Make(portal, at, null, null, null);
        var light = await portal.Services.GetRequiredService<IFileStore>().Save(new MemoryStream(JobHost.Ptu()));
        await using (var db = portal.CreateDbContext())
        {
            if (await db.FindAsync<StoredFile>(light.Sha256) is null) db.Add(new StoredFile { Sha256 = light.Sha256, Length = light.Length });
            var dots = await db.Emitters.Where(dot => dot.Sample.BatchId == batch.Id).OrderBy(dot => dot.Code).ToListAsync();
            // Of the first dot the newest run cannot be read any more; the second has one run, the third none.
            foreach (var (dot, name, sha256, age) in new[] { (0, "older", light.Sha256, 2), (0, "newest", at.File.Sha256, 1), (0, "oldest", light.Sha256, 3), (1, "only", light.Sha256, 1) })
            {
                var run = new Run { ProjectId = at.Project.Id, SampleId = dots[dot].SampleId, EmitterId = dots[dot].Id, Name = name, Reading = ReadingState.Read, MeasuredAt = DateTimeOffset.UtcNow.AddDays(-age), BackgroundRates = [120, 80] };
                run.Files.Add(new RunFile { Sha256 = sha256, Name = "a.ptu", Kind = "photon-stream", Reading = ReadingState.Read, Summary = "{}" });
                db.Add(run);
            }
            await db.SaveChangesAsync();
        }
        await using var page = portal.PageOf(Who.Editor);
        var commands = page.ServiceProvider.GetRequiredService<BlinkingCommands>();

        var first = await commands.AskAll(batch.Code, new() { ["bin_ms"] = 25 });
        var again = await commands.AskAll(batch.Code, new() { ["bin_ms"] = 25 });

        List<AnalysisRecord> asked;
        await using (var db = portal.CreateDbContext())
            asked = await db.Analyses.Include(a => a.Run).Where(a => a.Run.Emitter!.Sample.BatchId == batch.Id && a.Kind == "blinking").OrderBy(a => a.Run.Name).ToListAsync();
        Assert.Equal(["older", "only"], asked.Select(a => a.Run.Name));
        Assert.All(asked, a => Assert.Equal((25, 120, 80), ((double)JsonNode.Parse(a.Parameters)!["bin_ms"]!, (double)JsonNode.Parse(a.Parameters)!["background_cps"]![0]!, (double)JsonNode.Parse(a.Parameters)!["background_cps"]![1]!)));
        Assert.Equal((2, 1), (first!.Asked, first.None));
        Assert.Equal((0, 2, 1), (again!.Asked, again.There, again.None));
        await Assert.ThrowsAsync<RequestException>(() => commands.AskAll(batch.Code, new() { ["bin_ms"] = -1 }));
        Assert.Contains("D001 waits to be computed", await Text(batch.Code));
    }

    [Fact]
    public async Task The_form_begins_with_what_the_address_says_or_with_what_most_dots_were_analysed_by()
    {
        var batch = await BlinkingDots.Make(portal, await portal.Fresh(), new MadeUp(BinMs: 7), new MadeUp(BinMs: 7), new MadeUp(BinMs: 3));
        string Bin(string html) => Regex.Match(html, "<input id=\"parameter-bin_ms\"[^>]* value=\"([^\"]*)\"").Groups[1].Value;

        Assert.Contains("Analyse blinking of all 3 dots", await Text(batch.Code));
        Assert.Equal("7", Bin(await Html(batch.Code)));
        Assert.Equal("20", Bin(await Html(batch.Code, more: ("bin_ms", "20"))));
        Assert.Equal("7", Bin(await Html(batch.Code, more: ("bin_ms", "<b>"))));
    }

    async Task<string> Html(string code, string? sort = null, Who who = Who.Editor, params (string Name, string Value)[] more)
    {
        var parameters = more.ToDictionary(one => one.Name, one => (object?)one.Value);
        parameters["Code"] = code;
        if (sort is not null) parameters["Sort"] = sort;
        await using var open = await OpenPage.Of(portal, who, typeof(BlinkingPage), parameters);
        return await open.Shown();
    }

    /// <summary>What a person reads of it.</summary>
    async Task<string> Text(string code, string? sort = null) =>
        Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(await Html(code, sort), "<[^>]+>", " ")).Replace('\u202f', ' '), "\\s+", " ");

    [GeneratedRegex("<th scope=\"row\"[^>]*><a href=\"d/[^\"]*\"[^>]*>(D[0-9]+)</a>")]
    private static partial Regex Rows();
}
