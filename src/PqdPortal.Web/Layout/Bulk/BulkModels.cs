using PqdPortal.Data;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Layout.Bulk;

/// <summary>One field of an edit of many records.</summary>
/// <param name="Field">Name of the field, or x. and the key of an extra one.</param>
/// <param name="Text">As it would be typed; empty takes the value away.</param>
public sealed record BulkChange(string Field, string Text);

/// <summary>A record as it was looked at.</summary>
public sealed record BulkRow(Guid Id, uint Version);

/// <summary>Many records, looked at before they are changed.</summary>
/// <param name="Records">Those that the viewer may change.</param>
/// <param name="NotYours">Titles of those they may only see.</param>
/// <param name="Missing">How many are not there, or not for them.</param>
public sealed record BulkLook(RecordKind Kind, IReadOnlyList<ProjectRecord> Records, IReadOnlyList<string> NotYours, int Missing, IReadOnlyList<ExtraColumn> Extras)
{
    public IReadOnlyList<BulkRow> Rows => [.. Records.Select(record => new BulkRow(record.Id, record.Version))];

    /// <summary>What stands in a field now, most frequent first: the value in words, null for "not recorded", and in how many records.</summary>
    public IReadOnlyList<(string? Value, int Count)> Old(string field) =>
    [
        .. Records.Select(record => Words.Value(Get(record, field))).GroupBy(value => value).Select(same => (same.Key, same.Count())).OrderByDescending(same => same.Item2).ThenBy(same => same.Key, StringComparer.Ordinal),
    ];

    object? Get(ProjectRecord record, string field) =>
        field.StartsWith("x.", StringComparison.Ordinal) ? ((IHasExtra)record).Extra[field[2..]] : FieldCatalogue.Find(Kind, field)?.Field.Get(record);
}

/// <summary>What it takes to take an edit of many back: of each record the version it left, and what stood there before.</summary>
public sealed record BulkUndo(RecordKind Kind, IReadOnlyList<BulkBefore> Records);

/// <summary>One record before an edit of many.</summary>
/// <param name="Version">The version that the edit left.</param>
/// <param name="Values">Name of a field to the value that stood there.</param>
public sealed record BulkBefore(Guid Id, uint Version, IReadOnlyDictionary<string, object?> Values);

/// <summary>What came of an edit of many: all of it or nothing.</summary>
/// <param name="Changed">How many records have other values now.</param>
/// <param name="Left">Titles of records that somebody saved meanwhile; of an undo, those that were left as they are.</param>
/// <param name="Problems">What is wrong, by field or record, in sentences.</param>
/// <param name="Undo">Null where nothing was changed.</param>
public sealed record BulkOutcome(int Changed, IReadOnlyList<string> Left, IReadOnlyList<string> Problems, BulkUndo? Undo);
