using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using PqdPortal.Client.Records;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Layout;

/// <summary>How the REST endpoints of records answer: row versions as entity tags, refusals in plain words.</summary>
public static class RecordAnswers
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Given by the portal in every record; a caller who sends them unchanged is not refused.</summary>
    static readonly string[] Given =
        ["id", "version", "composition", "measuredComposition", "project", "createdAt", "simulated", "code", "label", "batch", "sample", "dot", "dots", "runs", "results", "reading", "readingMessage", "files", "parents", "builtIn", "begins"];

    /// <summary>The record with its version as entity tag.</summary>
    public static IResult Record<T>(HttpResponse answer, T record) where T : ProjectRecordBase
    {
        answer.Headers.ETag = Tag(record.Version);
        return Results.Json(record, Json);
    }

    /// <summary>A record that was just made, at its address.</summary>
    public static IResult Made<T>(HttpResponse answer, string address, T record) where T : ProjectRecordBase
    {
        answer.Headers.ETag = Tag(record.Version);
        answer.Headers.Location = answer.HttpContext.Request.PathBase + address;
        return Results.Json(record, Json, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>Not there for this viewer, whether it exists or not.</summary>
    public static IResult NotThere(string what) => Problem(StatusCodes.Status404NotFound, "Not found",
        $"There is no {what} for you. It may have been removed, or it belongs to a project you have no part in.");

    /// <summary>There for this viewer to read, and not to change.</summary>
    public static IResult NotYours(string what) => Problem(StatusCodes.Status403Forbidden, "Not yours to change",
        $"You may see the {what} but not change it; that needs the role edit. Ask one of those who manage the project. Nothing was changed.");

    /// <summary>There for this viewer to see, and somebody else's to manage.</summary>
    public static IResult NotYoursToManage(string what) => Problem(StatusCodes.Status403Forbidden, "Not yours to manage",
        $"You may see the {what}, and others manage it. Ask one of them. Nothing was changed.");

    /// <summary>A command's own sentence, of why nothing was changed.</summary>
    public static IResult Refused(string why) => Problem(StatusCodes.Status400BadRequest, "Refused as it stands", why);

    /// <summary>What a caller named, short enough to be said back.</summary>
    public static string Short(string named) => named.Length > 60 ? named[..60] + " …" : named;

    /// <summary>There for this viewer to read, and not to talk about, or not their own words.</summary>
    public static IResult NotYoursToSay(string why = "You may read here but not write; that needs the role comment. Ask one of those who manage the project.") =>
        Problem(StatusCodes.Status403Forbidden, "Not yours to say", $"{why} Nothing was changed.");

    /// <summary>The answer to texts that no name or code can hold; null where all can be asked for.</summary>
    public static IResult? Unreadable(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
            if (Keepable.TroubleOf(text, 400, "What is asked for") is { } trouble) return Wrong(trouble);
        return null;
    }

    public static IResult Wrong(string detail) => Problem(StatusCodes.Status400BadRequest, "Not understood", detail);

    /// <summary>Runs a change and turns its refusals into answers.</summary>
    public static async Task<IResult> Trying(Func<Task<IResult>> change)
    {
        try
        {
            return await change();
        }
        catch (RefusedEditException refused)
        {
            return Results.ValidationProblem(refused.Fields.ToDictionary(field => Name(field.Key), field => new[] { field.Value }),
                detail: refused.Message, title: "Refused as it stands", statusCode: StatusCodes.Status400BadRequest);
        }
        catch (StaleRecordException stale)
        {
            return Problem(StatusCodes.Status412PreconditionFailed, "Somebody else saved in between", stale.Message, new Dictionary<string, object?>
            {
                ["version"] = stale.Now.Version,
                ["changes"] = stale.Differences.Select(d => new { field = Name(d.Field), yours = Words.Value(d.Mine), now = Words.Value(d.Now), by = d.By, at = d.At }),
            });
        }
    }

    /// <summary>The version the caller edits from, out of If-Match; the answer to give where there is none.</summary>
    public static (uint Version, IResult? Refusal) VersionOf(HttpRequest request)
    {
        var tags = request.GetTypedHeaders().IfMatch;
        if (tags is not { Count: 1 } || !uint.TryParse(tags[0].Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return (0, Problem(StatusCodes.Status428PreconditionRequired, "Which version?",
                "A change names the version it was made from: send the record's ETag as If-Match, so that nobody's work is overwritten unseen."));
        return (version, null);
    }

    /// <summary>
    /// Lays the sent fields over the record as the caller knew it. Fields that are not sent stay; null takes a value away.
    /// </summary>
    /// <returns>The changed record, or what is wrong with the request.</returns>
    public static (T? Changed, IResult? Refusal) Patched<T>(T record, JsonNode? patch) where T : ProjectRecordBase
    {
        if (patch is not JsonObject fields) return (null, Wrong("Send a JSON object with the fields to change."));
        var json = JsonSerializer.SerializeToNode(record, Json)!.AsObject();
        foreach (var (name, value) in fields)
        {
            if (!json.ContainsKey(name)) return (null, Wrong($"A {typeof(T).Name.Replace("Record", "").ToLowerInvariant()} has no field \"{name}\". It has {string.Join(", ", json.Select(f => f.Key))}."));
            if (Given.Contains(name))
            {
                if (name is "version" or "results" or "files" or "runs" or "dots" or "parents" || JsonNode.DeepEquals(json[name], value)) continue;
                return (null, Wrong($"\"{name}\" is given by the portal and cannot be changed here."));
            }

            json[name] = value?.DeepClone();
        }

        try
        {
            return (json.Deserialize<T>(Json), null);
        }
        catch (JsonException wrong)
        {
            return (null, Wrong($"The value of \"{wrong.Path?.TrimStart('$', '.')}\" is not of the kind this field holds."));
        }
    }

    /// <summary>A choice by its name on the wire.</summary>
    /// <exception cref="RefusedEditException">There is no such choice.</exception>
    public static T Choice<T>(string field, string? key) where T : struct, Enum =>
        Words.Choice<T>(key ?? "not-recorded") ?? throw new RefusedEditException(new Dictionary<string, string>
        {
            [field] = $"\"{key}\" is none of {string.Join(", ", Enum.GetValues<T>().Select(choice => Words.Key(choice)))}.",
        });

    static string Tag(uint version) => $"\"{version}\"";
    static string Name(string field) => string.Join('.', field.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    public static IResult Problem(int status, string title, string detail, IDictionary<string, object?>? more = null) =>
        Results.Problem(statusCode: status, title: title, detail: detail, extensions: more);
}
