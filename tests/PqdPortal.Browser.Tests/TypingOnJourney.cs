using Microsoft.Playwright;
using Npgsql;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>Whoever goes on typing while what they sent is still being saved loses no key.</summary>
public sealed class TypingOnJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task What_is_typed_while_a_note_or_a_parent_is_being_saved_stays() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.Enter();
        await page.MakeProject();
        foreach (var name in (string[])["one", "two", "three"]) await page.Ask("batches", new { project = "ZN", name, formula = "CsPbBr3" });
        await using var slow = new NpgsqlConnection(portal.Database);
        await slow.OpenAsync();

        await page.GotoAsync("b/ZN-0001?tab=notes");
        await Expect(page.Locator(".note-form[data-ready]")).ToBeAttachedAsync();
        var note = page.GetByLabel("Add a note");
        await note.FillAsync("Turned green.");
        await using (var held = await slow.BeginTransactionAsync())
        {
            await Do("""SELECT 1 FROM "Batches" WHERE "Code" = 'ZN-0001' FOR UPDATE""");
            await page.GetByRole(AriaRole.Button, new() { Name = "Add the note" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add the note" })).ToBeDisabledAsync();
            await note.PressSequentiallyAsync(" And then yellow.");
        }
        await Expect(page.Locator(".markdown").GetByText("Turned green.")).ToBeVisibleAsync();
        await Expect(note).ToHaveValueAsync("And then yellow.");
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Add a note")).ToHaveValueAsync("And then yellow.");

        await page.GotoAsync("b/ZN-0001?tab=family");
        var parent = page.GetByRole(AriaRole.Combobox, new() { Name = "Made from" });
        // Faster than the candidates come.
        await parent.PressSequentiallyAsync("ZN-0002", new() { Delay = 5 });
        await Expect(parent).ToHaveValueAsync("ZN-0002");
        await using (var held = await slow.BeginTransactionAsync())
        {
            await Do("""SELECT pg_advisory_xact_lock(hashtextextended('genealogy ' || "ProjectId", 0)) FROM "Batches" WHERE "Code" = 'ZN-0001'""");
            await page.Locator(".family-add").GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
            await parent.FillAsync("ZN-0003");
        }
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "ZN-0002 is no parent" })).ToBeVisibleAsync();
        await Expect(parent).ToHaveValueAsync("ZN-0003");
        browser.AssertQuiet();

        async Task Do(string sql)
        {
            await using var command = new NpgsqlCommand(sql, slow);
            await command.ExecuteScalarAsync();
        }
    });
}
