using System.ComponentModel;
using Microsoft.AspNetCore.Http.Features;
using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>Lists over HTTP, with the filters, order and columns of their pages.</summary>
public static class ListsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/lists").RequireAuthorization().DisableAntiforgery().WithTags("Lists");

        foreach (var list in RecordLists.All)
        {
            var title = list.Title;
            api.MapGet("/" + list.Key, async (ListQueries lists,
                [Description("Conditions, such as g2_0<0.1, edge_length:9..10nm, method=larp, plqy:none")] string[]? f, [Description("Looked for in codes, names and formulas")] string? search,
                [Description("Key of a column; with a minus in front the other way round")] string? sort, [Description("Keys of the columns, by commas; all for every one")] string? cols,
                [Description("From 1")] int? page, CancellationToken stop) =>
            {
                var (question, refusal) = await Asked(list, lists, f, search, sort, cols, stop);
                if (refusal is not null) return refusal;
                var number = Math.Max(1, page ?? 1);
                var total = await lists.Count(list, question!, stop);
                var from = (number - 1L) * ListQueries.PageSize;
                var rows = from >= total ? [] : await lists.Rows(list, question!, (int)from, ListQueries.PageSize, total, stop);
                return Results.Json(new ListPageRecord
                {
                    Total = total, Page = number, PageSize = ListQueries.PageSize,
                    Columns = [.. question!.Columns.Select(column => new ListColumnRecord { Key = column.Key, Title = column.Title, Unit = column.Unit, Kind = Words.Key(column.Kind) })],
                    Rows = [.. rows.Select(row => new ListRowRecord { Id = row.Id, Cells = question.Columns.Where(column => row.In(column) is not null).ToDictionary(column => column.Key, column => Cell(row.In(column)!)) })],
                });
            }).WithName($"table{title}").WithSummary($"{title} with any of their fields and results as columns, filtered and sorted").Produces<ListPageRecord>();

            api.MapGet($"/{list.Key}.csv", async (ListQueries lists, HttpContext context,
                [Description("Conditions, such as g2_0<0.1")] string[]? f, [Description("Looked for in codes, names and formulas")] string? search,
                [Description("Key of a column; with a minus in front the other way round")] string? sort, [Description("Keys of the columns, by commas; all for every one")] string? cols, CancellationToken stop) =>
            {
                var (question, refusal) = await Asked(list, lists, f, search, sort, cols, stop);
                if (refusal is not null) return refusal;
                context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
                return Results.Stream(into => ListCsv.Write(into, question!.Columns, lists.All(list, question, stop), stop), "text/csv; charset=utf-8", $"{list.Key}.csv");
            }).WithName($"table{title}Csv").WithSummary($"All matching {list.Many} as CSV, with units in the head and uncertainties beside results").Produces<string>(StatusCodes.Status200OK, "text/csv");
        }
    }

    static async Task<(ListQuestion? Question, IResult? Refusal)> Asked(RecordList list, ListQueries lists, string[]? f, string? search, string? sort, string? cols, CancellationToken stop)
    {
        var question = await lists.Question(list, new ListAsked(f, search, sort, cols == "all" ? null : cols), stop);
        // A program is not shown something else than it asked for.
        if (question.Troubles.Count > 0) return (null, RecordAnswers.Wrong(string.Join(" ", question.Troubles)));
        if (cols == "all") question = question with { Columns = question.All };
        return (question, null);
    }

    static ListCellRecord Cell(object value) => value switch
    {
        StandingValue result => new() { Number = result.Value, Sigma = result.Sigma, Lo95 = result.Lo95, Hi95 = result.Hi95, Text = result.Text, Source = result.Source, Analysis = result.AnalysisId },
        double number => new() { Number = number },
        Enum choice => new() { Text = Words.Key(choice) },
        bool claim => new() { Text = claim ? "yes" : "no" },
        DateOnly day => new() { Text = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) },
        DateTimeOffset moment => new() { Text = moment.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture) },
        _ => new() { Text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) },
    };
}
