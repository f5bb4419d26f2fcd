using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PqdPortal.Data;

/// <summary>Runs a program of the portal; what keeps it from starting is said in one sentence, the last thing on the console.</summary>
public static class PortalStart
{
    /// <param name="start">Builds, prepares and starts the program. What it opened is closed again, and so logged out, when it returns or throws.</param>
    /// <returns>The process's exit code: 1 where it could not start.</returns>
    public static async Task<int> Run(Func<Task> start)
    {
        try
        {
            await start();
            return 0;
        }
        catch (Exception trouble) when (Words(trouble) is { } words)
        {
            Console.Out.Flush();
            Console.Error.WriteLine(words);
            return 1;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C before it was ready.
            return 1;
        }
    }

    /// <summary>
    /// Starts the program and waits for its end. Where a part cannot start, such as the server at a taken address, what already works in
    /// the background is told to end and waited for, before what it works with is taken from it. The scheduler has not begun by then, and
    /// would wait for a start that does not come.
    /// </summary>
    public static async Task Serve(this IHost app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            foreach (var working in app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Reverse())
                await working.StopAsync(CancellationToken.None);
            throw;
        }
        await app.WaitForShutdownAsync();
    }

    /// <summary>
    /// Keeps the host from telling a failed start in its own way, with a stack trace; <see cref="Run"/> tells it. Once the program has
    /// started, everything is logged as usual.
    /// </summary>
    public static void LeaveTellingToUs(IHostApplicationBuilder builder)
    {
        var isStarted = false;
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => isStarted && level >= LogLevel.Warning);
        builder.Services.AddHostedService(_ => new Started(() => isStarted = true));
    }

    /// <summary>The trouble in a sentence; null for a fault of ours, which is to be seen whole.</summary>
    static string? Words(Exception trouble) => trouble switch
    {
        PortalStartException known => known.Message,
        _ when DataFolder.IsDiskFull(trouble) => $"The disk is full: {Cause(trouble).Message.TrimEnd('.')}. Nothing was changed. Make room there, or choose another data folder with {DataFolder.Key}.",
        IOException when Cause(trouble) is SocketException socket => AddressWords(trouble.Message, socket.SocketErrorCode),
        SocketException socket => AddressWords(socket.Message, socket.SocketErrorCode),
        InvalidOperationException when trouble.Message.Contains("HTTPS endpoint", StringComparison.Ordinal) =>
            "The option urls asks for https, and there is no certificate to show. Name one with Kestrel:Certificates:Default:Path and :Password, or listen on http behind a proxy that does the encryption (docs/operations.md).",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.DiskFull } said => $"The database refuses its part of the start: {said.MessageText}.",
        _ => null,
    };

    /// <summary>Why an address cannot be listened on, and what to do.</summary>
    public static string AddressWords(string found, SocketError error) => $"{found.TrimEnd('.')}. " + error switch
    {
        SocketError.AddressAlreadyInUse => "Another portal or program listens there: stop it, or choose another address with urls, such as --urls http://localhost:5090.",
        SocketError.AccessDenied => "A port below 1024 belongs to root: choose another one with urls, such as --urls http://localhost:5090, and let a proxy pass it on.",
        _ => "It is no address of this machine: choose another one with urls, such as --urls http://localhost:5090.",
    };

    static Exception Cause(Exception trouble) => trouble.InnerException is { } inner ? Cause(inner) : trouble;

    /// <summary>Hears of the moment at which everything has started.</summary>
    sealed class Started(Action told) : IHostedLifecycleService
    {
        public Task StartedAsync(CancellationToken stop)
        {
            told();
            return Task.CompletedTask;
        }

        public Task StartingAsync(CancellationToken stop) => Task.CompletedTask;
        public Task StartAsync(CancellationToken stop) => Task.CompletedTask;
        public Task StoppingAsync(CancellationToken stop) => Task.CompletedTask;
        public Task StopAsync(CancellationToken stop) => Task.CompletedTask;
        public Task StoppedAsync(CancellationToken stop) => Task.CompletedTask;
    }
}
