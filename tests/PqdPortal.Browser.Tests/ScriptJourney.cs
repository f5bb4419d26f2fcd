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
            await page.Ask("projects", new { code = "ZN", name = "Zn series" });
            await page.Ask("batches", new { project = "ZN", name = "night one", formula = "CsPbBr3" });
            await page.Ask("samples", new { batch = "ZN-0001", form = "isolated-dots" });
            await page.Ask("samples/ZN-0001-S1/dots", new { count = 3 });
            var light = await Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [60000, 60000], "duration_s": 6, "seed": 3 }""");
            await page.Analyse(await page.UploadTo("ZN-0001-S1-D001", light), "g2.cw");
        }
    }

    [PythonJourney]
    public Task A_token_is_made_its_script_is_copied_and_fetches_the_curves_as_arrays() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);

        // From anywhere: profile, tokens, make one, copy the script. Four clicks.
        var pace = new Pace("J21");
        await pace.Click(page.Locator(".bar-person"));
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Tokens and a script to begin with" }));
        await browser.Picture("tokens-empty");
        await page.GetByLabel("What is it for?").FillAsync("Curves for the group talk");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Make token" }));
        await Expect(page.GetByText("It is shown this once")).ToBeVisibleAsync();
        await browser.Picture("tokens");
        await pace.Click(page.Locator("[data-copy=sample-text]"));
        await Expect(page.Locator("[data-copy=sample-text]")).ToHaveTextAsync("Copied");
        pace.Within(4);
        var script = await page.EvaluateAsync<string>("() => navigator.clipboard.readText()");

        Assert.Equal(5, script.Trim().Split('\n').Length);
        var said = await Python(script);
        Assert.Contains("ZN-0001-S1-D001", said);
        Assert.Contains("g2: [", said);
        // The curves are arrays: as long as the portal's own, number for number.
        var numbers = (await Python(script + "\nprint(json.dumps({code: [curve['x']['values'], curve['y']['values']] for code, curve in g2.items()}))")).Trim().Split('\n')[^1];
        var curves = JsonSerializer.Deserialize<Dictionary<string, double?[][]>>(numbers)!;
        var (delay, value) = (Assert.Single(curves, curve => curve.Key == "ZN-0001-S1-D001").Value[0], curves["ZN-0001-S1-D001"][1]);
        Assert.Equal(delay.Length, value.Length);
        Assert.True(delay.Length > 100 && delay.SequenceEqual(delay.Order()), $"{delay.Length} delays");

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
        await page.GetByPlaceholder("Filter by tag").FillAsync("Samples");
        await page.GetByRole(AriaRole.Button, new() { Name = "Expand operation" }).ClickAsync();
        await Expect(page.Locator(".opblock-summary-path").Filter(new() { HasText = "/api/v1/dots" }).First).ToBeVisibleAsync();
        await browser.Picture("api");
        browser.AssertQuiet();
    });

    /// <summary>A journey that is skipped, and says why, where no Python can be started.</summary>
    sealed class PythonJourneyAttribute : FactAttribute
    {
        public PythonJourneyAttribute() => Skip = Browser.Missing ?? (IsThere ? null : "No python3 was found: install one to run the script of the token page.");

        static bool IsThere => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3")));
    }

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
