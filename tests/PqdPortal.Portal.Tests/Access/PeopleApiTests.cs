using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Portal.Tests.Web;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>Members, groups, invitations and read-only links over HTTP, who can see a record, earlier versions and views: as people use them.</summary>
public sealed class PeopleApiTests(PortalFixture portal) : IClassFixture<PortalFixture>
{
    /// <summary>A project of Ana's with one dot, and the program of hers that manages it.</summary>
    sealed record Lab(PortalUser Ana, HttpClient Http, RecordsClient Client, string Code, string Batch, string Sample, string Dot)
    {
        public string Members => $"/api/v1/projects/{Code}/members";
    }

    async Task<Lab> Begin()
    {
        var ana = await portal.Person("Ana");
        var project = await portal.Project(ana);
        var http = await portal.Program(ana);
        var client = new RecordsClient(http);
        var batch = await client.Make(new BatchRecord { Project = project.Code, Name = "first name", Formula = "CsPbBr3" });
        var sample = await client.Make(new SampleRecord { Batch = batch.Code });
        return new(ana, http, client, project.Code, batch.Code, sample.Code, (await client.AddDots(sample.Code, 1))[0].Code);
    }

    static async Task<(HttpStatusCode Status, JsonNode? Body)> Ask(HttpClient http, string method, string address, object? body = null, string? version = null)
    {
        using var request = new HttpRequestMessage(new(method), address.StartsWith('/') ? address : "/api/v1/" + address) { Content = body is null ? null : JsonContent.Create(body) };
        if (version is not null) request.Headers.TryAddWithoutValidation("If-Match", version);
        var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    [Fact]
    public async Task A_member_is_given_a_role_another_one_and_none_and_sees_as_much_in_between()
    {
        var lab = await Begin();
        var ben = await portal.Person("Ben");
        using var bens = await portal.Program(ben);
        Assert.Contains(ben.Id, (await lab.Http.GetFromJsonAsync<PersonRecord[]>("/api/v1/people"))!.Select(person => person.Id));
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "GET", $"dots/{lab.Dot}")).Status);

        await lab.Client.SetMember(lab.Code, new(Person: ben.Id, Role: "read"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), ((await Ask(bens, "GET", $"dots/{lab.Dot}")).Status, (await Ask(bens, "POST", lab.Members, new { person = ben.Id, role = "manage" })).Status));
        var members = await lab.Client.SetMember(lab.Code, new(Person: ben.Id, Role: "edit", Until: DateOnly.FromDateTime(DateTime.UtcNow).AddDays(7)));
        var his = members.Single(member => member.Person == ben.Id);
        Assert.Equal(("edit", false, "Ana"), (his.Role, his.HasEnded, his.By));
        Assert.NotNull(his.Until);

        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "DELETE", $"{lab.Members}/{his.Id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "GET", $"dots/{lab.Dot}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(lab.Http, "DELETE", $"{lab.Members}/{his.Id}")).Status);
    }

    [Fact]
    public async Task A_role_that_cannot_be_given_is_refused_in_a_sentence_and_the_last_manager_stays()
    {
        var lab = await Begin();
        var ben = await portal.Person("Ben");

        foreach (var (sent, expected) in ((object, string)[])[
            (new { role = "read" }, "either a person or a group"), (new { person = ben.Id, group = ben.Id, role = "read" }, "either a person or a group"),
            (new { person = ben.Id, role = "owner" }, "is none of"), (new { person = ben.Id, role = "none" }, "Choose what they may do"),
            (new { person = Guid.NewGuid(), role = "read" }, "not there any more"), (new { person = ben.Id, role = "read", until = "2001-01-01" }, "lies in the past")])
        {
            var (status, body) = await Ask(lab.Http, "POST", lab.Members, sent);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(expected, body!.ToJsonString());
        }
        var own = (await lab.Client.Members(lab.Code))!.Single();
        var last = await Ask(lab.Http, "DELETE", $"{lab.Members}/{own.Id}");
        Assert.Equal(HttpStatusCode.BadRequest, last.Status);
        Assert.Contains("nobody would manage", (string?)last.Body!["detail"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask(lab.Http, "POST", $"projects/{lab.Code}/leave")).Status);
    }

    [Fact]
    public async Task A_project_is_handed_over_and_left()
    {
        var lab = await Begin();
        var ben = await portal.Person("Ben");
        using var bens = await portal.Program(ben);

        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "POST", $"projects/{lab.Code}/hand-over", new { to = ben.Id, keep = "read" })).Status);

        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(lab.Http, "POST", lab.Members, new { person = lab.Ana.Id, role = "manage" })).Status);
        Assert.Equal("manage", (await new RecordsClient(bens).Projects()).Single(project => project.Code == lab.Code).Role);
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "POST", $"projects/{lab.Code}/leave")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(lab.Http, "GET", $"projects/{lab.Code}")).Status);
    }

    [Fact]
    public async Task A_group_is_made_named_filled_and_emptied_by_who_manages_it()
    {
        var lab = await Begin();
        var (ben, eve) = (await portal.Person("Ben"), await portal.Person("Eve"));
        using var bens = await portal.Program(ben);
        using var eves = await portal.Program(eve);
        var made = await Ask(lab.Http, "POST", "groups", new { name = $"Nano-optics {Guid.NewGuid():N}" });
        Assert.Equal(HttpStatusCode.Created, made.Status);
        var (group, version) = ($"groups/{made.Body!["id"]}", $"\"{made.Body["version"]}\"");

        Assert.Equal(HttpStatusCode.BadRequest, (await Ask(lab.Http, "POST", "groups", new { name = (string?)made.Body["name"] })).Status);
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await Ask(lab.Http, "PATCH", group, new { name = "x" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(lab.Http, "PATCH", group, new { name = $"Nano {Guid.NewGuid():N}" }, version)).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Ask(lab.Http, "PATCH", group, new { name = "again" }, version)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "GET", group)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "POST", group + "/members", new { person = ben.Id })).Status);

        var joined = await Ask(lab.Http, "POST", group + "/members", new { person = ben.Id });
        Assert.Equal(2, joined.Body!["members"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.OK, (await Ask(bens, "GET", group)).Status);
        foreach (var (method, address) in ((string, string)[])[("POST", "/members"), ("GET", "/invitations"), ("POST", "/invitations"), ("DELETE", $"/members/{lab.Ana.Id}")])
            Assert.Equal(HttpStatusCode.Forbidden, (await Ask(bens, method, group + address,
                method != "POST" ? null : address == "/members" ? new { person = eve.Id } : new { people = (object[])[new { @for = "Kim" }] })).Status);
        // What the group may, he may; and no more once he is out of it.
        Assert.Equal(HttpStatusCode.OK, (await Ask(lab.Http, "POST", lab.Members, new { group = (string?)made.Body["id"], role = "read" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(bens, "GET", $"batches/{lab.Batch}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(bens, "DELETE", $"{group}/members/{ben.Id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "GET", $"batches/{lab.Batch}")).Status);
        var alone = await Ask(lab.Http, "DELETE", $"{group}/members/{lab.Ana.Id}");
        Assert.Contains("nobody would manage this group", (string?)alone.Body!["detail"]);

        var invited = await Ask(lab.Http, "POST", group + "/invitations", new { people = (object[])[new { @for = "Kim" }] });
        Assert.Equal(HttpStatusCode.Created, invited.Status);
        var id = (string?)invited.Body![0]!["id"];
        Assert.Equal("open", (string?)(await Ask(lab.Http, "GET", group + "/invitations")).Body![0]!["state"]);
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "DELETE", $"{group}/invitations/{id}")).Status);
        Assert.Equal("revoked", (string?)(await Ask(lab.Http, "GET", group + "/invitations")).Body![0]!["state"]);
    }

    [Fact]
    public async Task An_invitation_is_told_once_listed_without_its_code_and_taken_back()
    {
        var lab = await Begin();
        var address = $"projects/{lab.Code}/invitations";

        var made = await Ask(lab.Http, "POST", address, new { people = (object[])[new { @for = "Kim", role = "edit" }, new { @for = "lee@example.org", role = "read" }], days = 3, uses = 5 });

        Assert.Equal(HttpStatusCode.Created, made.Status);
        var code = (string)made.Body![0]!["code"]!;
        Assert.EndsWith($"/join/{code}", (string?)made.Body[0]!["address"]);
        Assert.Equal((false, true), ((bool)made.Body[0]!["isBound"]!, (bool)made.Body[1]!["isBound"]!));
        var visitor = portal.Visitor();
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get($"/join/{code}")).StatusCode);
        var listed = (await Ask(lab.Http, "GET", address)).Body!;
        Assert.DoesNotContain(code, listed.ToJsonString());
        Assert.Equal(["edit", "read"], listed.AsArray().Select(one => (string)one!["role"]!).Order());
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "DELETE", $"{address}/{made.Body[0]!["id"]}")).Status);
        Assert.Contains("revoked", (await Ask(lab.Http, "GET", address)).Body!.ToJsonString());
        // Of another project it is none.
        var other = await Begin();
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(other.Http, "DELETE", $"projects/{other.Code}/invitations/{made.Body[1]!["id"]}")).Status);
        foreach (var (sent, expected) in ((object, string)[])[(new { }, "Say whom to invite"), (new { people = (object[])[new { @for = "x@", role = "read" }] }, "no e-mail address"),
            (new { people = (object[])[new { @for = "x", role = "read" }], days = 9999 }, "is good for 1 to"), (new { people = (object[])[new { @for = "x", role = "king" }] }, "is none of")])
            Assert.Contains(expected, (await Ask(lab.Http, "POST", address, sent)).Body!.ToJsonString());
    }

    [Fact]
    public async Task A_link_opens_what_it_is_for_until_it_is_taken_back_and_its_password_is_asked()
    {
        var lab = await Begin();
        var address = $"projects/{lab.Code}/links";

        var open = await lab.Client.MakeLink(lab.Code, new("batch", lab.Batch, "reviewers", Days: 2));
        var closed = await lab.Client.MakeLink(lab.Code, new("dot", lab.Dot, "a friend", Days: null, Password: "eight letters"));

        Assert.Contains("first name", await portal.Visitor().Read(new Uri(open.Address).PathAndQuery));
        Assert.DoesNotContain("first name", await portal.Visitor().Read(new Uri(closed.Address).PathAndQuery));
        var listed = (await Ask(lab.Http, "GET", address)).Body!.AsArray();
        Assert.Equal([(closed.Id, true, true), (open.Id, false, false)], listed.Select(one => ((Guid)one!["id"]!, (bool)one["hasPassword"]!, one["expiresAt"] is null)));
        Assert.DoesNotContain(open.Address.Split('/')[^1], listed.ToJsonString());
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "DELETE", $"{address}/{open.Id}")).Status);
        Assert.DoesNotContain("first name", await portal.Visitor().Read(new Uri(open.Address).PathAndQuery));
        // A record of another project is none of this one.
        var other = await Begin();
        var foreign = await Ask(lab.Http, "POST", address, new { of = "batch", record = other.Batch, name = "x" });
        Assert.Equal(HttpStatusCode.NotFound, foreign.Status);
        foreach (var (sent, expected) in ((object, string)[])[(new { name = "" }, "Say whom the link is for"), (new { name = "x", password = "short" }, "The password has"),
            (new { of = "galaxy", name = "x" }, "is none of"), (new { of = "dot", name = "x" }, "Say which dot")])
            Assert.Contains(expected, (await Ask(lab.Http, "POST", address, sent)).Body!.ToJsonString());
    }

    [Fact]
    public async Task Who_can_see_a_record_is_told_with_why_and_with_the_links_that_open_it()
    {
        var lab = await Begin();
        var ben = await portal.Person("Ben");
        await lab.Client.SetMember(lab.Code, new(Person: ben.Id, Role: "read"));
        await lab.Client.MakeLink(lab.Code, new("batch", lab.Batch, "reviewers"));
        await lab.Client.MakeLink(lab.Code, new("dot", lab.Dot, "a friend"));
        using var bens = await portal.Program(ben);

        var (status, dot) = await Ask(lab.Http, "GET", $"dots/{lab.Dot}/access");

        Assert.Equal((HttpStatusCode.OK, "manage"), (status, (string?)dot!["role"]));
        Assert.Contains(dot["people"]!.AsArray(), one => (Guid)one!["person"]! == ben.Id && one["ways"]![0]!.ToString().StartsWith("read, by name since"));
        Assert.Equal(["a friend", "reviewers"], dot["links"]!.AsArray().Select(one => (string)one!["name"]!).Order());
        // A link to the dot does not open the batch above it; and who only reads is not told whom links are for.
        var batch = (await Ask(bens, "GET", $"batches/{lab.Batch}/access")).Body!;
        Assert.Null(Assert.Single(batch["links"]!.AsArray())!["name"]);
        Assert.Equal("read", (string?)batch["role"]);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask((await Begin()).Http, "GET", $"dots/{lab.Dot}/access")).Status);
    }

    [Fact]
    public async Task An_earlier_version_is_brought_back_as_a_new_change_whole_or_by_fields()
    {
        var lab = await Begin();
        var where = $"batches/{lab.Batch}";
        var batch = (await lab.Client.Batch(lab.Batch))!;
        batch = await lab.Client.Save(batch with { Name = "second name", Solvent = "toluene" });
        batch = await lab.Client.Save(batch with { Name = "third name", Solvent = "hexane" });
        var versions = (await lab.Client.Versions(where))!;
        Assert.Equal(["first name", "second name", "third name"], versions.Select(version => version.Fields["name"]));
        Assert.Equal(["name", "solvent"], versions[1].Changed.Order());

        Assert.Equal(HttpStatusCode.PreconditionRequired, (await Ask(lab.Http, "POST", where + "/versions/2/restore")).Status);
        var unknown = await Ask(lab.Http, "POST", where + "/versions/2/restore", new { fields = (string[])["colour"] }, $"\"{batch.Version}\"");
        Assert.Contains("no field \\u0022colour\\u0022", unknown.Body!.ToJsonString());
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(lab.Http, "POST", where + "/versions/9/restore", null, $"\"{batch.Version}\"")).Status);
        var solvent = await lab.Client.BringBack<BatchRecord>(where, 2, batch.Version, ["solvent"]);
        Assert.Equal(("third name", "toluene"), (solvent.Name, solvent.Solvent));
        var stale = await Assert.ThrowsAsync<RecordTrouble>(() => lab.Client.BringBack<BatchRecord>(where, 1, batch.Version));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.Status);
        var whole = await lab.Client.BringBack<BatchRecord>(where, 1, solvent.Version);
        Assert.Equal(("first name", null), (whole.Name, whole.Solvent));
        // Nothing of the history is lost.
        Assert.Equal(5, (await lab.Client.Versions(where))!.Count);
        Assert.Equal(5, (await lab.Client.History(where))!.Count);
    }

    [Fact]
    public async Task Of_two_who_say_what_a_batch_was_made_from_the_second_is_told()
    {
        var lab = await Begin();
        var parent = await lab.Client.Make(new BatchRecord { Project = lab.Code, Name = "parent", Formula = "CsPbBr3" });
        var seen = (await lab.Client.Batch(lab.Batch))!.Version;

        var first = await Ask(lab.Http, "PUT", $"batches/{lab.Batch}/parents", new[] { new { code = parent.Code, how = "washed" } }, $"\"{seen}\"");
        var second = await Ask(lab.Http, "PUT", $"batches/{lab.Batch}/parents", Array.Empty<object>(), $"\"{seen}\"");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (first.Status, second.Status));
        Assert.Equal(parent.Code, Assert.Single((await lab.Client.Batch(lab.Batch))!.Parents).Code);
        Assert.Equal(HttpStatusCode.OK, (await Ask(lab.Http, "PUT", $"batches/{lab.Batch}/parents", Array.Empty<object>(), $"\"{first.Body!["version"]}\"")).Status);
    }

    [Fact]
    public async Task A_project_a_template_a_set_up_and_a_photo_go_into_the_bin_and_come_back()
    {
        var lab = await Begin();
        var reader = await portal.Person("Ben");
        await lab.Client.SetMember(lab.Code, new(Person: reader.Id, Role: "read"));
        using var bens = await portal.Program(reader);
        var template = $"templates/{(await Ask(lab.Http, "POST", "templates", new { project = lab.Code, name = "hot injection" })).Body!["id"]}";
        var batch = (await lab.Client.Batch(lab.Batch))!;
        var photo = await lab.Http.PostAsync($"/api/v1/attachments?on=batch&record={batch.Id}&name=a.txt", new StringContent("a file"));
        var attachment = $"attachments/{JsonNode.Parse(await photo.Content.ReadAsStringAsync())!["id"]}";

        foreach (var where in (string[])[template, attachment, $"projects/{lab.Code}"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await Ask(bens, "DELETE", where)).Status);
            await lab.Client.Remove(where);
            Assert.Equal(HttpStatusCode.NotFound, (await lab.Http.GetAsync($"/api/v1/{where}")).StatusCode);
            if (!where.StartsWith("att")) Assert.Single(await lab.Client.Bin(), binned => binned.Kind == where.Split('/')[0].TrimEnd('s'));
            Assert.Equal(HttpStatusCode.NotFound, (await Ask(bens, "POST", where + "/restore")).Status);
            await lab.Client.Restore(where);
            Assert.Equal(HttpStatusCode.OK, (await lab.Http.GetAsync($"/api/v1/{where}")).StatusCode);
        }

        var setup = (await Ask(lab.Http, "POST", "instruments", new { name = "Confocal" }));
        var instrument = $"instruments/{setup.Body!["id"]}";
        await lab.Client.Remove(instrument);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(lab.Http, "GET", instrument)).Status);
        await lab.Client.Restore(instrument);
        Assert.Equal(HttpStatusCode.OK, (await Ask(lab.Http, "GET", instrument)).Status);
        Assert.Equal(["made", "deleted", "restored"], (await lab.Client.History(instrument))!.Reverse().Select(entry => entry.Action));
        Assert.Single((await lab.Client.Versions(instrument))!);
    }

    [Fact]
    public async Task A_view_is_kept_replaced_shared_and_removed_by_who_may()
    {
        var lab = await Begin();
        var ben = await portal.Person("Ben");
        await lab.Client.SetMember(lab.Code, new(Person: ben.Id, Role: "read"));
        using var bens = await portal.Program(ben);

        var kept = await Ask(lab.Http, "POST", "views", new { list = "dots", name = "blinking less", query = "f=g2_0%3C0.1" });
        var shared = await Ask(lab.Http, "POST", "views", new { list = "dots", name = "blinking less", query = "f=g2_0%3C0.2", project = lab.Code });
        var others = await Ask(bens, "POST", "views", new { list = "dots", name = "x", query = "", project = lab.Code });

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.BadRequest), (kept.Status, shared.Status, others.Status));
        Assert.Equal((string?)kept.Body!["id"], (string?)shared.Body!["id"]);
        var view = Assert.Single((await Ask(bens, "GET", "views?list=dots")).Body!.AsArray())!;
        Assert.Equal(("f=g2_0%3C0.2", false), ((string?)view["query"], (bool)view["isMine"]!));
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask(bens, "DELETE", $"views/{view["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(lab.Http, "DELETE", $"views/{view["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(lab.Http, "DELETE", $"views/{view["id"]}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask(lab.Http, "GET", "views?list=galaxies")).Status);
    }

    [Fact]
    public async Task A_files_name_is_held_against_the_rules_before_any_file_is_sent()
    {
        var lab = await Begin();
        var tail = lab.Sample.Split('-')[^1];

        var tried = await lab.Client.TryNames(lab.Code, new([new($"{lab.Dot}_hbt.ptu"), new("unnamed.ptu")]));
        var other = await lab.Client.TryNames(lab.Code, new([new($"night {lab.Batch} {tail} d1.ptu")], ["night {batch} {sample} d{dot}*"]));

        Assert.Equal((lab.Dot, "certain"), (tried[0].Guesses[0].Code, tried[0].Guesses[0].Certainty));
        Assert.Empty(tried[1].Guesses);
        Assert.NotNull(tried[1].Reason);
        Assert.Equal(lab.Dot, other[0].Guesses[0].Code);
        Assert.Equal(0, await portal.CreateDbContext().Runs.CountAsync(run => run.Project.Code == lab.Code));
        foreach (var (sent, expected) in ((object, string)[])[(new { }, "between 1 and 50 files"), (new { files = (object[])[new { folder = "x" }] }, "Every file has a name"),
            (new { files = (object[])[new { name = "a" }], patterns = (string[])["{galaxy}"] }, "galaxy")])
            Assert.Contains(expected, (await Ask(lab.Http, "POST", $"projects/{lab.Code}/names/try", sent)).Body!.ToJsonString());
    }

    [Fact]
    public async Task A_formula_is_read_and_its_emission_estimated_without_recording_anything()
    {
        var lab = await Begin();

        var read = (await Ask(lab.Http, "GET", "composition?f=FA0.8Cs0.2PbBr3&f=CsPbBrr3&reference=CsPbBr3")).Body!;
        var dot = (await Ask(lab.Http, "GET", "composition/estimate?formula=CsPbBr3&edge=9")).Body!;

        Assert.Equal("composition.parse", (string?)read["analysis"]);
        Assert.Equal("yes", (string?)read["verdicts"]!["FA0.8Cs0.2PbBr3|parsed"]!["value"]);
        Assert.Equal("no", (string?)read["verdicts"]!["CsPbBrr3|parsed"]!["value"]);
        Assert.InRange((double)read["quantities"]!["FA0.8Cs0.2PbBr3|distance"]!["value"]!, 0.01, 0.5);
        Assert.InRange((double)dot["quantities"]!["lambda_nm"]!["value"]!, 495, 525); // 9 nm CsPbBr3 emits in the green
        foreach (var wrong in (string[])["composition", "composition/estimate", "composition/estimate?formula=CsPbBr3&edge=-1", "composition/estimate?formula=CsPbBr3&temperature=NaN"])
            Assert.Equal(HttpStatusCode.BadRequest, (await Ask(lab.Http, "GET", wrong)).Status);
    }

    [Fact]
    public async Task The_client_follows_work_results_and_curves()
    {
        var lab = await Begin();
        var run = await lab.Client.Make(new RunRecord { Dot = lab.Dot, Name = "night" });

        Assert.Contains(lab.Code, (await lab.Client.Projects()).Select(project => project.Code));
        Assert.NotEmpty((await lab.Client.Access(lab.Code))!);
        Assert.Empty((await lab.Client.Analyses(run.Id))!);
        Assert.Empty((await lab.Client.Jobs()).Running);
        Assert.Null(await lab.Client.Analysis(Guid.NewGuid()));
        Assert.Null(await lab.Client.Curves(Guid.NewGuid()));
        Assert.Null(await lab.Client.Curve(Guid.NewGuid(), "g2"));
        Assert.Null(await lab.Client.History("batches/ZZ-0001"));
        var refused = await Assert.ThrowsAsync<RecordTrouble>(() => lab.Client.Ask(new(run.Id, "g2.cw")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<RecordTrouble>(() => lab.Client.CancelJob(Guid.NewGuid()))).Status);
    }
}
