using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Access;

/// <summary>What the sign-in cookie says of a person: id, name and which sign-in this is. Roles are not in it; they are asked afresh.</summary>
public sealed class PersonClaims(UserManager<PortalUser> people, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<PortalUser>(people, options)
{
    public const string Name = "name";

    /// <summary>Which sign-in this is; see <see cref="Sessions"/>. A program signed in by a token has none.</summary>
    public const string Session = "session";

    /// <summary>The person's id; null for nobody.</summary>
    public static Guid? IdOf(ClaimsPrincipal? person) =>
        person?.Identity is { IsAuthenticated: true } && Guid.TryParse(person.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    /// <summary>The session of the sign-in cookie; null for a program.</summary>
    public static Guid? SessionOf(ClaimsPrincipal? person) => Guid.TryParse(person?.FindFirstValue(Session), out var id) ? id : null;

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(PortalUser user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(Name, user.Name));
        return identity;
    }
}
