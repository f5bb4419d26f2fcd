using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>A process of the portal as far as background work goes, on a test's database.</summary>
sealed class JobHost : IAsyncDisposable
{
    readonly IHost _host;

    JobHost(IHost host, DatabaseFixture database) => (_host, Database) = (host, database);

    public DatabaseFixture Database { get; }
    public KeptLog Log => Get<KeptLog>();
    public RequestAnalysis Requests => Get<RequestAnalysis>();
    public JobCommands Commands => Get<JobCommands>();
    public UploadDesk Desk => Get<UploadDesk>();
    public IWorkQueue Queue => Get<IWorkQueue>();

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    /// <param name="analyses">The analyses it knows; none leaves the catalogue.</param>
    public static async Task<JobHost> Start(DatabaseFixture database, IReadOnlyList<AnalysisKind>? analyses = null, bool run = true, int parallel = 2, int look = 2,
        params (string Key, string Value)[] more)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection(Settings(database, parallel, look));
        builder.Configuration.AddInMemoryCollection(more.Select(option => KeyValuePair.Create(option.Key, (string?)option.Value)));
        var log = new KeptLog();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton(log);
        builder.AddPortalData();
        builder.AddPortalJobs(run);
        if (analyses is not null) builder.Services.AddSingleton(new KnownAnalyses(analyses));
        var host = builder.Build();
        await host.StartAsync();
        return new(host, database);
    }

    public static Dictionary<string, string?> Settings(DatabaseFixture database, int parallel = 2, int look = 2) => new()
    {
        ["ConnectionStrings:Portal"] = database.ConnectionString,
        ["Portal:DataFolder"] = database.Folder.Path,
        ["Portal:Jobs:CheckInSeconds"] = "1",
        ["Portal:Jobs:RetrySeconds"] = "0.2",
        ["Portal:Jobs:LookSeconds"] = look.ToString(),
        ["Portal:Jobs:Analyses"] = parallel.ToString(),
    };

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
    }

    /// <summary>Waits until the record is as wanted, looking at the database; fails with what it is instead.</summary>
    public static async Task<T> Until<T>(Func<PortalDb, Task<T>> look, Func<T, bool> wanted, DatabaseFixture database, double seconds = 30)
    {
        var last = default(T)!;
        for (var end = DateTime.UtcNow.AddSeconds(seconds); DateTime.UtcNow < end; await Task.Delay(20))
        {
            await using var db = database.CreateDbContext();
            if (wanted(last = await look(db))) return last;
        }

        throw new Xunit.Sdk.XunitException($"Not as wanted after {seconds} s: {System.Text.Json.JsonSerializer.Serialize(last)}");
    }

    public Task<Job> JobUntil(Guid id, Func<Job, bool> wanted, double seconds = 30) =>
        Until(db => db.Jobs.AsNoTracking().SingleAsync(job => job.Id == id), wanted, Database, seconds);

    /// <summary>A run with a read file of a few simulated photons, in a new project, and a person who may change it.</summary>
    public async Task<(Viewer Viewer, Run Run)> ReadRun()
    {
        var (viewer, project) = await Owner(Database);
        var bytes = Ptu();
        var stored = await Get<Data.Files.IFileStore>().Save(new MemoryStream(bytes));
        await using var db = Database.CreateDbContext();
        var run = new Run { ProjectId = project, Name = "dot 7", Reading = ReadingState.Read };
        run.Files.Add(new RunFile { RunId = run.Id, Sha256 = stored.Sha256, Name = "dot 7.ptu", Summary = "{}", AddedAt = DateTimeOffset.UtcNow });
        db.Add(run);
        if (!await db.StoredFiles.AnyAsync(file => file.Sha256 == stored.Sha256))
            db.Add(new Data.Uploads.StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        await db.SaveChangesAsync();
        return (viewer, run);
    }

    public static async Task<(Viewer Viewer, Guid Project)> Owner(DatabaseFixture database)
    {
        var person = await database.Person();
        var project = await database.Project(person);
        return (new Viewer(person.Id, person.Name, false, new Dictionary<Guid, AccessRole> { [project.Id] = AccessRole.Manage }), project.Id);
    }

    /// <summary>A small T2 file: two detectors, evenly spaced photons, made at a known time.</summary>
    public static byte[] Ptu(int photons = 2000)
    {
        using var file = new MemoryStream();
        var writer = new PtuWriter(file, new PtuHeader
        {
            Type = PtuRecordType.All.First(type => type.Layout == PtuLayout.HydraT2),
            GlobalResolution = 1e-12,
            Resolution = 1e-12,
            Duration = photons * 1e-5,
            Comment = "test",
            Created = new DateTime(2026, 3, 14, 15, 9, 26),
            Identity = "HydraHarp 400",
        });
        var time = new long[photons];
        var channel = new short[photons];
        for (var i = 0; i < photons; i++) (time[i], channel[i]) = (i * 10_000_000L, (short)(i % 2));
        writer.Add(new PhotonBatch(time, channel, []));
        writer.Finish();
        return file.ToArray();
    }
}

/// <summary>Keeps what was logged.</summary>
sealed class KeptLog : ILoggerProvider
{
    readonly List<(LogLevel Level, string Text, Exception? Error)> _lines = [];

    public IReadOnlyList<(LogLevel Level, string Text, Exception? Error)> Lines
    {
        get { lock (_lines) return [.. _lines]; }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose() { }

    sealed class Logger(KeptLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (log._lines) log._lines.Add((logLevel, formatter(state, exception), exception));
        }
    }
}
