using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client;
using PqdPortal.Data;
using PqdPortal.Web.Features.Account;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>The description of the API: complete, and good enough to write a client from without looking anything up.</summary>
[Collection(ServedPortal.Collection)]
public sealed partial class DescriptionTests(ServedPortal portal)
{
    async Task<JsonObject> Document()
    {
        using var stranger = await portal.Program(null);
        return JsonNode.Parse(await stranger.GetStringAsync(RestApi.Document))!.AsObject();
    }

    static IEnumerable<(string Path, string Verb, JsonObject Is)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from verb in path.Value!.AsObject()
        select (path.Key, verb.Key, verb.Value!.AsObject());

    [Fact]
    public async Task It_is_openapi_3_1_open_to_everybody_and_names_the_portal_where_it_was_asked()
    {
        var document = await Document();

        Assert.StartsWith("3.1", (string?)document["openapi"]);
        Assert.Equal(portal.Address.ToString(), (string?)document["servers"]![0]!["url"]);
        Assert.Equal("bearer", (string?)document["components"]!["securitySchemes"]!["token"]!["scheme"]);
        Assert.NotNull(document["security"]![0]!["token"]);
    }

    [Fact]
    public async Task Every_address_of_the_api_stands_in_it_and_nothing_else()
    {
        var document = await Document();
        var mapped = from endpoint in portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                     let path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "{$1}")
                     where path.StartsWith(RestApi.Root + "/") && path != RestApi.Document
                     from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
                     select $"{method} {path}";

        Assert.Equal(mapped.Distinct().Order(), Operations(document).Select(operation => $"{operation.Verb.ToUpperInvariant()} {operation.Path}").Order());
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_a_sentence_and_says_what_each_parameter_is()
    {
        var operations = Operations(await Document()).ToList();

        Assert.Empty(operations.GroupBy(operation => (string?)operation.Is["operationId"]).Where(same => same.Count() > 1).Select(same => $"{same.Key} is the name of {same.Count()} operations"));
        Assert.Empty(
            from operation in operations
            where !OperationName().IsMatch((string?)operation.Is["operationId"] ?? "") || string.IsNullOrWhiteSpace((string?)operation.Is["summary"]) || operation.Is["tags"] is null
            select $"{operation.Verb} {operation.Path} lacks its WithName, WithSummary or WithTags");
        Assert.Empty(
            from operation in operations
            from parameter in operation.Is["parameters"]?.AsArray() ?? []
            where string.IsNullOrWhiteSpace((string?)parameter!["description"]) || parameter["schema"]?["type"] is null
            select $"{operation.Verb} {operation.Path} does not say what {parameter["name"]} is: give it a [Description] or a line in ApiWords.Parameters");
    }

    [Fact]
    public async Task Every_answer_says_what_it_holds_and_every_refusal_is_a_problem()
    {
        foreach (var (path, verb, operation) in Operations(await Document()))
        {
            var responses = operation["responses"]!.AsObject();
            var told = $"{verb} {path}";
            var good = responses.Where(response => response.Key[0] == '2').ToList();
            Assert.True(good.Count > 0, $"{told} says of no answer that is good: give it Produces");
            foreach (var (status, response) in good)
            {
                Assert.False(string.IsNullOrEmpty((string?)response!["description"]), told);
                var content = response["content"]?.AsObject();
                // HEAD, OPTIONS and the beginning of an upload answer in headers alone.
                if (status is "204" or "202" || verb is "head" or "options" || path == "/api/v1/uploads") continue;
                Assert.True(content is { Count: > 0 } && content.All(media => media.Value!["schema"] is JsonObject { Count: > 0 }), $"{told} does not say what {status} holds: give it Produces<T>");
            }
            Assert.True(responses.ContainsKey("429") && responses.ContainsKey("default"), told);
            foreach (var (status, response) in responses.Where(response => response.Key[0] is '4' or '5' or 'd'))
                Assert.True((string?)response!["content"]?["application/problem+json"]?["schema"]?["$ref"] == "#/components/schemas/Problem", $"{told} {status} is no problem");
            if (operation["requestBody"] is JsonObject body)
                Assert.True(body["content"]!.AsObject().All(media => media.Value!["schema"] is JsonObject { Count: > 0 }), $"{told} does not say what it takes");
        }
    }

    [Fact]
    public async Task Every_schema_has_a_plain_name_is_used_and_leads_somewhere()
    {
        var document = await Document();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var used = References(document).Select(reference => reference[(reference.LastIndexOf('/') + 1)..]).ToHashSet();

        Assert.Empty(used.Except(schemas.Select(schema => schema.Key)));
        Assert.Empty(schemas.Select(schema => schema.Key).Except(used));
        Assert.Empty(schemas.Select(schema => schema.Key).Where(name => !SchemaName().IsMatch(name) || name.Contains("AnonymousType") || name.Contains("Record")));
    }

