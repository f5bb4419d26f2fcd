using System.Security.Cryptography;
using System.Text;
using PqdPortal.Client.Uploads;

namespace PqdPortal.Cli.Portal;

/// <summary>Uploads that were begun and are not whole: one small file each, so that another process goes on where this one was ended.</summary>
public sealed class PendingUploads(Uri portal)
{
    readonly string _folder = Directory.CreateDirectory(Path.Combine(PqdFolders.State, "pending")).FullName;

    /// <summary>Where the pieces of this content for this place go; null where it was not begun.</summary>
    public Uri? Find(string sha256, UploadTarget target)
    {
        var place = Place(sha256, target);
        try
        {
            return File.Exists(place) && Uri.TryCreate(File.ReadAllText(place), UriKind.Absolute, out var at) && portal.IsBaseOf(at) ? at : null;
        }
        catch (IOException)
        {
            return null; // Begun anew it costs bytes, and nothing else.
        }
    }

    public void Began(string sha256, UploadTarget target, Uri at) => PqdFolders.WriteSafely(Place(sha256, target), at.AbsoluteUri);

    public void Ended(string sha256, UploadTarget target) => File.Delete(Place(sha256, target));

    /// <summary>Forgets what the portal has given up long ago.</summary>
    public void Tidy()
    {
        var old = DateTime.UtcNow.AddDays(-14);
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles())
            if (file.LastWriteTimeUtc < old) file.Delete();
    }

    string Place(string sha256, UploadTarget target) => Path.Combine(_folder,
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', portal.AbsoluteUri, sha256, target.To, target.Project, target.Run, target.FileName))))[..40]);
}
