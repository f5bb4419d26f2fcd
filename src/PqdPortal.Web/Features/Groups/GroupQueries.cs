using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

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
            .. projects.Select(p => new BinnedRow(p.Id, $"projects/{p.Id}", p.Name, "project", p.Code, p.DeletedAt!.Value, p.Simulated))
                .Concat((await Newest(db.Batches.InBinOf(viewer)).Select(r => new
                {
                    r.Id, r.Code, r.Name, Project = r.Project.Name, r.DeletedAt, r.Simulated, Samples = db.Samples.Count(s => s.BatchId == r.Id), Dots = db.Emitters.Count(d => d.Sample.BatchId == r.Id),
                }).ToListAsync(stop)).Select(r => new BinnedRow(r.Id, "b/" + r.Code, r.Code + " " + r.Name, "batch", r.Project, r.DeletedAt!.Value, r.Simulated) { Below = Below((r.Samples, "sample"), (r.Dots, "dot")) }))
                .Concat((await Newest(db.Samples.InBinOf(viewer)).Select(r => new
                {
                    r.Id, r.Code, r.Name, Project = r.Project.Name, r.DeletedAt, r.Simulated, Dots = db.Emitters.Count(d => d.SampleId == r.Id), Runs = db.Runs.Count(run => run.SampleId == r.Id),
                }).ToListAsync(stop)).Select(r => new BinnedRow(r.Id, "s/" + r.Code, r.Code + " " + r.Name, "sample", r.Project, r.DeletedAt!.Value, r.Simulated) { Below = Below((r.Dots, "dot"), (r.Runs, "run")) }))
                .Concat((await Newest(db.Emitters.InBinOf(viewer)).Select(r => new { r.Id, r.Code, Project = r.Project.Name, r.DeletedAt, r.Simulated, Runs = db.Runs.Count(run => run.EmitterId == r.Id) }).ToListAsync(stop))
                    .Select(r => new BinnedRow(r.Id, "d/" + r.Code, r.Code, "dot", r.Project, r.DeletedAt!.Value, r.Simulated) { Below = Below((r.Runs, "run")) }))
                .Concat(await Newest(db.Templates.InBinOf(viewer)).Select(r => new BinnedRow(r.Id, "templates/" + r.Id, r.Name, "template", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .Concat(await Newest(db.Runs.InBinOf(viewer)).Select(r => new BinnedRow(r.Id, "r/" + r.Id, r.Name, "run", r.Project.Name, r.DeletedAt!.Value, r.Simulated)).ToListAsync(stop))
                .Concat(await db.Instruments.InBinOf(viewer).OrderByDescending(i => i.DeletedAt).Take(MostBinned).Select(i => new BinnedRow(i.Id, "instruments/" + i.Id, i.Name, "set-up", i.Group == null ? "the whole portal" : i.Group.Name, i.DeletedAt!.Value, false)).ToListAsync(stop))
                .OrderByDescending(row => row.BinnedAt).Take(MostBinned),
        ];

        static string? Below(params (int Count, string One)[] parts)
        {
            var some = parts.Where(part => part.Count > 0).Select(part => $"{Numbers.Count(part.Count)} {part.One}{(part.Count == 1 ? "" : "s")}").ToList();
            return some.Count == 0 ? null : "with " + string.Join(", ", some);
        }

        static IQueryable<T> Newest<T>(IQueryable<T> binned) where T : ProjectRecord => binned.OrderByDescending(r => r.DeletedAt).Take(MostBinned);
    }

    /// <summary>The viewer themselves, and whether they administer the portal.</summary>
    public async Task<(Guid? Id, bool IsAdministrator)> Me(CancellationToken stop = default) => await me.Get(stop) is { } viewer ? (viewer.PersonId, viewer.IsAdministrator) : default;

    /// <summary>Whether the viewer may make projects and groups: who came by an invitation may not.</summary>
    public async Task<bool> MayBegin(CancellationToken stop = default) => await me.Get(stop) is { PersonId: not null } viewer && (!viewer.IsGuest || viewer.IsAdministrator);

    /// <summary>The groups with their people: all of them for the administrator, for others their own.</summary>
    public async Task<IReadOnlyList<GroupRow>> Groups(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await Known(db, viewer).OrderBy(group => group.Name)
            .Select(group => new GroupRow(group.Id, group.Name,
                group.Members.Where(member => member.Person.RemovedAt == null).OrderBy(member => member.Person.Name)
                    .Select(member => new PersonName(member.PersonId, member.Person.Name)).ToList()))
            .ToListAsync(stop);
    }

    /// <summary>One group; null where the viewer is neither in it nor an administrator.</summary>
    public async Task<GroupView?> Group(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await Known(db, viewer).AsNoTracking().SingleOrDefaultAsync(group => group.Id == id, stop) is not { } group) return null;
        var members = await db.Memberships.Where(member => member.GroupId == id)
            .OrderByDescending(member => member.IsManager).ThenBy(member => member.Person.Name)
            .Select(member => new GroupMember(member.PersonId, member.Person.Name, member.IsManager, member.Since, member.Person.RemovedAt != null)).ToListAsync(stop);
        var now = clock.GetUtcNow();
        var seen = db.Projects.VisibleTo(viewer);
        var projects = await db.Grants.Where(grant => grant.GroupId == id && (grant.ExpiresAt == null || grant.ExpiresAt > now) && seen.Any(project => project.Id == grant.ProjectId))
            .OrderBy(grant => grant.Project.Name).Select(grant => new GroupPart(grant.ProjectId, grant.Project.Name, grant.Role, grant.ExpiresAt)).ToListAsync(stop);
        var mine = members.FirstOrDefault(member => member.Id == viewer.PersonId);
        return new GroupView(group, members, projects, mine is not null, viewer.IsAdministrator || mine is { IsManager: true });
    }

    /// <summary>Whom a manager of the group may add: the people they are told of who are not in it.</summary>
    public async Task<IReadOnlyList<PersonName>> People(Guid group, CancellationToken stop = default)
    {
        if (await Group(group, stop) is not { MayManage: true } view) return [];
        return [.. (await viewers.Colleagues(await me.Get(stop), stop)).Where(person => view.Members.All(member => member.Id != person.Id)).Select(person => new PersonName(person.Id, person.Name))];
    }

    static IQueryable<Group> Known(PortalDb db, Viewer viewer) =>
        db.Groups.Where(group => viewer.Only == null && (viewer.IsAdministrator || group.Members.Any(member => member.PersonId == viewer.PersonId && viewer.PersonId != null)));

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

public sealed record GroupRow(Guid Id, string Name, IReadOnlyList<PersonName> Members);

public sealed record PersonName(Guid Id, string Name);

/// <summary>A group as its people see it.</summary>
public sealed record GroupView(Group Group, IReadOnlyList<GroupMember> Members, IReadOnlyList<GroupPart> Projects, bool IsMine, bool MayManage);

/// <summary>Somebody in a group.</summary>
/// <param name="IsRemoved">Their account was removed.</param>
public sealed record GroupMember(Guid Id, string Name, bool IsManager, DateTimeOffset Since, bool IsRemoved);

/// <summary>A project in which a group has a role.</summary>
public sealed record GroupPart(Guid Project, string Name, AccessRole Role, DateTimeOffset? ExpiresAt);

/// <summary>One line of the bin.</summary>
/// <param name="Address">The record's page, where it can be taken out.</param>
/// <param name="Project">Its project; the group of a set-up.</param>
public sealed record BinnedRow(Guid Id, string Address, string Name, string Kind, string Project, DateTimeOffset BinnedAt, bool Simulated)
{
    /// <summary>What lies in the bin with it; null where nothing does.</summary>
    public string? Below { get; init; }
}
