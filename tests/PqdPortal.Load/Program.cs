using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Load;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Survival.Tests;

// Many people click through runs at once, each on a page of their own with a circuit of its own. Run by hand:
//   dotnet run --project tests/PqdPortal.Load -c Release -- [people 100] [seconds 60] [seconds between two clicks 5]
// Prints how long pages take from the click to the batch that shows them, and what the portal needs. See docs/benchmarks.md.

if (args is ["lists", _, _, ..]) return await ListsLoad.Run(args[1..]);

var people = Number(0, 100);
var seconds = Number(1, 60);
var think = Number(2, 5);
var patience = TimeSpan.FromSeconds(60);

await using var lab = await FilledPortal.Open();
var address = new Uri(lab.Portal.Address + "/");
Console.WriteLine("Filling the portal ...");
var (runs, newest) = await Fill();
var visits = await Task.WhenAll(Enumerable.Range(0, people).Select(async at =>
{
    var cookies = new CookieContainer();
    var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = address };
    // Everybody from a place of their own: from one alone, signing in is limited.
    http.DefaultRequestHeaders.Add("X-Forwarded-For", $"10.1.{at / 250}.{at % 250 + 1}");
    return (Cookies: cookies, Http: http);
}));
foreach (var (visit, at) in visits.Select((visit, at) => (visit, at)))
    if (!(await new Visitor(visit.Http).SignIn($"person{at}", PortalFixture.Password)).Status.Equals(HttpStatusCode.Redirect))
        throw new InvalidOperationException($"person{at} cannot sign in.");

Console.WriteLine($"{people} people are signed in; they click for {seconds} s, every {think} s on average. Processors {Environment.ProcessorCount}, load {File.ReadAllText("/proc/loadavg").Trim()}.");
var times = new ConcurrentBag<(string Page, double Milliseconds)>();
var troubles = new ConcurrentBag<string>();
var busyBefore = Processor();
var since = Stopwatch.StartNew();
await Task.WhenAll(visits.Select((visit, at) => Person(visit.Cookies, visit.Http, new Random(at))));
var elapsed = since.Elapsed;

foreach (var page in times.GroupBy(time => time.Page).Append(times.Where(time => time.Page != "first page").GroupBy(_ => "all clicks").Single()).Append(times.GroupBy(_ => "everything").Single()))
    Console.WriteLine($"{page.Key,-14} {page.Count(),6} pages   median {Percentile(page, 50),6:0} ms   95 % {Percentile(page, 95),6:0} ms   longest {Percentile(page, 100),6:0} ms");
Console.WriteLine($"{times.Count / elapsed.TotalSeconds:0.0} pages/s; {troubles.Count} troubles; portal: highest memory {Status("VmHWM") / 1024} MB, now {Status("VmRSS") / 1024} MB, {(Processor() - busyBefore) / elapsed.TotalSeconds:0.00} processors; load {File.ReadAllText("/proc/loadavg").Trim()}");
foreach (var trouble in troubles.GroupBy(trouble => trouble).Take(5)) Console.WriteLine($"{trouble.Count()} x {trouble.Key}");
return Percentile(times, 95) < 500 && Status("VmHWM") < 2L << 20 && troubles.IsEmpty ? 0 : 1;

async Task Person(CookieContainer cookies, HttpClient http, Random random)
{
    await Task.Delay(TimeSpan.FromSeconds(think * random.NextDouble() * 2)); // not all in the same moment
    try
    {
        await using var page = new OpenPage(address, cookies, http);
        await Time("first page", () => page.Open("/runs", newest, patience));
        while (since.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            var run = runs[random.Next(runs.Count)];
            await Go("run", $"/r/{run.Id}", run.Name);
            await Go("analysis", $"/a/{run.Analysis}", run.Name);
            await Time("figure", async () => (await http.GetAsync($"/api/v1/analyses/{run.Analysis}/figures/g2")).EnsureSuccessStatusCode());
            await Go("dot", $"/d/{run.Dot}", run.Dot);
            await Go("batch", $"/b/{run.Batch}", run.BatchName);
            await Go("jobs", "/jobs", "Last finished");
            await Go("runs", "/runs", newest);
        }

        async Task Go(string kind, string to, string shows)
        {
            await Task.Delay(TimeSpan.FromSeconds(think * (0.4 + 1.2 * random.NextDouble())));
            if (since.Elapsed < TimeSpan.FromSeconds(seconds)) await Time(kind, () => page.Click(to, shows, patience));
        }
    }
    catch (Exception trouble)
    {
        troubles.Add($"{trouble.GetType().Name}: {trouble.Message}");
    }
}

async Task Time(string page, Func<Task> work)
{
    var watch = Stopwatch.StartNew();
    await work();
    times.Add((page, watch.Elapsed.TotalMilliseconds));
}

