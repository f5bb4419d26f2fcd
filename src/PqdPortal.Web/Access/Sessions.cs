using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Web.Access;

/// <summary>Which sign-ins are good. A session that ended here or in another process is dead at once, in cookies and in open pages.</summary>
public sealed class Sessions : IDisposable
{
    /// <summary>What the change feed calls a session that ended.</summary>
    public const string Topic = "Session";

    /// <summary>How long an answer is believed, should the feed be silent.</summary>
    static readonly TimeSpan Belief = TimeSpan.FromSeconds(10);
    static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(5);

    /// <summary>Sessions that ended are kept this long for the list of what happened, then deleted.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    readonly IDbContextFactory<PortalDb> _database;
    readonly TimeProvider _clock;
    readonly WebOptions _options;
    readonly ConcurrentDictionary<Guid, DateTimeOffset> _alive = new();
    readonly IDisposable _hearing;

    public Sessions(IDbContextFactory<PortalDb> database, TimeProvider clock, WebOptions options, ChangeFeed feed)
    {
        (_database, _clock, _options) = (database, clock, options);
        _hearing = feed.Subscribe(change =>
        {
            if (change.MayBeAnything) _alive.Clear();
            else if (change.Topic == Topic) _alive.TryRemove(change.Id, out _);
        });
    }

    /// <summary>Begins a session; ended ones of the person that nobody asks for any more are cleared away.</summary>
    /// <param name="stay">Whether the person asked to stay signed in on this device.</param>
    public async Task<Session> Begin(Guid person, HttpContext http, bool stay)
    {
        var now = _clock.GetUtcNow();
        var session = new Session
        {
            PersonId = person,
            CreatedAt = now,
            SeenAt = now,
            ExpiresAt = now + (stay && _options.StayDays > 0 ? TimeSpan.FromDays(_options.StayDays) : TimeSpan.FromHours(_options.SessionHours)),
            Browser = BrowserName.Of(http.Request.Headers.UserAgent.ToString()),
            Address = Limits.Address(http.Connection.RemoteIpAddress),
        };
        await using var db = await _database.CreateDbContextAsync(http.RequestAborted);
        var forgotten = now - Memory;
        await db.Sessions.Where(s => s.PersonId == person && (s.EndedAt < forgotten || s.ExpiresAt < forgotten)).ExecuteDeleteAsync(http.RequestAborted);
        db.Sessions.Add(session);
        await db.SaveChangesAsync(http.RequestAborted);
        return session;
    }

    /// <summary>Whether the session is this person's and goes on.</summary>
    public async Task<bool> IsAlive(Guid session, Guid person, CancellationToken stop = default)
    {
        var now = _clock.GetUtcNow();
        if (_alive.TryGetValue(session, out var asked) && now - asked < Belief) return true;
        await using var db = await _database.CreateDbContextAsync(stop);
        var found = await db.Sessions
            .Where(s => s.Id == session && s.PersonId == person && s.EndedAt == null && s.ExpiresAt > now && s.Person.RemovedAt == null)
            .Select(s => new { s.SeenAt }).SingleOrDefaultAsync(stop);
        if (found is null)
        {
            _alive.TryRemove(session, out _);
            return false;
        }
        if (now - found.SeenAt > SeenEvery)
            await db.Sessions.Where(s => s.Id == session).ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, now), stop);
        if (_alive.Count > 10_000) _alive.Clear();
        _alive[session] = now;
        return true;
    }

    /// <summary>The sessions of a person that go on, newest first.</summary>
    public async Task<IReadOnlyList<Session>> Of(Guid person, CancellationToken stop = default)
    {
        var now = _clock.GetUtcNow();
        await using var db = await _database.CreateDbContextAsync(stop);
        return await db.Sessions.AsNoTracking()
            .Where(s => s.PersonId == person && s.EndedAt == null && s.ExpiresAt > now)
            .OrderByDescending(s => s.CreatedAt).ToListAsync(stop);
    }

    /// <summary>Ends one session of a person.</summary>
    public Task End(Guid person, Guid session, CancellationToken stop = default) => End(s => s.Where(x => x.PersonId == person && x.Id == session), stop);

    /// <summary>Ends every session of a person.</summary>
    public Task EndAll(Guid person, CancellationToken stop = default) => End(s => s.Where(x => x.PersonId == person), stop);

    async Task End(Func<IQueryable<Session>, IQueryable<Session>> which, CancellationToken stop)
    {
        await using var db = await _database.CreateDbContextAsync(stop);
        var open = which(db.Sessions).Where(s => s.EndedAt == null);
        var ids = await open.Select(s => s.Id).ToListAsync(stop);
        await which(db.Sessions).Where(s => s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, _clock.GetUtcNow()), stop);
        foreach (var id in ids)
        {
            _alive.TryRemove(id, out _);
            await db.Notify(Topic, id, stop);
        }
    }

    public void Dispose() => _hearing.Dispose();
}
