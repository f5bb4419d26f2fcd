using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Survival.Tests;

/// <summary>A portal process with the life of a laboratory in it: people, groups, grants, records with fields of their own, talk, views, photon files, results, tokens, a bin.</summary>
public sealed partial class FilledPortal : IAsyncDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("lab");

    FilledPortal() => Portal = new PortalProcess("PqdPortal.Web", Settings(_folder.Path));

    public PortalProcess Portal { get; }

    public string Folder => _folder.Path;

    /// <summary>The program's token, as its owner wrote it down.</summary>
    public string Token { get; private set; } = "";

    public Guid Project { get; private set; }
    public Guid Dot { get; private set; }

    /// <summary>A portal's options on a data folder: one long analysis at a time, so that some wait.</summary>
    public static Dictionary<string, string?> Settings(string folder) => new() { ["Portal__DataFolder"] = folder, ["Portal__Jobs__Analyses"] = "1" };

    public static async Task<FilledPortal> Open()
    {
        var lab = new FilledPortal();
        await lab.Portal.Start();
        var ada = lab.Visitor();
        await ada.Post("/welcome", "welcome", new() { ["Input.Name"] = "Ada", ["Input.SignInName"] = "ada", ["Input.Password"] = PortalFixture.Password, ["Input.Organisation"] = "Lab" });
        lab.Token = AccessTokenText().Match((await ada.Post("/profile/tokens", "token", new() { ["Token.Name"] = "Set-up 2", ["Token.Scope"] = "write", ["Token.Days"] = "30" })).Text).Value;
        Assert.NotEmpty(lab.Token);
        await lab.Fill();
        return lab;
    }

    public Visitor Visitor() => new(new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new(Portal.Address) });

    public HttpClient Program(string? address = null)
    {
        var http = new HttpClient { BaseAddress = new(address ?? Portal.Address) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        return http;
    }

    public PortalDb Database() => Database(Folder);

    /// <summary>The private database of a portal that runs on the folder; batches are saved with what their formulas say, as the portal saves them.</summary>
    public static PortalDb Database(string folder) =>
        new((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(Way(folder)).AddInterceptors(new PqdPortal.Jobs.BatchFormulas()).Options);

    public static string Way(string folder) => new NpgsqlConnectionStringBuilder(
        new EmbeddedPostgres(new DataFolder(folder), AppContext.BaseDirectory).ConnectionString(DatabaseOptions.PrivateName)) { Pooling = false }.ConnectionString;

    public static LocalFolderStore Store(string folder) => new(Path.Combine(folder, "files"));

    async Task Fill()
    {
        await using var db = Database();
        var ada = await db.Users.SingleAsync();
        db.Actor = ada.Id;
        var bo = new PortalUser { Name = "Bo", UserName = "bo", NormalizedUserName = "BO", SecurityStamp = "s" };
        var project = new Project { Code = "PQ", Name = "Green dots", CreatedById = ada.Id };
        var group = new Data.Groups.Group { Name = "Guests", Members = [new Membership { PersonId = bo.Id }] };
        var batch = new Batch { Project = project, Code = "PQ-0001", Name = "Green", Formula = "CsPbBr3", MixingX = 0.1 + 0.2, Precursors = "PbBr2,\n\tCs2CO3 \\ OA", Ligand = "DDAB", CreatedById = ada.Id };
        var sample = new Sample { Project = project, Batch = batch, Code = "PQ-0001-S1", Name = "Isolated", CreatedById = ada.Id };
        var dot = new Emitter { Project = project, Sample = sample, Code = "PQ-0001-S1-D001", Label = "D001", CreatedById = ada.Id };
        var binned = new Batch { Project = project, Code = "PQ-0002", Name = "Spilled", Formula = "CsPbI3", CreatedById = ada.Id };
        var template = new Template
        {
            Project = project, Name = "Spray,\twet", Begins = RecordKind.Batch, CreatedById = ada.Id,
            Presets = [new(RecordKind.Batch, nameof(Batch.SynthesisTemperature), "180.5", true)],
            Extras = [new ExtraField("pressure", RecordKind.Batch, "Pressure \\ \"line\"", ExtraType.Number, "mbar", 0, 1e3), new ExtraField("nozzle", RecordKind.Batch, "Nozzle", ExtraType.Text)],
        };
        batch.Template = template;
        batch.Extra = new([new("pressure", template.Extras[0].Value(template, 0.1 + 0.2)!), new("nozzle", template.Extras[1].Value(template, text: "№ 3 \\N \"fine\"\n{}")!)]);
        db.AddRange(bo, project, group, batch, sample, dot, binned,
            new BatchParent { Batch = batch, Parent = binned, How = Descent.Washed },
            new Data.Lists.SavedView { Owner = ada, Project = project, List = "dots", Name = "Single", Query = "f.g2_0=%3C0.5&sort=-lifetime", IsDefault = true },
            new Data.Uploads.NamingRules { Project = project, Patterns = "{batch}_{sample}_{dot}\n# \\. is no end", Filing = Data.Uploads.FilingHabit.WaitForAPerson },
            new Data.Uploads.InboxLesson { Project = project, Kind = Data.Uploads.LessonKind.Name, Shape = "film #", Sample = sample, Emitter = dot, Example = "film 1.ptu", TaughtAt = DateTimeOffset.UtcNow },
            new Data.Talk.Comment { Project = project, Of = Data.Talk.TalkKind.Batch, RecordId = batch.Id, Text = "@Bo: washed?\n\n\\. **twice** 😀", Mentioned = [bo.Id], CreatedById = ada.Id, CreatedAt = DateTimeOffset.UtcNow },
            new Data.Talk.Notice { PersonId = bo.Id, Project = project, Of = Data.Talk.TalkKind.Batch, RecordId = batch.Id, Kind = Data.Talk.NoticeKind.Comment, SourceId = Guid.CreateVersion7(), ById = ada.Id, At = DateTimeOffset.UtcNow, InBell = true },
            new Grant { Project = project, PersonId = ada.Id, Role = AccessRole.Manage },
            new Grant { Project = project, Group = group, Role = AccessRole.Read, ExpiresAt = DateTimeOffset.UtcNow.AddDays(-1) },
            new Data.Runs.Instrument { Name = "Confocal 2" });
        await db.SaveChangesAsync();
        batch.Name = "Green, washed twice";
        binned.DeletedAt = DateTimeOffset.UtcNow;
        await db.SaveChangesAsync();
        (Project, Dot) = (project.Id, dot.Id);
    }

    /// <summary>Photons of a two-level emitter as a PTU file.</summary>
    public static byte[] Photons(long seed, double duration)
    {
        var file = new MemoryStream();
        SimulatedFile.Write(new SimulationOptions { Duration = duration, Rate = [150e3, 150e3], Seed = seed }, file);
        return file.ToArray();
    }

    /// <summary>Uploads a file to the dot as a program does.</summary>
    /// <returns>The run.</returns>
    public async Task<Guid> Upload(HttpClient program, byte[] bytes, string name, long? begin = null)
    {
        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        using var create = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads");
        create.Headers.Add("Tus-Resumable", "1.0.0");
        create.Headers.Add("Upload-Length", bytes.Length.ToString());
        create.Headers.Add("Upload-Metadata", $"filename {Base64(name)},dot {Base64(Dot.ToString())},project {Base64(Project.ToString())}");
        using var made = await program.SendAsync(create);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        using var patch = new HttpRequestMessage(HttpMethod.Patch, made.Headers.Location) { Content = new ByteArrayContent(begin is { } part ? bytes[..(int)part] : bytes) };
        patch.Headers.Add("Tus-Resumable", "1.0.0");
        patch.Headers.Add("Upload-Offset", "0");
        patch.Content.Headers.ContentType = new("application/offset+octet-stream");
        using var sent = await program.SendAsync(patch);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
        return begin is null ? Guid.Parse(sent.Headers.GetValues("Portal-Run").Single()) : Guid.Empty;
    }

    /// <summary>Asks for a correlation.</summary>
    public static async Task Ask(HttpClient program, Guid run, int range) =>
        Assert.True((await program.PostAsJsonAsync("/api/v1/analyses", new { run, kind = "g2.cw", parameters = new JsonObject { ["range_ns"] = range } })).IsSuccessStatusCode);

    /// <summary>Waits until no job waits or runs.</summary>
    public static async Task Rest(string folder, TimeSpan patience)
    {
        var until = DateTime.UtcNow + patience;
        while (true)
        {
            await using var db = Database(folder);
            var open = await db.Jobs.Where(job => job.State == JobState.Queued || job.State == JobState.Running).Select(job => $"{job.Title}: {job.State} {job.Attempt} {job.Stage}").ToListAsync();
            if (open.Count == 0) return;
            Assert.True(DateTime.UtcNow < until, $"Still to do: {string.Join("; ", open)}");
            await Task.Delay(250);
        }
    }

    /// <summary>Every row of a table as one text, in an order of its own.</summary>
    public static async Task<List<string>> Rows(string folder, string table)
    {
        await using var connection = new NpgsqlConnection(Way(folder));
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand($"SELECT t::text FROM \"{table}\" t ORDER BY 1", connection);
        await using var rows = await ask.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        return lines;
    }

    /// <summary>Asserts that every file the portal's records name lies in its store, whole.</summary>
    public static async Task EveryRecordHasItsFile(string folder)
    {
        await using var db = Database(folder);
        var named = await db.StoredFiles.Select(file => file.Sha256)
            .Union(db.RunFiles.Select(file => file.Sha256))
            .Union(db.Analyses.Where(analysis => analysis.ReportSha256 != null).Select(analysis => analysis.ReportSha256!)).ToListAsync();
        Assert.NotEmpty(named);
        foreach (var sha256 in named)
        {
            await using var content = await Store(folder).Open(sha256);
            Assert.Equal(sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(content)));
        }
        Assert.Empty(await db.Analyses.Where(analysis => analysis.State == AnalysisState.Done && (analysis.ReportSha256 == null || !analysis.Values.Any())).Select(analysis => analysis.Id).ToListAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        Directory.Delete(_folder.Path, recursive: true);
    }

    [GeneratedRegex("pqd_[A-Za-z0-9_-]{20,}")]
    private static partial Regex AccessTokenText();
}
