using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace PqdPortal.Browser.Tests;

/// <summary>A Chromium with one fresh profile; whatever goes wrong in a page's console is kept and fails the journey.</summary>
public sealed class Browser : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _trouble = new();
    readonly IPlaywright _playwright;
    readonly IBrowser _browser;
    readonly IBrowserContext _context;

    Browser(IPlaywright playwright, IBrowser browser, IBrowserContext context, IPage page) =>
        (_playwright, _browser, _context, Page) = (playwright, browser, context, page);

    public IPage Page { get; }

    /// <summary>Why no browser can be driven here; null where one can.</summary>
    public static string? Missing { get; } = Chromium() is null
        ? "No Chromium was found: set CHROMIUM_PATH or install one."
        : null;

    public static async Task<Browser> Open(string address, int width = 1440, int height = 900, bool dark = false)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address,
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        var page = await context.NewPageAsync();
        var opened = new Browser(playwright, browser, context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") opened._trouble.Enqueue($"{message.Type} at {page.Url}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => opened._trouble.Enqueue($"uncaught at {page.Url}: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) opened._trouble.Enqueue($"{response.Status} {response.Request.Method} {response.Url}");
        };
        return opened;
    }

    /// <summary>Fails with everything the console complained of.</summary>
    public void AssertQuiet() => Assert.True(_trouble.IsEmpty, "The browser's console:\n" + string.Join("\n", _trouble));

    /// <summary>Keeps a picture where PQD_SCREENSHOTS names a folder.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is not { Length: > 0 } folder) return;
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
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
