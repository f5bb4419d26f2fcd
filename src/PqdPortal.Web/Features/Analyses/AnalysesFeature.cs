namespace PqdPortal.Web.Features.Analyses;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class AnalysesFeature
{
    public static IServiceCollection AddAnalyses(this IServiceCollection services) => services
        .AddSingleton<ReportCache>()
        .AddScoped<AnalysisQueries>()
        .AddScoped<AnalysisCommands>();

    public static IEndpointRouteBuilder MapAnalyses(this IEndpointRouteBuilder portal) => portal.MapAnalysesApi();
}
