using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PqdPortal.Data.Account;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Web.Access;

/// <summary>
/// Signs an open page out when its session ended, its person was removed or their password changed elsewhere. The change feed tells
/// the page at once (Layout/StillHere); this looks by itself, should the feed be silent.
/// </summary>
public sealed class CircuitSignIn(ILoggerFactory log, IServiceScopeFactory scopes, Sessions sessions, IOptions<IdentityOptions> options)
    : RevalidatingServerAuthenticationStateProvider(log)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken stop)
    {
        try
        {
            return await IsStillGood(state, stop);
        }
        catch (Exception error) when (DatabaseTrouble.IsAway(error))
        {
            // Nothing can be read meanwhile either; the next look decides.
            return true;
        }
    }

    async Task<bool> IsStillGood(AuthenticationState state, CancellationToken stop)
    {
        if (PersonClaims.IdOf(state.User) is not { } id || PersonClaims.SessionOf(state.User) is not { } session || !await sessions.IsAlive(session, id, stop)) return false;
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var person = await people.GetUserAsync(state.User);
        if (person is null or { RemovedAt: not null }) return false;
        var stamp = state.User.FindFirstValue(options.Value.ClaimsIdentity.SecurityStampClaimType);
        return stamp == await people.GetSecurityStampAsync(person);
    }
}
