namespace PqdPortal.Web.Features.Jobs;

/// <summary>The background work as people see it.</summary>
public static class JobsFeature
{
    public static IServiceCollection AddJobs(this IServiceCollection services) => services.AddScoped<JobQueries>();

    public static IEndpointRouteBuilder MapJobs(this IEndpointRouteBuilder portal)
    {
        JobsApi.Map(portal);
        return portal;
    }
}
