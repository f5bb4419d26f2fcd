using Npgsql;

namespace PqdPortal.Data.Backup;

/// <summary>
/// While a backup copies, no stored file may vanish that its snapshot names. A backup holds this lock shared, for as long as its
/// connection lives; whoever removes files from the store takes it for itself first, and waits or comes again later.
/// </summary>
public static class FilesStay
{
    // Any number, the same in every process.
    const string Lock = "1347503112";

    internal static Task Hold(NpgsqlConnection connection, CancellationToken stop) =>
        Tables.Do(connection, $"SELECT pg_advisory_lock_shared({Lock})", stop);

    /// <summary>The statement that says, inside a transaction, whether files may be removed until its end: true, or false while a backup copies.</summary>
    public const string MayRemove = "SELECT pg_try_advisory_xact_lock(" + Lock + ")";
}
