using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Runs;

/// <summary>What the run pages and the REST API read.</summary>
public sealed class RunQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    public const int PageSize = 50;

    /// <summary>The viewer's runs, newest first or as sorted; narrowed by what the address says.</summary>
    public async Task<(IReadOnlyList<RunRow> Rows, int Total)> Find(RunFilter filter, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var found = db.Runs.VisibleTo(viewer).Where(r => r.DeletedAt == null);
        if (filter.Dot is { } dot) found = found.Where(r => r.Emitter!.Code == dot);
        if (filter.Sample is { } sample) found = found.Where(r => r.Sample!.Code == sample);
        if (filter.Reading is { } reading) found = found.Where(r => r.Reading == reading);
        if (!string.IsNullOrWhiteSpace(filter.Search))
        {
            var pattern = Like.Holding(filter.Search);
            found = found.Where(r => EF.Functions.ILike(r.Name, pattern, Like.Escape) || EF.Functions.ILike(r.Emitter!.Code, pattern, Like.Escape)
                || EF.Functions.ILike(r.Sample!.Code, pattern, Like.Escape) || EF.Functions.ILike(r.Sample!.Batch.Formula, pattern, Like.Escape));
        }

        var total = await found.CountAsync(stop);
        var rows =
            from r in found
            join best in db.StandingValues.Where(v => v.Name == StandingValue.BestG2) on r.Id equals best.RecordId into bests
            from g2 in bests.DefaultIfEmpty()
            join counted in db.StandingValues.Where(v => v.Name == NewestResults.TotalRate) on r.Id equals counted.RecordId into rates
            from rate in rates.DefaultIfEmpty()
            select new
            {
                r.Id, r.Name, r.Kind, r.Reading, Measured = r.MeasuredAt, r.CreatedAt, r.Simulated,
                Dot = r.Emitter == null ? null : r.Emitter.Code, Sample = r.Sample == null ? null : r.Sample.Code,
                Formula = r.Sample == null ? null : r.Sample.Batch.Formula,
                G2 = g2 == null ? null : g2.Value, Sigma = g2 == null ? null : g2.Sigma, G2Name = g2 == null ? null : g2.Source, Rate = rate == null ? null : rate.Value,
            };
        // Runs without the number sort behind those with it, whichever way round.
        var sorted = filter.Sort switch
        {
            "name" => rows.OrderBy(r => r.Name),
            "-name" => rows.OrderByDescending(r => r.Name),
            "of" => rows.OrderBy(r => r.Dot ?? r.Sample),
            "-of" => rows.OrderByDescending(r => r.Dot ?? r.Sample),
            "measured" => rows.OrderBy(r => r.Measured ?? r.CreatedAt),
            "g2" => rows.OrderBy(r => r.G2 == null).ThenBy(r => r.G2),
            "-g2" => rows.OrderBy(r => r.G2 == null).ThenByDescending(r => r.G2),
            "rate" => rows.OrderBy(r => r.Rate == null).ThenBy(r => r.Rate),
            "-rate" => rows.OrderBy(r => r.Rate == null).ThenByDescending(r => r.Rate),
            _ => rows.OrderByDescending(r => r.Measured ?? r.CreatedAt),
        };
        var page = await sorted.ThenByDescending(r => r.Id).PageOf(filter.Page, PageSize).ToListAsync(stop);
        return ([.. page.Select(r => new RunRow(
            r.Id, r.Name, r.Kind, r.Reading, r.Measured, r.CreatedAt, r.Dot, r.Sample, r.Formula, r.G2, r.Sigma, r.G2Name == NewestResults.RawG2, r.Rate, r.Simulated))], total);
    }

    /// <summary>The runs of one page of the list, whole; for the REST API.</summary>
    public async Task<(IReadOnlyList<Run> Runs, int Total)> List(RunFilter filter, CancellationToken stop = default)
    {
        var (rows, total) = await Find(filter, stop);
        var ids = rows.Select(row => row.Id).ToList();
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var runs = await db.Runs.VisibleTo(viewer).Where(r => ids.Contains(r.Id))
            .Include(r => r.Project).Include(r => r.Sample).Include(r => r.Emitter).AsNoTracking().ToDictionaryAsync(r => r.Id, stop);
        return ([.. ids.Where(runs.ContainsKey).Select(id => runs[id])], total);
    }

    /// <summary>Whether the run's page has something to show to this viewer.</summary>
    public async Task<bool> IsThere(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.VisibleWithBinTo(viewer).AnyAsync(r => r.Id == id, stop);
    }

    /// <summary>One run with its files, analyses and work under way; null where there is none for this viewer.</summary>
    public async Task<RunView?> Get(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var run = await db.Runs.VisibleWithBinTo(viewer).Where(r => r.Id == id)
            .Include(r => r.Project).Include(r => r.Sample!.Batch).Include(r => r.Emitter).Include(r => r.Instrument)
            .Include(r => r.Files.OrderBy(f => f.AddedAt)).ThenInclude(f => f.Stored)
            .Include(r => r.References.Where(other => other.Role == RunReference.Origin && other.Reference.DeletedAt == null)).ThenInclude(other => other.Reference)
            .AsNoTracking().AsSplitQuery().FirstOrDefaultAsync(stop);
        if (run is null) return null;

        var analyses = await db.Analyses.VisibleTo(viewer).Where(a => a.RunId == id && a.DeletedAt == null)
            .Include(a => a.Values).Include(a => a.Verdicts)
            .OrderByDescending(a => a.RequestedAt).AsNoTracking().AsSplitQuery().ToListAsync(stop);
        var jobs = await db.Jobs.VisibleTo(viewer)
            .Where(j => j.DeletedAt == null && (j.RunId == id || j.Analysis!.RunId == id))
            .OrderByDescending(j => j.QueuedAt).Take(50).AsNoTracking().ToListAsync(stop);
        return new RunView(run, analyses, jobs, viewer.MayEdit(run.ProjectId));
    }

    /// <summary>A file of a run that the viewer may see, to be sent; null where there is none.</summary>
    public async Task<RunFile?> File(Guid run, Guid file, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.VisibleTo(viewer).Where(r => r.Id == run)
            .SelectMany(r => r.Files).Where(f => f.Id == file).Include(f => f.Stored).AsNoTracking().FirstOrDefaultAsync(stop);
    }

    /// <summary>All files of a run that the viewer may see; none where they may not.</summary>
    public async Task<IReadOnlyList<RunFile>> Files(Guid run, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.VisibleTo(viewer).Where(r => r.Id == run)
            .SelectMany(r => r.Files).Include(f => f.Stored).OrderBy(f => f.AddedAt).AsNoTracking().ToListAsync(stop);
    }

    /// <summary>What a new run would be of: the dot or sample of that code that the viewer may add to; null where there is none.</summary>
    public async Task<RunTarget?> Target(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.EditableBy(viewer).Where(e => e.Code == code && e.DeletedAt == null)
                .Select(e => new RunTarget(e.ProjectId, e.SampleId, e.Id, e.Code, e.Sample.Batch.Formula, e.Simulated)).FirstOrDefaultAsync(stop)
            ?? await db.Samples.EditableBy(viewer).Where(s => s.Code == code && s.DeletedAt == null)
                .Select(s => new RunTarget(s.ProjectId, s.Id, null, s.Code, s.Batch.Formula, s.Simulated)).FirstOrDefaultAsync(stop);
    }

    /// <summary>The photon streams of a dot or sample as rows of a saturation series, by power; those that cannot serve with the reason.</summary>
    public async Task<IReadOnlyList<SeriesRow>> Series(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var runs = await db.Runs.VisibleTo(viewer)
            .Where(r => (r.Emitter!.Code == code || r.EmitterId == null && r.Sample!.Code == code) && r.Files.Any(f => f.Role == RunFile.Measurement && f.Kind == "photon-stream"))
            .OrderBy(r => r.Power == null).ThenBy(r => r.Power).ThenBy(r => r.MeasuredAt ?? r.CreatedAt).Take(MostOfSeries)
            .Select(r => new { r.Id, r.Name, r.Power, r.Simulated }).ToListAsync(stop);
        var ids = runs.Select(r => r.Id).ToList();
        var looks = await db.Analyses.VisibleTo(viewer).Where(a => ids.Contains(a.RunId) && a.Kind == "quick" && a.State == AnalysisState.Done && a.DeletedAt == null)
            .Include(a => a.Values).AsNoTracking().ToListAsync(stop);
        var counted = looks.GroupBy(a => a.RunId).ToDictionary(of => of.Key, of => of.NewestOfEachKind());
        return [.. runs.Select(r =>
        {
            var found = counted.GetValueOrDefault(r.Id) ?? [];
            return new SeriesRow(r.Id, r.Name, r.Power, found.First(NewestResults.TotalRate)?.Quantity.N, found.First("duration_s")?.Quantity.Value, r.Simulated);
        })];
    }

    /// <summary>Rows of a series at most.</summary>
    const int MostOfSeries = 500;

    /// <summary>Whether the viewer sees a dot or sample of that code, though they may not be allowed to add to it.</summary>
    public async Task<bool> SeesTarget(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.VisibleTo(viewer).AnyAsync(e => e.Code == code, stop)
            || await db.Samples.VisibleTo(viewer).AnyAsync(s => s.Code == code, stop);
    }

    /// <summary>What happened to the run, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.VisibleWithBinTo(viewer).AnyAsync(r => r.Id == id, stop)
            ? await db.HistoryOf(id, stop: stop) : [];
    }
}

