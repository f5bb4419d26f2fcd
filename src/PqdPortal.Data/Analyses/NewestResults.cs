using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Analyses;

/// <summary>Which results speak for a run or a dot: of each kind of analysis the newest that came to an end.</summary>
public static class NewestResults
{
    /// <summary>Quantities that are a g2(0), the better ones first; <c>g2_0_raw</c> has its background still in it.</summary>
    static IReadOnlyList<string> G2AtZero { get; } = ["g2_0_corr", "g2_0", "g2_0_fit", "g2_0_raw"];

    /// <summary>Counts of all detectors together [1/s].</summary>
    public const string TotalRate = "rate_cps";

    /// <summary>
    /// The g2(0) that were found, those first that speak for a dot or a run: the corrected ones, of each the newest. To be narrowed to a
    /// dot or a run that the viewer may see, inside the question for those.
    /// </summary>
    public static IOrderedQueryable<AnalysisValue> BestG2AtZeroFirst(this PortalDb db) => db.AnalysisValues
        .Where(v => v.Value != null && G2AtZero.Contains(v.Name)
            && v.Analysis.State == AnalysisState.Done && v.Analysis.DeletedAt == null && v.Analysis.Run.DeletedAt == null)
        .OrderBy(v => v.Name == "g2_0_corr" || v.Name == "g2_0" ? 0 : v.Name == "g2_0_fit" ? 1 : 2).ThenByDescending(v => v.Analysis.EndedAt);

    /// <summary>Of each kind the newest finished analysis, with its values and verdicts.</summary>
    /// <param name="analyses">Those the viewer may see, already narrowed to a run or a dot.</param>
    public static async Task<IReadOnlyList<AnalysisRecord>> NewestOfEachKind(
        this IQueryable<AnalysisRecord> analyses, CancellationToken stop = default)
    {
        var done = analyses.Where(a => a.State == AnalysisState.Done && a.DeletedAt == null && a.Run.DeletedAt == null);
        var heads = await done.Select(a => new { a.Id, a.Kind, a.EndedAt }).ToListAsync(stop);
        var newest = heads.GroupBy(a => a.Kind).Select(kind => kind.MaxBy(a => (a.EndedAt, a.Id))!.Id).ToList();
        return await done.Where(a => newest.Contains(a.Id))
            .Include(a => a.Values).Include(a => a.Verdicts)
            .OrderBy(a => a.Kind).AsNoTracking().AsSplitQuery().ToListAsync(stop);
    }
}
