using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Web.Features.Home;

/// <summary>What came since somebody was here last.</summary>
public sealed class NewsQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, NoticeQueries notices, TimeProvider clock)
{
    /// <summary>As many of the newest results are looked at for the best and the worst.</summary>
    public const int MostResults = 1000;

    /// <summary>On a first visit, what came in these days is new.</summary>
    public static readonly TimeSpan FirstLook = TimeSpan.FromDays(7);

    const int MostNotices = 6, MostFailed = 6;

    /// <param name="since">When the visit before ended; null on the first.</param>
    public async Task<News> Since(DateTimeOffset? since, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        var from = since ?? clock.GetUtcNow() - FirstLook;
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = await db.SeenProjects(viewer, stop);
        var dots = await db.Emitters.VisibleTo(viewer).Where(dot => dot.CreatedAt > from).Take(HomeQueries.MostCounted + 1).CountAsync(stop);
        var runs = await db.Runs.VisibleTo(viewer).Where(run => run.CreatedAt > from).Take(HomeQueries.MostCounted + 1).CountAsync(stop);
        var results = await db.NewestResults(projects, from, MostResults, stop);
        var failed = await db.Jobs.VisibleTo(viewer).AsNoTracking().Where(job => (job.State == JobState.Failed || job.State == JobState.Refused) && job.EndedAt > from)
            .OrderByDescending(job => job.EndedAt).Take(MostFailed + 1).ToListAsync(stop);
        var (told, hasMore) = await notices.Read(from, size: MostNotices, stop: stop);
        return new(from, since is null, dots, runs, results.Length, [.. failed.Take(MostFailed)], failed.Count > MostFailed, told, hasMore,
        [
            .. await Extremes(db, viewer, results, StandingValue.BestG2, "g2(0)", "lowest", "highest", isLowBest: true, stop),
            .. await Extremes(db, viewer, results, NewestResults.TotalRate, "count rate", "highest", "lowest", isLowBest: false, stop),
        ]);
    }

    /// <summary>The best and the worst of what stands of dots by new results; nothing of a single one.</summary>
    static async Task<IReadOnlyList<Extreme>> Extremes(PortalDb db, Viewer viewer, Guid[] results, string name, string label, string best, string worst, bool isLowBest, CancellationToken stop)
    {
        if (results.Length == 0) return [];
        var dots = db.Emitters.VisibleTo(viewer);
        var found = await db.StandingValues.Where(value => results.Contains(value.AnalysisId) && value.Of == StandingValue.OfDot && value.Name == name && value.Value != null)
            .Join(dots, value => value.RecordId, dot => dot.Id, (value, dot) => new NewValue(
                dot.Code, dot.Sample.Batch.MeasuredFormula ?? dot.Sample.Batch.Formula, dot.Simulated, value.AnalysisId, value.Value!.Value, value.Sigma, value.Lo95, value.Hi95, value.Unit, value.N,
                value.Source == NewestResults.RawG2))
            .ToListAsync(stop);
        if (found.Count < 2) return [];
        var ordered = isLowBest ? found.OrderBy(value => value.Value).ToList() : [.. found.OrderByDescending(value => value.Value)];
        return [new(label, best, true, ordered[0], found.Count), new(label, worst, false, ordered[^1], found.Count)];
    }
}

/// <summary>What is new.</summary>
/// <param name="IsFirst">True where its person was not here before: then it is what came in the last days.</param>
/// <param name="Dots">Dots that were made, and <paramref name="Runs"/> that came; one more than <see cref="HomeQueries.MostCounted"/> stands for more than it.</param>
/// <param name="Results">Analyses that came to a result; <see cref="NewsQueries.MostResults"/> stands for as many or more.</param>
/// <param name="Told">The newest notices.</param>
public sealed record News(
    DateTimeOffset Since, bool IsFirst, int Dots, int Runs, int Results, IReadOnlyList<Job> Failed, bool MoreFailed, IReadOnlyList<NoticeRow> Told, bool MoreTold, IReadOnlyList<Extreme> Extremes)
{
    public bool IsNothing => Dots == 0 && Runs == 0 && Results == 0 && Failed.Count == 0 && Told.Count == 0;
}

/// <summary>The best or the worst of the new values of a quantity.</summary>
/// <param name="Word">lowest, highest.</param>
/// <param name="Among">Of how many dots.</param>
public sealed record Extreme(string Label, string Word, bool IsBest, NewValue Of, int Among);

/// <summary>One dot's value.</summary>
/// <param name="N">Photons or pairs it rests on.</param>
/// <param name="IsRaw">True where background is still in it.</param>
public sealed record NewValue(
    string Dot, string Formula, bool Simulated, Guid Analysis, double Value, double? Sigma, double? Lo95, double? Hi95, string Unit, long? N, bool IsRaw)
{
    public Quantity Quantity => Quantity.Of("value", Value, Sigma, Unit) with { Lo95 = Lo95, Hi95 = Hi95, N = N };
}
