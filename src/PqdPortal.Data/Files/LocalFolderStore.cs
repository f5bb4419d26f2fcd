using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PqdPortal.Data.Files;

/// <summary>
/// Files in a folder of this machine: aa/bb/aabb... by hash. A file is written beside its place, made durable, then moved there in one step,
/// so that a name in the store always means the whole content.
/// </summary>
/// <param name="folder">The store's own folder; made on first use.</param>
/// <param name="readOnly">True refuses to add and to remove.</param>
public sealed partial class LocalFolderStore(string folder, bool readOnly = false) : IFileStore
{
    const int Piece = 1 << 20;

    public async Task<StoredContent> Save(Stream content, CancellationToken stop = default)
    {
        using var incoming = NewIncoming();
        var stored = await Write(content, incoming.File, stop);
        Keep(incoming.File, stored.Sha256);
        return stored;
    }

    /// <summary>Keeps a file of this machine that nobody writes to any more, without copying it where both lie on one file system. The file itself stays.</summary>
    public async Task<StoredContent> SaveFile(string path, CancellationToken stop = default)
    {
        using var incoming = NewIncoming();
        if (!TryLink(path, incoming.File))
        {
            await using var copy = File.OpenRead(path);
            return await Save(copy, stop);
        }
        StoredContent stored;
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan))
            stored = new StoredContent(await Hash(file, stop), file.Length);
        Keep(incoming.File, stored.Sha256);
        return stored;
    }

    public Task<Stream> Open(string sha256, CancellationToken stop = default)
    {
        try
        {
            return Task.FromResult<Stream>(
                new FileStream(PathOf(sha256), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.SequentialScan));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"The store has no file {sha256}.", sha256, error);
        }
    }

    public Task<bool> Exists(string sha256, CancellationToken stop = default) => Task.FromResult(File.Exists(PathOf(sha256)));

    public Task Delete(string sha256, CancellationToken stop = default)
    {
        ReadOnlyFileStoreException.ThrowIf(readOnly);
        var path = PathOf(sha256);
        if (File.Exists(path))
        {
            File.SetAttributes(path, FileAttributes.Normal);
            File.Delete(path);
        }
        return Task.CompletedTask;
    }

    public async Task<string?> WhyNotWritable(CancellationToken stop = default)
    {
        if (readOnly) return "It is set to be read only.";
        try
        {
            using var trial = NewIncoming();
            await File.WriteAllBytesAsync(trial.File, "portal"u8.ToArray(), stop);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error is UnauthorizedAccessException ? "Its folder may not be written by the portal's user." : "Its disk is full or cannot be written.";
        }
    }

    /// <summary>Where the file of a hash lies, whether it is there or not.</summary>
    /// <exception cref="ArgumentException">That is not a SHA-256 in lower-case hex, so it may not become a path.</exception>
    public string PathOf(string sha256)
    {
        StoredContent.CheckName(sha256);
        return Path.Combine(folder, sha256[..2], sha256[2..4], sha256);
    }

    Incoming NewIncoming()
    {
        ReadOnlyFileStoreException.ThrowIf(readOnly);
        return new Incoming(Path.Combine(folder, "incoming"));
    }

    /// <summary>Removes what killed processes were about to store.</summary>
    public void RemoveLeft()
    {
        var incoming = new DirectoryInfo(Path.Combine(folder, "incoming"));
        if (readOnly || !incoming.Exists) return;
        foreach (var left in incoming.EnumerateDirectories())
            try
            {
                using (Incoming.Hold(left.FullName, FileMode.Open)) left.Delete(recursive: true);
            }
            catch (FileNotFoundException)
            {
                // Killed, or about to begin, before it held anything.
                if (left.CreationTimeUtc < DateTime.UtcNow.AddMinutes(-10)) left.Delete(recursive: true);
            }
            catch (IOException)
            {
                // Its process lives, or another one removes it at this moment.
            }
    }

    void Keep(string temporary, string sha256)
    {
        var place = PathOf(sha256);
        var inner = Path.GetDirectoryName(place)!;
        if (File.Exists(place))
        {
            if (new FileInfo(place).Length == new FileInfo(temporary).Length) return;
            // Cut short by a copy or a restore that did not end: these bytes are what its name says.
            File.SetAttributes(place, FileAttributes.Normal);
            File.Delete(place);
        }
        Directory.CreateDirectory(inner);
        File.SetAttributes(temporary, File.GetAttributes(temporary) | FileAttributes.ReadOnly);
        try
        {
            File.Move(temporary, place, overwrite: false);
        }
        catch (IOException) when (File.Exists(place))
        {
            // Somebody stored the same bytes a moment ago: theirs are ours.
        }
        foreach (var level in (string[])[inner, Path.GetDirectoryName(inner)!, folder]) Posix.FlushFolder(level);
    }

    static async Task<StoredContent> Write(Stream content, string path, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long length = 0;
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0; length += read)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
            }
            file.Flush(flushToDisk: true);
            return new StoredContent(Convert.ToHexStringLower(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static async Task<string> Hash(Stream content, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0;) hash.AppendData(buffer, 0, read);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static bool TryLink(string from, string to) => !OperatingSystem.IsWindows() && Link(from, to) == 0;

    /// <summary>A folder for one file that is not whole yet, held as long as its process lives: the system lets go of it however the process ends.</summary>
    sealed class Incoming : IDisposable
    {
        readonly string _folder;
        readonly FileStream _held;

        public Incoming(string among)
        {
            // Who removes what was left may have taken it for that between its making and its holding: then another one.
            for (var tries = 100; ; tries--)
            {
                _folder = Path.Combine(among, Guid.NewGuid().ToString("n"));
                Directory.CreateDirectory(_folder);
                try
                {
                    _held = Hold(_folder, FileMode.CreateNew);
                    if (System.IO.File.Exists(_held.Name)) return;
                    _held.Dispose();
                }
                catch (IOException error) when (tries > 0 && !DataFolder.IsDiskFull(error))
                {
                    // Held by the one who removes it.
                }
            }
        }

        public string File => Path.Combine(_folder, "file");

        /// <exception cref="IOException">Its process lives.</exception>
        public static FileStream Hold(string folder, FileMode mode) =>
            new(Path.Combine(folder, "held"), mode, FileAccess.ReadWrite, FileShare.None);

        public void Dispose()
        {
            if (OperatingSystem.IsWindows()) _held.Dispose(); // It deletes no file that is open.
            Directory.Delete(_folder, recursive: true);
            _held.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
