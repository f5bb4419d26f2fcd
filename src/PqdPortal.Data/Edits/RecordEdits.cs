using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;

namespace PqdPortal.Data.Edits;

/// <summary>What is the same for every kind of record of a project: saving an edited copy, the bin, and how it stands for who edits it.</summary>
public static class RecordEdits
{
    /// <summary>How often a record is put into the bin again where somebody saved it at the same moment.</summary>
    const int BinTries = 5;

    /// <summary>Saves an edited copy; null where there is no such record that the viewer may change.</summary>
    /// <param name="check">Refuses what cannot be kept; asked before anything is written, with the record as it is stored.</param>
    /// <exception cref="RefusedEditException">A field is missing or wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public static async Task<TRecord?> Save<TRecord>(
        this IDbContextFactory<PortalDb> database, Viewer viewer, TRecord edited, Func<PortalDb, TRecord, Task> check, CancellationToken stop = default)
        where TRecord : ProjectRecord
    {
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var stored = await db.Set<TRecord>().EditableBy(viewer).FirstOrDefaultAsync(record => record.Id == edited.Id, stop);
        if (stored is null) return null;

        RecordFields.Tidy(edited);
        await check(db, stored);
        try
        {
            await db.SaveEdited(stored, edited, stop);
        }
        catch (StaleRecordException stale) when (stale.Now is ProjectRecord { DeletedAt: not null })
        {
            // It went into the bin between our reading and our writing.
            return null;
        }

        return stored;
    }

    /// <summary>Puts a record into the bin, or takes it out; false where the viewer may not change it.</summary>
    public static async Task<bool> Bin<TRecord>(
        this IDbContextFactory<PortalDb> database, Viewer viewer, Guid id, bool binned, DateTimeOffset now, CancellationToken stop = default)
        where TRecord : ProjectRecord
    {
        for (var left = BinTries; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = viewer.PersonId;
            var stored = await (binned ? db.Set<TRecord>().EditableBy(viewer) : db.Set<TRecord>().InBinOf(viewer))
                .FirstOrDefaultAsync(record => record.Id == id, stop);
            if (stored is null) return false;

            stored.DeletedAt = binned ? now : null;
            try
            {
                await db.SaveChangesAsync(stop);
                return true;
            }
            catch (DbUpdateConcurrencyException) when (left > 0)
            {
                // Somebody saved a field of it at this moment. The bin concerns no field, so it follows their save.
            }
        }
    }

    /// <summary>How a record stands for a person who began to edit it.</summary>
    /// <param name="began">The record as it was when they began.</param>
    public static async Task<RecordStanding> StandingOf<TRecord>(this IDbContextFactory<PortalDb> database, Viewer viewer, TRecord began, CancellationToken stop = default)
        where TRecord : ProjectRecord
    {
        if (viewer.PersonId is null) return RecordStanding.SignedOut;
        await using var db = await database.CreateDbContextAsync(stop);
        var now = await db.Set<TRecord>().AsNoTracking().VisibleWithBinTo(viewer).FirstOrDefaultAsync(record => record.Id == began.Id, stop);
        return now is null ? RecordStanding.NotThere
            : await db.Standing(began, now, isBinned: now.DeletedAt is not null, mayEdit: viewer.MayEdit(now.ProjectId), stop);
    }

    /// <summary>How a record that the person may see stands for them.</summary>
    public static async Task<RecordStanding> Standing<TRecord>(this PortalDb db, TRecord began, TRecord now, bool isBinned, bool mayEdit, CancellationToken stop = default)
        where TRecord : class, IRecord
    {
        if (isBinned)
        {
            var bin = (await db.HistoryOf(now.Id, 20, stop)).FirstOrDefault(entry => entry.Action == "deleted");
            return new RecordStanding(StandingKind.Binned, now) { By = bin?.Who, At = bin?.At };
        }

        if (!mayEdit) return new RecordStanding(StandingKind.ReadOnly, now);
        return new RecordStanding(StandingKind.Open, now)
        {
            Changes = began.Version == now.Version ? [] : [.. (await db.ChangesSince(began, now, stop)).Where(change => change.By is not null)],
        };
    }
}

/// <summary>Whether somebody who edits a record can still save it.</summary>
public enum StandingKind
{
    /// <summary>They can; others may have saved in between.</summary>
    Open,

    /// <summary>Somebody put it into the bin; this person may take it out.</summary>
    Binned,

    /// <summary>They may read it, but not change it any more.</summary>
    ReadOnly,

    /// <summary>It is not there for them any more.</summary>
    NotThere,

    /// <summary>They are signed out, or their account was removed.</summary>
    SignedOut,
}

/// <summary>How a record stands at this moment for a person who has it open for editing.</summary>
/// <param name="Now">The record as it is stored; null where they may not see it.</param>
public sealed record RecordStanding(StandingKind Kind, IRecord? Now)
{
    public static RecordStanding NotThere { get; } = new(StandingKind.NotThere, null);
    public static RecordStanding SignedOut { get; } = new(StandingKind.SignedOut, null);

    /// <summary>Fields that others changed since the person began.</summary>
    public IReadOnlyList<StaleField> Changes { get; init; } = [];

    /// <summary>Who put it into the bin, and when.</summary>
    public string? By { get; init; }
    public DateTimeOffset? At { get; init; }
}
