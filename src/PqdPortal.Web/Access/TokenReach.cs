using Microsoft.AspNetCore.Authorization;
using PqdPortal.Client;

namespace PqdPortal.Web.Access;

/// <summary>An endpoint that changes nothing though it is asked by POST, such as a preview: a token that only reads may ask it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadsOnlyAttribute : Attribute;

/// <summary>
/// What a program with an access token may ask at all, before any endpoint looks at what its person may: the REST API and nothing
/// else, with the scope read no change, and for one project no change of what lies in none.
/// </summary>
public static class TokenReach
{
    public const string Read = "read";
    public const string Write = "write";

    /// <summary>
    /// What changes something in a project, and so may be asked by a token for one project, by the beginnings of its routes; the longest
    /// that fits decides between this list and the next. A route in neither is refused, and fails a test by its name.
    /// </summary>
    public static readonly IReadOnlyList<string> OfProjects =
    [
        "/batches", "/samples", "/dots", "/runs", "/analyses", "/uploads", "/files", "/inbox", "/templates", "/comments", "/attachments", "/imports", "/bulk", "/notes", "/jobs",
        "/projects/{code}",
    ];

    /// <summary>What changes something that lies in no project or in all of them: people's own choices, groups, set-ups, new projects.</summary>
    public static readonly IReadOnlyList<string> OfNone = ["/agents", "/follows", "/groups", "/instruments", "/me", "/notices", "/projects", "/projects/{code}/restore", "/views"];

    /// <summary>Whether a route that changes something does so in a project; null where nobody has said.</summary>
    /// <param name="route">As it is mapped, below the root of the API.</param>
    public static bool? IsOfProject(string route)
    {
        var named = OfProjects.Concat(OfNone).Where(part => route == part || route.StartsWith(part + "/", StringComparison.Ordinal)).MaxBy(part => part.Length);
        return named is null ? null : OfProjects.Contains(named);
    }

    public static Task Guard(HttpContext http, RequestDelegate next) =>
        PersonClaims.TokenOf(http.User) is not null && http.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && Refusal(http) is { } why
            ? Faults.Answer(http, StatusCodes.Status403Forbidden, "Not for this token", $"{why} Nothing was changed.") : next(http);

    static string? Refusal(HttpContext http)
    {
        var request = http.Request;
        if (!request.Path.StartsWithSegments(RestApi.Root))
            return $"An access token is for the REST API, whose addresses begin with {RestApi.Root}. Pages are for a person who signs in; they alone make tokens.";
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || http.GetEndpoint()?.Metadata.GetMetadata<ReadsOnlyAttribute>() is not null) return null;
        if (http.User.FindFirst(PersonClaims.Scope)?.Value != Write)
            return "This token may read and change nothing. Make one with the scope write on your page of access tokens.";
        if (PersonClaims.ProjectOf(http.User) is not null && IsOfProject(RouteOf(http.GetEndpoint())) is not true)
            return "This token is good for one project; what is asked here belongs to none or to all. Make a token for all of your projects.";
        return null;
    }

    /// <summary>How an endpoint is mapped, below the root of the API.</summary>
    public static string RouteOf(Endpoint? endpoint) =>
        "/" + (endpoint as RouteEndpoint)?.RoutePattern.RawText?.Trim('/') is { } route && route.StartsWith(RestApi.Root + "/", StringComparison.Ordinal) ? route[RestApi.Root.Length..] : "";
}
