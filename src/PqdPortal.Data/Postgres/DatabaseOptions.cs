using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace PqdPortal.Data.Postgres;

/// <summary>Which PostgreSQL the portal works with. Known in full before any server runs.</summary>
/// <param name="ConnectionString">The way to the portal's database.</param>
/// <param name="Private">The portal's own server; null where <c>ConnectionStrings:Portal</c> names another.</param>
public sealed record DatabaseOptions(string ConnectionString, EmbeddedPostgres? Private)
{
    /// <summary>The option that names a server of the person's own; without it the portal starts its private one.</summary>
    public const string Key = "ConnectionStrings:Portal";

    /// <summary>Where the private server's binaries lie, if they are not to be looked for in node_modules.</summary>
    public const string BinariesKey = "Portal:Database:Binaries";

    /// <summary>Name of the database on the private server.</summary>
    public const string PrivateName = "portal";

    /// <summary>The one choice of this host, made at the first call and then kept with the builder.</summary>
    /// <exception cref="PortalStartException">An option is wrong.</exception>
    public static DatabaseOptions Of(IHostApplicationBuilder builder)
    {
        if (builder.Properties.TryGetValue(typeof(DatabaseOptions), out var known)) return (DatabaseOptions)known;
        var options = From(builder.Configuration, DataFolderOf(builder), builder.Environment.ContentRootPath);
        builder.Properties[typeof(DatabaseOptions)] = options;
        return options;
    }

    /// <summary>The data folder of this host.</summary>
    public static DataFolder DataFolderOf(IHostApplicationBuilder builder)
    {
        if (builder.Properties.TryGetValue(typeof(DataFolder), out var known)) return (DataFolder)known;
        var folder = DataFolder.From(builder.Configuration, builder.Environment.ContentRootPath);
        builder.Properties[typeof(DataFolder)] = folder;
        return folder;
    }

    static DatabaseOptions From(IConfiguration configuration, DataFolder folder, string contentRoot)
    {
        OptionSection.RefuseUnknown(configuration.GetSection("Portal:Database"), "Binaries");
        var given = configuration[Key];
        if (string.IsNullOrWhiteSpace(given))
        {
            folder.RefuseFullDisk(EmbeddedPostgres.SpaceToStart(folder));
            var server = new EmbeddedPostgres(folder, contentRoot, configuration[BinariesKey]);
            return new(server.ConnectionString(PrivateName), server);
        }
        try
        {
            var read = new NpgsqlConnectionStringBuilder(given);
            if (string.IsNullOrEmpty(read.Host) || string.IsNullOrEmpty(read.Database))
                throw new PortalStartException($"{Key} needs at least Host and Database, as in \"Host=db;Database=portal;Username=portal;Password=...\".");
            return new(read.ConnectionString, null);
        }
        catch (ArgumentException error)
        {
            throw new PortalStartException($"{Key} is not a connection string of PostgreSQL: {error.Message} Expected is \"Host=db;Database=portal;Username=portal;Password=...\".", error);
        }
    }
}
