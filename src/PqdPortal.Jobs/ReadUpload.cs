using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Jobs;

/// <summary>
/// Reads a run's files once from end to end: format, header, counts and findings go onto the run, and the quick check is queued
/// in the same transaction.
/// </summary>
sealed partial class ReadUpload(IDbContextFactory<PortalDb> database, LocalCopy copies, AnalysisQueue analyses, KnownAnalyses known) : IJobWork
{
    public string WhatIsSaved => "The file is stored and unharmed; its content has not been read. It can be read again from the run's page.";

    public async Task<JobEnding> Do(Job job, IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var files = await db.RunFiles.AsNoTracking().Where(file => file.RunId == job.RunId).OrderBy(file => file.AddedAt).ToListAsync(stop);
        var used = new List<(string Sha256, string By)>();
        var readings = new List<Reading>();
        // Measurements first: they say which of the other files are theirs.
        foreach (var file in ToRead(files).OrderBy(file => Companions.IsNamedLikeOne(file.Name)))
            readings.Add(await Read(file, files, used, progress, stop));

        // The run speaks of its measurement; a reference file beside it has its own line.
        var of = readings.Find(reading => reading.Role == RunFile.Measurement) ?? readings.FirstOrDefault();
        var state = of is { Trouble: not null, State: ReadingState.Failed } ? JobState.Refused : JobState.Done;
        return new JobEnding(state, of?.Trouble, (into, token) => Save(into, job, files, readings, token));
    }

    /// <summary>The files that have not been read, and those that may say more now that another one lies beside them.</summary>
    static IEnumerable<RunFile> ToRead(IReadOnlyList<RunFile> files) => files.Where(file => file.Summary is null
        || file.Role != RunFile.Settings && files.Any(other => other is { Summary: null, Reading: ReadingState.Waiting } && Companions.AreBeside(file.Name, other.Name)));

    /// <summary>Reads one file. What is wrong with the file is part of the answer; what is wrong with us is thrown.</summary>
    /// <param name="files">All files of the run.</param>
    /// <param name="used">Hash of each file that a reader opened beside the one it read, and the name of that one.</param>
    async Task<Reading> Read(RunFile file, IReadOnlyList<RunFile> files, List<(string Sha256, string By)> used, IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        await using var content = await copies.Open(file.Sha256, stop, progress);
        progress.Report(new($"Reading {file.Name}", 0, 0));
        var choices = FileReading.WithAllBeside(file, files).Choices(copies, sha256 => used.Add((sha256, file.Name)), stop);
        Measurement? measurement = null;
        try
        {
            return await LongWork.Run(() =>
            {
                measurement = Formats.Open(content, choices);
                var total = measurement is PhotonStream { AvailableRecords: var records } ? records : 0;
                var steps = new RecordSteps(progress, $"Reading {file.Name}", total);
                var summary = FileSummary.Of(content, measurement, file.Sha256, steps, stop);
                var json = StorableJson(summary.ToJson(file.Name).ToJsonString());
                return new Reading(file, ReadingState.Read, null, measurement.Format, measurement.Kind, json)
                {
                    Measurement = measurement,
                    MeasuredAt = measurement.MeasuredAt,
                    Asks = measurement.Asks,
                };
            }, stop);
        }
        catch (MeasurementFormatException trouble)
        {
            if (measurement is null && trouble.Format is { } settings && used.Find(one => one.Sha256 == file.Sha256 && Companions.AreBeside(file.Name, one.By)).By is { } measured)
                return new(file, ReadingState.Read, $"Settings that {measured} was read with.", settings, RunFile.Settings, SettingsSummary(file, content.Length, settings, trouble.Header))
                {
                    Role = RunFile.Settings,
                };

            // Undecided is no damage either: with a word from a person, or the file that belongs beside it, it is read.
            var unread = measurement is null && (trouble.IsNotUnderstood || trouble.Asks.Count > 0);
            return (unread
                ? new Reading(file, ReadingState.StoredUnread, trouble.Message, trouble.Format, null, null)
                : new(file, ReadingState.Failed, trouble.Message, trouble.Format ?? measurement?.Format, measurement?.Kind, null)) with { Asks = trouble.Asks };
        }
    }

    /// <summary>What is said of a file that only lies beside a measurement.</summary>
    static string SettingsSummary(RunFile file, long bytes, string format, JsonObject? header) => StorableJson(new JsonObject
    {
        ["file"] = file.Name,
        ["bytes"] = bytes,
        ["sha256"] = file.Sha256,
        ["format"] = format,
        ["kind"] = RunFile.Settings,
        ["header"] = header?.DeepClone() ?? new JsonObject(),
        ["findings"] = new JsonArray(),
    }.ToJsonString());