// Records of a busy year: 12 batches, 24 samples, 240 dots, 480 runs, whose files and results are those of a few that were really read.
async Task<(List<RunOfPage> Runs, string Newest)> Fill()
{
    using var program = lab.Program();
    List<Guid> uploaded = [];
    foreach (var seed in (int[])[1, 2, 3]) uploaded.Add(await lab.Upload(program, FilledPortal.Photons(seed, 2), $"seed {seed}.ptu"));
    await FilledPortal.Rest(lab.Folder, TimeSpan.FromMinutes(5));
    foreach (var run in uploaded) await FilledPortal.Ask(program, run, 200);
    await FilledPortal.Rest(lab.Folder, TimeSpan.FromMinutes(5));

    await using var db = lab.Database();
    var project = await db.Projects.SingleAsync();
    var read = await db.Runs.Where(run => run.Files.Any()).Include(run => run.Files).AsNoTracking().ToListAsync();
    var results = await db.Analyses.Where(analysis => analysis.State == AnalysisState.Done).Include(analysis => analysis.Values).Include(analysis => analysis.Verdicts).AsNoTracking().AsSplitQuery().ToListAsync();

    var group = new PqdPortal.Data.Groups.Group { Name = "Lab" };
    db.Add(group);
    db.Add(new Grant { ProjectId = project.Id, Group = group, Role = AccessRole.Edit });
    var hash = new PasswordHasher<PortalUser>().HashPassword(null!, PortalFixture.Password);
    for (var at = 0; at < people; at++)
    {
        var name = $"person{at}";
        var person = new PortalUser { Name = $"Person {at}", UserName = name, NormalizedUserName = name.ToUpperInvariant(), PasswordHash = hash, SecurityStamp = Guid.NewGuid().ToString(), LockoutEnabled = true };
        db.Add(person);
        group.Members.Add(new Membership { PersonId = person.Id });
    }
    await db.SaveChangesAsync();

    var shown = new List<RunOfPage>();
    var begin = DateTimeOffset.UtcNow;
    for (var b = 3; b < 15; b++)
    {
        var batch = new Batch { ProjectId = project.Id, Code = $"PQ-{b:0000}", Name = $"Synthesis number {b}", Formula = "CsPbBr3" };
        for (var s = 1; s <= 2; s++)
        {
            var sample = new Sample { ProjectId = project.Id, Code = $"{batch.Code}-S{s}", Name = $"S{s}", Batch = batch };
            for (var d = 1; d <= 10; d++)
            {
                var dot = new Emitter { ProjectId = project.Id, Code = $"{sample.Code}-D{d:000}", Label = $"D{d:000}", Sample = sample };
                db.Add(dot);
                for (var r = 1; r <= 2; r++)
                {
                    var like = read[shown.Count % read.Count];
                    var run = new Run
                    {
                        ProjectId = project.Id, Sample = sample, Emitter = dot, Name = $"Measurement {shown.Count:0000} of {dot.Label}", Reading = ReadingState.Read, Kind = RunKind.Hbt,
                        CreatedAt = begin.AddSeconds(shown.Count), Files = [.. like.Files.Select(file => new RunFile { Sha256 = file.Sha256, Name = file.Name, Role = file.Role, Format = file.Format, Kind = file.Kind, Summary = file.Summary })],
                    };
                    db.Add(run);
                    Guid? g2 = null;
                    foreach (var result in results.Where(result => result.RunId == like.Id))
                    {
                        var copy = new AnalysisRecord
                        {
                            ProjectId = project.Id, Run = run, Kind = result.Kind, KindVersion = result.KindVersion, Parameters = result.Parameters, Inputs = result.Inputs, Fingerprint = result.Fingerprint,
                            State = result.State, Software = result.Software, Machine = result.Machine, ReportSha256 = result.ReportSha256, RequestedAt = result.RequestedAt, StartedAt = result.StartedAt, EndedAt = result.EndedAt,
                            Values = [.. result.Values.Select(v => new AnalysisValue { Name = v.Name, Value = v.Value, Sigma = v.Sigma, Lo95 = v.Lo95, Hi95 = v.Hi95, Unit = v.Unit, Text = v.Text, N = v.N, Method = v.Method, Grade = v.Grade, Flags = v.Flags })],
                            Verdicts = [.. result.Verdicts.Select(v => new AnalysisVerdict { Name = v.Name, Value = v.Value, Why = v.Why })],
                        };
                        db.Add(copy);
                        if (copy.Kind == "g2.cw") g2 = copy.Id;
                    }
                    shown.Add(new RunOfPage(run.Id, run.Name, g2!.Value, dot.Code, batch.Code, batch.Name));
                }
            }
        }
        await db.SaveChangesAsync();
    }
    await db.Database.ExecuteSqlRawAsync("ANALYZE");
    return (shown, shown[^1].Name);
}

double Percentile(IEnumerable<(string Page, double Milliseconds)> of, double percent)
{
    var sorted = of.Select(time => time.Milliseconds).Order().ToList();
    return sorted.Count == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Count) - 1, 0, sorted.Count - 1)];
}

// Kilobytes of the portal's process.
long Status(string what) => long.Parse(File.ReadLines($"/proc/{lab.Portal.ProcessId}/status").First(line => line.StartsWith(what + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

// Processor seconds of the portal's process.
double Processor() => Process.GetProcessById(lab.Portal.ProcessId).TotalProcessorTime.TotalSeconds;

int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

/// <summary>A run that people look at, with what leads on from it.</summary>
sealed record RunOfPage(Guid Id, string Name, Guid Analysis, string Dot, string Batch, string BatchName);
