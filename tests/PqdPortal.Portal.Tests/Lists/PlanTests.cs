using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PqdPortal.Data.Account;
using PqdPortal.Data.Seed;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Layout.Lists;
using PqdPortal.Web.Layout.Search;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>
/// The ten heaviest questions of the lists, the search and Home find their rows by an index. Each is asked, and its plan is run once more with
/// sequential scans held back, so that size does not decide: what then still reads a tenth of a big table and keeps little of it, or sorts so much where the list stands in
/// the order of an index, has no index it needs. To read all where all is asked for, as a count does, is no walk.
/// </summary>
public sealed class PlanTests(PlanTests.Laboratory portal) : IClassFixture<PlanTests.Laboratory>
{
    /// <summary>5,000 dots, 15,000 runs, 50,000 numbers, 110,000 that stand.</summary>
    public sealed class Laboratory : SeededFixture
    {
        public override SeedSize Size { get; } = new(100);
    }

    static readonly string[] Big = ["Emitters", "Runs", "RunFiles", "Analyses", "AnalysisValues", "AnalysisVerdicts", "StandingValues"];

    /// <summary>The heaviest of docs/benchmarks.md first, but for orders by a field that has no index: those read every record once.</summary>
    public static TheoryData<string> Questions =>
    [
        "dots sort=-runs", "dots sort=-last_run", "batches sort=-share_g2_below_0.1", "dots sort=-g2_0", "dots f=g2_0<0.1&sort=-tau_ns", "dots f=verdict.single_emitter=yes&f=on_fraction>0.9",
        "dots sort=-batch.edge_length", "dots f=g2_0.hi<0.1", "runs sort=g2_0", "runs f=verdict.single_emitter=yes",
        "dots", "runs", "dots sort=verdict.single_emitter", "dots f=batch.edge_length:9..10", "dots f=batch=SD01-0003&cols=code,g2_0,runs,last_run", "runs f=dot=SD01-0003-S1-D001", "runs search=0003-S1-D001", "samples f=batch=SD01-0003", "batches cols=code,dots,share_g2_below_0.1",
        "search SD01-0003-S1-D001", "search centrifuged", "search D003_hbt_2026", "search Cs0.2FA0.8PbBr3",
        "home", "home news", "home ageing",
    ];

    /// <summary>Questions whose order is that of an index: nothing is sorted for them but what is shown.</summary>
    static readonly string[] InOrder = ["dots", "runs", "dots sort=-g2_0", "runs sort=g2_0", "dots sort=verdict.single_emitter", "home", "home ageing"];

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task A_question_needs_no_walk_through_a_big_table(string question)
    {
        foreach (var person in (PortalUser[])[portal.Somebody, portal.Head])
        {
            var wrong = await Walks(question, person, without: null);

            Assert.True(wrong.Count == 0, $"{question}, for {person.Name}:\n{string.Join("\n\n", wrong)}");
        }
    }

    [Theory]
    [InlineData("IX_StandingValues_Of_Name_Value_RecordId", "dots sort=-g2_0")]
    [InlineData("IX_StandingValues_Of_Name_Text_RecordId", "dots sort=verdict.single_emitter")]
    [InlineData("IX_Runs_EmitterId_MeasuredAt", "runs f=dot=SD01-0003-S1-D001")]
    [InlineData("IX_Emitters_Code", "dots")]
    [InlineData("IX_Runs_Moment", "runs")]
    [InlineData("IX_Runs_Name_Parts", "search centrifuged")]
    [InlineData("IX_RunFiles_Name_Parts", "search D003_hbt_2026")]
    [InlineData("IX_Runs_ProjectId_CreatedAt IX_Runs_CreatedAt", "home")]
    [InlineData("IX_Runs_ProjectId_MeasuredAt", "home ageing")]
    [InlineData("IX_Analyses_ProjectId_EndedAt", "home news")]
    public async Task A_missing_index_is_seen(string indexes, string question)
    {
        Assert.NotEmpty(await Walks(question, portal.Head, without: indexes));
    }

    /// <summary>Asks as the pages do, and hears what the database is asked.</summary>
    async Task<List<(string Text, List<NpgsqlParameter> Parameters)>> Asked(string question, PortalUser person)
    {
        using var heard = new Heard(new NpgsqlConnectionStringBuilder(portal.ConnectionString).Database!);
        await using (var scope = portal.As(person)) await Ask(scope.ServiceProvider, question.Split(' ', 2));
        lock (heard.Commands)
        {
            Assert.NotEmpty(heard.Commands);
            return [.. heard.Commands];
        }
    }

