using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;

namespace PqdPortal.Data.Talk;

/// <summary>What is talked about: one record or result.</summary>
/// <param name="Name">As lists show it; of a result the name of its run.</param>
/// <param name="Address">Of its page.</param>
/// <param name="MakerId">Who made it, or asked for it.</param>
public sealed record TalkSubject(TalkKind Of, Guid Id, Guid ProjectId, string Name, string Address, Guid? MakerId, DateTimeOffset? BinnedAt)
{
    /// <summary>The kind of analysis of a result.</summary>
    public string? Text { get; init; }

    /// <summary>What it lies in, from near to far; the project is the last.</summary>
    public IReadOnlyList<Guid> Above { get; init; } = [];
}

/// <summary>Finds what is talked about, and what of the talk somebody may see: always as the record itself.</summary>
public static class TalkSubjects
{
    /// <summary>Comments the viewer may read: alive, of a record that is there for them.</summary>
    public static IQueryable<Comment> CommentsSeenBy(this PortalDb db, Viewer viewer) => db.Comments.VisibleTo(viewer).OfAliveRecords(db);

    /// <summary>What the viewer is told, as far as they may see it now.</summary>
    public static IQueryable<Notice> NoticesSeenBy(this PortalDb db, Viewer viewer) => db.Notices
        .Where(n => n.PersonId == viewer.PersonId && db.Projects.VisibleTo(viewer).Any(p => p.Id == n.ProjectId))
        .Where(n => n.Kind != NoticeKind.Comment && n.Kind != NoticeKind.Reply && n.Kind != NoticeKind.Mention
            || db.Comments.Any(c => c.Id == n.SourceId && c.DeletedAt == null))
        .OfAliveRecords(db);

    /// <summary>What the viewer decided to follow or not to, as far as they may see it now.</summary>
    public static IQueryable<Follow> FollowsSeenBy(this PortalDb db, Viewer viewer) => db.Follows
        .Where(f => f.PersonId == viewer.PersonId && db.Projects.VisibleTo(viewer).Any(p => p.Id == f.ProjectId)).OfAliveRecords(db);

    static IQueryable<T> OfAliveRecords<T>(this IQueryable<T> said, PortalDb db) where T : class, IAboutRecord => said.Where(s =>
        s.Of == TalkKind.Project && s.RecordId == s.ProjectId
        || s.Of == TalkKind.Batch && db.Batches.Any(r => r.Id == s.RecordId && r.ProjectId == s.ProjectId && r.DeletedAt == null)
        || s.Of == TalkKind.Sample && db.Samples.Any(r => r.Id == s.RecordId && r.ProjectId == s.ProjectId && r.DeletedAt == null)
        || s.Of == TalkKind.Dot && db.Emitters.Any(r => r.Id == s.RecordId && r.ProjectId == s.ProjectId && r.DeletedAt == null)
        || s.Of == TalkKind.Run && db.Runs.Any(r => r.Id == s.RecordId && r.ProjectId == s.ProjectId && r.DeletedAt == null)
        || s.Of == TalkKind.Result && db.Analyses.Any(r => r.Id == s.RecordId && r.ProjectId == s.ProjectId && r.DeletedAt == null && r.Run.DeletedAt == null));

    /// <summary>One record as the viewer sees it, in the bin too where they may take it out; null where it is not there for them.</summary>
    public static Task<TalkSubject?> SubjectSeenBy(this PortalDb db, Viewer viewer, TalkKind of, Guid id, CancellationToken stop = default) =>
        db.Subjects(of, [id], viewer).FirstOrDefaultAsync(stop);

    /// <summary>Several alive records as the viewer sees them, by id; those that are not there for them are left out.</summary>
    public static async Task<IReadOnlyDictionary<Guid, TalkSubject>> SubjectsSeenBy(this PortalDb db, Viewer viewer, IEnumerable<IAboutRecord> said, CancellationToken stop = default)
    {
        var found = new Dictionary<Guid, TalkSubject>();
        foreach (var kind in said.Select(one => (one.Of, one.RecordId)).Distinct().GroupBy(one => one.Of))
            foreach (var subject in await db.Subjects(kind.Key, [.. kind.Select(one => one.RecordId)], viewer).ToListAsync(stop))
                if (subject.BinnedAt is null) found[subject.Id] = subject;
        return found;
    }

    /// <summary>One record with what it lies in, whoever asks: for telling, never for showing.</summary>
    internal static async Task<TalkSubject?> SubjectOf(this PortalDb db, TalkKind of, Guid id, CancellationToken stop = default) =>
        await db.Subjects(of, [id], null).FirstOrDefaultAsync(stop) is not { } subject ? null : subject with
        {
            Above = [.. (of switch
            {
                TalkKind.Project => [],
                TalkKind.Batch => new Guid?[] { },
                TalkKind.Sample => await db.Samples.Where(r => r.Id == id).Select(r => new Guid?[] { r.BatchId }).SingleAsync(stop),
                TalkKind.Dot => await db.Emitters.Where(r => r.Id == id).Select(r => new Guid?[] { r.SampleId, r.Sample.BatchId }).SingleAsync(stop),
                TalkKind.Run => await db.Runs.Where(r => r.Id == id).Select(r => new Guid?[] { r.EmitterId, r.SampleId, (Guid?)r.Sample!.BatchId }).SingleAsync(stop),
                _ => await db.Analyses.Where(r => r.Id == id).Select(r => new Guid?[] { r.RunId, r.Run.EmitterId, r.Run.SampleId, (Guid?)r.Run.Sample!.BatchId }).SingleAsync(stop),
            }).OfType<Guid>(), .. of == TalkKind.Project ? Array.Empty<Guid>() : [subject.ProjectId]],
        };

