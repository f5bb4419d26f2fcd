using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Analyses;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>A portal behind a real port with one of each record, and an editor's program before it.</summary>
public sealed class ServedPortal : PortalFixture
{
    /// <summary>The classes that share one such portal, one after the other.</summary>
    public const string Collection = "Served portal";

    protected override bool IsServed => true;

    public PortalUser Editor { get; private set; } = null!;
    public HttpClient Editors { get; private set; } = null!;
    public Project Lab { get; private set; } = null!;
    public Batch Batch { get; private set; } = null!;
    public Sample Sample { get; private set; } = null!;
    public Emitter Dot { get; private set; } = null!;
    public Run Run { get; private set; } = null!;
    public RunFile File { get; private set; } = null!;
    public AnalysisRecord Analysis { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Editor = await Person("Editor");
        Editors = await Program(Editor);
        var store = Services.GetRequiredService<IFileStore>();
        var report = await store.Save(new MemoryStream(ReportJson.Bytes(SimulatedReports.G2, "PqdPortal test")));
        var file = await store.Save(new MemoryStream("photons"u8.ToArray()));
        await using var db = CreateDbContext();
        Lab = new Project { Code = "FZ", Name = "Fuzz", NextBatch = 2 };
        Batch = new Batch { Project = Lab, Code = "FZ-0001", Name = "batch", Formula = "CsPbBr3" };
        Sample = new Sample { Project = Lab, Batch = Batch, Code = "FZ-0001-S1", Name = "sample" };
        Dot = new Emitter { Project = Lab, Sample = Sample, Code = "FZ-0001-S1-D001", Label = "D001" };
        Run = new Run { Project = Lab, Sample = Sample, Emitter = Dot, Name = "run", Reading = ReadingState.Read };
        File = new RunFile { Run = Run, Sha256 = file.Sha256, Name = "run.ptu" };
        Analysis = new AnalysisRecord
        {
            Project = Lab, Run = Run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = "f",
            State = AnalysisState.Done, ReportSha256 = report.Sha256, RequestedAt = DateTimeOffset.UtcNow,
        };
        db.Add(new StoredFile { Sha256 = report.Sha256, Length = report.Length });
        db.Add(new StoredFile { Sha256 = file.Sha256, Length = file.Length });
        db.Add(new Grant { Project = Lab, PersonId = Editor.Id, Role = AccessRole.Edit });
        db.AddRange(Lab, Batch, Sample, Dot, Run, File, Analysis);
        await db.SaveChangesAsync();
    }

    /// <summary>Takes its records out of the bin again, whoever put them there.</summary>
    public async Task TakeOut()
    {
        await using var db = CreateDbContext();
        await db.Batches.Where(batch => batch.Id == Batch.Id).ExecuteUpdateAsync(set => set.SetProperty(batch => batch.DeletedAt, _ => null));
        await db.Samples.Where(sample => sample.Id == Sample.Id).ExecuteUpdateAsync(set => set.SetProperty(sample => sample.DeletedAt, _ => null));
        await db.Emitters.Where(dot => dot.Id == Dot.Id).ExecuteUpdateAsync(set => set.SetProperty(dot => dot.DeletedAt, _ => null));
        await db.Runs.Where(run => run.Id == Run.Id).ExecuteUpdateAsync(set => set.SetProperty(run => run.DeletedAt, _ => null));
        await db.Analyses.Where(analysis => analysis.Id == Analysis.Id).ExecuteUpdateAsync(set => set.SetProperty(analysis => analysis.DeletedAt, _ => null));
    }
}

[CollectionDefinition(ServedPortal.Collection)]
public sealed class ServedPortalCollection : ICollectionFixture<ServedPortal>;

/// <summary>
/// Everything that the description of the API offers, asked with what nobody in their right mind sends: never a fault of ours, never a
/// word of our insides. The same seed asks the same. PQD_LONG=1 asks fifty times as much; PQD_FUZZ_SEED asks differently.
/// </summary>
[Collection(ServedPortal.Collection)]
public sealed class FuzzTests(ServedPortal portal)
{
    static readonly bool IsLong = Environment.GetEnvironmentVariable("PQD_LONG") == "1";
    static readonly int Requests = IsLong ? 100_000 : 2000;
    readonly Random _random = new(int.TryParse(Environment.GetEnvironmentVariable("PQD_FUZZ_SEED"), out var seed) ? seed : 20260301);

