using PqdPortal.Client;

namespace PqdPortal.Web.Access;

/// <summary>
/// Where the REST API lay before its addresses had a version. What is asked there, in whatever way, is sent on for good; a program
/// that follows redirects goes on working, one that does not reads the new address in Location.
/// </summary>
public static class OldAddresses
{
    const string Description = "/openapi/v1.json";
    const string Api = "/api";
    static readonly PathString[] Moved = ["/batches", "/samples", "/dots", "/runs", "/analyses", "/uploads"];

    public static Task Lead(HttpContext context, RequestDelegate next)
    {
        if (NewPath(context.Request.Path) is not { } path) return next(context);
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = context.Request.PathBase.Add(path).ToUriComponent() + context.Request.QueryString.ToUriComponent();
        return Task.CompletedTask;
    }

    static PathString? NewPath(PathString path)
    {
        if (path == Description) return new PathString(RestApi.Document);
        if (path.StartsWithSegments(Api, out var rest) && Moved.Any(moved => rest.StartsWithSegments(moved))) return new PathString(RestApi.Root).Add(rest);
        return null;
    }
}
