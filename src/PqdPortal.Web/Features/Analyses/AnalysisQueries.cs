using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Analyses.Figures;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>What the analysis pages and the REST API read.</summary>
public sealed class AnalysisQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, ReportCache reports, OfferedAnalyses offered)
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
            viewer.MayEdit(analysis.ProjectId))
        {
            Inputs = await Inputs(db, viewer, analysis, stop),
        };
    }

    /// <summary>The other runs it was computed from, those of them that are still there with their names.</summary>
    static async Task<IReadOnlyList<OtherInput>> Inputs(PortalDb db, Viewer viewer, AnalysisRecord analysis, CancellationToken stop)
    {
        var others = analysis.OtherRuns();
        var ids = others.Values.ToArray();
        var names = ids.Length == 0 ? [] : await db.Runs.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, r => r.Name, stop);
        return [.. others.Select(other => new OtherInput(other.Key, other.Value, names.GetValueOrDefault(other.Value)))];
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
                a.Id, a.RunId, a.Kind, a.KindVersion, a.State, a.Message, a.Parameters, Asked = a, a.RequestedAt, a.StartedAt, a.EndedAt, a.Software,
                By = db.Users.Where(person => person.Id == a.RequestedById).Select(person => person.Name).FirstOrDefault(),
                Values = a.Values.OrderBy(value => value.Name).ToList(),
                Verdicts = a.Verdicts.OrderBy(verdict => verdict.Name).ToList(),
            })
            .AsNoTracking().AsSplitQuery().ToListAsync(stop);
        return [.. found.Select(a => new AnalysisRow(a.Id, a.RunId, a.Kind, a.KindVersion, a.State, a.Message,
            JsonNode.Parse(a.Parameters)!.AsObject(), a.RequestedAt, a.StartedAt, a.EndedAt, a.Software, a.By, a.Values, a.Verdicts) { Inputs = a.Asked.OtherRuns() })];
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

    static IQueryable<AnalysisRecord> Last(PortalDb db, Viewer viewer, Run run, AnalysisKind kind) => db.Analyses.VisibleTo(viewer)
        .Where(a => a.RunId == run.Id && a.Kind == kind.Key && a.KindVersion == kind.Version && a.State == AnalysisState.Done)
        .OrderByDescending(a => a.RequestedAt);

    /// <summary>The further inputs of a kind with the runs that may be chosen for each, and the choice that the form starts with.</summary>
    /// <param name="like">An analysis whose choice is kept; without one, that of the newest finished result, else what is suggested.</param>
    public async Task<FurtherInputs> Choices(Run run, AnalysisKind kind, AnalysisRecord? like = null, CancellationToken stop = default)
    {
        if (kind.Inputs.Count < 2) return FurtherInputs.None;
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        like ??= await Last(db, viewer, run, kind).AsNoTracking().FirstOrDefaultAsync(stop);
        var chosen = like?.OtherRuns();
        var kept = chosen?.Values.ToArray() ?? [];
        var found = await db.Runs.VisibleTo(viewer)
            .Where(r => r.ProjectId == run.ProjectId && (r.Id == run.Id || r.Reading == ReadingState.Read || kept.Contains(r.Id)))
            .OrderByDescending(r => r.Id == run.Id || kept.Contains(r.Id)).ThenByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(FurtherInputs.MostRuns)
            .Select(r => new
            {
                r.Id, r.Name, r.InstrumentId, Instrument = r.Instrument == null ? null : r.Instrument.Name, At = r.MeasuredAt ?? r.CreatedAt, r.EmitterId,
                Dot = r.Emitter == null ? null : r.Emitter.Label,
                Own = r.Id == run.Id ? r.Files.Select(f => f.Role).ToList() : null,
                Refers = r.Id == run.Id ? r.References.Select(other => new { other.ReferenceId, other.Role }).ToList() : null,
            })
            .AsSplitQuery().AsNoTracking().ToListAsync(stop);
        var ids = found.Select(r => r.Id).ToArray();
        // Of these runs only: asked for together with them, the first file of every run of the portal would be looked for.
        var files = (await db.Runs.VisibleTo(viewer).Where(r => ids.Contains(r.Id)).SelectMany(r => r.Files).Where(f => f.Role == RunFile.Measurement && f.Summary != null).OrderBy(f => f.AddedAt).Select(f => new { f.RunId, f.Name, f.Kind, f.Summary }).ToListAsync(stop)).ToLookup(f => f.RunId);
        var candidates = found.Select(r => (Run: r, File: files[r.Id].FirstOrDefault())).Select(one => new RunCandidate(one.Run.Id, one.Run.Name, one.Run.At)
        {
            InstrumentId = one.Run.InstrumentId, Instrument = one.Run.Instrument, EmitterId = one.Run.EmitterId, Dot = one.Run.Dot, FileName = one.File?.Name, Kind = one.File?.Kind,
        }.WithSummary(one.File?.Summary)).ToList();
        var self = found.Find(r => r.Id == run.Id);
        return FurtherInputs.Of(kind, candidates.Find(one => one.Id == run.Id) ?? new RunCandidate(run.Id, run.Name, run.MeasuredAt ?? run.CreatedAt),
            [.. candidates.Where(one => one.Id != run.Id)], self?.Own ?? [],
            (self?.Refers ?? []).ToLookup(other => other.Role, other => other.ReferenceId), chosen);
    }

    /// <summary>What can be computed from a run that the viewer sees.</summary>
    public Task<IReadOnlyList<AnalysisKind>> Offered(Run run, CancellationToken stop = default) => offered.Of(run, stop);

    /// <summary>What the form starts with: the parameters of the newest finished result of the kind, else the background the run has on record.</summary>
    public async Task<JsonObject> Usual(Run run, AnalysisKind kind, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var last = await Last(db, viewer, run, kind).Select(a => a.Parameters).FirstOrDefaultAsync(stop);
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

    /// <summary>The other runs it was computed from.</summary>
    public IReadOnlyList<OtherInput> Inputs { get; init; } = [];
}

/// <summary>Another run that an analysis was computed from.</summary>
/// <param name="Input">Contract name of the input.</param>
/// <param name="Name">Null where the run was removed.</param>
public sealed record OtherInput(string Input, Guid Run, string? Name);

/// <summary>One line of a run's list of analyses.</summary>
public sealed record AnalysisRow(
    Guid Id, Guid RunId, string Kind, int KindVersion, AnalysisState State, string? Message, JsonObject Parameters,
    DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Software, string? By,
    IReadOnlyList<AnalysisValue> Values, IReadOnlyList<AnalysisVerdict> Verdicts)
{
    /// <summary>Further input to the other run that was taken for it.</summary>
    public IReadOnlyDictionary<string, Guid> Inputs { get; init; } = new Dictionary<string, Guid>();
}

/// <summary>A run as something to compute from, and whether the viewer may ask for it.</summary>
public sealed record AnalysisTarget(Run Run, bool MayEdit)
{
    /// <inheritdoc cref="ChannelsOf"/>
    public IReadOnlyList<(int Channel, long Count)> Channels => ChannelsOf(Run);

    /// <summary>Channels of the run's measurement with their photons, as its file was read; none where it holds no photons.</summary>
    public static IReadOnlyList<(int Channel, long Count)> ChannelsOf(Run run) =>
        new RunCandidate(run.Id, run.Name, run.CreatedAt)
            .WithSummary(run.Files.Where(file => file.Role == RunFile.Measurement).OrderBy(file => file.AddedAt).FirstOrDefault(file => file.Summary is not null)?.Summary).Channels;
}
