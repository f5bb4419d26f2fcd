using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Jobs;

namespace PqdPortal.Web.Features.Home;

/// <summary>
/// The demo laboratory: a project of simulated dots of known truth, whose files take the same way as anybody's: upload, reading, quick
/// check, correlation, decay. Its records are made at once; the files follow one by one in the background.
/// </summary>
/// <remarks>
/// What is still to do is read from the records themselves, so a portal that was stopped in the middle goes on where it was, and
/// loading twice makes nothing twice. A lock in the database keeps two processes from doing the same dot.
/// </remarks>
public sealed class DemoLaboratory(
    IDbContextFactory<PortalDb> database, UploadDesk desk, RequestAnalysis analyses, Viewers viewers, ChangeFeed feed,
    DataFolder folder, TimeProvider clock, ILogger<DemoLaboratory> log) : BackgroundService
{
    /// <summary>Code of the project; the records' codes begin with it.</summary>
    public const string Code = "DEMO";

    // Any number, the same in every process.
    const long LoadingLock = 0x50_51_44_02;

    /// <summary>How long to wait for news of a run that is being read before looking by itself.</summary>
    static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Makes the project and its records, unless they are there, and has the files follow.</summary>
    /// <param name="viewer">Manages the project and owns its uploads.</param>
    public async Task Load(Viewer viewer, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({LoadingLock} + 1)", stop);
        if (!await db.Projects.AnyAsync(project => project.Code == Code, stop))
        {
            db.Projects.Add(Records(viewer.PersonId, db));
            await db.SaveChangesAsync(stop);
        }
        await transaction.CommitAsync(stop);
        _wake.Writer.TryWrite(true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A portal that was stopped in the middle goes on by itself.
        _wake.Writer.TryWrite(true);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _wake.Reader.ReadAsync(stoppingToken);
                await Bring(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (DatabaseTrouble.IsAway(error))
            {
                log.LogWarning("The demo laboratory waits for the database: {Reason}", error.Message);
                await Task.Delay(Look, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _wake.Writer.TryWrite(true);
            }
            catch (Exception error)
            {
                log.LogError(error, "The demo laboratory could not be loaded whole; the next start goes on with it");
            }
        }
    }

    /// <summary>Brings every dot's file that is missing, and has what was read analysed.</summary>
    async Task Bring(CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await db.Database.OpenConnectionAsync(stop); // the lock is the connection's
        if (!await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_lock({LoadingLock}) AS \"Value\"").SingleAsync(stop)) return;
        try
        {
            // What a portal that was killed had begun; nobody else writes here while we hold the lock.
            foreach (var begun in Directory.EnumerateFiles(folder.Make("demo"), "*.ptu")) File.Delete(begun);
            using var news = new SemaphoreSlim(0);
            using var hearing = feed.Subscribe(change => { if (change.MayBeAnything || change.Topic == nameof(Run)) news.Release(); });
            while (await Step(stop) is var left and not Left.Nothing)
                if (left == Left.Reading) await news.WaitAsync(Look, stop);
        }
        finally
        {
            await db.Database.SqlQuery<bool>($"SELECT pg_advisory_unlock({LoadingLock}) AS \"Value\"").SingleAsync(CancellationToken.None);
        }
    }

    enum Left { Nothing, Files, Reading }

    /// <summary>Has everything that was read analysed, then brings one file.</summary>
    async Task<Left> Step(CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var project = await db.Projects.Where(p => p.Code == Code && p.Simulated && p.DeletedAt == null)
            .Select(p => new { p.Id, p.CreatedById }).SingleOrDefaultAsync(stop);
        if (project is null) return Left.Nothing;
        var viewer = await viewers.Of(project.CreatedById, stop);
        if (!viewer.MayEdit(project.Id)) return Left.Nothing;

        var dots = await db.Emitters
            .Where(dot => dot.ProjectId == project.Id && dot.DeletedAt == null && dot.Truth != null)
            .OrderBy(dot => dot.Code)
            .Select(dot => new
            {
                dot.Id, dot.SampleId, dot.Label, dot.Sample.Batch.Formula,
                // A run in the bin counts: what was thrown away does not come back.
                Run = db.Runs.Where(run => run.EmitterId == dot.Id && run.Simulated).OrderBy(run => run.CreatedAt)
                    .Select(run => new { run.Id, run.Reading, run.DeletedAt, Asked = db.Analyses.Where(a => a.RunId == run.Id).Select(a => a.Kind).ToList() }).FirstOrDefault(),
            })
            .ToListAsync(stop);

        foreach (var dot in dots.Where(dot => dot.Run is { Reading: ReadingState.Read, DeletedAt: null }))
            if (Find(dot.Formula, dot.Label) is { } made && Questions(made).Where(question => !dot.Run!.Asked.Contains(question.Kind)).ToList() is { Count: > 0 } open)
                await Ask(viewer, dot.Run!.Id, made, open, stop);

        if (dots.FirstOrDefault(dot => dot.Run is null && Find(dot.Formula, dot.Label) is not null) is { } next)
        {
            await BringFile(viewer, Find(next.Formula, next.Label)!, next.Id, stop);
            return Left.Files;
        }
        return dots.Any(dot => dot.Run is { DeletedAt: null, Reading: ReadingState.Waiting or ReadingState.Reading }) ? Left.Reading : Left.Nothing;
    }

    /// <summary>Simulates the dot into a file of our own and hands it to the upload desk.</summary>
    async Task BringFile(Viewer viewer, DemoDot dot, Guid emitter, CancellationToken stop)
    {
        var path = Path.Combine(folder.Make("demo"), $"{Guid.NewGuid():N}.ptu");
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        await Task.Run(() => SimulatedFile.Write(dot.Options, file, null, stop), stop);
        file.Position = 0;
        await desk.Bring(viewer, new NewUpload(dot.FileName, file.Length) { Emitter = emitter, Simulated = true }, file, stop);
    }

    /// <summary>What is asked of a dot's photons, with what its simulated set-up knows of itself.</summary>
    public static IReadOnlyList<(string Kind, JsonObject Parameters)> Questions(DemoDot dot)
    {
        var truth = dot.Truth;
        JsonObject Known() => new() { ["background_cps"] = truth["background_cps"]!.DeepClone(), ["jitter_sigma_ps"] = truth["jitter_sigma_ps"]!.DeepClone() };
        JsonObject background() => new() { ["background_cps"] = truth["background_cps"]!.DeepClone() };
        if (dot.Options.Kind != "pulsed") return dot.Options.Blinking == "none" ? [("g2.cw", Known())] : [("g2.cw", Known()), ("blinking", background())];
        var (correlation, decay) = (Known(), Known());
        correlation["irf_t0_ps"] = new JsonArray(dot.Options.TimeZero * 1e12);
        correlation["mean_excitons"] = dot.Options.MeanExcitons;
        decay["irf_t0_ps"] = new JsonArray(dot.Options.TimeZero * 1e12);
        decay["models"] = new JsonArray("mono", "bi");
        return [("g2.pulsed", correlation), ("lifetime", decay)];
    }

    /// <summary>Notes what the simulated set-up knows of itself, and asks for g2, decay or blinking with it.</summary>
    async Task Ask(Viewer viewer, Guid run, DemoDot dot, IReadOnlyList<(string Kind, JsonObject Parameters)> questions, CancellationToken stop)
    {
        await using (var db = await database.CreateDbContextAsync(stop))
        {
            db.Actor = viewer.PersonId;
            var record = await db.Runs.SingleAsync(r => r.Id == run, stop);
            var isPulsed = dot.Options.Kind == "pulsed";
            (record.Kind, record.Excitation) = (RunKind.Hbt, isPulsed ? Data.Runs.Excitation.Pulsed : Data.Runs.Excitation.ContinuousWave);
            record.RepetitionRate = isPulsed ? dot.Options.Repetition * 1e-6 : null;
            record.BackgroundRates = [.. dot.Truth["background_cps"]!.AsArray().Select(rate => rate!.GetValue<double>())];
            await db.SaveChangesAsync(stop);
        }

        foreach (var (kind, parameters) in questions)
            try
            {
                await analyses.Ask(viewer, run, kind, parameters, stop: stop);
            }
            catch (RequestException refused)
            {
                log.LogWarning("The demo run {Run} was not asked for {Kind}: {Reason}", run, kind, refused.Message);
            }
    }

    static DemoDot? Find(string formula, string label) =>
        DemoDots.All.FirstOrDefault(dot => dot.Composition == formula && Label(dot) == label);

    static string Label(DemoDot dot) => $"D{dot.Number:000}";

    Project Records(Guid? person, PortalDb db)
    {
        var now = clock.GetUtcNow();
        var compositions = DemoDots.All.GroupBy(dot => dot.Composition).ToList();
        var project = new Project
        {
            Code = Code,
            Name = "Demo laboratory (simulated)",
            Description = "Simulated dots of known truth, made by the portal itself: for looking around, for teaching, and as a check of the analyses. No number here was measured.",
            Simulated = true,
            CreatedById = person,
            CreatedAt = now,
            NextBatch = compositions.Count + 1,
        };
        if (person is not null) project.Grants.Add(new Grant { PersonId = person, Role = AccessRole.Manage, GrantedById = person, GrantedAt = now });

        foreach (var (composition, number) in compositions.Select((composition, at) => (composition, at + 1)))
        {
            var batch = new Batch
            {
                Project = project,
                Code = $"{Code}-{number:0000}",
                Name = $"{composition.Key}, simulated",
                Formula = composition.Key,
                Notes = "Invented for the demo laboratory.",
                Simulated = true,
                CreatedById = person,
                CreatedAt = now,
            };
            var sample = new Sample
            {
                Project = project,
                Batch = batch,
                Code = $"{batch.Code}-S1",
                Name = "Isolated dots",
                Form = SampleForm.IsolatedDots,
                Simulated = true,
                CreatedById = person,
                CreatedAt = now,
            };
            foreach (var dot in composition)
                sample.Emitters.Add(new Emitter
                {
                    Project = project,
                    Code = $"{sample.Code}-{Label(dot)}",
                    Label = Label(dot),
                    Notes = $"Simulated: {dot.Remark}.",
                    Truth = dot.Truth.ToJsonString(),
                    Simulated = true,
                    CreatedById = person,
                    CreatedAt = now,
                });
            batch.Samples.Add(sample);
            db.Batches.Add(batch);
        }
        return project;
    }
}
