using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Samples;

/// <summary>One synthesis.</summary>
public sealed class Batch : ProjectRecord, IHasExtra
{
    /// <summary>Longest canonical form that is kept [characters].</summary>
    public const int LongestCanonical = 300;

    /// <summary>Short address, such as PQ-0042; unique in the portal, given once.</summary>
    [MaxLength(20)] public required string Code { get; set; }
    [MaxLength(200)] public required string Name { get; set; }

    /// <summary>Nominal formula from the precursors, as typed, such as Cs0.2FA0.8PbBr3.</summary>
    [MaxLength(200)] public required string Formula { get; set; }

    /// <summary>Formula from EDX, ICP or XRF, where it was measured.</summary>
    [MaxLength(200)] public string? MeasuredFormula { get; set; }

    public CompositionMethod MeasuredMethod { get; set; } = CompositionMethod.NotRecorded;

    /// <summary>One standard deviation of the measured shares [% of a site].</summary>
    public double? MeasuredUncertainty { get; set; }

    /// <summary>What the formulas say, computed whenever they change; nobody types it. Empty where a formula cannot be read.</summary>
    /// <remarks>The canonical form with dopants of unknown amount (Zn:CsPbBr3) is what compositions are told apart by.</remarks>
    [MaxLength(LongestCanonical)] public string? Canonical { get; set; }
    public SiteFractions Fractions { get; set; } = SiteFractions.None;

    /// <summary>Codes of what is odd about the formula, such as charge-imbalance.</summary>
    public string[] FormulaFlags { get; set; } = [];
    [MaxLength(LongestCanonical)] public string? MeasuredCanonical { get; set; }
    public SiteFractions MeasuredFractions { get; set; } = SiteFractions.None;
    public string[] MeasuredFlags { get; set; } = [];

    /// <summary>Which version of the reading of formulas filled these; 0 for none yet.</summary>
    public int CompositionVersion { get; set; }

    /// <summary>x of a mixed site, 0..1.</summary>
    public double? MixingX { get; set; }
    public Dimensionality Dimensionality { get; set; } = Dimensionality.Dot;
    public CrystalPhase CrystalPhase { get; set; } = CrystalPhase.NotRecorded;
    public SynthesisMethod Method { get; set; } = SynthesisMethod.NotRecorded;
    public DateOnly? SynthesisedOn { get; set; }

    /// <summary>Who made it, as people call them; who recorded it stands in the history.</summary>
    [MaxLength(200)] public string? Maker { get; set; }

    /// <summary>[degC]</summary>
    public double? SynthesisTemperature { get; set; }

    /// <summary>Solvents, precursors and ligands with their amounts, one a line; <see cref="Ingredient"/> reads them.</summary>
    public string? Solvent { get; set; }
    public string? Precursors { get; set; }
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

    /// <summary>The batches it was made from, and how.</summary>
    public List<BatchParent> Parents { get; set; } = [];

    /// <summary>The template it was begun with, which says what more is asked of it and of what hangs on it.</summary>
    public Guid? TemplateId { get; set; }
    public Template? Template { get; set; }

    /// <summary>What was recorded in the fields that templates asked for.</summary>
    public ExtraValues Extra { get; set; } = ExtraValues.None;

    public List<Sample> Samples { get; set; } = [];

    internal static void Map(EntityTypeBuilder<Batch> batch)
    {
        Mapping.MapInProject(batch);
        batch.HasIndex(b => b.Code).IsUnique();
        // Search looks inside of these.
        batch.HasIndex(b => b.Code, "IX_Batches_Code_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        batch.HasIndex(b => b.Name, "IX_Batches_Name_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        batch.HasIndex(b => b.Formula, "IX_Batches_Formula_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        batch.HasIndex(b => b.MeasuredFormula, "IX_Batches_MeasuredFormula_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        batch.HasIndex(b => b.Notes, "IX_Batches_Notes_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        batch.HasOne(b => b.Template).WithMany().HasForeignKey(b => b.TemplateId);
        batch.MapExtra();
        batch.Property(b => b.Fractions).AsJson().HasDefaultValueSql("'{}'::jsonb");
        batch.Property(b => b.MeasuredFractions).AsJson().HasDefaultValueSql("'{}'::jsonb");
        // Batches of before have one too, and no word is none of its words.
        batch.Property(b => b.MeasuredMethod).HasDefaultValue(CompositionMethod.NotRecorded);
        batch.Property(b => b.FormulaFlags).HasDefaultValueSql("'{}'::text[]");
        batch.Property(b => b.MeasuredFlags).HasDefaultValueSql("'{}'::text[]");
        batch.HasIndex(b => b.Canonical);
        batch.ToTable(t =>
        {
            t.HasCheckConstraint("CK_Batches_MixingX", "\"MixingX\" BETWEEN 0 AND 1");
            t.HasCheckConstraint("CK_Batches_MeasuredUncertainty", "\"MeasuredUncertainty\" BETWEEN 0 AND 100");
            t.HasCheckConstraint("CK_Batches_Plqy", "\"Plqy\" BETWEEN 0 AND 1");
        });
    }
}

public enum Dimensionality { NotRecorded, Dot, Sheet, QuasiTwoDimensional, BulkFilm }
public enum CrystalPhase { NotRecorded, Cubic, Tetragonal, Orthorhombic, Unknown }
public enum SynthesisMethod { NotRecorded, HotInjection, Larp, Spray, RoomTemperature, Other }
/// <summary>How a composition was measured.</summary>
public enum CompositionMethod { NotRecorded, Edx, Icp, Xrf, Other }
public enum Treatment { NotRecorded, None, Shell, LigandExchange, Matrix, Doping }
