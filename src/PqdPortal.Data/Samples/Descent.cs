using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Samples;

/// <summary>How a record was made from another.</summary>
public enum Descent { NotRecorded, Washed, Exchanged, Doped, Split, Mixed, Other }

/// <summary>One batch that another was made from. A mixture has several.</summary>
public sealed class BatchParent
{
    public Guid BatchId { get; set; }
    public Batch Batch { get; set; } = null!;
    public Guid ParentId { get; set; }
    public Batch Parent { get; set; } = null!;
    public Descent How { get; set; } = Descent.NotRecorded;

    internal static void Map(EntityTypeBuilder<BatchParent> parent)
    {
        parent.HasKey(p => new { p.BatchId, p.ParentId });
        parent.HasOne(p => p.Batch).WithMany(b => b.Parents).HasForeignKey(p => p.BatchId);
        parent.HasOne(p => p.Parent).WithMany().HasForeignKey(p => p.ParentId);
        parent.ToTable(t => t.HasCheckConstraint("CK_BatchParents_NotItself", "\"BatchId\" <> \"ParentId\""));
    }
}

/// <summary>One sample that another was made from.</summary>
public sealed class SampleParent
{
    public Guid SampleId { get; set; }
    public Sample Sample { get; set; } = null!;
    public Guid ParentId { get; set; }
    public Sample Parent { get; set; } = null!;
    public Descent How { get; set; } = Descent.NotRecorded;

    internal static void Map(EntityTypeBuilder<SampleParent> parent)
    {
        parent.HasKey(p => new { p.SampleId, p.ParentId });
        parent.HasOne(p => p.Sample).WithMany(s => s.Parents).HasForeignKey(p => p.SampleId);
        parent.HasOne(p => p.Parent).WithMany().HasForeignKey(p => p.ParentId);
        parent.ToTable(t => t.HasCheckConstraint("CK_SampleParents_NotItself", "\"SampleId\" <> \"ParentId\""));
    }
}
