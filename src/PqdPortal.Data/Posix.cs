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

    /// <summary>Name of the user with this number; null where the machine knows none.</summary>
    public static string? UserName(uint user)
    {
        var entry = getpwuid(user);
        return entry == IntPtr.Zero ? null : Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(entry));
    }

    /// <summary>To whom a file or folder belongs, a link itself and not what it leads to; null where it is not there or the system does not say.</summary>
    public static (uint User, uint Group)? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        // struct statx is the same on every Linux, unlike struct stat: stx_uid and stx_gid are its bytes 20 to 27.
        const int here = -100, itself = 0x100, owner = 0x18, length = 256;
        var facts = new byte[length];
        return statx(here, path, itself, owner, facts) == 0 ? (BitConverter.ToUInt32(facts, 20), BitConverter.ToUInt32(facts, 24)) : null;
    }

    /// <summary>Gives to a user what root made in a folder of theirs; what belongs to anybody else stays as it is.</summary>
    public static void GiveBack(string folder, (uint User, uint Group) owner)
    {
        foreach (var inside in Directory.EnumerateFileSystemEntries(folder))
        {
            if (OwnerOf(inside) is { User: 0 } && lchown(inside, owner.User, owner.Group) != 0 && File.Exists(inside))
                throw new IOException($"The owner of {inside} cannot be changed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
            if (Directory.Exists(inside) && new DirectoryInfo(inside).LinkTarget is null) GiveBack(inside, owner);
        }
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
    [DllImport("libc")] static extern IntPtr getpwuid(uint user);
    [DllImport("libc")] static extern int statx(int folder, string path, int flags, uint mask, byte[] facts);
    [DllImport("libc")] static extern int open(string path, int flags);
    [DllImport("libc")] static extern int kill(int process, int signal);
    [DllImport("libc")] static extern int fsync(int file);
    [DllImport("libc")] static extern int close(int file);
}
