using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Analyses;

/// <summary>
/// Which results speak for a run or a dot: of each kind of analysis the newest that came to an end and took all photons. What was
/// found in a part of them somebody selected, and says nothing of the whole.
/// </summary>
public static class NewestResults
{
    /// <summary>Quantities that are a g2(0), the better ones first, alike ones together; <c>g2_0_raw</c> has its background still in it.</summary>
    static IReadOnlyList<IReadOnlyList<string>> G2AtZero { get; } = [["g2_0_corr", "g2_0"], ["g2_0_fit"], ["g2_0_raw"]];

    /// <summary>The name under which the g2(0) as counted is given.</summary>
    public const string RawG2 = "g2_0_raw";

    /// <summary>The parameter that says which part of the photons was taken.</summary>
    const string Selection = "selection";

    /// <summary>Counts of all detectors together [1/s].</summary>
    public const string TotalRate = "rate_cps";

    /// <summary>
    /// What stands of a run or a dot, by name: the numbers of the newest analysis of each kind, and where it withholds one, that of the
    /// newest one of its kind that has it; where several kinds give the same number, the newest. The best g2(0) stands under
    /// <see cref="StandingValue.BestG2"/>. It is the rule by which the database keeps <see cref="StandingValue"/>.
    /// </summary>
    /// <param name="analyses">All that are at hand.</param>
    public static IReadOnlyDictionary<string, (AnalysisValue Value, AnalysisRecord From)> Standing(this IReadOnlyCollection<AnalysisRecord> analyses)
    {
        var newest = analyses.NewestOfEachKind().ToDictionary(a => a.Kind, a => a.Values.Select(v => v.Name).ToHashSet());
        var said = analyses.Where(IsWhole).SelectMany(a => a.Values
                .Where(v => (v.Value is not null || v.Text is not null) && newest[a.Kind].Contains(v.Name)).Select(v => (Value: v, From: a)))
            .OrderByDescending(v => v.From.EndedAt).ThenByDescending(v => v.From.Id).ToList();
        var standing = said.Where(v => v.Value.Name != StandingValue.BestG2).DistinctBy(v => v.Value.Name).ToDictionary(v => v.Value.Name);
        foreach (var alike in G2AtZero)
            if (said.Where(v => v.Value.Value is not null && alike.Contains(v.Value.Name)).OrderByDescending(v => v.From.EndedAt).ThenByDescending(v => v.From.Id)
                .ThenBy(v => v.Value.Name, StringComparer.Ordinal).Cast<(AnalysisValue, AnalysisRecord)?>().FirstOrDefault() is { } best)
            {
                standing[StandingValue.BestG2] = best;
                break;
            }
        return standing;
    }

    /// <summary>Of each kind the newest, from analyses that are at hand.</summary>
    public static IReadOnlyList<AnalysisRecord> NewestOfEachKind(this IEnumerable<AnalysisRecord> analyses) =>
        [.. analyses.Where(IsWhole).GroupBy(a => a.Kind).Select(kind => kind.MaxBy(a => (a.EndedAt, a.Id))!).OrderBy(a => a.Kind)];

    static bool IsWhole(AnalysisRecord a) => a.State == AnalysisState.Done && JsonNode.Parse(a.Parameters) is JsonObject asked && !asked.ContainsKey(Selection);

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
