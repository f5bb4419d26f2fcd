using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PqdPortal.Client.Records;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>Records that go into the bin and come back, projects, and background work, asked by programs of every role.</summary>
public sealed class BinApiTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    async Task<(HttpStatusCode Status, string Body)> Ask(Who who, string method, string address, object? body = null, string? tag = null)
    {
        using var http = await portal.Program(null);
        using var request = portal.Signed(new(new(method), address), who, byToken: true);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag);
        var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static string Address(Things at, string what) => $"/api/v1/{what}/" + what switch { "batches" => at.Batch.Code, "samples" => at.Sample.Code, "dots" => at.Dot.Code, _ => $"{at.Run.Id}" };

    [Theory]
    [InlineData("runs")]
    [InlineData("dots")]
    [InlineData("samples")]
    [InlineData("batches")]
    public async Task A_record_goes_into_the_bin_and_comes_back_by_those_who_may_change_it(string what)
    {
        var shared = Address(portal.Things[Place.Shared], what);
        foreach (var (who, status) in ((Who, HttpStatusCode)[])[(Who.Anonymous, HttpStatusCode.Unauthorized), (Who.Stranger, HttpStatusCode.NotFound), (Who.Reader, HttpStatusCode.Forbidden)])
        {
            Assert.Equal(status, (await Ask(who, "DELETE", shared)).Status);
            Assert.Equal(status, (await Ask(who, "POST", shared + "/restore")).Status);
        }
        foreach (var place in (Place[])[Place.Foreign, Place.Binned])
            Assert.Equal(HttpStatusCode.NotFound, (await Ask(Who.Editor, "DELETE", Address(portal.Things[place], what))).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await Ask(Who.Editor, "DELETE", shared)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(Who.Editor, "GET", shared)).Status);
        Assert.Contains(what is "runs" ? portal.Things[Place.Shared].Run.Name : shared.Split('/')[^1], (await Ask(Who.Editor, "GET", "/api/v1/bin")).Body);
        Assert.DoesNotContain(Things.Mark, (await Ask(Who.Reader, "GET", "/api/v1/bin")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(Who.Reader, "POST", shared + "/restore")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(Who.Editor, "POST", shared + "/restore")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(Who.Reader, "GET", shared)).Status);
    }

    [Fact]
    public async Task A_project_is_made_by_anybody_and_changed_by_those_who_manage_it_from_the_version_they_saw()
    {
        var made = await Ask(Who.Reader, "POST", "/api/v1/projects", new { code = "MINE", name = "Mine" });
        var taken = await Ask(Who.Reader, "POST", "/api/v1/projects", new { code = "MINE", name = "Mine again" });
        var wrong = await Ask(Who.Reader, "POST", "/api/v1/projects", new { code = "1", name = "" });
        var project = JsonSerializer.Deserialize<ProjectRecord>(made.Body, JsonSerializerOptions.Web)!;

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (made.Status, taken.Status, wrong.Status));
        Assert.Equal("manage", project.Role);
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await Ask(Who.Reader, "PATCH", "/api/v1/projects/MINE", new { name = "Ours" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(Who.Editor, "PATCH", "/api/v1/projects/MINE", new { name = "Ours" }, $"\"{project.Version}\"")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(Who.Reader, "PATCH", "/api/v1/projects/MINE", new { name = "Ours" }, $"\"{project.Version}\"")).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Ask(Who.Reader, "PATCH", "/api/v1/projects/MINE", new { name = "Theirs" }, $"\"{project.Version}\"")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(Who.Editor, "PATCH", $"/api/v1/projects/{portal.Things[Place.Shared].Project.Code}", new { name = "x" }, "\"1\"")).Status);
    }

    [Fact]
    public async Task Work_is_stopped_by_those_who_may_change_its_project()
    {
        var job = portal.Things[Place.Shared].Job.Id;

        Assert.Equal(HttpStatusCode.NotFound, (await Ask(Who.Stranger, "POST", $"/api/v1/jobs/{job}/cancel")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(Who.Reader, "POST", $"/api/v1/jobs/{job}/cancel")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await Ask(Who.Editor, "POST", $"/api/v1/jobs/{job}/cancel")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Ask(Who.Editor, "POST", $"/api/v1/jobs/{job}/cancel")).Status);
        Assert.DoesNotContain(Things.Mark, (await Ask(Who.Stranger, "GET", "/api/v1/jobs")).Body);
    }
}
