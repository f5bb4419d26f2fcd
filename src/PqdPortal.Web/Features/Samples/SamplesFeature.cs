namespace PqdPortal.Web.Features.Samples;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class SamplesFeature
{
    public static IServiceCollection AddSamples(this IServiceCollection services) => services
        .AddScoped<BatchQueries>()
        .AddScoped<BatchCommands>()
        .AddScoped<SampleQueries>()
        .AddScoped<SampleCommands>()
        .AddScoped<DotQueries>()
        .AddScoped<DotCommands>();

    public static IEndpointRouteBuilder MapSamples(this IEndpointRouteBuilder portal)
    {
        SamplesApi.Map(portal);
        return portal;
    }
}
