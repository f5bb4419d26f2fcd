using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Web.Layout;

/// <summary>Parameters as a person types them: a text for each, checked one by one, given on as contract JSON.</summary>
public sealed class ParameterText
{
    readonly Dictionary<string, string> _texts = [];

    /// <param name="filled">By contract name; what is absent begins with its default.</param>
    public ParameterText(IReadOnlyList<ParameterSpec> specs, JsonObject? filled = null)
    {
        Specs = specs;
        foreach (var spec in specs) _texts[spec.Name] = Text(filled is not null && filled.ContainsKey(spec.Name) ? filled[spec.Name] : spec.Default);
    }

    public IReadOnlyList<ParameterSpec> Specs { get; }

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

    public ParameterSpec Spec(string name) => Specs.First(spec => spec.Name == name);

    /// <summary>What is typed as parameters; null where something cannot be used, and then <see cref="Errors"/> says what. An empty field takes the default.</summary>
    /// <param name="names">The parameters that count; the others are left out.</param>
    public JsonObject? Read(IEnumerable<string> names)
    {
        Errors.Clear();
        var parameters = new JsonObject();
        foreach (var name in names)
        {
            if (_texts[name].Length == 0) continue;
            if (Value(Spec(name), _texts[name]) is { } value) parameters[name] = value;
            else Errors[name] = Expected(Spec(name));
        }
        return Errors.Count == 0 ? parameters : null;
    }

    /// <summary>A value of a report or default as typed: lists with commas, true and false as they are.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(Text)),
        JsonObject other => other.ToJsonString(),
        JsonValue one => one.GetValueKind() == JsonValueKind.String ? one.GetValue<string>() : one.ToJsonString(),
        _ => "",
    };

    /// <summary>A parameter for reading, with its unit: "100 ns" for 1e-7 s, at most six digits of what was computed; empty where none was given.</summary>
    public static string Shown(ParameterSpec? spec, JsonNode? value)
    {
        var unit = spec is null ? "" : Numbers.Unit(spec.Unit);
        string Read(JsonNode? one) => Number(one) is { } x ? Numbers.Plain(x, 6) : Text(one);
        if (spec?.Type == "number" && unit == "s" && Number(value) is { } seconds && Math.Abs(seconds) < 1) return Numbers.Suited(seconds, unit);
        var text = spec?.Type switch
        {
            "number" => Read(value),
            "numbers" when value is JsonArray list => string.Join(", ", list.Select(Read)),
            _ => Text(value).Replace('_', ' '),
        };
        return text.Length == 0 || unit.Length == 0 ? text : $"{text} {unit}";
    }

    static double? Number(JsonNode? value) =>
        value is JsonValue one && one.GetValueKind() == JsonValueKind.Number ? double.Parse(one.ToJsonString(), CultureInfo.InvariantCulture) : null;

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

    /// <summary>What is typed as a value of the contract; null where it cannot be used.</summary>
    public static JsonNode? Value(ParameterSpec spec, string text) => spec.Type switch
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

    /// <summary>What a field takes, said where something else was typed.</summary>
    public static string Expected(ParameterSpec spec)
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
