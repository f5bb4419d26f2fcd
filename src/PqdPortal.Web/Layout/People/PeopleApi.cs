using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.People;

/// <summary>Members, invitations and read-only links of projects over HTTP, and who can see a record, by the same classes as the pages.</summary>
static class PeopleApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root).RequireAuthorization().DisableAntiforgery().WithTags("People");

        api.MapGet("/people", async (PeopleQueries people, CancellationToken stop) =>
            (IReadOnlyList<PersonRecord>)[.. (await people.Known(stop)).Select(person => new PersonRecord(person.Id, person.Name))])
            .WithName("listPeople").WithSummary("People you may be told of, by name; with a token for one project those of that project");

        foreach (var (path, kind, name) in ((string, LinkedKind, string)[])[("/batches/{code}", LinkedKind.Batch, "Batch"), ("/samples/{code}", LinkedKind.Sample, "Sample"), ("/dots/{code}", LinkedKind.Dot, "Dot")])
            api.MapGet(path + "/access", (string code, PeopleQueries people, CancellationToken stop) => SeenBy(kind, code, people, stop))
                .WithName($"list{name}Access").WithSummary($"Who can see a {PeopleQueries.Word(kind)}, and why; who may come by a link").Produces<SeenBy>();
        api.MapGet("/runs/{id:guid}/access", (Guid id, PeopleQueries people, CancellationToken stop) => SeenBy(LinkedKind.Run, $"{id}", people, stop))
            .WithName("listRunAccess").WithSummary("Who can see a run, and why; who may come by a link").Produces<SeenBy>();

        MapMembers(api);
        MapInvitations(api);
        MapLinks(api);
    }

    static void MapMembers(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{code}/members", async (string code, PeopleQueries people, CancellationToken stop) =>
            await people.Project(code, stop) is { } project ? Results.Json(await Members(project.Id, people, stop)) : RecordAnswers.NotThere("project " + code))
            .WithName("listMembers").WithSummary("Which people and groups have which role in a project, ended ones too").Produces<IReadOnlyList<MemberRecord>>();

        api.MapPost("/projects/{code}/members", (string code, MemberDraft sent, PeopleQueries people, MemberCommands commands, CancellationToken stop) =>
            Managing(code, people, stop, async project =>
            {
                if (sent.Person is null == sent.Group is null) return RecordAnswers.Wrong("Name either a person or a group by its id.");
                var member = new NewMember { Subject = sent.Person is { } person ? $"p{person}" : $"g{sent.Group}", Role = RecordAnswers.Choice<AccessRole>("role", sent.Role ?? ""), Until = sent.Until };
                return await commands.AddMember(project, member, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.Json(await Members(project, people, stop));
            })).WithName("setMember").WithSummary("Give a person or a group a role in a project you manage; answers all members").Produces<IReadOnlyList<MemberRecord>>();

        api.MapDelete("/projects/{code}/members/{member:guid}", (string code, Guid member, PeopleQueries people, MemberCommands commands, CancellationToken stop) =>
            Managing(code, people, stop, async project => (await people.Members(project, stop)).All(one => one.GrantId != member) ? RecordAnswers.NotThere($"member {member}")
                : await commands.RemoveMember(project, member, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent()))
            .WithName("removeMember").WithSummary("Take a role in a project you manage back; what was recorded stays").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/projects/{code}/leave", async (string code, PeopleQueries people, MemberCommands commands, CancellationToken stop) =>
            await people.Project(code, stop) is not { } project ? RecordAnswers.NotThere("project " + code)
            : await commands.Leave(project.Id, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent())
            .WithName("leaveProject").WithSummary("End your own part in a project; what you recorded stays").Produces(StatusCodes.Status204NoContent);

        api.MapPost("/projects/{code}/hand-over", (string code, HandOver sent, PeopleQueries people, MemberCommands commands, CancellationToken stop) =>
            Managing(code, people, stop, async project => await commands.HandOver(project, sent.To, RecordAnswers.Choice<AccessRole>("keep", sent.Keep ?? ""), stop) is { } trouble
                ? RecordAnswers.Refused(trouble) : Results.NoContent()))
            .WithName("handOverProject").WithSummary("Give a project you manage to somebody who manages it from now on, and keep another role or none").Produces(StatusCodes.Status204NoContent);
    }

    static void MapInvitations(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{code}/invitations", (string code, PeopleQueries people, CancellationToken stop) =>
            Managing(code, people, stop, async project => Results.Json<IReadOnlyList<InvitationRecord>>([.. (await people.Invitations(project, null, stop)).Select(Of)])))
            .WithName("listInvitations").WithSummary("Invitations to a project you manage, the newest first; those that are over for 30 days").Produces<IReadOnlyList<InvitationRecord>>();

        api.MapPost("/projects/{code}/invitations", (string code, InvitationDraft sent, PeopleQueries people, InvitationCommands commands, HttpRequest request, CancellationToken stop) =>
            Managing(code, people, stop, project => Invite(project, sent, commands, request, stop)))
            .WithName("invite").WithSummary("Invite people to a project you manage, each by a link of their own; its code is told this once").Produces<IReadOnlyList<MadeInvitationRecord>>(StatusCodes.Status201Created);

        api.MapDelete("/projects/{code}/invitations/{invitation:guid}", (string code, Guid invitation, PeopleQueries people, InvitationCommands commands, CancellationToken stop) =>
            Managing(code, people, stop, async project => (await people.Invitations(project, null, stop)).All(one => one.Id != invitation) ? RecordAnswers.NotThere($"invitation {invitation}")
                : await commands.Revoke(invitation, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent()))
            .WithName("revokeInvitation").WithSummary("Take an invitation back: nobody comes by it any more; who has come stays").Produces(StatusCodes.Status204NoContent);
    }

    static void MapLinks(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{code}/links", async (string code, PeopleQueries people, CancellationToken stop) =>
            await people.Project(code, stop) is { } project ? Results.Json<IReadOnlyList<LinkRecord>>([.. (await people.Links(project.Id, stop)).Select(Of)]) : RecordAnswers.NotThere("project " + code))
            .WithName("listLinks").WithSummary("Read-only links into a project, the newest first; those that are over for 30 days").Produces<IReadOnlyList<LinkRecord>>();

        api.MapPost("/projects/{code}/links", (string code, LinkDraft sent, PeopleQueries people, LinkCommands commands, HttpRequest request, CancellationToken stop) =>
            Managing(code, people, stop, async project =>
            {
                var kind = RecordAnswers.Choice<LinkedKind>("of", sent.Of ?? "project");
                var named = kind == LinkedKind.Project ? sent.Record ?? code : sent.Record;
                if (string.IsNullOrWhiteSpace(named)) return RecordAnswers.Wrong($"Say which {PeopleQueries.Word(kind)}: \"record\" is its code or id.");
                if (RecordAnswers.Unreadable(named) is { } unreadable) return unreadable;
                if (await people.Find(kind, named, project, stop) is not { } record) return RecordAnswers.NotThere($"{PeopleQueries.Word(kind)} {RecordAnswers.Short(named)} in the project {code}");
                var chosen = new NewLink { Name = sent.Name ?? "", Days = sent.Days, Password = sent.Password ?? "", WithoutNames = sent.WithoutNames };
                var (token, trouble, id) = await commands.Make(kind, record, chosen, stop);
                return token is null ? RecordAnswers.Refused(trouble!)
                    : Results.Json(new MadeLinkRecord(id, $"{Portal(request)}{LinkDoor.Address}/{token}"), statusCode: StatusCodes.Status201Created);
            })).WithName("makeLink").WithSummary("Make a read-only link into a project you manage, with an end, a password or without names as you like; its address is told this once")
            .Produces<MadeLinkRecord>(StatusCodes.Status201Created);

        api.MapDelete("/projects/{code}/links/{link:guid}", (string code, Guid link, PeopleQueries people, LinkCommands commands, CancellationToken stop) =>
            Managing(code, people, stop, async project => (await people.Links(project, stop)).All(one => one.Id != link) ? RecordAnswers.NotThere($"link {link}")
                : await commands.Revoke(link, stop) is { } trouble ? RecordAnswers.Refused(trouble) : Results.NoContent()))
            .WithName("revokeLink").WithSummary("Take a read-only link back: from now on it opens nothing").Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Makes the invitations to a project, or to the group alone that is named.</summary>
    public static async Task<IResult> Invite(Guid? project, InvitationDraft sent, InvitationCommands commands, HttpRequest request, CancellationToken stop)
    {
        var rows = (sent.People ?? []).OfType<InvitedDraft>()
            .Select(one => new InviteRow { For = one.For ?? "", Role = project is null ? AccessRole.None : RecordAnswers.Choice<AccessRole>("role", one.Role ?? "") }).ToList();
        var (made, trouble) = await commands.Invite(project, rows, new() { Days = sent.Days, Uses = sent.Uses, Group = sent.Group }, stop);
        return trouble is not null ? RecordAnswers.Refused(trouble)
            : Results.Json<IReadOnlyList<MadeInvitationRecord>>([.. made.Select(one => new MadeInvitationRecord(
                one.Id, one.For, Viewers.Word(one.Role), one.Code, $"{Portal(request)}/join/{one.Code}", one.ExpiresAt, one.IsBound))], statusCode: StatusCodes.Status201Created);
    }

    public static InvitationRecord Of(InvitationRow row) => new(
        row.Id, row.MeantFor, Viewers.Word(row.Role), row.Group, row.By, row.MadeAt, row.ExpiresAt, row.Uses, row.UsesAllowed, row.State, row.Came);

    /// <summary>Does something with a project that the caller manages; else says that it is not there, or not theirs to manage.</summary>
    static Task<IResult> Managing(string code, PeopleQueries people, CancellationToken stop, Func<Guid, Task<IResult>> act) => RecordAnswers.Trying(async () =>
        await people.Project(code, stop) is not { } project ? RecordAnswers.NotThere("project " + code)
        : project.Role < AccessRole.Manage ? RecordAnswers.NotYoursToManage("project " + code) : await act(project.Id));

    static async Task<IResult> SeenBy(LinkedKind kind, string record, PeopleQueries people, CancellationToken stop)
    {
        var missing = RecordAnswers.NotThere($"{PeopleQueries.Word(kind)} {record}");
        if (Keepable.TroubleOf(record, 400, "A code") is not null || await people.Find(kind, record, null, stop) is not { } id || await people.Who(kind, id, stop) is not { } who) return missing;
        return Results.Json(new SeenBy(who.Project, Viewers.Word(who.Role), [.. who.People.Select(Of)], [.. who.Links.Select(Of)], [.. who.Invitations.Select(Of)]));
    }

    static AccessEntry Of(PersonAccess one) => new(one.PersonId, one.Name, Viewers.Word(one.Why.Role), one.Why.Ways);

    static async Task<IReadOnlyList<MemberRecord>> Members(Guid project, PeopleQueries people, CancellationToken stop) => [.. (await people.Members(project, stop)).Select(row => new MemberRecord(
        row.GrantId, row.PersonId, row.GroupId, row.Name, Viewers.Word(row.Role), row.ExpiresAt, row.HasExpired, row.GrantedAt, row.GrantedBy, row.IsRemoved))];

    static LinkRecord Of(LinkRow row) => new(
        row.Id, row.Name, PeopleQueries.Word(row.Kind), row.RecordId, row.Opens, row.HasPassword, row.WithoutNames, row.By, row.MadeAt, row.ExpiresAt, row.Visits, row.LastUsedAt, row.State);

    static string Portal(HttpRequest request) => $"{request.Scheme}://{request.Host}{request.PathBase}";
}
