using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Talking;

/// <summary>What people do where a record is talked about.</summary>
public sealed class TalkCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>How often something that does not depend on the text is tried again where somebody saved at the same moment.</summary>
    const int Tries = 5;

    /// <summary>Says something of a record, or answers to what was said. Who is named in it is told.</summary>
    /// <returns>Null where the viewer may not comment there, or the record has gone into the bin.</returns>
    /// <exception cref="RefusedEditException">The text cannot be kept, or what it answers is not there.</exception>
    public async Task<Said?> Say(TalkKind of, Guid record, string? text, Guid? answers = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer, stop);
        if (viewer.PersonId is not { } person || await db.SubjectSeenBy(viewer, of, record, stop) is not { BinnedAt: null } subject
            || viewer.RoleIn(subject.ProjectId) < AccessRole.Comment) return null;
        var checkedText = Checked(text);

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        // Who puts the record into the bin at this moment waits for us, or we find it there.
        if (!await db.HoldRecord(of, record, subject.ProjectId, stop)) return null;
        if (answers is { } parent)
        {
            var top = await db.Comments.AsNoTracking().FirstOrDefaultAsync(c => c.Id == parent && c.RecordId == record && c.ProjectId == subject.ProjectId, stop);
            // An answer to an answer stands beside it.
            if (top?.ParentId is { } above) top = await db.Comments.AsNoTracking().FirstOrDefaultAsync(c => c.Id == above, stop);
            if (top is null || top.DeletedAt is not null) throw Refused("What you answer has gone into the bin. Write it as a comment of its own; what you typed is still here.");
            answers = top.Id;
        }
        var now = clock.GetUtcNow();
        var mentions = Mentions.Of(checkedText, await TalkQueries.Handles(db, subject.ProjectId, now, stop));
        var comment = new Comment
        {
            Of = of, RecordId = record, ProjectId = subject.ProjectId, ParentId = answers, Text = checkedText, CreatedById = person, CreatedAt = now,
            Mentioned = [.. mentions.Found.Where(named => named != person)],
        };
        db.Comments.Add(comment);
        await db.SaveChangesAsync(stop);
        await db.TellOfComment(comment, now, stop);
        await transaction.CommitAsync(stop);
        return new(comment, mentions.Sentence);
    }

    /// <summary>Saves another wording of one's own comment. Who is newly named is told.</summary>
    /// <returns>Null where it is not there, or not the viewer's own.</returns>
    /// <exception cref="RefusedEditException">The text cannot be kept.</exception>
    /// <exception cref="StaleRecordException">It was saved elsewhere in between.</exception>
    public async Task<Said?> Edit(Comment edited, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer, stop);
        var stored = await Mine(db, viewer).FirstOrDefaultAsync(c => c.Id == edited.Id, stop);
        if (stored is null) return null;
        var before = stored.Text;
        var copy = RecordFields.Copy(stored);
        (copy.Version, copy.Text) = (edited.Version, Checked(edited.Text));
        if (copy.Text == before && copy.Version == stored.Version) return new(stored, null);

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var now = clock.GetUtcNow();
        var mentions = Mentions.Of(copy.Text, await TalkQueries.Handles(db, stored.ProjectId, now, stop));
        stored.EditedAt = now;
        stored.Mentioned = [.. mentions.Found.Where(named => named != viewer.PersonId)];
        try
        {
            await db.SaveEdited(stored, copy, stop);
        }
        catch (StaleRecordException stale) when (stale.Now is Comment { DeletedAt: not null })
        {
            return null;
        }
        await db.TellOfComment(stored, now, stop);
        await transaction.CommitAsync(stop);
        return new(stored, mentions.Sentence);
    }

    /// <summary>Says that a thread is settled, or opens it again; who comes second finds it done.</summary>
    /// <returns>False where the viewer may not comment there, or it is no thread.</returns>
    public async Task<bool> Resolve(Guid id, bool isResolved, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await Change(viewer, db => db.CommentsSeenBy(viewer).CommentableBy(viewer).Where(c => c.ParentId == null), comment =>
        {
            if (comment.ResolvedAt is not null == isResolved) return;
            (comment.ResolvedAt, comment.ResolvedById) = isResolved ? (clock.GetUtcNow(), viewer.PersonId) : ((DateTimeOffset?)null, (Guid?)null);
        }, id, stop);
    }

    /// <summary>Puts a comment into the bin, or takes it out: one's own, and for who manages the project any.</summary>
    /// <returns>False where it is not there, or not the viewer's to take away.</returns>
    public async Task<bool> Bin(Guid id, bool isBinned, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        return await Change(viewer, db => OneOrManaged(db, viewer, isBinned ? db.CommentsSeenBy(viewer) : db.Comments.Where(c => c.DeletedAt != null && c.Text != "")),
            comment => comment.DeletedAt = isBinned ? clock.GetUtcNow() : null, id, stop);
    }

    /// <summary>Follows a record, or does not any more.</summary>
    /// <returns>False where it is not there for the viewer.</returns>
    public async Task<bool> Follow(TalkKind of, Guid record, bool isOn, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await Open(viewer, stop);
        if (viewer.PersonId is not { } person || await db.SubjectSeenBy(viewer, of, record, stop) is not { BinnedAt: null } subject) return false;
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO "Follows" ("PersonId", "RecordId", "Of", "ProjectId", "IsOn", "Why", "Since")
            VALUES ({person}, {record}, {of.ToString()}, {subject.ProjectId}, {isOn}, {nameof(FollowReason.Asked)}, {clock.GetUtcNow()})
            ON CONFLICT ("PersonId", "RecordId") DO UPDATE SET "IsOn" = excluded."IsOn", "Why" = excluded."Why", "Since" = excluded."Since", "ProjectId" = excluded."ProjectId"
            """, stop);
        await db.Notify(nameof(Notice), person, stop);
        return true;
    }

    async Task<bool> Change(Viewer viewer, Func<PortalDb, IQueryable<Comment>> among, Action<Comment> change, Guid id, CancellationToken stop)
    {
        if (viewer.PersonId is null) return false;
        for (var left = Tries; ; left--)
        {
            await using var db = await Open(viewer, stop);
            if (await among(db).FirstOrDefaultAsync(c => c.Id == id, stop) is not { } comment) return false;
            change(comment);
            try
            {
                await db.SaveChangesAsync(stop);
                return true;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody saved it at this moment; what is done here concerns no text, so it follows their save.
            }
        }
    }

    /// <summary>Alive comments of one's own, where one may still comment.</summary>
    static IQueryable<Comment> Mine(PortalDb db, Viewer viewer) => db.CommentsSeenBy(viewer).CommentableBy(viewer).Where(c => c.CreatedById == viewer.PersonId);

    /// <summary>Of some comments those of one's own, where one may still comment, and for who manages the project all.</summary>
    static IQueryable<Comment> OneOrManaged(PortalDb db, Viewer viewer, IQueryable<Comment> comments)
    {
        var (managed, commented) = (db.Projects.ManageableBy(viewer).Select(p => p.Id), db.Projects.CommentableBy(viewer).Select(p => p.Id));
        return comments.Where(c => managed.Contains(c.ProjectId) || c.CreatedById == viewer.PersonId && commented.Contains(c.ProjectId));
    }

    static string Checked(string? text)
    {
        var tidy = (text ?? "").Trim();
        return tidy.Length == 0 ? throw Refused("Write something first.")
            : Keepable.TroubleOf(tidy, Comment.Longest, "A comment") is { } trouble ? throw Refused(trouble)
            : tidy;
    }

    static RefusedEditException Refused(string why) => new(new Dictionary<string, string> { [nameof(Comment.Text)] = why });

    async Task<PortalDb> Open(Viewer viewer, CancellationToken stop)
    {
        var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        return db;
    }
}

/// <summary>A comment that was saved.</summary>
/// <param name="NotTold">Who was named and could not be told, in a sentence for the writer; null where everybody was.</param>
public sealed record Said(Comment Comment, string? NotTold);
