using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace PqdPortal.Browser.Tests;

/// <summary>
/// A page of the guide as a script: what stands in bold is pressed or filled in, in this order, and its pictures are what the browser
/// shows there. With PQD_GUIDE_PICTURES=write the pictures are taken anew instead of compared.
/// </summary>
public sealed partial class Guide(string page, IPage browser)
{
    /// <summary>Cells that a picture is compared by, across and down.</summary>
    const int Across = 64, Down = 40;

    /// <summary>Grey levels of 255 by which a cell may differ: fonts are drawn a little differently by every Chromium.</summary>
    const double CellDifference = 20;

    /// <summary>Share of cells that may differ more: times, ids and other words that are new on every walk.</summary>
    const double OtherCells = 0.04;

    readonly string _text = File.ReadAllText(Path.Combine(Portal.Root, "docs", "guide", page));
    readonly List<string> _named = [];
    readonly List<string> _pictures = [];

    static bool Writes => Environment.GetEnvironmentVariable("PQD_GUIDE_PICTURES") == "write";

    /// <summary>The commands of the guide, as they stand there.</summary>
    public IReadOnlyList<string> Commands => [.. Command().Matches(_text).Select(command => command.Groups[1].Value.Trim())];

    /// <summary>What is written in bold, told to be used.</summary>
    public string Named(string name)
    {
        _named.Add(name);
        return name;
    }

    public Task Fill(string label, string text, bool exact = true) => browser.GetByLabel(Named(label), new() { Exact = exact }).First.FillAsync(text);

    public Task Press(string button) => browser.GetByRole(AriaRole.Button, new() { Name = Named(button), Exact = true }).First.ClickAsync();

    public Task Follow(string link) => browser.GetByRole(AriaRole.Link, new() { Name = Named(link), Exact = true }).First.ClickAsync();

    /// <summary>Compares what is on the screen with the guide's picture of that name, or takes the picture anew.</summary>
    public async Task Picture(string name)
    {
        _pictures.Add($"first-hour/{name}.png");
        await browser.Mouse.MoveAsync(0, 0);
        var taken = await browser.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
        var file = Path.Combine(Portal.Root, "docs", "guide", "first-hour", $"{name}.png");
        if (Writes)
        {
            await File.WriteAllBytesAsync(file, taken);
            return;
        }
        Assert.True(File.Exists(file), $"The guide has no picture {name}; {TakeAnew}");
        var other = await OtherShare(await File.ReadAllBytesAsync(file), taken);
        Assert.True(other <= OtherCells, $"The guide's picture {name} shows another page ({other:P1} of it differs); {TakeAnew}");
    }

    /// <summary>Every bold word and every picture of the guide was met, in its order, and nothing else.</summary>
    public void AssertWalked()
    {
        Assert.Equal([.. Bold().Matches(_text).Select(bold => bold.Groups[1].Value).Where(bold => bold != "bold")], _named);
        Assert.Equal([.. Image().Matches(_text).Select(image => image.Groups[1].Value)], _pictures);
        Assert.Equal([.. _pictures.Select(picture => Path.GetFileName(picture)).Order()],
            [.. Directory.GetFiles(Path.Combine(Portal.Root, "docs", "guide", "first-hour")).Select(file => Path.GetFileName(file)).Order()]);
    }

    const string TakeAnew = "where that is right, take the pictures anew with PQD_GUIDE_PICTURES=write ./test.sh Browser and look at them.";

    /// <summary>Share of the cells of two pictures that differ visibly; all of them where the sizes do.</summary>
    async Task<double> OtherShare(byte[] kept, byte[] taken)
    {
        // The browser itself reads PNG; an empty page has no rules about where its images come from.
        var reader = await browser.Context.NewPageAsync();
        var share = await reader.EvaluateAsync<double>("""
            async ([kept, taken, across, down, cell]) => {
                const open = async data => { const image = new Image(); image.src = 'data:image/png;base64,' + data; await image.decode(); return image; };
                const grey = image => {
                    const canvas = new OffscreenCanvas(across, down), pen = canvas.getContext('2d');
                    pen.imageSmoothingQuality = 'high';
                    pen.drawImage(image, 0, 0, across, down);
                    const { data } = pen.getImageData(0, 0, across, down);
                    return Array.from({ length: across * down }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
                };
                const [a, b] = [await open(kept), await open(taken)];
                if (a.width !== b.width || a.height !== b.height) return 1;
                const [x, y] = [grey(a), grey(b)];
                return x.filter((value, i) => Math.abs(value - y[i]) > cell).length / x.length;
            }
            """, new object[] { Convert.ToBase64String(kept), Convert.ToBase64String(taken), Across, Down, CellDifference });
        await reader.CloseAsync();
        return share;
    }

    [GeneratedRegex(@"\*\*([^*]+)\*\*")]
    private static partial Regex Bold();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Image();

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Command();
}
