using System.Net;
using System.Text.RegularExpressions;
using PqdPortal.Data;
using PqdPortal.Web;
using Microsoft.Extensions.Configuration;

namespace PqdPortal.Portal.Tests.Web;

public partial class PipelineTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Theory]
    [InlineData("/welcome")]
    [InlineData("/sign-in")]
    [InlineData("/")]
    public async Task A_page_allows_scripts_from_files_of_ours_alone_and_has_none_inline(string address)
    {
        var ada = await portal.Administrator();

        var page = await (address == "/" ? ada : portal.Visitor()).Get(address);

        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotMatch(InlineScript(), await page.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/health/live", "Healthy")]
    [InlineData("/health/ready", "{\"status\":\"healthy\"")]
    public async Task The_portal_says_that_it_is_well(string address, string well) =>
        Assert.StartsWith(well, await (await portal.Visitor().Get(address)).Content.ReadAsStringAsync());

    [Theory]
    [InlineData("/_framework/blazor.web.js")]
    [InlineData("/lib/plotly/plotly.min.js")]
    [InlineData("/lib/tus/tus.min.js")]
    [InlineData("/lib/inter/files/inter-latin-wght-normal.woff2")]
    [InlineData("/portal.css")]
    public async Task What_the_browser_needs_is_served_to_everybody(string address)
    {
        var response = await portal.Visitor().Get(address, "*/*");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True((await response.Content.ReadAsByteArrayAsync()).Length > 1000, "The file is there but empty.");
    }

    [Fact]
    public async Task An_unknown_address_says_so_and_leads_home()
    {
        var ada = await portal.Administrator();

        var response = await ada.Get("/no/such/page");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("Portal:Web:PathBase", "pqd", "Portal:Web:PathBase")]
    [InlineData("Portal:Web:Proxies:0", "next door", "Portal:Web:Proxies")]
    [InlineData("Portal:Web:PathBsae", "/pqd", "Portal:Web:PathBsae")]
    public void A_wrong_option_is_named(string key, string value, string named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        Assert.Contains(named, Assert.Throws<PortalStartException>(() => WebOptions.From(configuration)).Message);
    }

    [GeneratedRegex("<script(?![^>]*\\ssrc=)[^>]*>|\\son[a-z]+=\"", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();
}
