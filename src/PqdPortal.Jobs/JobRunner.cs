using System.Data.Common;
using System.Diagnostics;
using System.Linq.Expressions;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Talk;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>
/// The life of a job: taken, watched, ended exactly once. Two kinds of trouble are told apart here: the scientist's
/// (<see cref="PqdException"/>) is shown as it stands and never tried again; ours is logged whole, tried again, and at last
/// put aside with a reference.
/// </summary>
/// <remarks>
/// The number of the attempt is the key to a job: whoever takes it raises the number before the work begins, and every later
/// write asks for the number it took. A worker that was thought lost and wakes up again therefore finds that its writes reach
/// nothing, and a file that ends its worker is counted although nobody was left to count it.
/// </remarks>
sealed class JobRunner(
    IDbContextFactory<PortalDb> database, IWorkQueue queue, ReadUpload readUpload, RunAnalysis runAnalysis, SimulateRun simulateRun, IFileStore store,
    JobOptions options, TimeProvider time, ILogger<JobRunner> log)
{
    /// <summary>How long a result waits for a database that restarts.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Of a worker that is halted in the middle of a transaction, nobody waits longer than this for its rows.</summary>
    const string Brief = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

    readonly SemaphoreSlim _suspect = new(1);

    /// <summary>Machine and process that do the work, as the job shows them.</summary>
    internal static string Worker { get; } = $"{Environment.MachineName} ({Environment.ProcessId})";

    IJobWork WorkOf(Job job) => job.Kind switch
    {
        JobKind.ReadUpload => readUpload,
        JobKind.RunAnalysis => runAnalysis,
        JobKind.Simulate => simulateRun,
        _ => throw new UnreachableException(),
    };

    /// <param name="shutdown">The process is going down; the job is then left for another.</param>
    public async Task Run(Guid id, CancellationToken shutdown)
    {
        // A job whose worker was lost may be what ended it. One such at a time: the next end of this process then says which it
        // was, and no other job is put aside for it.
        var isSuspect = await IsSuspect(id, shutdown);
        if (isSuspect && !_suspect.Wait(0, CancellationToken.None))
        {
            await Postpone(id, shutdown);
            return;
        }
        try
        {
            if (await Take(id, shutdown) is { } job) await Do(job, shutdown);
        }
        finally
        {
            if (isSuspect) _suspect.Release();
        }
    }

    async Task Do(Job job, CancellationToken shutdown)
    {
        var work = WorkOf(job);
        if (job.Pending is { } left) await Withdraw(job, left);
        await using var watch = new JobWatch(database, job, options, time, log, shutdown);
        JobEnding? ending = null;
        var saved = false;
        try
        {
            var doing = work.Do(job, watch, watch.Stop);
            if (await Task.WhenAny(doing, watch.Abandoned) != doing)
            {
                _ = doing.ContinueWith(late => late.Exception, TaskScheduler.Default);
                log.LogCritical("Job {Job} ({Title}) does not heed that it should stop: it is left to itself and keeps a processor busy until this process ends", job.Id, job.Title);
                throw new OperationCanceledException(watch.Stop);
            }
            ending = await doing;
            await watch.Finish();
            saved = await End(job, ending.State, ending.Message, null, ending.Save);
        }
        catch (OperationCanceledException) when (watch.Reason == StopReason.Cancelled)
        {
            await watch.Finish();
            await End(job, JobState.Cancelled, Stopped(job), null);
        }
        catch (OperationCanceledException) when (watch.Reason == StopReason.Lost)
        {
            log.LogWarning("Job {Job} was taken up by another worker while this one still held it; this one lets go", job.Id);
        }
        catch (OperationCanceledException) when (watch.Reason == StopReason.Stalled)
        {
            await watch.Finish();
            await Fault(job, new TimeoutException($"No step of this was reported for {options.StallSeconds:0} s."));
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

        if (!saved && ending?.Stored is { } nobodys) await Withdraw(job, nobodys);
    }

    /// <summary>Ends or queues again a job whose worker has been silent for too long.</summary>
    public async Task TakeBack(Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await Begin(db, stop);
        // The row of a worker that is just ending its job is left to it.
        var job = await db.Jobs.FromSql($"""SELECT * FROM "Jobs" WHERE "Id" = {id} FOR UPDATE SKIP LOCKED""").AsNoTracking().SingleOrDefaultAsync(stop);
        if (job is null || !await db.Jobs.Where(j => j.Id == id).AnyAsync(IsSilent, stop)) return;

        log.LogWarning("Job {Job} ({Title}) lost its worker {Worker} in attempt {Attempt}", id, job.Title, job.Worker, job.Attempt);
        await db.Jobs.Where(j => j.Id == id).ExecuteUpdateAsync(set => set.SetProperty(j => j.Lost, j => j.Lost + 1), stop);
        if (job.CancelRequested) await Write(db, job, JobState.Cancelled, Stopped(job), null, null);
        else await WriteFault(db, job, new WorkerLostException(job.Worker));
        await transaction.CommitAsync(stop);
        if (job.Pending is { } left) await Withdraw(job, left);
    }

    /// <summary>Running, but its worker says nothing any more.</summary>
    internal Expression<Func<Job, bool>> IsSilent
    {
        get
        {
            var silence = options.LostAfter;
            return job => job.State == JobState.Running && (job.HeardAt == null || job.HeardAt < DateTimeOffset.UtcNow - silence);
        }
    }

    async Task<bool> IsSuspect(Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Jobs.AnyAsync(job => job.Id == id && job.Lost > 0 && job.State == JobState.Queued, stop);
    }

    async Task Postpone(Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await Begin(db, stop);
        if (await db.Jobs.SingleOrDefaultAsync(job => job.Id == id && job.State == JobState.Queued, stop) is not { } job) return;
        await queue.Enqueue(db, job, stop, wait: TimeSpan.FromSeconds(Math.Max(1, options.RetrySeconds)));
        await transaction.CommitAsync(stop);
    }

    /// <summary>Takes the job, or finds that there is nothing to do: it has ended, was cancelled, or another worker has it.</summary>
    async Task<Job?> Take(Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await Begin(db, stop);
        var now = time.GetUtcNow();
        var taken = await db.Jobs
            .Where(job => job.Id == id && job.State == JobState.Queued)
            .ExecuteUpdateAsync(set => set
                .SetProperty(job => job.State, JobState.Running)
                .SetProperty(job => job.Attempt, job => job.Attempt + 1)
                .SetProperty(job => job.Worker, Worker)
                .SetProperty(job => job.HeardAt, _ => DateTimeOffset.UtcNow)
                .SetProperty(job => job.StartedAt, now)
                .SetProperty(job => job.Stage, (string?)null)
                .SetProperty(job => job.Done, 0)
                .SetProperty(job => job.Total, 0)
                .SetProperty(job => job.Reference, (string?)null)
                .SetProperty(job => job.Message, (string?)null), stop);
        if (taken == 0) return null;

        var job = await db.Jobs.AsNoTracking().SingleAsync(job => job.Id == id, stop);
        await WorkOf(job).Mark(db, job, JobState.Running, null, stop);
        await JobNews.Tell(db, job, stop);
        await transaction.CommitAsync(stop);
        return job;
    }

    /// <summary>
    /// Ends the job and writes its result, both or neither. If this worker no longer holds the job, nothing is written; if the
    /// person asked to stop before the result was there, the job ends as cancelled.
    /// </summary>
    /// <returns>True where the job ended as asked and its result is saved.</returns>
    Task<bool> End(Job job, JobState state, string? message, string? reference, Func<PortalDb, CancellationToken, Task>? save = null) =>
        Patiently(job, async () =>
        {
            await using var db = await database.CreateDbContextAsync();
            await using var transaction = await Begin(db, CancellationToken.None);
            var written = await Write(db, job, state, message, reference, save);
            var cancelled = !written && state != JobState.Cancelled && await Write(db, job, JobState.Cancelled, Stopped(job), null, null);
            await transaction.CommitAsync();
            if (written || cancelled) log.LogInformation("Job {Job} ({Title}) ended: {State}", job.Id, job.Title, cancelled ? JobState.Cancelled : state);
            return written;
        });

    /// <summary>A fault of ours: logged whole, tried again, and after the last attempt put aside with a reference.</summary>
    Task Fault(Job job, Exception fault) =>
        Patiently(job, async () =>
        {
            await using var db = await database.CreateDbContextAsync();
            await using var transaction = await Begin(db, CancellationToken.None);
            await WriteFault(db, job, fault);
            await transaction.CommitAsync();
            return true;
        });

    /// <summary>Writes the end of a job, its result and its record's state into the open transaction.</summary>
    /// <returns>False where this attempt no longer holds the job, or was asked to stop and is to end otherwise; then nothing is written.</returns>
    async Task<bool> Write(PortalDb db, Job job, JobState state, string? message, string? reference, Func<PortalDb, CancellationToken, Task>? save)
    {
        // Not to be interrupted by a shutdown: it is short, and the work is done.
        var stop = CancellationToken.None;
        var now = time.GetUtcNow();
        var ended = await db.Jobs
            .Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt
                && j.CancelRequested == (state == JobState.Cancelled))
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, state)
                .SetProperty(j => j.Message, message)
                .SetProperty(j => j.Reference, reference)
                .SetProperty(j => j.Done, j => state == JobState.Done ? j.Total : j.Done)
                .SetProperty(j => j.Pending, j => state == JobState.Done ? null : j.Pending)
                .SetProperty(j => j.EndedAt, now), stop);
        if (ended == 0) return false;

        if (save is null) await WorkOf(job).Mark(db, job, state, message, stop);
        else await save(db, stop);
        await db.SaveChangesAsync(stop);
        await JobNews.Tell(db, job, stop);
        if (job.RunId is { } run && state is JobState.Done or JobState.Failed or JobState.Refused)
            await db.TellOfWork(run, job.AnalysisId, job.AnalysisId ?? job.Id, job.RequestedById, isGood: state == JobState.Done, now, stop);
        return true;
    }

    /// <summary>Writes what follows from a fault of ours into the open transaction: another attempt, or the end with a reference.</summary>
    async Task WriteFault(PortalDb db, Job job, Exception fault)
    {
        var stop = CancellationToken.None;
        var reference = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        log.LogError(fault, "Job {Job} ({Title}) failed in attempt {Attempt} of {Attempts}; reference {Reference}",
            job.Id, job.Title, job.Attempt, options.Attempts, reference);

        if (job.Attempt >= options.Attempts)
        {
            var file = await db.RunFiles.Where(f => f.RunId == job.RunId).OrderBy(f => f.Role == "measurement" ? 0 : 1).ThenBy(f => f.AddedAt)
                .Select(f => f.Name).FirstOrDefaultAsync(stop);
            var aside = $"{(file is null ? "This" : $"\"{file}\"")} was put aside after {job.Attempt} attempts: each of them failed by a fault of the portal, not of the measurement. "
                + $"{WorkOf(job).WhatIsSaved} It is not tried again by itself; you can try it again by hand, at best after the fault was mended. Quote {reference} when you report it.";
            if (!await Write(db, job, JobState.Failed, aside, reference, null)) await Write(db, job, JobState.Cancelled, Stopped(job), null, null);
            return;
        }

        var message = $"Attempt {job.Attempt} of {options.Attempts} failed by a fault of the portal (reference {reference}); it is tried again by itself.";
        if (await Queue(db, job, message, reference) is not { } again)
        {
            await Write(db, job, JobState.Cancelled, Stopped(job), null, null);
            return;
        }
        // A lost worker's job has waited long enough already.
        var wait = fault is WorkerLostException ? TimeSpan.Zero : TimeSpan.FromSeconds(options.RetrySeconds * Math.Pow(2, job.Attempt - 1));
        await queue.Enqueue(db, again, stop, wait);
    }

    /// <summary>The job waits again.</summary>
    /// <returns>Null where this attempt no longer holds it, or was asked to stop.</returns>
    async Task<Job?> Queue(PortalDb db, Job job, string? message, string? reference)
    {
        var stop = CancellationToken.None;
        var queued = await db.Jobs
            .Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt && !j.CancelRequested)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Queued)
                .SetProperty(j => j.Stage, (string?)null)
                .SetProperty(j => j.Message, message)
                .SetProperty(j => j.Reference, reference), stop);
        if (queued == 0) return null;
        await WorkOf(job).Mark(db, job, JobState.Queued, message, stop);
        await JobNews.Tell(db, job, stop);
        return await db.Jobs.SingleAsync(j => j.Id == job.Id, stop);
    }

    /// <summary>The process goes down in good order: the job waits again, and the attempt does not count.</summary>
    async Task GiveBack(Job job)
    {
        await using var db = await database.CreateDbContextAsync();
        await using var transaction = await Begin(db, CancellationToken.None);
        if (await Queue(db, job, null, null) is { } again)
        {
            again.Attempt--;
            await db.SaveChangesAsync();
            log.LogInformation("Job {Job} ({Title}) waits for the next worker; this one stops", job.Id, job.Title);
        }
        else await Write(db, job, JobState.Cancelled, Stopped(job), null, null);
        await transaction.CommitAsync();
    }

    async Task Withdraw(Job job, string sha256)
    {
        try
        {
            await using var db = await database.CreateDbContextAsync();
            await StoredFiles.Withdraw(db, store, job.Id, job.Attempt, sha256, CancellationToken.None);
        }
        catch (Exception trouble)
        {
            // It stays announced on the job, and the keeper comes by.
            log.LogWarning(trouble, "The report {Sha256} of job {Job} could not be taken out of the store yet", sha256, job.Id);
        }
    }

    string Stopped(Job job) => "Stopped by request. " + WorkOf(job).WhatIsSaved;

    static async Task<IDbContextTransaction> Begin(PortalDb db, CancellationToken stop)
    {
        var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.Database.ExecuteSqlRawAsync(Brief, stop);
        return transaction;
    }

    /// <summary>The database may just be restarting: what was computed is worth some patience. Each write asks for its attempt, so that none is done twice.</summary>
    async Task<bool> Patiently(Job job, Func<Task<bool>> write)
    {
        for (var begun = time.GetTimestamp(); ; await Task.Delay(TimeSpan.FromSeconds(1), time))
            try
            {
                return await write();
            }
            catch (Exception trouble) when (IsPassing(trouble) && time.GetElapsedTime(begun) < Patience)
            {
                log.LogWarning("The end of job {Job} waits for the database: {Trouble}", job.Id, trouble.Message);
            }
    }

    static bool IsPassing(Exception trouble) => trouble is DbException { IsTransient: true } || trouble.InnerException is DbException { IsTransient: true } || DatabaseTrouble.IsAway(trouble);
}

/// <summary>A worker ended, or was cut off, in the middle of a job.</summary>
sealed class WorkerLostException(string? worker) : Exception($"The worker {worker} was lost in the middle of this.");
