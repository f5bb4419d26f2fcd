using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A student records a batch, makes its samples and dots, and brings a table: within the stated clicks and times.</summary>
public sealed class ManyRecordsJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_batch_its_samples_and_forty_dots_are_recorded_in_a_minute_and_a_table_brings_the_rest() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.MakeProject();

        // J4: from the list, a template, what is needed, saved. Three clicks and under 60 s, of which a person types most.
        await page.GotoAsync("batches");
        var clock = Stopwatch.StartNew();
        var clicks = 0;
        async Task Click(ILocator what)
        {
            clicks++;
            await what.ClickAsync();
        }
        await Click(page.GetByRole(AriaRole.Link, new() { Name = "Record a batch" }).First);
        await Click(page.GetByRole(AriaRole.Link, new() { NameRegex = new("Hot injection$") }));
        await Expect(page.GetByLabel("Growth time")).ToBeVisibleAsync();
        await Expect(page.GetByText("(needed)")).ToHaveCountAsync(3); // project, name, formula; the method comes with the template
        await page.Locator("#field-name").FillAsync("Vial 7");
        await page.Locator("#field-formula").FillAsync("Cs0.2FA0.8PbBr3");
        await page.GetByLabel("Growth time").FillAsync("45");
        await Click(page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Vial 7" })).ToBeVisibleAsync();
        Assert.True(clicks <= 3 && clock.Elapsed < TimeSpan.FromSeconds(60), $"J4 took {clicks} clicks and {clock.Elapsed.TotalSeconds:0} s");
        await page.GetByRole(AriaRole.Link, new() { Name = "Recipe and characterisation" }).ClickAsync();
        await Expect(page.GetByText("Growth time")).ToBeVisibleAsync();
        await Expect(page.GetByText("1-octadecene").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Parts of the batch" }).GetByRole(AriaRole.Link, new() { NameRegex = new("^Samples") }).ClickAsync();

        // J5: one click a sample, and forty dots in two.
        clicks = 0;
        clock.Restart();
        await Click(page.GetByRole(AriaRole.Button, new() { Name = "1:500", Exact = true }));
        await Expect(page.GetByText("ZN-0001-S1 1:500 was made.")).ToBeVisibleAsync();
        await Click(page.GetByRole(AriaRole.Button, new() { Name = "1:10", Exact = true }));
        await Expect(page.GetByText("ZN-0001-S2 1:10 was made.")).ToBeVisibleAsync();
        Assert.Equal(2, clicks);
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "ZN-0001-S1" }).GetByRole(AriaRole.Link).ClickAsync();
        clicks = 0;
        await Click(page.GetByRole(AriaRole.Button, new() { Name = "Add dots" }).First);
        await Click(page.GetByRole(AriaRole.Button, new() { Name = "Add them" }));
        await Expect(page.GetByText(new Regex("D040")).First).ToBeVisibleAsync();
        Assert.True(clicks == 2 && clock.Elapsed < TimeSpan.FromSeconds(60), $"J5 took {clicks} clicks for 40 dots and {clock.Elapsed.TotalSeconds:0} s");
        await browser.Picture("forty-dots");

        // A table with one wrong row says so; mended, it is imported once.
        await page.GotoAsync("import/batches");
        async Task Paste(string table)
        {
            await Expect(page.Locator("[data-mounted]")).ToBeVisibleAsync();
            await page.Locator("#import-paste").FillAsync(table);
            await page.Locator("[data-paste]").ClickAsync();
        }
        await Paste("Name\tFormula\tEdge length (Å)\nblue 1\tCsPbBr3\t91\nblue 2\tCsPbBr3\tlarge\n");
        await Expect(page.GetByText("1 thing stands against it")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-problems]")).ToContainTextAsync("\"large\" is not a number");
        await page.GetByRole(AriaRole.Link, new() { Name = "Another table" }).ClickAsync();
        await Paste("Name\tFormula\tEdge length (Å)\nblue 1\tCsPbBr3\t91\nblue 2\tCsPbBr3\t95,5\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Import 2 batches" }).ClickAsync();
        await Expect(page.GetByText("2 batches were recorded.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Another table" }).ClickAsync();
        await Paste("Name\tFormula\tEdge length (Å)\nblue 1\tCsPbBr3\t91\nblue 2\tCsPbBr3\t95,5\n");
        await Expect(page.GetByText("All of it is there already, as it stands in the table")).ToBeVisibleAsync();
        await browser.Picture("import-again");
    });
}
