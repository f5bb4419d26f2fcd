using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Seed;
using PqdPortal.Web.Layout.Lists;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>Lists answer what is asked of them: by every column, in order, page by page, and as a file.</summary>
public sealed class ListTests(SeededFixture portal) : IClassFixture<SeededFixture>
{
    async Task<(ListQuestion Question, int Total, IReadOnlyList<ListRow> Rows)> Ask(string list, string query, int from = 0, int count = 200, bool administrator = true)
    {
        await using var scope = portal.As(administrator ? portal.Head : portal.Somebody);
        var lists = scope.ServiceProvider.GetRequiredService<ListQueries>();
        var of = RecordLists.Find(list)!;
        var question = await lists.Question(of, ListAsked.From(query));
        var total = await lists.Count(of, question);
        return (question, total, total == 0 ? [] : await lists.Rows(of, question, from, count, total));
    }

    [Fact]
    public async Task Every_column_of_every_list_can_be_sorted_and_filtered_by_and_shown()
    {
        await using var scope = portal.As(portal.Head);
        var lists = scope.ServiceProvider.GetRequiredService<ListQueries>();
        foreach (var of in RecordLists.All)
        {
            var all = await lists.Columns(of);
            Assert.Empty(all.GroupBy(column => column.Key).Where(same => same.Count() > 1).Select(same => $"{of.Key}: two columns {same.Key}"));
            Assert.Empty(of.Usual.Where(key => all.All(column => column.Key != key)).Select(key => $"{of.Key}: no column {key}"));
            foreach (var column in all.Where(column => column.CanBeAsked))
            {
                string[] filters = column.Kind switch
                {
                    ColumnKind.Number => [$"{column.Key}:1..20", $"{column.Key}<5", $"{column.Key}:none", $"{column.Key}:any"],
                    ColumnKind.Day or ColumnKind.Moment => [$"{column.Key}:2025-01..2026-06", $"{column.Key}:none"],
                    ColumnKind.YesNo => [$"{column.Key}=yes"],
                    ColumnKind.Choice => [$"{column.Key}={column.Choices[^1].Key}", $"{column.Key}!={column.Choices[^1].Key}", $"{column.Key}:none"],
                    _ => [$"{column.Key}~a", $"{column.Key}=a", $"{column.Key}!=a", $"{column.Key}:none"],
                };
                foreach (var sort in (string[])[column.Key, "-" + column.Key])
                {
                    var asked = await lists.Question(of, new ListAsked([filters[0]], Sort: sort, Columns: column.Key));
                    Assert.True(asked.Troubles.Count == 0, string.Join(" ", asked.Troubles));
                    var total = await lists.Count(of, asked);
                    if (total > 0) Assert.NotEmpty(await lists.Rows(of, asked, total - 1, 5, total));
                }
                foreach (var filter in filters.Skip(1))
                {
                    var asked = await lists.Question(of, new ListAsked([filter]));
                    Assert.True(asked.Troubles.Count == 0, string.Join(" ", asked.Troubles));
                    Assert.True(await lists.Count(of, asked) >= 0);
                }
            }
        }
    }

