using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Compare;

/// <summary>Many dots beside each other: those of a batch, and those of one group of batches against another.</summary>
public static class CompareFeature
{
    public static IServiceCollection AddCompare(this IServiceCollection services) => services
        .AddScoped<BlinkingQueries>()
        .AddScoped<BlinkingCommands>()
        .AddPageDoor<BlinkingPage, BlinkingQueries>(nameof(BlinkingPage.Code), (blinking, code, stop) => blinking.IsThere(code, stop));

    public static IEndpointRouteBuilder MapCompare(this IEndpointRouteBuilder portal)
    {
        CompareApi.Map(portal);
        return portal;
    }
}
