using Quartz;

namespace PqdPortal.Jobs.Queue;

/// <summary>What the scheduler calls when a job's turn has come. All it does is to call <see cref="JobRunner"/>.</summary>
sealed class QuartzJob(JobRunner runner) : IJob
{
    /// <summary>The entry of the job's data that names the portal's own job.</summary>
    internal const string Id = "job";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken stop) =>
        await runner.Run(Guid.Parse(context.MergedJobDataMap.GetString(Id)!), stop);
}
