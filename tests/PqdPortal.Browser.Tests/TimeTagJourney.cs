using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>Pulsed light, from the upload to the verdict.</summary>
public sealed class TimeTagJourney(Portal portal) : IClassFixture<Portal>
{
    /// <summary>Enters; the first of the journeys makes the project of all.</summary>
    static async Task Begin(IPage page)
    {
        await page.Enter();
        await page.GotoAsync("projects");
        var project = page.GetByRole(AriaRole.Link, new() { Name = "Zn series" });
        await Expect(project.Or(page.GetByText("No project yet")).First).ToBeVisibleAsync();
        if (await project.CountAsync() == 0) await page.MakeProject();
    }

    /// <summary>Simulates a file, uploads it and opens its run when the quick check is there.</summary>
    async Task Bring(IPage page, string name, string request)
    {
        var file = await portal.Simulate(request, $"{name}.ptu");
        await page.GotoAsync("/upload");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(file);
        await page.GetByRole(AriaRole.Link, new() { Name = name }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = name })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Quick check" })).ToContainTextAsync("rate");
    }

    [Journey]
    public Task Pulsed_light_is_judged_by_its_peaks_and_behind_gates() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await Begin(page);
        await Bring(page, "dot 2, pulsed",
            """{ "kind": "pulsed", "repetition_MHz": 5, "lifetime_ns": 12, "mean_excitons": 0.2, "biexciton_ratio": 0.15, "biexciton_lifetime_ns": 1.5, "rate_cps": [90000, 90000], "jitter_sigma_ps": [100], "irf_t0_ps": 2000, "duration_s": 12, "seed": 4 }""");
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await browser.Picture("pulsed-run");

        await page.GetByRole(AriaRole.Link, new() { Name = "Correlate", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Photon correlation g2, pulsed excitation" })).ToBeVisibleAsync();
        await page.GetByLabel("IRF centre").FillAsync("2000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate", Exact = true }).ClickAsync();
        await Expect(page.GetByText(new Regex("single photon emitter: yes"))).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"g2\(0\) = .*±")).First).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot").Nth(2)).ToBeVisibleAsync();
        await browser.Picture("pulsed-result");

        // The run's page shows it now, and offers the gates.
        await page.GetByRole(AriaRole.Link, new() { Name = "dot 2, pulsed" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Analyses") }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Time-gated g2, pulsed excitation" }).ClickAsync();
        await page.GetByLabel("IRF centre").FillAsync("2000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Correlate", Exact = true }).ClickAsync();
        await Expect(page.GetByText(new Regex("cascade")).First).ToBeVisibleAsync();
        await Expect(page.GetByText("photons later than").First).ToBeVisibleAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await browser.Picture("gated-result");

        browser.AssertQuiet();
    });

    [Journey]
    public Task A_lifetime_takes_the_response_that_was_measured_with_the_same_set_up() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await Begin(page);
        await Bring(page, "IRF 405 nm",
            """{ "kind": "pulsed", "repetition_MHz": 10, "lifetime_ns": 0.001, "rate_cps": [60000], "jitter_sigma_ps": [150], "irf_t0_ps": 3000, "duration_s": 5, "seed": 21 }""");
        await Bring(page, "dot 3, decay",
            """{ "kind": "pulsed", "repetition_MHz": 10, "lifetime_ns": 9, "rate_cps": [60000], "jitter_sigma_ps": [150], "irf_t0_ps": 3000, "duration_s": 10, "seed": 22 }""");

        await page.GetByRole(AriaRole.Region, new() { Name = "Decay" }).GetByRole(AriaRole.Link, new() { Name = "Compute: Lifetime" }).ClickAsync();
        await Expect(page.GetByText(new Regex("Suggested for its name: of the same set-up"))).ToBeVisibleAsync();
        var response = page.Locator("select[name=irf_file]");
        await Expect(response.Locator("option:checked")).ToContainTextAsync("IRF 405 nm");
        await browser.Picture("lifetime-form");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compute", Exact = true }).ClickAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        // The result names the response and leads to it; computed again it is kept.
        await Expect(page.Locator("dl.facts").GetByRole(AriaRole.Link, new() { Name = "IRF 405 nm" })).ToBeVisibleAsync();
        await page.GetByText("Options", new() { Exact = true }).ClickAsync();
        await Expect(response.Locator("option:checked")).ToContainTextAsync("IRF 405 nm");
        await browser.Picture("lifetime-result");

        await page.GetByRole(AriaRole.Link, new() { Name = "dot 3, decay" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Decay" }).Locator(".js-plotly-plot")).ToBeVisibleAsync();
        await browser.Picture("lifetime-run");

        browser.AssertQuiet();
    });

    [Journey]
    public Task Two_photon_interference_takes_the_run_with_crossed_polarisations() => portal.Walk(async () =>
    {
        const string Light = "\"kind\": \"hom\", \"repetition_MHz\": 76, \"lifetime_ns\": 0.5, \"hom_delay_periods\": 1, \"M\": 0.75, \"rate_cps\": [100000, 100000], \"jitter_sigma_ps\": [40], \"duration_s\": 12";
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await Begin(page);
        await Bring(page, "dot 4, HOM orthogonal", $$"""{ {{Light}}, "polarisation": "orthogonal", "seed": 31 }""");
        await Bring(page, "dot 4, HOM parallel", $$"""{ {{Light}}, "polarisation": "parallel", "seed": 32 }""");

        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Analyses") }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Two-photon interference") }).ClickAsync();
        await Expect(page.Locator("select[name=orthogonal] option:checked")).ToContainTextAsync("dot 4, HOM orthogonal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compute", Exact = true }).ClickAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex(@"M = 0\.[0-9]+ ±")).First).ToBeVisibleAsync();
        await Expect(page.Locator("dl.facts").GetByRole(AriaRole.Link, new() { Name = "dot 4, HOM orthogonal" })).ToBeVisibleAsync();
        await browser.Picture("hom-result");

        browser.AssertQuiet();
    });
}
