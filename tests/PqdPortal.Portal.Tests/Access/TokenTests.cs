using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Access;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>What a program may do with a token that is narrower than its person.</summary>
public sealed partial class TokenTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    /// <summary>A program of this person's with a token as told.</summary>
    async Task<(HttpClient Program, Guid Token)> Program(PortalUser person, TokenScope scope = TokenScope.Write, Guid? project = null, Action<AccessToken>? more = null)
    {
        var secret = $"pqd_{Guid.NewGuid():N}";
        await using var db = portal.CreateDbContext();
        var token = new AccessToken { PersonId = person.Id, Name = "narrow", Hash = TokenAuthentication.Hash(secret), CreatedAt = DateTimeOffset.UtcNow, Scope = scope, ProjectId = project };
        more?.Invoke(token);
        db.Add(token);
        await db.SaveChangesAsync();
        var program = await portal.Program(null);
        program.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        return (program, token.Id);
    }

    /// <summary>Every address of the API with its methods, ids replaced by one that is nobody's.</summary>
    IEnumerable<(string Method, string Address, RouteEndpoint Endpoint)> Api() =>
        from endpoint in portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        let address = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        where address.StartsWith(RestApi.Root)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select (method, Parameter().Replace(address, one => one.Value == "{number:int}" ? "1" : "00000000-0000-0000-0000-000000000001"), endpoint);

    [Fact]
    public async Task A_token_that_reads_changes_nothing_wherever_it_is_sent_and_reads_everywhere()
    {
        var ana = await portal.Person("Ana");
        await portal.Project(ana);
        var (reads, _) = await Program(ana, TokenScope.Read);
        var (writes, _) = await Program(ana);
        var (changing, reading) = (0, 0);

        foreach (var (method, address, endpoint) in Api())
        {
            using var request = new HttpRequestMessage(new(method), address);
            var answer = await reads.SendAsync(request);
            var body = await answer.Content.ReadAsStringAsync();
            if (method is "GET" or "HEAD" or "OPTIONS" || endpoint.Metadata.GetMetadata<ReadsOnlyAttribute>() is not null)
            {
                Assert.True(answer.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized), $"{method} {address} was refused to a token that reads: {(int)answer.StatusCode} {body}");
                reading++;
                continue;
            }
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {address} answered {(int)answer.StatusCode} to a token that may only read: {body}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Contains("may read and change nothing", body);
            // The same is asked of a token that writes, so that it is the scope that refused.
            var other = await writes.SendAsync(new(new(method), address));
            Assert.True(other.StatusCode != HttpStatusCode.Forbidden || !(await other.Content.ReadAsStringAsync()).Contains("This token"), $"{method} {address} was refused to a token that writes");
            changing++;
        }

        Assert.True(changing > 10 && reading > 20, $"Only {changing} changing and {reading} reading addresses were found.");
    }

    [Fact]
    public void Of_everything_that_changes_something_it_is_said_whether_it_lies_in_a_project()
    {
        var changing = Api().Where(one => one.Method is not ("GET" or "HEAD" or "OPTIONS")).Select(one => TokenReach.RouteOf(one.Endpoint)).Distinct().ToList();

        Assert.True(changing.Count > 50, $"Only {changing.Count} routes were found.");
        Assert.Empty(changing.Where(route => TokenReach.IsOfProject(route) is null).Select(route => $"{route}: name it in TokenReach.OfProjects or TokenReach.OfNone"));
        // And nothing is named that is not there any more.
        Assert.Empty(TokenReach.OfProjects.Concat(TokenReach.OfNone).Where(part => !changing.Any(route => route == part || route.StartsWith(part + "/"))));
    }

    [Fact]
    public async Task A_token_for_one_project_is_refused_whatever_lies_in_none_and_asked_on_in_its_own()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var (narrow, _) = await Program(ana, project: project.Id);
        var (inside, outside) = (0, 0);

        foreach (var (method, address, endpoint) in Api())
        {
            if (method is "GET" or "HEAD" or "OPTIONS" || endpoint.Metadata.GetMetadata<ReadsOnlyAttribute>() is not null) continue;
            var body = await (await narrow.SendAsync(new(new(method), address))).Content.ReadAsStringAsync();
            var isRefused = body.Contains("good for one project");
            Assert.True(isRefused == (TokenReach.IsOfProject(TokenReach.RouteOf(endpoint)) is not true), $"{method} {address}: {body}");
            if (isRefused) outside++;
            else inside++;
        }

        Assert.True(inside > 40 && outside > 10, $"{inside} inside, {outside} outside");
    }

    [Fact]
    public async Task A_token_for_one_project_is_told_nothing_of_groups_people_set_ups_and_bins_elsewhere()
    {
        var ada = await portal.Person("Ada", administrator: true);
        var (mine, other) = (await portal.Project(ada), await portal.Project(ada));
        var ben = await portal.Person("Ben Elsewhere");
        var (wide, _) = await Program(ada);
        var (narrow, _) = await Program(ada, project: mine.Id);
        var setup = (await wide.PostAsJsonAsync("/api/v1/instruments", new { name = "the set-up" })).Headers.Location!.OriginalString;
        var id = setup[(setup.LastIndexOf('/') + 1)..];
        await wide.PostAsJsonAsync("/api/v1/groups", new { name = "Elsewhere lab" });
        Assert.Equal(HttpStatusCode.NoContent, (await wide.DeleteAsync($"/api/v1/projects/{other.Code}")).StatusCode);

        foreach (var list in (string[])["people", "groups", "bin", "projects", "views", "notices", "jobs", "search?q=Elsewhere"])
        {
            var told = await narrow.GetStringAsync("/api/v1/" + list);
            Assert.DoesNotContain("Elsewhere", told.Replace("\"query\":\"Elsewhere\"", ""));
            Assert.DoesNotContain($"\"{other.Code}", told);
        }
        Assert.Contains(ben.Name, await wide.GetStringAsync("/api/v1/people"));
        Assert.Contains("Elsewhere lab", await wide.GetStringAsync("/api/v1/groups"));
        Assert.Contains($"\"{other.Code}", await wide.GetStringAsync("/api/v1/bin"));
        // What hangs on a set-up lies in no project, at whatever address it is sent.
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.PostAsync($"/api/v1/attachments?on=instrument&record={id}&name=a.txt", new StringContent("a file"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.PostAsJsonAsync("/api/v1/notes", new { on = "instrument", record = id, text = "a note" })).StatusCode);
    }

    [Fact]
    public async Task A_token_for_one_project_knows_no_other_and_leaves_its_person_no_administrator()
    {
        var ada = await portal.Person("Ada", administrator: true);
        var (mine, other) = (await portal.Project(ada), await portal.Project(ada));
        var (wide, _) = await Program(ada);
        var (narrow, _) = await Program(ada, project: mine.Id);
        var theirs = (await wide.PostAsJsonAsync("/api/v1/batches", new { project = other.Code, name = "other", formula = "CsPbI3" })).Headers.Location!;

        var made = await narrow.PostAsJsonAsync("/api/v1/batches", new { project = mine.Code, name = "mine", formula = "CsPbI3" });
        var foreign = await narrow.PostAsJsonAsync("/api/v1/batches", new { project = other.Code, name = "other", formula = "CsPbI3" });
        var me = await narrow.GetFromJsonAsync<MeRecord>("/api/v1/me");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NotFound), (made.StatusCode, foreign.StatusCode));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), ((await wide.GetAsync(theirs)).StatusCode, (await narrow.GetAsync(theirs)).StatusCode));
        Assert.Equal((false, mine.Code, mine.Code), (me!.IsAdministrator, Assert.Single(me.Projects).Code, me.Token!.Project));
        Assert.All((await narrow.GetFromJsonAsync<RecordPage<BatchRecord>>("/api/v1/batches"))!.Items, batch => Assert.Equal(mine.Code, batch.Project));
    }

    [Fact]
    public async Task A_token_for_one_project_changes_nothing_that_lies_in_none()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var (narrow, own) = await Program(ana, project: project.Id);

        var answer = await narrow.DeleteAsync($"/api/v1/me/tokens/{own}");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("good for one project", await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await narrow.GetAsync("/api/v1/me")).StatusCode);
    }

    [Fact]
    public async Task A_token_dies_with_the_project_it_is_for_and_gains_nothing()
    {
        var ana = await portal.Person("Ana");
        var (project, other) = (await portal.Project(ana), await portal.Project(ana));
        var (narrow, _) = await Program(ana, project: project.Id);
        await using var db = portal.CreateDbContext();
        await db.Projects.Where(p => p.Id == project.Id).ExecuteUpdateAsync(p => p.SetProperty(x => x.DeletedAt, DateTimeOffset.UtcNow));

        var me = await narrow.GetFromJsonAsync<MeRecord>("/api/v1/me");

        Assert.Empty(me!.Projects);
    }

    [Fact]
    public async Task A_token_opens_no_page_and_makes_no_token()
    {
        var ana = await portal.Person("Ana");
        var (program, _) = await Program(ana);

        foreach (var (method, address) in ((string, string)[])[("GET", "/profile/tokens"), ("POST", "/profile/tokens"), ("GET", "/"), ("POST", "/_blazor/negotiate"), ("GET", "/_blazor")])
        {
            var answer = await program.SendAsync(new(new(method), address));
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {address} answered {answer.StatusCode}");
        }
        await using var db = portal.CreateDbContext();
        Assert.Equal(1, await db.AccessTokens.CountAsync(token => token.PersonId == ana.Id));
    }

    [Fact]
    public async Task The_list_says_from_where_and_by_which_program_a_token_was_used_last_and_never_the_token()
    {
        var ana = await portal.Person("Ana");
        var (program, id) = await Program(ana, TokenScope.Read);
        program.DefaultRequestHeaders.UserAgent.ParseAdd("pqd/0.1");
        await program.GetAsync("/api/v1/runs");

        var list = await program.GetStringAsync("/api/v1/me/tokens");
        var token = JsonSerializer.Deserialize<TokenRecord[]>(list, JsonSerializerOptions.Web)!.Single();

        Assert.Equal((id, "read", "pqd/0.1"), (token.Id, token.Scope, token.LastProgram));
        Assert.NotNull(token.LastAddress);
        Assert.NotNull(token.LastUsedAt);
        Assert.DoesNotContain(program.DefaultRequestHeaders.Authorization!.Parameter!, list);
        Assert.DoesNotContain("hash", list, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_program_ends_a_token_of_its_person_and_nobody_elses()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        var (anas, own) = await Program(ana);
        var (bens, theirs) = await Program(ben);

        Assert.Equal(HttpStatusCode.NotFound, (await anas.DeleteAsync($"/api/v1/me/tokens/{theirs}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await anas.DeleteAsync($"/api/v1/me/tokens/{own}")).StatusCode);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), ((await anas.GetAsync("/api/v1/me")).StatusCode, (await bens.GetAsync("/api/v1/me")).StatusCode));
    }

    [Fact]
    public async Task A_token_in_use_is_spoken_of_two_weeks_before_its_end()
    {
        var ana = await portal.Person("Ana");
        var now = DateTimeOffset.UtcNow;
        await Program(ana, more: token => (token.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt) = ("ends soon", now.AddDays(-80), now.AddDays(10), now));
        await Program(ana, more: token => (token.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt) = ("ends late", now.AddDays(-80), now.AddDays(20), now));
        await Program(ana, more: token => (token.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt) = ("not used", now.AddDays(-80), now.AddDays(10), null));
        await Program(ana, more: token => (token.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt) = ("for a week", now.AddDays(-1), now.AddDays(6), now));
        await using var scope = portal.As(ana);

        var ending = await scope.ServiceProvider.GetRequiredService<TokenEnds>().Soon();

        Assert.Equal(["ends soon"], ending.Select(token => token.Name));
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
