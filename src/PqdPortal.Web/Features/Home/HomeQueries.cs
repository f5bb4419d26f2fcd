using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>What the first page reads.</summary>
public sealed class HomeQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>What belongs on the first page for this viewer at this moment.</summary>
    public async Task<HomeView> Now(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var jobs = db.Jobs.VisibleTo(viewer).AsNoTracking();
        var running = await jobs.Where(job => job.State == JobState.Running).OrderBy(job => job.StartedAt).Take(8).ToListAsync(stop);
        var queued = await jobs.CountAsync(job => job.State == JobState.Queued, stop);
        var failed = await jobs.Where(job => job.State == JobState.Failed || job.State == JobState.Refused)
            .OrderByDescending(job => job.EndedAt).Take(5).ToListAsync(stop);
        var runs = await db.Runs.VisibleTo(viewer).OrderByDescending(run => run.CreatedAt).Take(10)
            .Select(run => new NewRun(run.Id, run.Name, run.Emitter!.Code, run.Sample!.Code, run.Reading, run.Simulated, run.CreatedAt)).ToListAsync(stop);
        var best = db.BestG2AtZeroFirst();
        var dots = await db.Emitters.VisibleTo(viewer)
            // Measured ones first, the newest measurement on top.
            .OrderByDescending(dot => db.Runs.Any(run => run.EmitterId == dot.Id && run.DeletedAt == null))
            .ThenByDescending(dot => db.Runs.Where(run => run.EmitterId == dot.Id && run.DeletedAt == null).Max(run => (DateTimeOffset?)run.CreatedAt) ?? dot.CreatedAt)
            .ThenBy(dot => dot.Code)
            .Take(12)
            .Select(dot => new NewDot(dot.Id, dot.Code, dot.Sample.Batch.MeasuredFormula ?? dot.Sample.Batch.Formula, dot.Simulated,
                best.Where(value => value.Analysis.Run.EmitterId == dot.Id).Select(value => new G2AtZero(value.Value, value.Sigma, value.Name == "g2_0_raw")).FirstOrDefault(),
                db.Analyses.Any(a => a.Run.EmitterId == dot.Id && a.Run.DeletedAt == null && (a.Kind == "g2.cw" || a.Kind == "g2.pulsed") && a.State == AnalysisState.Done && a.DeletedAt == null)))
            .ToListAsync(stop);
        var projects = await db.Projects.VisibleTo(viewer).OrderBy(project => project.Name).Take(12)
            .Select(project => new ProjectCard(project.Id, project.Name, project.Simulated,
                db.Emitters.Count(dot => dot.ProjectId == project.Id && dot.DeletedAt == null))).ToListAsync(stop);
        var hasBatch = await db.Batches.VisibleTo(viewer).AnyAsync(stop);
        var demo = await db.Projects.VisibleTo(viewer).Where(project => project.Code == DemoLaboratory.Code && project.Simulated)
            .Select(project => new DemoProgress(
                db.Emitters.Count(dot => dot.ProjectId == project.Id && dot.DeletedAt == null && dot.Truth != null && db.Runs.Any(run => run.EmitterId == dot.Id)),
                db.Emitters.Count(dot => dot.ProjectId == project.Id && dot.DeletedAt == null && dot.Truth != null)))
            .FirstOrDefaultAsync(stop);
        var mayLoadDemo = viewer.IsAdministrator && !await db.Projects.AnyAsync(project => project.Code == DemoLaboratory.Code, stop);
        return new HomeView(viewer, running, queued, failed, runs, dots, projects, hasBatch, demo, mayLoadDemo);
    }

    /// <summary>Whether the first visit's question "demo laboratory or empty" still waits for this viewer.</summary>
    public async Task<bool> IsBeingWelcomed(CancellationToken stop = default)
    {
        if (!(await me.Get(stop)).IsAdministrator) return false;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Organisations.AnyAsync(organisation => organisation.WelcomedAt == null, stop);
    }
}

/// <summary>All of the first page.</summary>
public sealed record HomeView(
    Viewer Viewer, IReadOnlyList<Job> Running, int Queued, IReadOnlyList<Job> Failed,
    IReadOnlyList<NewRun> Runs, IReadOnlyList<NewDot> Dots, IReadOnlyList<ProjectCard> Projects, bool HasBatch,
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

public sealed record ProjectCard(Guid Id, string Name, bool Simulated, int Dots);
