using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class ReadUploadTests : JobTests
{
    [Fact]
    public async Task An_uploaded_file_is_read_and_checked_by_itself()
    {
        var analyses = new TestAnalyses();
        await using var host = await JobHost.Start(Database, analyses.All);
        var run = await Bring(host, "dot 8.ptu", JobHost.Ptu());

        var analysis = await JobHost.Until(
            db => db.Analyses.AsNoTracking().Include(a => a.Values).SingleOrDefaultAsync(a => a.RunId == run),
            a => a?.State == AnalysisState.Done, Database);

        Assert.Equal("quick", analysis!.Kind);
        Assert.Equal(2000, Assert.Single(analysis.Values).Value);
        await using var db = Database.CreateDbContext();
        var read = await db.Runs.Include(r => r.Files).SingleAsync(r => r.Id == run);
        Assert.Equal(ReadingState.Read, read.Reading);
        Assert.Null(read.ReadingMessage);
        var file = Assert.Single(read.Files);
        Assert.Equal(("PicoQuant PTU", "photon-stream"), (file.Format, file.Kind));
        var summary = JsonNode.Parse(file.Summary!)!;
        Assert.Equal((1000, 1000), (summary["events_by_channel"]!["0"]!.GetValue<int>(), summary["events_by_channel"]!["1"]!.GetValue<int>()));
        // The header's clock has no zone: it is the laboratory's, where the portal stands.
        var local = new DateTime(2026, 3, 14, 15, 9, 26);
        Assert.Equal(new DateTimeOffset(local, TimeZoneInfo.Local.GetUtcOffset(local)), read.MeasuredAt!.Value, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_time_that_the_person_has_set_is_kept()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var run = await Bring(host, "dot 9.ptu", JobHost.Ptu(100));
        var mine = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using (var db = Database.CreateDbContext())
            await db.Runs.Where(r => r.Id == run).ExecuteUpdateAsync(set => set.SetProperty(r => r.MeasuredAt, mine));

        await using var worker = await JobHost.Start(Database, new TestAnalyses().All);

        Assert.Equal(mine, (await Ended(run)).MeasuredAt);
    }

    [Fact]
    public async Task A_file_of_no_known_format_stays_stored_and_unread_with_the_reason()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All);
        var run = await Bring(host, "notes.bin", [.. Enumerable.Range(0, 999).Select(i => (byte)(i * 37 % 7))]);

        var ended = await Ended(run);

        Assert.Equal(ReadingState.StoredUnread, ended.Reading);
        Assert.Contains("format", ended.ReadingMessage);
        Assert.Equal((JobState.Done, 1), await Job(run));
        await using var db = Database.CreateDbContext();
        Assert.False(await db.Analyses.AnyAsync(a => a.RunId == run));
    }

    [Fact]
    public async Task A_damaged_file_says_why_and_is_not_read_again_by_itself()
    {
        await using var host = await JobHost.Start(Database, new TestAnalyses().All);
        var run = await Bring(host, "cut.ptu", JobHost.Ptu(300)[..700]);

        var ended = await Ended(run);

        Assert.Equal(ReadingState.Failed, ended.Reading);
        Assert.NotEmpty(ended.ReadingMessage!);
        Assert.Equal((JobState.Refused, 1), await Job(run));
    }

    [Fact]
    public async Task A_reading_that_was_stopped_can_be_asked_for_again()
    {
        await using var web = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var run = await Bring(web, "dot 10.ptu", JobHost.Ptu(400));
        await using var db = Database.CreateDbContext();
        var job = await db.Jobs.SingleAsync(j => j.RunId == run);
        var viewer = _owners[run];
        await Assert.ThrowsAsync<PqdPortal.Analysis.RequestException>(() => web.Commands.ReadAgain(viewer, run));
        Assert.True(await web.Commands.Cancel(viewer, job.Id));
        Assert.Equal(ReadingState.StoredUnread, (await Ended(run)).Reading);

        await web.Commands.ReadAgain(viewer, run);
        await using var worker = await JobHost.Start(Database, new TestAnalyses().All);

        await JobHost.Until(d => d.Runs.AsNoTracking().SingleAsync(r => r.Id == run), r => r.Reading == ReadingState.Read, Database);
    }

    readonly Dictionary<Guid, Data.Access.Viewer> _owners = [];

    async Task<Guid> Bring(JobHost host, string name, byte[] bytes)
    {
        var (viewer, project) = await JobHost.Owner(Database);
        var brought = await host.Desk.Bring(viewer, new NewUpload(name, bytes.Length) { Project = project }, new MemoryStream(bytes));
        _owners[brought.Run!.Value] = viewer;
        return brought.Run.Value;
    }

    Task<Run> Ended(Guid run) => JobHost.Until(
        db => db.Runs.AsNoTracking().SingleAsync(r => r.Id == run), r => r.Reading > ReadingState.Reading, Database);

    async Task<(JobState, int)> Job(Guid run)
    {
        var job = await JobHost.Until(db => db.Jobs.AsNoTracking().SingleAsync(j => j.RunId == run), j => j.EndedAt is not null, Database);
        return (job.State, job.Attempt);
    }
}
