using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What the batch pages and the REST API read.</summary>
public sealed class BatchQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    public const int PageSize = 50;

    /// <summary>The viewer's batches, newest first or as sorted; with a search, those whose code, name or formula holds it.</summary>
    /// <param name="sort">code, name, formula, date; with a minus in front the other way round.</param>
    public async Task<(IReadOnlyList<BatchRow> Rows, int Total)> Find(
        string? search, string? project, string? sort, int page, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var found = db.Batches.VisibleTo(viewer).Where(batch => batch.DeletedAt == null);
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = Like.Holding(search);
            found = found.Where(b => EF.Functions.ILike(b.Code, pattern, Like.Escape) || EF.Functions.ILike(b.Name, pattern, Like.Escape) || EF.Functions.ILike(b.Formula, pattern, Like.Escape));
        }

        if (project is not null) found = found.Where(batch => batch.Project.Code == project);
        var total = await found.CountAsync(stop);
        var sorted = sort switch
        {
            "code" => found.OrderBy(b => b.Code),
            "-code" => found.OrderByDescending(b => b.Code),
            "name" => found.OrderBy(b => b.Name),
            "-name" => found.OrderByDescending(b => b.Name),
            "formula" => found.OrderBy(b => b.Formula),
            "-formula" => found.OrderByDescending(b => b.Formula),
            "date" => found.OrderBy(b => b.SynthesisedOn),
            "-date" => found.OrderByDescending(b => b.SynthesisedOn),
            _ => found.OrderByDescending(b => b.CreatedAt),
        };
        var rows = await sorted.ThenBy(b => b.Id).PageOf(page, PageSize)
            .Select(b => new BatchRow(
                b.Code, b.Name, b.Formula, b.Method, b.SynthesisedOn, b.EdgeLength, b.EdgeLengthSd, b.EmissionPeak, b.Plqy,
                b.Samples.Count(s => s.DeletedAt == null),
                db.Emitters.Count(e => e.Sample.BatchId == b.Id && e.DeletedAt == null && e.Sample.DeletedAt == null),
                b.Project.Name, b.Simulated))
            .ToListAsync(stop);
        return (rows, total);
    }

    /// <summary>The batches of one page of the list, whole; for the REST API.</summary>
    public async Task<(IReadOnlyList<Batch> Batches, int Total)> List(string? search, string? project, int page, CancellationToken stop = default)
    {
        var (rows, total) = await Find(search, project, null, page, stop);
        var codes = rows.Select(row => row.Code).ToList();
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var batches = await db.Batches.VisibleTo(viewer).Where(b => codes.Contains(b.Code))
            .Include(b => b.Project).Include(b => b.Parents.Where(p => p.Parent.DeletedAt == null).OrderBy(p => p.Parent.Code)).ThenInclude(p => p.Parent).AsNoTracking().ToListAsync(stop);
        return ([.. batches.OrderBy(b => codes.IndexOf(b.Code))], total);
    }

    /// <summary>Whether the page of that code has something to show to this viewer.</summary>
    public async Task<bool> IsThere(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleWithBinTo(viewer).AnyAsync(b => b.Code == code, stop);
    }

    /// <summary>One batch with what belongs to it; null where there is none for this viewer.</summary>
    public async Task<BatchView?> Get(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        var batch = await db.Batches.VisibleWithBinTo(viewer).Where(b => b.Code == code)
            .Include(b => b.Project).Include(b => b.Parents.Where(p => p.Parent.DeletedAt == null).OrderBy(p => p.Parent.Code)).ThenInclude(p => p.Parent).AsNoTracking().FirstOrDefaultAsync(stop);
        if (batch is null) return null;

        var samples = await db.Samples.VisibleTo(viewer).Where(s => s.BatchId == batch.Id && s.DeletedAt == null)
            .OrderBy(s => s.CreatedAt).ThenBy(s => s.Code)
            .Select(s => new SampleRow(
                s.Code, s.Name, s.Form, s.Matrix, s.Dilution, s.PreparedAt,
                s.Emitters.Count(e => e.DeletedAt == null), db.Runs.Count(r => r.SampleId == s.Id && r.DeletedAt == null)))
            .ToListAsync(stop);
        return new BatchView(batch, samples, viewer.MayEdit(batch.ProjectId));
    }

    /// <summary>The projects in which the viewer may record a batch.</summary>
    public async Task<IReadOnlyList<ProjectChoice>> Projects(CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.EditableBy(viewer).Where(p => p.DeletedAt == null)
            // What people measure comes before what was simulated.
            .OrderBy(p => p.Simulated).ThenBy(p => p.Name).Select(p => new ProjectChoice(p.Id, p.Code, p.Name)).ToListAsync(stop);
    }

    /// <summary>Whether the viewer sees the project of that code, though they may not be allowed to add to it.</summary>
    public async Task<bool> SeesProject(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Code == code, stop);
    }

    /// <summary>The batch to copy from when a new one is begun: the one named, else the viewer's last.</summary>
    public async Task<Batch?> Last(string? code, Guid? project, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleTo(viewer).Where(b => b.DeletedAt == null)
            .Where(b => code == null ? b.CreatedById == viewer.PersonId && (project == null || b.ProjectId == project) : b.Code == code)
            .OrderByDescending(b => b.CreatedAt).AsNoTracking().FirstOrDefaultAsync(stop);
    }

    /// <summary>The other batches of the project, as possible parents.</summary>
    public async Task<IReadOnlyList<BatchLink>> Parents(Guid project, Guid? except, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleTo(viewer).Where(b => b.ProjectId == project && b.DeletedAt == null && b.Id != except)
            .OrderByDescending(b => b.CreatedAt).Take(500).Select(b => new BatchLink(b.Id, b.Code, b.Name)).ToListAsync(stop);
    }

    /// <summary>What happened to the batch, newest first; empty where the viewer may not see it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleWithBinTo(viewer).AnyAsync(b => b.Id == id, stop)
            ? await db.HistoryOf(id, stop: stop) : [];
    }
}

/// <summary>One line of the batch list.</summary>
public sealed record BatchRow(
    string Code, string Name, string Formula, SynthesisMethod Method, DateOnly? SynthesisedOn,
    double? EdgeLength, double? EdgeLengthSd, double? EmissionPeak, double? Plqy, int Samples, int Dots, string Project, bool Simulated);

/// <summary>One line of a batch's samples.</summary>
public sealed record SampleRow(
    string Code, string Name, SampleForm Form, Matrix Matrix, double? Dilution, DateTimeOffset? PreparedAt, int Dots, int Runs);

/// <summary>A batch, its samples, and whether the viewer may change it.</summary>
public sealed record BatchView(Batch Batch, IReadOnlyList<SampleRow> Samples, bool MayEdit);

/// <summary>Enough of a batch to name it and link to it.</summary>
public sealed record BatchLink(Guid Id, string Code, string Name);

/// <summary>A project to choose.</summary>
public sealed record ProjectChoice(Guid Id, string Code, string Name);
