using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PqdPortal.Data.Seed;
using PqdPortal.Web.Features.Home;
using PqdPortal.Web.Layout.Lists;
using PqdPortal.Web.Layout.Search;

namespace PqdPortal.Portal.Tests.Lists;

/// <summary>
/// No question of a list, a search or Home goes through a big table from end to end for want of an index. The plans are asked with sequential
/// scans held back: what still needs one has no index it could use; and an index that is walked whole while text is compared is none either.
/// </summary>
public sealed class PlanTests(PlanTests.Laboratory portal) : IClassFixture<PlanTests.Laboratory>
{
    /// <summary>5,000 dots, 15,000 runs, 60,000 numbers.</summary>
    public sealed class Laboratory : SeededFixture
    {
        public override SeedSize Size { get; } = new(100);
    }

    static readonly string[] Big = ["Emitters", "Runs", "RunFiles", "Analyses", "AnalysisValues", "AnalysisVerdicts", "StandingValues", "Samples"];

    public static TheoryData<string> Lists => ["dots", "dots sort=-g2_0", "dots f=g2_0<0.05&sort=-tau_ns", "dots f=g2_0.hi<0.1", "dots f=batch.edge_length:9..10", "dots f=batch=SD01-0003&cols=code,g2_0,runs,last_run",
        "runs", "runs f=dot=SD01-0003-S1-D001", "runs f=verdict.single_emitter=yes", "samples f=batch=SD01-0003", "batches cols=code,dots,share_g2_below_0.1"];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_needs_no_walk_through_a_big_table(string question)
    {
        var (list, query) = question.Split(' ') is [var key, var rest] ? (key, rest) : (question, "");
        await Check(async of =>
        {
            var lists = of.GetRequiredService<ListQueries>();
            var asked = await lists.Question(RecordLists.Find(list)!, ListAsked.From(query));
            Assert.Empty(asked.Troubles);
            var total = await lists.Count(RecordLists.Find(list)!, asked);
            await lists.Rows(RecordLists.Find(list)!, asked, total / 3, 50, total);
        });
    }

    [Theory]
    [InlineData("SD01-0003-S1-D001")]
    [InlineData("centrifuged")]
    [InlineData("D003_hbt_2026")]
    [InlineData("Cs0.2FA0.8PbBr3")]
    public async Task A_search_needs_no_walk_through_a_big_table(string text) =>
        await Check(of => of.GetRequiredService<SearchQueries>().Find(text, 20));

    [Fact]
    public async Task Home_needs_no_walk_through_a_big_table() => await Check(of => of.GetRequiredService<HomeQueries>().Now());

    /// <summary>Does something for a person of the laboratory and looks at the plan of every question it asked.</summary>
    async Task Check(Func<IServiceProvider, Task> act)
    {
        List<(string Text, List<NpgsqlParameter> Parameters)> commands;
        using (var heard = new Heard(new NpgsqlConnectionStringBuilder(portal.ConnectionString).Database!))
        {
            await using (var scope = portal.As(portal.Somebody)) await act(scope.ServiceProvider);
            lock (heard.Commands) commands = [.. heard.Commands];
        }
        Assert.NotEmpty(commands);
        List<string> wrong = [];
        await using var connection = new NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync();
        await using (var hold = new NpgsqlCommand("SET enable_seqscan = off", connection)) await hold.ExecuteNonQueryAsync();
        foreach (var (text, parameters) in commands)
        {
            await using var explain = new NpgsqlCommand("EXPLAIN (FORMAT JSON) " + text, connection);
            foreach (var parameter in parameters) explain.Parameters.Add(parameter.Clone());
            using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
            Look(plan.RootElement[0].GetProperty("Plan"), text, wrong);
        }
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    static void Look(JsonElement node, string text, List<string> wrong)
    {
        string? Of(string name) => node.TryGetProperty(name, out var value) ? value.ToString() : null;
        if (Of("Relation Name") is { } table && Big.Contains(table))
        {
            if (Of("Node Type") == "Seq Scan") wrong.Add($"Seq Scan on {table} ({Of("Filter")}) of\n{text}");
            else if (Of("Node Type")!.StartsWith("Index") && Of("Index Cond") is null && Of("Filter") is { } filter && filter.Contains("~~*")) wrong.Add($"{Of("Index Name")} of {table} is walked whole for {filter} of\n{text}");
        }
        if (node.TryGetProperty("Plans", out var below))
            foreach (var part in below.EnumerateArray()) Look(part, text, wrong);
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
