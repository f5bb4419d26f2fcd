using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PqdPortal.Data.Postgres;

/// <summary>
/// Ties the private PostgreSQL to the life of the portal: started when asked, started again when it ends by itself, stopped after
/// everything that uses it, however the portal ends short of being killed. Does nothing where the database is somebody else's.
/// </summary>
public sealed class DatabaseServer(DatabaseOptions database, IHostApplicationLifetime life, ILogger<DatabaseServer> log)
    : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>How often the server is looked after.</summary>
    static readonly TimeSpan Look = TimeSpan.FromSeconds(0.25);

    /// <summary>A server that lived for so long did start; one that ends sooner is started again after a growing pause.</summary>
    static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    readonly List<PosixSignalRegistration> _signals = [];
    readonly CancellationTokenSource _over = new();
    volatile bool _hostRuns;
    bool _hearsSignals;
    Task _watching = Task.CompletedTask;

    /// <summary>Takes the data folder for this process alone, where the private server lies in it.</summary>
    /// <exception cref="PortalStartException">Another portal has it.</exception>
    public async Task Take(CancellationToken stop = default)
    {
        if (database.Private is not null) await database.Private.Take(stop);
    }

    public async Task Start(CancellationToken stop = default)
    {
        if (database.Private is not { } server) return;
        HearSignals();
        await server.Start(stop);
        await server.MakeDatabase(DatabaseOptions.PrivateName, stop);
        log.LogInformation("The private PostgreSQL {Major} runs in {Folder}.", EmbeddedPostgres.Major, server.Cluster);
        if (_watching.IsCompleted) _watching = Task.Run(() => KeepRunning(server));
    }

    public async Task Stop()
    {
        if (database.Private is null) return;
        // First, so that what is stopped on purpose is not started again.
        await _over.CancelAsync();
        await _watching;
        await database.Private.Stop();
    }

    /// <summary>Starts the server again whenever it ended without being told to, until the portal stops.</summary>
    async Task KeepRunning(EmbeddedPostgres server)
    {
        var stop = _over.Token;
        var (started, pause) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Look, stop);
                if (server.Lives) continue;
                pause = Stopwatch.GetElapsedTime(started) > Settled ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Clamp(pause.TotalSeconds * 2, 1, LongestPause.TotalSeconds));
                log.LogError("The private PostgreSQL in {Folder} ended by itself. The portal waits for it and starts it again{When}.",
                    server.Cluster, pause == TimeSpan.Zero ? "" : $" in {pause.TotalSeconds:0} s");
                await Task.Delay(pause, stop);
                started = Stopwatch.GetTimestamp();
                await server.Revive(stop);
                // Connections to the former one would each be found broken by somebody's request.
                NpgsqlConnection.ClearAllPools();
                log.LogWarning("The private PostgreSQL runs again, {Seconds:0.0} s later.", Stopwatch.GetElapsedTime(started).TotalSeconds);
                started = Stopwatch.GetTimestamp();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (PortalStartException trouble)
            {
                log.LogError("{Trouble}", trouble.Message);
            }
            catch (Exception error)
            {
                log.LogError(error, "The private PostgreSQL could not be started again; the portal tries once more");
            }
        }
    }

    /// <summary>Before and after the host itself listens to signals, we do: the server, in a session of its own, would stay.</summary>
    void HearSignals()
    {
        if (_hearsSignals) return;
        _hearsSignals = true;
        AppDomain.CurrentDomain.ProcessExit += StopNow;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, _ =>
            {
                if (!_hostRuns) StopNow(null, EventArgs.Empty);
            }));
        // A closed terminal ends the portal in order, unless it was told to outlive it (nohup).
        if (!IgnoresHangUp())
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                if (_hostRuns) (context.Cancel, _) = (true, Task.Run(life.StopApplication));
                else StopNow(null, EventArgs.Empty);
            }));
    }

    static bool IgnoresHangUp()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var ignored = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return ignored is not null
            && ulong.TryParse(ignored.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var signals)
            && (signals & 1) != 0; // SIGHUP is signal 1, bit 0
    }

    void StopNow(object? sender, EventArgs e) => Stop().GetAwaiter().GetResult();

    Task IHostedLifecycleService.StartingAsync(CancellationToken stop)
    {
        _hostRuns = true;
        return Task.CompletedTask;
    }

    Task IHostedService.StartAsync(CancellationToken stop) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken stop) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppingAsync(CancellationToken stop) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken stop) => Task.CompletedTask;

    // Every other hosted service has stopped by now.
    Task IHostedLifecycleService.StoppedAsync(CancellationToken stop) => Stop();

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= StopNow;
        foreach (var signal in _signals) signal.Dispose();
        await Stop();
    }
}
