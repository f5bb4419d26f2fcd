using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>The options of an analysis as a person types them: a text per parameter, checked one by one, given on as contract JSON.</summary>
public sealed class OptionsText
{
    readonly Dictionary<string, string> _texts = [];

    public OptionsText(AnalysisKind kind, JsonObject? filled = null)
    {
        Kind = kind;
        foreach (var spec in kind.Parameters) _texts[spec.Name] = Text(filled is not null && filled.ContainsKey(spec.Name) ? filled[spec.Name] : spec.Default);
        var selected = filled?[SelectionForm.Name] as JsonObject;
        foreach (var spec in SelectionForm.Fields) _texts[InSelection + spec.Name] = Text(selected?[spec.Name]);
    }

    /// <summary>Before the names of the selection's fields.</summary>
    const string InSelection = SelectionForm.Name + ".";

    /// <summary>What may be typed to take only a part of the photons.</summary>
    public static IReadOnlyList<ParameterSpec> Selection { get; } = [.. SelectionForm.Fields.Select(spec => spec with { Name = InSelection + spec.Name })];

    /// <summary>True where only a part of the photons is asked about.</summary>
    public bool IsSelected => Selection.Any(spec => _texts[spec.Name].Length > 0);

    public AnalysisKind Kind { get; }

    /// <summary>What was wrong with a parameter, by its name.</summary>
    public Dictionary<string, string> Errors { get; } = [];

    public string this[string name]
    {
        get => _texts[name];
        set
        {
            _texts[name] = value.Trim();
            Errors.Remove(name);
        }
    }

    /// <summary>What is typed as parameters; null where something cannot be used, and then <see cref="Errors"/> says what. An empty field takes the default.</summary>
    public JsonObject? Read()
    {
        Errors.Clear();
        var parameters = new JsonObject();
        foreach (var spec in Kind.Parameters)
        {
            if (_texts[spec.Name].Length == 0) continue;
            if (Value(spec, _texts[spec.Name]) is { } value) parameters[spec.Name] = value;
            else Errors[spec.Name] = Expected(spec);
        }
        var selected = new JsonObject();
        foreach (var spec in Selection.Where(spec => _texts[spec.Name].Length > 0))
        {
            if (Value(spec, _texts[spec.Name]) is { } value) selected[spec.Name[InSelection.Length..]] = value;
            else Errors[spec.Name] = Expected(spec);
        }
        if (selected.Count > 0) parameters[SelectionForm.Name] = selected;
        return Errors.Count == 0 ? parameters : null;
    }

    /// <summary>The parameters of a result one by one; of a selection what was selected, by names such as "selection.from_s".</summary>
    public static IEnumerable<(string Name, JsonNode? Value)> Each(JsonObject parameters)
    {
        foreach (var (name, value) in parameters)
            if (name != SelectionForm.Name || value is not JsonObject selection) yield return (name, value);
            else
                foreach (var (field, part) in selection)
                    if (part is not null) yield return (InSelection + field, part);
    }

    /// <summary>What the catalogue says of a name of <see cref="Each"/>; a selection's field is called one.</summary>
    public static ParameterSpec? Spec(AnalysisKind? kind, string name) =>
        Selection.FirstOrDefault(spec => spec.Name == name) is { } field ? field with { Title = $"Selection: {char.ToLowerInvariant(field.Title[0])}{field.Title[1..]}" }
        : kind?.Parameters.FirstOrDefault(spec => spec.Name == name);

    /// <summary>A value of a report or default as typed: lists with commas, true and false as they are.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(Text)),
        JsonObject other => other.ToJsonString(),
        JsonValue one => one.GetValueKind() == JsonValueKind.String ? one.GetValue<string>() : one.ToJsonString(),
        _ => "",
    };

    /// <summary>What may stand in the field: "between 1 and 1000 ps; 1000 unless you say otherwise".</summary>
    public static string Range(ParameterSpec spec)
    {
        List<string> said = [];
        var unit = Numbers.Unit(spec.Unit) is { Length: > 0 } u ? $" {u}" : "";
        if (spec is { Min: { } min, Max: { } max, Type: not "choice" }) said.Add($"{Numbers.Plain(min)} to {Numbers.Plain(max)}{unit}");
        if (spec.Type == "choices") said.Add($"of {string.Join(", ", spec.Choices)}");
        if (spec.Type is "numbers" or "integers" or "choices") said.Add("several with commas between");
        if (Text(spec.Default) is { Length: > 0 } usual) said.Add($"usually {usual.Replace('_', ' ')}");
        return string.Join("; ", said);
    }

    static JsonNode? Value(ParameterSpec spec, string text) => spec.Type switch
    {
        "number" => Number(spec, text) is { } x ? JsonValue.Create(x) : null,
        "integer" => Integer(spec, text) is { } k ? JsonValue.Create(k) : null,
        "numbers" => List(text, part => Number(spec, part) is { } x ? JsonValue.Create(x) : null),
        "integers" => List(text, part => Integer(spec, part) is { } k ? JsonValue.Create(k) : null),
        "boolean" => bool.TryParse(text, out var yes) ? JsonValue.Create(yes) : null,
        "choice" => spec.Choices.Contains(text) ? JsonValue.Create(text) : null,
        "choices" => List(text, part => spec.Choices.Contains(part) ? JsonValue.Create(part) : null),
        _ => JsonValue.Create(text),
    };

    static JsonArray? List(string text, Func<string, JsonNode?> read)
    {
        var parts = text.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(read).ToArray();
        return parts.Length == 0 || parts.Contains(null) ? null : new JsonArray(parts);
    }

    static double? Number(ParameterSpec spec, string text) =>
        double.TryParse(text.Replace('\u2212', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out var x)
            && double.IsFinite(x) && !(x < spec.Min) && !(x > spec.Max) ? x : null;

    static long? Integer(ParameterSpec spec, string text) =>
        Number(spec, text) is { } x && x == Math.Floor(x) && Math.Abs(x) <= int.MaxValue ? (long)x : null;

    static string Expected(ParameterSpec spec)
    {
        var form = spec.Type switch
        {
            "number" => "a number",
            "integer" => "a whole number",
            "numbers" => "numbers with commas between",
            "integers" => "whole numbers with commas between",
            "boolean" => "true or false",
            "choice" => "one of " + string.Join(", ", spec.Choices),
            "choices" => string.Join(", ", spec.Choices) + ", or some of them, with commas between",
            _ => "a text",
        };
        var unit = Numbers.Unit(spec.Unit) is { Length: > 0 } u ? $" {u}" : "";
        var range = spec is { Min: { } min, Max: { } max, Type: not "choice" } ? $" from {Numbers.Plain(min)} to {Numbers.Plain(max)}{unit}" : "";
        return $"Expected {form}{range}{(spec.Type is "number" or "numbers" ? ", with a point for decimals" : "")}.";
    }
}

/// <summary>What a person asks for.</summary>
/// <param name="Parameters">By contract name; absent ones take their defaults.</param>
/// <param name="Inputs">Further input to the run that is taken for it; null for none.</param>
public sealed record Asked(JsonObject Parameters, IReadOnlyDictionary<string, Guid?> Inputs);
