using System.Data;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Npgsql;
using PqdPortal.Data.Files;

namespace PqdPortal.Data.Backup;

/// <summary>Backs up a portal while it runs: the records of one moment, and every stored file they name.</summary>
/// <remarks>
/// The records come from one repeatable-read transaction, as PostgreSQL's own pg_dump does it (which is not among the private server's
/// programs). A record is committed only after its file is in the store, and stored files never change, so every file that the
/// snapshot names can be copied after it.
/// </remarks>
public sealed class PortalBackup(PortalHome home, TimeProvider clock)
{
    /// <summary>Makes one.</summary>
    /// <param name="path">Folder of backups, new or used for this before.</param>
    /// <param name="keep">How many snapshots stay; null for all.</param>
    /// <param name="readAgain">True reads and hashes also the files that earlier backups have copied, and copies damaged ones again.</param>
    /// <param name="tell">Hears a line now and then.</param>
    /// <exception cref="BackupTrouble">It cannot be made; nothing of the portal and of earlier backups was changed.</exception>
    public async Task<BackupMade> Make(string path, int? keep, bool readAgain, Action<string> tell, CancellationToken stop = default)
    {
        RefusePlacesInside(path);
        await home.Reach(stop);
        var folder = BackupFolder.FindOrMake(path);
        using var taken = folder.Take();
        try
        {
            return await Make(folder, keep, readAgain, tell, stop);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not FileNotFoundException and not NpgsqlException)
        {
            throw new BackupTrouble($"The backup into {folder.Path} broke off: {error.Message} The portal was not touched; a repeated backup goes on with the files copied so far.", inner: error);
        }
        catch (NpgsqlException error)
        {
            throw new BackupTrouble($"The backup into {folder.Path} broke off because the database went away: {error.Message} A repeated backup goes on with the files copied so far.", inner: error);
        }
    }

    async Task<BackupMade> Make(BackupFolder folder, int? keep, bool readAgain, Action<string> tell, CancellationToken stop)
    {
        var started = clock.GetUtcNow();
        var partial = folder.Begin(started);

        await using var connection = await home.Connect("PqdPortal backup", stop);
        await FilesStay.Hold(connection, stop);
        tell("Writing the records of this moment.");
        var manifest = await Records(connection, partial, started, tell, stop);
        var files = manifest.Files;
        manifest = manifest with { Keys = await Keys(partial, stop) };

        var (whole, lost, copied, bytes) = await Copy(folder, files, readAgain, tell, stop);
        manifest = manifest with { Files = whole, Lost = lost, Ended = clock.GetUtcNow() };
        await manifest.Write(partial, stop);
        foreach (var inside in (string[])["tables", "keys"]) Posix.FlushFolder(Path.Combine(partial, inside));
        var snapshot = folder.Finish(partial);

        var (snapshotsGone, filesGone) = keep is { } count ? await folder.Prune(count, stop) : (0, 0);
        return new BackupMade(snapshot, manifest, copied, bytes, snapshotsGone, filesGone);
    }

