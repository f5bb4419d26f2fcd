using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Talking;

/// <summary>What a person does with what they are told: all of it their own.</summary>
public sealed class NoticeCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>The notices about a record or a result are read: its page was opened.</summary>
    public Task Saw(Guid record, CancellationToken stop = default) => Read(unread => unread.Where(n => n.RecordId == record || n.SourceId == record), stop);

    /// <summary>These notices are read; others' ids change nothing.</summary>
    public Task Read(IReadOnlyCollection<Guid> ids, CancellationToken stop = default) => Read(unread => unread.Where(n => ids.Contains(n.Id)), stop);

    /// <summary>All notices that came until a moment are read.</summary>
    public Task ReadAll(DateTimeOffset until, CancellationToken stop = default) => Read(unread => unread.Where(n => n.At <= until), stop);

    /// <summary>The person opened their notices.</summary>
    /// <returns>When they had looked before; null on the first time.</returns>
    public async Task<DateTimeOffset?> Look(CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } person) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.ComeToNotices(person, clock.GetUtcNow(), stop);
    }

    /// <summary>How the person wants to be told of one kind from now on; false where nobody is signed in.</summary>
    public async Task<bool> Choose(NoticeKind kind, NoticeWay way, CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } person || !Enum.IsDefined(kind) || !Enum.IsDefined(way)) return false;
        await using var db = await database.CreateDbContextAsync(stop);
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO "NoticeChoices" ("PersonId", "Kind", "Way") VALUES ({person}, {kind.ToString()}, {way.ToString()})
            ON CONFLICT ("PersonId", "Kind") DO UPDATE SET "Way" = excluded."Way"
            """, stop);
        return true;
    }

    /// <summary>The person opened a comparison: the first page leads back to it.</summary>
    /// <param name="address">Without the portal's own, such as compare/blinking?a=PQ-0001&amp;b=PQ-0002.</param>
    public async Task Compared(string address, CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } person || address.Length > Visit.LongestAddress || !PqdPortal.Data.Edits.Keepable.IsText(address)) return;
        await using var db = await database.CreateDbContextAsync(stop);
        await db.Compare(person, address, clock.GetUtcNow(), stop);
    }

    async Task Read(Func<IQueryable<Notice>, IQueryable<Notice>> which, CancellationToken stop)
    {
        if ((await me.Get(stop)).PersonId is not { } person) return;
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        if (await which(db.Notices.Where(n => n.PersonId == person && n.ReadAt == null)).ExecuteUpdateAsync(set => set.SetProperty(n => n.ReadAt, now), stop) > 0)
            await db.Notify(nameof(Notice), person, stop);
    }
}
