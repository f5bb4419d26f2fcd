using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PqdPortal.Portal.Tests.Records;
using QRCoder;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>
/// A person at a phone by the fume hood: scans the label of a sample, reads its page at 360 px, adds a photo and a note with one hand.
/// </summary>
public sealed class FumeHoodJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task A_scanned_sample_is_readable_on_a_phone_and_takes_a_photo_and_a_note_with_one_hand() => portal.Walk(async () =>
    {
        await using (var desk = await Browser.Open(portal.Address))
        {
            await desk.Page.Enter();
            await desk.Page.MakeProject();
            await Post(desk.Page, "batches", """{"project":"ZN","name":"Zn washed","formula":"CsPb0.98Zn0.02Br3"}""");
            await Post(desk.Page, "samples", """{"batch":"ZN-0001","name":"film A","matrix":"pmma","dilution":500,"storage":"nitrogen box 2"}""");
            // The label: its code is the address that a phone's camera opens.
            await desk.Page.GotoAsync("s/ZN-0001-S1");
            await desk.Page.GetByRole(AriaRole.Link, new() { Name = "Label", Exact = true }).ClickAsync();
            await Expect(desk.Page.GetByRole(AriaRole.Img, new() { Name = "Code of ZN-0001-S1" })).ToBeVisibleAsync();
            // Module for module the code of that address, as a phone reads it from the paper.
            var drawn = await desk.Page.GetByRole(AriaRole.Img, new() { Name = "Code of ZN-0001-S1" }).Locator("path").GetAttributeAsync("d");
            Assert.Equal(Modules($"{portal.Address.TrimEnd('/')}/s/ZN-0001-S1"), Modules(drawn!, isDrawing: true));
            await desk.Picture("labels-1440");
            desk.AssertQuiet();
        }

        await using var phone = await Browser.Open(portal.Address);
        var page = phone.Page;
        await page.SignIn();
        await page.SetViewportSizeAsync(360, 740);
        // Where no camera reads it, the code is typed as it stands on the label: two taps.
        await page.GotoAsync("scan");
        var pace = new Pace("J22, a typed code");
        await page.GetByLabel("Code on the label").FillAsync("zn-0001-s1");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Find it" }));
        await pace.Click(page.GetByRole(AriaRole.Link, new() { Name = "Open it" }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sample film A" })).ToBeVisibleAsync();
        pace.Within(2);

        // The camera opens the address of the label: the sample's page at once.
        pace = new Pace("J22");
        await page.GotoAsync("s/ZN-0001-S1");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sample film A" })).ToBeVisibleAsync();
        await Readable(page);
        await phone.Picture("phone-sample-360");

        // What is done there lies where the thumb is: within the lowest fifth of the screen, and large enough to hit.
        var bar = page.GetByRole(AriaRole.Navigation, new() { Name = "At hand" });
        foreach (var name in new[] { "Photo", "Note", "Upload", "Scan" })
        {
            var box = (await bar.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).BoundingBoxAsync())!;
            Assert.True(box.Y > 740 * 0.8 && box.Y + box.Height <= 740 && box is { Width: >= 44, Height: >= 44 }, $"{name} lies at {box.Y}, {box.Width} by {box.Height}");
        }

        await pace.Click(bar.GetByRole(AriaRole.Link, new() { Name = "Photo", Exact = true }));
        var camera = page.GetByLabel("Take a photo");
        await Expect(camera).ToHaveAttributeAsync("capture", "environment");
        await Expect(page.GetByText("No photo and no file yet")).ToBeVisibleAsync();
        await Chosen(page, camera, new() { Name = "vial.jpg", MimeType = "image/jpeg", Buffer = Pictures.Jpeg(Pictures.Exif(1, withPlace: true)) });
        await Expect(page.GetByText("its place was removed")).ToBeVisibleAsync();
        await Chosen(page, camera, new() { Name = "trick.jpg", MimeType = "image/jpeg", Buffer = "<html><script>alert(1)</script>"u8.ToArray() });
        await Expect(page.GetByText("trick.jpg calls itself a picture and is a web page")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await Readable(page);
        await phone.Picture("phone-photos-360");

        await pace.Click(bar.GetByRole(AriaRole.Link, new() { Name = "Note", Exact = true }));
        await Expect(page.Locator(".note-form[data-ready]")).ToBeAttachedAsync();
        await page.GetByLabel("Add a note").FillAsync("Turned **green** within two minutes.");
        // The phone rang: what was typed is there again.
        Assert.True(await page.EvaluateAsync<bool>("Object.keys(localStorage).some(key => key.startsWith('pqdportal.note.'))"));
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Add a note")).ToHaveValueAsync("Turned **green** within two minutes.");
        await pace.Click(page.GetByRole(AriaRole.Button, new() { Name = "Add the note" }));
        await Expect(page.Locator(".markdown strong", new() { HasText = "green" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Add a note")).ToHaveValueAsync("");
        await Readable(page);
        await phone.Picture("phone-notes-360");
        // Photo, note, add it; the camera itself is the phone's own.
        pace.Within(3, TimeSpan.FromSeconds(60));

        await page.GotoAsync("s/ZN-0001-S1?tab=history");
        await Expect(page.GetByText("added vial.jpg")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Bring back notes of version 1" }).ClickAsync();
        await Expect(page.GetByText("notes of version 1 stands again")).ToBeVisibleAsync();
        await Readable(page);
        // What was refused is told in the browser's log, too, as every answer of its kind.
        phone.Expects("400");
        phone.AssertQuiet();
    });

    /// <summary>The dark modules of the code of an address, or of the drawing of one.</summary>
    static List<(int X, int Y)> Modules(string of, bool isDrawing = false)
    {
        if (isDrawing)
            return [.. Regex.Matches(of, @"M(\d+) (\d+)h(\d+)v1").SelectMany(run => Enumerable.Range(Number(run, 1), Number(run, 3)).Select(x => (x, Number(run, 2))))];
        using var code = QRCodeGenerator.GenerateQrCode(of, QRCodeGenerator.ECCLevel.M);
        return [.. from y in Enumerable.Range(0, code.ModuleMatrix.Count) from x in Enumerable.Range(0, code.ModuleMatrix.Count) where code.ModuleMatrix[y][x] select (x, y)];

        static int Number(Match run, int part) => int.Parse(run.Groups[part].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>As the camera app gives it; sent once the page listens.</summary>
    static async Task Chosen(IPage page, ILocator input, FilePayload photo)
    {
        await Expect(page.Locator(".attachments[data-ready]")).ToBeAttachedAsync();
        await input.SetInputFilesAsync(photo);
    }

    static async Task Readable(IPage page)
    {
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 360, "The page is wider than the phone.");
        var small = await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('main button, main a.button, main .tabs a, main select, main label.button')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5)
              .map(e => `${e.textContent.trim()} ${e.getBoundingClientRect().height}`)
            """);
        Assert.Empty(small);
    }

    static Task Post(IPage page, string address, string body) => page.EvaluateAsync(
        "async ([address, body]) => { const answer = await fetch(new URL('api/v1/' + address, document.baseURI), { method: 'POST', body, headers: { 'content-type': 'application/json' } }); if (!answer.ok) throw new Error(await answer.text()); }",
        new[] { address, body });
}
