using System.Net.Sockets;
using Npgsql;

namespace PqdPortal.Data.Postgres;

/// <summary>Tells a database that is away for a while from a question that was wrong.</summary>
public static class DatabaseTrouble
{
    /// <summary>What a person is told, as a title.</summary>
    public const string Title = "The portal waits for its database";

    /// <summary>What a person is told, whatever they were doing.</summary>
    public const string Words = "The database does not answer at this moment; it may be starting again. Nothing that was saved is lost.";

    /// <summary>
    /// Whether the trouble, or what it came from, is that the database cannot be reached, is starting or shutting down, was killed, or has
    /// no connection left.
    /// </summary>
    public static bool IsAway(Exception? trouble) => trouble switch
    {
        null => false,
        // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, disk_full; class 08: connection exceptions.
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "53100" } => true,
        PostgresException said => said.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        NpgsqlException { IsTransient: true } => true,
        AggregateException many => many.InnerExceptions.Any(IsAway),
        _ => IsAway(trouble.InnerException),
    };
}
