using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Lists;

/// <summary>A view of a list under a name: its filters, order and columns as they stand in the address.</summary>
public sealed class SavedView : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }

    /// <summary>Whose it is.</summary>
    public Guid OwnerId { get; set; }
    public PortalUser Owner { get; set; } = null!;

    /// <summary>The project whose people see it, too; null while it is the owner's alone.</summary>
    public Guid? ProjectId { get; set; }
    public Project? Project { get; set; }

    /// <summary>batches, samples, dots or runs.</summary>
    [MaxLength(20)] public required string List { get; set; }
    [MaxLength(80)] public required string Name { get; set; }

    /// <summary>What stands in the address behind the question mark.</summary>
    [MaxLength(4000)] public required string Query { get; set; }

    /// <summary>Shown to its owner where the address says nothing.</summary>
    public bool IsDefault { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    internal static void Map(EntityTypeBuilder<SavedView> view)
    {
        view.HasOne(v => v.Owner).WithMany().HasForeignKey(v => v.OwnerId);
        view.HasOne(v => v.Project).WithMany().HasForeignKey(v => v.ProjectId);
        view.HasIndex(v => new { v.OwnerId, v.List, v.Name }).IsUnique();
        view.HasIndex(v => new { v.OwnerId, v.List }).IsUnique().HasFilter("\"IsDefault\"").HasDatabaseName("IX_SavedViews_OneDefault");
        view.HasIndex(v => new { v.ProjectId, v.List });
    }
}
