using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>Who may come in where, for everything that is mapped.</summary>
public sealed partial class EndpointTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    /// <summary>All that is open to everybody, besides the files that pages are drawn with.</summary>
    static readonly string[] Open =
    [
        "/health/live", "/health/ready", // for whoever watches the machine
        "/welcome", "/sign-in", "/sign-in/code", "/passkeys/ask", "/set-password", // before there is an account, or before it is known whose
        "/join", "/join/{Code}", // whoever was invited, with or without an account
        "/share/{Token}", "/share/{Token}/{Kind}/{Key}", "/share/{Token}/figures/{id:guid}/{name}.svg", // whoever has a read-only link
        "/api/v1/uploads OPTIONS", "/api/v1/openapi.json", // tell what the portal can do, nothing of anybody
    ];

    IEnumerable<RouteEndpoint> Mapped() => portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null);

    static IReadOnlyList<string> Methods(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    static string Address(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    [Fact]
    public void Open_to_everybody_is_what_this_list_says_and_nothing_else()
    {
        var open = Mapped().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => Methods(endpoint) is ["OPTIONS"] ? $"{Address(endpoint)} OPTIONS" : Address(endpoint)).Distinct();

        Assert.Equal(Open.Order(), open.Order());
    }

    [Fact]
    public async Task Everything_else_turns_a_stranger_away_and_every_address_of_the_api_takes_a_token()
    {
        await portal.Administrator();
        using var stranger = await portal.Program(null);
        using var program = await portal.Program(await portal.Person("Ana"));
        var closed = Mapped().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null).ToList();
        var tried = 0;

        foreach (var endpoint in closed)
            foreach (var method in Methods(endpoint) is { Count: > 0 } told ? told : ["GET"])
            {
                // Any id will do: who is turned away does not learn whether there is such a record.
                var address = Parameter().Replace(Address(endpoint), one => one.Value == "{number:int}" ? "1" : "00000000-0000-0000-0000-000000000001");
                var answer = await stranger.SendAsync(new(new(method), address));
                var refused = answer.StatusCode == HttpStatusCode.Unauthorized
                    || answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/sign-in");
                Assert.True(refused, $"{method} {address} answered a stranger with {answer.StatusCode} {answer.Headers.Location}");
                if (!address.StartsWith("/api/")) continue;
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
                Assert.NotEqual(HttpStatusCode.Unauthorized, (await program.SendAsync(new(new(method), address))).StatusCode);
                tried++;
            }

        Assert.True(tried > 20, $"Only {tried} addresses of the API were found.");
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
