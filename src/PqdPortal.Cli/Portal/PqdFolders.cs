using System.Runtime.Versioning;
using System.Text;

namespace PqdPortal.Cli.Portal;

/// <summary>Where <c>pqd</c> keeps what it has to remember of a person: their tokens, and what it sent. For that person's eyes alone.</summary>
/// <remarks>PQD_HOME names another folder for all of it, such as for a service account or a test.</remarks>
public static class PqdFolders
{
    /// <summary>Tokens: ~/.config/pqd, or the roaming application data on Windows.</summary>
    public static string Config => Of("config", Environment.SpecialFolder.ApplicationData, ".config");

    /// <summary>Ledgers and uploads on their way: ~/.local/state/pqd, or the local application data on Windows.</summary>
    public static string State => Of("state", Environment.SpecialFolder.LocalApplicationData, Path.Combine(".local", "state"));

    static string Of(string name, Environment.SpecialFolder windows, string posix)
    {
        var folder = Environment.GetEnvironmentVariable("PQD_HOME") is { Length: > 0 } home ? Path.Combine(Path.GetFullPath(home), name)
            : OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(windows), "pqd", name)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), posix, "pqd");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else MakePrivate(folder);
        return folder;
    }

    [UnsupportedOSPlatform("windows")]
    static void MakePrivate(string folder) => Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Writes a small file whole or not at all, readable by its person alone.</summary>
    public static void WriteSafely(string path, string text)
    {
        var part = $"{path}.{Guid.NewGuid():n}.part";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(part, options))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
