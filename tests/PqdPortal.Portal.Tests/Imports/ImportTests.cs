using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Records;
using PqdPortal.Web.Features.Imports;
using PqdPortal.Web.Features.Samples;

namespace PqdPortal.Portal.Tests.Imports;

/// <summary>Tables become records: all of it or nothing, once, by whom may.</summary>
public sealed class ImportTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalUser Maker => portal.People[AccessRole.Edit];

    async Task<ImportOutcome> Walk(RecordKind kind, string table, bool isReal = true, bool update = false, PortalUser? who = null, string? project = "ZN", DecimalSign sign = DecimalSign.Found)
    {
        var viewer = await new Viewers(portal, TimeProvider.System).Of((who ?? Maker).Id);
        return await new TableImport(portal, viewer, TimeProvider.System).Walk(new MemoryStream(Encoding.UTF8.GetBytes(table)), new ImportOptions(kind, null, null, sign, project, update), isReal);
    }

    static string Unique(string name) => $"{name} {Guid.NewGuid():N}";

    async Task<string> All()
    {
        await using var db = portal.CreateDbContext();
        return $"{await db.Batches.CountAsync()} {await db.Samples.CountAsync()} {await db.Emitters.CountAsync()} {await db.Runs.CountAsync()} {await db.AuditEvents.CountAsync()} {(await db.Projects.SingleAsync(p => p.Code == "ZN")).NextBatch}";
    }

    [Fact]
    public async Task A_table_of_batches_is_recorded_in_the_portals_units_once_and_says_so_the_second_time()
    {
        var name = Unique("blue");
        var table = $"Name;Formula;Method;Synthesised on;Temperature (K);Edge length (Å);QY (%);Colour\n{name};CsPbBr3;hot-injection;2026-11-20;443,15;91;71;green\n{name} 2;CsPbI3;;21.11.2026;;;;\n";

        var look = await Walk(RecordKind.Batch, table, isReal: false);
        Assert.Equal((2, 2, true, false), (look.Rows, look.Counts[RowVerdict.New], look.CanImport, look.IsDone));
        Assert.Equal("Colour", Assert.Single(look.Columns, column => column.Target is null).Heading);
        var before = await All();
        Assert.Equal(before, await All());

        var done = await Walk(RecordKind.Batch, table);
        Assert.True(done.IsDone);
        Assert.All(done.Made, made => Assert.StartsWith("b/ZN-", made.Address));
        await using (var db = portal.CreateDbContext())
        {
            var batch = await db.Batches.SingleAsync(b => b.Name == name);
            Assert.Equal((SynthesisMethod.HotInjection, new DateOnly(2026, 11, 20), 170.0, 9.1, 0.71), (batch.Method, batch.SynthesisedOn, batch.SynthesisTemperature, batch.EdgeLength, batch.Plqy));
            Assert.Equal(Maker.Id, batch.CreatedById);
            Assert.Equal("made", Assert.Single(await db.HistoryOf(batch.Id)).Action);
        }

        var after = await All();
        var again = await Walk(RecordKind.Batch, table);
        Assert.Equal((false, false, 2), (again.IsDone, again.CanImport, again.Counts[RowVerdict.Same]));
        Assert.Equal(after, await All());
    }

    [Fact]
    public async Task A_formula_that_cannot_be_read_is_told_in_its_row_with_its_place_and_keeps_nothing_out()
    {
        var name = Unique("odd");

        var look = await Walk(RecordKind.Batch, $"name,formula,measured_formula\n{name} a,CsPbBr3,\n{name} b,CsPbBro3,\n", isReal: false);

        var warning = Assert.Single(look.Warnings);
        Assert.Equal((3, "formula", 1), (warning.Line, warning.Column, look.WarningCount));
        Assert.StartsWith("Character 5: ", warning.Sentence);
        Assert.Contains("CsPbBr3", warning.Sentence);
        Assert.Equal((true, 2), (look.CanImport, look.Counts[RowVerdict.New]));
    }

    [Fact]
    public async Task Of_two_imports_of_one_table_at_once_one_makes_the_records_and_the_other_finds_them()
    {
        var name = Unique("twice");
        var table = $"name,formula\n{name} a,CsPbBr3\n{name} b,CsPbBr3\n";

        var both = await Task.WhenAll(Walk(RecordKind.Batch, table), Walk(RecordKind.Batch, table));

        Assert.Single(both, outcome => outcome.IsDone);
        await using var db = portal.CreateDbContext();
        Assert.Equal(2, await db.Batches.CountAsync(b => b.Name.StartsWith(name)));
    }

    [Fact]
    public async Task One_wrong_row_keeps_all_of_them_out_and_each_problem_names_its_line_and_column()
    {
        var name = Unique("half");
        var table = new StringBuilder("name,formula,plqy,synthesised_on,method\n");
        for (var row = 0; row < 700; row++) table.Append($"{name} {row},CsPbBr3,0.5,2026-01-01,larp\n");
        table.Append($"{name} x,CsPbBr3,71,2026-01-01,larp\n{name} y,,0.5,3/4/2026,alchemy\n{name} 3,CsPbBr3,0.5,2026-01-01,larp\n{name} z,CsPbBr3,0.5,2026-01-01,larp,more\n{name} \0,CsPbBr3,,,\n");
        var before = await All();

        var outcome = await Walk(RecordKind.Batch, table.ToString());

        Assert.False(outcome.IsDone);
        Assert.Equal(before, await All());
        string At(int line) => string.Join(" ", outcome.Problems.Where(problem => problem.Line == line).Select(problem => $"{problem.Column}: {problem.Sentence}"));
        Assert.Contains("plqy: The quantum yield lies between 0 and 1", At(702));
        Assert.Contains("synthesised_on: \"3/4/2026\" is not a day", At(703));
        Assert.Contains("method: \"alchemy\" is none of", At(703));
        Assert.Contains("same record as line 5", At(704));
        Assert.Contains("6 cells", At(705));
        Assert.Contains("cannot be kept", At(706));
        Assert.Equal(5, outcome.Counts[RowVerdict.Wrong]);
    }

    [Fact]
    public async Task What_a_spreadsheet_would_compute_is_text_and_every_script_and_long_note_stays_as_it_is()
    {
        var id = Guid.NewGuid().ToString("N");
        var note = string.Concat(Enumerable.Repeat("Lange Notiz über 温度 🔬. ", 2500))[..50_000].TrimEnd();
        var table = $"name,formula,ligand,solvent,notes\n'=cmd {id},CsPbBr3,+oleic,@toluene,\"{note}\"\n\u202eabc {id},CsPbBr3,-5 mM,\"a \"\"quoted\"\" word\",'quoted'\n";

        var outcome = await Walk(RecordKind.Batch, table);

        Assert.True(outcome.IsDone, string.Join(" ", outcome.Problems));
        await using var db = portal.CreateDbContext();
        var batch = await db.Batches.SingleAsync(b => b.Name == $"=cmd {id}");
        Assert.Equal(("+oleic", "@toluene", note), (batch.Ligand, batch.Solvent, batch.Notes));
        var other = await db.Batches.SingleAsync(b => b.Name == $"\u202eabc {id}");
        Assert.Equal(("-5 mM", "a \"quoted\" word", "'quoted'"), (other.Ligand, other.Solvent, other.Notes));
    }

    [Fact]
    public async Task What_is_there_is_changed_only_when_asked_and_an_empty_cell_takes_nothing_away()
    {
        var batch = (await portal.As(Maker, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = Unique("old"), Formula = "CsPbBr3", Solvent = "octadecene", EdgeLength = 9 })))!;
        var table = $"code,solvent,edge_length [nm]\n{batch.Code},,9.4\n";

        var left = await Walk(RecordKind.Batch, table);
        Assert.Equal((false, 1), (left.IsDone, left.Counts[RowVerdict.AlreadyThere]));
        var look = await Walk(RecordKind.Batch, table, isReal: false, update: true);
        Assert.Equal("edge length: 9 → 9.4", Assert.Single(Assert.Single(look.Looks).Changes));
        var done = await Walk(RecordKind.Batch, table, update: true);

        Assert.True(done.IsDone);
        await using var db = portal.CreateDbContext();
        var now = await db.Batches.SingleAsync(b => b.Id == batch.Id);
        Assert.Equal((9.4, "octadecene"), (now.EdgeLength, now.Solvent));
        Assert.Equal("EdgeLength", Assert.Single((await db.HistoryOf(batch.Id))[0].Changes).Field);
    }

    [Fact]
    public async Task Samples_dots_and_runs_find_their_places_and_their_numbering_goes_on()
    {
        var batch = (await portal.As(Maker, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = Unique("tree"), Formula = "CsPbBr3" })))!;
        Assert.True((await Walk(RecordKind.Sample, $"batch,name,form,dilution\n{batch.Code},film A,isolated-dots,500\n{batch.Code},film B,film,\n")).IsDone);
        var dots = $"sample,label,x [mm],y\n{batch.Code}-S1,D007,0.5,2\n{batch.Code}-S1,A-1,,\n{batch.Code}-S1,,1,3\n{batch.Code}-S2,,1,3\n";
        Assert.True((await Walk(RecordKind.Dot, dots)).IsDone);
        var runs = $"dot,sample,name,kind,temperature [degC],measured_at\n{batch.Code}-S1-D007,,night run,hbt,20,2026-11-20T22:15Z\n,{batch.Code}-S2,absorption,absorption,,\n";
        Assert.True((await Walk(RecordKind.Run, runs)).IsDone);

        await using var db = portal.CreateDbContext();
        Assert.Equal([$"{batch.Code}-S1-A-1", $"{batch.Code}-S1-D007", $"{batch.Code}-S1-D008", $"{batch.Code}-S2-D001"], await db.Emitters.Where(e => e.Sample.BatchId == batch.Id).OrderBy(e => e.Code).Select(e => e.Code).ToListAsync());
        Assert.Equal(500.0, (await db.Emitters.SingleAsync(e => e.Code == batch.Code + "-S1-D007")).X);
        Assert.Equal(293.15, (await db.Runs.SingleAsync(r => r.Emitter!.Code == batch.Code + "-S1-D007")).Temperature!.Value, 6);
        foreach (var (kind, table) in ((RecordKind, string)[])[(RecordKind.Dot, dots), (RecordKind.Run, runs)])
        {
            var again = await Walk(kind, table);
            Assert.Equal((false, again.Rows), (again.IsDone, again.Counts[RowVerdict.Same]));
        }
        var bad = await Walk(RecordKind.Dot, $"sample,label\n{batch.Code}-S1,D 9\n{batch.Code}-S9,D1\n{batch.Code}-S1,\n");
        Assert.Equal(3, bad.Counts[RowVerdict.Wrong]);
        Assert.Contains("in the dot's address", bad.Problems[0].Sentence);
    }

    [Fact]
    public async Task Nobody_brings_anything_into_a_place_they_may_not_change_and_a_place_they_may_not_see_is_not_there()
    {
        var table = $"name,formula\n{Unique("no")},CsPbBr3\n";
        var before = await All();
        var reader = await Walk(RecordKind.Batch, table, who: portal.People[AccessRole.Read]);
        Assert.Contains("You may see the project ZN but add nothing", Assert.Single(reader.Problems).Sentence);
        var stranger = await Walk(RecordKind.Batch, table, who: portal.People[AccessRole.None]);
        var nowhere = await Walk(RecordKind.Batch, table, who: portal.People[AccessRole.None], project: "NX");
        Assert.Equal(Assert.Single(nowhere.Problems).Sentence.Replace("NX", "ZN"), Assert.Single(stranger.Problems).Sentence);

        foreach (var (kind, rows) in ((RecordKind, string)[])
            [(RecordKind.Batch, $"code,name\n{portal.Batch.Code},renamed\n"), (RecordKind.Sample, $"code,name\n{portal.Sample.Code},renamed\n"),
             (RecordKind.Dot, $"code,x\n{portal.Dot.Code},5\n"), (RecordKind.Run, $"id,name\n{portal.Run.Id},renamed\n")])
        {
            Assert.Contains("not change it", Assert.Single((await Walk(kind, rows, update: true, who: portal.People[AccessRole.Comment])).Problems).Sentence);
            Assert.Contains("There is no", Assert.Single((await Walk(kind, rows, update: true, who: portal.People[AccessRole.None])).Problems).Sentence);
        }
        Assert.Equal(before, await All());
    }

    [Fact]
    public async Task A_person_sees_their_own_table_alone_and_it_can_be_taken_back()
    {
        var file = (await portal.As(Maker, of => of.GetRequiredService<ImportCommands>().Put(new MemoryStream("name\nx"u8.ToArray()))))!.Value;
        var options = new ImportOptions(RecordKind.Batch);
        Assert.NotNull(await portal.As(Maker, of => of.GetRequiredService<ImportQueries>().Look(file, options)));
        Assert.Null(await portal.As(portal.People[AccessRole.Manage], of => of.GetRequiredService<ImportQueries>().Look(file, options)));
        await portal.As(Maker, async of => { await of.GetRequiredService<ImportCommands>().Drop(file); return 0; });
        Assert.Null(await portal.As(Maker, of => of.GetRequiredService<ImportCommands>().Import(file, options)));
    }

    [Fact]
    public async Task A_table_that_says_nothing_or_lacks_what_is_needed_is_refused_in_words()
    {
        Assert.Contains("empty", Assert.Single((await Walk(RecordKind.Batch, "")).Refusals));
        Assert.Contains("no record below", Assert.Single((await Walk(RecordKind.Batch, "name,formula\n")).Refusals));
        Assert.Contains(await Refusals("colour\nred\n"), sentence => sentence.Contains("name of the batch"));
        Assert.Contains(await Refusals("name,formula,edge length (eV)\na,b,1\n"), sentence => sentence.Contains("cannot be turned into"));
        Assert.Contains((await Walk(RecordKind.Batch, "name,formula\na,b\n", project: null)).Refusals, sentence => sentence.Contains("which project"));
        Assert.Contains((await Walk(RecordKind.Dot, "sample\nx\n")).Refusals, sentence => sentence.Contains("label"));

        async Task<List<string>> Refusals(string table) => (await Walk(RecordKind.Batch, table)).Refusals;
    }

    public static TheoryData<string, string?> Encodings => new() { { "utf-8", null }, { "utf-8 with a mark", null }, { "utf-16", null }, { "utf-16be", null }, { "windows-1252", "windows-1252" } };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task One_table_reads_alike_in_every_encoding_and_with_every_separator(string encoding, string? told)
    {
        foreach (var (separator, isComma) in ((char, bool)[])[(',', false), (';', true), ('\t', true), ('\t', false)])
        {
            var name = Unique("Grün µ");
            var decimals = isComma ? "9,1" : "9.1";
            var table = $"Name{separator}Formula{separator}Edge length (nm){separator}Solvent\r\n{name}{separator}CsPbBr3{separator}{decimals}{separator}Öl\r\n";
            byte[] bytes = encoding switch
            {
                "utf-16" => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(table)],
                "utf-16be" => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(table)],
                "windows-1252" => Encoding.Latin1.GetBytes(table),
                "utf-8 with a mark" => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(table)],
                _ => Encoding.UTF8.GetBytes(table),
            };
            var viewer = await new Viewers(portal, TimeProvider.System).Of(Maker.Id);

            var outcome = await new TableImport(portal, viewer, TimeProvider.System).Walk(new MemoryStream(bytes), new ImportOptions(RecordKind.Batch, TableText.Encoded(told), Project: "ZN"), isReal: true);

            Assert.True(outcome.IsDone, string.Join(" ", outcome.Refusals.Concat(outcome.Problems.Select(problem => problem.Sentence))));
            await using var db = portal.CreateDbContext();
            var batch = await db.Batches.SingleAsync(b => b.Name == name);
            Assert.Equal((9.1, "Öl"), (batch.EdgeLength, batch.Solvent));
        }
    }

    [Fact]
    public async Task What_records_were_made_from_is_a_column_and_an_import_takes_no_parent_away()
    {
        Task<Batch?> Make(string name) => portal.As(Maker, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = Unique(name), Formula = "CsPbBr3" }));
        var (raw, salt) = ((await Make("raw"))!, (await Make("salt"))!);
        var name = Unique("washed");
        var made = await Walk(RecordKind.Batch, $"name;formula;made_from\n{name};CsPbBr3;{raw.Code.ToLowerInvariant()} (washed), {salt.Code}\n");
        Assert.True(made.IsDone, string.Join(" ", made.Problems));
        await using var db = portal.CreateDbContext();
        var washed = await db.Batches.SingleAsync(b => b.Name == name);
        async Task<List<(Guid, Descent)>> Parents(Guid of) => [.. (await db.BatchParents.AsNoTracking().Where(p => p.BatchId == of).OrderBy(p => p.Parent.Code).ToListAsync()).Select(p => (p.ParentId, p.How))];
        Assert.Equal([(raw.Id, Descent.Washed), (salt.Id, Descent.NotRecorded)], await Parents(washed.Id));

        // The same again, and with less said: nothing to do. With more: told, and changed only when asked.
        Assert.Equal(1, (await Walk(RecordKind.Batch, $"code,made_from\n{washed.Code},{raw.Code}\n", update: true)).Counts[RowVerdict.Same]);
        var mixed = $"code,made_from\n{washed.Code},{salt.Code} (mixed)\n";
        Assert.Equal($"made from: {salt.Code} (mixed in)", Assert.Single(Assert.Single((await Walk(RecordKind.Batch, mixed)).Looks).Changes));
        Assert.True((await Walk(RecordKind.Batch, mixed, update: true)).IsDone);
        Assert.Equal([(raw.Id, Descent.Washed), (salt.Id, Descent.Mixed)], await Parents(washed.Id));

        // What cannot be a parent is said in the look already; what only two rows together make a circle of, at the import: nothing stays.
        async Task Refused(string table, string says)
        {
            foreach (var isReal in (bool[])[false, true])
            {
                var outcome = await Walk(RecordKind.Batch, table, isReal, update: true);
                Assert.Contains(says, Assert.Single(outcome.Problems).Sentence);
                Assert.Equal("made_from", outcome.Problems[0].Column);
                Assert.False(outcome.IsDone);
            }
        }
        await Refused($"code,made_from\n{raw.Code},{washed.Code}\n", "was itself made from this one");
        await Refused($"code,made_from\n{raw.Code},{raw.Code}\n", "not made from itself");
        await Refused($"code,made_from\n{raw.Code},ZN-9999\n", "There is no batch");
        await Refused($"code,made_from\n{raw.Code},{salt.Code} (boiled)\n", "\"boiled\" is none of");
        var circle = await Walk(RecordKind.Batch, $"code,made_from\n{raw.Code},{salt.Code}\n{salt.Code},{raw.Code}\n", update: true);
        Assert.Contains("was itself made from this one", Assert.Single(circle.Problems).Sentence);
        Assert.Empty(await Parents(raw.Id));
        Assert.Empty(await Parents(salt.Id));
    }

    [Fact]
    public async Task Samples_have_parents_of_their_own_kind_in_their_project_alone()
    {
        var film = Unique("film");
        Assert.True((await Walk(RecordKind.Sample, $"batch,name,made_from\n{portal.Batch.Code},{film},{portal.Sample.Code} (split)\n")).IsDone);
        await using var db = portal.CreateDbContext();
        var parent = await db.SampleParents.SingleAsync(p => p.Sample.Name == film);
        Assert.Equal((portal.Sample.Id, Descent.Split), (parent.ParentId, parent.How));
        Assert.Contains("There is no sample", Assert.Single((await Walk(RecordKind.Sample, $"batch,name,made_from\n{portal.Batch.Code},{film} 2,{portal.Batch.Code}\n")).Problems).Sentence);
    }

    [Fact]
    public async Task Extra_fields_are_columns_in_their_units()
    {
        var template = (await portal.As(Maker, of => of.GetRequiredService<TemplateCommands>().Make(portal.Zn.Id, new Template { Name = Unique("t"), Extras = [new("wait_time", RecordKind.Batch, "Wait time", ExtraType.Number, "s", 0, 600), new("shaken", RecordKind.Batch, "Shaken", ExtraType.YesNo)] })))!;
        var name = Unique("extra");

        Assert.True((await Walk(RecordKind.Batch, $"name,formula,template,x.wait_time [min],Shaken\n{name},CsPbBr3,{template.Name},1.5,yes\n")).IsDone);
        var bad = await Walk(RecordKind.Batch, $"name,formula,x.wait_time [min]\n{name} 2,CsPbBr3,11\n");

        Assert.Contains("between 0 and 600 s", Assert.Single(bad.Problems).Sentence);
        await using var db = portal.CreateDbContext();
        var batch = await db.Batches.SingleAsync(b => b.Name == name);
        Assert.Equal((90.0, "s", true, template.Id, (Guid?)template.Id), (batch.Extra["wait_time"]!.Number, batch.Extra["wait_time"]!.Unit, batch.Extra["shaken"]!.Is, batch.Extra["shaken"]!.Template!.Value, batch.TemplateId));
    }

    [Fact]
    public async Task A_program_looks_first_and_imports_then_over_the_wire()
    {
        using var http = portal.Client(Maker);
        var name = Unique("wire");
        async Task<(HttpStatusCode Status, JsonElement Body)> Post(string query, byte[] body, HttpClient? as_ = null)
        {
            var answer = await (as_ ?? http).PostAsync($"/api/v1/imports/{query}", new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } });
            return (answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()));
        }
        var table = Encoding.Latin1.GetBytes($"name;formula;solvent\n{name};CsPbBr3;Öl\n");

        var asked = await Post("batches?dry_run=true&project=ZN", table);
        Assert.Contains("Windows-1252", asked.Body.GetProperty("refusals")[0].GetString());
        var look = await Post("batches?dry_run=true&project=ZN&encoding=windows-1252", table);
        Assert.Equal((HttpStatusCode.OK, 1, false), (look.Status, look.Body.GetProperty("new").GetInt32(), look.Body.GetProperty("imported").GetBoolean()));
        var done = await Post("batches?project=ZN&encoding=windows-1252", table);
        Assert.Equal((HttpStatusCode.OK, true), (done.Status, done.Body.GetProperty("imported").GetBoolean()));
        var again = await Post("batches?project=ZN&encoding=windows-1252", table);
        Assert.Equal((HttpStatusCode.OK, false, 1), (again.Status, again.Body.GetProperty("imported").GetBoolean(), again.Body.GetProperty("same").GetInt32()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post("batches?project=ZN", "name,formula,plqy\na,b,7\n"u8.ToArray())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Post("colours", table)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("batches?encoding=klingon", table)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post("batches?project=ZN", table, portal.Client(portal.People[AccessRole.Read]))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Post("batches?project=ZN", table, portal.Client(portal.People[AccessRole.None]))).Status);
        Assert.Contains("edge_length [nm]", await http.GetStringAsync("/api/v1/imports/batches/template.csv"));
        await using var db = portal.CreateDbContext();
        Assert.Equal("Öl", (await db.Batches.SingleAsync(b => b.Name == name)).Solvent);
    }

    [Fact]
    public async Task A_long_table_takes_no_more_memory_than_a_short_one()
    {
        // Cells that a walk which kept its rows would hold: 20 000 rows of 2 kB are 80 MB of text.
        var sample = portal.Sample.Code;
        await using var bytes = new MemoryStream();
        await using (var text = new StreamWriter(bytes, leaveOpen: true))
        {
            await text.WriteAsync("sample,label,notes\n");
            var note = new string('n', 2000);
            for (var row = 0; row < 20_000; row++) await text.WriteAsync($"{sample},L{row},{note}\n");
        }
        var viewer = await new Viewers(portal, TimeProvider.System).Of(Maker.Id);
        long most = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = new Watch(() => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before));

        var outcome = await new TableImport(portal, viewer, TimeProvider.System).Walk(bytes, new ImportOptions(RecordKind.Dot), isReal: false, watch);

        Assert.Equal((20_000, 20_000), (outcome.Rows, outcome.Counts[RowVerdict.New]));
        Assert.InRange(most, 1, 20_000_000);
    }

    /// <summary>Looks now and then, at once.</summary>
    sealed class Watch(Action look) : IProgress<int>
    {
        public void Report(int rows)
        {
            if (rows % 5000 == 0) look();
        }
    }
}