    /// <summary>A backup inside what it backs up would be lost with it, or taken for a stored file.</summary>
    void RefusePlacesInside(string path)
    {
        path = Path.GetFullPath(path);
        foreach (var own in (string?[])[home.Folder.Path, home.StoreFolder])
            if (own is not null && (path + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(own) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new BackupTrouble($"{path} lies inside {own}, which is to be backed up. Name a folder elsewhere, best on another disk.");
    }

    async Task<Manifest> Records(NpgsqlConnection connection, string partial, DateTimeOffset started, Action<string> tell, CancellationToken stop)
    {
        await Tables.Do(connection, "SET TIME ZONE 'UTC'", stop);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop);
        await Tables.Do(connection, "SET TRANSACTION READ ONLY", stop);
        var tables = await Tables.Of(connection, stop);
        if (tables.Count == 0) throw new BackupTrouble("The database holds no portal: it has no tables. Start the portal once, or name another database.");
        var snapshot = clock.GetUtcNow();
        // A portal of a newer version that starts now waits with its migration until the records are written.
        await Tables.Do(connection, $"LOCK TABLE {Tables.List(tables.Select(table => table.Name))} IN ACCESS SHARE MODE", stop);

        var migrations = await Tables.Migrations(connection, stop);
        var parts = new List<TablePart>();
        foreach (var table in tables)
        {
            stop.ThrowIfCancellationRequested();
            parts.Add(await Write(connection, table, BackupFolder.TableFile(partial, table.Name), stop));
        }
        tell($"{parts.Sum(part => part.Rows):N0} rows of {parts.Count} tables written.");

        var manifest = new Manifest
        {
            Portal = Manifest.ThisProgram,
            Postgres = connection.PostgreSqlVersion.ToString(),
            Started = started,
            Snapshot = snapshot,
            Migrations = migrations,
            Tables = parts,
            Sequences = await Tables.Sequences(connection, stop),
            Files = await FilesNamed(connection, stop),
            Lost = [],
            Keys = [],
            UploadsOnTheirWay = await UploadsOnTheirWay(connection, stop),
            Settings = Settings(),
        };
        await transaction.CommitAsync(stop);
        return manifest;
    }

    static async Task<TablePart> Write(NpgsqlConnection connection, Table table, string path, CancellationToken stop)
    {
        using var sha256 = SHA256.Create();
        long rows = 0;
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
        {
            await using (var hashing = new CryptoStream(file, sha256, CryptoStreamMode.Write, leaveOpen: true))
            await using (var zip = new GZipStream(hashing, CompressionLevel.Fastest))
            // The reader of characters is not asked: its stream gives the bytes as they come.
            using (var copy = (StreamReader)await connection.BeginTextExportAsync($"COPY {Tables.Quoted(table.Name)} ({Tables.List(table.Columns)}) TO STDOUT", stop))
            {
                var buffer = new byte[1 << 16];
                for (int read; (read = await copy.BaseStream.ReadAsync(buffer, stop)) > 0;)
                {
                    // One line a row; a line feed inside a value is written as \n, in two characters.
                    rows += buffer.AsSpan(0, read).Count((byte)'\n');
                    await zip.WriteAsync(buffer.AsMemory(0, read), stop);
                }
            }
            file.Flush(flushToDisk: true);
        }
        return new TablePart(table.Name, table.Columns, rows, new FileInfo(path).Length, Convert.ToHexStringLower(sha256.Hash!));
    }

    /// <summary>Every stored file that a record of the snapshot names.</summary>
    static async Task<IReadOnlyList<FilePart>> FilesNamed(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand("""
            SELECT named."Sha256", coalesce(stored."Length", -1)
            FROM (SELECT "Sha256" FROM "StoredFiles"
                  UNION SELECT "Sha256" FROM "RunFiles"
                  UNION SELECT "ReportSha256" FROM "Analyses" WHERE "ReportSha256" IS NOT NULL) named
            LEFT JOIN "StoredFiles" stored USING ("Sha256")
            ORDER BY 1
            """, connection);
        var files = new List<FilePart>();
        await using var rows = await ask.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) files.Add(new FilePart(rows.GetString(0), rows.GetInt64(1)));
        return files;
    }

    static async Task<long> UploadsOnTheirWay(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var ask = new NpgsqlCommand("SELECT count(*) FROM \"Uploads\" WHERE \"State\" = 'Receiving'", connection);
        return (long)(await ask.ExecuteScalarAsync(stop))!;
    }

