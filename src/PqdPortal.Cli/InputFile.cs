using PqdPortal.Analysis;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Cli;

/// <summary>Opens the files named on the command line or in a request.</summary>
public static class InputFile
{
    /// <summary>Opens a file for reading from front to back.</summary>
    /// <exception cref="RequestException">There is no such file.</exception>
    public static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new RequestException($"{path} is a folder; name a file in it.");
        if (!File.Exists(path)) throw new RequestException($"There is no file {path}. Check the path; it is taken relative to {Directory.GetCurrentDirectory()}.");

        // Readers take large blocks from the handle themselves; a buffer between would only copy.
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        if (file.CanSeek) return file;
        file.Dispose();
        throw new RequestException($"{path} is no file on a disk but a pipe or a device. Write its content to a file first.");
    }

    /// <summary>What lies beside a file: those of the same name with another extension, in whatever case.</summary>
    public static ReadingChoices Beside(string path) => new()
    {
        Beside = extension =>
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var wanted = Path.GetFileNameWithoutExtension(path) + extension;
            var found = Directory.EnumerateFiles(folder).FirstOrDefault(file => Path.GetFileName(file).Equals(wanted, StringComparison.OrdinalIgnoreCase));
            return found is null ? null : Open(found);
        },
    };
}
