using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PqdPortal.Survival.Tests;

/// <summary>
/// One of the portal's built programs as a process of its own, to be stopped as by Ctrl-C or killed with -9. Started as often as a
/// test likes, each time on the same address and the same settings.
/// </summary>
/// <param name="program">PqdPortal.Web or PqdPortal.Worker.</param>
/// <param name="settings">Its options, as environment variables know them: <c>Portal__DataFolder</c>.</param>
/// <param name="arguments">Its command line.</param>
public sealed partial class PortalProcess(string program, IReadOnlyDictionary<string, string?> settings, params string[] arguments) : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _log = new();
    Process? _process;

    public string Address { get; } = $"http://127.0.0.1:{FreePort()}";

    /// <summary>What it wrote to its console, over all its starts.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    public bool Runs => _process is { HasExited: false };

    public int ProcessId => _process!.Id;

    public int ExitCode => _process!.ExitCode;

    public static string Root { get; } = FindRoot();

    static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}") ? "Release" : "Debug";

    /// <summary>Where the build put a program's file.</summary>
    public static string Built(string project, string file) => Path.Combine(Root, "src", project, "bin", Configuration, "net10.0", file);

    /// <summary>A figure of its memory as Linux knows it [bytes]: VmRSS now, VmHWM the most since its start or <see cref="ForgetPeak"/>.</summary>
    public long Memory(string figure) =>
        long.Parse(File.ReadLines($"/proc/{ProcessId}/status").Single(line => line.StartsWith(figure + ":")).Split((char[])[':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;

    public void ForgetPeak() => File.WriteAllText($"/proc/{ProcessId}/clear_refs", "5");

    /// <summary>Starts it and does not wait.</summary>
    public void Begin()
    {
        var start = new ProcessStartInfo("dotnet", [Built(program, program + ".dll"), .. arguments])
        {
            WorkingDirectory = Path.Combine(Root, "src", program),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = Address;
        start.Environment["ConnectionStrings__Portal"] = null;
        // It lives for seconds: what is measured for a later, faster compilation would never be used.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in settings) start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public async Task Start()
    {
        Begin();
        using var http = new HttpClient();
        var patience = Stopwatch.StartNew();
        while (true)
        {
            if (_process!.HasExited) throw new InvalidOperationException($"{program} ended while starting:\n{Log}");
            try
            {
                if ((await http.GetAsync($"{Address}/health/ready")).StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException)
            {
                // not listening yet
            }
            if (patience.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"{program} was not ready within two minutes:\n{Log}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits for the end of a process that is expected to end by itself.</summary>
    public async Task<int> End(TimeSpan patience)
    {
        using var late = new CancellationTokenSource(patience);
        try { await _process!.WaitForExitAsync(late.Token); }
        catch (OperationCanceledException) { throw new TimeoutException($"{program} still runs after {patience}:\n{Log}"); }
        return ExitCode;
    }

    /// <summary>kill -9: no handler runs, no file is closed in order.</summary>
    public async Task Kill()
    {
        if (!Runs) return;
        Signal(ProcessId, 9);
        await _process!.WaitForExitAsync();
    }

    /// <summary>Stops it as Ctrl-C does.</summary>
    /// <param name="patience">How long that may take; 40 s unless the test wrote much that has to reach a busy disk first.</param>
    public async Task<int> Stop(TimeSpan? patience = null)
    {
        Signal(ProcessId, 2);
        return await End(patience ?? TimeSpan.FromSeconds(40));
    }

    public async ValueTask DisposeAsync()
    {
        if (!Runs) return;
        try { await Stop(); }
        catch (TimeoutException) { await Kill(); }
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    void Keep(string? line)
    {
        if (line is not null) _log.Enqueue(line);
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PqdPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Signal(int process, int signal);
}
