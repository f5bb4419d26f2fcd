using PqdPortal.Client;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using NotFound = Microsoft.AspNetCore.Http.HttpResults.NotFound;

namespace PqdPortal.Web.Features.Compare;

/// <summary>Tables of many dots over HTTP.</summary>
public static class CompareApi
{
    public static void Map(IEndpointRouteBuilder portal) => portal.MapGroup(RestApi.Root).RequireAuthorization().DisableAntiforgery().WithTags("Compare")
        .MapGet("/batches/{code}/blinking.csv", Blinking).WithName("getBlinkingCsv").WithSummary("What is known of the blinking of a batch's dots, a line for each, as CSV").Produces(200, contentType: "text/csv");

    static async Task<Results<FileContentHttpResult, NotFound>> Blinking(string code, string? sort, BlinkingQueries blinking, HttpRequest request, CancellationToken stop)
    {
        if (await blinking.Batch(code, stop) is not { } batch) return TypedResults.NotFound();
        var address = $"{request.Scheme}://{request.Host}{request.PathBase}";
        return TypedResults.Bytes(Encoding.UTF8.GetBytes(BlinkingCsv.Text(batch, sort, address)), "text/csv; charset=utf-8", $"{batch.Code}-blinking.csv");
    }
}
