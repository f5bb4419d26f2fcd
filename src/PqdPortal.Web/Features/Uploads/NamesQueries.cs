using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What the page of naming rules reads: the rules of a project or a group, what they make of its files, and what people taught.</summary>
public sealed class NamesQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>File names that a pattern is tried on.</summary>
    public const int MostNames = 50;

    /// <summary>Projects whose rules the viewer may change, and groups they are in.</summary>
    public async Task<IReadOnlyList<NamesOwner>> Owners(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = await db.Projects.EditableBy(viewer).OrderBy(project => project.Simulated).ThenBy(project => project.Name)
            .Select(project => new NamesOwner(project.Id, null, project.Code, project.Name)).ToListAsync(stop);
        var groups = await GroupsOf(db, viewer).OrderBy(group => group.Name).Select(group => new NamesOwner(null, group.Id, null, group.Name)).ToListAsync(stop);
        return [.. projects, .. groups];
    }

    /// <summary>The rules of a project (by code) or a group, new ones where there are none yet; null where the viewer may not see them.</summary>
    public async Task<NamesView?> Of(string? project, Guid? group, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (project is not null)
        {
            var found = await db.Projects.VisibleTo(viewer).Where(p => p.Code == project).Select(p => new { p.Id, p.Name, p.Code }).FirstOrDefaultAsync(stop);
            if (found is null) return null;
            var rules = await db.NamingRules.AsNoTracking().FirstOrDefaultAsync(r => r.ProjectId == found.Id, stop) ?? new NamingRules { Id = found.Id, ProjectId = found.Id };
            var force = await db.RulesOf(found.Id, stop);
            return new(rules, found.Name, found.Code, viewer.MayEdit(found.Id), force);
        }
        if (group is not null)
        {
            var found = await GroupsOf(db, viewer).Where(g => g.Id == group).Select(g => new { g.Id, g.Name }).FirstOrDefaultAsync(stop);
            if (found is null) return null;
            var rules = await db.NamingRules.AsNoTracking().FirstOrDefaultAsync(r => r.GroupId == found.Id, stop) ?? new NamingRules { Id = found.Id, GroupId = found.Id };
            return new(rules, found.Name, null, true, new([], false, []));
        }
        return null;
    }

    /// <summary>What patterns would make of the last files of a project, or of a group's projects: those that wait first, then those that have a home.</summary>
    /// <param name="patterns">As they stand in the form, one a line.</param>
    public async Task<IReadOnlyList<TriedName>> Try(string? project, Guid? group, string? patterns, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = group is { } id
            ? db.Projects.EditableBy(viewer).Where(p => p.Grants.Any(grant => grant.GroupId == id))
            : db.Projects.VisibleTo(viewer).Where(p => p.Code == project);
        var ids = await projects.Select(p => p.Id).ToListAsync(stop);
        var rows = await db.Runs.VisibleTo(viewer).Where(run => ids.Contains(run.ProjectId) && run.Files.Any(file => file.Role != RunFile.Simulation))
            .OrderByDescending(run => run.SampleId == null && run.SetAsideAt == null).ThenByDescending(run => run.CreatedAt).Take(MostNames)
            .Select(run => new { run.Id, run.ProjectId, Of = run.Emitter != null ? run.Emitter.Code : run.Sample != null ? run.Sample.Code : null }).ToListAsync(stop);
        var rules = NamePattern.ReadAll(patterns, out _);
        var files = (await db.FilesToPlace([.. rows.Select(row => row.Id)], stop)).ToDictionary(file => file.Key);
        var placed = new Dictionary<Guid, Placement>();
        foreach (var ofProject in rows.GroupBy(row => row.ProjectId))
            foreach (var (run, placement) in await db.GuessHomes(ofProject.Key, [.. ofProject.Select(row => files[row.Id])], rules, stop)) placed[run] = placement;
        return [.. rows.Select(row => new TriedName(row.Id, files[row.Id].Name, files[row.Id].Folder, row.Of, placed[row.Id]))];
    }

    /// <summary>Where files of these names would belong in a project, in their order; null where the viewer does not see it.</summary>
    /// <param name="patterns">To try instead of those that are kept; null for those.</param>
    public async Task<IReadOnlyList<Placement>?> Try(string project, IReadOnlyList<(string Name, string? Folder)> files, IReadOnlyList<NamePattern>? patterns, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (!Keepable.IsText(project) || await db.Projects.VisibleTo(viewer).Where(p => p.Code == project).Select(p => (Guid?)p.Id).FirstOrDefaultAsync(stop) is not { } id) return null;
        var now = DateTimeOffset.UtcNow;
        var asked = files.Select(file => new FileToPlace(Guid.CreateVersion7(), file.Name, file.Folder, now) { Owner = viewer.PersonId }).ToList();
        var placed = await db.GuessHomes(id, asked, patterns, stop);
        return [.. asked.Select(file => placed[file.Key])];
    }

    /// <summary>What people taught in a project, the newest first.</summary>
    public async Task<IReadOnlyList<LessonRow>> Lessons(string project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.InboxLessons.VisibleTo(viewer).Where(lesson => lesson.Project.Code == project).OrderByDescending(lesson => lesson.TaughtAt).Take(500)
            .Select(lesson => new LessonRow(lesson.Id, lesson.Kind, lesson.Shape, lesson.Example, lesson.Emitter != null ? lesson.Emitter.Code : lesson.Sample.Code, lesson.EmitterId != null, lesson.Times,
                db.Users.Where(person => person.Id == lesson.TaughtById).Select(person => person.Name).FirstOrDefault(), lesson.TaughtAt)).ToListAsync(stop);
    }

    /// <summary>Groups whose rules the viewer may change: their own; all for an administrator.</summary>
    internal static IQueryable<Group> GroupsOf(PortalDb db, Viewer viewer) =>
        db.Groups.Where(group => viewer.IsAdministrator || group.Members.Any(member => member.PersonId == viewer.PersonId));
}

/// <summary>Whose rules: a project (with its code) or a group.</summary>
public sealed record NamesOwner(Guid? Project, Guid? Group, string? Code, string Name);

/// <summary>The rules of a project or group, and what holds in the project.</summary>
/// <param name="Code">Of the project; null for a group.</param>
public sealed record NamesView(NamingRules Rules, string Name, string? Code, bool MayEdit, RulesInForce InForce);

/// <summary>What a pattern would make of a file.</summary>
/// <param name="Of">Code of the dot or sample that it belongs to now; null while it waits.</param>
public sealed record TriedName(Guid Run, string Name, string? Folder, string? Of, Placement Placement);

/// <summary>Something that people taught.</summary>
/// <param name="Home">Code of the dot or sample.</param>
/// <param name="IsOneDot">False where the sample is meant, or the dot whose number stands in the name.</param>
public sealed record LessonRow(Guid Id, LessonKind Kind, string Shape, string Example, string Home, bool IsOneDot, int Times, string? By, DateTimeOffset At)
{
    /// <summary>In words.</summary>
    public string Words => Kind == LessonKind.Folder ? $"files of a folder like “{Example}” go to {Home}"
        : Shape.Contains("{dot}") ? $"files named like “{Example}” go to the dot of {Home} whose number they carry" : $"files named like “{Example}” go to {Home}";
}
