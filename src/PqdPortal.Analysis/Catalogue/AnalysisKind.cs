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

    /// <summary>True where it computes of a file; false where its parameters say all, so that it is never offered for a run.</summary>
    public bool TakesFile => Inputs.Count > 0;

    /// <summary>Channels with photons that a stream needs at least; where its counts are known, it is not offered for less.</summary>
    public int Detectors { get; init; } = 1;

    /// <summary>
    /// Checks the parameters (unknown names, types, ranges) and fills in the defaults: all of them, by contract name and in
    /// contract units, names sorted, so that the same question always reads the same.
    /// </summary>
    /// <exception cref="RequestException">A name is unknown or a value cannot be used.</exception>
    public required Func<JsonObject, JsonObject> Complete { get; init; }

    /// <summary>Checks the parameters and computes. The report has everything but the inputs' names and hashes.</summary>
    public required Func<AnalysisCall, AnalysisReport> Compute { get; init; }

    /// <summary>The counting part alone, for timing: returns the photons it counted. Null where there is none.</summary>
    public Func<AnalysisCall, long>? Count { get; init; }

    /// <summary>
    /// Ties a function with its options record to the catalogue. The record's attributes are the parameters' names, units,
    /// ranges and defaults; they are checked here, once for all analyses.
    /// </summary>
    /// <param name="compute">The report's parameters may hold what the analysis settled by itself (the channels it took, the
    /// bin width it really used); they replace what was asked.</param>
    /// <param name="count">The counting part alone: the photons it counted.</param>
    public static AnalysisKind Of<TOptions>(
        string key, int version, string title, string question,
        IReadOnlyList<InputSpec> inputs, IReadOnlyList<OutputSpec> outputs, Func<Measurement, bool> accepts,
        Func<AnalysisCall, TOptions, AnalysisReport> compute, Func<AnalysisCall, TOptions, long>? count = null)
        where TOptions : class, new() => new()
        {
            Key = key,
            Version = version,
            Title = title,
            Question = question,
            Inputs = inputs,
            Parameters = OptionsForm<TOptions>.Parameters,
            Outputs = outputs,
            Accepts = accepts,
            Complete = parameters =>
            {
                var (selection, others) = SelectionForm.Part(parameters);
                return SelectionForm.Put(selection, OptionsForm<TOptions>.Complete(others));
            },
            Compute = call =>
            {
                var (selection, others) = SelectionForm.Part(call.Parameters);
                var (options, parameters) = OptionsForm<TOptions>.Bind(others);
                var notes = new List<Message>();
                var report = compute(call with { Selection = SelectionForm.Bind(selection), Notes = notes }, options);
                foreach (var (name, value) in report.Parameters) parameters[name] = value?.DeepClone();
                return report with { Analysis = key, Version = version, Parameters = SelectionForm.Put(selection, parameters), Messages = [.. notes, .. report.Messages] };
            },
            Count = count is null ? null : call =>
            {
                var (selection, others) = SelectionForm.Part(call.Parameters);
                return count(call with { Selection = SelectionForm.Bind(selection) }, OptionsForm<TOptions>.Bind(others).Options);
            },
        };

    /// <summary>An analysis that takes no file, and so no selection of photons either: its parameters say all.</summary>
    public static AnalysisKind OfParameters<TOptions>(
        string key, int version, string title, string question, IReadOnlyList<OutputSpec> outputs, Func<AnalysisCall, TOptions, AnalysisReport> compute)
        where TOptions : class, new() => new()
        {
            Key = key,
            Version = version,
            Title = title,
            Question = question,
            Inputs = [],
            Parameters = OptionsForm<TOptions>.Parameters,
            Outputs = outputs,
            Accepts = _ => false,
            Complete = OptionsForm<TOptions>.Complete,
            Compute = call =>
            {
                var (options, parameters) = OptionsForm<TOptions>.Bind(call.Parameters);
                return compute(call, options) with { Analysis = key, Version = version, Parameters = parameters };
            },
        };
}

/// <summary>One input of an analysis: its contract name and what it is.</summary>
public sealed record InputSpec(string Name, string Title, bool Required = true);

/// <summary>One parameter as people and programs see it: contract name, unit and range in that unit.</summary>
/// <param name="Type">number, integer, text, boolean, numbers (list), integers (list), choice or choices (list).</param>
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
    /// <summary>The photon stream of that input, or what the selection leaves of it; its passes may be shared by threads.</summary>
    /// <exception cref="RequestException">The input is missing or holds something else, or the selection cannot be made in it.</exception>
    /// <exception cref="InsufficientDataException">The stream ends before the selection begins.</exception>
    public PhotonStream Photons(string input = "file")
    {
        var whole = Whole(input);
        return SelectedStream.Of(whole, LightSelection.Of(whole, this), Threads > 0 ? Threads : Environment.ProcessorCount, Stop);
    }

    /// <summary>Another input, whole; null where it was not given. A selection is about the first input alone.</summary>
    public Measurement? Beside(string input) =>
        !Inputs.TryGetValue(input, out var measurement) ? null
        : measurement is PhotonStream photons ? SelectedStream.Of(photons, null, Threads > 0 ? Threads : Environment.ProcessorCount, Stop)
        : measurement;

    PhotonStream Whole(string input) =>
        !Inputs.TryGetValue(input, out var measurement)
            ? throw new RequestException($"The input \"{input}\" is missing; it should be a photon stream.")
            : measurement as PhotonStream
            ?? throw new RequestException($"The input \"{input}\" holds a {measurement.Kind} ({measurement.Format}); a photon stream is needed.");

    /// <summary>The table of that input.</summary>
    /// <exception cref="RequestException">The input is missing or holds something else, or photons were to be selected.</exception>
    public DataTable Table(string input = "file") =>
        !Inputs.TryGetValue(input, out var measurement)
            ? throw new RequestException($"The input \"{input}\" is missing; it should be a table.")
            : Selection is not null ? throw new RequestException("A selection picks among photons, and a table has none. Leave \"selection\" out.")
            : measurement as DataTable
            ?? throw new RequestException($"The input \"{input}\" holds a {measurement.Kind} ({measurement.Format}); a table with a line of column names is needed.");

    /// <summary>What is taken of the photons; null for all.</summary>
    public Selection? Selection { get; init; }

    /// <summary>What was found on the way to the photons that the reader of the report should know.</summary>
    internal List<Message> Notes { get; init; } = [];

    /// <summary>Hears how far it is.</summary>
    public IProgress<AnalysisProgress>? Progress { get; init; }

    public CancellationToken Stop { get; init; }

    /// <summary>Threads it may use; 0 for all.</summary>
    public int Threads { get; init; }
}
