using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>Served at an address of its own, so that live connections can be tried.</summary>
public sealed class ServedPortal : AccountFixture
{
    protected override bool IsServed => true;
}

/// <summary>What another site can make a signed-in person's browser do here: nothing.</summary>
public sealed partial class ForeignSiteTests(ServedPortal portal) : IClassFixture<ServedPortal>
{
    const string Cookie = "__RequestVerificationToken";

    /// <summary>Every way in which something can be changed: address and method of each endpoint that is mapped.</summary>
    IReadOnlyList<(string Method, string Address, bool IsPage)> Changing() =>
        [.. from endpoint in portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            where endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
            where method is not ("GET" or "HEAD" or "OPTIONS")
            select (method, "/" + Parameter().Replace(endpoint.RoutePattern.RawText!.Trim('/'), Guid.NewGuid().ToString()),
                endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)];

    [Fact]
    public async Task Nothing_is_changed_by_a_request_that_another_site_sent()
    {
        var grace = await portal.SignedIn(await portal.Member());
        var tried = 0;

        foreach (var (method, address, _) in Changing())
            foreach (var (header, value) in ((string, string)[])[
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://elsewhere.example"), ("Origin", "null"),
                ("Origin", $"http://{portal.Address.Host}:{portal.Address.Port + 1}"), ("Origin", $"http://{portal.Address.Authority}.elsewhere.example")])
            {
                var answer = await Send(grace, method, address, header, value);
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {address} with {header}: {value} was answered with {answer.StatusCode}");
                tried++;
            }

        Assert.True(tried > 100, $"Only {tried} requests were tried.");
        Assert.True(await grace.IsSignedIn());
    }

    [Fact]
    public async Task The_api_takes_no_change_by_a_cookie_alone_from_whoever_does_not_say_where_it_comes_from()
    {
        // Who may do everything, so that nothing else refuses her.
        var ada = portal.Ada;
        var ways = Changing().Where(way => way.Address.StartsWith("/api/")).ToList();
        Assert.True(ways.Count > 8, $"Only {ways.Count} ways were found.");

        foreach (var (method, address, _) in ways)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await Send(ada, method, address, null, "")).StatusCode);
            // The same from a page of the portal goes on to be looked at.
            foreach (var (header, value) in ((string, string)[])[("Sec-Fetch-Site", "same-origin"), ("Origin", portal.Address.GetLeftPart(UriPartial.Authority))])
            {
                var answer = await Send(ada, method, address, header, value);
                Assert.True(answer.StatusCode != HttpStatusCode.Forbidden, $"{method} {address} with {header} was refused: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    [Fact]
    public async Task Every_form_of_every_page_needs_its_token()
    {
        var pages = portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null && !endpoint.RoutePattern.RawText!.Contains('{'))
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Distinct().ToList();
        var stranger = portal.Visitor();
        var half = await WaitingForACode();
        List<string> forms = [];

        foreach (var page in pages)
            foreach (var visitor in (Visitor[])[portal.Ada, stranger, half])
            {
                var shown = await visitor.Get(page);
                if (shown.StatusCode != HttpStatusCode.OK) continue;
                foreach (Match form in Form().Matches(await shown.Content.ReadAsStringAsync()))
                {
                    // A form that only asks is no change.
                    if (!form.Value.Contains("method=\"post\"")) continue;
                    var to = Action().Match(form.Value) is { Success: true } action && action.Groups[1].Value is { Length: > 0 } told && !told.Contains(':') ? "/" + told.TrimStart('/') : page;
                    var name = Handler().Match(form.Value).Groups[1].Value;
                    Assert.True(form.Value.Contains(Cookie), $"The form \"{name}\" of {page} has no token.");
                    foreach (var token in (string?[])[null, "", "CfDJ8wrong", "x"])
                    {
                        Dictionary<string, string> fields = new() { ["_handler"] = name };
                        if (token is not null) fields[Cookie] = token;
                        using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new FormUrlEncodedContent(fields) };
                        request.Headers.Accept.ParseAdd("text/html");
                        var answer = await visitor.Http.SendAsync(request);
                        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"The form \"{name}\" of {page} with the token \"{token}\" was answered with {answer.StatusCode}");
                    }
                    forms.Add($"{to} {name}");
                }
            }

        foreach (var expected in (string[])["/sign-in sign-in", "/sign-in passkey", "/sign-in/code code", "/sign-in/code recovery", "/sign-out ", "/profile password", "/profile everywhere",
            "/profile/tokens token", "/profile you", "/profile codes-begin", "/profile passkey-add", "/people add"])
            Assert.Contains(expected, forms);
    }

    [Theory]
    [InlineData("/passkeys/new")]
    [InlineData("/passkeys/ask")]
    [InlineData("/sign-out")]
    public async Task What_a_script_of_a_page_asks_for_needs_the_token_too(string address)
    {
        var answer = await Send(portal.Ada, "POST", address, "Sec-Fetch-Site", "same-origin");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(await portal.Ada.IsSignedIn());
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("https://elsewhere.example", false)]
    [InlineData("null", false)]
    public async Task A_live_connection_is_made_by_pages_of_this_portal_alone(string? origin, bool isTaken)
    {
        var grace = await portal.SignedIn(await portal.Member());
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", grace.Cookies);
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin.Length > 0 ? origin : portal.Address.GetLeftPart(UriPartial.Authority));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        var connecting = socket.ConnectAsync(new Uri($"ws://{portal.Address.Authority}/_blazor"), patience.Token);

        if (isTaken) await connecting;
        else Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => connecting)).Message);
    }

    [Fact]
    public async Task A_live_connection_needs_a_sign_in()
    {
        using var socket = new ClientWebSocket();

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{portal.Address.Authority}/_blazor"), CancellationToken.None));

        Assert.Contains("401", refused.Message);
    }

    /// <summary>Who has typed the password and not yet the code.</summary>
    async Task<Visitor> WaitingForACode()
    {
        var person = await portal.Member("Hedy");
        var set = await portal.SignedIn(person);
        var phone = await portal.Authenticator(set);
        await set.Post("/profile", "codes-on", new() { ["On.Code"] = await phone.Next() });
        var half = portal.Visitor();
        await half.SignIn(person.UserName!, PortalFixture.Password);
        return half;
    }

    static async Task<HttpResponseMessage> Send(Visitor visitor, string method, string address, string? header, string value)
    {
        using var request = new HttpRequestMessage(new(method), address) { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
        // The visitor's own header says that it is a page of the portal; here it says what the test says, or nothing.
        using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = visitor.Http.BaseAddress };
        request.Headers.Add("Cookie", visitor.Cookies);
        if (header is not null) request.Headers.Add(header, value);
        return await plain.SendAsync(request);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("^<form[^>]* action=\"([^\"]*)\"")]
    private static partial Regex Action();

    [GeneratedRegex("name=\"_handler\" value=\"([^\"]*)\"")]
    private static partial Regex Handler();
}
