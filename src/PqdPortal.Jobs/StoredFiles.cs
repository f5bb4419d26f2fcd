using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Jobs;

/// <summary>The records of what lies in the file store.</summary>
static class StoredFiles
{
    /// <summary>Keeps a record of the content, once, inside the open transaction.</summary>
    internal static async Task Remember(PortalDb db, StoredContent content, CancellationToken stop)
    {
        // Two that store the same bytes at the same moment would both find no record and both make one.
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({content.Sha256}, 0))", stop);
        if (!await db.StoredFiles.AnyAsync(file => file.Sha256 == content.Sha256, stop))
            db.StoredFiles.Add(new StoredFile { Sha256 = content.Sha256, Length = content.Length });
    }
}
