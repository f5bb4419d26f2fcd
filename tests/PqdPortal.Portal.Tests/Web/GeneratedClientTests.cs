using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Client;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Analyses;
using PqdPortal.Portal.Tests.Jobs;
using PqdPortal.Web.Features.Account;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>A portal behind a real port that also does its background work.</summary>
public sealed class WorkingPortal : PortalFixture
{
    /// <summary>The administrator, at a page of the portal.</summary>
    public Visitor Ada { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Ada = await Administrator();
    }

    protected override bool IsServed => true;
    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Portal:Jobs:RunHere"] = "true" };
}

/// <summary>Programs that others write: a client generated from the description of the API, and the script that stands on the page of tokens.</summary>
public sealed class GeneratedClientTests(WorkingPortal portal) : IClassFixture<WorkingPortal>, IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pqd-client");

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratorFact]
    public async Task A_client_generated_from_the_description_records_a_dot_sends_its_file_and_fetches_the_curve()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var description = await new HttpClient { BaseAddress = portal.Address }.GetStringAsync(RestApi.Document);
        var tools = Directory.GetParent(GeneratorFactAttribute.Modules!)!.FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(tools, "generated-client"))) File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "node_modules"), GeneratorFactAttribute.Modules!);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "package.json"), """{ "private": true, "type": "module" }""");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "openapi.json"), description);
        var measured = Path.Combine(_folder.FullName, "D001.ptu");
        await File.WriteAllBytesAsync(measured, JobHost.Ptu(20_000));

        await Run("node", ["node_modules/@hey-api/openapi-ts/bin/run.js"]);
        await Run("node", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
        var said = JsonDocument.Parse(await Run("node", ["built/laboratory.js"], ("PQD_PORTAL", portal.Address.ToString().TrimEnd('/')), ("PQD_TOKEN", await portal.Token(ana)), ("PQD_FILE", measured))).RootElement;

        Assert.StartsWith(project.Code, said.GetProperty("batch").GetString());
        Assert.Equal((518.2, 2), (said.GetProperty("peak").GetDouble(), said.GetProperty("dots").GetInt32()));
        Assert.Equal(new FileInfo(measured).Length, said.GetProperty("photons").GetInt64());
        Assert.True(said.GetProperty("points").GetInt32() > 10 && said.GetProperty("same").GetBoolean());
        await using var db = portal.CreateDbContext();
        Assert.Equal(1, await db.Runs.CountAsync(run => run.ProjectId == project.Id && run.Emitter!.Code == said.GetProperty("dot").GetString()));
    }

    [PythonFact]
    public async Task The_script_on_the_page_of_tokens_lists_dots_and_fetches_their_curves_with_python_alone()
    {
        var code = await MeasuredDot();
        var page = await portal.Ada.Post("/profile/tokens", "token", new() { ["Token.Name"] = "Script", ["Token.Scope"] = "read", ["Token.Project"] = "", ["Token.Days"] = "7" });
        // Exactly what the page shows, letter by letter.
        var script = System.Text.RegularExpressions.Regex.Match(page.Text, "<code id=\"sample-text\"[^>]*>(.*?)</code>", System.Text.RegularExpressions.RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(5, script.Split('\n').Length);
        Assert.DoesNotContain(TokenSample.Placeholder, script);
        var file = Path.Combine(_folder.FullName, "dots.py");
        await File.WriteAllTextAsync(file, script);

        var said = await Run("python3", ["-I", file]);

        Assert.Contains(code, said);
        Assert.Matches(@"delay: \[-?[\d.e-]+, -?[\d.e-]+, -?[\d.e-]+\]", said);
        Assert.Matches(@"g2: \[[\d.e-]+, ", said);
    }

    /// <summary>A dot with a run whose correlation is stored.</summary>
    async Task<string> MeasuredDot()
    {
        var store = portal.Services.GetRequiredService<IFileStore>();
        var report = await store.Save(new MemoryStream(ReportJson.Bytes(SimulatedReports.G2, "PqdPortal test")));
        await using var db = portal.CreateDbContext();
        var project = new Project { Code = "PY", Name = "Scripts", NextBatch = 2 };
        var batch = new Batch { Project = project, Code = "PY-0001", Name = "batch", Formula = "CsPbBr3" };
        var sample = new Sample { Project = project, Batch = batch, Code = "PY-0001-S1", Name = "sample" };
        var dot = new Emitter { Project = project, Sample = sample, Code = "PY-0001-S1-D001", Label = "D001" };
        var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = "run", Reading = ReadingState.Read };
        db.AddRange(project, batch, sample, dot, run, new StoredFile { Sha256 = report.Sha256, Length = report.Length });
        db.Add(new AnalysisRecord
        {
            Project = project, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "py",
            State = AnalysisState.Done, ReportSha256 = report.Sha256, RequestedAt = DateTimeOffset.UtcNow, EndedAt = DateTimeOffset.UtcNow,
        });
        await db.SaveChangesAsync();
        return dot.Code;
    }

    async Task<string> Run(string program, string[] arguments, params (string Name, string Value)[] with)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in with) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await said}\n{await complained}");
        return await said;
    }
}

/// <summary>Runs where the generator of clients is installed, and says so elsewhere.</summary>
public sealed class GeneratorFactAttribute : FactAttribute
{
    internal static string? Modules { get; } = DataFolder.Above(AppContext.BaseDirectory).SelectMany(folder => (string[])[folder, Path.Combine(folder, "tests")])
        .Select(folder => Path.Combine(folder, "node_modules")).FirstOrDefault(modules => Directory.Exists(Path.Combine(modules, "@hey-api", "openapi-ts")) && Directory.Exists(Path.Combine(modules, "..", "generated-client")));

    public GeneratorFactAttribute() => Skip = Modules is null ? "The generator of clients is not installed: run npm ci in tests/." : null;
}

/// <summary>Runs where there is a python3.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    static readonly bool Found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3")));

    public PythonFactAttribute() => Skip = Found ? null : "There is no python3 on this machine.";
}
