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
            if (ParameterText.Value(spec, _texts[spec.Name]) is { } value) parameters[spec.Name] = value;
            else Errors[spec.Name] = ParameterText.Expected(spec);
        }
        var selected = new JsonObject();
        foreach (var spec in Selection.Where(spec => _texts[spec.Name].Length > 0))
        {
            if (ParameterText.Value(spec, _texts[spec.Name]) is { } value) selected[spec.Name[InSelection.Length..]] = value;
            else Errors[spec.Name] = ParameterText.Expected(spec);
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

    /// <inheritdoc cref="ParameterText.Text"/>
    public static string Text(JsonNode? value) => ParameterText.Text(value);

    /// <inheritdoc cref="ParameterText.Range"/>
    public static string Range(ParameterSpec spec) => ParameterText.Range(spec);
}

/// <summary>What a person asks for.</summary>
/// <param name="Parameters">By contract name; absent ones take their defaults.</param>
/// <param name="Inputs">Further input to the run that is taken for it; null for none.</param>
public sealed record Asked(JsonObject Parameters, IReadOnlyDictionary<string, Guid?> Inputs);
