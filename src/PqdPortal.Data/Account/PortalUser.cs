using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Account;

/// <summary>A person with an account.</summary>
public sealed class PortalUser : IdentityUser<Guid>
{
    public PortalUser() => Id = Guid.CreateVersion7();

    /// <summary>As shown beside their work.</summary>
    [MaxLength(200)] public required string Name { get; set; }
    [MaxLength(19)] public string? Orcid { get; set; }

    /// <summary>May manage people, groups and every project.</summary>
    public bool IsAdministrator { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Set when the person may no longer sign in; their work stays.</summary>
    public DateTimeOffset? RemovedAt { get; set; }

    internal static void Map(EntityTypeBuilder<PortalUser> person) => person.ToTable("Persons");
}

/// <summary>A personal access token of the REST API. Only its hash is kept.</summary>
public sealed class AccessToken
{
    /// <summary>Longest name [characters].</summary>
    public const int LongestName = 100;

    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;

    /// <summary>What it is for, as its person says.</summary>
    [MaxLength(LongestName)] public required string Name { get; set; }

    /// <summary>SHA-256 of the token, lower-case hex.</summary>
    [MaxLength(64)] public required string Hash { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    internal static void Map(EntityTypeBuilder<AccessToken> token)
    {
        token.HasOne(t => t.Person).WithMany().HasForeignKey(t => t.PersonId);
        token.HasIndex(t => t.Hash).IsUnique();
    }
}
