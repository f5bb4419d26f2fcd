using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;

namespace PqdPortal.Jobs;

/// <summary>Computes one analysis: its report goes into the file store, its numbers and verdicts into rows. Written once, never altered.</summary>
sealed class RunAnalysis(
    IDbContextFactory<PortalDb> database, LocalCopy copies, IFileStore store, KnownAnalyses known, FineTraces traces, TimeProvider time) : IJobWork
{
    public string WhatIsSaved => "No result was saved; the file and all earlier results are unharmed.";

    public async Task<JobEnding> Do(Job job, IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var record = await db.Analyses.AsNoTracking().Include(a => a.Run.Files).SingleAsync(a => a.Id == job.AnalysisId, stop);
        var kind = known.Find(record.Kind);
        if (kind.Version != record.KindVersion)
            throw new RequestException($"This was asked of version {record.KindVersion} of \"{kind.Title}\"; the portal now computes version {kind.Version}. Ask again.");

        var parameters = JsonNode.Parse(record.Parameters)!.AsObject();
        var inputs = JsonNode.Parse(record.Inputs)!.AsObject()
            .Select(input => (Name: input.Key, Reading: FileReading.Of(input.Value!)))
            .OrderBy(input => input.Name, StringComparer.Ordinal).ToList();

        var others = record.OtherRuns().Values.ToArray();
        List<RunFile> files = [.. record.Run.Files, .. await db.RunFiles.AsNoTracking().Where(file => others.Contains(file.RunId)).ToListAsync(stop)];

        var opened = new List<Stream>();
        try
        {
            foreach (var input in inputs) opened.Add(await copies.Open(input.Reading.Sha256, stop, progress));
            var report = await LongWork.Run(() => Compute(
                kind, inputs.Zip(opened, (input, content) => (input.Name, content, input.Reading.Choices(copies, null, stop))), parameters, progress, stop), stop);
            report = report with
            {
                Inputs = [.. inputs.SelectMany(input => input.Reading.Beside.OrderBy(other => other.Key, StringComparer.Ordinal)
                    .Select(other => Input(files, $"{input.Name}, beside it {other.Key}", other.Value))
                    .Prepend(Input(files, input.Name, input.Reading.Sha256)))],
            };
            if (FineTraces.IsOf(report)) await traces.Make(record, FineTraces.ChannelsOf(report), stop);
            var bytes = ReportJson.Bytes(report, Software.Name);
            if (!await StoredFiles.Announce(db, job, Convert.ToHexStringLower(SHA256.HashData(bytes)), stop))
                await Task.Delay(Timeout.Infinite, stop); // Another worker holds the job; the watch is about to say so.
            var stored = await store.Save(new MemoryStream(bytes), stop);
            var seed = parameters["seed"] is JsonValue given && given.TryGetValue<long>(out var s) ? s : (long?)null;
            return new JobEnding(JobState.Done, null, (into, token) => Save(into, record.Id, report, stored, seed, token)) { Stored = stored.Sha256 };
        }
        finally
        {
            foreach (var stream in opened) await stream.DisposeAsync();
        }
    }

    static ReportInput Input(List<RunFile> files, string name, string sha256) => new(name, files.Find(file => file.Sha256 == sha256)?.Name ?? name, sha256);

    static AnalysisReport Compute(
        AnalysisKind kind, IEnumerable<(string Name, Stream Content, ReadingChoices Choices)> inputs, JsonObject parameters,
        IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        var measurements = new Dictionary<string, Measurement>();
        foreach (var (name, content, choices) in inputs)
        {
            stop.ThrowIfCancellationRequested();
            measurements[name] = Formats.Open(content, choices);
        }

        if (measurements.TryGetValue(kind.Inputs[0].Name, out var first) && !kind.Accepts(first))
            throw new RequestException($"\"{kind.Title}\" cannot be computed from this file, which holds a {first.Kind} ({first.Format}).");
        return kind.Compute(new AnalysisCall(measurements, parameters) { Progress = progress, Stop = stop });
    }

    async Task Save(PortalDb db, Guid id, AnalysisReport report, StoredContent stored, long? seed, CancellationToken stop)
    {
        var record = await db.Analyses.SingleAsync(a => a.Id == id, stop);
        if (record.State is not (AnalysisState.Queued or AnalysisState.Running))
            throw new InvalidOperationException($"Analysis {id} has ended as {record.State} already.");

        await StoredFiles.Remember(db, store, stored, stop);
        db.AnalysisValues.AddRange(report.Quantities.Select(quantity => new AnalysisValue
        {
            AnalysisId = id,
            Name = quantity.Name,
            Value = quantity.Value,
            Sigma = quantity.Sigma,
            Lo95 = quantity.Lo95,
            Hi95 = quantity.Hi95,
            Unit = quantity.Unit,
            Text = quantity.Text,
            N = quantity.N,
            Method = quantity.Method,
            Grade = quantity.Grade.ToString().ToLowerInvariant(),
            Flags = [.. quantity.Flags],
        }));
        db.AnalysisVerdicts.AddRange(report.Verdicts.Select(verdict => new AnalysisVerdict
        {
            AnalysisId = id,
            Name = verdict.Name,
            Value = verdict.Value,
            Why = verdict.Why,
        }));
        // Numbers first: what stands of the run and its dot is made anew once, when the analysis has come to its end.
        await db.SaveChangesAsync(stop);

        record.State = AnalysisState.Done;
        record.Message = null;
        record.Software = Software.Name.Length <= 100 ? Software.Name : Software.Name[..100];
        record.Machine = Environment.MachineName;
        record.Seed = seed;
        record.ReportSha256 = stored.Sha256;
        record.EndedAt = time.GetUtcNow();
    }

    public async Task Mark(PortalDb db, Job job, JobState state, string? message, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var analysis = Enum.Parse<AnalysisState>(state.ToString());
        DateTimeOffset? ended = state is JobState.Queued or JobState.Running ? null : now;
        DateTimeOffset? started = state == JobState.Running ? now : null;
        await db.Analyses
            .Where(a => a.Id == job.AnalysisId && (a.State == AnalysisState.Queued || a.State == AnalysisState.Running))
            .ExecuteUpdateAsync(set => set
                .SetProperty(a => a.State, analysis)
                .SetProperty(a => a.Message, message)
                .SetProperty(a => a.StartedAt, a => started ?? a.StartedAt)
                .SetProperty(a => a.EndedAt, ended), stop);
    }
}
