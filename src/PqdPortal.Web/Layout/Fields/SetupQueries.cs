using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>The set-ups that a run can be recorded with.</summary>
public sealed class SetupQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Those the viewer sees, by name.</summary>
    public async Task<IReadOnlyList<Instrument>> All(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Instruments.VisibleTo(viewer).OrderBy(i => i.Name).AsNoTracking().Take(500).ToListAsync(stop);
    }
}
