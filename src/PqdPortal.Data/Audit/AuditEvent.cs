using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Audit;

/// <summary>Who changed what, when, field by field. Written by <see cref="PortalDb"/> in the change's own transaction; never edited.</summary>
public sealed class AuditEvent
{
    /// <summary>What <see cref="Record"/> says of the events of an account, such as a sign-in; <see cref="RecordId"/> is then the person.</summary>
    public const string Account = "Account";

    public long Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>Null where the portal itself acted.</summary>
    public Guid? PersonId { get; set; }
    public Guid? ProjectId { get; set; }

    /// <summary>Type and id of the record: Batch, Sample ...</summary>
    [MaxLength(60)] public required string Record { get; set; }
    public Guid RecordId { get; set; }

    /// <summary>made, changed, deleted (into the bin), restored, removed (for good); of an account, what happened in a few words.</summary>
    [MaxLength(80)] public required string Action { get; set; }

    /// <summary>Field to { old, new } (jsonb).</summary>
    public required string Changes { get; set; }

    internal static void Map(EntityTypeBuilder<AuditEvent> audit)
    {
        // No foreign keys: what happened stays, whatever becomes of the person and the record.
        audit.Property(a => a.Changes).HasColumnType("jsonb");
        audit.HasIndex(a => new { a.RecordId, a.At });
        audit.HasIndex(a => new { a.ProjectId, a.At });
        audit.HasIndex(a => new { a.PersonId, a.At });
    }
}
