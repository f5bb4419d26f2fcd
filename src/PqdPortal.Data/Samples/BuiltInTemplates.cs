namespace PqdPortal.Data.Samples;

/// <summary>
/// The templates that the portal brings along, one per way of synthesis, with the usual values of the review.
/// A project that uses one takes it over as its own and may change it.
/// </summary>
public static class BuiltInTemplates
{
    public static readonly IReadOnlyList<BuiltInTemplate> All =
    [
        new("hot-injection", "Hot injection", RecordKind.Batch, SynthesisMethod.HotInjection,
            "Cs-oleate injected into hot PbX2 in octadecene; 140 to 200 °C set the size.",
            [
                First("SynthesisedOn"), First("SynthesisTemperature", "170"), First("Ligand", "oleic acid, oleylamine"),
                Set("Method", "hot-injection"), Set("Solvent", "1-octadecene"), Set("Precursors", "Cs-oleate, PbX2"), Set("Dimensionality", "dot"),
            ],
            [
                new("growth_time", RecordKind.Batch, "Growth time", ExtraType.Number, "s", 0, 86_400, Help: "From the injection to the quench."),
                new("injected_volume", RecordKind.Batch, "Injected volume", ExtraType.Number, "mL", 0, 1000),
                new("quenched_by", RecordKind.Batch, "Quenched by", ExtraType.Choice, Choices: "ice bath\nwater bath\nair\nother"),
                new("spin_speed", RecordKind.Sample, "Spin speed", ExtraType.Number, "rpm", 0, 20_000),
            ]),
        new("larp", "LARP", RecordKind.Batch, SynthesisMethod.Larp,
            "Ligand-assisted reprecipitation: a polar solution dropped into an antisolvent at room temperature.",
            [
                First("SynthesisedOn"), First("SynthesisTemperature", "25"), First("Ligand", "oleic acid, alkylammonium bromide"),
                Set("Method", "larp"), Set("Solvent", "DMF, into toluene"), Set("Precursors", "AX, PbX2"), Set("Dimensionality", "dot"),
            ],
            [
                new("antisolvent", RecordKind.Batch, "Antisolvent", ExtraType.Choice, Choices: "toluene\nchloroform\nhexane\nother"),
                new("antisolvent_volume", RecordKind.Batch, "Antisolvent volume", ExtraType.Number, "mL", 0, 10_000),
                new("dropping_rate", RecordKind.Batch, "Dropping rate", ExtraType.Number, "mL/min", 0, 1000),
                new("spin_speed", RecordKind.Sample, "Spin speed", ExtraType.Number, "rpm", 0, 20_000),
            ]),
        new("spray", "Spray", RecordKind.Batch, SynthesisMethod.Spray,
            "Sprayed synthesis, as of the dots that stayed bright for 24 h.",
            [
                First("SynthesisedOn"), First("SynthesisTemperature"), First("Solvent"),
                Set("Method", "spray"), Set("Dimensionality", "dot"),
            ],
            [
                new("nozzle_temperature", RecordKind.Batch, "Nozzle temperature", ExtraType.Number, "°C", -50, 1000),
                new("flow_rate", RecordKind.Batch, "Flow rate", ExtraType.Number, "mL/min", 0, 1000),
                new("carrier_gas", RecordKind.Batch, "Carrier gas", ExtraType.Choice, Choices: "nitrogen\nargon\nair\nother"),
                new("collected_in", RecordKind.Batch, "Collected in", ExtraType.Text),
            ]),
        new("room-temperature", "Room temperature", RecordKind.Batch, SynthesisMethod.RoomTemperature,
            "Precursors mixed at room temperature under stirring.",
            [
                First("SynthesisedOn"), First("SynthesisTemperature", "25"), First("Ligand"),
                Set("Method", "room-temperature"), Set("Solvent", "toluene"), Set("Dimensionality", "dot"),
            ],
            [
                new("stirring_speed", RecordKind.Batch, "Stirring speed", ExtraType.Number, "rpm", 0, 10_000),
                new("reaction_time", RecordKind.Batch, "Reaction time", ExtraType.Number, "min", 0, 100_000),
                new("under_inert_gas", RecordKind.Batch, "Under inert gas", ExtraType.YesNo),
            ]),
        new("superlattice", "Superlattice sample", RecordKind.Sample, SynthesisMethod.NotRecorded,
            "A sample of ordered dots, from slow evaporation in vacuum; 9 nm dots with a gap of 3 nm in the review.",
            [
                First("Superlattice.EdgeLength", on: RecordKind.Sample), First("Superlattice.Gap", on: RecordKind.Sample), First("Superlattice.EvaporationTime", on: RecordKind.Sample),
                Set("Form", "superlattice", RecordKind.Sample), Set("Matrix", "none", RecordKind.Sample), Set("Solvent", "toluene", RecordKind.Sample),
                Set("Superlattice.Packing", "simple cubic", RecordKind.Sample), Set("Superlattice.Vacuum", "yes", RecordKind.Sample),
                Set("EvidenceRole", "superlattice", RecordKind.Run),
            ],
            [
                new("concentration", RecordKind.Sample, "Concentration of the colloid", ExtraType.Number, "mg/mL", 0, 1000),
                new("evaporation_temperature", RecordKind.Sample, "Evaporation temperature", ExtraType.Number, "°C", -100, 300),
                new("order_seen", RecordKind.Sample, "Order seen by electron microscopy", ExtraType.YesNo),
            ]),
    ];

    public static BuiltInTemplate? Of(string? key) => All.FirstOrDefault(template => template.Key == key);

    static TemplatePreset First(string field, string? value = null, RecordKind on = RecordKind.Batch) => new(on, field, value, true);
    static TemplatePreset Set(string field, string value, RecordKind on = RecordKind.Batch) => new(on, field, value, false);
}

/// <summary>A template that the portal brings along.</summary>
/// <param name="Begins">A batch, or a sample of one.</param>
/// <param name="About">One sentence, with the line of the review.</param>
public sealed record BuiltInTemplate(
    string Key, string Name, RecordKind Begins, SynthesisMethod Method, string About, TemplatePreset[] Presets, ExtraField[] Extras)
{
    /// <summary>As a project's own; not saved yet.</summary>
    public Template For(Guid project) => new()
    {
        ProjectId = project, Name = Name, Begins = Begins, Method = Method, BuiltIn = Key, Notes = About, Presets = Presets, Extras = Extras,
    };
}
