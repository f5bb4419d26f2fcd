using System.Text.Json;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>One of the portal's own fields, as templates, files and edits of many records speak of it.</summary>
/// <param name="Title">On the page: "Edge length".</param>
/// <param name="Unit">As in the headings of files: nm, degC, 1/cm; empty where it has none.</param>
public sealed record FieldInfo(RecordKind Of, RecordField Field, string Title, string Unit)
{
    public string Name => Field.Name;

    /// <summary>Its name in files and in the REST API of lists: edge_length.</summary>
    public string Key { get; } = string.Join('_', Field.Name.Split('.').Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));

    /// <summary>Heading in files: edge_length [nm].</summary>
    public string Header => Unit.Length == 0 ? Key : $"{Key} [{Unit}]";

    /// <summary>With the unit, as on the page: "Edge length (nm)".</summary>
    public string Label => Unit.Length == 0 ? Title : $"{Title} ({Numbers.Unit(Unit)})";

    /// <summary>What can be chosen, by names on the wire; empty where anything can stand.</summary>
    public IReadOnlyList<(string Key, string Text)> Choices =>
        Field.Type.IsEnum ? [.. Enum.GetValues(Field.Type).Cast<Enum>().Select(choice => (Words.Key(choice), Words.Of(choice)))]
        : Field.Type == typeof(bool) ? [("yes", "yes"), ("no", "no")]
        : Field.Name == nameof(Batch.DopantSite) ? [("A", "A"), ("B", "B"), ("X", "X")]
        : [];

    /// <summary>A text that may be long.</summary>
    public bool IsLong => Field.IsText && Field.MaxLength >= Keepable.LongText;
}

/// <summary>The fields of each kind of record that can be typed, in the order of their forms.</summary>
public static class FieldCatalogue
{
    static readonly IReadOnlyList<FieldInfo> Batches = All<Batch>(RecordKind.Batch);
    static readonly IReadOnlyList<FieldInfo> Samples = All<Sample>(RecordKind.Sample);
    static readonly IReadOnlyList<FieldInfo> Dots = All<Emitter>(RecordKind.Dot);
    static readonly IReadOnlyList<FieldInfo> Runs = All<Run>(RecordKind.Run);

    public static IReadOnlyList<FieldInfo> Of(RecordKind kind) => kind switch
    {
        RecordKind.Batch => Batches,
        RecordKind.Sample => Samples,
        RecordKind.Dot => Dots,
        _ => Runs,
    };

    public static FieldInfo? Find(RecordKind kind, string name) => Of(kind).FirstOrDefault(field => field.Name == name || field.Key == name);

    static FieldInfo[] All<T>(RecordKind kind) where T : class, Data.IRecord =>
    [
        .. RecordFields.Of<T>()
            // A reference to another record is chosen, not typed.
            .Where(field => IsTyped(field.Type) && field.Name != nameof(Data.ProjectRecord.Notes))
            .Select(field => new FieldInfo(kind, field, Title(field.Name), Unit(kind, field.Name))),
        .. RecordFields.Of<T>().Where(field => field.Name == nameof(Data.ProjectRecord.Notes)).Select(field => new FieldInfo(kind, field, "Notes", "")),
    ];

    static bool IsTyped(Type type) => type.IsEnum || type == typeof(string) || type == typeof(double) || type == typeof(int) || type == typeof(bool)
        || type == typeof(DateOnly) || type == typeof(DateTimeOffset) || type == typeof(double[]);

    static string Title(string name) => name switch
    {
        "MeasuredMethod" => "Composition measured by",
        "MeasuredUncertainty" => "Uncertainty of the measured composition",
        "X" => "Position x",
        "Y" => "Position y",
        "MixingX" => "x of the mixed site",
        "Formula" => "Nominal formula",
        "SynthesisedOn" => "Synthesised on",
        "Superlattice.EdgeLength" => "Edge of one dot",
        "Superlattice.Gap" => "Gap between dots",
        "Superlattice.Vacuum" => "Evaporated in vacuum",
        "AbsorptionCoefficient" => "Absorption coefficient",
        "EmissionPeak" => "Emission maximum",
        _ => Words.Field(name) is { Length: > 1 } words ? char.ToUpperInvariant(words[0]) + words[1..] : name,
    };

    static string Unit(RecordKind kind, string name) => name switch
    {
        "SynthesisTemperature" => "degC",
        "DopantLevel" => "mol %",
        "MeasuredUncertainty" => "%",
        "EdgeLength" or "EdgeLengthSd" or "EmissionPeak" or "ExcitationWavelength" or "WindowFrom" or "WindowTo" => "nm",
        "Superlattice.EdgeLength" or "Superlattice.Gap" or "Superlattice.Disorder" => "nm",
        "Superlattice.EvaporationTime" => "h",
        "EmissionFwhm" => kind == RecordKind.Dot ? "meV" : "nm",
        "AbsorptionCoefficient" => "1/cm",
        "X" or "Y" or "SpotSize" => "um",
        "Temperature" => "K",
        "Humidity" => "%",
        "RepetitionRate" => "MHz",
        "PulseWidth" => "ps",
        "Power" => "uW",
        "Fluence" => "uJ/cm2",
        "Duration" => "s",
        "BinTime" => "ms",
        "BackgroundRates" => "1/s",
        _ => "",
    };
}