    static async Task Ask(IServiceProvider of, string[] question)
    {
        var rest = question.ElementAtOrDefault(1) ?? "";
        switch (question[0])
        {
            case "search":
                await of.GetRequiredService<SearchQueries>().Find(rest, 20);
                break;
            case "home" when rest == "news":
                await of.GetRequiredService<NewsQueries>().Since(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
                break;
            case "home" when rest == "ageing":
                await of.GetRequiredService<AgeingQueries>().Now();
                break;
            case "home":
                await of.GetRequiredService<HomeQueries>().Now();
                break;
            default:
                var (lists, list) = (of.GetRequiredService<ListQueries>(), RecordLists.Find(question[0])!);
                var asked = await lists.Question(list, ListAsked.From(rest));
                Assert.Empty(asked.Troubles);
                var total = await lists.Count(list, asked);
                await lists.Rows(list, asked, 0, 50, total);
                break;
        }
    }

    /// <summary>The walks in the plans of all that a question asks of the database.</summary>
    /// <param name="without">Indexes that are not there, for this time.</param>
    async Task<List<string>> Walks(string question, PortalUser person, string? without)
    {
        var commands = await Asked(question, person);
        // Of some projects only, all of them may be fewer than the index of everybody's holds before them.
        var isInOrder = InOrder.Contains(question) && person == portal.Head;
        await using var connection = new NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        async Task Do(string command)
        {
            await using var one = new NpgsqlCommand(command, connection);
            await one.ExecuteNonQueryAsync();
        }
        if (without is not null) await Do($"DROP INDEX {string.Join(", ", without.Split(' ').Select(index => $"\"{index}\""))}");
        await Do("SET LOCAL enable_seqscan = off");
        var sizes = new Dictionary<string, double>();
        await using (var ask = new NpgsqlCommand("SELECT relname::text, reltuples::float8 FROM pg_class WHERE relkind = 'r' AND relname = ANY ($1)", connection) { Parameters = { new() { Value = Big } } })
        await using (var rows = await ask.ExecuteReaderAsync())
            while (await rows.ReadAsync()) sizes[rows.GetString(0)] = rows.GetDouble(1);
        Assert.All(Big, table => Assert.True(sizes[table] >= 5000, $"{table} holds {sizes[table]} rows: too few to tell a walk from a look."));
        List<string> wrong = [];
        foreach (var (text, parameters) in commands)
        {
            await using var explain = new NpgsqlCommand("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + text, connection);
            foreach (var parameter in parameters) explain.Parameters.Add(parameter.Clone());
            using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
            Look(plan.RootElement[0].GetProperty("Plan"), text, sizes, isInOrder ? sizes["Emitters"] / 10 : double.MaxValue, double.MaxValue, wrong);
        }
        return wrong;
    }

    /// <param name="mostSorted">More rows are not to be sorted.</param>
    /// <param name="kept">What the joins above keep of a node's rows.</param>
    static void Look(JsonElement node, string text, Dictionary<string, double> sizes, double mostSorted, double kept, List<string> wrong)
    {
        string? Of(string name) => node.TryGetProperty(name, out var value) ? value.ToString() : null;
        double Number(string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
        var (kind, loops) = (Of("Node Type")!, Math.Max(1, Number("Actual Loops")));
        var rows = Number("Actual Rows") * loops;
        if (Of("Relation Name") is { } table && sizes.TryGetValue(table, out var size))
        {
            var thrown = (Number("Rows Removed by Filter") + Number("Rows Removed by Index Recheck")) * loops;
            var isWhole = Of("Index Cond") is null && kind != "Bitmap Heap Scan";
            if (kind == "Seq Scan" || (thrown > size / 10 && Math.Min(kept, rows) < thrown / 2) || (isWhole && rows > size / 10 && kept < rows / 20))
                wrong.Add($"{kind} {Of("Index Name")} on {table} of {size:0}: {rows:0} rows read and {thrown:0} thrown away ({Of("Filter")}), {kept:0} kept, in\n{text}");
        }
        if (kind.EndsWith("Join", StringComparison.Ordinal) || kind == "Nested Loop") kept = Math.Min(kept, rows);
        if (kind == "Aggregate") kept = double.MaxValue;
        if (!node.TryGetProperty("Plans", out var below)) return;
        foreach (var part in below.EnumerateArray())
        {
            if (kind == "Sort" && part.GetProperty("Actual Rows").GetDouble() * part.GetProperty("Actual Loops").GetDouble() is var sorted && sorted > mostSorted)
                wrong.Add($"{sorted:0} rows are sorted by {Of("Sort Key")} in\n{text}");
            Look(part, text, sizes, mostSorted, kept, wrong);
        }
    }

    /// <summary>The questions that go to one database while it listens.</summary>
    sealed class Heard : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        readonly string _database;
        readonly List<IDisposable> _listening = [];

        public Heard(string database)
        {
            _database = database;
            _listening.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public List<(string Text, List<NpgsqlParameter> Parameters)> Commands { get; } = [];

        public void OnNext(DiagnosticListener listener)
        {
            if (listener.Name == "Microsoft.EntityFrameworkCore") _listening.Add(listener.Subscribe(this));
        }

        public void OnNext(KeyValuePair<string, object?> said)
        {
            if (said.Value is CommandEventData { Command: NpgsqlCommand command } && said.Key == RelationalEventId.CommandExecuting.Name
                && command.Connection?.Database == _database && command.CommandText.Contains("SELECT", StringComparison.Ordinal) && !command.CommandText.Contains("FOR UPDATE", StringComparison.Ordinal))
                lock (Commands) Commands.Add((command.CommandText, [.. command.Parameters.Select(parameter => ((NpgsqlParameter)parameter).Clone())]));
        }

        public void OnCompleted() { }
        public void OnError(Exception error) { }

        public void Dispose()
        {
            foreach (var one in _listening) one.Dispose();
        }
    }
}
