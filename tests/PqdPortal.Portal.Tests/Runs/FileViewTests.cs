using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data.Account;
using PqdPortal.Data.Files;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Runs;

/// <summary>What a run's files look like, over HTTP, from the stored file to the picture.</summary>
public sealed class FileViewTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    PortalUser _person = null!;
    Guid _project;

    async Task<HttpClient> Http()
    {
        _person ??= await portal.Person();
        if (_project == default) _project = (await portal.Project(_person)).Id;
        return await portal.Program(_person);
    }

    /// <summary>A run with one file as reading leaves it; gives the file's address.</summary>
    async Task<string> Stored(string name, byte[] bytes, ReadingState reading = ReadingState.Read)
    {
        var stored = await portal.Services.GetRequiredService<IFileStore>().Save(new MemoryStream(bytes));
        var run = new Run { ProjectId = _project, Name = name, Reading = reading };
        var file = new RunFile { RunId = run.Id, Sha256 = stored.Sha256, Name = name, Reading = reading };
        if (reading == ReadingState.Read)
        {
            var summary = FileSummary.Of(new MemoryStream(bytes));
            (file.Format, file.Kind, file.Summary) = (summary.Measurement.Format, summary.Measurement.Kind, summary.ToJson(name).ToJsonString());
        }
        await using var db = portal.CreateDbContext();
        if (!await db.StoredFiles.AnyAsync(one => one.Sha256 == stored.Sha256)) db.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        db.AddRange(run, file);
        await db.SaveChangesAsync();
        return $"/api/v1/runs/{run.Id}/files/{file.Id}";
    }

    [Fact]
    public async Task A_decay_is_drawn_thinned_and_its_values_are_all_there()
    {
        using var http = await Http();
        var decay = SmallFiles.Decay();
        var file = await Stored("decay 1.phu", SmallFiles.Phu(decay, new uint[4096]));

        var figure = await http.GetFromJsonAsync<JsonElement>($"{file}/figure?points=400");

        Assert.Equal(("Decay", "ns", true), (figure.GetProperty("title").GetString(), figure.GetProperty("x").GetProperty("unit").GetString(), figure.GetProperty("y").GetProperty("log").GetBoolean()));
        Assert.InRange(figure.GetProperty("shown").GetInt32(), 100, 400);
        Assert.InRange(figure.GetProperty("total").GetInt32(), 3125, 3200);
        var y = figure.GetProperty("groups")[0].GetProperty("series")[0].GetProperty("y").EnumerateArray().Where(value => value.ValueKind == JsonValueKind.Number).Select(value => value.GetDouble());
        Assert.Equal(decay.Max(), y.Max());

        var answer = await http.GetAsync($"{file}/values.csv");
        var csv = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("text/csv", "decay-1.csv"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName!.Trim('"')));
        Assert.Contains(csv, line => line.StartsWith("# file: decay 1.phu, SHA-256 "));
        Assert.Equal(decay.Select(count => (long)count), csv.Where(line => char.IsAsciiDigit(line[0])).Select(line => long.Parse(line.Split(',')[1])));

        Assert.Contains("<svg", await http.GetStringAsync($"{file}/figure.svg?log=false"));
        Assert.Contains("private", (await http.GetAsync($"{file}/figure")).Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData("figure?show=3")]
    [InlineData("figure?show=-1")]
    [InlineData("values.csv?show=9")]
    [InlineData("map.png")]
    [InlineData("picture.png")]
    [InlineData("picture.png?image=0&frame=99999&clip=NaN&size=-5")]
    public async Task What_a_file_does_not_hold_is_said_in_words(string view)
    {
        using var http = await Http();
        var file = await Stored("one.phu", SmallFiles.Phu(SmallFiles.Decay()));

        var answer = await http.GetAsync($"{file}/{view}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!.Length > 20);
    }

    [Theory]
    [InlineData("figure")]
    [InlineData("figure.svg")]
    [InlineData("values.csv")]
    [InlineData("map.png")]
    [InlineData("picture.png")]
    public async Task A_file_that_was_not_read_shows_nothing_and_breaks_nothing(string view)
    {
        using var http = await Http();
        var file = await Stored("unknown.dat", [1, 2, 3, 4, 5], ReadingState.StoredUnread);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await http.GetAsync($"{file}/{view}")).StatusCode);
    }

    [Fact]
    public async Task How_a_file_is_read_is_said_over_the_wire()
    {
        using var http = await Http();
        var file = await Stored("short.spc", SmallFiles.UndecidedSpc(), ReadingState.StoredUnread);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await http.PostAsJsonAsync($"{file}/reading", new { timeUnit = 0 })).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsJsonAsync($"{file}/reading", new { layout = "spc-130" })).StatusCode);
        // It is being read now; whoever says something else has to wait.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await http.PostAsJsonAsync($"{file}/reading", new { layout = "spc-600-256" })).StatusCode);

        var run = await http.GetFromJsonAsync<JsonElement>(file[..file.IndexOf("/files")]);
        Assert.Equal("waiting", run.GetProperty("reading").GetString());
        Assert.Equal("spc-130", run.GetProperty("files")[0].GetProperty("layout").GetString());
    }
}
