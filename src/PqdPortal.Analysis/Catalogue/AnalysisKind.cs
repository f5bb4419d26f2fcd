using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>One analysis the portal can compute: its name, what it takes, what it may be told, what it gives.</summary>
public sealed record AnalysisKind
{
    /// <summary>Contract key, such as <c>g2.cw</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Raised whenever the same input would give other numbers.</summary>
    public required int Version { get; init; }

    public required string Title { get; init; }

    /// <summary>The question it answers, in one or two sentences.</summary>
    public required string Question { get; init; }

    public required IReadOnlyList<InputSpec> Inputs { get; init; }
    public required IReadOnlyList<ParameterSpec> Parameters { get; init; }
    public required IReadOnlyList<OutputSpec> Outputs { get; init; }

    /// <summary>True where the analysis makes sense for the measurement (for its first input).</summary>
    public required Func<Measurement, bool> Accepts { get; init; }

    /// <summary>Checks the parameters and computes. The report has everything but the inputs' names and hashes.</summary>
    public required Func<AnalysisCall, AnalysisReport> Compute { get; init; }

    /// <summary>The counting part alone, for timing: returns the photons it counted. Null where there is none.</summary>
    public Func<AnalysisCall, long>? Count { get; init; }
}

/// <summary>One input of an analysis: its contract name and what it is.</summary>
public sealed record InputSpec(string Name, string Title, bool Required = true);

/// <summary>One parameter as people and programs see it: contract name, unit and range in that unit.</summary>
/// <param name="Type">number, integer, text, boolean, numbers (list), integers (list) or choice.</param>
public sealed record ParameterSpec(
    string Name, string Title, string Description, string Type, string Unit, double? Min, double? Max, JsonNode? Default)
{
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>One quantity, verdict or curve of the report.</summary>
/// <param name="Type">quantity, verdict or curve.</param>
public sealed record OutputSpec(string Name, string Type, string Unit, string Meaning);

/// <summary>What an analysis is called with.</summary>
/// <param name="Inputs">Opened measurements by input name.</param>
/// <param name="Parameters">By contract name, in contract units; absent ones take their defaults.</param>
public sealed record AnalysisCall(IReadOnlyDictionary<string, Measurement> Inputs, JsonObject Parameters)
{
    /// <summary>Hears how far it is.</summary>
    public IProgress<AnalysisProgress>? Progress { get; init; }

    public CancellationToken Stop { get; init; }

    /// <summary>Threads it may use; 0 for all.</summary>
    public int Threads { get; init; }
}

/// <summary>How far an analysis is.</summary>
/// <param name="Stage">What it is doing, in words.</param>
/// <param name="Done">Records read in this stage.</param>
/// <param name="Total">Records there are in this stage; 0 where it cannot be known.</param>
public sealed record AnalysisProgress(string Stage, long Done, long Total);
