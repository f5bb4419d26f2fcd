using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Talk;

/// <summary>When a person was last at the first page and at their notices, whichever device they used, and what they compared last.</summary>
/// <remarks>
/// A visit goes on while its person opens the page again within <see cref="Pause"/>; so a reload, or a second device beside the first,
/// does not take away what is new. It begins anew after that, and what is new is then what came since the last page of the visit before.
/// </remarks>
public sealed class Visit
{
    /// <summary>After so long without a page opened, the next one begins a new visit.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(30);

    public Guid PersonId { get; set; }

    /// <summary>When the first page was opened last, and when it was in the visit before.</summary>
    public DateTimeOffset? HomeAt { get; set; }
    public DateTimeOffset? HomeBefore { get; set; }

    /// <summary>The same of the notices.</summary>
    public DateTimeOffset? NoticesAt { get; set; }
    public DateTimeOffset? NoticesBefore { get; set; }

    /// <summary>Address of the comparison that was opened last, without the portal's own.</summary>
    [MaxLength(LongestAddress)] public string? Compared { get; set; }
    public DateTimeOffset? ComparedAt { get; set; }

    public const int LongestAddress = 2000;

    internal static void Map(EntityTypeBuilder<Visit> visit)
    {
        visit.HasKey(v => v.PersonId);
        visit.HasOne<PortalUser>().WithMany().HasForeignKey(v => v.PersonId);
    }
}

/// <summary>Notes that a person was here.</summary>
public static class Visits
{
    /// <summary>The person opened the first page.</summary>
    /// <returns>When their visit before this one ended; null on the first.</returns>
    public static Task<DateTimeOffset?> ComeHome(this PortalDb db, Guid person, DateTimeOffset now, CancellationToken stop = default) =>
        db.Database.SqlQuery<DateTimeOffset?>($"""
            INSERT INTO "Visits" AS v ("PersonId", "HomeAt") VALUES ({person}, {now})
            ON CONFLICT ("PersonId") DO UPDATE SET
                "HomeBefore" = CASE WHEN v."HomeAt" < {now - Visit.Pause} THEN v."HomeAt" ELSE v."HomeBefore" END,
                "HomeAt" = greatest(v."HomeAt", {now})
            RETURNING v."HomeBefore" AS "Value"
            """).First(stop);

    /// <summary>The person opened their notices.</summary>
    /// <returns>When their visit there before this one ended; null on the first.</returns>
    public static Task<DateTimeOffset?> ComeToNotices(this PortalDb db, Guid person, DateTimeOffset now, CancellationToken stop = default) =>
        db.Database.SqlQuery<DateTimeOffset?>($"""
            INSERT INTO "Visits" AS v ("PersonId", "NoticesAt") VALUES ({person}, {now})
            ON CONFLICT ("PersonId") DO UPDATE SET
                "NoticesBefore" = CASE WHEN v."NoticesAt" < {now - Visit.Pause} THEN v."NoticesAt" ELSE v."NoticesBefore" END,
                "NoticesAt" = greatest(v."NoticesAt", {now})
            RETURNING v."NoticesBefore" AS "Value"
            """).First(stop);

    /// <summary>The person has seen what is new: from now on other things are.</summary>
    public static Task SeenHome(this PortalDb db, Guid person, DateTimeOffset now, CancellationToken stop = default) =>
        db.Database.ExecuteSqlAsync($"""
            INSERT INTO "Visits" ("PersonId", "HomeAt", "HomeBefore") VALUES ({person}, {now}, {now})
            ON CONFLICT ("PersonId") DO UPDATE SET "HomeAt" = {now}, "HomeBefore" = {now}
            """, stop);

    /// <summary>The person opened a comparison.</summary>
    public static Task Compare(this PortalDb db, Guid person, string address, DateTimeOffset now, CancellationToken stop = default) =>
        db.Database.ExecuteSqlAsync($"""
            INSERT INTO "Visits" ("PersonId", "Compared", "ComparedAt") VALUES ({person}, {address}, {now})
            ON CONFLICT ("PersonId") DO UPDATE SET "Compared" = {address}, "ComparedAt" = {now}
            """, stop);

    // A statement that writes cannot be asked for its first row by a LIMIT around it.
    static async Task<DateTimeOffset?> First(this IQueryable<DateTimeOffset?> written, CancellationToken stop) => (await written.ToListAsync(stop))[0];
}
