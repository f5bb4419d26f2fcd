using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Agents;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>The programs beside instruments report here how they do.</summary>
public static class AgentsApi
{
    public static void MapAgents(this IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/agents").RequireAuthorization().DisableAntiforgery().WithTags("Set-ups");

        api.MapGet("", async (AgentQueries agents, CancellationToken stop) => Results.Json<IReadOnlyList<AgentRecord>>([.. (await agents.Recent(stop)).Select(Of)]))
            .WithName("listAgents").WithSummary("Programs that send files of set-ups, and when each was heard last").Produces<IReadOnlyList<AgentRecord>>();

        api.MapPost("", (AgentReport report, AgentCommands commands, CancellationToken stop) =>
            RecordAnswers.Trying(async () => await commands.Hear(report, stop) is { } row ? Results.Json(Of(row)) : RecordAnswers.NotThere("set-up " + report.Instrument)))
            .WithName("reportAgent").WithSummary("A program beside a set-up says how it does; every half minute").Produces<AgentRecord>();
    }

    static AgentRecord Of(AgentRow row) => new(
        row.Id, row.Name, row.Instrument, row.Person, row.Software, row.LastHeardAt, row.IsSilent, row.HasStopped, row.Sent, row.Waiting, row.Refused, row.Trouble, row.LastFileAt, row.Folder, row.LastFile);
}
