using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PqdPortal.Client;
using PqdPortal.Jobs.Health;
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
using PqdPortal.Web.Features.Notices;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Sharing;
using PqdPortal.Web.Features.Uploads;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Bulk;
using PqdPortal.Web.Layout.Lists;
using PqdPortal.Web.Layout.Search;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace PqdPortal.Web;

/// <summary>The way of a request, and where everything lies.</summary>
public static class WebPipeline
{
    /// <summary>What is for programs: the REST API, whatever its version, and the page that describes it.</summary>
    const string Api = "/api";

    /// <summary>Proxy, headers, errors, first visit, sign-in, limits, in this order.</summary>
    public static void UsePortal(this WebApplication app)
    {
        app.UseForwardedHeaders();
        var pathBase = app.Services.GetRequiredService<WebOptions>().PathBase;
        app.UseTusMethodOverride(pathBase);
        if (pathBase.Length > 0) app.UsePathBase(pathBase);
        app.Use(SecurityHeaders.Add);
        app.UseExceptionHandler();
        app.UseWhen(WantsPage, pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.UseWhen(IsForPrograms, programs => programs.UseStatusCodePages());
        app.Use(ReadableText.Guard);
        app.Use(OldAddresses.Lead);
        app.UseRouting();
        app.Use(DatabaseAway.Lead);
        app.Use(FirstVisit.Lead);
        app.UseAuthentication();
        app.Use(SameOrigin.Guard);
        app.UseRateLimiter();
        app.Use(LinkDoor.Guard);
        app.UseAuthorization();
        app.Use(TokenReach.Guard);
        app.Use(PageDoor.Guard);
        app.UseAntiforgery();
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = Api[1..];
            page.DocumentTitle = "PqdPortal REST API";
            // Folded, and with a place to type what is looked for: there are more operations than a page shows.
            page.DocExpansion(DocExpansion.None);
            page.EnableFilter();
            page.SwaggerEndpoint(".." + RestApi.Document, "PqdPortal");
        });
        app.Lifetime.ApplicationStarted.Register(() => SayWhere(app));
    }

    public static void MapPortal(this WebApplication app)
    {
        // Short: none of these asks who it is, which the database would have to say; they answer while it is away.
        app.MapStaticAssets().AllowAnonymous().ShortCircuit();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous().ShortCircuit();
        // Pages need the database and the store; the scheduler's check belongs to whoever works the queue.
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => HealthAnswer.ForPages.Contains(check.Name), ResponseWriter = HealthAnswer.Write }).AllowAnonymous().ShortCircuit();
        ApiDocument.Map(app);
        ListsApi.Map(app);
        ViewsApi.Map(app);
        SearchApi.Map(app);
        app.MapHome();
        app.MapSamples();
        app.MapRuns();
        app.MapRecordPieces();
        app.MapInstruments();
        app.MapImports();
        app.MapBulk();
        app.MapUploads();
        app.MapAnalyses();
        app.MapCompare();
        app.MapJobs();
        app.MapNotices();
        app.MapGroups();
        app.MapAccount();
        app.MapSharing();
        app.MapRazorComponents<App>()
            // SecurityHeaders says it, once and more strictly.
            .AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null);
    }

    /// <summary>A person's browser asks for a page; a program gets the bare status instead of one.</summary>
    static bool WantsPage(HttpContext context) =>
        context.Request.GetTypedHeaders().Accept?.Any(type => type.MediaType == "text/html") == true && !context.Request.Path.StartsWithSegments(Api);

    /// <summary>A program is told of every refusal in the same form, problem+json.</summary>
    static bool IsForPrograms(HttpContext context) => context.Request.Path.StartsWithSegments(Api);

    static void SayWhere(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses;
        if (addresses is not { Count: > 0 }) return;
        var pathBase = app.Services.GetRequiredService<WebOptions>().PathBase;
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("PqdPortal")
            .LogInformation("PqdPortal is ready at {Addresses} (Ctrl-C stops it)", string.Join(" and ", addresses.Select(address => address + pathBase)));
    }
}
