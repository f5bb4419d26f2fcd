using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class WorkQueueTests : JobTests
{
    [Fact]
    public async Task Work_queued_in_a_transaction_that_is_rolled_back_leaves_no_trace()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (_, run) = await host.ReadRun();
        var job = JobCommands.ReadingJob(run.ProjectId, run.Id, "dot 7.ptu", null, DateTimeOffset.UtcNow);

        await using (var db = Database.CreateDbContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await host.Queue.Enqueue(db, job);
            Assert.Equal(1, await Triggers(db, job));
            await transaction.RollbackAsync();
        }

        await using var after = Database.CreateDbContext();
        Assert.Equal(0, await Triggers(after, job));
        Assert.False(await after.Jobs.AnyAsync(j => j.Id == job.Id));
    }

    [Fact]
    public async Task Work_cannot_be_queued_without_a_transaction()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (_, run) = await host.ReadRun();
        await using var db = Database.CreateDbContext();

        await Assert.ThrowsAsync<ArgumentException>(() =>
            host.Queue.Enqueue(db, JobCommands.ReadingJob(run.ProjectId, run.Id, "dot 7.ptu", null, DateTimeOffset.UtcNow)));
    }

    [Fact]
    public async Task Work_queued_by_a_process_that_only_queues_is_done_by_another_process()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();

        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);
        await Task.Delay(500);
        Assert.Equal(0, analyses.Computed);
        await using var worker = await JobHost.Start(Database, analyses.All);

        var job = await web.JobUntil(answer!.JobId!.Value, job => job.State == JobState.Done);
        Assert.Equal(1, analyses.Computed);
        Assert.Equal(1, job.Attempt);
        Assert.NotNull(job.Worker);
    }

    [Fact]
    public async Task A_worker_is_told_of_queued_work_and_need_not_look_for_it()
    {
        var analyses = new TestAnalyses();
        await using var worker = await JobHost.Start(Database, analyses.All, look: 3600);
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();

        // One after the other, so that the worker has gone to sleep in between.
        foreach (var (seed, host) in new[] { (1, web), (2, worker), (3, web), (4, worker) })
        {
            var answer = await host.Requests.Ask(viewer, run.Id, "count", new JsonObject { ["seed"] = seed });
            await host.JobUntil(answer!.JobId!.Value, job => job.State == JobState.Done);
            await Task.Delay(200);
        }
    }

    [Fact]
    public async Task A_reading_does_not_wait_behind_long_analyses()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All, parallel: 1);
        var (viewer, run) = await host.ReadRun();
        var first = await host.Requests.Ask(viewer, run.Id, "slow", new JsonObject { ["seed"] = 1 });
        var second = await host.Requests.Ask(viewer, run.Id, "slow", new JsonObject { ["seed"] = 2 });
        await host.JobUntil(first!.JobId!.Value, job => job.State == JobState.Running);

        var quick = await host.Requests.Ask(viewer, run.Id, "quick", []);

        await host.JobUntil(quick!.JobId!.Value, job => job.State == JobState.Done);
        await using (var db = Database.CreateDbContext())
            Assert.Equal(JobState.Queued, (await db.Jobs.SingleAsync(job => job.Id == second!.JobId)).State);
        analyses.LetGo.Set();
        await host.JobUntil(second!.JobId!.Value, job => job.State == JobState.Done);
    }

    static Task<int> Triggers(PortalDb db, Job job)
    {
        var key = job.Id.ToString("n") + "%";
        return db.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM qrtz_triggers WHERE trigger_name LIKE {key}").SingleAsync();
    }
}
