using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs.Telemetry;

/// <summary>Sends the portal's and the framework's figures and traces to an OpenTelemetry collector (OTLP), where an endpoint is named.</summary>
sealed class TelemetryExport(
    TelemetryOptions options, DiskGauge disk, IDbContextFactory<PortalDb> database, IHostEnvironment program, TimeProvider time, ILogger<TelemetryExport> log)
    : BackgroundService
{
    /// <summary>The framework's meters that say how the portal fares: requests, connections, circuits, processor and memory, the database's pool.</summary>
    static readonly string[] Meters =
    [
        PortalMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections",
        "Microsoft.AspNetCore.Components", "Microsoft.AspNetCore.Components.Server.Circuits", "Microsoft.AspNetCore.Diagnostics",
        "System.Runtime", "System.Net.Http", "Npgsql",
    ];

    static readonly string[] Sources = ["Microsoft.AspNetCore", "Npgsql", "System.Net.Http"];

    readonly Meter _meter = new(PortalMeter.Name);
    volatile IReadOnlyDictionary<JobState, long> _jobs = new Dictionary<JobState, long>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Observe();
        var resource = ResourceBuilder.CreateDefault().AddService(program.ApplicationName, serviceVersion: PqdPortal.Analysis.Software.Name, serviceInstanceId: JobRunner.Worker);
        using var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters)
            .AddOtlpExporter((exporter, reader) =>
            {
                To(exporter, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)(options.Seconds * 1000);
            }).Build();
        using var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources)
            .AddOtlpExporter(exporter => To(exporter, "v1/traces")).Build();
        log.LogInformation("Figures and traces are sent to {Endpoint}", options.Endpoint.Length > 0 ? options.Endpoint : TelemetryOptions.Usual);

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var db = await database.CreateDbContextAsync(stoppingToken);
                _jobs = await db.Jobs.GroupBy(job => job.State).Select(jobs => new { jobs.Key, Count = jobs.LongCount() }).ToDictionaryAsync(jobs => jobs.Key, jobs => jobs.Count, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                log.LogDebug(error, "The jobs could not be counted for the figures");
            }
            await Task.Delay(TimeSpan.FromSeconds(options.Seconds / 2), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    void Observe()
    {
        _meter.CreateObservableGauge("pqd.jobs", () => Enum.GetValues<JobState>().Select(state =>
            new Measurement<long>(_jobs.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()))),
            "{job}", "Jobs that wait (queued), run, and have ended, by outcome, in the whole portal.");
        _meter.CreateObservableGauge("pqd.disk.free", () => disk.Places().Select(place =>
            new Measurement<long>(place.Free, new KeyValuePair<string, object?>("place", place.Name))), "By", "Free space where the portal keeps what is its own.");
    }

    void To(OtlpExporterOptions exporter, string path)
    {
        // Without an endpoint of ours, the usual variables of OpenTelemetry say where and how.
        if (options.Endpoint.Length == 0) return;
        var isHttp = options.Protocol != "grpc";
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = isHttp ? new Uri(options.Endpoint.TrimEnd('/') + "/" + path) : new Uri(options.Endpoint);
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }
}
