using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Talking;

/// <summary>What the viewer is told.</summary>
public sealed class NoticeQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Notices of one page of the digest.</summary>
    public const int PageSize = 200;

    /// <summary>More than this many are counted as this many and more.</summary>
    public const int MostCounted = 99;

    /// <summary>How many unread notices the bell counts; never more than <see cref="MostCounted"/> and one.</summary>
    public async Task<int> Unread(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is null) return 0;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.NoticesSeenBy(viewer).Where(n => n.ReadAt == null && n.InBell).Take(MostCounted + 1).CountAsync(stop);
    }

    /// <summary>What the viewer is told, the newest first.</summary>
    /// <param name="since">Only what came after this moment.</param>
    /// <param name="unread">Only what is not read.</param>
    /// <returns>One page, and whether there is more behind it.</returns>
    public async Task<(IReadOnlyList<NoticeRow> Rows, bool HasMore)> Read(DateTimeOffset? since = null, bool unread = false, int page = 1, int size = PageSize, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is null) return ([], false);
        await using var db = await database.CreateDbContextAsync(stop);
        var found = db.NoticesSeenBy(viewer);
        if (since is { } after) found = found.Where(n => n.At > after);
        if (unread) found = found.Where(n => n.ReadAt == null);
        var ordered = found.OrderByDescending(n => n.At).ThenBy(n => n.Id);
        var notices = await ordered.Skip((int)Math.Min(int.MaxValue - 1L, size * (Math.Max(1L, page) - 1))).Take(size + 1).AsNoTracking().ToListAsync(stop);
        return (await Rows(db, viewer, [.. notices.Take(size)], stop), notices.Count > size);
    }

    static async Task<IReadOnlyList<NoticeRow>> Rows(PortalDb db, Viewer viewer, IReadOnlyList<Notice> notices, CancellationToken stop)
    {
        var subjects = await db.SubjectsSeenBy(viewer, notices, stop);
        var records = notices.Select(n => n.RecordId).Distinct().ToArray();
        var follows = await db.FollowsSeenBy(viewer).Where(f => records.Contains(f.RecordId)).ToDictionaryAsync(f => f.RecordId, f => f, stop);
        var people = notices.Select(n => n.ById).OfType<Guid>().Distinct().ToArray();
        var names = await db.Users.Where(person => people.Contains(person.Id)).ToDictionaryAsync(person => person.Id, person => person.Name, stop);
        var comments = notices.Where(n => IsTalk(n.Kind)).Select(n => n.SourceId).Distinct().ToArray();
        var texts = comments.Length == 0 ? [] : await db.CommentsSeenBy(viewer).Where(c => comments.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => c.Text, stop);
        return [.. notices.Where(n => subjects.ContainsKey(n.RecordId)).Select(n => new NoticeRow(n, subjects[n.RecordId],
            n.ById is { } by ? names.GetValueOrDefault(by, "somebody") : null, texts.TryGetValue(n.SourceId, out var text) ? Beginning(text) : null,
            Why(n, subjects[n.RecordId], follows.GetValueOrDefault(n.RecordId), viewer)))];
    }

    /// <summary>What the viewer chose for each kind, and where they said nothing, what is usual.</summary>
    public async Task<IReadOnlyDictionary<NoticeKind, NoticeWay>> Choices(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var own = await db.NoticeChoices.Where(c => c.PersonId == viewer.PersonId).ToDictionaryAsync(c => c.Kind, c => c.Way, stop);
        return Enum.GetValues<NoticeKind>().ToDictionary(kind => kind, kind => own.GetValueOrDefault(kind, NoticeChoice.Usual(kind)));
    }

    /// <summary>Everything since the viewer looked last, by day and record: what a mail would say if there were a mail server.</summary>
    /// <param name="since">Since then instead; at most <see cref="Notice.Days"/> ago.</param>
    public async Task<Digest> Digest(DateTimeOffset? since = null, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        var last = await db.Visits.Where(v => v.PersonId == viewer.PersonId).Select(v => v.NoticesAt).FirstOrDefaultAsync(stop);
        var from = since ?? last ?? now.AddDays(-7);
        var (rows, hasMore) = await Read(from, stop: stop);
        return new(from, now, Days(rows), hasMore);
    }

    /// <summary>Notices by day and record, the newest first.</summary>
    public static IReadOnlyList<NoticeDay> Days(IEnumerable<NoticeRow> rows) =>
        [.. rows.GroupBy(row => DateOnly.FromDateTime(row.Notice.At.UtcDateTime)).OrderByDescending(day => day.Key)
            .Select(day => new NoticeDay(day.Key, [.. day.GroupBy(row => row.Notice.RecordId).Select(of => new NoticeGroup(of.First().Subject, [.. of]))]))];

    public static bool IsTalk(NoticeKind kind) => kind is NoticeKind.Comment or NoticeKind.Reply or NoticeKind.Mention;

    static string Why(Notice notice, TalkSubject subject, Follow? follow, Viewer viewer) => notice.Kind switch
    {
        NoticeKind.Mention => "You were named in it.",
        NoticeKind.Reply => "You wrote in this thread.",
        NoticeKind.Role => "The role is yours.",
        NoticeKind.Joined => "The invitation was yours.",
        _ when follow is { IsOn: true } => TalkQueries.WhyOf(follow.Why),
        _ when subject.MakerId == viewer.PersonId => TalkQueries.WhyOf(FollowReason.Made),
        NoticeKind.Failed => "You asked for it, or you follow what it lies in.",
        _ => "You follow what it lies in.",
    };

    static string Beginning(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 140 ? line : $"{line[..(char.IsHighSurrogate(line[138]) ? 138 : 139)]} …";
    }
}

/// <summary>One notice as its person reads it.</summary>
/// <param name="By">Who did it; null for the portal.</param>
/// <param name="Said">The beginning of the comment.</param>
/// <param name="Why">Why this person is told, in a sentence.</param>
public sealed record NoticeRow(Notice Notice, TalkSubject Subject, string? By, string? Said, string Why)
{
    /// <summary>What happened, in words.</summary>
    public string Words => Notice.Kind switch
    {
        NoticeKind.Comment => $"{By} commented",
        NoticeKind.Reply => $"{By} answered",
        NoticeKind.Mention => $"{By} named you",
        NoticeKind.Finished => $"{TalkQueries.TitleOf(Notice.Text)} is there",
        NoticeKind.Failed => Notice.Text is null ? "Its file could not be read" : $"{TalkQueries.TitleOf(Notice.Text)} came to no result",
        NoticeKind.Role => $"{By ?? "Somebody"} gave you the role {Notice.Text}",
        _ => $"{By ?? "Somebody"} came in by your invitation, with the role {Notice.Text}",
    };

    /// <summary>Where to look.</summary>
    public string Address => Notice.Kind is NoticeKind.Finished or NoticeKind.Failed && Notice.Text is not null ? $"a/{Notice.SourceId}"
        : NoticeQueries.IsTalk(Notice.Kind) ? $"{Subject.Address}#comment-{Notice.SourceId}" : Subject.Address;
}

/// <summary>The notices of one day.</summary>
public sealed record NoticeDay(DateOnly Day, IReadOnlyList<NoticeGroup> Records);

/// <summary>The notices of one record on one day.</summary>
public sealed record NoticeGroup(TalkSubject Subject, IReadOnlyList<NoticeRow> Rows)
{
    public int Unread => Rows.Count(row => row.Notice.ReadAt is null);
}

/// <summary>What came in a span of time.</summary>
/// <param name="HasMore">More came than is told here.</param>
public sealed record Digest(DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<NoticeDay> Days, bool HasMore);
