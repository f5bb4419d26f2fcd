using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Uploads;
using PqdPortal.Jobs;
using PqdPortal.Portal.Tests.Web;

using static PqdPortal.Portal.Tests.Uploads.Tus;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>Uploads as a program sends them: tus 1.0 over real connections, below a folder of the address. https://tus.io/protocols/resumable-upload</summary>
public sealed class TusApiTests(TusApiTests.Portal portal) : IClassFixture<TusApiTests.Portal>
{
    public sealed class Portal : PortalFixture
    {
        public const int MaxBytes = 5_000_000;

        protected override bool IsServed => true;
        protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
        {
            ["Portal:Web:PathBase"] = "/pqd",
            ["Portal:Uploads:MaxBytes"] = MaxBytes.ToString(),
        };
    }

    readonly Random _random = new(11);

    [Fact]
    public async Task The_portal_tells_everybody_what_it_speaks()
    {
        using var program = await portal.Program(null);

        var answer = await program.SendAsync(new(HttpMethod.Options, "/pqd/api/v1/uploads"));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("1.0.0", Header(answer, "Tus-Version"));
        Assert.Equal("creation,termination,checksum,expiration", Header(answer, "Tus-Extension"));
        Assert.Equal(Portal.MaxBytes.ToString(), Header(answer, "Tus-Max-Size"));
        Assert.Equal("sha1,sha256", Header(answer, "Tus-Checksum-Algorithm"));
    }

