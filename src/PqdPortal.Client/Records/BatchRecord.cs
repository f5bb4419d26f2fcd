namespace PqdPortal.Client.Records;

/// <summary>One synthesis. A value that is absent was not recorded.</summary>
public sealed record BatchRecord : ProjectRecordBase
{
    /// <summary>Short address, such as PQ-0042; given by the portal.</summary>
    public string Code { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>Nominal formula from the precursors, such as Cs0.2FA0.8PbBr3.</summary>
    public string Formula { get; init; } = "";

    /// <summary>Formula from EDX, ICP or XRF.</summary>
    public string? MeasuredFormula { get; init; }

    /// <summary>How it was measured: not-recorded, edx, icp, xrf, other.</summary>
    public string MeasuredMethod { get; init; } = "not-recorded";

    /// <summary>One standard deviation of the measured shares [% of a site].</summary>
    public double? MeasuredUncertainty { get; init; }

    /// <summary>What the nominal formula says; given by the portal.</summary>
    public CompositionRecord? Composition { get; init; }

    /// <summary>What the measured formula says; given by the portal, absent where there is none.</summary>
    public CompositionRecord? MeasuredComposition { get; init; }

    /// <summary>x of a mixed site, 0..1.</summary>
    public double? MixingX { get; init; }

    /// <summary>not-recorded, dot, sheet, quasi-two-dimensional, bulk-film.</summary>
    public string Dimensionality { get; init; } = "dot";

    /// <summary>not-recorded, cubic, tetragonal, orthorhombic, unknown.</summary>
    public string CrystalPhase { get; init; } = "not-recorded";

    /// <summary>not-recorded, hot-injection, larp, spray, room-temperature, other.</summary>
    public string Method { get; init; } = "not-recorded";
    public DateOnly? SynthesisedOn { get; init; }

    /// <summary>Who made it.</summary>
    public string? Maker { get; init; }

    /// <summary>[degC]</summary>
    public double? SynthesisTemperature { get; init; }
    public string? Solvent { get; init; }

    /// <summary>Solvent, precursors and ligand with their amounts, one a line, such as "PbBr2: 69 mg".</summary>
    public string? Precursors { get; init; }
    public string? Ligand { get; init; }
    public string? Dopant { get; init; }

    /// <summary>A, B or X.</summary>
    public string? DopantSite { get; init; }

    /// <summary>[mol %]</summary>
    public double? DopantLevel { get; init; }

    /// <summary>not-recorded, none, shell, ligand-exchange, matrix, doping.</summary>
    public string Treatment { get; init; } = "not-recorded";

    /// <summary>Mean edge length from TEM [nm].</summary>
    public double? EdgeLength { get; init; }

    /// <summary>Standard deviation of the edge length over particles [nm].</summary>
    public double? EdgeLengthSd { get; init; }

    /// <summary>Particles counted.</summary>
    public int? EdgeLengthN { get; init; }

    /// <summary>Edge length over the exciton's Bohr radius, as entered.</summary>
    public double? SizeOverBohr { get; init; }

    /// <summary>Which definition of the radius was used.</summary>
    public string? SizeOverBohrDefinition { get; init; }

    /// <summary>Photoluminescence quantum yield, 0..1.</summary>
    public double? Plqy { get; init; }

    /// <summary>[cm^-1]</summary>
    public double? AbsorptionCoefficient { get; init; }

    /// <summary>Ensemble emission maximum [nm].</summary>
    public double? EmissionPeak { get; init; }

    /// <summary>Full width at half maximum of the ensemble emission [nm].</summary>
    public double? EmissionFwhm { get; init; }

    /// <summary>Id of the template it was begun with; when a record is made, also the key of a built-in one, such as hot-injection.</summary>
    public string? Template { get; init; }

    /// <summary>What was recorded in the fields that templates asked for, by key. In a change, keys that are not sent stay, and null takes one away.</summary>
    public IReadOnlyDictionary<string, ExtraRecord?>? Extra { get; init; }

    /// <summary>The batches it was made from; given with a new batch, changed at its address with /parents behind it.</summary>
    public IReadOnlyList<ParentRecord> Parents { get; init; } = [];
}

/// <summary>What a batch or sample was made from.</summary>
/// <param name="Code">Of a batch or sample of the same project.</param>
/// <param name="How">not-recorded, washed, exchanged, doped, split, mixed, other.</param>
public sealed record ParentRecord(string Code, string How = "not-recorded");

/// <summary>What a formula says.</summary>
public sealed record CompositionRecord
{
    /// <summary>The one canonical writing, dopants of unknown amount in front; absent where the formula cannot be read.</summary>
    public string? Canonical { get; init; }

    /// <summary>Each ion's share of its own site, 0..1.</summary>
    public IReadOnlyDictionary<string, double> Fractions { get; init; } = new Dictionary<string, double>();

    /// <summary>Codes of what is odd about it, such as charge-imbalance.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}
