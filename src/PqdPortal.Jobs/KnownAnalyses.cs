using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Jobs;

/// <summary>The analyses that jobs compute: the catalogue, or in a test some of its own.</summary>
sealed record KnownAnalyses(IReadOnlyList<AnalysisKind> All)
{
    /// <exception cref="RequestException">There is no analysis of that key.</exception>
    public AnalysisKind Find(string key) =>
        All.FirstOrDefault(kind => kind.Key == key)
        ?? throw new RequestException($"There is no analysis \"{key}\". Known are: {string.Join(", ", All.Select(kind => kind.Key))}.");
}
