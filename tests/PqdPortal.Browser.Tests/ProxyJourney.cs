using System.Net;
using System.Security.Cryptography;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>The portal as people meet it in an institute: in a folder of an address that a proxy serves over HTTPS.</summary>
public sealed class ProxyJourney(ProxyJourney.PortalInAFolder portal) : IClassFixture<ProxyJourney.PortalInAFolder>
{
    public sealed class PortalInAFolder : Portal
    {
        protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Portal__Web__PathBase"] = "/pqd" };
    }

    [ProxyJourney]
    public Task Behind_nginx_in_a_folder_a_file_is_uploaded_seen_and_taken_home_and_nothing_is_asked_for_elsewhere() => portal.Walk(async () =>
    {
        await using var nginx = await Nginx.Start(new Uri(portal.Address));
        var home = $"https://localhost:{nginx.Port}/pqd/";
        await using var browser = await Browser.Open(home, trusts: true);
        var page = browser.Page;

        await page.Enter();
        await page.MakeProject();
        Assert.All(await browser.Cookies(), cookie =>
        {
            Assert.True(cookie.Secure, $"The cookie {cookie.Name} travels without encryption too.");
            Assert.True(cookie.HttpOnly, $"Scripts can read the cookie {cookie.Name}.");
            Assert.StartsWith("/pqd", cookie.Path);
        });

        // In more than one piece, so that the address of the upload is asked again.
        var file = await portal.Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [300000, 300000], "duration_s": 5, "seed": 4 }""");
        Assert.True(new FileInfo(file).Length > 8 << 20);
        await page.GotoAsync("upload");
        await page.Locator("input[type=file]").SetInputFilesAsync(file);
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the run" }).ClickAsync();
        // Live messages come through: the result stands there without a reload.
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Quick check" })).ToContainTextAsync("g2(0)");
        var run = page.Url;
        Assert.StartsWith(home + "r/", run);
        await page.GetByRole(AriaRole.Link, new() { Name = "Files (1)" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = Path.GetFileName(file) }).First.ClickAsync());
        Assert.Equal(await Hash(file), await Hash(await download.PathAsync()));
        await page.GotoAsync(run);
        await page.GetByRole(AriaRole.List, new() { Name = "Latest results" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await browser.Picture("behind-nginx");

        Assert.All(browser.Asked.Where(address => !address.StartsWith("data:") && !address.StartsWith("blob:")), address =>
            Assert.True(address.StartsWith(home) || address.StartsWith(home.Replace("https:", "wss:")), $"{address} lies outside of {home}"));
        Assert.Contains(browser.Asked, address => address.StartsWith("wss:"));
        browser.AssertQuiet();

        // A stranger who follows the link is led to the sign-in, below the folder and over HTTPS, and from there back.
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
        var led = await stranger.GetAsync(run);
        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
        var to = new Uri(new Uri(run), led.Headers.Location!);
        Assert.StartsWith(home + "sign-in?", to.ToString());
        Assert.Contains("ReturnUrl=" + Uri.EscapeDataString(new Uri(run).AbsolutePath), to.Query);
        using var announce = new HttpRequestMessage(HttpMethod.Options, home + "api/v1/uploads");
        Assert.Equal("1.0.0", (await stranger.SendAsync(announce)).Headers.GetValues("Tus-Version").Single());
        var bare = await stranger.GetAsync(home.TrimEnd('/'));
        Assert.Equal((HttpStatusCode.MovedPermanently, home), (bare.StatusCode, bare.Headers.Location!.ToString()));

        // The portal starts anew behind the proxy in the middle of an upload: the page goes on where it was.
        await page.GotoAsync("upload");
        await browser.Slow(page, 4e6);
        var announced = 0;
        page.Request += (_, request) => { if (request.Method == "POST" && request.Url.EndsWith("/api/v1/uploads")) announced++; };
        var large = await portal.Write("behind the proxy.dat", 40_000_000);
        await page.Locator("input[type=file]").SetInputFilesAsync(large);
        var row = page.Locator(".upload-row", new() { HasText = "behind the proxy" });
        await Expect(row).ToContainTextAsync("17 MB of 40 MB confirmed");
        browser.Expects("502", "504", "WebSocket", "WebSockets", "net::ERR", "Failed to complete negotiation", "Failed to start the connection", "Connection disconnected", "circuit", "Circuit", "_blazor");
        await portal.Kill();
        await portal.Start();
        await Expect(row).ToContainTextAsync("arrived whole", new() { Timeout = 120_000 });
        Assert.Equal(1, announced);
        browser.AssertQuiet();
    });

    [ProxyJourney]
    public Task Behind_nginx_a_passkey_is_made_and_used_at_the_address_that_people_see() => portal.Walk(async () =>
    {
        // Another name than any the portal has for itself: what it tells the device has to come from outside.
        const string host = "lab.example.org";
        await using var nginx = await Nginx.Start(new Uri(portal.Address), host);
        var home = $"https://{host}:{nginx.Port}/pqd/";
        // A browser uses no passkey where it had to overlook a wrong certificate; told of the key it takes this one for good.
        await using var browser = await Browser.Open(home, arguments: [$"--host-resolver-rules=MAP {host} 127.0.0.1", $"--ignore-certificate-errors-spki-list={nginx.KeyHash}"]);
        var page = browser.Page;
        var held = await browser.HoldPasskeys();
        await page.Enter();

        await page.GotoAsync("profile");
        var add = page.Locator("form[data-passkey=make]");
        await add.GetByLabel("Name").FillAsync("Laptop in the laboratory");
        await add.GetByLabel("Present password").FillAsync(Steps.Password);
        await add.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.GetByText("The passkey is added.")).ToBeVisibleAsync();
        Assert.Equal([host], await held());

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.GotoAsync("sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
        Assert.StartsWith(home, page.Url);
        Assert.All(await browser.Cookies(), cookie => Assert.True(cookie.Secure, $"The cookie {cookie.Name} travels without encryption too."));
        browser.AssertQuiet();
    });

    static async Task<string> Hash(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
    }
}
