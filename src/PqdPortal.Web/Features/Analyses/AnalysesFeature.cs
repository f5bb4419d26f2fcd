using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class AnalysesFeature
{
    public static IServiceCollection AddAnalyses(this IServiceCollection services) => services
        .AddSingleton<ReportCache>()
        .AddScoped<AnalysisQueries>()
        .AddScoped<AnalysisCommands>()
        .AddScoped<TraceQueries>()
        .AddPageDoor<ResultPage, AnalysisQueries>(nameof(ResultPage.Id), (analyses, id, stop) => analyses.IsThere(Guid.Parse(id), stop))
        .AddPageDoor<AnalyzePage, AnalysisQueries>(nameof(AnalyzePage.Run), (analyses, run, stop) => analyses.HasRun(Guid.Parse(run), stop));

    public static IEndpointRouteBuilder MapAnalyses(this IEndpointRouteBuilder portal) => portal.MapAnalysesApi();
}
