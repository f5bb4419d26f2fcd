using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>People who stop and ask again at the worst moments.</summary>
public class JobRaceTests : JobTests
{
    [Fact]
    public async Task However_stopping_and_finishing_race_there_is_one_outcome_and_it_is_told_truly()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All, parallel: 4);
        var (ana, run) = await host.ReadRun();
        var ben = new Viewer((await Database.Person("Ben")).Id, "Ben", false, new Dictionary<Guid, AccessRole> { [run.ProjectId] = AccessRole.Edit });
        var random = new Random(5);
        var outcomes = new Dictionary<JobState, int>();

        for (var round = 0; round < 40; round++)
        {
            var asked = new JsonObject { ["seed"] = 1 + round };
            var first = (await host.Requests.Ask(ana, run.Id, "brief", asked.DeepClone().AsObject()))!;
            // Of every four: once while it waits, else around its end.
            if (round % 4 != 0) await host.JobUntil(first.JobId!.Value, job => job.State != JobState.Queued);
            await Task.Delay(random.Next(120));
            var stops = await Task.WhenAll(host.Commands.Cancel(ana, first.JobId!.Value), Task.Run(() => host.Commands.Cancel(ben, first.JobId.Value)));
            var second = (await host.Requests.Ask(ben, run.Id, "brief", asked))!;

            var ended = await host.JobUntil(first.JobId.Value, job => job.EndedAt is not null);
            // Told "it is being stopped" means stopped; told "there is nothing to stop" means done.
            Assert.Equal(stops.Any(stopped => stopped) ? JobState.Cancelled : JobState.Done, ended.State);
            Assert.Equal(ended.State == JobState.Cancelled, second.IsNew);
            if (second.IsNew) Assert.Equal(JobState.Done, (await host.JobUntil(second.JobId!.Value, job => job.EndedAt is not null)).State);
            await using var db = Database.CreateDbContext();
            var analysis = await db.Analyses.Include(a => a.Values).SingleAsync(a => a.Id == first.AnalysisId);
            Assert.Equal(ended.State.ToString(), analysis.State.ToString());
            Assert.Equal(ended.State == JobState.Done, analysis.Values.Count > 0 && analysis.ReportSha256 is not null);
            outcomes[ended.State] = outcomes.GetValueOrDefault(ended.State) + 1;
        }

        Assert.Equal([JobState.Done, JobState.Cancelled], outcomes.Keys.Order());
        await JobHost.Until(async db => (await db.StoredFiles.CountAsync(), Stored()), count => count.Item1 == count.Item2, Database);
    }

    [Fact]
    public async Task An_analysis_asked_for_again_while_it_is_being_stopped_is_computed_anew()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();
        var first = (await host.Requests.Ask(viewer, run.Id, "slow", []))!;
        await host.JobUntil(first.JobId!.Value, job => job.State == JobState.Running);

        Assert.True(await host.Commands.Cancel(viewer, first.JobId.Value));
        var second = (await host.Requests.Ask(viewer, run.Id, "slow", []))!;
        analyses.LetGo.Set();

        Assert.True(second.IsNew);
        Assert.Equal(JobState.Cancelled, (await host.JobUntil(first.JobId.Value, job => job.EndedAt is not null)).State);
        Assert.Equal(JobState.Done, (await host.JobUntil(second.JobId!.Value, job => job.EndedAt is not null)).State);
    }

    [Fact]
    public async Task A_fault_of_a_job_that_is_being_stopped_ends_it_as_stopped()
    {
        var analyses = new TestAnalyses { Faults = 100 };
        await using var host = await JobHost.Start(Database, analyses.All, run: false);
        var (viewer, run) = await host.ReadRun();
        var answer = (await host.Requests.Ask(viewer, run.Id, "faulty", []))!;
        // In the middle of the work: asked before, it would be stopped before it fails.
        analyses.Meanwhile = () =>
        {
            using var db = Database.CreateDbContext();
            db.Jobs.ExecuteUpdate(set => set.SetProperty(job => job.CancelRequested, true));
        };

        await host.Get<PqdPortal.Jobs.JobRunner>().Run(answer.JobId!.Value, CancellationToken.None);

        Assert.Equal(JobState.Cancelled, (await host.JobUntil(answer.JobId.Value, _ => true)).State);
    }

    [Fact]
    public async Task A_reading_is_stopped_and_begun_again_as_often_as_somebody_likes_and_leaves_one_quick_check()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, parallel: 4);
        var (viewer, project) = await JobHost.Owner(Database);
        using var file = new MemoryStream(JobHost.Ptu(20_000));
        var run = (await host.Desk.Bring(viewer, new PqdPortal.Jobs.NewUpload("dot.ptu", file.Length) { Project = project }, file)).Run!.Value;
        var random = new Random(6);
        for (var round = 0; round < 15; round++)
        {
            await Task.Delay(random.Next(40));
            await using var db = Database.CreateDbContext();
            foreach (var job in await db.Jobs.Where(job => job.RunId == run && job.Kind == JobKind.ReadUpload && job.EndedAt == null).Select(job => job.Id).ToListAsync())
                await host.Commands.Cancel(viewer, job);
            try
            {
                await host.Commands.ReadAgain(viewer, run);
            }
            catch (PqdPortal.Analysis.RequestException)
            {
                // It is being read, or just being stopped, or has been read.
            }
        }

        await JobHost.Until(db => db.Jobs.CountAsync(job => job.EndedAt == null), open => open == 0, Database);
        try { await host.Commands.ReadAgain(viewer, run); } catch (PqdPortal.Analysis.RequestException) { }
        await JobHost.Until(db => db.Runs.Where(r => r.Id == run).Select(r => r.Reading).SingleAsync(), reading => reading == ReadingState.Read, Database);
        await JobHost.Until(db => db.Analyses.CountAsync(a => a.RunId == run && a.Kind == "quick" && a.State == AnalysisState.Done), quick => quick == 1, Database);
        await using var after = Database.CreateDbContext();
        Assert.Equal(1, await after.Analyses.CountAsync(a => a.RunId == run));
    }

    [Fact]
    public async Task A_file_that_waits_to_be_read_is_not_queued_a_second_time()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        await using var db = Database.CreateDbContext();
        await db.RunFiles.ExecuteUpdateAsync(set => set.SetProperty(file => file.Summary, (string?)null));
        await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(r => r.Reading, ReadingState.Failed));

        Assert.NotNull(await host.Commands.ReadAgain(viewer, run.Id));
        var told = await Assert.ThrowsAsync<PqdPortal.Analysis.RequestException>(() => host.Commands.ReadAgain(viewer, run.Id));

        Assert.Contains("is being read already", told.Message);
        Assert.Equal(1, await db.Jobs.CountAsync());
    }

    int Stored() => Directory.EnumerateFiles(Path.Combine(Database.Folder.Path, "files"), "*", SearchOption.AllDirectories).Count(path => Path.GetFileName(path).Length == 64);
}
