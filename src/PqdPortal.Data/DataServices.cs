using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PqdPortal.Data.Access;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Data;

/// <summary>Registers what the portal remembers.</summary>
public static class DataServices
{
    /// <summary>Name of the assembly that holds the database's history.</summary>
    public const string Migrations = "PqdPortal.Migrations";

    /// <summary>Database, files, access, change feed. Reads and checks its options; starts nothing.</summary>
    /// <exception cref="PortalStartException">An option is wrong; the message names it.</exception>
    public static IHostApplicationBuilder AddPortalData(this IHostApplicationBuilder builder)
    {
        OptionSection.RefuseUnknown(builder.Configuration);
        var database = DatabaseOptions.Of(builder);
        var services = builder.Services;

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(DatabaseOptions.DataFolderOf(builder));
        services.AddSingleton(database);
        services.AddSingleton<DatabaseServer>();
        // First among the hosted services: the server is stopped after all that use it.
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseServer>());
        services.PostConfigure<IdentityOptions>(ShapeIdentityTables);
        services.AddSingleton<Viewers>();
        services.AddSingleton<Joining>();
        services.AddSingleton<ChangeFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeFeed>());
        AddFiles(services, FileStoreOptions.From(builder.Configuration), DatabaseOptions.DataFolderOf(builder));
        // Whoever computes what a record says when it is saved (the composition of a batch) is registered as an interceptor.
        services.AddDbContextFactory<PortalDb>((of, options) => options.UsePortalDatabase(database.ConnectionString).AddInterceptors(of.GetServices<ISaveChangesInterceptor>()));
        return builder;
    }

    static void AddFiles(IServiceCollection services, FileStoreOptions files, DataFolder folder)
    {
        if (files is { Store: "folder", Folder: { } named, ReadOnly: false }) MakeFilesFolder(Path.GetFullPath(named));
        services.AddSingleton(files);
        services.AddSingleton(_ => new Staging(folder.Make("uploads")));
        services.AddSingleton(of => new Shelf(folder.Make("tables"), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IFileStore>(_ => files.Store == "s3"
            ? new S3Store(files, folder.Make("uploads"))
            : new LocalFolderStore(files.Folder is null ? folder.Make("files") : Path.GetFullPath(files.Folder), files.ReadOnly));
    }

    static void MakeFilesFolder(string folder)
    {
        const string key = $"{FileStoreOptions.Section}:{nameof(FileStoreOptions.Folder)}";
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !DataFolder.IsDiskFull(error))
        {
            throw new PortalStartException($"The folder of the files {folder} cannot be made ({error.Message.TrimEnd('.')}). Choose another one with {key}.", error);
        }
        DataFolder.RefuseClosed(folder, $"The folder of the files {folder}", key);
    }

    /// <summary>How every context of the portal meets the database.</summary>
    public static DbContextOptionsBuilder UsePortalDatabase(this DbContextOptionsBuilder options, string connectionString)
    {
        // Identity's tables depend on its options, which it looks for in the program's services; outside of a program they are these.
        if (options.Options.FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider is null)
            options.UseApplicationServiceProvider(OutsideOfAProgram);
        return options.UseNpgsql(connectionString, npgsql => npgsql.MigrationsAssembly(Migrations));
    }

    static readonly IServiceProvider OutsideOfAProgram =
        new ServiceCollection().Configure<IdentityOptions>(ShapeIdentityTables).BuildServiceProvider();

    /// <summary>The newest tables, with passkeys; the same in the program, its tests and the generated migrations.</summary>
    static void ShapeIdentityTables(IdentityOptions identity)
    {
        identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
        identity.Stores.MaxLengthForKeys = 128;
    }

    /// <summary>Takes the data folder of a private server for this process alone; quick, and before anything else is begun.</summary>
    /// <exception cref="PortalStartException">Another portal works in it.</exception>
    public static async Task TakeDataFolder(this IHost app, CancellationToken stop = default) =>
        await app.Services.GetRequiredService<DatabaseServer>().Take(stop);

    /// <summary>Starts the private server, where there is one, and waits until it answers.</summary>
    public static async Task StartDatabase(this IHost app, CancellationToken stop = default) =>
        await app.Services.GetRequiredService<DatabaseServer>().Start(stop);

    /// <summary>
    /// Starts the private server and brings the database to this portal's age. Several portals may start at once: the first one
    /// migrates, the others wait for it.
    /// </summary>
    /// <exception cref="PortalStartException">The server cannot be started or reached, or is newer than this portal.</exception>
    public static async Task MigrateDatabase(this IHost app, CancellationToken stop = default)
    {
        await app.StartDatabase(stop);
        try
        {
            await using var db = await app.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync(stop);
            var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("PqdPortal.Data");
            await using var alone = await OnlyOneMigrates(db, stop);
            await RefuseNewer(db, stop);
            var missing = (await db.Database.GetPendingMigrationsAsync(stop)).Count();
            await db.Database.MigrateAsync(stop);
            if (missing > 0) log.LogInformation("The database was brought up to date ({Steps} migrations).", missing);
        }
        catch (Exception error)
        {
            await app.Services.GetRequiredService<DatabaseServer>().Stop();
            if (error is (NpgsqlException and not PostgresException) or PostgresException { SqlState: "28P01" or "3D000" or "28000" })
                throw new PortalStartException(app.Services.GetRequiredService<DatabaseOptions>().Private is { } own
                    ? $"The private PostgreSQL in {own.Cluster} does not answer: {error.Message}"
                    : $"The database named by {DatabaseOptions.Key} cannot be reached: {error.Message}", error);
            throw;
        }
    }

    const long MigrationLock = 0x50_51_44_03;

    /// <summary>
    /// A session of its own that holds the right to migrate until it is disposed of, or dies. EF Core's own lock ends with the
    /// transaction of each migration: a second portal would come in between two of them with a list of what is missing that is no longer true.
    /// </summary>
    static async Task<NpgsqlConnection> OnlyOneMigrates(PortalDb db, CancellationToken stop)
    {
        var session = ((NpgsqlConnection)db.Database.GetDbConnection()).CloneWith(
            new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString()) { Pooling = false }.ConnectionString);
        try
        {
            try
            {
                await session.OpenAsync(stop);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                await MakeDatabase(db, stop);
                await session.OpenAsync(stop);
            }
            await using var wait = new NpgsqlCommand($"SELECT pg_advisory_lock({MigrationLock})", session) { CommandTimeout = 0 };
            await wait.ExecuteNonQueryAsync(stop);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the database that the connection names, where its user may; where not, opening it says what is missing.</summary>
    static async Task MakeDatabase(PortalDb db, CancellationToken stop)
    {
        try
        {
            await db.GetService<IRelationalDatabaseCreator>().CreateAsync(stop);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Another portal made it a moment ago, or this user may make none.
        }
    }

    /// <summary>Waits until another portal has started the database and brought it to this program's age.</summary>
    /// <exception cref="PortalStartException">The database is newer than this program.</exception>
    public static async Task WaitForDatabase(this IHost app, CancellationToken stop = default)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("PqdPortal.Data");
        var factory = app.Services.GetRequiredService<IDbContextFactory<PortalDb>>();
        for (var said = ""; ;)
        {
            string trouble;
            try
            {
                await using var db = await factory.CreateDbContextAsync(stop);
                await RefuseNewer(db, stop);
                var missing = await db.Database.GetPendingMigrationsAsync(stop);
                if (!missing.Any()) return;
                trouble = "it is older than this program; the portal migrates it when it starts";
            }
            catch (NpgsqlException error)
            {
                trouble = error.Message;
            }
            if (trouble != said) log.LogInformation("Waiting for the database: {Trouble}.", said = trouble);
            await Task.Delay(TimeSpan.FromSeconds(2), stop);
        }
    }

    static async Task RefuseNewer(PortalDb db, CancellationToken stop)
    {
        var known = db.Database.GetMigrations().ToHashSet();
        if (known.Count == 0)
            throw new InvalidOperationException($"The program was built without {Migrations}; it has to reference that project.");
        var unknown = (await Applied(db, stop)).Where(name => !known.Contains(name)).ToList();
        if (unknown.Count > 0)
            throw new PortalStartException($"The database is newer than this portal: it has {unknown[^1]}, which this portal does not know. Start the newer portal again, or restore a backup made before the update.");
    }

    static async Task<IEnumerable<string>> Applied(PortalDb db, CancellationToken stop) =>
        await db.Database.GetAppliedMigrationsAsync(stop);
}
