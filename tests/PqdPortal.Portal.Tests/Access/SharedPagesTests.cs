using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Groups;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Layout.People;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>The pages of read-only links: what each link opens, to whoever brings it, and how it ends.</summary>
public sealed partial class SharedPagesTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    const string Password = "green dots at night";

    /// <summary>Every page and figure there could be of a place's records, and the least deep link that opens it.</summary>
    static IEnumerable<(string Address, LinkedKind Opens)> Of(Things at) =>
    [
        ($"p/{at.Project.Code}", LinkedKind.Project), ($"b/{at.Batch.Code}", LinkedKind.Batch), ($"s/{at.Sample.Code}", LinkedKind.Sample), ($"d/{at.Dot.Code}", LinkedKind.Dot),
        ($"r/{at.Run.Id}", LinkedKind.Run), ($"a/{at.Analysis.Id}", LinkedKind.Run), ($"figures/{at.Analysis.Id}/g2.svg", LinkedKind.Run),
    ];

    static IEnumerable<string> OfNowhere() =>
        ["p/M9", "b/M9-0001", "s/M9-0001-S1", "d/M9-0001-S1-D001", $"r/{Guid.NewGuid()}", $"a/{Guid.NewGuid()}", $"figures/{Guid.NewGuid()}/g2.svg", "x/y", "r/no-id", "b/'%27", $"r/{new string('a', 3000)}"];

    Guid Root(LinkedKind kind, Things at) => kind switch
    {
        LinkedKind.Project => at.Project.Id, LinkedKind.Batch => at.Batch.Id, LinkedKind.Sample => at.Sample.Id, LinkedKind.Dot => at.Dot.Id, _ => at.Run.Id,
    };

    public static TheoryData<LinkedKind, bool> EveryLink()
    {
        var links = new TheoryData<LinkedKind, bool>();
        foreach (var kind in Enum.GetValues<LinkedKind>()) { links.Add(kind, false); links.Add(kind, true); }
        return links;
    }

    [Theory]
    [MemberData(nameof(EveryLink))]
    public async Task A_link_shows_its_record_with_what_is_below_it_and_of_all_else_what_it_shows_of_nothing(LinkedKind kind, bool withoutNames)
    {
        var mine = portal.Things[Place.Shared];
        var token = await portal.Link(kind, Root(kind, mine), new() { Name = "journal", WithoutNames = withoutNames });
        var before = await portal.Stored();
        // Whoever comes is whoever holds the link: a stranger to the portal, somebody of another project, the administrator.
        foreach (var who in (Who[])[Who.Anonymous, Who.Stranger, Who.Administrator])
        {
            var visitor = who == Who.Anonymous ? portal.Visitor() : portal.Visitor(who);
            var root = await visitor.Get($"/share/{token}");
            Assert.Equal(HttpStatusCode.OK, root.StatusCode);
            Assert.Contains("noindex", root.Headers.GetValues("X-Robots-Tag").Single());
            var begins = await root.Content.ReadAsStringAsync();
            Assert.Contains("You see what stands here now", WebUtility.HtmlDecode(begins));
            // No way to the rest of the portal, not even a link.
            foreach (Match link in Links().Matches(begins)) Assert.StartsWith($"share/{token}", link.Groups[1].Value.Replace("http://localhost/", ""));

            foreach (var (place, at) in portal.Things)
                foreach (var (address, opens) in Of(at))
                {
                    var answer = await visitor.Get($"/share/{token}/{address}");
                    var text = await answer.Content.ReadAsStringAsync();
                    var told = $"A link to the {kind} shows {who} /{address} of {place} with {answer.StatusCode}: {text}";
                    if (place == Place.Shared && opens >= kind)
                    {
                        Assert.True(answer.StatusCode == HttpStatusCode.OK, told);
                        if (!withoutNames) continue;
                        // Neither a name of anybody nor a free text, of the record or of what it hangs on.
                        Assert.False(text.Contains(Things.Mark), told);
                        foreach (var person in (Who[])[Who.Manager, Who.Editor]) Assert.DoesNotMatch($@"\b{portal.Person(person)!.Name}\b", text);
                        continue;
                    }
                    Assert.True(answer.StatusCode == HttpStatusCode.NotFound, told);
                    Assert.DoesNotContain(Things.Mark, text);
                }
            string? nothing = null;
            foreach (var address in OfNowhere())
            {
                var answer = await visitor.Get($"/share/{token}/{address}");
                Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"/{address} answered {answer.StatusCode}");
                if (answer.StatusCode == HttpStatusCode.NotFound && !address.StartsWith("figures") && !address.Contains("aaa")) Assert.Equal(nothing ??= Clean(await answer.Content.ReadAsStringAsync()), Clean(await answer.Content.ReadAsStringAsync()));
            }
            // What is not there for the link is answered word for word like what was never there.
            var foreign = await visitor.Get($"/share/{token}/b/{portal.Things[Place.Foreign].Batch.Code}");
            Assert.Equal(nothing, Clean(await foreign.Content.ReadAsStringAsync()));
        }
        // Looking leaves nothing but the count of the visits.
        Assert.Equal(before, await portal.Stored());
        Assert.Contains(await Row(token), row => row.Visits == 3);
    }

    [Fact]
    public async Task With_names_a_link_tells_who_recorded_it_and_who_shares_it_and_nobody_else()
    {
        var at = portal.Things[Place.Shared];
        var token = await portal.Link(LinkedKind.Batch, at.Batch.Id);

        var text = await portal.Visitor().Read($"/share/{token}");

        Assert.Contains(at.Batch.Name, text);
        Assert.Contains("Shared by Manager", text);
        foreach (var other in (Who[])[Who.Editor, Who.Commenter, Who.Reader, Who.Administrator]) Assert.DoesNotContain($"{other}", text);
    }

    [Fact]
    public async Task A_link_that_is_over_says_so_and_opens_nothing()
    {
        var at = portal.Things[Place.Shared];
        var (ended, revoked) = (await portal.Link(LinkedKind.Batch, at.Batch.Id), await portal.Link(LinkedKind.Batch, at.Batch.Id));
        var (early, late) = (portal.Visitor(), portal.Visitor());
        // Somebody who has been let in before gains nothing by it.
        await early.Get($"/share/{ended}");
        await early.Get($"/share/{revoked}");
        await using (var page = portal.PageOf(Who.Manager))
            Assert.Null(await page.ServiceProvider.GetRequiredService<LinkCommands>().Revoke((await Row(revoked)).Single().Id));
        await using (var db = portal.CreateDbContext())
        {
            var id = (await Row(ended)).Single().Id;
            await db.ShareLinks.Where(link => link.Id == id).ExecuteUpdateAsync(link => link.SetProperty(x => x.ExpiresAt, DateTimeOffset.UtcNow.AddMinutes(-1)));
        }

        foreach (var visitor in (Visitor[])[early, late, portal.Visitor(Who.Manager)])
            foreach (var (token, words, status) in (IEnumerable<(string, string, HttpStatusCode)>)
                [(ended, "This link has expired", HttpStatusCode.Gone), (revoked, "This link was taken back", HttpStatusCode.Gone), (ended + "x", "There is no such link", HttpStatusCode.NotFound), ("nothing", "There is no such link", HttpStatusCode.NotFound)])
            {
                var answer = await visitor.Get($"/share/{token}");
                Assert.Equal(status, answer.StatusCode);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.Contains(words, text);
                Assert.DoesNotContain(Things.Mark, text);
                Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get($"/share/{token}/figures/{at.Analysis.Id}/g2.svg")).StatusCode);
            }
    }

    [Fact]
    public async Task A_password_is_asked_few_times_and_opens_its_link_alone()
    {
        var at = portal.Things[Place.Shared];
        var (token, other) = (await portal.Link(LinkedKind.Batch, at.Batch.Id, new() { Name = "one", Password = Password }), await portal.Link(LinkedKind.Batch, at.Batch.Id, new() { Name = "two", Password = "another password" }));
        Task<Answer> Try(Visitor visitor, string which, string password) => visitor.Post($"/share/{which}", "open", new() { ["Input.Password"] = password });
        var visitor = portal.Visitor($"http://localhost/share/{token}");

        var asked = await visitor.Read($"/share/{token}");
        Assert.Contains("asks for a password", asked);
        Assert.DoesNotContain(at.Batch.Code, asked);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get($"/share/{token}/figures/{at.Analysis.Id}/g2.svg")).StatusCode);
        Assert.Contains("not the password", (await Try(visitor, token, "wrong")).Text);
        Assert.Equal(HttpStatusCode.Redirect, (await Try(visitor, token, Password)).Status);
        Assert.Contains(at.Batch.Name, await visitor.Read($"/share/{token}"));
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get($"/share/{token}/figures/{at.Analysis.Id}/g2.svg")).StatusCode);
        Assert.Equal(1, (await Row(token)).Single().Visits);
        // Neither the other link nor another browser.
        Assert.Contains("asks for a password", await visitor.Read($"/share/{other}"));
        Assert.Contains("asks for a password", await portal.Visitor().Read($"/share/{token}"));

        // Five wrong ones in a row, of whomever and all at once: then not even the right one for a while.
        var guesses = await Task.WhenAll(Enumerable.Range(0, 5).Select(n => Try(portal.Visitor(), other, $"guess {n}")));
        Assert.All(guesses, guess => Assert.Equal(HttpStatusCode.OK, guess.Status));
        Assert.Contains("too many wrong passwords", (await Try(portal.Visitor(), other, "another password")).Text);
        await using (var db = portal.CreateDbContext())
        {
            var id = (await Row(other)).Single().Id;
            await db.ShareLinks.Where(link => link.Id == id).ExecuteUpdateAsync(link => link.SetProperty(x => x.LockedUntil, DateTimeOffset.UtcNow.AddSeconds(-1)));
        }
        Assert.Equal(HttpStatusCode.Redirect, (await Try(portal.Visitor(), other, "another password")).Status);
    }

    [Fact]
    public async Task What_goes_into_the_bin_goes_from_the_link_and_what_changes_changes_there()
    {
        var at = await portal.Fresh();
        var token = await portal.Link(LinkedKind.Batch, at.Batch.Id);
        await using (var db = portal.CreateDbContext())
        {
            (await db.Batches.FindAsync(at.Batch.Id))!.Formula = "CsPbCl3";
            await db.SaveChangesAsync();
        }
        var changed = await portal.Visitor().Read($"/share/{token}");
        await using (var db = portal.CreateDbContext())
        {
            (await db.Batches.FindAsync(at.Batch.Id))!.DeletedAt = DateTimeOffset.UtcNow;
            await db.SaveChangesAsync();
        }
        var gone = await portal.Visitor().Get($"/share/{token}");

        Assert.Contains("Cl", changed);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.DoesNotContain(Things.Mark, await gone.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("", null, null, "Say whom the link is for")]
    [InlineData("a\0b", null, null, "cannot be kept")]
    [InlineData("x", 0, null, "is good for")]
    [InlineData("x", 99999, null, "is good for")]
    [InlineData("x", null, "short", "The password has")]
    public async Task A_link_that_cannot_be_meant_is_refused_in_a_sentence(string name, int? days, string? password, string expected)
    {
        await using var page = portal.PageOf(Who.Manager);
        var (token, trouble, _) = await page.ServiceProvider.GetRequiredService<LinkCommands>()
            .Make(LinkedKind.Batch, portal.Things[Place.Shared].Batch.Id, new() { Name = name, Days = days, Password = password ?? "" });

        Assert.Null(token);
        Assert.Contains(expected, trouble);
    }

    [Fact]
    public async Task Of_secrets_nothing_but_hashes_is_kept()
    {
        var token = await portal.Link(LinkedKind.Batch, portal.Things[Place.Shared].Batch.Id, new() { Name = "hashed", Password = Password });
        await using var page = portal.PageOf(Who.Manager);
        var code = (await page.ServiceProvider.GetRequiredService<InvitationCommands>().Invite(portal.Things[Place.Shared].Project.Id, [new() { For = "Lou" }], new())).Made.Single().Code;

        await using var connection = new Npgsql.NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync();
        foreach (var secret in (string[])[token, token.Replace("-", ""), code, code.Replace("-", ""), Password])
            foreach (var table in (string[])["ShareLinks", "Invitations", "AuditEvents"])
            {
                await using var ask = new Npgsql.NpgsqlCommand($"SELECT count(*) FROM \"{table}\" t WHERE t::text ILIKE @secret", connection);
                ask.Parameters.AddWithValue("secret", $"%{secret}%");
                Assert.Equal(0L, await ask.ExecuteScalarAsync());
            }
    }

    async Task<IReadOnlyList<ShareLink>> Row(string token)
    {
        await using var db = portal.CreateDbContext();
        var hash = PqdPortal.Data.Access.LinkSecret.Hash(token);
        return await db.ShareLinks.AsNoTracking().Where(link => link.Hash == hash).ToListAsync();
    }

    static string Clean(string text) => Changing().Replace(text, "");

    [GeneratedRegex("<a [^>]*href=\"([^\"]*)\"")]
    private static partial Regex Links();

    [GeneratedRegex("<!--Blazor[^>]*-->|name=\"__RequestVerificationToken\" value=\"[^\"]+\"|<time[^>]*>[^<]*</time>|href=\"[^\"]*#content\"")]
    private static partial Regex Changing();
}
