using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Analyses;
using PqdPortal.Web.Features.Analyses;
using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Features.Groups;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>Names, texts and requests made to do harm: each is kept as the text it is, or refused in words.</summary>
[Collection(ServedPortal.Collection)]
public sealed class HostileInputTests(ServedPortal portal)
{
    [Theory]
    [InlineData("PUT", "/api/v1/batches/FZ-0001", "DELETE, GET, HEAD, PATCH")]
    [InlineData("POST", "/api/v1/dots/FZ-0001-S1-D001", "DELETE, GET, HEAD, PATCH")]
    [InlineData("POST", "/api/v1/analyses/kinds", "GET, HEAD")]
    public async Task A_method_that_an_address_does_not_know_is_405_and_says_which_it_knows(string method, string address, string known)
    {
        var answer = await portal.Editors.SendAsync(new(new(method), address));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(known.Split(", ").Order(), answer.Content.Headers.Allow.SelectMany(one => one.Split(", ")).Order());
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("{\"project\":\"FZ\",", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":7,\"formula\":\"CsPbI3\"}", "application/json", 400)]
    [InlineData("<batch/>", "application/xml", 415)]
    [InlineData("project=FZ", "application/x-www-form-urlencoded", 415)]
    [InlineData("", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"a\\u0000b\",\"formula\":\"CsPbI3\"}", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"\\ud800\",\"formula\":\"CsPbI3\"}", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"a\",\"formula\":\"CsPbI3\",\"edgeLength\":1e400}", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"a\",\"formula\":\"CsPbI3\",\"edgeLength\":NaN}", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"a\",\"formula\":\"CsPbI3\",\"synthesisedOn\":\"0000-01-01\"}", "application/json", 400)]
    [InlineData("{\"project\":\"FZ\",\"name\":\"a\",\"formula\":\"CsPbI3\",\"synthesisedOn\":\"9999-12-31\"}", "application/json", 400)]
    public async Task A_body_that_cannot_be_read_is_refused_in_words(string body, string type, int status)
    {
        var answer = await portal.Editors.PostAsync("/api/v1/batches", new StringContent(body, Encoding.UTF8, type));

        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{answer.StatusCode} {said}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(JsonDocument.Parse(said).RootElement.GetProperty("detail").GetString()!.Length > 20, said);
        FuzzTests.AssertTellsNothing(said, said);
    }

    [Fact]
    public async Task Very_deep_and_very_large_bodies_are_refused_before_they_cost_anything()
    {
        var deep = await portal.Editors.PostAsync("/api/v1/batches", new StringContent(new string('[', 100_000), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, deep.StatusCode);

        var large = new HttpRequestMessage(HttpMethod.Post, "/api/v1/batches") { Content = new StringContent("\"" + new string('x', 5_000_000) + "\"", Encoding.UTF8, "application/json") };
        large.Headers.ExpectContinue = true;
        var answer = await portal.Editors.SendAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/batches?search=%00")]
    [InlineData("/api/v1/dots?sample=%00")]
    [InlineData("/b/a%00b")]
    [InlineData("/sign-in?ReturnUrl=%00")]
    public async Task No_address_holds_a_character_that_is_none(string address) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await portal.Editors.GetAsync(address)).StatusCode);

    [Theory]
    [InlineData("/api/v1/batches?page=-1")]
    [InlineData("/api/v1/batches?page=2147483647")]
    [InlineData("/api/v1/dots?page=2147483647")]
    [InlineData("/api/v1/samples?page=2147483647")]
    [InlineData("/api/v1/runs?page=2147483647")]
    public async Task A_page_that_no_list_has_is_an_empty_one_or_the_first(string address) =>
        Assert.Equal(HttpStatusCode.OK, (await portal.Editors.GetAsync(address)).StatusCode);

    [Theory]
    [InlineData("/../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/lib/%2e%2e/%2e%2e/appsettings.json")]
    [InlineData("/lib/..%5c..%5cappsettings.json")]
    [InlineData("/_content/..%2f..%2fappsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/keys/key.xml")]
    [InlineData("/api/v1/batches/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/analyses/00000000-0000-0000-0000-000000000000/curves/..%2f..%2fx.csv")]
    [InlineData("/openapi/..%2f..%2fappsettings.json")]
    public async Task No_address_leads_out_of_what_is_served(string address)
    {
        // By hand: a client's own library would tidy the address first.
        using var line = new TcpClient(portal.Address.Host, portal.Address.Port);
        await using var stream = line.GetStream();
        var token = portal.Editors.DefaultRequestHeaders.Authorization;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"));
        var said = await new StreamReader(stream).ReadToEndAsync();

        var status = int.Parse(said.Split(' ')[1]);
        Assert.True(status is 400 or 404, said);
        Assert.DoesNotContain("root:", said);
        Assert.DoesNotContain("Logging", said);
    }

