using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Data.Backup;

/// <summary>
/// A portal as the commands of its administrator meet it: found by the same options as the programs find it, running or not. Its
/// private server is used where a portal runs it, and started and stopped again where none does.
/// </summary>
public sealed class PortalHome : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly IHost _host;
    readonly EmbeddedPostgres? _private;

    PortalHome(IHost host, IConfiguration configuration)
    {
        (_host, Configuration) = (host, configuration);
        _private = host.Services.GetRequiredService<DatabaseOptions>().Private;
    }

    internal IConfiguration Configuration { get; }

    internal DataFolder Folder => _host.Services.GetRequiredService<DataFolder>();

    internal IFileStore Store => _host.Services.GetRequiredService<IFileStore>();

    /// <summary>Folder of the store, where it is one of this machine.</summary>
    internal string? StoreFolder => _host.Services.GetRequiredService<FileStoreOptions>() is { Store: "folder" } files
        ? files.Folder is null ? Path.Combine(Folder.Path, "files") : Path.GetFullPath(files.Folder) : null;

    internal PortalDb CreateDbContext() => _host.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContext();

    /// <summary>Whether these commands started the private server themselves.</summary>
    public bool StartedServer { get; private set; }

    /// <summary>Reads the options and starts nothing.</summary>
    /// <param name="settings">Folder with the portal's appsettings.json; beside it the private server's binaries are looked for.</param>
    /// <param name="given">Options of the command line, stronger than the environment and the settings.</param>
    /// <param name="mayBeMade">True where a data folder that does not exist yet is to be made.</param>
    /// <exception cref="PortalStartException">An option is wrong, or there is no such data folder.</exception>
    public static PortalHome Of(string settings, IReadOnlyDictionary<string, string?> given, bool mayBeMade)
    {
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Production";
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = settings, EnvironmentName = environment });
        builder.Configuration
            .AddJsonFile(Path.Combine(settings, "appsettings.json"), optional: true)
            .AddJsonFile(Path.Combine(settings, $"appsettings.{environment}.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(given);
        if (!mayBeMade && builder.Configuration[DataFolder.Key] is { Length: > 0 } configured
            && Path.GetFullPath(configured, settings) is var path && !Directory.Exists(path))
            throw new PortalStartException($"There is no data folder {path}. Name that of the portal with --data-folder or {DataFolder.Key}.");
        try
        {
            builder.AddPortalData();
            return new PortalHome(builder.Build(), builder.Configuration);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new PortalStartException($"The portal's data folder belongs to another user ({error.Message}). Run this command as that user or as root.", error);
        }
    }

    /// <summary>Reaches the database of a portal that runs or rests.</summary>
    public async Task Reach(CancellationToken stop)
    {
        if (_private is not null)
        {
            if (!Directory.Exists(_private.Cluster))
                throw new PortalStartException($"There is no portal in {Folder.Path}: it has no database. Name the portal's data folder with --data-folder, or its PostgreSQL with {DatabaseOptions.Key}.");
            if (!_private.IsTaken) await StartServer(stop);
        }
        await Answers(stop);
    }

    /// <summary>Reaches the database of a portal that must not run meanwhile; makes the private one where there is none yet.</summary>
    public async Task Seize(CancellationToken stop)
    {
        if (_private is not null)
        {
            if (_private.IsTaken)
                throw new BackupTrouble($"A portal runs on the data folder {Folder.Path}. Stop it, then restore; a restore needs an empty portal that nobody uses.");
            await StartServer(stop);
        }
        await Answers(stop);
        var since = Stopwatch.StartNew();
        while (await Others(stop) is { Count: > 0 } others)
        {
            // One that has just hung up is listed for a moment longer.
            if (since.Elapsed > TimeSpan.FromSeconds(5))
                throw new BackupTrouble($"Somebody else is connected to the database ({string.Join(", ", others)}). Stop the portal and its workers, then restore.");
            await Task.Delay(200, stop);
        }
    }

    async Task<IReadOnlyList<string>> Others(CancellationToken stop)
    {
        await using var connection = await Connect("PqdPortal restore", stop);
        await using var ask = new NpgsqlCommand("""
            SELECT DISTINCT coalesce(nullif(application_name, ''), 'process ' || pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            """, connection);
        var others = new List<string>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) others.Add(rows.GetString(0));
        return others;
    }

    /// <summary>A connection of its own, that no statement's time limit ends.</summary>
    internal async Task<NpgsqlConnection> Connect(string name, CancellationToken stop)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_host.Services.GetRequiredService<DatabaseOptions>().ConnectionString)
        {
            Pooling = false,
            CommandTimeout = 0,
            KeepAlive = 30,
            ApplicationName = name,
        }.ConnectionString);
        await connection.OpenAsync(stop);
        return connection;
    }

    async Task StartServer(CancellationToken stop)
    {
        await _host.StartDatabase(stop);
        StartedServer = true;
    }

    /// <summary>A portal that holds the folder may still be starting its server.</summary>
    async Task Answers(CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        while (true)
            try
            {
                await using var connection = await Connect("PqdPortal backup", stop);
                return;
            }
            catch (NpgsqlException error) when (error is not PostgresException { SqlState: not "57P03" } && _private is not null && since.Elapsed < Patience)
            {
                await Task.Delay(500, stop);
            }
            catch (NpgsqlException error)
            {
                throw new PortalStartException($"The portal's database cannot be reached: {error.Message}", error);
            }
    }

    public async ValueTask DisposeAsync()
    {
        // Contexts keep their connections in a pool; a server that we stop should not find them open, nor the next restore take them for somebody else's.
        NpgsqlConnection.ClearAllPools();
        var folder = Folder.Path;
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        else _host.Dispose();
        // Run by root on the folder of the portal's own user: that user must be able to use, after it, what it made.
        if (Environment.IsPrivilegedProcess && Posix.OwnerOf(folder) is { User: not 0 } owner) Posix.GiveBack(folder, owner);
    }
}