    static readonly string[] HostileTexts =
    [
        "", " ", "\0", "a\0b", "../../../../etc/passwd", @"..\..\windows\win.ini", "%2e%2e%2f", "%00", "' OR 1=1; DROP TABLE \"Runs\"; --", "<script>window.pwned=1</script>",
        "\u202Egnp.exe", "\r\nSet-Cookie: a=b", "null", "undefined", "NaN", "-1", "0", "9223372036854775808", "1e400", "{}", "[]", "${jndi:ldap://x}", "\ufffe\uffff", "😀🏳️‍🌈",
        "\u00a0", "00000000-0000-0000-0000-000000000000", "%", "_", "\\", "*", "İı", "a,b;c\td", "=1+1",
    ];

    /// <summary>JSON values as they stand in a body; some are no JSON at all.</summary>
    static readonly string[] HostileValues =
    [
        "null", "true", "\"\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"", "-1", "0", "1e400", "-1e400", "NaN", "Infinity", "1.7976931348623157e308", "5e-324", "2147483648",
        "9223372036854775808", "0.1", "[]", "{}", "[[[[]]]]", "[null]", "[1e400]", "{\"a\":{\"b\":{}}}", "\"0000-00-00\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"9999-12-31T23:59:59.9999999Z\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-02-30\"", "\"not-recorded\"", "\"<img src=x onerror=window.pwned=1>\"", "\"\\u202e\"", "\"' OR 1=1 --\"", "\"..\\/..\\/etc\"",
        $"\"{new string('x', 301)}\"", $"\"{new string('é', 100_001)}\"", "'single'", "", "\"unfinished",
    ];

    [Fact]
    public async Task Whatever_is_sent_the_portal_answers_in_order_and_says_nothing_of_its_insides()
    {
        var document = JsonNode.Parse(await portal.Editors.GetStringAsync("/api/v1/openapi.json"))!;
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Where(verb => verb.Key is "get" or "post" or "patch" or "put" or "delete" or "head" or "options")
                .Select(verb => (Path: path.Key, Method: verb.Key.ToUpperInvariant(), Is: verb.Value!.AsObject()))).ToList();
        Assert.True(operations.Count > 25, $"Only {operations.Count} operations were found.");

        Dictionary<HttpStatusCode, int> seen = [];
        for (var i = 0; i < Requests; i++)
        {
            var (path, method, operation) = operations[i % operations.Count];
            var (request, told) = Make(document, path, method, operation);
            using var answer = await portal.Editors.SendAsync(request);
            var body = await answer.Content.ReadAsStringAsync();
            told = $"request {i}: {told} answered {(int)answer.StatusCode} {body[..Math.Min(body.Length, 600)]}";
            Assert.True((int)answer.StatusCode < 500, $"{told}\n{string.Join("\n", portal.Errors.Errors)}");
            if ((int)answer.StatusCode >= 400) AssertTellsNothing(body, told);
            if ((int)answer.StatusCode >= 400 && method != "HEAD")
                Assert.True(answer.Content.Headers.ContentType?.MediaType is "application/problem+json" or "text/plain" || answer.StatusCode == HttpStatusCode.BadRequest && body.Length == 0, told);
            seen[answer.StatusCode] = seen.GetValueOrDefault(answer.StatusCode) + 1;
            // What lies in the bin is nowhere for most of what is asked next, here and in the classes that share this portal.
            if (method is not ("GET" or "HEAD") && answer.IsSuccessStatusCode) await portal.TakeOut();
        }

