using System.Diagnostics;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A project is set up with its people, and somebody from abroad joins it, sees it alone and is seen.</summary>
public sealed class PeopleJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";

    [Journey]
    public Task A_project_is_set_up_with_three_people_on_one_page_and_who_is_invited_sees_it_alone() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var kims = await Browser.Open(portal.Address);
        await using var phones = await Browser.Open(portal.Address, width: 360, height: 740, dark: true);
        var (ana, kim) = (anas.Page, kims.Page);
        await ana.SignUp();
        // Another project, which nobody else is to find.
        await ana.GotoAsync("/projects/new");
        await ana.GetByLabel("Name (needed)").FillAsync("Secret series");
        await ana.GetByLabel("Code (needed)").FillAsync("SEC");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "Secret series" })).ToBeVisibleAsync();
        var secret = ana.Url;
        await ana.GotoAsync("/batches/new?project=SEC");
        await ana.GetByLabel("Name (needed)").FillAsync("hidden batch");
        await ana.GetByLabel("ormula (needed)").FillAsync("CsPbI3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "hidden batch" })).ToBeVisibleAsync();

        // Name, code, three people with their roles, what each will see: one page, one click.
        await ana.GotoAsync("/projects/new");
        await Expect(ana.GetByLabel("Name (needed)")).ToBeVisibleAsync();
        var watch = Stopwatch.StartNew();
        await ana.GetByLabel("Name (needed)").FillAsync("Zn series");
        await ana.GetByLabel("Code (needed)").FillAsync("ZN");
        foreach (var (number, whom, role) in ((int, string, string)[])[(1, "Kim", "Comment"), (2, "lou@example.org", "Edit"), (3, "Mai", "Read")])
        {
            await ana.GetByLabel($"Whom to invite, {number}").FillAsync(whom);
            await ana.GetByLabel($"Role of {number}").SelectOptionAsync(role);
        }
        await Expect(ana.GetByRole(AriaRole.Region, new() { Name = "What they will see" }).GetByText("Kim")).ToBeVisibleAsync();
        await anas.Picture("people-new-project");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(ana.GetByText("Send each of them their link")).ToBeVisibleAsync();
        watch.Stop();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"Setting the project up took {watch.Elapsed}");
        await anas.Picture("people-links");
        var link = await ana.Locator(".once-shown-link").First.InnerTextAsync();
        await ana.GetByRole(AriaRole.Link, new() { Name = "To the project" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Rowheader, new() { Name = "lou@example.org" })).ToBeVisibleAsync();
        var project = ana.Url;
        await ana.GotoAsync("/batches/new?project=ZN");
        await ana.GetByLabel("Name (needed)").FillAsync("shared batch");
        await ana.GetByLabel("ormula (needed)").FillAsync("CsPbBr3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "shared batch" })).ToBeVisibleAsync();

        // Kim opens the link, makes an account and lands in the project: one form, one click.
        await kim.GotoAsync(link);
        await Expect(kim.GetByText("Ana Curie invites you")).ToBeVisibleAsync();
        await kims.Picture("people-join");
        await kim.GetByLabel("Your name").FillAsync("Kim");
        await kim.GetByLabel("E-mail address or sign-in name").FillAsync("kim@example.org");
        await kim.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await kim.GetByRole(AriaRole.Button, new() { Name = "Make the account and join" }).ClickAsync();
        await Expect(kim.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        Assert.Equal(project, kim.Url);

        // The other project is nowhere: not in a list, not at its address, not in the API.
        await kim.GotoAsync("/projects");
        await Expect(kim.GetByRole(AriaRole.Rowheader, new() { Name = "Zn series" })).ToBeVisibleAsync();
        Assert.DoesNotContain("Secret", await kim.ContentAsync());
        await Expect(kim.GetByRole(AriaRole.Link, new() { Name = "New project" })).ToHaveCountAsync(0);
        kims.Expects("404");
        foreach (var address in (string[])[secret, "/b/SEC-0001"]) Assert.Equal(404, (await kim.GotoAsync(address))!.Status);
        Assert.Equal(404, await kim.EvaluateAsync<int>("async () => (await fetch('/api/v1/batches/SEC-0001')).status"));
        Assert.Equal(1, await kim.EvaluateAsync<int>("async () => (await (await fetch('/api/v1/batches')).json()).total"));

        // Who else sees the batch, and why: one click. A comment is said.
        await kim.GotoAsync("/b/ZN-0001");
        await kim.GetByText("Who can see this, and why").ClickAsync();
        var who = kim.Locator(".who-people");
        await Expect(who.GetByText("Ana Curie")).ToBeVisibleAsync();
        await Expect(who.GetByText("comment, by name since")).ToBeVisibleAsync();
        await Expect(who.GetByText("lou@example.org")).ToHaveCountAsync(0); // invitations are told to those who manage
        await kims.Picture("people-who");
        await Expect(kim.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true })).ToHaveCountAsync(0);
        await kim.GetByLabel("Comment", new() { Exact = true }).FillAsync("seen from abroad");
        await kim.GetByRole(AriaRole.Button, new() { Name = "Comment", Exact = true }).ClickAsync();
        await Expect(kim.GetByText("seen from abroad").First).ToBeVisibleAsync();

        // Ana sees who came and who did not, and makes a link for the reviewers.
        await ana.GotoAsync("/b/ZN-0001");
        await ana.GetByText("Who can see this, and why").ClickAsync();
        await Expect(ana.Locator(".who-people").GetByText("lou@example.org")).ToBeVisibleAsync();
        await Expect(ana.Locator(".who-people").GetByText("Kim", new() { Exact = true })).ToBeVisibleAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make a read-only link" }).ClickAsync();
        await ana.GetByLabel("Whom the link is for").FillAsync("the reviewers");
        await ana.GetByText("Without names").ClickAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make the link" }).ClickAsync();
        var shared = await ana.Locator(".once-shown-link").InnerTextAsync();
        await anas.Picture("people-link");
        await phones.Page.GotoAsync(shared);
        await Expect(phones.Page.GetByRole(AriaRole.Heading, new() { Name = "ZN-0001" })).ToBeVisibleAsync();
        Assert.DoesNotContain("Ana", await phones.Page.ContentAsync());
        await phones.Picture("people-shared-phone");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Revoke the link the reviewers" }).ClickAsync();
        await Expect(ana.Locator(".who-people").GetByText("read-only")).ToHaveCountAsync(0);
        phones.Expects("410");
        await phones.Page.ReloadAsync();
        await Expect(phones.Page.GetByText("This link was taken back")).ToBeVisibleAsync();

        foreach (var browser in (Browser[])[anas, kims, phones]) browser.AssertQuiet();
    });
}
