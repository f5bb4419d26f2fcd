using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Agents;

/// <summary>The programs beside instruments that send finished files, as they reported themselves last.</summary>
/// <remarks>That a set-up's program runs is everybody's business in the laboratory; folders and file names may tell of a project and are their person's alone.</remarks>
public sealed class AgentQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>After so long without a word an agent is no longer listed; it is when it comes again.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromDays(30);

    /// <summary>Agents of one set-up, those heard last first.</summary>
    public Task<IReadOnlyList<AgentRow>> Of(Guid instrument, CancellationToken stop = default) => Find(agents => agents.Where(agent => agent.InstrumentId == instrument), stop);

    /// <summary>All agents of the last month, those heard last first; of guests and people without any project none but their own.</summary>
    public Task<IReadOnlyList<AgentRow>> Recent(CancellationToken stop = default) => Find(agents => agents, stop);

    async Task<IReadOnlyList<AgentRow>> Find(Func<IQueryable<Agent>, IQueryable<Agent>> which, CancellationToken stop)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } person) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        var since = now - Forgotten;
        // Who works in no project has no laboratory here.
        var seesAll = viewer.IsAdministrator || !viewer.IsGuest && viewer.Roles.Values.Any(role => role >= Data.Groups.AccessRole.Comment);
        var setups = db.Instruments.VisibleTo(viewer);
        var rows = await which(db.Agents.Where(agent => agent.LastHeardAt > since
                && (agent.PersonId == person || seesAll && (agent.InstrumentId == null || setups.Any(setup => setup.Id == agent.InstrumentId)))))
            .OrderByDescending(agent => agent.LastHeardAt).Take(100)
            .Select(agent => new { Agent = agent, Person = agent.Person.Name, Instrument = agent.Instrument == null ? null : agent.Instrument.Name }).AsNoTracking().ToListAsync(stop);
        return [.. rows.Select(row =>
        {
            var (agent, isMine) = (row.Agent, row.Agent.PersonId == person || viewer.IsAdministrator);
            return new AgentRow(agent.Id, agent.Name, agent.InstrumentId, row.Instrument, row.Person, agent.Software, agent.FirstHeardAt, agent.LastHeardAt,
                !agent.HasStopped && now - agent.LastHeardAt > Agent.Silence, agent.HasStopped, agent.Sent, agent.Waiting, agent.Refused,
                isMine ? agent.Trouble : agent.Trouble is null ? null : "It reports trouble; its person sees which.", agent.LastFileAt, isMine ? agent.Folder : null, isMine ? agent.LastFile : null);
        })];
    }
}

/// <summary>One agent.</summary>
/// <param name="IsSilent">Nothing was heard of it for a while though it was not stopped.</param>
/// <param name="Folder">Null for whoever is neither its person nor an administrator; so is <paramref name="LastFile"/>.</param>
public sealed record AgentRow(
    Guid Id, string Name, Guid? InstrumentId, string? Instrument, string Person, string? Software, DateTimeOffset FirstHeardAt, DateTimeOffset LastHeardAt,
    bool IsSilent, bool HasStopped, int Sent, int Waiting, int Refused, string? Trouble, DateTimeOffset? LastFileAt, string? Folder, string? LastFile)
{
    /// <summary>How it does, in a few words.</summary>
    public string State => HasStopped ? "stopped by its person" : IsSilent ? "silent: not running, or cut off" : Trouble is not null ? "runs, with trouble" : Waiting > 0 ? "sending" : "waits for files";
    public Tone Tone => HasStopped ? Tone.Neutral : IsSilent ? Tone.Bad : Trouble is not null ? Tone.Open : Tone.Good;
}
