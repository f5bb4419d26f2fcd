using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Groups;

/// <summary>What changes projects, their members and groups. A refusal comes back as a sentence.</summary>
public sealed partial class GroupCommands(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me, TimeProvider clock)
{
    const string NotAllowed = "Your role in this project does not include this. Ask one of those who manage it.";

    /// <summary>Makes a project from what was typed, managed by the person who made it; null where nobody is signed in.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong, or the code is taken.</exception>
    public async Task<Project?> MakeProject(Project typed, CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } person) return null;
        RecordFields.Tidy(typed);
        var code = typed.Code.Trim().ToUpperInvariant();
        new EditChecks()
            .Filled(nameof(Project.Name), typed.Name, "Give the project a name, such as Zn series.")
            .That(nameof(Project.Code), ProjectCode().IsMatch(code), $"The code \"{(code.Length > 20 ? code[..20] + " …" : code)}\" does not fit. It has two to eight letters or digits and begins with a letter, such as ZN.")
            .Keepable(typed).Decide();

        await using var db = await Open(person, stop);
        var project = new Project { Code = code, Name = typed.Name, Description = typed.Description, CreatedById = person };
        project.Grants.Add(new Grant { PersonId = person, Role = AccessRole.Manage, GrantedById = person });
        db.Projects.Add(project);
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw new RefusedEditException(new Dictionary<string, string> { [nameof(Project.Code)] = $"The code {code} is taken by another project. Choose another one." });
        }
        return project;
    }

    /// <summary>Saves name and description of an edited copy; null where the viewer does not manage the project.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Project?> SaveProject(Project edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        var stored = await db.Projects.ManageableBy(viewer).SingleOrDefaultAsync(project => project.Id == edited.Id, stop);
        if (stored is null) return null;
        RecordFields.Tidy(edited);
        new EditChecks().Filled(nameof(Project.Name), edited.Name, "Give the project a name, such as Zn series.").Keepable(edited).Decide();
        try
        {
            await db.SaveEdited(stored, edited, stop);
        }
        catch (StaleRecordException stale) when (stale.Now is Project { DeletedAt: not null })
        {
            // It went into the bin between our reading and our writing.
            return null;
        }

        return stored;
    }

    /// <summary>Puts the project with all that is in it into the bin, or takes it out; both are for those who manage it.</summary>
    public async Task<string?> Bin(Guid id, bool binned, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        IQueryable<Project> mine;
        if (binned)
        {
            mine = db.Projects.ManageableBy(viewer);
        }
        else
        {
            var inBin = await viewers.ProjectsInBin(viewer, stop);
            mine = db.Projects.Where(project => inBin.Contains(project.Id));
        }
        if (await mine.SingleOrDefaultAsync(project => project.Id == id, stop) is not { } known) return NotAllowed;
        known.DeletedAt = binned ? clock.GetUtcNow() : null;
        try
        {
            await db.SaveChangesAsync(stop);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            return "Somebody else changed the project at the same moment. Look at it once more, then decide.";
        }
    }

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
        await using var db = await Open(viewer.PersonId, stop);
        var isThere = person is not null ? await db.Users.AnyAsync(one => one.Id == person && one.RemovedAt == null, stop) : await db.Groups.AnyAsync(one => one.Id == group, stop);
        if (!isThere) return "This person or group is not there any more. Choose another one.";
        var known = await db.Grants.FirstOrDefaultAsync(grant => grant.ProjectId == project && grant.PersonId == person && grant.GroupId == group, stop);
        if (known is null) db.Grants.Add(known = new Grant { ProjectId = project, PersonId = person, GroupId = group });
        (known.Role, known.ExpiresAt, known.GrantedById, known.GrantedAt) = (member.Role, until, viewer.PersonId, clock.GetUtcNow());
        return await SaveKeepingAManager(db, project, stop);
    }

    /// <summary>Takes a grant back.</summary>
    public async Task<string?> RemoveMember(Guid project, Guid grant, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (!await MayManage(viewer, project, stop)) return NotAllowed;
        await using var db = await Open(viewer.PersonId, stop);
        if (await db.Grants.SingleOrDefaultAsync(g => g.Id == grant && g.ProjectId == project, stop) is not { } known) return null;
        db.Grants.Remove(known);
        return await SaveKeepingAManager(db, project, stop);
    }

    public async Task<string?> MakeGroup(string name, CancellationToken stop = default)
    {
        if (await me.Get(stop) is not { IsAdministrator: true, PersonId: { } person }) return "Groups are made by the administrator.";
        if (string.IsNullOrWhiteSpace(name)) return "The group has no name yet.";
        if (Keepable.TroubleOf(name.Trim(), 200, "The name") is { } trouble) return trouble;
        await using var db = await Open(person, stop);
        if (await db.Groups.AnyAsync(group => group.Name == name.Trim(), stop)) return $"There is a group \"{name.Trim()}\" already.";
        db.Groups.Add(new Data.Groups.Group { Name = name.Trim(), OrganisationId = await db.Organisations.Select(o => (Guid?)o.Id).FirstOrDefaultAsync(stop) });
        await db.SaveChangesAsync(stop);
        return null;
    }

    public async Task<string?> Join(Guid group, Guid person, CancellationToken stop = default)
    {
        if (await me.Get(stop) is not { IsAdministrator: true, PersonId: { } administrator }) return "Groups are filled by the administrator.";
        await using var db = await Open(administrator, stop);
        if (!await db.Groups.AnyAsync(one => one.Id == group, stop) || !await db.Users.AnyAsync(one => one.Id == person && one.RemovedAt == null, stop))
            return "This person or group is not there any more.";
        if (await db.Memberships.AnyAsync(member => member.GroupId == group && member.PersonId == person, stop)) return null;
        db.Memberships.Add(new Membership { GroupId = group, PersonId = person });
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Somebody added the same person at this moment: they are in, as was asked.
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation })
        {
            return "The group or the person is not there any more. Nothing was changed.";
        }
        return null;
    }

    public async Task<string?> Leave(Guid group, Guid person, CancellationToken stop = default)
    {
        if (await me.Get(stop) is not { IsAdministrator: true, PersonId: { } administrator }) return "Groups are filled by the administrator.";
        await using var db = await Open(administrator, stop);
        if (await db.Memberships.SingleOrDefaultAsync(member => member.GroupId == group && member.PersonId == person, stop) is not { } known) return null;
        db.Memberships.Remove(known);
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Somebody took the same person out at this moment: they are out, as was asked.
        }
        return null;
    }

    async Task<bool> MayManage(Viewer viewer, Guid project, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == project, stop);
    }

    async Task<PortalDb> Open(Guid? actor, CancellationToken stop)
    {
        var db = await database.CreateDbContextAsync(stop);
        db.Actor = actor;
        return db;
    }

    /// <summary>Saves, unless nobody would be left to manage the project but the portal's administrators.</summary>
    static async Task<string?> SaveKeepingAManager(PortalDb db, Guid project, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.SaveChangesAsync(stop);
        if (!await db.Grants.AnyAsync(grant => grant.ProjectId == project && grant.Role == AccessRole.Manage && grant.ExpiresAt == null, stop))
            return "Then nobody would manage this project for good. Give somebody else the role manage without an end first.";
        await transaction.CommitAsync(stop);
        // Members are part of what a page of the project shows, though the project's own row is as it was.
        await db.Notify(nameof(Project), project, stop);
        return null;
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]{1,7}$")]
    private static partial Regex ProjectCode();
}

/// <summary>What a person chooses for a new member.</summary>
public sealed class NewMember
{
    public string Subject { get; set; } = "";
    public AccessRole Role { get; set; } = AccessRole.Read;

    /// <summary>The last day; null for no end.</summary>
    public DateOnly? Until { get; set; }
}
