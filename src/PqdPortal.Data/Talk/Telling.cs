using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Talk;

/// <summary>
/// Tells people what concerns them, in the transaction of what happened: each once, nobody of their own doing, and nobody who may not
/// see it. What they see of it when they read is asked again then.
/// </summary>
public static class Telling
{
    /// <summary>A comment was written, or names somebody new after a change.</summary>
    public static async Task TellOfComment(this PortalDb db, Comment comment, DateTimeOffset now, CancellationToken stop = default)
    {
        if (comment.CreatedById is not { } author || await db.SubjectOf(comment.Of, comment.RecordId, stop) is not { } subject) return;
        var told = new Dictionary<Guid, NoticeKind>();
        foreach (var person in await db.Followers(subject, stop)) told[person] = NoticeKind.Comment;
        if (comment.ParentId is { } parent)
            foreach (var person in await db.Comments.Where(c => (c.Id == parent || c.ParentId == parent) && c.CreatedById != null && c.DeletedAt == null).Select(c => c.CreatedById!.Value).Distinct().ToListAsync(stop))
                told[person] = NoticeKind.Reply;
        foreach (var person in comment.Mentioned) told[person] = NoticeKind.Mention;

        await db.FollowByItself(subject, author, FollowReason.Commented, now, stop);
        foreach (var person in comment.Mentioned) await db.FollowByItself(subject, person, FollowReason.Mentioned, now, stop);
        await db.Tell(told.Select(one => new Notice
        {
            PersonId = one.Key, Kind = one.Value, ProjectId = comment.ProjectId, Of = comment.Of, RecordId = comment.RecordId, SourceId = comment.Id, ById = author, At = now,
        }), isAgain: false, stop);
    }

    /// <summary>A piece of background work came to its end.</summary>
    /// <param name="analysis">What it computed; null where it was about a run's file.</param>
    /// <param name="source">The analysis, or the job of a file.</param>
    /// <param name="askedBy">Who asked for it: told of a bad end only, for a good one is what they are waiting for.</param>
    public static async Task TellOfWork(this PortalDb db, Guid run, Guid? analysis, Guid source, Guid? askedBy, bool isGood, DateTimeOffset now, CancellationToken stop = default)
    {
        // A file that was read is no result yet; what is computed from it tells of itself.
        if (isGood && analysis is null) return;
        if (await db.SubjectOf(TalkKind.Run, run, stop) is not { } subject) return;
        var kind = analysis is null ? null : await db.Analyses.Where(a => a.Id == analysis).Select(a => a.Kind).FirstOrDefaultAsync(stop);
        var told = await db.Followers(analysis is { } result ? subject with { Id = result, Above = [run, .. subject.Above], MakerId = subject.MakerId } : subject, stop);
        if (askedBy is { } asker && !isGood) told = [.. told.Append(asker).Distinct()];
        await db.Tell(told.Where(person => !isGood || person != askedBy).Select(person => new Notice
        {
            PersonId = person, Kind = isGood ? NoticeKind.Finished : NoticeKind.Failed, ProjectId = subject.ProjectId, Of = TalkKind.Run, RecordId = run, SourceId = source, At = now, Text = kind,
        }), isAgain: true, stop);
    }

    /// <summary>Roles were given: those who got them are told, and where somebody came in by an invitation, who invited them.</summary>
    /// <param name="actor">Who did it.</param>
    internal static async Task TellOfRoles(this PortalDb db, IReadOnlyList<(Grant Grant, Guid Person, bool IsNew)> given, Guid? actor, DateTimeOffset now, CancellationToken stop)
    {
        List<Notice> notices = [];
        foreach (var (grant, person, isNew) in given)
        {
            if (person != actor)
                notices.Add(About(grant, person, NoticeKind.Role, grant.Id, actor));
            else if (isNew && grant.GrantedById is { } inviter && inviter != person)
                notices.Add(About(grant, inviter, NoticeKind.Joined, grant.Id, person));
        }
        await db.Tell(notices, isAgain: true, stop);

        Notice About(Grant grant, Guid whom, NoticeKind kind, Guid source, Guid? by) => new()
        {
            PersonId = whom, Kind = kind, ProjectId = grant.ProjectId, Of = TalkKind.Project, RecordId = grant.ProjectId, SourceId = source, ById = by, At = now,
            Text = grant.Role.ToString().ToLowerInvariant(),
        };
    }

