using System.Runtime.InteropServices;

namespace PqdPortal.Cli.Watch;

/// <summary>Whether another program still has a file open to write, where the system tells.</summary>
static class WritersOf
{
    /// <param name="file">Opened for reading alone.</param>
    /// <returns>True where somebody writes; false where nobody does or the system does not tell (network folders).</returns>
    public static bool AreThere(FileStream file)
    {
        if (!OperatingSystem.IsLinux()) return false;
        // A lease for reading is refused while anybody has the file open for writing; taken, it is given back at once.
        const int setLease = 1024, read = 0, none = 2, busy = 11;
        var handle = file.SafeFileHandle.DangerousGetHandle().ToInt32();
        if (fcntl(handle, setLease, read) == 0)
        {
            fcntl(handle, setLease, none);
            return false;
        }
        return Marshal.GetLastPInvokeError() == busy;
    }

    [DllImport("libc", SetLastError = true)]
    static extern int fcntl(int handle, int command, int argument);
}
