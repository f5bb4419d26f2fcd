using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using PqdPortal.Data.Account;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;

namespace PqdPortal.Data.Audit;

/// <summary>Makes audit events of what a context is about to save.</summary>
static class AuditTrail
{
    /// <summary>Fields that say nothing to people (the row's version, when a person was last here) or that nobody may read (secrets).</summary>
    static readonly HashSet<string> Unsaid =
    [
        nameof(IRecord.Version), nameof(PortalUser.LastSeenAt),
        // Computed from the formulas, which are told.
        nameof(Batch.Canonical), nameof(Batch.Fractions), nameof(Batch.FormulaFlags), nameof(Batch.MeasuredCanonical), nameof(Batch.MeasuredFractions), nameof(Batch.MeasuredFlags), nameof(Batch.CompositionVersion),
        nameof(PortalUser.PasswordHash), nameof(ShareLink.Hash), nameof(PortalUser.SecurityStamp), nameof(PortalUser.ConcurrencyStamp),
        nameof(PortalUser.NormalizedUserName), nameof(PortalUser.NormalizedEmail), nameof(PortalUser.AccessFailedCount), nameof(PortalUser.LockoutEnd),
    ];

    /// <summary>One event per made, changed or deleted record; a record whose fields all kept their values leaves none.</summary>
    public static IEnumerable<AuditEvent> Of(IReadOnlyList<EntityEntry> entries, Guid? actor, DateTimeOffset now)
    {
        foreach (var entry in entries)
        {
            var (id, project) = entry.Entity switch
            {
                Project record => (record.Id, (Guid?)record.Id),
                ProjectRecord record => (record.Id, record.ProjectId),
                Comment comment => (comment.Id, comment.ProjectId),
                IRecord record => (record.Id, null),
                Grant grant => (grant.Id, grant.ProjectId),
                Invitation invitation => (invitation.Id, invitation.ProjectId),
                ShareLink link => (link.Id, link.ProjectId),
                RunFile file => (file.Id, file.Run?.ProjectId ?? entries.Select(e => e.Entity).OfType<Run>().FirstOrDefault(r => r.Id == file.RunId)?.ProjectId),
                RunReference reference => (reference.RunId, reference.Run?.ProjectId),
                // Told in the history of the record that was made so, or that it hangs on.
                BatchParent parent => (parent.BatchId, Owner(parent.BatchId)),
                SampleParent parent => (parent.SampleId, Owner(parent.SampleId)),
                Attachment attachment => (attachment.On.Id, Owner(attachment.On.Id)),
                InstrumentLogEntry line => (line.InstrumentId, null),
                Membership membership => (membership.GroupId, null),
                PortalUser person => (person.Id, null),
                _ => (Guid.Empty, null),
            };
            if (id == Guid.Empty) continue;
            Guid? Owner(Guid record) => entry.Context.ChangeTracker.Entries<ProjectRecord>().FirstOrDefault(r => r.Entity.Id == record)?.Entity.ProjectId;

            var changes = Changes(entry);
            if (changes.Count == 0 && entry.State == EntityState.Modified) continue;
            yield return new AuditEvent
            {
                At = now,
                PersonId = actor,
                ProjectId = project,
                Record = entry.Metadata.ClrType.Name,
                RecordId = id,
                Action = Action(entry),
                Changes = changes.ToJsonString(Mapping.Json),
            };
        }
    }

    static string Action(EntityEntry entry)
    {
        if (entry.State == EntityState.Added) return "made";
        if (entry.State == EntityState.Deleted) return "deleted";
        var bin = entry.Metadata.FindProperty(nameof(IInProject.DeletedAt)) is null ? null : entry.Property(nameof(IInProject.DeletedAt));
        return (bin?.OriginalValue, bin?.CurrentValue) switch
        {
            (null, not null) => "deleted",
            (not null, null) => "restored",
            _ => "changed",
        };
    }

    /// <summary>Field to { old, new }; what is made has no old, what is deleted no new, and empty fields of both are left out.</summary>
    static JsonObject Changes(EntityEntry entry)
    {
        var changes = new JsonObject();
        foreach (var property in entry.Properties)
        {
            if (Unsaid.Contains(property.Metadata.Name) || property.Metadata.IsPrimaryKey() && entry.State != EntityState.Deleted && entry.Entity is not (Membership or BatchParent or SampleParent)) continue;
            var old = entry.State == EntityState.Added ? null : property.OriginalValue;
            var now = entry.State == EntityState.Deleted ? null : property.CurrentValue;
            if (old is null && now is null || entry.State == EntityState.Modified && property.Metadata.GetValueComparer().Equals(old, now)) continue;
            var change = new JsonObject();
            if (entry.State != EntityState.Added) change["old"] = Value(old);
            if (entry.State != EntityState.Deleted) change["new"] = Value(now);
            changes[property.Metadata.Name] = change;
        }
        return changes;
    }

    static JsonNode? Value(object? value) => value is null ? null : JsonSerializer.SerializeToNode(value, value.GetType(), Mapping.Json);
}
