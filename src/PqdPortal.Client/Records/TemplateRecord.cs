namespace PqdPortal.Client.Records;

/// <summary>One value of a field that a template asked for. One of number, text, date and yesNo is set, by its type.</summary>
public sealed record ExtraRecord
{
    /// <summary>What the field was called when it was recorded; given by the portal.</summary>
    public string? Name { get; init; }

    /// <summary>number, text, choice, date, yes-no; given by the portal.</summary>
    public string? Type { get; init; }

    /// <summary>Unit of the number; may be left out when it is sent, and is refused where it is another than the field's.</summary>
    public string? Unit { get; init; }

    /// <summary>Id of the template that asked for it; given by the portal.</summary>
    public Guid? Template { get; init; }
    public double? Number { get; init; }

    /// <summary>A text, or one of the choices.</summary>
    public string? Text { get; init; }
    public DateOnly? Date { get; init; }
    public bool? YesNo { get; init; }
}

/// <summary>How records of a project are begun: what is filled in, what is asked first, what is asked besides.</summary>
public sealed record TemplateRecord : ProjectRecordBase
{
    public string Name { get; init; } = "";

    /// <summary>batch or sample; given when it is made.</summary>
    public string Begins { get; init; } = "batch";

    /// <summary>not-recorded, hot-injection, larp, spray, room-temperature, other.</summary>
    public string Method { get; init; } = "not-recorded";

    /// <summary>Key of the built-in template that it was taken over from; given by the portal.</summary>
    public string? BuiltIn { get; init; }
    public IReadOnlyList<PresetRecord> Presets { get; init; } = [];
    public IReadOnlyList<ExtraFieldRecord> Extras { get; init; } = [];
}

/// <summary>What a template says of one of the portal's own fields.</summary>
/// <param name="On">batch, sample, dot or run.</param>
/// <param name="Field">Name of the field as in the headings of CSV files, such as synthesis_temperature.</param>
/// <param name="Value">What is filled in, as it would be typed; null for nothing.</param>
/// <param name="First">Asked at the top of the form.</param>
public sealed record PresetRecord(string On, string Field, string? Value = null, bool First = false);

/// <summary>A field that a template asks for besides the portal's own.</summary>
/// <param name="Key">By which its values are found; given by the portal where it is left out.</param>
/// <param name="On">batch, sample, dot or run.</param>
/// <param name="Type">number, text, choice, date, yes-no.</param>
/// <param name="Choices">What can be chosen, for a choice.</param>
public sealed record ExtraFieldRecord(
    string? Key, string On, string Name, string Type, string? Unit = null, double? Min = null, double? Max = null,
    IReadOnlyList<string>? Choices = null, bool Required = false, string? Help = null);
