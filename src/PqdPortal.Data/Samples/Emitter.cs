using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Samples;

/// <summary>One dot.</summary>
public sealed class Emitter : ProjectRecord, IHasExtra
{
    public Guid SampleId { get; set; }
    public Sample Sample { get; set; } = null!;

    /// <summary>Short address, such as PQ-0042-S2-D017; unique in the portal.</summary>
    [MaxLength(40)] public required string Code { get; set; }

    /// <summary>Label within the sample, such as D017.</summary>
    [MaxLength(40)] public required string Label { get; set; }

    /// <summary>Position on the sample [um].</summary>
    public double? X { get; set; }
    public double? Y { get; set; }

    /// <summary>Emission maximum [nm] and full width at half maximum [meV].</summary>
    public double? EmissionPeak { get; set; }
    public double? EmissionFwhm { get; set; }

    /// <summary>SHA-256 of a stored picture that shows where it lies.</summary>
    [MaxLength(64)] public string? ImageSha256 { get; set; }

    /// <summary>For a simulated dot: what it was made of (jsonb), so that results can be held against the truth.</summary>
    public string? Truth { get; set; }

    /// <summary>What was recorded in the fields that templates asked for.</summary>
    public ExtraValues Extra { get; set; } = ExtraValues.None;

    internal static void Map(EntityTypeBuilder<Emitter> emitter)
    {
        Mapping.MapInProject(emitter);
        // Lists stand in this order: far pages are counted off in the index alone.
        emitter.HasIndex(e => e.Code).IsUnique().IncludeProperties(e => new { e.Id, e.ProjectId, e.SampleId, e.DeletedAt });
        // Search looks inside of these.
        emitter.HasIndex(e => e.Code, "IX_Emitters_Code_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        emitter.HasIndex(e => e.Notes, "IX_Emitters_Notes_Parts").HasMethod("gin").HasOperators("gin_trgm_ops");
        emitter.HasIndex(e => new { e.SampleId, e.Label }).IsUnique();
        // How many there are, and which, answered from the index alone.
        emitter.HasIndex(e => new { e.ProjectId, e.SampleId }, "IX_Emitters_Alive").HasFilter("\"DeletedAt\" IS NULL").IncludeProperties(e => new { e.Id });
        emitter.HasOne(e => e.Sample).WithMany(s => s.Emitters).HasForeignKey(e => e.SampleId);
        emitter.MapExtra();
        emitter.Property(e => e.Truth).HasColumnType("jsonb");
    }
}
