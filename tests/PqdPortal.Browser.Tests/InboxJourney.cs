using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;
using Npgsql;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>No hands (J8): the set-up's computer sends finished files, those with a clear name land on their dots, the others wait with a suggestion, one click each.</summary>
public sealed class InboxJourney(InboxJourney.PortalOfAna portal) : IClassFixture<InboxJourney.PortalOfAna>
{
    /// <summary>A portal with one person, one project, a batch with a sample of twenty dots, and a token for the set-up's computer.</summary>
    public sealed class PortalOfAna : Portal
    {
        public const string Token = "pqd_journey_of_the_night";

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            if (Browser.Missing is not null) return;
            await using var browser = await Browser.Open(Address);
            await browser.Page.SignUp();
            await browser.Page.MakeProject();
            await using (var connection = new NpgsqlConnection(Database))
            {
                await connection.OpenAsync();
                await using var make = new NpgsqlCommand("""INSERT INTO "AccessTokens" ("Id", "PersonId", "Name", "Hash", "CreatedAt") SELECT gen_random_uuid(), "Id", 'set-up', @hash, now() FROM "Persons" """, connection);
                make.Parameters.AddWithValue("hash", System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token))));
                await make.ExecuteNonQueryAsync();
            }
            using var http = new HttpClient { BaseAddress = new Uri(Address) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            foreach (var (where, what) in ((string, object)[])[("batches", new { project = "ZN", name = "first", formula = "CsPbBr3" }), ("samples", new { batch = "ZN-0001", name = "S1" }), ("samples/ZN-0001-S1/dots", new { count = 20 })])
                (await http.PostAsJsonAsync("/api/v1/" + where, what)).EnsureSuccessStatusCode();
        }

        /// <summary>The program beside the set-up, until it is disposed of.</summary>
        public Process Watch(string folder)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(Root, "src", "PqdPortal.Cli", "bin", Configuration, "net10.0", "pqd.dll"), "watch", folder, "--project", "ZN", "--settle", "0.5", "--every", "0.5"]);
            (start.Environment["PQD_HOME"], start.Environment["PQD_PORTAL"], start.Environment["PQD_TOKEN"]) = (Path.Combine(Files, "pqd"), Address, Token);
            return Process.Start(start)!;
        }
    }

    [Journey]
    public Task Files_of_the_night_find_their_dots_and_the_others_wait_with_a_suggestion() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.SignIn();

        // Once for the laboratory: how files are named, and that certain ones need no person.
        await page.GotoAsync("/inbox/names?project=ZN");
        await page.GetByRole(AriaRole.Button, new() { Name = "Write patterns" }).ClickAsync();
        await page.GetByLabel("Make a pattern from the name of a file").FillAsync("ZN-0001_S1_D003_hbt.ptu");
        await page.GetByLabel("Make a pattern from the name of a file").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add it to the patterns" }).ClickAsync();
        await Expect(page.GetByLabel("Patterns, one a line")).ToHaveValueAsync("{batch}_{sample}_{dot}_{kind}*");
        await page.GetByLabel("A file whose home is certain").SelectOptionAsync("is filed by itself");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the patterns" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true })).ToBeVisibleAsync();

        var folder = Directory.CreateDirectory(Path.Combine(portal.Files, "night")).FullName;
        var measured = await File.ReadAllBytesAsync(await portal.Simulate("""{ "duration_s": 0.2, "rate_cps": [20000, 20000], "seed": 8 }"""));
        // What lies behind the last record is no photon, and makes each of them a measurement of its own.
        void Measure(string name, byte number) => File.WriteAllBytes(Path.Combine(folder, name), [.. measured, number]);
        Measure("ZN-0001_S1_D003_hbt.ptu", 1);
        Measure("film_left_007.ptu", 2);
        using var watch = portal.Watch(folder);
        try
        {
            // The one with a name is on its dot; the other waits: all that is known is what came before it.
            await page.GotoAsync("/inbox");
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "film_left_007.ptu" }).Or(page.GetByRole(AriaRole.Button, new() { Name = "1 new file: show" }))).ToBeVisibleAsync(new() { Timeout = 60_000 });
            // What comes while one reads waits beside the list; whoever opens it anew sees it.
            for (var tried = 0; !await page.GetByText("went to ZN-0001-S1").IsVisibleAsync(); tried++)
            {
                Assert.True(tried < 300, "No suggestion came.");
                await page.GotoAsync("/inbox");
            }
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "ZN-0001_S1_D003_hbt.ptu" })).ToHaveCountAsync(0, new() { Timeout = 60_000 });
            await page.GotoAsync("/d/ZN-0001-S1-D003");
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "ZN-0001_S1_D003_hbt", Exact = true }).First).ToBeVisibleAsync();

            // A person says once where such files belong.
            await page.GotoAsync("/inbox");
            await page.GetByRole(AriaRole.Button, new() { Name = "Another home for film_left_007.ptu" }).ClickAsync();
            await page.GetByLabel("Code or name of the dot or sample").FillAsync("D007");
            await page.GetByRole(AriaRole.Button, new() { Name = "ZN-0001-S1-D007", Exact = true }).ClickAsync();
            await Expect(page.GetByText("film_left_007 is of ZN-0001-S1-D007 now.")).ToBeVisibleAsync();

            // The next of their kind wait with a suggestion: one click each.
            Measure("film_left_009.ptu", 4);
            Measure("film_left_008.ptu", 3);
            var other = page.GetByRole(AriaRole.Button, new() { Name = "File film_left_009.ptu to ZN-0001-S1-D009" });
            var accept = page.GetByRole(AriaRole.Button, new() { Name = "File film_left_008.ptu to ZN-0001-S1-D008" });
            // Whichever comes first; what comes while one reads waits beside the list, and moves nothing under the hand.
            await Expect(accept.Or(other).First).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await Expect(page.GetByText("Waiting (2)")).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await page.GotoAsync("/inbox");
            await Expect(page.GetByText("whose number they carry").First).ToBeVisibleAsync();
            await browser.Picture("inbox-suggestion");
            var pace = new Pace("J8, two files with a suggestion");
            await pace.Click(other);
            await Expect(page.GetByText("film_left_009 is of ZN-0001-S1-D009 now.")).ToBeVisibleAsync();
            await pace.Click(accept);
            await Expect(page.GetByText("film_left_008 is of ZN-0001-S1-D008 now.")).ToBeVisibleAsync();
            pace.Within(2);

            // Taken back with one click too, and what was learnt can be seen and forgotten.
            await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
            await Expect(accept).ToBeVisibleAsync();
            await page.GotoAsync("/inbox/names?project=ZN");
            await page.GetByRole(AriaRole.Button, new() { Name = "Forget that files named like" }).First.ClickAsync();
            await Expect(page.GetByText("files named like")).ToHaveCountAsync(0);
            browser.AssertQuiet();
        }
        finally
        {
            watch.Kill();
            await watch.WaitForExitAsync();
        }
    });
}
