using System.Text.Json;
using PqdPortal.Client.Records;
using PqdPortal.Data;
using PqdPortal.Data.Audit;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Layout;

/// <summary>The history of a record as it crosses the wire, and earlier versions brought back from there.</summary>
public static class HistoryAnswers
{
    public static IResult Of(IReadOnlyList<HistoryEntry> entries) => Results.Json(entries.Select(entry => new HistoryRecord(
        entry.Id, entry.At, entry.Who, entry.Action, entry.Record, [.. entry.Changes.Select(change => new FieldChangeRecord(Name(change.Field), change.Old, change.New))])));

    /// <summary>The versions of a record, oldest first.</summary>
    public static IResult Of<T>(IReadOnlyList<RecordVersion<T>> versions) where T : class, IRecord => Results.Json(versions.Select(version => new VersionRecord(
        version.Number, version.At, version.Who, [.. version.Changed.Select(Name)],
        RecordFields.OfThese<T>(version.State).ToDictionary(field => Name(field.Name), field => Words.Value(field.Get(version.State))))));

    /// <summary>Lays a version, or some of its fields, over the record as it stands and saves that as a new change.</summary>
    /// <param name="record">As it stands now; found for somebody who may change it.</param>
    /// <param name="save">The feature's own way of saving, with its checks.</param>
    /// <param name="answer">What is answered once it is saved.</param>
    public static Task<IResult> BringBack<T>(
        T record, int number, BringBackRecord? sent, IReadOnlyList<RecordVersion<T>> versions, HttpRequest request, Func<T, Task<T?>> save, Func<Task<IResult>> answer) where T : class, IRecord =>
        RecordAnswers.Trying(async () =>
        {
            var (from, unversioned) = RecordAnswers.VersionOf(request);
            if (unversioned is not null) return unversioned;
            if (versions.FirstOrDefault(version => version.Number == number) is not { } earlier) return RecordAnswers.NotThere($"version {number} of this record");
            var fields = RecordFields.OfThese<T>(earlier.State, record).ToDictionary(field => Name(field.Name));
            if (sent?.Fields is { } named)
            {
                if (named.FirstOrDefault(name => name is null || !fields.ContainsKey(name)) is var unknown && named.Any(name => name is null || !fields.ContainsKey(name)))
                    return RecordAnswers.Wrong($"There is no field \"{RecordAnswers.Short(unknown ?? "")}\". There are {string.Join(", ", fields.Keys)}.");
                fields = fields.Where(field => named.Contains(field.Key)).ToDictionary();
            }
            var edited = RecordFields.Copy(record);
            edited.Version = from;
            foreach (var field in fields.Values) field.Set(edited, field.Get(earlier.State));
            return await save(edited) is null ? RecordAnswers.NotThere("record") : await answer();
        });

    static string Name(string field) => string.Join('.', field.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