        Assert.True(portal.Errors.Errors.Count == 0, string.Join("\n", portal.Errors.Errors.Take(5)));
        // Asking only nonsense would prove nothing: enough of it has to come through, and enough to be refused.
        Assert.True(seen.GetValueOrDefault(HttpStatusCode.OK) > Requests / 20 && seen.GetValueOrDefault(HttpStatusCode.BadRequest) > Requests / 20,
            string.Join(", ", seen.Select(one => $"{one.Key}: {one.Value}")));
    }

    internal static void AssertTellsNothing(string body, string told)
    {
        foreach (var inside in (string[])["   at ", "Exception", "Npgsql", "System.", "Microsoft.", "PqdPortal.", "SELECT ", "INSERT ", ".cs:", "StackTrace", AppContext.BaseDirectory])
            Assert.False(body.Contains(inside), $"\"{inside}\" was told: {told}");
    }

    (HttpRequestMessage Request, string Told) Make(JsonNode document, string path, string method, JsonObject operation)
    {
        var address = new StringBuilder();
        foreach (var part in path.Split('/').Skip(1))
        {
            var open = part.IndexOf('{');
            address.Append('/').Append(open < 0 ? part : part[..open] + Id(path, part) + part[(part.IndexOf('}') + 1)..]);
        }
        List<string> query = [];
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
            if ((string?)parameter!["in"] == "query" && _random.Next(3) > 0)
                query.Add($"{parameter["name"]}={Uri.EscapeDataString((string?)parameter["name"] == "run" && _random.Next(2) == 0 ? portal.Run.Id.ToString() : Any(HostileTexts))}");
        if (query.Count > 0) address.Append('?').AppendJoin('&', query);

        var request = new HttpRequestMessage(new(method), address.ToString());
        var body = method is "POST" or "PATCH" or "PUT" ? Body(document, path, operation) : null;
        if (path.StartsWith("/api/v1/uploads"))
        {
            request.Headers.Add("Tus-Resumable", _random.Next(10) == 0 ? "9" : "1.0.0");
            request.Headers.TryAddWithoutValidation("Upload-Length", Any(["10", "0", "-1", "many", "9223372036854775807", "99999999999999999999"]));
            request.Headers.TryAddWithoutValidation("Upload-Offset", Any(["0", "5", "-1", "NaN", "9223372036854775807"]));
            request.Headers.TryAddWithoutValidation("Upload-Metadata", $"filename {Base64(Any(HostileTexts))},project {Base64(_random.Next(2) == 0 ? portal.Lab.Id.ToString() : Any(HostileTexts))}");
            request.Headers.TryAddWithoutValidation("Upload-Checksum", Any(["sha1 x", "sha256 " + Base64("x"), "md5 abc", ""]));
        }
        if (method == "PATCH" && !path.StartsWith("/api/v1/uploads"))
            request.Headers.TryAddWithoutValidation("If-Match", Any(["\"1\"", "\"4294967296\"", "*", "W/\"1\"", "\"x\"", "\"1\", \"2\"", "\0".Length > 1 ? "" : "\"999999\""]));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, Any(["application/json", "application/json", "application/json", "application/json", "text/plain", "application/xml", "application/offset+octet-stream"]));
        return (request, $"{method} {address} {body?[..Math.Min(body.Length, 400)]}");
    }

    string Id(string path, string part)
    {
        if (_random.Next(3) == 0) return Uri.EscapeDataString(Any(HostileTexts) is { Length: > 0 } text ? text : "x");
        return part switch
        {
            _ when path.StartsWith("/api/v1/batches") => portal.Batch.Code,
            _ when path.StartsWith("/api/v1/samples") => portal.Sample.Code,
            _ when path.StartsWith("/api/v1/dots") => portal.Dot.Code,
            _ when part.StartsWith("{file") => portal.File.Id.ToString(),
            _ when part.StartsWith("{name") => "g2",
            _ when path.StartsWith("/api/v1/runs") => portal.Run.Id.ToString(),
            _ when path.StartsWith("/api/v1/analyses") => portal.Analysis.Id.ToString(),
            _ => Guid.NewGuid().ToString(),
        };
    }

    /// <summary>A body of the form that the description gives, with some of its fields turned into something else; now and then no such body at all.</summary>
    string Body(JsonNode document, string path, JsonObject operation)
    {
        if (_random.Next(12) == 0) return Any(["", "{", "[", "null", "[]", "\"text\"", new string('[', 20_000), "{\"a\":" + new string('{', 500), "{\"name\":\"a\",\"name\":\"b\"}", "\u0000", new string('9', 5000)]);
        var schema = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        if ((string?)schema?["$ref"] is { } reference) schema = document["components"]!["schemas"]![reference.Split('/')[^1]];
        string[] fields = schema?["properties"] is JsonObject properties ? [.. properties.Select(one => one.Key)]
            : ["name", "notes", "temperature", "measuredAt", "kind", "formula", "synthesisedOn", "superlattice", "backgroundRates", "project", "x", "version", "id"];
        Dictionary<string, string> sent = new()
        {
            ["project"] = "\"FZ\"", ["batch"] = "\"FZ-0001\"", ["dot"] = "\"FZ-0001-S1-D001\"", ["name"] = "\"fuzz\"", ["formula"] = "\"CsPbI3\"",
            ["run"] = $"\"{portal.Run.Id}\"", ["kind"] = path.StartsWith("/api/v1/analyses") ? "\"g2.cw\"" : "\"hbt\"", ["count"] = "1",
        };
        foreach (var known in sent.Keys.Where(known => !fields.Contains(known)).ToList()) sent.Remove(known);
        if (path.Contains('{') && !path.EndsWith("dots")) sent.Clear();
        for (var n = _random.Next(4); n > 0; n--) sent[Any(fields)] = Any(HostileValues);
        if (_random.Next(20) == 0) sent["nobody knows this field"] = "1";
        return "{" + string.Join(",", sent.Select(field => $"\"{field.Key}\":{field.Value}")) + "}";
    }

    T Any<T>(T[] of) => of[_random.Next(of.Length)];
    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