    [Fact]
    public async Task A_filter_brings_what_a_loop_over_all_dots_brings()
    {
        await using var db = portal.CreateDbContext();
        var dots = await db.Emitters.Include(e => e.Sample.Batch).AsNoTracking().ToListAsync();
        var g2 = await db.StandingValues.Where(v => v.Of == StandingValue.OfDot && v.Name == StandingValue.BestG2).ToDictionaryAsync(v => v.RecordId);
        int Of(Func<Emitter, bool> takes) => dots.Count(takes);

        Assert.Equal(Of(d => g2.TryGetValue(d.Id, out var v) && v.Value < 0.1), (await Ask("dots", "f=g2_0<0.1")).Total);
        Assert.Equal(Of(d => g2.TryGetValue(d.Id, out var v) && v.Hi95 < 0.1), (await Ask("dots", "f=g2_0.hi<0.1")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.EdgeLength is >= 9 and <= 10), (await Ask("dots", "f=batch.edge_length:9..10")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.Fractions["FA"] is >= 0.5 and <= 0.9), (await Ask("dots", "f=x.FA:0.5..0.9")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.Fractions["FA"] == 0), (await Ask("dots", "f=x.FA=0&sort=-x.Cs&cols=code,x.FA")).Total);
        // The same in ångström, and with the unit only at the end.
        Assert.Equal(Of(d => d.Sample.Batch.EdgeLength is >= 9 and <= 10), (await Ask("dots", "f=batch.edge_length:90..100Å")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.EdgeLength is null), (await Ask("dots", "f=batch.edge_length:none")).Total);
        Assert.Equal(Of(d => d.Sample.Matrix == Matrix.Pmma && g2.TryGetValue(d.Id, out var v) && v.Value > 0.4), (await Ask("dots", "f=sample.matrix=pmma&f=g2_0>0.4")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.SynthesisedOn >= new DateOnly(2026, 1, 1) && d.Sample.Batch.SynthesisedOn <= new DateOnly(2026, 3, 31)), (await Ask("dots", "f=batch.synthesised_on:2026-01..2026-03")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.SynthesisTemperature >= 170), (await Ask("dots", "f=batch.synthesis_temperature>=443.15 K")).Total);
        Assert.Equal(Of(_ => true), (await Ask("dots", "f=runs=3")).Total);
        Assert.Equal(0, (await Ask("dots", "f=runs=0")).Total);
        Assert.Equal(0, (await Ask("dots", "measured=false")).Total);
        Assert.Equal(Of(d => d.Sample.Batch.Code == dots[0].Sample.Batch.Code), (await Ask("dots", $"batch={dots[0].Sample.Batch.Code}")).Total);
    }

    [Theory]
    [InlineData("sort=code")]
    [InlineData("sort=-g2_0")]
    [InlineData("sort=g2_0")]
    [InlineData("sort=-batch.edge_length&f=g2_0:any")]
    [InlineData("sort=last_run")]
    public async Task Pages_put_together_are_the_whole_list_in_its_order_from_either_end(string query)
    {
        var (question, total, _) = await Ask("dots", query);
        await using var scope = portal.As(portal.Head);
        var lists = scope.ServiceProvider.GetRequiredService<ListQueries>();
        var of = RecordLists.Find("dots")!;

        var whole = await lists.Matching(of, question);
        var parts = new List<Guid>();
        for (var from = 0; from < total; from += 150) parts.AddRange((await lists.Rows(of, question, from, 150, total)).Select(row => row.Id));

        Assert.Equal(total, whole.Count);
        Assert.Equal(whole, parts);
        Assert.Equal(total, parts.Distinct().Count());
    }

    [Fact]
    public async Task What_has_no_number_stands_behind_the_rest_whichever_way_round()
    {
        foreach (var query in (string[])["sort=edge_length", "sort=-edge_length"])
        {
            var (question, _, rows) = await Ask("batches", query);
            var edges = rows.Select(row => (double?)row.In(question.Sort!)).ToList();
            var known = edges.TakeWhile(edge => edge is not null).ToList();

            Assert.All(edges.Skip(known.Count), edge => Assert.Null(edge));
            Assert.NotEmpty(edges.Skip(known.Count));
            Assert.Equal(query.Contains('-') ? known.OrderByDescending(edge => edge) : known.Order(), known);
        }
    }

