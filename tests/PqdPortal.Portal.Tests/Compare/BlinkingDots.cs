using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Access;

namespace PqdPortal.Portal.Tests.Compare;

/// <summary>What was found of a made-up dot.</summary>
sealed record MadeUp(double? On = 0.8, double? Levels = 2, double Rate = 20e3, double OnToOff = 4, double OffToOn = 16, double? AlphaOn = 1.5, double? AlphaOff = 1.6,
    string? Type = null, bool Bleached = false, double BinMs = 10, double Confidence = 0.99, double Seconds = 60, double? G2 = null, bool Unreliable = false)
{
    public string? Selection { get; init; }
    public int Minute { get; init; }
}

/// <summary>Batches of made-up dots, with results as the analyses store them.</summary>
static class BlinkingDots
{
    static int _number;

    /// <summary>A batch more in the project, with one dot for each result; null makes a dot without any run.</summary>
    public static async Task<Batch> Make(MatrixFixture portal, Things at, params MadeUp?[] dots)
    {
        await using var db = portal.CreateDbContext();
        var number = Interlocked.Increment(ref _number);
        var batch = new Batch { ProjectId = at.Project.Id, Code = $"{at.Project.Code}-{1000 + number}", Name = $"batch {number}", Formula = "CsPbBr3" };
        var sample = new Sample { ProjectId = at.Project.Id, Batch = batch, Code = $"{batch.Code}-S1", Name = "film" };
        db.AddRange(batch, sample);
        for (var k = 0; k < dots.Length; k++)
        {
            var dot = new Emitter { ProjectId = at.Project.Id, Sample = sample, Code = $"{sample.Code}-D{k + 1:000}", Label = $"D{k + 1:000}" };
            db.Add(dot);
            if (dots[k] is not { } found) continue;
            var run = new Run { ProjectId = at.Project.Id, Sample = sample, Emitter = dot, Name = $"run of {dot.Label}", Reading = ReadingState.Read };
            run.Files.Add(new RunFile { Sha256 = at.File.Sha256, Name = "a.ptu", Kind = "photon-stream", Reading = ReadingState.Read });
            db.Add(run);
            Results(db, run, found);
        }
        await db.SaveChangesAsync();
        return batch;
    }

    /// <summary>The results of a run, as jobs would have stored them.</summary>
    public static void Results(PqdPortal.Data.PortalDb db, Run run, MadeUp found, AnalysisState state = AnalysisState.Done, string? message = null)
    {
        var parameters = new JsonObject { ["bin_ms"] = found.BinMs, ["confidence"] = found.Confidence, ["max_levels"] = 8, ["seed"] = 1 };
        if (found.Selection is { } selection) parameters["selection"] = JsonNode.Parse(selection);
        var blinking = Analysis(db, run, "blinking", parameters, found.Minute, state);
        blinking.Message = message;
        if (state != AnalysisState.Done) return;
        void Value(string name, double? value, double sigma, string unit, params string[] flags) =>
            blinking.Values.Add(new() { Name = name, Value = value, Sigma = value is null ? null : sigma, Unit = unit, Grade = value is null ? "refused" : flags.Length > 0 ? "warn" : "ok", Flags = flags });
        Value("on_fraction", found.On, 0.02, "1");
        Value("n_levels", found.Levels, 0, "1", found.Unreliable ? ["LEVELS_UNRELIABLE"] : []);
        Value("rate_on_to_off_hz", found.OnToOff, 0.3, "1/s");
        Value("rate_off_to_on_hz", found.OffToOn, 1, "1/s");
        Value("alpha_on", found.AlphaOn, 0.05, "1");
        Value("alpha_off", found.AlphaOff, 0.05, "1");
        Value("mean_cps", found.Rate, 50, "cps");
        Value("duration_s", found.Seconds, 0, "s");
        blinking.Verdicts.AddRange(
        [
            new() { Name = "dwell_law_on", Value = "power_law", Why = "." }, new() { Name = "dwell_law_off", Value = "exponential", Why = "." },
            new() { Name = "bleached", Value = found.Bleached ? "yes" : "no", Why = "." },
        ]);
        if (found.Bleached) Value("t_bleach_s", 42, 1, "s");
        if (found.Type is not null)
            Analysis(db, run, "blinking.type", [], found.Minute, state).Verdicts.Add(new() { Name = "blinking_type", Value = found.Type, Why = "the slope is 0.9 +- 0.1" });
        if (found.G2 is { } g2)
            Analysis(db, run, "g2.cw", [], found.Minute, state).Values.Add(new() { Name = "g2_0_corr", Value = g2, Sigma = 0.01, Unit = "1", Grade = "ok" });
    }

    static AnalysisRecord Analysis(PqdPortal.Data.PortalDb db, Run run, string kind, JsonObject parameters, int minute, AnalysisState state)
    {
        var analysis = new AnalysisRecord
        {
            ProjectId = run.ProjectId, Run = run, Kind = kind, KindVersion = 1, Parameters = parameters.ToJsonString(), Inputs = "{}", Fingerprint = Guid.NewGuid().ToString("N"),
            State = state, RequestedAt = DateTimeOffset.UtcNow.AddMinutes(minute), EndedAt = DateTimeOffset.UtcNow.AddMinutes(minute),
        };
        db.Add(analysis);
        return analysis;
    }

    /// <summary>Gives a result a report with a trace, levels and a histogram.</summary>
    public static async Task Report(MatrixFixture portal, Guid analysis)
    {
        double?[] time = [.. Enumerable.Range(0, 5000).Select(i => (double?)(i * 0.01))];
        double?[] rate = [.. time.Select(t => (double?)(t % 10 < 7 ? 20e3 : 1e3))];
        var report = new AnalysisReport("blinking", 1)
        {
            Curves =
            [
                new("trace", new("time", "s", time), new("rate", "cps", rate)),
                new("levels", new("time", "s", [0, 7, 10, 50]), new("level", "cps", [20e3, 1e3, 20e3, 20e3])),
                new("histogram", new("rate", "cps", [1e3, 20e3]), new("time", "s", [15, 35])),
            ],
        };
        var stored = await portal.Services.GetRequiredService<IFileStore>().Save(new MemoryStream(ReportJson.Bytes(report, "PqdPortal test")));
        await using var db = portal.CreateDbContext();
        if (await db.FindAsync<StoredFile>(stored.Sha256) is null) db.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        (await db.FindAsync<AnalysisRecord>(analysis))!.ReportSha256 = stored.Sha256;
        await db.SaveChangesAsync();
    }
}
