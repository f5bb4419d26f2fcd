using System.Net;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>Where a sign-in leads afterwards: a link that somebody sent must not make the portal's own page lead elsewhere.</summary>
public sealed class ReturnAddressTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("\\\\evil.example")]
    public async Task A_sign_in_leads_nowhere_but_into_the_portal(string to)
    {
        await portal.Administrator();
        var visitor = portal.Visitor();

        var answer = await visitor.SignIn("ada", PortalFixture.Password, $"/sign-in?ReturnUrl={Uri.EscapeDataString(to)}");

        Assert.Equal(HttpStatusCode.Redirect, answer.Status);
        Assert.True(new Uri(new Uri("http://localhost"), answer.Location).Host == "localhost" && !answer.Location!.Contains("evil"), answer.Location);
    }
}
