using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Moving;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>What the inbox changes.</summary>
public sealed class InboxCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, RunMover mover, InboxQueries inbox, TimeProvider clock)
{
    /// <summary>Gives a run its sample, and its dot where one is meant.</summary>
    /// <returns>Null when done, else why not.</returns>
    public async Task<string?> GiveHome(Guid run, UploadPlace home, CancellationToken stop = default)
    {
        var outcome = await mover.MoveAndLearn([new RunMove(run, home.Sample, home.Dot) { OnlyFrom = (null, null) }], stop);
        return outcome.Left.FirstOrDefault()?.Why;
    }

    /// <summary>Gives runs homes that were suggested or chosen; what a person chose against the suggestion is remembered.</summary>
    public Task<MoveOutcome> File(IReadOnlyList<RunMove> moves, CancellationToken stop = default) =>
        mover.MoveAndLearn([.. moves.Select(move => move with { OnlyFrom = (null, null) })], stop);

    /// <summary>Gives runs what is suggested for them at this moment.</summary>
    /// <param name="runs">Runs of the inbox; null for all that wait.</param>
    /// <param name="project">Code of a project, where only its runs are meant.</param>
    /// <param name="onlyCertain">False files likely ones and guesses too, but never makes a dot.</param>
    public async Task<MoveOutcome> FileSuggested(IReadOnlyCollection<Guid>? runs, string? project, bool onlyCertain, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        var wanted = runs ?? await inbox.Waiting(project, stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var rows = await db.Runs.EditableBy(viewer).Waiting().Where(run => wanted.Contains(run.Id) && (project == null || run.Project.Code == project))
            .Select(run => new { run.Id, run.ProjectId }).Take(RunMoves.Most).ToListAsync(stop);
        List<RunMove> moves = [];
        List<LeftRun> left = [];
        foreach (var ofProject in rows.GroupBy(row => row.ProjectId))
        {
            var files = await db.FilesToPlace([.. ofProject.Select(row => row.Id)], stop);
            var placed = await db.GuessHomes(ofProject.Key, files, stop: stop);
            foreach (var file in files)
                if (placed[file.Key].Best is { NewDot: null } best && (best.Certainty == Certainty.Certain || !onlyCertain))
                    moves.Add(new RunMove(file.Key, best.Sample, best.Dot) { Kind = best.Kind, OnlyFrom = (null, null) });
                else if (runs is not null)
                    left.Add(new(file.Key, file.Name, placed[file.Key].Best is { } unsure ? $"{unsure.Code} is only suggested: {unsure.Why}." : placed[file.Key].Reason ?? "No home is known for it.", LeftBecause.NoHome));
        }
        var outcome = moves.Count == 0 ? new MoveOutcome([], []) : await mover.MoveAndLearn(moves, stop);
        return outcome with { Left = [.. left, .. outcome.Left] };
    }

    /// <summary>Says of runs that they need no home, or that they do after all.</summary>
    /// <returns>How many that were.</returns>
    public async Task<int> SetAside(IReadOnlyCollection<Guid> runs, bool aside, CancellationToken stop = default)
    {
        for (var left = 5; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            var viewer = await me.Get(stop);
            db.Actor = viewer.PersonId;
            var found = await db.Runs.EditableBy(viewer).Where(run => runs.Contains(run.Id) && run.SampleId == null && (aside ? run.SetAsideAt == null : run.SetAsideAt != null)).Take(RunMoves.Most).ToListAsync(stop);
            foreach (var run in found) run.SetAsideAt = aside ? clock.GetUtcNow() : null;
            try
            {
                await db.SaveChangesAsync(stop);
                return found.Count;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Its reading ended at this moment, or somebody saved a field: this concerns neither.
            }
        }
    }
}
