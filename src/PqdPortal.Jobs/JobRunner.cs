using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>
/// The life of a job: taken, watched, ended exactly once. Two kinds of trouble are told apart here: the scientist's
/// (<see cref="PqdException"/>) is shown as it stands and never tried again; ours is logged whole, tried again, and at last
/// shown with a reference.
/// </summary>
/// <remarks>
/// The number of the attempt is the key to a job: whoever takes it raises the number, and every later write asks for the number
/// it took. A worker that was thought lost and wakes up again therefore finds that its writes reach nothing.
/// </remarks>
sealed class JobRunner(
    IDbContextFactory<PortalDb> database, IWorkQueue queue, ReadUpload readUpload, RunAnalysis runAnalysis,
    JobOptions options, TimeProvider time, ILogger<JobRunner> log)
{
    /// <summary>Machine and process that do the work, as the job shows them.</summary>
    internal static string Worker { get; } = $"{Environment.MachineName} ({Environment.ProcessId})";

    IJobWork WorkOf(Job job) => job.Kind switch
    {
        JobKind.ReadUpload => readUpload,
        JobKind.RunAnalysis => runAnalysis,
        _ => throw new UnreachableException(),
    };

    /// <param name="recovering">True where the scheduler hands on the job of a worker that is gone.</param>
    /// <param name="shutdown">The process is going down; the job is then left for another.</param>
    public async Task Run(Guid id, bool recovering, CancellationToken shutdown)
    {
        if (await Take(id, recovering, shutdown) is not { } job) return;

        var work = WorkOf(job);
        await using var watch = new JobWatch(database, job, time, log, shutdown);
        try
        {
            var ending = await work.Do(job, watch, watch.Stop);
            await watch.Finish();
            await End(job, ending.State, ending.Message, null, ending.Save);
        }
        catch (OperationCanceledException) when (watch.Reason == StopReason.Cancelled)
        {
            await watch.Finish();
            await End(job, JobState.Cancelled, "Stopped by request. " + work.WhatIsSaved, null);
        }
        catch (OperationCanceledException) when (watch.Reason == StopReason.Lost)
        {
            log.LogWarning("Job {Job} was taken up by another worker while this one still held it; this one lets go", id);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            await watch.Finish();
            await GiveBack(job);
            // The scheduler sees a job interrupted by the shutdown and keeps a recovery trigger for the next worker.
            throw;
        }
        catch (PqdException trouble)
        {
            await watch.Finish();
            await End(job, JobState.Refused, trouble.Message, null);
        }
        catch (Exception fault)
        {
            await watch.Finish();
            await Fault(job, fault);
        }
    }

    /// <summary>Takes the job, or finds that there is nothing to do: it has ended, was cancelled, or another worker has it.</summary>
    async Task<Job?> Take(Guid id, bool recovering, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var now = time.GetUtcNow();
        var taken = await db.Jobs
            .Where(job => job.Id == id && (job.State == JobState.Queued || (recovering && job.State == JobState.Running)))
            .ExecuteUpdateAsync(set => set
                .SetProperty(job => job.State, JobState.Running)
                .SetProperty(job => job.Attempt, job => job.Attempt + 1)
                .SetProperty(job => job.Worker, Worker)
                .SetProperty(job => job.StartedAt, now)
                .SetProperty(job => job.Stage, (string?)null)
                .SetProperty(job => job.Done, 0)
                .SetProperty(job => job.Total, 0)
                .SetProperty(job => job.Message, (string?)null), stop);
        if (taken == 0) return null;

        var job = await db.Jobs.AsNoTracking().SingleAsync(job => job.Id == id, stop);
        if (job.CancelRequested || job.Attempt > options.Attempts)
        {
            await transaction.CommitAsync(stop);
            if (job.CancelRequested) await End(job, JobState.Cancelled, "Stopped by request. " + WorkOf(job).WhatIsSaved, null);
            else await Fault(job, new InvalidOperationException($"The worker was lost in the middle of this {options.Attempts} times."));
            return null;
        }

        await WorkOf(job).Mark(db, job, JobState.Running, null, stop);
        await JobNews.Tell(db, job, stop);
        await transaction.CommitAsync(stop);
        return job;
    }

    /// <summary>
    /// Ends the job and writes its result, both or neither. If this worker no longer holds the job, nothing is written; if the
    /// person asked to stop before the result was there, the job ends as cancelled.
    /// </summary>
    async Task End(Job job, JobState state, string? message, string? reference, Func<PortalDb, CancellationToken, Task>? save = null)
    {
        // Not to be interrupted by a shutdown: it is short, and the work is done.
        var stop = CancellationToken.None;
        await using (var db = await database.CreateDbContextAsync(stop))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            var now = time.GetUtcNow();
            var ended = await db.Jobs
                .Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt
                    && (!j.CancelRequested || state == JobState.Cancelled))
                .ExecuteUpdateAsync(set => set
                    .SetProperty(j => j.State, state)
                    .SetProperty(j => j.Message, message)
                    .SetProperty(j => j.Reference, reference)
                    .SetProperty(j => j.Done, j => state == JobState.Done ? j.Total : j.Done)
                    .SetProperty(j => j.EndedAt, now), stop);
            if (ended == 1)
            {
                if (save is null) await WorkOf(job).Mark(db, job, state, message, stop);
                else await save(db, stop);
                await db.SaveChangesAsync(stop);
                await JobNews.Tell(db, job, stop);
                await transaction.CommitAsync(stop);
                log.LogInformation("Job {Job} ({Title}) ended: {State}", job.Id, job.Title, state);
                return;
            }
        }

        if (state == JobState.Cancelled) return;
        await using var look = await database.CreateDbContextAsync(stop);
        if (await look.Jobs.AnyAsync(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt && j.CancelRequested, stop))
            await End(job, JobState.Cancelled, "Stopped by request. " + WorkOf(job).WhatIsSaved, null);
    }

    /// <summary>A fault of ours: logged whole, tried again, and after the last attempt shown with a reference.</summary>
    async Task Fault(Job job, Exception fault)
    {
        var reference = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        log.LogError(fault, "Job {Job} ({Title}) failed in attempt {Attempt} of {Attempts}; reference {Reference}",
            job.Id, job.Title, job.Attempt, options.Attempts, reference);

        if (job.Attempt >= options.Attempts)
        {
            await End(job, JobState.Failed,
                $"This failed by a fault of the portal, not of the measurement. {WorkOf(job).WhatIsSaved} Quote {reference} when you report it.", reference);
            return;
        }

        var stop = CancellationToken.None;
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var message = $"Attempt {job.Attempt} of {options.Attempts} failed by a fault of the portal (reference {reference}); it is tried again by itself.";
        var queued = await db.Jobs
            .Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Queued)
                .SetProperty(j => j.Stage, (string?)null)
                .SetProperty(j => j.Message, message)
                .SetProperty(j => j.Reference, reference), stop);
        if (queued == 0) return;
        await WorkOf(job).Mark(db, job, JobState.Queued, message, stop);
        var again = await db.Jobs.SingleAsync(j => j.Id == job.Id, stop);
        await queue.Enqueue(db, again, stop, wait: TimeSpan.FromSeconds(options.RetrySeconds * Math.Pow(2, job.Attempt - 1)));
        await JobNews.Tell(db, job, stop);
        await transaction.CommitAsync(stop);
    }

    /// <summary>The process goes down in good order: the job waits again, and the attempt does not count.</summary>
    async Task GiveBack(Job job)
    {
        var stop = CancellationToken.None;
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var given = await db.Jobs
            .Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Queued)
                .SetProperty(j => j.Attempt, j => j.Attempt - 1)
                .SetProperty(j => j.Stage, (string?)null), stop);
        if (given == 0) return;
        await WorkOf(job).Mark(db, job, JobState.Queued, null, stop);
        await JobNews.Tell(db, job, stop);
        await transaction.CommitAsync(stop);
        log.LogInformation("Job {Job} ({Title}) waits for the next worker; this one stops", job.Id, job.Title);
    }
}
