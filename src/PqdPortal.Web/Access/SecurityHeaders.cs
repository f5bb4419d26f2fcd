using Microsoft.AspNetCore.StaticAssets;

namespace PqdPortal.Web.Access;

/// <summary>What the browser is told not to do with our answers, errors and files among them.</summary>
public static class SecurityHeaders
{
    // Scripts come from files of ours alone. Styles may stand in attributes: Radzen and plotly place their parts that way.
    // data: and blob: images are plotly's exports and the picture of an authenticator's key.
    const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static Task Add(HttpContext context, RequestDelegate next)
    {
        // At the last moment: the handler of faults empties the answer, and an endpoint may have said something stricter.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            // The address itself is a secret there: it is nobody's to find.
            if (context.Request.Path.StartsWithSegments(LinkDoor.Address) || context.Request.Path.StartsWithSegments("/join")) headers["X-Robots-Tag"] = "noindex, nofollow, noarchive";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
                + "publickey-credentials-get=(self), publickey-credentials-create=(self)";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (context.Request.IsHttps)
            {
                headers["Cross-Origin-Opener-Policy"] = "same-origin"; // over plain HTTP on a network the browser would only complain of it
                headers.StrictTransportSecurity = "max-age=31536000"; // a year; only this host, others beside it are not ours
            }
            // Nothing of a person's stays in a browser or a proxy, unless the endpoint said how long. Files of the portal itself may stay.
            if (headers.CacheControl.Count == 0 && context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
                headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
