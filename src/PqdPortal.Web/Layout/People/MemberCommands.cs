using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.People;

/// <summary>What changes who has which part in a project. A refusal comes back as a sentence; nothing is changed then.</summary>
public sealed class MemberCommands(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me, TimeProvider clock)
{
    public const string NotAllowed = "Your role in this project does not include this. Ask one of those who manage it.";

    const string LastManager = "Then nobody would manage this project for good. Give somebody else the role manage without an end first.";

    /// <summary>Gives a person or a group a role; who has one already gets the new one instead.</summary>
    public async Task<string?> AddMember(Guid project, NewMember member, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!await MayManage(viewer, project, stop)) return NotAllowed;
        if (member.Subject.Length < 2 || !Guid.TryParse(member.Subject[1..], out var subject)) return "Choose a person or a group first.";
        if (member.Role is AccessRole.None || !Enum.IsDefined(member.Role)) return "Choose what they may do.";
        if (member.Until is { } far && !Keepable.IsDay(far)) return $"The last day lies between today and {Keepable.LastDay:yyyy-MM-dd}. Leave it empty for no end.";
        var until = member.Until is { } day ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddDays(1) : (DateTimeOffset?)null;
        if (until <= clock.GetUtcNow()) return "The last day lies in the past. Leave it empty for no end.";

