using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Cli;

/// <summary>What a request file asks: which analysis, of which files, with which parameters.</summary>
/// <param name="Kind">The analysis.</param>
/// <param name="Inputs">Paths as written in the request, by input name.</param>
/// <param name="Parameters">By contract name.</param>
/// <param name="Folder">Where relative paths begin: the request's own folder.</param>
/// <remarks>
/// The long form is { "analysis", "inputs": { "file": "x.ptu" }, "parameters": { … } }; inputs may also be a list of
/// { "name", "file" } as in a result. The short form puts inputs and parameters beside "analysis". A result can be used as
/// a request: what belongs to results alone is passed over.
/// </remarks>
public sealed record AnalysisRequest(
    AnalysisKind Kind, IReadOnlyDictionary<string, string> Inputs, JsonObject Parameters, string Folder)
{
    static readonly string[] OfResults = ["software", "quantities", "verdicts", "messages", "curves", "timing"];

    /// <exception cref="RequestException">The file is no request, or asks for what does not exist.</exception>
    public static AnalysisRequest Read(string path)
    {
        if (Directory.Exists(path)) throw new RequestException($"{path} is a folder; name a request file in it.");
        if (!File.Exists(path)) throw new RequestException($"There is no request file {path}.");
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(File.ReadAllText(path), documentOptions: new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            _ = (json as JsonObject)?.Count; // repeated names come to light here
        }
        catch (Exception trouble) when (trouble is JsonException or ArgumentException)
        {
            throw new RequestException($"The request {Path.GetFileName(path)} is not JSON: {trouble.Message}");
        }

        if (json is not JsonObject request || Text(request["analysis"]) is not { } key)
            throw new RequestException($"The request {Path.GetFileName(path)} should be a JSON object with \"analysis\", such as {{ \"analysis\": \"g2.cw\", \"inputs\": {{ \"file\": \"data.ptu\" }} }}.");
        var kind = AnalysisCatalogue.Find(key);
        if (request["version"] is { } version && version.ToJsonString() != kind.Version.ToString())
            throw new RequestException($"The request asks for version {version.ToJsonString()} of {key}; this program has version {kind.Version}.");

        var inputs = new Dictionary<string, string>();
        var parameters = new JsonObject();
        void Sort(string name, JsonNode? value)
        {
            if (kind.Inputs.Any(input => input.Name == name))
            {
                if (value is null) return;
                var file = Text(value) ?? Text((value as JsonObject)?["file"])
                    ?? throw new RequestException($"The input \"{name}\" should be a path; found {value.ToJsonString()}.");
                if (!inputs.TryAdd(name, file)) throw new RequestException($"The input \"{name}\" is given twice.");
            }
            else if (!parameters.TryAdd(name, value?.DeepClone()))
            {
                throw new RequestException($"The parameter \"{name}\" is given twice.");
            }
        }

        foreach (var (name, value) in request)
        {
            if (name is "analysis" or "version" || OfResults.Contains(name)) continue;
            if (name == "inputs")
            {
                switch (value)
                {
                    case JsonObject named:
                        foreach (var (input, file) in named) SortInput(input, file);
                        break;
                    case JsonArray list:
                        foreach (var item in list) SortInput(Text((item as JsonObject)?["name"]) ?? "file", item);
                        break;
                    default:
                        SortInput("file", value);
                        break;
                }
            }
            else if (name == "parameters")
            {
                foreach (var (parameter, setting) in value as JsonObject
                    ?? throw new RequestException("\"parameters\" should be an object of names and values."))
                    Sort(parameter, setting);
            }
            else
            {
                Sort(name, value);
            }
        }

        void SortInput(string name, JsonNode? value)
        {
            if (kind.Inputs.All(input => input.Name != name) && (kind.TakesFile || kind.Parameters.All(parameter => parameter.Name != name)))
                throw new RequestException(kind.TakesFile
                    ? $"{key} has no input \"{name}\". It takes: {string.Join(", ", kind.Inputs.Select(input => input.Name))}."
                    : $"{key} takes no file: its parameters say all. Leave \"inputs\" out.");
            Sort(name, value);
        }

        foreach (var input in kind.Inputs)
            if (input.Required && !inputs.ContainsKey(input.Name))
                throw new RequestException($"{key} needs the input \"{input.Name}\": {input.Title}.");

        kind.Complete(parameters); // refuses what cannot be used before any file is opened
        return new(kind, inputs, parameters, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Where an input lies.</summary>
    public string PathOf(string input) => Path.Combine(Folder, Inputs[input]);

    static string? Text(JsonNode? json) => json?.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : null;
}
