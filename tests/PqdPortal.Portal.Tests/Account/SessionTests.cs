using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Access;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>A cookie is good as long as its session, and no longer.</summary>
public sealed class SessionTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    [Fact]
    public async Task A_copy_of_the_cookie_opens_nothing_after_signing_out()
    {
        var grace = await portal.SignedIn(await portal.Member());
        using var thief = portal.Thief(grace.Cookies);
        Assert.Equal(HttpStatusCode.OK, (await thief.GetAsync("/profile")).StatusCode);

        await grace.Post("/profile", "", [], "/sign-out");

        Assert.Equal(HttpStatusCode.Redirect, (await thief.GetAsync("/profile")).StatusCode);
    }

    [Fact]
    public async Task A_sign_in_makes_a_new_session_and_ends_the_one_the_browser_had()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        var before = grace.Cookies;
        using var thief = portal.Thief(before);

        await grace.SignIn(person.UserName!, PortalFixture.Password);

        Assert.NotEqual(before, grace.Cookies);
        Assert.Equal(HttpStatusCode.Redirect, (await thief.GetAsync("/profile")).StatusCode);
        Assert.True(await grace.IsSignedIn());
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_renews_this_one()
    {
        var person = await portal.Member();
        var (here, there) = (await portal.SignedIn(person), await portal.SignedIn(person));
        using var thief = portal.Thief(here.Cookies);

        var changed = await here.Post("/profile", "password", new() { ["Password.Present"] = PortalFixture.Password, ["Password.Next"] = "nine blue lasers hum" });

        Assert.Contains("Your password is changed", changed.Text);
        Assert.True(await here.IsSignedIn());
        Assert.False(await there.IsSignedIn());
        Assert.Equal(HttpStatusCode.Redirect, (await thief.GetAsync("/profile")).StatusCode);
        Assert.Contains("changed the password", await portal.Events(person));
    }

    [Fact]
    public async Task Whoever_guesses_a_password_at_a_screen_left_open_is_held_up_as_at_the_sign_in()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        for (var tried = 0; tried < 6; tried++)
            await grace.Post("/profile", "password", new() { ["Password.Present"] = "not this one", ["Password.Next"] = "nine blue lasers hum" });

        var held = await grace.Post("/profile", "password", new() { ["Password.Present"] = PortalFixture.Password, ["Password.Next"] = "nine blue lasers hum" });

        Assert.Contains("Too many wrong passwords", held.Text);
        Assert.DoesNotContain("changed the password", await portal.Events(person));
    }

    [Fact]
    public async Task A_new_password_is_refused_without_the_present_one()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);

        var refused = await grace.Post("/profile", "password", new() { ["Password.Present"] = "not this one", ["Password.Next"] = "nine blue lasers hum" });

        Assert.Contains("The present password is not right", refused.Text);
        Assert.False((await portal.Visitor().SignIn(person.UserName!, "nine blue lasers hum")).Location?.Length > 0);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.Unauthorized)]
    public async Task Signing_out_everywhere_ends_every_session_and_the_tokens_if_asked(bool tokensToo, HttpStatusCode ofTheProgram)
    {
        var person = await portal.Member();
        var (here, there) = (await portal.SignedIn(person), await portal.SignedIn(person));
        using var program = await portal.Program(person);

        await here.Post("/profile", "everywhere", tokensToo ? new() { ["Everywhere.TokensToo"] = "true" } : []);

        Assert.False(await here.IsSignedIn());
        Assert.False(await there.IsSignedIn());
        Assert.Equal(ofTheProgram, (await program.GetAsync("/api/v1/analyses/kinds")).StatusCode);
    }

    [Fact]
    public async Task One_session_is_ended_from_the_list_and_nobody_elses_can_be()
    {
        var person = await portal.Member();
        var (here, there) = (await portal.SignedIn(person), await portal.SignedIn(person));
        var stranger = await portal.SignedIn(await portal.Member("Hedy"));
        await using var db = portal.CreateDbContext();
        var sessions = await db.Sessions.Where(s => s.PersonId == person.Id).OrderBy(s => s.CreatedAt).ToListAsync();

        // A form that the stranger's page does not have is answered, at best, with nothing done.
        await stranger.Post("/profile", $"session-{sessions[0].Id}", []);
        Assert.True(await here.IsSignedIn());
        await here.Post("/profile", $"session-{sessions[1].Id}", []);

        Assert.True(await here.IsSignedIn());
        Assert.False(await there.IsSignedIn());
    }

    [Fact]
    public async Task A_session_ends_when_its_time_is_over()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        await using var db = portal.CreateDbContext();
        var session = await db.Sessions.SingleAsync(s => s.PersonId == person.Id);
        Assert.InRange(session.ExpiresAt - session.CreatedAt, TimeSpan.FromHours(11.9), TimeSpan.FromHours(12.1));

        await db.Sessions.Where(s => s.Id == session.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.ExpiresAt, DateTimeOffset.UtcNow));

        // The portal believes its last answer for ten seconds.
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (await grace.IsSignedIn() && patience.Elapsed < TimeSpan.FromMinutes(1)) await Task.Delay(500);
        Assert.False(await grace.IsSignedIn());
    }

    [Fact]
    public async Task Who_is_removed_is_out_at_the_next_request_and_in_every_open_page()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        await using var open = await OpenPage(person.Id);
        Assert.Equal(person.Id, (await open.ServiceProvider.GetRequiredService<CurrentViewer>().Get()).PersonId);

        await portal.Ada.Post("/people", $"remove-{person.Id}", []);

        Assert.False(await grace.IsSignedIn());
        Assert.Null((await open.ServiceProvider.GetRequiredService<CurrentViewer>().Get()).PersonId);
    }

    [Fact]
    public async Task An_open_page_is_nobodys_once_its_session_ended_elsewhere()
    {
        var person = await portal.Member();
        var grace = await portal.SignedIn(person);
        await using var open = await OpenPage(person.Id);
        Assert.Equal(person.Id, (await open.ServiceProvider.GetRequiredService<CurrentViewer>().Get()).PersonId);

        await grace.Post("/profile", "", [], "/sign-out");

        Assert.Null((await open.ServiceProvider.GetRequiredService<CurrentViewer>().Get()).PersonId);
    }

    [Theory]
    [InlineData("http://localhost", "PqdPortal", false)]
    [InlineData("https://localhost", "__Host-PqdPortal", true)]
    public async Task The_cookie_is_for_the_server_alone_and_for_this_site_alone(string address, string name, bool isSecure)
    {
        var person = await portal.Member();
        var visitor = portal.Visitor(address);
        var form = await visitor.Get("/sign-in");
        var answer = await visitor.SignIn(person.UserName!, PortalFixture.Password);

        var cookie = Assert.Single(answer.Cookies, cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("; httponly", cookie);
        Assert.Contains("; samesite=lax", cookie);
        Assert.Contains("; path=/", cookie);
        Assert.DoesNotContain("domain=", cookie);
        foreach (var set in answer.Cookies.Concat(form.Headers.TryGetValues("Set-Cookie", out var before) ? before : []))
            Assert.Equal(isSecure, set.Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The services of a page that stands open in a browser, signed in by this person's newest session.</summary>
    async Task<AsyncServiceScope> OpenPage(Guid person)
    {
        await using var db = portal.CreateDbContext();
        var session = await db.Sessions.Where(s => s.PersonId == person).OrderByDescending(s => s.CreatedAt).Select(s => s.Id).FirstAsync();
        var scope = portal.Services.CreateAsyncScope();
        var who = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, person.ToString()), new(PersonClaims.Session, session.ToString())], "test"));
        ((IHostEnvironmentAuthenticationStateProvider)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>())
            .SetAuthenticationState(Task.FromResult(new AuthenticationState(who)));
        return scope;
    }
}

/// <summary>A portal that a proxy serves in a folder of its address.</summary>
public sealed class PortalInAFolder : AccountFixture
{
    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Portal:Web:PathBase"] = "/pqd" };
}

public sealed class SessionInAFolderTests(PortalInAFolder portal) : IClassFixture<PortalInAFolder>
{
    [Theory]
    [InlineData("http://localhost", "PqdPortal")]
    [InlineData("https://localhost", "__Secure-PqdPortal")]
    public async Task Under_a_folder_the_cookie_is_of_that_folder(string address, string name)
    {
        var person = await portal.Member();
        var visitor = portal.Visitor(address);

        var answer = await visitor.SignIn(person.UserName!, PortalFixture.Password, "/pqd/sign-in?ReturnUrl=%2Fpqd%2Fprofile");

        var cookie = Assert.Single(answer.Cookies, cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("; path=/pqd", cookie);
        Assert.Contains("; httponly", cookie);
        Assert.EndsWith("/pqd/profile", answer.Location);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/pqd/profile")).StatusCode);
    }
}
