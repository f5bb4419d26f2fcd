using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PqdPortal.Data.Postgres;

/// <summary>
/// Hears which records changed, whichever process changed them: one listening connection per process. It comes back by itself
/// after the database was away, and then says that anything may have changed meanwhile.
/// </summary>
public sealed class ChangeFeed(DatabaseOptions database, ILogger<ChangeFeed> log) : BackgroundService
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Action<Change>[] _subscribers = [];
    volatile bool _hears;

    /// <summary>Ends well when it hears for the first time.</summary>
    public Task Listens => _listens.Task;

    /// <summary>Whether it has a connection to the database at this moment; its loss is noticed at once.</summary>
    public bool Hears
    {
        get => _hears;
        internal set
        {
            if (_hears == value) return;
            _hears = value;
            HearsChanged?.Invoke();
        }
    }

    /// <summary>The database went away or came back; called on no particular thread.</summary>
    public event Action? HearsChanged;

    /// <summary>Calls back for every change until disposed. Callbacks come one after the other and should return at once.</summary>
    public IDisposable Subscribe(Action<Change> heard)
    {
        lock (_gate) _subscribers = [.. _subscribers, heard];
        return new Subscription(this, heard);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.Zero;
        var wasAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ListeningConnection());
                connection.Notification += (_, said) =>
                {
                    if (Change.Read(said.Payload) is { } change) Tell(change);
                };
                await connection.OpenAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand($"LISTEN {PortalDb.Channel}", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                _listens.TrySetResult();
                Hears = true;
                if (wasAway)
                {
                    log.LogInformation("The change feed hears again.");
                    Tell(Change.Anything);
                }
                (pause, wasAway) = (TimeSpan.Zero, true);
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException)
            {
                // A database that restarts is back in a second; one that is down is not to be stormed.
                if (pause == TimeSpan.Zero) log.LogWarning("The change feed lost the database ({Reason}) and tries again.", error.Message);
                (wasAway, Hears) = (true, false);
                pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Not from the pool, which would take it back; keepalives find a connection that died without a word.
    string ListeningConnection() => new NpgsqlConnectionStringBuilder(database.ConnectionString)
    {
        Pooling = false,
        KeepAlive = 30,
        ApplicationName = "PqdPortal change feed",
    }.ConnectionString;

    void Tell(Change change)
    {
        foreach (var subscriber in Volatile.Read(ref _subscribers))
            try
            {
                subscriber(change);
            }
            catch (Exception error)
            {
                // One page's trouble must not make the others deaf.
                log.LogError(error, "A listener to the change of {Topic} {Id} failed.", change.Topic, change.Id);
            }
    }

    sealed class Subscription(ChangeFeed feed, Action<Change> heard) : IDisposable
    {
        bool _ended;

        public void Dispose()
        {
            lock (feed._gate)
            {
                if (_ended) return;
                _ended = true;
                var at = Array.IndexOf(feed._subscribers, heard);
                feed._subscribers = [.. feed._subscribers[..at], .. feed._subscribers[(at + 1)..]];
            }
        }
    }
}

/// <summary>A record that changed.</summary>
/// <param name="Topic">The record's type: Project, Batch, Sample, Emitter, Run, Upload, AnalysisRecord or Job; empty where anything may have changed.</param>
public readonly record struct Change(string Topic, Guid Id)
{
    /// <summary>Changes may have been missed: look at everything again.</summary>
    public static Change Anything { get; } = new("", Guid.Empty);

    public bool MayBeAnything => Topic == "";

    /// <summary>From "Run 0192..."; null for what nobody here wrote.</summary>
    public static Change? Read(string payload) =>
        payload.IndexOf(' ') is > 0 and var space && Guid.TryParse(payload.AsSpan(space + 1), out var id) ? new(payload[..space], id) : null;
}
