using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>Two people at one record, each in a browser of their own, and what becomes of typed text.</summary>
public sealed class TwoPeopleJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";

    [Journey]
    public Task What_two_people_type_at_one_record_survives_each_other_the_bin_a_reload_a_restart_and_their_own_removal() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var bens = await Browser.Open(portal.Address);
        var (ana, ben) = (anas.Page, bens.Page);
        var project = await Begin(ana, ben);

        // Both edit; Ben saves first. Ana is told at once, and no field of hers is touched.
        await Edit(ana);
        await Edit(ben);
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("Ana's notes");
        await ana.GetByLabel("Ligand").FillAsync("oleylamine");
        await ben.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("Ben's notes");
        await ben.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true }).FillAsync("toluene");
        await SaveWhole(ben);
        await Expect(ana.GetByText("Ben changed solvent and notes.")).ToBeVisibleAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("Ana's notes");
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true })).ToHaveValueAsync("");
        await anas.Picture("two-people-news");

        // Her save is refused with who changed what; she keeps her notes and takes the rest, and both live.
        await Save(ana);
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "Ben saved this batch while you were editing" })).ToBeVisibleAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("Ana's notes");
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true })).ToHaveValueAsync("toluene");
        await anas.Picture("two-people-conflict");
        await Save(ana);
        await Expect(ana.GetByText("Choose above")).ToBeVisibleAsync();
        await ana.GetByLabel("Theirs: Ben's notes").CheckAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("Ben's notes");
        await ana.GetByLabel("Mine: Ana's notes").CheckAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("Ana's notes");
        await SaveWhole(ana);
        await Expect(ana.GetByText("oleylamine")).ToBeVisibleAsync();
        await Expect(ana.GetByText("toluene")).ToBeVisibleAsync();
        await ana.GetByRole(AriaRole.Link, new() { Name = "History" }).ClickAsync();
        await Expect(ana.GetByText("not recorded → oleylamine")).ToBeVisibleAsync();
        await Expect(ana.GetByText("not recorded → toluene")).ToBeVisibleAsync();

        // Ben puts it into the bin under her hands. She is told who it was, takes it out and saves.
        await Edit(ana);
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("typed while it went into the bin");
        await ben.GotoAsync($"{Batch}?tab=recipe");
        await ben.GetByRole(AriaRole.Button, new() { Name = "Put into the bin" }).ClickAsync();
        await ben.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Put into the bin" }).ClickAsync();
        await Expect(ana.GetByText("Ben put this batch into the bin")).ToBeVisibleAsync();
        await anas.Picture("two-people-bin");
        await Save(ana);
        await Expect(ana.GetByText("Nothing was saved; the reason stands above")).ToBeVisibleAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("typed while it went into the bin");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Take it out of the bin" }).ClickAsync();
        await Expect(ana.GetByText("Ben put this batch into the bin")).ToHaveCountAsync(0);
        await SaveWhole(ana);
        await Notes(ana, "typed while it went into the bin");

        // A page loaded again offers what was typed; another person at the same browser is not offered it.
        await Edit(ana);
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true }).FillAsync("toluene and hexane");
        await ana.WaitForFunctionAsync("() => Object.keys(localStorage).some(key => key.includes('draft') && localStorage[key].includes('hexane'))");
        await SignIn(ana, "ben");
        await ana.GotoAsync($"{Batch}?tab=edit");
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true })).ToHaveValueAsync("toluene");
        await Expect(ana.Locator("[data-draft]")).ToBeHiddenAsync();
        await SignIn(ana, "ana");
        await Edit(ana);
        await Expect(ana.GetByText("was not saved; this browser kept it")).ToBeVisibleAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true })).ToHaveValueAsync("toluene");
        await anas.Picture("two-people-draft");

        // Meanwhile Ben changed the same field: what is put back is hers to decide, not laid over his.
        await Edit(ben);
        await ben.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true }).FillAsync("octane");
        await SaveWhole(ben);
        await ana.ReloadAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Put it back into the fields" }).ClickAsync();
        await ana.GetByLabel("Mine: toluene and hexane").CheckAsync();
        await SaveWhole(ana);
        await Expect(ana.GetByText("toluene and hexane")).ToBeVisibleAsync();
        await Edit(ana);
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true })).ToHaveValueAsync("toluene and hexane");
        await Expect(ana.Locator("[data-draft]")).ToBeHiddenAsync();

        // The line is cut. What is typed meanwhile is not lost, and the page goes on where it was.
        await ana.Context.SetOfflineAsync(true);
        await ana.EvaluateAsync("() => Blazor._internal.forceCloseConnection()");
        await Expect(ana.GetByText("The connection to the portal was lost")).ToBeVisibleAsync();
        await anas.Picture("two-people-cut");
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("typed while the line was cut");
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Solvent", Exact = true }).FocusAsync();
        await ana.Context.SetOfflineAsync(false);
        await Expect(ana.GetByText("The connection to the portal was lost")).ToBeHiddenAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("typed while the line was cut");
        await SaveWhole(ana);
        await Notes(ana, "typed while the line was cut");

        // The portal is started anew: the page loads again by itself and offers what was typed.
        await Edit(ana);
        await ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("typed before the restart");
        await portal.Restart();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Put it back into the fields" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("typed before the restart");
        await SaveWhole(ana);
        await Notes(ana, "typed before the restart");

        // Ben's role is taken down while he edits, and then his account: he is told, saves nothing, and keeps his text.
        await Edit(ben);
        await ben.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true }).FillAsync("Ben's last words");
        await ana.Give(project, "Ben", "read");
        await Expect(ben.GetByText("Your role in this project was changed")).ToBeVisibleAsync();
        await bens.Picture("two-people-role");
        await Save(ben);
        await Expect(ben.GetByText("Nothing was saved; the reason stands above")).ToBeVisibleAsync();
        await ana.GotoAsync("/people");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Remove Ben" }).ClickAsync();
        await Expect(ben.GetByText("Your account was removed by an administrator").First).ToBeVisibleAsync();
        await Expect(ben.GetByRole(AriaRole.Textbox, new() { Name = "Notes", Exact = true })).ToHaveValueAsync("Ben's last words");
        await bens.Picture("two-people-removed");
        await ana.GotoAsync($"{Batch}?tab=notes");
        await Expect(ana.GetByText("typed before the restart")).ToBeVisibleAsync();
    });

    const string Batch = "/b/ZN-0001";

    static async Task Edit(IPage page)
    {
        await page.GotoAsync($"{Batch}?tab=edit");
        await Expect(Form(page)).ToBeVisibleAsync();
    }

    /// <summary>The record's own form; the place for a comment below a record is a form, too.</summary>
    static ILocator Form(IPage page) => page.Locator(".record-form").Filter(new() { HasNot = page.GetByRole(AriaRole.Button, new() { Name = "Comment", Exact = true }) });

    static Task Save(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();

    static async Task SaveWhole(IPage page)
    {
        await Save(page);
        await Expect(Form(page)).ToHaveCountAsync(0);
    }

    static async Task Notes(IPage page, string text)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Notes" }).ClickAsync();
        await Expect(page.GetByText(text)).ToBeVisibleAsync();
    }

    static async Task SignIn(IPage page, string name)
    {
        await page.GotoAsync("/profile");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("Sign-in name").FillAsync(name);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    /// <summary>A portal with Ana, who administers it, Ben, a project of both and a batch in it.</summary>
    /// <returns>The project's address.</returns>
    static async Task<string> Begin(IPage ana, IPage ben)
    {
        await ana.GotoAsync("/");
        await ana.GetByLabel("Your name").FillAsync("Ana");
        await ana.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await ana.GetByLabel("Password").FillAsync(Password);
        await ana.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Start empty" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();

        await ana.Invite(ben);

        await ana.GotoAsync("/projects/new");
        await ana.GetByLabel("Name (needed)").FillAsync("Zn series");
        await ana.GetByLabel("Code (needed)").FillAsync("ZN");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
        var project = ana.Url;
        await ana.Give(project, "Ben", "edit");

        await ana.GotoAsync("/batches/new");
        await ana.GetByLabel("Name (needed)").FillAsync("first");
        await ana.GetByLabel("Formula (needed)").FillAsync("CsPbBr3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "first" })).ToBeVisibleAsync();
        return project;
    }
}
