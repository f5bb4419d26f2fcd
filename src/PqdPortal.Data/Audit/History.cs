using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Samples;

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
            select new { happened.Id, happened.At, Who = person == null ? null : person.Name, happened.Action, happened.Record, happened.Changes })
            .AsNoTracking().Take(most).ToListAsync(stop);

        return await Named(db, [.. events.Select(e => new HistoryEntry(e.Id, e.At, e.Who ?? "PqdPortal", e.Action, Read(e.Changes)) { Record = e.Record })], stop);
    }

    /// <summary>Which sample and dot a run was of, by their codes: they lie in its own project, and no form edits them.</summary>
    static async Task<IReadOnlyList<HistoryEntry>> Named(PortalDb db, IReadOnlyList<HistoryEntry> entries, CancellationToken stop)
    {
        static bool IsPlace(FieldChange change) => change.Field is nameof(Runs.Run.SampleId) or nameof(Runs.Run.EmitterId);
        Guid[] ids = [.. entries.SelectMany(entry => entry.Changes).Where(IsPlace).SelectMany(change => (string?[])[change.Old, change.New])
            .Select(text => Guid.TryParse(text, out var id) ? id : (Guid?)null).OfType<Guid>().Distinct()];
        if (ids.Length == 0) return entries;
        var codes = await db.Samples.Where(sample => ids.Contains(sample.Id)).Select(sample => new { sample.Id, sample.Code })
            .Concat(db.Emitters.Where(dot => ids.Contains(dot.Id)).Select(dot => new { dot.Id, dot.Code })).ToDictionaryAsync(one => one.Id, one => one.Code, stop);
        string? Code(string? text) => Guid.TryParse(text, out var id) ? codes.GetValueOrDefault(id, text) : text;
        return [.. entries.Select(entry => entry.Changes.Any(IsPlace) ? entry with { Changes = [.. entry.Changes.Select(change => IsPlace(change) ? new FieldChange(change.Field, Code(change.Old), Code(change.New)) : change)] } : entry)];
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

        if (name == nameof(IHasExtra.Extra))
            return Parts(old).Concat(Parts(now)).Distinct()
                .Select(key => new FieldChange($"{name}.{key}", Recorded(Side(old, key)), Recorded(Side(now, key)))).Where(change => change.Old != change.New);

        string[] parts = [.. Parts(old).Concat(Parts(now)).Distinct()];
        return parts.Select(part => new FieldChange($"{name}.{part}", Text(Side(old, part)), Text(Side(now, part)))).Where(change => change.Old != change.New);
    }

    static IEnumerable<string> Parts(JsonElement? of) =>
        of is { ValueKind: JsonValueKind.Object } element ? element.EnumerateObject().Select(part => part.Name) : [];

    static JsonElement? Side(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The value of an extra field with its unit.</summary>
    static string? Recorded(JsonElement? value) => value?.Deserialize<ExtraValue>(Mapping.Json)?.ToString();

    static string? Text(JsonElement? value) => value?.ValueKind == JsonValueKind.String ? value.Value.GetString() : value?.GetRawText();
}

/// <summary>One change of a record.</summary>
/// <param name="Who">Name of the person; PqdPortal where the portal itself acted.</param>
/// <param name="Action">made, changed, deleted, restored.</param>
public sealed record HistoryEntry(long Id, DateTimeOffset At, string Who, string Action, IReadOnlyList<FieldChange> Changes)
{
    /// <summary>Type of what changed: the record itself, or what hangs on it, such as Attachment or BatchParent.</summary>
    public string Record { get; init; } = "";
}

/// <summary>One field's change; null where nothing stood or stands.</summary>
public sealed record FieldChange(string Field, string? Old, string? New);
