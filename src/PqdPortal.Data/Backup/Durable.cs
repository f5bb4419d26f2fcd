using System.Security.Cryptography;

namespace PqdPortal.Data.Backup;

/// <summary>Files that survive a loss of power, and what they hash to.</summary>
static class Durable
{
    public static async Task Write(string path, ReadOnlyMemory<byte> content, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        await file.WriteAsync(content, stop);
        file.Flush(flushToDisk: true);
    }

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static async Task<string> Hash(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
    }
}
