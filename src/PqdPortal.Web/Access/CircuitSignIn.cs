using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PqdPortal.Data.Account;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Web.Access;

/// <summary>Signs an open page out when its person was removed or their password changed elsewhere.</summary>
public sealed class CircuitSignIn(ILoggerFactory log, IServiceScopeFactory scopes, IOptions<IdentityOptions> options)
    : RevalidatingServerAuthenticationStateProvider(log)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(2);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken stop)
    {
        try
        {
            return await IsStillGood(state);
        }
        catch (Exception error) when (DatabaseTrouble.IsAway(error))
        {
            // Nothing can be read meanwhile either; the next look decides.
            return true;
        }
    }

    async Task<bool> IsStillGood(AuthenticationState state)
    {
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var person = await people.GetUserAsync(state.User);
        if (person is null or { RemovedAt: not null }) return false;
        var stamp = state.User.FindFirstValue(options.Value.ClaimsIdentity.SecurityStampClaimType);
        return stamp == await people.GetSecurityStampAsync(person);
    }
}
