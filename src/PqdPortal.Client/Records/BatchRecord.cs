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

    /// <summary>x of a mixed site, 0..1.</summary>
    public double? MixingX { get; init; }

    /// <summary>not-recorded, dot, sheet, quasi-two-dimensional, bulk-film.</summary>
    public string Dimensionality { get; init; } = "dot";

    /// <summary>not-recorded, cubic, tetragonal, orthorhombic, unknown.</summary>
    public string CrystalPhase { get; init; } = "not-recorded";

    /// <summary>not-recorded, hot-injection, larp, spray, room-temperature, other.</summary>
    public string Method { get; init; } = "not-recorded";
    public DateOnly? SynthesisedOn { get; init; }

    /// <summary>[degC]</summary>
    public double? SynthesisTemperature { get; init; }
    public string? Solvent { get; init; }

    /// <summary>With their amounts, in words.</summary>
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

    /// <summary>Code of the batch it was made from.</summary>
    public string? Parent { get; init; }
}
