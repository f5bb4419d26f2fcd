using System.Net;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Runs;
using PqdPortal.Portal.Tests;
using PqdPortal.Portal.Tests.Uploads;

namespace PqdPortal.Survival.Tests;

/// <summary>Uploads into a portal that runs as a process: large ones, ones it is killed under, ones its disk has no room for.</summary>
[Collection(OneAtATime.Name)]
public sealed class UploadTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    const long MB = 1_000_000, GB = 1000 * MB;
    readonly Random _random = new(8);

    PortalProcess Portal(string folder, params (string Key, string Value)[] more) => new("PqdPortal.Web", new Dictionary<string, string?>(
        more.Select(option => KeyValuePair.Create<string, string?>(option.Key, option.Value)))
    {
        ["ConnectionStrings__Portal"] = database.ConnectionString,
        ["Portal__DataFolder"] = folder,
    });

    /// <summary>With PQD_LONG=1 a file of 20 GB instead of 2.2 GB.</summary>
    static long Large => Environment.GetEnvironmentVariable("PQD_LONG") == "1" ? 20 * GB : 2_200 * MB;

    [Fact]
    public async Task Gigabytes_arrive_whole_while_the_portal_grows_by_less_than_64_MB()
    {
        var folder = TestServer.NewFolder("large");
        await using var portal = Portal(folder.Path);
        await portal.Start();
        // What the way of a file needs once is not what a large file needs.
        var warm = await Sender.Of(database, portal);
        var small = new MadeUpFile(120 * MB, 1);
        await Read(await warm.Piece(await warm.Begin(small.Length), small, 0, small.Length));
        var before = portal.Memory("VmRSS");
        portal.ForgetPeak();

        var sender = await Sender.Of(database, portal);
        var file = new MadeUpFile(Large + 12_345, 2);
        var at = await sender.Begin(file.Length, "night.ptu");
        // Half of it in one piece, as a program sends it; the other half in pieces as the page sends them.
        var offset = file.Length / 2;
        await sender.Piece(at, file, 0, offset);
        HttpResponseMessage last;
        do
        {
            var piece = Math.Min(8 << 20, file.Length - offset);
            last = await sender.Piece(at, file, offset, piece);
            offset += piece;
        }
        while (offset < file.Length);
        await Read(last);

        var grown = portal.Memory("VmHWM") - before;
        Console.WriteLine($"{file.Length / 1e9:0.0} GB uploaded: memory {before / 1e6:0} MB before, {grown / 1e6:0} MB more at the peak.");
        Assert.True(grown < 64 << 20, $"The portal grew from {before / 1e6:0} MB by {grown / 1e6:0} MB.");
        await sender.IsThereOnce(last, file, folder.Path);
        await portal.Stop();
        Directory.Delete(folder.Path, recursive: true);
    }

    [Fact]
    public async Task A_portal_killed_in_the_middle_of_pieces_goes_on_from_what_it_had_confirmed()
    {
        var folder = TestServer.NewFolder("killed");
        await using var portal = Portal(folder.Path);
        await portal.Start();
        var sender = await Sender.Of(database, portal);
        var file = new MadeUpFile(400 * MB, 3);
        var at = await sender.Begin(file.Length);
        var staged = Path.Combine(folder.Path, "uploads", Guid.Parse(at[^36..]).ToString("n") + ".part");

        var kills = 0;
        long confirmed = 0;
        var insideAPiece = false;
        while (kills < 4)
        {
            // The rest of the file as one piece, of which the portal sees a part before it dies.
            var enough = _random.Next(1, 120) * MB;
            var body = new WatchedStream(file.Open(confirmed), enough);
            var piece = sender.Send(Tus.Patch(at, confirmed, body));
            await body.Reached.WaitAsync(TimeSpan.FromMinutes(1));
            await portal.Kill();
            kills++;
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => piece);

            var there = File.Exists(staged) ? new FileInfo(staged).Length : 0;
            await portal.Start();
            var told = await sender.Confirmed(at);
            Assert.InRange(told, confirmed, there);
            insideAPiece |= told > confirmed;
            confirmed = told;
        }
        Assert.True(insideAPiece, "No piece was confirmed in part.");

        var last = await sender.Piece(at, file, confirmed, file.Length - confirmed);
        await sender.IsThereOnce(last, file, folder.Path);
        await portal.Stop();
        Directory.Delete(folder.Path, recursive: true);
    }

    [Fact]
    public async Task A_portal_told_to_stop_in_the_middle_of_a_piece_stops_at_once_and_goes_on_at_its_next_start()
    {
        var folder = TestServer.NewFolder("stopped");
        await using var portal = Portal(folder.Path);
        await portal.Start();
        var sender = await Sender.Of(database, portal);
        var file = new MadeUpFile(50 * MB, 4);
        var at = await sender.Begin(file.Length);

        var body = new WatchedStream(file.Open(), 20 * MB, waitsThere: true);
        var piece = sender.Send(Tus.Patch(at, 0, body));
        await body.Reached.WaitAsync(TimeSpan.FromMinutes(1));
        // Until the portal has taken what was sent.
        var staged = Path.Combine(folder.Path, "uploads", Guid.Parse(at[^36..]).ToString("n") + ".part");
        for (var end = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < end && !(File.Exists(staged) && new FileInfo(staged).Length > 15 * MB);) await Task.Delay(50);
        var stopping = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, await portal.Stop());
        Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(25), $"It took {stopping.Elapsed} to stop.");
        body.GoOn();
        try { Assert.Equal(HttpStatusCode.ServiceUnavailable, (await piece).StatusCode); }
        catch (HttpRequestException) { /* the connection ended before the answer was read */ }

        await portal.Start();
        var confirmed = await sender.Confirmed(at);
        Assert.InRange(confirmed, 15 * MB, 20 * MB + (1 << 18));
        var last = await sender.Piece(at, file, confirmed, file.Length - confirmed);

        await sender.IsThereOnce(last, file, folder.Path);
        await portal.Stop();
        Directory.Delete(folder.Path, recursive: true);
    }

    [SmallDisk]
    public async Task A_full_disk_is_507_leaves_nothing_broken_and_the_upload_goes_on_when_there_is_room()
    {
        var folder = TestServer.NewFolder("full").Path;
        using var disk = new SmallDisk(folder, "40m");
        await using var portal = Portal(folder, ("Portal__Uploads__KeepFreeBytes", "0"));
        await portal.Start();
        var sender = await Sender.Of(database, portal);

        // At the announcement.
        var announced = await sender.Send(Tus.Create(sender.Project, 60 * MB));
        Assert.Equal(HttpStatusCode.InsufficientStorage, announced.StatusCode);
        Assert.Contains("has room for", await announced.Content.ReadAsStringAsync());
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "uploads")));

        // In the middle of a piece, when others have filled the disk.
        var file = new MadeUpFile(30 * MB, 5);
        var at = await sender.Begin(file.Length);
        await sender.Piece(at, file, 0, 10 * MB);
        var filler = Path.Combine(folder, "filler");
        await File.WriteAllBytesAsync(filler, new byte[22 * MB]);
        var refused = await sender.Send(Tus.Patch(at, 10 * MB, file.Open(10 * MB)));
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("goes on from there when there is room", await refused.Content.ReadAsStringAsync());
        Assert.Equal(10 * MB, await sender.Confirmed(at));
        Assert.Equal(10 * MB, new FileInfo(Directory.GetFiles(Path.Combine(folder, "uploads"), "*.part").Single()).Length);

        File.Delete(filler);
        var last = await sender.Piece(at, file, 10 * MB, 20 * MB);
        await sender.IsThereOnce(last, file, folder);
        await portal.Stop();
    }

    [SmallDisk]
    public async Task A_file_store_that_is_full_keeps_the_whole_upload_and_makes_its_run_when_there_is_room()
    {
        var folder = TestServer.NewFolder("store").Path;
        var files = Path.Combine(folder, "files");
        Directory.CreateDirectory(files);
        using var disk = new SmallDisk(files, "10m");
        await using var portal = Portal(folder);
        await portal.Start();
        var sender = await Sender.Of(database, portal);
        var file = new MadeUpFile(20 * MB, 6);
        var at = await sender.Begin(file.Length);

        var refused = await sender.Send(Tus.Patch(at, 0, file.Open()));
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("nothing has to be sent a second time", await refused.Content.ReadAsStringAsync());
        Assert.Empty(Directory.GetFiles(files, "*", SearchOption.AllDirectories));
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await sender.Send(Tus.Head(at))).StatusCode);

        disk.Grow("100m");
        var whole = await sender.Send(Tus.Head(at));
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        await sender.IsThereOnce(whole, file, folder);
        await portal.Stop();
    }

    /// <summary>Waits until the file of the answer's run was read, or was found to be of no known format.</summary>
    async Task Read(HttpResponseMessage last)
    {
        var id = Guid.Parse(Tus.Header(last, "Portal-Run")!);
        for (var end = DateTime.UtcNow.AddMinutes(2); DateTime.UtcNow < end; await Task.Delay(100))
        {
            await using var db = database.CreateDbContext();
            if ((await db.Runs.SingleAsync(run => run.Id == id)).Reading is not (ReadingState.Waiting or ReadingState.Reading)) return;
        }
        throw new TimeoutException("The file was not looked at within two minutes.");
    }

    /// <summary>A body that tells when so much of it was sent, and may wait there.</summary>
    sealed class WatchedStream(Stream content, long enough, bool waitsThere = false) : Stream
    {
        readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously), _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long _sent;

        public Task Reached => _reached.Task;
        public void GoOn() => _go.TrySetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_sent >= enough)
            {
                _reached.TrySetResult();
                if (waitsThere) await _go.Task.WaitAsync(cancellationToken);
            }
            var read = await content.ReadAsync(buffer, cancellationToken);
            _sent += read;
            if (read == 0) _reached.TrySetResult();
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => content.Length;
        public override long Position { get => content.Position; set => content.Position = value; }
        public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);
        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
