using System.Text.Json;
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

    /// <summary>As a script of the page itself.</summary>
    public static async Task<JsonElement> Ask(this IPage page, string address, object body)
    {
        var answer = await page.EvaluateAsync<JsonElement>("""
            async ([address, body]) => {
              const answer = await fetch(new URL('api/v1/' + address, document.baseURI), { method: 'POST', body, headers: { 'content-type': 'application/json' } });
              return { ok: answer.ok, text: await answer.text() };
            }
            """, new[] { address, JsonSerializer.Serialize(body) });
        Assert.True(answer.GetProperty("ok").GetBoolean(), $"{address}: {answer}");
        return JsonDocument.Parse(answer.GetProperty("text").GetString()!).RootElement;
    }

    /// <summary>Uploads a file on the page of a dot and waits until it is read.</summary>
    /// <returns>Id of the run.</returns>
    public static async Task<string> UploadTo(this IPage page, string dot, string file)
    {
        await page.GotoAsync("/d/" + dot);
        await page.Locator("input[type=file]").First.SetInputFilesAsync(file);
        var link = page.GetByRole(AriaRole.Link, new() { Name = "Open the run" });
        await Expect(link).ToBeVisibleAsync();
        var run = (await link.GetAttributeAsync("href"))!.Split('/')[^1];
        await page.Until($"runs/{run}", "reading", "read");
        return run;
    }

    /// <summary>Asks for an analysis of a run and waits until it is done.</summary>
    public static async Task<string> Analyse(this IPage page, string run, string kind)
    {
        var id = (await page.Ask("analyses", new { run, kind })).GetProperty("id").GetString()!;
        await page.Until($"analyses/{id}", "state", "done");
        return id;
    }

    static async Task Until(this IPage page, string address, string property, string value)
    {
        for (var tried = 0; ; tried++)
        {
            var now = (await (await page.APIRequest.GetAsync("/api/v1/" + address)).JsonAsync())!.Value.GetProperty(property).GetString();
            if (now == value) return;
            Assert.True(tried < 600, $"{property} of {address} is \"{now}\" after a minute.");
            await Task.Delay(100);
        }
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
