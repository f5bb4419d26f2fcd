using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>What lies beside a file and what a person says of it.</summary>
public class ReadingChoiceTests : JobTests
{
    Viewer _viewer = null!;
    Guid _project;

    [Theory]
    [InlineData("m1.spc", "M1.SET")]
    [InlineData("m1.set", "m1.spc")]
    public async Task A_measurement_and_its_settings_are_one_run_whichever_arrives_first(string first, string second)
    {
        await using var host = await Start();

        var run = await Bring(host, first, Content(first));
        await Ended(run);
        Assert.Equal(run, await Bring(host, second, Content(second)));

        var ended = await Ended(run, files: 2);
        Assert.Equal((ReadingState.Read, null), (ended.Reading, ended.ReadingMessage));
        var (photons, settings) = (ended.Files.Single(file => file.Name.EndsWith("spc")), ended.Files.Single(file => !file.Name.EndsWith("spc")));
        Assert.Equal(50e-9 / 5 / 4096, JsonNode.Parse(photons.Summary!)!["dtime_unit_s"]!.GetValue<double>(), 1e-20);
        Assert.Equal((RunFile.Settings, RunFile.Settings, "Becker & Hickl SET", ReadingState.Read), (settings.Role, settings.Kind, settings.Format, settings.Reading));
        Assert.Contains(photons.Name, settings.Message);
        Assert.Contains("SP_TAC_R", settings.Summary);
        Assert.Equal(RunFile.Measurement, photons.Role);
    }

    [Fact]
    public async Task The_same_settings_beside_two_measurements_belong_to_each_by_name()
    {
        await using var host = await Start();

        var one = await Bring(host, "m1.spc", SmallFiles.Spc());
        await Bring(host, "m1.set", SmallFiles.Set());
        var two = await Bring(host, "m2.spc", SmallFiles.Spc(2000));
        Assert.Equal(two, await Bring(host, "m2.set", SmallFiles.Set()));

        Assert.NotEqual(one, two);
        foreach (var run in (Guid[])[one, two])
        {
            var ended = await Ended(run, files: 2);
            Assert.All(ended.Files, file => Assert.Equal(ReadingState.Read, file.Reading));
            Assert.Single(ended.Files, file => file.Role == RunFile.Settings);
        }
        // Once more the same: nothing is doubled.
        Assert.Equal(two, await Bring(host, "m2.set", SmallFiles.Set()));
        Assert.Equal(2, (await Ended(two, files: 2)).Files.Count);
    }

    [Fact]
    public async Task Settings_alone_are_stored_and_say_what_belongs_beside_them()
    {
        await using var host = await Start();

        var ended = await Ended(await Bring(host, "m1.set", SmallFiles.Set()));

        Assert.Equal(ReadingState.StoredUnread, ended.Reading);
        Assert.Contains(".spc file of the same name", ended.ReadingMessage);
    }

    [Fact]
    public async Task A_layout_that_the_content_leaves_open_is_asked_for_and_the_answer_is_kept_and_read()
    {
        await using var host = await Start();
        var run = await Bring(host, "short.spc", SmallFiles.UndecidedSpc());
        var asked = Assert.Single((await Ended(run)).Files);
        Assert.Equal((ReadingState.StoredUnread, null), (asked.Reading, asked.Summary));
        var question = Assert.Single(JsonSerializer.Deserialize<ReadingQuestion[]>(asked.Asks!)!);
        Assert.Equal((ReadingQuestion.Layout, "spc-130"), (question.Choice, question.Answers[0].Value));

        Assert.NotNull(await host.Commands.ReadAs(_viewer, run, asked.Id, "spc-600-256", null));

        var read = Assert.Single((await Ended(run, read: true)).Files);
        Assert.Equal(("spc-600-256", ReadingState.Read), (read.Layout, read.Reading));
        Assert.Contains("chosen by hand", read.Summary);

        // Said otherwise, it is read otherwise; a layout that is none is refused in words and can be taken back.
        await host.Commands.ReadAs(_viewer, run, asked.Id, "spc-999", null);
        var wrong = Assert.Single((await Ended(run)).Files);
        Assert.Equal((ReadingState.StoredUnread, null), (wrong.Reading, wrong.Summary));
        Assert.Contains("spc-999", wrong.Message);
        await host.Commands.ReadAs(_viewer, run, asked.Id, "spc-130", null);
        Assert.Contains("\"spc-130\"", Assert.Single((await Ended(run, read: true)).Files).Summary);
    }

