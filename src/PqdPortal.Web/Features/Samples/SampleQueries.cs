using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What the sample pages and the REST API read.</summary>
public sealed class SampleQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    public const int PageSize = 50;

    /// <summary>The viewer's samples, newest first; of one batch where its code is given.</summary>
    public async Task<(IReadOnlyList<Sample> Samples, IReadOnlyDictionary<Guid, int> Dots, int Total)> List(
        string? batch, int page, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var found = db.Samples.VisibleTo(viewer).Where(s => s.DeletedAt == null && (batch == null || s.Batch.Code == batch));
        var total = await found.CountAsync(stop);
        var samples = await found.OrderByDescending(s => s.CreatedAt).ThenBy(s => s.Id)
            .PageOf(page, PageSize)
            .Include(s => s.Project).Include(s => s.Batch)
            .Include(s => s.Parents.Where(p => p.Parent.DeletedAt == null).OrderBy(p => p.Parent.Code)).ThenInclude(p => p.Parent).AsNoTracking().ToListAsync(stop);
        var ids = samples.Select(s => s.Id).ToList();
        var dots = await db.Emitters.VisibleTo(viewer).Where(e => ids.Contains(e.SampleId) && e.DeletedAt == null)
            .GroupBy(e => e.SampleId).ToDictionaryAsync(g => g.Key, g => g.Count(), stop);
        return (samples, dots, total);
    }

    /// <summary>Whether the page of that code has something to show to this viewer.</summary>
    public async Task<bool> IsThere(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Samples.VisibleWithBinTo(viewer).AnyAsync(s => s.Code == code, stop);
    }

    /// <summary>One sample with what belongs to it; null where there is none for this viewer.</summary>
    public async Task<SampleView?> Get(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var sample = await db.Samples.VisibleWithBinTo(viewer).Where(s => s.Code == code)
            .Include(s => s.Project).Include(s => s.Batch)
            .Include(s => s.Parents.Where(p => p.Parent.DeletedAt == null).OrderBy(p => p.Parent.Code)).ThenInclude(p => p.Parent).AsNoTracking().FirstOrDefaultAsync(stop);
        if (sample is null) return null;

        var dots = await db.Emitters.VisibleTo(viewer).CountAsync(e => e.SampleId == sample.Id && e.DeletedAt == null, stop);
        var runs = await db.Runs.VisibleTo(viewer).Where(r => r.SampleId == sample.Id && r.EmitterId == null && r.DeletedAt == null)
            .OrderByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(200)
            .Select(r => new RunLine(r.Id, r.Name, r.Kind, r.MeasuredAt, r.CreatedAt, r.Reading, r.ReadingMessage, r.Temperature, r.Power))
            .ToListAsync(stop);
        var evidence = sample.Form != SampleForm.Superlattice ? [] : await db.Runs.VisibleTo(viewer)
            .Where(r => r.SampleId == sample.Id && (r.EvidenceRole != Data.Runs.EvidenceRole.NotRecorded || r.Kind == Data.Runs.RunKind.Tem || r.Kind == Data.Runs.RunKind.TemperatureSeries))
            .OrderByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(200).Select(r => new EvidenceRun(r.Id, r.Name, r.Kind, r.EvidenceRole, r.Temperature)).ToListAsync(stop);
        return new SampleView(sample, dots, runs, viewer.MayEdit(sample.ProjectId)) { Evidence = evidence };
    }

    /// <summary>The sample after which the next one of a batch is made: its last, else the viewer's own last of that project; null where there is none.</summary>
    public async Task<Sample?> Last(Guid batch, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var project = await db.Batches.VisibleTo(viewer).Where(b => b.Id == batch).Select(b => b.ProjectId).FirstOrDefaultAsync(stop);
        return await db.Samples.VisibleTo(viewer).Where(s => s.BatchId == batch).OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.Code).AsNoTracking().FirstOrDefaultAsync(stop)
            ?? await db.Samples.VisibleTo(viewer).Where(s => s.ProjectId == project && s.CreatedById == viewer.PersonId).OrderByDescending(s => s.CreatedAt).AsNoTracking().FirstOrDefaultAsync(stop);
    }

    /// <summary>What happened to the sample, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Samples.VisibleWithBinTo(viewer).AnyAsync(s => s.Id == id, stop)
            ? await db.HistoryOf(id, stop: stop) : [];
    }
}

/// <summary>A sample, how many dots it has, its runs that are of no single dot, and whether the viewer may change it.</summary>
public sealed record SampleView(Sample Sample, int Dots, IReadOnlyList<RunLine> Runs, bool MayEdit)
{
    /// <summary>Runs that may be evidence of superradiance; empty for what is no superlattice.</summary>
    public IReadOnlyList<EvidenceRun> Evidence { get; init; } = [];
}

/// <summary>A run as a line of evidence.</summary>
public sealed record EvidenceRun(Guid Id, string Name, Data.Runs.RunKind Kind, Data.Runs.EvidenceRole Role, double? Temperature);

/// <summary>One run, as a line on the page of what was measured.</summary>
public sealed record RunLine(
    Guid Id, string Name, Data.Runs.RunKind Kind, DateTimeOffset? MeasuredAt, DateTimeOffset CreatedAt,
    Data.Runs.ReadingState Reading, string? ReadingMessage, double? Temperature, double? Power);