    async Task Save(PortalDb db, Job job, IReadOnlyList<RunFile> files, List<Reading> readings, CancellationToken stop)
    {
        var runId = job.RunId!.Value;
        // A file that was not read now stands as it was read before.
        var all = files.Select(file => readings.Find(reading => reading.File.Id == file.Id)
            ?? new(file, file.Reading, file.Message, file.Format, file.Kind, file.Summary) { Role = file.Role }).ToList();
        var speaker = all.Find(reading => reading is { Role: RunFile.Measurement, State: ReadingState.Read })
            ?? all.Find(reading => reading.Role == RunFile.Measurement) ?? all.FirstOrDefault();
        // First past the tracker: the statement takes the row, so that nobody's save comes between reading and writing it here.
        var state = speaker?.State ?? ReadingState.Read;
        var message = speaker?.Trouble;
        await db.Runs.Where(run => run.Id == runId).ExecuteUpdateAsync(set => set
            .SetProperty(run => run.Reading, state)
            .SetProperty(run => run.ReadingMessage, message), stop);

        foreach (var reading in readings)
            await db.RunFiles.Where(file => file.Id == reading.File.Id).ExecuteUpdateAsync(set => set
                .SetProperty(file => file.Format, reading.Format)
                .SetProperty(file => file.Kind, reading.Kind)
                .SetProperty(file => file.Role, reading.Role)
                .SetProperty(file => file.Reading, reading.State)
                .SetProperty(file => file.Message, reading.Trouble)
                .SetProperty(file => file.Asks, reading.AsksJson)
                .SetProperty(file => file.Summary, reading.Summary), stop);

        var run = await db.Runs.Include(run => run.Files).SingleAsync(run => run.Id == runId, stop);
        if (readings.Select(reading => reading.MeasuredAt).FirstOrDefault(at => at is not null) is { } measured && run.MeasuredAt is null)
            // The header gives the clock of the measurement computer, without a zone; the portal stands in the same laboratory.
            run.MeasuredAt = new DateTimeOffset(DateTime.SpecifyKind(measured, DateTimeKind.Unspecified), TimeZoneInfo.Local.GetUtcOffset(measured)).ToUniversalTime();

        // A simulated file says so in its comment, whoever uploads it: it must not pass for a measurement.
        if (readings.Exists(reading => IsSimulated(reading.Measurement))) run.Simulated = true;

        // Only now: a header may name the sample too. Where the laboratory did not ask for it, the file waits for a person.
        await db.FileIfCertain(run, stop);

        var quick = known.All.FirstOrDefault(kind => kind.Key == Quick);
        if (quick is not null && readings.Find(reading => reading is { State: ReadingState.Read, Role: RunFile.Measurement, Measurement: { } read } && quick.Accepts(read)) is { } photons)
            await analyses.Queue(db, run, quick, [], job.RequestedById, stop, new Dictionary<string, Guid> { [quick.Inputs[0].Name] = photons.File.Id });
    }

    static bool IsSimulated(Measurement? measurement) =>
        measurement?.Header["File_Comment"] is JsonValue comment && comment.TryGetValue<string>(out var said) && said.StartsWith(SimulatedFile.Mark, StringComparison.Ordinal);

    /// <summary>Catalogue key of the check that follows every reading by itself.</summary>
    internal const string Quick = "quick";

    public async Task Mark(PortalDb db, Job job, JobState state, string? message, CancellationToken stop)
    {
        var reading = state switch
        {
            JobState.Queued => ReadingState.Waiting,
            JobState.Running => ReadingState.Reading,
            JobState.Cancelled => ReadingState.StoredUnread,
            _ => ReadingState.Failed,
        };
        await db.Runs.Where(run => run.Id == job.RunId).ExecuteUpdateAsync(set => set
            .SetProperty(run => run.Reading, reading)
            .SetProperty(run => run.ReadingMessage, message), stop);
    }

    /// <summary>PostgreSQL's jsonb keeps every character but U+0000, which padded header texts may hold.</summary>
    static string StorableJson(string json) => Nul().Replace(json, @"$1\uFFFD");

    [GeneratedRegex(@"(?<!\\)((?:\\\\)*)\\u0000")]
    private static partial Regex Nul();

    sealed record Reading(RunFile File, ReadingState State, string? Trouble, string? Format, string? Kind, string? Summary)
    {
        public Measurement? Measurement { get; init; }

        /// <summary>What the file is for the run.</summary>
        public string Role { get; init; } = File.Role;

        /// <summary>What a person may say of it.</summary>
        public IReadOnlyList<ReadingQuestion> Asks { get; init; } = [];

        public string? AsksJson => Asks.Count == 0 ? null : JsonSerializer.Serialize(Asks);

        /// <summary>As the header has it: local, without a zone.</summary>
        public DateTime? MeasuredAt { get; init; }
    }

    /// <summary>Records read so far, as a step of the job.</summary>
    sealed class RecordSteps(IProgress<AnalysisProgress> to, string stage, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new(stage, value, total));
    }
}
