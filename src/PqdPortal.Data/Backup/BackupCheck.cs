using System.Globalization;

namespace PqdPortal.Data.Backup;

/// <summary>Reads every part of a snapshot and holds it against the manifest.</summary>
public static class BackupCheck
{
    /// <returns>The manifest, and a sentence for every part that is missing or not as it was written.</returns>
    /// <exception cref="BackupTrouble">There is no such snapshot, or its manifest cannot be used.</exception>
    public static async Task<(string Snapshot, Manifest Manifest, IReadOnlyList<string> Damage)> Check(
        BackupFolder folder, string? name, Action<string> tell, CancellationToken stop = default)
    {
        var snapshot = folder.Snapshot(name);
        var manifest = await Manifest.Read(snapshot, stop);
        var damage = new List<string>();
        tell($"Checking the backup of {manifest.Snapshot.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC: {manifest.Tables.Count} tables, {manifest.Files.Count:N0} files.");

        foreach (var table in manifest.Tables)
            await Look(BackupFolder.TableFile(snapshot, table.Name), table.Bytes, table.Sha256);
        foreach (var key in manifest.Keys)
            await Look(BackupFolder.KeyFile(snapshot, key.Name), key.Bytes, key.Sha256);
        foreach (var file in manifest.Files)
            await Look(folder.Files.PathOf(file.Sha256), file.Bytes, file.Sha256);
        return (snapshot, manifest, damage);

        async Task Look(string path, long bytes, string sha256)
        {
            stop.ThrowIfCancellationRequested();
            var shown = Path.GetRelativePath(folder.Path, path);
            if (new FileInfo(path) is not { Exists: true } part) damage.Add($"{shown} is missing.");
            else if (part.Length != bytes) damage.Add($"{shown} has {part.Length:N0} bytes; {bytes:N0} were written.");
            else if (await Durable.Hash(path, stop) != sha256) damage.Add($"{shown} is not what was written: its SHA-256 differs.");
        }
    }
}