    [Fact]
    public async Task Nobody_finds_by_a_filter_what_they_may_not_see()
    {
        var all = (await Ask("dots", "")).Total;
        var theirs = (await Ask("dots", "", administrator: false)).Total;
        await using var db = portal.CreateDbContext();
        await using var scope = portal.As(portal.Somebody);
        var viewer = await scope.ServiceProvider.GetRequiredService<PqdPortal.Web.Access.CurrentViewer>().Get();
        var seen = await db.Emitters.VisibleTo(viewer).CountAsync();
        var hidden = await db.Emitters.Where(e => !db.Emitters.VisibleTo(viewer).Any(mine => mine.Id == e.Id)).Select(e => e.Code).FirstAsync();

        Assert.True(theirs > 0 && theirs < all);
        Assert.Equal(seen, theirs);
        Assert.Equal(0, (await Ask("dots", $"f=code={hidden}", administrator: false)).Total);
        Assert.Equal(1, (await Ask("dots", $"f=code={hidden}")).Total);
    }

    public static TheoryData<string> Hostile => ["f=g2_0<", "f=<0.1", "f=nothing>3", "f=g2_0<abc", "f=g2_0<1kg", "f=code<3", "f=g2_0~x", "f=batch.synthesised_on:yesterday", "f=batch.method=alchemy",
        "sort=nothing", "cols=nothing,code", "f=simulated=perhaps", "f=" + new string('x', 5000) + "=1", "f=batch.plqy:..", "search=" + new string('a', 10_000), "sort=" + new string('-', 3000), "f=g2_0<1e999", "f=code=%00"];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_address_is_answered_with_a_sentence(string query)
    {
        var (question, total, _) = await Ask("dots", query);

        Assert.NotEmpty(question.Troubles);
        Assert.All(question.Troubles, trouble => Assert.True(trouble.EndsWith('.') && trouble.Length < 900, trouble));
        Assert.Equal(2000, total);

        using var program = await portal.Program(portal.Head);
        using var answer = await program.GetAsync($"/api/v1/lists/dots?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("90 Å", "nm", 9)]
    [InlineData("0.009 µm", "nm", 9)]
    [InlineData("6,5", "nm", 6.5)]
    [InlineData("1.5 kcps", "cps", 1500)]
    [InlineData("300 K", "degC", 26.85)]
    [InlineData("12 %", "1", 0.12)]
    [InlineData("\u22120.5 mW", "uW", -500)]
    [InlineData("2 1/ns", "1/s", 2e9)]
    public void A_number_with_a_unit_of_its_own_is_brought_to_that_of_the_column(string typed, string unit, double expected)
    {
        if (unit == "1/s") { Assert.NotNull(Units.Read(typed, "nm").Trouble); return; }
        var (value, trouble) = Units.Read(typed, unit);

        Assert.Null(trouble);
        Assert.Equal(expected, value!.Value, 9);
    }

    [Fact]
    public async Task The_file_of_a_list_holds_every_row_that_matches_with_units_and_uncertainties()
    {
        using var program = await portal.Program(portal.Head);
        var bytes = await program.GetByteArrayAsync("/api/v1/lists/dots.csv?f=g2_0<0.2&cols=code,g2_0,batch.formula,batch.edge_length,created_at,simulated");
        Assert.Equal([0xef, 0xbb, 0xbf], bytes[..3]);
        var text = Encoding.UTF8.GetString(bytes, 3, bytes.Length - 3);
        var lines = Cells(text);

        Assert.Equal(["code", "g2_0", "g2_0.sigma", "g2_0.source", "batch.formula", "batch.edge_length [nm]", "created_at", "simulated"], lines[0]);
        foreach (var row in lines.Skip(1))
        {
            Assert.True(double.Parse(row[1], CultureInfo.InvariantCulture) < 0.2);
            Assert.True(double.Parse(row[2], CultureInfo.InvariantCulture) > 0);
            Assert.EndsWith("Z", row[6]);
        }
        Assert.Equal((await Ask("dots", "f=g2_0<0.2")).Total, lines.Count - 1);
        Assert.DoesNotContain("\n", text.Replace("\r\n", ""));
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+49 30 1234")]
    [InlineData("-5 mV")]
    [InlineData("@SUM(A1)")]
    [InlineData("'=quoted already")]
    [InlineData("  =led by spaces")]
    [InlineData("\t=led by a tab")]
    [InlineData("plain, with \"quotes\"\r\nand lines")]
    [InlineData("'an apostrophe alone")]
    [InlineData("")]
    public void A_text_that_looks_like_a_formula_does_nothing_in_a_spreadsheet_and_comes_back_as_it_was(string text)
    {
        var cell = Cells(ListCsv.Text(text) + ",end\r\n")[0][0];

        Assert.DoesNotMatch(@"^\s*[=+\-@]", cell);
        Assert.Equal(text, ListCsv.Read(cell));
    }

    /// <summary>RFC 4180 as it stands there.</summary>
    static List<List<string>> Cells(string text)
    {
        List<List<string>> lines = [[]];
        for (var at = 0; at < text.Length;)
        {
            var cell = new StringBuilder();
            if (text[at] == '"')
            {
                for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'); at++)
                {
                    if (text[at] == '"') at++;
                    cell.Append(text[at]);
                }
                at++;
            }
            else while (text[at] is not (',' or '\r')) cell.Append(text[at++]);
            lines[^1].Add(cell.ToString());
            if (text[at] == ',') { at++; continue; }
            Assert.Equal("\r\n", text.Substring(at, 2));
            at += 2;
            if (at < text.Length) lines.Add([]);
        }
        return lines;
    }

    [Fact]
    public async Task A_program_reads_rows_with_their_uncertainty_page_by_page()
    {
        using var program = await portal.Program(portal.Head);
        var first = (await program.GetFromJsonAsync<ListPageRecord>("/api/v1/lists/dots?sort=-g2_0&cols=code,g2_0"))!;
        var last = (await program.GetFromJsonAsync<ListPageRecord>($"/api/v1/lists/dots?sort=-g2_0&cols=code,g2_0&page={(first.Total + 49) / 50}"))!;
        var behind = (await program.GetFromJsonAsync<ListPageRecord>("/api/v1/lists/dots?page=2000000000"))!;

        Assert.Equal(2000, first.Total);
        Assert.All(first.Rows, row => Assert.True(row.Cells["g2_0"] is { Number: > 0, Sigma: > 0, Hi95: not null, Analysis: not null }));
        Assert.Equal(first.Rows.Select(row => row.Cells["g2_0"].Number!.Value).OrderDescending(), first.Rows.Select(row => row.Cells["g2_0"].Number!.Value));
        Assert.True(last.Rows[^1].Cells["g2_0"].Number < first.Rows[0].Cells["g2_0"].Number);
        Assert.Empty(behind.Rows);
        Assert.Equal(HttpStatusCode.NotFound, (await program.GetAsync("/api/v1/lists/secrets")).StatusCode);
    }

    [Fact]
    public async Task A_seed_makes_the_same_laboratory_again_and_only_once()
    {
        var other = new DatabaseFixture();
        await other.InitializeAsync();
        try
        {
            await using var db = other.CreateDbContext();
            await new LaboratorySeed(portal.Size, 1).Make(db, null, _ => { });
            await using var first = portal.CreateDbContext();

            Assert.Equal(await first.Emitters.OrderBy(e => e.Id).Take(300).Select(e => $"{e.Id} {e.Code} {e.EmissionPeak}").ToListAsync(), await db.Emitters.OrderBy(e => e.Id).Take(300).Select(e => $"{e.Id} {e.Code} {e.EmissionPeak}").ToListAsync());
            Assert.Equal(await first.StandingValues.CountAsync(), await db.StandingValues.CountAsync());
            Assert.False(await db.Runs.AnyAsync(r => !r.Simulated));
            var refused = await Assert.ThrowsAsync<SeedTrouble>(() => new LaboratorySeed(portal.Size, 2).Make(db, null, _ => { }));
            Assert.Contains("nothing was changed", refused.Message);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }
}
