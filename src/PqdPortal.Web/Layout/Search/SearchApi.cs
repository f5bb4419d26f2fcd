using System.ComponentModel;
using PqdPortal.Client;
using PqdPortal.Client.Records;

namespace PqdPortal.Web.Layout.Search;

/// <summary>The search over HTTP.</summary>
public static class SearchApi
{
    public static void Map(IEndpointRouteBuilder portal) =>
        portal.MapGet(RestApi.Root + "/search", async (SearchQueries search, [Description("Codes, names, formulas, notes, file names or people; every word has to be found")] string? q, CancellationToken stop) =>
        {
            var found = await search.Find(q, 20, stop);
            return found.Trouble is { } trouble ? RecordAnswers.Wrong(trouble) : Results.Json(new SearchRecord
            {
                Query = found.Text,
                Groups = [.. found.Groups.Select(group => new SearchGroupRecord
                {
                    Kind = group.Key, HasMore = group.HasMore,
                    Hits = [.. group.Hits.Select(hit => new SearchHitRecord { Title = hit.Title, Detail = hit.Detail, Formula = hit.Formula, Address = hit.Address.Length == 0 ? null : "/" + hit.Address })],
                })],
            });
        }).RequireAuthorization().WithTags("Search").WithName("search").WithSummary("Search everything you may see").Produces<SearchRecord>();
}
