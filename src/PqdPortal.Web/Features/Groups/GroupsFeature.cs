namespace PqdPortal.Web.Features.Groups;

/// <summary>Projects, their members, and groups of people.</summary>
public static class GroupsFeature
{
    public static IServiceCollection AddGroups(this IServiceCollection services) => services
        .AddScoped<GroupQueries>()
        .AddScoped<GroupCommands>();

    public static IEndpointRouteBuilder MapGroups(this IEndpointRouteBuilder portal) => portal;
}
