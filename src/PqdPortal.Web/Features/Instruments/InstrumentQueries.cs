using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Instruments;

/// <summary>What the pages of set-ups and the REST API read. A set-up shows of its runs only those that the viewer sees anyway.</summary>
public sealed class InstrumentQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many runs stand on the page of a set-up.</summary>
    public const int LastRuns = 20;

    /// <summary>The set-ups the viewer sees, by name.</summary>
    public async Task<IReadOnlyList<InstrumentRow>> All(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var runs = db.Runs.VisibleTo(viewer);
        return await db.Instruments.VisibleTo(viewer).OrderBy(i => i.Name).ThenBy(i => i.Id)
            .Select(i => new InstrumentRow(i, i.Group == null ? null : i.Group.Name, runs.Where(r => r.InstrumentId == i.Id).Max(r => r.MeasuredAt ?? (DateTimeOffset?)r.CreatedAt)))
            .AsNoTracking().ToListAsync(stop);
    }

    /// <summary>Whether the page has something to show to this viewer.</summary>
    public async Task<bool> IsThere(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Instruments.VisibleTo(viewer).AnyAsync(i => i.Id == id, stop) || await db.Instruments.InBinOf(viewer).AnyAsync(i => i.Id == id, stop);
    }

    /// <summary>One set-up with its log and the last of its runs that the viewer may see; null where there is none for them.</summary>
    public async Task<InstrumentView?> Get(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var of = db.Instruments.VisibleTo(viewer).Where(i => i.Id == id);
        var isAlive = await of.AnyAsync(stop);
        if (!isAlive) of = db.Instruments.InBinOf(viewer).Where(i => i.Id == id);
        if (await of.Include(i => i.Group).AsNoTracking().FirstOrDefaultAsync(stop) is not { } setup) return null;
        var mayEdit = isAlive ? await db.Instruments.EditableBy(viewer).AnyAsync(i => i.Id == id, stop) : true;
        var runs = await db.Runs.VisibleTo(viewer).Where(r => r.InstrumentId == id).OrderByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(LastRuns)
            .Select(r => new InstrumentRun(r.Id, r.Name, r.Kind, r.MeasuredAt ?? r.CreatedAt, r.Emitter == null ? r.Sample == null ? null : r.Sample.Code : r.Emitter.Code, r.Reading)).ToListAsync(stop);
        var irf = setup.IrfRunId is { } run ? await db.Runs.VisibleTo(viewer).Where(r => r.Id == run).Select(r => r.Name).FirstOrDefaultAsync(stop) : null;
        var log = await (
            from entry in db.InstrumentLog.Where(e => e.InstrumentId == id)
            join person in db.Users on entry.PersonId equals person.Id into people
            from person in people.DefaultIfEmpty()
            orderby entry.AddedAt descending
            select new LogLine(entry.Id, entry.AddedAt, person == null ? "PqdPortal" : person.Name, entry.Text)).Take(200).ToListAsync(stop);
        return new InstrumentView(setup, runs, irf, log, mayEdit);
    }

    /// <summary>Whether the viewer may put up a set-up for the whole portal, and the groups for which they may.</summary>
    public async Task<(bool ForAll, IReadOnlyList<GroupChoice> Groups)> Owners(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var groups = viewer.IsAdministrator ? db.Groups : db.Groups.Where(g => g.Members.Any(m => m.PersonId == viewer.PersonId));
        return (MayPutUpForAll(viewer), viewer.PersonId is null ? [] : await groups.OrderBy(g => g.Name).Select(g => new GroupChoice(g.Id, g.Name)).ToListAsync(stop));
    }

    /// <summary>Who changes records somewhere, and the administrator.</summary>
    internal static bool MayPutUpForAll(Viewer viewer) =>
        viewer.IsAdministrator || viewer is { PersonId: not null, IsGuest: false } && viewer.Roles.Values.Any(role => role >= AccessRole.Edit);

    /// <summary>Runs of the set-up that may hold its response, of those the viewer sees.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> Responses(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var found = await db.Runs.VisibleTo(viewer).Where(r => r.InstrumentId == id && (r.Kind == RunKind.Trpl || r.Kind == RunKind.Hbt || r.Files.Any(f => f.Role == "irf")))
            .OrderByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(100).Select(r => new { r.Id, r.Name }).ToListAsync(stop);
        return [.. found.Select(r => (r.Id, r.Name))];
    }

    /// <summary>What happened to the set-up, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        if (!await IsThere(id, stop)) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.HistoryOf(id, stop: stop);
    }
}

/// <summary>One line of the list.</summary>
/// <param name="Group">Null for a set-up of the whole portal.</param>
/// <param name="LastRun">Of the runs that the viewer sees.</param>
public sealed record InstrumentRow(Instrument Of, string? Group, DateTimeOffset? LastRun);

/// <summary>A set-up with what belongs to it.</summary>
/// <param name="Irf">Name of the run with its response, where the viewer sees that run.</param>
public sealed record InstrumentView(Instrument Of, IReadOnlyList<InstrumentRun> Runs, string? Irf, IReadOnlyList<LogLine> Log, bool MayEdit);

/// <summary>One run of a set-up.</summary>
/// <param name="Target">Code of the dot or sample.</param>
public sealed record InstrumentRun(Guid Id, string Name, RunKind Kind, DateTimeOffset At, string? Target, ReadingState Reading);

/// <summary>One line of the log.</summary>
public sealed record LogLine(Guid Id, DateTimeOffset At, string Who, string Text);

/// <summary>A group to choose.</summary>
public sealed record GroupChoice(Guid Id, string Name);
