using PqdPortal.Analysis;
using PqdPortal.Analysis.Conversion;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data;

namespace PqdPortal.Jobs;

/// <summary>Stored files in another format, made anew for each download and gone with it.</summary>
public sealed class FileConversion
{
    /// <summary>As many as write at once; the HDF5 library takes one call at a time in any case.</summary>
    readonly SemaphoreSlim _turn = new(2);

    readonly LocalCopy _copies;
    readonly DataFolder _folder;
    readonly TimeProvider _time;

    internal FileConversion(LocalCopy copies, DataFolder folder, TimeProvider time) => (_copies, _folder, _time) = (copies, folder, time);

    /// <summary>Writes a stored photon stream as Photon-HDF5.</summary>
    /// <param name="name">Name it was uploaded with.</param>
    /// <param name="reading">How it is read: with what a person chose and what lies beside it.</param>
    /// <returns>Seekable; its bytes are gone from the disk when the caller closes it.</returns>
    /// <exception cref="PqdException">The file is not read, holds no photons, or the library that writes is missing.</exception>
    public async Task<Stream> AsPhotonHdf5(string name, FileReading reading, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        var path = Path.Combine(_folder.Make("converted"), Guid.NewGuid().ToString("n") + ".h5");
        try
        {
            await using var content = await _copies.Open(reading.Sha256, stop);
            await LongWork.Run(() => Converter.Write(Formats.Open(content, reading.Choices(_copies, null, stop)), TargetFormat.PhotonHdf5, path, new ConversionNote
            {
                SourceName = name,
                SourceSha256 = reading.Sha256,
                Name = NameOf(name),
                Software = Software.Name,
                Created = _time.GetUtcNow().UtcDateTime,
            }, null, stop), stop);
            var written = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous | FileOptions.SequentialScan);
            // On Unix the name goes at once and the bytes with the last handle, however the process ends.
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            return written;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>"dot 1.ptu" becomes "dot 1.h5".</summary>
    public static string NameOf(string name) => Path.GetFileNameWithoutExtension(name) is { Length: > 0 } stem ? stem + ".h5" : "photons.h5";

    /// <summary>Removes what a killed process was writing.</summary>
    internal void Tidy()
    {
        foreach (var left in Directory.EnumerateFiles(_folder.Make("converted")))
            if (File.GetLastWriteTimeUtc(left) < _time.GetUtcNow().UtcDateTime.AddDays(-1)) File.Delete(left);
    }
}
