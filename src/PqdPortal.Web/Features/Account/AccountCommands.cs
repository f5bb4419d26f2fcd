using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What changes accounts. Each method opens the database for itself; a refusal comes back as sentences.</summary>
public sealed class AccountCommands(
    IServiceScopeFactory scopes, UserManager<PortalUser> people, Door door, CurrentViewer me, Sessions sessions, AccountEvents events, TimeProvider clock)
{
    // Any number, the same in every process: holds back the second of two first visitors.
    const long FirstVisitLock = 0x50_51_44_01;

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
    public async Task<IReadOnlyList<string>> Remove(Guid id, CancellationToken stop = default)
    {
        if (await Administrator() is not { } administrator) return [NotAllowed];
        if (id == administrator) return ["You cannot remove yourself. Another administrator can."];
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        db.Actor = administrator;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return ["This person has no account any more."];
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        person.RemovedAt = clock.GetUtcNow();
        await people.UpdateSecurityStampAsync(person);
        await db.AccessTokens.Where(token => token.PersonId == id && token.RevokedAt == null)
            .ExecuteUpdateAsync(token => token.SetProperty(t => t.RevokedAt, clock.GetUtcNow()), stop);
        await transaction.CommitAsync(stop);
        await sessions.EndAll(id, stop);
        await events.Note(id, "was removed", administrator);
        return [];
    }

    /// <summary>
    /// Takes away a person's authenticator, recovery codes and passkeys, as when their phone is lost; they sign in with the password
    /// alone until they set up new ones. Their sessions end.
    /// </summary>
    public async Task<IReadOnlyList<string>> ResetFactors(Guid id)
    {
        if (await Administrator() is not { } administrator) return [NotAllowed];
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<PortalDb>().Actor = administrator;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { RemovedAt: null } person) return ["This person has no account any more."];
        foreach (var passkey in await people.GetPasskeysAsync(person)) await people.RemovePasskeyAsync(person, passkey.CredentialId);
        await ForgetAuthenticator(people, person);
        await sessions.EndAll(id);
        await events.Note(id, "lost passkeys and authenticator codes to a reset", administrator);
        return [];
    }

    /// <summary>The viewer's own name and ORCID.</summary>
    public async Task<IReadOnlyList<string>> Rename(string name, string? orcid)
    {
        if ((await me.Get()).PersonId is not { } id) return [NotAllowed];
        if (TroubleOfName(name) is { } wrong) return [wrong];
        orcid = string.IsNullOrWhiteSpace(orcid) ? null : orcid.Trim().Split('/')[^1];
        if (orcid is not null && !Orcid.IsValid(orcid)) return [$"{orcid} is not an ORCID. It has four groups of four digits, such as 0000-0002-1825-0097."];
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<PortalDb>().Actor = id;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { } person) return [NotAllowed];
        (person.Name, person.Orcid) = (name.Trim(), orcid);
        var result = await people.UpdateAsync(person);
        if (!result.Succeeded) return Sentences(result);
        await scope.ServiceProvider.GetRequiredService<Door>().RefreshSignInAsync(person); // the cookie carries the name
        return [];
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

    /// <summary>Makes an access token of the viewer's own.</summary>
    /// <returns>The token itself: shown once, then only its hash is known.</returns>
    public async Task<string?> MakeToken(string name, int? days, CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return null;
        var token = "pqd_" + WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        db.Actor = id;
        db.AccessTokens.Add(new AccessToken
        {
            PersonId = id,
            Name = name.Trim(),
            Hash = TokenAuthentication.Hash(token),
            ExpiresAt = days is { } d ? clock.GetUtcNow().AddDays(d) : null,
        });
        await db.SaveChangesAsync(stop);
        await events.Note(id, "made an access token", id);
        return token;
    }

    /// <summary>Ends one of the viewer's own tokens at once.</summary>
    public async Task RevokeToken(Guid token, CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        await db.AccessTokens.Where(t => t.Id == token && t.PersonId == id && t.RevokedAt == null)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, clock.GetUtcNow()), stop);
        await events.Note(id, "revoked an access token", id);
    }

    const string NotAllowed = "Your account may not do this. Nothing was changed.";

    async Task<Guid?> Administrator() => await me.Get() is { IsAdministrator: true, PersonId: { } id } ? id : null;

    /// <summary>Where Identity keeps the key of an authenticator.</summary>
    const string KeyProvider = "[AspNetUserStore]", KeyName = "AuthenticatorKey";
    const int RecoveryCodes = 10;

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
