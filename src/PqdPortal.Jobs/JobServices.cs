using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Postgres;
using PqdPortal.Jobs.Health;
using PqdPortal.Jobs.Queue;
using PqdPortal.Jobs.Telemetry;

namespace PqdPortal.Jobs;

/// <summary>Registers the background work.</summary>
public static class JobServices
{
    /// <summary>Queue, readers and analyses of stored files, the upload desk. After <c>AddPortalData</c>.</summary>
    /// <param name="run">True does the work in this process, false only queues it; left out, <c>Portal:Jobs:RunHere</c> says.</param>
    /// <exception cref="PortalStartException">An option is wrong; the message names it.</exception>
    public static IHostApplicationBuilder AddPortalJobs(this IHostApplicationBuilder builder, bool? run = null)
    {
        var options = JobOptions.From(builder.Configuration);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddQuartzQueue(DatabaseOptions.Of(builder), options, run ?? options.RunHere);

        services.AddSingleton(new KnownAnalyses(AnalysisCatalogue.All));
        services.AddSingleton<ISaveChangesInterceptor, BatchFormulas>();
        services.AddSingleton<LocalCopy>();
        services.AddSingleton(of => new FileConversion(of.GetRequiredService<LocalCopy>(), of.GetRequiredService<DataFolder>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton(of => new FineTraces(of.GetRequiredService<LocalCopy>(), of.GetRequiredService<DataFolder>(), of.GetRequiredService<ILogger<FineTraces>>()));
        services.AddSingleton<AnalysisQueue>();
        services.AddSingleton<ReadUpload>();
        services.AddSingleton<RunAnalysis>();
        services.AddSingleton<SimulateRun>();
        services.AddSingleton(of => new StoredMeasurements(of.GetRequiredService<LocalCopy>()));
        services.AddSingleton(of => new OfferedAnalyses(of.GetRequiredService<StoredMeasurements>(), of.GetRequiredService<KnownAnalyses>()));
        services.AddSingleton<JobRunner>();
        services.AddHostedService<JobKeeper>();

        services.AddSingleton(DiskOptions.From(builder.Configuration));
        services.AddSingleton<DiskGauge>();
        services.AddHostedService<DiskWatch>();
        services.AddSingleton<DatabaseHealth>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>(DatabaseHealth.Name).AddCheck<StoreHealth>(StoreHealth.Name);
        var telemetry = TelemetryOptions.From(builder.Configuration);
        services.AddSingleton(telemetry);
        if (telemetry.Endpoint.Length > 0 || !string.IsNullOrEmpty(builder.Configuration[TelemetryOptions.Usual]))
            services.AddHostedService<TelemetryExport>();

        services.AddSingleton(UploadOptions.From(builder.Configuration));
        services.AddSingleton<UploadDesk>();
        services.AddSingleton<AttachmentDesk>();
        services.AddSingleton(BinOptions.From(builder.Configuration));
        services.AddSingleton<BinKeeper>();
        services.AddHostedService<Sweeper>();
        services.AddSingleton(of => new RequestAnalysis(Database(of), of.GetRequiredService<AnalysisQueue>(), of.GetRequiredService<KnownAnalyses>()));
        services.AddSingleton(of => new JobCommands(
            Database(of), of.GetRequiredService<IWorkQueue>(), of.GetRequiredService<ReadUpload>(),
            of.GetRequiredService<RunAnalysis>(), of.GetRequiredService<SimulateRun>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton(of => new RequestSimulation(
            Database(of), of.GetRequiredService<IWorkQueue>(), of.GetRequiredService<Data.Files.IFileStore>(), of.GetRequiredService<TimeProvider>()));
        return builder;
    }

    static IDbContextFactory<PortalDb> Database(IServiceProvider of) => of.GetRequiredService<IDbContextFactory<PortalDb>>();
}
