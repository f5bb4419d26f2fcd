using System.ComponentModel.DataAnnotations;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Portal.Tests.Jobs;

/// <summary>Analyses that behave as a test tells them.</summary>
sealed class TestAnalyses
{
    int _computed, _faults;

    /// <summary>How often one of them was begun.</summary>
    public int Computed => _computed;

    /// <summary>Let go, the slow one ends.</summary>
    public ManualResetEventSlim LetGo { get; } = new();

    /// <summary>How often the faulty one fails before it works.</summary>
    public int Faults { get => _faults; set => _faults = value; }

    /// <summary>What happens elsewhere while one of them computes.</summary>
    public Action? Meanwhile { get; set; }

    public IReadOnlyList<AnalysisKind> All =>
    [
        Kind("quick", (call, _) => Count(call)),
        Kind("count", (call, _) => Count(call)),
        Kind("slow", (call, _) =>
        {
            for (var done = 0L; !LetGo.IsSet; done++)
            {
                call.Stop.ThrowIfCancellationRequested();
                call.Progress?.Report(new("counting slowly", done, 1_000_000));
                Thread.Sleep(5);
            }

            return Count(call);
        }),
        Kind("brief", (call, options) =>
        {
            call.Stop.WaitHandle.WaitOne(options.Seed % 40);
            call.Stop.ThrowIfCancellationRequested();
            return Count(call);
        }),
        Kind("stuck", (call, _) =>
        {
            call.Stop.WaitHandle.WaitOne();
            throw new OperationCanceledException(call.Stop);
        }),
        Kind("refused", (_, _) => throw new InsufficientDataException("Only 3 photons were found; at least 100 are needed. Measure longer.")),
        Kind("pair", (call, _) => Count(call), [new("file", "Photons"), new("other", "Second measurement")]),
        Kind("faulty", (call, _) => Interlocked.Decrement(ref _faults) >= 0 ? throw new InvalidOperationException("a screw is loose") : Count(call)),
    ];

    AnalysisKind Kind(string key, Func<AnalysisCall, Choice, AnalysisReport> compute, IReadOnlyList<InputSpec>? inputs = null) => AnalysisKind.Of<Choice>(
        key, 1, key, "?", inputs ?? [new("file", "Photons"), new("irf", "Instrument response", Required: false)], [],
        measurement => measurement is PhotonStream,
        (call, options) =>
        {
            Interlocked.Increment(ref _computed);
            Meanwhile?.Invoke();
            return compute(call, options);
        });

    static AnalysisReport Count(AnalysisCall call)
    {
        var tally = new Tally();
        call.Photons().Read(tally, stop: call.Stop);
        return new AnalysisReport("", 0)
        {
            Parameters = new() { ["inputs"] = string.Join(' ', call.Inputs.Keys) },
            Quantities = [Quantity.Of("photons", tally.Photons, Math.Sqrt(tally.Photons), "1")],
            Verdicts = [new("quality", "ok", "it is a test")],
        };
    }

    sealed class Tally : IPhotonConsumer
    {
        public long Photons { get; private set; }
        public void Add(in PhotonBatch batch) => Photons += batch.Count;
    }

    public sealed record Choice
    {
        [Parameter("bin_ps", "ps", 1e-12), Range(1e-12, 1e-6), Display(Name = "Bin")] public double Bin { get; init; } = 500e-12;
        [Parameter("seed")] public int Seed { get; init; } = 1;
    }
}
