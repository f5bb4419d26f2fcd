using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>A composition from the keys to the page of its batch: read as it is typed, mended with a click, built from shares, compared.</summary>
public sealed class CompositionJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_formula_is_read_as_it_is_typed_and_its_batch_says_what_to_expect() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.MakeProject();

        await page.GotoAsync("batches/new");
        await page.GetByLabel("Name (needed)").FillAsync("mixed cations");
        var formula = page.GetByLabel("Nominal formula (needed)");
        // Faster than answers come back: no key may be lost.
        await formula.PressSequentiallyAsync("Cs1-xFxPbBr3, x=0.8", new() { Delay = 15 });
        await Expect(page.GetByText("Formamidinium is written FA")).ToBeVisibleAsync();
        await Expect(formula).ToHaveValueAsync("Cs1-xFxPbBr3, x=0.8");

        await page.GetByRole(AriaRole.Button, new() { Name = "Write FA", Exact = true }).ClickAsync();
        await Expect(formula).ToHaveValueAsync("Cs1-xFAxPbBr3, x=0.8");
        await Expect(page.GetByText("cubic perovskite expected")).ToBeVisibleAsync();
        await Expect(page.GetByText("estimate, 300 K, not a measurement")).ToBeVisibleAsync();

        await page.GetByText("From sites and shares").First.ClickAsync();
        await Expect(page.GetByLabel("Share of FA on the A site (nominal)")).ToHaveValueAsync("0.8");
        await page.GetByLabel("Share of FA on the A site (nominal)").FillAsync("0.6");
        await Expect(page.GetByText("The shares of A add up to 0.8")).ToBeVisibleAsync();
        await page.GetByLabel("Share of Cs on the A site (nominal)").FillAsync("0.4");
        await Expect(formula).ToHaveValueAsync("Cs0.4FA0.6PbBr3");

        await page.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Composition", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Similar batches" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("Map of Goldschmidt") })).ToBeVisibleAsync();

        await page.GotoAsync("composition?f=CsPbBr3&f=Cs0.2FA0.8PbBr3&edge=9");
        await Expect(page.GetByText("521 ± 8")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = "0.267" }).First).ToBeVisibleAsync();
        browser.AssertQuiet();
    });
}
