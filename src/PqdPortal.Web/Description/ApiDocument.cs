using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PqdPortal.Client;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Description;

/// <summary>
/// The description of the REST API, OpenAPI 3.1: what the framework knows of the endpoints, made into a document from which other
/// programs can be written: names for every operation and schema, required and optional told apart, choices, refusals, the token.
/// </summary>
/// <remarks>
/// Made once, at the first question: the endpoints of a running portal do not change. What a body and an answer have in common gets
/// two schemas, because an answer holds every field and a body only those that somebody wants to set: Batch, and BatchInput.
/// </remarks>
public sealed partial class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider framework, IEnumerable<EndpointDataSource> endpoints)
{
    /// <summary>What the framework calls a document that has no name.</summary>
    public const string Name = "v1";

    const string Json = "application/json";
    const string ProblemJson = "application/problem+json";
    const string Problem = "Problem";

    static readonly string[] Verbs = ["get", "post", "put", "patch", "delete", "head", "options"];

    readonly SemaphoreSlim _once = new(1);
    JsonObject? _document;

    public static void Map(IEndpointRouteBuilder portal) =>
        // Tells of the portal and of nobody in it: what makes a client of it needs no token.
        portal.MapGet(RestApi.Document, async (ApiDocument api, HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "no-cache";
            return Results.Text(await api.Text($"{http.Request.Scheme}://{http.Request.Host}{http.Request.PathBase}/", http.RequestAborted), Json);
        }).AllowAnonymous().ExcludeFromDescription();

    /// <summary>The document as JSON, for a portal at this address.</summary>
    public async Task<string> Text(string address, CancellationToken stop)
    {
        await _once.WaitAsync(stop);
        try
        {
            _document ??= await Make(stop);
            _document["servers"] = new JsonArray(new JsonObject { ["url"] = address });
            return _document.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }
        finally
        {
            _once.Release();
        }
    }

