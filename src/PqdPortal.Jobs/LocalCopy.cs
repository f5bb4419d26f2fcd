using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Files;

namespace PqdPortal.Jobs;

/// <summary>
/// A stored file as a seekable local one. A local store's own file is read as it lies; a file of a remote store is copied here
/// once and kept while it is warm: when the copies need more room than they have, the ones used longest ago go first.
/// </summary>
sealed class LocalCopy(IFileStore store, DataFolder folder, JobOptions options, ILogger<LocalCopy> log)
{
    readonly SemaphoreSlim _fetching = new(1);

    string Folder => folder.Make("copies");

    /// <param name="sha256">Of the content, lower-case hex.</param>
    /// <param name="progress">Hears of a long way from a remote store.</param>
    /// <returns>Seekable; the caller closes it.</returns>
    /// <exception cref="FileNotFoundException">The store has no such file.</exception>
    public async Task<Stream> Open(string sha256, CancellationToken stop, IProgress<AnalysisProgress>? progress = null)
    {
        if (Warm(sha256) is { } warm) return warm;

        var stored = await store.Open(sha256, stop);
        if (stored.CanSeek) return stored;

        await using (stored)
        {
            await _fetching.WaitAsync(stop);
            try
            {
                return Warm(sha256) ?? await Fetch(sha256, stored, progress, stop);
            }
            finally
            {
                _fetching.Release();
            }
        }
    }

    FileStream? Warm(string sha256)
    {
        var path = Path.Combine(Folder, sha256);
        try
        {
            if (!File.Exists(path)) return null;
            var file = OpenShared(path);
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
            return file;
        }
        catch (FileNotFoundException)
        {
            // Another process made room between the two lines.
            return null;
        }
    }

    async Task<Stream> Fetch(string sha256, Stream stored, IProgress<AnalysisProgress>? progress, CancellationToken stop)
    {
        var path = Path.Combine(Folder, sha256);
        var coming = $"{path}.{Guid.NewGuid():n}";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var copy = File.Create(coming))
            {
                var block = new byte[1 << 20];
                progress?.Report(new("Fetching the file", 0, 0));
                for (int got; (got = await stored.ReadAsync(block, stop)) > 0;)
                {
                    hash.AppendData(block, 0, got);
                    await copy.WriteAsync(block.AsMemory(0, got), stop);
                    progress?.Report(new("Fetching the file", 0, 0));
                }
            }

            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != sha256) throw new IOException($"The store gave other bytes for {sha256}; their hash is {found}.");
            MakeRoom(new FileInfo(coming).Length);
            // Where another process was faster its copy is the same, so either may stay.
            File.Move(coming, path, overwrite: true);
            return OpenShared(path);
        }
        finally
        {
            File.Delete(coming);
        }
    }

    /// <summary>Removes copies that a killed process was fetching.</summary>
    internal void Tidy()
    {
        foreach (var left in new DirectoryInfo(Folder).GetFiles().Where(file => file.Name.Length > 64))
            try
            {
                // Whoever fetches keeps its file to itself; who is gone keeps nothing.
                using (left.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.None)) { }
                left.Delete();
            }
            catch (IOException)
            {
                // It is coming, or has just come.
            }
    }

    void MakeRoom(long needed)
    {
        var copies = new DirectoryInfo(Folder).GetFiles().Where(file => file.Name.Length == 64).OrderBy(file => file.LastAccessTimeUtc).ToList();
        var taken = copies.Sum(file => file.Length) + needed;
        foreach (var file in copies.TakeWhile(_ => taken > options.LocalCopyBytes))
        {
            try
            {
                var length = file.Length; // not to be asked of a file that is gone
                file.Delete();
                taken -= length;
            }
            catch (IOException error)
            {
                // Windows keeps a file that is being read; it goes next time.
                log.LogDebug(error, "The local copy {File} is in use", file.Name);
            }
        }
    }

    static FileStream OpenShared(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.None);
}
