using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Groups;

/// <summary>What the pages of projects and groups read.</summary>
public sealed class GroupQueries(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me, TimeProvider clock)
{
    /// <summary>The viewer's projects, by name.</summary>
    public async Task<IReadOnlyList<ProjectRow>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = await Rows(db, db.Projects.VisibleTo(viewer).OrderBy(project => project.Name)).ToListAsync(stop);
        return [.. projects.Select(project => project with { Role = viewer.RoleIn(project.Id) })];
    }

    /// <summary>One project; null where the viewer may not see it. In the bin only those see it who may take it out.</summary>
    public async Task<ProjectRow?> Project(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var project = await Rows(db, db.Projects.VisibleTo(viewer).Where(project => project.Id == id)).SingleOrDefaultAsync(stop);
        if (project is not null) return project with { Role = viewer.RoleIn(id) };
        if (!(await viewers.ProjectsInBin(viewer, stop)).Contains(id)) return null;
        return await Rows(db, db.Projects.Where(project => project.Id == id)).SingleOrDefaultAsync(stop) is { } binned
            ? binned with { Role = AccessRole.Manage } : null;
    }

    /// <summary>Projects in the bin that the viewer may take out again, the last first.</summary>
    public async Task<IReadOnlyList<ProjectRow>> InBin(CancellationToken stop = default)
    {
        var ids = await viewers.ProjectsInBin(await me.Get(stop), stop);
        if (ids.Count == 0) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await Rows(db, db.Projects.Where(project => ids.Contains(project.Id)).OrderByDescending(project => project.DeletedAt)).ToListAsync(stop);
    }

    /// <summary>As many lines of the bin are shown at once.</summary>
    public const int MostBinned = 500;

    /// <summary>Everything in the bin that the viewer may take out again, the last first.</summary>
    public async Task<IReadOnlyList<BinnedRow>> Bin(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        var projects = await InBin(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return
        [
            .. projects.Select(p => new BinnedRow($"projects/{p.Id}", p.Name, "project", p.Code, p.DeletedAt!.Value, p.Simulated))
                .Concat(await Newest(db.Batches.InBinOf(viewer)).Select(r => new BinnedRow("b/" + r.Code, r.Code + " " + r.Name, "batch", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .Concat(await Newest(db.Samples.InBinOf(viewer)).Select(r => new BinnedRow("s/" + r.Code, r.Code + " " + r.Name, "sample", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .Concat(await Newest(db.Emitters.InBinOf(viewer)).Select(r => new BinnedRow("d/" + r.Code, r.Code, "dot", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .Concat(await Newest(db.Runs.InBinOf(viewer)).Select(r => new BinnedRow("r/" + r.Id, r.Name, "run", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .OrderByDescending(row => row.BinnedAt).Take(MostBinned),
        ];

        static IQueryable<T> Newest<T>(IQueryable<T> binned) where T : ProjectRecord => binned.OrderByDescending(r => r.DeletedAt).Take(MostBinned);
    }

    /// <summary>All grants of a project, ended ones too; nothing where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<MemberRow>> Members(Guid project, CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).MaySee(project)) return [];
        var now = clock.GetUtcNow();
        await using var db = await database.CreateDbContextAsync(stop);
        var grants = await db.Grants.Where(grant => grant.ProjectId == project)
            .Select(grant => new MemberRow(
                grant.Id, grant.Person == null ? grant.Group!.Name : grant.Person.Name, grant.GroupId != null, grant.Role, grant.ExpiresAt,
                grant.ExpiresAt != null && grant.ExpiresAt <= now, grant.GrantedAt,
                db.Users.Where(person => person.Id == grant.GrantedById).Select(person => person.Name).FirstOrDefault()))
            .ToListAsync(stop);
        return [.. grants.OrderByDescending(grant => grant.Role).ThenBy(grant => grant.Name)];
    }

    /// <summary>Everybody who reaches the project, and by which ways; nothing where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<PersonAccess>> WhoCanSee(Guid project, CancellationToken stop = default) =>
        (await me.Get(stop)).MaySee(project) ? await viewers.WhoCanSee(project, stop) : [];

    /// <summary>Whom the viewer may give a role: everybody with an account, and every group; nobody for who manages no project.</summary>
    public async Task<IReadOnlyList<SubjectRow>> Subjects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!viewer.IsAdministrator && viewer.Roles.Values.All(role => role < AccessRole.Manage)) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var groups = await db.Groups.OrderBy(group => group.Name).Select(group => new SubjectRow("g" + group.Id, group.Name, true)).ToListAsync(stop);
        var people = await db.Users.Where(person => person.RemovedAt == null).OrderBy(person => person.Name)
            .Select(person => new SubjectRow("p" + person.Id, person.Name, false)).ToListAsync(stop);
        return [.. groups, .. people];
    }

    /// <summary>Groups are made and filled by the administrator.</summary>
    public async Task<bool> MayChangeGroups(CancellationToken stop = default) => (await me.Get(stop)).IsAdministrator;

    /// <summary>The groups with their people: all of them for the administrator, for others their own.</summary>
    public async Task<IReadOnlyList<GroupRow>> Groups(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Groups
            .Where(group => viewer.IsAdministrator || group.Members.Any(member => member.PersonId == viewer.PersonId))
            .OrderBy(group => group.Name)
            .Select(group => new GroupRow(group.Id, group.Name,
                group.Members.Where(member => member.Person.RemovedAt == null).OrderBy(member => member.Person.Name)
                    .Select(member => new PersonName(member.PersonId, member.Person.Name)).ToList()))
            .ToListAsync(stop);
    }

    /// <summary>Everybody with an account, for the administrator, who fills the groups; nobody for others.</summary>
    public async Task<IReadOnlyList<PersonName>> People(CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).IsAdministrator) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users.Where(person => person.RemovedAt == null).OrderBy(person => person.Name)
            .Select(person => new PersonName(person.Id, person.Name)).ToListAsync(stop);
    }

    static IQueryable<ProjectRow> Rows(PortalDb db, IQueryable<Project> projects) => projects.Select(project => new ProjectRow(
        project.Id, project.Version, project.Code, project.Name, project.Description, project.Simulated, project.CreatedAt, AccessRole.None,
        db.Batches.Count(batch => batch.ProjectId == project.Id && batch.DeletedAt == null),
        db.Emitters.Count(emitter => emitter.ProjectId == project.Id && emitter.DeletedAt == null),
        db.Runs.Count(run => run.ProjectId == project.Id && run.DeletedAt == null), project.DeletedAt));
}

/// <summary>One project and the viewer's role in it.</summary>
public sealed record ProjectRow(
    Guid Id, uint Version, string Code, string Name, string? Description, bool Simulated, DateTimeOffset CreatedAt, AccessRole Role, int Batches, int Dots, int Runs,
    DateTimeOffset? DeletedAt);

/// <summary>One grant of a project.</summary>
public sealed record MemberRow(
    Guid GrantId, string Name, bool IsGroup, AccessRole Role, DateTimeOffset? ExpiresAt, bool HasExpired, DateTimeOffset GrantedAt, string? GrantedBy);

/// <summary>A person (p and id) or group (g and id) that can be given a role.</summary>
public sealed record SubjectRow(string Key, string Name, bool IsGroup);

public sealed record GroupRow(Guid Id, string Name, IReadOnlyList<PersonName> Members);

public sealed record PersonName(Guid Id, string Name);

/// <summary>One line of the bin.</summary>
/// <param name="Address">The record's page, where it can be taken out.</param>
public sealed record BinnedRow(string Address, string Name, string Kind, string Project, DateTimeOffset BinnedAt, bool Simulated);
