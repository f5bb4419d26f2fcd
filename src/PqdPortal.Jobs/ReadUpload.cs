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
        var readings = new List<Reading>();
        foreach (var file in files.Where(file => file.Summary is null))
            readings.Add(await Read(file, progress, stop));

        // The run speaks of its measurement; a reference file beside it has its own line.
        var of = readings.Find(reading => reading.File.Role == "measurement") ?? readings.FirstOrDefault();
        var state = of switch
        {
            null => JobState.Done,
            { Trouble: not null, State: ReadingState.Failed } => JobState.Refused,
            _ => JobState.Done,
        };
        return new JobEnding(state, of?.Trouble, (into, token) => Save(into, job, readings, of, token));
    }

    /// <summary>Reads one file. What is wrong with the file is part of the answer; what is wrong with us is thrown.</summary>
    async Task<Reading> Read(RunFile file, IProgress<AnalysisProgress> progress, CancellationToken stop)
    {
        await using var content = await copies.Open(file.Sha256, stop, progress);
        progress.Report(new($"Reading {file.Name}", 0, 0));
        Measurement? measurement = null;
        try
        {
            return await LongWork.Run(() =>
            {
                measurement = Formats.Open(content);
                var total = measurement is PhotonStream { AvailableRecords: var records } ? records : 0;
                var steps = new RecordSteps(progress, $"Reading {file.Name}", total);
                var summary = FileSummary.Of(content, measurement, file.Sha256, steps, stop);
                var json = StorableJson(summary.ToJson(file.Name).ToJsonString());
                return new Reading(file, ReadingState.Read, null, measurement.Format, measurement.Kind, json)
                {
                    Measurement = measurement,
                    MeasuredAt = measurement.MeasuredAt,
                };
            }, stop);
        }
        catch (MeasurementFormatException trouble)
        {
            var unread = measurement is null && content.Length > 0
                && (trouble.Format is { } format ? !Formats.Readable.Contains(format) : trouble.Offset == 0);
            return unread
                ? new(file, ReadingState.StoredUnread, trouble.Message, trouble.Format, null, null)
                : new(file, ReadingState.Failed, trouble.Message, trouble.Format ?? measurement?.Format, measurement?.Kind, null);
        }
    }

    async Task Save(PortalDb db, Job job, List<Reading> readings, Reading? of, CancellationToken stop)
    {
        var runId = job.RunId!.Value;
        // First past the tracker: the statement takes the row, so that nobody's save comes between reading and writing it here.
        var state = of?.State ?? ReadingState.Read;
        var message = of?.Trouble;
        await db.Runs.Where(run => run.Id == runId).ExecuteUpdateAsync(set => set
            .SetProperty(run => run.Reading, state)
            .SetProperty(run => run.ReadingMessage, message), stop);

        foreach (var reading in readings)
            await db.RunFiles.Where(file => file.Id == reading.File.Id).ExecuteUpdateAsync(set => set
                .SetProperty(file => file.Format, reading.Format)
                .SetProperty(file => file.Kind, reading.Kind)
                .SetProperty(file => file.Summary, reading.Summary), stop);

        var run = await db.Runs.Include(run => run.Files).SingleAsync(run => run.Id == runId, stop);
        if (of is { MeasuredAt: { } measured } && run.MeasuredAt is null)
            // The header gives the clock of the measurement computer, without a zone; the portal stands in the same laboratory.
            run.MeasuredAt = new DateTimeOffset(DateTime.SpecifyKind(measured, DateTimeKind.Unspecified), TimeZoneInfo.Local.GetUtcOffset(measured)).ToUniversalTime();

        // A simulated file says so in its comment, whoever uploads it: it must not pass for a measurement.
        if (of?.Measurement?.Header["File_Comment"] is JsonValue comment && comment.TryGetValue<string>(out var said) && said.StartsWith(SimulatedFile.Mark, StringComparison.Ordinal))
            run.Simulated = true;

        if (of is { State: ReadingState.Read, File.Role: "measurement", Measurement: { } measurement }
            && known.All.FirstOrDefault(kind => kind.Key == Quick) is { } quick && quick.Accepts(measurement))
            await analyses.Queue(db, run, quick, [], job.RequestedById, stop);
    }

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

        /// <summary>As the header has it: local, without a zone.</summary>
        public DateTime? MeasuredAt { get; init; }
    }

    /// <summary>Records read so far, as a step of the job.</summary>
    sealed class RecordSteps(IProgress<AnalysisProgress> to, string stage, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new(stage, value, total));
    }
}
