using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>An analysis that is computed from more than the run's own file.</summary>
public class FurtherInputTests : JobTests
{
    /// <summary>A second run in the same project, with a file of its own.</summary>
    async Task<Run> Second(JobHost host, Run first, int photons = 500, ReadingState reading = ReadingState.Read)
    {
        var stored = await host.Get<IFileStore>().Save(new MemoryStream(JobHost.Ptu(photons)));
        await using var db = Database.CreateDbContext();
        var run = new Run { ProjectId = first.ProjectId, Name = "IRF of Monday", Reading = reading };
        run.Files.Add(new RunFile { RunId = run.Id, Sha256 = stored.Sha256, Name = "irf.ptu", Summary = reading == ReadingState.Read ? "{}" : null, AddedAt = DateTimeOffset.UtcNow });
        db.Add(run);
        if (!await db.StoredFiles.AnyAsync(file => file.Sha256 == stored.Sha256)) db.Add(new Data.Uploads.StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        await db.SaveChangesAsync();
        return run;
    }

    static Dictionary<string, Guid?> Take(string input, Guid? run) => new() { [input] = run };

    [Fact]
    public async Task The_run_taken_for_an_input_is_read_named_and_kept_with_the_result()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All);
        var (viewer, run) = await host.ReadRun();
        var irf = await Second(host, run);

        var answer = await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", irf.Id));
        await host.JobUntil(answer!.JobId!.Value, job => job.State == JobState.Done);

        await using var db = Database.CreateDbContext();
        var analysis = await db.Analyses.SingleAsync(a => a.Id == answer.AnalysisId);
        Assert.Equal(new Dictionary<string, Guid> { ["irf"] = irf.Id }, analysis.OtherRuns());
        await using var file = await host.Get<IFileStore>().Open(analysis.ReportSha256!);
        var report = ReportJson.Read(file);
        Assert.Equal("file irf", (string?)report.Parameters["inputs"]);
        Assert.Equal([("file", "dot 7.ptu", run.Files[0].Sha256), ("irf", "irf.ptu", irf.Files[0].Sha256)], report.Inputs.Select(input => (input.Name, input.File, input.Sha256)));
        Assert.Equal(2000, report.Quantity("photons")!.Value);
    }

    [Fact]
    public async Task The_same_runs_are_the_same_question_and_another_run_is_another()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var (monday, tuesday) = (await Second(host, run), await Second(host, run, photons: 600));

        var first = await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", monday.Id));

        Assert.Equal(first!.AnalysisId, (await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", monday.Id)))!.AnalysisId);
        var other = await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", tuesday.Id));
        var none = await host.Requests.Ask(viewer, run.Id, "count", []);
        Assert.True(other!.IsNew && none!.IsNew);
        Assert.False((await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", null)))!.IsNew);
    }

    [Fact]
    public async Task A_run_that_one_may_not_see_is_refused_like_one_that_is_not_there()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var (_, foreign) = await host.ReadRun();

        var unseen = await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", foreign.Id)));
        var nowhere = await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", Guid.NewGuid())));

        Assert.Equal(nowhere.Message, unseen.Message);
        Assert.Contains("Instrument response", unseen.Message);
        // Seen, but of another project: its content must not come to those who see this one.
        var member = viewer with { Roles = new Dictionary<Guid, AccessRole> { [run.ProjectId] = AccessRole.Edit, [foreign.ProjectId] = AccessRole.Read } };
        var other = await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(member, run.Id, "count", [], Take("irf", foreign.Id)));
        Assert.Contains("another project", other.Message);
        await using var db = Database.CreateDbContext();
        Assert.Equal(0, await db.Analyses.CountAsync());
    }

    [Fact]
    public async Task A_run_that_was_removed_or_cannot_be_read_is_refused_in_words()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var (gone, unread, waiting) = (await Second(host, run), await Second(host, run, 30, ReadingState.Failed), await Second(host, run, 31, ReadingState.Waiting));
        await using (var db = Database.CreateDbContext())
            await db.Runs.Where(r => r.Id == gone.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.DeletedAt, DateTimeOffset.UtcNow));

        async Task<string> Said(Guid of) => (await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", of)))).Message;

        Assert.Contains("may have been removed", await Said(gone.Id));
        Assert.Contains("could not be read", await Said(unread.Id));
        Assert.Contains("still being read", await Said(waiting.Id));
        Assert.Contains("no file of its own", await Said(run.Id));
    }

    [Fact]
    public async Task A_needed_input_is_asked_for_and_an_unknown_one_or_another_first_one_refused()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var other = await Second(host, run);

        Assert.Contains("Second measurement", (await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "pair", []))).Message);
        Assert.Contains("Choose one", (await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "pair", [], Take("other", null)))).Message);
        Assert.Contains("no input \"flat\"", (await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "pair", [], Take("flat", other.Id)))).Message);
        Assert.Contains("ask at that run", (await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "pair", [], Take("file", other.Id)))).Message);
        Assert.True((await host.Requests.Ask(viewer, run.Id, "pair", [], Take("other", other.Id)))!.IsNew);
    }

    [Fact]
    public async Task A_file_of_the_role_beside_the_measurement_is_taken_by_itself_unless_none_is_asked()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var beside = await Second(host, run);
        await using (var db = Database.CreateDbContext())
        {
            db.Add(new RunFile { RunId = run.Id, Sha256 = beside.Files[0].Sha256, Name = "irf.ptu", Role = "irf", Summary = "{}", AddedAt = DateTimeOffset.UtcNow });
            await db.SaveChangesAsync();
        }

        var own = await host.Requests.Ask(viewer, run.Id, "count", []);
        var same = await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", run.Id));
        var none = await host.Requests.Ask(viewer, run.Id, "count", [], Take("irf", null));

        Assert.Equal(own!.AnalysisId, same!.AnalysisId);
        Assert.NotEqual(own.AnalysisId, none!.AnalysisId);
        await using var read = Database.CreateDbContext();
        Assert.Contains("irf", (await read.Analyses.SingleAsync(a => a.Id == own.AnalysisId)).Inputs);
        Assert.DoesNotContain("irf", (await read.Analyses.SingleAsync(a => a.Id == none.AnalysisId)).Inputs);
    }

    [Fact]
    public async Task Only_what_accepts_the_measurement_is_offered()
    {
        await using var host = await JobHost.Start(Database,
        [
            .. new TestAnalyses().All,
            AnalysisKind.Of<TestAnalyses.Choice>("never", 1, "never", "?", [new("file", "An image")], [], _ => false, (_, _) => new AnalysisReport("", 0)),
            AnalysisKind.Of<TestAnalyses.Choice>("many", 1, "many", "?", [new("file", "Photons of three detectors")], [], _ => true, (_, _) => new AnalysisReport("", 0)) with { Detectors = 3 },
        ], run: false);
        var (_, run) = await host.ReadRun();
        run.Files[0].Summary = """{ "events_by_channel": { "-1": 9, "0": 5, "1": 7, "2": 0, "101": 3 } }""";

        var offered = await host.Get<PqdPortal.Jobs.OfferedAnalyses>().Of(run);

        Assert.Equal(new TestAnalyses().All.Select(kind => kind.Key), offered.Select(kind => kind.Key));
        Assert.Empty(await host.Get<PqdPortal.Jobs.OfferedAnalyses>().Of(await Second(host, run, 7, ReadingState.Failed)));
    }
}
