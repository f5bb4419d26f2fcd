using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>docs/guide/first-hour.md, walked as it is written.</summary>
public sealed class FirstHourJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task The_first_hour_goes_as_the_guide_says() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address, width: 1280, height: 800);
        var page = browser.Page;
        var guide = new Guide("first-hour.md", page);

        Assert.Equal(2, guide.Commands.Count);
        var dot = await portal.Follow(guide.Commands[0], "dot.ptu");
        Assert.Equal("dotnet run --project src/PqdPortal.Web", guide.Commands[1]);

        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Welcome" })).ToBeVisibleAsync();
        await guide.Fill("Your name", "Ana Curie");
        await guide.Fill("Sign-in name or e-mail", "ana");
        await guide.Fill("Password", "seven grey dots blink");
        await guide.Fill("Laboratory or institute", "Institute of Light");
        await guide.Picture("welcome");
        await guide.Press("Begin");
        await guide.Press("Start empty");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "New project" })).ToBeVisibleAsync();
        await guide.Picture("home");

        await guide.Follow("New project");
        await guide.Fill("Name", "Zinc series", exact: false);
        await guide.Fill("Code", "ZN", exact: false);
        await guide.Press("Make project");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zinc series" })).ToBeVisibleAsync();
        // Its members are the last to come.
        await Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "Ana Curie" })).ToBeVisibleAsync();
        await guide.Picture("project");

        await guide.Follow("Record a batch");
        await guide.Fill("Name", "Hot injection 12", exact: false);
        await guide.Fill("Nominal formula", "CsPb0.98Zn0.02Br3", exact: false);
        await guide.Press("Record the batch");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hot injection 12" })).ToBeVisibleAsync();
        await guide.Picture("batch");

        await guide.Press("Split off a sample");
        await guide.Fill("Name", "PMMA 1:500", exact: false);
        await guide.Press("Make the sample");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sample PMMA 1:500" })).ToBeVisibleAsync();
        await guide.Press("Add dots");
        await guide.Fill("Dots to add", "3");
        await guide.Press("Add them");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "D003" }).First).ToBeVisibleAsync();
        await guide.Picture("sample");

        await guide.Follow("D001");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dot D001" })).ToBeVisibleAsync();
        await page.GetByLabel(guide.Named("Upload runs of this dot")).SetInputFilesAsync(dot);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Open the run" })).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\)")).First).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot")).ToHaveCountAsync(2);
        await guide.Picture("arrived");
        await guide.Follow("Open the run");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Quick check" })).ToContainTextAsync("g2(0)");
        await Expect(page.Locator(".js-plotly-plot")).ToHaveCountAsync(2);
        await guide.Picture("run");

        await guide.Follow("Correlate");
        await guide.Press("Correlate");
        await Expect(page.GetByText(new Regex(@"is below 0\.5")).First).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await guide.Picture("result");
        var first = page.Url;
        await page.GetByText(guide.Named("Options"), new() { Exact = true }).ClickAsync();
        await guide.Fill("Bin width", "2000", exact: false);
        await guide.Press("Correlate again");
        await page.WaitForURLAsync(url => url != first && url.Contains("/a/"));
        await guide.Follow("Show both");
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();

        foreach (var (download, begins) in ((string, string)[])[("CSV", "#"), ("SVG", "<"), ("Report (JSON)", "{")])
        {
            var kept = await page.RunAndWaitForDownloadAsync(() => guide.Follow(download));
            Assert.StartsWith(begins, await File.ReadAllTextAsync(await kept.PathAsync()));
        }
        await page.GetByRole(AriaRole.Link, new() { Name = guide.Named("D001") }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dot D001" })).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot")).ToHaveCountAsync(2);
        await guide.Picture("dot");

        guide.AssertWalked();
        browser.AssertQuiet();
    });
}
