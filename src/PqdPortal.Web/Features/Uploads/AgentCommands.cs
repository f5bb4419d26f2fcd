using Microsoft.EntityFrameworkCore;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Agents;

namespace PqdPortal.Web.Features.Uploads;

/// <summary>Keeps what the programs beside instruments report of themselves.</summary>
public sealed class AgentCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, AgentQueries agents, TimeProvider clock)
{
    /// <summary>Notes a report; null where there is no such set-up.</summary>
    /// <exception cref="RefusedEditException">A field of it cannot be kept.</exception>
    public async Task<AgentRow?> Hear(Client.Records.AgentReport report, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return null;
        new EditChecks()
            .Filled("name", report.Name, "An agent names the computer it runs on.").Filled("folder", report.Folder, "An agent names the folder it watches.")
            .That("name", Keepable.TroubleOf(report.Name, 100, "The name") is null, Keepable.TroubleOf(report.Name, 100, "The name") ?? "")
            .That("folder", Keepable.TroubleOf(report.Folder, 400, "The folder") is null, Keepable.TroubleOf(report.Folder, 400, "The folder") ?? "")
            .That("software", Keepable.TroubleOf(report.Software, 100, "The version") is null, Keepable.TroubleOf(report.Software, 100, "The version") ?? "")
            .That("lastFile", Keepable.TroubleOf(report.LastFile, 400, "The file's name") is null, Keepable.TroubleOf(report.LastFile, 400, "The file's name") ?? "")
            .That("trouble", Keepable.TroubleOf(report.Trouble, 1000, "The trouble") is null, Keepable.TroubleOf(report.Trouble, 1000, "The trouble") ?? "")
            .That("instrument", Keepable.TroubleOf(report.Instrument, 200, "The set-up") is null, Keepable.TroubleOf(report.Instrument, 200, "The set-up") ?? "")
            .That("sent", report is { Sent: >= 0, Waiting: >= 0, Refused: >= 0 }, "Numbers of files are not below 0.").Decide();
        for (var left = 3; ; left--)
        {
            await using var db = await database.CreateDbContextAsync(stop);
            db.Actor = person;
            Guid? instrument = null;
            if (report.Instrument is { Length: > 0 } told)
            {
                var (id, name) = (Guid.TryParse(told, out var given) ? given : (Guid?)null, told.Trim().ToLowerInvariant());
                instrument = await db.Instruments.VisibleTo(viewer).Where(i => i.Id == id || i.Name.ToLower() == name).OrderBy(i => i.CreatedAt).Select(i => (Guid?)i.Id).FirstOrDefaultAsync(stop);
                if (instrument is null) return null;
            }
            var agent = await db.Agents.FirstOrDefaultAsync(a => a.PersonId == person && a.Name == report.Name && a.Folder == report.Folder, stop);
            if (agent is null) db.Agents.Add(agent = new Agent { PersonId = person, Name = report.Name, Folder = report.Folder });
            (agent.InstrumentId, agent.Software, agent.LastHeardAt, agent.LastFile, agent.LastFileAt, agent.Sent, agent.Waiting, agent.Refused, agent.Trouble, agent.HasStopped) =
                (instrument, report.Software, clock.GetUtcNow(), report.LastFile, report.LastFileAt, report.Sent, report.Waiting, report.Refused, report.Trouble, report.HasStopped);
            try
            {
                await db.SaveChangesAsync(stop);
            }
            catch (DbUpdateException twice) when (left > 0 && twice.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Its first two reports came at once.
                continue;
            }
            return (await agents.Recent(stop)).FirstOrDefault(row => row.Id == agent.Id);
        }
    }
}
