using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.History;

/// <summary>The versions of a record that the viewer may see.</summary>
public sealed class VersionQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>Oldest first, the last is what stands now; none where the viewer may not see the record.</summary>
    public async Task<IReadOnlyList<RecordVersion<T>>> Of<T>(Guid id, CancellationToken stop = default) where T : class, IRecord
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        IRecord? now = typeof(T).Name switch
        {
            nameof(Batch) => await db.Batches.VisibleWithBinTo(viewer).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, stop),
            nameof(Sample) => await db.Samples.VisibleWithBinTo(viewer).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, stop),
            nameof(Emitter) => await db.Emitters.VisibleWithBinTo(viewer).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, stop),
            nameof(Run) => await db.Runs.VisibleWithBinTo(viewer).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, stop),
            nameof(Instrument) => await db.Instruments.VisibleTo(viewer).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, stop),
            _ => null,
        };
        return now is T record ? await db.VersionsOf(record, stop) : [];
    }
}
