using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public class LostWorkerTests : JobTests
{
    [Fact]
    public async Task The_job_of_a_killed_worker_is_taken_up_by_another_within_a_minute()
    {
        await using var web = await JobHost.Start(Database, new TestAnalyses().All, run: false);
        var (viewer, project) = await JobHost.Owner(Database);
        using var file = LargePtu(30_000_000);
        var brought = await web.Desk.Bring(viewer, new NewUpload("long.ptu", file.Length) { Project = project }, file);
        var job = await JobHost.Until(db => db.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.RunId == brought.Run), j => j is not null, Database);

        using (var worker = StartWorker())
        {
            var running = await web.JobUntil(job!.Id, j => j.State != JobState.Queued, seconds: 60);
            worker.Kill();
            await worker.WaitForExitAsync();
            Assert.Equal(JobState.Running, running.State);
            Assert.Contains($"({worker.Id})", running.Worker);
            Assert.Equal(JobState.Running, (await web.JobUntil(job.Id, _ => true)).State);
        }

        await using var other = await JobHost.Start(Database, new TestAnalyses().All);
        var ended = await other.JobUntil(job.Id, j => j.EndedAt is not null, seconds: 60);

        Assert.Equal((JobState.Done, 2), (ended.State, ended.Attempt));
        Assert.Contains($"({Environment.ProcessId})", ended.Worker);
        await using var db = Database.CreateDbContext();
        Assert.Equal(ReadingState.Read, (await db.Runs.SingleAsync(run => run.Id == brought.Run)).Reading);
    }

    /// <summary>The worker's own program, as it is deployed.</summary>
    Process StartWorker()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "PqdPortal.Worker.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (key, value) in JobHost.Settings(Database)) start.Environment[key.Replace(":", "__")] = value;
        var worker = Process.Start(start)!;
        worker.BeginOutputReadLine();
        worker.BeginErrorReadLine();
        return worker;
    }

    /// <summary>A file that takes a while: the same photons over and over, as if the clock had been set back each time.</summary>
    static FileStream LargePtu(int records)
    {
        const string count = "TTResult_NumberOfRecords";
        var small = JobHost.Ptu(100_000);
        var tag = small.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(count));
        var declared = (int)BinaryPrimitives.ReadInt64LittleEndian(small.AsSpan(tag + 40));
        var header = small.Length - 4 * declared;
        var times = records / declared;
        BinaryPrimitives.WriteInt64LittleEndian(small.AsSpan(tag + 40), (long)declared * times);

        var file = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20, FileOptions.DeleteOnClose);
        file.Write(small.AsSpan(0, header));
        for (var i = 0; i < times; i++) file.Write(small.AsSpan(header));
        file.Position = 0;
        return file;
    }
}
