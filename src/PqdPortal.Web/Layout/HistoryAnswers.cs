using System.Text.Json;
using PqdPortal.Client.Records;
using PqdPortal.Data.Audit;

namespace PqdPortal.Web.Layout;

/// <summary>The history of a record as it crosses the wire.</summary>
public static class HistoryAnswers
{
    public static IResult Of(IReadOnlyList<HistoryEntry> entries) => Results.Json(entries.Select(entry => new HistoryRecord(
        entry.Id, entry.At, entry.Who, entry.Action, entry.Record,
        [.. entry.Changes.Select(change => new FieldChangeRecord(string.Join('.', change.Field.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName)), change.Old, change.New))])));
}
