using Microsoft.Playwright;
using Npgsql;

namespace PqdPortal.Browser.Tests;

/// <summary>
/// HTML and scripts in every text of every record, written past all forms into the database itself: each page shows them as the text
/// they are, and nothing of them runs.
/// </summary>
public sealed class HostileTextJourney(Portal portal) : IClassFixture<Portal>
{
    /// <summary>Begins every text; short, for columns of forty characters.</summary>
    const string Short = "<img src=x onerror=pwned=1>";

    /// <summary>Ends every text that has room for it.</summary>
    const string Long = "\"><script>pwned=1</script><svg/onload=pwned=1>'-pwned=1-'{{7*7}}[a](javascript:pwned=1)<style>*{display:none}</style>";

    /// <summary>Texts that people or files give and pages show. The others are codes, keys, hashes and names of quantities.</summary>
    static readonly string[] Texts =
    [
        "Name", "Notes", "Description", "Title", "Message", "ReadingMessage", "Why", "Text", "Label", "Solvent", "Substrate", "Storage", "Packing", "Filters",
        "Splitter", "AppliedField", "Precursors", "Ligand", "Formula", "MeasuredFormula", "Dopant", "SizeOverBohrDefinition", "FileName", "Browser", "Address",
        "Stage", "Software", "Machine", "Reference",
    ];

    [Journey]
    public Task Nothing_that_stands_in_a_record_runs_on_any_page() => portal.Walk(async () =>
    {
        await using var browser = await Browser.Open(portal.Address);
        var page = browser.Page;
        await page.GotoAsync("/");
        await EveryPageJourney.Lab.Begin(page);
        var lab = await EveryPageJourney.Lab.Make(page, portal);
        Assert.True(await Spoil() > 40, "Too few columns were written: this test looks at nothing.");

        var shown = 0;
        var ran = new List<string>();
        foreach (var visit in EveryPageJourney.Visits(lab).Values.SelectMany(ways => ways).Where(visit => visit is { IsAnonymous: false, Answers: 200 }))
        {
            await EveryPageJourney.Go(page, visit);
            if (await page.EvaluateAsync<bool>("() => 'pwned' in window || document.querySelector('img[src=x], main script:not([src]), main style, a[href^=javascript]') !== null")) ran.Add(visit.Name);
            if (await page.EvaluateAsync<bool>("() => document.body.innerText.includes('onerror=pwned')")) shown++;
        }
        Assert.Empty(ran);
        Assert.True(shown > 25, $"Only {shown} pages show the texts: this test looks at too little.");

        await page.GotoAsync($"/a/{lab.G2}");
        var svg = await page.GetByRole(AriaRole.Link, new() { Name = "SVG", Exact = true }).First.GetAttributeAsync("href");
        Assert.Equal("svg", await page.EvaluateAsync<string>("""
            async address => {
                const read = new DOMParser().parseFromString(await (await fetch(address)).text(), 'image/svg+xml');
                return read.querySelector('script, img, foreignObject, [onload], [onerror]')?.tagName ?? read.documentElement.tagName;
            }
            """, svg));
        browser.AssertQuiet();
    });

    /// <summary>Writes into every text of every record.</summary>
    /// <returns>How many columns were written.</returns>
    async Task<int> Spoil()
    {
        await using var database = NpgsqlDataSource.Create(portal.Database);
        var columns = new List<(string Table, string Column, int Room)>();
        await using (var ask = database.CreateCommand("""
            SELECT table_name, column_name, coalesce(character_maximum_length, 5000) FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') AND column_name = ANY($1)
              AND table_name !~ '^(qrtz|__)' AND table_name NOT IN ('AnalysisValues', 'AspNetRoles', 'AspNetUserTokens')
              AND (table_name, column_name) NOT IN (('AnalysisVerdicts', 'Name'))
            """))
        {
            ask.Parameters.Add(new() { Value = Texts });
            await using var rows = await ask.ExecuteReaderAsync();
            while (await rows.ReadAsync()) columns.Add((rows.GetString(0), rows.GetString(1), rows.GetInt32(2)));
        }
        foreach (var (table, column, room) in columns)
        {
            await using var write = database.CreateCommand($"""UPDATE "{table}" SET "{column}" = left($1 || coalesce("{column}", '') || $2, $3)""");
            foreach (var value in (object[])[Short, Long, room]) write.Parameters.Add(new() { Value = value });
            await write.ExecuteNonQueryAsync();
        }
        // What history tells of old and new values.
        await using var history = database.CreateCommand("""UPDATE "AuditEvents" SET "Changes" = replace("Changes"::text, 'night one', $1)::jsonb""");
        history.Parameters.Add(new() { Value = Short });
        await history.ExecuteNonQueryAsync();
        return columns.Count;
    }
}
