namespace PqdPortal.Data.Files;

/// <summary>
/// Where a person's table lies between the look at it and its import: a file each, in the data folder, for a day. Nothing depends on it:
/// what is not there any more is sent again.
/// </summary>
/// <param name="folder">Its own folder; made on first use.</param>
public sealed class Shelf(string folder, TimeProvider clock)
{
    /// <summary>How long a file lies here.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(1);

    /// <summary>Keeps what is sent; null where it is longer than allowed, of which nothing is kept.</summary>
    /// <param name="most">Longest file [bytes].</param>
    public async Task<Guid?> Put(Guid person, Stream content, long most, CancellationToken stop = default)
    {
        Directory.CreateDirectory(folder);
        Sweep();
        var id = Guid.NewGuid();
        var path = PathOf(person, id);
        var isWhole = false;
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
            var buffer = new byte[1 << 16];
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0;)
            {
                if (file.Length + read > most) return null;
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
            }
            isWhole = true;
            return id;
        }
        finally
        {
            if (!isWhole) File.Delete(path);
        }
    }

    /// <summary>The file of that id, if this person put it here; null where there is none.</summary>
    public FileStream? Open(Guid person, Guid id)
    {
        try
        {
            return new FileStream(PathOf(person, id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Takes a file away; nothing happens where it is gone.</summary>
    public void Drop(Guid person, Guid id)
    {
        if (File.Exists(PathOf(person, id))) File.Delete(PathOf(person, id));
    }

    void Sweep()
    {
        var before = (clock.GetUtcNow() - Life).UtcDateTime;
        foreach (var file in Directory.EnumerateFiles(folder))
            if (File.GetLastWriteTimeUtc(file) < before) File.Delete(file);
    }

    string PathOf(Guid person, Guid id) => Path.Combine(folder, $"{person:N}-{id:N}");
}
