using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace PqdPortal.Browser.Tests;

/// <summary>A Chromium with one fresh profile; whatever goes wrong in a page's console is kept and fails the journey.</summary>
public sealed class Browser : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _trouble = new(), _asked = new();
    readonly List<string> _expected = [];
    readonly IPlaywright _playwright;
    readonly IBrowser _browser;
    readonly IBrowserContext _context;

    Browser(IPlaywright playwright, IBrowser browser, IBrowserContext context, IPage page) =>
        (_playwright, _browser, _context, Page) = (playwright, browser, context, page);

    public IPage Page { get; }

    /// <summary>What the pages of a journey showed when they were closed; a journey that fails tells it.</summary>
    public static AsyncLocal<ConcurrentQueue<string>?> LastSights { get; } = new();

    /// <summary>Why no browser can be driven here; null where one can.</summary>
    public static string? Missing { get; } = Chromium() is null
        ? "No Chromium was found: set CHROMIUM_PATH or install one."
        : null;

    /// <param name="trusts">Takes a certificate that nobody has signed.</param>
    /// <param name="bypassCsp">Lets a tool of the tests into the page.</param>
    /// <param name="arguments">What Chromium is told besides.</param>
    public static async Task<Browser> Open(
        string address, int width = 1440, int height = 900, bool dark = false, bool trusts = false, bool bypassCsp = false, params string[] arguments)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", .. arguments],
        });
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address,
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            AcceptDownloads = true,
            IgnoreHTTPSErrors = trusts,
            BypassCSP = bypassCsp,
        });
        context.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        var page = await context.NewPageAsync();
        var opened = new Browser(playwright, browser, context, page);
        opened.Listen(page);
        return opened;
    }

    /// <summary>One more page of the same person.</summary>
    public async Task<IPage> Tab()
    {
        var page = await _context.NewPageAsync();
        Listen(page);
        return page;
    }

    /// <summary>Lets files leave the page no faster than this [bytes/s].</summary>
    public async Task Slow(IPage page, double rate)
    {
        var tools = await _context.NewCDPSessionAsync(page);
        await tools.SendAsync("Network.enable");
        await tools.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
        {
            ["offline"] = false, ["latency"] = 0, ["downloadThroughput"] = -1, ["uploadThroughput"] = rate,
        });
    }

    /// <summary>Gives the page a device that holds passkeys and always finds its person there.</summary>
    /// <returns>Asks it for whose address (the relying party's id) it holds any.</returns>
    public async Task<Func<Task<string[]>>> HoldPasskeys()
    {
        var device = await _context.NewCDPSessionAsync(Page);
        await device.SendAsync("WebAuthn.enable");
        var made = await device.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true,
                ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });
        return async () =>
        {
            var held = await device.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = made!.Value.GetProperty("authenticatorId").GetString()! });
            return [.. held!.Value.GetProperty("credentials").EnumerateArray().Select(one => one.GetProperty("rpId").GetString()!)];
        };
    }

    public Task<IReadOnlyList<BrowserContextCookiesResult>> Cookies() => _context.CookiesAsync();

    /// <summary>Trouble with these words in it belongs to the journey and does not fail it.</summary>
    public void Expects(params string[] words) => _expected.AddRange(words);

    void Listen(IPage page)
    {
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _trouble.Enqueue($"{message.Type} at {page.Url}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _trouble.Enqueue($"uncaught at {page.Url}: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) _trouble.Enqueue($"{response.Status} {response.Request.Method} {response.Url}");
        };
        page.Request += (_, request) => _asked.Enqueue(request.Url);
        page.WebSocket += (_, socket) => _asked.Enqueue(socket.Url);
    }

    /// <summary>Fails with everything the console complained of.</summary>
    public void AssertQuiet()
    {
        var trouble = _trouble.Where(line => !_expected.Any(line.Contains)).ToList();
        Assert.True(trouble.Count == 0, "The browser's console:\n" + string.Join("\n", trouble));
    }

    /// <summary>Every address that was asked for, live connections too.</summary>
    public IEnumerable<string> Asked => _asked;

    /// <summary>Keeps a picture where PQD_SCREENSHOTS names a folder.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is not { Length: > 0 } folder) return;
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    async Task KeepLastSights(ConcurrentQueue<string> sights)
    {
        foreach (var page in _context.Pages)
        {
            var text = "";
            try { text = await page.Locator("body").InnerTextAsync(new() { Timeout = 2000 }); }
            catch (PlaywrightException trouble) { text = trouble.Message; }
            catch (TimeoutException trouble) { text = trouble.Message; }
            sights.Enqueue($"{page.Url}: {(text.Length > 1200 ? text[..1200] : text).ReplaceLineEndings(" | ")}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (LastSights.Value is { } sights) await KeepLastSights(sights);
        await _context.CloseAsync();
        await _browser.CloseAsync();
        _playwright.Dispose();
    }

    static string? Chromium() =>
        ((string?[])[Environment.GetEnvironmentVariable("CHROMIUM_PATH"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
        .FirstOrDefault(path => path is not null && File.Exists(path));
}

/// <summary>A journey that is skipped, and says why, where no browser can be driven.</summary>
public sealed class JourneyAttribute : FactAttribute
{
    public JourneyAttribute() => Skip = Browser.Missing;
}
