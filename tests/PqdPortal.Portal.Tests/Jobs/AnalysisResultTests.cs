using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class AnalysisResultTests : JobTests
{
    [Fact]
    public async Task A_result_carries_its_numbers_its_report_and_where_it_came_from()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All);
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "count", new JsonObject { ["seed"] = 7 });
        await host.JobUntil(answer!.JobId!.Value, job => job.State == JobState.Done);

        await using var db = Database.CreateDbContext();
        var analysis = await db.Analyses.Include(a => a.Values).Include(a => a.Verdicts).SingleAsync(a => a.Id == answer.AnalysisId);
        Assert.Equal((AnalysisState.Done, 1, 7L), (analysis.State, analysis.KindVersion, analysis.Seed));
        Assert.Equal((Environment.MachineName, Software.Name), (analysis.Machine, analysis.Software));
        Assert.Equal(viewer.PersonId, analysis.RequestedById);
        var value = Assert.Single(analysis.Values);
        Assert.Equal(("photons", 2000.0, Math.Sqrt(2000), "ok"), (value.Name, value.Value, value.Sigma, value.Grade));
        Assert.Equal(("quality", "ok"), (Assert.Single(analysis.Verdicts).Name, analysis.Verdicts[0].Value));
        Assert.True(analysis.StartedAt <= analysis.EndedAt);

        await using var file = await host.Get<IFileStore>().Open(analysis.ReportSha256!);
        var report = ReportJson.Read(file);
        Assert.Equal(2000, report.Quantity("photons")!.Value);
        Assert.Equal(("file", "dot 7.ptu", run.Files[0].Sha256), (report.Inputs[0].Name, report.Inputs[0].File, report.Inputs[0].Sha256));
        Assert.True(await db.StoredFiles.AnyAsync(stored => stored.Sha256 == analysis.ReportSha256));
    }

    [Fact]
    public async Task The_same_question_in_other_words_is_answered_by_the_result_that_is_there()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();
        var first = await host.Requests.Ask(viewer, run.Id, "count", []);
        await host.JobUntil(first!.JobId!.Value, job => job.State == JobState.Done);

        foreach (var same in (string[])["{}", """{"bin_ps":500}""", """{"seed":1,"bin_ps":5e2}""", """{"bin_ps":500.0}"""])
        {
            var again = await host.Requests.Ask(viewer, run.Id, "count", JsonNode.Parse(same)!.AsObject());
            Assert.Equal((first.AnalysisId, AnalysisState.Done, false), (again!.AnalysisId, again.State, again.IsNew));
        }

        var other = await host.Requests.Ask(viewer, run.Id, "count", new JsonObject { ["bin_ps"] = 600 });
        Assert.True(other!.IsNew);
        await host.JobUntil(other.JobId!.Value, job => job.State == JobState.Done);
        Assert.Equal(2, analyses.Computed);
    }

    [Fact]
    public async Task Two_people_who_ask_the_same_at_once_get_one_analysis()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var (viewer, run) = await host.ReadRun();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.Requests.Ask(viewer, run.Id, "count", [])));

        Assert.Single(answers.Select(answer => answer!.AnalysisId).Distinct());
        Assert.Single(answers, answer => answer!.IsNew);
    }

    [Fact]
    public async Task Parameters_are_kept_whole_with_their_defaults_and_wrong_ones_are_refused()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();

        var answer = await host.Requests.Ask(viewer, run.Id, "count", new JsonObject { ["bin_ps"] = 250 });

        await using var db = Database.CreateDbContext();
        var kept = JsonNode.Parse((await db.Analyses.SingleAsync(a => a.Id == answer!.AnalysisId)).Parameters)!.AsObject();
        Assert.Equal((250.0, 1), (kept["bin_ps"]!.GetValue<double>(), kept["seed"]!.GetValue<int>()));
        foreach (var wrong in (string[])["""{"bin":1}""", """{"bin_ps":-1}""", """{"bin_ps":"wide"}"""])
            await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "count", JsonNode.Parse(wrong)!.AsObject()));
        await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "no such", []));
        Assert.Equal(1, await db.Analyses.CountAsync(a => a.RunId == run.Id));
    }

    [Fact]
    public async Task Who_may_not_see_a_run_finds_none_and_who_may_only_read_is_told_why()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        var stranger = viewer with { Roles = new Dictionary<Guid, AccessRole>() };
        var reader = viewer with { Roles = new Dictionary<Guid, AccessRole> { [run.ProjectId] = AccessRole.Read } };

        Assert.Null(await host.Requests.Ask(stranger, run.Id, "count", []));
        var told = await Assert.ThrowsAsync<RoleException>(() => host.Requests.Ask(reader, run.Id, "count", []));

        Assert.Contains("role edit", told.Message);
    }

    [Fact]
    public async Task A_run_whose_file_is_not_read_yet_is_not_analysed()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, run) = await host.ReadRun();
        await using (var db = Database.CreateDbContext())
            await db.Runs.Where(r => r.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.Reading, ReadingState.Waiting));

        await Assert.ThrowsAsync<RequestException>(() => host.Requests.Ask(viewer, run.Id, "count", []));
    }
}
