using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PqdPortal.Data;

/// <summary>The few calls of the operating system that .NET does not offer.</summary>
static class Posix
{
    /// <summary>Number of the user and of their first group; null where the machine has no such user.</summary>
    public static (uint User, uint Group)? FindUser(string name)
    {
        var entry = getpwnam(name);
        // struct passwd begins on Linux and macOS alike: char* name, char* password, uid_t, gid_t.
        return entry == IntPtr.Zero
            ? null
            : ((uint)Marshal.ReadInt32(entry, 2 * IntPtr.Size), (uint)Marshal.ReadInt32(entry, 2 * IntPtr.Size + 4));
    }

    /// <summary>Gives a file or folder, and all below it, to a user. Links are not followed.</summary>
    public static void GiveTo(string path, (uint User, uint Group) owner)
    {
        if (lchown(path, owner.User, owner.Group) != 0)
            throw new IOException($"The owner of {path} cannot be changed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            foreach (var inside in Directory.EnumerateFileSystemEntries(path))
                GiveTo(inside, owner);
    }

    /// <summary>Ends a process at once (kill -9); nothing happens where it is gone already.</summary>
    public static void Kill(int process) => kill(process, 9);

    /// <summary>Brings a folder's entries to the disk, so that a file renamed into it survives a loss of power.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var folder = open(path, 0);
        if (folder < 0) return;
        fsync(folder);
        close(folder);
    }

    [DllImport("libc", SetLastError = true)] static extern int lchown(string path, uint owner, uint group);
    [DllImport("libc")] static extern IntPtr getpwnam(string name);
    [DllImport("libc")] static extern int open(string path, int flags);
    [DllImport("libc")] static extern int kill(int process, int signal);
    [DllImport("libc")] static extern int fsync(int file);
    [DllImport("libc")] static extern int close(int file);
}
