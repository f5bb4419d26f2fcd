using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Portal.Tests.Web;

public partial class SignInTests : IAsyncLifetime
{
    readonly PortalFixture _portal = new();

    public Task InitializeAsync() => _portal.InitializeAsync();

    public Task DisposeAsync() => _portal.DisposeAsync();

    [Fact]
    public async Task A_page_sends_a_stranger_to_the_sign_in_and_back_afterwards()
    {
        await _portal.Administrator();
        var visitor = _portal.Visitor();

        var refused = await visitor.Get("/projects?search=zn");
        var answer = await visitor.SignIn("ada", PortalFixture.Password, refused.Headers.Location!.PathAndQuery);

        Assert.StartsWith("/sign-in?ReturnUrl=", refused.Headers.Location.PathAndQuery);
        Assert.EndsWith("/projects?search=zn", answer.Location);
        Assert.True(await visitor.IsSignedIn());
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    public async Task The_sign_in_leads_to_no_other_site(string address)
    {
        await _portal.Administrator();

        var answer = await _portal.Visitor().SignIn("ada", PortalFixture.Password, "/sign-in?ReturnUrl=" + Uri.EscapeDataString(address));

        Assert.DoesNotContain("elsewhere", answer.Location);
    }

    [Theory]
    [InlineData("ada", "wrong password")]
    [InlineData("nobody", PortalFixture.Password)]
    public async Task A_wrong_name_and_a_wrong_password_get_the_same_answer(string name, string password)
    {
        await _portal.Administrator();
        var visitor = _portal.Visitor();

        var answer = await visitor.SignIn(name, password);

        Assert.Contains("No account has this name with this password", answer.Text);
        Assert.False(await visitor.IsSignedIn());
    }

    [Fact]
    public async Task After_six_wrong_passwords_the_right_one_waits_too()
    {
        await _portal.Administrator();
        var visitor = _portal.Visitor();
        for (var tried = 0; tried < 6; tried++) await visitor.SignIn("ada", "wrong password");

        var answer = await visitor.SignIn("ada", PortalFixture.Password);

        Assert.Contains("Too many wrong passwords", answer.Text);
        Assert.False(await visitor.IsSignedIn());
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        var ada = await _portal.Administrator();
        var page = await ada.Read("/profile");

        var answer = await ada.Http.PostAsync("/sign-out", new FormUrlEncodedContent(
            [new("__RequestVerificationToken", Token().Match(page).Groups[1].Value)]));

        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        Assert.Equal("/sign-in", answer.Headers.Location!.ToString());
        Assert.False(await ada.IsSignedIn());
    }

    [Fact]
    public async Task Another_site_cannot_sign_a_person_out()
    {
        var ada = await _portal.Administrator();

        var answer = await ada.Http.PostAsync("/sign-out", new FormUrlEncodedContent([]));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(await ada.IsSignedIn());
    }

    [Fact]
    public async Task A_program_without_token_gets_401_and_no_sign_in_page()
    {
        await _portal.Administrator();

        Assert.Equal(HttpStatusCode.Unauthorized, (await _portal.Visitor().Get("/api/v1/analyses/kinds", "application/json")).StatusCode);
    }

    [Fact]
    public async Task A_token_opens_the_api_until_it_is_revoked_and_is_stored_as_a_hash_only()
    {
        var ada = await _portal.Administrator();
        var made = await ada.Post("/profile/tokens", "token", new() { ["Token.Name"] = "Set-up 2", ["Token.Scope"] = "read", ["Token.Days"] = "30" });
        Assert.True(ApiToken().IsMatch(made.Text), $"No token was made: {made.Status} {made.Location} {made.Text}");
        var token = ApiToken().Match(made.Text).Value;
        var program = _portal.Visitor().Http;
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);

        var before = await program.GetAsync("/api/v1/analyses/kinds");
        await using var db = _portal.CreateDbContext();
        var stored = await db.AccessTokens.SingleAsync();
        await ada.Post("/profile/tokens", $"revoke-{stored.Id}", []);
        var after = await program.GetAsync("/api/v1/analyses/kinds");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.DoesNotContain(token, stored.Hash);
        Assert.DoesNotContain(token, await ada.Read("/profile/tokens"));
    }

