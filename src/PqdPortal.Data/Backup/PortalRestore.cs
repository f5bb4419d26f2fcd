using System.IO.Compression;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using PqdPortal.Data.Files;

namespace PqdPortal.Data.Backup;

/// <summary>Brings a backup back into an empty portal: everything of it or nothing.</summary>
/// <remarks>
/// Nothing is written before the whole backup was read and found as it was written. The files come first, which harms nobody: a stored
/// file that no record names is invisible, and one that is there already is not copied again. The records come last, in one transaction
/// at the age the backup has, and are then migrated forward. A restore that was killed leaves an empty portal; the next one goes on.
/// </remarks>
public sealed class PortalRestore(PortalHome home, TimeProvider clock)
{
    /// <summary>Restores a snapshot.</summary>
    /// <param name="name">Which; without a name the newest whole one.</param>
    /// <exception cref="BackupTrouble">The backup is damaged or newer than this program, or the portal is running or not empty; nothing was written.</exception>
    public async Task<RestoreDone> Restore(string path, string? name, Action<string> tell, CancellationToken stop = default)
    {
        var folder = BackupFolder.Find(path);
        RefuseNewer(await Manifest.Read(folder.Snapshot(name), stop));
        var (snapshot, manifest, damage) = await BackupCheck.Check(folder, name, tell, stop);
        if (damage.Count > 0)
            throw new BackupTrouble($"The backup is damaged, and nothing was restored: {string.Join(" ", damage.Take(10))}{(damage.Count > 10 ? $" And {damage.Count - 10} more; pqd admin verify names all." : "")} Use another snapshot or another copy of the backup.", isDamage: true);

        await home.Seize(stop);
        await using var connection = await home.Connect("PqdPortal restore", stop);
        await RefuseFull(connection, stop);

        tell($"Bringing {manifest.Files.Count:N0} files into the store.");
        var copied = await Files(folder, manifest, tell, stop);
        await Keys(snapshot, manifest, stop);

        tell("Bringing the records back.");
        await Records(connection, snapshot, manifest, stop);
        await using (var db = home.CreateDbContext()) await db.Database.MigrateAsync(stop);
        return new RestoreDone(snapshot, manifest, copied);
    }

    void RefuseNewer(Manifest manifest)
    {
        using var db = home.CreateDbContext();
        var known = db.Database.GetMigrations().ToHashSet();
        if (manifest.Migrations.FirstOrDefault(migration => !known.Contains(migration)) is { } unknown)
            throw new BackupTrouble($"The backup was made by a newer portal ({manifest.Portal}): its database has {unknown}, which this pqd ({Manifest.ThisProgram}) does not know. Restore it with the pqd of that portal or a newer one.");
    }

    static async Task RefuseFull(NpgsqlConnection connection, CancellationToken stop)
    {
        foreach (var table in await Tables.Of(connection, stop))
            if (await Tables.Count(connection, table.Name, stop) is > 0 and var rows)
                throw new BackupTrouble($"The portal is not empty: its table {table.Name} has {rows:N0} rows. A restore never mixes two portals. Name a new data folder with --data-folder, or an empty database.");
    }

