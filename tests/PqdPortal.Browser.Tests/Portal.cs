using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Browser.Tests;

/// <summary>A portal of its own: the built program, an empty data folder, a free port. Stopped as by Ctrl-C.</summary>
public partial class Portal : IAsyncLifetime
{
    readonly ConcurrentQueue<string> _log = new();
    // Made by the portal itself, as on a first start; run by root, the database's own user has to reach it.
    readonly string _folder = Path.Combine(Path.GetTempPath(), $"pqd-journey-{Guid.NewGuid().ToString("n")[..8]}");
    Process? _process;
    bool _doesWork = true;

    public string Address { get; private set; } = "";

    /// <summary>What the portal wrote to its console.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    public static string Root { get; } = FindRoot();

    public static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}") ? "Release" : "Debug";

    /// <summary>Options that a kind of portal has besides, as environment variables know them.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    public virtual async Task InitializeAsync()
    {
        if (Browser.Missing is not null) return;
        Address = $"http://localhost:{FreePort()}";
        await Start();
    }

    /// <summary>Stops it as by Ctrl-C and starts it again on the same address and data.</summary>
    /// <param name="doesWork">False to queue background work and leave it undone.</param>
    public async Task Restart(bool doesWork = true)
    {
        await Stop();
        _doesWork = doesWork;
        await Start();
    }

    /// <summary>Starts it, at the same address and on the same data as before, and waits until it is ready.</summary>
    public async Task Start()
    {
        var web = Path.Combine(Root, "src", "PqdPortal.Web");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(web, "bin", Configuration, "net10.0", "PqdPortal.Web.dll")])
        {
            WorkingDirectory = web,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = Address,
                ["Portal__DataFolder"] = _folder,
                ["ConnectionStrings__Portal"] = null,
                // It lives for minutes: what is measured for a later, faster compilation would hardly be used.
                ["DOTNET_TieredPGO"] = "0",
                ["Portal__Jobs__RunHere"] = _doesWork ? null : "false",
            },
        };
        foreach (var (key, value) in Settings) start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        using var http = new HttpClient();
        var patience = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"The portal ended while starting:\n{Log}");
            try
            {
                if ((await http.GetAsync($"{Address}/health/ready")).StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException) when (patience.Elapsed < TimeSpan.FromMinutes(2))
            {
                // not listening yet
            }
            if (patience.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"The portal was not ready within two minutes:\n{Log}");
            await Task.Delay(200);
        }
    }

    /// <summary>kill -9: no handler runs, no file is closed in order.</summary>
    public async Task Kill()
    {
        Kill(_process!.Id, 9);
        await _process.WaitForExitAsync();
    }

    /// <summary>Writes a file that no reader knows, of any size, and says where it lies.</summary>
    public async Task<string> Write(string name, int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        var path = Path.Combine(Files, name);
        await File.WriteAllBytesAsync(path, content);
        return path;
    }

    /// <summary>The way into its private database.</summary>
    public string Database => new EmbeddedPostgres(new DataFolder(_folder), Root).ConnectionString(DatabaseOptions.PrivateName);

    /// <summary>Kills its database, and lets none start until the result is disposed and it is there again.</summary>
    public async Task<IAsyncDisposable> WithoutDatabase()
    {
        var cluster = new EmbeddedPostgres(new DataFolder(_folder), Root).Cluster;
        var version = Path.Combine(cluster, "PG_VERSION");
        var server = int.Parse(File.ReadLines(Path.Combine(cluster, "postmaster.pid")).First());
        File.Move(version, version + ".away");
        Kill(server, 9);
        await Answers(HttpStatusCode.ServiceUnavailable);
        return new Return(async () =>
        {
            File.Move(version + ".away", version);
            await Answers(HttpStatusCode.OK);
        });
    }

    sealed class Return(Func<Task> back) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await back();
    }

    /// <summary>Waits until it says of itself that it is ready, or is not.</summary>
    async Task Answers(HttpStatusCode status)
    {
        using var http = new HttpClient();
        for (var patience = Stopwatch.StartNew(); (await http.GetAsync($"{Address}/health/ready")).StatusCode != status; await Task.Delay(200))
            if (patience.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"The portal does not answer with {status}:\n{Log}");
    }

    /// <summary>Writes a photon file by the command line's simulator and says where it lies.</summary>
    /// <param name="made">Name of the file.</param>
    public async Task<string> Simulate(string request, string made = "dot 1, simulated.ptu")
    {
        var asked = Path.Combine(Files, "dot.json");
        await File.WriteAllTextAsync(asked, request);
        return await Pqd(["simulate", asked, "--out"], made);
    }

    /// <summary>Writes a file in another format.</summary>
    /// <returns>Where the new file lies.</returns>
    public Task<string> Convert(string file, string format, string made) => Pqd(["convert", file, "--to", format, "--out"], made);

    /// <summary>Runs a command of the docs, as it stands there, with the program that the build made of it.</summary>
    /// <param name="made">The file it writes, its last word.</param>
    /// <returns>Where that file lies.</returns>
    public async Task<string> Follow(string command, string made)
    {
        const string program = "dotnet run --project src/PqdPortal.Cli -c Release -- ";
        Assert.StartsWith(program, command);
        Assert.EndsWith($" {made}", command);
        return await Pqd(command[program.Length..^(made.Length + 1)].Split(' '), made);
    }

    async Task<string> Pqd(string[] words, string made)
    {
        made = Path.Combine(Files, made);
        var program = Path.Combine(Root, "src", "PqdPortal.Cli", "bin", Configuration, "net10.0", "pqd.dll");
        using var pqd = Process.Start(new ProcessStartInfo("dotnet", [program, .. words, made]) { WorkingDirectory = Root })!;
        await pqd.WaitForExitAsync();
        Assert.Equal(0, pqd.ExitCode);
        return made;
    }

    /// <summary>Where the files of its journeys lie.</summary>
    public string Files => Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), Path.GetFileName(_folder) + "-files")).FullName;

    /// <summary>Fails with the walk's own trouble and the last that the portal said.</summary>
    public async Task Walk(Func<Task> journey)
    {
        var sights = Browser.LastSights.Value = new();
        try
        {
            await journey();
        }
        catch (Exception trouble)
        {
            throw new InvalidOperationException($"{trouble.Message}{Environment.NewLine}The pages at last:{Environment.NewLine}{string.Join(Environment.NewLine, sights)}{Environment.NewLine}The portal's last words:{Environment.NewLine}{string.Join(Environment.NewLine, _log.TakeLast(60))}", trouble);
        }
    }

    public virtual async Task DisposeAsync()
    {
        await Stop();
        if (Environment.GetEnvironmentVariable("PQD_SCREENSHOTS") is { Length: > 0 } pictures)
            await File.WriteAllTextAsync(Path.Combine(pictures, $"portal-{Path.GetFileName(_folder)}.log"), Log);
        foreach (var folder in (string[])[_folder, Path.Combine(Path.GetTempPath(), Path.GetFileName(_folder) + "-files")])
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    async Task Stop()
    {
        if (_process is { HasExited: false })
        {
            Kill(_process.Id, 2);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try { await _process.WaitForExitAsync(patience.Token); }
            catch (OperationCanceledException) { _process.Kill(entireProcessTree: true); }
        }
    }

    void Keep(string? line)
    {
        if (line is not null) _log.Enqueue(line);
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
