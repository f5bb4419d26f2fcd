using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Access;

/// <summary>
/// Signs people in and out. Every sign-in, and every renewal after a change of password or factor, is a new session; the one the
/// browser had before ends, so that an old cookie opens nothing.
/// </summary>
public sealed class Door(
    UserManager<PortalUser> people, IHttpContextAccessor requests, IUserClaimsPrincipalFactory<PortalUser> claims, IOptions<IdentityOptions> options,
    ILogger<SignInManager<PortalUser>> log, IAuthenticationSchemeProvider schemes, IUserConfirmation<PortalUser> confirmation, Sessions sessions)
    : SignInManager<PortalUser>(people, requests, claims, options, log, schemes, confirmation)
{
    /// <summary>Who was removed comes in no more, by whatever way.</summary>
    public override async Task<bool> CanSignInAsync(PortalUser user) => user.RemovedAt is null && await base.CanSignInAsync(user);

    public override async Task SignInWithClaimsAsync(PortalUser user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims)
    {
        await EndPresent();
        var properties = authenticationProperties ?? new();
        var session = await sessions.Begin(user.Id, Context, properties.IsPersistent);
        (properties.IssuedUtc, properties.ExpiresUtc) = (session.CreatedAt, session.ExpiresAt);
        await base.SignInWithClaimsAsync(user, properties,
            [.. additionalClaims.Where(claim => claim.Type != PersonClaims.Session), new Claim(PersonClaims.Session, session.Id.ToString())]);
    }

    public override async Task SignOutAsync()
    {
        await EndPresent();
        await base.SignOutAsync();
    }

    async Task EndPresent()
    {
        if (PersonClaims.IdOf(Context.User) is { } person && PersonClaims.SessionOf(Context.User) is { } session) await sessions.End(person, session);
    }
}
