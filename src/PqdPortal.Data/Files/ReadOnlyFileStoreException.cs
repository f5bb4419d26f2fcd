namespace PqdPortal.Data.Files;

/// <summary>The store takes nothing at present, by the option <c>Portal:Files:ReadOnly</c>. Shown to people as it stands.</summary>
public sealed class ReadOnlyFileStoreException()
    : IOException("The portal keeps no new files at present: its file store was set to read only. Ask whoever runs it, and try again later.")
{
    internal static void ThrowIf(bool readOnly)
    {
        if (readOnly) throw new ReadOnlyFileStoreException();
    }
}