        var (person, group) = member.Subject[0] == 'p' ? ((Guid?)subject, (Guid?)null) : (null, subject);
        await using var db = await Open(viewer, stop);
        const string gone = "This person or group is not there any more. Choose another one.";
        if (person is { } one && (viewer.IsGuest && !viewer.IsAdministrator
            ? (await viewers.Colleagues(viewer, stop)).All(known => known.Id != one)
            : !await db.Users.AnyAsync(user => user.Id == one && user.RemovedAt == null, stop))) return gone;
        if (group is not null && !await db.Groups.AnyAsync(one => one.Id == group
            && (!viewer.IsGuest || viewer.IsAdministrator || one.Members.Any(known => known.PersonId == viewer.PersonId)), stop)) return gone;
        try
        {
            return await Change(db, project, async () =>
            {
                var known = await db.Grants.FirstOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == person && grant.GroupId == group, stop);
                if (known is null) db.Grants.Add(known = new Grant { ProjectId = project, PersonId = person, GroupId = group });
                (known.Role, known.ExpiresAt, known.GrantedById, known.GrantedAt) = (member.Role, until, viewer.PersonId, clock.GetUtcNow());
                return null;
            }, stop);
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation })
        {
            return "Somebody else changed the members at the same moment. Nothing was changed; look at them once more.";
        }
    }

    /// <summary>Takes a grant back. What the person recorded stays, with their name.</summary>
    public async Task<string?> RemoveMember(Guid project, Guid grant, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!await MayManage(viewer, project, stop)) return NotAllowed;
        await using var db = await Open(viewer, stop);
        return await Change(db, project, async () =>
        {
            if (await db.Grants.SingleOrDefaultAsync(one => one.Id == grant && one.ProjectId == project, stop) is { } known) db.Grants.Remove(known);
            return null;
        }, stop);
    }

    /// <summary>Changes the roles of several at once: all of them, or none.</summary>
    public async Task<string?> SetRoles(Guid project, IReadOnlyList<RoleChange> changes, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!await MayManage(viewer, project, stop)) return NotAllowed;
        if (changes.Count == 0) return "Choose whose role to change first.";
        if (changes.Any(change => !Enum.IsDefined(change.Role))) return "Choose what they may do.";
        await using var db = await Open(viewer, stop);
        return await Change(db, project, async () =>
        {
            var ids = changes.Select(change => change.Grant).ToList();
            var known = await db.Grants.Include(grant => grant.Person).Include(grant => grant.Group)
                .Where(grant => grant.ProjectId == project && ids.Contains(grant.Id)).ToDictionaryAsync(grant => grant.Id, stop);
            foreach (var change in changes)
            {
                if (!known.TryGetValue(change.Grant, out var grant))
                    return "Somebody else removed one of these members in between. Nothing was changed; look at them once more.";
                if (grant.Role != change.Was)
                    return $"Somebody else gave {grant.Person?.Name ?? grant.Group?.Name} the role {Viewers.Word(grant.Role)} in between; you saw {Viewers.Word(change.Was)}. Nothing was changed; look at them once more.";
                if (change.Role == AccessRole.None) db.Grants.Remove(grant);
                else if (change.Role != grant.Role) (grant.Role, grant.GrantedById, grant.GrantedAt) = (change.Role, viewer.PersonId, clock.GetUtcNow());
            }
            return null;
        }, stop);
    }

    /// <summary>Ends the viewer's own part in a project. What they recorded stays.</summary>
    public async Task<string?> Leave(Guid project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person || viewer.Roles.GetValueOrDefault(project) == AccessRole.None) return NotAllowed;
        await using var db = await Open(viewer, stop);
        return await Change(db, project, async () =>
        {
            if (await db.Grants.SingleOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == person, stop) is { } mine)
            {
                db.Grants.Remove(mine);
                return null;
            }
            var groups = await db.Grants.Where(grant => grant.ProjectId == project && grant.Group!.Members.Any(member => member.PersonId == person))
                .Select(grant => grant.Group!.Name).ToListAsync(stop);
            return groups.Count == 0 ? "You have no part in this project any more." : $"You are here through {Words.List(groups)}, not by name. Leave that group on its page, or ask one of those who manage the project.";
        }, stop);
    }

    /// <summary>Gives the project to somebody who manages it from now on, and takes another role oneself.</summary>
    /// <param name="mine">What the viewer keeps; None to leave.</param>
    public async Task<string?> HandOver(Guid project, Guid to, AccessRole mine, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!await MayManage(viewer, project, stop)) return NotAllowed;
        if (viewer.PersonId == to) return "You manage the project already. Choose somebody else.";
        if (!Enum.IsDefined(mine)) return "Choose what you may do from then on.";
        await using var db = await Open(viewer, stop);
        if ((await viewers.Colleagues(viewer, stop)).All(known => known.Id != to)) return "This person is not there any more. Choose another one.";
        return await Change(db, project, async () =>
        {
            var theirs = await db.Grants.FirstOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == to, stop);
            if (theirs is null) db.Grants.Add(theirs = new Grant { ProjectId = project, PersonId = to });
            (theirs.Role, theirs.ExpiresAt, theirs.GrantedById, theirs.GrantedAt) = (AccessRole.Manage, null, viewer.PersonId, clock.GetUtcNow());
            var own = await db.Grants.FirstOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == viewer.PersonId, stop);
            if (own is not null && mine == AccessRole.None) db.Grants.Remove(own);
            else if (own is not null) own.Role = mine;
            return null;
        }, stop);
    }

    /// <summary>Makes an administrator one of those who manage the project by name, as when nobody of them is left.</summary>
    public async Task<string?> TakeOver(Guid project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer is not { IsAdministrator: true, PersonId: { } person } || !await MayManage(viewer, project, stop)) return NotAllowed;
        await using var db = await Open(viewer, stop);
        return await Change(db, project, async () =>
        {
            var mine = await db.Grants.FirstOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == person, stop);
            if (mine is null) db.Grants.Add(mine = new Grant { ProjectId = project, PersonId = person });
            (mine.Role, mine.ExpiresAt, mine.GrantedById, mine.GrantedAt) = (AccessRole.Manage, null, person, clock.GetUtcNow());
            return null;
        }, stop);
    }

    async Task<bool> MayManage(Viewer viewer, Guid project, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == project, stop);
    }

    async Task<PortalDb> Open(Viewer viewer, CancellationToken stop)
    {
        var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        return db;
    }

    /// <summary>
    /// Does a change, unless it leaves a project that somebody managed with nobody to manage it but the portal's administrators. Changes
    /// of one project's members come one after the other, so that two who take each other's role leave one.
    /// </summary>
    static async Task<string?> Change(PortalDb db, Guid project, Func<Task<string?>> change, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Projects" WHERE "Id" = {project} FOR NO KEY UPDATE""", stop);
        // Who has no account any more manages nothing; a group does so as long as somebody is in it.
        var managing = db.Grants.Where(grant => grant.ProjectId == project && grant.Role == AccessRole.Manage && grant.ExpiresAt == null
            && (grant.Person!.RemovedAt == null && grant.PersonId != null || grant.Group!.Members.Any(member => member.Person.RemovedAt == null)));
        var hadOne = await managing.AnyAsync(stop);
        if (await change() is { } trouble) return trouble;
        await db.SaveChangesAsync(stop);
        if (hadOne && !await managing.AnyAsync(stop)) return LastManager;
        // Members are part of what a page of the project shows, though the project's own row is as it was.
        await db.Notify(nameof(Project), project, stop);
        await transaction.CommitAsync(stop);
        return null;
    }
}
