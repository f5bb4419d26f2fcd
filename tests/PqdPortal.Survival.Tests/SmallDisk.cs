using System.Diagnostics;

namespace PqdPortal.Survival.Tests;

/// <summary>A disk in memory of a given size, mounted on a folder; only root may make one.</summary>
sealed class SmallDisk : IDisposable
{
    readonly string _folder;

    /// <param name="size">As mount knows it: 40m.</param>
    public SmallDisk(string folder, string size)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=0755", "tmpfs", folder) is { } trouble) throw new InvalidOperationException(trouble);
    }

    /// <summary>Why none can be made here; null where one can.</summary>
    public static string? Missing { get; } = Try();

    public void Grow(string size)
    {
        if (Run("mount", "-o", $"remount,size={size}", _folder) is { } trouble) throw new InvalidOperationException(trouble);
    }

    public void Dispose() => Run("umount", "-l", _folder);

    static string? Try()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return "A small disk can only be mounted by root on Linux.";
        var folder = Directory.CreateTempSubdirectory("pqd-disk-").FullName;
        try
        {
            new SmallDisk(folder, "1m").Dispose();
            return null;
        }
        catch (Exception trouble) when (trouble is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"A small disk cannot be mounted here: {trouble.Message}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string? Run(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = run.StandardError.ReadToEnd();
        run.WaitForExit();
        return run.ExitCode == 0 ? null : said.Trim();
    }
}

/// <summary>A test that needs a small disk, and is skipped where none can be made, saying why.</summary>
sealed class SmallDiskAttribute : FactAttribute
{
    public SmallDiskAttribute() => Skip = SmallDisk.Missing;
}
