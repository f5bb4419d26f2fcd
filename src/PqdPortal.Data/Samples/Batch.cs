using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Data.Samples;

/// <summary>One synthesis.</summary>
public sealed class Batch : ProjectRecord
{
    /// <summary>Short address, such as PQ-0042; unique in the portal, given once.</summary>
    [MaxLength(20)] public required string Code { get; set; }
    [MaxLength(200)] public required string Name { get; set; }

    /// <summary>Nominal formula from the precursors, as typed, such as Cs0.2FA0.8PbBr3.</summary>
    [MaxLength(200)] public required string Formula { get; set; }

    /// <summary>Formula from EDX, ICP or XRF, where it was measured.</summary>
    [MaxLength(200)] public string? MeasuredFormula { get; set; }

    /// <summary>x of a mixed site, 0..1.</summary>
    public double? MixingX { get; set; }
    public Dimensionality Dimensionality { get; set; } = Dimensionality.Dot;
    public CrystalPhase CrystalPhase { get; set; } = CrystalPhase.NotRecorded;
    public SynthesisMethod Method { get; set; } = SynthesisMethod.NotRecorded;
    public DateOnly? SynthesisedOn { get; set; }

    /// <summary>[degC]</summary>
    public double? SynthesisTemperature { get; set; }
    public string? Solvent { get; set; }

    /// <summary>Precursors with their amounts, in words.</summary>
    public string? Precursors { get; set; }

    /// <summary>Ligand and its amount, in words.</summary>
    public string? Ligand { get; set; }
    [MaxLength(20)] public string? Dopant { get; set; }
    [MaxLength(1)] public string? DopantSite { get; set; }

    /// <summary>[mol %]</summary>
    public double? DopantLevel { get; set; }
    public Treatment Treatment { get; set; } = Treatment.NotRecorded;

    /// <summary>Mean edge length from TEM [nm], its standard deviation over particles [nm], particles counted.</summary>
    public double? EdgeLength { get; set; }
    public double? EdgeLengthSd { get; set; }
    public int? EdgeLengthN { get; set; }

    /// <summary>Photoluminescence quantum yield, 0..1.</summary>
    public double? Plqy { get; set; }

    /// <summary>[cm^-1]</summary>
    public double? AbsorptionCoefficient { get; set; }

    /// <summary>Ensemble emission maximum [nm] and full width at half maximum [nm].</summary>
    public double? EmissionPeak { get; set; }
    public double? EmissionFwhm { get; set; }

    public Guid? ParentId { get; set; }

    /// <summary>The batch it was made from (washed, exchanged, doped).</summary>
    public Batch? Parent { get; set; }

    public List<Sample> Samples { get; set; } = [];
}

public enum Dimensionality { NotRecorded, Dot, Sheet, QuasiTwoDimensional, BulkFilm }
public enum CrystalPhase { NotRecorded, Cubic, Tetragonal, Orthorhombic, Unknown }
public enum SynthesisMethod { NotRecorded, HotInjection, Larp, Spray, RoomTemperature, Other }
public enum Treatment { NotRecorded, None, Shell, LigandExchange, Matrix, Doping }
