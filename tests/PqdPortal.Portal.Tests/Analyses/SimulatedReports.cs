using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Simulation;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Analyses;

namespace PqdPortal.Portal.Tests.Analyses;

/// <summary>Reports of a simulated dot, computed as the portal computes them and passed through their JSON.</summary>
static class SimulatedReports
{
    static readonly Lazy<AnalysisReport> LazyG2 = new(() => Compute("g2.cw", new JsonObject { ["range_ns"] = 200, ["background_cps"] = new JsonArray(300, 250) }));
    static readonly Lazy<AnalysisReport> LazyQuick = new(() => Compute("quick", []));

    /// <summary>A two-level emitter of 8 ns, 150 kcps on each detector, 3 s: about 5000 pairs in the dip.</summary>
    public static AnalysisReport G2 => LazyG2.Value;
    public static AnalysisReport Quick => LazyQuick.Value;

    static readonly Lazy<AnalysisReport> LazyLifetime = new(() => Compute("lifetime", new JsonObject { ["irf_t0_ps"] = 2000, ["irf_sigma_ps"] = 150 },
        new SimulationOptions { Kind = "pulsed", Duration = 1, Rate = [50e3, 50e3], Lifetime = 5e-9, Jitter = [150e-12, 150e-12], Seed = 8 }));

    /// <summary>A pulsed dot of 5 ns on two detectors, 100,000 photons.</summary>
    public static AnalysisReport Lifetime => LazyLifetime.Value;

    static readonly SimulationOptions PulsedDot = new()
    {
        Kind = "pulsed", Duration = 2, Rate = [60e3, 60e3], Lifetime = 8e-9, Repetition = 5e6, MeanExcitons = 0.05, BiexcitonRatio = 0.15, BiexcitonLifetime = 1e-9, Jitter = [150e-12, 150e-12], Seed = 9,
    };

    static readonly Lazy<AnalysisReport> LazyPulsed = new(() => Compute("g2.pulsed", new JsonObject { ["irf_t0_ps"] = 2000, ["mean_excitons"] = 0.05 }, PulsedDot));
    static readonly Lazy<AnalysisReport> LazyGated = new(() => Compute("g2.gated", new JsonObject { ["irf_t0_ps"] = 2000, ["gates_ps"] = new JsonArray(0, 500, 2000) }, PulsedDot));

    /// <summary>A pulsed dot whose biexciton shines a seventh as well as its exciton.</summary>
    public static AnalysisReport Pulsed => LazyPulsed.Value;
    public static AnalysisReport Gated => LazyGated.Value;

    static readonly Lazy<AnalysisReport> LazyBlinking = new(() => Compute("blinking", [], new SimulationOptions
    {
        Kind = "pulsed", Duration = 60, Rate = [2e3, 2e3], Lifetime = 12e-9, Repetition = 5e6, Blinking = "exponential", BlinkBrightness = [1, 0.15], BlinkMean = [0.4, 0.3], Seed = 10,
    }));

    /// <summary>A dot that is bright for 0.4 s and dark for 0.3 s on average, a minute of it.</summary>
    public static AnalysisReport Blinking => LazyBlinking.Value;

    /// <summary>How its lifetime goes with its light, as far as figures need it.</summary>
    public static AnalysisReport BlinkingType { get; } = new("blinking.type", 1)
    {
        Curves =
        [
            new("flid", new("intensity", "cps", [100, 100, 200, 200]), new("time", "s", [0, 1.5, 0.5, 0])) { More = new Dictionary<string, Series> { ["lifetime"] = new("lifetime", "ns", [5, 10, 5, 10]) } },
            new("level_lifetimes", new("intensity", "cps", [600, 4000]), new("lifetime", "ns", [2, 12]) { Sigma = [0.1, 0.1] }) { Fit = [2, 12] },
            new("flid_segments", new("intensity", "cps", [590, 610, 4010]), new("lifetime", "ns", [1.9, 2.2, 12.1]) { Sigma = [0.2, 0.2, 0.3] }),
        ],
    };

    static AnalysisReport Compute(string key, JsonObject parameters, SimulationOptions? options = null)
    {
        var kind = AnalysisCatalogue.Find(key);
        var light = SimulatedPhotons.Of(options ?? new SimulationOptions { Duration = 3, Rate = [150e3, 150e3], Seed = 7 });
        var report = kind.Compute(new AnalysisCall(new Dictionary<string, Measurement> { ["file"] = light }, parameters)) with
        {
            Inputs = [new ReportInput("file", "dot, 17.ptu", new string('a', 64))],
        };
        return ReportJson.Read(ReportJson.Bytes(report, "PqdPortal test"));
    }

    /// <summary>The record behind a report, in any state, on a dot of a sample.</summary>
    public static AnalysisView View(string kind = "g2.cw", AnalysisState state = AnalysisState.Done, Job? job = null, bool mayEdit = true, string? message = null)
    {
        var project = new Project { Code = "PQ", Name = "Zn series" };
        var batch = new Batch { Code = "PQ-0042", Name = "Green", Formula = "CsPbBr3" };
        var sample = new Sample { Code = "PQ-0042-S2", Name = "S2", Batch = batch };
        var run = new Run
        {
            Name = "dot 17, first run",
            Project = project,
            Sample = sample,
            Emitter = new Emitter { Code = "PQ-0042-S2-D017", Label = "D017", Sample = sample },
        };
        var analysis = new AnalysisRecord
        {
            Kind = kind,
            KindVersion = 1,
            Parameters = """{"bin_ps":1000,"range_ns":200}""",
            Inputs = "{}",
            Fingerprint = "f",
            State = state,
            Message = message,
            Run = run,
            Software = "PqdPortal test",
        };
        return new AnalysisView(analysis, job, "Ana", mayEdit);
    }
}
