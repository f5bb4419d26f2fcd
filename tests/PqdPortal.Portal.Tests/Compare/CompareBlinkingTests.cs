using System.Net;
using System.Text.RegularExpressions;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Access;
using PqdPortal.Web.Features.Compare;

namespace PqdPortal.Portal.Tests.Compare;

public sealed class CompareBlinkingTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    static MadeUp?[] Around(double on, Func<MadeUp, MadeUp>? but = null, int dots = 6) =>
        [.. Enumerable.Range(0, dots).Select(k => new MadeUp(On: on + 0.01 * (k - dots / 2), OnToOff: 4 + 0.1 * k, OffToOn: 16 + 0.3 * k, AlphaOn: 1.5 + 0.01 * k)).Select(one => but is null ? one : but(one))];

    [Fact]
    public async Task Two_batches_are_described_and_the_treatment_is_not_judged()
    {
        var at = await portal.Fresh();
        var pristine = await BlinkingDots.Make(portal, at, [.. Around(0.6), new MadeUp(On: null), null]);
        var doped = await BlinkingDots.Make(portal, at, Around(0.9, one => one with { Bleached = true, Type = "A" }));

        var page = await Text([pristine.Code], [doped.Code]);

        Assert.Contains("treatment: undetermined – With one batch in each group no test of the treatment is possible: the smallest p that can come out is 1.", page);
        Assert.Contains("four against four can reach p = 0.029", page);
        // Six against six, all larger: the exact p is 2/C(12, 6).
        Assert.Contains("Cliff's δ 1, p = 0.0022 (Mann-Whitney, exact)", page);
        Assert.Contains("Describes these dots only: factor of the odds 5.81 [4.69, 7.35],", page);
        Assert.Contains($"{pristine.Code} 8 7 7 6 0 20 000", page);
        Assert.Contains($"{doped.Code} 6 6 6 6 6 20 000", page);
        Assert.DoesNotContain("different –", page);
        // Types were asked for in one group alone.
        Assert.Contains("A not asked 6 of 6, 100 % [61, 100] nothing to compare", page);
        Assert.Equal(6, Regex.Count(await Html([pristine.Code], [doped.Code]), "strips-plot-open\"[^>]*><title[^>]*>" + doped.Code) / BlinkingProperty.All.Count);
    }

    [Fact]
    public async Task Four_batches_against_four_can_show_a_difference_of_the_treatment()
    {
        var at = await portal.Fresh();
        var (a, b) = (new List<string>(), new List<string>());
        for (var k = 0; k < 4; k++)
        {
            a.Add((await BlinkingDots.Make(portal, at, Around(0.5 + 0.02 * k, one => one with { Type = "B" }, 3))).Code);
            b.Add((await BlinkingDots.Make(portal, at, Around(0.8 + 0.02 * k, one => one with { Type = "A" }, 3))).Code);
        }

        var page = await Text([.. a], [.. b]);

        Assert.Contains("4 against 4 batches: every other way to deal them out is tried, and the smallest p that can come out is 0.029.", page);
        Assert.Contains("treatment: different – p = 0.029 over 4 and 4 batches, and the 95 % interval of the difference is", page);
        Assert.Contains("A 0 of 12, 0 % [0, 24] 12 of 12, 100 % [76, 100] below 0.0001 different, p = 0.029 over the batches, smallest possible 0.029", page);
        Assert.Contains($"{a[0]} and 3 more", page);
    }

    [Fact]
    public async Task Three_against_three_are_said_to_be_too_few()
    {
        var at = await portal.Fresh();
        var (a, b) = (new List<string>(), new List<string>());
        for (var k = 0; k < 3; k++)
        {
            a.Add((await BlinkingDots.Make(portal, at, Around(0.5 + 0.02 * k, dots: 2))).Code);
            b.Add((await BlinkingDots.Make(portal, at, Around(0.8 + 0.02 * k, dots: 2))).Code);
        }

        var page = await Text([.. a], [.. b]);

        Assert.Contains("the smallest p that can come out is 0.1. So many cannot show a difference of the treatment; add batches.", page);
        Assert.DoesNotContain("different –", page);
    }

    [Fact]
    public async Task Other_bins_or_another_confidence_leave_no_verdict_and_say_how_to_ask_again()
    {
        var at = await portal.Fresh();
        var (a, b) = ((await BlinkingDots.Make(portal, at, Around(0.6))).Code, (await BlinkingDots.Make(portal, at, Around(0.9, one => one with { BinMs = 5, Confidence = 0.9 }))).Code);

        var (page, html) = (await Text([a], [b]), await Html([a], [b]));

        Assert.Contains($"no verdict – The dots were not all analysed with the same bins: 10 ms in {a}, 5 ms in {b}.", page);
        Assert.Contains($"the same confidence: 0.99 in {a}, 0.9 in {b}.", page);
        Assert.Contains($"b/{b}/blinking?bin_ms=10&confidence=0.99", WebUtility.HtmlDecode(html));
        Assert.DoesNotContain("treatment: undetermined", page);
        Assert.Contains("median 0.59", page); // what was found is shown all the same
    }

    [Fact]
    public async Task Dots_more_than_twice_as_bright_leave_no_verdict()
    {
        var at = await portal.Fresh();
        var (a, b) = ((await BlinkingDots.Make(portal, at, Around(0.6, one => one with { Rate = 10e3 }))).Code, (await BlinkingDots.Make(portal, at, Around(0.9, one => one with { Rate = 25e3 }))).Code);
        var close = (await BlinkingDots.Make(portal, at, Around(0.9, one => one with { Rate = 19e3 }))).Code;

        var page = await Text([a], [b]);

        Assert.Contains($"no verdict – The dots of {b} are 2.5 times as bright as those of {a} (25 000 against 10 000 s⁻¹, medians).", page);
        Assert.Contains("with one detector only, both with bins of 25 ms", page);
        Assert.DoesNotContain("no verdict", await Text([a], [close]));
    }

    [Fact]
    public async Task Equivalent_is_said_only_inside_a_margin_of_the_address()
    {
        var at = await portal.Fresh();
        var (a, b) = (new List<string>(), new List<string>());
        for (var k = 0; k < 4; k++)
        {
            a.Add((await BlinkingDots.Make(portal, at, Around(0.700 + 0.004 * k, dots: 2))).Code);
            b.Add((await BlinkingDots.Make(portal, at, Around(0.703 + 0.004 * k, dots: 2))).Code);
        }

        Assert.DoesNotContain("equivalent –", await Text([.. a], [.. b]));
        Assert.Contains("treatment: equivalent – the 95 % interval of the difference", await Text([.. a], [.. b], ("margin_on_fraction", "1.5")));
        foreach (var odd in (string[])["NaN", "1", "-3", "1e999", "0.5", "much"])
            Assert.DoesNotContain("equivalent –", await Text([.. a], [.. b], ("margin_on_fraction", odd)));
    }

    [Fact]
    public async Task Dots_that_are_always_or_never_on_are_compared_by_half_a_frame()
    {
        var at = await portal.Fresh();
        var (a, b) = ((await BlinkingDots.Make(portal, at, Around(0.5, one => one with { On = 0 }))).Code, (await BlinkingDots.Make(portal, at, Around(0.5, one => one with { On = 1 }))).Code);

        // 60 s in bins of 10 ms: 0.5/6000.
        var page = await Text([a], [b]);

        Assert.Contains("median 0.0000833 [0.0000833, 0.0000833], n = 6".Replace("0.0000833", PqdPortal.Web.Layout.Numbers.Plain(0.5 / 6000, 3).Replace('\u202f', ' ')), page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public async Task A_batch_one_may_not_see_is_left_out_in_the_words_for_one_that_is_not_there()
    {
        var mine = await BlinkingDots.Make(portal, portal.Things[Place.Shared], Around(0.6));
        var theirs = await BlinkingDots.Make(portal, portal.Things[Place.Foreign], Around(0.9));

        var hidden = await Html([mine.Code], [theirs.Code], Who.Reader);

        Assert.Contains($"There is no batch {theirs.Code} for you", hidden);
        Assert.DoesNotContain("D001", hidden);
        Assert.Equal((await Html([mine.Code], ["XX-0001"], Who.Reader)).Replace("XX-0001", theirs.Code), hidden);
        Assert.Contains("Describes these dots only", await Html([mine.Code], [theirs.Code], Who.Administrator));
    }

    [Fact]
    public async Task Odd_addresses_are_pages_all_the_same()
    {
        var at = await portal.Fresh();
        var some = (await BlinkingDots.Make(portal, at, Around(0.6))).Code;
        var none = (await BlinkingDots.Make(portal, at, [null])).Code;
        var few = (await BlinkingDots.Make(portal, at, new MadeUp(On: 0.4, AlphaOn: null))).Code;

        Assert.Contains("Choose a batch for each group", await Text([], []));
        Assert.Contains("Choose a batch for each group", await Text([some], [some]));
        Assert.Contains($"No dot of {none} is analysed yet", await Text([some], [none]));
        Assert.Contains("There is no batch <script>alert(1)</script> for you", await Text(["<script>alert(1)</script>"], [some]));
        Assert.DoesNotContain("<script>alert", await Html(["<script>alert(1)</script>"], [some]));
        Assert.Contains("Choose a batch", await Text([.. Enumerable.Range(0, 500).Select(i => $"'; DROP TABLE x{i}")], [new string('x', 4000)]));
        Assert.Contains("n = 1", await Text([some], [few]));
        Assert.Contains("Found in one group only", await Text([some], [few]));
    }

    [Fact]
    public async Task A_batch_is_added_to_a_group_by_its_address_and_left_out_again()
    {
        var at = await portal.Fresh();
        var (a, more, b) = (await One(at), await One(at), await One(at));

        var html = WebUtility.HtmlDecode(await Html([a, more], [b]));

        Assert.Contains($"?a={a}&b={b}\" aria-label=\"Leave out {more}\"", html);
        Assert.DoesNotContain($"<option value=\"{more}\"", html);
    }

    async Task<string> One(Things at) => (await BlinkingDots.Make(portal, at, Around(0.6))).Code;

    async Task<string> Html(string[] a, string[] b, Who who = Who.Editor, params (string Name, string Value)[] more)
    {
        var parameters = new Dictionary<string, object?> { ["A"] = a, ["B"] = b };
        foreach (var (name, value) in more) parameters[name] = value;
        await using var open = await OpenPage.Of(portal, who, typeof(CompareBlinking), parameters);
        return await open.Shown();
    }

    /// <summary>What a person reads of it.</summary>
    async Task<string> Text(string[] a, string[] b, params (string Name, string Value)[] more) =>
        Regex.Replace(Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(await Html(a, b, more: more), "<title>[^<]*</title>", ""), "<[^>]+>", " ")).Replace('\u202f', ' '), "\\s+", " "), " ([.,:;])", "$1");
}
