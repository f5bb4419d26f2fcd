using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Client.Records;
using PqdPortal.Client.Uploads;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>What <c>pqd</c> asks of the portal: uploads by code, whether a content is there already, and how an agent reports.</summary>
public sealed class PortalClientTests(PortalClientTests.Lab lab) : IClassFixture<PortalClientTests.Lab>
{
    /// <summary>A project with one sample of one dot.</summary>
    public sealed class Lab : PortalFixture
    {
        public Data.Account.PortalUser Nora { get; private set; } = null!;
        public Guid ProjectId { get; private set; }
        public string Sample { get; } = "QD-0001-S1";
        public string Dot { get; } = "QD-0001-S1-D001";

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            Nora = await Person("Nora");
            ProjectId = (await Project(Nora, "QD")).Id;
            await using var db = CreateDbContext();
            var sample = new Sample { ProjectId = ProjectId, Batch = new Batch { ProjectId = ProjectId, Code = "QD-0001", Name = "b", Formula = "CsPbBr3" }, Code = Sample, Name = "S1" };
            db.AddRange(sample, new Emitter { ProjectId = ProjectId, Sample = sample, Code = Dot, Label = "D001" }, new Instrument { Name = "Confocal 2" });
            await db.SaveChangesAsync();
        }
    }

    static byte[] Content(int seed, int length = 3_000_000)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [Fact]
    public async Task A_file_goes_to_the_dot_of_that_code_in_pieces_with_its_folder_and_set_up()
    {
        using var http = await lab.Program(lab.Nora);
        var (client, bytes) = (new UploadClient(http) { PieceBytes = 1_000_000 }, Content(1));
        List<long> confirmed = [];

        var end = await client.Send(new UploadTarget("dot 1.ptu") { To = lab.Dot, Folder = "C:\\data\\..\\night/film", Instrument = "confocal 2" }, new MemoryStream(bytes), progress: new Seen(confirmed));

        Assert.Equal([1_000_000, 2_000_000, 3_000_000], confirmed);
        await using var db = lab.CreateDbContext();
        var run = await db.Runs.Include(r => r.Files).Include(r => r.Emitter).Include(r => r.Instrument).SingleAsync(r => r.Id == end.Run);
        Assert.Equal((lab.Dot, "Confocal 2", Hash(bytes)), (run.Emitter!.Code, run.Instrument!.Name, run.Files.Single().Sha256));
        Assert.Equal("data/night/film", await db.Uploads.Where(upload => upload.RunId == end.Run).Select(upload => upload.Folder).SingleAsync());
    }

    [Fact]
    public async Task The_same_content_to_the_inbox_is_known_even_after_its_run_has_found_a_home()
    {
        using var http = await lab.Program(lab.Nora);
        var (client, bytes, target) = (new UploadClient(http), Content(2, 1000), new UploadTarget("waits.ptu") { Project = "qd" });
        Assert.Null((await client.Known(Hash(bytes), target)).Run);
        var first = await client.Send(target, new MemoryStream(bytes));

        var moved = await http.PostAsJsonAsync("/api/v1/runs/move", new MoveRuns([first.Run], lab.Sample));
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        Assert.Equal((null, lab.Sample), (await moved.Content.ReadFromJsonAsync<MovedRuns>())!.Moved.Single() is var one ? (one.From, one.To) : default);

        Assert.Equal(first.Run, (await client.Known(Hash(bytes), target)).Run);
        Assert.Equal(first.Run, (await client.Send(target, new MemoryStream(bytes))).Run);
        // Elsewhere it is another measurement.
        Assert.Null((await client.Known(Hash(bytes), target with { To = lab.Dot })).Run);
        await using var db = lab.CreateDbContext();
        Assert.Equal(1, await db.RunFiles.CountAsync(file => file.Sha256 == Hash(bytes)));
    }

    [Fact]
    public async Task A_place_that_is_not_there_and_one_that_is_not_ones_own_are_refused_in_words_before_a_byte_goes()
    {
        using var nora = await lab.Program(lab.Nora);
        using var stranger = await lab.Program(await lab.Person("stranger"));
        async Task<HttpStatusCode> Refused(HttpClient http, UploadTarget target) =>
            (await Assert.ThrowsAsync<RecordTrouble>(() => new UploadClient(http).Send(target, new MemoryStream(Content(3, 10))))).Status;

        Assert.Equal(HttpStatusCode.NotFound, await Refused(nora, new("a.ptu") { To = "QD-0001-S9" }));
        Assert.Equal(HttpStatusCode.NotFound, await Refused(nora, new("a.ptu") { Project = "NOPE" }));
        Assert.Equal(HttpStatusCode.NotFound, await Refused(nora, new("a.ptu") { To = lab.Dot, Instrument = "no such" }));
        Assert.Equal(HttpStatusCode.NotFound, await Refused(stranger, new("a.ptu") { To = lab.Dot }));
    }

    [Fact]
    public async Task An_agent_is_seen_by_the_laboratory_and_its_folder_and_files_by_its_person_alone()
    {
        var (colleague, reader) = (await lab.Person("colleague"), await lab.Person("outsider"));
        await using (var db = lab.CreateDbContext())
        {
            db.Add(new Grant { ProjectId = lab.ProjectId, PersonId = colleague.Id, Role = AccessRole.Edit });
            await db.SaveChangesAsync();
        }
        using var nora = await lab.Program(lab.Nora);
        var report = new AgentReport("setup-pc", "D:\\secret series", "Confocal 2", "pqd", "secret.ptu", DateTimeOffset.UtcNow, 3, 1, 0, "cannot read secret.ptu");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => nora.PostAsJsonAsync("/api/v1/agents", report)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        async Task<AgentRecord[]> Seen(Data.Account.PortalUser person)
        {
            using var http = await lab.Program(person);
            return (await http.GetFromJsonAsync<AgentRecord[]>("/api/v1/agents"))!;
        }
        var own = Assert.Single(await Seen(lab.Nora));
        Assert.Equal(("D:\\secret series", "secret.ptu", 3), (own.Folder, own.LastFile, own.Sent));
        var others = Assert.Single(await Seen(colleague));
        Assert.Equal(("setup-pc", "Confocal 2", null, null), (others.Name, others.Instrument, others.Folder, others.LastFile));
        Assert.DoesNotContain("secret", others.Trouble);
        Assert.Empty(await Seen(reader));
        Assert.Equal(HttpStatusCode.NotFound, (await nora.PostAsJsonAsync("/api/v1/agents", report with { Instrument = "no such" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await nora.PostAsJsonAsync("/api/v1/agents", report with { Name = new string('x', 100_000) })).StatusCode);
    }

    [Fact]
    public async Task Patterns_are_kept_with_their_version_and_a_wrong_one_is_refused_with_its_line()
    {
        using var http = await lab.Program(lab.Nora);
        async Task<HttpResponseMessage> Put(string version, params string[] patterns)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Put, "/api/v1/projects/QD/names") { Content = JsonContent.Create(new NamesRecord { Patterns = patterns }) };
            ask.Headers.TryAddWithoutValidation("If-Match", version);
            return await http.SendAsync(ask);
        }
        var empty = await http.GetAsync("/api/v1/projects/QD/names");

        var saved = await Put(empty.Headers.ETag!.ToString(), "{sample}_{dot}*");

        Assert.Equal(["{sample}_{dot}*"], (await saved.Content.ReadFromJsonAsync<NamesRecord>())!.Patterns);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(empty.Headers.ETag!.ToString(), "{dot}")).StatusCode);
        var wrong = await Put(saved.Headers.ETag!.ToString(), "{sample}", "{colour}");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("Line 2", await wrong.Content.ReadAsStringAsync());
    }

    sealed class Seen(List<long> confirmed) : IProgress<long>
    {
        public void Report(long value) => confirmed.Add(value);
    }
}
