using System.Globalization;
using System.Text.Json;
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
            var detectors = Detectors(file.Summary);
            IReadOnlyList<AnalysisKind> accepting = await _stored.Look(
                reading, measurement => _known.All.Where(kind => kind.Accepts(measurement) && !(detectors < kind.Detectors)).ToList(), stop);
            return _answers.Set(reading.Key, accepting, new MemoryCacheEntryOptions { Size = 1 });
        }
        catch (Exception gone) when (gone is MeasurementFormatException or IOException)
        {
            return [];
        }
    }

    /// <summary>Channels of a stream that have photons; null where the summary does not count events.</summary>
    static int? Detectors(string summary)
    {
        using var json = JsonDocument.Parse(summary);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("events_by_channel", out var events) && events.ValueKind == JsonValueKind.Object
            ? events.EnumerateObject().Count(one => int.TryParse(one.Name, CultureInfo.InvariantCulture, out var channel) && channel is >= 0 and < 100 && one.Value.GetInt64() > 0)
            : null;
    }

    public void Dispose() => _answers.Dispose();
}
