using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs;

/// <summary>What can be said of a job's time.</summary>
public static class JobTime
{
    /// <summary>Share of the present stage that is done, 0..1; null where it cannot be known.</summary>
    public static double? Share(this Job job) =>
        job is { State: JobState.Running, Total: > 0 } ? Math.Min(1, job.Done / (double)job.Total) : null;

    /// <summary>Time left at the pace so far; null before there is one.</summary>
    public static TimeSpan? Left(this Job job, DateTimeOffset now) =>
        job.Share() is { } share && share > 0.01 && job.StartedAt is { } start && now > start
            ? (now - start) * (1 / share - 1)
            : null;
}
