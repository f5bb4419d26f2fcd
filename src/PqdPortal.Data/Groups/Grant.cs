using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Groups;

/// <summary>The one scale of access, in order: each role may do all that the ones before it may.</summary>
public enum AccessRole { None = 0, Read = 1, Comment = 2, Edit = 3, Manage = 4 }

/// <summary>Gives one person or one group a role in one project. An instrument never grants access.</summary>
public sealed class Grant
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;

    /// <summary>Exactly one of the two subjects is set.</summary>
    public Guid? PersonId { get; set; }
    public PortalUser? Person { get; set; }
    public Guid? GroupId { get; set; }
    public Group? Group { get; set; }

    public AccessRole Role { get; set; }

    /// <summary>After this moment the grant is void.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public Guid? GrantedById { get; set; }
    public DateTimeOffset GrantedAt { get; set; }

    internal static void Map(EntityTypeBuilder<Grant> grant)
    {
        // A number, unlike the other enums: the roles are an ordered scale, and text would be ordered by the alphabet.
        grant.Property(g => g.Role).HasConversion<int>();
        grant.HasOne(g => g.Person).WithMany().HasForeignKey(g => g.PersonId);
        grant.HasOne(g => g.Group).WithMany().HasForeignKey(g => g.GroupId);
        grant.HasOne<PortalUser>().WithMany().HasForeignKey(g => g.GrantedById);
        // One grant per subject and project: a second one would only hide the first.
        grant.HasIndex(g => new { g.ProjectId, g.PersonId }).IsUnique();
        grant.HasIndex(g => new { g.ProjectId, g.GroupId }).IsUnique();
        grant.ToTable(t =>
        {
            t.HasCheckConstraint("CK_Grants_OneSubject", "num_nonnulls(\"PersonId\", \"GroupId\") = 1");
            t.HasCheckConstraint("CK_Grants_Role", "\"Role\" BETWEEN 0 AND 4");
        });
    }
}