    [Fact]
    public async Task A_token_with_a_name_or_a_life_that_cannot_be_kept_is_refused_in_words()
    {
        var ada = await _portal.Administrator();
        Assert.Contains("id=\"token-name\" name=\"Token.Name\" maxlength=\"100\"", await ada.Read("/profile/tokens"));

        // Past the form, which lets nobody type them.
        foreach (var (name, days, said) in ((string, string, string)[])
            [
                (new string('n', 101), "30", "The name of a token holds at most 100 characters; 101 stand here."),
                (new string('n', 200_000), "30", "The name of a token holds at most 100 characters"),
                ("   ", "30", "Say what the token is for"), ("", "30", "Say what the token is for"),
                ("Set-up 2", "-1", "1 to 3650 days"), ("Set-up 2", "2147483647", "1 to 3650 days"), ("Set-up 2", "99999999999999", "1 to 3650 days"), ("Set-up 2", "", "1 to 3650 days"),
            ])
        {
            var answer = await ada.Post("/profile/tokens", "token", new() { ["Token.Name"] = name, ["Token.Scope"] = "write", ["Token.Days"] = days });
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Contains(said, answer.Text);
            Assert.DoesNotMatch(ApiToken(), answer.Text);
        }
        await using var db = _portal.CreateDbContext();
        Assert.Equal(0, await db.AccessTokens.CountAsync());

        await ada.Post("/profile/tokens", "token", new() { ["Token.Name"] = $" {new string('n', 100)} ", ["Token.Scope"] = "write", ["Token.Days"] = "0" });
        var kept = await db.AccessTokens.SingleAsync();
        Assert.Equal((new string('n', 100), (DateTimeOffset?)null), (kept.Name, kept.ExpiresAt));
    }

    [Fact]
    public async Task An_added_person_sets_their_password_with_a_link_that_works_once()
    {
        var ada = await _portal.Administrator();
        var added = await ada.Post("/people", "add", new() { ["New.Name"] = "Grace", ["New.SignInName"] = "grace@example.org" });
        var link = new Uri(Link().Match(added.Text).Groups[1].Value).PathAndQuery;
        var grace = _portal.Visitor();

        await grace.Post(link, "set-password", new() { ["Input.Password"] = "a long new password" });
        var again = await _portal.Visitor().Post("/sign-in", "set-password", new() { ["Input.Password"] = "another password" }, link);

        Assert.True(await grace.IsSignedIn());
        Assert.Contains("has been used already or has expired", again.Text);
        Assert.Contains("for the administrator", await grace.Read("/people"));
    }

    [Fact]
    public async Task Who_was_removed_can_no_longer_sign_in()
    {
        var ada = await _portal.Administrator();
        var added = await ada.Post("/people", "add", new() { ["New.Name"] = "Grace", ["New.SignInName"] = "grace" });
        await _portal.Visitor().Post(new Uri(Link().Match(added.Text).Groups[1].Value).PathAndQuery, "set-password", new() { ["Input.Password"] = "a long new password" });
        await using var db = _portal.CreateDbContext();
        var grace = await db.Users.SingleAsync(person => person.UserName == "grace");

        await ada.Post("/people", $"remove-{grace.Id}", []);
        var visitor = _portal.Visitor();
        await visitor.SignIn("grace", "a long new password");

        Assert.False(await visitor.IsSignedIn());
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("pqd_[A-Za-z0-9_-]{43}")]
    private static partial Regex ApiToken();

    [GeneratedRegex("id=\"link\">([^<]+)<")]
    private static partial Regex Link();
}
