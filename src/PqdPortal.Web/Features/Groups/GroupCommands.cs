using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.People;

namespace PqdPortal.Web.Features.Groups;

/// <summary>What changes projects, their members and groups. A refusal comes back as a sentence.</summary>
public sealed partial class GroupCommands(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me, TimeProvider clock)
{
    const string NotAllowed = MemberCommands.NotAllowed;
    const string NotYours = "A group is changed by those who manage it, and by administrators. Ask one of them.";
    const string LastManager = "Then nobody would manage this group. Make somebody else a manager of it first, or ask an administrator.";
    const string Guest = "Your account came by an invitation, so it makes no projects and groups of its own. An administrator can change that on the page People.";

    /// <summary>Makes a project from what was typed, managed by the person who made it; null where nobody is signed in.</summary>
    /// <exception cref="RefusedEditException">A field is missing or wrong, the code is taken, or the person is a guest.</exception>
    public async Task<Project?> MakeProject(Project typed, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return null;
        if (viewer is { IsGuest: true, IsAdministrator: false }) throw new RefusedEditException(new Dictionary<string, string> { [nameof(Project.Name)] = Guest });
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

    /// <summary>Takes a record of the bin out of it; null, or why it stays.</summary>
    public async Task<string?> TakeOut(BinnedRow row, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return row.Kind switch
        {
            "project" => await Bin(row.Id, false, stop),
            "batch" => Told(await Out<Batch>()),
            "sample" => Told(await Out<Sample>()),
            "dot" => Told(await Out<Emitter>()),
            "template" => Told(await Out<Template>()),
            "run" => Told(await Out<Run>()),
            _ => Told(await SetUp()),
        };

        Task<bool> Out<T>() where T : ProjectRecord => database.Bin<T>(viewer, row.Id, false, clock.GetUtcNow(), stop);

        async Task<bool> SetUp()
        {
            await using var db = await Open(viewer.PersonId, stop);
            if (await db.Instruments.InBinOf(viewer).FirstOrDefaultAsync(i => i.Id == row.Id, stop) is not { } setup) return false;
            setup.DeletedAt = null;
            await db.SaveChangesAsync(stop);
            return true;
        }

        static string? Told(bool isOut) => isOut ? null : "It is not in the bin any more, or you may not take it out.";
    }

    /// <summary>Makes a group, managed by who makes it.</summary>
    public async Task<(Guid? Group, string? Trouble)> MakeGroup(string name, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return (null, NotYours);
        if (viewer is { IsGuest: true, IsAdministrator: false }) return (null, Guest);
        if (string.IsNullOrWhiteSpace(name)) return (null, "The group has no name yet.");
        if (Keepable.TroubleOf(name.Trim(), 200, "The name") is { } trouble) return (null, trouble);
        await using var db = await Open(person, stop);
        if (await db.Groups.AnyAsync(group => group.Name == name.Trim(), stop)) return (null, $"There is a group \"{name.Trim()}\" already.");
        var made = new Data.Groups.Group { Name = name.Trim(), OrganisationId = await db.Organisations.Select(o => (Guid?)o.Id).FirstOrDefaultAsync(stop) };
        made.Members.Add(new Membership { PersonId = person, IsManager = true });
        db.Groups.Add(made);
        await db.SaveChangesAsync(stop);
        return (made.Id, null);
    }

    /// <summary>Saves the name of an edited copy; null where the viewer does not manage the group.</summary>
    /// <exception cref="RefusedEditException">The name is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Data.Groups.Group?> SaveGroup(Data.Groups.Group edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        if (!await Manages(db, viewer, edited.Id, stop) || await db.Groups.SingleOrDefaultAsync(group => group.Id == edited.Id, stop) is not { } stored) return null;
        RecordFields.Tidy(edited);
        var name = edited.Name;
        new EditChecks().Filled(nameof(Data.Groups.Group.Name), name, "Give the group a name, such as Nano-optics lab.")
            .That(nameof(Data.Groups.Group.Name), !await db.Groups.AnyAsync(group => group.Name == name && group.Id != edited.Id, stop), $"There is a group \"{name}\" already.")
            .Keepable(edited).Decide();
        await db.SaveEdited(stored, edited, stop);
        return stored;
    }

    /// <summary>Adds a person to a group.</summary>
    public async Task<string?> Join(Guid group, Guid person, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        if (!await Manages(db, viewer, group, stop)) return NotYours;
        if ((await viewers.Colleagues(viewer, stop)).All(known => known.Id != person)) return "This person is not there any more. Choose another one.";
        return await Change(db, group, async () =>
        {
            if (!await db.Memberships.AnyAsync(member => member.GroupId == group && member.PersonId == person, stop))
                db.Memberships.Add(new Membership { GroupId = group, PersonId = person });
            return null;
        }, stop);
    }

    /// <summary>Takes a person out of a group, or lets them leave it themselves. What they recorded stays.</summary>
    public async Task<string?> Leave(Guid group, Guid person, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        var isOwn = viewer.PersonId == person && await db.Memberships.AnyAsync(member => member.GroupId == group && member.PersonId == person, stop);
        if (!isOwn && !await Manages(db, viewer, group, stop)) return NotYours;
        return await Change(db, group, async () =>
        {
            if (await db.Memberships.SingleOrDefaultAsync(member => member.GroupId == group && member.PersonId == person, stop) is { } known) db.Memberships.Remove(known);
            return null;
        }, stop, mayBeLeftAlone: viewer.IsAdministrator);
    }

    /// <summary>Lets a member add and remove members and name the group, or no more.</summary>
    public async Task<string?> SetManager(Guid group, Guid person, bool isManager, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer.PersonId, stop);
        if (!await Manages(db, viewer, group, stop)) return NotYours;
        return await Change(db, group, async () =>
        {
            if (await db.Memberships.SingleOrDefaultAsync(member => member.GroupId == group && member.PersonId == person, stop) is not { } known)
                return "This person is not in the group any more. Nothing was changed.";
            known.IsManager = isManager;
            return null;
        }, stop);
    }

    static async Task<bool> Manages(PortalDb db, Viewer viewer, Guid group, CancellationToken stop) =>
        viewer.PersonId is not null && (viewer.IsAdministrator ? await db.Groups.AnyAsync(one => one.Id == group, stop)
            : await db.Memberships.AnyAsync(member => member.GroupId == group && member.PersonId == viewer.PersonId && member.IsManager, stop));

    /// <summary>Does a change, unless it leaves a group that somebody managed with nobody to manage it. Changes of one group come one after the other.</summary>
    static async Task<string?> Change(PortalDb db, Guid group, Func<Task<string?>> change, CancellationToken stop, bool mayBeLeftAlone = false)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Groups" WHERE "Id" = {group} FOR NO KEY UPDATE""", stop);
        var managing = db.Memberships.Where(member => member.GroupId == group && member.IsManager && member.Person.RemovedAt == null);
        var hadOne = await managing.AnyAsync(stop);
        if (await change() is { } trouble) return trouble;
        await db.SaveChangesAsync(stop);
        if (hadOne && !mayBeLeftAlone && !await managing.AnyAsync(stop)) return LastManager;
        await transaction.CommitAsync(stop);
        return null;
    }

    async Task<PortalDb> Open(Guid? actor, CancellationToken stop)
    {
        var db = await database.CreateDbContextAsync(stop);
        db.Actor = actor;
        return db;
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]{1,7}$")]
    private static partial Regex ProjectCode();
}
