using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>The REST API before its addresses had a version, for programs that were written then.</summary>
public sealed class OldAddressTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Theory]
    [InlineData("GET", "/api/batches?search=a%20b&page=2", "/api/v1/batches?search=a%20b&page=2")]
    [InlineData("PATCH", "/api/dots/PQ-0001-S1-D001", "/api/v1/dots/PQ-0001-S1-D001")]
    [InlineData("POST", "/api/uploads", "/api/v1/uploads")]
    [InlineData("GET", "/openapi/v1.json", "/api/v1/openapi.json")]
    public async Task What_is_asked_at_an_old_address_is_sent_on_for_good_in_the_same_manner(string method, string old, string now)
    {
        using var program = await portal.Program(null);

        var answer = await program.SendAsync(new(new(method), old));

        Assert.Equal((HttpStatusCode.PermanentRedirect, now), (answer.StatusCode, answer.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task A_program_that_follows_makes_its_batch_as_ever()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        using var program = await portal.Program(ana);

        var sent = await program.PostAsJsonAsync("/api/batches", new { project = project.Code, name = "old", formula = "CsPbBr3" });
        var made = await program.PostAsJsonAsync(sent.Headers.Location, new { project = project.Code, name = "old", formula = "CsPbBr3" });

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.StartsWith(RestApi.Root, made.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/nothing")]
    public async Task What_never_was_is_not_sent_anywhere(string address)
    {
        using var program = await portal.Program(await portal.Person("Ben"));

        var answer = await program.GetAsync(address);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public void Whatever_is_for_programs_lies_under_the_version() =>
        Assert.DoesNotContain(portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => new PathString("/" + endpoint.RoutePattern.RawText!.Trim('/'))),
            path => path.StartsWithSegments("/api") && !path.StartsWithSegments(RestApi.Root));
}
