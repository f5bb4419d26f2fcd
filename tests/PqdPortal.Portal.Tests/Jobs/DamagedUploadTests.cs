using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Tests.Readers;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class DamagedUploadTests : JobTests
{
    [Fact]
    public async Task However_an_upload_is_damaged_it_ends_as_read_as_stored_or_as_refused_and_never_as_our_fault()
    {
        const int files = 120;
        await using var host = await JobHost.Start(Database);
        var (viewer, project) = await JobHost.Owner(Database);
        var whole = JobHost.Ptu(3000);
        for (var seed = 0; seed < files; seed++)
        {
            using var file = new MemoryStream(PtuMutation.Of(whole, new Random(seed)));
            await host.Desk.Bring(viewer, new NewUpload($"seed {seed}.ptu", file.Length) { Project = project }, file);
        }

        await JobHost.Until(db => db.Jobs.CountAsync(job => job.EndedAt == null), open => open == 0, Database, seconds: 240);

        await using var db = Database.CreateDbContext();
        var faults = await db.Jobs.Where(job => job.Reference != null || (job.State != JobState.Done && job.State != JobState.Refused))
            .Select(job => $"{job.Title}: {job.State} {job.Message}").ToListAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults) + "\n" + string.Join('\n', host.Log.Lines.Where(line => line.Error is not null).Take(5).Select(line => line.Error!.ToString())));
        var runs = await db.Runs.Select(run => new { run.Name, run.Reading, run.ReadingMessage }).ToListAsync();
        Assert.All(runs, run => Assert.True(run.Reading == ReadingState.Read || (run.Reading is ReadingState.StoredUnread or ReadingState.Failed && run.ReadingMessage!.Length > 20), $"{run.Name}: {run.Reading} {run.ReadingMessage}"));
        Assert.InRange(runs.Count(run => run.Reading == ReadingState.Read), runs.Count / 10, runs.Count * 9 / 10);
    }
}
