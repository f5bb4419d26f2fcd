using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Sharing;

/// <summary>What the pages of a read-only link read: as everywhere through VisibleTo, here for whoever holds the link.</summary>
public sealed class SharedQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, IFileStore store)
{
    /// <summary>As many lines stand in one list.</summary>
    public const int PageSize = 100;

    /// <summary>As many curves of a result are drawn.</summary>
    const int MostFigures = 8;

    /// <summary>Where the link begins: the kind letter and code of its record; null where it is not there any more.</summary>
    public async Task<(char Kind, string Key)?> Root(LinkScope link, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var (kind, key) = link.Kind switch
        {
            LinkedKind.Project => ('p', await db.Projects.VisibleTo(viewer).Where(one => one.Id == link.RecordId).Select(one => one.Code).FirstOrDefaultAsync(stop)),
            LinkedKind.Batch => ('b', await db.Batches.VisibleTo(viewer).Where(one => one.Id == link.RecordId).Select(one => one.Code).FirstOrDefaultAsync(stop)),
            LinkedKind.Sample => ('s', await db.Samples.VisibleTo(viewer).Where(one => one.Id == link.RecordId).Select(one => one.Code).FirstOrDefaultAsync(stop)),
            LinkedKind.Dot => ('d', await db.Emitters.VisibleTo(viewer).Where(one => one.Id == link.RecordId).Select(one => one.Code).FirstOrDefaultAsync(stop)),
            _ => ('r', await db.Runs.VisibleTo(viewer).Where(one => one.Id == link.RecordId).Select(one => one.Id.ToString()).FirstOrDefaultAsync(stop)),
        };
        return key is null ? null : (kind, key);
    }

    /// <summary>Who made the link, for those whom it tells names.</summary>
    public async Task<string?> SharedBy(ShareLink link, CancellationToken stop = default)
    {
        if (link.WithoutNames) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users.Where(person => person.Id == link.CreatedById).Select(person => person.Name).FirstOrDefaultAsync(stop);
    }

