using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Seed;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>A portal with a small seeded laboratory: 40 batches, 200 samples, 2,000 dots, 6,000 runs.</summary>
public class SeededFixture : PortalFixture
{
    public virtual SeedSize Size { get; } = new(40);

    /// <summary>Sees everything.</summary>
    public PortalUser Head { get; private set; } = null!;

    /// <summary>Somebody of the laboratory: sees some of its projects.</summary>
    public PortalUser Somebody { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Head = await Person("Ada", administrator: true);
        await using var db = CreateDbContext();
        await new LaboratorySeed(Size, 1).Make(db, (new string('a', 64), 64), _ => { });
        Somebody = await db.Users.OrderBy(user => user.UserName).FirstAsync(user => user.UserName!.StartsWith("seed-"));
    }
}
