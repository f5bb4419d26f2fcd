using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>A portal behind a proxy of this machine, with limits that a test reaches.</summary>
public sealed class NarrowPortal : AccountFixture
{
    protected override bool IsServed => true;

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        // Few come back while the test runs: one in twelve seconds.
        ["Portal:Web:SignInsPerMinute"] = "5",
        ["Portal:Web:UploadsPerMinute"] = "5",
        ["Portal:Web:RequestsPerMinute"] = "5",
    };
}

public sealed class LimitTests(NarrowPortal portal) : IClassFixture<NarrowPortal>
{
    [Fact]
    public async Task An_address_that_tries_to_sign_in_too_often_waits_and_another_one_does_not()
    {
        var (guesser, other) = (From("203.0.113.7"), From("203.0.113.8"));
        List<Answer> answers = [];
        for (var tried = 0; tried < 12; tried++) answers.Add(await guesser.SignIn($"name {tried}", "wrong password"));

        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.InRange(refused.Count, 1, 7);
        Assert.All(refused, answer => Assert.Matches("Try again in [0-9]+ s", answer.Text));
        Assert.Equal(HttpStatusCode.OK, (await other.SignIn("somebody", "wrong password")).Status);
        // Looking at pages is free.
        Assert.Equal(HttpStatusCode.OK, (await guesser.Get("/sign-in")).StatusCode);
    }

    [Fact]
    public async Task A_household_of_IPv6_has_many_addresses_and_one_limit()
    {
        List<Answer> answers = [];
        for (var tried = 1; tried <= 12; tried++) answers.Add(await From($"2001:db8:7::{tried}").SignIn($"name {tried}", "wrong password"));

        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.TooManyRequests);
        Assert.Equal(HttpStatusCode.OK, (await From("2001:db8:8::1").SignIn("somebody", "wrong password")).Status);
    }

    [Fact]
    public async Task A_program_that_asks_too_often_is_told_when_to_ask_again_and_others_are_not_held_up()
    {
        var (ana, ben) = (await portal.Person("Ana"), await portal.Person("Ben"));
        using var busy = await portal.Program(ana);
        using var calm = await portal.Program(ben);

        HttpResponseMessage answer = null!;
        for (var asked = 0; asked < 12; asked++)
            if ((answer = await busy.GetAsync("/api/v1/runs")).StatusCode == HttpStatusCode.TooManyRequests) break;

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Nothing was changed", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.OK, (await calm.GetAsync("/api/v1/runs")).StatusCode);
    }

    [Fact]
    public async Task Uploads_are_limited_at_their_beginning_and_their_pieces_never()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        using var program = await portal.Program(ana);
        program.DefaultRequestHeaders.Add("Tus-Resumable", "1.0.0");
        var first = await Begin();
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        for (var piece = 0; piece < 40; piece++)
        {
            using var patch = new HttpRequestMessage(HttpMethod.Patch, first.Headers.Location) { Content = new ByteArrayContent([7]) };
            patch.Content.Headers.ContentType = new("application/offset+octet-stream");
            patch.Headers.Add("Upload-Offset", piece.ToString());
            Assert.Equal(HttpStatusCode.NoContent, (await program.SendAsync(patch)).StatusCode);
        }
        HttpResponseMessage begun = null!;
        for (var tried = 0; tried < 12; tried++)
            if ((begun = await Begin()).StatusCode == HttpStatusCode.TooManyRequests) break;
        Assert.Equal(HttpStatusCode.TooManyRequests, begun.StatusCode);
        Assert.NotNull(begun.Headers.RetryAfter);

        async Task<HttpResponseMessage> Begin()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads");
            request.Headers.Add("Upload-Length", "1000");
            request.Headers.Add("Upload-Metadata", $"filename {Base64("dot.ptu")},project {Base64(project.Id.ToString())}");
            return await program.SendAsync(request);
        }
    }

    [Fact]
    public async Task Pages_and_figures_behind_one_proxy_are_not_counted()
    {
        var person = await portal.Member();
        var visitor = From("203.0.113.50");
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await visitor.SignIn(person.UserName!, PortalFixture.Password)).Status);

        for (var opened = 0; opened < 60; opened++)
            Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/runs")).StatusCode);
    }

    static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A browser somewhere, as the proxy on this machine tells.</summary>
    Visitor From(string address)
    {
        var visitor = portal.Visitor();
        visitor.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return visitor;
    }
}
