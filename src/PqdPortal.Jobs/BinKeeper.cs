using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Files;
using PqdPortal.Data.Talk;

namespace PqdPortal.Jobs;

/// <summary>Removes what lay in the bin for its time, then the stored files that no record names any more.</summary>
/// <remarks>
/// Any number of processes may do it at once. A process that ends between the two leaves files without a record, which the next
/// round finds, whoever makes it.
/// </remarks>
sealed class BinKeeper(IDbContextFactory<PortalDb> database, IFileStore store, BinOptions options, TimeProvider time, ILogger<BinKeeper> log)
{
    public async Task Round(CancellationToken stop)
    {
        var now = time.GetUtcNow();
        await using var db = await database.CreateDbContextAsync(stop);
        if (await db.ForgetNotices(now, stop) is var told and > 0) log.LogInformation("{Notices} notices of more than {Days} days ago were removed", told, Notice.Days);
        if (options.Days == 0) return;
        var before = now.AddDays(-options.Days);
        foreach (var record in await db.BinnedBefore(before, stop))
            try
            {
                if (await database.RemoveBinned(record, before, now, stop) is var records and > 0)
                    log.LogInformation("{Kind} {Id} lay in the bin for {Days} days and was removed for good, {Records} records in all", record.Kind, record.Id, options.Days, records);
            }
            catch (DbUpdateException busy)
            {
                log.LogInformation("{Kind} {Id} stays in the bin for now: somebody changed what points to it ({Trouble})", record.Kind, record.Id, busy.InnerException?.Message ?? busy.Message);
            }

        await db.RemoveBinnedAttachments(before, stop);

        foreach (var file in await StoredFiles.Unnamed(db).Select(file => file.Sha256).ToListAsync(stop))
            try
            {
                if (await StoredFiles.RemoveUnnamed(db, store, file, stop)) log.LogInformation("The file {Sha256} was removed: no record names it any more", file);
            }
            catch (ReadOnlyFileStoreException)
            {
                return; // The files stay until the store may be changed again.
            }
    }
}
