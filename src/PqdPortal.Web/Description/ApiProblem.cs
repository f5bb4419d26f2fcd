using System.Text.Json.Nodes;

namespace PqdPortal.Web.Description;

/// <summary>How the API refuses: always the same shape (RFC 9457), always in words.</summary>
static class ApiProblem
{
    /// <summary>The refusals an operation may answer with, by status; whatever else goes wrong has the same shape.</summary>
    public static IEnumerable<(string Status, string Why)> Of(string path, string verb, bool hasBody, bool isVersioned, bool isOpen)
    {
        var changes = verb is not ("get" or "head" or "options");
        yield return ("400", "A value cannot be read or is not allowed; `errors` names the fields. Nothing was changed.");
        if (!isOpen) yield return ("401", "No token was sent, or it is not known, has run out or was revoked.");
        if (changes && !isOpen) yield return ("403", "Your role, or this token, lets you see this but not change it. Nothing was changed.");
        if (path.Contains('{') || changes) yield return ("404", "It is not there, or not for you: the two are told apart for nobody.");
        if (isVersioned) yield return ("412", "Somebody else saved in between: `changes` says who changed which field, `version` what the record has now. Nothing was changed.");
        if (hasBody)
        {
            yield return ("413", "The body is larger than what belongs here.");
            yield return ("415", "The body has another content type.");
        }
        if (isVersioned) yield return ("428", "If-Match is missing: a change names the version it was made from.");
        yield return ("429", "Too much was asked in a short time; Retry-After says how many seconds to wait.");
        yield return ("default", "Any other refusal, or a fault of the portal's own with a `reference` to quote.");
    }

    public static JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["description"] = "Why something was not done (RFC 9457).",
        ["required"] = new JsonArray("status", "title"),
        ["properties"] = new JsonObject
        {
            ["type"] = Text("A page about this kind of trouble."),
            ["title"] = Text("The trouble in a few words."),
            ["status"] = new JsonObject { ["type"] = "integer", ["format"] = "int32", ["description"] = "The HTTP status." },
            ["detail"] = Text("What was found, what was expected, what to do; for people."),
            ["instance"] = Text("The address that was asked."),
            ["traceId"] = Text("Ties the answer to the portal's log."),
            ["reference"] = Text("To tell the administrator, where the fault is the portal's."),
            ["errors"] = new JsonObject
            {
                ["type"] = "object", ["description"] = "Field of the body to what is wrong with it.",
                ["additionalProperties"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
            },
            ["version"] = new JsonObject { ["type"] = "integer", ["format"] = "uint32", ["description"] = "The version the record has now, after a stale change." },
            ["changes"] = new JsonObject
            {
                ["type"] = "array", ["description"] = "Where two changed one record: the fields that differ.",
                ["items"] = new JsonObject { ["$ref"] = "#/components/schemas/ProblemChange" },
            },
        },
        ["additionalProperties"] = true,
    };

    public static JsonObject Change() => new()
    {
        ["type"] = "object",
        ["description"] = "A field that somebody else changed in between.",
        ["required"] = new JsonArray("field"),
        ["properties"] = new JsonObject
        {
            ["field"] = Text("Name of the field."),
            ["yours"] = Text("What you sent, as text."),
            ["now"] = Text("What the record has now, as text."),
            ["by"] = Text("Who changed it."),
            ["at"] = new JsonObject { ["type"] = new JsonArray("null", "string"), ["format"] = "date-time", ["description"] = "When." },
        },
    };

    static JsonObject Text(string meaning) => new() { ["type"] = new JsonArray("null", "string"), ["description"] = meaning };
}
