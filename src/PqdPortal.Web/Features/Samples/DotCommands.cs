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
        var viewer = await me.Get(stop);
        return await database.Save(viewer, edited, async (db, stored) =>
            (await new EditChecks().Rules(edited).Extra(db, viewer, edited, stored.Extra, stop)).Decide(), stop);
    }

    /// <summary>Puts the dot into the bin, or takes it out; false where the viewer may not change it.</summary>
    public async Task<bool> Bin(Guid id, bool binned, CancellationToken stop = default) =>
        await database.Bin<Emitter>(await me.Get(stop), id, binned, clock.GetUtcNow(), stop);
}
