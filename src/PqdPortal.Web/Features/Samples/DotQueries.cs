using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What the dot pages and the REST API read.</summary>
public sealed class DotQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    public const int PageSize = 50;

    /// <summary>The viewer's dots, by code or as sorted; narrowed by what the address says.</summary>
    public async Task<(IReadOnlyList<DotRow> Rows, int Total)> Find(DotFilter filter, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var found = db.Emitters.VisibleTo(viewer).Where(e => e.DeletedAt == null && e.Sample.DeletedAt == null && e.Sample.Batch.DeletedAt == null);
        if (filter.Sample is { } sample) found = found.Where(e => e.Sample.Code == sample);
        if (filter.Batch is { } batch) found = found.Where(e => e.Sample.Batch.Code == batch);
        if (filter.Measured is { } measured) found = found.Where(e => db.Runs.Any(r => r.EmitterId == e.Id && r.DeletedAt == null) == measured);
        if (!string.IsNullOrWhiteSpace(filter.Search))
        {
            var pattern = Like.Holding(filter.Search);
            found = found.Where(e => EF.Functions.ILike(e.Code, pattern, Like.Escape) || EF.Functions.ILike(e.Sample.Batch.Formula, pattern, Like.Escape)
                || EF.Functions.ILike(e.Sample.Batch.Name, pattern, Like.Escape) || EF.Functions.ILike(e.Sample.Name, pattern, Like.Escape));
        }

        var total = await found.CountAsync(stop);
        var rows =
            from e in found
            join best in db.StandingValues.Where(v => v.Name == StandingValue.BestG2) on e.Id equals best.RecordId into bests
            from g2 in bests.DefaultIfEmpty()
            join counted in db.StandingValues.Where(v => v.Name == NewestResults.TotalRate) on e.Id equals counted.RecordId into rates
            from rate in rates.DefaultIfEmpty()
            select new
            {
                e.Id, e.Code, e.Label, Sample = e.Sample.Code, e.Sample.Batch.Formula, e.Simulated,
                G2 = g2 == null ? null : g2.Value, Sigma = g2 == null ? null : g2.Sigma, G2Name = g2 == null ? null : g2.Source, Rate = rate == null ? null : rate.Value,
                Runs = db.Runs.Count(r => r.EmitterId == e.Id && r.DeletedAt == null),
                Last = db.Runs.Where(r => r.EmitterId == e.Id && r.DeletedAt == null).Max(r => r.MeasuredAt ?? (DateTimeOffset?)r.CreatedAt),
            };
        // Dots without the number sort behind those with it, whichever way round.
        var sorted = filter.Sort switch
        {
            "-code" => rows.OrderByDescending(r => r.Code),
            "formula" => rows.OrderBy(r => r.Formula),
            "-formula" => rows.OrderByDescending(r => r.Formula),
            "g2" => rows.OrderBy(r => r.G2 == null).ThenBy(r => r.G2),
            "-g2" => rows.OrderBy(r => r.G2 == null).ThenByDescending(r => r.G2),
            "rate" => rows.OrderBy(r => r.Rate == null).ThenBy(r => r.Rate),
            "-rate" => rows.OrderBy(r => r.Rate == null).ThenByDescending(r => r.Rate),
            "runs" => rows.OrderBy(r => r.Runs),
            "-runs" => rows.OrderByDescending(r => r.Runs),
            "last" => rows.OrderBy(r => r.Last == null).ThenBy(r => r.Last),
            "-last" => rows.OrderBy(r => r.Last == null).ThenByDescending(r => r.Last),
            _ => rows.OrderBy(r => r.Code),
        };
        var page = await sorted.ThenBy(r => r.Code).PageOf(filter.Page, PageSize).ToListAsync(stop);
        return ([.. page.Select(r => new DotRow(
            r.Id, r.Code, r.Label, r.Sample, r.Formula, r.G2, r.Sigma, r.G2Name == NewestResults.RawG2, r.Rate, r.Runs, r.Last, r.Simulated))], total);
    }

    /// <summary>The dots of one page of the list, whole; for the REST API.</summary>
    public async Task<(IReadOnlyList<(Emitter Dot, int Runs)> Dots, int Total)> List(DotFilter filter, CancellationToken stop = default)
    {
        var (rows, total) = await Find(filter, stop);
        var ids = rows.Select(row => row.Id).ToList();
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var dots = await db.Emitters.VisibleTo(viewer).Where(e => ids.Contains(e.Id))
            .Include(e => e.Project).Include(e => e.Sample.Batch).AsNoTracking().ToDictionaryAsync(e => e.Id, stop);
        return ([.. rows.Where(row => dots.ContainsKey(row.Id)).Select(row => (dots[row.Id], row.Runs))], total);
    }

    /// <summary>Whether the page of that code has something to show to this viewer.</summary>
    public async Task<bool> IsThere(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.VisibleWithBinTo(viewer).AnyAsync(e => e.Code == code, stop);
    }

    /// <summary>One dot with its runs and newest results; null where there is none for this viewer.</summary>
    public async Task<DotView?> Get(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var dot = await db.Emitters.VisibleWithBinTo(viewer).Where(e => e.Code == code)
            .Include(e => e.Project).Include(e => e.Sample.Batch).AsNoTracking().FirstOrDefaultAsync(stop);
        if (dot is null) return null;

        var runs = await db.Runs.VisibleTo(viewer).Where(r => r.EmitterId == dot.Id && r.DeletedAt == null)
            .OrderByDescending(r => r.MeasuredAt ?? r.CreatedAt).ThenByDescending(r => r.Id).AsNoTracking().ToListAsync(stop);
        var results = await db.Analyses.VisibleTo(viewer).Where(a => a.Run.EmitterId == dot.Id).NewestOfEachKind(stop);
        var spectrum = await db.Runs.VisibleTo(viewer).Where(r => r.EmitterId == dot.Id).SelectMany(r => r.Files, (r, f) => new { r.Id, At = r.MeasuredAt ?? r.CreatedAt, File = f })
            .Where(f => f.File.Kind == "spectrum" && f.File.Role == RunFile.Measurement && f.File.Reading == ReadingState.Read)
            .OrderByDescending(f => f.At).Select(f => new { f.Id, File = f.File.Id }).FirstOrDefaultAsync(stop);
        var siblings = db.Emitters.VisibleTo(viewer).Where(e => e.SampleId == dot.SampleId && e.DeletedAt == null);
        return new DotView(dot, runs, results,
            await siblings.Where(e => string.Compare(e.Code, dot.Code) < 0).OrderByDescending(e => e.Code).Select(e => e.Code).FirstOrDefaultAsync(stop),
            await siblings.Where(e => string.Compare(e.Code, dot.Code) > 0).OrderBy(e => e.Code).Select(e => e.Code).FirstOrDefaultAsync(stop),
            viewer.MayEdit(dot.ProjectId)) { Standing = await db.OfDot(viewer, dot.Id, stop), Spectrum = spectrum is null ? null : (spectrum.Id, spectrum.File) };
    }

    /// <summary>What happened to the dot, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.VisibleWithBinTo(viewer).AnyAsync(e => e.Id == id, stop)
            ? await db.HistoryOf(id, stop: stop) : [];
    }
}

