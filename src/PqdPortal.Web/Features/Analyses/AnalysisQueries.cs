using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Analyses.Figures;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What the analysis pages and the REST API read.</summary>
public sealed class AnalysisQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, ReportCache reports)
{
    /// <summary>Whether the viewer sees such a result.</summary>
    public async Task<bool> IsThere(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Analyses.VisibleTo(viewer).AnyAsync(a => a.Id == id, stop);
    }

    /// <summary>Whether the viewer sees such a run.</summary>
    public async Task<bool> HasRun(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.VisibleTo(viewer).AnyAsync(r => r.Id == id, stop);
    }

    /// <summary>One analysis with its run and its work; null where there is none for this viewer.</summary>
    public async Task<AnalysisView?> Get(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var analysis = await db.Analyses.VisibleTo(viewer).Where(a => a.Id == id)
            .Include(a => a.Run.Project).Include(a => a.Run.Sample!.Batch).Include(a => a.Run.Emitter).Include(a => a.Run.Files)
            .AsNoTracking().AsSplitQuery().FirstOrDefaultAsync(stop);
        if (analysis is null) return null;
        return new(
            analysis,
            await db.Jobs.VisibleTo(viewer).Where(job => job.AnalysisId == id).OrderByDescending(job => job.QueuedAt).AsNoTracking().FirstOrDefaultAsync(stop),
            await db.Users.Where(person => person.Id == analysis.RequestedById).Select(person => person.Name).FirstOrDefaultAsync(stop),
            viewer.MayEdit(analysis.ProjectId));
    }

    /// <summary>The work of an analysis, as often as a page asks; null where there is none for this viewer.</summary>
    public async Task<Job?> Work(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Jobs.VisibleTo(viewer).Where(job => job.AnalysisId == id).OrderByDescending(job => job.QueuedAt).AsNoTracking().FirstOrDefaultAsync(stop);
    }

    /// <summary>The finished report; null where there is none, or none for this viewer.</summary>
    public async Task<StoredReport?> Report(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var sha256 = await db.Analyses.VisibleTo(viewer).Where(a => a.Id == id && a.State == AnalysisState.Done)
            .Select(a => a.ReportSha256).FirstOrDefaultAsync(stop);
        return sha256 is null ? null : await reports.Get(sha256, stop);
    }

    /// <summary>The result and those to be drawn beside it, each with the words that tell it from the others; null where the viewer sees no such result.</summary>
    public async Task<IReadOnlyList<NamedReport>?> Reports(Guid id, IReadOnlyList<Guid> with, CancellationToken stop = default)
    {
        if (await Report(id, stop) is not { } main) return null;
        List<AnalysisReport> found = [main.Report];
        foreach (var other in with.Where(other => other != id))
            if (await Report(other, stop) is { } beside && beside.Report.Analysis == main.Report.Analysis) found.Add(beside.Report);
        var names = ResultWords.Apart([.. found.Select(report => (report.Analysis, report.Parameters))]);
        return [.. found.Zip(names, (report, name) => new NamedReport(name, report))];
    }

    /// <summary>Analyses of a run, newest first, of one kind where it is given; null where the viewer sees no such run.</summary>
    public async Task<IReadOnlyList<AnalysisRow>?> OfRun(Guid run, string? kind = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (!await db.Runs.VisibleTo(viewer).AnyAsync(r => r.Id == run, stop)) return null;
        var found = await db.Analyses.VisibleTo(viewer).Where(a => a.RunId == run && (kind == null || a.Kind == kind))
            .OrderByDescending(a => a.RequestedAt)
            .Select(a => new
            {
                a.Id, a.RunId, a.Kind, a.KindVersion, a.State, a.Message, a.Parameters, a.RequestedAt, a.StartedAt, a.EndedAt, a.Software,
                By = db.Users.Where(person => person.Id == a.RequestedById).Select(person => person.Name).FirstOrDefault(),
                Values = a.Values.OrderBy(value => value.Name).ToList(),
                Verdicts = a.Verdicts.OrderBy(verdict => verdict.Name).ToList(),
            })
            .AsNoTracking().AsSplitQuery().ToListAsync(stop);
        return [.. found.Select(a => new AnalysisRow(a.Id, a.RunId, a.Kind, a.KindVersion, a.State, a.Message,
            JsonNode.Parse(a.Parameters)!.AsObject(), a.RequestedAt, a.StartedAt, a.EndedAt, a.Software, a.By, a.Values, a.Verdicts))];
    }

    /// <summary>A run that something may be computed of; null where there is none for this viewer.</summary>
    public async Task<AnalysisTarget?> Target(Guid run, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var found = await db.Runs.VisibleTo(viewer).Where(r => r.Id == run)
            .Include(r => r.Project).Include(r => r.Sample!.Batch).Include(r => r.Emitter).Include(r => r.Files)
            .AsNoTracking().AsSplitQuery().FirstOrDefaultAsync(stop);
        return found is null ? null : new(found, viewer.MayEdit(found.ProjectId));
    }

    /// <summary>What the form starts with: the parameters of the newest finished result of the kind, else the background the run has on record.</summary>
    public async Task<JsonObject> Usual(Run run, AnalysisKind kind, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var last = await db.Analyses.VisibleTo(viewer)
            .Where(a => a.RunId == run.Id && a.Kind == kind.Key && a.KindVersion == kind.Version && a.State == AnalysisState.Done)
            .OrderByDescending(a => a.RequestedAt).Select(a => a.Parameters).FirstOrDefaultAsync(stop);
        if (last is not null) return JsonNode.Parse(last)!.AsObject();

        var usual = new JsonObject();
        if (run.BackgroundRates.Length > 0 && kind.Parameters.Any(spec => spec.Name == "background_cps"))
            usual["background_cps"] = new JsonArray([.. run.BackgroundRates.Select(rate => (JsonNode)rate)]);
        return usual;
    }
}

/// <summary>An analysis, its work, who asked for it, and whether the viewer may ask for another.</summary>
public sealed record AnalysisView(AnalysisRecord Analysis, Job? Job, string? By, bool MayEdit)
{
    public Run Run => Analysis.Run;

    /// <summary>What the portal computes under that key today; null for an analysis it no longer has.</summary>
    public AnalysisKind? Kind => AnalysisCatalogue.All.FirstOrDefault(kind => kind.Key == Analysis.Kind);

    public string Title => Kind?.Title ?? Analysis.Kind;

    public JsonObject Parameters { get; } = JsonNode.Parse(Analysis.Parameters)!.AsObject();
}

/// <summary>One line of a run's list of analyses.</summary>
public sealed record AnalysisRow(
    Guid Id, Guid RunId, string Kind, int KindVersion, AnalysisState State, string? Message, JsonObject Parameters,
    DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Software, string? By,
    IReadOnlyList<AnalysisValue> Values, IReadOnlyList<AnalysisVerdict> Verdicts);

/// <summary>A run as something to compute from, and whether the viewer may ask for it.</summary>
public sealed record AnalysisTarget(Run Run, bool MayEdit);
