using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace PqdPortal.Data;

/// <summary>The folder in which the portal keeps what is its own: the private database, files, uploads on their way, keys.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record DataFolder(string Path)
{
    /// <summary>The option that names it.</summary>
    public const string Key = "Portal:DataFolder";

    /// <summary>
    /// Where a published program has its settings and pages, from wherever it is started; null for one that runs in its checkout, which
    /// is started in its project's folder.
    /// </summary>
    public static string? PublishedRoot =>
        Above(AppContext.BaseDirectory).Any(folder => File.Exists(System.IO.Path.Combine(folder, "PqdPortal.sln"))) ? null : AppContext.BaseDirectory;

    /// <summary>A folder inside, made if it is missing and readable by the portal's own user alone.</summary>
    public string Make(string name)
    {
        var folder = System.IO.Path.Combine(Path, name);
        if (!Directory.Exists(folder)) MakePrivate(folder, PrivateMode);
        return folder;
    }

    /// <summary>
    /// From <c>Portal:DataFolder</c>; without it, <c>data</c> beside the checkout's solution, or for a published portal the user's
    /// folder for application data.
    /// </summary>
    public static DataFolder From(IConfiguration configuration, string contentRoot)
    {
        var configured = configuration[Key];
        var path = System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(configured) ? Default(contentRoot) : configured, contentRoot);
        try
        {
            // Run by root, the database's own user has to pass through; it sees no more than the names it already knows.
            if (File.Exists(path))
                throw new PortalStartException($"The data folder {path} is a file. Choose a folder with the option {Key} (environment: Portal__DataFolder).");
            if (!Directory.Exists(path))
                MakePrivate(path, Environment.IsPrivilegedProcess ? PrivateMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : PrivateMode);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PortalStartException(
                $"The data folder {path} cannot be made ({error.Message.TrimEnd('.')}). Choose another one with the option {Key} (environment: Portal__DataFolder).", error);
        }
        var folder = new DataFolder(path);
        RefuseClosed(path, $"The data folder {path}", Key);
        return folder;
    }

    /// <summary>Refuses a folder in which this user may not write.</summary>
    /// <param name="what">Begins the sentence: "The data folder /srv/pqd".</param>
    /// <param name="key">The option that names it.</param>
    /// <exception cref="PortalStartException">Nothing can be written there.</exception>
    public static void RefuseClosed(string folder, string what, string key)
    {
        try
        {
            // Permissions alone do not tell: the whole file system may be mounted for reading, or be somebody else's.
            using var probe = new FileStream(System.IO.Path.Combine(folder, $".writable-{Guid.NewGuid():N}"),
                FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is UnauthorizedAccessException || (error is IOException && !IsDiskFull(error)))
        {
            throw new PortalStartException(
                $"{what} may not be written by this user, {Environment.UserName} ({error.Message.TrimEnd('.')}). Start the portal as the user it belongs to, or choose another folder with {key}.", error);
        }
        catch (IOException full)
        {
            throw new PortalStartException(DiskIsFull(folder, key), full);
        }
    }

    /// <summary>Refuses a disk on which nothing can be begun any more; a portal that starts and fails at its first write would be worse.</summary>
    /// <param name="needed">What has to be free [bytes].</param>
    /// <exception cref="PortalStartException">Less is free.</exception>
    public void RefuseFullDisk(long needed)
    {
        if (Free(Path) is { } free && free < needed) throw new PortalStartException(DiskIsFull(Path, Key, needed));
    }

    /// <summary>A full disk in words: which folder, how much is free, what to do.</summary>
    public static string DiskIsFull(string folder, string key, long? needed = null) =>
        $"The disk that holds {folder} is full: {(Free(folder) ?? 0) / 1048576.0:0.0} MB are free{(needed is { } n ? $", and {n >> 20} MB are needed to start" : "")}. Nothing was changed. Make room there, or choose another folder with {key}.";

    /// <summary>Whether an error says that the disk, or this user's share of it, is used up.</summary>
    public static bool IsDiskFull(Exception? error) =>
        error is IOException { HResult: 28 or 122 or unchecked((int)0x80070070) or unchecked((int)0x80070027) } // ENOSPC, EDQUOT; Windows' disk and handle full
        || (error?.InnerException is { } inner && IsDiskFull(inner));

    /// <summary>What this user may still write on the disk of a folder [bytes]; null where the system does not say.</summary>
    static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static string Default(string contentRoot)
    {
        var checkout = Above(contentRoot).Concat(Above(AppContext.BaseDirectory))
            .FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, "PqdPortal.sln")));

        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return checkout is not null
                ? System.IO.Path.Combine(checkout, "data")
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "PqdPortal");

        // Run by root: a checkout in root's own home cannot be entered by the unprivileged user that the database runs as.
        if (checkout is null) return "/var/lib/pqdportal";
        return IsOpenToAll(checkout)
            ? System.IO.Path.Combine(checkout, "data")
            : System.IO.Path.Combine("/var/lib/pqdportal", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(checkout)))[..12]);
    }

    /// <summary>Whether every user of the machine may walk to this folder (they need not be able to list it).</summary>
    public static bool IsOpenToAll(string folder) => FirstClosed(folder) is null;

    /// <summary>The outermost folder on the way that other users may not enter; null where all are open.</summary>
    /// <param name="user">Number of the user who has to pass; without it, every user has to.</param>
    public static string? FirstClosed(string folder, uint? user = null) =>
        Above(folder).Reverse().FirstOrDefault(f => !OperatingSystem.IsWindows() && !File.GetUnixFileMode(f).HasFlag(UnixFileMode.OtherExecute)
            && !(user is not null && Posix.OwnerOf(f)?.User == user && File.GetUnixFileMode(f).HasFlag(UnixFileMode.UserExecute)));

    /// <summary>The folder and all above it, innermost first.</summary>
    public static IEnumerable<string> Above(string folder)
    {
        for (var at = new DirectoryInfo(System.IO.Path.GetFullPath(folder)); at is not null; at = at.Parent)
            yield return at.FullName;
    }

    const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    static void MakePrivate(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else
        {
            if (System.IO.Path.GetDirectoryName(folder) is { } parent) Directory.CreateDirectory(parent);
            Directory.CreateDirectory(folder, mode);
            // The process's umask may have taken bits away.
            File.SetUnixFileMode(folder, mode);
        }
    }
}
