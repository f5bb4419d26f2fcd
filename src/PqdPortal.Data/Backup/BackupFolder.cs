using System.Globalization;
using PqdPortal.Data.Files;

namespace PqdPortal.Data.Backup;

/// <summary>
/// A folder of backups: <c>files/</c> by hash, shared by all snapshots and so copied once, and <c>snapshots/</c> with the records of
/// each moment. A snapshot grows under a name that ends in .partial and gets its own name when it is whole.
/// </summary>
public sealed class BackupFolder
{
    const string Marker = "pqdportal-backup.txt";
    const string Partial = ".partial";
    const string NameFormat = "yyyyMMdd'T'HHmmss'Z'";

    BackupFolder(string path) => (Path, Files) = (path, new LocalFolderStore(System.IO.Path.Combine(path, "files")));

    public string Path { get; }

    /// <summary>The stored files of all snapshots.</summary>
    internal LocalFolderStore Files { get; }

    string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>Finds a folder that holds backups.</summary>
    /// <exception cref="BackupTrouble">It is none.</exception>
    public static BackupFolder Find(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(path)) throw new BackupTrouble($"There is no folder {path}. Name the folder that was given to pqd admin backup.");
        if (!File.Exists(System.IO.Path.Combine(path, Marker)))
            throw new BackupTrouble($"{path} holds no backup of a portal: it has no {Marker}. Name the folder that was given to pqd admin backup.");
        return new BackupFolder(path);
    }

    /// <summary>Finds or makes one to write to, for the person who runs the command alone.</summary>
    /// <exception cref="BackupTrouble">It has something else in it, or cannot be written.</exception>
    public static BackupFolder FindOrMake(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            if (!Directory.Exists(path))
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
                // Records, password hashes and keys lie in it.
                else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            var marker = System.IO.Path.Combine(path, Marker);
            if (!File.Exists(marker))
            {
                if (Directory.EnumerateFileSystemEntries(path).Any(entry => System.IO.Path.GetFileName(entry) is not ("lost+found" or "backup.lock")))
                    throw new BackupTrouble($"{path} is not empty and holds no backup of a portal. It was left untouched; name an empty or a new folder.");
                File.WriteAllText(marker, """
                    Backups of a PqdPortal, made by "pqd admin backup". Keep this folder from strangers: it holds all records, password hashes and keys.
                    files/      the stored files under their SHA-256, shared by all snapshots
                    snapshots/  one folder per backup: manifest.json, the tables (COPY text, gzip), the keys
                    Check one with "pqd admin verify FOLDER", bring it back with "pqd admin restore FOLDER" into an empty portal.

                    """);
            }
            var folder = new BackupFolder(path);
            Directory.CreateDirectory(folder.Snapshots);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BackupTrouble($"The backup folder {path} cannot be written: {error.Message}", inner: error);
        }
    }

    /// <summary>Keeps a second backup out of the folder until disposed; ends with the process, however that ends.</summary>
    internal IDisposable Take()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, "backup.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new BackupTrouble($"Another backup into {Path} is going on. Wait for its end, or name another folder.", inner: error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BackupTrouble($"The backup folder {Path} cannot be written: {error.Message}", inner: error);
        }
    }

    /// <summary>Names of the whole snapshots, newest first.</summary>
    public IReadOnlyList<string> Whole() => !Directory.Exists(Snapshots) ? [] :
        [.. Directory.EnumerateDirectories(Snapshots).Select(folder => System.IO.Path.GetFileName(folder))
            .Where(name => !name.EndsWith(Partial, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)];

    /// <summary>A whole snapshot by name; without a name the newest.</summary>
    /// <exception cref="BackupTrouble">There is none.</exception>
    public string Snapshot(string? name)
    {
        var whole = Whole();
        if (whole.Count == 0)
            throw new BackupTrouble($"{Path} has no whole backup{(HasUnfinished ? ", only one that was interrupted; run pqd admin backup again, it goes on with the files that are there" : "")}.");
        if (name is not null && !whole.Contains(name))
            throw new BackupTrouble($"{Path} has no snapshot {name}. It has {string.Join(", ", whole)}.");
        return System.IO.Path.Combine(Snapshots, name ?? whole[0]);
    }

    bool HasUnfinished => Directory.Exists(Snapshots) && Directory.EnumerateDirectories(Snapshots, "*" + Partial).Any();

    /// <summary>Where a new snapshot grows. What an interrupted backup left is removed; the files it had copied stay.</summary>
    internal string Begin(DateTimeOffset now)
    {
        foreach (var left in Directory.EnumerateDirectories(Snapshots, "*" + Partial)) Directory.Delete(left, recursive: true);
        // Two backups within a second get names of their own.
        var name = now.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture);
        while (Directory.Exists(System.IO.Path.Combine(Snapshots, name)))
            name = (now = now.AddSeconds(1)).UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture);
        var partial = System.IO.Path.Combine(Snapshots, name + Partial);
        Directory.CreateDirectory(System.IO.Path.Combine(partial, "tables"));
        Directory.CreateDirectory(System.IO.Path.Combine(partial, "keys"));
        return partial;
    }

    /// <summary>Gives a whole snapshot its own name, in one step.</summary>
    internal string Finish(string partial)
    {
        var whole = partial[..^Partial.Length];
        Directory.Move(partial, whole);
        Posix.FlushFolder(Snapshots);
        return whole;
    }

    /// <summary>Removes all but the newest snapshots, and then the files that none of those left names.</summary>
    /// <returns>How many snapshots and files went.</returns>
    internal async Task<(int Snapshots, int Files)> Prune(int keep, CancellationToken stop)
    {
        var whole = Whole();
        // Read first: a snapshot that cannot be read stops the pruning before anything is gone.
        var needed = new HashSet<string>();
        foreach (var name in whole.Take(keep))
            needed.UnionWith((await Manifest.Read(Snapshot(name), stop)).Files.Select(file => file.Sha256));
        foreach (var name in whole.Skip(keep)) Directory.Delete(System.IO.Path.Combine(Snapshots, name), recursive: true);

        var gone = 0;
        var files = System.IO.Path.Combine(Path, "files");
        if (!Directory.Exists(files)) return (Math.Max(0, whole.Count - keep), gone);
        foreach (var file in Directory.EnumerateFiles(files, "*", SearchOption.AllDirectories).ToList())
        {
            var name = System.IO.Path.GetFileName(file);
            if (needed.Contains(name)) continue;
            // Also what a killed backup left half-written beside.
            File.SetAttributes(file, FileAttributes.Normal);
            File.Delete(file);
            gone++;
        }
        return (Math.Max(0, whole.Count - keep), gone);
    }

    internal static string TableFile(string snapshot, string table) => System.IO.Path.Combine(snapshot, "tables", table + ".tsv.gz");

    internal static string KeyFile(string snapshot, string name) => System.IO.Path.Combine(snapshot, "keys", name);
}
