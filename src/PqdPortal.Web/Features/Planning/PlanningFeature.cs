namespace PqdPortal.Web.Features.Planning;

/// <summary>How long to measure.</summary>
public static class PlanningFeature
{
    public static IServiceCollection AddPlanning(this IServiceCollection services) => services.AddScoped<PlanQueries>();
}
