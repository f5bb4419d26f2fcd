using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using PqdPortal.Data.Access;

namespace PqdPortal.Web.Access;

/// <summary>Who asks: the person behind this page or request, with the roles they have at this moment.</summary>
public sealed class CurrentViewer(Viewers viewers, Sessions sessions, IHttpContextAccessor requests, AuthenticationStateProvider circuit)
{
    /// <summary>The viewer, with roles asked afresh; <see cref="Viewer.Nobody"/> for who is not signed in, signed out elsewhere or was removed.</summary>
    public async Task<Viewer> Get(CancellationToken stop = default)
    {
        // Below the address of links there are no people, whoever is signed in.
        if (LinkDoor.Of(requests.HttpContext) is { } opening) return opening.Viewer;
        var who = await Person();
        var person = PersonClaims.IdOf(who);
        // A page that is still open after a sign-out elsewhere is nobody's from its next action on.
        if (person is { } id && PersonClaims.SessionOf(who) is { } session && !await sessions.IsAlive(session, id, stop)) person = null;
        var viewer = await viewers.Of(person, stop);
        return PersonClaims.ProjectOf(who) is { } project ? await viewers.Within(viewer, project, stop) : viewer;
    }

    async Task<ClaimsPrincipal> Person()
    {
        // A circuit lives inside one long request to /_blazor: there the provider, which hears of a sign-out, is to be asked.
        if (requests.HttpContext is { } request && !request.Request.Path.StartsWithSegments("/_blazor")) return request.User;
        return (await circuit.GetAuthenticationStateAsync()).User;
    }
}