    async Task<JsonObject> Make(CancellationToken stop)
    {
        var told = await framework.GetOpenApiDocumentAsync(stop);
        var document = JsonNode.Parse(await told.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, stop))!.AsObject();
        document["info"] = Info();
        Put(document, "components", "securitySchemes", new JsonObject
        {
            ["token"] = new JsonObject
            {
                ["type"] = "http", ["scheme"] = "bearer",
                ["description"] = "An access token, made on the page profile/tokens: `Authorization: Bearer pqd_...`. A token with the scope read changes nothing.",
            },
        });
        document["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        var schemas = document["components"]!["schemas"] as JsonObject ?? Put(document, "components", "schemas", []);
        Rename(document, schemas);
        foreach (var schema in schemas) Plain(schema.Value);
        foreach (var (schema, choices) in ApiChoices.All)
            foreach (var (field, words) in choices)
                if (schemas[schema]?["properties"]?[field] is JsonObject property)
                    property["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word), .. IsNullable(property) ? (JsonNode?[])[null] : []]);
        schemas[Problem] = ApiProblem.Schema();
        schemas["ProblemChange"] = ApiProblem.Change();

        var routes = endpoints.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(method => (Key: $"{method.ToLowerInvariant()} {Path(endpoint)}", endpoint)))
            .ToLookup(route => route.Key, route => route.endpoint);
        foreach (var (path, operations) in document["paths"]!.AsObject())
            foreach (var (verb, node) in operations!.AsObject().Where(one => Verbs.Contains(one.Key)).ToList())
                Complete(path, verb, node!.AsObject(), routes[$"{verb} {path}"].FirstOrDefault());
        document["tags"] = new JsonArray([.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).SelectMany(operation => (operation.Value as JsonObject)?["tags"] as JsonArray ?? [])
            .Select(tag => (string)tag!).Distinct().Order().Select(tag => new JsonObject { ["name"] = tag, ["description"] = ApiWords.Tags.GetValueOrDefault(tag, tag) })]);
        Split(document, schemas);
        return document;
    }

    static JsonObject Info() => new()
    {
        ["title"] = "PqdPortal REST API",
        ["version"] = "1",
        ["summary"] = "Photon data of perovskite quantum dots: records, files, analyses, results.",
        ["description"] = ApiWords.Introduction,
        ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
    };

    /// <summary>The route as the document writes it: parameters without what they are constrained to.</summary>
    static string Path(RouteEndpoint endpoint) => "/" + Constraint().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "{$1}");

    /// <summary>What an operation still lacks after the framework.</summary>
    static void Complete(string path, string verb, JsonObject operation, RouteEndpoint? endpoint)
    {
        var metadata = endpoint?.Metadata;
        operation["operationId"] ??= Named(path, verb);
        if (metadata?.GetMetadata<IAllowAnonymous>() is not null) operation["security"] = new JsonArray();

        var parameters = operation["parameters"] as JsonArray ?? [];
        foreach (var parameter in parameters.OfType<JsonObject>())
        {
            Plain(parameter["schema"]);
            parameter["description"] ??= ApiWords.Parameters.GetValueOrDefault($"{operation["operationId"]} {parameter["name"]}") ?? ApiWords.Parameters.GetValueOrDefault((string)parameter["name"]!);
            if (ApiChoices.Parameters.GetValueOrDefault((string)parameter["name"]!) is { } choices && parameter["schema"] is JsonObject of)
                of["enum"] = new JsonArray([.. choices.Select(word => (JsonNode)word)]);
        }
        foreach (var header in metadata?.GetOrderedMetadata<TakesHeaderAttribute>() ?? [])
            parameters.Add(Header(header.Name, header.Meaning, header.IsRequired));

        var changes = metadata?.GetMetadata<ChangesAttribute>();
        if (changes is not null)
        {
            operation["requestBody"] = Body(Json, Reference(SchemaName(changes.Record)), "The fields to change: those that are not sent stay, null takes a value away.");
            parameters.Add(Header(TakesHeaderAttribute.IfMatch.Name, TakesHeaderAttribute.IfMatch.Meaning, true));
        }
        if (metadata?.GetMetadata<TakesFileAttribute>() is { } file)
            operation["requestBody"] = Body(file.Type, Binary(), "The file itself.");
        if (parameters.Count > 0 && parameters.Parent is null) operation["parameters"] = parameters;

        var responses = operation["responses"]!.AsObject();
        foreach (var (status, response) in responses)
        {
            if (response!["content"] is not JsonObject content) continue;
            foreach (var (type, media) in content)
                if (type is Json && media!["schema"] is { } schema) Plain(schema);
                else if (type is not Json and not ProblemJson) media!["schema"] = Bytes(type);
        }
        // What is no JSON the framework leaves out.
        foreach (var told in metadata?.GetOrderedMetadata<IProducesResponseTypeMetadata>() ?? [])
            if (responses[$"{told.StatusCode}"] is JsonObject response && !response.ContainsKey("content") && told.ContentTypes.FirstOrDefault() is { } type)
                response["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = Bytes(type) } };
        foreach (var (status, why) in ApiProblem.Of(path, verb, operation.ContainsKey("requestBody"), parameters.OfType<JsonObject>().Any(parameter => (string?)parameter["name"] == TakesHeaderAttribute.IfMatch.Name), metadata?.GetMetadata<IAllowAnonymous>() is not null))
            responses[status] = new JsonObject
            {
                ["description"] = why,
                ["content"] = new JsonObject { [ProblemJson] = new JsonObject { ["schema"] = Reference(Problem) } },
            };
        foreach (var (status, response) in responses)
            if (status[0] is '4' or '5' && response!["content"]?[ProblemJson]?["schema"] is null || response!["content"]?[ProblemJson] is not null)
                response["content"] = new JsonObject { [ProblemJson] = new JsonObject { ["schema"] = Reference(Problem) } };
        if (operation["requestBody"]?["content"] is JsonObject bodies)
            foreach (var body in bodies) Plain(body.Value!["schema"]);
    }

    static JsonObject Header(string name, string meaning, bool isRequired) => new()
    {
        ["name"] = name, ["in"] = "header", ["required"] = isRequired, ["description"] = meaning, ["schema"] = new JsonObject { ["type"] = "string" },
    };

    static JsonObject Body(string type, JsonObject schema, string description) => new()
    {
        ["description"] = description, ["required"] = true, ["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = schema } },
    };

    static JsonObject Bytes(string type) => type.StartsWith("text/", StringComparison.Ordinal) || type.StartsWith("image/svg", StringComparison.Ordinal)
        ? new() { ["type"] = "string" } : Binary();

    static JsonObject Binary() => new() { ["type"] = "string", ["format"] = "binary" };

    static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    /// <summary>For an operation that nobody named: getRunsByIdFiles.</summary>
    static string Named(string path, string verb) => verb + string.Concat(path[RestApi.Root.Length..].Split('/', '.', '-').Where(part => part.Length > 0)
        .Select(part => part[0] == '{' ? "By" + Upper(part.Trim('{', '}')) : Upper(part)));

    static string Upper(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>A schema's name: that of the record without its last syllable, a page of them as such.</summary>
    internal static string SchemaName(Type type) => SchemaName(type.Name);

    static string SchemaName(string name) => Page().Match(name) is { Success: true } page ? SchemaName(page.Groups[1].Value) + "Page"
        : name.EndsWith("Record", StringComparison.Ordinal) ? name[..^"Record".Length] : name;

    static void Rename(JsonObject document, JsonObject schemas)
    {
        var names = schemas.Select(schema => schema.Key).ToDictionary(name => name, SchemaName);
        foreach (var (old, name) in names.Where(name => name.Key != name.Value).ToList())
        {
            if (schemas.ContainsKey(name)) { names[old] = old; continue; }
            var schema = schemas[old];
            schemas.Remove(old);
            schemas[name] = schema;
        }
        foreach (var holder in Holders(document).ToList())
            if (names.TryGetValue(Last((string)holder["$ref"]!), out var name)) holder["$ref"] = $"#/components/schemas/{name}";
    }

    static string Last(string reference) => reference[(reference.LastIndexOf('/') + 1)..];

    /// <summary>Everything below that points to a schema.</summary>
    static IEnumerable<JsonObject> Holders(JsonNode? node) => node switch
    {
        JsonObject reference when reference["$ref"] is JsonValue => [reference],
        JsonObject all => all.SelectMany(one => Holders(one.Value)),
        JsonArray list => list.SelectMany(Holders),
        _ => [],
    };

    /// <summary>Numbers are numbers: that they are taken as text too is a kindness for hand-written bodies and no kind of its own.</summary>
    static void Plain(JsonNode? node)
    {
        if (node is JsonArray list)
            foreach (var one in list) Plain(one);
        if (node is not JsonObject schema) return;
        if (schema["type"] is JsonArray types && types.Any(type => (string?)type is "number" or "integer") && types.Any(type => (string?)type == "string"))
        {
            string[] left = [.. types.Select(type => (string)type!).Where(type => type != "string").Order(StringComparer.Ordinal)];
            schema["type"] = left is [var one] ? one : new JsonArray([.. left.Select(type => (JsonNode)type)]);
            schema.Remove("pattern");
        }
        // Bodies are read strictly, and the portal says which field it does not know; an answer may get more fields.
        if (schema["additionalProperties"] is JsonValue closed && closed.TryGetValue(out bool isOpen) && !isOpen) schema.Remove("additionalProperties");
        foreach (var part in schema.ToList()) if (part.Key is not ("enum" or "required" or "example" or "default")) Plain(part.Value);
    }

    static bool IsNullable(JsonObject schema) => schema["type"] is JsonArray types && types.Any(type => (string?)type == "null");

    /// <summary>Bodies get schemas of their own where answers have the same record; in an answer every field is there.</summary>
    static void Split(JsonObject document, JsonObject schemas)
    {
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Where(one => Verbs.Contains(one.Key)).Select(one => one.Value!.AsObject()).ToList();
        var answered = Reached(schemas, operations.SelectMany(operation => Holders(operation["responses"])));
        var sent = Reached(schemas, operations.SelectMany(operation => Holders(operation["requestBody"])));
        var both = sent.Where(name => answered.Contains(name) && schemas[name]!["properties"] is not null).ToHashSet();
        foreach (var name in both)
        {
            var input = schemas[name]!.DeepClone().AsObject();
            input.Remove("required");
            if (input["properties"] is JsonObject properties)
                foreach (var given in ApiWords.GivenByThePortal) properties.Remove(given);
            schemas[name + "Input"] = input;
        }
        foreach (var holder in operations.SelectMany(operation => Holders(operation["requestBody"])).Concat(both.SelectMany(name => Holders(schemas[name + "Input"]))).ToList())
            if (both.Contains(Last((string)holder["$ref"]!))) holder["$ref"] = (string)holder["$ref"]! + "Input";
        foreach (var name in answered)
            if (name is not (Problem or "ProblemChange") && schemas[name]!["properties"] is JsonObject properties)
                schemas[name]!["required"] = new JsonArray([.. properties.Select(one => one.Key)
                    .Except(ApiWords.SometimesAbsent.GetValueOrDefault(name, [])).Select(field => (JsonNode)field)]);
        var used = Reached(schemas, operations.SelectMany(operation => Holders(operation)));
        foreach (var unused in schemas.Select(schema => schema.Key).Except(used).ToList()) schemas.Remove(unused);
        // In the order of their names, so that two documents can be laid side by side.
        var ordered = schemas.OrderBy(schema => schema.Key, StringComparer.Ordinal).ToList();
        schemas.Clear();
        foreach (var (name, schema) in ordered) schemas[name] = schema;
    }

    static HashSet<string> Reached(JsonObject schemas, IEnumerable<JsonObject> from)
    {
        HashSet<string> reached = [];
        var open = new Stack<JsonObject>(from);
        while (open.TryPop(out var holder))
            if (Last((string)holder["$ref"]!) is var name && reached.Add(name))
                foreach (var next in Holders(schemas[name])) open.Push(next);
        return reached;
    }

    static JsonObject Put(JsonObject document, string part, string name, JsonObject value)
    {
        if (document[part] is not JsonObject of) document[part] = of = [];
        of[name] = value;
        return value;
    }

    [GeneratedRegex(@"\{\*{0,2}([A-Za-z]+)[^}]*\}")]
    private static partial Regex Constraint();

    [GeneratedRegex("^RecordPageOf(.+)$")]
    private static partial Regex Page();
}
