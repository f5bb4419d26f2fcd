using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Jobs;

/// <summary>Draws the photons that a run's request asks for. File and truth join the run together, and its reading is queued as after an upload.</summary>
sealed class SimulateRun(
    IDbContextFactory<PortalDb> database, LocalCopy copies, IFileStore store, IWorkQueue queue, DataFolder folder, TimeProvider time) : IJobWork
{
    const string Stage = "Drawing photons";

    public string WhatIsSaved => "No photons were saved; the run keeps what was asked of the simulator. Ask for a new one, or put the run into the bin.";

    public async Task<JobEnding> Do(Job job, IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var request = await db.RunFiles.AsNoTracking().FirstAsync(
            file => file.RunId == job.RunId && file.Role == RunFile.Simulation && file.Name.EndsWith(RequestSimulation.Ending), stop);
        SimulationOptions options;
        await using (var content = await copies.Open(request.Sha256, stop, progress))
        using (var text = new StreamReader(content)) options = SimulationRequest.Parse(await text.ReadToEndAsync(stop));

        var stem = request.Name[..^RequestSimulation.Ending.Length];
        var path = Path.Combine(folder.Make("simulations"), $"{job.Id:N}.ptu");
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        progress.Report(new(Stage, 0, 0));
        var truth = await LongWork.Run(() =>
        {
            var expected = SimulatedPhotons.Of(options).DeclaredRecords;
            return SimulatedFile.Write(options, file, new Drawn(progress, options.Duration, expected), stop);
        }, stop);

        file.Position = 0;
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
        if (!await StoredFiles.Announce(db, job, sha256, stop))
            await Task.Delay(Timeout.Infinite, stop); // Another worker holds the job; the watch is about to say so.
        file.Position = 0;
        var stored = await store.Save(file, stop);
        return new JobEnding(JobState.Done, null, (into, token) => Save(into, job, stem, stored, truth, token)) { Stored = stored.Sha256 };
    }

    async Task Save(PortalDb db, Job job, string stem, StoredContent photons, JsonObject truth, CancellationToken stop)
    {
        var runId = job.RunId!.Value;
        var now = time.GetUtcNow();
        var told = await store.Save(new MemoryStream(Encoding.UTF8.GetBytes(truth.ToJsonString(new JsonSerializerOptions { WriteIndented = true }))), stop);
        await StoredFiles.Remember(db, store, photons, stop);
        await StoredFiles.Remember(db, store, told, stop);
        db.RunFiles.Add(new RunFile { RunId = runId, Sha256 = photons.Sha256, Name = stem + ".ptu", AddedAt = now });
        db.RunFiles.Add(Beside(runId, stem + ".truth.json", told, "The truth: what an ideal analysis would find, and what happened in this run.", now));
        await db.SaveChangesAsync(stop);
        await db.Runs.Where(run => run.Id == runId).ExecuteUpdateAsync(set => set
            .SetProperty(run => run.Reading, ReadingState.Waiting)
            .SetProperty(run => run.ReadingMessage, (string?)null), stop);
        await queue.Enqueue(db, JobCommands.ReadingJob(job.ProjectId, runId, stem + ".ptu", job.RequestedById, now), stop);
    }

    public async Task Mark(PortalDb db, Job job, JobState state, string? message, CancellationToken stop) =>
        await db.Runs.Where(run => run.Id == job.RunId).ExecuteUpdateAsync(set => set
            .SetProperty(run => run.Reading, ReadingState.NoFile)
            .SetProperty(run => run.ReadingMessage, message), stop);

    /// <summary>A file of the simulator beside its photons: no reader is asked about it.</summary>
    internal static RunFile Beside(Guid run, string name, StoredContent stored, string what, DateTimeOffset now) => new()
    {
        RunId = run,
        Sha256 = stored.Sha256,
        Name = name,
        Role = RunFile.Simulation,
        Format = "PqdPortal simulation",
        Kind = RunFile.Simulation,
        Reading = ReadingState.Read,
        Message = what,
        Summary = new JsonObject { ["file"] = name, ["bytes"] = stored.Length, ["sha256"] = stored.Sha256, ["format"] = "PqdPortal simulation", ["kind"] = RunFile.Simulation }.ToJsonString(),
        AddedAt = now,
    };

    /// <summary>Tells simulated time as the photons drawn by then.</summary>
    sealed class Drawn(IProgress<AnalysisProgress> progress, double duration, long expected) : IProgress<double>
    {
        public void Report(double seconds) => progress.Report(new(Stage, (long)(expected * Math.Min(1, seconds / duration)), expected));
    }
}
