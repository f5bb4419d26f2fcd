using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Postgres;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class JobLifeTests : JobTests
{
    [Fact]
    public async Task A_running_job_shows_its_progress_and_stops_within_two_seconds_of_the_wish()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();
        var answer = await host.Requests.Ask(viewer, run.Id, "slow", []);
        var id = answer!.JobId!.Value;
        var heard = 0;
        using var listening = host.Get<ChangeFeed>().Subscribe(change => { if (change.Topic == "Job" && change.Id == id) Interlocked.Increment(ref heard); });
        var running = await host.JobUntil(id, job => job.Done > 100);
        Assert.Equal(("counting slowly", 1_000_000L), (running.Stage, running.Total));
        Assert.InRange(heard, 1, int.MaxValue);

        var watch = Stopwatch.StartNew();
        Assert.True(await host.Commands.Cancel(viewer, id));
        var ended = await host.JobUntil(id, job => job.EndedAt is not null);
        var wait = watch.Elapsed.TotalSeconds;

        Assert.Equal(JobState.Cancelled, ended.State);
        // The promise to the person; the machine of the test may be busy, so only the promise itself is held.
        Assert.InRange(wait, 0, 2);
        await using var db = Database.CreateDbContext();
        var analysis = await db.Analyses.Include(a => a.Values).SingleAsync(a => a.Id == answer.AnalysisId);
        Assert.Equal(AnalysisState.Cancelled, analysis.State);
        Assert.Empty(analysis.Values);
        Assert.Null(analysis.ReportSha256);
        Assert.False(await host.Commands.Cancel(viewer, id));
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_at_once_and_never_begun()
    {
        var analyses = new TestAnalyses();
        await using var web = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await web.ReadRun();
        var answer = await web.Requests.Ask(viewer, run.Id, "count", []);

        Assert.True(await web.Commands.Cancel(viewer, answer!.JobId!.Value));

        await using var worker = await JobHost.Start(Database, analyses.All);
        var later = await worker.Requests.Ask(viewer, run.Id, "count", new JsonObject { ["seed"] = 2 });
        await worker.JobUntil(later!.JobId!.Value, job => job.State == JobState.Done);
        var job = await worker.JobUntil(answer.JobId!.Value, _ => true);
        Assert.Equal((JobState.Cancelled, 0), (job.State, job.Attempt));
        Assert.Equal(1, analyses.Computed);
    }

    [Fact]
    public async Task Trouble_of_the_scientists_is_shown_as_it_stands_and_not_tried_again()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "refused", []);

        var job = await host.JobUntil(answer!.JobId!.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Refused, 1, "Only 3 photons were found; at least 100 are needed. Measure longer."), (job.State, job.Attempt, job.Message));
        Assert.Null(job.Reference);
        Assert.Equal(1, analyses.Computed);
        await using var db = Database.CreateDbContext();
        var analysis = await db.Analyses.SingleAsync(a => a.Id == answer.AnalysisId);
        Assert.Equal((AnalysisState.Refused, job.Message), (analysis.State, analysis.Message));
    }

    [Fact]
    public async Task A_fault_of_ours_that_passes_is_tried_again_and_leaves_a_whole_result()
    {
        var analyses = new TestAnalyses { Faults = 2 };
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "faulty", []);

        var job = await host.JobUntil(answer!.JobId!.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Done, 3), (job.State, job.Attempt));
        Assert.Null(job.Message);
        Assert.Null(job.Reference);
    }

    [Fact]
    public async Task A_fault_of_ours_that_stays_ends_with_a_reference_that_the_log_has_too()
    {
        var analyses = new TestAnalyses { Faults = 100 };
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "faulty", []);

        var job = await host.JobUntil(answer!.JobId!.Value, job => job.EndedAt is not null);
        Assert.Equal((JobState.Failed, 3), (job.State, job.Attempt));
        Assert.Equal(8, job.Reference!.Length);
        Assert.Contains(job.Reference, job.Message);
        Assert.Contains("No result was saved", job.Message);
        Assert.DoesNotContain("screw", job.Message);
        Assert.Contains(host.Log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains(job.Reference) && line.Error is InvalidOperationException);
        Assert.Equal(3, analyses.Computed);
    }

    [Fact]
    public async Task A_worker_that_lost_its_job_to_another_writes_nothing_any_more()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All, parallel: 2);
        var (viewer, run) = await host.ReadRun();
        var answer = await host.Requests.Ask(viewer, run.Id, "slow", []);
        var id = answer!.JobId!.Value;
        await host.JobUntil(id, job => job.State == JobState.Running);

        // What a keeper does that finds a sleeping worker silent: the same job once more.
        await Silence(id);
        await host.Get<JobRunner>().TakeBack(id, CancellationToken.None);
        await host.JobUntil(id, job => job.Attempt == 2);
        await JobHost.Until(_ => Task.FromResult(host.Log.Lines), lines => lines.Any(line => line.Text.Contains("lets go")), Database);
        analyses.LetGo.Set();

        var job = await host.JobUntil(id, job => job.EndedAt is not null);
        Assert.Equal((JobState.Done, 2), (job.State, job.Attempt));
        await using var db = Database.CreateDbContext();
        Assert.Equal(1, await db.AnalysisValues.CountAsync(value => value.AnalysisId == answer.AnalysisId));
        Assert.Single(host.Log.Lines, line => line.Text.Contains(id.ToString()) && line.Text.Contains("ended: Done"));
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("faulty")]
    [InlineData("count")]
    public async Task A_job_that_another_worker_holds_by_now_is_neither_ended_nor_queued_by_the_one_before(string kind)
    {
        var analyses = new TestAnalyses { Faults = 100 };
        await using var host = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await host.ReadRun();
        var id = (await host.Requests.Ask(viewer, run.Id, kind, []))!.JobId!.Value;
        analyses.Meanwhile = () =>
        {
            using var db = Database.CreateDbContext();
            db.Jobs.ExecuteUpdate(set => set.SetProperty(job => job.Attempt, job => job.Attempt + 1)
                .SetProperty(job => job.Worker, "elsewhere (1)").SetProperty(job => job.HeardAt, DateTimeOffset.UtcNow.AddHours(1)));
        };

        await host.Get<JobRunner>().Run(id, CancellationToken.None);

        await using var after = Database.CreateDbContext();
        var job = await after.Jobs.Include(job => job.Analysis).SingleAsync(job => job.Id == id);
        Assert.Equal((JobState.Running, 2, "elsewhere (1)"), (job.State, job.Attempt, job.Worker));
        Assert.Equal((AnalysisState.Running, null, null), (job.Analysis!.State, job.Message, job.Pending));
    }

    [Fact]
    public async Task A_worker_that_slept_finds_its_job_held_by_another_and_lets_go()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var id = (await host.Requests.Ask(viewer, run.Id, "slow", []))!.JobId!.Value;
        var sleeper = host.Get<JobRunner>().Run(id, CancellationToken.None);
        await host.JobUntil(id, job => job.Done > 0);

        await using var db = Database.CreateDbContext();
        await db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(job => job.Attempt, job => job.Attempt + 1).SetProperty(job => job.HeardAt, DateTimeOffset.UtcNow.AddHours(1)));

        await sleeper.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Contains(host.Log.Lines, line => line.Text.Contains("lets go"));
        Assert.Equal(JobState.Running, (await host.JobUntil(id, _ => true)).State);
    }

    [Fact]
    public async Task Of_two_workers_that_race_for_a_job_one_does_it()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await host.ReadRun();
        var answer = await host.Requests.Ask(viewer, run.Id, "count", []);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Get<JobRunner>().Run(answer!.JobId!.Value, CancellationToken.None)));

        Assert.Equal(1, analyses.Computed);
        Assert.Equal(JobState.Done, (await host.JobUntil(answer!.JobId!.Value, _ => true)).State);
    }

    [Fact]
    public async Task A_process_that_ends_in_good_order_hands_its_job_back_and_the_next_one_does_it()
    {
        var analyses = new TestAnalyses();
        Guid id;
        await using (var first = await JobHost.Start(Database, analyses.All))
        {
            var (viewer, run) = await first.ReadRun();
            id = (await first.Requests.Ask(viewer, run.Id, "slow", []))!.JobId!.Value;
            await first.JobUntil(id, job => job.State == JobState.Running);
        }

        await using var second = await JobHost.Start(Database, analyses.All, run: false);
        var waiting = await second.JobUntil(id, _ => true);
        Assert.Equal((JobState.Queued, 0), (waiting.State, waiting.Attempt));
        analyses.LetGo.Set();
        await using var third = await JobHost.Start(Database, analyses.All);
        var done = await third.JobUntil(id, job => job.State == JobState.Done);
        Assert.Equal(1, done.Attempt);
    }

    [Fact]
    public void The_time_left_follows_from_the_pace_so_far()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var job = new Job { Title = "", State = JobState.Running, Done = 25, Total = 100, StartedAt = start };

        Assert.Equal(0.25, job.Share());
        Assert.Equal(TimeSpan.FromSeconds(30), job.Left(start.AddSeconds(10)));
        job.Total = 0;
        Assert.Null(job.Left(start.AddSeconds(10)));
    }

    /// <summary>As if the worker of the job had last been heard an hour ago.</summary>
    async Task Silence(Guid job)
    {
        await using var db = Database.CreateDbContext();
        await db.Jobs.Where(j => j.Id == job).ExecuteUpdateAsync(set => set.SetProperty(j => j.HeardAt, DateTimeOffset.UtcNow.AddHours(-1)));
    }
}
