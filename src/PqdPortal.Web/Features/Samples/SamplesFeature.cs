namespace PqdPortal.Web.Features.Samples;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class SamplesFeature
{
    public static IServiceCollection AddSamples(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapSamples(this IEndpointRouteBuilder portal) => portal;
}
