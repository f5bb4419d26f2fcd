using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using Npgsql;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What changes accounts. Each method opens the database for itself; a refusal comes back as sentences.</summary>
public sealed class AccountCommands(
    IServiceScopeFactory scopes, UserManager<PortalUser> people, Door door, CurrentViewer me, Sessions sessions, AccountEvents events, TimeProvider clock, Joining joining)
{
    // Any number, the same in every process: holds back the second of two first visitors.
    const long FirstVisitLock = 0x50_51_44_01;

    // Likewise: what administrators do to accounts comes one after the other, so that two who take each other's role leave one.
    const long AdministratorsLock = 0x50_51_44_02;

    /// <summary>Makes the organisation and its administrator, if there is nobody yet.</summary>
    /// <returns>The administrator; null with the reasons where it was refused or someone else was first.</returns>
    public async Task<(PortalUser? Person, IReadOnlyList<string> Trouble)> BeginPortal(string organisation, string name, string signInName, string password, CancellationToken stop = default)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();

        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({FirstVisitLock})", stop);
        if (await db.Users.AnyAsync(stop))
            return (null, ["Somebody else has just become this portal's administrator. Nothing of yours was saved; ask them for an account."]);

        if (Keepable.TroubleOf(organisation.Trim(), 200, "The laboratory's name") is { } tooLong) return (null, [tooLong]);
        db.Organisations.Add(new Organisation { Name = organisation.Trim() });
        await db.SaveChangesAsync(stop);
        var person = new PortalUser { Name = name.Trim(), IsAdministrator = true };
        var trouble = await Make(people, person, signInName, password);
        if (trouble.Count > 0) return (null, trouble);
        await transaction.CommitAsync(stop);
        await events.Note(person.Id, "began the portal as its administrator", person.Id);
        return (person, []);
    }

    /// <summary>Adds a person without password, and gives the code of the link with which they set one.</summary>
    public async Task<(Guid? Person, string? Code, IReadOnlyList<string> Trouble)> Add(string name, string signInName, bool isAdministrator)
    {
        if (await Administrator() is not { } administrator) return (null, null, [NotAllowed]);
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<PortalDb>().Actor = administrator;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var person = new PortalUser { Name = name.Trim(), IsAdministrator = isAdministrator };
        var trouble = await Make(people, person, signInName, password: null);
        if (trouble.Count > 0) return (null, null, trouble);
        await events.Note(person.Id, isAdministrator ? "was added as an administrator" : "was added", administrator);
        return (person.Id, await people.GeneratePasswordResetTokenAsync(person), []);
    }

    /// <summary>Makes an account for somebody who was invited and lets them in: both, or neither.</summary>
    /// <returns>The person; null with how the invitation stands or why the account was not made.</returns>
    public async Task<(Guid? Person, JoinState End, IReadOnlyList<string> Trouble)> JoinAsNew(string? code, string name, string signInName, string password, CancellationToken stop = default)
    {
        // Before anything is made or hashed for somebody who holds nothing.
        if (await joining.Look(code, stop) is not { State: JoinState.Open } look) return (null, (await joining.Look(code, stop)).State, []);
        if (look.Address is { } bound) signInName = bound;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            var person = new PortalUser { Name = name.Trim(), IsGuest = true };
            var trouble = await Make(people, person, signInName, password);
            if (trouble.Count > 0) return (null, JoinState.Open, trouble);
            db.Actor = person.Id;
            var end = await joining.Accept(db, code, person, stop);
            if (end is not JoinState.Joined) return (null, end, []);
            await transaction.CommitAsync(stop);
            await events.Note(person.Id, $"made the account by an invitation{(look.By is null ? null : $" of {look.By}")}", person.Id);
            return (person.Id, end, []);
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return (null, JoinState.Open, ["Somebody made an account of this name at this moment. Sign in if it was you, or choose another name."]);
        }
    }

    /// <summary>Lets the viewer in by an invitation.</summary>
    public async Task<JoinState> Join(string? code, CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } id) return JoinState.Open;
        for (var isAgain = false; ; isAgain = true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
            db.Actor = id;
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(stop);
                var person = await db.Users.AsNoTracking().SingleAsync(user => user.Id == id, stop);
                var end = await joining.Accept(db, code, person, stop);
                await transaction.CommitAsync(stop);
                return end;
            }
            catch (DbUpdateException error) when (!isAgain && error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // They were given a role by somebody at this moment; looked at once more, with it.
            }
        }
    }

    /// <summary>Lets a guest make projects and groups and be told of everybody, or no more.</summary>
    public Task<IReadOnlyList<string>> SetGuest(Guid id, bool isGuest, CancellationToken stop = default) =>
        Theirs(id, isGuest ? "is a guest again" : "is a guest no more", endsSessions: false, async (_, people, person) =>
        {
            if (person.IsGuest == isGuest) return null;
            person.IsGuest = isGuest;
            return Sentences(await people.UpdateAsync(person));
        }, stop);

    /// <summary>A new link for setting the password; an older one stays good until one of them is used.</summary>
    public async Task<(string? Name, string? Code)> Reset(Guid id)
    {
        if (await Administrator() is not { } administrator) return (null, null);
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return (null, null);
        await events.Note(id, "got a link for a new password", administrator);
        return (person.Name, await people.GeneratePasswordResetTokenAsync(person));
    }

    /// <summary>Whether a link for setting a password can still be used. Of whom it is, is told to nobody.</summary>
    public async Task<bool> IsLink(Guid id, string code)
    {
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        return await people.FindByIdAsync(id.ToString()) is { RemovedAt: null } person
            && await people.VerifyUserTokenAsync(person, people.Options.Tokens.PasswordResetTokenProvider, UserManager<PortalUser>.ResetPasswordTokenPurpose, code);
    }

    /// <summary>Sets the password that a link stands for; with it the account is open again.</summary>
    public async Task<(PortalUser? Person, IReadOnlyList<string> Trouble)> SetPassword(Guid id, string code, string password)
    {
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return (null, [new AccountWords().InvalidToken().Description]);
        var result = await people.ResetPasswordAsync(person, code, password);
        if (!result.Succeeded) return (null, Sentences(result));
        await people.SetLockoutEndDateAsync(person, null);
        await sessions.EndAll(id);
        await events.Note(id, "set the password by a link", id);
        return (person, []);
    }

    /// <summary>Ends a person's access: sign-in, sessions and tokens. Their work and their name beside it stay.</summary>
    public Task<IReadOnlyList<string>> Remove(Guid id, CancellationToken stop = default) => Theirs(id, "was removed", endsSessions: true, async (db, people, person) =>
    {
        if (id == db.Actor) return ["You cannot remove yourself. Another administrator can."];
        person.RemovedAt = clock.GetUtcNow();
        await people.UpdateSecurityStampAsync(person);
        await db.AccessTokens.Where(token => token.PersonId == id && token.RevokedAt == null)
            .ExecuteUpdateAsync(token => token.SetProperty(t => t.RevokedAt, clock.GetUtcNow()), stop);
        return [];
    }, stop);

    /// <summary>
    /// Makes a person an administrator, or takes that role from them. It counts from their next action on: roles are asked afresh at
    /// each, so no session has to end.
    /// </summary>
    public Task<IReadOnlyList<string>> SetRole(Guid id, bool isAdministrator, CancellationToken stop = default) =>
        Theirs(id, isAdministrator ? "was made an administrator" : "is an administrator no more", endsSessions: false, async (db, people, person) =>
        {
            if (person.IsAdministrator == isAdministrator) return null;
            // Who never set a password cannot sign in, so could not look after the portal.
            if (!isAdministrator && !await db.Users.AnyAsync(other => other.Id != id && other.IsAdministrator && other.RemovedAt == null && other.PasswordHash != null, stop))
                return [$"{person.Name} is the only administrator who can sign in; without one nobody could add people or help with a lost password. Make somebody else an administrator first."];
            person.IsAdministrator = isAdministrator;
            return Sentences(await people.UpdateAsync(person));
        }, stop);

    /// <summary>
    /// Takes away a person's authenticator, recovery codes and passkeys, as when their phone is lost; they sign in with the password
    /// alone until they set up new ones. Their sessions end.
    /// </summary>
    public Task<IReadOnlyList<string>> ResetFactors(Guid id) => Theirs(id, "lost passkeys and authenticator codes to a reset", endsSessions: true, async (db, people, person) =>
    {
        foreach (var passkey in await people.GetPasskeysAsync(person)) await people.RemovePasskeyAsync(person, passkey.CredentialId);
        await ForgetAuthenticator(people, person);
        return [];
    });

    /// <summary>
    /// The viewer's own name and ORCID. As with records, what another window saved since stays where this one did not touch it, and
    /// is not written over unseen where both did.
    /// </summary>
    /// <param name="began">What stood in the fields before the person typed.</param>
    /// <exception cref="StaleProfileException">A field was changed here and elsewhere; nothing was saved.</exception>
    public async Task<IReadOnlyList<string>> Rename(string name, string? orcid, (string Name, string? Orcid) began)
    {
        if ((await me.Get()).PersonId is not { } id) return [NotAllowed];
        if (TroubleOfName(name) is { } wrong) return [wrong];
        orcid = string.IsNullOrWhiteSpace(orcid) ? null : orcid.Trim().Split('/')[^1];
        if (orcid is not null && !Orcid.IsValid(orcid)) return [$"{orcid} is not an ORCID. It has four groups of four digits, such as 0000-0002-1825-0097."];
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<PortalDb>().Actor = id;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { } person) return [NotAllowed];
        var (newName, newOrcid) = (Merged(name.Trim(), began.Name, person.Name), Merged(orcid, began.Orcid, person.Orcid));
        if (!newName.IsSure || !newOrcid.IsSure)
            throw new StaleProfileException(newName.IsSure ? null : person.Name, newOrcid.IsSure ? null : person.Orcid ?? "", (person.Name, person.Orcid));
        (person.Name, person.Orcid) = (newName.Value!, newOrcid.Value);
        var result = await people.UpdateAsync(person);
        if (!result.Succeeded) return Sentences(result);
        await scope.ServiceProvider.GetRequiredService<Door>().RefreshSignInAsync(person); // the cookie carries the name
        return [];
    }

    /// <summary>A field that was typed over what began in it, while another window may have saved.</summary>
    static (string? Value, bool IsSure) Merged(string? typed, string? began, string? stored)
    {
        began = string.IsNullOrEmpty(began) ? null : began;
        return typed == began ? (stored, true) : (typed, stored == began || stored == typed);
    }

    /// <summary>The viewer's own password; their other sessions end.</summary>
    public Task<IReadOnlyList<string>> ChangePassword(string present, string next) => Mine(present, async (people, person) =>
    {
        var result = await people.ChangePasswordAsync(person, present, next);
        if (!result.Succeeded) return Sentences(result);
        return await Done(person, "changed the password");
    });

    /// <summary>Most passkeys of a person; nobody has so many devices.</summary>
    const int MostPasskeys = 20;

    /// <summary>Keeps a passkey that the browser has just made.</summary>
    /// <param name="credential">What the browser's authenticator answered, as JSON.</param>
    public Task<IReadOnlyList<string>> AddPasskey(string name, string credential, string password) => Mine(password, async (people, person) =>
    {
        if (name.Trim() is not { Length: > 0 and <= 100 }) return ["Give the passkey a name of up to 100 characters, such as the device it lies on."];
        if ((await people.GetPasskeysAsync(person)).Count >= MostPasskeys) return [$"You have {MostPasskeys} passkeys. Remove one that you no longer use first."];
        if (await Attest(credential) is not { Succeeded: true } made || made.UserEntity.Id != person.Id.ToString())
            return ["The browser's answer does not fit what was asked; it may have come too late. Try again."];
        made.Passkey.Name = name.Trim();
        var result = await people.AddOrUpdatePasskeyAsync(person, made.Passkey);
        if (!result.Succeeded) return Sentences(result);
        await people.UpdateSecurityStampAsync(person);
        return await Done(person, "added a passkey");

        async Task<PasskeyAttestationResult?> Attest(string json)
        {
            try
            {
                return await door.PerformPasskeyAttestationAsync(json);
            }
            catch (Exception error) when (error is InvalidOperationException or PasskeyException or JsonException)
            {
                return null; // nothing was asked of this browser lately, or the answer is no answer
            }
        }
    });

    /// <summary>Forgets one of the viewer's passkeys.</summary>
    /// <param name="id">Its id in base64url, as the profile page shows it.</param>
    public Task<IReadOnlyList<string>> RemovePasskey(string id, string password) => Mine(password, async (people, person) =>
    {
        if ((await people.GetPasskeysAsync(person)).FirstOrDefault(passkey => WebEncoders.Base64UrlEncode(passkey.CredentialId) == id) is not { } passkey)
            return ["This passkey is gone already."];
        var result = await people.RemovePasskeyAsync(person, passkey.CredentialId);
        if (!result.Succeeded) return Sentences(result);
        await people.UpdateSecurityStampAsync(person);
        return await Done(person, "removed a passkey");
    });

    /// <summary>Makes a key for an authenticator app. Nothing is asked at the sign-in before a code of it has been right once.</summary>
    public Task<IReadOnlyList<string>> BeginAuthenticator(string password) => Mine(password, async (people, person) =>
        person.TwoFactorEnabled ? ["Authenticator codes are on already. Turn them off first to set up another app."]
        : Sentences(await people.SetAuthenticationTokenAsync(person, KeyProvider, KeyName, people.GenerateNewAuthenticatorKey())));

    /// <summary>Turns authenticator codes on, if the code fits the key.</summary>
    /// <returns>Ten recovery codes: shown once, each good once.</returns>
    public async Task<(IReadOnlyList<string> RecoveryCodes, IReadOnlyList<string> Trouble)> EnableAuthenticator(string code)
    {
        IReadOnlyList<string> codes = [];
        var trouble = await Mine(null, async (people, person) =>
        {
            if (person.TwoFactorEnabled) return ["Authenticator codes are on already."];
            if (!await people.VerifyTwoFactorTokenAsync(person, TokenOptions.DefaultAuthenticatorProvider, Digits(code)))
                return ["The code is not right. A code lasts half a minute: check that the clock of the phone is right, and type the one it shows now."];
            await people.SetTwoFactorEnabledAsync(person, true);
            codes = [.. await people.GenerateNewTwoFactorRecoveryCodesAsync(person, RecoveryCodes) ?? []];
            return await Done(person, "turned authenticator codes on");
        });
        return (codes, trouble);
    }

    /// <summary>Makes new recovery codes; the old ones are good no more.</summary>
    public async Task<(IReadOnlyList<string> RecoveryCodes, IReadOnlyList<string> Trouble)> MakeRecoveryCodes(string password)
    {
        IReadOnlyList<string> codes = [];
        var trouble = await Mine(password, async (people, person) =>
        {
            if (!person.TwoFactorEnabled) return ["Authenticator codes are off, so there is nothing to recover."];
            codes = [.. await people.GenerateNewTwoFactorRecoveryCodesAsync(person, RecoveryCodes) ?? []];
            await people.UpdateSecurityStampAsync(person);
            return await Done(person, "made new recovery codes");
        });
        return (codes, trouble);
    }

    /// <summary>Turns authenticator codes off; key and recovery codes are forgotten.</summary>
    public Task<IReadOnlyList<string>> DisableAuthenticator(string password) => Mine(password, async (people, person) =>
    {
        await ForgetAuthenticator(people, person);
        return await Done(person, "turned authenticator codes off");
    });

    /// <summary>Ends one of the viewer's sessions.</summary>
    public async Task EndSession(Guid session)
    {
        if ((await me.Get()).PersonId is not { } id) return;
        await sessions.End(id, session);
        await events.Note(id, "ended a session", id);
    }

    /// <summary>Ends all of the viewer's sessions, this one too, and their tokens if they say so.</summary>
    public async Task SignOutEverywhere(bool tokensToo)
    {
        if ((await me.Get()).PersonId is not { } id) return;
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { } person) return;
        await people.UpdateSecurityStampAsync(person);
        if (tokensToo)
            await scope.ServiceProvider.GetRequiredService<PortalDb>().AccessTokens.Where(token => token.PersonId == id && token.RevokedAt == null)
                .ExecuteUpdateAsync(token => token.SetProperty(t => t.RevokedAt, clock.GetUtcNow()));
        await sessions.EndAll(id);
        await events.Note(id, tokensToo ? "signed out everywhere and revoked all tokens" : "signed out everywhere", id);
    }

    /// <summary>Longest life of a token that ends by itself [days].</summary>
    const int LongestTokenLife = 3650;

    /// <summary>How many living tokens a person may have.</summary>
    const int MostTokens = 50;

    /// <summary>Makes an access token of the viewer's own.</summary>
    /// <param name="days">How long it is good; null until it is revoked.</param>
    /// <param name="project">The one project it is good for; null for all in which its person has a part.</param>
    /// <returns>The token itself, shown once, then only its hash is known; null with the reasons where none was made.</returns>
    public async Task<(string? Token, IReadOnlyList<string> Trouble)> MakeToken(string? name, int? days, TokenScope scope, Guid? project, CancellationToken stop = default)
    {
        var viewer = await me.Get();
        if (viewer.PersonId is not { } id) return (null, [NotAllowed]);
        if (string.IsNullOrWhiteSpace(name)) return (null, ["Say what the token is for, such as the set-up it lies on; the name tells it from the others when you revoke one."]);
        if (Keepable.TroubleOf(name.Trim(), AccessToken.LongestName, "The name of a token") is { } unfit) return (null, [unfit]);
        if (days is < 1 or > LongestTokenLife) return (null, [$"A token is good for 1 to {LongestTokenLife} days, or until it is revoked."]);
        if (!Enum.IsDefined(scope)) return (null, ["A token may read, or read and change; choose one of the two."]);
        var token = "pqd_" + WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        await using var scoped = scopes.CreateAsyncScope();
        var db = scoped.ServiceProvider.GetRequiredService<PortalDb>();
        if (project is { } only && !await db.Projects.VisibleTo(viewer).AnyAsync(p => p.Id == only, stop))
            return (null, ["There is no such project for you. Choose one of the list."]);
        var now = clock.GetUtcNow();
        if (await db.AccessTokens.CountAsync(t => t.PersonId == id && t.RevokedAt == null && (t.ExpiresAt == null || t.ExpiresAt > now), stop) >= MostTokens)
            return (null, [$"You have {MostTokens} tokens already. Revoke those that no program uses any more; the list says when each was used last."]);
        db.Actor = id;
        db.AccessTokens.Add(new AccessToken
        {
            PersonId = id,
            Name = name.Trim(),
            Hash = TokenAuthentication.Hash(token),
            ExpiresAt = days is { } d ? now.AddDays(d) : null,
            Scope = scope,
            ProjectId = project,
        });
        await db.SaveChangesAsync(stop);
        await events.Note(id, "made an access token", id);
        return (token, []);
    }

    /// <summary>Ends one of the viewer's own tokens at once.</summary>
    /// <returns>False where the viewer has no such living token.</returns>
    public async Task<bool> RevokeToken(Guid token, CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return false;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var ended = await db.AccessTokens.Where(t => t.Id == token && t.PersonId == id && t.RevokedAt == null)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, clock.GetUtcNow()), stop);
        if (ended > 0) await events.Note(id, "revoked an access token", id);
        return ended > 0;
    }

    const string NotAllowed = "Your account may not do this. Nothing was changed.";

    async Task<Guid?> Administrator() => await me.Get() is { IsAdministrator: true, PersonId: { } id } ? id : null;

    /// <summary>Where Identity keeps the key of an authenticator.</summary>
    const string KeyProvider = "[AspNetUserStore]", KeyName = "AuthenticatorKey";
    const int RecoveryCodes = 10;

    /// <summary>An administrator's change of somebody's account: whole or not at all, and recorded.</summary>
    /// <param name="what">What the account's events say of it.</param>
    /// <param name="change">Gives why not, nothing when it is done, null where there was nothing to do.</param>
    async Task<IReadOnlyList<string>> Theirs(
        Guid id, string what, bool endsSessions, Func<PortalDb, UserManager<PortalUser>, PortalUser, Task<IReadOnlyList<string>?>> change, CancellationToken stop = default)
    {
        if (await Administrator() is not { } administrator) return [NotAllowed];
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        db.Actor = administrator;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        await using (var transaction = await db.Database.BeginTransactionAsync(stop))
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdministratorsLock})", stop);
            // Asked once more: another administrator may have taken the role away just now.
            if (!await db.Users.AnyAsync(user => user.Id == administrator && user.IsAdministrator && user.RemovedAt == null, stop)) return [NotAllowed];
            if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return ["This person has no account any more."];
            if (await change(db, people, person) is not { } trouble) return [];
            if (trouble.Count > 0) return trouble;
            await transaction.CommitAsync(stop);
        }
        if (endsSessions) await sessions.EndAll(id, stop);
        await events.Note(id, what, administrator);
        return [];
    }

    /// <summary>A change of the viewer's own account.</summary>
    /// <param name="password">Asked again, so that nobody changes anything at a screen that was left open; wrong ones count as at the sign-in.</param>
    async Task<IReadOnlyList<string>> Mine(string? password, Func<UserManager<PortalUser>, PortalUser, Task<IReadOnlyList<string>>> change)
    {
        if ((await me.Get()).PersonId is not { } id) return [NotAllowed];
        if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return [NotAllowed];
        if (password is not null)
        {
            var check = await door.CheckPasswordSignInAsync(person, password, lockoutOnFailure: true);
            if (!check.Succeeded)
            {
                await events.Note(id, "wrong password on the profile page", id);
                return [check.IsLockedOut ? AccountWords.Locked(await people.GetLockoutEndDateAsync(person), clock) : new AccountWords().PasswordMismatch().Description];
            }
        }
        return await change(people, person);
    }

    /// <summary>After a change of password or factor: every session ends, and this browser gets a new one.</summary>
    async Task<IReadOnlyList<string>> Done(PortalUser person, string what)
    {
        await sessions.EndAll(person.Id);
        await door.RefreshSignInAsync(person);
        await events.Note(person.Id, what, person.Id);
        return [];
    }

    static async Task ForgetAuthenticator(UserManager<PortalUser> people, PortalUser person)
    {
        await people.SetTwoFactorEnabledAsync(person, false);
        await people.RemoveAuthenticationTokenAsync(person, KeyProvider, KeyName);
        await people.GenerateNewTwoFactorRecoveryCodesAsync(person, 0);
        await people.UpdateSecurityStampAsync(person);
    }

    /// <summary>A code as it was meant: apps show it in two groups.</summary>
    internal static string Digits(string? code) => string.Concat((code ?? "").Where(char.IsAsciiDigit));

    static async Task<IReadOnlyList<string>> Make(UserManager<PortalUser> people, PortalUser person, string signInName, string? password)
    {
        if (TroubleOfName(person.Name) is { } wrong) return [wrong];
        if (Keepable.TroubleOf(signInName.Trim(), 200, "The sign-in name") is { } unfit) return [unfit];
        person.UserName = signInName.Trim();
        person.Email = person.UserName.Contains('@') ? person.UserName : null;
        person.LockoutEnabled = true;
        return Sentences(password is null ? await people.CreateAsync(person) : await people.CreateAsync(person, password));
    }

    static string? TroubleOfName(string name) =>
        string.IsNullOrWhiteSpace(name) ? "The name is empty. It stands beside the person's work." : Keepable.TroubleOf(name.Trim(), 200, "The name");

    static IReadOnlyList<string> Sentences(IdentityResult result) => [.. result.Errors.Select(error => error.Description)];
}

/// <summary>A save of the profile that another window was faster with. Nothing was saved.</summary>
/// <param name="name">The name as that window saved it, where both changed it.</param>
/// <param name="orcid">The ORCID likewise; empty where it was taken away.</param>
/// <param name="now">Both as they stand.</param>
public sealed class StaleProfileException(string? name, string? orcid, (string Name, string? Orcid) now) : Exception("The profile was changed elsewhere.")
{
    public (string Name, string? Orcid) Now => now;

    /// <summary>What was saved elsewhere, in sentences.</summary>
    public IReadOnlyList<string> Sentences =>
    [
        .. name is null ? (string[])[] : [$"Your name was saved as \"{name}\" in another window since this page was loaded."],
        .. orcid switch { null => (string[])[], "" => ["Your ORCID was taken away in another window since this page was loaded."], _ => [$"Your ORCID was saved as {orcid} in another window since this page was loaded."] },
        "What you typed still stands below. Save again to keep that instead, or load the page again to keep the other.",
    ];
}