    static IQueryable<TalkSubject> Subjects(this PortalDb db, TalkKind of, Guid[] ids, Viewer? viewer) => of switch
    {
        TalkKind.Project => (viewer is null ? db.Projects : db.Projects.VisibleTo(viewer)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.Id, r.Name, "projects/" + r.Id, r.CreatedById, r.DeletedAt)),
        TalkKind.Batch => (viewer is null ? db.Batches : db.Batches.VisibleWithBinTo(viewer)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.ProjectId, r.Code + " " + r.Name, "b/" + r.Code, r.CreatedById, r.DeletedAt)),
        TalkKind.Sample => (viewer is null ? db.Samples : db.Samples.VisibleWithBinTo(viewer)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.ProjectId, r.Code + " " + r.Name, "s/" + r.Code, r.CreatedById, r.DeletedAt)),
        TalkKind.Dot => (viewer is null ? db.Emitters : db.Emitters.VisibleWithBinTo(viewer)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.ProjectId, r.Code, "d/" + r.Code, r.CreatedById, r.DeletedAt)),
        TalkKind.Run => (viewer is null ? db.Runs : db.Runs.VisibleWithBinTo(viewer)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.ProjectId, r.Name, "r/" + r.Id, r.CreatedById, r.DeletedAt)),
        // A result is not there while its run is in the bin, as its page says.
        TalkKind.Result => (viewer is null ? db.Analyses : db.Analyses.VisibleTo(viewer).Where(r => r.Run.DeletedAt == null)).Where(r => ids.Contains(r.Id))
            .Select(r => new TalkSubject(of, r.Id, r.ProjectId, r.Run.Name, "a/" + r.Id, r.RequestedById, r.DeletedAt) { Text = r.Kind }),
        _ => db.Projects.Where(_ => false).Select(r => new TalkSubject(of, r.Id, r.Id, "", "", null, null)),
    };

    /// <summary>Holds a record as it is until the transaction ends: who puts it into the bin waits.</summary>
    /// <returns>False where it is in the bin, or has gone to another project.</returns>
    public static async Task<bool> HoldRecord(this PortalDb db, TalkKind of, Guid id, Guid project, CancellationToken stop = default) =>
        (await db.Database.SqlQuery<Guid>(of switch
        {
            TalkKind.Project => $"""SELECT "Id" AS "Value" FROM "Projects" WHERE "Id" = {id} AND "Id" = {project} AND "DeletedAt" IS NULL FOR SHARE""",
            TalkKind.Batch => $"""SELECT "Id" AS "Value" FROM "Batches" WHERE "Id" = {id} AND "ProjectId" = {project} AND "DeletedAt" IS NULL FOR SHARE""",
            TalkKind.Sample => $"""SELECT "Id" AS "Value" FROM "Samples" WHERE "Id" = {id} AND "ProjectId" = {project} AND "DeletedAt" IS NULL FOR SHARE""",
            TalkKind.Dot => $"""SELECT "Id" AS "Value" FROM "Emitters" WHERE "Id" = {id} AND "ProjectId" = {project} AND "DeletedAt" IS NULL FOR SHARE""",
            TalkKind.Run => $"""SELECT "Id" AS "Value" FROM "Runs" WHERE "Id" = {id} AND "ProjectId" = {project} AND "DeletedAt" IS NULL FOR SHARE""",
            // A result goes with its run.
            _ => $"""SELECT a."Id" AS "Value" FROM "Analyses" a JOIN "Runs" r ON r."Id" = a."RunId" WHERE a."Id" = {id} AND a."ProjectId" = {project} AND a."DeletedAt" IS NULL AND r."DeletedAt" IS NULL FOR SHARE""",
        }).ToListAsync(stop)).Count == 1;

    /// <summary>What is said of a record follows it into another project; in the transaction that moves it.</summary>
    public static async Task MoveTalk(this PortalDb db, TalkKind of, Guid id, Guid project, CancellationToken stop = default)
    {
        await db.Comments.Where(c => c.Of == of && c.RecordId == id).ExecuteUpdateAsync(set => set.SetProperty(c => c.ProjectId, project), stop);
        await db.Follows.Where(f => f.Of == of && f.RecordId == id).ExecuteUpdateAsync(set => set.SetProperty(f => f.ProjectId, project), stop);
        await db.Notices.Where(n => n.Of == of && n.RecordId == id).ExecuteUpdateAsync(set => set.SetProperty(n => n.ProjectId, project), stop);
    }
}
