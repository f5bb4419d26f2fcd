using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;
using PqdPortal.Web.Access;
using PqdPortal.Web.Description;
using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Compare;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Features.Instruments;
using PqdPortal.Web.Features.Imports;
using PqdPortal.Web.Features.Jobs;
using PqdPortal.Web.Features.Labels;
using PqdPortal.Web.Features.Planning;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Sharing;
using PqdPortal.Web.Features.Simulation;
using PqdPortal.Web.Features.Uploads;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Lists;
using PqdPortal.Web.Layout.Search;
using PqdPortal.Web.Live;
using Radzen;

namespace PqdPortal.Web;

/// <summary>Registers the web: sign-in, components, live changes, features.</summary>
public static class WebServices
{
    /// <summary>Where the portal is served unless told otherwise.</summary>
    const string DefaultAddress = "http://localhost:5080";

    /// <summary>Longest body of a request, and message of an open page [bytes]. Files come by the upload protocol, which bounds them itself.</summary>
    const int LongestBody = 1 << 20;

    /// <exception cref="PortalStartException">An option is wrong; the message names it.</exception>
    public static WebApplicationBuilder AddPortalWeb(this WebApplicationBuilder builder)
    {
        var options = WebOptions.From(builder.Configuration);
        ServeAtTheUsualAddress(builder);
        // Outside a published folder the npm files and the Blazor script lie where the build's manifest says.
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(server => server.AddServerHeader = false);

        var services = builder.Services;
        services.AddSingleton(options);
        BelieveProxies(services, options);
        // Beside the records: a restart or a second process of the portal must not sign everybody out.
        services.AddDataProtection().SetApplicationName("PqdPortal")
            .PersistKeysToFileSystem(new DirectoryInfo(DatabaseOptions.DataFolderOf(builder).Make("keys")));

        services.AddExceptionHandler<Faults>();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = problem => problem.ProblemDetails.Detail ??= Faults.Sentence(problem.ProblemDetails.Status));
        // A request that cannot be read is told in words by Faults, in every environment.
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        // A field that nobody reads is a mistake of the caller's, who would believe that it was kept.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow);
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = LongestBody);
        // Called without a name: only so does the framework bring the records' own words, with their units, into the description.
        services.AddOpenApi();
        services.AddSingleton<ApiDocument>();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "PqdPortal.Form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddLimits();

        services.AddRazorComponents().AddInteractiveServerComponents()
            // Long notes have to fit into one message of an open page.
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LongestBody);
        services.AddRadzenComponents();
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddScoped<AuthenticationStateProvider, CircuitSignIn>();
        services.AddScoped<CurrentViewer>();
        services.AddScoped<RecordWatch>();
        services.AddScoped<Layout.Moving.RunMover>();
        services.AddScoped<Layout.Agents.AgentQueries>();
        services.AddScoped<ListQueries>();
        services.AddScoped<ViewCommands>();
        services.AddScoped<SearchQueries>();
        services.AddSingleton<LiveChanges>();
        services.AddHostedService<GrantEnds>();
        services.AddRecordPieces();

        services
            .AddHome()
            .AddSamples()
            .AddRuns()
            .AddInstruments()
            .AddLabels()
            .AddImports()
            .AddPlanning()
            .AddSimulation()
            .AddUploads()
            .AddAnalyses()
            .AddCompare()
            .AddJobs()
            .AddGroups()
            .AddAccount()
            .AddSharing();
        return builder;
    }

    static void ServeAtTheUsualAddress(WebApplicationBuilder builder)
    {
        ListenAddresses.Check(builder.Configuration);
        if (!ListenAddresses.AreTold(builder.Configuration)) builder.WebHost.UseUrls(DefaultAddress);
    }

    static void BelieveProxies(IServiceCollection services, WebOptions options) => services.Configure<ForwardedHeadersOptions>(forwarded =>
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        foreach (var proxy in options.Proxies)
        {
            if (IPAddress.TryParse(proxy, out var address)) forwarded.KnownProxies.Add(address);
            else forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }
    });
}
