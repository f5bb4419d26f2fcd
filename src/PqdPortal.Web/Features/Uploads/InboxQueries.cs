using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What the inbox shows: runs without a home, and where each may belong.</summary>
public sealed class InboxQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    public const int PageSize = 50;

    /// <summary>One page of the runs that wait, newest first, with what is suggested for each, and how many wait in all.</summary>
    public async Task<(IReadOnlyList<InboxRow> Rows, int Total)> Find(InboxFilter filter, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var runs = db.Runs.EditableBy(viewer).Where(run => run.SampleId == null && (filter.SetAside ? run.SetAsideAt != null : run.SetAsideAt == null));
        if (filter.Project is { Length: > 0 } project) runs = runs.Where(run => run.Project.Code == project);
        if (filter.Search is { Length: > 0 } search)
        {
            var pattern = $"%{search.Trim().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            // Each by its own index: the texts of two tables together have none.
            var waiting = runs;
            var found = waiting.Where(run => EF.Functions.ILike(run.Name, pattern, Like.Escape)).Select(run => run.Id)
                .Union(waiting.SelectMany(run => run.Files).Where(file => EF.Functions.ILike(file.Name, pattern, Like.Escape)).Select(file => file.RunId));
            runs = runs.Where(run => found.Contains(run.Id));
        }
        var total = await runs.CountAsync(stop);
        var page = Math.Clamp(filter.Page, 1, 100_000);
        var ids = await runs.OrderByDescending(run => run.CreatedAt).ThenBy(run => run.Id).Skip((page - 1) * PageSize).Take(PageSize).Select(run => run.Id).ToArrayAsync(stop);
        // Of the runs that are shown only: asked for together with them, the first file of every run of the portal would be looked for.
        var first = (await db.Runs.EditableBy(viewer).Where(run => ids.Contains(run.Id)).SelectMany(run => run.Files).Where(file => file.Role != RunFile.Settings && file.Role != RunFile.Simulation).OrderBy(file => file.AddedAt)
            .Select(file => new FirstFile(file.RunId, file.Name, file.Stored.Length, file.Format)).ToListAsync(stop)).ToLookup(file => file.RunId);
        var rows = await db.Runs.EditableBy(viewer).Where(run => ids.Contains(run.Id)).OrderByDescending(run => run.CreatedAt).ThenBy(run => run.Id).Select(run => new
        {
            run.Id, run.ProjectId, Project = run.Project.Code, ProjectName = run.Project.Name, run.Name, run.Reading, run.ReadingMessage, run.CreatedAt, run.Simulated,
            By = db.Users.Where(person => person.Id == run.CreatedById).Select(person => person.Name).FirstOrDefault(),
            Instrument = run.Instrument == null ? null : run.Instrument.Name,
            IsRefused = run.Files.Any(file => file.Reading == ReadingState.Failed),
        }).ToListAsync(stop);

        var toPlace = (await db.FilesToPlace([.. rows.Select(row => row.Id)], stop)).ToDictionary(file => file.Key);
        var placed = new Dictionary<Guid, Placement>();
        foreach (var ofProject in rows.GroupBy(row => row.ProjectId))
            foreach (var (run, placement) in await db.GuessHomes(ofProject.Key, [.. ofProject.Where(row => toPlace.ContainsKey(row.Id)).Select(row => toPlace[row.Id])], stop: stop))
                placed[run] = placement;
        return ([.. rows.Select(row => new InboxRow(row.Id, row.ProjectId, row.Project, row.ProjectName, row.Name, File(row.Id)?.Name, toPlace.GetValueOrDefault(row.Id)?.Folder, File(row.Id)?.Length, File(row.Id)?.Format,
            row.Reading, row.ReadingMessage, row.IsRefused, row.CreatedAt, row.By, row.Instrument, row.Simulated, placed.GetValueOrDefault(row.Id) ?? new([], null)))], total);
        FirstFile? File(Guid run) => first[run].FirstOrDefault();
    }

    /// <summary>The file that stands for a run.</summary>
    sealed record FirstFile(Guid RunId, string Name, long Length, string? Format);

    /// <summary>Ids of all runs that wait, newest first, of one project or of all.</summary>
    public async Task<IReadOnlyList<Guid>> Waiting(string? project, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.EditableBy(viewer).Waiting().Where(run => project == null || run.Project.Code == project)
            .OrderByDescending(run => run.CreatedAt).Select(run => run.Id).Take(Data.Edits.RunMoves.Most).ToListAsync(stop);
    }

    /// <summary>Projects to choose among: those in which the viewer may give runs a home, with how many wait.</summary>
    public async Task<IReadOnlyList<InboxProject>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(viewer).OrderBy(project => project.Simulated).ThenBy(project => project.Name)
            .Select(project => new InboxProject(project.Code, project.Name, db.Runs.Count(run => run.ProjectId == project.Id && run.SampleId == null && run.DeletedAt == null && run.SetAsideAt == null)))
            .ToListAsync(stop);
    }
}

/// <summary>What of the inbox is asked for; all of it stands in the address.</summary>
/// <param name="Project">Code.</param>
/// <param name="SetAside">True for those that somebody said need no home.</param>
public sealed record InboxFilter(string? Project = null, string? Search = null, bool SetAside = false, int Page = 1);

/// <summary>A project and how many runs wait in it.</summary>
public sealed record InboxProject(string Code, string Name, int Waiting);

/// <summary>One run that waits.</summary>
/// <param name="IsRefused">A file of it is damaged; else what ended badly was our own doing.</param>
public sealed record InboxRow(
    Guid Id, Guid ProjectId, string Project, string ProjectName, string Name, string? File, string? Folder, long? Bytes, string? Format,
    ReadingState Reading, string? Message, bool IsRefused, DateTimeOffset At, string? By, string? Instrument, bool Simulated, Placement Placement)
{
    /// <summary>How its reading ended, or stands.</summary>
    public string State => Reading switch
    {
        ReadingState.Waiting => "waiting to be read",
        ReadingState.Reading => "being read",
        ReadingState.Read => Format ?? "read",
        ReadingState.StoredUnread => "stored, not understood; its page says why",
        ReadingState.Failed => (IsRefused ? "refused: " : "could not be read: ") + Message,
        _ => "no file yet",
    };
}
