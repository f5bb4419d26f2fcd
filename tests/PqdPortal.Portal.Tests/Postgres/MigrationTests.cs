using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Portal.Tests.Postgres;

public class MigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task The_migrations_make_the_database_that_the_records_describe()
    {
        await using var db = database.CreateDbContext();

        Assert.False(db.Database.HasPendingModelChanges(), "The records changed and no migration says so; see docs/guide/migrations.md.");
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
    }
}
