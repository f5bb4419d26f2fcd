using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Account;

/// <summary>One sign-in of a person in one browser. The browser's cookie is good only while its session is.</summary>
public sealed class Session
{
    // Wholly random, unlike the ids of records: nothing of it can be guessed from another one.
    public Guid Id { get; set; } = Guid.NewGuid();
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When something was last asked in it; exact to a few minutes.</summary>
    public DateTimeOffset SeenAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Set when the person signed out, here or elsewhere, or was signed out.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What the browser called itself, in two words: Firefox on Linux.</summary>
    [MaxLength(100)] public required string Browser { get; set; }

    /// <summary>Where it was begun from.</summary>
    [MaxLength(60)] public required string Address { get; set; }

    internal static void Map(EntityTypeBuilder<Session> session)
    {
        session.HasOne(s => s.Person).WithMany().HasForeignKey(s => s.PersonId);
        session.HasIndex(s => new { s.PersonId, s.EndedAt });
    }
}
