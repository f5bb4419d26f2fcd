namespace PqdPortal.Data.Files;

/// <summary>Where the bytes lie: each file under the SHA-256 of its content, written once, never changed.</summary>
public interface IFileStore
{
    /// <summary>Reads the content to its end while hashing and keeps it. The same bytes twice are stored once.</summary>
    Task<StoredContent> Save(Stream content, CancellationToken stop = default);

    /// <summary>Opens a stored file for reading; seekable only where the store is a local folder.</summary>
    /// <exception cref="FileNotFoundException">The store has no file of that hash.</exception>
    Task<Stream> Open(string sha256, CancellationToken stop = default);

    Task<bool> Exists(string sha256, CancellationToken stop = default);

    /// <summary>Removes a file that no record names any more; no error if it is gone already.</summary>
    Task Delete(string sha256, CancellationToken stop = default);

    /// <summary>Why nothing can be stored at this moment, in words; null where it can, or where only trying would tell.</summary>
    Task<string?> WhyNotWritable(CancellationToken stop = default) => Task.FromResult<string?>(null);
}

/// <summary>What was stored.</summary>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record StoredContent(string Sha256, long Length)
{
    /// <summary>Lets nothing but a hash become part of a path or key.</summary>
    /// <exception cref="ArgumentException">That is not a SHA-256 in lower-case hex.</exception>
    internal static void CheckName(string sha256)
    {
        if (sha256.Length != 64 || sha256.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            throw new ArgumentException("A stored file is named by its SHA-256 in lower-case hex.", nameof(sha256));
    }
}
