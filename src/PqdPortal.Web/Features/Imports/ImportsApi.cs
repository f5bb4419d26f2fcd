using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Imports;

/// <summary>Tables over HTTP: put on the shelf for the page, or looked at and imported at once by a program.</summary>
static class ImportsApi
{
    /// <summary>Kinds of record by their names in addresses.</summary>
    public static readonly IReadOnlyList<(string Key, RecordKind Kind)> Kinds = [("batches", RecordKind.Batch), ("samples", RecordKind.Sample), ("dots", RecordKind.Dot), ("runs", RecordKind.Run)];

    public static RecordKind? KindOf(string? key) => Kinds.Where(one => one.Key == key).Select(one => (RecordKind?)one.Kind).FirstOrDefault();

    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/imports").RequireAuthorization().DisableAntiforgery().WithTags("Imports");

        api.MapPost("", async (HttpRequest request, ImportCommands commands, CancellationToken stop) =>
            await Put(request, commands, stop) is { } file ? Results.Json(new TableRecord(file), statusCode: StatusCodes.Status201Created) : TooLong())
            .WithName("putTable").WithSummary("Put a table on your shelf for a day, to look at it on the page of imports").Accepts<Stream>("text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream").Produces<TableRecord>(StatusCodes.Status201Created);

        api.MapPost("/{kind}", async (string kind, HttpRequest request, ImportQueries queries, ImportCommands commands,
            [Description("true: only look, nothing is written")] bool? dry_run,
            [Description("true: rows of records that are there change them; an empty cell changes nothing")] bool? update,
            [Description("Code of the project of new batches without one of their own")] string? project,
            [Description("utf-8, utf-16, utf-16be or windows-1252; needed where the table is neither UTF-8 nor has a byte order mark")] string? encoding,
            [Description("comma, semicolon or tab; found where it is left out")] string? separator,
            [Description("point or comma; found number by number where it is left out, and asked back where it could be either")] string? @decimal,
            CancellationToken stop) =>
        {
            if (KindOf(kind) is not { } of) return RecordAnswers.NotThere($"kind of table \"{(kind.Length > 40 ? kind[..40] : kind)}\"");
            var told = encoding is null ? null : TableText.Encoded(encoding);
            if (encoding is not null && told is null) return RecordAnswers.Wrong("The encoding is one of utf-8, utf-16, utf-16be, windows-1252.");
            if (SeparatorOf(separator) is not { IsGood: true } cut) return RecordAnswers.Wrong("The separator is one of comma, semicolon, tab.");
            if (SignOf(@decimal) is not { } sign) return RecordAnswers.Wrong("The decimal sign is point or comma.");
            if (project is not null && !(await queries.Projects(stop)).Any(one => one.Code == project))
                return await queries.SeesProject(project, stop) ? RecordAnswers.NotYours("project " + project) : RecordAnswers.NotThere("project " + project);
            if (await Put(request, commands, stop) is not { } file) return TooLong();
            try
            {
                var options = new ImportOptions(of, told, cut.Sign, sign, project, update == true);
                var outcome = dry_run == true ? await queries.Look(file, options, null, stop) : await commands.Import(file, options, null, stop);
                if (outcome is null) return RecordAnswers.NotThere("table");
                var nothingToDo = outcome.Refusals.Count == 0 && outcome.ProblemCount == 0;
                return Results.Json(Of(outcome), statusCode: dry_run == true || outcome.IsDone || nothingToDo ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
            }
            finally
            {
                await commands.Drop(file, CancellationToken.None);
            }
        }).WithName("importTable").WithSummary("Make or change many records from a CSV table, all or nothing; with dry_run only look. kind: batches, samples, dots, runs")
            .Accepts<Stream>("text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream").Produces<ImportRecord>().Produces<ImportRecord>(StatusCodes.Status422UnprocessableEntity);

        api.MapGet("/{kind}/template.csv", async (string kind, ImportQueries queries, CancellationToken stop) =>
        {
            if (KindOf(kind) is not { } of) return RecordAnswers.NotThere($"kind of table \"{(kind.Length > 40 ? kind[..40] : kind)}\"");
            var header = string.Join(',', (await queries.Targets(of, stop)).Where(target => target.Key is not ("code" or "id")).Select(target => CsvText.Quoted(target.Header)));
            return Results.File([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(header + "\r\n")], "text/csv", $"{kind}.csv");
        }).WithName("getTableTemplate").WithSummary("An empty table with all columns that a kind of record can have").Produces(StatusCodes.Status200OK, contentType: "text/csv");
    }

    static Task<Guid?> Put(HttpRequest request, ImportCommands commands, CancellationToken stop)
    {
        // A table is longer than any record; its own length is counted as it comes.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound) bound.MaxRequestBodySize = null;
        return request.ContentLength > ImportCommands.LongestTable ? Task.FromResult<Guid?>(null) : commands.Put(request.Body, stop);
    }

    static IResult TooLong() => Results.Problem(statusCode: StatusCodes.Status413PayloadTooLarge, title: "Too long",
        detail: $"A table has at most {Numbers.Size(ImportCommands.LongestTable)}. Cut it into several; nothing was imported.");

    public static (bool IsGood, char? Sign) SeparatorOf(string? key) => key?.ToLowerInvariant() switch
    {
        null or "" => (true, null),
        "comma" or "," => (true, ','),
        "semicolon" or ";" => (true, ';'),
        "tab" or "\t" => (true, '\t'),
        _ => (false, null),
    };

    public static DecimalSign? SignOf(string? key) => key?.ToLowerInvariant() switch
    {
        null or "" => DecimalSign.Found,
        "point" or "." => DecimalSign.Point,
        "comma" or "," => DecimalSign.Comma,
        _ => null,
    };

    static ImportRecord Of(ImportOutcome outcome) => new()
    {
        Imported = outcome.IsDone, Rows = outcome.Rows, New = outcome.Counts[RowVerdict.New], Changed = outcome.Counts[RowVerdict.Changed], Same = outcome.Counts[RowVerdict.Same],
        AlreadyThere = outcome.Counts[RowVerdict.AlreadyThere], Wrong = outcome.Counts[RowVerdict.Wrong], Refusals = outcome.Refusals, ProblemCount = outcome.ProblemCount,
        Problems = [.. outcome.Problems.Select(problem => new ImportProblem(problem.Line, problem.Column, problem.Sentence))],
        Warnings = [.. outcome.Warnings.Select(warning => new ImportProblem(warning.Line, warning.Column, warning.Sentence))], WarningCount = outcome.WarningCount,
        Columns = [.. outcome.Columns.Select(column => new ImportColumnRecord(column.Heading, column.Target?.Key, column.Unit))],
        Records = [.. (outcome.IsDone ? outcome.Made : outcome.Looks).Select(look => new ImportRowRecord(look.Line, Words.Key(look.Verdict), look.Title, look.Changes))],
        Encoding = outcome.Encoding is { } encoding ? TableText.Key(encoding) : null, Separator = outcome.Separator.ToString(),
    };
}
