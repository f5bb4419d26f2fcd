using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PqdPortal.Portal.Tests;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A file of every kind through the browser: it ends as read, as stored and not understood, or as refused, with the page to match.</summary>
public sealed class EveryFileJourney(EveryFileJourney.PortalOfAna portal) : IClassFixture<EveryFileJourney.PortalOfAna>
{
    /// <summary>A portal with one person and one project.</summary>
    public sealed class PortalOfAna : Portal
    {
        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            if (Browser.Missing is not null) return;
            await using var browser = await Browser.Open(Address);
            await browser.Page.SignUp();
            await browser.Page.MakeProject();
        }
    }

    [Journey]
    public Task A_decay_is_seen_at_once_and_looked_at_in_other_ways() => Walk(async (browser, page) =>
    {
        await Upload(page, "decay.phu", SmallFiles.Phu(SmallFiles.Decay(), SmallFiles.Decay(900), new uint[4096]));
        await Expect(page.Locator("h2", new() { HasText = "PicoQuant PHU" })).ToBeVisibleAsync();
        await Drawn(page, "Decay");
        await Expect(page.Locator(".plot-note")).ToContainTextAsync("empty bins behind");

        await page.GetByRole(AriaRole.Link, new() { Name = "Empty tail" }).ClickAsync();
        await Expect(page.Locator(".plot-note")).Not.ToContainTextAsync("empty bins behind");
        await page.GetByLabel("Curve").SelectOptionAsync("2");
        await Expect(page).ToHaveURLAsync(new Regex("show=2"));
        await page.GetByText("Data table").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "curve 2" })).ToBeVisibleAsync();
        // The address is the view: another person sees the same.
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Curve")).ToHaveValueAsync("2");
        await Pictures(browser, "file-decay");
    });

    [Journey]
    public Task A_measurement_and_its_settings_are_one_run_and_a_layout_that_is_open_is_chosen_on_its_page() => Walk(async (browser, page) =>
    {
        await Upload(page, "tags.spc", SmallFiles.Spc());
        await Expect(page.GetByText("put the .set file beside it")).ToBeVisibleAsync();
        var run = page.Url;
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a file", Exact = true }).ClickAsync();
        await Send(page, "tags.set", SmallFiles.Set());
        Assert.Equal(run, page.Url);
        await Expect(page.GetByText("Settings that tags.spc was read with")).ToBeVisibleAsync();
        await Expect(page.GetByText("put the .set file beside it")).ToHaveCountAsync(0);
        await Drawn(page, "Count rate");
        await Pictures(browser, "file-spc");

        await Upload(page, "short.spc", SmallFiles.UndecidedSpc());
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Stored, not understood: short.spc" })).ToBeVisibleAsync();
        await Pictures(browser, "file-open");
        await page.GetByLabel("Layout of the records").SelectOptionAsync("spc-130");
        await page.GetByRole(AriaRole.Button, new() { Name = "Read it so" }).ClickAsync();
        await Expect(page.GetByText("The layout spc-130 was chosen by hand.")).ToBeVisibleAsync();
    });

    [Journey]
    public Task What_is_refused_and_what_is_not_understood_say_why_and_what_to_do() => Walk(async (browser, page) =>
    {
        await Upload(page, "cut.phu", SmallFiles.Phu(SmallFiles.Decay())[..150]);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Refused: cut.phu" })).ToBeVisibleAsync();
        await Expect(page.GetByText("Because:")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Read it again" })).ToBeVisibleAsync();
        await Pictures(browser, "file-refused");

        await Upload(page, "notes.bin", [.. Enumerable.Range(0, 500).Select(i => (byte)(i * 37 % 7))]);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Stored, not understood: notes.bin" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("The first bytes of the file")).ToContainTextAsync("0000  00 02 04 06");
        await page.GetByText(new Regex("What the portal reads")).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "PicoQuant PTU" })).ToBeVisibleAsync();
        await Pictures(browser, "file-unknown");
    });

    [Journey]
    public Task A_spectrum_and_a_series_are_drawn_on_their_own_axis() => Walk(async (browser, page) =>
    {
        await Upload(page, "spectrum.csv", SmallFiles.Spectra());
        await Drawn(page, "Spectrum");
        await Pictures(browser, "file-spectrum");

        await Upload(page, "series.csv", SmallFiles.Spectra(24));
        await Drawn(page, "Spectra");
        await Expect(page.Locator(".series-map")).ToHaveJSPropertyAsync("complete", true);
        Assert.True(await page.Locator(".series-map").EvaluateAsync<int>("map => map.naturalWidth") > 100);
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(page.Locator(".plot-note")).ToContainTextAsync("Spectrum 2 of 24");
        await Pictures(browser, "file-series");
    });

    [Journey]
    public Task An_image_has_a_scale_bar_from_its_own_file() => Walk(async (browser, page) =>
    {
        await Upload(page, "dots.tif", SmallFiles.Tiff());
        await Expect(page.GetByText("a pixel is 2 nm wide")).ToBeVisibleAsync();
        await Expect(page.Locator(".picture-scale text")).ToHaveTextAsync("100 nm");
        var drawn = page.WaitForResponseAsync(answer => answer.Url.Contains("picture.png") && answer.Url.Contains("clip=0.02"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Strong contrast" }).ClickAsync();
        Assert.Equal(200, (await drawn).Status);
        await Pictures(browser, "file-image");
    });

    [Journey]
    public Task A_table_of_time_tags_becomes_a_count_rate() => Walk(async (browser, page) =>
    {
        await Upload(page, "tags.csv", SmallFiles.TagTable());
        await Drawn(page, "Count rate");
        await Pictures(browser, "file-tags");
    });

    [Hdf5Journey]
    public Task A_photon_stream_is_taken_home_as_Photon_HDF5_with_every_photon_in_its_place() => Walk(async (browser, page) =>
    {
        var table = SmallFiles.TagTable(tags: 3000);
        await Upload(page, "tags to go.csv", table);
        await page.GetByRole(AriaRole.Link, new() { Name = "Files (1)" }).ClickAsync();
        var link = page.GetByRole(AriaRole.Link, new() { Name = "Download as Photon-HDF5" });
        await Expect(link).ToBeVisibleAsync();
        await Pictures(browser, "file-hdf5");

        var taken = await page.RunAndWaitForDownloadAsync(() => link.ClickAsync());

        Assert.Equal("tags to go.h5", taken.SuggestedFilename);
        var back = await portal.Convert(await taken.PathAsync(), "csv", "back.csv");
        Assert.Equal(Numbers(System.Text.Encoding.UTF8.GetString(table).Split('\n')), Numbers(await File.ReadAllLinesAsync(back)));

        static string[] Numbers(IEnumerable<string> lines) => [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))];
    });

    [RealJourney]
    public Task Every_real_file_ends_as_read_as_stored_or_as_refused_with_the_page_to_match() => Walk(async (browser, page) =>
    {
        var files = Directory.GetFiles(RealJourneyAttribute.Folder!).Where(file => Path.GetFileName(file) is not ("MANIFEST.json" or "README.md")).ToList();
        await page.GotoAsync("/upload");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(files);
        var links = page.GetByRole(AriaRole.Link, new() { Name = "Open the run" });
        await Expect(links).ToHaveCountAsync(files.Count, new() { Timeout = 300_000 });
        var runs = (await links.EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href').split('/').at(-1))")).Distinct().ToList();

        List<string> wrong = [], endings = [];
        foreach (var id in runs)
        {
            JsonElement run;
            while ((run = (await (await page.APIRequest.GetAsync($"/api/v1/runs/{id}")).JsonAsync())!.Value).GetProperty("reading").GetString() is "waiting" or "reading") await Task.Delay(300);
            foreach (var file in run.GetProperty("files").EnumerateArray())
            {
                var (name, kind) = (file.GetProperty("name").GetString()!, file.GetProperty("kind").GetString());
                var (role, reading) = (file.GetProperty("role").GetString(), file.GetProperty("reading").GetString());
                endings.Add($"{name}: {(role == "settings" ? role : reading)} {kind} {file.GetProperty("message").GetString()}");
                if (role == "settings") continue;
                await page.GotoAsync($"/r/{id}?file={file.GetProperty("id").GetString()}");
                try
                {
                    await Expect(Shown(page, name, kind, reading)).ToBeVisibleAsync(new() { Timeout = 20_000 });
                    if ((reading, kind) is ("read", "image"))
                        Assert.Equal(200, (await page.APIRequest.GetAsync($"/api/v1/runs/{id}/files/{file.GetProperty("id").GetString()}/picture.png")).Status);
                    await browser.Picture($"real-{name.Replace('.', '-')}");
                }
                catch (Exception trouble) when (trouble is PlaywrightException or TimeoutException)
                {
                    wrong.Add($"{name} ({reading}, {kind}): {trouble.Message.Split('\n')[0]}");
                }
            }
        }
        foreach (var ending in endings.Order()) Console.WriteLine(ending);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    });

    /// <summary>What the page of a file shows first.</summary>
    static ILocator Shown(IPage page, string name, string? kind, string? reading) => (reading, kind) switch
    {
        ("failed", _) => page.GetByRole(AriaRole.Heading, new() { Name = $"Refused: {name}" }),
        ("stored-unread", _) => page.GetByRole(AriaRole.Heading, new() { Name = $"Stored, not understood: {name}" }),
        ("read", "histogram" or "spectrum" or "spectrum-series") => page.Locator(".file-view .plot-canvas .main-svg").First,
        ("read", "image") => page.Locator(".picture-values image"),
        // A stream without a unit of time has no rate; it says so where the quick check would stand.
        ("read", "photon-stream") => page.Locator(".plot-canvas .main-svg, section[aria-label='Quick check'] p").First,
        _ => page.GetByText("no such ending"),
    };

    Task Walk(Func<Browser, IPage, Task> walk) => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        await browser.Page.SignIn();
        await walk(browser, browser.Page);
        browser.AssertQuiet();
    });

    static async Task Upload(IPage page, string name, byte[] content)
    {
        await page.GotoAsync("/upload");
        await Send(page, name, content);
    }

    /// <summary>Gives the page a file and goes to the run it becomes part of.</summary>
    static async Task Send(IPage page, string name, byte[] content)
    {
        await page.Locator("input[type=file]").First.SetInputFilesAsync(new FilePayload { Name = name, MimeType = "application/octet-stream", Buffer = content });
        await Open(page);
    }

    static async Task Open(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the run" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Parts of the run" })).ToBeVisibleAsync();
    }

    static Task Drawn(IPage page, string title) => Expect(page.GetByRole(AriaRole.Figure, new() { Name = title }).Locator(".plot-canvas .main-svg").First).ToBeVisibleAsync();

    /// <summary>Where pictures are wanted: wide and narrow, light and dark.</summary>
    static async Task Pictures(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is not { Length: > 0 }) return;
        foreach (var width in (int[])[1440, 360])
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await browser.Page.SetViewportSizeAsync(width, 900);
                await browser.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await browser.Page.WaitForTimeoutAsync(700);
                await browser.Picture($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
            }
        await browser.Page.SetViewportSizeAsync(1440, 900);
        await browser.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }
}

/// <summary>A journey with the real files in shared/data/real beside the repository; without them it is skipped and says so.</summary>
public sealed class RealJourneyAttribute : FactAttribute
{
    public RealJourneyAttribute() => Skip = Browser.Missing ?? (Folder is null ? "no folder shared/data/real beside the repository" : null);

    public static string? Folder { get; } = Find();

    static string? Find()
    {
        for (var at = new DirectoryInfo(Portal.Root); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "shared", "data", "real") is var folder && Directory.Exists(folder)) return folder;
        return null;
    }
}

/// <summary>A journey for which the portal needs the library that writes HDF5.</summary>
public sealed class Hdf5JourneyAttribute : FactAttribute
{
    public Hdf5JourneyAttribute() => Skip = Browser.Missing ?? (IsThere ? null : "the HDF5 library is not installed (apt-get install hdf5-tools)");

    static bool IsThere => Directory.Exists("/usr/lib") && Directory.EnumerateFiles("/usr/lib", "libhdf5*.so*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Any();
}
