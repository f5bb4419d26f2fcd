using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Files;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Jobs;

/// <summary>The records of what lies in the file store.</summary>
/// <remarks>
/// Bytes are stored first and named by a record afterwards, in two systems that share no transaction. So that neither is left
/// without the other, a report's hash is announced on its job before it is stored, and whoever names or removes bytes holds the
/// lock of their hash: a record is made only of bytes that are there, bytes are removed only where no record and no running job
/// names them.
/// </remarks>
static class StoredFiles
{
    /// <summary>Keeps a record of the content, once, inside the open transaction.</summary>
    /// <exception cref="IOException">Somebody has just removed the bytes; they have to be stored again.</exception>
    internal static async Task Remember(PortalDb db, IFileStore store, StoredContent content, CancellationToken stop)
    {
        // Two that store the same bytes at the same moment would both find no record and both make one.
        await Lock(db, content.Sha256, stop);
        if (await db.StoredFiles.AnyAsync(file => file.Sha256 == content.Sha256, stop)) return;
        if (!await store.Exists(content.Sha256, stop))
            throw new IOException($"The bytes {content.Sha256} were taken out of the store before a record named them.");
        db.StoredFiles.Add(new StoredFile { Sha256 = content.Sha256, Length = content.Length });
    }

    /// <summary>Says on the job that a report is about to be stored, so that it can be found and removed if nothing comes of it.</summary>
    /// <returns>False where this attempt no longer holds the job.</returns>
    internal static async Task<bool> Announce(PortalDb db, Job job, string sha256, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await Lock(db, sha256, stop);
        var mine = await db.Jobs.Where(j => j.Id == job.Id && j.State == JobState.Running && j.Attempt == job.Attempt)
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.Pending, sha256), stop);
        await transaction.CommitAsync(stop);
        return mine == 1;
    }

    /// <summary>Takes an announced report out of the store again, unless a record or another running attempt names it.</summary>
    /// <param name="attempt">The attempt that announced it or now clears it away; it does not count as another.</param>
    internal static async Task Withdraw(PortalDb db, IFileStore store, Guid job, int attempt, string sha256, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await Lock(db, sha256, stop);
        if (!await db.StoredFiles.AnyAsync(file => file.Sha256 == sha256, stop)
            && !await db.Jobs.AnyAsync(j => j.Pending == sha256 && j.State == JobState.Running && !(j.Id == job && j.Attempt == attempt), stop))
            await store.Delete(sha256, stop);
        await db.Jobs.Where(j => j.Id == job && j.Pending == sha256 && (j.State != JobState.Running || j.Attempt == attempt))
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.Pending, (string?)null), stop);
        await transaction.CommitAsync(stop);
    }

    /// <summary>Files that no record names: their run or analysis was removed. A report that is on its way in counts as named.</summary>
    internal static IQueryable<StoredFile> Unnamed(PortalDb db) => db.StoredFiles.Where(file =>
        !db.RunFiles.Any(f => f.Sha256 == file.Sha256) && !db.Analyses.Any(a => a.ReportSha256 == file.Sha256)
        && !db.Attachments.Any(a => a.Sha256 == file.Sha256) && !db.Attachments.Any(a => a.ThumbnailSha256 == file.Sha256)
        && !db.Emitters.Any(e => e.ImageSha256 == file.Sha256) && !db.Jobs.Any(j => j.Pending == file.Sha256));

    /// <summary>Takes a file and its record away, unless somebody names it by now or a backup copies.</summary>
    internal static async Task<bool> RemoveUnnamed(PortalDb db, IFileStore store, string sha256, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        if (!(await db.Database.SqlQueryRaw<bool>("SELECT (" + FilesStay.MayRemove + ") AS \"Value\"").ToListAsync(stop)).Single()) return false;
        await Lock(db, sha256, stop);
        if (!await Unnamed(db).AnyAsync(file => file.Sha256 == sha256, stop)) return false;
        // The bytes first: what ends in between leaves a record of no bytes, which the next round takes away.
        await store.Delete(sha256, stop);
        await db.StoredFiles.Where(file => file.Sha256 == sha256).ExecuteDeleteAsync(stop);
        await transaction.CommitAsync(stop);
        return true;
    }

    static Task Lock(PortalDb db, string sha256, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({sha256}, 0))", stop);
}
