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

    /// <summary>The token a program came with.</summary>
    public const string Token = "token";

    /// <summary>What the token allows, read or write.</summary>
    public const string Scope = "scope";

    /// <summary>The one project the token is good for.</summary>
    public const string OnlyProject = "only-project";

    /// <summary>The token a program came with; null for a person in a browser.</summary>
    public static Guid? TokenOf(ClaimsPrincipal? person) => Guid.TryParse(person?.FindFirstValue(Token), out var id) ? id : null;

    /// <summary>The one project that the token of a program is good for; null where it is good for all.</summary>
    public static Guid? ProjectOf(ClaimsPrincipal? person) => Guid.TryParse(person?.FindFirstValue(OnlyProject), out var id) ? id : null;

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
