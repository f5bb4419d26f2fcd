namespace PqdPortal.Web.Features.Groups;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class GroupsFeature
{
    public static IServiceCollection AddGroups(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapGroups(this IEndpointRouteBuilder portal) => portal;
}
