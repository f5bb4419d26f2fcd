using Microsoft.Extensions.Caching.Memory;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Files;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>Reports as they lie in the file store, the last used ones in memory. A report never changes, so nothing ever has to be forgotten for being old.</summary>
public sealed class ReportCache(IFileStore store) : IDisposable
{
    /// <summary>Room for reports in memory [bytes of JSON]; read, a report takes a few times its JSON.</summary>
    const long Room = 32 << 20;

    readonly MemoryCache _reports = new(new MemoryCacheOptions { SizeLimit = Room });

    /// <summary>The report of that hash, with the name of the software that wrote it.</summary>
    /// <exception cref="FileNotFoundException">The store has no such report.</exception>
    public async Task<StoredReport> Get(string sha256, CancellationToken stop = default)
    {
        if (_reports.TryGetValue(sha256, out StoredReport? known)) return known!;

        await using var file = await store.Open(sha256, stop);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, stop);
        var json = bytes.ToArray();
        var report = new StoredReport(ReportJson.Read(json), json);
        return _reports.Set(sha256, report, new MemoryCacheEntryOptions { Size = json.Length });
    }

    public void Dispose() => _reports.Dispose();
}

/// <summary>A report and its bytes as they lie in the store.</summary>
public sealed record StoredReport(AnalysisReport Report, byte[] Json);
