using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Features.Jobs;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Uploads;
using Radzen;

namespace PqdPortal.Web;

/// <summary>Registers the web: sign-in, components, live changes, features.</summary>
public static class WebServices
{
    /// <summary>Where the portal is served unless told otherwise.</summary>
    const string DefaultAddress = "http://localhost:5080";

    public static WebApplicationBuilder AddPortalWeb(this WebApplicationBuilder builder)
    {
        ServeAtTheUsualAddress(builder);
        // Outside a published folder the npm files and the Blazor script lie where the build's manifest says.
        builder.WebHost.UseStaticWebAssets();

        var services = builder.Services;
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddAuthentication();
        services.AddAuthorization();

        services
            .AddHome()
            .AddSamples()
            .AddRuns()
            .AddUploads()
            .AddAnalyses()
            .AddJobs()
            .AddGroups()
            .AddAccount();
        return builder;
    }

    static void ServeAtTheUsualAddress(WebApplicationBuilder builder)
    {
        string[] told = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];
        if (!told.Any(key => builder.Configuration[key] is not null || builder.Configuration.GetSection(key).Exists()))
            builder.WebHost.UseUrls(DefaultAddress);
    }
}
