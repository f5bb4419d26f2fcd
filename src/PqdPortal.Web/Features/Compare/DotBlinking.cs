using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Compare;

/// <summary>What is known of one dot's blinking: of each kind of analysis the newest result of a whole run.</summary>
/// <param name="Results">Those results.</param>
/// <param name="Runs">Runs of the dot.</param>
/// <param name="Photons">Those of them that were read and hold photons.</param>
/// <param name="Reading">How far the newest run without photons has come; null where there is none.</param>
/// <param name="Asked">The newest request for <c>blinking</c> that has not led to a result: its state, and why it ended.</param>
public sealed record DotBlinking(
    Guid Id, string Code, string Label, string Batch, bool Simulated, IReadOnlyList<AnalysisRecord> Results,
    int Runs, int Photons, ReadingState? Reading, (AnalysisState State, string? Message)? Asked)
{
    /// <summary>The analyses whose results are shown of a dot.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["blinking", "blinking.type", "g2.cw", "g2.pulsed", "intensity", "quick"];

    /// <summary>The result that speaks for the dot; null where there is none.</summary>
    public AnalysisRecord? Result { get; } = Results.FirstOrDefault(result => result.Kind == "blinking");

    AnalysisRecord? TypeResult { get; } = Results.FirstOrDefault(result => result.Kind == "blinking.type");

    /// <summary>Share of the time ON.</summary>
    public Quantity? OnFraction => Number("on_fraction");

    /// <summary>Number of levels.</summary>
    public Quantity? Levels => Number("n_levels");

    /// <summary>Counts while it was watched [1/s]; those of the intensity or of the first look where the analysis of blinking does not say.</summary>
    public Quantity? Rate => Number("mean_cps") ?? Of("intensity", "mean_cps") ?? Of("quick", NewestResults.TotalRate);

    /// <summary>A, B or undetermined; null where the type was not asked for.</summary>
    public Verdict? Type => TypeResult?.Verdicts.FirstOrDefault(verdict => verdict.Name == "blinking_type")?.ToVerdict();

    /// <summary>The result that says the type.</summary>
    public Guid? TypeFrom => TypeResult?.Id;

    /// <summary>g2(0), the corrected one where there is one.</summary>
    public (Quantity Quantity, AnalysisRecord From)? G2 =>
        Results.Where(result => result.Kind.StartsWith("g2.", StringComparison.Ordinal)).First("g2_0_corr", "g2_0", "g2_0_fit", "g2_0_raw");

    /// <summary>Law of the times ON, of the times OFF: exponential, power_law, power_law_cutoff, undetermined.</summary>
    public string? LawOn => Word("dwell_law_on");
    public string? LawOff => Word("dwell_law_off");

    /// <summary>True where the dot went dark for good while it was watched: what comes after was not seen.</summary>
    public bool IsBleached => (Word("bleached") ?? Results.FirstOrDefault(result => result.Kind == "intensity")?.Verdicts.FirstOrDefault(v => v.Name == "bleached")?.Value) == "yes";

    /// <summary>The time after which it went dark for good [s]; null where it did not, or where that is not known.</summary>
    public double? BleachedAfter => (Number("t_bleach_s") ?? Of("intensity", "t_bleach_s"))?.Value;

    /// <summary>Width of a bin of the trace [s]; null without a result.</summary>
    public double? BinWidth => Asking("bin_ms") is { } ms ? ms / 1e3 : null;

    /// <summary>Confidence of each test for a change of the light.</summary>
    public double? Confidence => Asking("confidence");

    /// <summary>Bins in the time watched; NaN where that is not known.</summary>
    public double Frames => Number("duration_s")?.Value is { } seconds && BinWidth is { } bin ? seconds / bin : double.NaN;

    /// <summary>What one should know before one believes the numbers, in words.</summary>
    public IReadOnlyList<string> Flags
    {
        get
        {
            List<string> flags = [];
            if (Result is null) return flags;
            if (IsBleached) flags.Add(BleachedAfter is { } after ? $"bleached after {Numbers.Span(TimeSpan.FromSeconds(after))}" : "bleached");
            if (Word("flicker") == "yes") flags.Add("flickers faster than its levels show");
            if (Levels?.Flags.Contains("LEVELS_UNRELIABLE") == true) flags.Add("many grey levels, their number is not reliable");
            if (OnFraction is null or { Value: null }) flags.Add("ON fraction withheld");
            return flags;
        }
    }

    /// <summary>Why there is no result, and what would help; null where there is one.</summary>
    public string? Missing =>
        Result is not null ? null
        : Asked is { State: AnalysisState.Queued } ? "waits to be computed"
        : Asked is { State: AnalysisState.Running } ? "is being computed"
        : Photons > 0 && Asked is { State: AnalysisState.Refused, Message: { } why } ? $"refused: {why}"
        : Photons > 0 && Asked is { State: AnalysisState.Failed } ? "failed on our side; ask again"
        : Photons > 0 && Asked is { State: AnalysisState.Cancelled } ? "was stopped"
        : Photons > 0 ? "not analysed yet"
        : Runs == 0 ? "no run yet: measure it"
        : Reading switch
        {
            ReadingState.NoFile => "its run has no file yet: upload it",
            ReadingState.Waiting or ReadingState.Reading => "its file is being read",
            ReadingState.Failed or ReadingState.StoredUnread => "its file could not be read",
            _ => "no run with photons",
        };

    /// <summary>True where it can be asked for.</summary>
    public bool MayBeAsked => Photons > 0;

    /// <summary>A number that was found; null where there is none or where it is withheld.</summary>
    public double? Found(string name) => Number(name)?.Value;

    Quantity? Number(string name) => Result?.Values.FirstOrDefault(value => value.Name == name)?.ToQuantity();
    Quantity? Of(string kind, string name) => Results.FirstOrDefault(result => result.Kind == kind)?.Values.FirstOrDefault(value => value.Name == name && value.Value is not null)?.ToQuantity();
    string? Word(string name) => Result?.Verdicts.FirstOrDefault(verdict => verdict.Name == name)?.Value;

    double? Asking(string name) => Parameters?[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
    JsonObject? Parameters { get; } = Results.FirstOrDefault(result => result.Kind == "blinking") is { } result ? JsonNode.Parse(result.Parameters) as JsonObject : null;
}

/// <summary>A batch and what is known of its dots' blinking.</summary>
/// <param name="MayEdit">Whether the viewer may ask for analyses.</param>
public sealed record BlinkingBatch(
    Guid Id, string Code, string Name, string Formula, bool Simulated, Guid Project, string ProjectName, bool MayEdit, IReadOnlyList<DotBlinking> Dots)
{
    /// <summary>Dots that have a result.</summary>
    public IReadOnlyList<DotBlinking> Analysed { get; } = [.. Dots.Where(dot => dot.Result is not null)];

    /// <summary>Dots without one.</summary>
    public IReadOnlyList<DotBlinking> Missing { get; } = [.. Dots.Where(dot => dot.Result is null)];

    /// <summary>Dots that were measured: with a run that holds photons.</summary>
    public int Measured { get; } = Dots.Count(dot => dot.Photons > 0 || dot.Result is not null);

    /// <summary>The dots with a result in an order that the address names: code, on, levels, type, g2, rate; with a minus in front the other way round.</summary>
    public IReadOnlyList<DotBlinking> Sorted(string? sort)
    {
        var falls = sort?.StartsWith('-') == true;
        return (falls ? sort![1..] : sort) switch
        {
            "on" => By(dot => dot.OnFraction?.Value),
            "levels" => By(dot => dot.Levels?.Value),
            // A before B before what cannot be told, as the words stand in the alphabet.
            "type" => By(dot => dot.Type?.Value is { } type ? type switch { "A" => 0, "B" => 1, _ => 2 } : null),
            "g2" => By(dot => dot.G2?.Quantity.Value),
            "rate" => By(dot => dot.Rate?.Value),
            _ => falls ? [.. Analysed.OrderByDescending(dot => dot.Code, StringComparer.Ordinal)] : [.. Analysed.OrderBy(dot => dot.Code, StringComparer.Ordinal)],
        };

        // Dots without the number stand behind those with it, whichever way round.
        IReadOnlyList<DotBlinking> By(Func<DotBlinking, double?> number)
        {
            var behind = Analysed.OrderBy(dot => number(dot) is null);
            return [.. (falls ? behind.ThenByDescending(number) : behind.ThenBy(number)).ThenBy(dot => dot.Code, StringComparer.Ordinal)];
        }
    }
}

/// <summary>A batch that can be chosen.</summary>
public sealed record BatchChoice(string Code, string Name, string Formula);
