using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Search;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>The search finds what is there for this viewer, the exact code first, and nothing else.</summary>
public sealed class SearchTests(SeededFixture portal) : IClassFixture<SeededFixture>
{
    async Task<SearchAnswer> Find(string text, bool administrator = true)
    {
        await using var scope = portal.As(administrator ? portal.Head : portal.Somebody);
        return await scope.ServiceProvider.GetRequiredService<SearchQueries>().Find(text, 20);
    }

    static IReadOnlyList<string> Of(SearchAnswer answer, string kind) => [.. answer.Groups.Where(group => group.Key == kind).SelectMany(group => group.Hits).Select(hit => hit.Title)];

    [Fact]
    public async Task The_record_of_exactly_that_code_comes_first_however_it_is_written()
    {
        Assert.Equal("SD01-0003", Of(await Find("SD01-0003"), "batches")[0]);
        Assert.Equal("SD01-0003-S2", Of(await Find("sd01-0003-s2"), "samples")[0]);
        Assert.Equal("SD01-0003-S2-D007", Of(await Find(" sd01-0003-S2-d007 "), "dots")[0]);
    }

    [Fact]
    public async Task Formulas_are_found_as_typed_and_with_subscripts()
    {
        var typed = Of(await Find("Cs0.2FA0.8PbBr3"), "batches");

        Assert.NotEmpty(typed);
        Assert.Equal(typed, Of(await Find("Cs₀.₂FA₀.₈PbBr₃"), "batches"));
    }

    [Fact]
    public async Task Notes_names_file_names_and_people_are_found()
    {
        Assert.NotEmpty(Of(await Find("centrifuged"), "batches").Concat(Of(await Find("ethyl acetate"), "batches")));
        Assert.NotEmpty(Of(await Find("hbt_2026"), "files").Concat(Of(await Find("D007_hbt"), "files")));
        Assert.NotEmpty(Of(await Find("hot injection"), "batches"));
        Assert.NotEmpty(Of(await Find("Hana"), "people"));
        Assert.NotEmpty(Of(await Find("Seeded series 1"), "projects"));
    }

    [Fact]
    public async Task Every_word_has_to_be_found()
    {
        Assert.NotEmpty(Of(await Find("0003 D007"), "dots"));
        Assert.All(Of(await Find("0003 D007"), "dots"), code => Assert.True(code.Contains("0003") && code.Contains("D007")));
        Assert.Empty((await Find("0003 zzzzz")).Groups);
    }

    [Fact]
    public async Task Nobody_finds_what_they_may_not_see()
    {
        await using var db = portal.CreateDbContext();
        await using var scope = portal.As(portal.Somebody);
        var viewer = await scope.ServiceProvider.GetRequiredService<CurrentViewer>().Get();
        var hidden = await db.Emitters.Where(e => !db.Emitters.VisibleTo(viewer).Any(mine => mine.Id == e.Id)).Select(e => e.Code).FirstAsync();

        Assert.NotEmpty((await Find(hidden)).Groups);
        Assert.Empty((await Find(hidden, administrator: false)).Groups);
        Assert.Empty((await Find(hidden[..9], administrator: false)).Groups);
    }

    [Fact]
    public async Task Hostile_searches_are_answered_in_words()
    {
        foreach (var text in (string[])["%", "_", "\\", "'; DROP TABLE \"Runs\"; --", "a\0b", "😀", "\u202eevil", "%%%", "..", "a b c d e f g h", new string('a', 100_000), "\ud800", ""])
        {
            var answer = await Find(text);
            Assert.True(answer.Groups.Count == 0 || answer.Trouble is null);
            if (text is "%" or "_" or "%%%") Assert.Empty(answer.Groups);
        }
        using var program = await portal.Program(portal.Head);
        Assert.Equal(HttpStatusCode.BadRequest, (await program.GetAsync("/api/v1/search?q=" + string.Join('+', Enumerable.Repeat("word", 9)))).StatusCode);
        Assert.Empty((await program.GetFromJsonAsync<SearchRecord>("/api/v1/search"))!.Groups);
        Assert.Equal("SD01-0001", (await program.GetFromJsonAsync<SearchRecord>("/api/v1/search?q=SD01-0001"))!.Groups[0].Hits[0].Title);
    }
}
