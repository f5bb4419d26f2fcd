using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PqdPortal.Data.Account;

namespace PqdPortal.Data.Edits;

/// <summary>A form of a record that somebody has open. It says so again every <see cref="Beat"/>; a form that fell silent is nobody's.</summary>
public sealed class Presence
{
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(30), Silent = TimeSpan.FromSeconds(75);

    /// <summary>What the change feed calls a record whose forms were opened or left.</summary>
    public const string Topic = "Presence";

    /// <summary>The form itself: one person may have two.</summary>
    public Guid Id { get; set; }
    public Guid RecordId { get; set; }
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;
    public DateTimeOffset Since { get; set; }
    public DateTimeOffset SeenAt { get; set; }

    internal static void Map(EntityTypeBuilder<Presence> presence)
    {
        presence.HasOne(p => p.Person).WithMany().HasForeignKey(p => p.PersonId);
        presence.HasIndex(p => p.RecordId);
        presence.ToTable("Presences");
    }
}
