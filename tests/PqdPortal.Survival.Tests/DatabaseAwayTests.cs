using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Runs;
using PqdPortal.Portal.Tests;
using Xunit.Abstractions;

namespace PqdPortal.Survival.Tests;

/// <summary>
/// PostgreSQL is killed while uploads arrive, files are read, analyses run and people ask: the portal says that it waits, and goes on
/// by itself, in the same process, with every job ended once.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class DatabaseAwayTests(ITestOutputHelper output)
{
    const int Files = 4;
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_private_server_killed_under_load_is_started_again_by_the_portal()
    {
        PortalProcess? portal = null;
        Laboratory? own = null;
        var lab = own = new Laboratory
        {
            Elsewhere = async () =>
            {
                portal = new("PqdPortal.Web", new Dictionary<string, string?> { ["Portal__DataFolder"] = own!.Folder.Path, ["Portal__Jobs__CheckInSeconds"] = "1", ["Portal__Jobs__RetrySeconds"] = "0.5" });
                await portal.Start();
                return new EmbeddedPostgres(own.Folder, PortalProcess.Root).ConnectionString(DatabaseOptions.PrivateName);
            },
        };
        try
        {
            await lab.InitializeAsync();
            lab.Address = portal!.Address;
            var folder = lab.Folder;
            await UnderLoad(lab, portal, async watch =>
            {
                // A process of a connection: PostgreSQL starts itself again, and the portal only waits.
                await watch.SomethingRuns();
                var server = ServerProcess(folder);
                PortalProcess.Signal(await Connection(lab), 9);
                await watch.Recovery("a connection's process was killed");
                Assert.Equal(server, ServerProcess(folder));

                // The server itself, and for a while it cannot be started: the portal says so and keeps trying.
                await watch.SomethingRuns();
                var version = Path.Combine(folder.Path, "postgres", "PG_VERSION");
                File.Move(version, version + ".away");
                PortalProcess.Signal(server, 9);
                await watch.SaysThatItWaits();
                File.Move(version + ".away", version);
                await watch.Recovery("the server was killed and could not be started for a while");
                Assert.NotEqual(server, server = ServerProcess(folder));

                PortalProcess.Signal(server, 9);
                await Until(() => ServerProcess(folder) is var now && now != server && now != 0, "The portal starts its server again");
                await watch.Recovery("the server was killed");
            });
            Assert.Contains("ended by itself. The portal waits for it and starts it again", portal.Log);
            Assert.Equal(0, await portal.Stop());
            Assert.False(File.Exists(Path.Combine(folder.Path, "postgres", "postmaster.pid")), "A portal that stops started its server again.");
        }
        finally
        {
            if (portal is not null) await portal.DisposeAsync();
            await lab.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_of_somebody_elses_that_stops_at_once_is_waited_for()
    {
        var server = await TestServer.Get();
        var lab = new Laboratory();
        await lab.InitializeAsync();
        await using (var db = lab.CreateDbContext())
        {
            // The tests' server forgets its last moments when it is stopped at once; what it has confirmed here has to be there afterwards.
            var durable = $"ALTER DATABASE \"{db.Database.GetDbConnection().Database}\" SET synchronous_commit = on";
            await db.Database.ExecuteSqlRawAsync(durable);
        }
        await using var portal = new PortalProcess("PqdPortal.Web", lab.Settings());
        await portal.Start();
        lab.Address = portal.Address;
        try
        {
            await UnderLoad(lab, portal, async watch =>
            {
                await watch.SomethingRuns();
                // As pg_ctl stop -m immediate does.
                PortalProcess.Signal(ServerProcess(server.Cluster), 3);
                await Until(() => !server.Lives, "The server has stopped");
                await watch.SaysThatItWaits();
                await server.Revive();
                await watch.Recovery("the server was stopped at once and started again");
            });
        }
        finally
        {
            await server.Revive();
            NpgsqlConnection.ClearAllPools();
            await portal.DisposeAsync();
            await lab.DisposeAsync();
        }
    }

    /// <summary>Uploads, readings, analyses and requests go on while something befalls the database; then everything is whole and nothing was done twice.</summary>
    async Task UnderLoad(Laboratory lab, PortalProcess portal, Func<Watch, Task> befalls)
    {
        var process = portal.ProcessId;
        await using var watch = new Watch(lab, portal, output);
        var work = Enumerable.Range(0, Files).Select(number => Task.Run(() => Work(lab, number))).ToList();

        await befalls(watch);
        await Task.WhenAll(work).WaitAsync(Patience);
        await Calmly(() => lab.AllEnded(Patience, () => portal.Log));
        watch.AnswersWereGoodOrSaidThatItWaits();

        Assert.True(portal.Runs && portal.ProcessId == process, portal.Log);
        List<string> wrong = [];
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(200))
            if ((wrong = await lab.Untidy()).Count == 0) break;
        Assert.True(wrong.Count == 0, $"{string.Join("; ", wrong)}\n{portal.Log}");
        await using var db = lab.CreateDbContext();
        Assert.Equal(Files, await db.Runs.CountAsync(run => run.Reading == ReadingState.Read));
        Assert.Equal(Files, await db.Analyses.CountAsync(a => a.Kind == "quick" && a.State == AnalysisState.Done));
        Assert.Equal(Files, await db.Analyses.CountAsync(a => a.Kind == "g2.cw" && a.State == AnalysisState.Done));
        Assert.Equal(3 * Files, await db.Jobs.CountAsync(job => job.State == JobState.Done));
        Assert.Equal(3 * Files, await db.Jobs.CountAsync());
    }

    static async Task Work(Laboratory lab, int number)
    {
        var run = await lab.Upload(Laboratory.Ptu(20_000, number), $"dot {number}.ptu");
        await Calmly(() => lab.Until($"dot {number} is read", Patience, db => db.Runs.Where(r => r.Id == run).Select(r => r.Reading).SingleAsync(), reading => reading == ReadingState.Read));
        await lab.Ask(run, []);
    }

    /// <summary>The test's own questions meet the same server.</summary>
    static async Task Calmly(Func<Task> ask)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(200))
            try
            {
                await ask();
                return;
            }
            catch (Exception away) when (DatabaseTrouble.IsAway(away) && waited.Elapsed < Patience)
            {
                // It will be back.
            }
    }

    static async Task Until(Func<bool> isSo, string what)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(20))
            if (waited.Elapsed > Patience) throw new TimeoutException($"{what}: not within {Patience}.");
    }

    static int ServerProcess(DataFolder folder) => ServerProcess(Path.Combine(folder.Path, "postgres"));

    /// <summary>The process that the server's note names; 0 where there is none at this moment.</summary>
    static int ServerProcess(string cluster)
    {
        try
        {
            return int.TryParse(File.ReadLines(Path.Combine(cluster, "postmaster.pid")).FirstOrDefault(), out var process) ? process : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The process of the test's own connection to the server.</summary>
    static async Task<int> Connection(Laboratory lab)
    {
        await using var db = lab.CreateDbContext();
        return await db.Database.SqlQuery<int>($"SELECT pg_backend_pid() AS \"Value\"").SingleAsync();
    }

    /// <summary>Somebody who asks all the time, as a page, as a program and as a proxy does, and remembers what was answered.</summary>
    sealed class Watch : IAsyncDisposable
    {
        readonly Laboratory _lab;
        readonly PortalProcess _portal;
        readonly ITestOutputHelper _output;
        readonly HttpClient _http;
        readonly CancellationTokenSource _over = new();
        readonly ConcurrentQueue<string> _wrong = new();
        readonly ConcurrentDictionary<HttpStatusCode, int> _answers = new();
        readonly Task _asking;

        public Watch(Laboratory lab, PortalProcess portal, ITestOutputHelper output)
        {
            (_lab, _portal, _output) = (lab, portal, output);
            _http = new() { BaseAddress = new(portal.Address), Timeout = TimeSpan.FromSeconds(60) };
            _http.DefaultRequestHeaders.Authorization = new("Bearer", "pqd_laboratory");
            _asking = Task.Run(Ask);
        }

        async Task Ask()
        {
            while (!_over.IsCancellationRequested)
            {
                using var answer = await _http.GetAsync("/api/v1/runs");
                _answers.AddOrUpdate(answer.StatusCode, 1, (_, times) => times + 1);
                var text = await answer.Content.ReadAsStringAsync();
                var isGood = answer.StatusCode == HttpStatusCode.OK
                    || (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null
                        && answer.Content.Headers.ContentType?.MediaType == "application/problem+json" && text.Contains(DatabaseTrouble.Title));
                if (!isGood) _wrong.Enqueue($"{answer.StatusCode} {answer.Content.Headers.ContentType} {text}");
                await Task.Delay(50);
            }
        }

        /// <summary>Waits until the portal has a job at work.</summary>
        public Task SomethingRuns() =>
            Calmly(() => _lab.Until("A job runs or all have ended", Patience, db => db.Jobs.GroupBy(job => 1).Select(all => new { Open = all.Count(job => job.EndedAt == null), Running = all.Count(job => job.State == JobState.Running) }).SingleOrDefaultAsync(),
                jobs => jobs is { Running: > 0 } or { Open: 0 }));

        /// <summary>Programs, pages and whoever asks after the portal's health are told, each in its own manner.</summary>
        public async Task SaysThatItWaits()
        {
            await Until(() => Status("/health/ready").Result == HttpStatusCode.ServiceUnavailable, "The portal says that it is not ready");
            Assert.Equal(HttpStatusCode.OK, await Status("/health/live"));

            using var asked = new HttpRequestMessage(HttpMethod.Get, "/sign-in") { Headers = { Accept = { new("text/html") } } };
            using var page = await _http.SendAsync(asked);
            var text = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());
            Assert.True(page.StatusCode == HttpStatusCode.ServiceUnavailable, $"{page.StatusCode} {text}");
            Assert.NotNull(page.Headers.RetryAfter);
            Assert.Contains($"<h1>{DatabaseTrouble.Title}</h1>", text);
            Assert.Contains("Nothing that was saved is lost", text);
            Assert.Contains("<body data-waits>", text);
            using var style = await _http.GetAsync("/portal.css");
            Assert.Equal(HttpStatusCode.OK, style.StatusCode);
        }

        public async Task Recovery(string after)
        {
            var waited = Stopwatch.StartNew();
            await Until(() => Status("/health/ready").Result == HttpStatusCode.OK && Status("/api/v1/runs").Result == HttpStatusCode.OK, $"The portal is ready after {after}\n{_portal.Log}");
            _output.WriteLine($"Ready {waited.Elapsed.TotalSeconds:0.0} s after {after}");
        }

        public void AnswersWereGoodOrSaidThatItWaits()
        {
            _output.WriteLine(string.Join(", ", _answers.Select(answer => $"{answer.Value} x {(int)answer.Key}")));
            Assert.True(_wrong.IsEmpty, string.Join('\n', _wrong.Take(5)));
            Assert.True(_answers.ContainsKey(HttpStatusCode.ServiceUnavailable), "Nobody noticed that the database was away.");
        }

        async Task<HttpStatusCode> Status(string address)
        {
            using var answer = await _http.GetAsync(address);
            return answer.StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _asking;
            _http.Dispose();
        }
    }
}
