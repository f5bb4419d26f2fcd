using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Web.Live;

/// <summary>Tells open pages when a role ends by its date: nobody saves anything at that moment, so the change feed says nothing of it.</summary>
public sealed class GrantEnds(IDbContextFactory<PortalDb> database, ChangeFeed feed, LiveChanges live, TimeProvider clock, ILogger<GrantEnds> log) : BackgroundService
{
    /// <summary>A timer cannot wait for longer than some weeks; asked again before that.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), AfterTrouble = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(0);
        // Whoever gives a role, or another end to one, tells of the project.
        using var hearing = feed.Subscribe(change =>
        {
            if (change.MayBeAnything || change.Topic == nameof(Project)) changed.Release();
        });
        var told = clock.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = LongestWait;
            try
            {
                var now = clock.GetUtcNow();
                await using var db = await database.CreateDbContextAsync(stoppingToken);
                var ended = await db.Grants.Where(grant => grant.ExpiresAt > told && grant.ExpiresAt <= now).Select(grant => grant.ProjectId).Distinct().ToListAsync(stoppingToken);
                foreach (var project in ended) live.Tell(nameof(Project), project);
                told = now;
                if (await db.Grants.Where(grant => grant.ExpiresAt > now).MinAsync(grant => grant.ExpiresAt, stoppingToken) is { } next && next - now < wait)
                    wait = next - now;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // A database that is away is told of by the feed, and its return, too.
                if (!DatabaseTrouble.IsAway(error)) log.LogError(error, "Open pages could not be told of roles that ended");
                wait = AfterTrouble;
            }
            try
            {
                await Task.Delay(Pause, clock, stoppingToken);
                await changed.WaitAsync(wait, stoppingToken);
                while (changed.Wait(0, CancellationToken.None)) { } // of many changes, one look
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
