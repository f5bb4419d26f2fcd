using PqdPortal.Analysis;
using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Web;

public class SmallPiecesTests
{
    [Theory]
    [InlineData("CsPbBr3", "CsPbBr<sub>3</sub>")]
    [InlineData("Cs0.2FA0.8PbBr3", "Cs<sub>0.2</sub>FA<sub>0.8</sub>PbBr<sub>3</sub>")]
    [InlineData("Cs1-xFAxPbBr3", "Cs<sub>1−x</sub>FA<sub>x</sub>PbBr<sub>3</sub>")]
    [InlineData("(PEA)2PbI4", "(PEA)<sub>2</sub>PbI<sub>4</sub>")]
    [InlineData("0.5 CsBr", "0.5 CsBr")]
    [InlineData("<b>", "&lt;b&gt;")]
    public async Task A_formula_has_real_subscripts(string typed, string expected) =>
        Assert.Equal($"<span class=\"formula\">{expected}</span>", (await Rendered.Html<FormulaText>(("Of", typed))).Replace("&#x2212;", "\u2212"));

    [Theory]
    [InlineData("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>")]
    [InlineData("[a](JaVaScRiPt:alert(1) \"t\")", "<p>[a](JaVaScRiPt:alert(1) &quot;t&quot;)</p>")]
    [InlineData("<javascript:alert(1)>", "<p>&lt;javascript:alert(1)&gt;</p>")]
    [InlineData("[a][1]\n\n[1]: data:text/html,x", "<p>[a][1]</p>")]
    [InlineData("[S2](/s/ZN-0001-S2)", "<p><a href=\"/s/ZN-0001-S2\">S2</a></p>")]
    [InlineData("<https://example.org/>", "<p><a href=\"https://example.org/\">https://example.org/</a></p>")]
    [InlineData("![spot](https://example.org/spot.png)", "<p><a href=\"https://example.org/spot.png\">spot</a></p>")]
    [InlineData("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>")]
    public async Task A_link_of_notes_leads_to_a_page_or_stays_what_was_written(string written, string shown) =>
        Assert.Equal($"<div class=\"markdown\">{shown}</div>", (await Rendered.Html<MarkdownText>(("Of", written))).Replace("\n", ""));

    [Fact]
    public async Task A_quantity_reads_as_value_uncertainty_and_unit() =>
        Assert.Equal("τ 6.81 ± 0.03\u202fns", await Rendered.Text<QuantityText>(("Of", Quantity.Of("tau_ns", 6.8132, 0.0341, "ns")), ("Label", "τ")));

    [Fact]
    public async Task A_pure_number_has_no_unit_and_says_what_it_rests_on_when_asked() =>
        Assert.Equal("0.042 ± 0.006 (n = 5\u202f120)",
            await Rendered.Text<QuantityText>(("Of", Quantity.Of("g2_0_corr", 0.0421, 0.0061, "1") with { N = 5120 }), ("ShowEvents", true)));

    [Fact]
    public async Task A_refused_quantity_is_withheld_and_shows_no_number() =>
        Assert.Equal("withheld", await Rendered.Text<QuantityText>(("Of", Quantity.Refused("g2_0_corr", "1"))));

    [Fact]
    public async Task A_table_of_quantities_names_them_as_people_do()
    {
        var html = await Rendered.Html<QuantityTable>(("Rows", (IReadOnlyList<Quantity>)[Quantity.Of("g2_0_raw", 0.12, 0.02, "1"), Quantity.Refused("t1_ns", "ns")]));

        Assert.Contains("g2(0) as counted", html);
        Assert.Contains("0.120 ± 0.020", System.Net.WebUtility.HtmlDecode(html));
        Assert.Contains("withheld", html);
    }

    [Theory]
    [InlineData("yes", "verdict-good", "●")]
    [InlineData("no", "verdict-bad", "▲")]
    [InlineData("undecided", "verdict-open", "◆")]
    public async Task A_verdict_has_a_word_a_shape_and_a_colour(string value, string tone, string shape)
    {
        var html = await Rendered.Html<VerdictText>(("Of", new Verdict("single_emitter", value, "g2(0) + 2 sigma = 0.054 is below 0.5")));

        Assert.Contains(tone, html);
        Assert.Contains(shape, System.Net.WebUtility.HtmlDecode(html));
        Assert.Contains($"single photon emitter: {value}", html);
        Assert.Contains("is below 0.5", html);
    }

    [Theory]
    [InlineData(-20, "just now")]
    [InlineData(-190, "3 min ago")]
    [InlineData(-7300, "2 h ago")]
    [InlineData(-260000, "3 d ago")]
    [InlineData(3600, "in 1 h")]
    [InlineData(-86400 * 40, "20 Jan 2026")]
    public async Task A_moment_is_told_from_now(int seconds, string expected) =>
        Assert.Equal(expected, await Rendered.Text<Moment>(("At", (DateTimeOffset?)Rendered.Now.AddSeconds(seconds))));

    [Fact]
    public async Task A_moment_keeps_the_exact_time_in_utc()
    {
        var html = await Rendered.Html<Moment>(("At", (DateTimeOffset?)new DateTimeOffset(2026, 2, 28, 23, 30, 0, TimeSpan.FromHours(2))));

        Assert.Contains("datetime=\"2026-02-28T21:30:00Z\"", html);
    }

    [Fact]
    public async Task A_missing_moment_is_not_recorded() =>
        Assert.Equal("not recorded", await Rendered.Text<Moment>(("At", (DateTimeOffset?)null)));

    [Fact]
    public async Task A_conflict_shows_who_saved_what_and_keeps_what_was_typed()
    {
        var text = await Rendered.Text<Conflict>(
            ("Record", "sample"),
            ("Changes", (IReadOnlyList<FieldConflict>)[new("Dilution", "dilution", "1:500", "1:1000", "Nadia", Rendered.Now.AddMinutes(-2))]));

        Assert.Contains("Nadia saved this sample while you were editing", text);
        Assert.Contains("2 min ago", text);
        Assert.Contains("1:500", text);
        Assert.Contains("1:1000", text);
    }

    [Fact]
    public async Task Waiting_says_what_it_waits_for() =>
        Assert.Contains("Loading the runs", await Rendered.Text<Waiting>(("For", "the runs")));
}
