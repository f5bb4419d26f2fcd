using System.Text.Json.Nodes;

namespace PqdPortal.Client.Records;

/// <summary>One analysis of a run with one choice of parameters.</summary>
/// <param name="Kind">Catalogue key, such as g2.cw.</param>
/// <param name="State">queued, running, done, refused, failed, cancelled.</param>
/// <param name="Message">Why it was refused or failed.</param>
/// <param name="Parameters">All parameters by contract name, defaults included.</param>
public sealed record AnalysisEntry(
    Guid Id, Guid Run, string Kind, int KindVersion, string State, string? Message, JsonObject Parameters,
    DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Software, string? By,
    IReadOnlyList<ValueRecord> Values, IReadOnlyList<VerdictRecord> Verdicts)
{
    /// <summary>Further input to the other run that was taken for it.</summary>
    public IReadOnlyDictionary<string, Guid> Inputs { get; init; } = new Dictionary<string, Guid>();

    /// <summary>Where the whole report lies, once it is done.</summary>
    public string? Report { get; init; }

    /// <summary>While it runs: what it is doing, records read and records there are; 0 where not known.</summary>
    public string? Stage { get; init; }
    public long? Done { get; init; }
    public long? Total { get; init; }

    /// <summary>To quote where the fault was the portal's.</summary>
    public string? Reference { get; init; }
}

/// <summary>Asks for an analysis of a run; absent parameters take their defaults.</summary>
/// <param name="Inputs">Name of a further input, such as irf_file, to the run that is taken for it; null takes none.</param>
public sealed record AskAnalysis(Guid Run, string Kind, JsonObject? Parameters = null, IReadOnlyDictionary<string, Guid?>? Inputs = null);

/// <summary>The analysis that answers.</summary>
/// <param name="IsNew">False where the same question had been asked before.</param>
public sealed record AnalysisAnswered(Guid Id, string State, bool IsNew);

/// <summary>One analysis the portal can compute.</summary>
public sealed record KindEntry(
    string Key, int Version, string Title, string Question,
    IReadOnlyList<InputEntry> Inputs, IReadOnlyList<ParameterEntry> Parameters, IReadOnlyList<OutputEntry> Outputs);

public sealed record InputEntry(string Name, string Title, bool Required);

/// <param name="Type">number, integer, text, boolean, numbers, integers or choice.</param>
public sealed record ParameterEntry(
    string Name, string Title, string Description, string Type, string Unit, double? Min, double? Max, JsonNode? Default, IReadOnlyList<string> Choices);

/// <param name="Type">quantity, verdict or curve.</param>
public sealed record OutputEntry(string Name, string Type, string Unit, string Meaning);
