using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PqdPortal.Data.Groups;

namespace PqdPortal.Portal.Tests.Records;

public sealed class RecordAccessTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    public static TheoryData<AccessRole, string> EveryRoleAndRecord()
    {
        var all = new TheoryData<AccessRole, string>();
        foreach (var role in Enum.GetValues<AccessRole>())
            foreach (var what in (string[])["batches", "samples", "dots", "runs"])
                all.Add(role, what);
        return all;
    }

    [Theory]
    [MemberData(nameof(EveryRoleAndRecord))]
    public async Task A_record_is_read_from_the_role_read_upwards_and_does_not_exist_below(AccessRole role, string what)
    {
        var client = portal.Client(portal.People[role]);

        var one = await client.GetAsync(Address(what));
        var list = await client.GetFromJsonAsync<JsonElement>($"/api/v1/{what}");

        Assert.Equal(role >= AccessRole.Read ? HttpStatusCode.OK : HttpStatusCode.NotFound, one.StatusCode);
        Assert.Equal(role >= AccessRole.Read, list.GetProperty("total").GetInt32() > 0);
        Assert.Equal(role >= AccessRole.Read, list.GetProperty("items").GetArrayLength() > 0);
    }

    [Theory]
    [MemberData(nameof(EveryRoleAndRecord))]
    public async Task A_record_is_changed_from_the_role_edit_upwards_refused_below_and_not_found_by_strangers(AccessRole role, string what)
    {
        var editor = portal.Client(portal.People[AccessRole.Edit]);
        var tag = (await editor.GetAsync(Address(what))).Headers.ETag!;

        var answer = await Patch(portal.Client(portal.People[role]), Address(what), tag, new { notes = $"by {role}" });

        Assert.Equal(role >= AccessRole.Edit ? HttpStatusCode.OK : Refusal(role), answer.StatusCode);
        var notes = (await editor.GetFromJsonAsync<JsonElement>(Address(what))).GetProperty("notes").GetString();
        Assert.Equal(role >= AccessRole.Edit, notes == $"by {role}");
    }

    public static TheoryData<AccessRole> EveryRole() => [.. Enum.GetValues<AccessRole>()];

    [Theory]
    [MemberData(nameof(EveryRole))]
    public async Task Records_are_made_from_the_role_edit_upwards(AccessRole role)
    {
        var client = portal.Client(portal.People[role]);
        var expected = role >= AccessRole.Edit ? HttpStatusCode.Created : Refusal(role);

        Assert.Equal(expected, (await client.PostAsJsonAsync("/api/v1/batches", new { project = "ZN", name = "new", formula = "CsPbI3" })).StatusCode);
        Assert.Equal(expected, (await client.PostAsJsonAsync("/api/v1/samples", new { batch = portal.Batch.Code })).StatusCode);
        Assert.Equal(expected, (await client.PostAsJsonAsync($"/api/v1/samples/{portal.Sample.Code}/dots", new { count = 2 })).StatusCode);
        Assert.Equal(expected, (await client.PostAsJsonAsync("/api/v1/runs", new { dot = portal.Dot.Code, name = "again" })).StatusCode);
    }

    [Theory]
    [MemberData(nameof(EveryRole))]
    public async Task A_file_is_sent_whole_or_in_part_under_its_own_name_to_who_may_read(AccessRole role)
    {
        var client = portal.Client(portal.People[role]);
        var address = $"/api/v1/runs/{portal.Run.Id}/files/{portal.File.Id}";

        var whole = await client.GetAsync(address);
        var ask = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(100, 199) } };
        var part = await client.SendAsync(ask);

        if (role < AccessRole.Read)
        {
            Assert.Equal(HttpStatusCode.NotFound, whole.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, part.StatusCode);
            return;
        }

        Assert.Equal(portal.Content, await whole.Content.ReadAsByteArrayAsync());
        Assert.Equal("blinkende Tüpfel 1.ptu", whole.Content.Headers.ContentDisposition!.FileNameStar);
        Assert.Equal("attachment", whole.Content.Headers.ContentDisposition.DispositionType);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(portal.Content[100..200], await part.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/api/v1/batches")]
    [InlineData("/api/v1/samples")]
    [InlineData("/api/v1/dots")]
    [InlineData("/api/v1/runs")]
    public async Task Who_is_not_signed_in_is_asked_to(string address) =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await portal.Client(null).GetAsync(address)).StatusCode);

    [Fact]
    public async Task A_file_of_another_run_is_not_sent_by_way_of_a_run_one_may_see()
    {
        var other = await portal.Project(code: "OT");

        var answer = await portal.Client(portal.People[AccessRole.Read]).GetAsync($"/api/v1/runs/{other.Id}/files/{portal.File.Id}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>What one sees and may not change is refused in words; what one does not see is not there.</summary>
    static HttpStatusCode Refusal(AccessRole role) => role >= AccessRole.Read ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound;

    string Address(string what) => what switch
    {
        "batches" => $"/api/v1/batches/{portal.Batch.Code}",
        "samples" => $"/api/v1/samples/{portal.Sample.Code}",
        "dots" => $"/api/v1/dots/{portal.Dot.Code}",
        _ => $"/api/v1/runs/{portal.Run.Id}",
    };

    internal static Task<HttpResponseMessage> Patch(HttpClient client, string address, EntityTagHeaderValue? tag, object fields)
    {
        var ask = new HttpRequestMessage(HttpMethod.Patch, address) { Content = JsonContent.Create(fields) };
        if (tag is not null) ask.Headers.IfMatch.Add(tag);
        return client.SendAsync(ask);
    }
}
