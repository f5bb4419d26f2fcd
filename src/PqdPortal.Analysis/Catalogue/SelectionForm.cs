using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>The parameter "selection", which every analysis takes: an object that says which part of the photons it is about.</summary>
public static class SelectionForm
{
    /// <summary>Its contract name.</summary>
    public const string Name = "selection";

    /// <summary>What the object may hold.</summary>
    public static IReadOnlyList<ParameterSpec> Fields => OptionsForm<Selection>.Parameters;

    /// <summary>Takes the selection out of the parameters of an analysis.</summary>
    /// <returns>The selection with all its fields, null where nothing is selected; and the other parameters.</returns>
    /// <exception cref="RequestException">It is no object, a field is unknown or a value cannot be used.</exception>
    public static (JsonObject? Selection, JsonObject Others) Part(JsonObject parameters)
    {
        var others = (JsonObject)parameters.DeepClone();
        others.Remove(Name);
        if (parameters[Name] is not { } given) return (null, others);
        if (given is not JsonObject fields)
            throw new RequestException($"The parameter \"{Name}\" should be an object such as {{ \"from_s\": 0, \"to_s\": 10 }}; found {given.ToJsonString()}.");
        try
        {
            var (selection, complete) = OptionsForm<Selection>.Bind(fields);
            selection.Check();
            return (selection.IsEverything ? null : complete, others);
        }
        catch (RequestException trouble) when (!trouble.Message.Contains(Name))
        {
            throw new RequestException($"In the parameter \"{Name}\": {trouble.Message}");
        }
    }

    /// <summary>The selection that the fields ask for.</summary>
    public static Selection? Bind(JsonObject? fields) => fields is null ? null : OptionsForm<Selection>.Bind(fields).Options;

    /// <summary>Puts the selection in its place among sorted parameters; where nothing is selected they stay as they are.</summary>
    public static JsonObject Put(JsonObject? selection, JsonObject parameters)
    {
        if (selection is null) return parameters;
        var at = 0;
        while (at < parameters.Count && string.CompareOrdinal(parameters.GetAt(at).Key, Name) < 0) at++;
        parameters.Insert(at, Name, selection.DeepClone());
        return parameters;
    }
}
