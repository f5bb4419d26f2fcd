using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout;

/// <summary>Extra values of records to and from the REST API.</summary>
public static class ExtraWire
{
    public static IReadOnlyDictionary<string, ExtraRecord?> Of(ExtraValues values) => values.ToDictionary(one => one.Key, one => (ExtraRecord?)new ExtraRecord
    {
        Name = one.Value.Name, Type = Words.Key(one.Value.Type), Unit = one.Value.Unit, Template = one.Value.Template,
        Number = one.Value.Number, Text = one.Value.Text, Date = one.Value.Day, YesNo = one.Value.Is,
    });

    /// <summary>Lays what was sent over the values of a record: keys that were not sent stay, null takes one away.</summary>
    public static void Apply(IReadOnlyDictionary<string, ExtraRecord?>? sent, IHasExtra onto)
    {
        foreach (var (key, value) in sent ?? new Dictionary<string, ExtraRecord?>())
        {
            var before = onto.Extra[key];
            // Sent back as it was read.
            if (before is not null && value is not null && Of(new([new(key, before)]))[key]! == value) continue;
            onto.Extra = onto.Extra.With(key, value is null ? null : Came(key, value, before));
        }
    }

    /// <summary>The id of a template that a change names; a key of a built-in one is taken only where a record is made.</summary>
    /// <exception cref="RefusedEditException">It is no id.</exception>
    public static Guid? Template(string? sent, Guid? before) =>
        sent is null ? null : Guid.TryParse(sent, out var id) ? id
        : BuiltInTemplates.Of(sent) is not null && before is null ? null
        : throw new RefusedEditException(new Dictionary<string, string> { ["Template"] = "The template is named by its id; a built-in one by its key when a record is made." });

    static ExtraValue? Came(string key, ExtraRecord value, ExtraValue? before)
    {
        var type = value switch
        {
            { Number: not null } => ExtraType.Number,
            { Date: not null } => ExtraType.Date,
            { YesNo: not null } => ExtraType.YesNo,
            { Text.Length: > 0 } => before?.Type is ExtraType.Choice ? ExtraType.Choice : ExtraType.Text,
            _ => (ExtraType?)null,
        };
        return type is not { } kind ? null : new ExtraValue
        {
            Name = before?.Name ?? key, Type = kind, Unit = value.Unit ?? (before?.Type == kind ? before.Unit : null), Template = before?.Template, From = before?.From,
            Number = value.Number, Text = string.IsNullOrEmpty(value.Text) ? null : value.Text.Trim(), Day = value.Date, Is = value.YesNo,
        };
    }
}
