using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Samples;

/// <summary>One preparation of a batch: a film, a dilution, a superlattice.</summary>
public sealed class Sample : ProjectRecord, IHasExtra
{
    public Guid BatchId { get; set; }
    public Batch Batch { get; set; } = null!;

    /// <summary>Short address, such as PQ-0042-S2; unique in the portal.</summary>
    [MaxLength(30)] public required string Code { get; set; }
    [MaxLength(200)] public required string Name { get; set; }
    public SampleForm Form { get; set; } = SampleForm.NotRecorded;
    public Matrix Matrix { get; set; } = Matrix.NotRecorded;

    /// <summary>Dilution factor (500 for 1:500).</summary>
    public double? Dilution { get; set; }
    public string? Solvent { get; set; }
    public string? Substrate { get; set; }

    /// <summary>Where it lies and how it is kept.</summary>
    public string? Storage { get; set; }
    public DateTimeOffset? PreparedAt { get; set; }

    public Superlattice? Superlattice { get; set; }

    /// <summary>The template it was begun with, beside that of its batch.</summary>
    public Guid? TemplateId { get; set; }
    public Template? Template { get; set; }

    /// <summary>What was recorded in the fields that templates asked for.</summary>
    public ExtraValues Extra { get; set; } = ExtraValues.None;

    /// <summary>The samples it was made from, and how.</summary>
    public List<SampleParent> Parents { get; set; } = [];
    public List<Emitter> Emitters { get; set; } = [];

    internal static void Map(EntityTypeBuilder<Sample> sample)
    {
        Mapping.MapInProject(sample);
        sample.HasIndex(s => s.Code).IsUnique();
        // Search looks inside of these.
        sample.HasIndex(s => s.Code, "IX_Samples_Code_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        sample.HasIndex(s => s.Name, "IX_Samples_Name_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        sample.HasIndex(s => s.Notes, "IX_Samples_Notes_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        sample.HasOne(s => s.Batch).WithMany(b => b.Samples).HasForeignKey(s => s.BatchId);
        sample.Property(s => s.Superlattice).AsJson();
        sample.HasOne(s => s.Template).WithMany().HasForeignKey(s => s.TemplateId);
        sample.MapExtra();
        sample.ToTable(t => t.HasCheckConstraint("CK_Samples_Dilution", "\"Dilution\" > 0"));
    }
}

public enum SampleForm { NotRecorded, Colloid, IsolatedDots, Film, Superlattice, QuasiTwoDimensionalFilm }
public enum Matrix { NotRecorded, None, Pmma, Epoxy, Polystyrene, Other }

/// <summary>What a sample of the form superlattice has besides. Owned by the sample.</summary>
public sealed class Superlattice
{
    /// <summary>Edge of one dot, gap between dots, disorder of positions [nm].</summary>
    public double? EdgeLength { get; set; }
    public double? Gap { get; set; }
    public double? Disorder { get; set; }
    public int? DotsPerSide { get; set; }
    [MaxLength(40)] public string? Packing { get; set; }
    public bool? Vacuum { get; set; }

    /// <summary>How long the solvent evaporated [h].</summary>
    public double? EvaporationTime { get; set; }
}
