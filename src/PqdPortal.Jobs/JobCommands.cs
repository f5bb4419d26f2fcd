using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>What a person may do with background work: stop it, or have a run's file read again.</summary>
public sealed class JobCommands
{
    readonly IDbContextFactory<PortalDb> _database;
    readonly IWorkQueue _queue;
    readonly ReadUpload _readUpload;
    readonly RunAnalysis _runAnalysis;
    readonly SimulateRun _simulateRun;
    readonly TimeProvider _time;

    internal JobCommands(IDbContextFactory<PortalDb> database, IWorkQueue queue, ReadUpload readUpload, RunAnalysis runAnalysis, SimulateRun simulateRun, TimeProvider time) =>
        (_database, _queue, _readUpload, _runAnalysis, _simulateRun, _time) = (database, queue, readUpload, runAnalysis, simulateRun, time);

    /// <summary>Stops a job: one that waits at once, one that runs within two seconds. A job that has ended stays as it is.</summary>
    /// <returns>False where there is nothing to stop: the job has ended, or the viewer sees no such job.</returns>
    /// <exception cref="RoleException">The viewer may read the project but not change it.</exception>
    public async Task<bool> Cancel(Viewer viewer, Guid jobId, CancellationToken stop = default)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        var job = await db.Jobs.VisibleTo(viewer).AsNoTracking().SingleOrDefaultAsync(job => job.Id == jobId, stop);
        if (job is null) return false;
        if (!viewer.MayEdit(job.ProjectId))
            throw new RoleException("You may read this project but not change it; stopping its work needs the role edit.");

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        IJobWork work = job.Kind switch { JobKind.ReadUpload => _readUpload, JobKind.Simulate => _simulateRun, _ => _runAnalysis };
        var now = _time.GetUtcNow();
        var message = "Stopped by request. " + work.WhatIsSaved;
        // One statement for both: between two, a job could go from waiting to running or back and slip through.
        var touched = await db.Jobs.Where(j => j.Id == jobId && (j.State == JobState.Queued || j.State == JobState.Running))
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.CancelRequested, true)
                .SetProperty(j => j.Message, j => j.State == JobState.Queued ? message : j.Message)
                .SetProperty(j => j.Reference, j => j.State == JobState.Queued ? null : j.Reference)
                .SetProperty(j => j.EndedAt, j => j.State == JobState.Queued ? now : j.EndedAt)
                .SetProperty(j => j.State, j => j.State == JobState.Queued ? JobState.Cancelled : j.State), stop);
        if (touched == 0) return false;
        if (await db.Jobs.AnyAsync(j => j.Id == jobId && j.State == JobState.Cancelled, stop))
            await work.Mark(db, job, JobState.Cancelled, message, stop);
        await JobNews.Tell(db, job, stop);
        await transaction.CommitAsync(stop);
        return true;
    }

    /// <summary>Has the files of a run read that have not been read, such as after a stop, a fault, or a portal that has learned their format.</summary>
    /// <returns>The job; null where the viewer sees no such run.</returns>
    /// <exception cref="RequestException">There is nothing to read, it is being read already, or the viewer may not change the run.</exception>
    public Task<Guid?> ReadAgain(Viewer viewer, Guid runId, CancellationToken stop = default) =>
        Read(viewer, runId, run => run.Files.Find(file => file.Summary is null) ?? throw new RequestException("Every file of this run has been read."), stop);

    /// <summary>Keeps what a person says of a file that its content leaves open, and has the file read again with it.</summary>
    /// <param name="layout">Key of the layout of the records; null leaves it to the content.</param>
    /// <param name="timeUnit">Unit of the times in a table [s]; null leaves it to the content.</param>
    /// <returns>The job; null where the viewer sees no such run, or the run has no such file.</returns>
    /// <exception cref="RequestException">The choice is none, the run is being read already, or the viewer may not change it.</exception>
    public async Task<Guid?> ReadAs(Viewer viewer, Guid runId, Guid fileId, string? layout, double? timeUnit, CancellationToken stop = default)
    {
        if (timeUnit is { } unit && !(unit is >= 1e-18 and <= 1e6))
            throw new RequestException("The unit of the times is a number of seconds, such as 1e-12 for picoseconds.");
        if (layout is { Length: 0 or > 40 }) throw new RequestException("A layout is chosen by its key, such as spc-130.");

        await using (var db = await _database.CreateDbContextAsync(stop))
            if (!await db.Runs.VisibleTo(viewer).AnyAsync(run => run.Id == runId && run.Files.Any(file => file.Id == fileId), stop)) return null;
        return await Read(viewer, runId, run =>
        {
            var file = run.Files.Find(file => file.Id == fileId)!;
            if (!file.IsShown) throw new RequestException($"{file.Name} is no measurement but lies beside one; there is nothing to choose for it.");
            // What was found under the old choice no longer holds.
            (file.Layout, file.TimeUnit, file.Reading, file.Summary) = (layout, timeUnit, ReadingState.Waiting, null);
            return file;
        }, stop);
    }

    /// <param name="next">Says of which file the reading is, and may change it.</param>
    async Task<Guid?> Read(Viewer viewer, Guid runId, Func<Run, RunFile> next, CancellationToken stop)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var run = await db.Runs.VisibleTo(viewer).Include(run => run.Files).SingleOrDefaultAsync(run => run.Id == runId, stop);
        if (run is null) return null;
        if (!viewer.MayEdit(run.ProjectId))
            throw new RoleException("You may read this project but not change it; reading the file again needs the role edit.");
        var file = next(run);

        // Taking the run's row and its state in one statement: of two who ask at once, one queues.
        var taken = await db.Runs
            .Where(r => r.Id == runId && r.Reading != ReadingState.Waiting && r.Reading != ReadingState.Reading)
            .ExecuteUpdateAsync(set => set
                .SetProperty(r => r.Reading, ReadingState.Waiting)
                .SetProperty(r => r.ReadingMessage, (string?)null), stop);
        if (taken == 0) throw new RequestException("The file of this run is being read already, or its reading is just being stopped. Look again in a moment.");

        await db.SaveChangesAsync(stop);
        var job = ReadingJob(run.ProjectId, runId, file.Name, viewer.PersonId, _time.GetUtcNow());
        await _queue.Enqueue(db, job, stop);
        await db.Notify(nameof(Run), runId, stop);
        await transaction.CommitAsync(stop);
        return job.Id;
    }

    internal static Job ReadingJob(Guid project, Guid run, string file, Guid? requestedBy, DateTimeOffset now) => new()
    {
        ProjectId = project,
        Kind = JobKind.ReadUpload,
        RunId = run,
        Title = AnalysisQueue.Short($"Reading {file}"),
        RequestedById = requestedBy,
        QueuedAt = now,
    };
}
