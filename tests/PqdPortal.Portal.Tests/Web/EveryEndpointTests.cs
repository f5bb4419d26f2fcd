using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Lists;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>
/// Every address of the API, found by reflection, with what is wrong about it in order: ids that are none, that nobody gave, that are
/// somebody else's; bodies that are none, that are of another kind, that are too large; pages that no list has; changes from no version
/// and from an old one. Always a refusal in a sentence, never a fault, never a word of somebody else's. <see cref="FuzzTests"/> ask at random.
/// </summary>
[Collection(ServedPortal.Collection)]
public sealed partial class EveryEndpointTests(ServedPortal portal) : IAsyncLifetime
{
    /// <summary>Stands in every text of the other project.</summary>
    const string Mark = "Fremdwort";

    /// <summary>What stands in an address in the place of its parameters: by the first word of the route and the parameter's name.</summary>
    sealed record Ids(Func<string, string, string> Of);

    Ids _mine = null!, _theirs = null!;
    HttpClient _manager = null!;

    public async Task InitializeAsync()
    {
        var manager = await portal.Person("Manager");
        _manager = await portal.Program(manager);
        await using var db = portal.CreateDbContext();
        db.Add(new Grant { ProjectId = portal.Lab.Id, PersonId = manager.Id, Role = AccessRole.Manage });
        await db.SaveChangesAsync();
        _mine = await Records(manager, portal.Lab, portal.Batch, portal.Sample, portal.Dot, portal.Run, portal.File, portal.Analysis);

        var other = await portal.Person($"{Mark} person");
        var code = "X" + Guid.NewGuid().ToString("N")[..6].ToUpperInvariant();
        var project = new Project { Code = code, Name = $"{Mark} project", NextBatch = 2 };
        var batch = new Batch { Project = project, Code = $"{code}-0001", Name = $"{Mark} batch", Formula = "CsPbBr3" };
        var sample = new Sample { Project = project, Batch = batch, Code = $"{code}-0001-S1", Name = $"{Mark} sample" };
        var dot = new Emitter { Project = project, Sample = sample, Code = $"{code}-0001-S1-D001", Label = "D001" };
        var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = $"{Mark} run", Reading = ReadingState.Read };
        var file = new RunFile { Run = run, Sha256 = portal.File.Sha256, Name = $"{Mark}.ptu" };
        var analysis = new AnalysisRecord
        {
            Project = project, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = code, State = AnalysisState.Done,
            ReportSha256 = portal.Analysis.ReportSha256, RequestedAt = DateTimeOffset.UtcNow,
        };
        db.AddRange(project, batch, sample, dot, run, file, analysis);
        db.Add(new Grant { Project = project, PersonId = other.Id, Role = AccessRole.Manage });
        await db.SaveChangesAsync();
        _theirs = await Records(other, project, batch, sample, dot, run, file, analysis);
    }

    public Task DisposeAsync()
    {
        _manager.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>What else there is, of this person's and in this project.</summary>
    async Task<Ids> Records(PortalUser person, Project project, Batch batch, Sample sample, Emitter dot, Run run, RunFile file, AnalysisRecord analysis)
    {
        await using var db = portal.CreateDbContext();
        var now = DateTimeOffset.UtcNow;
        var group = new Data.Groups.Group { Name = $"{Mark} group {Guid.NewGuid()}" };
        var template = new Template { ProjectId = project.Id, Name = $"{Mark} template" };
        var comment = new Comment { ProjectId = project.Id, Of = TalkKind.Batch, RecordId = batch.Id, Text = $"{Mark} comment", CreatedById = person.Id };
        var photo = new Attachment { RunId = run.Id, Sha256 = file.Sha256, Name = $"{Mark}.txt", Place = 1 };
        var job = new Job { ProjectId = project.Id, RunId = run.Id, AnalysisId = analysis.Id, Kind = JobKind.RunAnalysis, Title = $"{Mark} job", State = JobState.Done, QueuedAt = now, EndedAt = now };
        var member = await portal.Person($"{Mark} member");
        var grant = new Grant { ProjectId = project.Id, PersonId = member.Id, Role = AccessRole.Read };
        var invitation = new Invitation { ProjectId = project.Id, Role = AccessRole.Read, Hash = $"{Guid.NewGuid():N}", MeantFor = Mark, ExpiresAt = now.AddDays(1), CreatedById = person.Id };
        var ofGroup = new Invitation { Group = group, Hash = $"{Guid.NewGuid():N}", MeantFor = Mark, ExpiresAt = now.AddDays(1), CreatedById = person.Id };
        var link = new ShareLink { ProjectId = project.Id, Kind = LinkedKind.Batch, RecordId = batch.Id, Name = $"{Mark} link", Hash = $"{Guid.NewGuid():N}", CreatedById = person.Id };
        var setup = new Instrument { Name = $"{Mark} set-up", Group = group, CreatedById = person.Id };
        var view = new SavedView { OwnerId = person.Id, List = "dots", Name = $"{Mark} view {Guid.NewGuid()}", Query = "" };
        var token = new AccessToken { PersonId = person.Id, Name = $"{Mark} token", Hash = $"{Guid.NewGuid():N}", CreatedAt = now };
        var upload = new Upload { ProjectId = project.Id, OwnerId = person.Id, FileName = $"{Mark}.ptu", Length = 10, ExpiresAt = now.AddDays(1) };
        db.AddRange(group, new Membership { Group = group, PersonId = person.Id, IsManager = true }, template, comment, photo, job, grant, invitation, ofGroup, link, setup, view, token, upload);
        await db.SaveChangesAsync();
        return new((of, parameter) => (of, parameter) switch
        {
            ("batches", "code") => batch.Code, ("samples", "code") => sample.Code, ("dots", "code") => dot.Code, ("projects", "code") => project.Code,
            ("runs", "id") => $"{run.Id}", ("runs", "file") => $"{file.Id}", ("analyses", "id") => $"{analysis.Id}", ("analyses", "name") => "g2",
            ("templates", "id") => $"{template.Id}", ("comments", "id") => $"{comment.Id}", ("attachments", "id") => $"{photo.Id}", ("jobs", "id") => $"{job.Id}",
            ("projects", "member") => $"{grant.Id}", ("projects", "invitation") => $"{invitation.Id}", ("projects", "link") => $"{link.Id}",
            ("groups", "id") => $"{group.Id}", ("groups", "person") => $"{person.Id}", ("groups", "invitation") => $"{ofGroup.Id}",
            ("instruments", "id") => $"{setup.Id}", ("views", "id") => $"{view.Id}", ("me", "id") => $"{token.Id}", ("uploads", "id") => $"{upload.Id}",
            (_, "kind") => "batches", (_, "number") => "1",
            _ => throw new InvalidOperationException($"Say in {nameof(EveryEndpointTests)} what {{{parameter}}} of {of} is, of one's own and of somebody else's."),
        });
    }

    /// <summary>Every address of the API with its methods, as it is mapped.</summary>
    IEnumerable<(string Method, string Route)> Api() =>
        from endpoint in portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        let route = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        where route.StartsWith(RestApi.Root + "/") && route != RestApi.Document
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select (method, route);

    static string First(string route) => route.Split('/')[3];

    static string Filled(string route, Ids of) => Parameter().Replace(route, found => of.Of(First(route), found.Groups[1].Value));

    static HttpRequestMessage Request(string method, string address, HttpContent? content = null, string? version = "\"1\"")
    {
        var request = new HttpRequestMessage(new(method), address) { Content = content };
        if (address.StartsWith("/api/v1/uploads")) request.Headers.Add("Tus-Resumable", "1.0.0");
        if (version is not null && method is "PUT" or "PATCH" or "POST") request.Headers.TryAddWithoutValidation("If-Match", version);
        return request;
    }

    static HttpContent? Empty(string method) => method is "PUT" or "PATCH" or "POST" ? JsonContent.Create(new { }) : null;

    /// <summary>What every answer keeps to, whatever was asked.</summary>
    async Task<(int Status, string Body)> Ask(HttpRequestMessage request, string told, HttpClient? by = null, bool isOwn = false)
    {
        using (request)
        {
            using var answer = await (by ?? _manager).SendAsync(request);
            var (status, body) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
            told = $"{told} answered {status} {body[..Math.Min(body.Length, 600)]}";
            Assert.True(status < 500, $"{told}\n{string.Join("\n", portal.Errors.Errors)}");
            if (!isOwn) Assert.False(body.Contains(Mark), $"told of somebody else's: {told}");
            if (status < 400 || request.Method == HttpMethod.Head) return (status, body);
            FuzzTests.AssertTellsNothing(body, told);
            var type = answer.Content.Headers.ContentType?.MediaType;
            if (type == "text/plain" && request.RequestUri!.ToString().Contains("/api/v1/uploads"))
            {
                Assert.True(body.Length > 10, told);
                return (status, body);
            }
            // Bulk edits and imports tell line by line what is wrong, in the form of their answer.
            if (type == "application/json" && status is 412 or 422) return (status, body);
            Assert.True(type == "application/problem+json", $"{type}: {told}");
            var problem = JsonNode.Parse(body)!;
            Assert.True((string?)problem["detail"] is { Length: > 10 } sentence && sentence.TrimEnd()[^1] is '.' or '…', $"no sentence: {told}");
            Assert.Equal(status, (int?)problem["status"]);
            return (status, body);
        }
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused_and_somebody_elses_is_answered_like_one_that_nobody_gave()
    {
        var asked = 0;
        var nobody = Guid.NewGuid().ToString();
        foreach (var (method, route) in Api().Where(one => one.Route.Contains('{')))
        {
            // What a caller may name freely is no id.
            var nonsense = Parameter().Replace(route, found => found.Groups[1].Value == "number" ? "x" : "no%20such%20thing'");
            var unknown = Parameter().Replace(route, found => found.Groups[1].Value is "number" or "kind" or "name" ? _mine.Of(First(route), found.Groups[1].Value)
                : found.Groups[1].Value == "code" ? "ZZ-9999" : nobody);
            var theirs = Filled(route, _theirs);

            var (none, _) = await Ask(Request(method, nonsense, Empty(method)), $"{method} {nonsense}");
            Assert.True(none is >= 400 and < 500, $"{method} {nonsense} answered {none}");
            if (unknown == theirs) continue;
            var (never, saidOfNever) = await Ask(Request(method, unknown, Empty(method)), $"{method} {unknown}");
            var (foreign, saidOfForeign) = await Ask(Request(method, theirs, Empty(method)), $"{method} {theirs}");
            Assert.True(never is 400 or 404 or 415, $"{method} {unknown} answered {never} {saidOfNever}");
            Assert.True(never == foreign, $"{method} {theirs} answered {foreign} {saidOfForeign}, and {unknown} {never} {saidOfNever}");
            Assert.Equal(Unnamed(saidOfNever, unknown), Unnamed(saidOfForeign, theirs));
            asked++;
        }

        Assert.True(asked > 90, $"Only {asked} addresses with an id were found.");
        Assert.Empty(portal.Errors.Errors);

        static string Unnamed(string body, string address)
        {
            foreach (var part in address.Split('/', '.').Where(part => part.Length > 5 && part.Any(char.IsDigit))) body = body.Replace(part, "ID");
            return Trace().Replace(body, "");
        }
    }

    [Fact]
    public async Task A_body_that_is_none_or_of_another_kind_is_refused_in_a_sentence()
    {
        var document = JsonNode.Parse(await _manager.GetStringAsync(RestApi.Document))!;
        var asked = 0;
        foreach (var (method, route) in Api().Where(one => one.Method is "POST" or "PUT" or "PATCH"))
        {
            var path = Parameter().Replace(route, "{$1}");
            var operation = document["paths"]![path]![method.ToLowerInvariant()]!;
            if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is not { } schema) continue;
            var isOptional = (bool?)operation["requestBody"]!["required"] != true;
            if (schema["oneOf"] is JsonArray choices) schema = choices.First(choice => choice!["$ref"] is not null)!;
            if ((string?)schema["$ref"] is { } reference) schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
            var address = Filled(route, _mine);
            foreach (var body in (string[])["{", "not json", "<a/>", "{\"a\":1,}", "\"text\"", "17", "true", "\u0000", "null", ""])
            {
                var (status, said) = await Ask(Request(method, address, Json(body)), $"{method} {address} {body}", isOwn: true);
                // What may be left out may be nothing, too.
                if (body is not ("null" or "") || !isOptional) Assert.True(status is 400 or 415, $"{method} {address} with {body} answered {status} {said}");
                asked++;
            }
            foreach (var type in (string[])["text/plain", "application/x-www-form-urlencoded", "application/xml"])
            {
                var (status, said) = await Ask(Request(method, address, new StringContent("{}", Encoding.UTF8, type)), $"{method} {address} {type}", isOwn: true);
                Assert.True(status == 415, $"{method} {address} as {type} answered {status} {said}");
            }
            // A list is no record, and a record no list.
            var other = (string?)schema["type"] == "array" ? "{}" : "[]";
            Assert.InRange((await Ask(Request(method, address, Json(other)), $"{method} {address} {other}", isOwn: true)).Status, 400, 428);

            foreach (var (field, property) in schema["properties"]?.AsObject() ?? [])
            {
                var kinds = property!["type"] is JsonArray several ? several.Select(one => (string)one!).ToArray() : (string?)property["type"] is { } one ? [one] : [];
                var wrong = kinds.Contains("string") ? "{\"a\":1}" : kinds.Contains("number") || kinds.Contains("integer") ? "\"x\"" : kinds.Contains("boolean") ? "\"maybe\"" : kinds.Contains("array") ? "5" : "\"x\"";
                if (wrong == "\"x\"" && kinds is []) continue; // anything may stand there
                var (status, said) = await Ask(Request(method, address, Json($"{{\"{field}\":{wrong}}}")), $"{method} {address} {field}={wrong}", isOwn: true);
                Assert.True(status is >= 400 and < 429, $"{method} {address} with {field} of another kind answered {status} {said}");
                asked++;
            }
            var (unknown, words) = await Ask(Request(method, address, Json("{\"nobody knows this field\":{\"a\":[1]}}")), $"{method} {address} with a field that nobody knows", isOwn: true);
            if (schema["properties"] is JsonObject) Assert.True(unknown == 400 && words.Contains("nobody knows this field"), $"{method} {address} with a field that nobody knows answered {unknown} {words}");
        }

        Assert.True(asked > 600, $"Only {asked} bodies were sent.");
        Assert.Empty(portal.Errors.Errors);

        static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task Ten_megabytes_where_a_record_belongs_are_refused_or_not_read()
    {
        var bytes = Encoding.ASCII.GetBytes("{\"name\":\"" + new string('x', 10 << 20) + "\"}");
        foreach (var (method, route) in Api().Where(one => one.Method is "POST" or "PUT" or "PATCH"))
        {
            // What ends somebody's part, or takes a file of that length, is not asked here.
            if (route.EndsWith("/leave") || First(route) is "uploads" or "files") continue;
            var request = Request(method, Filled(route, _mine), new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } });
            request.Headers.ExpectContinue = true;
            var (status, said) = await Ask(request, $"{method} {route} with ten megabytes", isOwn: true);
            if (said.Contains(new string('x', 100))) Assert.Fail($"{method} {route} said it all again");
            Assert.True(status is not (200 or 201) || !route.Contains("{code}/members"), $"{method} {route} answered {status}");
        }
        Assert.Empty(portal.Errors.Errors);
    }

    [Fact]
    public async Task A_page_that_no_list_has_is_empty_or_refused_and_a_number_that_is_none_is_refused()
    {
        var document = JsonNode.Parse(await _manager.GetStringAsync(RestApi.Document))!;
        var asked = 0;
        foreach (var (method, route) in Api().Where(one => one.Method == "GET"))
        {
            var parameters = document["paths"]![Parameter().Replace(route, "{$1}")]!["get"]!["parameters"]?.AsArray().Where(one => (string?)one!["in"] == "query").ToList() ?? [];
            var needed = string.Join('&', parameters.Where(one => (bool?)one!["required"] == true).Select(one => $"{one!["name"]}={Needed((string)one["name"]!)}"));
            foreach (var parameter in parameters.Where(one => one!["schema"]!["type"]!.ToJsonString() is { } type && (type.Contains("integer") || type.Contains("number"))))
                foreach (var value in (string[])["2147483647", "-2147483648", "-1", "0", "99999999999999999999", "1e400", "NaN", "x", "1;DROP"])
                {
                    var address = $"{Filled(route, _mine)}?{needed}&{parameter!["name"]}={Uri.EscapeDataString(value)}";
                    var (status, said) = await Ask(Request(method, address), $"GET {address}", isOwn: true);
                    if (value is "x" or "1;DROP" or "99999999999999999999" && parameter["schema"]!["type"]!.ToJsonString().Contains("integer"))
                        Assert.True(status is >= 400 and < 500, $"GET {address} answered {status} {said}");
                    asked++;
                }
        }

        Assert.True(asked > 100, $"Only {asked} numbers were asked.");
        Assert.Empty(portal.Errors.Errors);

        string Needed(string name) => name switch { "on" => "run", "record" or "run" => $"{portal.Run.Id}", "formula" or "f" => "CsPbBr3", "sha256" => new string('0', 64), _ => "x" };
    }

    /// <summary>Changes that are made from no version, each with why nothing of somebody else's is lost by it.</summary>
    static readonly Dictionary<string, string> Unversioned = new()
    {
        ["PATCH /api/v1/uploads/{id:guid}"] = "the protocol has Upload-Offset instead",
        ["PUT /api/v1/follows"] = "a person's own choice, said whole",
        ["PUT /api/v1/notices/choices"] = "a person's own choices, said whole",
        ["PUT /api/v1/attachments/{id:guid}/thumbnail"] = "kept once and never changed",
        ["PATCH /api/v1/attachments/{id:guid}"] = "one line or one place, each said whole",
    };

    [Fact]
    public async Task Whatever_changes_a_record_asks_for_the_version_it_was_made_from_and_refuses_an_old_one()
    {
        var changing = Api().Where(one => one.Method is "PUT" or "PATCH" || one.Route.Contains("/versions/")).Where(one => one.Method != "GET").ToList();
        var asked = 0;
        foreach (var (method, route) in changing)
        {
            if (Unversioned.ContainsKey($"{method} {route}")) continue;
            var address = Filled(route, _mine);
            HttpContent Body() => route.EndsWith("/parents") ? JsonContent.Create(Array.Empty<object>()) : First(route) == "comments" ? JsonContent.Create(new { text = "changed" }) : JsonContent.Create(new { });

            var (without, said) = await Ask(Request(method, address, Body(), version: null), $"{method} {address} without a version", isOwn: true);
            Assert.True(without == 428, $"{method} {address} without If-Match answered {without} {said}");
            foreach (var none in (string[])["\"x\"", "*", "\"1\", \"2\"", "\"-1\"", "\"99999999999999999999\""])
                Assert.Equal(428, (await Ask(Request(method, address, Body(), none), $"{method} {address} {none}", isOwn: true)).Status);
            var (stale, told) = await Ask(Request(method, address, Body(), "\"1\""), $"{method} {address} from an old version", isOwn: true);
            Assert.True(stale == 412, $"{method} {address} from an old version answered {stale} {told}");
            Assert.True(JsonNode.Parse(told)!["version"] is not null, told);
            asked++;
        }

        Assert.True(asked > 14, $"Only {asked} changes were found.");
        Assert.Empty(Unversioned.Keys.Except(changing.Select(one => $"{one.Method} {one.Route}")));
    }

    [GeneratedRegex(@"\{\*{0,2}([A-Za-z]+)[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("""(,?"traceId":"[^"]*")""")]
    private static partial Regex Trace();
}
