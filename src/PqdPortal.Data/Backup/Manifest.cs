using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PqdPortal.Data.Backup;

/// <summary>What one backup holds, down to the hash of every part. Written last: a backup without it is none.</summary>
public sealed record Manifest
{
    /// <summary>The layout that this program writes, and the newest that it reads.</summary>
    public const int NewestFormat = 1;

    const string FileName = "manifest.json";

    static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public int Format { get; init; } = NewestFormat;

    /// <summary>Version and commit of the program that made it.</summary>
    public required string Portal { get; init; }

    /// <summary>Version of the PostgreSQL that held the records.</summary>
    public required string Postgres { get; init; }
    public DateTimeOffset Started { get; init; }

    /// <summary>The moment whose records it holds; everything committed later is not in it.</summary>
    public DateTimeOffset Snapshot { get; init; }
    public DateTimeOffset Ended { get; init; }

    /// <summary>The database's history up to the backup, oldest first.</summary>
    public required IReadOnlyList<string> Migrations { get; init; }
    public required IReadOnlyList<TablePart> Tables { get; init; }
    public required IReadOnlyList<SequencePart> Sequences { get; init; }

    /// <summary>Stored files, once each, by hash.</summary>
    public required IReadOnlyList<FilePart> Files { get; init; }

    /// <summary>Files that the records name and the store could not give whole when the backup was made.</summary>
    public required IReadOnlyList<LostFile> Lost { get; init; }

    /// <summary>The keys of sign-in cookies and links.</summary>
    public required IReadOnlyList<KeyPart> Keys { get; init; }

    /// <summary>Uploads that were on their way; their bytes are not in the backup.</summary>
    public long UploadsOnTheirWay { get; init; }

    /// <summary>The options under which the portal ran, secrets left out; for the person who sets it up again, not read by a restore.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Version and commit of this program.</summary>
    public static string ThisProgram { get; } =
        typeof(Manifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Writes it and, beside it, its SHA-256 as sha256sum reads it.</summary>
    internal async Task Write(string folder, CancellationToken stop)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        await Durable.Write(Path.Combine(folder, FileName), bytes, stop);
        await Durable.Write(Path.Combine(folder, FileName + ".sha256"), Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(bytes))}  {FileName}\n"), stop);
        Posix.FlushFolder(folder);
    }

    /// <summary>Reads the manifest of one snapshot and refuses one that was changed or comes from a newer portal.</summary>
    /// <exception cref="BackupTrouble">It is missing, changed, unreadable or newer than this program.</exception>
    public static async Task<Manifest> Read(string folder, CancellationToken stop)
    {
        var path = Path.Combine(folder, FileName);
        var sumPath = path + ".sha256";
        foreach (var needed in (string[])[path, sumPath])
            if (!File.Exists(needed)) throw new BackupTrouble($"{needed} is missing, so nothing says what this backup holds. Use another snapshot or another copy of the backup.", isDamage: true);
        var bytes = await File.ReadAllBytesAsync(path, stop);
        var told = (await File.ReadAllTextAsync(sumPath, stop)).Split(' ')[0];
        if (told != Convert.ToHexStringLower(SHA256.HashData(bytes)))
            throw new BackupTrouble($"{path} is not what was written: its SHA-256 differs from the one in {Path.GetFileName(sumPath)}. Use another snapshot or another copy of the backup.", isDamage: true);
        try
        {
            using (var look = JsonDocument.Parse(bytes))
                if (look.RootElement.GetProperty("format").GetInt32() is var format and > NewestFormat)
                    throw new BackupTrouble($"This backup is of format {format}; this pqd ({ThisProgram}) reads up to format {NewestFormat}. Use the pqd of the portal that made it, or a newer one.");
            return JsonSerializer.Deserialize<Manifest>(bytes, Json)!;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BackupTrouble($"{path} cannot be read as the manifest of a backup: {error.Message}", isDamage: true, error);
        }
    }
}

/// <summary>The rows of one table, as PostgreSQL's COPY in text format writes them, compressed with gzip.</summary>
/// <param name="Columns">In the order of the fields of a line.</param>
/// <param name="Bytes">Length and hash of the compressed file.</param>
public sealed record TablePart(string Name, IReadOnlyList<string> Columns, long Rows, long Bytes, string Sha256);

/// <param name="Value">The last value it gave; null where it gave none yet.</param>
public sealed record SequencePart(string Name, long? Value);

/// <summary>One stored file under the hash of its content.</summary>
public sealed record FilePart(string Sha256, long Bytes);

/// <summary>A file that could not be backed up, and why.</summary>
public sealed record LostFile(string Sha256, string Trouble);

/// <summary>One file of keys.</summary>
public sealed record KeyPart(string Name, long Bytes, string Sha256);
