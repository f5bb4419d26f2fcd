using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Access;

/// <summary>How a record that this person has open for editing stands for them now. One line for each kind of record with a form.</summary>
public sealed class RecordWatch(IDbContextFactory<PortalDb> database, Viewers viewers, CurrentViewer me)
{
    /// <summary>Whoever edits.</summary>
    public async Task<Viewer> Who() => await me.Get();

    /// <param name="began">The record as it was when the person began.</param>
    public async Task<RecordStanding> Standing(IRecord began, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return began switch
        {
            Batch batch => await database.StandingOf(viewer, batch, stop),
            Sample sample => await database.StandingOf(viewer, sample, stop),
            Emitter dot => await database.StandingOf(viewer, dot, stop),
            Run run => await database.StandingOf(viewer, run, stop),
            Project project => await Standing(viewer, project, stop),
            _ => throw new ArgumentException($"No page edits a {began.GetType().Name}."),
        };
    }

    async Task<RecordStanding> Standing(Viewer viewer, Project began, CancellationToken stop)
    {
        if (viewer.PersonId is null) return RecordStanding.SignedOut;
        var inBin = await viewers.ProjectsInBin(viewer, stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var isBinned = inBin.Contains(began.Id);
        var mine = isBinned ? db.Projects : db.Projects.VisibleTo(viewer);
        return await mine.AsNoTracking().FirstOrDefaultAsync(project => project.Id == began.Id, stop) is not { } now ? RecordStanding.NotThere
            : await db.Standing(began, now, isBinned, mayEdit: viewer.MayManage(now.Id), stop);
    }
}
