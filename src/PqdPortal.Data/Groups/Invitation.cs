using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Groups;

/// <summary>
/// Lets somebody join by a link or a code: a project with a role, a group, or both. Only the hash of the code is kept; it is shown to
/// its maker once.
/// </summary>
public sealed class Invitation
{
    /// <summary>Longest note and address [characters].</summary>
    public const int LongestNote = 100, LongestAddress = 200;

    /// <summary>Most people that one link lets in.</summary>
    public const int MostUses = 100;

    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>At least one of project and group is set.</summary>
    public Guid? ProjectId { get; set; }
    public Project? Project { get; set; }
    public Guid? GroupId { get; set; }
    public Group? Group { get; set; }

    /// <summary>In the project; None where there is none.</summary>
    public AccessRole Role { get; set; }

    /// <summary>Whom it is meant for, as its maker says.</summary>
    [MaxLength(LongestNote)] public string? MeantFor { get; set; }

    /// <summary>The one address whose account may use it; null for anybody who holds it.</summary>
    [MaxLength(LongestAddress)] public string? Address { get; set; }

    /// <summary>SHA-256 of the code, lower-case hex.</summary>
    [MaxLength(64)] public required string Hash { get; set; }

    /// <summary>How many people it lets in, and how many have come.</summary>
    public int UsesAllowed { get; set; } = 1;
    public int Uses { get; set; }

    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Whether somebody can still come by it.</summary>
    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now && Uses < UsesAllowed;

    internal static void Map(EntityTypeBuilder<Invitation> invitation)
    {
        // A number, as in grants.
        invitation.Property(i => i.Role).HasConversion<int>();
        invitation.HasOne(i => i.Project).WithMany().HasForeignKey(i => i.ProjectId);
        invitation.HasOne(i => i.Group).WithMany().HasForeignKey(i => i.GroupId);
        invitation.HasOne<PortalUser>().WithMany().HasForeignKey(i => i.CreatedById);
        invitation.HasIndex(i => i.Hash).IsUnique();
        invitation.ToTable(t =>
        {
            t.HasCheckConstraint("CK_Invitations_Somewhere", "num_nonnulls(\"ProjectId\", \"GroupId\") >= 1");
            t.HasCheckConstraint("CK_Invitations_Role", "\"Role\" BETWEEN 0 AND 4 AND (\"Role\" > 0) = (\"ProjectId\" IS NOT NULL)");
            t.HasCheckConstraint("CK_Invitations_Uses", "\"Uses\" BETWEEN 0 AND \"UsesAllowed\"");
        });
    }
}

/// <summary>Somebody who came by an invitation.</summary>
public sealed class InvitationUse
{
    public Guid InvitationId { get; set; }
    public Invitation Invitation { get; set; } = null!;
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;
    public DateTimeOffset At { get; set; }

    internal static void Map(EntityTypeBuilder<InvitationUse> use)
    {
        use.HasKey(u => new { u.InvitationId, u.PersonId });
        use.HasOne(u => u.Invitation).WithMany().HasForeignKey(u => u.InvitationId);
        use.HasOne(u => u.Person).WithMany().HasForeignKey(u => u.PersonId);
    }
}
