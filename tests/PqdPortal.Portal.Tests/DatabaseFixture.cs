using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Postgres;
using PqdPortal.Web.Access;

namespace PqdPortal.Portal.Tests;

/// <summary>
/// A fresh, migrated database for one class of tests (<c>IClassFixture&lt;DatabaseFixture&gt;</c>), on the one private PostgreSQL that the
/// whole test run shares.
/// </summary>
public class DatabaseFixture : IAsyncLifetime, IDbContextFactory<PortalDb>
{
    /// <summary>A folder of this fixture's own, removed at the end.</summary>
    public DataFolder Folder { get; } = TestServer.NewFolder("class");

    public string ConnectionString { get; private set; } = "";

    /// <summary>The time that contexts of <see cref="CreateDbContext"/> write; the real time unless a test says otherwise.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Gives the way to a migrated database; another one than the test run's server is somebody else's to end.</summary>
    public Func<Task<string>>? Elsewhere { get; init; }

    public virtual async Task InitializeAsync() => ConnectionString = await (Elsewhere ?? TestServer.NewDatabase)();

    public virtual async Task DisposeAsync()
    {
        if (Elsewhere is null) await TestServer.DropDatabase(ConnectionString);
        Directory.Delete(Folder.Path, recursive: true);
    }

    public PortalDb CreateDbContext() =>
        new((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(ConnectionString).AddInterceptors(new PqdPortal.Jobs.BatchFormulas()).Options, Clock);

    /// <summary>Saves a person.</summary>
    public async Task<PortalUser> Person(string name = "Ana", bool administrator = false)
    {
        await using var db = CreateDbContext();
        var login = $"{name}-{Guid.NewGuid():N}@example.org";
        var person = new PortalUser
        {
            Name = name,
            UserName = login,
            NormalizedUserName = login.ToUpperInvariant(),
            Email = login,
            NormalizedEmail = login.ToUpperInvariant(),
            SecurityStamp = Guid.NewGuid().ToString(),
            IsAdministrator = administrator,
        };
        db.Add(person);
        await db.SaveChangesAsync();
        return person;
    }

    /// <summary>Saves a token by which a program acts as this person.</summary>
    public async Task<string> Token(PortalUser person)
    {
        var token = $"pqd_{Guid.NewGuid():N}";
        await using var db = CreateDbContext();
        db.Add(new AccessToken { PersonId = person.Id, Name = "test", Hash = TokenAuthentication.Hash(token), CreatedAt = DateTimeOffset.UtcNow });
        await db.SaveChangesAsync();
        return token;
    }

    /// <summary>Saves a project that the person manages.</summary>
    public async Task<Project> Project(PortalUser? manager = null, string? code = null)
    {
        await using var db = CreateDbContext();
        var project = new Project { Code = code ?? Guid.NewGuid().ToString("N")[..6].ToUpperInvariant(), Name = "Dots", CreatedById = manager?.Id };
        db.Add(project);
        if (manager is not null) db.Add(new Grant { ProjectId = project.Id, PersonId = manager.Id, Role = AccessRole.Manage });
        await db.SaveChangesAsync();
        return project;
    }
}

/// <summary>The private PostgreSQL of this test run: started at the first need, stopped with the run.</summary>
public static class TestServer
{
    // Databases of tests are thrown away: nothing has to survive a loss of power, and many classes work at once.
    const string Quick = """
        fsync = off
        full_page_writes = off
        synchronous_commit = off
        max_connections = 400
        """;

    static readonly string Root = Path.Combine(Path.GetTempPath(), "pqdportal-tests");
    static readonly DataFolder Folder = MakeFolder(Path.Combine(Root, $"run-{Environment.ProcessId}"));
    static readonly Lazy<Task<EmbeddedPostgres>> Server = new(Start);
    static readonly SemaphoreSlim OneAtATime = new(1);
    static int _databases;

    /// <summary>Name of the migrated database that all others are copied from.</summary>
    const string Template = "portal_template";

    /// <summary>The server itself, running.</summary>
    public static Task<EmbeddedPostgres> Get() => Server.Value;

    /// <summary>A data folder under the machine's temporary folder, open to the server's user.</summary>
    public static DataFolder NewFolder(string name) =>
        MakeFolder(Path.Combine(Root, $"{name}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}"));

    static DataFolder MakeFolder(string path)
    {
        Directory.CreateDirectory(path);
        return new DataFolder(path);
    }

    /// <summary>Copies the migrated template; a few milliseconds.</summary>
    public static async Task<string> NewDatabase()
    {
        var server = await Get();
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await Run(server, $"CREATE DATABASE {name} TEMPLATE {Template}");
        return new NpgsqlConnectionStringBuilder(server.ConnectionString(name)) { MaxPoolSize = 20 }.ConnectionString;
    }

    public static async Task DropDatabase(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await using (var pool = new NpgsqlConnection(connectionString)) NpgsqlConnection.ClearPool(pool);
        await Run(await Get(), $"DROP DATABASE {name} WITH (FORCE)");
    }

    static async Task Run(EmbeddedPostgres server, string command)
    {
        // A template can be copied by one at a time.
        await OneAtATime.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            await using var ask = new NpgsqlCommand(command, connection);
            await ask.ExecuteNonQueryAsync();
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    static async Task<EmbeddedPostgres> Start()
    {
        await ClearAwayTheKilled();
        var server = new EmbeddedPostgres(Folder, AppContext.BaseDirectory, settings: Quick);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.Stop().GetAwaiter().GetResult();
            Directory.Delete(Folder.Path, recursive: true);
        };
        await server.Start();
        await server.MakeDatabase(Template);
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString(Template)) { Pooling = false }.ConnectionString;
        await using var db = new PortalDb((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(unpooled).Options);
        await db.Database.MigrateAsync();
        return server;
    }

    /// <summary>A test run that was killed leaves its server; the next run ends it.</summary>
    static async Task ClearAwayTheKilled()
    {
        foreach (var left in Directory.EnumerateDirectories(Root, "run-*").Where(folder => folder != Folder.Path))
            try
            {
                // Starting it is refused while its run goes on, and ends what a killed run left.
                if (File.Exists(Path.Combine(left, "postgres", "postmaster.pid")))
                    await using (var server = new EmbeddedPostgres(new DataFolder(left), AppContext.BaseDirectory))
                        await server.Start();
                // A run beside this one may be about to make its server.
                else if (Directory.GetLastWriteTimeUtc(left) > DateTime.UtcNow.AddMinutes(-5)) continue;
                Directory.Delete(left, recursive: true);
            }
            catch (Exception error) when (error is PortalStartException or IOException or UnauthorizedAccessException)
            {
                // Another run is using it, or it is another user's.
            }
    }
}
