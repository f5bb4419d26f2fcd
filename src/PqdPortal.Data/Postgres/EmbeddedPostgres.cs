using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PqdPortal.Data.Postgres;

/// <summary>
/// The portal's private PostgreSQL: made, started and stopped by the portal itself, inside its data folder, on a Unix socket that
/// nobody else may enter (loopback TCP on Windows), with a random password kept beside it.
/// </summary>
/// <remarks>
/// The binaries are those of npm's embedded-postgres packages. PostgreSQL refuses to run as root; a portal run by root starts it as
/// the user nobody, who owns the database's folder and no more. The server is started in a session of its own (pg_ctl does that),
/// so that Ctrl-C in a terminal reaches the portal alone, which then stops the server last.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The major version whose data folders this portal can open.</summary>
    public const string Major = "18";

    const string User = "portal";
    const string Nobody = "nobody";

    /// <summary>Longest path of a Unix socket [bytes], without the closing zero: sun_path has 108 on Linux and 104 on macOS.</summary>
    static readonly int LongestSocketPath = OperatingSystem.IsMacOS() ? 103 : 107;

    readonly DataFolder _folder;
    readonly string? _configuredBinaries;
    readonly string _contentRoot;
    readonly string _settings;
    readonly string _password;
    readonly int _port;
    readonly SemaphoreSlim _turn = new(1);

    FileStream? _lock;
    string? _binaries;
    bool _runs;

    /// <summary>Prepares names and password; starts nothing.</summary>
    /// <param name="folder">The portal's data folder.</param>
    /// <param name="contentRoot">From here upwards node_modules is looked for, then from the program's own folder upwards.</param>
    /// <param name="binaries">Folder with bin/postgres, where it is not to be looked for.</param>
    /// <param name="settings">Further lines of PostgreSQL's configuration.</param>
    public EmbeddedPostgres(DataFolder folder, string contentRoot, string? binaries = null, string settings = "")
    {
        _folder = folder;
        _contentRoot = contentRoot;
        _configuredBinaries = binaries;
        _settings = settings;
        _password = KeptSecret(Path.Combine(folder.Path, "postgres-password"));
        SocketFolder = ShortSocketFolder(folder.Path);
        _port = OperatingSystem.IsWindows() ? KeptPort(Path.Combine(folder.Path, "postgres-port")) : 5432;
    }

    /// <summary>Where the socket lies; only the portal's and the server's own user may enter.</summary>
    public string SocketFolder { get; }

    /// <summary>PostgreSQL's own folder.</summary>
    public string Cluster => Path.Combine(_folder.Path, "postgres");

    string LogFile => Path.Combine(Cluster, "server.log");

    /// <summary>
    /// As whom the server runs where root starts it: as the one to whom the database belongs already, such as the portal's own user
    /// whose portal root backs up; else as nobody.
    /// </summary>
    string Servant => Owner is { User: not 0 } owner
        ? Posix.UserName(owner.User) ?? throw new PortalStartException($"The database in {Cluster} belongs to the user {owner.User}, which this machine does not know by name, so root cannot start it. Run the command as that user.")
        : Nobody;

    (uint User, uint Group)? Owner => Posix.OwnerOf(Cluster) ?? Posix.OwnerOf(_folder.Path);

    static bool NeedsServant => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>The way to one of its databases; known before the server runs.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = OperatingSystem.IsWindows() ? "127.0.0.1" : SocketFolder,
        Port = _port,
        Username = User,
        Password = _password,
        Database = database,
        // Several web processes, workers and the scheduler share max_connections = 100.
        MaxPoolSize = 40,
    }.ConnectionString;

    /// <summary>What has to be free on the data folder's disk for a start [bytes]: the server's log of changes, and a new database besides.</summary>
    internal static long SpaceToStart(DataFolder folder) =>
        (File.Exists(Path.Combine(folder.Path, "postgres", "PG_VERSION")) ? 32L : 160L) << 20;

    /// <summary>Whether the server's process lives. One that restarts by itself after losing a connection's process does.</summary>
    public bool Lives => ProcessIn(Path.Combine(Cluster, "postmaster.pid")) is { } process && IsOurServer(process);

    /// <summary>Takes the folder for this process, before anything slow is begun; <see cref="Start"/> does it too.</summary>
    /// <exception cref="PortalStartException">Another portal has it, or it may not be written.</exception>
    public async Task Take(CancellationToken stop = default)
    {
        await _turn.WaitAsync(stop);
        try
        {
            TakeFolder();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Starts the server again where its process ended by itself; does nothing where it lives, or was stopped by us.</summary>
    /// <exception cref="PortalStartException">It does not start.</exception>
    public async Task Revive(CancellationToken stop = default)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (!_runs || Lives) return;
            await StartServerAnew(stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes the folder, makes the database where there is none, starts the server and waits until it answers.</summary>
    /// <exception cref="PortalStartException">The folder is in use, of another version, unreachable, or the server does not start.</exception>
    public async Task Start(CancellationToken stop = default)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (_runs) return;
            TakeFolder();
            try
            {
                RefuseOtherVersions();
                RefuseClosedFolders();
                _binaries = await UsableBinaries(stop);
                if (!File.Exists(Path.Combine(Cluster, "PG_VERSION"))) await MakeCluster(stop);
                await StartServerAnew(stop);
                _runs = true;
            }
            catch
            {
                LeaveFolder();
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Makes a database where it does not exist yet.</summary>
    public async Task MakeDatabase(string name, CancellationToken stop = default)
    {
        await using var connection = new NpgsqlConnection(Unpooled("postgres"));
        await connection.OpenAsync(stop);
        await using var ask = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = name } } };
        if ((long)(await ask.ExecuteScalarAsync(stop))! > 0) return;
        await using var make = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"")}\"", connection);
        await make.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Ends all connections and stops the server; nothing happens where it does not run.</summary>
    public async Task Stop()
    {
        await _turn.WaitAsync();
        try
        {
            if (_runs)
            {
                _runs = false;
                await Run("pg_ctl", ["stop", "-D", Cluster, "-m", "fast", "-w", "-t", "60"], CancellationToken.None);
            }
            LeaveFolder();
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync() => await Stop();

    // --- the folder is ours alone

    /// <summary>Whether a portal, or a command of its administrator, works with the data folder at this moment.</summary>
    public bool IsTaken
    {
        get
        {
            try
            {
                using var look = new FileStream(Path.Combine(_folder.Path, "portal.lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
                return false;
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    void TakeFolder()
    {
        if (_lock is not null) return;
        var holder = Path.Combine(_folder.Path, "portal.pid");
        try
        {
            // On Unix FileShare.None is an flock: it ends with the process, however that ends.
            _lock = new FileStream(Path.Combine(_folder.Path, "portal.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new PortalStartException(
                $"The data folder {_folder.Path} may not be written by this user ({error.Message}). Start the portal as the user it belongs to, or choose another folder with {DataFolder.Key}.", error);
        }
        catch (IOException error) when (!DataFolder.IsDiskFull(error))
        {
            var who = File.Exists(holder) ? $" ({File.ReadAllText(holder).Trim()})" : "";
            throw new PortalStartException(
                $"Another portal already uses the data folder {_folder.Path}{who}. Stop it first, or start this one with another folder: {DataFolder.Key} (environment: Portal__DataFolder).", error);
        }
        File.WriteAllText(holder, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC\n"));
    }

    void LeaveFolder()
    {
        if (_lock is null) return;
        File.Delete(Path.Combine(_folder.Path, "portal.pid"));
        _lock.Dispose();
        _lock = null;
    }

    void RefuseOtherVersions()
    {
        var versionFile = Path.Combine(Cluster, "PG_VERSION");
        if (!File.Exists(versionFile)) return;
        var version = File.ReadAllText(versionFile).Trim();
        if (version != Major)
            throw new PortalStartException(
                $"The database in {Cluster} was made by PostgreSQL {version}; this portal brings PostgreSQL {Major}. It was left untouched. Bring it over with pg_dump of version {version} and a restore into a new data folder, or set ConnectionStrings__Portal to a server of yours.");
    }

    void RefuseClosedFolders()
    {
        if (!NeedsServant) return;
        if (DataFolder.FirstClosed(_folder.Path, Posix.FindUser(Servant)?.User) is { } closed)
            throw new PortalStartException(
                $"The portal runs as root, and PostgreSQL, which never does, runs as the user {Servant}. That user may not enter {closed}, so the data folder {_folder.Path} is out of reach for it. Choose a folder elsewhere with {DataFolder.Key} (environment: Portal__DataFolder), let others pass (chmod o+x {closed}), or start the portal as an ordinary user.");
    }

    // --- binaries

    async Task<string> UsableBinaries(CancellationToken stop)
    {
        var found = FindBinaries();
        var linksAreThere = MakeLinks(found);
        if (linksAreThere && (!NeedsServant || (DataFolder.IsOpenToAll(found) && IsReadableByAll(Path.Combine(found, "bin", "postgres")))))
            return found;

        // Out of the server's reach, or without links and not ours to change: a copy beside the database.
        var copy = Path.Combine(_folder.Path, "postgres-binaries");
        var origin = Path.Combine(copy, "origin.txt");
        var stamp = $"{found}\n{File.GetLastWriteTimeUtc(Path.Combine(found, "bin", Executable("postgres"))):O}\n";
        if (!File.Exists(origin) || await File.ReadAllTextAsync(origin, stop) != stamp)
        {
            if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
            CopyTree(found, Path.Combine(copy, "native"));
            MakeLinks(Path.Combine(copy, "native"));
            await File.WriteAllTextAsync(origin, stamp, stop);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copy, OpenMode);
        }
        return Path.Combine(copy, "native");
    }

    string FindBinaries()
    {
        if (_configuredBinaries is not null)
            return File.Exists(Path.Combine(_configuredBinaries, "bin", Executable("postgres")))
                ? Path.GetFullPath(_configuredBinaries)
                : throw new PortalStartException($"{DatabaseOptions.BinariesKey} names {_configuredBinaries}, and there is no bin/{Executable("postgres")} in it.");

        var package = Path.Combine("node_modules", "@embedded-postgres", PlatformName, "native");
        return DataFolder.Above(_contentRoot).Concat(DataFolder.Above(AppContext.BaseDirectory))
            .Select(folder => Path.Combine(folder, package))
            .FirstOrDefault(native => File.Exists(Path.Combine(native, "bin", Executable("postgres"))))
            ?? throw new PortalStartException(
                $"The private PostgreSQL is not installed: no {package} was found above {_contentRoot} or {AppContext.BaseDirectory}. Run \"npm ci\" beside package-lock.json, name the folder with {DatabaseOptions.BinariesKey}, or set ConnectionStrings__Portal to a server of yours.");
    }

    static string PlatformName =>
        (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + "-" + (RuntimeInformation.OSArchitecture switch { Architecture.Arm64 => "arm64", Architecture.Arm => "arm", _ => "x64" });

    static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    /// <summary>Makes the links that npm packages cannot carry; false where one is missing and cannot be made.</summary>
    static bool MakeLinks(string native)
    {
        var list = Path.Combine(native, "pg-symlinks.json");
        if (!File.Exists(list)) return true;
        using var links = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            // Both are given from the package's root: "native/lib/...".
            var source = Path.Combine(native, "..", link.GetProperty("source").GetString()!);
            var target = Path.GetFullPath(Path.Combine(native, "..", link.GetProperty("target").GetString()!));
            if (File.Exists(target)) continue;
            try
            {
                File.Delete(target);
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.GetFullPath(source)));
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException)
            {
                // A second portal on the same checkout may have been quicker.
                if (!File.Exists(target)) return false;
            }
        }
        return true;
    }

    static bool IsReadableByAll(string file) => OperatingSystem.IsWindows()
        || File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    const UnixFileMode OpenMode = (UnixFileMode)0b111_101_101; // rwxr-xr-x

    static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(to, OpenMode);
        foreach (var folder in Directory.EnumerateDirectories(from))
            CopyTree(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var copy = Path.Combine(to, Path.GetFileName(file));
            if (new FileInfo(file).LinkTarget is { } link) File.CreateSymbolicLink(copy, link);
            else
            {
                File.Copy(file, copy);
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(copy, File.GetUnixFileMode(file) | UnixFileMode.OtherRead | UnixFileMode.GroupRead
                        | (File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute) ? UnixFileMode.OtherExecute | UnixFileMode.GroupExecute : 0));
            }
        }
    }

    // --- making, starting, stopping

    async Task MakeCluster(CancellationToken stop)
    {
        // Made beside and renamed when whole: a portal killed meanwhile leaves nothing that looks like a database.
        var unfinished = Cluster + ".new";
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        if (Directory.Exists(Cluster) && Directory.EnumerateFileSystemEntries(Cluster).Any())
            throw new PortalStartException($"{Cluster} is not empty and holds no database (no PG_VERSION). It was left untouched; move it away, or choose another data folder with {DataFolder.Key}.");
        MakePrivate(unfinished);
        var secret = Path.Combine(unfinished, "first-password");
        await File.WriteAllTextAsync(secret, _password + "\n", stop);
        // initdb wants an empty folder.
        var pwfile = Path.Combine(_folder.Path, "first-password");
        File.Move(secret, pwfile, overwrite: true);
        try
        {
            GiveToServant(unfinished);
            GiveToServant(pwfile);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(pwfile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            // C.UTF-8 of PostgreSQL's own: the same order on every machine, whatever languages it has installed.
            var made = await Run("initdb",
                ["-D", unfinished, "-U", User, "--pwfile", pwfile, "-A", "scram-sha-256", "-E", "UTF8",
                 "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"], stop);
            if (made.Code != 0)
                throw new PortalStartException($"The private PostgreSQL could not be made in {Cluster}: {made.Said}");
        }
        finally
        {
            File.Delete(pwfile);
        }
        await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\ninclude_if_exists = 'portal.conf'  # written by the portal at every start\n", stop);
        if (Directory.Exists(Cluster)) Directory.Delete(Cluster);
        Directory.Move(unfinished, Cluster);
    }

    void WriteSettings()
    {
        var file = Path.Combine(Cluster, "portal.conf");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            # Written by the portal at every start; changes made here are lost.
            listen_addresses = '{(OperatingSystem.IsWindows() ? "127.0.0.1" : "")}'
            port = {_port}
            unix_socket_directories = '{(OperatingSystem.IsWindows() ? "" : SocketFolder.Replace("'", "''"))}'
            unix_socket_permissions = 0700
            max_connections = 100
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] '
            # Disks without heads, short questions, and sorting a hundred thousand ids in memory: see docs/operations.md, Your own PostgreSQL.
            random_page_cost = 1.1
            jit = off
            work_mem = 16MB
            shared_buffers = 256MB
            {_settings}

            """));
        GiveToServant(file);
        if (File.Exists(LogFile)) File.Move(LogFile, LogFile + ".before", overwrite: true);
    }

    /// <summary>What a crashed portal left: a server still running is stopped, what a killed server left is ended, its note is removed.</summary>
    async Task StopLeftOver(CancellationToken stop)
    {
        var note = Path.Combine(Cluster, "postmaster.pid");
        if (!File.Exists(note)) return;
        if (ProcessIn(note) is { } process && IsOurServer(process))
        {
            var stopped = await Run("pg_ctl", ["stop", "-D", Cluster, "-m", "fast", "-w", "-t", "30"], stop);
            // Where it cannot even tidy up (a full disk), it stops as by a loss of power and mends itself at its start.
            if (stopped.Code != 0 && IsOurServer(process)) stopped = await Run("pg_ctl", ["stop", "-D", Cluster, "-m", "immediate", "-w", "-t", "30"], stop);
            if (stopped.Code != 0 && IsOurServer(process))
                throw new PortalStartException($"A database server left by an earlier portal (process {process}) still holds {Cluster} and does not stop: {stopped.Said}");
        }
        await EndOrphans(stop);
        // Its number may belong to another program by now; PostgreSQL itself would then refuse to start for ever.
        File.Delete(note);
    }

    /// <summary>
    /// Ends the processes of connections whose server was killed. They end by themselves, but not before their query does; a server
    /// that starts beside one of them would share its files with it.
    /// </summary>
    async Task EndOrphans(CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux()) return;
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20, stop))
        {
            var orphans = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
                .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var process) ? process : 0)
                .Where(process => process > 0 && IsOurServer(process)).ToList();
            if (orphans.Count == 0) return;
            if (patience.Elapsed > TimeSpan.FromSeconds(30))
                throw new PortalStartException($"Processes of a database server that was killed (process {string.Join(", ", orphans)}) still hold {Cluster} and do not end.");
            foreach (var orphan in orphans) Posix.Kill(orphan);
        }
    }

    /// <summary>The process that a server's note names; null where there is none to read.</summary>
    static int? ProcessIn(string note)
    {
        try
        {
            return int.TryParse(File.ReadLines(note).FirstOrDefault(), CultureInfo.InvariantCulture, out var process) && process > 0 ? process : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    bool IsOurServer(int process)
    {
        try
        {
            // The working folder of the server and of all its processes is its data folder.
            if (OperatingSystem.IsLinux())
                return File.ReadAllText($"/proc/{process}/comm").StartsWith("postgres", StringComparison.Ordinal)
                    && new DirectoryInfo($"/proc/{process}/cwd").ResolveLinkTarget(true)?.FullName is { } at
                    && Path.TrimEndingDirectorySeparator(at) == Path.TrimEndingDirectorySeparator(new DirectoryInfo(Cluster).ResolveLinkTarget(true)?.FullName ?? Cluster);
            using var running = Process.GetProcessById(process);
            return running.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    async Task StartServerAnew(CancellationToken stop)
    {
        await StopLeftOver(stop);
        MakeSocketFolder();
        // Of a server that was killed: the number in its lock may be another program's by now.
        File.Delete(Path.Combine(SocketFolder, $".s.PGSQL.{_port}.lock"));
        WriteSettings();
        await StartServer(stop);
    }

    async Task StartServer(CancellationToken stop)
    {
        var started = await Run("pg_ctl", ["start", "-D", Cluster, "-l", LogFile, "-w", "-t", "120", "-s"], stop);
        if (started.Code != 0)
        {
            var log = File.Exists(LogFile) ? string.Join(' ', File.ReadLines(LogFile).TakeLast(5)) : "";
            throw new PortalStartException($"The private PostgreSQL in {Cluster} does not start. It says: {(log == "" ? started.Said : log)} (whole log: {LogFile})");
        }
    }

    async Task<(int Code, string Said)> Run(string program, string[] arguments, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Path.Combine(_binaries!, "bin", Executable(program)), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = _folder.Path,
        };
        // Settings of another PostgreSQL on this machine must not leak into ours.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        if (NeedsServant) start.UserName = Servant;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEndAsync(stop);
        var complained = process.StandardError.ReadToEndAsync(stop);
        try
        {
            await process.WaitForExitAsync(stop);
            return (process.ExitCode, string.Join(' ', $"{await complained} {await said}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    // --- small things

    string Unpooled(string database) => new NpgsqlConnectionStringBuilder(ConnectionString(database)) { Pooling = false }.ConnectionString;

    void MakeSocketFolder()
    {
        if (OperatingSystem.IsWindows()) return;
        if (new DirectoryInfo(SocketFolder).LinkTarget is not null)
            throw new PortalStartException($"{SocketFolder} is a link, and the database's socket must lie in a folder of the portal's own. Remove it and start again.");
        try
        {
            MakePrivate(SocketFolder);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new PortalStartException($"{SocketFolder} belongs to another user, and the database's socket must lie in a folder of the portal's own. Remove it and start again.", error);
        }
        GiveToServant(SocketFolder);
    }

    static void MakePrivate(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    void GiveToServant(string path)
    {
        if (!NeedsServant) return;
        var servant = Posix.FindUser(Servant) ?? throw new PortalStartException(
            $"The portal runs as root and this machine has no user \"{Servant}\" to run PostgreSQL as. Start the portal as an ordinary user, or set ConnectionStrings__Portal to a server of yours.");
        Posix.GiveTo(path, servant);
    }

    static string ShortSocketFolder(string dataFolder)
    {
        var beside = Path.Combine(dataFolder, "socket");
        var name = Path.Combine(beside, ".s.PGSQL.5432");
        return Encoding.UTF8.GetByteCount(name) <= LongestSocketPath
            ? beside
            : Path.Combine("/tmp", "pqdportal-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)))[..20]);
    }

    static string KeptSecret(string file)
    {
        if (!File.Exists(file))
        {
            var unfinished = $"{file}.{Guid.NewGuid():N}";
            var make = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) make.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var secret = new FileStream(unfinished, make))
            {
                secret.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))));
                // The database will be made with it: after a loss of power its name must not stand for an empty file.
                secret.Flush(flushToDisk: true);
            }
            try
            {
                File.Move(unfinished, file, overwrite: false);
            }
            catch (IOException)
            {
                // Another process of the portal kept its own first; that one holds.
                File.Delete(unfinished);
            }
        }
        return File.ReadAllText(file).Trim();
    }

    static int KeptPort(string file)
    {
        if (File.Exists(file) && int.TryParse(File.ReadAllText(file), out var kept)) return kept;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        File.WriteAllText(file, port.ToString(CultureInfo.InvariantCulture));
        return port;
    }
}
