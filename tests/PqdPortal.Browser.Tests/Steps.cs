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

    public static async Task SignIn(this IPage page)
    {
        await page.GotoAsync("sign-in");
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    public static async Task MakeProject(this IPage page)
    {
        await page.GotoAsync("projects/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Zn series");
        await page.GetByLabel("Code", new() { Exact = true }).FillAsync("ZN");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make project" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Zn series" })).ToBeVisibleAsync();
    }
}
