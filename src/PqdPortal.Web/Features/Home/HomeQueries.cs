using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>What the first page reads: what runs, what came last, the projects.</summary>
/// <remarks>
/// The page is opened by everybody every day, over laboratories of any size: each question looks at the newest of each project by an
/// index, or stops counting at <see cref="MostCounted"/>.
/// </remarks>
public sealed class HomeQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>More than this many are counted as this many and more.</summary>
    public const int MostCounted = 1000;

    const int MostDots = 12, MostRuns = 10, MostProjects = 12;

    /// <summary>What belongs on the first page for this viewer at this moment.</summary>
    public async Task<HomeView> Now(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = await db.SeenProjects(viewer, stop);
        var jobs = db.Jobs.VisibleTo(viewer).AsNoTracking();
        var running = await jobs.Where(job => job.State == JobState.Running).OrderBy(job => job.StartedAt).Take(8).ToListAsync(stop);
        var queued = await jobs.Where(job => job.State == JobState.Queued).Take(MostCounted + 1).CountAsync(stop);
        var newest = await db.NewestRuns(projects, 60, stop);
        var runs = await db.Runs.VisibleTo(viewer).Where(run => newest.Contains(run.Id)).OrderByDescending(run => run.CreatedAt).Take(MostRuns)
            .Select(run => new NewRun(run.Id, run.Name, run.Emitter!.Code, run.Sample!.Code, run.Reading, run.Simulated, run.CreatedAt)).ToListAsync(stop);
        var cards = await db.Projects.VisibleTo(viewer).OrderBy(project => project.Name).Take(MostProjects)
            .Select(project => new ProjectCard(project.Id, project.Name, project.Simulated,
                db.Emitters.Where(dot => dot.ProjectId == project.Id && dot.DeletedAt == null).Take(MostCounted + 1).Count(),
                db.Runs.Where(run => run.ProjectId == project.Id && run.DeletedAt == null).OrderByDescending(run => run.CreatedAt).Select(run => (DateTimeOffset?)run.CreatedAt).FirstOrDefault()))
            .ToListAsync(stop);
        var hasBatch = await db.Batches.VisibleTo(viewer).AnyAsync(stop);
        var demo = await db.Projects.VisibleTo(viewer).Where(project => project.Code == DemoLaboratory.Code && project.Simulated)
            .Select(project => new DemoProgress(
                db.Emitters.Where(dot => dot.ProjectId == project.Id && dot.DeletedAt == null && dot.Truth != null && db.Runs.Any(run => run.EmitterId == dot.Id)).Take(MostCounted).Count(),
                db.Emitters.Where(dot => dot.ProjectId == project.Id && dot.DeletedAt == null && dot.Truth != null).Take(MostCounted).Count()))
            .FirstOrDefaultAsync(stop);
        var mayLoadDemo = viewer.IsAdministrator && !await db.Projects.AnyAsync(project => project.Code == DemoLaboratory.Code, stop);
        return new HomeView(viewer, running, queued, runs, await Dots(db, viewer, projects, newest, stop), cards, projects.Length, hasBatch, demo, mayLoadDemo);
    }

    /// <summary>Dots that were measured last, then those that were made last and wait.</summary>
    static async Task<IReadOnlyList<NewDot>> Dots(PortalDb db, Viewer viewer, Guid[] projects, Guid[] newestRuns, CancellationToken stop)
    {
        var measured = (await db.Runs.VisibleTo(viewer).Where(run => newestRuns.Contains(run.Id) && run.EmitterId != null).OrderByDescending(run => run.CreatedAt)
            .Select(run => run.EmitterId!.Value).ToListAsync(stop)).Distinct().Take(MostDots).ToList();
        var order = measured.Count == MostDots ? measured : [.. measured.Concat(await db.NewestDots(projects, MostDots * 2, stop)).Distinct()];
        var g2 = await db.StandingValues.Where(value => order.Contains(value.RecordId) && value.Name == StandingValue.BestG2)
            .ToDictionaryAsync(value => value.RecordId, value => new G2AtZero(value.Value, value.Sigma, value.Source == NewestResults.RawG2), stop);
        var dots = await db.Emitters.VisibleTo(viewer).Where(dot => order.Contains(dot.Id))
            .Select(dot => new NewDot(dot.Id, dot.Code, dot.Sample.Batch.MeasuredFormula ?? dot.Sample.Batch.Formula, dot.Simulated, null,
                db.Analyses.Any(a => a.Run.EmitterId == dot.Id && a.Run.DeletedAt == null && (a.Kind == "g2.cw" || a.Kind == "g2.pulsed") && a.State == AnalysisState.Done && a.DeletedAt == null)))
            .ToListAsync(stop);
        return [.. dots.OrderBy(dot => order.IndexOf(dot.Id)).Take(MostDots).Select(dot => dot with { G2 = g2.GetValueOrDefault(dot.Id) })];
    }

    /// <summary>Whether the first visit's question "demo laboratory or empty" still waits for this viewer.</summary>
    public async Task<bool> IsBeingWelcomed(CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).IsAdministrator) return false;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Organisations.AnyAsync(organisation => organisation.WelcomedAt == null, stop);
    }
}

/// <summary>All of the first page that does not depend on when its person was here last.</summary>
/// <param name="Queued">Jobs that wait; one more than <see cref="HomeQueries.MostCounted"/> stands for more than it.</param>
/// <param name="AllProjects">How many projects the viewer sees; the cards may be fewer.</param>
public sealed record HomeView(
    Viewer Viewer, IReadOnlyList<Job> Running, int Queued,
    IReadOnlyList<NewRun> Runs, IReadOnlyList<NewDot> Dots, IReadOnlyList<ProjectCard> Projects, int AllProjects, bool HasBatch,
    DemoProgress? Demo, bool MayLoadDemo);

/// <summary>How many dots of the demo laboratory have their file.</summary>
public sealed record DemoProgress(int Made, int Total);

public sealed record NewRun(Guid Id, string Name, string? Dot, string? Sample, ReadingState Reading, bool Simulated, DateTimeOffset CreatedAt);

/// <param name="G2">Null where there is none, or where the analysis withheld it.</param>
/// <param name="HasG2">Whether a correlation has come to its end.</param>
public sealed record NewDot(Guid Id, string Code, string Formula, bool Simulated, G2AtZero? G2, bool HasG2);

/// <summary>The g2(0) that speaks for a dot, the same as in the list of dots.</summary>
/// <param name="IsRaw">True where background is still in it.</param>
public sealed record G2AtZero(double? Value, double? Sigma, bool IsRaw);

/// <param name="Dots">One more than <see cref="HomeQueries.MostCounted"/> stands for more than it.</param>
/// <param name="LastRun">When its newest run came.</param>
public sealed record ProjectCard(Guid Id, string Name, bool Simulated, int Dots, DateTimeOffset? LastRun);
