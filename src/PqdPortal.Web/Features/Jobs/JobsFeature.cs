namespace PqdPortal.Web.Features.Jobs;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class JobsFeature
{
    public static IServiceCollection AddJobs(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapJobs(this IEndpointRouteBuilder portal) => portal;
}
