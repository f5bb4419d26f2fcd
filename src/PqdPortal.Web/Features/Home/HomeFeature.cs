namespace PqdPortal.Web.Features.Home;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class HomeFeature
{
    public static IServiceCollection AddHome(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapHome(this IEndpointRouteBuilder portal) => portal;
}
