using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Compare;

/// <summary>What is known of the blinking of many dots.</summary>
public sealed class BlinkingQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Most batches that are offered for a comparison.</summary>
    public const int MostChoices = 500;

    /// <summary>Whether the viewer sees such a batch.</summary>
    public async Task<bool> IsThere(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleTo(viewer).AnyAsync(batch => batch.Code == code, stop);
    }

    /// <summary>One batch; null where there is none for this viewer.</summary>
    public async Task<BlinkingBatch?> Batch(string code, CancellationToken stop = default) => (await Batches([code], stop)).FirstOrDefault();

    /// <summary>Those of the batches that the viewer sees, in the order asked for.</summary>
    public async Task<IReadOnlyList<BlinkingBatch>> Batches(IReadOnlyList<string> codes, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var batches = await db.Batches.VisibleTo(viewer).Where(batch => codes.Contains(batch.Code))
            .Select(batch => new { batch.Id, batch.Code, batch.Name, Formula = batch.MeasuredFormula ?? batch.Formula, batch.Simulated, batch.ProjectId, Project = batch.Project.Name })
            .ToListAsync(stop);
        var order = codes.ToList();
        var ids = batches.Select(batch => batch.Id).ToArray();
        var dots = await db.Emitters.VisibleTo(viewer).Where(dot => ids.Contains(dot.Sample.BatchId) && dot.Sample.DeletedAt == null)
            .Select(dot => new { dot.Id, dot.Code, dot.Label, dot.Simulated, dot.Sample.BatchId }).ToListAsync(stop);
        var of = dots.Select(dot => dot.Id).ToArray();
        var runs = (await db.Runs.VisibleTo(viewer).Where(run => run.EmitterId != null && of.Contains(run.EmitterId.Value))
            .Select(run => new { Dot = run.EmitterId!.Value, run.Reading, run.CreatedAt, HasPhotons = run.Reading == ReadingState.Read && run.Files.Any(f => f.Role == RunFile.Measurement && f.Kind == "photon-stream") })
            .ToListAsync(stop)).ToLookup(run => run.Dot);
        var asked = (await db.Analyses.VisibleTo(viewer).Where(a => a.Kind == "blinking" && a.State != AnalysisState.Done && a.Run.DeletedAt == null && a.Run.EmitterId != null && of.Contains(a.Run.EmitterId.Value))
            .Select(a => new { Dot = a.Run.EmitterId!.Value, a.State, a.Message, a.RequestedAt }).ToListAsync(stop)).ToLookup(a => a.Dot);
        var results = await db.Analyses.VisibleTo(viewer).Where(a => a.Run.EmitterId != null && of.Contains(a.Run.EmitterId.Value)).NewestOfEachDot(DotBlinking.Kinds, stop);

        return [.. batches.OrderBy(batch => order.IndexOf(batch.Code)).Select(batch => new BlinkingBatch(
            batch.Id, batch.Code, batch.Name, batch.Formula, batch.Simulated, batch.ProjectId, batch.Project, viewer.MayEdit(batch.ProjectId),
            [.. dots.Where(dot => dot.BatchId == batch.Id).OrderBy(dot => dot.Code, StringComparer.Ordinal).Select(dot => new DotBlinking(
                dot.Id, dot.Code, dot.Label, batch.Code, dot.Simulated, [.. results[dot.Id]],
                runs[dot.Id].Count(), runs[dot.Id].Count(run => run.HasPhotons), runs[dot.Id].MaxBy(run => run.CreatedAt)?.Reading,
                asked[dot.Id].MaxBy(a => a.RequestedAt) is { } last ? (last.State, last.Message) : null))]))];
    }

    /// <summary>The batches with dots that the viewer sees, by code.</summary>
    public async Task<IReadOnlyList<BatchChoice>> Choices(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleTo(viewer)
            .Where(batch => db.Emitters.Any(dot => dot.Sample.BatchId == batch.Id && dot.DeletedAt == null && dot.Sample.DeletedAt == null))
            .OrderBy(batch => batch.Code).Take(MostChoices)
            .Select(batch => new BatchChoice(batch.Code, batch.Name, batch.MeasuredFormula ?? batch.Formula)).ToListAsync(stop);
    }
}
