using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Survival.Tests;

/// <summary>pqd admin backup and restore with portals, databases and commands as processes. What needs no process is proven in the portal's own tests.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    /// <summary>Tables that only grow and whose rows never change: a row of the backup is the portal's own, later too.</summary>
    static readonly string[] NeverAltered = ["AuditEvents", "AnalysisValues", "AnalysisVerdicts", "StoredFiles"];

    readonly List<DataFolder> _folders = [];
    FilledPortal _lab = null!;

    public async Task InitializeAsync() => _lab = await FilledPortal.Open();

    public async Task DisposeAsync()
    {
        await _lab.DisposeAsync();
        foreach (var folder in _folders.Where(folder => Directory.Exists(folder.Path))) Directory.Delete(folder.Path, recursive: true);
    }

    [Fact]
    public async Task A_portal_backed_up_in_the_middle_of_its_work_comes_back_whole_and_finishes_what_waited()
    {
        var backup = Path.Combine(Folder("backup"), "kept");
        using var program = _lab.Program();
        var photons = FilledPortal.Photons(1, 1.5);
        var run = await _lab.Upload(program, photons, "dot 1.ptu");
        await FilledPortal.Rest(_lab.Folder, TimeSpan.FromMinutes(2));
        await FilledPortal.Ask(program, run, 150);
        await FilledPortal.Rest(_lab.Folder, TimeSpan.FromMinutes(2));
        await _lab.Upload(program, photons[..^7], "broken off.ptu", begin: 1000);

        // Uploads, readings and analyses go on while the backup is made.
        for (var range = 100; range < 130; range++) await FilledPortal.Ask(program, run, range);
        using var enough = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            using var sender = _lab.Program();
            for (var seed = 2; !enough.IsCancellationRequested && seed < 60; seed++) await _lab.Upload(sender, FilledPortal.Photons(seed, 0.05), $"dot {seed}.ptu");
        });
        var made = await Pqd.Run("admin", "backup", backup, "--data-folder", _lab.Folder, "--json");
        await enough.CancelAsync();
        await busy;
        Assert.True(made.Code == 0, made.Said);
        var facts = JsonNode.Parse(made.Answer)!;
        Assert.InRange((int)facts["uploads_on_their_way"]!, 1, 2);

        var elsewhere = Folder("elsewhere");
        var restored = await Pqd.Run("admin", "restore", backup, "--data-folder", elsewhere);
        Assert.True(restored.Code == 0, restored.Said);

        List<Guid> waited;
        // The restored database alone, before any portal works with it.
        await using (var home = PortalHome.Of(AppContext.BaseDirectory, new Dictionary<string, string?> { [DataFolder.Key] = elsewhere }, mayBeMade: false))
        {
            await home.Reach(default);
            await using var db = FilledPortal.Database(elsewhere);
            // What was being worked on waits again.
            waited = await db.Jobs.Where(job => job.State == JobState.Queued).Select(job => job.Id).ToListAsync();
            Assert.NotEmpty(waited);
            Assert.Equal(0, await db.Jobs.CountAsync(job => job.State == JobState.Running));
            Assert.Equal(UploadState.Failed, (await db.Uploads.SingleAsync(upload => upload.FileName == "broken off.ptu")).State);
            await FilledPortal.EveryRecordHasItsFile(elsewhere);
            foreach (var table in NeverAltered)
            {
                var mine = await FilledPortal.Rows(elsewhere, table);
                Assert.NotEmpty(mine);
                Assert.Empty(mine.Except(await FilledPortal.Rows(_lab.Folder, table)));
            }
        }

        await using var working = new PortalProcess("PqdPortal.Web", FilledPortal.Settings(elsewhere));
        await working.Start();
        await FilledPortal.Rest(elsewhere, TimeSpan.FromMinutes(3));
        await using (var db = FilledPortal.Database(elsewhere))
        {
            Assert.Equal([(JobState.Done, 1)], (await db.Jobs.Where(job => waited.Contains(job.Id)).Select(job => new { job.State, job.Attempt }).Distinct().ToListAsync()).Select(job => (job.State, job.Attempt)));
            Assert.Empty(await db.Analyses.GroupBy(analysis => analysis.Fingerprint).Where(same => same.Count() > 1).Select(same => same.Key).ToListAsync());
        }
        await FilledPortal.EveryRecordHasItsFile(elsewhere);
        // The same question has the same answer: what was finished there is, to the last digit, what the first portal computed.
        await FilledPortal.Rest(_lab.Folder, TimeSpan.FromMinutes(3));
        Assert.Equal(await Results(_lab.Folder, run), await Results(elsewhere, run));
    }

    [Fact]
    public async Task A_portal_at_rest_comes_back_row_for_row_and_lets_its_people_in()
    {
        var backup = Path.Combine(Folder("backup"), "kept");
        using var program = _lab.Program();
        var photons = FilledPortal.Photons(3, 0.5);
        var run = await _lab.Upload(program, photons, "dot 3.ptu");
        await FilledPortal.Rest(_lab.Folder, TimeSpan.FromMinutes(2));
        var visitor = _lab.Visitor();
        Assert.DoesNotContain("wrong", (await visitor.SignIn("ada", PortalFixture.Password)).Text);
        var made = await Pqd.Run("admin", "backup", backup, "--data-folder", _lab.Folder, "--json");
        Assert.True(made.Code == 0, made.Said);
        var manifest = await Manifest.Read((string)JsonNode.Parse(made.Answer)!["snapshot"]!, default);
        var before = new Dictionary<string, List<string>>();
        foreach (var table in manifest.Tables) before[table.Name] = await FilledPortal.Rows(_lab.Folder, table.Name);

        // A portal that runs is no place for a restore, and neither is one with records in it.
        var running = await Pqd.Run("admin", "restore", backup, "--data-folder", _lab.Folder);
        Assert.Equal(2, running.Code);
        Assert.Contains("Stop it, then restore", running.Said);
        await _lab.Portal.Stop(TimeSpan.FromMinutes(3));
        var full = await Pqd.Run("admin", "restore", backup, "--data-folder", _lab.Folder);
        Assert.Equal(2, full.Code);
        Assert.Contains("is not empty", full.Said);

        // Stopped, it can be backed up as well; nothing is copied twice.
        var again = await Pqd.Run("admin", "backup", backup, "--data-folder", _lab.Folder, "--json", "--keep", "1");
        Assert.True(again.Code == 0, again.Said);
        Assert.Equal(0, (int)JsonNode.Parse(again.Answer)!["copied"]!);
        Assert.False(File.Exists(Path.Combine(_lab.Folder, "postgres", "postmaster.pid")), "The database started for the backup still runs.");

        var elsewhere = Folder("elsewhere");
        var restored = await Pqd.Run("admin", "restore", backup, "--data-folder", elsewhere);
        Assert.True(restored.Code == 0, restored.Said);
        await using var portal = new PortalProcess("PqdPortal.Web", FilledPortal.Settings(elsewhere));
        await portal.Start();
        // What the newer kinds of record leave in the database is there to be compared.
        foreach (var table in (string[])["Templates", "BatchParents", "SavedViews", "NamingRules", "InboxLessons", "Comments", "Notices", "StandingValues"]) Assert.NotEmpty(before[table]);
        foreach (var table in manifest.Tables.Where(table => table.Name is not "Persons" and not "AccessTokens"))
            Assert.Equal(before[table.Name], await FilledPortal.Rows(elsewhere, table.Name));

        var ada = new Visitor(new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new(portal.Address) });
        await ada.SignIn("ada", PortalFixture.Password);
        Assert.True(await ada.IsSignedIn());
        // A program goes on with the token it has.
        using var there = _lab.Program(portal.Address);
        var page = await there.GetAsync($"/api/v1/runs/{run}");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        await using var db = FilledPortal.Database(elsewhere);
        var file = await db.RunFiles.SingleAsync(file => file.RunId == run);
        Assert.Equal(photons, await there.GetByteArrayAsync($"/api/v1/runs/{run}/files/{file.Id}"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_lab.Folder, "keys")).Select(key => Path.GetFileName(key))
            .Except(Directory.EnumerateFiles(Path.Combine(elsewhere, "keys")).Select(key => Path.GetFileName(key))));
    }

    [Fact]
    public async Task A_backup_or_a_restore_killed_in_the_middle_is_never_taken_for_a_whole_one_and_the_next_goes_on()
    {
        var backup = Path.Combine(Folder("backup"), "kept");
        await Blobs(8, 24 << 20);

        await KillAmongFiles(backup, "admin", "backup", backup, "--data-folder", _lab.Folder);
        Assert.Empty(BackupFolder.Find(backup).Whole());
        var early = await Pqd.Run("admin", "restore", backup, "--data-folder", Folder("early"));
        Assert.Equal(2, early.Code);
        Assert.Contains("only one that was interrupted", early.Said);

        var made = await Pqd.Run("admin", "backup", backup, "--data-folder", _lab.Folder, "--json");
        Assert.True(made.Code == 0, made.Said);
        var facts = JsonNode.Parse(made.Answer)!;
        Assert.InRange((int)facts["copied"]!, 1, (int)facts["files"]! - 2);
        Assert.Equal(0, (await Pqd.Run("admin", "verify", backup)).Code);

        // A restore killed among the files, and while the records come back, leaves an empty portal that the next one fills.
        var elsewhere = Folder("elsewhere");
        await KillAmongFiles(elsewhere, "admin", "restore", backup, "--data-folder", elsewhere);
        var whole = false;
        foreach (var after in (int[])[0, 200, 600])
        {
            using var killed = Pqd.Begin("admin", "restore", backup, "--data-folder", elsewhere);
            if (await killed.KillWhen(() => killed.Said.Contains("Bringing the records back"), TimeSpan.FromMilliseconds(after))) continue;
            whole = true;
            break;
        }
        var last = await Pqd.Run("admin", "restore", backup, "--data-folder", elsewhere);
        // The last kill may have come after the commit; then everything is there, and a further restore says so.
        Assert.True(last.Code == 0 || whole || last.Said.Contains("is not empty"), last.Said);

        await using var portal = new PortalProcess("PqdPortal.Web", FilledPortal.Settings(elsewhere));
        await portal.Start();
        await FilledPortal.EveryRecordHasItsFile(elsewhere);
        foreach (var table in (string[])["StoredFiles", "Batches", "AuditEvents", "Grants", "Memberships"])
            Assert.Equal(await FilledPortal.Rows(_lab.Folder, table), await FilledPortal.Rows(elsewhere, table));
    }

    [Fact]
    public async Task Wrong_folders_end_in_a_sentence_and_make_nothing()
    {
        var nowhere = Path.Combine(Folder("nothing"), "nowhere");

        var noPortal = await Pqd.Run("admin", "backup", Path.Combine(Folder("backup"), "kept"), "--data-folder", nowhere);
        var noBackup = await Pqd.Run("admin", "restore", nowhere, "--data-folder", nowhere, "--json");

        Assert.Equal((2, 2), (noPortal.Code, noBackup.Code));
        Assert.Contains($"There is no data folder {nowhere}", noPortal.Said);
        Assert.Equal("BACKUP_REFUSED", (string)JsonNode.Parse(noBackup.Answer)!["error"]!["code"]!);
        Assert.False(Directory.Exists(nowhere));
    }

    string Folder(string name)
    {
        var folder = TestServer.NewFolder(name);
        _folders.Add(folder);
        return folder.Path;
    }

    static int Files(string folder) => !Directory.Exists(folder) ? 0
        : Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count(file => !file.Contains("incoming", StringComparison.Ordinal));

    /// <summary>Large files, in the store and among the records, so that copying takes long enough to be killed in.</summary>
    /// <summary>kill -9 once two files have come into the folder. Where the command ended before it was seen, its folder is emptied and it begins once more.</summary>
    static async Task KillAmongFiles(string into, params string[] command)
    {
        var said = "";
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var begun = Pqd.Begin(command);
            if (await begun.KillWhen(() => Files(Path.Combine(into, "files")) >= 2)) return;
            said = begun.Said;
            if (Directory.Exists(into)) Directory.Delete(into, recursive: true);
        }
        Assert.Fail($"It ended five times before it could be killed. {said}");
    }

    async Task Blobs(int count, int length)
    {
        await using var db = _lab.Database();
        var run = new Run { ProjectId = _lab.Project, Name = "large", Reading = ReadingState.StoredUnread };
        db.Add(run);
        var bytes = new byte[length];
        for (var at = 0; at < count; at++)
        {
            Random.Shared.NextBytes(bytes);
            var stored = await FilledPortal.Store(_lab.Folder).Save(new MemoryStream(bytes));
            db.StoredFiles.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
            run.Files.Add(new RunFile { Run = run, Sha256 = stored.Sha256, Name = $"{at}.dat" });
        }
        await db.SaveChangesAsync();
    }

    /// <summary>Every number and verdict of a run's analyses, by question.</summary>
    static async Task<List<string>> Results(string folder, Guid run)
    {
        await using var db = FilledPortal.Database(folder);
        var analyses = await db.Analyses.Where(analysis => analysis.RunId == run).Include(analysis => analysis.Values).Include(analysis => analysis.Verdicts).AsSplitQuery().ToListAsync();
        return [.. analyses.Select(analysis => $"{analysis.Fingerprint} {analysis.State} {analysis.ReportSha256} "
            + string.Join(' ', analysis.Values.OrderBy(value => value.Name).Select(value => $"{value.Name}={value.Value:R}±{value.Sigma:R}"))
            + string.Join(' ', analysis.Verdicts.OrderBy(verdict => verdict.Name).Select(verdict => $"{verdict.Name}={verdict.Value}"))).Order(StringComparer.Ordinal)];
    }
}
