using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Groups;

/// <summary>Projects, who can see them and why, and the bin over HTTP, by the same queries and commands as the pages.</summary>
public static class ProjectsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root).RequireAuthorization().DisableAntiforgery().WithTags("Projects");

        api.MapGet("/projects", async (GroupQueries groups, CancellationToken stop) => (await groups.Projects(stop)).Select(Of).ToList())
            .WithName("listProjects").WithSummary("Your projects, by name").Produces<IReadOnlyList<ProjectRecord>>();

        api.MapGet("/projects/{code}", async (string code, GroupQueries groups, HttpResponse answer, CancellationToken stop) =>
            await Find(groups, code, stop) is { } row ? Answer(answer, row) : RecordAnswers.NotThere("project " + code))
            .WithName("getProject").WithSummary("One project and your role in it").Produces<ProjectRecord>();

        api.MapPost("/projects", (ProjectDraft sent, GroupQueries groups, GroupCommands commands, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                var made = await commands.MakeProject(new Project { Code = sent.Code ?? "", Name = sent.Name ?? "", Description = sent.Description }, stop);
                if (made is null || await Find(groups, made.Code, stop) is not { } row) return RecordAnswers.NotYours("portal");
                answer.Headers.Location = $"{answer.HttpContext.Request.PathBase}{RestApi.Root}/projects/{made.Code}";
                return Answer(answer, row, StatusCodes.Status201Created);
            })).WithName("makeProject").WithSummary("Make a project; you manage it").Produces<ProjectRecord>(StatusCodes.Status201Created);

        api.MapPatch("/projects/{code}", (string code, ProjectChange sent, GroupQueries groups, GroupCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            RecordAnswers.Trying(async () =>
            {
                if (await Find(groups, code, stop) is not { } row) return RecordAnswers.NotThere("project " + code);
                if (row.Role < AccessRole.Manage) return RecordAnswers.NotYours("project " + code);
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var edited = new Project { Id = row.Id, Code = row.Code, Version = version, Name = sent.Name ?? row.Name, Description = sent.Description ?? row.Description };
                return await commands.SaveProject(edited, stop) is not null && await Find(groups, code, stop) is { } saved
                    ? Answer(answer, saved) : RecordAnswers.NotThere("project " + code);
            })).WithName("changeProject").WithSummary("Change name or description of a project you manage; If-Match names the version")
            .WithMetadata(new ChangesAttribute(typeof(ProjectChange))).Produces<ProjectRecord>();

        api.MapGet("/projects/{code}/access", async (string code, GroupQueries groups, Viewers viewers, CancellationToken stop) =>
            await Find(groups, code, stop) is { } row
            ? Results.Json((await viewers.WhoCanSee(row.Id, stop)).Select(one => new AccessEntry(one.PersonId, one.Name, Viewers.Word(one.Why.Role), one.Why.Ways)))
            : RecordAnswers.NotThere("project " + code))
            .WithName("listAccess").WithSummary("Who can see a project and all that is in it, and why").Produces<IReadOnlyList<AccessEntry>>();

        api.MapDelete("/projects/{code}", async (string code, GroupQueries groups, GroupCommands commands, CancellationToken stop) =>
            await Find(groups, code, stop) is not { } row ? RecordAnswers.NotThere("project " + code)
            : row.Role < AccessRole.Manage ? RecordAnswers.NotYoursToManage("project " + code)
            : await commands.Bin(row.Id, true, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent())
            .WithName("binProject").WithSummary("Put a project you manage with all that is in it into the bin, from which it can be taken for 30 days").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/projects/{code}/restore", async (string code, GroupQueries groups, GroupCommands commands, HttpResponse answer, CancellationToken stop) =>
        {
            if ((await groups.InBin(stop)).FirstOrDefault(project => project.Code == code) is { } binned && await commands.Bin(binned.Id, false, stop) is { } trouble) return RecordAnswers.Refused(trouble);
            return await Find(groups, code, stop) is not { } row ? RecordAnswers.NotThere("project " + code)
                : row.Role < AccessRole.Manage ? RecordAnswers.NotYoursToManage("project " + code) : Answer(answer, row);
        }).WithName("restoreProject").WithSummary("Take a project you manage out of the bin").Produces<ProjectRecord>();

        api.MapGet("/bin", async (GroupQueries groups, CancellationToken stop) => (await groups.Bin(stop))
            .Select(row => new BinnedRecord(row.Kind, row.Name, row.Address, row.Project, row.BinnedAt)).ToList())
            .WithName("listBin").WithSummary("What lies in the bin and you may take out again, the last first").Produces<IReadOnlyList<BinnedRecord>>();
    }

    static async Task<ProjectRow?> Find(GroupQueries groups, string code, CancellationToken stop) =>
        (await groups.Projects(stop)).FirstOrDefault(project => project.Code == code);

    static IResult Answer(HttpResponse answer, ProjectRow row, int status = StatusCodes.Status200OK)
    {
        answer.Headers.ETag = $"\"{row.Version}\"";
        return Results.Json(Of(row), statusCode: status);
    }

    static ProjectRecord Of(ProjectRow row) => new()
    {
        Id = row.Id, Version = row.Version, Code = row.Code, Name = row.Name, Description = row.Description, CreatedAt = row.CreatedAt, Simulated = row.Simulated,
        Role = Words.Key(row.Role), BatchCount = row.Batches, DotCount = row.Dots, RunCount = row.Runs,
    };
}