    [Fact]
    public async Task Who_may_only_read_says_nothing_of_a_file_and_a_stranger_finds_none()
    {
        await using var host = await Start();
        var run = await Bring(host, "short.spc", SmallFiles.UndecidedSpc());
        var file = Assert.Single((await Ended(run)).Files);
        var reader = new Viewer(_viewer.PersonId, "reader", false, new Dictionary<Guid, AccessRole> { [_project] = AccessRole.Read });
        var stranger = new Viewer(_viewer.PersonId, "stranger", false, new Dictionary<Guid, AccessRole>());

        await Assert.ThrowsAsync<RoleException>(() => host.Commands.ReadAs(reader, run, file.Id, "spc-130", null));
        Assert.Null(await host.Commands.ReadAs(stranger, run, file.Id, "spc-130", null));
        Assert.Null(await host.Commands.ReadAs(_viewer, run, Guid.NewGuid(), "spc-130", null));
        await Assert.ThrowsAsync<RequestException>(() => host.Commands.ReadAs(_viewer, run, file.Id, null, -1));

        await using var db = Database.CreateDbContext();
        Assert.Null((await db.RunFiles.SingleAsync(one => one.Id == file.Id)).Layout);
    }

    [Fact]
    public async Task An_analysis_is_computed_from_the_file_as_it_was_read_and_says_so()
    {
        await using var host = await Start();
        var run = await Bring(host, "m1.spc", SmallFiles.Spc());
        var file = Assert.Single((await Ended(run)).Files);
        await Quick(run, 1);
        await Bring(host, "m1.set", SmallFiles.Set());
        await Ended(run, files: 2);
        await Quick(run, 2);
        await host.Commands.ReadAs(_viewer, run, file.Id, "spc-130", null);
        await Ended(run, files: 2);

        var checks = await Quick(run, 3);

        // The same question of the same file read in three ways has three answers, each with its own inputs.
        var inputs = checks.Select(check => JsonNode.Parse(check.Inputs)!["file"]!).ToList();
        Assert.Equal(file.Sha256, inputs[0].GetValue<string>());
        Assert.Equal(file.Sha256, inputs[1]["sha256"]!.GetValue<string>());
        Assert.Equal(64, inputs[1]["beside"]![".set"]!.GetValue<string>().Length);
        Assert.Equal("spc-130", inputs[2]["layout"]!.GetValue<string>());
        Assert.All(checks, check => Assert.Equal(3000, Assert.Single(check.Values).Value));
    }

    Task<List<AnalysisRecord>> Quick(Guid run, int count) => JobHost.Until(
        db => db.Analyses.AsNoTracking().Include(a => a.Values).Where(a => a.RunId == run).OrderBy(a => a.RequestedAt).ToListAsync(),
        all => all.Count == count && all.TrueForAll(a => a.State == AnalysisState.Done), Database);

    static byte[] Content(string name) => name.EndsWith("spc") ? SmallFiles.Spc() : SmallFiles.Set();

    async Task<JobHost> Start()
    {
        var host = await JobHost.Start(Database, new TestAnalyses().All);
        (_viewer, _project) = await JobHost.Owner(Database);
        return host;
    }

    async Task<Guid> Bring(JobHost host, string name, byte[] bytes) =>
        (await host.Desk.Bring(_viewer, new NewUpload(name, bytes.Length) { Project = _project }, new MemoryStream(bytes))).Run!.Value;

    Task<Run> Ended(Guid run, int files = 1, bool read = false) => JobHost.Until(
        db => db.Runs.AsNoTracking().Include(r => r.Files).AsSplitQuery().SingleAsync(r => r.Id == run),
        r => r.Reading > ReadingState.Reading && r.Files.Count == files && r.Files.TrueForAll(file => file.Reading > ReadingState.Reading) && (!read || r.Reading == ReadingState.Read), Database);
}