    async Task<int> Files(BackupFolder folder, Manifest manifest, Action<string> tell, CancellationToken stop)
    {
        var (copied, said) = (0, clock.GetTimestamp());
        foreach (var (at, file) in manifest.Files.Index())
        {
            stop.ThrowIfCancellationRequested();
            if (clock.GetElapsedTime(said) > TimeSpan.FromSeconds(2))
            {
                tell($"{at:N0} of {manifest.Files.Count:N0} files.");
                said = clock.GetTimestamp();
            }
            // A copy of that length under that name is the file: the store gives names to whole files alone. Left by a restore that was killed.
            if (await home.Store.Exists(file.Sha256, stop) && await LengthIn(home.Store, file.Sha256, stop) == file.Bytes) continue;
            await using var content = await folder.Files.Open(file.Sha256, stop);
            StoredContent stored;
            try
            {
                stored = await home.Store.Save(content, stop);
            }
            catch (ReadOnlyFileStoreException error)
            {
                throw new BackupTrouble($"The store takes nothing in ({error.Message}). Take the option {FileStoreOptions.Section}:ReadOnly away for the restore.", inner: error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new BackupTrouble($"A file could not be written to the store: {error.Message} No record was restored; a repeated restore goes on with the files that are there.", inner: error);
            }
            if (stored.Sha256 != file.Sha256)
                throw new BackupTrouble($"The file {file.Sha256} of the backup was changed while it was restored. No record was restored.", isDamage: true);
            copied++;
        }
        return copied;
    }

    static async Task<long> LengthIn(IFileStore store, string sha256, CancellationToken stop)
    {
        await using var content = await store.Open(sha256, stop);
        return content.CanSeek ? content.Length : -1;
    }

    async Task Keys(string snapshot, Manifest manifest, CancellationToken stop)
    {
        var keys = home.Folder.Make("keys");
        foreach (var key in manifest.Keys)
        {
            var place = Path.Combine(keys, Path.GetFileName(key.Name));
            if (!File.Exists(place)) await Durable.Write(place, await File.ReadAllBytesAsync(BackupFolder.KeyFile(snapshot, key.Name), stop), stop);
        }
    }

    async Task Records(NpgsqlConnection connection, string snapshot, Manifest manifest, CancellationToken stop)
    {
        await Empty(connection, stop);
        await using (var db = home.CreateDbContext())
        {
            db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
            await db.GetService<IMigrator>().MigrateAsync(manifest.Migrations[^1], stop);
        }

        await Tables.Do(connection, "SET TIME ZONE 'UTC'", stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        // In whatever order the tables come, and at once: the keys are made again at the end, which checks every row.
        var keys = await Tables.ForeignKeys(connection, stop);
        foreach (var key in keys)
            await Tables.Do(connection, $"ALTER TABLE {Tables.Quoted(key.Table)} DROP CONSTRAINT {Tables.Quoted(key.Name)}", stop);

        foreach (var table in manifest.Tables)
        {
            // What a migration itself wrote into its tables is in the backup, as it was then.
            await Tables.Do(connection, $"DELETE FROM {Tables.Quoted(table.Name)}", stop);
            await Read(connection, table, BackupFolder.TableFile(snapshot, table.Name), stop);
            if (await Tables.Count(connection, table.Name, stop) is var rows && rows != table.Rows)
                throw new BackupTrouble($"The table {table.Name} has {rows:N0} rows after the restore; the backup has {table.Rows:N0}. Nothing was restored.", isDamage: true);
        }
        foreach (var sequence in manifest.Sequences.Where(sequence => sequence.Value is not null))
            await Tables.Do(connection, $"SELECT setval('{Tables.Quoted(sequence.Name).Replace("'", "''")}', {sequence.Value})", stop);
        foreach (var key in keys)
            await Tables.Do(connection, $"ALTER TABLE {Tables.Quoted(key.Table)} ADD CONSTRAINT {Tables.Quoted(key.Name)} {key.Definition}", stop);

        await BringToRest(connection, stop);
        await transaction.CommitAsync(stop);
    }

    /// <summary>What was on its way when the backup was made: work that ran waits again, uploads end in words.</summary>
    static async Task BringToRest(NpgsqlConnection connection, CancellationToken stop)
    {
        // The attempt did not fail, so it does not count. Waiting jobs that the queue does not know are queued when a portal runs.
        await Tables.Do(connection, """
            UPDATE "Jobs" SET "State" = 'Queued', "Attempt" = greatest("Attempt" - 1, 0), "Stage" = NULL, "Worker" = NULL WHERE "State" = 'Running';
            UPDATE "Analyses" SET "State" = 'Queued' WHERE "State" = 'Running';
            UPDATE "Runs" SET "Reading" = 'Waiting' WHERE "Reading" = 'Reading'
            """, stop);
        await using var end = new NpgsqlCommand("UPDATE \"Uploads\" SET \"State\" = 'Failed', \"Message\" = $1 WHERE \"State\" = 'Receiving'", connection)
        {
            Parameters = { new() { Value = "This upload was on its way when the backup was made that the portal was restored from. Begin it again; nothing else was lost." } },
        };
        await end.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Takes the tables of an empty portal away, whatever their age, so that they can be made at the backup's age.</summary>
    static async Task Empty(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand("""
            SELECT coalesce(string_agg(format('DROP TABLE IF EXISTS %I.%I CASCADE', n.nspname, c.relname), '; '), 'SELECT 1')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
            """, connection);
        var drop = (string)(await ask.ExecuteScalarAsync(stop))!;
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Tables.Do(connection, drop, stop);
        await transaction.CommitAsync(stop);
    }

    static async Task Read(NpgsqlConnection connection, TablePart table, string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using var zip = new GZipStream(file, CompressionMode.Decompress);
        // The writer of characters is not asked: its stream takes the bytes as they are.
        await using var copy = (StreamWriter)await connection.BeginTextImportAsync($"COPY {Tables.Quoted(table.Name)} ({Tables.List(table.Columns)}) FROM STDIN", stop);
        await zip.CopyToAsync(copy.BaseStream, 1 << 16, stop);
    }
}

/// <summary>What a restore brought back.</summary>
/// <param name="Copied">Files that the store did not have.</param>
public sealed record RestoreDone(string Snapshot, Manifest Manifest, int Copied);
