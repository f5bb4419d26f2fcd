using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Jobs;

/// <summary>Opens stored measurements for a look, a few at a time: a page must not take the memory or the processor from the work.</summary>
public sealed class StoredMeasurements
{
    /// <summary>Files that are looked into at once.</summary>
    const int AtOnce = 2;

    readonly LocalCopy _copies;
    readonly SemaphoreSlim _turns = new(AtOnce);

    internal StoredMeasurements(LocalCopy copies) => _copies = copies;

    /// <param name="reading">The file and how it is read.</param>
    /// <param name="take">Takes out of the measurement what is wanted; the file is closed behind it. Runs on a thread of its own.</param>
    /// <exception cref="MeasurementFormatException">The file cannot be read this way.</exception>
    /// <exception cref="FileNotFoundException">The store has no such file.</exception>
    public async Task<T> Look<T>(FileReading reading, Func<Measurement, T> take, CancellationToken stop = default)
    {
        await _turns.WaitAsync(stop);
        try
        {
            await using var content = await _copies.Open(reading.Sha256, stop);
            return await LongWork.Run(() => take(Formats.Open(content, reading.Choices(_copies, null, stop))), stop);
        }
        finally
        {
            _turns.Release();
        }
    }
}
