namespace PqdPortal.Analysis.Catalogue;

/// <summary>All that the portal can compute, one line each.</summary>
public static class AnalysisCatalogue
{
    public static IReadOnlyList<AnalysisKind> All { get; } =
    [
    ];

    /// <exception cref="RequestException">There is no analysis of that key.</exception>
    public static AnalysisKind Find(string key) =>
        All.FirstOrDefault(kind => kind.Key == key)
        ?? throw new RequestException($"There is no analysis \"{key}\". Known are: {string.Join(", ", All.Select(kind => kind.Key))}.");
}
