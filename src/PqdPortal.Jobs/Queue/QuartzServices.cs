using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PqdPortal.Data.Postgres;
using Quartz;

namespace PqdPortal.Jobs.Queue;

/// <summary>Registers Quartz, clustered on the portal's own database.</summary>
static class QuartzServices
{
    /// <param name="run">False where this process only queues: its scheduler is built, provisions its tables and stays asleep.</param>
    internal static void AddQuartzQueue(this IServiceCollection services, DatabaseOptions database, JobOptions options, bool run)
    {
        services.AddQuartz(quartz =>
        {
            quartz.AddQuartzHealthChecks(check =>
            {
                check.Name = "jobs";
                // Asleep on purpose where others do the work.
                if (!run) check.StandbyStatus = HealthStatus.Healthy;
            });
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "PqdPortal";
                scheduler.GenerateInstanceId = true;
                // The bell wakes it; this is how late work begins at the worst when the bell was not heard.
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(options.LookSeconds);
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(options.Analyses + options.Readings);
            quartz.UseExecutionLimits(limits => limits
                .ForGroup(QuartzLanes.Analysis, options.Analyses)
                .ForGroup(QuartzLanes.Reading, options.Readings));
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(LetGoWhenHalted(database.ConnectionString));
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(options.CheckInSeconds);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(options.CheckInSeconds);
                });
                store.UseSystemTextJsonSerializer();
                store.ConfigureStore(o =>
                {
                    o.AcceptEnlistedTransactions = true;
                    // A database that restarts is back in a second; Quartz's own pause is a quarter of a minute.
                    o.DbRetryInterval = TimeSpan.FromSeconds(2);
                    // Every trigger has a key of its own, so that queueing need not hold up the scheduler until the caller commits.
                    o.LockOnInsert = false;
                    o.RecoverFiringsCancelledByShutdown = true;
                });
            });
        });
        services.AddQuartzHostedService(hosted =>
        {
            hosted.AutoStart = run;
            hosted.WaitForJobsToComplete = true;
        });
        services.AddSingleton<IWorkQueue, QuartzWorkQueue>();
        if (run) services.AddHostedService<QueueBell>();
    }

    /// <summary>The scheduler's transactions hold a lock of the whole cluster: of a process that is halted in the middle of one, nobody waits longer than this.</summary>
    static string LetGoWhenHalted(string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        to.Options = $"{to.Options} -c idle_in_transaction_session_timeout=10s".TrimStart();
        return to.ConnectionString;
    }
}
