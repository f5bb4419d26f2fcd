using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;
using Quartz;

namespace PqdPortal.Jobs.Queue;

/// <summary>Wakes this process's scheduler the moment queued work is committed, wherever it was queued.</summary>
/// <remarks>
/// The scheduler by itself looks into its tables once in a while; whoever queues work rings with a NOTIFY inside the same
/// transaction, and PostgreSQL delivers it to every listening process at the commit. A bell that is not heard costs a wait of one
/// look, nothing else.
/// </remarks>
sealed class QueueBell(DatabaseOptions database, ISchedulerFactory schedulers, TimeProvider time, ILogger<QueueBell> log) : BackgroundService
{
    const string Channel = "portal_queue";

    /// <summary>A trigger that does not exist: resuming it changes nothing and makes the scheduler look.</summary>
    static readonly TriggerKey Nobody = new("nobody", "bell");

    internal static Task Ring(PortalDb db, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_notify({Channel}, '')", stop);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                log.LogWarning(error, "The bell of the work queue was cut off; work is still found, a little later. It is tied on again");
                await Task.Delay(TimeSpan.FromSeconds(5), time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    async Task Listen(CancellationToken stop)
    {
        // Its own connection for as long as it listens; the keep-alive notices a server that is gone.
        var way = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false, KeepAlive = 30 };
        await using var connection = new NpgsqlConnection(way.ConnectionString);
        await connection.OpenAsync(stop);
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection)) await listen.ExecuteNonQueryAsync(stop);
        var scheduler = await schedulers.GetScheduler(stop);
        while (true)
        {
            // A WaitAsync may hear several bells at once; one look serves them all.
            await connection.WaitAsync(stop);
            await scheduler.ResumeTrigger(Nobody, stop);
        }
    }
}
