using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>What the bin loses after its days, and what it must not lose.</summary>
public class BinKeeperTests : JobTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    static DateTimeOffset Ago(double days) => Now.AddDays(-days);

    LocalFolderStore Store => new(Path.Combine(Database.Folder.Path, "files"));

    BinKeeper Keeper(IFileStore? store = null, int days = 30) =>
        new(Database, store ?? Store, new BinOptions { Days = days }, TimeProvider.System, NullLogger<BinKeeper>.Instance);

    [Fact]
    public async Task After_its_days_a_record_goes_with_everything_below_it_and_with_the_files_that_only_it_had()
    {
        var (old, young) = (await Make("OLD", "photons of the old one", binned: Ago(31)), await Make("YNG", "photons of the young one", binned: Ago(29)));
        var shared = await Store.Save(new MemoryStream("photons of both"u8.ToArray()));
        await using (var db = Database.CreateDbContext())
        {
            db.Add(new StoredFile { Sha256 = shared.Sha256, Length = shared.Length });
            foreach (var run in (Run[])[old.Run, young.Run]) db.Add(new RunFile { RunId = run.Id, Sha256 = shared.Sha256, Name = "shared.ptu" });
            // Alive ones point into it: a batch made from it, a run held against its run.
            db.Add(new Batch { ProjectId = old.Project.Id, Code = "OLD-0002", Name = "washed", Formula = "CsPbBr3", Parents = [new() { ParentId = old.Batch.Id, How = Descent.Washed }] });
            db.Add(new RunReference { RunId = young.Run.Id, ReferenceId = old.Run.Id, Role = "background" });
            await db.SaveChangesAsync();
        }

        await Keeper().Round(default);

        await using var after = Database.CreateDbContext();
        Assert.Equal([young.Batch.Id], await after.Batches.Where(b => b.DeletedAt != null).Select(b => b.Id).ToListAsync());
        Assert.Equal([young.Sample.Id], await after.Samples.Select(s => s.Id).ToListAsync());
        Assert.Equal([young.Dot.Id], await after.Emitters.Select(e => e.Id).ToListAsync());
        Assert.Equal([young.Run.Id], await after.Runs.Select(r => r.Id).ToListAsync());
        Assert.Equal([young.Analysis.Id], await after.Analyses.Select(a => a.Id).ToListAsync());
        Assert.Equal(2, await after.RunFiles.CountAsync());
        Assert.Equal(1, await after.Jobs.CountAsync());
        Assert.Empty(await after.RunReferences.ToListAsync());
        Assert.Empty(await after.BatchParents.ToListAsync());

        // Two of the old one's own (file and report) are gone, the shared and the young one's stay.
        Assert.False(await Store.Exists(old.File));
        Assert.False(await Store.Exists(old.Report));
        Assert.True(await Store.Exists(shared.Sha256) && await Store.Exists(young.File) && await Store.Exists(young.Report));
        Assert.Equal(3, await after.StoredFiles.CountAsync());

        var removed = await after.AuditEvents.Where(e => e.Action == BinEnd.Removed).ToListAsync();
        Assert.Equal(["AnalysisRecord", "Batch", "Emitter", "Run", "RunFile", "RunFile", "Sample"], removed.Select(e => e.Record).Order());
        Assert.All(removed, e => Assert.Equal((old.Project.Id, null), (e.ProjectId!.Value, e.PersonId)));
        Assert.Contains("OLD-0001", removed.Single(e => e.Record == nameof(Batch)).Changes);
        // Numbers on labels are not given again.
        Assert.Equal(["OLD-0001-S1"], await after.RemovedCodes(old.Project.Id, nameof(Sample)));
    }

    [Fact]
    public async Task A_project_goes_whole_with_its_members_and_its_inbox()
    {
        var made = await Make("PRJ", "photons", binned: null);
        var person = await Database.Person();
        await using (var db = Database.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = made.Project.Id, PersonId = person.Id, Role = AccessRole.Manage });
            db.Add(new Run { ProjectId = made.Project.Id, Name = "in the inbox", CreatedAt = Ago(50) });
            await db.SaveChangesAsync();
            await db.Projects.Where(p => p.Id == made.Project.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.DeletedAt, Ago(31)));
        }

        await Keeper(days: 0).Round(default);
        await using (var kept = Database.CreateDbContext()) Assert.Equal(2, await kept.Runs.CountAsync());
        await Keeper().Round(default);

        await using var after = Database.CreateDbContext();
        Assert.Equal((0, 0, 0, 0, 0), (await after.Projects.CountAsync(), await after.Batches.CountAsync(), await after.Runs.CountAsync(), await after.Grants.CountAsync(), await after.StoredFiles.CountAsync()));
    }

    [Fact]
    public async Task What_somebody_works_on_or_put_below_it_later_keeps_the_whole_record()
    {
        var (worked, grown, sent) = (await Make("WRK", "one", Ago(40)), await Make("GRW", "two", Ago(40)), await Make("SND", "three", Ago(40)));
        var person = await Database.Person();
        await using (var db = Database.CreateDbContext())
        {
            await db.Jobs.Where(j => j.RunId == worked.Run.Id).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Queued));
            db.Add(new Run { ProjectId = grown.Project.Id, SampleId = grown.Sample.Id, EmitterId = grown.Dot.Id, Name = "measured yesterday", CreatedAt = Ago(1) });
            db.Add(new Upload { ProjectId = sent.Project.Id, EmitterId = sent.Dot.Id, OwnerId = person.Id, FileName = "c.ptu", Length = 10, ExpiresAt = Now.AddDays(1) });
            await db.SaveChangesAsync();
        }

        await Keeper().Round(default);

        await using var after = Database.CreateDbContext();
        Assert.Equal((3, 4, 6), (await after.Batches.CountAsync(), await after.Runs.CountAsync(), await after.StoredFiles.CountAsync()));
    }

    [Fact]
    public async Task Two_processes_and_who_takes_the_record_out_at_the_same_moment_leave_all_of_it_or_nothing()
    {
        var (gone, kept) = (0, 0);
        for (var round = 0; round < 8; round++)
        {
            var made = await Make($"R{round}", $"photons {round}", Ago(31));
            var person = await Database.Person();
            var viewer = new Data.Access.Viewer(person.Id, person.Name, false, new Dictionary<Guid, AccessRole> { [made.Project.Id] = AccessRole.Edit });

            var taken = Task.Run(() => Database.Bin<Batch>(viewer, made.Batch.Id, binned: false, Now));
            await Task.WhenAll(Task.Run(() => Keeper().Round(default)), Task.Run(() => Keeper().Round(default)), taken);

            await using var db = Database.CreateDbContext();
            var left = (await db.Batches.CountAsync(b => b.Id == made.Batch.Id), await db.Samples.CountAsync(s => s.Id == made.Sample.Id), await db.Emitters.CountAsync(e => e.Id == made.Dot.Id),
                await db.Runs.CountAsync(r => r.Id == made.Run.Id), await db.Analyses.CountAsync(a => a.Id == made.Analysis.Id), await db.RunFiles.CountAsync(f => f.RunId == made.Run.Id), await Store.Exists(made.File));
            Assert.Equal(await taken ? (1, 1, 1, 1, 1, 1, true) : (0, 0, 0, 0, 0, 0, false), left);
            Assert.Equal(await taken ? 0 : 1, await db.AuditEvents.CountAsync(e => e.RecordId == made.Batch.Id && e.Action == BinEnd.Removed));
            if (await taken) kept++; else gone++;
        }
        Assert.Equal(8, gone + kept);
    }

    [Fact]
    public async Task Who_takes_it_out_while_the_keeper_has_begun_finds_it_gone_and_the_keeper_who_comes_late_lets_it_be()
    {
        var made = await Make("TOO", "photons", Ago(31));
        // Somebody restores, and has not committed yet, when the keeper has found the record already.
        await using var db = Database.CreateDbContext();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Batches.Where(b => b.Id == made.Batch.Id).ExecuteUpdateAsync(set => set.SetProperty(b => b.DeletedAt, (DateTimeOffset?)null));
        var keeping = Task.Run(() => Keeper().Round(default));
        await JobHost.Until(look => look.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").SingleAsync(), waiting => waiting > 0, Database);
        await transaction.CommitAsync();
        await keeping;

        await using var after = Database.CreateDbContext();
        Assert.Equal((1, 1), (await after.Batches.CountAsync(b => b.DeletedAt == null), await after.Runs.CountAsync()));
        Assert.True(await Store.Exists(made.File));
    }

    [Fact]
    public async Task While_a_backup_copies_the_records_go_and_the_files_stay_until_it_ends()
    {
        var made = await Make("BAK", "photons", Ago(31));
        await using (var backup = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Pooling = false }.ConnectionString))
        {
            await backup.OpenAsync();
            await FilesStay.Hold(backup, default);
            await Keeper().Round(default);
            await using var meanwhile = Database.CreateDbContext();
            Assert.Equal(0, await meanwhile.Runs.CountAsync());
            Assert.True(await Store.Exists(made.File));
        }

        // A store that may not be changed at this moment keeps them too.
        await Keeper(new LocalFolderStore(Path.Combine(Database.Folder.Path, "files"), readOnly: true)).Round(default);
        Assert.True(await Store.Exists(made.File));
        await Keeper().Round(default);
        Assert.False(await Store.Exists(made.File));
    }

    sealed record Made(Project Project, Batch Batch, Sample Sample, Emitter Dot, Run Run, AnalysisRecord Analysis, string File, string Report);

    /// <summary>One of each record, two months old, with a stored file and a report; its batch in the bin.</summary>
    async Task<Made> Make(string code, string content, DateTimeOffset? binned)
    {
        var at = Ago(60);
        var (file, report) = (await Store.Save(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content))), await Store.Save(new MemoryStream(System.Text.Encoding.UTF8.GetBytes("report of " + content))));
        var project = new Project { Code = code, Name = code, CreatedAt = at };
        var batch = new Batch { Project = project, Code = $"{code}-0001", Name = "batch", Formula = "CsPbBr3", CreatedAt = at, DeletedAt = binned };
        var sample = new Sample { Project = project, Batch = batch, Code = $"{code}-0001-S1", Name = "sample", CreatedAt = at };
        var dot = new Emitter { Project = project, Sample = sample, Code = $"{code}-0001-S1-D001", Label = "D001", CreatedAt = at };
        var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = "run", Reading = ReadingState.Read, CreatedAt = at };
        var analysis = new AnalysisRecord
        {
            Project = project, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = code, State = AnalysisState.Done,
            ReportSha256 = report.Sha256, RequestedAt = at, EndedAt = at, Values = [new() { Name = "g2_0_corr", Value = 0.1, Unit = "1", Grade = "ok" }],
        };
        await using var db = Database.CreateDbContext();
        db.AddRange(project, batch, sample, dot, run, analysis);
        db.AddRange(new StoredFile { Sha256 = file.Sha256, Length = file.Length }, new StoredFile { Sha256 = report.Sha256, Length = report.Length });
        db.Add(new RunFile { Run = run, Sha256 = file.Sha256, Name = $"{code}.ptu" });
        db.Add(new Job { Project = project, Run = run, Analysis = analysis, Kind = JobKind.RunAnalysis, Title = "g2", State = JobState.Done });
        await db.SaveChangesAsync();
        return new(project, batch, sample, dot, run, analysis, file.Sha256, report.Sha256);
    }
}