    public async Task<SharedProject?> Project(string code, int page, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Projects.VisibleTo(viewer).Where(one => one.Code == code).AsNoTracking().FirstOrDefaultAsync(stop) is not { } project) return null;
        var found = db.Batches.VisibleTo(viewer).Where(batch => batch.ProjectId == project.Id);
        var batches = await found.OrderBy(batch => batch.Code).PageOf(page, PageSize)
            .Select(batch => new SharedBatchRow(batch.Code, batch.Name, batch.Formula, batch.SynthesisedOn, batch.EdgeLength, batch.EmissionPeak)).ToListAsync(stop);
        return new(project, batches, await found.CountAsync(stop));
    }

    public async Task<SharedBatch?> Batch(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Batches.VisibleTo(viewer).Where(one => one.Code == code).AsNoTracking().FirstOrDefaultAsync(stop) is not { } batch) return null;
        var dots = db.Emitters.VisibleTo(viewer);
        var samples = await db.Samples.VisibleTo(viewer).Where(sample => sample.BatchId == batch.Id).OrderBy(sample => sample.Code).Take(PageSize)
            .Select(sample => new SharedSampleRow(sample.Code, sample.Name, sample.Form, sample.Matrix, sample.Dilution, dots.Count(dot => dot.SampleId == sample.Id))).ToListAsync(stop);
        return new(batch, samples, await Name(db, viewer, batch.CreatedById, stop));
    }

    public async Task<SharedSample?> Sample(string code, int page, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Samples.VisibleTo(viewer).Where(one => one.Code == code).Include(one => one.Batch).AsNoTracking().FirstOrDefaultAsync(stop) is not { } sample) return null;
        var found = db.Emitters.VisibleTo(viewer).Where(dot => dot.SampleId == sample.Id);
        var best = db.StandingValues.Where(value => value.Name == StandingValue.BestG2);
        var dots = await found.OrderBy(dot => dot.Code).PageOf(page, PageSize)
            .Select(dot => new SharedDotRow(dot.Code, dot.Label, dot.EmissionPeak, best.Where(value => value.RecordId == dot.Id).Select(value => value.Value).FirstOrDefault(),
                best.Where(value => value.RecordId == dot.Id).Select(value => value.Sigma).FirstOrDefault())).ToListAsync(stop);
        var runs = await db.Runs.VisibleTo(viewer).Where(run => run.SampleId == sample.Id && run.EmitterId == null).OrderByDescending(run => run.MeasuredAt ?? run.CreatedAt).Take(PageSize).AsNoTracking().ToListAsync(stop);
        return new(sample, dots, await found.CountAsync(stop), runs, await Name(db, viewer, sample.CreatedById, stop), await Sees(db.Batches.VisibleTo(viewer).Where(one => one.Id == sample.BatchId), stop));
    }

    public async Task<SharedDot?> Dot(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Emitters.VisibleTo(viewer).Where(one => one.Code == code).Include(one => one.Sample.Batch).AsNoTracking().FirstOrDefaultAsync(stop) is not { } dot) return null;
        var runs = await db.Runs.VisibleTo(viewer).Where(run => run.EmitterId == dot.Id).OrderByDescending(run => run.MeasuredAt ?? run.CreatedAt).Take(PageSize).AsNoTracking().ToListAsync(stop);
        var results = await db.Analyses.VisibleTo(viewer).Where(one => one.Run.EmitterId == dot.Id).NewestOfEachKind(stop);
        return new(dot, runs, results, await db.OfDot(viewer, dot.Id, stop), await Name(db, viewer, dot.CreatedById, stop), await Sees(db.Samples.VisibleTo(viewer).Where(one => one.Id == dot.SampleId), stop));
    }

    public async Task<SharedRun?> Run(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Runs.VisibleTo(viewer).Where(one => one.Id == id).Include(one => one.Sample!.Batch).Include(one => one.Emitter).AsNoTracking().FirstOrDefaultAsync(stop) is not { } run) return null;
        var results = await db.Analyses.VisibleTo(viewer).Where(one => one.RunId == id && one.State == AnalysisState.Done)
            .Include(one => one.Values).Include(one => one.Verdicts).OrderByDescending(one => one.EndedAt).Take(PageSize).AsNoTracking().AsSplitQuery().ToListAsync(stop);
        return new(run, results, await Name(db, viewer, run.CreatedById, stop),
            run.EmitterId is not null && await Sees(db.Emitters.VisibleTo(viewer).Where(one => one.Id == run.EmitterId), stop),
            run.SampleId is not null && await Sees(db.Samples.VisibleTo(viewer).Where(one => one.Id == run.SampleId), stop));
    }

    public async Task<SharedResult?> Result(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.Analyses.VisibleTo(viewer).Where(one => one.Id == id && one.State == AnalysisState.Done)
            .Include(one => one.Values).Include(one => one.Verdicts).Include(one => one.Run.Sample!.Batch).Include(one => one.Run.Emitter).AsNoTracking().AsSplitQuery().FirstOrDefaultAsync(stop) is not { } result) return null;
        return new(result, await Curves(result, stop));
    }

    /// <summary>The curves of a result that can be drawn, in the order in which the analysis names them.</summary>
    async Task<IReadOnlyList<string>> Curves(AnalysisRecord result, CancellationToken stop)
    {
        if (result.ReportSha256 is not { } sha256 || !await store.Exists(sha256, stop)) return [];
        await using var file = await store.Open(sha256, stop);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, stop);
        return [.. ReportJson.Read(bytes.ToArray()).Curves.Where(curve => curve.Y is not null).Select(curve => curve.Name).Take(MostFigures)];
    }

    static Task<bool> Sees<T>(IQueryable<T> records, CancellationToken stop) => records.AnyAsync(stop);

    static async Task<string?> Name(PortalDb db, Viewer viewer, Guid? person, CancellationToken stop) =>
        viewer.Link is { WithoutNames: false } && person is { } id ? await db.Users.Where(one => one.Id == id).Select(one => one.Name).FirstOrDefaultAsync(stop) : null;
}

/// <summary>A project by a link, with one page of its batches.</summary>
public sealed record SharedProject(Project Project, IReadOnlyList<SharedBatchRow> Batches, int Total);

public sealed record SharedBatchRow(string Code, string Name, string Formula, DateOnly? SynthesisedOn, double? EdgeLength, double? EmissionPeak);

/// <param name="By">Who recorded it; null where the link tells no names.</param>
public sealed record SharedBatch(Batch Batch, IReadOnlyList<SharedSampleRow> Samples, string? By);

public sealed record SharedSampleRow(string Code, string Name, SampleForm Form, Matrix Matrix, double? Dilution, int Dots);

/// <param name="SeesBatch">The link opens the batch, too.</param>
public sealed record SharedSample(Sample Sample, IReadOnlyList<SharedDotRow> Dots, int Total, IReadOnlyList<Run> Runs, string? By, bool SeesBatch);

public sealed record SharedDotRow(string Code, string Label, double? EmissionPeak, double? G2, double? G2Sigma);

public sealed record SharedDot(Emitter Dot, IReadOnlyList<Run> Runs, IReadOnlyList<AnalysisRecord> Results, IReadOnlyList<StandingNumber> Standing, string? By, bool SeesSample);

public sealed record SharedRun(Run Run, IReadOnlyList<AnalysisRecord> Results, string? By, bool SeesDot, bool SeesSample);

/// <param name="Curves">Names of those that can be drawn.</param>
public sealed record SharedResult(AnalysisRecord Result, IReadOnlyList<string> Curves);
