using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Edits;

namespace PqdPortal.Data.Audit;

/// <summary>A record as it stood after each of its changes, put together from the audit events backwards from what stands now.</summary>
public static class RecordVersions
{
    /// <summary>As many versions are told.</summary>
    public const int Most = 200;

    /// <summary>The versions of a record, oldest first; the last is what stands now. The caller has made sure that the viewer may see it.</summary>
    public static async Task<IReadOnlyList<RecordVersion<T>>> VersionsOf<T>(this PortalDb db, T now, CancellationToken stop = default) where T : class, IRecord
    {
        var kind = typeof(T).Name;
        var events = await (
            from happened in db.AuditEvents
            where happened.RecordId == now.Id && happened.Record == kind && (happened.Action == "made" || happened.Action == "changed")
            join person in db.Users on happened.PersonId equals person.Id into persons
            from person in persons.DefaultIfEmpty()
            orderby happened.Id descending
            select new { happened.At, Who = person == null ? "PqdPortal" : person.Name, happened.Action, happened.Changes })
            .AsNoTracking().Take(Most).ToListAsync(stop);

        List<RecordVersion<T>> versions = [];
        var state = RecordFields.Copy(now);
        foreach (var (i, happened) in events.Index())
        {
            var before = RecordFields.Copy(state);
            if (happened.Action == "changed")
                foreach (var (name, change) in JsonNode.Parse(happened.Changes)!.AsObject())
                    Lay(before, name, change?["old"]);
            var changed = RecordFields.OfThese<T>(state, before).Where(field => !field.Same(state, before)).Select(field => field.Name).ToList();
            // What no form edits (how far a file is read) makes no version.
            if (happened.Action == "made" || changed.Count > 0) versions.Add(new(0, happened.At, happened.Who, happened.Action == "made", changed, state));
            state = before;
        }
        // Written past the audit, or so often changed that the beginning is not told: what stood before the first told change.
        if (versions.Count == 0 || !versions[^1].IsFirst) versions.Add(new(0, null, null, true, [], state));
        versions.Reverse();
        return [.. versions.Select((version, i) => version with { Number = i + 1 })];
    }

    /// <summary>Sets a field to what an audit event says stood there; what the field cannot hold any more is left as it is.</summary>
    static void Lay<T>(T record, string name, JsonNode? value) where T : class, IRecord
    {
        if (RecordFields.Of<T>().All(field => field.Name.Split('.')[0] != name) && name != nameof(Samples.IHasExtra.Extra)) return;
        if (typeof(T).GetProperty(name) is not { CanWrite: true } property) return;
        try
        {
            var old = value is null ? property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null ? Activator.CreateInstance(property.PropertyType) : null
                : value.Deserialize(property.PropertyType, Mapping.Json);
            // What may not be absent was not empty then either.
            if (old is null && property.PropertyType == typeof(string) && property.GetValue(record) is string && new System.Reflection.NullabilityInfoContext().Create(property).WriteState != System.Reflection.NullabilityState.Nullable) return;
            if (old is null && property.PropertyType.IsClass && property.PropertyType != typeof(string) && name != "Superlattice") return;
            property.SetValue(record, old);
        }
        catch (JsonException)
        {
            // A choice that has been given up since.
        }
    }
}

/// <summary>A record as it stood after one of its changes.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="At">Null where the moment is not recorded.</param>
/// <param name="Changed">Names of the fields that this change touched.</param>
public sealed record RecordVersion<T>(int Number, DateTimeOffset? At, string? Who, bool IsFirst, IReadOnlyList<string> Changed, T State) where T : class, IRecord;
