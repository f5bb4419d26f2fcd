using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Playwright;
using Npgsql;
using PqdPortal.Portal.Tests;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>
/// Every page with real data, for people with a keyboard, a screen reader, a phone or a dark room: axe-core finds nothing serious, the
/// keyboard reaches everything and shows where it is, plots have their tables.
/// </summary>
public sealed class EveryPageJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";
    static readonly string Tests = Path.Combine(Portal.Root, "tests");

    readonly List<string> _wrong = [];
    readonly Dictionary<string, string> _titles = [];

    /// <summary>What to look at of a page, by its route. A route that is not here fails by name.</summary>
    internal static FrozenDictionary<string, Visit[]> Visits(Lab lab) => new Dictionary<string, Visit[]>
    {
        ["/"] = [new("home", "/")],
        ["/upload"] = [new("upload", "/upload"), new("upload-run", $"/upload?run={lab.Read}")],
        ["/inbox"] = [new("inbox", "/inbox")],
        ["/inbox/names"] = [new("names", "/inbox/names"), new("names-none", "/inbox/names?project=NONE")],
        ["/runs/move"] = [new("move", "/runs/move?of=ZN-0001-S1"), new("move-none", "/runs/move?of=NO-0001-S1")],
        ["/projects"] = [new("projects", "/projects")],
        ["/projects/new"] = [new("project-new", "/projects/new")],
        ["/projects/{Id:guid}"] =
        [
            new("project", $"/projects/{lab.Project}"),
            new("project-who", $"/projects/{lab.Project}", async page =>
            {
                await page.GetByText("Who can see this, and why").ClickAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = "Make a read-only link" }).ClickAsync();
                await Expect(page.GetByLabel("Whom the link is for")).ToBeVisibleAsync();
            }),
            new("project-edit", $"/projects/{lab.Project}", page => page.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true }).ClickAsync()),
            new("project-none", $"/projects/{Guid.NewGuid()}") { Answers = 404 },
        ],
        ["/groups"] = [new("groups", "/groups")],
        ["/groups/{Id:guid}"] = [new("group", "/groups", async page =>
        {
            await page.GetByRole(AriaRole.Link, new() { Name = "Nano-optics lab" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nano-optics lab" })).ToBeVisibleAsync();
        }), new("group-none", $"/groups/{Guid.NewGuid()}") { Answers = 404 }],
        ["/join"] = [new("join", "/join") { IsAnonymous = true }],
        ["/join/{Code}"] = [new("join-invited", $"/join/{Lab.Code}") { IsAnonymous = true }, new("join-member", $"/join/{Lab.Code}"), new("join-none", "/join/none") { IsAnonymous = true }],
        ["/share/{Token}"] = [new("share", $"/share/{Lab.Code}") { IsAnonymous = true }, new("share-none", "/share/none") { IsAnonymous = true, Answers = 404 }],
        ["/share/{Token}/{Kind}/{Key}"] =
        [
            new("share-batch", $"/share/{Lab.Code}/b/ZN-0001") { IsAnonymous = true }, new("share-sample", $"/share/{Lab.Code}/s/ZN-0001-S1") { IsAnonymous = true },
            new("share-dot", $"/share/{Lab.Code}/d/ZN-0001-S1-D001") { IsAnonymous = true }, new("share-run", $"/share/{Lab.Code}/r/{lab.Read}") { IsAnonymous = true },
            new("share-result", $"/share/{Lab.Code}/a/{lab.G2}") { IsAnonymous = true }, new("share-gone", $"/share/{Lab.Code}/b/NO-0001") { IsAnonymous = true, Answers = 404 },
        ],
        ["/jobs"] = [new("jobs", "/jobs")],
        ["/composition"] =
        [
            new("composition", "/composition"), new("composition-two", "/composition?f=CsPbBr3&f=Cs0.2FA0.8PbBr3&edge=9"),
            new("composition-wrong", "/composition?f=CsPbBro3&f=Cs1-xFxPbBr3&f=CsSnI3&f=PEA2PbI4&f=Cs0.95PbBr2.9"),
        ],
        ["/plan"] = [new("plan", "/plan"), new("plan-run", $"/plan?run={lab.Read}"), new("plan-lost", $"/plan?run={Guid.NewGuid()}&rate_a_cps=many")],
        ["/simulate"] = [new("simulate", "/simulate"), new("simulate-blinking", "/simulate?preset=blinking&of=ZN-0001-S1-D001"), new("simulate-none", "/simulate?of=NO-0001-S1")],
        ["/r/{Run:guid}/analyze/{Kind}"] = [new("analyze", $"/r/{lab.Read}/analyze/g2.cw"), new("analyze-none", $"/r/{Guid.NewGuid()}/analyze/g2.cw") { Answers = 404 }],
        ["/a/{Id:guid}"] =
        [
            new("result-quick", $"/a/{lab.Quick}", Plots), new("result-g2", $"/a/{lab.G2}", Plots),
            new("result-options", $"/a/{lab.G2}", async page => { await Plots(page); await page.GetByText("Options", new() { Exact = true }).ClickAsync(); }), new("result-pulsed", $"/a/{lab.Pulsed}", Plots),
            new("result-waiting", $"/a/{lab.Waiting}"), new("result-stopped", $"/a/{lab.Stopped}"), new("result-none", $"/a/{Guid.NewGuid()}") { Answers = 404 },
        ],
        ["/b/{Code}"] =
        [
            new("batch", "/b/ZN-0001"), new("batch-recipe", "/b/ZN-0001?tab=recipe"), new("batch-composition", "/b/ZN-0001?tab=composition"), new("batch-notes", "/b/ZN-0001?tab=notes"), new("batch-history", "/b/ZN-0001?tab=history"),
            new("batch-split", "/b/ZN-0001?tab=split"), new("batch-family", "/b/ZN-0001?tab=family"), new("batch-photos", "/b/ZN-0001?tab=photos"), new("batch-empty", "/b/ZN-0002"), new("batch-bin", "/b/ZN-0003"), new("batch-none", "/b/NO-0001") { Answers = 404 },
            new("batch-edit", "/b/ZN-0001?tab=edit", async page =>
            {
                await page.GetByLabel("Name (needed)").FillAsync("");
                await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
                await Expect(page.GetByText("Give the batch a name")).ToBeVisibleAsync();
                await Expect(page.GetByLabel("Name (needed)")).ToBeFocusedAsync();
            }),
        ],
        ["/b/{Code}/blinking"] =
        [
            new("blinking", "/b/ZN-0001/blinking"), new("blinking-sorted", "/b/ZN-0001/blinking?sort=-on&bin_ms=5"), new("blinking-empty", "/b/ZN-0002/blinking"),
            new("blinking-none", "/b/NO-0001/blinking") { Answers = 404 },
        ],
        ["/compare/blinking"] =
        [
            new("compare", "/compare/blinking"), new("compare-empty", "/compare/blinking?a=ZN-0001&b=ZN-0002"), new("compare-lost", "/compare/blinking?a=ZN-0001&b=NO-0001"),
        ],
        ["/d/{Code}"] =
        [
            new("dot", "/d/ZN-0001-S1-D001", Plots), new("dot-conditions", "/d/ZN-0001-S1-D001?tab=conditions"), new("dot-edit", "/d/ZN-0001-S1-D001?tab=edit"),
            new("dot-empty", "/d/ZN-0001-S1-D003"), new("dot-none", "/d/NO-0001-S1-D001") { Answers = 404 },
        ],
        ["/s/{Code}"] =
        [
            new("sample", "/s/ZN-0001-S1"), new("sample-about", "/s/ZN-0001-S1?tab=about"), new("sample-runs", "/s/ZN-0001-S1?tab=runs"), new("sample-add", "/s/ZN-0001-S1?tab=add"),
            new("sample-edit", "/s/ZN-0001-S1?tab=edit"), new("sample-empty", "/s/ZN-0001-S2"), new("sample-none", "/s/NO-0001-S1") { Answers = 404 },
        ],
        ["/search"] = [new("search", "/search?q=CsPb"), new("search-empty", "/search"), new("search-nothing", "/search?q=qqqzzz")],
        ["/batches/new"] = [new("batch-new", "/batches/new"), new("batch-new-template", "/batches/new?template=hot-injection&project=ZN")],
        ["/import/batches"] =
        [
            new("import-batches", "/import/batches"), new("import-gone", $"/import/batches?file={Guid.NewGuid()}"),
            new("import-wrong", "/import/batches", page => Paste(page, "Name\tFormula\tEdge length (Å)\tColour\nblue 1\tCsPbBr3\t91\tgreen\nblue 2\tCsPbBro3\tlarge\t\n\tCsPbI3\t-4\t\n", "stand against it")),
            new("import-ready", "/import/batches?project=ZN", page => Paste(page, "Name;Formula;Edge length [nm]\nblue 1;CsPbBr3;9,1\nblue 2;Cs0.2FA0.8PbBr3;\n", "Import 2 batches")),
        ],
        ["/import/samples"] = [new("import-samples", "/import/samples")],
        ["/import/dots"] = [new("import-dots", "/import/dots")],
        ["/import/runs"] = [new("import-runs", "/import/runs")],
        ["/templates"] = [new("templates", "/templates?project=ZN")],
        ["/templates/new"] = [new("template-new", "/templates/new?project=ZN")],
        ["/templates/{Id:guid}"] =
        [
            new("template-edit", "/templates?project=ZN", async page =>
            {
                // The first visit takes it over; later ones find it.
                var own = page.GetByRole(AriaRole.Link, new() { Name = "Hot injection", Exact = true });
                if (await own.CountAsync() == 0) await page.GetByRole(AriaRole.Button, new() { Name = "Change it for ZN (Hot injection)" }).ClickAsync();
                else
                {
                    await own.ClickAsync();
                    await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
                }
                await Expect(page.GetByLabel("Name (needed)").First).ToBeVisibleAsync();
            }),
            new("template-preview", "/templates?project=ZN", async page =>
            {
                await page.GetByRole(AriaRole.Link, new() { Name = "Hot injection", Exact = true }).ClickAsync();
                await page.GetByRole(AriaRole.Link, new() { Name = "Try it" }).ClickAsync();
                await Expect(page.GetByLabel("Growth time [s]")).ToBeVisibleAsync();
            }),
            new("template-none", $"/templates/{Guid.NewGuid()}") { Answers = 404 },
        ],
        ["/dots"] =
        [
            new("dots", "/dots"), new("dots-none", "/dots?search=nothing-like-it"), new("dots-filtered", "/dots?f=g2_0%3C0.5&f=batch.edge_length:none&sort=-g2_0"), new("dots-trouble", "/dots?f=nothing%3C1&cols=nothing"),
            new("dots-filter", "/dots?f=g2_0%3C0.5", async page =>
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Filter (1)" }).ClickAsync();
                var filter = page.GetByRole(AriaRole.Form, new() { Name = "Add a filter" });
                await filter.GetByLabel("From", new() { Exact = true }).FillAsync("few");
                await filter.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
                await Expect(filter.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
            }),
            new("dots-filter-choices", "/dots", async page =>
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
                await page.GetByLabel("Column").SelectOptionAsync("batch.method");
                await Expect(page.GetByLabel("hot-injection")).ToBeVisibleAsync();
            }),
            new("dots-columns", "/dots", async page =>
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Columns" }).ClickAsync();
                await Expect(page.GetByLabel("Add a column")).ToBeVisibleAsync();
            }),
        ],
        ["/batches"] =
        [
            new("batches", "/batches"),
            new("batches-views", "/batches?f=method%3Dhot-injection", async page =>
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Views" }).ClickAsync();
                await page.GetByLabel("Keep what is shown as").FillAsync($"hot injections {Guid.NewGuid().ToString("n")[..4]}");
                await page.GetByLabel("Who sees it").SelectOptionAsync(new SelectOptionValue { Index = 1 });
                await page.GetByRole(AriaRole.Button, new() { Name = "Keep this view" }).ClickAsync();
                await Expect(page.GetByText("shared with").First).ToBeVisibleAsync();
            }),
            new("batches-bulk", "/batches", async page =>
            {
                await page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Choose all") }).ClickAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = "Change fields of them" }).ClickAsync();
                await page.GetByLabel("Field").SelectOptionAsync("EdgeLength");
                await page.GetByLabel("New value").FillAsync("many");
                await page.GetByLabel("New value").BlurAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = "Change 2 batches" }).ClickAsync();
                await Expect(page.GetByText("Nothing was changed.")).ToBeVisibleAsync();
            }),
        ],
        ["/samples"] = [new("samples", "/samples")],
        ["/runs"] = [new("runs", "/runs"), new("runs-none", "/runs?search=nothing-like-it")],
        ["/r/{Id:guid}"] =
        [
            new("run", $"/r/{lab.Read}"), new("run-analyses", $"/r/{lab.Read}?tab=analyses"), new("run-conditions", $"/r/{lab.Read}?tab=conditions"), new("run-files", $"/r/{lab.Read}?tab=files"),
            new("run-history", $"/r/{lab.Read}?tab=history"), new("run-edit", $"/r/{lab.Read}?tab=edit"), new("run-failed", $"/r/{lab.Broken}"), new("run-empty", $"/r/{lab.Empty}"),
            new("run-decay", $"/r/{lab.Decay}", Plots), new("run-series", $"/r/{lab.Series}", Plots), new("run-image", $"/r/{lab.Image}"), new("run-open", $"/r/{lab.Open}"),
            new("run-none", $"/r/{Guid.NewGuid()}") { Answers = 404 },
        ],
        ["/runs/new"] = [new("run-new", "/runs/new?of=ZN-0001-S1-D003"), new("run-new-none", "/runs/new")],
        ["/runs/table"] =
        [
            new("run-table", "/runs/table?of=ZN-0001-S1-D003"), new("run-table-none", "/runs/table"),
            new("run-table-wrong", "/runs/table?of=ZN-0001-S1-D003&as=saturation", async page =>
            {
                await page.GetByLabel("Table", new() { Exact = true }).FillAsync("power_uW,counts,integration_s\n1,100,1\n2,many,1");
                await Expect(page.GetByText("Line 3 has \"many\" as counts")).ToBeVisibleAsync();
            }),
        ],
        ["/runs/series"] = [new("run-series-of", "/runs/series?of=ZN-0001-S1-D001"), new("run-series-empty", "/runs/series?of=ZN-0001-S1-D003"), new("run-series-none", "/runs/series")],
        ["/people"] = [new("people", "/people")],
        ["/bin"] = [new("bin", "/bin")],
        ["/instruments"] = [new("instruments", "/instruments")],
        ["/instruments/new"] = [new("instrument-new", "/instruments/new")],
        ["/instruments/{Id:guid}"] =
        [
            new("instrument", $"/instruments/{lab.Instrument}"), new("instrument-log", $"/instruments/{lab.Instrument}?tab=log"), new("instrument-edit", $"/instruments/{lab.Instrument}?tab=edit"),
            new("instrument-none", $"/instruments/{Guid.NewGuid()}") { Answers = 404 },
        ],
        ["/labels"] = [new("labels", "/labels?of=ZN-0001,ZN-0001-S1&dots=true"), new("labels-small", "/labels?of=ZN-0001-S1&sheet=65&skip=3"), new("labels-none", "/labels")],
        ["/scan"] = [new("scan", "/scan"), new("scan-found", "/scan?code=zn-0001-s1"), new("scan-none", "/scan?code=NO-0001")],
        ["/profile"] = [new("profile", "/profile")],
        ["/profile/tokens"] = [new("tokens", "/profile/tokens")],
        ["/notices"] = [new("notices", "/notices"), new("notices-following", "/notices?tab=following"), new("notices-choices", "/notices?tab=choices")],
        ["/not-found"] = [new("not-found", "/nothing/is/here") { Answers = 404 }],
        ["/set-password"] = [new("set-password", "/set-password?id=" + Guid.NewGuid())],
        ["/sign-in"] = [new("sign-in", "/sign-in") { IsAnonymous = true }],
        // Who has not given a password yet is led back to the beginning.
        ["/sign-in/code"] = [new("sign-in-code", "/sign-in/code") { IsAnonymous = true }],
        // Of the first visit alone: looked at on the way in.
        ["/welcome"] = [], ["/begin"] = [],
    }.ToFrozenDictionary();

    [Journey]
    public Task Every_page_is_usable_by_keyboard_screen_reader_and_phone_in_light_and_dark() => portal.Walk(async () =>
    {
        Assert.True(File.Exists(Path.Combine(Tests, "node_modules", "axe-core", "axe.min.js")), "axe-core is missing: run npm ci in tests/.");
        await using var browser = await Browser.Open(portal.Address, bypassCsp: true);
        await browser.Page.Context.AddInitScriptAsync(scriptPath: Path.Combine(Tests, "node_modules", "axe-core", "axe.min.js"));
        await browser.Page.Context.AddInitScriptAsync(scriptPath: Path.Combine(Tests, "PqdPortal.Browser.Tests", "everyPage.js"));
        var page = browser.Page;

        await page.GotoAsync("/");
        await Check(browser, "/welcome", new("welcome", "/welcome"));
        await Lab.Begin(page);
        await Check(browser, "/begin", new("begin", "/begin"));
        var lab = await Lab.Make(page, portal);
        var visits = Visits(lab);
        Assert.Empty(Routes.All.Except(visits.Keys).Select(route => $"{route} has no visit here: say what to look at of it."));

        await using var stranger = await Browser.Open(portal.Address, bypassCsp: true);
        await stranger.Page.Context.AddInitScriptAsync(scriptPath: Path.Combine(Tests, "node_modules", "axe-core", "axe.min.js"));
        await stranger.Page.Context.AddInitScriptAsync(scriptPath: Path.Combine(Tests, "PqdPortal.Browser.Tests", "everyPage.js"));
        var only = Environment.GetEnvironmentVariable("PQD_PAGES")?.Split(',');
        foreach (var (route, ways) in visits)
            foreach (var visit in ways.Where(way => only is null || only.Contains(way.Name)))
            {
                var visitor = visit.IsAnonymous ? stranger : browser;
                try
                {
                    await Go(visitor.Page, visit);
                    await Check(visitor, route, visit);
                }
                catch (Exception trouble) when (trouble is PlaywrightException or TimeoutException)
                {
                    _wrong.Add($"{visit.Name}: {trouble.Message}");
                }
                // Beside the pictures, while the walk goes on.
                if (Pictures) await File.WriteAllLinesAsync(Path.Combine(Environment.GetEnvironmentVariable("PQD_SCREENSHOTS")!, "wrong.txt"), _wrong);
            }

        foreach (var (name, walk) in ((string, Func<Task>)[])
            [("keys", () => Keys(page)), ("dialogs", () => Dialogs(page)), ("table", () => Table(page, lab)), ("stillness", () => Stillness(page)), ("troubles", () => Troubles(page, lab))])
        {
            if (only?.Contains(name) == false) continue;
            try { await walk(); }
            catch (Exception trouble) when (trouble is PlaywrightException or TimeoutException or NpgsqlException or Xunit.Sdk.XunitException) { _wrong.Add($"{name}: {trouble.Message}"); }
        }

        Assert.True(_wrong.Count == 0, $"{_wrong.Count} things are wrong:\n" + string.Join("\n", _wrong));
    });

    internal static async Task Go(IPage page, Visit visit)
    {
        await page.SetViewportSizeAsync(1440, 900);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        var answer = await page.GotoAsync(visit.Address);
        Assert.Equal(visit.Answers, answer!.Status);
        await Expect(page.Locator("h1, main h2").First).ToBeVisibleAsync();
        await Expect(page.Locator(".waiting")).ToHaveCountAsync(0);
        if (visit.Prepare is not null) await visit.Prepare(page);
    }

    static async Task Paste(IPage page, string table, string until)
    {
        await Expect(page.Locator("[data-mounted]")).ToBeVisibleAsync();
        await page.Locator("#import-paste").FillAsync(table);
        await page.Locator("[data-paste]").ClickAsync();
        await Expect(page.GetByText(until).First).ToBeVisibleAsync();
    }

    static async Task Plots(IPage page)
    {
        await Expect(page.Locator(".js-plotly-plot").First).ToBeVisibleAsync();
        await Expect(page.Locator(".plot-canvas[aria-busy=true]")).ToHaveCountAsync(0);
    }

    async Task Check(Browser browser, string route, Visit visit)
    {
        var page = browser.Page;
        await Ask("structure");
        var title = await page.TitleAsync();
        // What is not there is called so everywhere; batches and samples are one list.
        if (!visit.Name.EndsWith("-none") && _titles.GetValueOrDefault(title, visit.Name) is var other && other != visit.Name && route is not "/samples" && other.Split('-')[0] != visit.Name.Split('-')[0])
            _wrong.Add($"{visit.Name}: the title \"{title}\" is that of {other}, too");
        if (!visit.Name.EndsWith("-none")) _titles.TryAdd(title, visit.Name);

        await Axe("light, 1440 px");
        await browser.Picture($"{visit.Name}-1440-light");
        await Walk();
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Axe("dark, 1440 px", "color-contrast");
        if (Pictures) await browser.Picture($"{visit.Name}-1440-dark");
        await page.SetViewportSizeAsync(360, 740);
        await Axe("dark, 360 px", "color-contrast");
        if (Pictures) await browser.Picture($"{visit.Name}-360-dark");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Axe("light, 360 px");
        await Ask("phone");
        await browser.Picture($"{visit.Name}-360-light");

        async Task Ask(string what)
        {
            foreach (var sentence in await page.EvaluateAsync<string[]>($"() => everyPage.{what}()")) _wrong.Add($"{visit.Name}: {sentence}");
        }

        Task Axe(string how, params string[] rules) => this.Axe(page, visit.Name, how, rules);

        // A page that was drawn anew beneath the walk is walked once more; what the keyboard cannot reach it does not reach then either.
        async Task Walk()
        {
            if (await OneWalk() is { Length: 0 }) return;
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            foreach (var sentence in await OneWalk()) _wrong.Add($"{visit.Name}: {sentence}");
        }

        async Task<string[]> OneWalk()
        {
            var actions = await page.EvaluateAsync<int>("() => everyPage.beginWalk()");
            // A date is several stops; a trap would keep the walk from the rest of the page however often the key is pressed.
            for (var pressed = 0; pressed < actions + 12; pressed++) await page.Keyboard.PressAsync("Tab");
            if (await page.Locator("input[type=date], input[type=datetime-local]").CountAsync() is > 0 and var dates)
                for (var more = 0; more < dates * 7; more++) await page.Keyboard.PressAsync("Tab");
            return await page.EvaluateAsync<string[]>("() => everyPage.endWalk()");
        }
    }

    /// <summary>Notes what axe-core finds serious in a page as it stands.</summary>
    /// <param name="how">Colours and width, for the sentence.</param>
    /// <param name="rules">The only ones to ask; all where none is given.</param>
    async Task Axe(IPage page, string name, string how, params string[] rules)
    {
        var found = await Ask();
        // What was on its way while it was looked at (a table that loads is pale) is looked at once more.
        if (found.Length > 0)
        {
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            found = await Ask();
        }
        _wrong.AddRange(found.Select(sentence => $"{name} ({how}): {sentence}"));

        async Task<string[]> Ask()
        {
            var seen = await page.EvaluateAsync<JsonElement>("""
                async rules => {
                  // Colours that are still on their way to the other theme are nobody's.
                  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                  await Promise.allSettled(document.getAnimations().filter(moving => moving.effect.getComputedTiming().iterations !== Infinity).map(moving => moving.finished));
                  const seen = await axe.run(document, { resultTypes: ['violations'], ...(rules.length ? { runOnly: { type: 'rule', values: rules } } : {}) });
                  return seen.violations.map(found => ({ id: found.id, impact: found.impact, help: found.help,
                    where: found.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + node.html.slice(0, 120) + (node.any[0]?.message ? ' ' + node.any[0].message : '')).join(' | ') }));
                }
                """, rules);
            return [.. seen.EnumerateArray().Where(violation => violation.GetProperty("impact").GetString() is "serious" or "critical")
                .Select(violation => $"{violation.GetProperty("id").GetString()}, {violation.GetProperty("help").GetString()}: {violation.GetProperty("where").GetString()}")];
        }
    }

    /// <summary>What people see when something is wrong, and while something runs: notices that come and go by themselves, pages of faults.</summary>
    async Task Troubles(IPage page, Lab lab)
    {
        await using var database = NpgsqlDataSource.Create(portal.Database);

        // Nobody does the work here, so that what is said to run goes on running.
        await Do($"""UPDATE "Jobs" SET "State" = 'Running', "Stage" = 'correlates', "StartedAt" = now(), "HeardAt" = now() + interval '1 day', "Total" = 1000, "Done" = 400 WHERE "AnalysisId" = '{lab.Waiting}'""");
        await Do($"""UPDATE "Analyses" SET "State" = 'Running' WHERE "Id" = '{lab.Waiting}'""");
        foreach (var visit in (Visit[])[new("jobs-running", "/jobs"), new("result-running", $"/a/{lab.Waiting}"), new("home-running", "/")])
        {
            await Go(page, visit);
            await Expect(page.GetByRole(AriaRole.Progressbar).First).ToBeVisibleAsync();
            await Look(page, visit.Name);
        }

        await Go(page, new("cut", "/jobs"));
        await page.Context.SetOfflineAsync(true);
        await page.EvaluateAsync("() => Blazor._internal.forceCloseConnection()");
        await Expect(page.GetByText("The connection to the portal was lost")).ToBeVisibleAsync();
        await Look(page, "cut");
        await page.Context.SetOfflineAsync(false);
        await Expect(page.GetByText("The connection to the portal was lost")).ToBeHiddenAsync();

        // A fault of ours, before the page opens and in the open page.
        await Do("""ALTER TABLE "Batches" RENAME TO "BatchesAway" """);
        try
        {
            await Go(page, new("fault", "/b/ZN-0001") { Answers = 500 });
            await Expect(page.GetByText("the reference")).ToBeVisibleAsync();
            await Look(page, "fault");
            await Go(page, new("fault-open", "/batches"));
            await Expect(page.GetByText("Reference to quote")).ToBeVisibleAsync();
            await Look(page, "fault-open");
        }
        finally
        {
            await Do("""ALTER TABLE "BatchesAway" RENAME TO "Batches" """);
        }

        await Go(page, new("away-open", "/jobs"));
        await using (await portal.WithoutDatabase())
        {
            await Expect(page.GetByText("Leave this page open: it goes on by itself.")).ToBeVisibleAsync();
            await Look(page, "away-open");
            await Go(page, new("away", "/jobs") { Answers = 503 });
            await Look(page, "away");
        }

        async Task Do(string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Structure and axe-core in both colours, wide and narrow.</summary>
    async Task Look(IPage page, string name)
    {
        foreach (var sentence in await page.EvaluateAsync<string[]>("() => everyPage.structure()")) _wrong.Add($"{name}: {sentence}");
        await Axe(page, name, "light, 1440 px");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Axe(page, name, "dark, 1440 px", "color-contrast");
        await page.SetViewportSizeAsync(360, 740);
        await Axe(page, name, "dark, 360 px", "color-contrast");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Axe(page, name, "light, 360 px");
    }

    static bool Pictures => Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is { Length: > 0 };

    /// <summary>The shortcuts, and the way past the navigation.</summary>
    static async Task Keys(IPage page)
    {
        await page.SetViewportSizeAsync(1440, 900);
        await page.GotoAsync("/jobs");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Jobs", Exact = true })).ToBeVisibleAsync();
        // A page begins at its heading; who goes back to the navigation finds the way past it.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" }).FocusAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToBeFocusedAsync();
        foreach (var (keys, heading) in ((string, string)[])[("u", "Upload"), ("gb", "Batches"), ("gs", "Samples"), ("gd", "Dots"), ("gr", "Runs"), ("gj", "Jobs"), ("gp", "Projects"), ("gi", "Inbox")])
        {
            foreach (var key in keys) await page.Keyboard.PressAsync(key.ToString());
            await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1, Name = heading })).ToBeVisibleAsync();
        }
        // Who searches at once begins from the heading that the page has given the focus to.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("/");
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Search the portal" })).ToBeFocusedAsync();
        // What is typed is text, not a shortcut.
        await page.Keyboard.TypeAsync("u?");
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Search the portal" })).ToHaveValueAsync("u?");
    }

    /// <summary>A dialog takes the focus, keeps it, gives it back, and closes by Escape.</summary>
    static async Task Dialogs(IPage page)
    {
        await page.GotoAsync("/b/ZN-0001?tab=recipe");
        var bin = page.GetByRole(AriaRole.Button, new() { Name = "Put into the bin" });
        await Expect(bin).ToBeVisibleAsync();
        await bin.FocusAsync();
        await page.Keyboard.PressAsync("?");
        var help = page.GetByRole(AriaRole.Dialog, new() { Name = "Keys" });
        await Expect(help).ToBeVisibleAsync();
        for (var press = 0; press < 4; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"), "The focus leaves the open dialog.");
        }
        await page.Keyboard.PressAsync("Escape");
        await Expect(help).ToBeHiddenAsync();
        await Expect(bin).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        var question = page.GetByRole(AriaRole.Alertdialog);
        await Expect(question.GetByRole(AriaRole.Button, new() { Name = "Keep it" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(question).ToHaveCountAsync(0);
        await Expect(bin).ToBeFocusedAsync();
    }

    /// <summary>A plot's numbers by keyboard alone, and what is said when a result arrives.</summary>
    static async Task Table(IPage page, Lab lab)
    {
        await page.GotoAsync($"/a/{lab.G2}");
        await Plots(page);
        var plot = page.Locator("figure.plot").First;
        await plot.Locator("summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(plot.GetByRole(AriaRole.Columnheader).First).ToBeVisibleAsync();
        Assert.True(await plot.GetByRole(AriaRole.Row).CountAsync() > 20);
        await page.Keyboard.PressAsync("Tab");
        await Expect(plot.Locator(".plot-table")).ToBeFocusedAsync();
        Assert.Contains(await page.GetByRole(AriaRole.Status).AllInnerTextsAsync(), said => said.EndsWith(": done."));
    }

    /// <summary>Nothing moves for who asked their system for stillness.</summary>
    static async Task Stillness(IPage page)
    {
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await page.GotoAsync("/jobs");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Jobs", Exact = true })).ToBeVisibleAsync();
        Assert.Empty(await page.EvaluateAsync<string[]>("() => everyPage.moving()"));
    }

    /// <summary>One look at a page.</summary>
    /// <param name="Prepare">What to do there before looking.</param>
    internal sealed record Visit(string Name, string Address, Func<IPage, Task>? Prepare = null)
    {
        public bool IsAnonymous { get; init; }
        public int Answers { get; init; } = 200;
    }

    /// <summary>A laboratory with something in every state.</summary>
    /// <param name="Read">A run whose file was read, checked and correlated.</param>
    /// <param name="Broken">A run whose file cannot be read.</param>
    /// <param name="Empty">A run without a file.</param>
    /// <param name="Pulsed">A correlation that the portal does not judge.</param>
    /// <param name="Waiting">An analysis that waits for its turn.</param>
    internal sealed record Lab(string Project, string Read, string Broken, string Empty, string Quick, string G2, string Pulsed, string Waiting, string Stopped)
    {
        /// <summary>Runs of other kinds of files: decays, a series of spectra, an image, one that asks how it is to be read.</summary>
        public required string Decay { get; init; }
        public required string Series { get; init; }
        public required string Image { get; init; }
        public required string Open { get; init; }

        /// <summary>A set-up.</summary>
        public required string Instrument { get; init; }

        /// <summary>The secret of a link to the project and of an invitation to it.</summary>
        public const string Code = "2222-3333-4444-5555-6666-7777";

        /// <summary>A read-only link and an invitation of that secret, as somebody made them.</summary>
        static async Task Share(string database, string project)
        {
            await using var portal = NpgsqlDataSource.Create(database);
            await using var make = portal.CreateCommand("""
                INSERT INTO "ShareLinks" ("Id", "ProjectId", "Kind", "RecordId", "Name", "Hash", "WithoutNames", "CreatedAt", "Visits", "WrongPasswords")
                VALUES (gen_random_uuid(), $1, 'Project', $1, 'the reviewers', $2, false, now(), 0, 0);
                """);
            make.Parameters.AddWithValue(Guid.Parse(project));
            make.Parameters.AddWithValue(PqdPortal.Data.Access.LinkSecret.Hash(Code)!);
            await make.ExecuteNonQueryAsync();
            await using var invite = portal.CreateCommand("""
                INSERT INTO "Invitations" ("Id", "ProjectId", "Role", "MeantFor", "Hash", "UsesAllowed", "Uses", "CreatedById", "CreatedAt", "ExpiresAt")
                SELECT gen_random_uuid(), $1, 2, 'Kim', $2, 5, 0, "Id", now(), now() + interval '7 days' FROM "Persons" WHERE "IsAdministrator" LIMIT 1
                """);
            invite.Parameters.AddWithValue(Guid.Parse(project));
            invite.Parameters.AddWithValue(PqdPortal.Data.Access.LinkSecret.Hash(Code)!);
            await invite.ExecuteNonQueryAsync();
        }

        /// <summary>The first person, up to the question of what to begin with.</summary>
        public static async Task Begin(IPage page)
        {
            await page.SetViewportSizeAsync(1440, 900);
            await page.GetByLabel("Your name").FillAsync("Ana Curie");
            await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
            await page.GetByLabel("Password").FillAsync(Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start empty" })).ToBeVisibleAsync();
        }

        public static async Task<Lab> Make(IPage page, Portal portal)
        {
            await page.SetViewportSizeAsync(1440, 900);
            await page.GetByRole(AriaRole.Button, new() { Name = "Start empty" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();

            await page.GotoAsync("/projects/new");
            await page.GetByLabel("Name (needed)").FillAsync("Zn series");
            await page.GetByLabel("Code (needed)").FillAsync("ZN");
            await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
            var project = page.Url[(page.Url.LastIndexOf('/') + 1)..];

            await Post("batches", new { project = "ZN", name = "night one", formula = "Cs0.2FA0.8PbBr3", method = "hot-injection", solvent = "toluene", notes = "**Bright**, kept in the dark." });
            await Post("batches", new { project = "ZN", name = "night two", formula = "CsPbBr3" });
            await Post("batches", new { project = "ZN", name = "spilled", formula = "CsPbI3" });
            await Post("samples", new { batch = "ZN-0001", name = "S1", form = "isolated-dots" });
            await Post("samples", new { batch = "ZN-0001", name = "S2", form = "film" });
            await Post("samples/ZN-0001-S1/dots", new { count = 3 });
            var empty = (await Post("runs", new { name = "planned", dot = "ZN-0001-S1-D002" })).GetProperty("id").GetString()!;
            await page.GotoAsync("/b/ZN-0003?tab=recipe");
            await page.GetByRole(AriaRole.Button, new() { Name = "Put into the bin" }).ClickAsync();
            await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Put into the bin" }).ClickAsync();
            await Expect(page.GetByText("lies in the bin")).ToBeVisibleAsync();

            var light = await portal.Simulate("""{ "kind": "two_level", "lifetime_ns": 8, "rate_cps": [60000, 60000], "duration_s": 6, "seed": 3 }""");
            var read = await Bring(light, "ZN-0001-S1-D001");
            var pulsedRun = await Bring(Path.Combine(Tests, "files", "hydraharp-t3-image.ptu"), "ZN-0001-S1-D001");
            var cut = Path.Combine(Path.GetDirectoryName(light)!, "copied too early.ptu");
            await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(light))[..300]);
            var broken = await Bring(cut, "ZN-0001-S1-D001");
            var others = new List<string>();
            foreach (var (name, content) in ((string, byte[])[])[("decay.phu", SmallFiles.Phu(SmallFiles.Decay(), SmallFiles.Decay(700))), ("series.csv", SmallFiles.Spectra(24)), ("dots.tif", SmallFiles.Tiff()), ("short.spc", SmallFiles.UndecidedSpc())])
            {
                var other = Path.Combine(Path.GetDirectoryName(light)!, name);
                await File.WriteAllBytesAsync(other, content);
                others.Add(await Bring(other, "ZN-0001-S1-D002"));
            }
            await page.GotoAsync("/people");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ben");
            await page.GetByLabel("Sign-in name or e-mail").FillAsync("ben");
            await page.GetByRole(AriaRole.Button, new() { Name = "Add and make a link" }).ClickAsync();
            await page.GotoAsync("/groups");
            await page.GetByLabel("New group").FillAsync("Nano-optics lab");
            await page.GetByRole(AriaRole.Button, new() { Name = "Make group" }).ClickAsync();
            await page.GotoAsync("/profile/tokens");
            await page.GetByLabel("What is it for?").FillAsync("Set-up 2");
            await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();

            var setup = await Post("instruments", new { name = "HBT at 4 K", location = "B 2.014", detectors = new[] { new { model = "SPCM-AQRH-14", efficiency = 0.65, deadTime = 24 } } });
            // Programs that send files: one that does its work, one in trouble, one that somebody stopped.
            await Post("agents", new { name = "hbt-pc", folder = @"D:\measurements\2026", instrument = "HBT at 4 K", software = "pqd 1.0", lastFile = "S1_D017_hbt.ptu", lastFileAt = DateTimeOffset.UtcNow.AddMinutes(-4), sent = 412, waiting = 2 });
            await Post("agents", new { name = "spectrometer", folder = "/data/spectra", software = "pqd 1.0", sent = 8, refused = 1, trouble = "The folder /data/spectra cannot be read: permission denied." });
            await Post("agents", new { name = "old laptop", folder = "/home/ana/runs", hasStopped = true });
            await Post("attachments?on=batch&record=" + (await Get("batches/ZN-0001")).GetProperty("id").GetString() + "&name=recipe.txt", new { });
            var g2 = await Ended(await Correlate(read, new { }));
            var pulsed = await Ended(await Correlate(pulsedRun, new { }));
            var quick = await Ended((await Get($"analyses?run={read}&kind=quick"))[0].GetProperty("id").GetString()!);
            await Share(portal.Database, project);
            // From here on work is only queued.
            await portal.Restart(doesWork: false);
            await page.GotoAsync("/jobs");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Jobs", Exact = true })).ToBeVisibleAsync();
            var waiting = await Correlate(read, new { bin_ps = 4000 });
            var stopped = await Correlate(read, new { bin_ps = 2000 });
            await Post($"analyses/{stopped}/cancel", new { });
            return new Lab(project, read, broken, empty, quick, g2, pulsed, waiting, stopped) { Decay = others[0], Series = others[1], Image = others[2], Open = others[3], Instrument = setup.GetProperty("id").GetString()! };

            Task<JsonElement> Post(string address, object body) => Fetch("POST", address, JsonSerializer.Serialize(body));

            Task<JsonElement> Get(string address) => Fetch("GET", address, null);

            // As the person in this browser.
            async Task<JsonElement> Fetch(string method, string address, string? body)
            {
                var answer = await page.EvaluateAsync<JsonElement>("""
                    async ([method, address, body]) => {
                      const answer = await fetch(new URL('api/v1/' + address, document.baseURI), { method, body, headers: body ? { 'content-type': 'application/json' } : {} });
                      const text = await answer.text();
                      return { ok: answer.ok, status: answer.status, text, json: answer.ok && text ? JSON.parse(text) : null };
                    }
                    """, new[] { method, address, body });
                Assert.True(answer.GetProperty("ok").GetBoolean(), $"{method} {address}: {answer}");
                return answer.GetProperty("json");
            }

            async Task<string> Bring(string file, string dot)
            {
                await page.GotoAsync($"/d/{dot}");
                await page.Locator("input[type=file]").First.SetInputFilesAsync(file);
                var link = page.GetByRole(AriaRole.Link, new() { Name = "Open the run" });
                await Expect(link).ToBeVisibleAsync();
                var run = (await link.GetAttributeAsync("href"))!.Split('/')[^1];
                await Until(async () => (await Get($"runs/{run}")).GetProperty("reading").GetString() is "read" or "failed" or "stored-unread");
                return run;
            }

            async Task<string> Correlate(string run, object parameters) =>
                (await Post("analyses", new { run, kind = "g2.cw", parameters })).GetProperty("id").GetString()!;

            async Task<string> Ended(string analysis)
            {
                await Until(async () => (await Get($"analyses/{analysis}")).GetProperty("state").GetString() is not ("queued" or "running"));
                return analysis;
            }

            static async Task Until(Func<Task<bool>> holds)
            {
                for (var tries = 0; !await holds(); tries++)
                {
                    Assert.True(tries < 400, "Nothing came of it within two minutes.");
                    await Task.Delay(300);
                }
            }
        }
    }
}