    /// <summary>
    /// Those who follow a record: who said so of it or of what it lies in, the nearest word counts; and who made it and said nothing.
    /// </summary>
    static async Task<IReadOnlyList<Guid>> Followers(this PortalDb db, TalkSubject subject, CancellationToken stop)
    {
        Guid[] way = [subject.Id, .. subject.Above];
        var said = await db.Follows.Where(f => way.Contains(f.RecordId)).Select(f => new { f.PersonId, f.RecordId, f.IsOn }).ToListAsync(stop);
        var nearest = said.GroupBy(f => f.PersonId).ToDictionary(of => of.Key, of => of.MinBy(f => Array.IndexOf(way, f.RecordId))!.IsOn);
        if (subject.MakerId is { } maker) nearest.TryAdd(maker, true);
        return [.. nearest.Where(one => one.Value).Select(one => one.Key)];
    }

    static Task FollowByItself(this PortalDb db, TalkSubject subject, Guid person, FollowReason why, DateTimeOffset now, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"""
            INSERT INTO "Follows" ("PersonId", "RecordId", "Of", "ProjectId", "IsOn", "Why", "Since")
            VALUES ({person}, {subject.Id}, {subject.Of.ToString()}, {subject.ProjectId}, true, {why.ToString()}, {now})
            ON CONFLICT ("PersonId", "RecordId") DO NOTHING
            """, stop);

    /// <param name="isAgain">The same may be told once more, as a role that was changed; else who was told of it is not told again.</param>
    static async Task Tell(this PortalDb db, IEnumerable<Notice> notices, bool isAgain, CancellationToken stop)
    {
        foreach (var of in notices.Where(n => n.PersonId != n.ById).GroupBy(n => n.ProjectId))
        {
            var people = of.Select(n => n.PersonId).Distinct().ToArray();
            var seeing = (await db.PeopleWhoSee(of.Key, of.First().At).Where(p => people.Contains(p.Id)).Select(p => p.Id).ToListAsync(stop)).ToHashSet();
            var ways = (await db.NoticeChoices.Where(c => people.Contains(c.PersonId)).ToListAsync(stop)).ToDictionary(c => (c.PersonId, c.Kind), c => c.Way);
            List<string> changed = [];
            foreach (var n in of.Where(n => seeing.Contains(n.PersonId)))
            {
                var way = ways.GetValueOrDefault((n.PersonId, n.Kind), NoticeChoice.Usual(n.Kind));
                if (way == NoticeWay.Never) continue;
                var isInBell = way == NoticeWay.Bell;
                var rows = isAgain
                    ? await db.Database.ExecuteSqlAsync($"""
                        INSERT INTO "Notices" ("Id", "PersonId", "ProjectId", "Of", "RecordId", "Kind", "SourceId", "ById", "At", "InBell", "Text")
                        VALUES ({n.Id}, {n.PersonId}, {n.ProjectId}, {n.Of.ToString()}, {n.RecordId}, {n.Kind.ToString()}, {n.SourceId}, {n.ById}, {n.At}, {isInBell}, {n.Text})
                        ON CONFLICT ("PersonId", "SourceId") DO UPDATE SET "Kind" = excluded."Kind", "ById" = excluded."ById", "At" = excluded."At", "InBell" = excluded."InBell", "Text" = excluded."Text", "ReadAt" = NULL
                        """, stop)
                    : await db.Database.ExecuteSqlAsync($"""
                        INSERT INTO "Notices" ("Id", "PersonId", "ProjectId", "Of", "RecordId", "Kind", "SourceId", "ById", "At", "InBell", "Text")
                        VALUES ({n.Id}, {n.PersonId}, {n.ProjectId}, {n.Of.ToString()}, {n.RecordId}, {n.Kind.ToString()}, {n.SourceId}, {n.ById}, {n.At}, {isInBell}, {n.Text})
                        ON CONFLICT ("PersonId", "SourceId") DO NOTHING
                        """, stop);
                if (rows > 0) changed.Add($"{nameof(Notice)} {n.PersonId}");
            }
            if (changed.Count > 0) await db.Notify([.. changed.Distinct()], stop);
        }
    }

    /// <summary>Removes what was told long ago.</summary>
    public static Task<int> ForgetNotices(this PortalDb db, DateTimeOffset now, CancellationToken stop = default)
    {
        var before = now.AddDays(-Notice.Days);
        return db.Notices.Where(n => n.At < before).ExecuteDeleteAsync(stop);
    }
}
