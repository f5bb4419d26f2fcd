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

    /// <summary>Came by an invitation: is told only of people with whom they share a project or a group, and makes no projects.</summary>
    public bool IsGuest { get; set; }

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

    /// <summary>Longest address that is kept [characters].</summary>
    public const int LongestAddress = 64;

    /// <summary>Longest name of a program that is kept [characters].</summary>
    public const int LongestProgram = 200;

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

    /// <summary>From which address, and by which program in its own words, it was used last.</summary>
    [MaxLength(LongestAddress)] public string? LastAddress { get; set; }
    [MaxLength(LongestProgram)] public string? LastProgram { get; set; }

    /// <summary>Whether it may change anything.</summary>
    public TokenScope Scope { get; set; }

    /// <summary>The one project it is good for; null for all in which its person has a part. Not a foreign key: a token outlives its project and then opens nothing.</summary>
    public Guid? ProjectId { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    internal static void Map(EntityTypeBuilder<AccessToken> token)
    {
        token.HasOne(t => t.Person).WithMany().HasForeignKey(t => t.PersonId);
        token.HasIndex(t => t.Hash).IsUnique();
        token.Property(t => t.Scope).HasDefaultValue(TokenScope.Write);
    }
}

/// <summary>What a program may do with a token, at most; never more than its person may at that moment.</summary>
public enum TokenScope
{
    /// <summary>Read and change.</summary>
    Write,

    /// <summary>Only read.</summary>
    Read,
}
