using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;

namespace PqdPortal.Survival.Tests;

/// <summary>Workers as processes of their own: two share the work, one that is halted does no harm, one that a file ends does not take the queue with it.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    const int Stop = 19, Continue = 18;

    readonly Laboratory _lab = new();
    PortalProcess _portal = null!;

    public async Task InitializeAsync()
    {
        await _lab.InitializeAsync();
        _portal = new PortalProcess("PqdPortal.Web", _lab.Settings(("Portal__Jobs__RunHere", "false")));
        _lab.Address = _portal.Address;
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task Two_workers_share_the_work_and_when_one_is_killed_the_other_does_the_rest()
    {
        await using var first = new PortalProcess("PqdPortal.Worker", _lab.Settings(("Portal__Jobs__Analyses", "1")));
        await using var second = new PortalProcess("PqdPortal.Worker", _lab.Settings(("Portal__Jobs__Analyses", "1")));
        await Task.WhenAll(_portal.Start(), first.Start(), second.Start());
        var run = await Read("shared.ptu", 1_000_000);
        for (var question = 0; question < 10; question++) await Ask(run, question);

        await _lab.Until("Both have done some", Patience, Workers, workers => workers.Count == 2, () => first.Log + second.Log);
        await second.Kill();
        await _lab.AllEnded(Patience, () => first.Log);

        await using var db = _lab.CreateDbContext();
        Assert.Equal(10, await db.Analyses.CountAsync(a => a.Kind == "g2.cw" && a.State == AnalysisState.Done));
        Assert.Empty(await Untidy());
    }

    [Fact]
    public async Task A_worker_that_was_halted_and_wakes_up_again_writes_nothing_over_the_others_result()
    {
        await using var sleeper = new PortalProcess("PqdPortal.Worker", _lab.Settings());
        await using var other = new PortalProcess("PqdPortal.Worker", _lab.Settings());
        await Task.WhenAll(_portal.Start(), sleeper.Start());
        var run = await Read("halted.ptu", 1_000_000);
        await Ask(run, 1);
        var taken = await _lab.Until("It runs", Patience, Newest, job => job.State == JobState.Running, () => sleeper.Log);
        PortalProcess.Signal(sleeper.ProcessId, Stop);
        try
        {
            await other.Start();
            var done = await _lab.Until("The other has done it", Patience, Newest, job => job.EndedAt is not null, () => other.Log);
            Assert.Equal((JobState.Done, taken.Attempt + 1, 1), (done.State, done.Attempt, done.Lost));
            Assert.Contains($"({other.ProcessId})", done.Worker);

            PortalProcess.Signal(sleeper.ProcessId, Continue);
            await _lab.Until("The sleeper lets go", Patience, _ => Task.FromResult(sleeper.Log.Contains("lets go")), letsGo => letsGo, () => sleeper.Log);

            var after = await _lab.Until("", Patience, Newest, _ => true);
            Assert.Equal((done.State, done.Attempt, done.EndedAt, done.Worker), (after.State, after.Attempt, after.EndedAt, after.Worker));
            Assert.Empty(await Untidy());
        }
        finally
        {
            PortalProcess.Signal(sleeper.ProcessId, Continue);
        }
    }

    [Fact]
    public async Task A_file_that_ends_its_worker_is_put_aside_after_three_times_and_the_queue_goes_on()
    {
        var poison = Path.Combine(_lab.Folder.Path, "poison");
        await using var worker = new PortalProcess("PqdPortal.Worker", _lab.Settings(("DOTNET_STARTUP_HOOKS", Laboratory.HookPath), ("PQD_TEST_POISON", poison), ("DOTNET_DbgEnableMiniDump", "0")));
        await Task.WhenAll(_portal.Start(), worker.Start());
        var good = await Read("good.ptu", 1_000_000);
        await worker.Kill();
        var bad = await _lab.Upload(Laboratory.Ptu(5_000, 99), "poison.ptu");
        await File.WriteAllTextAsync(poison, bad.ToString());
        for (var question = 0; question < 4; question++) await Ask(good, question);

        // As whatever looks after the service starts it again and again.
        var ends = 0;
        worker.Begin();
        var job = await _lab.Until("The file is put aside", Patience, async db =>
        {
            if (!worker.Runs)
            {
                ends++;
                worker.Begin();
            }
            return await db.Jobs.AsNoTracking().SingleAsync(job => job.RunId == bad);
        }, job => job.EndedAt is not null, () => worker.Log);
        await _lab.AllEnded(Patience, () => worker.Log);

        Assert.Equal((JobState.Failed, 3, 3), (job.State, job.Attempt, ends));
        Assert.StartsWith("\"poison.ptu\" was put aside after 3 attempts", job.Message);
        Assert.Contains(job.Reference!, worker.Log + _portal.Log);
        await using var db = _lab.CreateDbContext();
        var run = await db.Runs.AsNoTracking().SingleAsync(r => r.Id == bad);
        Assert.Equal((ReadingState.Failed, job.Message), (run.Reading, run.ReadingMessage));
        Assert.Equal(4, await db.Analyses.CountAsync(a => a.RunId == good && a.Kind == "g2.cw" && a.State == AnalysisState.Done));
    }

    async Task<Guid> Read(string name, int photons)
    {
        var run = await _lab.Upload(Laboratory.Ptu(photons, 7), name);
        await _lab.AllEnded(Patience);
        return run;
    }

    Task<Client.Records.AnalysisAnswered> Ask(Guid run, int question) => _lab.Ask(run, new JsonObject { ["seed"] = question, ["bin_ps"] = 100, ["range_ns"] = 1000 });

    static Task<List<string?>> Workers(Data.PortalDb db) => db.Jobs.Where(job => job.State == JobState.Done && job.Analysis!.Kind == "g2.cw").Select(job => job.Worker).Distinct().ToListAsync();

    static Task<Job> Newest(Data.PortalDb db) => db.Jobs.AsNoTracking().Where(job => job.Analysis!.Kind == "g2.cw").OrderByDescending(job => job.QueuedAt).FirstAsync();

    async Task<List<string>> Untidy() => await _lab.Until("Tidy", TimeSpan.FromSeconds(30), _ => _lab.Untidy(), wrong => wrong.Count == 0);
}
