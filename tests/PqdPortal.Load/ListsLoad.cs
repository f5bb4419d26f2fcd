using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Survival.Tests;
using PqdPortal.Web.Access;

namespace PqdPortal.Load;

/// <summary>
/// How long lists, filters, searches and Home take at the server with a seeded laboratory, and what an open page holds. Run by hand, on a
/// portal that runs and was filled by <c>pqd admin seed</c>:
/// dotnet run --project tests/PqdPortal.Load -c Release -- lists DATA_FOLDER ADDRESS [rounds 5] [open pages 40]
/// </summary>
static class ListsLoad
{
    /// <summary>What a person may wait for at the server [ms].</summary>
    const double Guard = 300, HomeGuard = 500;

    /// <summary>What an open page may hold [bytes].</summary>
    const double CircuitGuard = 2e6;

    static readonly (string What, string Address)[] Questions =
    [
        ("batches", "lists/batches"), ("batches by edge", "lists/batches?sort=-edge_length"), ("batches by share under 0.1", "lists/batches?sort=-share_g2_below_0.1"), ("batches, search", "lists/batches?search=FAPb"),
        ("samples", "lists/samples"), ("samples by formula", "lists/samples?sort=batch.formula"), ("samples in PMMA", "lists/samples?f=matrix=pmma&sort=-dilution"),
        ("dots", "lists/dots"), ("dots, last page", "lists/dots?page=LAST"), ("dots, middle", "lists/dots?page=MIDDLE"), ("dots by g2(0)", "lists/dots?sort=g2_0"), ("dots by g2(0), falling, last page", "lists/dots?sort=-g2_0&page=LAST"),
        ("dots, g2(0) < 0.1", "lists/dots?f=g2_0%3C0.1&sort=-tau_ns"), ("dots, g2(0) < 0.1 with interval", "lists/dots?f=g2_0.hi%3C0.1"), ("dots, edge 9 to 10 nm in angstrom", "lists/dots?f=batch.edge_length:90..100%C3%85"),
        ("dots, made in a month", "lists/dots?f=batch.synthesised_on:2026-03"), ("dots by batch's edge", "lists/dots?sort=-batch.edge_length"), ("dots by last run", "lists/dots?sort=-last_run"), ("dots by runs", "lists/dots?sort=-runs"),
        ("dots, verdict", "lists/dots?f=verdict.single_emitter=yes&f=on_fraction%3E0.9"), ("dots, search", "lists/dots?search=CsPbI3"), ("dots of a batch", "lists/dots?f=batch=SD01-0007"), ("dots, notes recorded", "lists/dots?f=notes:any"),
        ("runs", "lists/runs"), ("runs, last page", "lists/runs?page=LAST"), ("runs, middle", "lists/runs?page=MIDDLE"), ("runs by g2(0)", "lists/runs?sort=g2_0"), ("runs at 4 K", "lists/runs?f=temperature%3C10"), ("runs, search a code", "lists/runs?search=0007-S2-D003"), ("runs, search a formula", "lists/runs?search=Cs0.2FA"), ("runs by power", "lists/runs?sort=-power"),
        ("search a code", "search?q=SD01-0007-S2-D003"), ("search a formula", "search?q=Cs0.2FA0.8PbBr3"), ("search a word of notes", "search?q=centrifuged"), ("search what is in everything", "search?q=hbt"), ("search a file", "search?q=D003_hbt_2026"), ("search a person", "search?q=Hana"), ("search two letters", "search?q=SD"), ("search nothing there", "search?q=qqqzzz"),
    ];

    public static async Task<int> Run(string[] args)
    {
        var (folder, address) = (args[0], new Uri(args[1].TrimEnd('/') + "/"));
        var rounds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 5;
        var open = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 40;
        var people = await People(folder);
        Console.WriteLine($"{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {people.Count} people, {rounds} rounds.");
        var worst = 0.0;
        foreach (var (what, question) in Questions)
        {
            var times = new List<double>();
            foreach (var (_, token, _) in people)
            {
                using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
                http.DefaultRequestHeaders.Authorization = new("Bearer", token);
                var asked = question;
                if (asked.Contains("LAST") || asked.Contains("MIDDLE"))
                {
                    using var page = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("api/v1/" + question.Replace("page=LAST", "page=1").Replace("page=MIDDLE", "page=1")));
                    var pages = (page.RootElement.GetProperty("total").GetInt32() + 49) / 50;
                    asked = question.Replace("LAST", pages.ToString(CultureInfo.InvariantCulture)).Replace("MIDDLE", (pages / 2).ToString(CultureInfo.InvariantCulture));
                }
                for (var round = 0; round <= rounds; round++)
                {
                    var watch = Stopwatch.StartNew();
                    using var answer = await http.GetAsync("api/v1/" + asked);
                    if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{asked}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                    await answer.Content.ReadAsByteArrayAsync();
                    // The first warms the caches of the database and the compiled question.
                    if (round > 0) times.Add(watch.Elapsed.TotalMilliseconds);
                }
            }
            worst = Math.Max(worst, Say(what, times, Guard));
        }

