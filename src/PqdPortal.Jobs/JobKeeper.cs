using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>
/// Sees to it that every job comes to its end, whatever happened to its worker: jobs of lost workers are taken back, waiting jobs
/// that the queue has lost are queued again, and reports that nothing came of are taken out of the store.
/// </summary>
/// <remarks>Every process keeps; each step asks for the state it found, so that two that come by at once do it once.</remarks>
sealed class JobKeeper(
    IDbContextFactory<PortalDb> database, JobRunner runner, IWorkQueue queue, IFileStore store, LocalCopy copies, FileConversion conversions, FineTraces traces,
    JobOptions options, TimeProvider time, ILogger<JobKeeper> log) : BackgroundService
{
    /// <summary>Since when this process sees the database without a break, and when it last did, by the database's clock.</summary>
    (DateTime Since, DateTime Last)? _sight;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Round(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                _sight = null;
                log.LogWarning("The jobs could not be looked after: {Trouble}", error.Message);
            }

            await Task.Delay(TimeSpan.FromSeconds(options.CheckInSeconds), time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    internal async Task Round(CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        if (await SeesLongEnough(db, stop))
            foreach (var lost in await db.Jobs.Where(runner.IsSilent).Select(job => job.Id).ToListAsync(stop))
                await runner.TakeBack(lost, stop);

        foreach (var forgotten in await queue.Forgotten(db, stop)) await QueueAgain(forgotten, stop);

        var left = await db.Jobs.Where(job => job.Pending != null && job.State != JobState.Running)
            .Select(job => new { job.Id, job.Attempt, job.Pending }).ToListAsync(stop);
        foreach (var job in left) await StoredFiles.Withdraw(db, store, job.Id, job.Attempt, job.Pending!, stop);

        copies.Tidy();
        conversions.Tidy();
        traces.Tidy();
        if (store is LocalFolderStore local) local.RemoveLeft();
    }

    /// <summary>
    /// While the database was away, no worker could say that it lives. Only who has seen the database for as long as a worker may
    /// be silent can tell who is lost.
    /// </summary>
    async Task<bool> SeesLongEnough(PortalDb db, CancellationToken stop)
    {
        var now = await db.Database.SqlQuery<DateTime>($"SELECT clock_timestamp()::timestamptz AS \"Value\"").SingleAsync(stop);
        var since = _sight is { } sight && now - sight.Last < options.LostAfter ? sight.Since : now;
        _sight = (since, now);
        return now - since >= options.LostAfter;
    }

    async Task QueueAgain(Guid id, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        // One keeper at a time, and what the first has queued the second finds.
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({id.ToString()}, 11))", stop);
        if (!(await queue.Forgotten(db, stop)).Contains(id)) return;
        var job = await db.Jobs.SingleAsync(job => job.Id == id, stop);
        log.LogWarning("Job {Job} ({Title}) waited although the queue did not know it any more; it is queued again", id, job.Title);
        await queue.Enqueue(db, job, stop);
        await transaction.CommitAsync(stop);
    }
}
