using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Portal.Tests;

public class PortalDbTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    async Task<Batch> NewBatch(Guid? actor = null)
    {
        var project = await database.Project();
        await using var db = database.CreateDbContext();
        db.Actor = actor;
        var batch = new Batch { ProjectId = project.Id, Code = $"{project.Code}-0001", Name = "Green", Formula = "CsPbBr3" };
        db.Add(batch);
        await db.SaveChangesAsync();
        return batch;
    }

    async Task<List<AuditEvent>> EventsOf(Guid record)
    {
        await using var db = database.CreateDbContext();
        return await db.AuditEvents.Where(e => e.RecordId == record).OrderBy(e => e.Id).ToListAsync();
    }

    [Fact]
    public async Task A_stale_save_is_refused_and_the_first_one_stands()
    {
        var id = (await NewBatch()).Id;
        await using var ana = database.CreateDbContext();
        await using var ben = database.CreateDbContext();
        var anas = await ana.Batches.SingleAsync(b => b.Id == id);
        var bens = await ben.Batches.SingleAsync(b => b.Id == id);

        anas.Name = "Ana's";
        await ana.SaveChangesAsync();
        bens.Name = "Ben's";

        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => ben.SaveChangesAsync());
        await using var look = database.CreateDbContext();
        Assert.Equal("Ana's", (await look.Batches.SingleAsync(b => b.Id == id)).Name);
        Assert.Equal(["made", "changed"], (await EventsOf(id)).Select(e => e.Action));
    }

    [Fact]
    public async Task Saving_twice_from_one_context_goes_on_from_the_new_row_version()
    {
        var id = (await NewBatch()).Id;
        await using var db = database.CreateDbContext();
        var batch = await db.Batches.SingleAsync(b => b.Id == id);
        var first = batch.Version;

        batch.Name = "Once";
        await db.SaveChangesAsync();
        var second = batch.Version;
        batch.Name = "Twice";
        await db.SaveChangesAsync();

        Assert.NotEqual(first, second);
        Assert.NotEqual(second, batch.Version);
    }

    [Fact]
    public async Task Every_change_leaves_who_when_and_each_field_old_and_new()
    {
        var actor = Guid.CreateVersion7();
        var at = new DateTimeOffset(2026, 11, 3, 12, 0, 0, TimeSpan.Zero);
        var batch = await NewBatch(actor);

        await using (var db = new PortalDb((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(database.ConnectionString).Options, new StoppedClock(at)) { Actor = actor })
        {
            var mine = await db.Batches.SingleAsync(b => b.Id == batch.Id);
            mine.Name = "Greener";
            mine.Plqy = 0.9;
            mine.CrystalPhase = CrystalPhase.Cubic;
            await db.SaveChangesAsync();
        }

        var changed = (await EventsOf(batch.Id)).Last();
        Assert.Equal((actor, at, "Batch", "changed", batch.ProjectId), (changed.PersonId!.Value, changed.At, changed.Record, changed.Action, changed.ProjectId!.Value));
        using var fields = JsonDocument.Parse(changed.Changes);
        Assert.Equal(["CrystalPhase", "Name", "Plqy"], fields.RootElement.EnumerateObject().Select(f => f.Name).Order());
        Assert.Equal(("Green", "Greener"), OldAndNew("Name"));
        Assert.Equal(("NotRecorded", "Cubic"), OldAndNew("CrystalPhase"));
        Assert.Equal(("", "0.9"), OldAndNew("Plqy"));

        (string, string) OldAndNew(string field) =>
            (fields.RootElement.GetProperty(field).GetProperty("old").ToString(), fields.RootElement.GetProperty(field).GetProperty("new").ToString());
    }

    [Fact]
    public async Task Into_the_bin_is_deleted_and_out_of_it_restored()
    {
        var id = (await NewBatch()).Id;
        await using var db = database.CreateDbContext();
        var batch = await db.Batches.SingleAsync(b => b.Id == id);

        batch.DeletedAt = DateTimeOffset.UtcNow;
        await db.SaveChangesAsync();
        batch.DeletedAt = null;
        await db.SaveChangesAsync();

        Assert.Equal(["made", "deleted", "restored"], (await EventsOf(id)).Select(e => e.Action));
    }

    [Fact]
    public async Task A_change_that_is_rolled_back_leaves_no_event_and_no_notice()
    {
        var batch = await NewBatch();
        await using var ears = await Ears.Open(database.ConnectionString);
        await using (var db = database.CreateDbContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            (await db.Batches.SingleAsync(b => b.Id == batch.Id)).Name = "Never";
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        Assert.Equal(["made"], (await EventsOf(batch.Id)).Select(e => e.Action));
        Assert.DoesNotContain($"Batch {batch.Id}", await ears.UntilQuiet(database));
    }

    [Fact]
    public async Task A_save_that_failed_can_be_mended_and_saved_without_leaving_its_event_twice()
    {
        var batch = await NewBatch();
        await using var db = database.CreateDbContext();
        var mine = await db.Batches.SingleAsync(b => b.Id == batch.Id);
        mine.Plqy = 1.4;
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());

        mine.Plqy = 0.4;
        await db.SaveChangesAsync();

        Assert.Equal(["made", "changed"], (await EventsOf(batch.Id)).Select(e => e.Action));
    }

    [Fact]
    public async Task Passwords_and_stamps_never_reach_the_audit_trail()
    {
        var person = await database.Person("Eve");
        await using (var db = database.CreateDbContext())
        {
            var user = await db.Users.SingleAsync(u => u.Id == person.Id);
            user.PasswordHash = "topsecret";
            user.SecurityStamp = "stamp";
            user.IsAdministrator = true;
            await db.SaveChangesAsync();
        }

        var events = await EventsOf(person.Id);
        Assert.Equal(2, events.Count);
        Assert.DoesNotContain(events, e => e.Changes.Contains("topsecret") || e.Changes.Contains("Stamp"));
        Assert.Contains("IsAdministrator", events[1].Changes);
    }

    [Fact]
    public async Task Giving_and_changing_access_leaves_events_too()
    {
        var manager = await database.Person();
        var project = await database.Project(manager);
        await using var db = database.CreateDbContext();
        var grant = await db.Grants.SingleAsync(g => g.ProjectId == project.Id);

        grant.Role = AccessRole.Read;
        await db.SaveChangesAsync();

        var events = await EventsOf(grant.Id);
        Assert.Equal(["made", "changed"], events.Select(e => e.Action));
        Assert.Equal(project.Id, events[1].ProjectId);
        Assert.Contains("\"Manage\"", events[1].Changes);
    }

    [Fact]
    public async Task Saved_records_are_announced_after_the_commit_and_each_one_once()
    {
        await using var ears = await Ears.Open(database.ConnectionString);
        var project = await database.Project();
        Run run;
        await using (var db = database.CreateDbContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            run = new Run { ProjectId = project.Id, Name = "trace" };
            db.Add(run);
            await db.SaveChangesAsync();
            run.Reading = ReadingState.Waiting;
            await db.SaveChangesAsync();
            await db.Notify("Job", project.Id);
            await transaction.CommitAsync();
        }

        var heard = await ears.UntilQuiet(database);
        Assert.Single(heard, $"Run {run.Id}");
        Assert.Single(heard, $"Project {project.Id}");
        Assert.Single(heard, $"Job {project.Id}");
    }

    [Fact]
    public async Task New_records_know_when_they_were_made_and_moments_are_kept_in_utc()
    {
        var project = await database.Project();
        await using var db = database.CreateDbContext();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        var run = new Run { ProjectId = project.Id, Name = "trace", MeasuredAt = new DateTimeOffset(2026, 5, 1, 14, 30, 0, TimeSpan.FromHours(2)) };
        db.Add(run);
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();

        var kept = await db.Runs.SingleAsync(r => r.Id == run.Id);
        Assert.True(kept.CreatedAt >= before);
        Assert.Equal(new DateTimeOffset(2026, 5, 1, 12, 30, 0, TimeSpan.Zero), kept.MeasuredAt);
        Assert.Equal(TimeSpan.Zero, kept.MeasuredAt!.Value.Offset);
    }

    [Fact]
    public async Task Small_structures_come_back_as_they_were()
    {
        var batch = await NewBatch();
        await using var db = database.CreateDbContext();
        var sample = new Sample
        {
            ProjectId = batch.ProjectId, BatchId = batch.Id, Code = $"{batch.Code}-S1", Name = "SL",
            Superlattice = new Superlattice { EdgeLength = 9, Gap = 3, DotsPerSide = 12, Packing = "cubic" },
        };
        var run = new Run { ProjectId = batch.ProjectId, SampleId = sample.Id, Name = "hbt", BackgroundRates = [120, 95.5], Detectors = [new() { Model = "SPAD", DeadTime = 45 }] };
        db.AddRange(sample, run);
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();

        var kept = await db.Runs.Include(r => r.Sample).SingleAsync(r => r.Id == run.Id);
        Assert.Equal(12, kept.Sample!.Superlattice!.DotsPerSide);
        Assert.Equal([120, 95.5], kept.BackgroundRates);
        Assert.Equal("SPAD", Assert.Single(kept.Detectors).Model);

        // A change inside is a change of the record.
        kept.Sample.Superlattice.Gap = 3.5;
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        Assert.Equal(3.5, (await db.Samples.SingleAsync(s => s.Id == sample.Id)).Superlattice!.Gap);
    }

    [Fact]
    public async Task The_database_itself_refuses_what_must_not_be()
    {
        var person = await database.Person();
        var project = await database.Project(person);
        var batch = await NewBatch();

        await Refused(new Grant { ProjectId = project.Id, Role = AccessRole.Read });
        await Refused(new Upload { ProjectId = project.Id, OwnerId = person.Id, FileName = "a.ptu", Length = 10, Offset = 11 });
        await Refused(new Project { Code = project.Code, Name = "The same code" });
        await Refused(new Batch { ProjectId = batch.ProjectId, Code = batch.Code, Name = "The same code", Formula = "CsPbI3" });
        await Refused(new BatchParent { BatchId = batch.Id, ParentId = Guid.NewGuid() });
        await Refused(new StoredFile { Sha256 = "../../etc/passwd", Length = 1 });

        async Task Refused(object record)
        {
            await using var db = database.CreateDbContext();
            db.Add(record);
            var error = await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
            Assert.StartsWith("23", Assert.IsType<PostgresException>(error.InnerException).SqlState); // class 23: integrity
        }
    }

    [Fact]
    public async Task A_project_with_records_cannot_be_removed_from_the_database()
    {
        var batch = await NewBatch();
        await using var db = database.CreateDbContext();

        await Assert.ThrowsAsync<PostgresException>(() => db.Projects.Where(p => p.Id == batch.ProjectId).ExecuteDeleteAsync());
    }

    [Fact]
    public async Task Numbers_that_are_none_are_kept_out_of_results()
    {
        var project = await database.Project();
        await using var db = database.CreateDbContext();
        var run = new Run { ProjectId = project.Id, Name = "trace" };
        db.Add(run);
        await db.SaveChangesAsync();
        db.Add(new AnalysisRecord
        {
            ProjectId = project.Id, RunId = run.Id, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = new string('0', 64),
            Values = [new AnalysisValue { Name = "g2_zero", Unit = "1", Grade = "A", Value = double.NaN }],
        });

        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
    }

    /// <summary>Listens beside the portal.</summary>
    sealed class Ears(NpgsqlConnection connection) : IAsyncDisposable
    {
        readonly List<string> _heard = [];

        public static async Task<Ears> Open(string connectionString)
        {
            var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
            await connection.OpenAsync();
            var ears = new Ears(connection);
            connection.Notification += (_, said) => ears._heard.Add(said.Payload);
            await using var listen = new NpgsqlCommand($"LISTEN {PortalDb.Channel}", connection);
            await listen.ExecuteNonQueryAsync();
            return ears;
        }

        /// <summary>Everything said before now: notices arrive in the order of commits, so a last one of our own ends the list.</summary>
        public async Task<IReadOnlyList<string>> UntilQuiet(DatabaseFixture database)
        {
            var last = Guid.NewGuid();
            await using var db = database.CreateDbContext();
            await db.Notify("Last", last);
            while (!_heard.Contains($"Last {last}")) await connection.WaitAsync();
            return _heard;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}

/// <summary>A clock that stands until it is moved.</summary>
public sealed class StoppedClock(DateTimeOffset at) : TimeProvider
{
    public DateTimeOffset At { get; set; } = at;

    public override DateTimeOffset GetUtcNow() => At;
}
