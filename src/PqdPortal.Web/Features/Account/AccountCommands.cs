using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What changes accounts. Each method opens the database for itself; a refusal comes back as sentences.</summary>
public sealed class AccountCommands(IServiceScopeFactory scopes, CurrentViewer me, TimeProvider clock)
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

        db.Organisations.Add(new Organisation { Name = organisation.Trim() });
        await db.SaveChangesAsync(stop);
        var person = new PortalUser { Name = name.Trim(), IsAdministrator = true };
        var trouble = await Make(people, person, signInName, password);
        if (trouble.Count > 0) return (null, trouble);
        await transaction.CommitAsync(stop);
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
        return (person.Id, await people.GeneratePasswordResetTokenAsync(person), []);
    }

    /// <summary>A new link for setting the password; an older one stays good until one of them is used.</summary>
    public async Task<(string? Name, string? Code)> Reset(Guid id)
    {
        if (await Administrator() is null) return (null, null);
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        return await people.FindByIdAsync(id.ToString()) is { RemovedAt: null } person
            ? (person.Name, await people.GeneratePasswordResetTokenAsync(person)) : (null, null);
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
        return [];
    }

    /// <summary>The viewer's own name and ORCID.</summary>
    public async Task<(PortalUser? Person, IReadOnlyList<string> Trouble)> Rename(string name, string? orcid)
    {
        if ((await me.Get()).PersonId is not { } id) return (null, [NotAllowed]);
        orcid = string.IsNullOrWhiteSpace(orcid) ? null : orcid.Trim().Split('/')[^1];
        if (orcid is not null && !Orcid.IsValid(orcid)) return (null, [$"{orcid} is not an ORCID. It has four groups of four digits, such as 0000-0002-1825-0097."]);
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<PortalDb>().Actor = id;
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { } person) return (null, [NotAllowed]);
        (person.Name, person.Orcid) = (name.Trim(), orcid);
        var result = await people.UpdateAsync(person);
        return result.Succeeded ? (person, []) : (null, Sentences(result));
    }

    /// <summary>The viewer's own password; their other sessions end.</summary>
    public async Task<(PortalUser? Person, IReadOnlyList<string> Trouble)> ChangePassword(string present, string next)
    {
        if ((await me.Get()).PersonId is not { } id) return (null, [NotAllowed]);
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await people.FindByIdAsync(id.ToString()) is not { } person) return (null, [NotAllowed]);
        var result = await people.ChangePasswordAsync(person, present, next);
        return result.Succeeded ? (person, []) : (null, Sentences(result));
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
    }

    const string NotAllowed = "Your account may not do this. Nothing was changed.";

    async Task<Guid?> Administrator() => await me.Get() is { IsAdministrator: true, PersonId: { } id } ? id : null;

    static async Task<IReadOnlyList<string>> Make(UserManager<PortalUser> people, PortalUser person, string signInName, string? password)
    {
        if (person.Name.Length == 0) return ["The name is empty. It stands beside the person's work."];
        person.UserName = signInName.Trim();
        person.Email = person.UserName.Contains('@') ? person.UserName : null;
        person.LockoutEnabled = true;
        return Sentences(password is null ? await people.CreateAsync(person) : await people.CreateAsync(person, password));
    }

    static IReadOnlyList<string> Sentences(IdentityResult result) => [.. result.Errors.Select(error => error.Description)];
}
