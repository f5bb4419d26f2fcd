using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Sharing;

/// <summary>What whoever holds a read-only link is shown.</summary>
public static class SharingFeature
{
    public static IServiceCollection AddSharing(this IServiceCollection services) => services
        .AddSingleton<LinkDoor>()
        .AddScoped<SharedQueries>();

    public static IEndpointRouteBuilder MapSharing(this IEndpointRouteBuilder portal) => portal;
}
