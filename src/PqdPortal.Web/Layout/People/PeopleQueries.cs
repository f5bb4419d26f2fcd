using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.People;

/// <summary>Who has a part in what: members, invitations and links of a project, and who can see one of its records.</summary>
public sealed class PeopleQueries(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Invitations and links that are over are shown for so long.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>Who can see a record, and why; null where the viewer does not see it themselves.</summary>
    public async Task<WhoView?> Who(LinkedKind kind, Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await RecordPlace.Of(db, viewer, kind, id, stop) is not { } place) return null;
        var role = viewer.RoleIn(place.Project);
        if (role == AccessRole.None) return null;
        var project = await db.Projects.VisibleTo(viewer).Where(one => one.Id == place.Project).Select(one => one.Name).SingleAsync(stop);
        return new WhoView(place.Project, project, role, await viewers.WhoCanSee(place.Project, stop),
            role >= AccessRole.Manage ? await Members(db, place.Project, stop) : [],
            [.. (await Invitations(db, viewer, place.Project, null, stop)).Where(invitation => invitation.IsOpen)],
            [.. (await Links(db, viewer, place.Project, place, stop)).Where(link => link.IsOpen)]);
    }

    /// <summary>All grants of a project, ended ones too; nothing where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<MemberRow>> Members(Guid project, CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).MaySee(project)) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await Members(db, project, stop);
    }

    async Task<IReadOnlyList<MemberRow>> Members(PortalDb db, Guid project, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var grants = await db.Grants.Where(grant => grant.ProjectId == project)
            .Select(grant => new MemberRow(
                grant.Id, grant.PersonId, grant.GroupId, grant.Person == null ? grant.Group!.Name : grant.Person.Name, grant.Role, grant.ExpiresAt,
                grant.ExpiresAt != null && grant.ExpiresAt <= now, grant.GrantedAt,
                db.Users.Where(person => person.Id == grant.GrantedById).Select(person => person.Name).FirstOrDefault(),
                grant.Person != null && grant.Person.RemovedAt != null))
            .ToListAsync(stop);
        return [.. grants.OrderByDescending(grant => grant.Role).ThenBy(grant => grant.Name)];
    }

    /// <summary>Everybody who reaches the project, and by which ways; nothing where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<PersonAccess>> WhoCanSee(Guid project, CancellationToken stop = default) =>
        (await me.Get(stop)).MaySee(project) ? await viewers.WhoCanSee(project, stop) : [];

    /// <summary>The people the viewer may be told of, by name.</summary>
    public async Task<IReadOnlyList<Colleague>> Known(CancellationToken stop = default) => await viewers.Colleagues(await me.Get(stop), stop);

    /// <summary>A project by its code, with the viewer's role in it; null where there is none for them.</summary>
    public async Task<(Guid Id, AccessRole Role)?> Project(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return Keepable.IsText(code) && await db.Projects.VisibleTo(viewer).Where(one => one.Code == code).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop) is { } id
            ? (id, viewer.RoleIn(id)) : null;
    }

    /// <summary>An alive record by its code or id; null where there is none for the viewer.</summary>
    /// <param name="project">Only in this project; null for any.</param>
    public async Task<Guid?> Find(LinkedKind kind, string named, Guid? project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        Guid? id = Guid.TryParse(named, out var read) ? read : null;
        return kind switch
        {
            LinkedKind.Project => await db.Projects.VisibleTo(viewer).Where(one => (id == null ? one.Code == named : one.Id == id) && (project == null || one.Id == project)).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop),
            LinkedKind.Batch => await db.Batches.VisibleTo(viewer).Where(one => (id == null ? one.Code == named : one.Id == id) && (project == null || one.ProjectId == project)).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop),
            LinkedKind.Sample => await db.Samples.VisibleTo(viewer).Where(one => (id == null ? one.Code == named : one.Id == id) && (project == null || one.ProjectId == project)).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop),
            LinkedKind.Dot => await db.Emitters.VisibleTo(viewer).Where(one => (id == null ? one.Code == named : one.Id == id) && (project == null || one.ProjectId == project)).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop),
            _ => id is null ? null : await db.Runs.VisibleTo(viewer).Where(one => one.Id == id && (project == null || one.ProjectId == project)).Select(one => (Guid?)one.Id).FirstOrDefaultAsync(stop),
        };
    }

    /// <summary>Whom the viewer may give a role: the people they are told of, and every group (a guest: their own); nobody for who manages no project.</summary>
    public async Task<IReadOnlyList<SubjectRow>> Subjects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!viewer.IsAdministrator && viewer.Roles.Values.All(role => role < AccessRole.Manage)) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var known = viewer is { IsGuest: true, IsAdministrator: false } ? db.Groups.Where(group => group.Members.Any(member => member.PersonId == viewer.PersonId)) : db.Groups;
        var groups = await known.OrderBy(group => group.Name).Select(group => new SubjectRow("g" + group.Id, group.Name, true)).ToListAsync(stop);
        return [.. groups, .. (await viewers.Colleagues(viewer, stop)).Select(person => new SubjectRow("p" + person.Id, person.Name, false))];
    }

    /// <summary>Groups into which the viewer may invite: those they manage; all of them for an administrator.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> MyGroups(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var groups = await db.Groups.Where(group => viewer.IsAdministrator || group.Members.Any(member => member.PersonId == person && member.IsManager))
            .OrderBy(group => group.Name).Select(group => new { group.Id, group.Name }).ToListAsync(stop);
        return [.. groups.Select(group => (group.Id, group.Name))];
    }

    /// <summary>What lies in a project that the viewer sees.</summary>
    public async Task<Holdings?> Holds(Guid project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!viewer.MaySee(project)) return null;
        var people = (await viewers.WhoCanSee(project, stop)).Count;
        await using var db = await database.CreateDbContextAsync(stop);
        return new Holdings(
            await db.Batches.VisibleTo(viewer).CountAsync(batch => batch.ProjectId == project, stop),
            await db.Emitters.VisibleTo(viewer).CountAsync(dot => dot.ProjectId == project, stop),
            await db.Runs.VisibleTo(viewer).CountAsync(run => run.ProjectId == project, stop), people);
    }

    /// <summary>Invitations to a project or a group, the newest first; those that are over for a while. Nothing for who does not manage it.</summary>
    public async Task<IReadOnlyList<InvitationRow>> Invitations(Guid? project, Guid? group, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await Invitations(db, viewer, project, group, stop);
    }

    async Task<IReadOnlyList<InvitationRow>> Invitations(PortalDb db, Viewer viewer, Guid? project, Guid? group, CancellationToken stop)
    {
        if (viewer.PersonId is not { } person) return [];
        if (project is { } of && !viewer.MayManage(of)) return [];
        if (group is { } lab && !viewer.IsAdministrator && !await db.Memberships.AnyAsync(member => member.GroupId == lab && member.PersonId == person && member.IsManager, stop)) return [];
        if (project is null && group is null) return [];
        var now = clock.GetUtcNow();
        var old = now - Memory;
        var found = await db.Invitations
            .Where(invitation => (project == null || invitation.ProjectId == project) && (group == null || invitation.GroupId == group))
            .Where(invitation => invitation.ExpiresAt > old && (invitation.RevokedAt == null || invitation.RevokedAt > old))
            .OrderByDescending(invitation => invitation.CreatedAt).Take(500)
            .Select(invitation => new
            {
                Of = invitation, Group = invitation.Group == null ? null : invitation.Group.Name,
                By = db.Users.Where(maker => maker.Id == invitation.CreatedById).Select(maker => maker.Name).FirstOrDefault(),
                Came = db.InvitationUses.Where(use => use.InvitationId == invitation.Id).OrderBy(use => use.At).Select(use => use.Person.Name).ToList(),
            }).AsNoTracking().ToListAsync(stop);
        return [.. found.Select(one => new InvitationRow(
            one.Of.Id, one.Of.Address ?? one.Of.MeantFor, one.Of.Role, one.Group, one.By, one.Of.CreatedAt, one.Of.ExpiresAt, one.Of.Uses, one.Of.UsesAllowed, one.Of.IsOpen(now),
            one.Of.RevokedAt is not null ? "revoked" : one.Of.Uses >= one.Of.UsesAllowed ? "used" : one.Of.ExpiresAt <= now ? "expired" : "open", one.Came))];
    }

    /// <summary>All read-only links into a project, the newest first; those that are over for a while. Nothing for who does not see it.</summary>
    public async Task<IReadOnlyList<LinkRow>> Links(Guid project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!viewer.MaySee(project)) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await Links(db, viewer, project, null, stop);
    }

    /// <param name="of">Only those that open this record; null for all of the project.</param>
    async Task<IReadOnlyList<LinkRow>> Links(PortalDb db, Viewer viewer, Guid project, RecordPlace? of, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var old = now - Memory;
        var (mayKnow, chain) = (viewer.RoleIn(project) >= AccessRole.Edit, of?.Chain ?? []);
        var (batches, samples, dots, runs) = (db.Batches.VisibleWithBinTo(viewer), db.Samples.VisibleWithBinTo(viewer), db.Emitters.VisibleWithBinTo(viewer), db.Runs.VisibleWithBinTo(viewer));
        var found = await db.ShareLinks.Where(link => link.ProjectId == project && (of == null || chain.Contains(link.RecordId)))
            .Where(link => (link.ExpiresAt == null || link.ExpiresAt > old) && (link.RevokedAt == null || link.RevokedAt > old))
            .OrderByDescending(link => link.CreatedAt).Take(500)
            .Select(link => new
            {
                Of = link, By = db.Users.Where(maker => maker.Id == link.CreatedById).Select(maker => maker.Name).FirstOrDefault(),
                Code = link.Kind == LinkedKind.Batch ? batches.Where(batch => batch.Id == link.RecordId).Select(batch => batch.Code).FirstOrDefault()
                    : link.Kind == LinkedKind.Sample ? samples.Where(sample => sample.Id == link.RecordId).Select(sample => sample.Code).FirstOrDefault()
                    : link.Kind == LinkedKind.Dot ? dots.Where(dot => dot.Id == link.RecordId).Select(dot => dot.Code).FirstOrDefault()
                    : link.Kind == LinkedKind.Run ? runs.Where(run => run.Id == link.RecordId).Select(run => run.Name).FirstOrDefault() : null,
            }).AsNoTracking().ToListAsync(stop);
        return [.. found.Select(one => new LinkRow(
            one.Of.Id, mayKnow ? one.Of.Name : null, one.Of.Kind, one.Of.RecordId,
            one.Of.Kind == LinkedKind.Project ? "the whole project" : of is not null && one.Of.RecordId == of.Record ? $"this {Word(one.Of.Kind)}" : $"the {Word(one.Of.Kind)} {one.Code}",
            one.Of.PasswordHash is not null, one.Of.WithoutNames, one.By, one.Of.CreatedAt, one.Of.ExpiresAt, one.Of.Visits, one.Of.LastUsedAt, one.Of.IsOpen(now),
            one.Of.RevokedAt is not null ? "revoked" : one.Of.IsOpen(now) ? "open" : "expired"))];
    }

    /// <summary>"batch", "dot"</summary>
    public static string Word(LinkedKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>Where a record lies: its project, and what is above it.</summary>
/// <param name="Chain">The project, what lies between, the record itself: a link to any of these opens it.</param>
sealed record RecordPlace(Guid Project, Guid Record, Guid[] Chain)
{
    /// <summary>Null where the viewer does not see the record.</summary>
    public static async Task<RecordPlace?> Of(PortalDb db, Viewer viewer, LinkedKind kind, Guid id, CancellationToken stop)
    {
        var found = kind switch
        {
            LinkedKind.Project => await db.Projects.VisibleTo(viewer).Where(one => one.Id == id).Select(one => new { Project = one.Id, Batch = (Guid?)null, Sample = (Guid?)null, Dot = (Guid?)null }).FirstOrDefaultAsync(stop),
            LinkedKind.Batch => await db.Batches.VisibleWithBinTo(viewer).Where(one => one.Id == id).Select(one => new { Project = one.ProjectId, Batch = (Guid?)one.Id, Sample = (Guid?)null, Dot = (Guid?)null }).FirstOrDefaultAsync(stop),
            LinkedKind.Sample => await db.Samples.VisibleWithBinTo(viewer).Where(one => one.Id == id).Select(one => new { Project = one.ProjectId, Batch = (Guid?)one.BatchId, Sample = (Guid?)one.Id, Dot = (Guid?)null }).FirstOrDefaultAsync(stop),
            LinkedKind.Dot => await db.Emitters.VisibleWithBinTo(viewer).Where(one => one.Id == id).Select(one => new { Project = one.ProjectId, Batch = (Guid?)one.Sample.BatchId, Sample = (Guid?)one.SampleId, Dot = (Guid?)one.Id }).FirstOrDefaultAsync(stop),
            _ => await db.Runs.VisibleWithBinTo(viewer).Where(one => one.Id == id).Select(one => new { Project = one.ProjectId, Batch = (Guid?)one.Sample!.BatchId, Sample = one.SampleId, Dot = one.EmitterId }).FirstOrDefaultAsync(stop),
        };
        return found is null ? null : new(found.Project, id, [.. new Guid?[] { found.Project, found.Batch, found.Sample, found.Dot, id }.OfType<Guid>().Distinct()]);
    }
}
