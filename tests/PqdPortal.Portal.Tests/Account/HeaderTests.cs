using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Account;

/// <summary>What every answer tells the browser: pages, data, files, refusals, faults.</summary>
public sealed partial class HeaderTests(AccountFixture portal) : IClassFixture<AccountFixture>
{
    /// <summary>Every address that can be looked at, with ids that are nobody's; files of the portal by one of each kind.</summary>
    IEnumerable<string> Addresses()
    {
        var mapped = portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        var files = mapped.Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText!).Where(file => !file.Contains('{'))
            .GroupBy(file => $"{file.Split('/')[0]} {Path.GetExtension(file)}").Select(kind => kind.First());
        var rest = mapped.Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is not { } methods || methods.Contains("GET"))
            .Select(endpoint => Parameter().Replace(endpoint.RoutePattern.RawText!, "00000000-0000-0000-0000-000000000001"))
            .Where(address => !address.Contains('*'));
        return files.Concat(rest).Concat(["api/index.html", "api/swagger-ui.css", "api/swagger-ui-bundle.js", "api/index.js", "no/such/page", "api/no/such/thing", "runs/not-an-id", "lib/no-such-file.js"])
            .Select(address => "/" + address.Trim('/')).Distinct();
    }

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("https://localhost")]
    public async Task Every_answer_says_what_the_browser_may_not_do(string host)
    {
        var person = await portal.Member();
        var visitor = portal.Visitor(host);
        await visitor.SignIn(person.UserName!, PortalFixture.Password);
        var (tried, pages) = (0, 0);

        foreach (var address in Addresses())
            foreach (var who in (Visitor[])[visitor, portal.Visitor(host)])
            {
                var answer = await who.Get(address);
                // A fault would be told without its insides, and is none that this test should pass over.
                Assert.True(answer.StatusCode < HttpStatusCode.InternalServerError, $"{address} failed with {answer.StatusCode}");
                Check(address, answer, host.StartsWith("https"));
                tried++;
                if (answer.Content.Headers.ContentType?.MediaType != "text/html") continue;
                var text = await answer.Content.ReadAsStringAsync();
                Assert.DoesNotMatch(InlineScript(), text);
                pages++;
            }

        Assert.True(tried > 100 && pages > 30, $"Only {tried} answers and {pages} pages were looked at.");
    }

    [Theory]
    [InlineData("GET", "/?a=%00")]
    [InlineData("TRACE", "/")]
    [InlineData("POST", "/runs")]
    [InlineData("POST", "/api/v1/batches")]
    public async Task A_refusal_says_it_too(string method, string address)
    {
        var answer = await portal.Ada.Http.SendAsync(new(new(method), address) { Content = method == "POST" ? new StringContent("{ this is no json", null, "application/json") : null });

        Check(address, answer, isSecure: false);
    }

    static void Check(string address, HttpResponseMessage answer, bool isSecure)
    {
        string? Said(string name) => answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

        var policy = Said("Content-Security-Policy");
        Assert.True(policy is not null, $"{address} has no policy.");
        Assert.True(policy.Contains("sandbox") || policy.Contains("script-src 'self';") && policy.Contains("object-src 'none'") && policy.Contains("frame-ancestors 'none'")
            && policy.Contains("base-uri 'self'") && policy.Contains("form-action 'self'"), $"{address}: {policy}");
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.DoesNotMatch("script-src[^;]*unsafe", policy);
        Assert.Equal("nosniff", Said("X-Content-Type-Options"));
        Assert.Equal("DENY", Said("X-Frame-Options"));
        Assert.Equal("same-origin", Said("Referrer-Policy"));
        Assert.Equal("same-origin", Said("Cross-Origin-Resource-Policy"));
        Assert.Contains("camera=()", Said("Permissions-Policy"));
        Assert.Equal(isSecure ? "max-age=31536000" : null, Said("Strict-Transport-Security"));
        Assert.Equal(isSecure ? "same-origin" : null, Said("Cross-Origin-Opener-Policy"));
        Assert.Null(Said("Server"));
        Assert.Null(Said("X-Powered-By"));
        Assert.Null(Said("Access-Control-Allow-Origin"));
        var keeps = Said("Cache-Control") ?? "";
        if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentType?.MediaType is "text/html" or "application/json")
            Assert.True(keeps.Contains("no-store") || keeps.Contains("private") || IsOurFile(address), $"{address} may be kept: {keeps}");
    }

    static bool IsOurFile(string address) => address.StartsWith("/lib/") || address.StartsWith("/_content/") || address.StartsWith("/_framework/") || Path.HasExtension(address);

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("<script(?![^>]*\\ssrc=)[^>]*>|\\son[a-z]+=\"|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();
}
