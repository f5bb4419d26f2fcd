using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Groups;

/// <summary>Projects, their members, and groups of people.</summary>
public static class GroupsFeature
{
    public static IServiceCollection AddGroups(this IServiceCollection services) => services
        .AddScoped<GroupQueries>()
        .AddScoped<GroupCommands>()
        .AddPageDoor<GroupPage, GroupQueries>(nameof(GroupPage.Id), async (groups, id, stop) => await groups.Group(Guid.Parse(id), stop) is not null)
        .AddPageDoor<ProjectPage, GroupQueries>(nameof(ProjectPage.Id), async (projects, id, stop) => await projects.Project(Guid.Parse(id), stop) is not null);

    public static IEndpointRouteBuilder MapGroups(this IEndpointRouteBuilder portal)
    {
        ProjectsApi.Map(portal);
        GroupsApi.Map(portal);
        return portal;
    }
}