    [Fact]
    public async Task An_old_address_below_the_folder_leads_to_the_new_one_below_it()
    {
        using var program = await portal.Program(null);

        var answer = await program.SendAsync(new(HttpMethod.Post, "/pqd/api/uploads"));

        Assert.Equal((HttpStatusCode.PermanentRedirect, "/pqd/api/v1/uploads"), (answer.StatusCode, answer.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task An_upload_lies_where_the_answer_says_and_grows_at_the_confirmed_offset_into_a_run()
    {
        var (ana, project) = await Owner();
        var bytes = Bytes(30_000);

        var made = await ana.SendAsync(Create(project, bytes.Length, "Punkt 7 α.ptu"));
        var at = made.Headers.Location!.ToString();
        var first = await ana.SendAsync(Patch(at, 0, bytes[..10_000]));
        var head = await ana.SendAsync(Head(at));
        var last = await ana.SendAsync(Patch(at, 10_000, bytes[10_000..]));
        var whole = await ana.SendAsync(Head(at));

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.StartsWith("/pqd/api/v1/uploads/", at);
        Assert.True(DateTimeOffset.Parse(Header(made, "Upload-Expires")!) > DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal((HttpStatusCode.NoContent, "10000", null), (first.StatusCode, Header(first, "Upload-Offset"), Header(first, "Portal-Run")));
        Assert.Equal((HttpStatusCode.OK, "10000", "30000"), (head.StatusCode, Header(head, "Upload-Offset"), Header(head, "Upload-Length")));
        Assert.Equal("no-store", head.Headers.CacheControl!.ToString());
        Assert.Equal((HttpStatusCode.NoContent, "30000"), (last.StatusCode, Header(last, "Upload-Offset")));
        Assert.Equal(Header(last, "Portal-Run"), Header(whole, "Portal-Run"));
        Assert.All((HttpResponseMessage[])[made, first, head, last, whole], answer => Assert.Equal("1.0.0", Header(answer, "Tus-Resumable")));
        Assert.Equal(("Punkt 7 α.ptu", Hash(bytes)), await FileOf(last));
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\data\\dot 7.ptu", "dot 7.ptu")]
    [InlineData("a\0b\r\nSet-Cookie: x.ptu", "abSet-Cookie: x.ptu")]
    [InlineData("dot\u202eutp.exe", "dotutp.exe")]
    [InlineData("..", "file")]
    [InlineData("", "file")]
    [InlineData("<script>alert(1)<x>.ptu", "<script>alert(1)<x>.ptu")]
    public async Task A_hostile_name_becomes_a_plain_one(string sent, string kept)
    {
        var (ana, project) = await Owner();

        var answer = await Send(ana, project, Bytes(100), sent);

        Assert.Equal(kept, (await FileOf(answer)).Name);
    }

    [Fact]
    public async Task A_name_longer_than_any_disk_allows_keeps_its_ending_and_its_letters_whole()
    {
        var (ana, project) = await Owner();

        var answer = await Send(ana, project, Bytes(100), "x" + string.Concat(Enumerable.Repeat("\U0001F52C", 600)) + "y.ptu");

        var name = (await FileOf(answer)).Name;
        Assert.InRange(name.Length, 390, 400);
        Assert.EndsWith("\U0001F52Cy.ptu", name);
        Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
    }

    [Theory]
    [InlineData("Upload-Length", "many")]
    [InlineData("Upload-Length", "-1")]
    [InlineData("Upload-Length", "")]
    [InlineData("Upload-Metadata", "filename not!base64")]
    [InlineData("Upload-Metadata", "filename YQ== more")]
    [InlineData("Upload-Metadata", "filename YQ==,project YQ==")]
    [InlineData("Upload-Metadata", "filename YQ==,role AAAA")]
    public async Task An_announcement_that_cannot_be_read_is_400_and_says_which_header(string header, string value)
    {
        var (ana, project) = await Owner();
        var create = Create(project, 10);
        create.Headers.Remove(header);
        if (value.Length > 0) create.Headers.Add(header, value);

        var answer = await ana.SendAsync(create);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(header, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Too_large_a_file_is_413_at_the_announcement_and_more_than_announced_at_the_piece()
    {
        var (ana, project) = await Owner();

        var announced = await ana.SendAsync(Create(project, Portal.MaxBytes + 1));
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();
        var sent = await ana.SendAsync(Patch(at, 0, Bytes(1001)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.Contains("5,000,000", await announced.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, sent.StatusCode);
        Assert.Equal("0", await Offset(ana, at));
    }

    [Fact]
    public async Task A_portal_wants_the_size_first_and_says_so_when_it_is_put_off()
    {
        var (ana, project) = await Owner();
        var create = Create(project, 10);
        create.Headers.Remove("Upload-Length");
        create.Headers.Add("Upload-Defer-Length", "1");

        var answer = await ana.SendAsync(create);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Upload-Length", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Lengths_and_offsets_beyond_all_bounds_are_refused_in_words()
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();

        var longest = await ana.SendAsync(Create(project, long.MaxValue));
        var longer = Create(project, 10);
        longer.Headers.Remove("Upload-Length");
        longer.Headers.Add("Upload-Length", "99999999999999999999999");
        var far = Patch(at, 0, Bytes(10));
        far.Headers.Remove("Upload-Offset");
        far.Headers.Add("Upload-Offset", "-1");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, longest.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ana.SendAsync(longer)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ana.SendAsync(far)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await ana.SendAsync(Patch(at, long.MaxValue, Bytes(10)))).StatusCode);
        Assert.Equal(404, (int)(await ana.SendAsync(Head($"/pqd/api/v1/uploads/{Guid.NewGuid()}"))).StatusCode);
        Assert.Equal(404, (int)(await ana.SendAsync(Head("/pqd/api/v1/uploads/..%2f..%2fetc%2fpasswd"))).StatusCode);
        Assert.Equal("0", await Offset(ana, at));
    }

    [Fact]
    public async Task Where_only_get_and_post_get_through_the_method_stands_in_a_header()
    {
        var (ana, project) = await Owner();
        var bytes = Bytes(500);
        var at = (await ana.SendAsync(Create(project, bytes.Length))).Headers.Location!.ToString();
        var piece = Patch(at, 0, bytes);
        piece.Method = HttpMethod.Post;
        piece.Headers.Add("X-HTTP-Method-Override", "PATCH");

        var answer = await ana.SendAsync(piece);

        Assert.Equal((HttpStatusCode.NoContent, "500"), (answer.StatusCode, Header(answer, "Upload-Offset")));
        Assert.Equal(Hash(bytes), (await FileOf(answer)).Sha256);
    }

    [Fact]
    public async Task An_abandoned_upload_is_410_and_its_bytes_are_gone()
    {
        var (ana, project) = await Owner();
        var made = await ana.SendAsync(Create(project, 1000));
        var at = made.Headers.Location!.ToString();
        await ana.SendAsync(Patch(at, 0, Bytes(400)));
        var id = Guid.Parse(at[^36..]);
        Assert.True(DateTimeOffset.Parse(Header(await ana.SendAsync(Head(at)), "Upload-Expires")!) > DateTimeOffset.UtcNow.AddHours(24), "An upload has a day at the least.");
        await using (var db = portal.CreateDbContext())
            await db.Uploads.Where(upload => upload.Id == id).ExecuteUpdateAsync(upload => upload.SetProperty(u => u.ExpiresAt, DateTimeOffset.UtcNow.AddSeconds(-1)));

        await portal.Services.GetRequiredService<UploadDesk>().ExpireAbandoned();

        Assert.Equal(HttpStatusCode.Gone, (await ana.SendAsync(Head(at))).StatusCode);
        var late = await ana.SendAsync(Patch(at, 400, Bytes(600)));
        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
        Assert.Contains("Begin it again", await late.Content.ReadAsStringAsync());
        Assert.DoesNotContain(id, portal.Services.GetRequiredService<Staging>().All());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(399)]
    [InlineData(401)]
    [InlineData(1000)]
    public async Task A_piece_at_another_offset_is_409_and_changes_nothing(int offset)
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();
        await ana.SendAsync(Patch(at, 0, Bytes(400)));

        var answer = await ana.SendAsync(Patch(at, offset, Bytes(10)));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("400", await Offset(ana, at));
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public async Task A_piece_counts_only_if_its_checksum_holds(string algorithm)
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();
        var bytes = Bytes(500);
        var hash = Convert.ToBase64String(algorithm == "sha1" ? SHA1.HashData(bytes) : SHA256.HashData(bytes));
        var changed = bytes.ToArray();
        changed[250] ^= 1;

        var bad = await ana.SendAsync(Patch(at, 0, changed, $"{algorithm} {hash}"));
        var after = await Offset(ana, at);
        var good = await ana.SendAsync(Patch(at, 0, bytes, $"{algorithm} {hash}"));

        Assert.Equal(460, (int)bad.StatusCode);
        Assert.Equal("0", after);
        Assert.Equal((HttpStatusCode.NoContent, "500"), (good.StatusCode, Header(good, "Upload-Offset")));
    }

    [Theory]
    [InlineData("md5 CY9rzUYh03PK3k6DJie09g==")]
    [InlineData("sha1 not!base64")]
    [InlineData("sha1 AAAA")]
    [InlineData("sha256")]
    public async Task A_checksum_that_cannot_be_checked_is_400(string checksum)
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();

        var answer = await ana.SendAsync(Patch(at, 0, Bytes(500), checksum));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("0", await Offset(ana, at));
    }

    [Fact]
    public async Task Another_protocol_is_412_and_another_content_type_415()
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();

        var old = Patch(at, 0, Bytes(10));
        old.Headers.Remove("Tus-Resumable");
        old.Headers.Add("Tus-Resumable", "0.2.2");
        var oldAnswer = await ana.SendAsync(old);
        var form = Patch(at, 0, Bytes(10));
        form.Content!.Headers.ContentType = new("application/x-www-form-urlencoded");
        var formAnswer = await ana.SendAsync(form);

        Assert.Equal((HttpStatusCode.PreconditionFailed, "1.0.0"), (oldAnswer.StatusCode, Header(oldAnswer, "Tus-Version")));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, formAnswer.StatusCode);
        Assert.Equal("0", await Offset(ana, at));
    }

    [Fact]
    public async Task An_upload_given_up_is_gone()
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();
        await ana.SendAsync(Patch(at, 0, Bytes(400)));

        var ended = await ana.SendAsync(Speak(HttpMethod.Delete, at));

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await ana.SendAsync(Head(at))).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await ana.SendAsync(Patch(at, 400, Bytes(10)))).StatusCode);
        Assert.DoesNotContain(Guid.Parse(at[^36..]), portal.Services.GetRequiredService<Staging>().All());
    }

    [Fact]
    public async Task For_others_and_for_nobody_the_upload_is_not_there()
    {
        var (ana, project) = await Owner();
        var at = (await ana.SendAsync(Create(project, 1000))).Headers.Location!.ToString();
        // Even somebody of the same project does not continue another one's upload.
        var ben = await portal.Person("Ben");
        await using (var db = portal.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = project, PersonId = ben.Id, Role = AccessRole.Edit });
            await db.SaveChangesAsync();
        }
        using var his = await portal.Program(ben);
        using var stranger = await portal.Program(await portal.Person("Eve"));
        using var nobody = await portal.Program(null);

        foreach (var (program, status) in new[] { (his, 404), (stranger, 404), (nobody, 401) })
        {
            Assert.Equal(status, (int)(await program.SendAsync(Head(at))).StatusCode);
            Assert.Equal(status, (int)(await program.SendAsync(Patch(at, 0, Bytes(10)))).StatusCode);
            Assert.Equal(status, (int)(await program.SendAsync(Speak(HttpMethod.Delete, at))).StatusCode);
        }
        Assert.Equal(404, (int)(await stranger.SendAsync(Create(project, 10))).StatusCode);
        Assert.Equal(401, (int)(await nobody.SendAsync(Create(project, 10))).StatusCode);
        Assert.Equal("0", await Offset(ana, at));
    }

    [Fact]
    public async Task What_arrived_before_the_connection_broke_is_confirmed()
    {
        var (ana, project) = await Owner();
        var bytes = Bytes(300_000);
        var at = (await ana.SendAsync(Create(project, bytes.Length))).Headers.Location!.ToString();

        using (var broken = await BeginPiece(ana, at, bytes.Length, bytes[..123_457]))
            await Task.Delay(50);
        var confirmed = await Settled(ana, at);
        var done = await ana.SendAsync(Patch(at, confirmed, bytes[confirmed..]));

        Assert.Equal(123_457, confirmed);
        Assert.Equal(Hash(bytes), (await FileOf(done)).Sha256);
    }

    [Fact]
    public async Task Of_two_pieces_at_once_the_second_is_423()
    {
        var (ana, project) = await Owner();
        var bytes = Bytes(2000);
        var at = (await ana.SendAsync(Create(project, bytes.Length))).Headers.Location!.ToString();
        using var first = await BeginPiece(ana, at, bytes.Length, bytes[..1000]);

        await TurnTaken(at);
        var second = await ana.SendAsync(Patch(at, 0, bytes));
        await first.GetStream().WriteAsync(bytes.AsMemory(1000));
        using var answer = new StreamReader(first.GetStream());

        Assert.Equal(423, (int)second.StatusCode);
        Assert.Equal("HTTP/1.1 204 No Content", await answer.ReadLineAsync());
        Assert.Equal(bytes.Length, await Settled(ana, at));
    }

    [Fact]
    public async Task The_same_bytes_again_lead_to_the_same_run_and_say_so()
    {
        var (ana, project) = await Owner();
        var bytes = Bytes(5000);

        var first = await Send(ana, project, bytes, "dot.ptu");
        var again = await Send(ana, project, bytes, "copy of dot.ptu");

        Assert.Equal(Header(first, "Portal-Run"), Header(again, "Portal-Run"));
        Assert.Null(Header(first, "Portal-Note"));
        Assert.Contains("nothing was doubled", Uri.UnescapeDataString(Header(again, "Portal-Note")!));
    }

    [Fact]
    public async Task An_empty_file_is_whole_at_its_announcement()
    {
        var (ana, project) = await Owner();

        var made = await ana.SendAsync(Create(project, 0, "empty.ptu"));

        Assert.Equal(("empty.ptu", Hash([])), await FileOf(made));
        Assert.Equal("0", await Offset(ana, made.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task Two_hundred_files_through_a_line_that_breaks_at_random_arrive_whole_and_once()
    {
        var person = await portal.Person();
        var project = (await portal.Project(person)).Id;
        using var line = new BreakingLine(portal.Address.Port, shortest: 500, longest: 150_000, seed: 5);
        using var program = await portal.Program(person, new Uri($"http://127.0.0.1:{line.Port}"));
        var files = Enumerable.Range(0, 200).Select(n => Bytes(n == 0 ? 1 : _random.Next(1, 300_000))).ToList();

        var runs = new string?[files.Count];
        await Parallel.ForAsync(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (n, _) => runs[n] = await Persist(program, project, files[n], $"dot {n}.ptu"));

        Assert.True(line.Breaks > 200 && line.LostAnswers > 40, $"The line broke {line.Breaks} times only, {line.LostAnswers} of them in an answer.");
        Assert.Equal(files.Count, runs.Distinct().Count());
        await using var db = portal.CreateDbContext();
        Assert.Equal(files.Count, await db.Runs.CountAsync(run => run.ProjectId == project));
        Assert.Equal(files.Count, await db.Jobs.CountAsync(job => job.ProjectId == project));
        var store = portal.Services.GetRequiredService<IFileStore>();
        for (var n = 0; n < files.Count; n++)
        {
            var run = Guid.Parse(runs[n]!);
            var file = await db.RunFiles.SingleAsync(file => file.RunId == run);
            await using var stored = await store.Open(file.Sha256);
            Assert.Equal(($"dot {n}.ptu", Hash(files[n])), (file.Name, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored))));
        }
        var kept = files.Select(Hash).ToList();
        Assert.Equal(files.Count, await db.StoredFiles.CountAsync(file => kept.Contains(file.Sha256)));
        // Announcements whose answer was lost are open still, but no byte came of them.
        var begun = await db.Uploads.Where(upload => upload.ProjectId == project).Select(upload => upload.Id).ToListAsync();
        Assert.Empty(begun.Intersect(portal.Services.GetRequiredService<Staging>().All()));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(portal.Folder.Path, "files", "incoming")));
    }

    /// <summary>Sends a file over a line that breaks, as any client of the protocol does: ask what is confirmed, go on from there.</summary>
    static async Task<string?> Persist(HttpClient program, Guid project, byte[] bytes, string name)
    {
        string? at = null;
        for (var end = DateTime.UtcNow.AddSeconds(120); DateTime.UtcNow < end;)
            try
            {
                at ??= (await program.SendAsync(Create(project, bytes.Length, name))).EnsureSuccessStatusCode().Headers.Location!.ToString();
                var head = await program.SendAsync(Head(at));
                if (head.StatusCode != HttpStatusCode.OK) continue;
                if (Header(head, "Portal-Run") is { } run) return run;
                var offset = int.Parse(Header(head, "Upload-Offset")!);
                // Another piece may still be seen as arriving, and may change what is confirmed: then it is asked for again.
                var answer = await program.SendAsync(Patch(at, offset, bytes[offset..]));
                if ((int)answer.StatusCode is not (204 or 409 or 423)) throw new Xunit.Sdk.XunitException($"{name}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                if (answer.StatusCode != HttpStatusCode.NoContent) await Task.Delay(10);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
            }
        throw new Xunit.Sdk.XunitException($"{name} did not arrive.");
    }

    async Task<(HttpClient Program, Guid Project)> Owner()
    {
        var person = await portal.Person();
        return (await portal.Program(person), (await portal.Project(person)).Id);
    }

    byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    static async Task<HttpResponseMessage> Send(HttpClient program, Guid project, byte[] bytes, string name)
    {
        var made = await program.SendAsync(Create(project, bytes.Length, name));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return await program.SendAsync(Patch(made.Headers.Location!.ToString(), 0, bytes));
    }

    static HttpRequestMessage Create(Guid project, long length, string name = "dot.ptu") => Tus.Create(project, length, name, "/pqd");

    static HttpRequestMessage Patch(string at, long offset, byte[] piece, string? checksum = null)
    {
        var request = Tus.Patch(at, offset, new MemoryStream(piece));
        if (checksum is not null) request.Headers.Add("Upload-Checksum", checksum);
        return request;
    }

    /// <summary>A connection on which a piece has begun to arrive.</summary>
    async Task<TcpClient> BeginPiece(HttpClient program, string at, int length, byte[] begin)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(portal.Address.Host, portal.Address.Port);
        var head = $"PATCH {at} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {program.DefaultRequestHeaders.Authorization}\r\nTus-Resumable: 1.0.0\r\n"
            + $"Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n";
        await connection.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. begin]);
        return connection;
    }

    /// <summary>Waits until a piece of this upload is being taken.</summary>
    async Task TurnTaken(string at)
    {
        var staging = portal.Services.GetRequiredService<Staging>();
        for (var end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; await Task.Delay(10))
            using (var turn = staging.TryTake(Guid.Parse(at[^36..])))
                if (turn is null) return;
        throw new Xunit.Sdk.XunitException("The piece was not taken.");
    }

    /// <summary>What is confirmed once the piece that was arriving is dealt with.</summary>
    static async Task<int> Settled(HttpClient program, string at)
    {
        for (var end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; await Task.Delay(10))
            if (await Offset(program, at) is { } told && told != "0") return int.Parse(told);
        throw new Xunit.Sdk.XunitException("Nothing was confirmed.");
    }

    async Task<(string Name, string Sha256)> FileOf(HttpResponseMessage last)
    {
        Assert.True(Header(last, "Portal-Run") is not null, $"{last.StatusCode} {await last.Content.ReadAsStringAsync()}");
        var run = Guid.Parse(Header(last, "Portal-Run")!);
        await using var db = portal.CreateDbContext();
        var file = await db.RunFiles.SingleAsync(file => file.RunId == run);
        return (file.Name, file.Sha256);
    }

    static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
