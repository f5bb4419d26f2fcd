using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Groups;

/// <summary>Owns batches and all below them, and decides who may see and change them.</summary>
public sealed class Project : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }

    /// <summary>Short code that begins the labels of its batches, such as PQ; unique in the portal.</summary>
    [MaxLength(8)] public required string Code { get; set; }
    [MaxLength(200)] public required string Name { get; set; }
    public string? Description { get; set; }

    /// <summary>Number of the next batch (PQ-0042).</summary>
    public int NextBatch { get; set; } = 1;

    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
    public bool Simulated { get; set; }

    public List<Grant> Grants { get; set; } = [];

    internal static void Map(EntityTypeBuilder<Project> project)
    {
        project.HasIndex(p => p.Code).IsUnique();
        project.HasMany(p => p.Grants).WithOne(g => g.Project).HasForeignKey(g => g.ProjectId);
        project.HasOne<PortalUser>().WithMany().HasForeignKey(p => p.CreatedById);
        project.ToTable(t => t.HasCheckConstraint("CK_Projects_NextBatch", "\"NextBatch\" >= 1"));
    }
}
