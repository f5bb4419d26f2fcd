using System.Buffers;

namespace PqdPortal.Data.Files;

/// <summary>
/// Where uploads grow until they are whole: one file each, in the data folder. What was appended is durable before it is confirmed;
/// what lies beyond the confirmed length after a crash is cut off by the next piece.
/// </summary>
/// <param name="folder">Its own folder; made on first use.</param>
public sealed class Staging(string folder)
{
    const int Piece = 1 << 18;

    // A stretch is short enough that a crash loses little of a piece of any size, and long enough that making it durable costs little.
    const long StretchBytes = 64 << 20;
    static readonly TimeSpan StretchTime = TimeSpan.FromSeconds(5);

    /// <summary>Room on the disk where uploads grow [bytes].</summary>
    public long Free
    {
        get
        {
            Directory.CreateDirectory(folder);
            return new DriveInfo(folder).AvailableFreeSpace;
        }
    }

    /// <summary>
    /// The right to append to an upload and to end it, for whoever holds it in any process on this folder; null while another holds it.
    /// It ends with its process, however that ends.
    /// </summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public IDisposable? TryTake(Guid id)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new Turn(new FileStream(TurnOf(id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1), PathOf(id));
        }
        catch (IOException held) when (held.HResult is Held or HeldOnMac)
        {
            return null;
        }
    }

    // What the system says of a file that another has opened for itself alone.
    const int Held = 11, HeldOnMac = 35;

    /// <summary>Appends at an offset until a stretch is full, or the body ends or breaks off.</summary>
    /// <param name="most">Bytes that may come at the most; one more is refused before it is written.</param>
    /// <param name="seen">Sees every piece that was written, for a checksum.</param>
    /// <returns>The length that is now durable. When the body broke off, that of what had arrived, with the trouble beside it.</returns>
    /// <exception cref="IOException">The disk is full or broken; the bytes before the offset are as they were.</exception>
    public async Task<Appended> Append(Guid id, long offset, Stream body, long most, Action<ReadOnlyMemory<byte>>? seen = null, CancellationToken stop = default)
    {
        Directory.CreateDirectory(folder);
        // Stored already: the store may keep this very file, and root could write it in spite of its mode.
        if (new FileInfo(PathOf(id)) is { Exists: true, IsReadOnly: true })
            throw new InvalidDataException("The upload is whole and was stored; nothing can be added to it.");
        await using var file = new FileStream(PathOf(id), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);
        if (file.Length < offset)
            throw new InvalidDataException($"{offset} bytes of the upload were confirmed, but only {file.Length} are there.");
        file.SetLength(offset);
        file.Position = offset;

        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        var begun = TimeProvider.System.GetTimestamp();
        var ended = false;
        Exception? trouble = null;
        try
        {
            while (file.Position - offset < StretchBytes && TimeProvider.System.GetElapsedTime(begun) < StretchTime)
            {
                int read;
                try
                {
                    read = await body.ReadAsync(buffer, stop);
                }
                catch (Exception broken) when (broken is IOException or OperationCanceledException or InvalidOperationException)
                {
                    trouble = broken; // The connection broke off: what had come is kept.
                    break;
                }
                if (read == 0)
                {
                    ended = true;
                    break;
                }
                if (file.Position + read > offset + most)
                {
                    trouble = new InvalidDataException("More bytes came than the upload was announced with.");
                    break;
                }
                seen?.Invoke(buffer.AsMemory(0, read));
                await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }
            file.Flush(flushToDisk: true);
            return new Appended(file.Position, ended, trouble);
        }
        catch (IOException)
        {
            file.SetLength(offset); // A full disk: give back what the broken piece took.
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Forgets what lies beyond a length.</summary>
    public void Cut(Guid id, long length)
    {
        if (!File.Exists(PathOf(id))) return;
        using var file = new FileStream(PathOf(id), FileMode.Open, FileAccess.Write, FileShare.Read, 1);
        if (file.Length > length) file.SetLength(length);
    }

    /// <summary>Bytes lying there, confirmed or not; 0 where there are none.</summary>
    public long Length(Guid id) => new FileInfo(PathOf(id)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Hashes the whole and gives it to the store. The staged file stays until it is discarded, so that this can be repeated after a crash.</summary>
    public async Task<StoredContent> Store(Guid id, IFileStore store, CancellationToken stop = default)
    {
        var path = PathOf(id);
        if (!File.Exists(path)) // an empty file was announced and nothing ever came
            await File.WriteAllBytesAsync(path, [], stop);
        if (store is LocalFolderStore local) return await local.SaveFile(path, stop);
        await using var file = File.OpenRead(path);
        return await store.Save(file, stop);
    }

    /// <summary>Removes what was staged; no error if there is nothing.</summary>
    public void Discard(Guid id)
    {
        File.Delete(PathOf(id));
        File.Delete(TurnOf(id));
    }

    /// <summary>Everything that lies here, for cleaning up what no upload names any more.</summary>
    public IEnumerable<Guid> All() =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is Part or TurnMark)
                .Select(Path.GetFileNameWithoutExtension).Where(name => Guid.TryParse(name, out _)).Select(Guid.Parse!).Distinct()
            : [];

    const string Part = ".part", TurnMark = ".turn";

    string PathOf(Guid id) => Path.Combine(folder, id.ToString("n") + Part);

    string TurnOf(Guid id) => Path.Combine(folder, id.ToString("n") + TurnMark);

    /// <summary>A file that only one can have open.</summary>
    sealed class Turn(FileStream mark, string part) : IDisposable
    {
        public void Dispose()
        {
            // Nothing lies here of this upload, so nothing of it should stay. Before the mark is let go: it may be another's afterwards.
            if (!File.Exists(part)) File.Delete(mark.Name);
            mark.Dispose();
        }
    }
}

/// <summary>How far an append came.</summary>
/// <param name="Length">Durable bytes in all.</param>
/// <param name="Ended">The body ended by itself; false while more may come, or when it broke off.</param>
/// <param name="Trouble">Why it broke off; null where it did not.</param>
public sealed record Appended(long Length, bool Ended, Exception? Trouble);