    [Fact]
    public async Task A_number_is_a_number_what_may_be_missing_says_so_and_choices_are_listed()
    {
        var schemas = (await Document())["components"]!["schemas"]!.AsObject();

        foreach (var (name, schema) in schemas)
            foreach (var (field, property) in schema!["properties"]?.AsObject() ?? [])
                if (property!["type"] is JsonArray types)
                    Assert.True(types.Count == 2 && types.Any(type => (string?)type == "null"), $"{name}.{field} is {types.ToJsonString()}");
        var batch = schemas["Batch"]!;
        Assert.Equal(["null", "number"], batch["properties"]!["edgeLength"]!["type"]!.AsArray().Select(type => (string?)type));
        Assert.Contains("nm", (string?)batch["properties"]!["edgeLength"]!["description"]);
        Assert.Contains("hot-injection", batch["properties"]!["method"]!["enum"]!.AsArray().Select(word => (string?)word));
        Assert.Contains("code", batch["required"]!.AsArray().Select(field => (string?)field));
        Assert.Null(schemas["BatchInput"]!["required"]);
        Assert.False(schemas["BatchInput"]!["properties"]!.AsObject().ContainsKey("createdAt"));
    }

    [Fact]
    public async Task What_a_record_answers_has_the_fields_and_choices_that_are_described()
    {
        var document = await Document();
        foreach (var (schema, address) in ((string, string)[])[("Batch", $"batches/{portal.Batch.Code}"), ("Sample", $"samples/{portal.Sample.Code}"), ("Dot", $"dots/{portal.Dot.Code}"), ("Run", $"runs/{portal.Run.Id}"), ("Me", "me")])
        {
            var answer = JsonNode.Parse(await portal.Editors.GetStringAsync($"{RestApi.Root}/{address}"))!.AsObject();
            var of = document["components"]!["schemas"]![schema]!;
            var described = of["properties"]!.AsObject();
            Assert.Equal(described.Select(field => field.Key).Order(), answer.Select(field => field.Key).Order());
            foreach (var (field, value) in answer)
            {
                if (described[field]!["enum"] is JsonArray words) Assert.Contains((string?)value, words.Select(word => (string?)word));
                if (value is null) Assert.True(described[field]!.ToJsonString().Contains("null"), $"{schema}.{field} was null and is not described so");
            }
        }
    }

    [Fact]
    public void The_guide_shows_the_script_that_stands_on_the_page_of_tokens()
    {
        var guide = DataFolder.Above(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, "docs", "api.md")).First(File.Exists);

        Assert.Contains(TokenSample.Text("https://portal.example.org/", null), File.ReadAllText(guide).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_guide_names_no_address_that_is_not_there()
    {
        var guide = File.ReadAllText(DataFolder.Above(AppContext.BaseDirectory).Select(folder => Path.Combine(folder, "docs", "api.md")).First(File.Exists));
        var mapped = Operations(await Document()).Select(operation => operation.Path[(RestApi.Root.Length + 1)..].Split('/')).ToList();
        // As they are asked in the examples, and as they stand in the table of what is covered.
        var asked = Asked().Matches(guide).Select(found => found.Groups[1].Value);
        var covered = guide[guide.IndexOf("## What is covered", StringComparison.Ordinal)..guide.IndexOf("## Versions", StringComparison.Ordinal)].Split('`').Where((_, i) => i % 2 == 1).Where(word => word is not "DELETE");

        var named = asked.Concat(covered).Distinct().ToList();
        Assert.True(named.Count > 50, $"Only {named.Count} addresses were found.");
        Assert.Empty(named.Where(address => !mapped.Any(route => Fits(address.Split('/'), route))));

        // "..." stands for any beginning, or for the rest of an id.
        static bool Fits(string[] address, string[] route) =>
            address[0] == "..." ? Enumerable.Range(0, route.Length).Any(from => Fits(address[1..], route[from..]))
            : address[^1] == "..." ? address.Length - 1 <= route.Length && Same(address[..^1], route[..(address.Length - 1)])
            : Same(address, route);

        static bool Same(string[] address, string[] route) => address.Length == route.Length && address.Zip(route).All(part =>
            part.First == part.Second || part.Second.StartsWith('{') && (part.First.StartsWith('{') || part.First.Any(letter => char.IsUpper(letter) || char.IsDigit(letter)) || part.First is "g2")
            || part.Second.Contains("{name}") && part.First == "g2.csv" || part.Second == "{kind}" && part.First is "dots" or "batches");
    }

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject all => all.SelectMany(one => one is { Key: "$ref", Value: JsonValue address } ? [(string)address!] : References(one.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    [GeneratedRegex(@"\{\*{0,2}([A-Za-z]+)[^}]*\}")]
    private static partial Regex Constraint();

    [GeneratedRegex("""\$P/([^\s"'?]+)""")]
    private static partial Regex Asked();

    [GeneratedRegex("^[a-z][A-Za-z0-9]+$")]
    private static partial Regex OperationName();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]+$")]
    private static partial Regex SchemaName();
}
