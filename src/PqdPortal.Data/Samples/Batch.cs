using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

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

    /// <summary>Which ions share the A, B and X site, and in what fractions; empty where only the formula was given.</summary>
    public List<SiteShare> ASite { get; set; } = [];
    public List<SiteShare> BSite { get; set; } = [];
    public List<SiteShare> XSite { get; set; } = [];

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

    /// <summary>Edge length over the exciton's Bohr radius, as entered, and which definition of the radius was used.</summary>
    public double? SizeOverBohr { get; set; }
    [MaxLength(400)] public string? SizeOverBohrDefinition { get; set; }

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

    internal static void Map(EntityTypeBuilder<Batch> batch)
    {
        Mapping.MapInProject(batch);
        batch.HasIndex(b => b.Code).IsUnique();
        batch.HasOne(b => b.Parent).WithMany().HasForeignKey(b => b.ParentId);
        batch.Property(b => b.ASite).AsJson();
        batch.Property(b => b.BSite).AsJson();
        batch.Property(b => b.XSite).AsJson();
        batch.ToTable(t =>
        {
            t.HasCheckConstraint("CK_Batches_MixingX", "\"MixingX\" BETWEEN 0 AND 1");
            t.HasCheckConstraint("CK_Batches_Plqy", "\"Plqy\" BETWEEN 0 AND 1");
        });
    }
}

/// <summary>One ion's share of a lattice site.</summary>
/// <param name="Ion">Cs, FA, MA, PEA; Pb, Sn, Bi; I, Br, Cl; or another.</param>
/// <param name="Fraction">0..1; the shares of a site add up to 1.</param>
public sealed record SiteShare(string Ion, double Fraction)
{
    /// <summary>Why these shares cannot be those of one site, for people; null where they can.</summary>
    public static string? ProblemOf(string site, IReadOnlyList<SiteShare> shares)
    {
        if (shares.Count == 0) return null;
        if (shares.FirstOrDefault(s => s.Fraction is not (>= 0 and <= 1)) is { } wrong)
            return $"The share of {wrong.Ion} on the {site} site is {wrong.Fraction:0.###}; a share lies between 0 and 1.";
        var sum = shares.Sum(s => s.Fraction);
        // Fractions are typed with two or three digits: 0.33 three times is meant to be whole.
        return Math.Abs(sum - 1) <= 0.011 ? null : $"The shares of the {site} site add up to {sum:0.###}; they should add up to 1.";
    }
}

public enum Dimensionality { NotRecorded, Dot, Sheet, QuasiTwoDimensional, BulkFilm }
public enum CrystalPhase { NotRecorded, Cubic, Tetragonal, Orthorhombic, Unknown }
public enum SynthesisMethod { NotRecorded, HotInjection, Larp, Spray, RoomTemperature, Other }
public enum Treatment { NotRecorded, None, Shell, LigandExchange, Matrix, Doping }