    [Fact]
    public async Task A_request_line_and_headers_have_an_end()
    {
        using var line = new TcpClient(portal.Address.Host, portal.Address.Port);
        await using var stream = line.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        Assert.Contains(" 414 ", await new StreamReader(stream).ReadLineAsync());

        using var second = new TcpClient(portal.Address.Host, portal.Address.Port);
        await using var headers = second.GetStream();
        await headers.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 60_000)}\r\n\r\n"));
        Assert.Contains(" 431 ", await new StreamReader(headers).ReadLineAsync());
    }

    /// <summary>Names that somebody might give a file to make a server, a browser or a colleague's machine do something.</summary>
    public static TheoryData<string, string> FileNames => new()
    {
        { "../../../etc/cron.d/evil.ptu", "evil.ptu" },
        { @"..\..\windows\system32\evil.ptu", "evil.ptu" },
        { "/etc/passwd", "passwd" },
        { "a\0b.ptu", "ab.ptu" },
        { "a\r\nSet-Cookie: x=y\r\n.ptu", "aSet-Cookie: x=y.ptu" },
        { "gnp\u202Eutp.exe", "gnputp.exe" },
        { "...", "..." },
        { "..", "file" },
        { "", "file" },
        { "CON", "CON" },
        { "a\";b';c.ptu", "a\";b';c.ptu" },
        { "<img src=x onerror=window.pwned=1>.ptu", "<img src=x onerror=window.pwned=1>.ptu" },
        { "Tüpfel 1 – 漢字 😀.ptu", "Tüpfel 1 – 漢字 😀.ptu" },
        { "=cmd|'calc'!A0.ptu", "=cmd|'calc'!A0.ptu" },
    };

    [Theory]
    [MemberData(nameof(FileNames))]
    public async Task A_file_keeps_a_name_for_people_that_is_never_a_path_and_never_a_header(string name, string kept)
    {
        var content = Guid.NewGuid().ToByteArray();
        var run = await Upload(name, content);
        var record = await portal.Editors.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}");
        var file = record.GetProperty("files")[0];
        Assert.Equal(kept, file.GetProperty("name").GetString());

        var answer = await portal.Editors.GetAsync($"/api/v1/runs/{run}/files/{file.GetProperty("id").GetString()}");

        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(kept, answer.Content.Headers.ContentDisposition.FileNameStar ?? answer.Content.Headers.ContentDisposition.FileName!.Trim('"'));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", answer.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task A_file_with_a_name_of_ten_thousand_letters_is_kept_under_one_of_four_hundred()
    {
        var run = await Upload(new string('x', 10_000) + ".ptu", [1, 2, 3]);

        var name = (await portal.Editors.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}")).GetProperty("files")[0].GetProperty("name").GetString()!;
        Assert.Equal(400, name.Length);
        Assert.EndsWith(".ptu", name);
    }

    async Task<string> Upload(string name, byte[] content)
    {
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads");
        begin.Headers.Add("Tus-Resumable", "1.0.0");
        begin.Headers.Add("Upload-Length", content.Length.ToString());
        begin.Headers.Add("Upload-Metadata", $"filename {Convert.ToBase64String(Encoding.UTF8.GetBytes(name))},dot {Convert.ToBase64String(Encoding.UTF8.GetBytes(portal.Dot.Id.ToString()))}");
        var begun = await portal.Editors.SendAsync(begin);
        Assert.True(begun.StatusCode == HttpStatusCode.Created, await begun.Content.ReadAsStringAsync());
        using var piece = new HttpRequestMessage(HttpMethod.Patch, begun.Headers.Location) { Content = new ByteArrayContent(content) { Headers = { ContentType = new("application/offset+octet-stream") } } };
        piece.Headers.Add("Tus-Resumable", "1.0.0");
        piece.Headers.Add("Upload-Offset", "0");
        var whole = await portal.Editors.SendAsync(piece);
        Assert.True(whole.StatusCode == HttpStatusCode.NoContent, await whole.Content.ReadAsStringAsync());
        return whole.Headers.GetValues("Portal-Run").Single();
    }

    [Theory]
    [InlineData("batches")]
    [InlineData("samples")]
    [InlineData("dots")]
    [InlineData("runs")]
    public async Task Every_text_of_a_record_has_a_longest_length_that_is_said_in_words(string what)
    {
        var address = $"/api/v1/{what}/" + what switch { "batches" => portal.Batch.Code, "samples" => portal.Sample.Code, "dots" => portal.Dot.Code, _ => $"{portal.Run.Id}" };
        var fields = what switch { "batches" => Texts<Batch>(), "samples" => Texts<Sample>(), "dots" => Texts<Emitter>(), _ => Texts<Run>() };
        Assert.NotEmpty(fields);

        foreach (var field in fields.Where(field => !field.Name.Contains('.')))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(field.Name);
            var tooLong = await Patch(address, name, new string('x', field.MaxLength + 1));
            var said = await tooLong.Content.ReadAsStringAsync();
            Assert.True(tooLong.StatusCode == HttpStatusCode.BadRequest && said.Contains(name), $"{name} of {what}: {tooLong.StatusCode} {said}");
            if (field.Name is "DopantSite" or "Formula" or "MeasuredFormula") continue; // these have rules of their own besides
            var longest = await Patch(address, name, new string('x', field.MaxLength));
            Assert.True(longest.StatusCode == HttpStatusCode.OK, $"{name} of {what} with {field.MaxLength} characters: {longest.StatusCode} {await longest.Content.ReadAsStringAsync()}");
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await Patch(address, "notes", new string('x', 900_000))).StatusCode);

        static IReadOnlyList<RecordField> Texts<T>() where T : ProjectRecord => [.. RecordFields.Of<T>().Where(field => field.IsText)];
    }

    async Task<HttpResponseMessage> Patch(string address, string field, string value)
    {
        var tag = (await portal.Editors.GetAsync(address)).Headers.ETag!;
        var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = JsonContent.Create(new Dictionary<string, string> { [field] = value }) };
        request.Headers.IfMatch.Add(tag);
        return await portal.Editors.SendAsync(request);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(1_000_000)]
    public async Task Names_of_people_projects_groups_and_tokens_that_are_too_long_are_refused_in_a_sentence(int length)
    {
        var ada = await portal.Person("Ada", administrator: true);
        var name = new string('x', length);
        await using var page = portal.As(ada);
        var (groups, accounts) = (page.ServiceProvider.GetRequiredService<GroupCommands>(), page.ServiceProvider.GetRequiredService<AccountCommands>());

        Assert.Contains("at most", await Refused(new() { Code = "LONG", Name = name }));
        Assert.Contains("at most", await Refused(new() { Code = "LONG", Name = "a", Description = new string('x', 100_001) }));
        Assert.Contains("does not fit", await Refused(new() { Code = name, Name = "a" }));
        Assert.Contains("at most", (await groups.MakeGroup(name)).Trouble);
        Assert.Contains("at most", (await accounts.Add(name, "somebody", false)).Trouble.Single());
        Assert.Contains("at most", (await accounts.Add("Somebody", name, false)).Trouble.Single());
        Assert.Contains("at most", (await accounts.Rename(name, null, ("", null))).Single());
        foreach (var none in (string[])["a\0b", "\ud800", "a\udc00"])
        {
            Assert.Contains("cannot be kept", await Refused(new() { Code = "NUL", Name = none }));
            Assert.Contains("cannot be kept", (await groups.MakeGroup(none)).Trouble);
            Assert.Contains("cannot be kept", (await accounts.Add(none, "somebody", false)).Trouble.Single());
        }

        async Task<string> Refused(Project typed) => (await Assert.ThrowsAsync<RefusedEditException>(() => groups.MakeProject(typed))).Message;
    }

    [Theory]
    [InlineData("x,=HYPERLINK(\"http://evil.example\").ptu")]
    [InlineData("x;@SUM(1).ptu")]
    [InlineData("x\t+1.ptu")]
    [InlineData("x, -1.ptu")]
    [InlineData("x\r\n=1+1.ptu")]
    public void No_cell_of_an_exported_table_begins_like_a_formula(string file)
    {
        var report = SimulatedReports.G2;
        report = report with { Inputs = [report.Inputs[0] with { File = file }] };

        var text = CurveCsv.Text(report, report.Curves[0], "=1+1", "http://localhost");

        foreach (var line in text.Split("\r\n").TakeWhile(line => line.StartsWith('#')))
            foreach (var cell in line.Split(',', ';', '\t').Select(cell => cell.Trim(' ', '"')))
                Assert.False(cell.StartsWith('=') || cell.StartsWith('@') || cell.StartsWith('+') || cell.StartsWith('-') && !line.StartsWith("# parameters"), line);
        Assert.DoesNotContain(text.Split("\r\n"), line => line.StartsWith('='));
    }
}
