using Npgsql;

namespace PqdPortal.Data.Backup;

/// <summary>One table of the portal with the columns that are stored, not computed.</summary>
sealed record Table(string Name, IReadOnlyList<string> Columns);

/// <summary>What the database holds that is ours to back up, by its own catalogue, so that no list has to be kept beside the model.</summary>
/// <remarks>
/// Left out are the history of migrations, which a restore writes again by migrating, and the scheduler's tables, which are made again
/// from the queued jobs when the portal starts (docs/decisions/0014-a-backup-is-a-snapshot-and-its-files.md).
/// </remarks>
static class Tables
{
    const string History = "__EFMigrationsHistory";

    const string Ours = "n.nspname = current_schema() AND c.relname <> '" + History + "' AND c.relname NOT LIKE 'qrtz\\_%'";

    public static async Task<IReadOnlyList<Table>> Of(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand($"""
            SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            WHERE {Ours} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            GROUP BY c.relname ORDER BY c.relname
            """, connection);
        var tables = new List<Table>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) tables.Add(new Table(rows.GetString(0), rows.GetFieldValue<string[]>(1)));
        return tables;
    }

    public static async Task<IReadOnlyList<SequencePart>> Sequences(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand("""
            SELECT sequencename::text, last_value FROM pg_sequences
            WHERE schemaname = current_schema() AND sequencename NOT LIKE 'qrtz\_%' ORDER BY 1
            """, connection);
        var sequences = new List<SequencePart>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) sequences.Add(new SequencePart(rows.GetString(0), rows.IsDBNull(1) ? null : rows.GetInt64(1)));
        return sequences;
    }

    /// <summary>Migrations the database has been through, oldest first; none where it is new.</summary>
    public static async Task<IReadOnlyList<string>> Migrations(NpgsqlConnection connection, CancellationToken stop)
    {
        await using (var look = new NpgsqlCommand($"SELECT to_regclass('{Quoted(History)}') IS NOT NULL", connection))
            if (!(bool)(await look.ExecuteScalarAsync(stop))!) return [];
        await using var ask = new NpgsqlCommand($"SELECT \"MigrationId\" FROM {Quoted(History)} ORDER BY \"MigrationId\" COLLATE \"C\"", connection);
        var migrations = new List<string>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) migrations.Add(rows.GetString(0));
        return migrations;
    }

    /// <summary>Foreign keys of our tables, with what makes each of them again.</summary>
    public static async Task<IReadOnlyList<(string Table, string Name, string Definition)>> ForeignKeys(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand($"""
            SELECT c.relname::text, k.conname::text, pg_get_constraintdef(k.oid)
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE k.contype = 'f' AND {Ours}
            """, connection);
        var keys = new List<(string, string, string)>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) keys.Add((rows.GetString(0), rows.GetString(1), rows.GetString(2)));
        return keys;
    }

    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quoted));

    public static async Task<long> Count(NpgsqlConnection connection, string table, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand($"SELECT count(*) FROM {Quoted(table)}", connection);
        return (long)(await ask.ExecuteScalarAsync(stop))!;
    }

    public static async Task Do(NpgsqlConnection connection, string command, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand(command, connection);
        await ask.ExecuteNonQueryAsync(stop);
    }
}
