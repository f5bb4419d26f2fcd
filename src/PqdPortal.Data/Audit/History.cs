using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Audit;

/// <summary>What the audit events say of one record, for people.</summary>
public static class History
{
    /// <summary>The newest changes of a record, newest first. The caller has made sure that the viewer may see the record.</summary>
    public static async Task<IReadOnlyList<HistoryEntry>> HistoryOf(this PortalDb db, Guid record, int most = 100, CancellationToken stop = default)
    {
        var events = await (
            from happened in db.AuditEvents
            where happened.RecordId == record
            join person in db.Users on happened.PersonId equals person.Id into persons
            from person in persons.DefaultIfEmpty()
            orderby happened.Id descending
            select new { happened.Id, happened.At, Who = person == null ? null : person.Name, happened.Action, happened.Changes })
            .AsNoTracking().Take(most).ToListAsync(stop);

        return [.. events.Select(e => new HistoryEntry(e.Id, e.At, e.Who ?? "PqdPortal", e.Action, Read(e.Changes)))];
    }

    static IReadOnlyList<FieldChange> Read(string changes)
    {
        using var json = JsonDocument.Parse(changes);
        return [.. json.RootElement.EnumerateObject().SelectMany(field => Fields(field.Name, Side(field.Value, "old"), Side(field.Value, "new")))];
    }

    /// <summary>A field of several parts, such as the superlattice, is told part by part.</summary>
    static IEnumerable<FieldChange> Fields(string name, JsonElement? old, JsonElement? now)
    {
        if (old is not { ValueKind: JsonValueKind.Object } && now is not { ValueKind: JsonValueKind.Object })
            return [new FieldChange(name, Text(old), Text(now))];

        string[] parts = [.. Parts(old).Concat(Parts(now)).Distinct()];
        return parts.Select(part => new FieldChange($"{name}.{part}", Text(Side(old, part)), Text(Side(now, part)))).Where(change => change.Old != change.New);
    }

    static IEnumerable<string> Parts(JsonElement? of) =>
        of is { ValueKind: JsonValueKind.Object } element ? element.EnumerateObject().Select(part => part.Name) : [];

    static JsonElement? Side(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    static string? Text(JsonElement? value) => value?.ValueKind == JsonValueKind.String ? value.Value.GetString() : value?.GetRawText();
}

/// <summary>One change of a record.</summary>
/// <param name="Who">Name of the person; PqdPortal where the portal itself acted.</param>
/// <param name="Action">made, changed, deleted, restored.</param>
public sealed record HistoryEntry(long Id, DateTimeOffset At, string Who, string Action, IReadOnlyList<FieldChange> Changes);

/// <summary>One field's change; null where nothing stood or stands.</summary>
public sealed record FieldChange(string Field, string? Old, string? New);
