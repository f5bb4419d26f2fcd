using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using Xunit.Abstractions;

namespace PqdPortal.Survival.Tests;

/// <summary>What the tests share that kill with -9 while files arrive, are read and analysed.</summary>
public abstract class KillTests : IAsyncLifetime
{
    /// <summary>From when the restarted programs say that they are ready, on a machine that has time for them.</summary>
    protected static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    /// <summary>On a machine so busy that the programs need longer than five seconds to start, the minute is longer in proportion.</summary>
    protected static TimeSpan MinuteAfter(TimeSpan start) => Minute * Math.Max(1, start.TotalSeconds / 5);

    protected Laboratory Lab { get; } = new();

    public Task InitializeAsync() => Lab.InitializeAsync();

    public Task DisposeAsync() => Lab.DisposeAsync();

    /// <summary>A person's work: a file of its own is uploaded and, once it is read, correlated.</summary>
    protected async Task Work(int number, int photons)
    {
        var run = await Lab.Upload(Laboratory.Ptu(photons, number), $"dot {number}.ptu");
        await Lab.Until($"dot {number} is read", TimeSpan.FromMinutes(2), db => db.Runs.Where(r => r.Id == run).Select(r => r.Reading).SingleAsync(), reading => reading == ReadingState.Read);
        await Lab.Ask(run, []);
    }

    protected async Task Questions(Guid run, int round)
    {
        for (var question = 0; question < 2; question++) await Lab.Ask(run, new JsonObject { ["seed"] = 10 * round + question, ["bin_ps"] = 200, ["range_ns"] = 1000 });
    }

    protected async Task Tidy(string when, params PortalProcess[] processes)
    {
        // Sweepers come by within a beat or two of the last job's end.
        List<string> wrong = [];
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(20); await Task.Delay(100))
            if ((wrong = await Lab.Untidy()).Count == 0) break;
        Assert.True(wrong.Count == 0, $"{when}: {string.Join("; ", wrong)}\n{string.Join('\n', processes.Select(process => process.Log))}");
        await using var db = Lab.CreateDbContext();
        var badly = await db.Jobs.Where(job => job.State != JobState.Done).Select(job => job.Title + ": " + job.State + " " + job.Message).ToListAsync();
        Assert.True(badly.Count == 0, $"{when}: {string.Join("; ", badly)}");
        foreach (var twice in processes.SelectMany(process => process.Log.Split('\n'))
            .Where(line => line.Contains("ended: Done")).GroupBy(line => line[line.IndexOf("Job ", StringComparison.Ordinal)..]).Where(same => same.Count() > 1))
            Assert.Fail($"{when}: ended more than once: {twice.Key}");
    }

    /// <summary>Every file that was sent is one run, read and correlated once.</summary>
    protected async Task Complete(int files)
    {
        await using var db = Lab.CreateDbContext();
        Assert.Equal(files, await db.Runs.CountAsync());
        Assert.Equal(files, await db.Analyses.CountAsync(a => a.Kind == "quick" && a.State == AnalysisState.Done));
        Assert.Equal(files, await db.Uploads.CountAsync(upload => upload.State == UploadState.Complete));
        Assert.Equal(files, await db.Jobs.CountAsync(job => job.Kind == JobKind.ReadUpload));
    }
}

/// <summary>
/// kill -9 at random moments, which with <see cref="KillAtPlacesTests"/> makes fifty: after each restart every job ends exactly once within
/// a minute, and nothing is orphaned, half or double. With PQD_LONG=1 ten times as many, with PQD_KILLS that many.
/// </summary>
public sealed class KillAtRandomTests(ITestOutputHelper output) : KillTests
{
    static readonly bool IsLong = Environment.GetEnvironmentVariable("PQD_LONG") == "1";

