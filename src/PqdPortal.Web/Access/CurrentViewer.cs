using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using PqdPortal.Data.Access;

namespace PqdPortal.Web.Access;

/// <summary>Who asks: the person behind this page or request, with the roles they have at this moment.</summary>
public sealed class CurrentViewer(Viewers viewers, IHttpContextAccessor requests, AuthenticationStateProvider circuit)
{
    /// <summary>The viewer, with roles asked afresh; <see cref="Viewer.Nobody"/> for who is not signed in or was removed.</summary>
    public async Task<Viewer> Get(CancellationToken stop = default) => await viewers.Of(PersonClaims.IdOf(await Person()), stop);

    async Task<ClaimsPrincipal> Person()
    {
        // A circuit lives inside one long request to /_blazor: there the provider, which hears of a sign-out, is to be asked.
        if (requests.HttpContext is { } request && !request.Request.Path.StartsWithSegments("/_blazor")) return request.User;
        return (await circuit.GetAuthenticationStateAsync()).User;
    }
}
