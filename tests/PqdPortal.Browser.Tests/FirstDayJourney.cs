using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A person's first day, from the first page of a new portal to g2 of their own file.</summary>
public sealed class FirstDayJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";

    [Journey]
    public Task A_new_portal_takes_a_person_from_the_first_page_to_g2_of_a_real_file() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;

        // First visit: no account yet, so the first page asks for one.
        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Welcome" })).ToBeVisibleAsync();
        await browser.Picture("welcome");
        await page.GetByLabel("Your name").FillAsync("Ana Curie");
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await browser.Picture("begin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start empty" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
        await browser.Picture("home-empty");

        // A project.
        await page.GotoAsync("/projects/new");
        await page.GetByLabel("Name (needed)").FillAsync("Zn series");
        await page.GetByLabel("Code (needed)").FillAsync("ZN");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        await browser.Picture("project");

        // A batch, a sample of it, three dots on it.
        await page.GotoAsync("/batches/new");
        await page.GetByLabel("Name", new() { Exact = false }).First.FillAsync("Hot injection 12");
        await page.GetByLabel("Nominal formula").FillAsync("CsPb0.98Zn0.02Br3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hot injection 12" })).ToBeVisibleAsync();
        await browser.Picture("batch");
        await page.GetByRole(AriaRole.Button, new() { Name = "Split off a sample" }).First.ClickAsync();
        await page.GetByLabel("Name", new() { Exact = false }).First.FillAsync("PMMA 1:500");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the sample" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sample PMMA 1:500" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add dots" }).First.ClickAsync();
        await page.GetByLabel("Dots to add").FillAsync("3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add them" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "D003" }).First.WaitForAsync();
        await browser.Picture("sample");

        // The second dot gets a real file, dropped in the browser.
        await page.GetByRole(AriaRole.Link, new() { Name = "D002" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dot D002" })).ToBeVisibleAsync();
        await browser.Picture("dot-empty");
        var upload = page.Locator("input[type=file]");
        await upload.First.SetInputFilesAsync(Path.Combine(Portal.Root, "tests", "files", "hydraharp-t3-image.ptu"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the run" }).ClickAsync();

        // The run says by itself what the file holds; the quick check comes without a reload.
        await Expect(page.GetByText("HydraHarp V2 T3").First).ToBeVisibleAsync();
        await Expect(page.GetByText("52").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Quick check" })).ToContainTextAsync("g2(0)");
        await Expect(page.Locator(".js-plotly-plot").Nth(1)).ToBeVisibleAsync();
        await browser.Picture("run");

        // Correlate it, and read g2(0) with its uncertainty and the verdict with its because.
        // The button would correlate the peaks of its pulses; this asks about the dip that continuous light has.
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Analyses") }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Photon correlation g2, continuous excitation" }).First.ClickAsync();
        await Expect(page.GetByLabel("Bin width").First).ToBeVisibleAsync();
        await browser.Picture("analyze");
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate", Exact = true }).ClickAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±.*")).First).ToBeVisibleAsync();
        // The file is of pulsed light: the portal shows the pairs and says why it does not judge them.
        await Expect(page.GetByText("this is pulsed excitation").First).ToBeVisibleAsync();
        await browser.Picture("result");

        // The address is the view, also for a wider bin beside the first result.
        var first = page.Url;
        await page.GetByText("Options", new() { Exact = true }).ClickAsync();
        await browser.Picture("result-options");
        await page.GetByLabel("Bin width").First.FillAsync("5000");
        await page.GetByLabel("Bin width").First.PressAsync("Enter");
        await page.WaitForURLAsync(url => url != first && url.Contains("/a/"));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Show both" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Bin width").First).ToHaveValueAsync("5000");
        await Expect(page.GetByText(new Regex(@"bin width 5\s000 ps")).First).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±.*")).First).ToBeVisibleAsync();
        var second = page.Url;
        await page.GotoAsync(first);
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±.*")).First).ToBeVisibleAsync();
        Assert.NotEqual(first, second);

        // The curve as numbers, from the page that has come to life: a press that begins before and ends after is none.
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        var csv = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "CSV" }).First.ClickAsync());
        var lines = await File.ReadAllLinesAsync(await csv.PathAsync());
        Assert.Contains(lines, line => line.StartsWith('#') && line.Contains("g2.cw"));
        Assert.True(lines.Count(line => !line.StartsWith('#')) > 100);

        // Another dot, under continuous light: the same way ends in a verdict with its because.
        var simulated = await portal.Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [120000, 120000], "duration_s": 8, "seed": 3 }""");
        await page.GotoAsync("/d/ZN-0001-S1-D001");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(simulated);
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the run" }).ClickAsync();
        await Expect(page.Locator(".badge-simulated")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Correlate" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate", Exact = true }).ClickAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±.*background-corrected")).First).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"is below 0\.5")).First).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await browser.Picture("result-simulated");

        // A stretch drawn up in the figure is the range of the next one.
        var drawn = page.Locator(".js-plotly-plot .xy .nsewdrag, .js-plotly-plot .nsewdrag").First;
        var at = (await drawn.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(at.X + at.Width * 0.4f, at.Y + at.Height / 2);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(at.X + at.Width * 0.6f, at.Y + at.Height / 2, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await Expect(page.GetByText(new Regex("Drawn up: delay range 1[0-9]{2} ns"))).ToBeVisibleAsync();
        await browser.Picture("result-drawn");
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate again for it" }).ClickAsync();
        await Expect(page.GetByText(new Regex("^Options\\s+delay range 1[0-9]{2} ns"))).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"is below 0\.5")).First).ToBeVisibleAsync();

        // The same of the last seconds alone.
        await page.GetByText("Options", new() { Exact = true }).ClickAsync();
        await page.GetByText("Only a part of the photons").ClickAsync();
        await page.GetByLabel("From (s)").FillAsync("5");
        await browser.Picture("part");
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate again" }).ClickAsync();
        await Expect(page.GetByText("Of a part of the photons only: from 5 s.")).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±.*background-corrected")).First).ToBeVisibleAsync();
        await Expect(page.GetByLabel("From (s)")).ToHaveValueAsync("5");
        await browser.Picture("result-part");
        await page.GotoAsync("/d/ZN-0001-S1-D001");
        await Expect(page.Locator(".js-plotly-plot").Nth(1)).ToBeVisibleAsync();
        await browser.Picture("dot");

        browser.AssertQuiet();
    });

    [Journey]
    public async Task Nobody_sees_anything_without_signing_in()
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(portal.Address) };
        foreach (var address in (string[])["/", "/dots", "/batches", "/jobs", "/upload", $"/r/{Guid.NewGuid()}"])
        {
            var answer = await http.GetAsync(address);
            Assert.True((int)answer.StatusCode is 302 or 401, $"{address} answered {answer.StatusCode}");
        }
        Assert.Equal(401, (int)(await http.GetAsync("/api/v1/dots")).StatusCode);
    }
}