        var (visits, bytes, home) = await Pages(folder, address, people, open);
        var homeWorst = home.Max(one => Say($"Home, opened to its last line, {one.Who}", one.Times, HomeGuard));
        Console.WriteLine($"an open list of dots holds {bytes / 1e6:0.00} MB at the server ({visits} pages; guard {CircuitGuard / 1e6:0} MB)");
        return worst < Guard && homeWorst < HomeGuard && bytes < CircuitGuard ? 0 : 1;
    }

    static double Say(string what, List<double> times, double guard)
    {
        times.Sort();
        var at95 = times[Math.Clamp((int)Math.Ceiling(0.95 * times.Count) - 1, 0, times.Count - 1)];
        Console.WriteLine($"{what,-40} median {times[times.Count / 2],6:0} ms   95 % {at95,6:0} ms   longest {times[^1],6:0} ms{(at95 < guard ? "" : "   OVER " + guard)}");
        return at95;
    }

    /// <summary>An administrator and seeded people with few, several and many records, each with a token and a password.</summary>
    static async Task<List<(PortalUser Person, string Token, string Name)>> People(string folder)
    {
        await using var db = FilledPortal.Database(folder);
        var seeded = await db.Users.Where(user => user.UserName!.StartsWith("seed-")).OrderBy(user => user.UserName).ToListAsync();
        var administrator = await db.Users.FirstOrDefaultAsync(user => user.UserName == "load-head");
        if (administrator is null)
        {
            administrator = new PortalUser { Name = "Head", UserName = "load-head", NormalizedUserName = "LOAD-HEAD", SecurityStamp = Guid.NewGuid().ToString(), IsAdministrator = true, LockoutEnabled = true };
            db.Add(administrator);
        }
        List<(PortalUser, string, string)> people = [];
        foreach (var person in (PortalUser[])[administrator, .. seeded.Where((_, n) => n % Math.Max(1, seeded.Count / 3) == 0).Take(3)])
        {
            person.PasswordHash = new PasswordHasher<PortalUser>().HashPassword(person, PortalFixture.Password);
            var token = "pqd_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            db.Add(new AccessToken { PersonId = person.Id, Name = "load", Hash = TokenAuthentication.Hash(token), CreatedAt = DateTimeOffset.UtcNow });
            people.Add((person, token, person.UserName!));
        }
        await db.SaveChangesAsync();
        // As the server does by itself some minutes after much was written.
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(20));
        await db.Database.ExecuteSqlRawAsync("VACUUM ANALYZE");
        return people;
    }

    /// <summary>Opens pages that stay open, and compares the portal's memory before and after.</summary>
    static async Task<(int Pages, double Bytes, List<(string Who, List<double> Times)> Home)> Pages(string folder, Uri address, List<(PortalUser Person, string Token, string Name)> people, int count)
    {
        var portal = int.Parse(File.ReadLines(Path.Combine(folder, "postgres", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        var process = Parent(portal);
        List<OpenPage> opened = [];
        List<(string Who, List<double> Times)> home = [];
        try
        {
            async Task<Func<string, string, Task>> As(string name)
            {
                var cookies = new CookieContainer();
                var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = address };
                if ((await new Visitor(http).SignIn(name, PortalFixture.Password)).Status != HttpStatusCode.Redirect) throw new InvalidOperationException($"{name} cannot sign in.");
                return async (page, shows) =>
                {
                    var one = new OpenPage(address, cookies, http);
                    opened.Add(one);
                    await one.Open(page, shows, TimeSpan.FromMinutes(1));
                };
            }
            // The administrator, who sees everything, and a member of some projects.
            foreach (var (who, name) in ((string, string)[])[("administrator", people[0].Name), ("member", people[1].Name)])
            {
                List<double> times = [];
                var visit = await As(name);
                for (var n = 0; n < 21; n++)
                {
                    var watch = Stopwatch.StartNew();
                    await visit("/", "Seeded series");
                    if (n > 0) times.Add(watch.Elapsed.TotalMilliseconds);
                }
                home.Add((who, times));
            }
            var Open = await As(people[0].Name);
            for (var n = 0; n < 10; n++) await Open("/dots", "SD01-0001-S1-D001");
            await Task.Delay(3000);
            var before = Resident(process);
            for (var n = 0; n < count; n++) await Open("/dots", "SD01-0001-S1-D001");
            await Task.Delay(3000);
            return (count, (Resident(process) - before) / (double)count, home);
        }
        finally
        {
            foreach (var page in opened) await page.DisposeAsync();
        }
    }

    /// <summary>The portal that started the private server.</summary>
    static int Parent(int process) => int.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("PPid:")).Split('\t')[1], CultureInfo.InvariantCulture) is > 1 and var parent ? parent : Owner();

    static int Owner() => Process.GetProcessesByName("dotnet").First(one => File.ReadAllText($"/proc/{one.Id}/cmdline").Contains("PqdPortal.Web.dll")).Id;

    static long Resident(int process) => long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
