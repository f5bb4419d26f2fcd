using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Audit;

namespace PqdPortal.Web.Access;

/// <summary>What happened to accounts: sign-ins, failed ones, changed passwords and factors. Kept beside the changes of records.</summary>
public sealed class AccountEvents(IDbContextFactory<PortalDb> database, IHttpContextAccessor requests, TimeProvider clock, ILogger<AccountEvents> log)
{
    /// <summary>Keeps an event, with the address and the browser it came from. Never a password, a code or a name that is no account's.</summary>
    /// <param name="person">Whose account; null where the name that was given is nobody's.</param>
    /// <param name="what">In a few words, such as "signed in with a passkey".</param>
    /// <param name="actor">Who did it; null where that is not known, as of a wrong password.</param>
    public async Task Note(Guid? person, string what, Guid? actor = null)
    {
        var http = requests.HttpContext;
        var (address, browser) = (Limits.Address(http?.Connection.RemoteIpAddress), BrowserName.Of(http?.Request.Headers.UserAgent.ToString() ?? ""));
        log.LogInformation("Account {Person}: {What}, from {Address}", person, what, address);
        await using var db = await database.CreateDbContextAsync();
        db.AuditEvents.Add(new AuditEvent
        {
            At = clock.GetUtcNow(),
            PersonId = actor,
            Record = AuditEvent.Account,
            RecordId = person ?? Guid.Empty,
            Action = what,
            Changes = JsonSerializer.Serialize(new { Address = new { @new = address }, Browser = new { @new = browser } }),
        });
        await db.SaveChangesAsync();
    }

    /// <summary>The newest events of one person's account, or of all.</summary>
    public async Task<IReadOnlyList<AccountEvent>> Newest(Guid? of, int most, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var found = await (
            from happened in db.AuditEvents
            where happened.Record == AuditEvent.Account && (of == null || happened.RecordId == of)
            join whose in db.Users on happened.RecordId equals whose.Id into whoses
            from whose in whoses.DefaultIfEmpty()
            join who in db.Users on happened.PersonId equals who.Id into whos
            from who in whos.DefaultIfEmpty()
            orderby happened.Id descending
            select new { happened.At, Whose = whose == null ? null : whose.Name, Who = who == null || who.Id == happened.RecordId ? null : who.Name, happened.Action, happened.Changes })
            .AsNoTracking().Take(most).ToListAsync(stop);
        return [.. found.Select(e => new AccountEvent(e.At, e.Whose, e.Who, e.Action, New(e.Changes, "Address"), New(e.Changes, "Browser")))];
    }

    static string New(string changes, string field)
    {
        using var json = JsonDocument.Parse(changes);
        return json.RootElement.TryGetProperty(field, out var change) && change.TryGetProperty("new", out var value) ? value.GetString() ?? "" : "";
    }
}

/// <summary>One event of an account.</summary>
/// <param name="Whose">Name of the account's person; null where the sign-in name was nobody's.</param>
/// <param name="Who">Who did it, where it was somebody else.</param>
public sealed record AccountEvent(DateTimeOffset At, string? Whose, string? Who, string What, string Address, string Browser);
