namespace PqdPortal.Web.Access;

/// <summary>What the browser is told not to do with our pages.</summary>
public static class SecurityHeaders
{
    // Scripts come from files of ours alone. Styles may stand in attributes: Radzen and plotly place their parts that way.
    // data: and blob: images are plotly's exports.
    const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static Task Add(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=(), usb=()";
        // Over plain HTTP on a network the browser would only complain of it.
        if (context.Request.IsHttps) headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return next(context);
    }
}
