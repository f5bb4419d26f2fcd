using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A person guards their account: a passkey, authenticator codes, the end of a session elsewhere.</summary>
public sealed class AccountJourney(Portal portal) : IClassFixture<Portal>
{
    const string Password = "seven grey dots blink";

    [Journey]
    public Task A_passkey_is_added_and_opens_the_portal_until_it_is_removed() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await browser.HoldPasskeys();

        await page.GotoAsync("/");
        await page.GetByLabel("Your name").FillAsync("Ana Curie");
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        var password = page.GetByLabel("Password");
        await password.FillAsync("short");
        await Expect(page.GetByText("7 more to go.")).ToBeVisibleAsync();
        await password.FillAsync(Password);
        await Expect(page.GetByText("Strong.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "text");
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start empty" })).ToBeVisibleAsync();

        // Added and named on the profile page.
        await page.GotoAsync("/profile");
        await browser.Picture("profile");
        var add = page.Locator("form[data-passkey=make]");
        await add.GetByLabel("Name").FillAsync("Laptop in the laboratory");
        await add.GetByLabel("Present password").FillAsync(Password);
        await add.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.GetByText("The passkey is added.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "Laptop in the laboratory" })).ToBeVisibleAsync();
        await browser.Picture("profile-passkey");

        // It opens the portal without a name or a password.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await browser.Picture("sign-in");
        await page.GotoAsync("/sign-in?ReturnUrl=%2Fprofile");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Ana Curie" })).ToBeVisibleAsync();
        await Expect(page.GetByText("signed in with a passkey").First).ToBeVisibleAsync();

        // Removed, it opens nothing.
        var remove = page.Locator("form").Filter(new() { HasText = "Remove a passkey" });
        await remove.GetByLabel("Present password").FillAsync(Password);
        await remove.GetByRole(AriaRole.Button, new() { Name = "Remove the passkey" }).ClickAsync();
        await Expect(page.GetByText("The passkey is removed")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByText("No account has this passkey")).ToBeVisibleAsync();
        browser.AssertQuiet();

        // Codes of an authenticator app, and another browser that hears of it.
        await page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await using var elsewhere = await Browser.Open(portal.Address);
        await elsewhere.Page.GotoAsync("/sign-in?ReturnUrl=%2Fprojects");
        await elsewhere.Page.GetByLabel("Sign-in name or e-mail").FillAsync("ana");
        await elsewhere.Page.GetByLabel("Password").FillAsync(Password);
        await elsewhere.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(elsewhere.Page.GetByRole(AriaRole.Heading, new() { Name = "Projects" })).ToBeVisibleAsync();

        await page.GotoAsync("/profile");
        var codes = page.GetByRole(AriaRole.Region, new() { Name = "Authenticator codes" });
        await codes.GetByLabel("Present password").FillAsync(Password);
        await codes.GetByRole(AriaRole.Button, new() { Name = "Set up an authenticator app" }).ClickAsync();
        await Expect(page.GetByAltText("The key below as a picture for the app")).ToBeVisibleAsync();
        await Expect(page.Locator("#authenticator-key")).ToHaveTextAsync(new Regex("^([A-Z2-7]{4} ?){8}$"));
        await browser.Picture("profile-authenticator");

        // Signed out everywhere: the page that stands open elsewhere hears of it without a reload.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Expect(elsewhere.Page.GetByText(new Regex("signed out")).First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        browser.AssertQuiet();

        // Over plain HTTP on a network a browser gives no passkey: the page says so.
        await elsewhere.Page.AddInitScriptAsync("Object.defineProperty(window, 'isSecureContext', { value: false })");
        await elsewhere.Page.GotoAsync("/sign-in");
        await Expect(elsewhere.Page.GetByText("Passkeys need HTTPS")).ToBeVisibleAsync();
        await Expect(elsewhere.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" })).ToBeDisabledAsync();
    });
}
