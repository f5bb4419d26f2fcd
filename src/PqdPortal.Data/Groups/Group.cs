using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Groups;

/// <summary>The body that runs the portal: a department, an institute.</summary>
public sealed class Organisation : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }
    [MaxLength(200)] public required string Name { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the first visit's question "demo laboratory or empty" was answered.</summary>
    public DateTimeOffset? WelcomedAt { get; set; }
}

/// <summary>People who work together, such as a lab.</summary>
public sealed class Group : IRecord
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    [Timestamp] public uint Version { get; set; }
    public Guid? OrganisationId { get; set; }
    public Organisation? Organisation { get; set; }
    [MaxLength(200)] public required string Name { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public List<Membership> Members { get; set; } = [];

    internal static void Map(EntityTypeBuilder<Group> group)
    {
        group.HasOne(g => g.Organisation).WithMany().HasForeignKey(g => g.OrganisationId);
        group.HasMany(g => g.Members).WithOne(m => m.Group).HasForeignKey(m => m.GroupId);
        group.HasIndex(g => g.Name);
    }
}

/// <summary>A person in a group.</summary>
public sealed class Membership
{
    public Guid GroupId { get; set; }
    public Group Group { get; set; } = null!;
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;
    public DateTimeOffset Since { get; set; }

    /// <summary>May add and remove members and name the group; in projects it gives nothing.</summary>
    public bool IsManager { get; set; }

    internal static void Map(EntityTypeBuilder<Membership> membership)
    {
        membership.HasKey(m => new { m.GroupId, m.PersonId });
        membership.HasOne(m => m.Person).WithMany().HasForeignKey(m => m.PersonId);
        membership.HasIndex(m => m.PersonId);
    }
}
