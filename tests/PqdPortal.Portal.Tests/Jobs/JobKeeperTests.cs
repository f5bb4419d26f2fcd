using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>What becomes of jobs whose worker, queue or report was lost on the way.</summary>
public class JobKeeperTests : JobTests
{
    [Fact]
    public async Task A_waiting_job_that_the_queue_has_lost_is_queued_again()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false, more: ("Portal:Jobs:CheckInSeconds", "25"));
        var (viewer, run) = await web.ReadRun();
        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);
        await using (var db = Database.CreateDbContext())
            await db.Database.ExecuteSqlAsync($"TRUNCATE qrtz_triggers, qrtz_simple_triggers, qrtz_fired_triggers, qrtz_job_details CASCADE");

        await using var worker = await JobHost.Start(Database, analyses.All);

        var job = await worker.JobUntil(answer!.JobId!.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Done, 1), (job.State, job.Attempt));
        Assert.Equal(1, analyses.Computed);
    }

    [Fact]
    public async Task A_job_that_says_it_runs_although_nobody_runs_it_is_taken_back_and_done()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();
        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);
        await Lose(answer!.JobId!.Value, attempt: 1);

        await using var worker = await JobHost.Start(Database, analyses.All);

        var job = await worker.JobUntil(answer.JobId.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Done, 2, 1), (job.State, job.Attempt, job.Lost));
    }

    [Fact]
    public async Task Who_has_just_come_to_see_the_database_takes_no_job_back()
    {
        // As after an outage of the database: every worker seems silent, and none is lost.
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false, more: ("Portal:Jobs:CheckInSeconds", "25"));
        var (viewer, run) = await host.ReadRun();
        var job = (await host.Requests.Ask(viewer, run.Id, "count", []))!.JobId!.Value;
        await Lose(job, attempt: 1);

        var keeper = host.Get<IEnumerable<IHostedService>>().OfType<JobKeeper>().Single();
        for (var round = 0; round < 3; round++) await keeper.Round(CancellationToken.None);

        var after = await host.JobUntil(job, _ => true);
        Assert.Equal((JobState.Running, 1, 0), (after.State, after.Attempt, after.Lost));
    }

    [Fact]
    public async Task A_job_that_ends_its_worker_each_time_is_put_aside_after_three_times_with_its_file_and_reference()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();
        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);
        await Lose(answer!.JobId!.Value, attempt: 3);

        await using var worker = await JobHost.Start(Database, analyses.All);

        var job = await worker.JobUntil(answer.JobId.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Failed, 3), (job.State, job.Attempt));
        Assert.StartsWith("\"dot 7.ptu\" was put aside after 3 attempts", job.Message);
        Assert.Contains(job.Reference!, job.Message);
        Assert.Contains("No result was saved; the file and all earlier results are unharmed.", job.Message);
        Assert.Contains("by hand", job.Message);
        Assert.Contains((IEnumerable<(LogLevel, string Text, Exception? Error)>)[.. web.Log.Lines, .. worker.Log.Lines], line => line.Text.Contains(job.Reference!) && line.Error is WorkerLostException);
        await using (var db = Database.CreateDbContext())
            Assert.Equal(AnalysisState.Failed, (await db.Analyses.SingleAsync(a => a.Id == answer.AnalysisId)).State);
        Assert.Equal(0, analyses.Computed);

        // By hand it is a new question.
        var again = await worker.Requests.Ask(viewer, run.Id, "count", []);
        Assert.Equal(JobState.Done, (await worker.JobUntil(again!.JobId!.Value, job => job.EndedAt is not null)).State);
    }

    [Fact]
    public async Task A_job_that_was_to_stop_when_its_worker_was_lost_is_cancelled()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();
        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);
        await Lose(answer!.JobId!.Value, attempt: 1, heard: DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.True(await web.Commands.Cancel(viewer, answer.JobId.Value));
        await Lose(answer.JobId.Value, attempt: 1);

        var job = await web.JobUntil(answer.JobId.Value, job => job.EndedAt is not null);

        Assert.Equal(JobState.Cancelled, job.State);
        Assert.Equal(0, analyses.Computed);
    }

    [Fact]
    public async Task Jobs_that_may_have_ended_their_worker_are_tried_one_at_a_time_beside_the_others()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();
        var suspects = new List<Guid>();
        for (var seed = 1; seed <= 3; seed++) suspects.Add((await web.Requests.Ask(viewer, run.Id, "slow", new JsonObject { ["seed"] = seed }))!.JobId!.Value);
        await using (var db = Database.CreateDbContext())
            await db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(job => job.Lost, 1));

        await using var worker = await JobHost.Start(Database, analyses.All, parallel: 4);
        await JobHost.Until(db => db.Jobs.CountAsync(job => job.State == JobState.Running), running => running == 1, Database);
        var other = await worker.Requests.Ask(viewer, run.Id, "count", []);
        await worker.JobUntil(other!.JobId!.Value, job => job.State == JobState.Done);
        await Task.Delay(1500); // time enough for the other two to begin, if they could
        await using (var db = Database.CreateDbContext())
            Assert.Equal(1, await db.Jobs.CountAsync(job => job.State == JobState.Running));
        analyses.LetGo.Set();

        foreach (var suspect in suspects) Assert.Equal(JobState.Done, (await worker.JobUntil(suspect, job => job.EndedAt is not null)).State);
    }

    [Fact]
    public async Task A_job_that_hangs_is_given_up_and_put_aside()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All, more: ("Portal:Jobs:StallSeconds", "1"));
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "stuck", []);

        var job = await host.JobUntil(answer!.JobId!.Value, job => job.EndedAt is not null, seconds: 60);
        Assert.Equal((JobState.Failed, 3), (job.State, job.Attempt));
        Assert.Contains(host.Log.Lines, line => line.Text.Contains(job.Reference!) && line.Error is TimeoutException);
    }

    [Fact]
    public async Task A_report_that_nothing_came_of_is_taken_out_of_the_store()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var answer = await host.Requests.Ask(viewer, run.Id, "count", []);
        var store = host.Get<IFileStore>();
        var orphan = await store.Save(new MemoryStream("a report"u8.ToArray()));
        await using (var db = Database.CreateDbContext())
            await db.Jobs.Where(job => job.Id == answer!.JobId).ExecuteUpdateAsync(set => set.SetProperty(job => job.Pending, orphan.Sha256));

        await JobHost.Until(db => db.Jobs.AnyAsync(job => job.Pending != null), announced => !announced, Database);

        await using var after = Database.CreateDbContext();
        Assert.False(await store.Exists(orphan.Sha256));
        Assert.True(await store.Exists((await after.StoredFiles.SingleAsync()).Sha256));
    }

    [Fact]
    public async Task Bytes_that_a_record_or_another_running_attempt_names_stay_in_the_store()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var job = (await host.Requests.Ask(viewer, run.Id, "count", []))!.JobId!.Value;
        var store = host.Get<IFileStore>();
        var report = await store.Save(new MemoryStream("a report"u8.ToArray()));
        await using var db = Database.CreateDbContext();
        await db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Running).SetProperty(j => j.Attempt, 2)
            .SetProperty(j => j.HeardAt, DateTimeOffset.UtcNow.AddHours(1)).SetProperty(j => j.Pending, report.Sha256));

        await StoredFiles.Withdraw(db, store, job, attempt: 1, report.Sha256, default);
        await StoredFiles.Withdraw(db, store, job, attempt: 1, (await db.StoredFiles.SingleAsync()).Sha256, default);

        Assert.True(await store.Exists(report.Sha256));
        Assert.True(await store.Exists((await db.StoredFiles.SingleAsync()).Sha256));
        await StoredFiles.Withdraw(db, store, job, attempt: 2, report.Sha256, default);
        Assert.False(await store.Exists(report.Sha256));
    }

    [Fact]
    public async Task No_record_is_made_of_bytes_that_are_not_there()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        await using var db = Database.CreateDbContext();
        await using var transaction = await db.Database.BeginTransactionAsync();

        await Assert.ThrowsAsync<IOException>(() => StoredFiles.Remember(db, host.Get<IFileStore>(), new StoredContent(new string('a', 64), 5), default));
    }

    /// <summary>As a kill leaves it: the job says that it runs, the queue has forgotten it, and its worker says nothing.</summary>
    async Task Lose(Guid job, int attempt, DateTimeOffset? heard = null)
    {
        await using var db = Database.CreateDbContext();
        await db.Database.ExecuteSqlAsync($"TRUNCATE qrtz_triggers, qrtz_simple_triggers, qrtz_fired_triggers, qrtz_job_details CASCADE");
        var at = heard ?? DateTimeOffset.UtcNow.AddHours(-1);
        await db.Jobs.Where(j => j.Id == job).ExecuteUpdateAsync(set => set
            .SetProperty(j => j.State, JobState.Running).SetProperty(j => j.Attempt, attempt).SetProperty(j => j.HeardAt, at).SetProperty(j => j.Worker, "elsewhere (1)"));
        await db.Analyses.Where(a => db.Jobs.Any(j => j.Id == job && j.AnalysisId == a.Id)).ExecuteUpdateAsync(set => set.SetProperty(a => a.State, AnalysisState.Running));
    }
}
