using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Runs;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class RunsFeature
{
    public static IServiceCollection AddRuns(this IServiceCollection services) => services
        .AddScoped<RunQueries>()
        .AddScoped<RunCommands>()
        .AddSingleton<Views.FileLooks>()
        .AddPageDoor<RunPage, RunQueries>(nameof(RunPage.Id), (runs, id, stop) => runs.IsThere(Guid.Parse(id), stop));

    public static IEndpointRouteBuilder MapRuns(this IEndpointRouteBuilder portal)
    {
        RunsApi.Map(portal);
        return portal;
    }
}
