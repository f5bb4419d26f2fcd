using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PqdPortal.Jobs.Health;

namespace PqdPortal.Portal.Tests.Jobs;

public class DatabaseHealthTests : JobTests
{
    [Fact]
    public async Task A_database_older_than_the_program_is_not_ready_until_it_was_migrated()
    {
        await using var db = Database.CreateDbContext();
        var newest = (await db.Database.GetAppliedMigrationsAsync()).Last();
        await db.Database.ExecuteSqlAsync($"""DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" = {newest}""");
        var health = new DatabaseHealth(Database);

        var before = await health.CheckHealthAsync(new());
        await db.Database.ExecuteSqlAsync($"""INSERT INTO "__EFMigrationsHistory" VALUES ({newest}, '10.0.0')""");
        var after = await health.CheckHealthAsync(new());

        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Healthy), (before.Status, after.Status));
        Assert.Contains("1 migrations older than this program", before.Description);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_not_ready()
    {
        // Nobody listens on port 1.
        var away = new DatabaseFixture { Elsewhere = () => Task.FromResult("Host=127.0.0.1;Port=1;Database=portal;Username=portal;Pooling=false") };
        await away.InitializeAsync();

        var health = await new DatabaseHealth(away).CheckHealthAsync(new());

        await away.DisposeAsync();

        Assert.Equal((HealthStatus.Unhealthy, "The database does not answer."), (health.Status, health.Description));
    }
}
