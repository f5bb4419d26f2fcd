using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>The blinking workbench, with ten minutes of a dot: from the run to the label, into the trace, and on to the bright photons.</summary>
public sealed class BlinkingJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_dot_that_blinks_gets_its_label_and_a_stretch_of_its_trace_is_computed_again() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.MakeProject();
        var file = await portal.Simulate(
            """{ "kind": "pulsed", "repetition_MHz": 5, "lifetime_ns": 12, "blinking": "exponential", "blink_type": "A", "blink_brightness": [1, 0.15], "blink_mean_s": [0.8, 0.5], "rate_cps": [3000, 3000], "background_cps": [80], "jitter_sigma_ps": [150], "irf_t0_ps": 2000, "duration_s": 600, "seed": 17 }""",
            "dot 9, blinking.ptu");
        await page.GotoAsync("/upload");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(file);
        await page.GetByRole(AriaRole.Link, new() { Name = "dot 9, blinking" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Analyses") }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Blinking: change points") }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compute", Exact = true }).ClickAsync();

        // The label with its because, then the numbers.
        await Expect(page.GetByText(new Regex("levels: 2 –"))).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(page.GetByText(new Regex("law of bright times: exponential"))).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex("bright = 0\\.[56][0-9]* ±"))).ToBeVisibleAsync();
        var trace = page.GetByRole(AriaRole.Figure, new() { Name = "Count rate over time" });
        await Expect(trace.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Figure, new() { Name = "Dark times" }).Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await Pictures(browser, "blinking");

        // What its lifetimes say comes beside.
        await page.GetByRole(AriaRole.Button, new() { Name = "Tell type A from B" }).ClickAsync();
        await Expect(page.GetByText(new Regex("blinking type: A"))).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(page.GetByRole(AriaRole.Figure, new() { Name = "Lifetime and intensity (FLID)" }).Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Figure, new() { Name = "Lifetime against intensity" }).Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await Pictures(browser, "blinking-type");

        // Into the trace: each look is a new answer, finer than the one before.
        await Expect(trace.GetByText(new Regex("the mean over [0-9.]+ ms"))).ToBeVisibleAsync();
        var ground = (await trace.Locator(".nsewdrag").First.BoundingBoxAsync())!;
        var window = page.WaitForResponseAsync(new Regex("figures/trace\\?.*from="));
        await page.Mouse.MoveAsync(ground.X + 0.4f * ground.Width, ground.Y + 60);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(ground.X + 0.6f * ground.Width, ground.Y + 70, new() { Steps = 6 });
        await page.Mouse.UpAsync();
        Assert.True((await window).Ok);
        await Expect(page.GetByText(new Regex("^Drawn up: selection: from 2[34]"))).ToBeVisibleAsync();
        for (var k = 0; k < 7; k++)
        {
            window = page.WaitForResponseAsync(new Regex("figures/trace\\?.*from="));
            await trace.GetByRole(AriaRole.Button, new() { Name = "Closer" }).FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            Assert.True((await window).Ok);
        }
        await Expect(trace.GetByText(new Regex("Each step is a bin of [0-9.]+ (ms|µs)"))).ToBeVisibleAsync();
        await browser.Picture("blinking-zoom");
        await trace.GetByRole(AriaRole.Button, new() { Name = "All", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Drawn up:")).ToHaveCountAsync(0);
        await Expect(trace.GetByText(new Regex("the mean over [0-9.]+ ms"))).ToBeVisibleAsync();

        // The middle of the run by itself: levels, dwells and lifetimes are all of that stretch.
        await trace.GetByRole(AriaRole.Button, new() { Name = "Closer" }).ClickAsync();
        await Expect(page.GetByText(new Regex("^Drawn up: selection: from 150 s, selection: to 450 s"))).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compute again for it" }).ClickAsync();
        await Expect(page.GetByText("Of a part of the photons only: from 150 s, to 450 s.")).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(page.GetByText(new Regex("levels: 2 – .* in 300 s"))).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex("blinking type: A"))).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(trace.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await browser.Picture("blinking-part");

        // On to the bright photons of this stretch.
        await page.GetByRole(AriaRole.Link, new() { Name = "Lifetime of the bright photons" }).ClickAsync();
        await Expect(page.Locator("[name='selection.light']")).ToHaveValueAsync("on");
        await Expect(page.Locator("[name='selection.from_s']")).ToHaveValueAsync("150");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compute", Exact = true }).ClickAsync();
        await Expect(page.GetByText(new Regex("^Of a part of the photons only: .*on"))).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();

        browser.AssertQuiet();
    });

    /// <summary>Where pictures are wanted: wide and narrow.</summary>
    static async Task Pictures(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is not { Length: > 0 }) return;
        foreach (var width in (int[])[360, 1440])
        {
            await browser.Page.SetViewportSizeAsync(width, 900);
            await browser.Page.WaitForTimeoutAsync(1500);
            await browser.Picture($"{name}-{width}");
        }
    }
}
