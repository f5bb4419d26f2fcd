using System.Net;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Portal.Tests.Web;

public class FirstVisitTests : IAsyncLifetime
{
    readonly PortalFixture _portal = new();

    public Task InitializeAsync() => _portal.InitializeAsync();

    public Task DisposeAsync() => _portal.DisposeAsync();

    static Dictionary<string, string> First(string name, string password = PortalFixture.Password) => new()
    {
        ["Input.Name"] = name, ["Input.SignInName"] = name.ToLowerInvariant(), ["Input.Password"] = password, ["Input.Organisation"] = "Quantum lab",
    };

    [Theory]
    [InlineData("/")]
    [InlineData("/projects")]
    [InlineData("/sign-in")]
    [InlineData("/people")]
    public async Task While_nobody_has_an_account_every_page_leads_to_the_welcome(string page)
    {
        var response = await _portal.Visitor().Get(page);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/welcome", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task The_first_visitor_becomes_the_administrator_and_is_signed_in()
    {
        var visitor = _portal.Visitor();

        var answer = await visitor.Post("/welcome", "welcome", First("Ada"));

        Assert.EndsWith("/begin", answer.Location);
        Assert.Contains("Load demo laboratory", await visitor.Read("/begin"));
        await using var db = _portal.CreateDbContext();
        var person = await db.Users.SingleAsync();
        Assert.Equal(("Ada", "ada", true), (person.Name, person.UserName, person.IsAdministrator));
        Assert.Equal("Quantum lab", (await db.Organisations.SingleAsync()).Name);
    }

    [Fact]
    public async Task A_short_password_is_refused_in_plain_words_and_makes_nobody()
    {
        var answer = await _portal.Visitor().Post("/welcome", "welcome", First("Ada", "short"));

        Assert.Contains("Use at least 12", answer.Text);
        await using var db = _portal.CreateDbContext();
        Assert.False(await db.Users.AnyAsync());
        Assert.False(await db.Organisations.AnyAsync());
    }

    [Fact]
    public async Task Of_many_first_visitors_at_once_one_becomes_the_administrator()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(n => _portal.Visitor().Post("/welcome", "welcome", First($"Visitor{n}"))));

        Assert.Single(answers, answer => answer.Location?.EndsWith("/begin") == true);
        await using var db = _portal.CreateDbContext();
        Assert.Equal(1, await db.Users.CountAsync());
        Assert.Equal(1, await db.Organisations.CountAsync());
    }

    [Fact]
    public async Task Once_there_is_an_administrator_the_welcome_is_closed()
    {
        await _portal.Administrator();
        var second = _portal.Visitor();

        var page = await second.Get("/welcome");
        var answer = await second.Post("/welcome", "welcome", First("Eve"));

        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.DoesNotContain("/begin", answer.Location ?? "");
        Assert.False(await second.IsSignedIn());
        await using var db = _portal.CreateDbContext();
        Assert.Equal(1, await db.Users.CountAsync());
    }

    [Fact]
    public async Task The_question_demo_or_empty_is_asked_once()
    {
        var ada = await _portal.Administrator();

        var answer = await ada.Post("/begin", "begin", new() { ["Input.Demo"] = "false" });

        Assert.Equal(HttpStatusCode.Redirect, answer.Status);
        Assert.Equal(HttpStatusCode.Redirect, (await ada.Get("/begin")).StatusCode);
    }
}