    [Fact]
    public async Task Killed_at_random_moments_portal_and_worker_end_every_job_once()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("PQD_KILLS"), out var wanted) ? wanted : IsLong ? 320 : 50 - KillAtPlacesTests.Places.Count;
        await using var portal = new PortalProcess("PqdPortal.Web", Lab.Settings(("Portal__Jobs__RunHere", "false")));
        await using var worker = new PortalProcess("PqdPortal.Worker", Lab.Settings());
        Lab.Address = portal.Address;
        await Task.WhenAll(portal.Start(), worker.Start());
        var large = await Lab.Upload(Laboratory.Ptu(400_000, seed: 1000), "large.ptu");
        await Lab.AllEnded(3 * Minute);
        var random = new Random(3);
        var hits = new SortedDictionary<string, int>();

        for (var kill = 0; kill < kills; kill++)
        {
            var work = Task.WhenAll(Work(kill, 60_000), Questions(large, kill));
            await Task.Delay(random.Next(IsLong ? 3000 : 1500));
            PortalProcess[] victims = random.Next(4) switch { 0 => [portal], 1 => [portal, worker], _ => [worker] };
            await Task.WhenAll(victims.Select(victim => victim.Kill()));
            foreach (var stage in await Stages()) hits[stage] = hits.GetValueOrDefault(stage) + 1;

            var starting = Stopwatch.StartNew();
            await Task.WhenAll(victims.Select(victim => victim.Start()));
            var minute = MinuteAfter(starting.Elapsed);
            var restarted = Stopwatch.StartNew();
            await work.WaitAsync(minute);
            var asked = restarted.Elapsed;
            await Lab.AllEnded(minute - restarted.Elapsed, () => portal.Log + worker.Log);
            var ended = restarted.Elapsed;
            await Tidy($"kill {kill} with seed 3", portal, worker);
            output.WriteLine($"{(starting.Elapsed - restarted.Elapsed).TotalSeconds,5:0.0} s to start {victims.Length}, {asked.TotalSeconds,5:0.0} s until all was asked, {ended.TotalSeconds,5:0.0} s until all had ended, {restarted.Elapsed.TotalSeconds,5:0.0} s until all was tidy");
        }

        foreach (var (stage, count) in hits) output.WriteLine($"{count,4}  {stage}");
        await Complete(kills + 1);
        // A moment that hits nothing proves nothing.
        Assert.True(hits.Where(hit => hit.Key.StartsWith("running")).Sum(hit => hit.Value) >= kills / 2, string.Join(", ", hits));
    }

    /// <summary>What was under way when the processes were gone.</summary>
    async Task<IEnumerable<string>> Stages()
    {
        await using var db = Lab.CreateDbContext();
        var jobs = await db.Jobs.AsNoTracking().Where(job => job.EndedAt == null).Select(job => new { job.State, job.Kind, job.Pending, job.Stage, Analysis = job.Analysis!.Kind }).ToListAsync();
        var uploads = await db.Uploads.AsNoTracking().Where(upload => upload.State == UploadState.Receiving).Select(upload => upload.Offset == upload.Length ? "upload: whole, not yet a run" : "upload: receiving").ToListAsync();
        var stages = jobs.Select(job => $"{job.State.ToString().ToLowerInvariant()}: {job.Analysis ?? "reading"}"
            + (job.State != JobState.Running ? "" : job.Pending is not null ? ", report on its way" : job.Stage is null ? ", just taken" : ", computing")).Concat(uploads).Distinct().ToList();
        return stages.Count == 0 ? ["nothing under way"] : stages;
    }
}

/// <summary>kill -9 between every two steps. With PQD_PLACE=n it begins at the n-th place.</summary>
public sealed class KillAtPlacesTests(ITestOutputHelper output) : KillTests
{
    /// <summary>Every place between two steps at which a power cut would part what belongs together: name, event, command.</summary>
    public static IReadOnlyList<(string Place, string At)> Places { get; } =
    [
        ("a piece is on the disk, its offset not confirmed", "1|Executing|UPDATE \"Uploads\""),
        ("a piece is confirmed, the sender not told", "1|Committed|UPDATE \"Uploads\""),
        ("the file is whole and confirmed, nothing stored", "2|Committed|UPDATE \"Uploads\""),
        ("the file is stored, nothing recorded", "1|Executing|FROM \"StoredFiles\""),
        ("the run is written, not committed", "1|Committing|INSERT INTO \"Runs\""),
        ("the run is committed, the staged bytes are still there", "1|Committed|INSERT INTO \"Runs\""),
        ("a reading is taken, not committed", "1|Committing|\"Attempt\" + 1"),
        ("a reading is taken, not begun", "1|Committed|\"Attempt\" + 1"),
        ("a file is read, nothing written", "1|Executing|\"EndedAt\" ="),
        ("a summary is written, not committed", "1|Committing|UPDATE \"RunFiles\""),
        ("a summary is committed, the queue not told", "1|Committed|UPDATE \"RunFiles\""),
        ("a report is announced, not stored", "1|Committed|SET \"Pending\" = "),
        ("a report is stored, its end not begun", "3|Executing|\"EndedAt\" ="),
        ("a report is recorded, its values not", "1|Executing|INSERT INTO \"AnalysisValues\""),
        ("values are written, not committed", "1|Committing|INSERT INTO \"AnalysisValues\""),
        ("a result is committed, the queue not told", "1|Committed|INSERT INTO \"AnalysisValues\""),
        ("an analysis is asked for, not committed", "2|Committing|INSERT INTO \"Analyses\""),
        ("an analysis is asked for, the person not told", "2|Committed|INSERT INTO \"Analyses\""),
    ];

