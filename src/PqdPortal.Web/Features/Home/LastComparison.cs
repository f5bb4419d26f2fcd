using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Web.Access;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Home;

/// <summary>What somebody compared last, with the numbers as they stand now.</summary>
public sealed class ComparisonQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many dots of each group are drawn.</summary>
    const int MostDots = 300, MostBatches = 12;

    const string Drawn = "on_fraction";

    /// <summary>Null where the viewer compared nothing yet, or sees nothing of it any more.</summary>
    public async Task<LastComparison?> Last(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var visit = await db.Visits.Where(visit => visit.PersonId == viewer.PersonId && visit.Compared != null).Select(visit => new { visit.Compared, visit.ComparedAt }).FirstOrDefaultAsync(stop);
        if (visit is null) return null;
        var groups = Groups(visit.Compared!);
        var codes = groups.SelectMany(group => group).Where(code => Data.Edits.Keepable.IsText(code)).ToArray();
        var batches = await db.Batches.VisibleTo(viewer).Where(batch => codes.Contains(batch.Code))
            .Select(batch => new { batch.Id, batch.Code, Formula = batch.MeasuredFormula ?? batch.Formula }).ToDictionaryAsync(batch => batch.Code, stop);
        // Where one side of it is not there for them any more, there is nothing to hold against each other.
        if (groups.Count == 0 || groups.Any(group => !group.Any(batches.ContainsKey))) return null;

        List<StripRow> rows = [];
        var since = 0;
        foreach (var group in groups)
        {
            var ids = group.Where(batches.ContainsKey).Select(code => batches[code].Id).ToArray();
            var dots = db.Emitters.VisibleTo(viewer).Where(dot => ids.Contains(dot.Sample.BatchId) && dot.Sample.DeletedAt == null);
            var values = await dots.Join(db.StandingValues.Where(value => value.Name == Drawn && value.Value != null), dot => dot.Id, value => value.RecordId, (dot, value) => new { dot.Code, dot.Label, value.Value, value.Sigma, value.AnalysisId })
                .OrderBy(one => one.Code).Take(MostDots).ToListAsync(stop);
            var analyses = values.Select(one => one.AnalysisId).ToArray();
            since += await db.Analyses.VisibleTo(viewer).CountAsync(a => analyses.Contains(a.Id) && a.EndedAt > visit.ComparedAt, stop);
            var sorted = values.Select(one => one.Value!.Value).Order().ToList();
            rows.Add(new(string.Join(" + ", group.Where(batches.ContainsKey)),
                sorted.Count == 0 ? "no dot analysed yet" : $"{sorted.Count} {(sorted.Count == 1 ? "dot" : "dots")}{(values.Count == MostDots ? " drawn" : "")}, median {Layout.Numbers.Plain(Median(sorted), 2)}",
                [.. values.Select(one => new StripPoint(one.Value!.Value, $"{one.Label}: {Layout.Numbers.WithUncertainty(one.Value, one.Sigma)}"))], sorted.Count == 0 ? null : Median(sorted)));
        }
        return new(visit.Compared!, visit.ComparedAt!.Value, rows, since);
    }

    /// <summary>The groups of batches that an address compares; none where it is no such address.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Groups(string address)
    {
        var question = address.IndexOf('?');
        var path = question < 0 ? address : address[..question];
        if (path.Split('/') is ["b", { Length: > 0 } code, "blinking"]) return [[Uri.UnescapeDataString(code)]];
        if (path != "compare/blinking" || question < 0) return [];
        var asked = QueryHelpers.ParseQuery(address[question..]);
        return [.. ((string[])["a", "b"]).Select(name => (IReadOnlyList<string>)[.. asked.TryGetValue(name, out var codes)
            ? codes.SelectMany(one => (one ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().Take(MostBatches) : []]).Where(group => group.Count > 0)];
    }

    static double Median(List<double> sorted) => sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
}

/// <summary>A comparison as it stands now.</summary>
/// <param name="Address">Of its page, as its person left it.</param>
/// <param name="Rows">Each group of batches with the share of time ON of its dots.</param>
/// <param name="NewResults">Results in it that are newer than its person's look at it.</param>
public sealed record LastComparison(string Address, DateTimeOffset At, IReadOnlyList<StripRow> Rows, int NewResults);
