using System.Collections.Concurrent;
using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A page that stands open while something is taken away under it: its person's rights, or the database.</summary>
public sealed class OpenPageJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task An_open_page_shows_does_and_hears_nothing_more_once_its_person_may_not() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var bens = await Browser.Open(portal.Address);
        var ana = anas.Page;
        await ana.Enter();
        await ana.MakeProject();
        var project = ana.Url;
        await Record(ana, "first");
        await ana.Invite(bens.Page);
        await ana.Give(project, "Ben", "edit");

        // Three pages of Ben's stand open, one of them with a button that changes something.
        var (page, list, batch) = (bens.Page, await bens.Tab(), await bens.Tab());
        var heard = Listen(page, list, batch);
        await page.GotoAsync(project);
        await list.GotoAsync("/batches");
        await batch.GotoAsync("/b/ZN-0001?tab=recipe");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        await Expect(list.GetByRole(AriaRole.Link, new() { Name = "ZN-0001" })).ToBeVisibleAsync();
        await batch.GetByRole(AriaRole.Button, new() { Name = "Put into the bin" }).ClickAsync();
        var yes = batch.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Put into the bin" });
        await Expect(yes).ToBeVisibleAsync();

        await ana.GotoAsync(project);
        await ana.GetByRole(AriaRole.Button, new() { Name = "Remove Ben" }).ClickAsync();
        await Expect(page.GetByText("There is nothing at this address")).ToBeVisibleAsync();
        await Expect(list.GetByText("No batch yet")).ToBeVisibleAsync();
        await Expect(batch.GetByText("There is no batch ZN-0001 for you")).ToBeVisibleAsync();
        await Expect(yes).ToHaveCountAsync(0);
        foreach (var open in (IPage[])[page, list, batch]) await Expect(open.GetByText("Zn series")).ToHaveCountAsync(0);

        // What happens there from now on does not even travel to his browser.
        heard.Clear();
        await Record(ana, "Zaubernuss");
        await ana.GotoAsync(project);
        await ana.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true }).ClickAsync();
        await ana.GetByLabel("What it is about").FillAsync("Zaubernuss");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(ana.GetByText("Zaubernuss")).ToBeVisibleAsync();

        // Through a group he may read again, and the page that said there is nothing shows it by itself; out of the group, not any more.
        await ana.GotoAsync("/groups");
        await ana.GetByLabel("New group").FillAsync("Nano-optics lab");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make group" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "Nano-optics lab" })).ToBeVisibleAsync();
        var group = ana.Url;
        // Of what is chosen on the project's page from here on, the portal never hears the first; the form tells it again.
        await ana.AddInitScriptAsync($"if (location.href === '{project}') addEventListener('change', event => event.stopImmediatePropagation(), {{ capture: true, once: true }})");
        await ana.Give(project, "Nano-optics lab (group)", "read");
        Assert.DoesNotContain(heard, frame => frame.Contains("Zaubernuss"));
        await ana.GotoAsync(group);
        await ana.GetByLabel("Add a person").SelectOptionAsync("Ben");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Add to the group" }).ClickAsync();
        await Expect(page.GetByText("Zaubernuss")).ToBeVisibleAsync();
        Assert.Contains(heard, frame => frame.Contains("Zaubernuss"));
        await ana.GetByRole(AriaRole.Button, new() { Name = "Take out Ben" }).ClickAsync();
        await Expect(page.GetByText("Zaubernuss")).ToHaveCountAsync(0);

        // The account itself: the page says so, and shows nothing of what it showed.
        await ana.Give(project, "Ben", "manage");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        await ana.GotoAsync("/people");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Remove Ben" }).ClickAsync();
        await Expect(page.GetByText("Your account was removed by an administrator").First).ToBeVisibleAsync();
        await Expect(page.GetByText("Zn series")).ToHaveCountAsync(0);
        anas.AssertQuiet();
        bens.AssertQuiet();
    });

    [Journey]
    public Task An_open_page_says_that_the_database_is_away_and_goes_on_by_itself() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.GotoAsync("/projects/new");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Make project" })).ToBeVisibleAsync();
        await page.GetByLabel("Name (needed)").FillAsync("Typed before");
        await page.GetByLabel("Code (needed)").FillAsync("TB");
        var other = await browser.Tab();
        await other.GotoAsync("/jobs");
        await Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Jobs", Exact = true })).ToBeVisibleAsync();
        await page.EvaluateAsync("() => window.isTheSamePage = true");

        await using (await portal.WithoutDatabase())
        {
            foreach (var open in (IPage[])[page, other])
                await Expect(open.GetByText("Leave this page open: it goes on by itself.")).ToBeVisibleAsync();
            // Whoever presses the button nevertheless loses nothing.
            await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
            await Expect(page.Locator("form").GetByText("database", new() { Exact = false }).First).ToBeVisibleAsync();
            await Expect(page.GetByLabel("Name (needed)")).ToHaveValueAsync("Typed before");
            // Whoever comes now gets a page that waits with them.
            browser.Expects("503");
            Assert.Equal(503, (await other.GotoAsync("/projects"))!.Status);
            await Expect(other.GetByText("so does this page")).ToBeVisibleAsync();
        }

        await Expect(page.GetByText("Leave this page open: it goes on by itself.")).ToHaveCountAsync(0);
        await Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Projects", Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Typed before" })).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("() => window.isTheSamePage === true"), "The page was loaded anew.");
        browser.AssertQuiet();
    });

    /// <summary>Every live message that comes to these pages from now on, as text.</summary>
    static ConcurrentBag<string> Listen(params IPage[] pages)
    {
        var heard = new ConcurrentBag<string>();
        foreach (var page in pages)
            page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) =>
                heard.Add(frame.Text ?? Encoding.UTF8.GetString(frame.Binary ?? []));
        return heard;
    }

    static async Task Record(IPage page, string name)
    {
        await page.GotoAsync("/batches/new");
        await page.GetByLabel("Name (needed)").FillAsync(name);
        await page.GetByLabel("Formula (needed)").FillAsync("CsPbBr3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = name })).ToBeVisibleAsync();
    }
}