/// <summary>What of the dots is asked for; all of it stands in the address.</summary>
/// <param name="Sort">code, formula, g2, rate, runs, last; with a minus in front the other way round.</param>
/// <param name="Measured">True: only dots with a run; false: only those still waiting for one.</param>
public sealed record DotFilter(
    string? Search = null, string? Sample = null, string? Batch = null, bool? Measured = null, string? Sort = null, int Page = 1);

/// <summary>One line of the dot list.</summary>
/// <param name="G2">Newest g2(0), the corrected one where there is one.</param>
/// <param name="G2IsRaw">True where background is still in it.</param>
/// <param name="Rate">Counts of all detectors together [1/s].</param>
public sealed record DotRow(
    Guid Id, string Code, string Label, string Sample, string Formula, double? G2, double? G2Sigma, bool G2IsRaw,
    double? Rate, int Runs, DateTimeOffset? Last, bool Simulated);

/// <summary>A dot, its runs (newest first), of each analysis the newest result, its neighbours, and whether the viewer may change it.</summary>
public sealed record DotView(
    Emitter Dot, IReadOnlyList<Run> Runs, IReadOnlyList<AnalysisRecord> Results, string? Previous, string? Next, bool MayEdit)
{
    /// <summary>The numbers that speak for the dot, the same as in lists, on Home and in comparisons.</summary>
    public IReadOnlyList<StandingNumber> Standing { get; init; } = [];

    /// <summary>The newest spectrum that was read: its run and file; null where there is none.</summary>
    public (Guid Run, Guid File)? Spectrum { get; init; }
}
