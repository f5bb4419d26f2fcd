using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Moving;

/// <summary>Moves runs between dots, samples and the inbox, from wherever they are shown.</summary>
public sealed class RunMover(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Moves runs; those that cannot be moved stay, each with the reason.</summary>
    /// <param name="isAllOrNothing">One that cannot be moved keeps the others where they are.</param>
    public async Task<MoveOutcome> Move(IReadOnlyList<RunMove> moves, bool isAllOrNothing = false, CancellationToken stop = default) =>
        await database.MoveRuns(await me.Get(stop), moves, isAllOrNothing, stop);

    /// <summary>Takes a move back, where nobody has moved the runs again since.</summary>
    public async Task<MoveOutcome> Undo(MoveOutcome outcome, CancellationToken stop = default) =>
        await database.MoveRuns(await me.Get(stop), [.. outcome.Moved.Select(moved => moved.Back)], stop: stop);

    /// <summary>Moves runs where a person says, and remembers it for files of that kind where it is not what was thought of.</summary>
    public async Task<MoveOutcome> MoveAndLearn(IReadOnlyList<RunMove> moves, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        var outcome = await database.MoveRuns(viewer, moves, stop: stop);
        await using var db = await database.CreateDbContextAsync(stop);
        Guid[] ids = [.. outcome.Moved.Where(moved => moved.ToSample is not null).Select(moved => moved.Run)];
        // Only files that came without a home teach: what was recorded at a dot and moved says nothing of names.
        var projects = await db.Runs.EditableBy(viewer).Where(run => ids.Contains(run.Id) && db.Uploads.Any(upload => upload.RunId == run.Id && upload.SampleId == null)).Select(run => new { run.Id, run.ProjectId }).ToDictionaryAsync(run => run.Id, run => run.ProjectId, stop);
        foreach (var ofProject in projects.GroupBy(run => run.Value, run => run.Key))
        {
            var files = await db.FilesToPlace([.. ofProject], stop);
            var guesses = await db.GuessHomes(ofProject.Key, files, stop: stop);
            foreach (var file in files)
            {
                var moved = outcome.Moved.First(one => one.Run == file.Key);
                // What the name says for certain needs no lesson; what a lesson said is worth more each time.
                if (guesses[file.Key].Best is { Certainty: Certainty.Certain } best && best.Sample == moved.ToSample && best.Dot == moved.ToDot) continue;
                var label = moved.ToDot is { } dot ? await db.Emitters.EditableBy(viewer).Where(e => e.Id == dot).Select(e => e.Label).FirstOrDefaultAsync(stop) : null;
                await db.Teach(ofProject.Key, file, moved.ToSample!.Value, label is null ? null : (moved.ToDot!.Value, label), viewer.PersonId, clock.GetUtcNow(), stop);
            }
        }
        return outcome;
    }

    /// <summary>What is to be moved, as far as the viewer may move it.</summary>
    public async Task<IReadOnlyList<RunPlace>> Of(IReadOnlyCollection<Guid> runs, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.EditableBy(viewer).Where(run => runs.Contains(run.Id)).OrderBy(run => run.CreatedAt)
            .Select(run => new RunPlace(run.Id, run.Name, run.ProjectId, run.Emitter != null ? run.Emitter.Code : run.Sample != null ? run.Sample.Code : null, run.MeasuredAt, run.CreatedAt)).ToListAsync(stop);
    }

    /// <summary>The runs of a dot, of a sample (with those of its dots), or of the inbox of a project, newest first, as far as the viewer may move them.</summary>
    /// <param name="code">Of a dot, a sample or a project.</param>
    public async Task<IReadOnlyList<RunPlace>> RunsOf(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Runs.EditableBy(viewer)
            .Where(run => run.Emitter!.Code == code || run.Sample!.Code == code || run.SampleId == null && run.Project.Code == code)
            .OrderByDescending(run => run.CreatedAt).Take(RunMoves.Most)
            .Select(run => new RunPlace(run.Id, run.Name, run.ProjectId, run.Emitter != null ? run.Emitter.Code : run.Sample != null ? run.Sample.Code : null, run.MeasuredAt, run.CreatedAt)).ToListAsync(stop);
    }

    /// <summary>Dots and samples of a project whose code or name holds a text: where a run could go.</summary>
    public async Task<IReadOnlyList<HomeChoice>> Homes(Guid project, string? text, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (text?.Length > 100 || text is not null && !Keepable.IsText(text)) return [];
        var pattern = $"%{text?.Trim().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
        var dots = await db.Emitters.EditableBy(viewer).Where(dot => dot.ProjectId == project && EF.Functions.ILike(dot.Code, pattern, Like.Escape))
            .OrderBy(dot => dot.Code).Take(12).Select(dot => new HomeChoice(dot.SampleId, dot.Id, dot.Code, dot.Code)).ToListAsync(stop);
        var samples = await db.Samples.EditableBy(viewer)
            .Where(sample => sample.ProjectId == project && (EF.Functions.ILike(sample.Code, pattern, Like.Escape) || EF.Functions.ILike(sample.Name, pattern, Like.Escape)))
            .OrderBy(sample => sample.Code).Take(8)
            .Select(sample => new HomeChoice(sample.Id, null, sample.Code, sample.Name == sample.Code || sample.Code.EndsWith("-" + sample.Name) ? $"{sample.Code} (the sample)" : $"{sample.Code} (the sample {sample.Name})")).ToListAsync(stop);
        return [.. samples, .. dots];
    }

    /// <summary>The dot or sample of that code that the viewer may add to; null where there is none.</summary>
    public async Task<HomeChoice?> Home(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.EditableBy(viewer).Where(dot => dot.Code == code).Select(dot => new HomeChoice(dot.SampleId, dot.Id, dot.Code, dot.Code)).FirstOrDefaultAsync(stop)
            ?? await db.Samples.EditableBy(viewer).Where(sample => sample.Code == code).Select(sample => new HomeChoice(sample.Id, null, sample.Code, sample.Code)).FirstOrDefaultAsync(stop);
    }

    /// <summary>Whether the viewer sees a dot or sample of that code, though they may not be allowed to add to it.</summary>
    public async Task<bool> Sees(string code, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Emitters.VisibleTo(viewer).AnyAsync(dot => dot.Code == code, stop) || await db.Samples.VisibleTo(viewer).AnyAsync(sample => sample.Code == code, stop);
    }
}

/// <summary>A run and where it is.</summary>
/// <param name="Of">Code of its dot or sample; null in the inbox.</param>
public sealed record RunPlace(Guid Id, string Name, Guid ProjectId, string? Of, DateTimeOffset? MeasuredAt, DateTimeOffset CreatedAt);

/// <summary>Where a run could go, and how it is shown.</summary>
public sealed record HomeChoice(Guid Sample, Guid? Dot, string Code, string Text)
{
    public RunMove Of(Guid run) => new(run, Sample, Dot);
}
