using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PqdPortal.Data.Samples;

/// <summary>
/// How a lab begins a record of one kind: which fields are filled in already, which are asked first, and what is asked besides the
/// portal's own fields. It belongs to a project; who may change records there may change it.
/// </summary>
public sealed class Template : ProjectRecord
{
    [MaxLength(200)] public required string Name { get; set; }

    /// <summary>What it begins: a batch, or a sample of one.</summary>
    public RecordKind Begins { get; set; }
    public SynthesisMethod Method { get; set; } = SynthesisMethod.NotRecorded;

    /// <summary>The portal's own template that it was taken from; null for one that was made here.</summary>
    [MaxLength(40)] public string? BuiltIn { get; set; }

    /// <summary>Values that are filled in at the beginning, and which fields are asked first.</summary>
    public TemplatePreset[] Presets { get; set; } = [];

    /// <summary>What is asked besides, of the record itself and of what hangs on it.</summary>
    public ExtraField[] Extras { get; set; } = [];

    /// <summary>Most fields of either kind.</summary>
    public const int MostFields = 60;

    internal static void Map(EntityTypeBuilder<Template> template)
    {
        Mapping.MapInProject(template);
        template.Property(t => t.Presets).AsJson();
        template.Property(t => t.Extras).AsJson();
        // Two people who use a built-in template for the first time at once take it over once.
        template.HasIndex(t => new { t.ProjectId, t.BuiltIn }).IsUnique();
    }
}

/// <summary>What a template says of one of the portal's own fields.</summary>
/// <param name="On">The kind of record.</param>
/// <param name="Field">Name of the record's field, such as SynthesisTemperature or Superlattice.Gap.</param>
/// <param name="Value">As it would be typed: numbers with a point, days as 2026-11-23, choices by their names on the wire. Null for none.</param>
/// <param name="IsFirst">Asked at the top of the form.</param>
public sealed record TemplatePreset(RecordKind On, string Field, string? Value, bool IsFirst)
{
    public override string ToString() => $"{On} {Field}{(Value is null ? "" : " " + Value)}{(IsFirst ? " (first)" : "")}";
}

/// <summary>A field that a lab asks besides those of the portal.</summary>
/// <param name="Key">Given once, from the first name; what was recorded is found by it. Lower-case letters, digits and underscores.</param>
/// <param name="On">The kind of record that it is asked of.</param>
/// <param name="Choices">For a choice: what can be chosen, one a line.</param>
/// <param name="Help">Shown below the input.</param>
public sealed record ExtraField(
    string Key, RecordKind On, string Name, ExtraType Type, string? Unit = null, double? Min = null, double? Max = null,
    string? Choices = null, bool IsRequired = false, string? Help = null)
{
    /// <summary>Longest text of an extra field [characters].</summary>
    public const int LongestText = 4000;

    public IReadOnlyList<string> ChoiceList => Choices?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>The key of a new field of that name: its letters and digits, in lower case.</summary>
    /// <param name="taken">Keys that are in use.</param>
    public static string KeyOf(string name, IEnumerable<string> taken)
    {
        var plain = name.ToLowerInvariant().Replace("ä", "ae").Replace("ö", "oe").Replace("ü", "ue").Replace("ß", "ss").Replace("é", "e").Replace("è", "e");
        var letters = string.Concat(plain.Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? c : '_'));
        var key = string.Join('_', letters.Split('_', StringSplitOptions.RemoveEmptyEntries));
        key = key.Length == 0 ? "field" : key.Length > 34 ? key[..34].TrimEnd('_') : key;
        var used = taken.ToHashSet();
        for (var again = 1; ; again++)
            if (!used.Contains(again == 1 ? key : $"{key}_{again}")) return again == 1 ? key : $"{key}_{again}";
    }

    public static bool IsKey(string key) => key.Length is > 0 and <= 40 && key.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');

    /// <summary>A value of this field, for a record; null where nothing stands.</summary>
    /// <param name="of">The template that asks.</param>
    public ExtraValue? Value(Template? of, double? number = null, string? text = null, DateOnly? day = null, bool? isSo = null) =>
        (number, text, day, isSo) is (null, null or "", null, null) ? null
        : new ExtraValue { Name = Name, Type = Type, Unit = Unit, Template = of?.Id, From = of?.Name, Number = number, Text = string.IsNullOrEmpty(text) ? null : text, Day = day, Is = isSo };

    /// <summary>
    /// A value that came with or without its type (a program sends a day as a text), as this field keeps it: in the field's type, with its name and
    /// unit and the template that asks. Where that cannot be, as it came, to be refused.
    /// </summary>
    public ExtraValue Taken(ExtraValue came, Template by)
    {
        var value = (Type, came) switch
        {
            (ExtraType.Choice or ExtraType.Text, { Type: ExtraType.Text or ExtraType.Choice }) => Value(by, text: came.Text),
            (ExtraType.Date, { Type: ExtraType.Text, Text: { } text }) when DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day) => Value(by, day: day),
            (ExtraType.YesNo, { Type: ExtraType.Text, Text: "yes" or "no" }) => Value(by, isSo: came.Text == "yes"),
            _ when came.Type == Type => came with { Name = Name, Template = by.Id, From = by.Name },
            _ => null,
        };
        return value is null ? came : value with { Unit = came.Unit ?? Unit };
    }

    /// <summary>Why a value does not fit this field, for people; null where it does.</summary>
    public string? TroubleOf(ExtraValue value)
    {
        if (value.Type != Type) return $"{Name} is {Words(Type)}; {Words(value.Type)} stands here.";
        if (value.Unit != Unit) return $"{Name} is recorded in {Unit ?? "no unit"}; {value.Unit ?? "no unit"} stands here.";
        var (from, to) = (Min?.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), Max?.ToString("G6", System.Globalization.CultureInfo.InvariantCulture));
        return Type switch
        {
            ExtraType.Number when value.Number is not { } number || !double.IsFinite(number) => $"{Name} is a finite number.",
            ExtraType.Number when value.Number < Min || value.Number > Max =>
                $"{Name} {(to is null ? $"is at least {from}" : from is null ? $"is at most {to}" : $"lies between {from} and {to}")}{(Unit is null ? "" : " " + Unit)}; {value.Plain} stands here.",
            ExtraType.Choice when !ChoiceList.Contains(value.Text) => $"{Name} is one of {string.Join(", ", ChoiceList)}.",
            ExtraType.Date when value.Day is not { } day || !Keeps(day) => $"{Name} is a day between 1900 and 2200.",
            ExtraType.YesNo when value.Is is null => $"{Name} is yes or no.",
            ExtraType.Text when value.Text is not { Length: > 0 and <= LongestText } => $"{Name} holds at most {LongestText} characters.",
            _ => null,
        };
    }

    static bool Keeps(DateOnly day) => day.Year is >= 1900 and <= 2200;

    /// <summary>The type in words: "a number".</summary>
    public static string Words(ExtraType type) => type switch
    {
        ExtraType.Number => "a number",
        ExtraType.Choice => "one of its choices",
        ExtraType.Date => "a day",
        ExtraType.YesNo => "yes or no",
        _ => "a text",
    };

    public override string ToString() => $"{Name}{(Unit is null ? "" : $" [{Unit}]")} of each {On.ToString().ToLowerInvariant()}: {Words(Type)}{(Min ?? Max) switch { null => "", _ => $", {Min} to {Max}" }}{(IsRequired ? ", needed" : "")}";
}
