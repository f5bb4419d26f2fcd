using Microsoft.AspNetCore.Authentication.Cookies;

namespace PqdPortal.Web.Access;

/// <summary>
/// Gives a cookie the name that browsers hold to its promise: <c>__Host-</c> for one of the whole host, <c>__Secure-</c> for one of
/// a folder, both only over HTTPS. Over plain HTTP no browser would take such a name.
/// </summary>
public sealed class PrefixedCookies : ICookieManager
{
    readonly ChunkingCookieManager _cookies = new();

    public string? GetRequestCookie(HttpContext context, string key) => _cookies.GetRequestCookie(context, Name(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _cookies.AppendResponseCookie(context, Name(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => _cookies.DeleteCookie(context, Name(context, key), options);

    static string Name(HttpContext context, string key) =>
        !context.Request.IsHttps ? key : context.Request.PathBase.HasValue ? "__Secure-" + key : "__Host-" + key;
}
