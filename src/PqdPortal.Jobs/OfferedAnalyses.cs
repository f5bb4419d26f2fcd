using Microsoft.Extensions.Caching.Memory;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Runs;

namespace PqdPortal.Jobs;

/// <summary>What can be computed from a run: the analyses that accept its measurement. Of a file this never changes, so the last ones stay in memory.</summary>
public sealed class OfferedAnalyses : IDisposable
{
    /// <summary>Files whose answer is kept.</summary>
    const int Kept = 10_000;

    readonly StoredMeasurements _stored;
    readonly KnownAnalyses _known;
    readonly MemoryCache _answers = new(new MemoryCacheOptions { SizeLimit = Kept });

    internal OfferedAnalyses(StoredMeasurements stored, KnownAnalyses known) => (_stored, _known) = (stored, known);

    /// <param name="run">With its files.</param>
    /// <returns>In the order of the catalogue; none where the run's file is not read or no longer there.</returns>
    public async Task<IReadOnlyList<AnalysisKind>> Of(Run run, CancellationToken stop = default)
    {
        if (run.Reading != ReadingState.Read || AnalysisQueue.Speaking(run, RunFile.Measurement) is not { Summary: not null } file) return [];
        var reading = FileReading.Of(file, run.Files);
        if (_answers.TryGetValue(reading.Key, out IReadOnlyList<AnalysisKind>? known)) return known!;
        try
        {
            IReadOnlyList<AnalysisKind> accepting = await _stored.Look(reading, measurement => _known.All.Where(kind => kind.Accepts(measurement)).ToList(), stop);
            return _answers.Set(reading.Key, accepting, new MemoryCacheEntryOptions { Size = 1 });
        }
        catch (Exception gone) when (gone is MeasurementFormatException or IOException)
        {
            return [];
        }
    }

    public void Dispose() => _answers.Dispose();
}
