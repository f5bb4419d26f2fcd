using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>What the page does with files that are large, interrupted, or sent twice.</summary>
public sealed class UploadJourney(UploadJourney.PortalOfAna portal) : IClassFixture<UploadJourney.PortalOfAna>
{
    /// <summary>A portal with one person and one project, which takes files up to 60 MB.</summary>
    public sealed class PortalOfAna : Portal
    {
        protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Portal__Uploads__MaxBytes"] = "60000000" };

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            if (Browser.Missing is not null) return;
            await using var browser = await Browser.Open(Address);
            await browser.Page.SignUp();
            await browser.Page.MakeProject();
        }
    }

    const int Length = 40_000_000;

    /// <summary>Slow enough to be interrupted: two seconds for a piece of the page [bytes/s].</summary>
    const double Rate = 4e6;

    [Journey]
    public Task An_upload_goes_on_where_it_stopped_when_the_page_is_loaded_again() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();
        var file = await portal.Write("night.dat", Length);
        await page.GotoAsync("/upload");
        await browser.Slow(page, Rate);
        await Choose(page, file);
        await Expect(Row(page, "night")).ToContainTextAsync(new Regex("(17|25) MB of 40 MB confirmed"));

        var pieces = new List<long>();
        page.Request += (_, request) => { if (request.Method == "PATCH") pieces.Add(long.Parse(request.Headers["upload-offset"])); };
        // What the page has under way ends with the page.
        browser.Expects("net::ERR_ABORTED");
        await page.ReloadAsync();
        var begun = page.GetByRole(AriaRole.List, new() { Name = "Not whole yet" });
        await Expect(begun).ToContainTextAsync("night.dat");
        await Expect(begun).ToContainTextAsync("of 40 MB confirmed");
        pieces.Clear();
        await Choose(page, file);
        await Expect(Row(page, "night")).ToContainTextAsync("taken up where it stopped");
        await Expect(Row(page, "night")).ToContainTextAsync("arrived whole");

        Assert.True(pieces[0] >= 2 * 8 << 20, $"It began again at byte {pieces[0]}.");
        await Expect(begun).ToHaveCountAsync(0);
        await IsWhole(page, "night", file);
        browser.AssertQuiet();
    });

    [Journey]
    public Task Of_two_tabs_with_the_same_upload_one_sends_and_one_watches_and_both_hear_of_the_end() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var (one, two) = (browser.Page, await browser.Tab());
        await one.SignIn();
        var runs = await Runs(one);
        var file = await portal.Write("twice.dat", Length + 1);
        await browser.Slow(one, Rate);
        await browser.Slow(two, Rate);
        await one.GotoAsync("/upload");
        await Choose(one, file);
        await Expect(Row(one, "twice")).ToContainTextAsync("8.4 MB of 40 MB confirmed");
        // Whoever comes second to a piece is told so.
        browser.Expects("423", "409");
        await two.GotoAsync("/upload");
        await Choose(two, file);

        var watches = new Regex(@"\d\d MB of 40 MB confirmed; another page or program sends this file already");
        var first = await Task.WhenAny(Expect(Row(one, "twice")).ToContainTextAsync(watches), Expect(Row(two, "twice")).ToContainTextAsync(watches));
        await first;
        foreach (var page in (IPage[])[one, two]) await Expect(Row(page, "twice")).ToContainTextAsync("arrived whole", new() { Timeout = 60_000 });

        Assert.Equal(await LinkOf(one, "twice"), await LinkOf(two, "twice"));
        Assert.Equal(runs + 1, await Runs(one));
        await IsWhole(two, "twice", file);
        browser.AssertQuiet();
    });

    [Journey]
    public Task The_same_file_from_two_browsers_at_once_is_one_run_and_the_second_is_told() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        await using var other = await Browser.Open(portal.Address);
        var pages = new[] { browser.Page, other.Page };
        var file = await portal.Write("both.dat", 20_000_000);
        foreach (var page in pages)
        {
            await page.SignIn();
            await page.GotoAsync("/upload");
        }
        var runs = await Runs(pages[0]);
        await browser.Slow(pages[0], Rate);
        await other.Slow(pages[1], Rate);

        await Task.WhenAll(pages.Select(page => Choose(page, file)));
        foreach (var page in pages) await Expect(Row(page, "both")).ToContainTextAsync("Open the run");

        var said = string.Join(" ", await Task.WhenAll(pages.Select(page => Row(page, "both").TextContentAsync())));
        Assert.Contains("arrived whole", said);
        Assert.Contains("nothing was doubled", said);
        Assert.Equal(await LinkOf(pages[0], "both"), await LinkOf(pages[1], "both"));
        Assert.Equal(runs + 1, await Runs(pages[0]));
        browser.AssertQuiet();
        other.AssertQuiet();
    });

    [Journey]
    public Task The_page_tells_the_limit_and_sends_nothing_of_a_file_beyond_it() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();
        await page.GotoAsync("/upload");
        await Expect(page.GetByText("Up to 60 MB a file.")).ToBeVisibleAsync();

        await Choose(page, await portal.Write("too large.dat", 61_000_000));

        await Expect(Row(page, "too large")).ToContainTextAsync("has 61 MB; this portal takes files up to 60 MB");
        Assert.DoesNotContain(browser.Asked, address => address.Contains("/api/v1/uploads/"));
        browser.AssertQuiet();
    });

    [Journey]
    public Task Ten_million_photons_are_judged_ten_seconds_after_their_upload() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();
        var file = await portal.Simulate("""{ "kind": "two_level", "rate_cps": [250000, 250000], "duration_s": 20, "record_type": "HydraHarp V2 T2", "seed": 7 }""");
        await page.GotoAsync("/upload");
        // From the moment that the last piece is on its way: a little more than was promised to be measured.
        long sent = 0;
        page.Request += (_, request) => { if (request.Method == "PATCH") sent = Stopwatch.GetTimestamp(); };

        await Choose(page, file);
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the run" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Quick check" })).ToContainTextAsync("g2(0)");

        var waited = Stopwatch.GetElapsedTime(sent);
        Console.WriteLine($"Ten million photons ({new FileInfo(file).Length / 1e6:0.0} MB): quick result on the page {waited.TotalSeconds:0.00} s after the last piece was sent.");
        await Expect(page.GetByText(new Regex(@"10[ \u2009\u202f,]?000[ \u2009\u202f,]?\d\d\d")).First).ToBeVisibleAsync();
        Assert.True(waited < TimeSpan.FromSeconds(10), $"It took {waited.TotalSeconds:0.0} s.");
        browser.AssertQuiet();
    });

    static Task Choose(IPage page, string file) => page.Locator("input[type=file]").First.SetInputFilesAsync(file);

    static ILocator Row(IPage page, string name) => page.Locator(".upload-row", new() { HasText = name });

    static async Task<string> LinkOf(IPage page, string name) =>
        (await Row(page, name).GetByRole(AriaRole.Link, new() { Name = "Open the run" }).GetAttributeAsync("href"))!;

    static async Task<int> Runs(IPage page) => (await (await page.APIRequest.GetAsync("/api/v1/runs")).JsonAsync())!.Value.GetProperty("total").GetInt32();

    /// <summary>The run that the row leads to holds the file, byte by byte.</summary>
    static async Task IsWhole(IPage page, string name, string file)
    {
        var run = (await LinkOf(page, name)).Split('/')[^1];
        var told = (await (await page.APIRequest.GetAsync($"/api/v1/runs/{run}")).JsonAsync())!.Value;
        var sha = told.GetProperty("files")[0].GetProperty("sha256").GetString();
        await using var content = File.OpenRead(file);
        Assert.Equal(Convert.ToHexStringLower(await SHA256.HashDataAsync(content)), sha);
    }
}
