using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What changes a dot. Dots are added by <see cref="SampleCommands.AddDots"/>.</summary>
public sealed class DotCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>Saves an edited copy; null where there is no such dot that the viewer may change.</summary>
    /// <exception cref="RefusedEditException">A field is wrong.</exception>
    /// <exception cref="StaleRecordException">Somebody else saved in between.</exception>
    public async Task<Emitter?> Save(Emitter edited, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var stored = await db.Emitters.EditableBy(viewer).FirstOrDefaultAsync(e => e.Id == edited.Id, stop);
        if (stored is null) return null;

        RecordFields.Tidy(edited);
        new EditChecks()
            .Between(nameof(Emitter.EmissionPeak), edited.EmissionPeak, 200, 3000, "The emission maximum", "nm")
            .Positive(nameof(Emitter.EmissionFwhm), edited.EmissionFwhm, "The emission width", "meV")
            .Keepable(edited)
            .Decide();
        await db.SaveEdited(stored, edited, stop);
        return stored;
    }

    /// <summary>Puts the dot into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var stored = await (binned ? db.Emitters.EditableBy(viewer) : db.Emitters.InBinOf(viewer)).FirstOrDefaultAsync(e => e.Id == id, stop);
        if (stored is null) return false;

        stored.DeletedAt = binned ? clock.GetUtcNow() : null;
        await db.SaveChangesAsync(stop);
        return true;
    }
}
