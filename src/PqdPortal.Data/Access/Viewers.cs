using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Access;

/// <summary>Finds out what a person may do at this moment, and can say by which ways.</summary>
public sealed class Viewers(IDbContextFactory<PortalDb> database, TimeProvider clock)
{
    /// <summary>The person's viewer, from all grants that reach them now: by name and through their groups, expired ones left out.</summary>
    /// <returns><see cref="Viewer.Nobody"/> for a person who is unknown or was removed.</returns>
    public async Task<Viewer> Of(Guid? person, CancellationToken stop = default)
    {
        if (person is not { } id) return Viewer.Nobody;
        await using var db = await database.CreateDbContextAsync(stop);
        var user = await db.Users.Where(user => user.Id == id && user.RemovedAt == null)
            .Select(user => new { user.Name, user.IsAdministrator }).FirstOrDefaultAsync(stop);
        if (user is null) return Viewer.Nobody;

        var roles = await Reaching(db, id, clock.GetUtcNow())
            .Where(grant => grant.Project.DeletedAt == null)
            .Select(grant => new { grant.ProjectId, grant.Role }).ToListAsync(stop);
        return new Viewer(id, user.Name, user.IsAdministrator,
            roles.GroupBy(role => role.ProjectId).ToDictionary(same => same.Key, same => same.Max(role => role.Role)));
    }

    /// <summary>Projects in the bin that the person managed and so may take out again; all of them for an administrator.</summary>
    public async Task<IReadOnlyList<Guid>> ProjectsInBin(Viewer viewer, CancellationToken stop = default)
    {
        if (viewer.PersonId is not { } person) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var reaching = Reaching(db, person, clock.GetUtcNow()).Where(grant => grant.Role >= AccessRole.Manage);
        return await db.Projects
            .Where(project => project.DeletedAt != null && (viewer.IsAdministrator || reaching.Any(grant => grant.ProjectId == project.Id)))
            .Select(project => project.Id).ToListAsync(stop);
    }

    /// <summary>The person's effective role in a project with every way that leads to it, strongest first.</summary>
    public async Task<AccessReason> Why(Guid person, Guid project, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var user = await db.Users.Where(user => user.Id == person)
            .Select(user => new { user.Name, user.IsAdministrator, user.RemovedAt }).FirstOrDefaultAsync(stop);
        if (user is null) return new AccessReason(AccessRole.None, ["There is no such person."]);
        if (user.RemovedAt is { } removed)
            return new AccessReason(AccessRole.None, [$"{user.Name} was removed from the portal on {removed:yyyy-MM-dd}."]);

        var now = clock.GetUtcNow();
        var ways = await Reaching(db, person, now)
            .Where(grant => grant.ProjectId == project && grant.Role > AccessRole.None)
            .OrderByDescending(grant => grant.Role).ThenBy(grant => grant.GrantedAt)
            .Select(grant => new { grant.Role, grant.GrantedAt, grant.ExpiresAt, Group = grant.Group == null ? null : grant.Group.Name })
            .ToListAsync(stop);
        List<string> reasons = [];
        if (user.IsAdministrator) reasons.Add("manage, as an administrator of the portal");
        foreach (var way in ways)
            reasons.Add($"{Word(way.Role)}, {(way.Group is { } group ? $"through the group {group}" : "by name")} since {way.GrantedAt:yyyy-MM-dd}"
                + (way.ExpiresAt is { } end ? $" until {end:yyyy-MM-dd}" : ""));
        if (reasons.Count == 0) reasons.Add("No grant reaches this person: for them the project does not exist.");
        var role = user.IsAdministrator ? AccessRole.Manage : ways.Count == 0 ? AccessRole.None : ways.Max(way => way.Role);
        return new AccessReason(role, reasons);
    }

    /// <summary>Everybody who can see a project, with their effective role and its reasons, strongest first.</summary>
    public async Task<IReadOnlyList<PersonAccess>> WhoCanSee(Guid project, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        var reached = db.Grants.Where(grant => grant.ProjectId == project && (grant.ExpiresAt == null || grant.ExpiresAt > now));
        var people = await db.Users
            .Where(user => user.RemovedAt == null)
            .Where(user => user.IsAdministrator || reached.Any(grant => grant.PersonId == user.Id
                || grant.Group!.Members.Any(member => member.PersonId == user.Id)))
            .OrderBy(user => user.Name).Select(user => new { user.Id, user.Name }).ToListAsync(stop);
        List<PersonAccess> access = [];
        foreach (var person in people)
        {
            var why = await Why(person.Id, project, stop);
            if (why.Role >= AccessRole.Read) access.Add(new PersonAccess(person.Id, person.Name, why));
        }
        return [.. access.OrderByDescending(one => one.Why.Role)];
    }

    /// <summary>The role in one word, as people read it.</summary>
    public static string Word(AccessRole role) => role.ToString().ToLowerInvariant();

    static IQueryable<Grant> Reaching(PortalDb db, Guid person, DateTimeOffset now) =>
        db.Grants.Where(grant => grant.ExpiresAt == null || grant.ExpiresAt > now)
            .Where(grant => grant.PersonId == person || grant.Group!.Members.Any(member => member.PersonId == person));
}

/// <summary>An effective role and the ways that lead to it, in words.</summary>
public sealed record AccessReason(AccessRole Role, IReadOnlyList<string> Ways);

/// <summary>One person who can see a project, and why.</summary>
public sealed record PersonAccess(Guid PersonId, string Name, AccessReason Why);
