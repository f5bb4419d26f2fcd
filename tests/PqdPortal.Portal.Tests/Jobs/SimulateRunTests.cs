using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>A simulated measurement from the request to the quick check.</summary>
public class SimulateRunTests : JobTests
{
    static JsonObject Short => new() { ["kind"] = "two_level", ["duration_s"] = 0.3, ["rate_cps"] = new JsonArray(150e3, 120e3), ["background_cps"] = 500, ["seed"] = 7 };

    async Task<string> Text(JobHost host, RunFile file)
    {
        await using var content = await host.Get<IFileStore>().Open(file.Sha256);
        return await new StreamReader(content).ReadToEndAsync();
    }

    [Fact]
    public async Task A_request_becomes_a_run_with_photons_truth_and_quick_check()
    {
        await using var host = await JobHost.Start(Database);
        var (viewer, project) = await JobHost.Owner(Database);

        var id = await host.Get<RequestSimulation>().Ask(viewer, new NewUpload("planned dot", 0) { Project = project }, Short);

        var run = await JobHost.Until(
            db => db.Runs.AsNoTracking().Include(r => r.Files).ThenInclude(f => f.Stored).SingleAsync(r => r.Id == id), r => r.Reading == ReadingState.Read, Database, 60);
        Assert.True(run.Simulated);
        Assert.Equal("planned dot", run.Name);
        // It was made now, and not in the year that a request without a time names.
        Assert.InRange(run.MeasuredAt!.Value, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Assert.Equal((RunKind.Hbt, Excitation.ContinuousWave), (run.Kind, run.Excitation));
        Assert.Equal([500.0, 500], run.BackgroundRates);
        Assert.Equal(["planned dot.ptu", "planned dot.simulation.json", "planned dot.truth.json"], run.Files.Select(file => file.Name).Order());
        var photons = run.Files.Single(file => file.Role == RunFile.Measurement);
        Assert.Equal("photon-stream", photons.Kind);
        var truth = JsonNode.Parse(await Text(host, run.Files.Single(file => file.Name.EndsWith(".truth.json"))))!;
        Assert.Equal(0, truth["truth"]!["g2_0"]!.GetValue<double>());
        // The request kept beside the photons gives the very same file again.
        using var again = new MemoryStream();
        SimulatedFile.Write(SimulationRequest.Parse(await Text(host, run.Files.Single(file => file.Name.EndsWith(".simulation.json")))), again);
        Assert.Equal(photons.Sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(again.ToArray())));
        Assert.Equal(photons.Stored.Length, again.Length);
        using var summary = JsonDocument.Parse(photons.Summary!);
        Assert.Equal(truth["realised"]!["photons"]![0]!.GetValue<long>(), summary.RootElement.GetProperty("events_by_channel").GetProperty("0").GetInt64());
        var quick = await JobHost.Until(db => db.Analyses.AsNoTracking().FirstOrDefaultAsync(a => a.RunId == id && a.Kind == "quick"), a => a?.State == AnalysisState.Done, Database, 60);
        Assert.NotNull(quick);
        Assert.Empty(Directory.GetFiles(Path.Combine(Database.Folder.Path, "simulations")));
    }

    [Fact]
    public async Task A_stopped_simulation_leaves_its_run_without_photons_and_says_so()
    {
        await using var host = await JobHost.Start(Database);
        var (viewer, project) = await JobHost.Owner(Database);
        var request = Short;
        (request["duration_s"], request["rate_cps"]) = (600, new JsonArray(60e3, 60e3));

        var id = await host.Get<RequestSimulation>().Ask(viewer, new NewUpload("long.ptu", 0) { Project = project }, request);
        var job = await JobHost.Until(db => db.Jobs.AsNoTracking().SingleAsync(j => j.RunId == id), j => j.Done > 0, Database, 60);
        Assert.Equal(JobKind.Simulate, job.Kind);
        Assert.Equal("Drawing photons", job.Stage);
        Assert.InRange(job.Total, 60_000_000, 80_000_000);
        Assert.True(await host.Commands.Cancel(viewer, job.Id));

        await host.JobUntil(job.Id, j => j.State == JobState.Cancelled);
        await using var db = Database.CreateDbContext();
        var run = await db.Runs.Include(r => r.Files).SingleAsync(r => r.Id == id);
        Assert.Equal(ReadingState.NoFile, run.Reading);
        Assert.Contains("No photons were saved", run.ReadingMessage);
        Assert.Equal("long.simulation.json", Assert.Single(run.Files).Name);
    }

    [Theory]
    [InlineData("""{ "lifetime": 8 }""", "\"lifetime\"")]
    [InlineData("""{ "saturation": 1, "rate_cps": [1e9] }""", "excite harder")]
    [InlineData("""{ "duration_s": 10000, "rate_cps": [100000, 100000] }""", "million records")]
    public async Task A_request_that_cannot_be_simulated_leaves_nothing(string request, string said)
    {
        await using var host = await JobHost.Start(Database, run: false);
        var (viewer, project) = await JobHost.Owner(Database);

        var refused = await Assert.ThrowsAsync<RequestException>(() => host.Get<RequestSimulation>().Ask(viewer, new NewUpload("x", 0) { Project = project }, JsonNode.Parse(request)!.AsObject()));

        Assert.Contains(said, refused.Message);
        await using var db = Database.CreateDbContext();
        Assert.Equal((0, 0), (await db.Runs.CountAsync(), await db.Jobs.CountAsync()));
    }

    [Fact]
    public async Task Who_may_only_read_a_project_simulates_nothing_into_it()
    {
        await using var host = await JobHost.Start(Database, run: false);
        var (owner, project) = await JobHost.Owner(Database);
        var reader = new Viewer(owner.PersonId, "Reader", false, new Dictionary<Guid, AccessRole> { [project] = AccessRole.Read });

        await Assert.ThrowsAsync<UploadException>(() => host.Get<RequestSimulation>().Ask(reader, new NewUpload("x", 0) { Project = project }, Short));
        await Assert.ThrowsAsync<UploadException>(() => host.Get<RequestSimulation>().Ask(Viewer.Nobody, new NewUpload("x", 0) { Project = project }, Short));
    }
}
