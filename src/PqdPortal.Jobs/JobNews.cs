using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs;

/// <summary>Tells the pages that show a job, its run or its analysis that something changed, once the transaction commits.</summary>
static class JobNews
{
    internal static async Task Tell(PortalDb db, Job job, CancellationToken stop)
    {
        await db.Notify(nameof(Job), job.Id, stop);
        if (job.RunId is { } run) await db.Notify("Run", run, stop);
        if (job.AnalysisId is { } analysis) await db.Notify(nameof(AnalysisRecord), analysis, stop);
    }

    /// <summary>A step of the progress: only whoever looks at the job itself needs it.</summary>
    internal static Task TellProgress(PortalDb db, Job job, CancellationToken stop) => db.Notify(nameof(Job), job.Id, stop);
}