/// <summary>What of the runs is asked for; all of it stands in the address.</summary>
/// <param name="Sort">name, of, measured, g2, rate; with a minus in front the other way round.</param>
public sealed record RunFilter(
    string? Search = null, string? Dot = null, string? Sample = null, ReadingState? Reading = null, string? Sort = null, int Page = 1);

/// <summary>One line of the run list.</summary>
/// <param name="Rate">Counts of all detectors together [1/s].</param>
/// <param name="G2IsRaw">True where background is still in g2(0).</param>
public sealed record RunRow(
    Guid Id, string Name, RunKind Kind, ReadingState Reading, DateTimeOffset? MeasuredAt, DateTimeOffset CreatedAt,
    string? Dot, string? Sample, string? Formula, double? G2, double? G2Sigma, bool G2IsRaw, double? Rate, bool Simulated);

/// <summary>A run, its analyses (newest first), the work done and under way for it, and whether the viewer may change it.</summary>
public sealed record RunView(Run Run, IReadOnlyList<AnalysisRecord> Analyses, IReadOnlyList<Job> Jobs, bool MayEdit);

/// <summary>What a new run is of.</summary>
public sealed record RunTarget(Guid ProjectId, Guid SampleId, Guid? EmitterId, string Code, string Formula, bool Simulated);

/// <summary>A run as a row of a saturation series.</summary>
/// <param name="Power">[uW]</param>
/// <param name="Counts">Photons of all channels.</param>
/// <param name="Seconds">How long they were counted [s].</param>
public sealed record SeriesRow(Guid Run, string Name, double? Power, long? Counts, double? Seconds, bool Simulated)
{
    /// <summary>Why it cannot serve; null where it can.</summary>
    public string? Why => Power is null ? "Its power is not recorded." : Counts is null || !(Seconds > 0) ? "Its quick check has not counted it." : null;
}
