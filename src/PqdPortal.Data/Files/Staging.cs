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

    /// <summary>Appends at a confirmed offset until the body ends or breaks off.</summary>
    /// <param name="most">Bytes that may come at the most; one more is refused before it is written.</param>
    /// <param name="seen">Sees every piece that was written, for a checksum.</param>
    /// <returns>The length that is now durable. When the body broke off, that of what had arrived, with the trouble beside it.</returns>
    /// <exception cref="IOException">The disk is full or broken; the confirmed bytes are as they were.</exception>
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
        Exception? trouble = null;
        try
        {
            while (true)
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
                if (read == 0) break;
                if (file.Position + read > offset + most)
                {
                    trouble = new InvalidDataException("More bytes came than the upload was announced with.");
                    break;
                }
                seen?.Invoke(buffer.AsMemory(0, read));
                await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }
            file.Flush(flushToDisk: true);
            return new Appended(file.Position, trouble);
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
    public void Discard(Guid id) => File.Delete(PathOf(id));

    /// <summary>Everything that lies here, for cleaning up what no upload names any more.</summary>
    public IEnumerable<Guid> All() =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.part").Select(Path.GetFileNameWithoutExtension).Where(name => Guid.TryParse(name, out _)).Select(Guid.Parse!)
            : [];

    string PathOf(Guid id) => Path.Combine(folder, id.ToString("n") + ".part");
}

/// <summary>How far an append came.</summary>
/// <param name="Length">Durable bytes in all.</param>
/// <param name="Trouble">Why it ended early; null where the body ended by itself.</param>
public sealed record Appended(long Length, Exception? Trouble);
