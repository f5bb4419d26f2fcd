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
            if (!Directory.Exists(path))
                MakePrivate(path, Environment.IsPrivilegedProcess ? PrivateMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : PrivateMode);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PortalStartException(
                $"The data folder {path} cannot be made ({error.Message}). Choose another one with the option {Key} (environment: Portal__DataFolder).", error);
        }
        return new DataFolder(path);
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
    public static string? FirstClosed(string folder) =>
        Above(folder).Reverse().FirstOrDefault(f => !OperatingSystem.IsWindows() && !File.GetUnixFileMode(f).HasFlag(UnixFileMode.OtherExecute));

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
