using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>Asks for a simulated measurement: a run marked as simulated, with the request as a file beside it; the photons follow in the background.</summary>
public sealed class RequestSimulation
{
    /// <summary>What of a file's name says that it is the request.</summary>
    internal const string Ending = ".simulation.json";

    /// <summary>Most records of a simulated file, 1 GB of them.</summary>
    const double MostRecords = 250e6;

    readonly IDbContextFactory<PortalDb> _database;
    readonly IWorkQueue _queue;
    readonly IFileStore _store;
    readonly TimeProvider _time;

    internal RequestSimulation(IDbContextFactory<PortalDb> database, IWorkQueue queue, IFileStore store, TimeProvider time) =>
        (_database, _queue, _store, _time) = (database, queue, store, time);

    /// <param name="wanted">Name of the run and where it belongs; its length does not count.</param>
    /// <param name="request">What <c>pqd simulate</c> takes.</param>
    /// <returns>The run.</returns>
    /// <exception cref="RequestException">The request cannot be simulated, or asks for more than a file should hold.</exception>
    /// <exception cref="UploadException">The place is not there for the viewer, or may not be added to by them.</exception>
    public async Task<Guid> Ask(Viewer viewer, NewUpload wanted, JsonObject request, CancellationToken stop = default)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        var place = await UploadDesk.Place(db, viewer, wanted with { Run = null }, stop);

        var now = _time.GetUtcNow();
        var asked = (JsonObject)request.DeepClone();
        asked["created_utc"] ??= now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        var options = SimulationRequest.Parse(asked);
        var photons = SimulatedPhotons.Of(options);
        var type = PtuRecordType.Find(photons.RecordType!);
        // Clocks that count their wraps one by one fill a long, dark file too.
        var records = photons.DeclaredRecords + options.Duration / photons.Tick!.Value / type.Wrap;
        if (records > MostRecords)
            throw new RequestException(string.Create(CultureInfo.InvariantCulture,
                $"This would be about {records / 1e6:0} million records; up to {MostRecords / 1e6:0} million are simulated here. Shorten the duration or lower the rates."));

        var name = UploadDesk.CleanName(wanted.FileName);
        if (!name.EndsWith(".ptu", StringComparison.OrdinalIgnoreCase)) name += ".ptu";
        var bytes = Encoding.UTF8.GetBytes(asked.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        var stored = await _store.Save(new MemoryStream(bytes), stop);

        db.Actor = viewer.PersonId;
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await StoredFiles.Remember(db, _store, stored, stop);
        var isPulsed = options.Kind is "pulsed" or "hom" || options is { Kind: "kinetic", Excitation: "pulsed" };
        var background = SimulationTruth.Expected(options)["background_cps"]!.AsArray();
        var run = new Run
        {
            ProjectId = place.Project,
            SampleId = place.Sample,
            EmitterId = place.Emitter,
            Name = UploadDesk.RunName(name),
            Simulated = true,
            Kind = options.Kind switch { "hom" => RunKind.Hom, "michelson" => RunKind.Other, _ => RunKind.Hbt },
            Excitation = isPulsed ? Excitation.Pulsed : Excitation.ContinuousWave,
            RepetitionRate = isPulsed ? options.Repetition * 1e-6 : null,
            BackgroundRates = [.. background.Select(rate => rate!.GetValue<double>())],
            Duration = options.Duration,
            CreatedById = viewer.PersonId,
            CreatedAt = now,
            Reading = ReadingState.NoFile,
        };
        run.Files.Add(SimulateRun.Beside(run.Id, Path.ChangeExtension(name, null) + Ending, stored, "What was asked of the simulator.", now));
        db.Runs.Add(run);
        await db.SaveChangesAsync(stop);
        await _queue.Enqueue(db, new Job
        {
            ProjectId = place.Project,
            Kind = JobKind.Simulate,
            RunId = run.Id,
            Title = AnalysisQueue.Short($"Simulating {name}"),
            RequestedById = viewer.PersonId,
            QueuedAt = now,
        }, stop);
        await transaction.CommitAsync(stop);
        return run.Id;
    }
}
