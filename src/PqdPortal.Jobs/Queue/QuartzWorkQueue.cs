using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using Quartz;

namespace PqdPortal.Jobs.Queue;

/// <summary>The work queue on Quartz, whose tables lie in the portal's own database.</summary>
/// <remarks>
/// The trigger is written through the connection and transaction of the context, so it commits or vanishes with the record.
/// A waiting scheduler is woken by <see cref="QueueBell"/>, whose NOTIFY is part of the same transaction and so is heard only
/// after the commit, here and in every other process.
/// </remarks>
sealed class QuartzWorkQueue(ISchedulerFactory schedulers, TimeProvider time) : IWorkQueue
{
    public async Task Enqueue(PortalDb db, Job job, CancellationToken stop = default, TimeSpan wait = default)
    {
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction()
            ?? throw new ArgumentException("Work is queued inside the transaction of the record it belongs to; none is open.", nameof(db));
        var lane = await LaneOf(db, job, stop);
        if (db.Entry(job).State == EntityState.Detached) db.Jobs.Add(job);
        await db.SaveChangesAsync(stop);

        // A job that is tried again, or that was queued while its former firing is still being tidied away, needs a key of its own.
        var key = $"{job.Id:n}-{Guid.CreateVersion7():n}";
        var detail = JobBuilder.Create<QuartzJob>().WithIdentity(key).UsingJobData(QuartzJob.Id, job.Id.ToString()).RequestRecovery().Build();
        var trigger = TriggerBuilder.Create().WithIdentity(key).ForJob(detail).WithExecutionGroup(lane)
            .StartAt(time.GetUtcNow() + wait).Build();

        var scheduler = await schedulers.GetScheduler(stop);
        using (scheduler.EnlistTransaction(transaction))
            await scheduler.ScheduleJob(detail, trigger, cancellationToken: stop);
        await QueueBell.Ring(db, job, stop);
    }

    public async Task<IReadOnlyList<Guid>> Forgotten(PortalDb db, CancellationToken stop = default) =>
        await db.Database.SqlQuery<Guid>($"""
            SELECT j."Id" AS "Value" FROM "Jobs" j
            WHERE j."State" = {nameof(JobState.Queued)}
              AND NOT EXISTS (SELECT FROM qrtz_triggers t WHERE left(t.job_name, 32) = replace(j."Id"::text, '-', '') AND t.trigger_state NOT IN ('COMPLETE', 'ERROR'))
              AND NOT EXISTS (SELECT FROM qrtz_fired_triggers f WHERE left(f.job_name, 32) = replace(j."Id"::text, '-', ''))
            """).ToListAsync(stop);

    /// <summary>Reading and the quick check take seconds and answer somebody who waits; everything else goes into the long lane.</summary>
    static async Task<string> LaneOf(PortalDb db, Job job, CancellationToken stop)
    {
        if (job.Kind == JobKind.ReadUpload) return QuartzLanes.Reading;
        if (job.Kind == JobKind.Simulate) return QuartzLanes.Analysis;
        var kind = job.Analysis?.Kind ?? (await db.Analyses.FindAsync([job.AnalysisId], stop))?.Kind;
        return kind == "quick" ? QuartzLanes.Reading : QuartzLanes.Analysis;
    }
}

/// <summary>Execution groups of the triggers; each process says how many of each it takes.</summary>
static class QuartzLanes
{
    internal const string Reading = "reading";
    internal const string Analysis = "analysis";
}