    [Fact]
    public async Task Killed_at_every_place_between_two_steps_the_portal_finishes_what_it_had_begun()
    {
        var file = Path.Combine(Lab.Folder.Path, "place");
        await using var portal = new PortalProcess("PqdPortal.Web", Lab.Settings(("DOTNET_STARTUP_HOOKS", Laboratory.HookPath), ("PQD_TEST_END", file)));
        Lab.Address = portal.Address;
        await portal.Start();
        var first = int.TryParse(Environment.GetEnvironmentVariable("PQD_PLACE"), out var asked) ? asked : 0;
        foreach (var (number, (place, at)) in Places.Index().Skip(first))
        {
            await File.WriteAllTextAsync(file + ".new", at);
            File.Move(file + ".new", file);
            var work = Work(number, 30_000);
            using (var late = new CancellationTokenSource(3 * Minute))
                while (portal.Runs && !late.IsCancellationRequested) await Task.Delay(20);
            Assert.False(portal.Runs, $"The place was not come by: {place}");
            Assert.Equal(128 + 9, portal.ExitCode);

            File.Delete(file);
            var starting = Stopwatch.StartNew();
            await portal.Start();
            var minute = MinuteAfter(starting.Elapsed);
            var restarted = Stopwatch.StartNew();
            await work.WaitAsync(minute);
            await Lab.AllEnded(minute - restarted.Elapsed, () => portal.Log);
            await Tidy(place, portal);
            output.WriteLine($"{(starting.Elapsed - restarted.Elapsed).TotalSeconds,5:0.0} s to start, {restarted.Elapsed.TotalSeconds,5:0.0} s to the end: {place}");
        }
        await Complete(Places.Count - first);
    }
}

/// <summary>kill -9 of a portal as it comes, without the short times of the other tests.</summary>
[Collection(OneAtATime.Name)]
public sealed class KillByDefaultTests(ITestOutputHelper output) : KillTests
{
    [Fact]
    public async Task With_the_default_options_the_jobs_of_a_killed_portal_end_within_a_minute_of_its_restart()
    {
        var settings = Lab.Settings();
        foreach (var key in settings.Keys.Where(key => key.StartsWith("Portal__Jobs")).ToList()) settings.Remove(key);
        await using var portal = new PortalProcess("PqdPortal.Web", settings);
        Lab.Address = portal.Address;
        await portal.Start();
        var run = await Lab.Upload(Laboratory.Ptu(2_000_000, seed: 2000), "large.ptu");
        await Lab.AllEnded(3 * Minute);
        var work = Questions(run, 0);
        await Lab.Until("A job runs", Minute, db => db.Jobs.CountAsync(job => job.State == JobState.Running), running => running > 0);
        await portal.Kill();

        var starting = Stopwatch.StartNew();
        await portal.Start();
        var minute = MinuteAfter(starting.Elapsed);
        var restarted = Stopwatch.StartNew();
        await work.WaitAsync(minute);
        await Lab.AllEnded(minute - restarted.Elapsed, () => portal.Log);

        output.WriteLine($"{restarted.Elapsed.TotalSeconds:0.0} s");
        await Tidy("default options", portal);
    }
}
