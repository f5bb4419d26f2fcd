using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Layout.Bulk;

/// <summary>Edits of many records over HTTP, by the same classes as the panel on lists.</summary>
public static class BulkApi
{
    static readonly Dictionary<string, RecordKind> Kinds = new() { ["batches"] = RecordKind.Batch, ["samples"] = RecordKind.Sample, ["dots"] = RecordKind.Dot, ["runs"] = RecordKind.Run };

    public static IEndpointRouteBuilder MapBulk(this IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/bulk").RequireAuthorization().DisableAntiforgery().WithTags("Bulk");

        api.MapPost("/{kind}", async (string kind, BulkRequest sent, BulkQueries queries, BulkCommands commands, CancellationToken stop) =>
        {
            if (!Kinds.TryGetValue(kind, out var of)) return RecordAnswers.NotThere($"kind of record \"{(kind.Length > 40 ? kind[..40] : kind)}\"");
            var rows = (sent.Records ?? []).OfType<BulkRowRecord>().ToList();
            if (rows.Count is 0 or > BulkCommands.MostRecords) return RecordAnswers.Wrong($"Name between 1 and {BulkCommands.MostRecords} records by id and version.");
            var changes = (sent.Changes ?? new Dictionary<string, string?>()).Select(change => new BulkChange(change.Key, change.Value ?? "")).ToList();
            if (changes.Count == 0) return RecordAnswers.Wrong("Name at least one field with its new value; null takes the value away.");
            var look = await queries.Look(of, [.. rows.Select(row => row.Id)], stop);
            if (look.Missing > 0) return RecordAnswers.NotThere($"{look.Missing} of these {kind}");
            if (look.NotYours.Count > 0) return RecordAnswers.NotYours(Words.List(look.NotYours.Count <= 12 ? look.NotYours : [.. look.NotYours.Take(12), $"{look.NotYours.Count - 12} more"]));
            var outcome = await commands.Apply(of, rows.ConvertAll(row => new BulkRow(row.Id, row.Version)), changes, stop);
            return Results.Json(
                new BulkRecord(outcome.Changed, outcome.Left, outcome.Problems, [.. outcome.Undo?.Records.Select(one => new BulkBeforeRecord(one.Id, one.Version,
                    one.Values.ToDictionary(value => Key(of, value.Key), value => FieldText.Write(value.Value) is { Length: > 0 } text ? text : (string?)null))) ?? []]),
                statusCode: outcome.Problems.Count > 0 ? StatusCodes.Status422UnprocessableEntity : outcome.Left.Count > 0 ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status200OK);
        }).WithName("changeMany").WithSummary("Change fields of many records in one transaction, each in the version you name. kind: batches, samples, dots, runs")
            .Produces<BulkRecord>().Produces<BulkRecord>(StatusCodes.Status412PreconditionFailed).Produces<BulkRecord>(StatusCodes.Status422UnprocessableEntity);
        return portal;
    }

    static string Key(RecordKind kind, string field) =>
        field.StartsWith(RecordFields.Extra, StringComparison.Ordinal) ? "x." + field[RecordFields.Extra.Length..] : FieldCatalogue.Find(kind, field)?.Key ?? field;
}
