using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout;

/// <summary>One number that stands of a run or a dot, and where it comes from: the same that lists, Home and comparisons show.</summary>
/// <param name="Name">The name it stands under; <see cref="StandingValue.BestG2"/> for the g2(0) that speaks for the record.</param>
/// <param name="Quantity">As the analysis gave it, under the analysis's own name.</param>
/// <param name="Run">Name of the run; null on the run's own page.</param>
public sealed record StandingNumber(string Name, Quantity Quantity, Guid Analysis, string Kind, string? Run = null)
{
    /// <summary>"From g2.cw of the run dot 3, 80 K".</summary>
    public string Origin => Run is null ? $"From {Kind}" : $"From {Kind} of the run {Run}";
}

/// <summary>Asks for what stands.</summary>
public static class StandingNumbers
{
    /// <summary>What stands of a dot, of the runs the viewer sees.</summary>
    public static async Task<IReadOnlyList<StandingNumber>> OfDot(this PortalDb db, Viewer viewer, Guid dot, CancellationToken stop = default)
    {
        var stand = await db.StandingValues.Where(v => v.RecordId == dot && v.Of == StandingValue.OfDot && v.Value != null)
            .Join(db.Analyses.VisibleTo(viewer), v => v.AnalysisId, a => a.Id, (v, a) => new { Value = v, a.Kind, Run = a.Run.Name }).AsNoTracking().ToListAsync(stop);
        return [.. stand.Select(one => new StandingNumber(one.Value.Name, Of(one.Value), one.Value.AnalysisId, one.Kind, one.Run))];
    }

    /// <summary>What stands of a run, by the same rule, from its analyses that are at hand.</summary>
    public static IReadOnlyList<StandingNumber> OfRun(IReadOnlyCollection<AnalysisRecord> analyses) =>
        [.. analyses.Standing().Where(one => one.Value.Value.Value is not null).Select(one => new StandingNumber(one.Key, one.Value.Value.ToQuantity(), one.Value.From.Id, one.Value.From.Kind))];

    /// <summary>The first of the names that stands. Where the best g2(0) is among them, that one speaks, if it is of these names.</summary>
    public static StandingNumber? First(this IReadOnlyList<StandingNumber> standing, IReadOnlyList<string> names)
    {
        if (names.Contains(StandingValue.BestG2) && standing.FirstOrDefault(one => one.Name == StandingValue.BestG2) is { } best)
            return names.Contains(best.Quantity.Name) ? best : null;
        return names.Select(name => standing.FirstOrDefault(one => one.Name == name)).FirstOrDefault(one => one is not null);
    }

    static Quantity Of(StandingValue value) => new(value.Source, value.Value, value.Sigma, value.Lo95, value.Hi95, value.Unit)
    {
        N = value.N, Text = value.Text, Grade = Enum.TryParse<Grade>(value.Grade, ignoreCase: true, out var grade) ? grade : Grade.Ok,
    };
}
