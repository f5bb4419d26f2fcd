using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Postgres;
using Quartz;

namespace PqdPortal.Jobs.Queue;

/// <summary>Wakes this process's scheduler the moment queued work is committed, wherever it was queued.</summary>
/// <remarks>
/// The scheduler by itself looks into its tables once in a while. Whoever queues work rings on the change feed inside the same
/// transaction, so every listening process hears it at the commit and not before. A bell that is not heard costs a wait of one
/// look, nothing else.
/// </remarks>
sealed class QueueBell(ChangeFeed feed, ISchedulerFactory schedulers, ILogger<QueueBell> log) : BackgroundService
{
    const string Topic = "Queue";

    /// <summary>A group without triggers: resuming it changes nothing and makes the scheduler look (one trigger that is not there would not).</summary>
    static readonly GroupMatcher<TriggerKey> Nobody = GroupMatcher<TriggerKey>.GroupEquals("bell");

    internal static Task Ring(PortalDb db, Job job, CancellationToken stop) => db.Notify(Topic, job.Id, stop);

    async Task Wake(IScheduler scheduler, CancellationToken stop)
    {
        try
        {
            await scheduler.ResumeTriggerGroups(Nobody, stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The scheduler comes by on its own a little later.
            log.LogWarning("The scheduler could not be woken: {Reason}", error.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One look serves all bells that rang before it.
        var rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var listening = feed.Subscribe(change =>
        {
            if (change.Topic == Topic || change.MayBeAnything) rung.Writer.TryWrite(true);
        });
        var scheduler = await schedulers.GetScheduler(stoppingToken);
        try
        {
            await foreach (var _ in rung.Reader.ReadAllAsync(stoppingToken)) await Wake(scheduler, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops, or did not come to start.
        }
    }
}
