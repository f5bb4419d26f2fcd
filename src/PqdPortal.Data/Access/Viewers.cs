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
            .Select(user => new { user.Name, user.IsAdministrator, user.IsGuest }).FirstOrDefaultAsync(stop);
        if (user is null) return Viewer.Nobody;

        var roles = await Reaching(db, id, clock.GetUtcNow())
            .Where(grant => grant.Project.DeletedAt == null)
            .Select(grant => new { grant.ProjectId, grant.Role }).ToListAsync(stop);
        return new Viewer(id, user.Name, user.IsAdministrator,
            roles.GroupBy(role => role.ProjectId).ToDictionary(same => same.Key, same => same.Max(role => role.Role))) { IsGuest = user.IsGuest };
    }

    /// <summary>The same person with no more than their part in one project, for a program that was let into no other; an administrator is none then.</summary>
    public async Task<Viewer> Within(Viewer viewer, Guid project, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var role = viewer.RoleIn(project);
        var isAlive = role > AccessRole.None && await db.Projects.AnyAsync(p => p.Id == project && p.DeletedAt == null, stop);
        return viewer with { IsAdministrator = false, Only = project, Roles = isAlive ? new Dictionary<Guid, AccessRole> { [project] = role } : new Dictionary<Guid, AccessRole>() };
    }

    /// <summary>Projects in the bin that the person managed and so may take out again; all of them for an administrator.</summary>
    public async Task<IReadOnlyList<Guid>> ProjectsInBin(Viewer viewer, CancellationToken stop = default)
    {
        if (viewer.PersonId is not { } person) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var reaching = Reaching(db, person, clock.GetUtcNow()).Where(grant => grant.Role >= AccessRole.Manage);
        return await db.Projects
            .Where(project => project.DeletedAt != null && (viewer.Only == null || project.Id == viewer.Only) && (viewer.IsAdministrator || reaching.Any(grant => grant.ProjectId == project.Id)))
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
        return Reason(user.IsAdministrator, (await Ways(db, project, person, stop))[person]);
    }

    /// <summary>Everybody who can see a project, with their effective role and its reasons, strongest first.</summary>
    public async Task<IReadOnlyList<PersonAccess>> WhoCanSee(Guid project, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var ways = await Ways(db, project, null, stop);
        var reached = ways.Select(way => way.Key).ToArray();
        var people = await db.Users.Where(user => user.RemovedAt == null && (user.IsAdministrator || reached.Contains(user.Id)))
            .OrderBy(user => user.Name).ThenBy(user => user.Id).Select(user => new { user.Id, user.Name, user.IsAdministrator }).ToListAsync(stop);
        return [.. people.Select(person => new PersonAccess(person.Id, person.Name, Reason(person.IsAdministrator, ways[person.Id])))
            .Where(person => person.Why.Role >= AccessRole.Read).OrderByDescending(person => person.Why.Role)];
    }

    /// <summary>
    /// Whom the viewer is told of when they choose a person: everybody with an account; for a guest those with whom they share a project
    /// or a group; for a program that was let into one project those of that project; for nobody, nobody.
    /// </summary>
    public async Task<IReadOnlyList<Colleague>> Colleagues(Viewer viewer, CancellationToken stop = default)
    {
        if (viewer.PersonId is not { } me) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var people = db.Users.Where(user => user.RemovedAt == null);
        if (viewer is { IsGuest: true, IsAdministrator: false } or { Only: not null })
        {
            var now = clock.GetUtcNow();
            Guid[] projects = [.. viewer.Roles.Where(role => role.Value >= AccessRole.Read).Select(role => role.Key)];
            var theirs = db.Grants.Where(grant => projects.Contains(grant.ProjectId) && (grant.ExpiresAt == null || grant.ExpiresAt > now));
            people = people.Where(user => user.Id == me
                || theirs.Any(grant => grant.PersonId == user.Id || grant.Group!.Members.Any(member => member.PersonId == user.Id))
                || viewer.Only == null && db.Memberships.Any(one => one.PersonId == user.Id && one.Group.Members.Any(other => other.PersonId == me)));
        }
        return await people.OrderBy(user => user.Name).ThenBy(user => user.Id).Select(user => new Colleague(user.Id, user.Name)).ToListAsync(stop);
    }

    /// <summary>The grants of a project that count now, by the people whom they reach.</summary>
    async Task<ILookup<Guid, Way>> Ways(PortalDb db, Guid project, Guid? person, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var valid = db.Grants.Where(grant => grant.ProjectId == project && grant.Role > AccessRole.None && (grant.ExpiresAt == null || grant.ExpiresAt > now));
        var named = await valid.Where(grant => grant.PersonId != null && (person == null || grant.PersonId == person))
            .Select(grant => new Way(grant.PersonId!.Value, grant.Role, grant.GrantedAt, grant.ExpiresAt, null)).ToListAsync(stop);
        var grouped = await valid.Where(grant => grant.GroupId != null)
            .SelectMany(grant => grant.Group!.Members.Where(member => person == null || member.PersonId == person),
                (grant, member) => new Way(member.PersonId, grant.Role, grant.GrantedAt, grant.ExpiresAt, grant.Group!.Name)).ToListAsync(stop);
        return named.Concat(grouped).OrderByDescending(way => way.Role).ThenBy(way => way.Since).ToLookup(way => way.Person);
    }

    static AccessReason Reason(bool isAdministrator, IEnumerable<Way> reaching)
    {
        var ways = reaching.ToList();
        List<string> reasons = [];
        if (isAdministrator) reasons.Add("manage, as an administrator of the portal");
        foreach (var way in ways)
            reasons.Add($"{Word(way.Role)}, {(way.Group is { } group ? $"through the group {group}" : "by name")} since {way.Since:yyyy-MM-dd}"
                + (way.Until is { } end ? $" until {end:yyyy-MM-dd}" : ""));
        if (reasons.Count == 0) reasons.Add("No grant reaches this person: for them the project does not exist.");
        return new AccessReason(isAdministrator ? AccessRole.Manage : ways.Count == 0 ? AccessRole.None : ways.Max(way => way.Role), reasons);
    }

    sealed record Way(Guid Person, AccessRole Role, DateTimeOffset Since, DateTimeOffset? Until, string? Group);

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

/// <summary>Somebody the viewer may be told of.</summary>
public sealed record Colleague(Guid Id, string Name);
