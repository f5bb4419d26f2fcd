using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Jobs;
using PqdPortal.Jobs.Health;
using PqdPortal.Web.Features.Jobs;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>What whoever keeps the portal can see of it: figures over OTLP, health, the disk.</summary>
public sealed class WatchTests(WatchTests.Portal portal) : IClassFixture<WatchTests.Portal>
{
    /// <summary>A portal that sends its figures to a collector of ours and finds every disk too small.</summary>
    public sealed class Portal : PortalFixture
    {
        WebApplication? _collector;

        /// <summary>What was sent to each path, as it came.</summary>
        public ConcurrentQueue<(string Path, string Body)> Sent { get; } = new();

        protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
        {
            ["Portal:Telemetry:Endpoint"] = _collector!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
            ["Portal:Telemetry:Protocol"] = "http/protobuf",
            ["Portal:Telemetry:Seconds"] = "1",
            ["Portal:Disk:WarnBytes"] = (1L << 60).ToString(),
        };

        public override async Task InitializeAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _collector = builder.Build();
            _collector.MapPost("/{**path}", async (HttpRequest request) =>
            {
                var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                Sent.Enqueue((request.Path, Encoding.Latin1.GetString(body.ToArray())));
            });
            await _collector.StartAsync();
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await _collector!.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("pqd.jobs")]
    [InlineData("pqd.disk.free")]
    [InlineData("pqd.uploads.bytes")]
    [InlineData("http.server.request.duration")]
    [InlineData("dotnet.process.memory.working_set")]
    public async Task Figures_arrive_at_the_collector_under_their_names(string name)
    {
        await using (var scope = portal.As(await portal.Person()))
        {
            // Something to count: a file of a few bytes, whole.
            var ana = await portal.Person();
            var project = await portal.Project(ana);
            var viewer = await scope.ServiceProvider.GetRequiredService<Data.Access.Viewers>().Of(ana.Id);
            await scope.ServiceProvider.GetRequiredService<UploadDesk>().Bring(viewer, new NewUpload("a.ptu", 3) { Project = project.Id }, new MemoryStream([1, 2, 3]));
        }
        for (var until = DateTime.UtcNow.AddSeconds(60); !portal.Sent.Any(sent => sent.Path == "/v1/metrics" && sent.Body.Contains(name, StringComparison.Ordinal));)
        {
            Assert.True(DateTime.UtcNow < until, $"{name} did not arrive; {portal.Sent.Count} messages did.");
            await portal.Visitor().Get("/health/live");
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task Ready_says_in_words_how_database_and_store_are_and_names_no_path()
    {
        var answer = await portal.Visitor().Get("/health/ready", "application/json");
        var text = await answer.Content.ReadAsStringAsync();
        var told = JsonNode.Parse(text)!;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("degraded", (string)told["status"]!);
        Assert.Equal("healthy", (string)told["checks"]!["database"]!["status"]!);
        Assert.Contains("of this program's age", (string)told["checks"]!["database"]!["says"]!);
        Assert.Contains("nearly full", (string)told["checks"]!["store"]!["says"]!);
        Assert.DoesNotContain(portal.Folder.Path, text);
    }

    [Fact]
    public async Task A_store_that_takes_nothing_in_says_why()
    {
        Assert.Null(await new LocalFolderStore(portal.Folder.Make("trial")).WhyNotWritable());
        Assert.Contains("read only", await new LocalFolderStore(portal.Folder.Make("trial"), readOnly: true).WhyNotWritable());
        var blocked = Path.Combine(portal.Folder.Path, "blocked");
        await File.WriteAllTextAsync(blocked, "a file where the folder should be");
        Assert.Contains("cannot be written", await new LocalFolderStore(blocked).WhyNotWritable());

        // The portal stays ready: what is there can be read.
        var told = await new StoreHealth(new LocalFolderStore(blocked), portal.Services.GetRequiredService<DiskGauge>()).CheckHealthAsync(new());
        Assert.Equal(HealthStatus.Degraded, told.Status);
        Assert.Contains("takes nothing in", told.Description);
    }

    [Fact]
    public async Task The_disk_is_shown_to_administrators_alone_with_a_warning_in_words()
    {
        async Task<DiskView?> Seen(bool administrator)
        {
            await using var scope = portal.As(await portal.Person(administrator: administrator));
            return await scope.ServiceProvider.GetRequiredService<JobQueries>().Disk();
        }

        var seen = await Seen(administrator: true);

        Assert.Null(await Seen(administrator: false));
        Assert.Contains("bytes left; the portal warns below", seen!.Warnings.First());
        Assert.True(seen.Places[0].Free > 0 && seen.Places[0].Total > seen.Places[0].Free);
        Assert.Equal(["files and reports", "database", "uploads on their way", "local copies of a remote store"], seen.Shares.Select(share => share.Name));
        Assert.True(seen.Shares[1].Bytes > 1_000_000);
    }
}
