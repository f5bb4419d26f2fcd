using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Analyses;

/// <summary>
/// Which results speak for a run or a dot: of each kind of analysis the newest that came to an end and took all photons. What was
/// found in a part of them somebody selected, and says nothing of the whole.
/// </summary>
public static class NewestResults
{
    /// <summary>Quantities that are a g2(0), the better ones first; <c>g2_0_raw</c> has its background still in it.</summary>
    static IReadOnlyList<string> G2AtZero { get; } = ["g2_0_corr", "g2_0", "g2_0_fit", "g2_0_raw"];

    /// <summary>The parameter that says which part of the photons was taken.</summary>
    const string Selection = "selection";

    /// <summary>Counts of all detectors together [1/s].</summary>
    public const string TotalRate = "rate_cps";

    /// <summary>
    /// The g2(0) that were found, those first that speak for a dot or a run: the corrected ones, of each the newest. To be narrowed to a
    /// dot or a run that the viewer may see, inside the question for those.
    /// </summary>
    public static IOrderedQueryable<AnalysisValue> BestG2AtZeroFirst(this PortalDb db) => db.AnalysisValues
        .Where(v => v.Value != null && G2AtZero.Contains(v.Name)
            && v.Analysis.State == AnalysisState.Done && v.Analysis.DeletedAt == null && v.Analysis.Run.DeletedAt == null
            && !EF.Functions.JsonExists(v.Analysis.Parameters, Selection))
        .OrderBy(v => v.Name == "g2_0_corr" || v.Name == "g2_0" ? 0 : v.Name == "g2_0_fit" ? 1 : 2).ThenByDescending(v => v.Analysis.EndedAt);

    /// <summary>The counts of all detectors that were found, the newest first; to be narrowed like those of <see cref="BestG2AtZeroFirst"/>.</summary>
    public static IOrderedQueryable<AnalysisValue> NewestRateFirst(this PortalDb db) => db.AnalysisValues
        .Where(v => v.Value != null && v.Name == TotalRate
            && v.Analysis.State == AnalysisState.Done && v.Analysis.DeletedAt == null && v.Analysis.Run.DeletedAt == null
            && !EF.Functions.JsonExists(v.Analysis.Parameters, Selection))
        .OrderByDescending(v => v.Analysis.EndedAt);

    /// <summary>Of each kind the newest, from analyses that are at hand.</summary>
    public static IReadOnlyList<AnalysisRecord> NewestOfEachKind(this IEnumerable<AnalysisRecord> analyses) =>
        [.. analyses.Where(a => a.State == AnalysisState.Done && JsonNode.Parse(a.Parameters) is JsonObject asked && !asked.ContainsKey(Selection))
            .GroupBy(a => a.Kind).Select(kind => kind.MaxBy(a => a.EndedAt)!).OrderBy(a => a.Kind)];

    /// <summary>Of each kind the newest finished analysis, with its values and verdicts.</summary>
    /// <param name="analyses">Those the viewer may see, already narrowed to a run or a dot.</param>
    public static async Task<IReadOnlyList<AnalysisRecord>> NewestOfEachKind(
        this IQueryable<AnalysisRecord> analyses, CancellationToken stop = default)
    {
        var done = analyses.Where(a => a.State == AnalysisState.Done && a.DeletedAt == null && a.Run.DeletedAt == null && !EF.Functions.JsonExists(a.Parameters, Selection));
        var heads = await done.Select(a => new { a.Id, a.Kind, a.EndedAt }).ToListAsync(stop);
        var newest = heads.GroupBy(a => a.Kind).Select(kind => kind.MaxBy(a => (a.EndedAt, a.Id))!.Id).ToList();
        return await done.Where(a => newest.Contains(a.Id))
            .Include(a => a.Values).Include(a => a.Verdicts)
            .OrderBy(a => a.Kind).AsNoTracking().AsSplitQuery().ToListAsync(stop);
    }

    /// <summary>Of each dot the newest finished analysis of each of some kinds, with its values and verdicts, by the dot's id.</summary>
    /// <param name="analyses">Those the viewer may see, already narrowed to the dots.</param>
    public static async Task<ILookup<Guid, AnalysisRecord>> NewestOfEachDot(
        this IQueryable<AnalysisRecord> analyses, IReadOnlyList<string> kinds, CancellationToken stop = default)
    {
        var done = analyses.Where(a => a.State == AnalysisState.Done && a.DeletedAt == null && a.Run.DeletedAt == null && a.Run.EmitterId != null
            && kinds.Contains(a.Kind) && !EF.Functions.JsonExists(a.Parameters, Selection));
        var heads = await done.Select(a => new { a.Id, a.Kind, a.EndedAt, Dot = a.Run.EmitterId!.Value }).ToListAsync(stop);
        var newest = heads.GroupBy(a => (a.Dot, a.Kind)).Select(of => of.MaxBy(a => (a.EndedAt, a.Id))!).ToDictionary(a => a.Id, a => a.Dot);
        var ids = newest.Keys.ToArray();
        var found = await done.Where(a => ids.Contains(a.Id)).Include(a => a.Values).Include(a => a.Verdicts).AsNoTracking().AsSplitQuery().ToListAsync(stop);
        return found.OrderBy(a => a.Kind).ToLookup(a => newest[a.Id]);
    }
}
