using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Groups;

/// <summary>What a link can open, from above to below.</summary>
public enum LinkedKind { Project, Batch, Sample, Dot, Run }

/// <summary>
/// A read-only link to one record or project, for somebody without an account. Only the hash of its secret is kept. What it shows is
/// what stands there at the moment of looking.
/// </summary>
public sealed class ShareLink
{
    /// <summary>Longest name [characters].</summary>
    public const int LongestName = 100;

    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;
    public LinkedKind Kind { get; set; }

    /// <summary>The record, or the project itself.</summary>
    public Guid RecordId { get; set; }

    /// <summary>Whom it is for, as its maker says; the visitor does not see it.</summary>
    [MaxLength(LongestName)] public required string Name { get; set; }

    /// <summary>SHA-256 of the secret in the address, lower-case hex.</summary>
    [MaxLength(64)] public required string Hash { get; set; }

    /// <summary>Slow hash of the password that is asked besides; null for none.</summary>
    [MaxLength(200)] public string? PasswordHash { get; set; }
    public bool WithoutNames { get; set; }

    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>After this moment it opens nothing; null for no end.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>How often somebody came in by it, and when last. Counted once for each visit of a browser, not for each page.</summary>
    public int Visits { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>Wrong passwords in a row, and until when no more are taken.</summary>
    public int WrongPasswords { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }

    /// <summary>Whether it opens anything at this moment.</summary>
    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);

    internal static void Map(EntityTypeBuilder<ShareLink> link)
    {
        link.HasOne(l => l.Project).WithMany().HasForeignKey(l => l.ProjectId);
        link.HasOne<PortalUser>().WithMany().HasForeignKey(l => l.CreatedById);
        link.HasIndex(l => l.Hash).IsUnique();
        link.HasIndex(l => l.RecordId);
    }
}
