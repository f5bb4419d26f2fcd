using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Features.Jobs;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Features.Uploads;

namespace PqdPortal.Web;

/// <summary>The way of a request, and where everything lies.</summary>
public static class WebPipeline
{
    public static void UsePortal(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    public static void MapPortal(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapHome();
        app.MapSamples();
        app.MapRuns();
        app.MapUploads();
        app.MapAnalyses();
        app.MapJobs();
        app.MapGroups();
        app.MapAccount();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
