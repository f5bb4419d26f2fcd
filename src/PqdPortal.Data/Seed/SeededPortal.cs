using System.Text;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Backup;

namespace PqdPortal.Data.Seed;

/// <summary>Seeds a portal found by its options, whether it runs or not.</summary>
public static class SeededPortal
{
    /// <exception cref="SeedTrouble">There is a seeded laboratory already.</exception>
    public static async Task Seed(PortalHome home, SeedSize size, int seed, Action<string> tell, CancellationToken stop)
    {
        await home.Reach(stop);
        await using var db = home.CreateDbContext();
        await db.Database.MigrateAsync(stop);
        var stored = await home.Store.Save(new MemoryStream(Encoding.UTF8.GetBytes("A seeded record of PqdPortal: there is no measurement behind it.\n")), stop);
        await new LaboratorySeed(size, seed).Make(db, (stored.Sha256, stored.Length), tell, stop);
    }
}
