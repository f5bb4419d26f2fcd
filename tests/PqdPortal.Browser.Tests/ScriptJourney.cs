using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>J21: somebody scripts. A token on the profile page, the script beside it copied and run as it stands, dots and their curves as arrays.</summary>
public sealed class ScriptJourney(ScriptJourney.PortalWithADot portal) : IClassFixture<ScriptJourney.PortalWithADot>
{
    /// <summary>A portal with one measured dot and its correlation.</summary>
    public sealed class PortalWithADot : Portal
    {
        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            if (Browser.Missing is not null) return;
            await using var browser = await Browser.Open(Address);
            var page = browser.Page;
            await page.SignUp();
            await Ask(page, "projects", new { code = "ZN", name = "Zn series" });
            await Ask(page, "batches", new { project = "ZN", name = "night one", formula = "CsPbBr3" });
            await Ask(page, "samples", new { batch = "ZN-0001", form = "isolated-dots" });
            await Ask(page, "samples/ZN-0001-S1/dots", new { count = 3 });
            var light = await Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [60000, 60000], "duration_s": 6, "seed": 3 }""");
            await page.GotoAsync("/d/ZN-0001-S1-D001");
            await page.Locator("input[type=file]").First.SetInputFilesAsync(light);
            var link = page.GetByRole(AriaRole.Link, new() { Name = "Open the run" });
            await Expect(link).ToBeVisibleAsync();
            var run = (await link.GetAttributeAsync("href"))!.Split('/')[^1];
            for (var tried = 0; (await Look(page, $"runs/{run}")).GetProperty("reading").GetString() is not "read"; tried++)
                Assert.True(tried < 600 && await Soon(), "The file was not read within a minute.");
            var id = (await Ask(page, "analyses", new { run, kind = "g2.cw" })).GetProperty("id").GetString();
            for (var tried = 0; (await Look(page, $"analyses/{id}")).GetProperty("state").GetString() is not "done"; tried++)
                Assert.True(tried < 600 && await Soon(), "The correlation was not done within a minute.");
        }

        static async Task<bool> Soon()
        {
            await Task.Delay(100);
            return true;
        }

        static async Task<JsonElement> Look(IPage page, string address) => (await (await page.APIRequest.GetAsync("/api/v1/" + address)).JsonAsync())!.Value;

        /// <summary>As a script of the page itself.</summary>
        static async Task<JsonElement> Ask(IPage page, string address, object body)
        {
            var answer = await page.EvaluateAsync<JsonElement>("""
                async ([address, body]) => {
                  const answer = await fetch(new URL('api/v1/' + address, document.baseURI), { method: 'POST', body, headers: { 'content-type': 'application/json' } });
                  return { ok: answer.ok, text: await answer.text() };
                }
                """, new[] { address, JsonSerializer.Serialize(body) });
            Assert.True(answer.GetProperty("ok").GetBoolean(), $"{address}: {answer}");
            return JsonDocument.Parse(answer.GetProperty("text").GetString()!).RootElement;
        }
    }

    [Journey]
    public Task A_token_is_made_its_script_is_copied_and_fetches_the_curves_as_arrays() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);

        // From anywhere: profile, tokens, make one, copy the script. Four clicks.
        await page.Locator(".bar-person").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Tokens and a script to begin with" }).ClickAsync();
        await browser.Picture("tokens-empty");
        await page.GetByLabel("What is it for?").FillAsync("Curves for the group talk");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();
        await Expect(page.GetByText("It is shown this once")).ToBeVisibleAsync();
        await browser.Picture("tokens");
        await page.Locator("[data-copy=sample-text]").ClickAsync();
        await Expect(page.Locator("[data-copy=sample-text]")).ToHaveTextAsync("Copied");
        var script = await page.EvaluateAsync<string>("() => navigator.clipboard.readText()");

        Assert.Equal(5, script.Trim().Split('\n').Length);
        var said = await Python(script);
        Assert.Contains("ZN-0001-S1-D001", said);
        Assert.Contains("g2: [", said);

        // The list knows of it; the token itself is gone from the page; revoked, the script is turned away.
        await page.GotoAsync("/profile/tokens");
        await Expect(page.GetByText("by Python-urllib")).ToBeVisibleAsync();
        await Expect(page.Locator("#token")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke Curves for the group talk" }).ClickAsync();
        await Expect(page.GetByText("is revoked")).ToBeVisibleAsync();
        Assert.Contains("401", await Python(script, succeeds: false));

        // The page of the API draws under the portal's own rules for scripts.
        await page.GotoAsync("/api");
        await Expect(page.GetByText("PqdPortal REST API").First).ToBeVisibleAsync();
        await Expect(page.Locator(".opblock-summary-path").Filter(new() { HasText = "/api/v1/dots" }).First).ToBeVisibleAsync();
        await browser.Picture("api");
        browser.AssertQuiet();
    });

    static async Task<string> Python(string script, bool succeeds = true)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-I", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, complained) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.StandardInput.WriteAsync(script);
        python.StandardInput.Close();
        await python.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(python.ExitCode == 0 == succeeds, $"{await said}\n{await complained}");
        return succeeds ? await said : await complained;
    }
}
