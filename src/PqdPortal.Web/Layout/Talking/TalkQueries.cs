using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Talking;

/// <summary>What is said of a record, and who can be named there.</summary>
public sealed class TalkQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>As many threads are shown at once, the newest; more on request.</summary>
    public const int PageSize = 50;

    /// <summary>As many people are offered behind an @.</summary>
    const int MostPeople = 500;

    /// <summary>The threads of a record, oldest first; null where the record is not there for the viewer.</summary>
    /// <param name="threads">How many at most, the newest.</param>
    /// <param name="skip">How many of the newest are left out.</param>
    public async Task<ThreadsView?> Of(TalkKind of, Guid record, int threads = PageSize, int skip = 0, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.SubjectSeenBy(viewer, of, record, stop) is not { } subject) return null;

        // Of what is in the bin with its record, those who may take that out see what was said of it, too.
        var said = db.Comments.Where(c => c.Of == of && c.RecordId == record && c.ProjectId == subject.ProjectId);
        var alive = said.Where(c => c.DeletedAt == null || c.CreatedById == viewer.PersonId && c.Text != "");
        var tops = said.Where(c => c.ParentId == null && (c.DeletedAt == null || c.CreatedById == viewer.PersonId && c.Text != "" || db.Comments.Any(reply => reply.ParentId == c.Id && reply.DeletedAt == null)));
        var total = await tops.CountAsync(stop);
        var first = await tops.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Skip(skip).Take(Math.Clamp(threads, 1, 10_000)).AsNoTracking().ToListAsync(stop);
        var ids = first.Select(c => c.Id).ToArray();
        var replies = (await alive.Where(c => c.ParentId != null && ids.Contains(c.ParentId.Value)).OrderBy(c => c.CreatedAt).AsNoTracking().ToListAsync(stop)).ToLookup(c => c.ParentId);
        var rows = await Rows(db, viewer, subject, first, replies, stop);
        return new(subject, [.. rows.OrderBy(row => row.Comment.CreatedAt)], total, MayComment(viewer, subject));
    }

    /// <summary>One comment with the answers to it; null where there is none for the viewer.</summary>
    public async Task<CommentRow?> Row(Guid id, CancellationToken stop = default)
    {
        if (await One(id, stop) is not { } comment) return null;
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.SubjectSeenBy(viewer, comment.Of, comment.RecordId, stop) is not { } subject) return null;
        var replies = (await db.CommentsSeenBy(viewer).Where(c => c.ParentId == id).OrderBy(c => c.CreatedAt).AsNoTracking().ToListAsync(stop)).ToLookup(c => c.ParentId);
        return (await Rows(db, viewer, subject, [comment], replies, stop))[0];
    }

    static bool MayComment(Viewer viewer, TalkSubject subject) => viewer.RoleIn(subject.ProjectId) >= AccessRole.Comment && subject.BinnedAt is null;

    static async Task<IReadOnlyList<CommentRow>> Rows(PortalDb db, Viewer viewer, TalkSubject subject, IReadOnlyList<Comment> first, ILookup<Guid?, Comment> replies, CancellationToken stop)
    {
        var people = first.Concat(replies.SelectMany(of => of)).SelectMany(c => new[] { c.CreatedById, c.ResolvedById }.OfType<Guid>().Concat(c.Mentioned)).Distinct().ToArray();
        var names = await db.Users.Where(person => people.Contains(person.Id)).ToDictionaryAsync(person => person.Id, person => person.Name, stop);
        var may = MayComment(viewer, subject);

        CommentRow Row(Comment c) => new(c, c.CreatedById is { } author ? names.GetValueOrDefault(author, "somebody") : "the portal", c.CreatedById == viewer.PersonId,
            may && c.Text.Length > 0 && (c.CreatedById == viewer.PersonId || viewer.MayManage(c.ProjectId)),
            c.ResolvedById is { } settled ? names.GetValueOrDefault(settled) : null,
            [.. c.Mentioned.Select(person => names.GetValueOrDefault(person)).OfType<string>()],
            [.. replies[c.Id].Select(Row)]);
        return [.. first.Select(Row)];
    }

    /// <summary>The id of a record the viewer sees, from its code or its id; null where there is none for them.</summary>
    public async Task<Guid?> Find(TalkKind of, string record, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        if (!Guid.TryParse(record, out var id))
        {
            if (!PqdPortal.Data.Edits.Keepable.IsText(record)) return null;
            id = await (of switch
            {
                TalkKind.Project => db.Projects.VisibleTo(viewer).Where(r => r.Code == record).Select(r => r.Id),
                TalkKind.Batch => db.Batches.VisibleTo(viewer).Where(r => r.Code == record).Select(r => r.Id),
                TalkKind.Sample => db.Samples.VisibleTo(viewer).Where(r => r.Code == record).Select(r => r.Id),
                TalkKind.Dot => db.Emitters.VisibleTo(viewer).Where(r => r.Code == record).Select(r => r.Id),
                _ => db.Runs.Where(_ => false).Select(r => r.Id),
            }).FirstOrDefaultAsync(stop);
        }
        return await db.SubjectSeenBy(viewer, of, id, stop) is { BinnedAt: null } ? id : null;
    }


    /// <summary>One comment that the viewer may read; null where there is none for them.</summary>
    public async Task<Comment?> One(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.CommentsSeenBy(viewer).AsNoTracking().FirstOrDefaultAsync(c => c.Id == id, stop);
    }

    /// <summary>The wordings that a comment had before, oldest first; nothing where the viewer may not read it.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> Before(Guid id, CancellationToken stop = default)
    {
        if (await One(id, stop) is null) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return [.. (await db.HistoryOf(id, stop: stop)).Where(entry => entry.Action == "changed" && entry.Changes.Any(change => change.Field == nameof(Comment.Text))).Reverse()];
    }

    /// <summary>Who can be named where this record is talked about: those who can see it; null for who may not comment there.</summary>
    public async Task<IReadOnlyList<Handle>?> People(TalkKind of, Guid record, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.SubjectSeenBy(viewer, of, record, stop) is { } subject && viewer.RoleIn(subject.ProjectId) >= AccessRole.Comment
            ? await Handles(db, subject.ProjectId, clock.GetUtcNow(), stop) : null;
    }

    internal static async Task<IReadOnlyList<Handle>> Handles(PortalDb db, Guid project, DateTimeOffset now, CancellationToken stop) =>
        Mentions.HandlesOf((await db.PeopleWhoSee(project, now).OrderBy(person => person.Name).Take(MostPeople).Select(person => new { person.Id, person.Name }).ToListAsync(stop))
            .Select(person => (person.Id, person.Name)));

    /// <summary>Whether the viewer follows a record, and why; null where it is not there for them.</summary>
    public async Task<FollowView?> Following(TalkKind of, Guid record, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.SubjectSeenBy(viewer, of, record, stop) is not { BinnedAt: null } subject) return null;
        var own = await db.FollowsSeenBy(viewer).AsNoTracking().FirstOrDefaultAsync(f => f.RecordId == record, stop);
        if (own is not null) return new(subject, own.IsOn, own.IsOn ? WhyOf(own.Why) : "You chose not to follow it.");
        if (of != TalkKind.Project && await db.FollowsSeenBy(viewer).AnyAsync(f => f.RecordId == subject.ProjectId && f.IsOn, stop))
            return new(subject, true, "You follow its project.");
        return subject.MakerId == person ? new(subject, true, WhyOf(FollowReason.Made)) : new(subject, false, null);
    }

    /// <summary>All that the viewer chose to follow, the newest first.</summary>
    public async Task<IReadOnlyList<FollowView>> Followed(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var follows = await db.FollowsSeenBy(viewer).Where(f => f.IsOn).OrderByDescending(f => f.Since).Take(500).AsNoTracking().ToListAsync(stop);
        var subjects = await db.SubjectsSeenBy(viewer, follows, stop);
        return [.. follows.Where(f => subjects.ContainsKey(f.RecordId)).Select(f => new FollowView(subjects[f.RecordId], true, WhyOf(f.Why)))];
    }

    public static string WhyOf(FollowReason reason) => reason switch
    {
        FollowReason.Made => "You made it.",
        FollowReason.Commented => "You commented on it.",
        FollowReason.Mentioned => "You were named in a comment on it.",
        _ => "You chose to follow it.",
    };

    /// <summary>A record in words: "the dot PQ-0042-S1-D017", "g2(τ) of night run".</summary>
    public static string NameOf(TalkSubject subject) => subject.Of == TalkKind.Result ? $"{TitleOf(subject.Text)} of {subject.Name}" : subject.Name;

    /// <summary>What an analysis is called.</summary>
    public static string TitleOf(string? kind) => AnalysisCatalogue.All.FirstOrDefault(known => known.Key == kind)?.Title ?? kind ?? "Result";
}

/// <summary>What is said of a record.</summary>
/// <param name="Total">Threads there are; the newest of them are here.</param>
/// <param name="MayComment">Whether the viewer may write here.</param>
public sealed record ThreadsView(TalkSubject Subject, IReadOnlyList<CommentRow> Threads, int Total, bool MayComment);

/// <summary>One comment with the answers to it.</summary>
/// <param name="MayBin">Whether the viewer may put it into the bin: its author, and who manages the project.</param>
/// <param name="Told">Names of those who were named in it.</param>
public sealed record CommentRow(Comment Comment, string Author, bool IsMine, bool MayBin, string? ResolvedBy, IReadOnlyList<string> Told, IReadOnlyList<CommentRow> Replies);

/// <summary>Whether somebody is told of a record.</summary>
/// <param name="Why">In a sentence; null where there is no reason.</param>
public sealed record FollowView(TalkSubject Subject, bool IsOn, string? Why);
