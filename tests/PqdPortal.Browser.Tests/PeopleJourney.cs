using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A project is set up with its people, and somebody from abroad joins it, sees it alone and is seen.</summary>
public sealed class PeopleJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";

    [Journey]
    public Task A_project_is_set_up_with_three_people_on_one_page_and_who_is_invited_sees_it_alone() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var kims = await Browser.Open(portal.Address);
        await using var phones = await Browser.Open(portal.Address, width: 360, height: 740, dark: true);
        var (ana, kim) = (anas.Page, kims.Page);
        await ana.SignUp();
        // Another project, which nobody else is to find.
        await ana.GotoAsync("/projects/new");
        await ana.GetByLabel("Name (needed)").FillAsync("Secret series");
        await ana.GetByLabel("Code (needed)").FillAsync("SEC");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "Secret series" })).ToBeVisibleAsync();
        var secret = ana.Url;
        await ana.GotoAsync("/batches/new?project=SEC");
        await ana.GetByLabel("Name (needed)").FillAsync("hidden batch");
        await ana.GetByLabel("ormula (needed)").FillAsync("CsPbI3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "hidden batch" })).ToBeVisibleAsync();

        // J3: name, code, three people with their roles, what each will see: one page, a choice for each role and one click.
        await ana.GotoAsync("/projects/new");
        await Expect(ana.GetByLabel("Name (needed)")).ToBeVisibleAsync();
        var pace = new Pace("J3");
        var form = ana.Url;
        await ana.GetByLabel("Name (needed)").FillAsync("Zn series");
        await ana.GetByLabel("Code (needed)").FillAsync("ZN");
        foreach (var (number, whom, role) in ((int, string, string)[])[(1, "Kim", "Comment"), (2, "lou@example.org", "Edit"), (3, "Mai", "Read")])
        {
            await ana.GetByLabel($"Whom to invite, {number}").FillAsync(whom);
            await pace.Choose(ana.GetByLabel($"Role of {number}"), role);
        }
        var seen = ana.GetByRole(AriaRole.Region, new() { Name = "What they will see" });
        await Expect(seen.GetByRole(AriaRole.Listitem)).ToHaveTextAsync([
            "Kim may read everything in it, download its files and comment.",
            "lou@example.org may read, comment, and record and change batches, samples, dots and runs.",
            "Mai may read everything in it and download its files."]);
        await Expect(seen).ToContainTextAsync("No other project");
        await anas.Picture("people-new-project");
        await pace.Click(ana.GetByRole(AriaRole.Button, new() { Name = "Make project" }));
        await Expect(ana.GetByText("Send each of them their link")).ToBeVisibleAsync();
        pace.Within(4, TimeSpan.FromSeconds(60));
        Assert.Equal(form, ana.Url);
        Assert.Equal(3, (await ana.Locator(".once-shown-link").AllInnerTextsAsync()).Distinct().Count());
        await anas.Picture("people-links");
        var link = await ana.Locator(".once-shown-link").First.InnerTextAsync();
        await ana.GetByRole(AriaRole.Link, new() { Name = "To the project" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Rowheader, new() { Name = "lou@example.org" })).ToBeVisibleAsync();
        var project = ana.Url;
        await ana.GotoAsync("/batches/new?project=ZN");
        await ana.GetByLabel("Name (needed)").FillAsync("shared batch");
        await ana.GetByLabel("ormula (needed)").FillAsync("CsPbBr3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "shared batch" })).ToBeVisibleAsync();
        // With a measured dot in each project.
        var light = await portal.Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [40000, 40000], "duration_s": 3, "seed": 3 }""");
        var (run, analysis) = await Measure(ana, "ZN-0001", light);
        var (secretRun, secretAnalysis) = await Measure(ana, "SEC-0001", light);

        // J16: Kim opens the link, makes an account and lands in the project: one form, one click.
        await kim.GotoAsync(link);
        await Expect(kim.GetByText("Ana Curie invites you")).ToBeVisibleAsync();
        await kims.Picture("people-join");
        await kim.GetByLabel("Your name").FillAsync("Kim");
        await kim.GetByLabel("E-mail address or sign-in name").FillAsync("kim@example.org");
        await kim.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        pace = new Pace("J16, joining");
        await pace.Click(kim.GetByRole(AriaRole.Button, new() { Name = "Make the account and join" }));
        await Expect(kim.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        Assert.Equal(project, kim.Url);
        pace.Within(1);

        // The other project is nowhere: not in a list, not at its address, not in the API, not in the search.
        await kim.GotoAsync("/projects");
        await Expect(kim.GetByRole(AriaRole.Rowheader, new() { Name = "Zn series" })).ToBeVisibleAsync();
        Assert.DoesNotContain("Secret", await kim.ContentAsync());
        await Expect(kim.GetByRole(AriaRole.Link, new() { Name = "New project" })).ToHaveCountAsync(0);
        kims.Expects("404");
        foreach (var address in (string[])[secret, "/b/SEC-0001", "/s/SEC-0001-S1", "/d/SEC-0001-S1-D001", $"/r/{secretRun}", $"/a/{secretAnalysis}"])
        {
            Assert.True(404 == (await kim.GotoAsync(address))!.Status, address);
            Assert.True(200 == (await ana.APIRequest.GetAsync(address)).Status, $"{address} is there for Ana");
        }
        await kim.GotoAsync("/projects");
        foreach (var address in (string[])["batches/SEC-0001", "samples/SEC-0001-S1", "dots/SEC-0001-S1-D001", $"runs/{secretRun}", $"analyses/{secretAnalysis}", $"analyses/{secretAnalysis}/report"])
        {
            Assert.True(404 == await kim.EvaluateAsync<int>("async address => (await fetch('/api/v1/' + address)).status", address), address);
            Assert.True(200 == (await ana.APIRequest.GetAsync("/api/v1/" + address)).Status, $"{address} is there for Ana");
        }
        foreach (var list in (string[])["batches", "samples", "dots", "runs"])
        {
            var text = await kim.EvaluateAsync<string>("async list => (await fetch(`/api/v1/lists/${list}.csv?cols=all`)).text()", list);
            Assert.Contains("ZN-0001", text);
            Assert.DoesNotContain("SEC", text);
        }
        Assert.Equal(1, await kim.EvaluateAsync<int>("async () => (await (await fetch('/api/v1/batches')).json()).total"));
        foreach (var word in (string[])["hidden batch", "Secret", "SEC-0001", "CsPbI3"])
            Assert.Equal("[]", await kim.EvaluateAsync<string>("async word => JSON.stringify((await (await fetch('/api/v1/search?q=' + encodeURIComponent(word))).json()).groups)", word));
        // By the key / from where they are, too; what is theirs is found there.
        await kim.GotoAsync("/batches");
        await Expect(kim.GetByRole(AriaRole.Link, new() { Name = "ZN-0001" }).First).ToBeVisibleAsync();
        await kim.Keyboard.PressAsync("/");
        var search = kim.GetByLabel("Search the portal");
        await Expect(search).ToBeFocusedAsync();
        await kim.Keyboard.TypeAsync("hidden batch");
        await kim.Keyboard.PressAsync("Enter");
        await Expect(kim.GetByText("Nothing fits \"hidden batch\"")).ToBeVisibleAsync();
        await search.FillAsync("shared batch");
        await Expect(kim.GetByRole(AriaRole.Option).Filter(new() { HasText = "ZN-0001" }).First).ToBeVisibleAsync();

        // Raw file and parameters: as they were brought in, byte by byte; and the parameters of each result.
        await kim.GotoAsync($"/r/{run}?tab=files");
        var raw = (await kim.Locator("a[download][href*='/files/']").First.GetAttributeAsync("href"))!;
        var file = await kim.APIRequest.GetAsync("/" + raw);
        Assert.Equal(200, file.Status);
        Assert.StartsWith("attachment", file.Headers["content-disposition"]);
        Assert.Equal(await File.ReadAllBytesAsync(light), await file.BodyAsync());
        await kim.GotoAsync($"/a/{analysis}");
        var parameters = (await kim.GetByRole(AriaRole.Link, new() { Name = "Report (JSON)" }).GetAttributeAsync("href"))!;
        var report = await kim.APIRequest.GetAsync("/" + parameters);
        Assert.Equal(200, report.Status);
        using (var said = JsonDocument.Parse(await report.TextAsync()))
            Assert.Contains("bin", said.RootElement.ToString(), StringComparison.OrdinalIgnoreCase);

        // Who else sees the batch, and why: one click. A comment is said.
        await kim.GotoAsync("/b/ZN-0001");
        pace = new Pace("J16, who else sees it");
        await pace.Click(kim.GetByText("Who can see this, and why"));
        var who = kim.Locator(".who-people");
        await Expect(who.GetByText("Ana Curie")).ToBeVisibleAsync();
        pace.Within(1);
        await Expect(who.GetByText("comment, by name since")).ToBeVisibleAsync();
        await Expect(who.GetByText("lou@example.org")).ToHaveCountAsync(0); // invitations are told to those who manage
        await kims.Picture("people-who");
        await Expect(kim.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true })).ToHaveCountAsync(0);
        await kim.GetByLabel("Comment", new() { Exact = true }).FillAsync("seen from abroad");
        await kim.GetByRole(AriaRole.Button, new() { Name = "Comment", Exact = true }).ClickAsync();
        await Expect(kim.GetByText("seen from abroad").First).ToBeVisibleAsync();

        // Ana sees who came and who did not, and makes a link for the reviewers.
        await ana.GotoAsync("/b/ZN-0001");
        await ana.GetByText("Who can see this, and why").ClickAsync();
        await Expect(ana.Locator(".who-people").GetByText("lou@example.org")).ToBeVisibleAsync();
        await Expect(ana.Locator(".who-people").GetByText("Kim", new() { Exact = true })).ToBeVisibleAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make a read-only link" }).ClickAsync();
        await ana.GetByLabel("Whom the link is for").FillAsync("the reviewers");
        await ana.GetByText("Without names").ClickAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make the link" }).ClickAsync();
        var shared = await ana.Locator(".once-shown-link").InnerTextAsync();
        await anas.Picture("people-link");
        await phones.Page.GotoAsync(shared);
        await Expect(phones.Page.GetByRole(AriaRole.Heading, new() { Name = "ZN-0001" })).ToBeVisibleAsync();
        Assert.DoesNotContain("Ana", await phones.Page.ContentAsync());
        await phones.Picture("people-shared-phone");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Revoke the link the reviewers" }).ClickAsync();
        await Expect(ana.Locator(".who-people").GetByText("read-only")).ToHaveCountAsync(0);
        phones.Expects("410");
        await phones.Page.ReloadAsync();
        await Expect(phones.Page.GetByText("This link was taken back")).ToBeVisibleAsync();

        foreach (var browser in (Browser[])[anas, kims, phones]) browser.AssertQuiet();
    });

    /// <summary>A dot of a new sample of the batch gets a run and its correlation.</summary>
    static async Task<(string Run, string Analysis)> Measure(IPage page, string batch, string light)
    {
        await page.Ask("samples", new { batch, form = "isolated-dots" });
        await page.Ask($"samples/{batch}-S1/dots", new { count = 1 });
        var run = await page.UploadTo($"{batch}-S1-D001", light);
        return (run, await page.Analyse(run, "g2.cw"));
    }
}
