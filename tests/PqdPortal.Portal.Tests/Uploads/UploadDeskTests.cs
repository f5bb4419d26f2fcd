using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs;
using PqdPortal.Jobs.Queue;

namespace PqdPortal.Portal.Tests.Uploads;

public sealed class UploadDeskTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    readonly Time _time = new();
    readonly Random _random = new(3);

    Staging Staged => new(Path.Combine(database.Folder.Path, "staging"));
    LocalFolderStore Store => new(Path.Combine(database.Folder.Path, "files"));
    UploadDesk Desk(long most = 1 << 30, long keepFree = 0, int open = 500, IFileStore? store = null) => new(
        database, Staged, store ?? Store, new JobRows(), new UploadOptions { MaxBytes = most, Hours = 24, KeepFreeBytes = keepFree, OpenPerPerson = open }, _time,
        NullLogger<UploadDesk>.Instance);

    [Fact]
    public async Task Pieces_become_a_stored_file_a_run_and_its_reading_with_the_last_byte()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(300_000);
        var upload = await Desk().Begin(viewer, new NewUpload("C:\\data\\dot 7.ptu", bytes.Length) { Project = project });

        var first = await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes[..100_000]));
        Assert.Equal((100_000, null), (first.Confirmed, first.Run));
        var last = await Desk().Append(viewer, upload.Id, 100_000, new MemoryStream(bytes[100_000..]));

        await using var db = database.CreateDbContext();
        var run = await db.Runs.Include(run => run.Files).SingleAsync(run => run.Id == last.Run);
        var file = Assert.Single(run.Files);
        Assert.Equal(("dot 7", "dot 7.ptu", ReadingState.Waiting), (run.Name, file.Name, run.Reading));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Sha256);
        await using var stored = await Store.Open(file.Sha256);
        Assert.Equal(bytes, await ReadAll(stored));
        Assert.Equal(JobKind.ReadUpload, (await db.Jobs.SingleAsync(job => job.RunId == run.Id)).Kind);
        Assert.DoesNotContain(upload.Id, Staged.All());
    }

    [Fact]
    public async Task A_piece_at_another_place_than_the_confirmed_one_is_refused_and_changes_nothing()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(1000);
        var upload = await Desk().Begin(viewer, new NewUpload("a.ptu", bytes.Length) { Project = project });
        await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes[..400]));

        foreach (var offset in (long[])[0, 399, 401, 1000])
        {
            var error = await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, offset, new MemoryStream(bytes[400..])));
            Assert.Equal(UploadTrouble.WrongOffset, error.Trouble);
        }

        Assert.Equal(400, (await Desk().Find(viewer, upload.Id))!.Offset);
    }

    [Fact]
    public async Task What_came_before_the_connection_broke_is_confirmed_and_the_rest_makes_the_file_whole()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(2_000_000);
        var upload = await Desk().Begin(viewer, new NewUpload("b.ptu", bytes.Length) { Project = project });

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, 0, new BreakingStream(bytes, 1_234_567)));
        var confirmed = (await Desk().Find(viewer, upload.Id))!.Offset;
        var done = await Desk().Append(viewer, upload.Id, confirmed, new MemoryStream(bytes[(int)confirmed..]));

        Assert.Equal(UploadTrouble.BrokenOff, error.Trouble);
        Assert.Equal(1_234_567, confirmed);
        await using var db = database.CreateDbContext();
        var sha = (await db.RunFiles.SingleAsync(file => file.RunId == done.Run)).Sha256;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), sha);
    }

    [Fact]
    public async Task Bytes_that_were_written_but_never_confirmed_are_cut_off_by_the_next_piece()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(5000);
        var upload = await Desk().Begin(viewer, new NewUpload("c.ptu", bytes.Length) { Project = project });
        await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes[..2000]));
        // A crash after the disk and before the database: more lies there than is confirmed.
        await Staged.Append(upload.Id, 2000, new MemoryStream(Bytes(1500)), 3000);

        var done = await Desk().Append(viewer, upload.Id, 2000, new MemoryStream(bytes[2000..]));

        await using var db = database.CreateDbContext();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await db.RunFiles.SingleAsync(file => file.RunId == done.Run)).Sha256);
    }

    [Fact]
    public async Task A_piece_that_does_not_match_its_checksum_is_thrown_away_whole()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(4000);
        var upload = await Desk().Begin(viewer, new NewUpload("d.ptu", bytes.Length) { Project = project });
        var changed = bytes.ToArray();
        changed[17] ^= 1;
        var checksum = new PieceChecksum(HashAlgorithmName.SHA1, SHA1.HashData(bytes));

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, 0, new MemoryStream(changed), checksum: checksum));
        Assert.Equal(UploadTrouble.ChecksumMismatch, error.Trouble);
        Assert.Equal(0, (await Desk().Find(viewer, upload.Id))!.Offset);
        Assert.Equal(0, Staged.Length(upload.Id));

        Assert.NotNull((await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes), checksum: checksum)).Run);
    }

    [Fact]
    public async Task More_bytes_than_announced_are_refused()
    {
        var (viewer, project) = await Owner();
        var upload = await Desk().Begin(viewer, new NewUpload("e.ptu", 100) { Project = project });

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, 0, new MemoryStream(Bytes(101))));

        Assert.Equal(UploadTrouble.TooLarge, error.Trouble);
        Assert.Equal(0, (await Desk().Find(viewer, upload.Id))!.Offset);
    }

    [Fact]
    public async Task A_file_above_the_limit_is_refused_before_a_byte_travels()
    {
        var (viewer, project) = await Owner();

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk(most: 99).Begin(viewer, new NewUpload("f.ptu", 100) { Project = project }));

        Assert.Equal(UploadTrouble.TooLarge, error.Trouble);
    }

    [Fact]
    public async Task The_same_bytes_in_the_same_place_make_one_run_and_in_another_place_a_second_one_over_one_stored_file()
    {
        var (viewer, project) = await Owner();
        var (dot, other) = await TwoDots(project);
        var bytes = Bytes(1000);

        var first = await Desk().Bring(viewer, new NewUpload("g.ptu", bytes.Length) { Emitter = dot }, new MemoryStream(bytes));
        var again = await Desk().Bring(viewer, new NewUpload("g copy.ptu", bytes.Length) { Emitter = dot }, new MemoryStream(bytes));
        var elsewhere = await Desk().Bring(viewer, new NewUpload("g.ptu", bytes.Length) { Emitter = other }, new MemoryStream(bytes));

        Assert.Equal(first.Run, again.Run);
        Assert.Contains("already", again.Note);
        Assert.NotEqual(first.Run, elsewhere.Run);
        await using var db = database.CreateDbContext();
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(1, await db.StoredFiles.CountAsync(file => file.Sha256 == sha));
        Assert.Equal(2, await db.RunFiles.CountAsync(file => file.Sha256 == sha));
        Assert.Equal(1, await db.Jobs.CountAsync(job => job.RunId == first.Run));
    }

    [Fact]
    public async Task Two_pieces_at_once_for_one_upload_end_with_one_of_them_refused()
    {
        var (viewer, project) = await Owner();
        var upload = await Desk().Begin(viewer, new NewUpload("h.ptu", 10) { Project = project });
        var slow = new HeldStream(new byte[5]);
        var first = Desk().Append(viewer, upload.Id, 0, slow);
        await slow.Begun;

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, 0, new MemoryStream(new byte[5])));
        slow.LetGo();

        Assert.Equal(UploadTrouble.Busy, error.Trouble);
        Assert.Equal(5, (await first).Confirmed);
    }

    [Fact]
    public async Task An_upload_is_there_for_its_owner_alone_and_only_while_they_may_edit()
    {
        var (viewer, project) = await Owner();
        var (other, _) = await Owner();
        var upload = await Desk().Begin(viewer, new NewUpload("i.ptu", 10) { Project = project });
        var demoted = viewer with { Roles = new Dictionary<Guid, AccessRole> { [project] = AccessRole.Comment } };

        Assert.Null(await Desk().Find(other, upload.Id));
        Assert.Null(await Desk().Find(demoted, upload.Id));
        Assert.Equal(UploadTrouble.NotFound, (await Assert.ThrowsAsync<UploadException>(() => Desk().Append(demoted, upload.Id, 0, new MemoryStream(new byte[10])))).Trouble);
        Assert.Equal(UploadTrouble.NotYours, (await Assert.ThrowsAsync<UploadException>(() => Desk().Begin(demoted, new NewUpload("j.ptu", 1) { Project = project }))).Trouble);
        Assert.Equal(UploadTrouble.NotFound, (await Assert.ThrowsAsync<UploadException>(() => Desk().Terminate(other, upload.Id))).Trouble);
    }

    [Fact]
    public async Task A_given_up_upload_leaves_nothing_behind_and_takes_nothing_more()
    {
        var (viewer, project) = await Owner();
        var upload = await Desk().Begin(viewer, new NewUpload("k.ptu", 10) { Project = project });
        await Desk().Append(viewer, upload.Id, 0, new MemoryStream(new byte[4]));

        await Desk().Terminate(viewer, upload.Id);

        Assert.Equal(0, Staged.Length(upload.Id));
        Assert.Equal(UploadTrouble.Gone, (await Assert.ThrowsAsync<UploadException>(() => Desk().Append(viewer, upload.Id, 4, new MemoryStream(new byte[6])))).Trouble);
    }

    [Fact]
    public async Task An_upload_expires_only_after_its_hours_without_a_byte()
    {
        var (viewer, project) = await Owner();
        var upload = await Desk().Begin(viewer, new NewUpload("l.ptu", 10) { Project = project });
        _time.Now += TimeSpan.FromHours(23);
        await Desk().Append(viewer, upload.Id, 0, new MemoryStream(new byte[4]));
        _time.Now += TimeSpan.FromHours(23);

        await Desk().ExpireAbandoned();
        Assert.Equal(UploadState.Receiving, (await Desk().Find(viewer, upload.Id))!.State);
        _time.Now += TimeSpan.FromHours(2);
        await Desk().ExpireAbandoned();

        Assert.Equal(UploadState.Expired, (await Desk().Find(viewer, upload.Id))!.State);
        Assert.Equal(0, Staged.Length(upload.Id));
    }

    [Fact]
    public async Task An_upload_does_not_expire_while_its_bytes_still_arrive()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(10);
        var upload = await Desk().Begin(viewer, new NewUpload("slow.ptu", bytes.Length) { Project = project });
        var slow = new HeldStream(bytes);
        var arriving = Desk().Append(viewer, upload.Id, 0, slow);
        await slow.Begun;
        _time.Now += TimeSpan.FromHours(25);

        await Desk().ExpireAbandoned();
        Assert.Equal(UploadState.Receiving, (await Desk().Find(viewer, upload.Id))!.State);
        slow.LetGo();

        Assert.NotNull((await arriving).Run);
    }

    [Fact]
    public async Task An_upload_goes_on_a_day_after_its_last_byte()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(5000);
        var upload = await Desk().Begin(viewer, new NewUpload("day.ptu", bytes.Length) { Project = project });
        await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes[..3000]));
        _time.Now += TimeSpan.FromHours(23.9);
        await Desk().ExpireAbandoned();

        var done = await Desk().Append(viewer, upload.Id, 3000, new MemoryStream(bytes[3000..]));

        await using var db = database.CreateDbContext();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await db.RunFiles.SingleAsync(file => file.RunId == done.Run)).Sha256);
    }

    [Fact]
    public async Task A_long_piece_is_confirmed_before_it_ends()
    {
        var (viewer, project) = await Owner();
        const int Stretch = 64 << 20;
        var upload = await Desk().Begin(viewer, new NewUpload("long.ptu", Stretch + 100) { Project = project });
        var held = new HeldStream(new byte[Stretch + 100], after: Stretch);

        var arriving = Desk().Append(viewer, upload.Id, 0, held);
        await held.Begun;
        Assert.Equal(Stretch, (await Desk().Find(viewer, upload.Id))!.Offset);
        held.LetGo();

        Assert.NotNull((await arriving).Run);
    }

    [Fact]
    public async Task Arriving_pieces_hold_no_connection_to_the_database()
    {
        var (viewer, project) = await Owner();
        // The pool of these tests has 20 connections.
        var slow = new List<HeldStream>();
        var arriving = new List<Task<UploadProgress>>();
        for (var n = 0; n < 30; n++)
        {
            var upload = await Desk().Begin(viewer, new NewUpload($"{n}.ptu", 10) { Project = project });
            slow.Add(new HeldStream(Bytes(10)));
            arriving.Add(Desk().Append(viewer, upload.Id, 0, slow[n]));
            await slow[n].Begun.WaitAsync(TimeSpan.FromSeconds(30));
        }

        await using var db = database.CreateDbContext();
        Assert.Equal(30, await db.Uploads.CountAsync(upload => upload.ProjectId == project));

        foreach (var one in slow) one.LetGo();
        Assert.All(await Task.WhenAll(arriving), done => Assert.NotNull(done.Run));
    }

    [Fact]
    public async Task A_file_the_disk_has_no_room_for_is_refused_before_a_byte_travels()
    {
        var (viewer, project) = await Owner();
        var free = Staged.Free;

        var error = await Assert.ThrowsAsync<UploadException>(
            () => Desk(most: long.MaxValue, keepFree: free / 2).Begin(viewer, new NewUpload("n.ptu", free / 2 + (free >> 3)) { Project = project }));

        Assert.Equal(UploadTrouble.DiskFull, error.Trouble);
        Assert.Contains("has room for", error.Message);
    }

    [Fact]
    public async Task Uploads_leave_the_room_that_the_database_needs()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(1000);
        var upload = await Desk().Begin(viewer, new NewUpload("o.ptu", bytes.Length) { Project = project });

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk(keepFree: Staged.Free * 2).Append(viewer, upload.Id, 0, new MemoryStream(bytes)));
        Assert.Equal(UploadTrouble.DiskFull, error.Trouble);

        Assert.NotNull((await Desk().Append(viewer, upload.Id, 0, new MemoryStream(bytes))).Run);
    }

    [Fact]
    public async Task A_person_has_so_many_uploads_on_their_way_and_no_more()
    {
        var (viewer, project) = await Owner();
        var first = await Desk(open: 2).Begin(viewer, new NewUpload("p.ptu", 10) { Project = project });
        await Desk(open: 2).Begin(viewer, new NewUpload("q.ptu", 10) { Project = project });

        var error = await Assert.ThrowsAsync<UploadException>(() => Desk(open: 2).Begin(viewer, new NewUpload("r.ptu", 10) { Project = project }));
        Assert.Equal(UploadTrouble.TooMany, error.Trouble);

        await Desk().Terminate(viewer, first.Id);
        await Desk(open: 2).Begin(viewer, new NewUpload("r.ptu", 10) { Project = project });
    }

    [Fact]
    public async Task A_whole_file_that_the_store_could_not_take_becomes_its_run_when_it_can()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(1000);
        var full = new FullStore(Store);
        var upload = await Desk(store: full).Begin(viewer, new NewUpload("s.ptu", bytes.Length) { Project = project });

        var atTheEnd = await Assert.ThrowsAsync<UploadException>(() => Desk(store: full).Append(viewer, upload.Id, 0, new MemoryStream(bytes)));
        var asked = await Assert.ThrowsAsync<UploadException>(() => Desk(store: full).Find(viewer, upload.Id));
        await Desk(store: full).ExpireAbandoned();
        var found = await Desk().Find(viewer, upload.Id);

        Assert.Equal((UploadTrouble.DiskFull, UploadTrouble.DiskFull), (atTheEnd.Trouble, asked.Trouble));
        Assert.Equal(UploadState.Complete, found!.State);
        await using var db = database.CreateDbContext();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await db.RunFiles.SingleAsync(file => file.RunId == found.RunId)).Sha256);
    }

    [Fact]
    public async Task The_same_file_ended_twice_at_the_same_moment_makes_one_run()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(100_000);
        var held = new List<HeldStream>();
        var arriving = new List<Task<UploadProgress>>();
        for (var n = 0; n < 8; n++)
        {
            var upload = await Desk().Begin(viewer, new NewUpload("t.ptu", bytes.Length) { Project = project });
            held.Add(new HeldStream(bytes));
            arriving.Add(Desk().Append(viewer, upload.Id, 0, held[n]));
            await held[n].Begun;
        }

        foreach (var one in held) one.LetGo();
        var done = await Task.WhenAll(arriving);

        Assert.Single(done.Select(one => one.Run).Distinct());
        Assert.Equal(7, done.Count(one => one.Note?.Contains("nothing was doubled") == true));
        await using var db = database.CreateDbContext();
        Assert.Equal((1, 1), (await db.Runs.CountAsync(run => run.ProjectId == project), await db.Jobs.CountAsync(job => job.ProjectId == project)));
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        var (viewer, project) = await Owner();

        var done = await Desk().Bring(viewer, new NewUpload("empty.ptu", 0) { Project = project }, Stream.Null);

        await using var db = database.CreateDbContext();
        Assert.Equal(0, (await db.RunFiles.Include(file => file.Stored).SingleAsync(file => file.RunId == done.Run)).Stored.Length);
    }

    [Fact]
    public async Task The_last_piece_can_be_sent_again_after_a_fall_between_store_and_database()
    {
        var (viewer, project) = await Owner();
        var bytes = Bytes(1000);
        var upload = await Desk().Begin(viewer, new NewUpload("m.ptu", bytes.Length) { Project = project });
        var falling = new UploadDesk(database, Staged, Store, new JobRows(fall: true), new UploadOptions(), _time, NullLogger<UploadDesk>.Instance);
        await Assert.ThrowsAsync<InvalidOperationException>(() => falling.Append(viewer, upload.Id, 0, new MemoryStream(bytes)));

        var done = await Desk().Append(viewer, upload.Id, bytes.Length, Stream.Null);

        await using var db = database.CreateDbContext();
        Assert.Equal(1, await db.Runs.CountAsync(run => run.ProjectId == project));
        Assert.Equal(1, await db.Jobs.CountAsync(job => job.RunId == done.Run));
    }

    async Task<(Viewer, Guid)> Owner()
    {
        var person = await database.Person();
        var project = await database.Project(person);
        return (new Viewer(person.Id, person.Name, false, new Dictionary<Guid, AccessRole> { [project.Id] = AccessRole.Edit }), project.Id);
    }

    async Task<(Guid, Guid)> TwoDots(Guid project)
    {
        await using var db = database.CreateDbContext();
        var code = Guid.NewGuid().ToString("N")[..8];
        var batch = new Batch { ProjectId = project, Code = code, Name = "b", Formula = "CsPbBr3" };
        var sample = new Sample { ProjectId = project, Batch = batch, Code = code + "-S1", Name = "s" };
        var one = new Emitter { ProjectId = project, Sample = sample, Code = code + "-D001", Label = "D001" };
        var two = new Emitter { ProjectId = project, Sample = sample, Code = code + "-D002", Label = "D002" };
        db.AddRange(batch, sample, one, two);
        await db.SaveChangesAsync();
        return (one.Id, two.Id);
    }

    byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    static async Task<byte[]> ReadAll(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    /// <summary>A queue that keeps the job's row and runs nothing.</summary>
    sealed class JobRows(bool fall = false) : IWorkQueue
    {
        public async Task Enqueue(PortalDb db, Job job, CancellationToken stop, TimeSpan wait)
        {
            if (fall) throw new InvalidOperationException("the power fell");
            db.Jobs.Add(job);
            await db.SaveChangesAsync(stop);
        }

        public Task<IReadOnlyList<Guid>> Forgotten(PortalDb db, CancellationToken stop) => Task.FromResult<IReadOnlyList<Guid>>([]);
    }

    sealed class Time : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;
        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>A connection that breaks after some bytes.</summary>
    sealed class BreakingStream(byte[] bytes, int after) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken stop = default)
        {
            if (Position >= after) throw new IOException("the cable was pulled");
            return base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, after - Position)], stop);
        }
    }

    /// <summary>A store whose disk is full.</summary>
    sealed class FullStore(IFileStore store) : IFileStore
    {
        public Task<StoredContent> Save(Stream content, CancellationToken stop = default) => throw new IOException("No space left on device");
        public Task<Stream> Open(string sha256, CancellationToken stop = default) => store.Open(sha256, stop);
        public Task<bool> Exists(string sha256, CancellationToken stop = default) => store.Exists(sha256, stop);
        public Task Delete(string sha256, CancellationToken stop = default) => store.Delete(sha256, stop);
    }

    /// <summary>A sender that waits after some bytes until it is let go.</summary>
    sealed class HeldStream(byte[] bytes, int after = 0) : MemoryStream(bytes)
    {
        readonly TaskCompletionSource _begun = new(), _go = new();
        public Task Begun => _begun.Task;
        public void LetGo() => _go.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken stop = default)
        {
            if (Position < after) return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, after - Position)], stop);
            _begun.TrySetResult();
            await _go.Task;
            return await base.ReadAsync(buffer, stop);
        }
    }
}
