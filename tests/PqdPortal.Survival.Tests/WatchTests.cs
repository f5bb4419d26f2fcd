using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Uploads;

namespace PqdPortal.Survival.Tests;

/// <summary>
/// <c>pqd watch</c> beside an instrument, against a portal that runs as a process: cables, restarts, growing files, kills. Whatever
/// happens, every finished file is there once.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class WatchTests(WatchTests.Bench bench) : IClassFixture<WatchTests.Bench>
{
    const int MB = 1_000_000;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A portal, and a computer beside an instrument with its folders.</summary>
    public sealed class Bench : IAsyncLifetime
    {
        public Laboratory Lab { get; } = new();
        public PortalProcess Portal { get; private set; } = null!;
        public string Home => Path.Combine(Lab.Folder.Path, "pqd");

        public async Task InitializeAsync()
        {
            await Lab.InitializeAsync();
            Portal = new PortalProcess("PqdPortal.Web", Lab.Settings());
            await Portal.Start();
        }

        public async Task DisposeAsync()
        {
            await Portal.DisposeAsync();
            await Lab.DisposeAsync();
        }
    }

    /// <summary>A folder of its own, into which nothing was written yet.</summary>
    string NewFolder() => Directory.CreateDirectory(Path.Combine(bench.Lab.Folder.Path, "night", Guid.NewGuid().ToString("n")[..8])).FullName;

    Dictionary<string, string?> Settings(string? portal = null) => new() { ["PQD_HOME"] = bench.Home, ["PQD_PORTAL"] = portal ?? bench.Portal.Address, ["PQD_TOKEN"] = "pqd_laboratory" };

    Pqd Watch(string folder, string? portal = null) =>
        Pqd.Begin(Settings(portal), "watch", folder, "--project", bench.Lab.ProjectId.ToString(), "--settle", "0.5", "--every", "0.5");

    /// <summary>Names of what this test wrote.</summary>
    readonly HashSet<string> _names = [];

    string Write(string folder, string name, int bytes, int seed)
    {
        var path = Path.Combine(folder, name);
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(path, content);
        _names.Add(name);
        return path;
    }

    static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>Waits until every one of the files is there, then looks whether any is there twice or half.</summary>
    async Task AllOnce(Pqd watch, params string[] hashes)
    {
        await bench.Lab.Until($"{hashes.Length} files are there", Patience, db => db.RunFiles.CountAsync(file => hashes.Contains(file.Sha256)), count => count >= hashes.Distinct().Count(), () => $"{watch.Said}\n{string.Join('\n', watch.Lines)}\n{bench.Portal.Log}");
        await using var db = bench.Lab.CreateDbContext();
        var kept = await db.RunFiles.Where(file => hashes.Contains(file.Sha256)).Select(file => new { file.Sha256, file.RunId }).ToListAsync();
        Assert.Equal(hashes.Distinct().Order(), kept.Select(file => file.Sha256).Order());
        Assert.Empty(await db.Uploads.Where(upload => upload.State == UploadState.Receiving && _names.Contains(upload.FileName)).Select(upload => upload.FileName).ToListAsync());
        foreach (var hash in hashes.Distinct())
            Assert.Equal(hash, Hash(Path.Combine(bench.Lab.Folder.Path, "files", hash[..2], hash[2..4], hash)));
    }

    static async Task Says(Pqd watch, string words)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience; await Task.Delay(50))
            if (watch.Lines.Any(line => line.Contains(words, StringComparison.Ordinal)) || watch.Said.Contains(words, StringComparison.Ordinal)) return;
        Assert.Fail($"It does not say \"{words}\":\n{watch.Said}\n{string.Join('\n', watch.Lines)}");
    }

    [Fact]
    public async Task A_cable_that_breaks_again_and_again_loses_nothing_and_doubles_nothing()
    {
        var folder = NewFolder();
        string[] files = [.. Enumerable.Range(0, 4).Select(i => Write(folder, $"cable {i}.dat", 2 * MB + i, 100 + i))];
        using var line = new BreakingLine(new Uri(bench.Portal.Address).Port, 150_000, 900_000, seed: 4);

        using var watch = Watch(folder, $"http://127.0.0.1:{line.Port}");
        await AllOnce(watch, [.. files.Select(Hash)]);

        Assert.True(line.Breaks >= 5, $"The line broke {line.Breaks} times only.");
        Assert.Equal(0, await watch.Stop());
    }

    [Fact]
    public async Task A_portal_that_is_killed_and_started_again_gets_every_file_once()
    {
        var folder = NewFolder();
        using var watch = Watch(folder);
        var first = Write(folder, "before.dat", MB, 200);
        await AllOnce(watch, Hash(first));

        var large = Write(folder, "during.dat", 90 * MB, 201);
        await bench.Lab.Until("a part has arrived", Patience, db => db.Uploads.Where(upload => upload.FileName == "during.dat").MaxAsync(upload => (long?)upload.Offset), offset => offset > 0, () => watch.Said);
        await bench.Portal.Kill();
        var away = Write(folder, "while it was away.dat", MB, 202);
        await Says(watch, "What waits is sent when");
        await bench.Portal.Start();

        await AllOnce(watch, Hash(first), Hash(large), Hash(away));
        await Says(watch, "All is well again.");
        Assert.Equal(0, await watch.Stop());
    }

    [Fact]
    public async Task A_watcher_killed_in_the_middle_of_an_upload_goes_on_from_the_confirmed_byte_at_its_next_start()
    {
        var folder = NewFolder();
        var large = Write(folder, "killed.dat", 120 * MB, 300);
        var small = Write(folder, "small.dat", MB, 301);
        long Offset()
        {
            using var db = bench.Lab.CreateDbContext();
            return db.Uploads.Where(upload => upload.FileName == "killed.dat").Max(upload => (long?)upload.Offset) ?? 0;
        }
        using (var watch = Watch(folder))
            Assert.True(await watch.KillWhen(() => Offset() > 0), "It ended before it was killed.");
        var confirmed = Offset();
        Assert.InRange(confirmed, 1, 120 * MB - 1);

        using var again = Watch(folder);
        await AllOnce(again, Hash(large), Hash(small));
        await Says(again, "of it before");
        await using (var db = bench.Lab.CreateDbContext()) Assert.Equal(1, await db.Uploads.CountAsync(upload => upload.FileName == "killed.dat"));
        Assert.Equal(0, await again.Stop());
    }

    [Fact]
    public async Task Growing_renamed_copied_and_removed_files_end_as_they_should_and_a_second_watcher_is_refused()
    {
        var folder = NewFolder();
        using var watch = Watch(folder);
        await Says(watch, "Watching");

        // Two watchers of one folder.
        var (code, _, said) = await Pqd.Run(Settings(), "watch", folder, "--project", bench.Lab.ProjectId.ToString(), "--once");
        Assert.Equal(2, code);
        Assert.Contains("watches", said);
        Assert.Contains("already", said);

        // Still growing: open to write, and longer each time. Nothing of it may be sent before its end.
        var growing = Path.Combine(folder, "growing.dat");
        var random = new Random(400);
        var piece = new byte[100_000];
        await using (var instrument = new FileStream(growing, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
        {
            random.NextBytes(piece);
            instrument.Write(piece);
            instrument.Flush();
            // It rests for longer than files take to settle, but is not finished: the instrument has it open.
            await Says(watch, "is still open in another program");
            random.NextBytes(piece);
            instrument.Write(piece);
        }
        await AllOnce(watch, Hash(growing));

        // Copied, renamed, put into another folder: the same content is the same measurement.
        File.Copy(growing, Path.Combine(folder, "copy.dat"));
        Directory.CreateDirectory(Path.Combine(folder, "sorted"));
        File.Move(growing, Path.Combine(folder, "sorted", "renamed.dat"));
        await Says(watch, "copy.dat: has the content of a file that was sent before");
        await Says(watch, "renamed.dat: has the content of a file that was sent before");

        // Sent by hand too: the portal knows it.
        var (pushed, answer, _) = await Pqd.Run(Settings(), "push", Path.Combine(folder, "copy.dat"), "--project", bench.Lab.ProjectId.ToString(), "--json");
        Assert.Equal(0, pushed);
        Assert.Contains("\"state\": \"known\"", answer);

        // Appended to after it was sent: the longer file joins the run of the shorter one.
        var late = Write(folder, "late.dat", MB, 401);
        var before = Hash(late);
        await AllOnce(watch, before);
        await using (var more = new FileStream(late, FileMode.Append)) more.Write(piece);
        await AllOnce(watch, before, Hash(late));
        await using (var db = bench.Lab.CreateDbContext())
            Assert.Equal(1, await db.RunFiles.Where(file => file.Name == "late.dat").Select(file => file.RunId).Distinct().CountAsync());

        // What is half done, hidden, empty or gone at once is nobody's measurement.
        Write(folder, "half.tmp", MB, 402);
        Write(folder, ".hidden.dat", MB, 403);
        File.WriteAllBytes(Path.Combine(folder, "empty.dat"), []);
        File.Delete(Write(folder, "gone.dat", MB, 404));
        var last = Write(folder, "last 😀 \u202edat.exe.dat", MB, 405);
        await AllOnce(watch, Hash(last));
        await using (var db = bench.Lab.CreateDbContext())
            Assert.Empty(await db.Uploads.Where(upload => upload.FileName == "half.tmp" || upload.FileName == ".hidden.dat" || upload.FileName == "empty.dat" || upload.FileName == "gone.dat").Select(upload => upload.FileName).ToListAsync());

        // Its heart beats, and it says when it is stopped.
        await bench.Lab.Until("the agent was heard", Patience, db => db.Agents.Where(agent => agent.Folder == folder).Select(agent => agent.HasStopped).SingleOrDefaultAsync(), stopped => !stopped);
        Assert.Equal(0, await watch.Stop());
        await bench.Lab.Until("the agent said that it stops", Patience, db => db.Agents.Where(agent => agent.Folder == folder).Select(agent => agent.HasStopped).SingleAsync(), stopped => stopped);
    }
}
