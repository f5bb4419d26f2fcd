using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs.Telemetry;

namespace PqdPortal.Jobs;

/// <summary>Why a running job was told to stop.</summary>
enum StopReason { None, Cancelled, Lost, Stalled }

/// <summary>
/// Watches over one running job: writes its progress a few times a second and that its worker is alive, and stops the work when
/// the person asks for it, when another worker has taken the job, when it hangs, or when the process goes down.
/// </summary>
/// <remarks>The work only leaves its progress here, so a kernel is never held up by the database.</remarks>
sealed class JobWatch : IProgress<AnalysisProgress>, IAsyncDisposable
{
    /// <summary>Four looks a second: fluent for the eye, and a cancel is heard well within its 2 s.</summary>
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(0.25);

    /// <summary>Work that goes on for so long after it was told to stop is left to itself.</summary>
    static readonly TimeSpan Deafness = TimeSpan.FromSeconds(30);

    readonly IDbContextFactory<PortalDb> _database;
    readonly Job _job;
    readonly JobOptions _options;
    readonly ILogger _log;
    readonly CancellationTokenSource _stop;
    readonly CancellationTokenSource _over = new();
    readonly Task _watching;
    readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile AnalysisProgress? _last;

    public JobWatch(IDbContextFactory<PortalDb> database, Job job, JobOptions options, TimeProvider time, ILogger log, CancellationToken shutdown)
    {
        (_database, _job, _options, _log) = (database, job, options, log);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        _watching = Task.Run(() => Watch(time));
    }

    /// <summary>Tells the work to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Why; None for a shutdown or while it may go on.</summary>
    public StopReason Reason { get; private set; }

    /// <summary>Ends when the work was told to stop and did not.</summary>
    public Task Abandoned => _abandoned.Task;

    public void Report(AnalysisProgress value)
    {
        // A new stage begins at nothing again.
        var before = _last is { } last && last.Stage == value.Stage ? last.Done : 0;
        if (value.Done > before) PortalMeter.PhotonRecords.Add(value.Done - before);
        _last = value;
    }

    /// <summary>Ends the watch, so that nothing of it is written after the job's end.</summary>
    public async Task Finish()
    {
        await _over.CancelAsync();
        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await Finish();
        _stop.Dispose();
        _over.Dispose();
    }

    async Task Watch(TimeProvider time)
    {
        AnalysisProgress? written = null;
        var (stepped, heard) = (time.GetTimestamp(), time.GetTimestamp());
        while (!_over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Beat, time, _over.Token);
                var last = _last;
                if (!ReferenceEquals(last, written)) stepped = time.GetTimestamp();
                if (ReferenceEquals(last, written) && time.GetElapsedTime(heard).TotalSeconds < _options.CheckInSeconds / 3) Reason = await Look(_over.Token);
                else
                {
                    Reason = await Write(last, _over.Token);
                    heard = time.GetTimestamp();
                }
                written = last;
                if (Reason == StopReason.None && time.GetElapsedTime(stepped).TotalSeconds > _options.StallSeconds) Reason = StopReason.Stalled;
                if (Reason == StopReason.None) continue;
                await _stop.CancelAsync();
                await Task.Delay(Deafness, time, _over.Token);
                _abandoned.TrySetResult();
                return;
            }
            catch (OperationCanceledException) when (_over.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A watch that fails must not take the work with it; the next beat tries again.
                _log.LogWarning(error, "The progress of job {Job} could not be written", _job.Id);
            }
        }
    }

    async Task<StopReason> Look(CancellationToken stop)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        var now = await db.Jobs.Where(job => job.Id == _job.Id)
            .Select(job => new { job.State, job.Attempt, job.CancelRequested }).SingleOrDefaultAsync(stop);
        return now is null || now.State != JobState.Running || now.Attempt != _job.Attempt ? StopReason.Lost
            : now.CancelRequested ? StopReason.Cancelled
            : StopReason.None;
    }

    /// <summary>Writes that the worker is alive, and how far it is.</summary>
    async Task<StopReason> Write(AnalysisProgress? progress, CancellationToken stop)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        var written = await db.Jobs
            .Where(job => job.Id == _job.Id && job.State == JobState.Running && job.Attempt == _job.Attempt && !job.CancelRequested)
            .ExecuteUpdateAsync(set => set
                .SetProperty(job => job.HeardAt, _ => DateTimeOffset.UtcNow)
                .SetProperty(job => job.Stage, job => progress == null ? job.Stage : progress.Stage)
                .SetProperty(job => job.Done, job => progress == null ? job.Done : progress.Done)
                .SetProperty(job => job.Total, job => progress == null ? job.Total : progress.Total), stop);
        if (written == 0) return await Look(stop);
        if (progress is not null) await JobNews.TellProgress(db, _job, stop);
        return StopReason.None;
    }
}
