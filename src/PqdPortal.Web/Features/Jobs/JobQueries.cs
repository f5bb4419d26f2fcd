using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Jobs;

/// <summary>What the page of jobs reads and asks for.</summary>
public sealed class JobQueries(IDbContextFactory<PortalDb> database, PqdPortal.Jobs.JobCommands commands, DiskGauge disk, CurrentViewer me)
{
    /// <summary>What runs, what waits in its order, and what ended last, of the viewer's projects.</summary>
    public async Task<JobsView> Now(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var jobs = db.Jobs.VisibleTo(viewer).AsNoTracking();
        var waiting = jobs.Where(job => job.State == JobState.Queued);
        return new JobsView(
            await jobs.Where(job => job.State == JobState.Running).OrderBy(job => job.StartedAt).ToListAsync(stop),
            await waiting.OrderBy(job => job.QueuedAt).Take(50).ToListAsync(stop),
            await waiting.CountAsync(stop),
            await jobs.Where(job => job.State != JobState.Queued && job.State != JobState.Running).OrderByDescending(job => job.EndedAt).Take(20).ToListAsync(stop),
            viewer);
    }

    /// <summary>Whether there is such a job for the viewer, at work or ended.</summary>
    public async Task<bool> IsThere(Guid job, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Jobs.VisibleTo(await me.Get(stop)).AnyAsync(one => one.Id == job, stop);
    }

    /// <summary>How full the portal's disks are; null for who does not look after the portal.</summary>
    public async Task<DiskView?> Disk(CancellationToken stop = default) =>
        (await me.Get(stop)).IsAdministrator ? await disk.Look(stop) : null;

    /// <summary>Asks a job to stop; false where it has ended or is not the viewer's to stop.</summary>
    public async Task<bool> Cancel(Guid job, CancellationToken stop = default) => await commands.Cancel(await me.Get(stop), job, stop);
}

/// <summary>The background work at this moment.</summary>
/// <param name="Queued">The first of those that wait, in their order.</param>
/// <param name="QueuedInAll">How many wait.</param>
public sealed record JobsView(IReadOnlyList<Job> Running, IReadOnlyList<Job> Queued, int QueuedInAll, IReadOnlyList<Job> Ended, Viewer Viewer);
