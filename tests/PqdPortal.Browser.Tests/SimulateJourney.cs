using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>From no file at all to a simulated run, and on to the plan of the next measurement.</summary>
public sealed class SimulateJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_simulated_dot_arrives_as_a_run_and_its_rates_plan_the_next_one() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.MakeProject();

        await page.GotoAsync("upload");
        await page.GetByRole(AriaRole.Link, new() { Name = "Simulate a measurement" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Simulate a measurement" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Blinking dot" }).ClickAsync();
        await Expect(page.GetByLabel("Shortest dwell (s)")).ToHaveValueAsync("0.005");
        Assert.Contains("preset=blinking", page.Url);
        await Pictures(browser, "simulate");
        await page.GetByRole(AriaRole.Link, new() { Name = "Single dot, continuous laser" }).ClickAsync();
        await Expect(page.GetByLabel("Saturation")).ToBeVisibleAsync();

        await page.GetByLabel("Signal rate (cps)").FillAsync("many");
        await page.GetByRole(AriaRole.Button, new() { Name = "Simulate", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "Expected numbers" })).ToBeVisibleAsync();
        await page.GetByLabel("Signal rate (cps)").FillAsync("120000, 90000");
        await page.GetByLabel("Duration (s)").FillAsync("3");
        await page.GetByLabel("Name of the run").FillAsync("Trial dot");
        await page.GetByRole(AriaRole.Button, new() { Name = "Simulate", Exact = true }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Trial dot" })).ToBeVisibleAsync();
        await Expect(page.Locator("h1 .badge-simulated")).ToBeVisibleAsync();
        var how = page.GetByRole(AriaRole.Link, new() { Name = "How long to measure for a wanted error" });
        await Expect(how).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await browser.Picture("simulated-run-1440");

        await how.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "How long to measure" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Rate of detector A (cps)")).ToHaveValueAsync(new Regex("^1(19|20|21)"));
        await Expect(page.GetByLabel("Background of A (cps)")).ToHaveValueAsync("600");
        var plan = page.GetByRole(AriaRole.Status, new() { Name = "The plan" });
        await Expect(plan).ToContainTextAsync("to know g2(0) to ± 0.02");
        await Pictures(browser, "plan");
        var before = await plan.InnerTextAsync();

        await page.GetByLabel("Wanted standard error").FillAsync("0.01");
        await page.GetByRole(AriaRole.Button, new() { Name = "Plan", Exact = true }).ClickAsync();
        await Expect(plan).ToContainTextAsync("to know g2(0) to ± 0.01");
        await Expect(page).ToHaveURLAsync(new Regex("wanted=0.01"));
        var address = page.Url;
        await page.GetByLabel("Quantity").SelectOptionAsync("lifetime");
        await Expect(plan).ToContainTextAsync("to know the lifetime to ± 1 %");
        await page.GoBackAsync();
        await Expect(plan).ToContainTextAsync("to know g2(0) to ± 0.01");
        Assert.Equal(address, page.Url);
        Assert.NotEqual(before, await plan.InnerTextAsync());
        browser.AssertQuiet();
    });

    /// <summary>Where pictures are wanted: wide and narrow.</summary>
    static async Task Pictures(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is not { Length: > 0 }) return;
        foreach (var width in (int[])[360, 1440])
        {
            await browser.Page.SetViewportSizeAsync(width, 900);
            await browser.Page.WaitForTimeoutAsync(700);
            await browser.Picture($"{name}-{width}");
        }
    }
}
