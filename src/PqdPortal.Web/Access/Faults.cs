using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using PqdPortal.Analysis;
using PqdPortal.Data.Postgres;
using PqdPortal.Jobs;

namespace PqdPortal.Web.Access;

/// <summary>
/// The edge of a request. Trouble that the person can act on is told as it stands; a fault of ours is logged whole under a
/// reference, and only the reference is shown.
/// </summary>
public sealed partial class Faults(ILogger<Faults> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken stop)
    {
        var response = context.Response;
        if (exception is BadHttpRequestException bad)
            return await Problem(context, bad.StatusCode, "The request cannot be read", Words(bad), null, stop);
        if (exception is PqdException trouble)
            return await Problem(context, trouble switch { RoleException => 403, RequestException => 400, _ => 422 }, "This cannot be done", trouble.Message, null, stop);
        if (DatabaseTrouble.IsAway(exception))
        {
            log.LogWarning("{Method} {Path} was answered 503, the database is away: {Reason}", context.Request.Method, context.Request.Path, exception.GetBaseException().Message);
            return await SayDatabaseIsAway(context, stop);
        }
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            response.StatusCode = 499; // the caller has left; nobody reads this
            return true;
        }

        var reference = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        log.LogError(exception, "{Method} {Path} failed, reference {Reference}", context.Request.Method, context.Request.Path, reference);
        return await Problem(context, 500, "A fault of ours",
            "The portal could not do this because of a fault of its own. What was saved before is safe; what you were just doing was not saved.", reference, stop);
    }

    /// <summary>Refuses a request in words: a page for a person's browser, problem+json for a program.</summary>
    public static async Task Answer(HttpContext context, int status, string title, string detail) =>
        await Problem(context, status, title, detail, null, context.RequestAborted);

    /// <summary>What the page or the program is told while the database is away; a page that was asked for loads itself again.</summary>
    public static async ValueTask<bool> SayDatabaseIsAway(HttpContext context, CancellationToken stop)
    {
        var again = HttpMethods.IsGet(context.Request.Method);
        context.Response.Headers.RetryAfter = "3";
        context.Response.Headers.CacheControl = "no-store";
        return await Problem(context, StatusCodes.Status503ServiceUnavailable, DatabaseTrouble.Title,
            DatabaseTrouble.Words + (again ? " The portal goes on by itself as soon as it is back; so does this page." : " What you were just sending was not saved: go back and send it again in a moment."),
            null, stop, waits: again);
    }

    /// <summary>What a bare status means here, for a program's author.</summary>
    public static string? Sentence(int? status) => status switch
    {
        StatusCodes.Status401Unauthorized => "Sign in first: send an access token of yours as Authorization: Bearer pqd_..., made on your profile page.",
        StatusCodes.Status404NotFound => "There is nothing for you at this address. It may have been removed, or it belongs to a project you have no part in.",
        StatusCodes.Status405MethodNotAllowed => "This address does not know this method; the header Allow says which it knows.",
        StatusCodes.Status415UnsupportedMediaType => "The body has another content type than this address takes: application/json.",
        _ => null,
    };

    /// <summary>What of the request is wrong, without the names that its parts have inside the portal.</summary>
    static string Words(BadHttpRequestException bad) => bad switch
    {
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => "The body is larger than anything that belongs at this address. Files are sent by the upload protocol.",
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => "The body has another content type than this address takes: application/json.",
        { InnerException: JsonException json } when Unknown().Match(json.Message) is { Success: true } field =>
            $"There is no field \"{(field.Groups[1].Value is { Length: > 60 } longer ? longer[..60] + "…" : field.Groups[1].Value)}\" here; the description of the API says which there are. Nothing was changed.",
        { InnerException: JsonException { Path: null or "$" } json } => $"The body is no JSON that can be read; see line {json.LineNumber + 1}, byte {json.BytePositionInLine} of it. Nothing was changed.",
        { InnerException: JsonException { Path: { } path } } => $"The value at {path} of the body is missing or not of the kind that belongs there. The description of the API says which it is.",
        _ when bad.Message.StartsWith("Failed to bind", StringComparison.Ordinal) || bad.Message.StartsWith("Required parameter", StringComparison.Ordinal)
            || bad.Message.StartsWith("Failed to read", StringComparison.Ordinal) || bad.Message.StartsWith("Implicit body", StringComparison.Ordinal) =>
            "A value of the address or the body is missing or not of the kind that belongs there. The description of the API says which it is.",
        _ => bad.Message,
    };

    static async ValueTask<bool> Problem(HttpContext context, int status, string title, string detail, string? reference, CancellationToken stop, bool waits = false)
    {
        context.Response.StatusCode = status;
        var wantsPage = context.Request.GetTypedHeaders().Accept?.Any(type => type.MediaType == "text/html") == true
            && !context.Request.Path.StartsWithSegments("/api");
        if (!wantsPage)
        {
            var problem = new ProblemDetails { Status = status, Title = title, Detail = detail };
            if (reference is not null) problem.Extensions["reference"] = reference;
            await context.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json", stop);
            return true;
        }
        var home = WebUtility.HtmlEncode(context.Request.PathBase.Add("/").ToString());
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <base href="{home}"><link rel="icon" type="image/svg+xml" href="portal.svg"><title>{title}</title><link rel="stylesheet" href="lib/inter/index.css"><link rel="stylesheet" href="portal.css"><script src="portal.js"></script></head>
            <body{(waits ? " data-waits" : "")}><div class="shell-plain"><main><a class="bar-name" href="">PqdPortal</a><h1>{WebUtility.HtmlEncode(title)}</h1>
            <p>{WebUtility.HtmlEncode(detail)}</p>{(reference is null ? "" : $"<p>Go back and try again; if it happens again, tell the administrator the reference <code>{reference}</code>.</p>")}
            <p><a href="">Home</a></p></main></div></body></html>
            """, stop);
        return true;
    }

    /// <summary>How the reader of JSON names a field that the body has and nothing takes.</summary>
    [GeneratedRegex("^The JSON property '(.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex Unknown();
}
