namespace PqdPortal.Web.Access;

/// <summary>
/// Keeps other sites from using a person's sign-in: what changes something, and the live connection of a page, is asked by a page
/// of this portal alone. Forms have their antiforgery token besides.
/// </summary>
/// <remarks>
/// The browser says where a request comes from, in Sec-Fetch-Site (over HTTPS and on this machine) or else in Origin; no page can
/// forge either. A program brings an access token, which no other site has, and is not asked.
/// </remarks>
public static class SameOrigin
{
    const string LiveConnection = "/_blazor";

    public static Task Guard(HttpContext http, RequestDelegate next) =>
        IsForeign(http) ? Faults.Answer(http, StatusCodes.Status403Forbidden, "Refused",
            "This request came from another site, so it was not done. Nothing was changed. Programs sign in with an access token; a person uses the portal's own pages.")
        : next(http);

    static bool IsForeign(HttpContext http)
    {
        var request = http.Request;
        var changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        if (!changes && !request.Path.StartsWithSegments(LiveConnection) || TokenAuthentication.IsOn(request)) return false;

        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site) return site != "same-origin" && site != "none";
        if (request.Headers.Origin is { Count: > 0 } origin) return !IsOurs(origin.ToString(), request);
        // Neither: an old browser or a program. A form then stands by its token; the API has none and takes no cookie for it.
        return request.Path.StartsWithSegments("/api") && http.User.Identity?.IsAuthenticated == true;
    }

    /// <summary>Same host and port. The scheme may differ: a proxy that speaks HTTPS may not have told so.</summary>
    static bool IsOurs(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var here)
        && string.Equals(from.Host, here.Host, StringComparison.OrdinalIgnoreCase)
        && (from.Port == here.Port || from.IsDefaultPort && here.IsDefaultPort);
}
