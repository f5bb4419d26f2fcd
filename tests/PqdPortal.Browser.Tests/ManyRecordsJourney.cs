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

        // J4: from the list, a template, the composition from its sites and shares, saved: four clicks and under 60 s, of which a person types most.
        await page.GotoAsync("batches");
        var pace = new Pace("J4");
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Record a batch" }).First);
        await pace.Click(page.GetByRole(AriaRole.Link, new() { NameRegex = new("Hot injection$") }));
        await Expect(page.GetByLabel("Growth time")).ToBeVisibleAsync();
        // Project, name and formula are typed; the fourth, the method, comes with the template. The project is the one there is.
        await Expect(page.GetByText("(needed)")).ToHaveCountAsync(3);
        await Expect(page.GetByLabel("Method", new() { Exact = true })).ToHaveValueAsync("hot-injection");
        await page.Locator("#field-name").FillAsync("Vial 7");
        await pace.Click(page.GetByText("From sites and shares").First);
        foreach (var (ion, site, share) in ((string, string, string)[])[("Cs", "A", "0.2"), ("FA", "A", "0.8"), ("Pb", "B", "1"), ("Br", "X", "1")])
            await page.GetByLabel($"Share of {ion} on the {site} site (nominal)").FillAsync(share);
        await Expect(page.GetByLabel("Nominal formula (needed)")).ToHaveValueAsync("Cs0.2FA0.8PbBr3");
        await page.GetByLabel("Growth time").FillAsync("45");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Vial 7" })).ToBeVisibleAsync();
        pace.Within(4, TimeSpan.FromSeconds(60));

        // Its label in one click, as a page that prints to PDF.
        pace = new Pace("The label");
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Label", Exact = true }));
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "Code of ZN-0001" })).ToBeVisibleAsync();
        pace.Within(1);
        var printed = await page.PdfAsync(new() { PreferCSSPageSize = true });
        Assert.Equal("%PDF"u8.ToArray(), printed[..4]);
        Assert.Equal(1, Regex.Count(System.Text.Encoding.Latin1.GetString(printed), @"/Type\s*/Page\b"));
        await browser.Picture("batch-label");

        // Or a copy of the last one: three clicks, and its composition stands already.
        await page.GotoAsync("batches");
        pace = new Pace("J4, copying the last");
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Record a batch" }).First);
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Copy the last one (ZN-0001)" }));
        await Expect(page.GetByLabel("Nominal formula (needed)")).ToHaveValueAsync("Cs0.2FA0.8PbBr3");
        // A name that looks like that of the vial beside it is told before it is recorded, with a Cyrillic a.
        await page.Locator("#field-name").FillAsync("Vi\u0430l 7");
        await page.Locator("#field-name").BlurAsync();
        await Expect(page.Locator(".looks-like")).ToContainTextAsync("ZN-0001 has a name that looks the same");
        await browser.Picture("looks-like");
        await page.Locator("#field-name").FillAsync("Vial 8");
        await page.Locator("#field-name").BlurAsync();
        await Expect(page.Locator(".looks-like")).ToHaveCountAsync(0);
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Vial 8" })).ToBeVisibleAsync();
        pace.Within(3, TimeSpan.FromSeconds(60));

        await page.GotoAsync("b/ZN-0001");
        await page.GetByRole(AriaRole.Link, new() { Name = "Recipe and characterisation" }).ClickAsync();
        await Expect(page.GetByText("Growth time")).ToBeVisibleAsync();
        await Expect(page.GetByText("1-octadecene").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Parts of the batch" }).GetByRole(AriaRole.Link, new() { NameRegex = new("^Samples") }).ClickAsync();

        // J5: one click a sample, with its dilution; matrix and substrate as the last one has them. And forty dots in two.
        pace = new Pace("J5, two samples");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "1:500", Exact = true }));
        await Expect(page.GetByText("ZN-0001-S1 1:500 was made.")).ToBeVisibleAsync();
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "1:10", Exact = true }));
        await Expect(page.GetByText("ZN-0001-S2 1:10 was made.")).ToBeVisibleAsync();
        pace.Within(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Change or split" }).ClickAsync();
        await page.GetByLabel("Matrix", new() { Exact = true }).SelectOptionAsync("pmma");
        await page.GetByLabel("Substrate", new() { Exact = true }).FillAsync("quartz");
        await page.GetByRole(AriaRole.Button, new() { Name = "Done", Exact = true }).ClickAsync();
        pace = new Pace("J5, one more sample");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "1:100", Exact = true }));
        await Expect(page.GetByText("ZN-0001-S3 1:100 was made.")).ToBeVisibleAsync();
        pace.Within(1);
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "ZN-0001-S3" }).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.GetByText("quartz").First).ToBeVisibleAsync();
        await Expect(page.GetByText("PMMA").First).ToBeVisibleAsync();
        pace = new Pace("J5, forty dots");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Add dots" }).First);
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Add them" }));
        await Expect(page.GetByText(new Regex("D040")).First).ToBeVisibleAsync();
        pace.Within(2, TimeSpan.FromSeconds(60));
        await browser.Picture("forty-dots");
        var codes = await page.EvaluateAsync<string[]>("""
            async () => (await (await fetch('/api/v1/lists/dots.csv?cols=code&sort=code')).text()).split(/\r?\n/).slice(1).filter(code => code)
            """);
        Assert.Equal(Enumerable.Range(1, 40).Select(number => $"ZN-0001-S3-D{number:000}"), codes);

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
        browser.AssertQuiet();
    });
}
