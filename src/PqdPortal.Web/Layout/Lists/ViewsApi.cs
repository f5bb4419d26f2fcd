using System.ComponentModel;
using PqdPortal.Client;
using PqdPortal.Client.Records;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>Saved views of lists over HTTP, by the same class as the menu of the pages.</summary>
static class ViewsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/views").RequireAuthorization().DisableAntiforgery().WithTags("Lists");

        api.MapGet("", async (ViewCommands views, [Description("batches, samples, dots or runs; all where it is absent")] string? list, CancellationToken stop) =>
            list is not null && RecordLists.Find(list) is null ? Unknown() : Results.Json(await All(views, list, stop)))
            .WithName("listViews").WithSummary("Saved views of lists: your own, and those shared with your projects").Produces<IReadOnlyList<ViewRecord>>();

        api.MapPost("", async (ViewDraft sent, ViewCommands views, CancellationToken stop) =>
        {
            if (sent.List is null || RecordLists.Find(sent.List) is not { } list) return Unknown();
            Guid? project = null;
            if (sent.Project is { } code)
            {
                if (RecordAnswers.Unreadable(code) is { } unreadable) return unreadable;
                project = await views.Project(code, stop);
                if (project is null) return RecordAnswers.NotThere("project " + RecordAnswers.Short(code));
            }
            if (await views.Keep(list.Key, sent.Name ?? "", sent.Query ?? "", project, sent.IsDefault, stop) is { } trouble) return RecordAnswers.Refused(trouble);
            return (await All(views, list.Key, stop)).FirstOrDefault(view => view.IsMine && view.Name == sent.Name?.Trim()) is { } kept
                ? Results.Json(kept, statusCode: StatusCodes.Status201Created) : RecordAnswers.NotThere("view");
        }).WithName("keepView").WithSummary("Keep a view of a list under a name; one of yours with the same name is replaced").Produces<ViewRecord>(StatusCodes.Status201Created);

        api.MapDelete("/{id:guid}", async (Guid id, ViewCommands views, CancellationToken stop) =>
        {
            if ((await All(views, null, stop)).All(view => view.Id != id)) return RecordAnswers.NotThere($"view {id}");
            await views.Remove(id, stop);
            return (await All(views, null, stop)).Any(view => view.Id == id) ? RecordAnswers.NotYoursToManage("view") : Results.NoContent();
        }).WithName("removeView").WithSummary("Remove a view of yours, or one shared with a project you manage").Produces(StatusCodes.Status204NoContent);
    }

    static async Task<IReadOnlyList<ViewRecord>> All(ViewCommands views, string? only, CancellationToken stop)
    {
        List<ViewRecord> all = [];
        foreach (var list in RecordLists.All.Where(list => only is null || list.Key == only))
            all.AddRange((await views.Of(list.Key, stop)).Select(view => new ViewRecord(view.Id, list.Key, view.Name, view.Query, view.IsMine, view.IsDefault, view.ProjectName, view.By)));
        return all;
    }

    static IResult Unknown() => RecordAnswers.Wrong($"Say of which list: {string.Join(", ", RecordLists.All.Select(list => list.Key))}.");
}
