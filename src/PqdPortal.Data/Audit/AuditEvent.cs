using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Data.Audit;

/// <summary>Who changed what, when, field by field. Written by <see cref="PortalDb"/> in the change's own transaction; never edited.</summary>
public sealed class AuditEvent
{
    public long Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>Null where the portal itself acted.</summary>
    public Guid? PersonId { get; set; }
    public Guid? ProjectId { get; set; }

    /// <summary>Type and id of the record: Batch, Sample ...</summary>
    [MaxLength(60)] public required string Record { get; set; }
    public Guid RecordId { get; set; }

    /// <summary>made, changed, deleted, restored.</summary>
    [MaxLength(20)] public required string Action { get; set; }

    /// <summary>Field to { old, new } (jsonb).</summary>
    public required string Changes { get; set; }
}
