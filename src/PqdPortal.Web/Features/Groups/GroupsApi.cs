using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.People;

namespace PqdPortal.Web.Features.Groups;

/// <summary>Groups of people over HTTP, by the same queries and commands as the pages.</summary>
static class GroupsApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/groups").RequireAuthorization().DisableAntiforgery().WithTags("People");

        api.MapGet("", async (GroupQueries groups, CancellationToken stop) => (await groups.Groups(stop))
            .Select(group => new GroupRecord(group.Id, group.Name, [.. group.Members.Select(member => new GroupMemberRecord(member.Id, member.Name))])).ToList())
            .WithName("listGroups").WithSummary("Your groups with their people; all of them for an administrator").Produces<IReadOnlyList<GroupRecord>>();

        api.MapGet("/{id:guid}", async (Guid id, GroupQueries groups, HttpResponse answer, CancellationToken stop) =>
            await groups.Group(id, stop) is { } group ? Answer(answer, group) : RecordAnswers.NotThere($"group {id}"))
            .WithName("getGroup").WithSummary("One of your groups, its people and the projects it has a role in").Produces<GroupDetails>();

        api.MapPost("", (GroupDraft sent, GroupQueries groups, GroupCommands commands, HttpResponse answer, CancellationToken stop) => RecordAnswers.Trying(async () =>
        {
            var (made, trouble) = await commands.MakeGroup(sent.Name ?? "", stop);
            if (made is not { } id) return RecordAnswers.Refused(trouble!);
            answer.Headers.Location = $"{answer.HttpContext.Request.PathBase}{RestApi.Root}/groups/{id}";
            return await groups.Group(id, stop) is { } group ? Answer(answer, group, StatusCodes.Status201Created) : RecordAnswers.NotThere($"group {id}");
        })).WithName("makeGroup").WithSummary("Make a group; you manage it").Produces<GroupDetails>(StatusCodes.Status201Created);

        api.MapPatch("/{id:guid}", (Guid id, GroupDraft sent, GroupQueries groups, GroupCommands commands, HttpRequest request, HttpResponse answer, CancellationToken stop) =>
            Managing(id, groups, stop, async group =>
            {
                var (version, unversioned) = RecordAnswers.VersionOf(request);
                if (unversioned is not null) return unversioned;
                var edited = new Group { Id = id, Name = sent.Name ?? group.Group.Name, OrganisationId = group.Group.OrganisationId, Version = version };
                return await commands.SaveGroup(edited, stop) is not null && await groups.Group(id, stop) is { } saved ? Answer(answer, saved) : RecordAnswers.NotThere($"group {id}");
            })).WithName("changeGroup").WithSummary("Name a group you manage; If-Match names the version").WithMetadata(new Access.ChangesAttribute(typeof(GroupDraft))).Produces<GroupDetails>();

        api.MapPost("/{id:guid}/members", (Guid id, GroupPersonDraft sent, GroupQueries groups, GroupCommands commands, HttpResponse answer, CancellationToken stop) =>
            Managing(id, groups, stop, async group =>
            {
                if (group.Members.All(member => member.Id != sent.Person) && await commands.Join(id, sent.Person, stop) is { } kept) return RecordAnswers.Refused(kept);
                if (await commands.SetManager(id, sent.Person, sent.IsManager, stop) is { } trouble) return RecordAnswers.Refused(trouble);
                return await groups.Group(id, stop) is { } changed ? Answer(answer, changed) : RecordAnswers.NotThere($"group {id}");
            }))
            .WithName("setGroupMember").WithSummary("Have a person in a group you manage, as a manager of it or not").Produces<GroupDetails>();

        api.MapDelete("/{id:guid}/members/{person:guid}", (Guid id, Guid person, GroupQueries groups, GroupCommands commands, CancellationToken stop) => RecordAnswers.Trying(async () =>
        {
            if (await groups.Group(id, stop) is not { } group) return RecordAnswers.NotThere($"group {id}");
            if (!group.MayManage && (await groups.Me(stop)).Id != person) return RecordAnswers.NotYoursToManage($"group {group.Group.Name}");
            if (group.Members.All(member => member.Id != person)) return RecordAnswers.NotThere($"person {person} in the group");
            return await commands.Leave(id, person, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent();
        })).WithName("removeGroupMember").WithSummary("Take a person out of a group you manage, or leave one yourself; what they recorded stays").Produces(StatusCodes.Status204NoContent);

        api.MapGet("/{id:guid}/invitations", (Guid id, GroupQueries groups, PeopleQueries people, CancellationToken stop) =>
            Managing(id, groups, stop, async _ => Results.Json<IReadOnlyList<InvitationRecord>>([.. (await people.Invitations(null, id, stop)).Select(PeopleApi.Of)])))
            .WithName("listGroupInvitations").WithSummary("Invitations to a group you manage, the newest first").Produces<IReadOnlyList<InvitationRecord>>();

        api.MapPost("/{id:guid}/invitations", (Guid id, InvitationDraft sent, GroupQueries groups, InvitationCommands commands, HttpRequest request, CancellationToken stop) =>
            Managing(id, groups, stop, _ => PeopleApi.Invite(null, sent with { Group = id }, commands, request, stop)))
            .WithName("inviteToGroup").WithSummary("Invite people into a group you manage; the codes are told this once").Produces<IReadOnlyList<MadeInvitationRecord>>(StatusCodes.Status201Created);

        api.MapDelete("/{id:guid}/invitations/{invitation:guid}", (Guid id, Guid invitation, GroupQueries groups, PeopleQueries people, InvitationCommands commands, CancellationToken stop) =>
            Managing(id, groups, stop, async _ => (await people.Invitations(null, id, stop)).All(one => one.Id != invitation) ? RecordAnswers.NotThere($"invitation {invitation}")
                : await commands.Revoke(invitation, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent()))
            .WithName("revokeGroupInvitation").WithSummary("Take an invitation to a group you manage back").Produces(StatusCodes.Status204NoContent);
    }

    static Task<IResult> Managing(Guid id, GroupQueries groups, CancellationToken stop, Func<GroupView, Task<IResult>> act) => RecordAnswers.Trying(async () =>
        await groups.Group(id, stop) is not { } group ? RecordAnswers.NotThere($"group {id}")
        : !group.MayManage ? RecordAnswers.NotYoursToManage($"group {group.Group.Name}") : await act(group));

    static IResult Answer(HttpResponse answer, GroupView view, int status = StatusCodes.Status200OK)
    {
        answer.Headers.ETag = $"\"{view.Group.Version}\"";
        return Results.Json(new GroupDetails(view.Group.Id, view.Group.Version, view.Group.Name, view.MayManage,
            [.. view.Members.Select(member => new GroupPersonRecord(member.Id, member.Name, member.IsManager, member.Since, member.IsRemoved))],
            [.. view.Projects.Select(part => new GroupProjectRecord(part.Project, part.Name, Viewers.Word(part.Role), part.ExpiresAt))]), statusCode: status);
    }
}
