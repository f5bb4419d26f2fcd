using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Planning;

/// <summary>What a plan can begin with: the rates that a run has, and what was found from it.</summary>
public sealed partial class PlanQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>The plan that goes on from a run; null where the viewer sees no such run.</summary>
    public async Task<PlanStart?> Of(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var run = await db.Runs.VisibleTo(viewer).Where(r => r.Id == id).Include(r => r.Files).AsNoTracking().FirstOrDefaultAsync(stop);
        if (run is null) return null;
        var found = await db.Analyses.VisibleTo(viewer).Where(a => a.RunId == id && a.State == AnalysisState.Done).OrderByDescending(a => a.RequestedAt)
            .Include(a => a.Values).AsNoTracking().AsSplitQuery().Take(50).ToListAsync(stop);
        return new PlanStart(run.Id, run.Name, Parameters(run, found));
    }

    static JsonObject Parameters(Run run, IReadOnlyList<AnalysisRecord> found)
    {
        var parameters = new JsonObject();
        void Put(string name, double? value, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
        {
            if (value is { } x && double.IsFinite(x)) parameters[name] = Short(Math.Clamp(x, least, most));
        }

        var quick = found.FirstOrDefault(a => a.Kind == "quick");
        var rates = quick?.Values.Select(v => (Channel: Rate().Match(v.Name) is { Success: true } m ? int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) : -1, v.Value))
            .Where(v => v.Channel >= 0 && v.Value > 0).OrderBy(v => v.Channel).Select(v => v.Value!.Value).ToArray() ?? [];
        if (rates.Length > 0)
        {
            Put("rate_a_cps", rates[0], 0.1, 1e9);
            Put("rate_b_cps", rates.Length > 1 ? rates[1] : 0, 0, 1e9);
        }

        var period = run.Files.Select(SyncPeriod).FirstOrDefault(p => p is > 0) ?? (run.Excitation == Excitation.Pulsed && run.RepetitionRate is > 0 ? 1e-6 / run.RepetitionRate : null);
        parameters["question"] = period is null ? "g2_cw" : rates.Length == 1 ? "lifetime" : "g2_pulsed";
        Put("repetition_MHz", 1e-6 / period, 1e-3, 1e4);

        var correlated = found.FirstOrDefault(a => a.Kind is "g2.cw" or "g2.pulsed");
        var background = correlated is null ? run.BackgroundRates : Numbers(correlated, "background_cps") ?? run.BackgroundRates;
        if (background.Length > 0)
        {
            Put("background_a_cps", background[0], 0, 1e9);
            Put("background_b_cps", background[^1], 0, 1e9);
        }

        double? Value(params string[] names) => names.Select(name => found.SelectMany(a => a.Values).FirstOrDefault(v => v.Name == name && v.Value is not null)?.Value).FirstOrDefault(v => v is not null);
        Put("tau_ns", period is null ? Value("t1_ns", "tau_ns") : Value("tau_ns", "tau_mean_ns"), 0.01, 1e6);
        Put("g2_0", period is null ? Value("g2_0_corr", "g2_0_fit") : Value("g2_0"), 0, 2);
        if (correlated is not null && Numbers(correlated, "jitter_sigma_ps") is [var jitter, ..]) Put("jitter_sigma_ps", jitter, 0, 1e6);
        Put("duration_s", quick?.Values.FirstOrDefault(v => v.Name == "duration_s")?.Value ?? run.Duration, 1e-3, 1e7);
        return parameters;
    }

    /// <summary>A list among the parameters of a result; null where it was not given.</summary>
    static double[]? Numbers(AnalysisRecord of, string name) =>
        JsonNode.Parse(of.Parameters)?[name] is JsonArray { Count: > 0 } list ? [.. list.Select(x => x!.GetValue<double>())] : null;

    static double? SyncPeriod(RunFile file)
    {
        if (file.Role != RunFile.Measurement || file.Summary is null) return null;
        using var summary = JsonDocument.Parse(file.Summary);
        return summary.RootElement.TryGetProperty("sync_period_s", out var period) && period.ValueKind == JsonValueKind.Number ? period.GetDouble() : null;
    }

    static double Short(double x) => double.Parse(x.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^rate_(\d+)_cps$")]
    private static partial Regex Rate();
}

/// <summary>What a plan begins with.</summary>
/// <param name="Parameters">By the names of the planner.</param>
public sealed record PlanStart(Guid Run, string Name, JsonObject Parameters);