    async Task<IReadOnlyList<KeyPart>> Keys(string partial, CancellationToken stop)
    {
        var keys = new List<KeyPart>();
        foreach (var file in Directory.EnumerateFiles(home.Folder.Make("keys"), "*.xml").Order(StringComparer.Ordinal))
        {
            var bytes = await File.ReadAllBytesAsync(file, stop);
            await Durable.Write(BackupFolder.KeyFile(partial, Path.GetFileName(file)), bytes, stop);
            keys.Add(new KeyPart(Path.GetFileName(file), bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }
        return keys;
    }

    /// <summary>Copies what the folder does not have yet. A file that the store cannot give whole is named and does not stop the others.</summary>
    async Task<(List<FilePart> Whole, List<LostFile> Lost, int Copied, long Bytes)> Copy(
        BackupFolder folder, IReadOnlyList<FilePart> files, bool readAgain, Action<string> tell, CancellationToken stop)
    {
        var (whole, lost) = (new List<FilePart>(), new List<LostFile>());
        var (copied, bytes, said) = (0, 0L, clock.GetTimestamp());
        foreach (var (at, file) in files.Index())
        {
            stop.ThrowIfCancellationRequested();
            if (clock.GetElapsedTime(said) > TimeSpan.FromSeconds(2))
            {
                tell($"{at:N0} of {files.Count:N0} files looked at, {copied:N0} copied ({bytes:N0} bytes).");
                said = clock.GetTimestamp();
            }
            var place = folder.Files.PathOf(file.Sha256);
            if (await IsThere(place, file, readAgain, stop))
            {
                whole.Add(file with { Bytes = new FileInfo(place).Length });
                continue;
            }
            if (await CopyOne(folder, file, stop) is { } trouble) lost.Add(new LostFile(file.Sha256, trouble));
            else
            {
                var length = new FileInfo(place).Length;
                whole.Add(file with { Bytes = length });
                (copied, bytes) = (copied + 1, bytes + length);
            }
        }
        tell($"{files.Count:N0} files are in the backup's reach, {copied:N0} of them copied now ({bytes:N0} bytes).");
        return (whole, lost, copied, bytes);
    }

    static async Task<bool> IsThere(string place, FilePart file, bool readAgain, CancellationToken stop)
    {
        if (new FileInfo(place) is not { Exists: true } copy || (file.Bytes >= 0 && copy.Length != file.Bytes)) return false;
        if (!readAgain || await Durable.Hash(place, stop) == file.Sha256) return true;
        Remove(place);
        return false;
    }

    /// <returns>Why it could not be copied; null where it was.</returns>
    async Task<string?> CopyOne(BackupFolder folder, FilePart file, CancellationToken stop)
    {
        Stream content;
        try
        {
            content = await home.Store.Open(file.Sha256, stop);
        }
        catch (FileNotFoundException)
        {
            return "It is not in the store.";
        }
        StoredContent stored;
        await using (content) stored = await folder.Files.Save(content, stop);
        if (stored.Sha256 == file.Sha256) return null;
        Remove(folder.Files.PathOf(stored.Sha256));
        return $"Its content in the store was changed: {stored.Length:N0} bytes that hash to {stored.Sha256[..12]}…";
    }

    static void Remove(string path)
    {
        File.SetAttributes(path, FileAttributes.Normal);
        File.Delete(path);
    }

    /// <summary>What a person needs to set the portal up again as it was; no password, no secret.</summary>
    SortedDictionary<string, string> Settings() => new(
        home.Configuration.GetSection("Portal").AsEnumerable()
            .Where(option => option.Value is not null && !option.Key.Contains("Secret", StringComparison.OrdinalIgnoreCase)
                && !option.Key.Contains("AccessKey", StringComparison.OrdinalIgnoreCase) && !option.Key.Contains("Password", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(option => option.Key, option => option.Value!));
}

/// <summary>What a backup did.</summary>
/// <param name="Snapshot">Its folder.</param>
/// <param name="Copied">Files that earlier backups had not, and their bytes.</param>
/// <param name="SnapshotsGone">Snapshots and files that were pruned.</param>
public sealed record BackupMade(string Snapshot, Manifest Manifest, int Copied, long Bytes, int SnapshotsGone, int FilesGone);
