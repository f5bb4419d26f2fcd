using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Audit;

namespace PqdPortal.Data.Edits;

/// <summary>Saves an edited copy of a record, or says who was faster.</summary>
public static class RecordSave
{
    /// <summary>Lays the edited copy over the stored record and saves; the copy's version must be that of the stored record.</summary>
    /// <param name="stored">The record as this context tracks it, found through EditableBy.</param>
    /// <param name="edited">A copy with the version it was read at.</param>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public static async Task SaveEdited<TRecord>(this PortalDb db, TRecord stored, TRecord edited, CancellationToken stop = default)
        where TRecord : class, IRecord
    {
        if (stored.Version != edited.Version)
            throw await db.Stale(stored, edited, stop);

        RecordFields.CopyOnto(edited, stored);
        try
        {
            await db.SaveChangesAsync(stop);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Between our reading and our writing somebody else wrote: read what they left and tell.
            db.ChangeTracker.Clear();
            var now = await db.Set<TRecord>().AsNoTracking().FirstOrDefaultAsync(record => record.Id == stored.Id, stop);
            if (now is null) throw;
            throw await db.Stale(now, edited, stop);
        }
    }

    static async Task<StaleRecordException> Stale<TRecord>(this PortalDb db, TRecord now, TRecord edited, CancellationToken stop)
        where TRecord : class, IRecord => new(now, await db.ChangesSince(edited, now, stop));

    /// <summary>The fields in which a copy differs from the record as it stands, and those that changed since the copy's version, with who changed each since.</summary>
    public static async Task<IReadOnlyList<StaleField>> ChangesSince<TRecord>(this PortalDb db, TRecord copy, TRecord now, CancellationToken stop = default)
        where TRecord : class, IRecord
    {
        var since = await db.EventAt(copy.Id, copy.Version, stop);
        var history = await db.HistoryOf(now.Id, 100, stop);
        return
        [
            .. from field in RecordFields.OfThese<TRecord>(copy, now)
               let last = history.FirstOrDefault(entry => entry.Id > since && entry.Action != "made" && entry.Changes.Any(change => change.Field == field.Name))
               where !field.Same(now, copy) || (since > 0 && last is not null)
               select new StaleField(field.Name, field.Get(copy), field.Get(now), last?.Who, last?.At),
        ];
    }

    /// <summary>Id of the audit event that was written with a version of a record; 0 where there is none (the portal itself wrote it).</summary>
    /// <remarks>A record's version is the transaction that wrote its row, and its audit event was written by the same.</remarks>
    static Task<long> EventAt(this PortalDb db, Guid record, uint version, CancellationToken stop) =>
        db.Database.SqlQuery<long>($"""SELECT coalesce(max("Id"), 0) AS "Value" FROM "AuditEvents" WHERE "RecordId" = {record} AND xmin::text::bigint = {(long)version}""")
            .SingleAsync(stop);

    /// <summary>
    /// Brings an edited copy up to the record as it stands now: fields the person did not touch take the new value,
    /// fields only the person touched stay, and those both touched are left as typed and returned, for the person to decide.
    /// </summary>
    /// <param name="began">The record as it was when the person began.</param>
    /// <param name="edited">What they typed; takes the version of the record as it stands.</param>
    public static IReadOnlyList<StaleField> Merge<TRecord>(TRecord began, TRecord edited, StaleRecordException stale)
        where TRecord : class, IRecord
    {
        var both = new List<StaleField>();
        foreach (var difference in stale.Differences)
        {
            var field = RecordFields.Named<TRecord>(difference.Field);
            if (field.Same(began, edited)) field.Set(edited, difference.Now);
            else if (!field.Same(began, stale.Now) && !field.Same(edited, stale.Now)) both.Add(difference);
        }

        edited.Version = stale.Now.Version;
        return both;
    }
}
