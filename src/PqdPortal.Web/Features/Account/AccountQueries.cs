using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Client.Records;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What the account pages read.</summary>
public sealed class AccountQueries(IDbContextFactory<PortalDb> database, IServiceScopeFactory scopes, CurrentViewer me, Sessions sessions, AccountEvents events, TimeProvider clock)
{
    /// <summary>The viewer's own account; null for nobody.</summary>
    public async Task<PortalUser?> Mine(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(person => person.Id == id, stop);
    }

    /// <summary>The viewer's tokens that were not revoked, newest first; those that ran out stay in the list for a month.</summary>
    public async Task<IReadOnlyList<TokenRow>> MyTokens(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        var ranOut = now.AddDays(-30);
        return await db.AccessTokens.Where(token => token.PersonId == id && token.RevokedAt == null && (token.ExpiresAt == null || token.ExpiresAt > ranOut))
            .OrderByDescending(token => token.CreatedAt).ThenBy(token => token.Id)
            .Select(token => new TokenRow(token.Id, token.Name, token.Scope, token.ProjectId,
                db.Projects.Where(project => project.Id == token.ProjectId).Select(project => project.Code).FirstOrDefault(),
                token.CreatedAt, token.ExpiresAt, token.LastUsedAt, token.LastAddress, token.LastProgram, token.ExpiresAt != null && token.ExpiresAt <= now))
            .ToListAsync(stop);
    }

    /// <summary>The viewer's projects with their role in each, by code; a token for one project leaves that one.</summary>
    public async Task<IReadOnlyList<MyPart>> MyParts(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var viewer = await me.Get(stop);
        var found = await db.Projects.VisibleTo(viewer).OrderBy(project => project.Code).Select(project => new { project.Id, project.Code, project.Name }).ToListAsync(stop);
        return [.. found.Select(project => new MyPart(project.Id, project.Code, project.Name, Viewers.Word(viewer.RoleIn(project.Id))))];
    }

    /// <summary>Projects a token of the viewer's can be made for, by code.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Code, string Name)>> MyProjects(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var found = await db.Projects.VisibleTo(await me.Get(stop)).OrderBy(project => project.Code).Select(project => new { project.Id, project.Code, project.Name }).ToListAsync(stop);
        return [.. found.Select(project => (project.Id, project.Code, project.Name))];
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
            .Select(person => new PersonRow(person.Id, person.Name, person.UserName!, person.IsAdministrator, person.PasswordHash != null, person.TwoFactorEnabled, person.CreatedAt, person.LastSeenAt, person.IsGuest))
            .ToListAsync(stop);
    }
}

/// <summary>One line of the list of people.</summary>
public sealed record PersonRow(Guid Id, string Name, string SignInName, bool IsAdministrator, bool HasPassword, bool HasCodes, DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt, bool IsGuest);

/// <summary>How a person's authenticator codes stand.</summary>
/// <param name="IsOn">Whether they are asked for at the sign-in.</param>
/// <param name="PendingKey">The key that was begun and not yet proven by a code.</param>
/// <param name="PendingAddress">The same as an app reads it.</param>
public sealed record AuthenticatorState(bool IsOn, int RecoveryCodesLeft, string? PendingKey, string? PendingAddress);

/// <summary>One access token as its person sees it; never the token itself.</summary>
/// <param name="Project">Code of the one project it is good for, where that is still there.</param>
public sealed record TokenRow(
    Guid Id, string Name, TokenScope Scope, Guid? ProjectId, string? Project, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt, string? LastAddress, string? LastProgram, bool HasRunOut);
