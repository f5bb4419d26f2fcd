using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>What journeys begin with, when it is not what they are about.</summary>
static class Steps
{
    public const string Password = "seven grey dots blink";

    /// <summary>Becomes the first person of a new portal.</summary>
    public static async Task SignUp(this IPage page)
    {
        await page.GotoAsync("");
        await page.GetByLabel("Your name").FillAsync("Ana Curie");
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start empty" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    /// <summary>Ana, whichever journey at this portal comes first.</summary>
    public static async Task Enter(this IPage page)
    {
        await page.GotoAsync("");
        if (page.Url.EndsWith("/welcome")) await page.SignUp();
        else await page.SignIn();
    }

    public static async Task SignIn(this IPage page)
    {
        await page.GotoAsync("sign-in");
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    /// <summary>Adds Ben, who sets his password by the link in a browser of his own.</summary>
    public static async Task Invite(this IPage ana, IPage ben)
    {
        await ana.GotoAsync("/people");
        await ana.GetByLabel("Name", new() { Exact = true }).FillAsync("Ben");
        await ana.GetByLabel("Sign-in name or e-mail").FillAsync("ben");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Add and make a link" }).ClickAsync();
        await ben.GotoAsync(await ana.Locator("#link").InnerTextAsync());
        foreach (var field in await ben.Locator("input[type=password]").AllAsync()) await field.FillAsync(Password);
        await ben.Locator("main button[type=submit]").ClickAsync();
        await Expect(ben.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    /// <summary>Gives a person or a group a role in the project at this address.</summary>
    public static async Task Give(this IPage page, string project, string whom, string role)
    {
        await page.GotoAsync(project);
        await page.GetByLabel("Person or group").SelectOptionAsync(whom);
        await page.GetByLabel("May").SelectOptionAsync(role);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add member" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByRole(AriaRole.Rowheader, new() { Name = whom.Replace(" (group)", "") }) }).GetByText(role)).ToBeVisibleAsync();
    }

    public static async Task MakeProject(this IPage page)
    {
        await page.GotoAsync("projects/new");
        await page.GetByLabel("Name (needed)").FillAsync("Zn series");
        await page.GetByLabel("Code (needed)").FillAsync("ZN");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
    }
}
