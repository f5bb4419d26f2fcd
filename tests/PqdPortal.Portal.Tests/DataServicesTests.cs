using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Portal.Tests;

public sealed class DataServicesTests : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("services");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    HostApplicationBuilder Builder(params (string Key, string Value)[] options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration[DataFolder.Key] = _folder.Path;
        foreach (var (key, value) in options) builder.Configuration[key] = value;
        return builder;
    }

    [Theory]
    [InlineData("ConnectionStrings:Portal", "Server==;;x", "ConnectionStrings:Portal")]
    [InlineData("ConnectionStrings:Portal", "Username=portal", "ConnectionStrings:Portal")]
    [InlineData("Portal:Files:Store", "ftp", "Portal:Files:Store")]
    [InlineData("Portal:Files:Store", "s3", "Portal:Files:Bucket")]
    [InlineData("Portal:Files:Buckt", "photons", "Portal:Files:Buckt")]
    [InlineData("Portal:Files:ReadOnly", "perhaps", "Portal:Files:ReadOnly")]
    [InlineData("Portal:Database:Binary", "/opt", "Portal:Database:Binary")]
    [InlineData("Portal:DataFolder", "/proc/nowhere", "Portal:DataFolder")]
    public void A_wrong_option_stops_the_start_with_a_sentence_that_names_it(string key, string value, string named)
    {
        var error = Assert.Throws<PortalStartException>(() => Builder((key, value)).AddPortalData());

        Assert.Contains(named, error.Message);
    }

    [Fact]
    public async Task The_way_to_the_private_database_is_known_before_it_starts_and_holds_afterwards()
    {
        var builder = Builder();
        var before = DatabaseOptions.Of(builder).ConnectionString;
        builder.AddPortalData();
        using var app = builder.Build();

        await app.MigrateDatabase();
        await app.StartAsync();
        string kept;
        await using (var db = await app.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync())
        {
            kept = db.Database.GetConnectionString()!;
            Assert.Empty(await db.Database.GetPendingMigrationsAsync());
            Assert.False(db.Database.HasPendingModelChanges());
        }
        await app.Services.GetRequiredService<ChangeFeed>().Listens.WaitAsync(TimeSpan.FromSeconds(20));
        await app.StopAsync();

        Assert.Equal(before, kept);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "postgres", "postmaster.pid")));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Portals_that_start_at_once_on_one_server_migrate_once_and_a_worker_waits_for_them(bool databaseIsThere)
    {
        var server = await TestServer.Get();
        var name = $"fresh_{Guid.NewGuid():N}";
        if (databaseIsThere) await server.MakeDatabase(name);
        var connection = server.ConnectionString(name);
        IHost App()
        {
            var builder = Builder(("ConnectionStrings:Portal", connection));
            builder.AddPortalData();
            return builder.Build();
        }
        using var first = App();
        using var second = App();
        using var third = App();
        using var worker = App();

        var waits = worker.WaitForDatabase();
        Assert.False(waits.IsCompletedSuccessfully);
        await Task.WhenAll(first.MigrateDatabase(), second.MigrateDatabase(), third.MigrateDatabase());
        await waits.WaitAsync(TimeSpan.FromSeconds(30));

        // A database that another version has taken further is refused, not run against.
        await using (var db = await first.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync())
            await db.Database.ExecuteSqlRawAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_FromTheFuture', '10.0.0')""");
        var refused = await Assert.ThrowsAsync<PortalStartException>(() => second.MigrateDatabase());
        Assert.Contains("99990101000000_FromTheFuture", refused.Message);
        await TestServer.DropDatabase(connection);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_with_the_option_that_names_it()
    {
        var builder = Builder(("ConnectionStrings:Portal", "Host=127.0.0.1;Port=1;Database=portal;Username=portal;Timeout=5"));
        builder.AddPortalData();
        using var app = builder.Build();

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => app.MigrateDatabase());

        Assert.Contains(DatabaseOptions.Key, refused.Message);
    }

    [Fact]
    public async Task A_missing_password_is_told_with_the_option_that_should_hold_it()
    {
        var server = await TestServer.Get();
        var without = new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = null }.ConnectionString;
        var builder = Builder(("ConnectionStrings:Portal", without));
        builder.AddPortalData();
        using var app = builder.Build();

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => app.MigrateDatabase());

        Assert.Contains(DatabaseOptions.Key, refused.Message);
    }

    [Fact]
    public void Files_lie_in_the_data_folder_unless_an_option_says_otherwise()
    {
        var builder = Builder(("ConnectionStrings:Portal", "Host=x;Database=portal"));
        builder.AddPortalData();
        using var app = builder.Build();

        var store = Assert.IsType<LocalFolderStore>(app.Services.GetRequiredService<IFileStore>());

        Assert.StartsWith(Path.Combine(_folder.Path, "files"), store.PathOf(new string('a', 64)));
    }
}
