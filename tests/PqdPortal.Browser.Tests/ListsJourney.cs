using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Seed;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>
/// A list of some hundred dots answers a question: filtered, sorted, its columns chosen; the answer is sent as an address, kept as a view of
/// the project, and taken away as a table. What it should answer is asked of the analyses themselves, not of what lists read.
/// </summary>
public sealed class ListsJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_list_is_filtered_sorted_scrolled_chosen_from_kept_as_a_view_and_taken_away_as_a_table() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var bens = await Browser.Open(portal.Address);
        var (ana, ben) = (anas.Page, bens.Page);
        await ana.SignUp();
        await ana.Invite(ben);
        await using (var db = new PortalDb((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(portal.Database).Options))
            await new LaboratorySeed(new SeedSize(14), 4).Make(db, file: null, _ => { });
        // The question: single dots in batches of much FA. Two filters, each made in the panel.
        var asked = await Codes("value.\"Value\" < 0.1 AND (batch.\"Fractions\"->>'FA')::float8 BETWEEN 0.5 AND 0.9", "value.\"Value\"");
        Assert.InRange(asked.Count, 20, 400);
        // Ben reads one of the projects that have some of them.
        var code = asked[0].Split('-')[0];
        var bensPart = asked.Where(dot => dot.StartsWith(code)).ToList();
        Assert.InRange(bensPart.Count, 1, asked.Count - 1);
        var (project, name) = ((await Ask($"""SELECT "Id"::text FROM "Projects" WHERE "Code" = '{code}'""")).Single(), (await Ask($"""SELECT "Name" FROM "Projects" WHERE "Code" = '{code}'""")).Single());
        await ana.Give($"/projects/{project}", "Ben", "read");

        await ana.GotoAsync("/dots");
        await Expect(Count(ana)).ToHaveTextAsync("700 dots");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        var filter = ana.GetByRole(AriaRole.Form, new() { Name = "Add a filter" });
        await filter.GetByLabel("To", new() { Exact = true }).FillAsync("0.1");
        await filter.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(Chip(ana, "g2(0) below 0.1")).ToBeVisibleAsync();
        await filter.GetByLabel("Column").SelectOptionAsync("x.FA");
        await filter.GetByLabel("From", new() { Exact = true }).FillAsync("0.5");
        await filter.GetByLabel("To", new() { Exact = true }).FillAsync("0.9");
        await filter.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(Chip(ana, "share of FA 0.5 to 0.9")).ToBeVisibleAsync();
        await Expect(Count(ana)).ToHaveTextAsync($"{asked.Count} dots");
        await anas.Picture("lists-filter");
        // Nonsense is said where it was typed, and asks nothing.
        await filter.GetByLabel("From", new() { Exact = true }).FillAsync("few");
        await filter.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(filter.GetByRole(AriaRole.Alert)).ToContainTextAsync("few");
        await Expect(Count(ana)).ToHaveTextAsync($"{asked.Count} dots");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Filter (2)" }).ClickAsync();
        await Expect(filter).ToHaveCountAsync(0);

        // Sorted both ways by the head of the column.
        var head = ana.GetByRole(AriaRole.Columnheader, new() { NameRegex = new(@"^g2\(0\)") });
        await head.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(head).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(Row(ana, 0)).ToContainTextAsync(asked[0]);
        await head.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(head).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(Row(ana, 0)).ToContainTextAsync(asked[^1]);

        // The columns: what is asked of stands there by itself; one goes, one comes and is moved before the last.
        await ana.GetByRole(AriaRole.Button, new() { Name = "Columns", Exact = true }).ClickAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Take Last run away" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Columnheader, new() { Name = "Last run" })).ToHaveCountAsync(0);
        await ana.GetByLabel("Add a column").SelectOptionAsync("emission_peak");
        await Expect(ana.GetByRole(AriaRole.Columnheader, new() { NameRegex = new("^Emission peak") })).ToBeVisibleAsync();
        await ana.GetByRole(AriaRole.Button, new() { NameRegex = new("^Emission peak.*: earlier$") }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Columnheader).Last).ToHaveTextAsync(new Regex("^Share of FA"));
        await anas.Picture("lists-columns");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Columns", Exact = true }).ClickAsync();

        // All of it stands in the address: loaded again it is the same, and the way back is a step.
        var address = new Uri(ana.Url);
        var said = Uri.UnescapeDataString(address.Query);
        foreach (var part in (string[])["f=g2_0<0.1", "f=x.FA:0.5..0.9", "sort=-g2_0", "emission_peak"]) Assert.Contains(part, said);
        var (heads, shown) = (await Heads(ana), await Shown(ana));
        await ana.ReloadAsync();
        await Expect(Count(ana)).ToHaveTextAsync($"{asked.Count} dots");
        Assert.Equal(heads, await Heads(ana));
        Assert.Equal(shown, await Shown(ana));
        Assert.Equal(Enumerable.Reverse(asked).Take(shown.Count), shown);

        // The table taken away has the rows that are shown, all of them and in their order, and the columns that are shown.
        var table = await Csv(ana);
        Assert.Equal(["code", "g2_0", "g2_0.sigma", "g2_0.source"], table[0].Split(',')[..4]);
        Assert.Contains("emission_peak [nm]", table[0]);
        Assert.DoesNotContain("last_run", table[0]);
        Assert.Equal(Enumerable.Reverse(asked), table.Skip(1).Select(line => line.Split(',')[0]));

        // Kept and shared with the project, it is there for Ben: his part of it, in the same shape, and no more.
        await ana.GetByRole(AriaRole.Button, new() { Name = "Views", Exact = true }).ClickAsync();
        await ana.GetByLabel("Keep what is shown as").FillAsync("single, much FA");
        await ana.GetByLabel("Who sees it").SelectOptionAsync($"everybody in {name}");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Keep this view" }).ClickAsync();
        await Expect(ana.GetByText($"shared with {name}")).ToBeVisibleAsync();
        await anas.Picture("lists-views");
        await ben.GotoAsync("/dots");
        await ben.GetByRole(AriaRole.Button, new() { Name = "Views", Exact = true }).ClickAsync();
        await ben.GetByRole(AriaRole.Link, new() { Name = "single, much FA" }).ClickAsync();
        await Expect(Count(ben)).ToHaveTextAsync($"{bensPart.Count} dots");
        Assert.Equal(heads, await Heads(ben));
        await Expect(Row(ben, 0)).ToContainTextAsync(bensPart[^1]);
        Assert.Equal(Enumerable.Reverse(bensPart), (await Csv(ben)).Skip(1).Select(line => line.Split(',')[0]));
        await Expect(ben.GetByRole(AriaRole.Button, new() { Name = "Remove single, much FA" })).ToHaveCountAsync(0);

        // A long list: its end comes as it is scrolled to, the page never holds all of it, and the address finds the place again.
        var all = await Codes("true", "emitter.\"Code\" COLLATE \"C\"");
        await ana.GotoAsync("/dots?view=all");
        await Expect(Count(ana)).ToHaveTextAsync("700 dots");
        await ana.WaitForFunctionAsync("() => { scrollTo(0, document.scrollingElement.scrollHeight); return document.querySelector('tr[data-at=\"699\"]'); }");
        await Expect(Row(ana, 699)).ToContainTextAsync(all[^1]);
        Assert.InRange(await ana.Locator("tr[data-at]").CountAsync(), 50, 200);
        await ana.WaitForFunctionAsync("() => Number(new URL(location.href).searchParams.get('at')) > 600");
        await ana.ReloadAsync();
        await Expect(Row(ana, 690)).ToBeInViewportAsync();
        await anas.Picture("lists-end");

        // A range is chosen with the shift key, over the end of what came with the page; taken back the same way.
        await ana.GotoAsync("/dots?view=all");
        await Box(ana, 4).ClickAsync();
        await ana.WaitForFunctionAsync("() => { scrollTo(0, document.querySelector('tr[data-at]').getBoundingClientRect().height * 95); return document.querySelector('tr[data-at=\"103\"]'); }");
        await Box(ana, 103).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        var chosen = ana.GetByRole(AriaRole.Region, new() { Name = "What to do with the chosen dots" });
        await Expect(chosen.GetByRole(AriaRole.Status)).ToHaveTextAsync("100 dots chosen");
        await Box(ana, 93).ClickAsync();
        await Box(ana, 84).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Expect(chosen.GetByRole(AriaRole.Status)).ToHaveTextAsync("90 dots chosen");

        // What is changed are those and no others.
        await chosen.GetByRole(AriaRole.Button, new() { Name = "Change fields of them" }).ClickAsync();
        var change = ana.GetByRole(AriaRole.Region, new() { Name = "Change dots" });
        // Where the person chose, not at the end of seven hundred rows.
        await Expect(change.GetByRole(AriaRole.Heading, new() { Name = "Change 90 dots" })).ToBeInViewportAsync();
        await Expect(Row(ana, 90)).ToBeVisibleAsync();
        await change.GetByLabel("Field").SelectOptionAsync("Notes");
        await change.GetByLabel("New value").FillAsync("look again");
        await change.GetByLabel("New value").BlurAsync();
        await change.GetByRole(AriaRole.Button, new() { Name = "Change 90 dots" }).ClickAsync();
        await Expect(change.GetByText("90 dots were changed")).ToBeVisibleAsync();
        Assert.Equal(all.Where((_, at) => at is (>= 4 and <= 103) and not (>= 84 and <= 93)), await Codes("emitter.\"Notes\" = 'look again'", "emitter.\"Code\" COLLATE \"C\""));

        anas.AssertQuiet();
        bens.AssertQuiet();
    });

    static ILocator Count(IPage page) => page.Locator(".list-count");
    static ILocator Chip(IPage page, string text) => page.GetByRole(AriaRole.List, new() { Name = "Filters" }).GetByText(text);
    static ILocator Row(IPage page, int at) => page.Locator($"tr[data-at='{at}']");
    static ILocator Box(IPage page, int at) => Row(page, at).GetByRole(AriaRole.Checkbox);

    static async Task<IReadOnlyList<string>> Heads(IPage page)
    {
        await Expect(Row(page, 0)).ToBeVisibleAsync();
        return await page.GetByRole(AriaRole.Columnheader).AllInnerTextsAsync();
    }

    /// <summary>The codes of the first rows, as the page has them.</summary>
    static async Task<IReadOnlyList<string>> Shown(IPage page) =>
        [.. (await page.Locator("tr[data-at] th[scope=row] a").AllInnerTextsAsync()).Take(20)];

    static async Task<string[]> Csv(IPage page)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "CSV", Exact = true }).ClickAsync());
        return (await File.ReadAllTextAsync(await download.PathAsync())).TrimEnd().Split("\r\n");
    }

    /// <summary>Codes of dots of whose one correlation something holds, in an order.</summary>
    Task<IReadOnlyList<string>> Codes(string condition, string order) => Ask($"""
        SELECT emitter."Code" FROM "Emitters" emitter
        JOIN "Samples" sample ON sample."Id" = emitter."SampleId" JOIN "Batches" batch ON batch."Id" = sample."BatchId"
        JOIN "Runs" run ON run."EmitterId" = emitter."Id" JOIN "Analyses" analysis ON analysis."RunId" = run."Id"
        JOIN "AnalysisValues" value ON value."AnalysisId" = analysis."Id" AND value."Name" = 'g2_0_corr'
        WHERE {condition} ORDER BY {order}
        """);

    async Task<IReadOnlyList<string>> Ask(string sql)
    {
        await using var database = NpgsqlDataSource.Create(portal.Database);
        await using var command = database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }
}
