using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PqdPortal.Data.Postgres;

/// <summary>
/// Ties the private PostgreSQL to the life of the portal: started when asked, stopped after everything that uses it, however the
/// portal ends short of being killed. Does nothing where the database is somebody else's.
/// </summary>
public sealed class DatabaseServer(DatabaseOptions database, IHostApplicationLifetime life, ILogger<DatabaseServer> log)
    : IHostedLifecycleService, IAsyncDisposable
{
    readonly List<PosixSignalRegistration> _signals = [];
    volatile bool _hostRuns;
    bool _watches;

    public async Task Start(CancellationToken stop = default)
    {
        if (database.Private is null) return;
        Watch();
        await database.Private.Start(stop);
        await database.Private.MakeDatabase(DatabaseOptions.PrivateName, stop);
        log.LogInformation("The private PostgreSQL {Major} runs in {Folder}.", EmbeddedPostgres.Major, database.Private.Cluster);
    }

    public async Task Stop()
    {
        if (database.Private is not null) await database.Private.Stop();
    }

    /// <summary>Before and after the host itself listens to signals, we do: the server, in a session of its own, would stay.</summary>
    void Watch()
    {
        if (_watches) return;
        _watches = true;
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
