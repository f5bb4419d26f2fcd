using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Data.Uploads;

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
            Template template => await database.StandingOf(viewer, template, stop),
            Instrument setup => await Standing(viewer, setup, stop),
            Project project => await Standing(viewer, project, stop),
            Comment comment => await Standing(viewer, comment, stop),
            NamingRules rules => await Standing(viewer, rules, stop),
            Group group => await Standing(viewer, group, stop),
            _ => throw new ArgumentException($"No page edits a {began.GetType().Name}."),
        };
    }

    async Task<RecordStanding> Standing(Viewer viewer, Instrument began, CancellationToken stop)
    {
        if (viewer.PersonId is null) return RecordStanding.SignedOut;
        await using var db = await database.CreateDbContextAsync(stop);
        var mayEdit = await db.Instruments.EditableBy(viewer).AnyAsync(setup => setup.Id == began.Id, stop);
        if (await db.Instruments.VisibleTo(viewer).AsNoTracking().FirstOrDefaultAsync(setup => setup.Id == began.Id, stop) is { } alive)
            return await db.Standing(began, alive, isBinned: false, mayEdit, stop);
        return await db.Instruments.InBinOf(viewer).AsNoTracking().FirstOrDefaultAsync(setup => setup.Id == began.Id, stop) is { } binned
            ? await db.Standing(began, binned, isBinned: true, mayEdit, stop) : RecordStanding.NotThere;
    }

    async Task<RecordStanding> Standing(Viewer viewer, Comment began, CancellationToken stop)
    {
        if (viewer.PersonId is null) return RecordStanding.SignedOut;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.CommentsSeenBy(viewer).AsNoTracking().FirstOrDefaultAsync(comment => comment.Id == began.Id, stop) is not { } now ? RecordStanding.NotThere
            : await db.Standing(began, now, isBinned: false, mayEdit: now.CreatedById == viewer.PersonId && viewer.RoleIn(now.ProjectId) >= AccessRole.Comment, stop);
    }

    async Task<RecordStanding> Standing(Viewer viewer, NamingRules began, CancellationToken stop)
    {
        if (viewer.PersonId is null) return RecordStanding.SignedOut;
        await using var db = await database.CreateDbContextAsync(stop);
        var isSeen = began.ProjectId is { } project ? await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Id == project, stop)
            : await db.Groups.AnyAsync(g => g.Id == began.GroupId && (viewer.IsAdministrator || g.Members.Any(member => member.PersonId == viewer.PersonId)), stop);
        return !isSeen || await db.NamingRules.AsNoTracking().FirstOrDefaultAsync(rules => rules.Id == began.Id, stop) is not { } now ? RecordStanding.NotThere
            : await db.Standing(began, now, isBinned: false, mayEdit: began.ProjectId is null || viewer.MayEdit(began.ProjectId.Value), stop);
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

    async Task<RecordStanding> Standing(Viewer viewer, Group began, CancellationToken stop)
    {
        if (viewer.PersonId is not { } person) return RecordStanding.SignedOut;
        await using var db = await database.CreateDbContextAsync(stop);
        var mine = await db.Memberships.Where(member => member.GroupId == began.Id && member.PersonId == person).Select(member => (bool?)member.IsManager).FirstOrDefaultAsync(stop);
        if (mine is null && !viewer.IsAdministrator || await db.Groups.AsNoTracking().FirstOrDefaultAsync(group => group.Id == began.Id, stop) is not { } now) return RecordStanding.NotThere;
        return await db.Standing(began, now, isBinned: false, mayEdit: viewer.IsAdministrator || mine == true, stop);
    }
}
