using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What the account pages read.</summary>
public sealed class AccountQueries(IDbContextFactory<PortalDb> database, IServiceScopeFactory scopes, CurrentViewer me, Sessions sessions, AccountEvents events)
{
    /// <summary>The viewer's own account; null for nobody.</summary>
    public async Task<PortalUser?> Mine(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(person => person.Id == id, stop);
    }

    /// <summary>The viewer's living tokens, newest first.</summary>
    public async Task<IReadOnlyList<AccessToken>> MyTokens(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.AccessTokens.AsNoTracking()
            .Where(token => token.PersonId == id && token.RevokedAt == null)
            .OrderByDescending(token => token.CreatedAt).ToListAsync(stop);
    }

    /// <summary>The viewer's passkeys, oldest first.</summary>
    public Task<IReadOnlyList<UserPasskeyInfo>> MyPasskeys() => Mine<IReadOnlyList<UserPasskeyInfo>>([], async (people, person) =>
        [.. (await people.GetPasskeysAsync(person)).OrderBy(passkey => passkey.CreatedAt)]);

    /// <summary>How the viewer's authenticator codes stand.</summary>
    public Task<AuthenticatorState> MyAuthenticator() => Mine(new AuthenticatorState(false, 0, null, null), async (people, person) =>
    {
        if (person.TwoFactorEnabled) return new AuthenticatorState(true, await people.CountRecoveryCodesAsync(person), null, null);
        return await people.GetAuthenticatorKeyAsync(person) is { Length: > 0 } key
            ? new(false, 0, key, AuthenticatorCodes.Address(key, person)) : new(false, 0, null, null);
    });

    /// <summary>Where the viewer is signed in.</summary>
    public async Task<IReadOnlyList<Session>> MySessions() => (await me.Get()).PersonId is { } id ? await sessions.Of(id) : [];

    /// <summary>What happened to the viewer's account lately.</summary>
    public async Task<IReadOnlyList<AccountEvent>> MyEvents() => (await me.Get()).PersonId is { } id ? await events.Newest(id, 20) : [];

    /// <summary>What happened to all accounts lately, for the administrator; nothing for others.</summary>
    public async Task<IReadOnlyList<AccountEvent>> Events() => (await me.Get()).IsAdministrator ? await events.Newest(null, 200) : [];

    /// <summary>Asks Identity in a scope of its own: the parts of a page ask at the same time, and a context takes one question at a time.</summary>
    async Task<T> Mine<T>(T nobody, Func<UserManager<PortalUser>, PortalUser, Task<T>> ask)
    {
        if ((await me.Get()).PersonId is not { } id) return nobody;
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        return await people.FindByIdAsync(id.ToString()) is { } person ? await ask(people, person) : nobody;
    }

    /// <summary>Everybody with an account, for the administrator; nobody for others.</summary>
    public async Task<IReadOnlyList<PersonRow>> People(CancellationToken stop = default)
    {
        if (!(await me.Get()).IsAdministrator) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users
            .Where(person => person.RemovedAt == null)
            .OrderBy(person => person.Name)
            .Select(person => new PersonRow(person.Id, person.Name, person.UserName!, person.IsAdministrator, person.PasswordHash != null, person.TwoFactorEnabled, person.CreatedAt, person.LastSeenAt))
            .ToListAsync(stop);
    }
}

/// <summary>One line of the list of people.</summary>
public sealed record PersonRow(Guid Id, string Name, string SignInName, bool IsAdministrator, bool HasPassword, bool HasCodes, DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt);

/// <summary>How a person's authenticator codes stand.</summary>
/// <param name="IsOn">Whether they are asked for at the sign-in.</param>
/// <param name="PendingKey">The key that was begun and not yet proven by a code.</param>
/// <param name="PendingAddress">The same as an app reads it.</param>
public sealed record AuthenticatorState(bool IsOn, int RecoveryCodesLeft, string? PendingKey, string? PendingAddress);
